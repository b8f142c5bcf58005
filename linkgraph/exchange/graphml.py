r"""GraphML, the format that Gephi, yEd, Cytoscape, networkx and rustworkx all read.

Source: GraphML 1.0, graphml.graphdrawing.org/specification. The format has no type for times: they
are ISO 8601 text in UTC. Characters that XML 1.0 §2.2 forbids are written as visible ``\u{…}`` escapes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa

from linkgraph.evidence import ranges
from linkgraph.exchange import records
from linkgraph.model import Evidence
from linkgraph.writing import replacing

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
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


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

    ``evidence`` of an edge is ``<sha256>:4-9,12`` per source, separated by blanks.
    """
    with replacing(path) as stream:
        stream.write(b'<?xml version="1.0" encoding="UTF-8"?>\n')
        stream.write(b'<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n')
        for owner, keys in (("node", _NODE_KEYS), ("edge", _EDGE_KEYS)):
            for name, kind in keys.items():
                key = f'<key id="{owner}_{name}" for="{owner}" attr.name="{name}" attr.type="{kind}"/>\n'
                stream.write(key.encode())
        stream.write(f'<graph id={_attribute(case)} edgedefault="directed">\n'.encode())
        for entity in records.entities(entities, show_victims=show_victims):
            stream.write(f'<node id="{entity["id"]}">'.encode())
            _data(stream, "node", _NODE_KEYS, entity)
            stream.write(b"</node>\n")
        for link in records.links(links, evidence):
            stream.write(f'<edge id="{link["id"]}" source="{link["source"]}" target="{link["target"]}">'.encode())
            rows = ranges(link["evidence"])
            amounts = link["amounts"]
            _data(
                stream,
                "edge",
                _EDGE_KEYS,
                link
                | {
                    "evidence": " ".join(f"{source}:{numbers}" for source, numbers in rows.items()) or None,
                    "amounts": json.dumps(amounts, sort_keys=True) if amounts else None,
                },
            )
            stream.write(b"</edge>\n")
        stream.write(b"</graph>\n</graphml>\n")


def _data(stream: BinaryIO, owner: str, keys: Iterable[str], record: Mapping[str, object]) -> None:
    for name in keys:
        value = record[name]
        if value is not None:
            stream.write(f'<data key="{owner}_{name}">{escape(_allowed(str(value)))}</data>'.encode())


def _attribute(text: str) -> str:
    return quoteattr(_allowed(text))


def _allowed(text: str) -> str:
    return _FORBIDDEN.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", text)
