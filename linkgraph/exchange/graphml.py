r"""GraphML, the format that Gephi, yEd, Cytoscape, networkx and rustworkx all read.

Source: GraphML 1.0, graphml.graphdrawing.org/specification. The format has no type for times: they
are ISO 8601 text in UTC. Characters that XML 1.0 §2.2 forbids are written as visible ``\u{…}`` escapes
with their hexadecimal number, and a backslash before ``u{`` as ``\u{5c}``, so that every text can be
had back. Written here as a stream: rustworkx and networkx write a graph that is in memory a second
time as their own objects, neither escapes what XML forbids, and a case has a million links.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

import pyarrow as pa

from linkgraph.evidence import ranges
from linkgraph.exchange import records
from linkgraph.model import Evidence
from linkgraph.writing import replacing

_GRAPH_KEYS = {"case": "string"}
_NODE_KEYS = {
    "label": "string",
    "kind": "string",
    "value": "string",
    "country": "string",
    "country_basis": "string",
    "role": "string",
    "first_seen": "string",
    "last_seen": "string",
}
_EDGE_KEYS = {
    "kind": "string",
    "count": "long",
    "weight": "double",
    "first_seen": "string",
    "last_seen": "string",
    "grade": "string",
    "amounts": "string",
    "evidence": "string",
}
_KEYS = {"graph": _GRAPH_KEYS, "node": _NODE_KEYS, "edge": _EDGE_KEYS}
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|\\(?=u\{)")
# XML 1.0 §2.11: a parser reads a bare carriage return as a line feed.
_CARRIAGE_RETURN = {"\r": "&#13;"}


def write(
    path: Path,
    entities: pa.Table,
    links: pa.Table,
    *,
    evidence: Mapping[str, tuple[Evidence, ...]],
    case: str,
    show_victims: bool = False,
) -> None:
    """Write a graph whole or not at all; arguments as in :func:`linkgraph.exchange.json_graph.write`.

    Links are directed edges; what is not known is left out. ``amounts`` of an edge is JSON
    ``{"EUR": "12.50"}``, ``evidence`` is ``<sha256>:4-9,12`` per source, separated by blanks.
    """
    with replacing(path) as stream:
        stream.write(b'<?xml version="1.0" encoding="UTF-8"?>\n')
        stream.write(b'<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n')
        for owner, keys in _KEYS.items():
            for name, kind in keys.items():
                key = f'<key id="{owner}_{name}" for="{owner}" attr.name="{name}" attr.type="{kind}"/>\n'
                stream.write(key.encode())
        stream.write(f'<graph edgedefault="directed">\n{_data("graph", {"case": case})}\n'.encode())
        for entity in records.entities(entities, links, show_victims=show_victims):
            stream.write(f'<node id="{entity["id"]}">{_data("node", entity)}</node>\n'.encode())
        for link in records.links(links, evidence):
            rows = ranges(link["evidence"])
            said = link | {
                "evidence": " ".join(f"{source}:{numbers}" for source, numbers in rows.items()) or None,
                "amounts": json.dumps(link["amounts"], sort_keys=True) if link["amounts"] else None,
            }
            edge = f'<edge id="{link["id"]}" source="{link["source"]}" target="{link["target"]}">'
            stream.write(f"{edge}{_data('edge', said)}</edge>\n".encode())
        stream.write(b"</graph>\n</graphml>\n")


def _data(owner: str, record: Mapping[str, object]) -> str:
    return "".join(
        f'<data key="{owner}_{name}">{_text(str(value))}</data>'
        for name in _KEYS[owner]
        if (value := record[name]) is not None
    )


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", text), _CARRIAGE_RETURN)
