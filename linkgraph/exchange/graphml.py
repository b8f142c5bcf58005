r"""GraphML, the format that Gephi, yEd, Cytoscape, networkx, igraph and rustworkx all read.

Source: GraphML 1.0, graphml.graphdrawing.org/specification. The format has no type for times: they
are ISO 8601 text in UTC. Characters that XML forbids are visible escapes (:mod:`linkgraph.exchange.xml_text`).
Written here as a stream: rustworkx and networkx write a graph that is in memory a second time as their own
objects, neither escapes what XML forbids, and a case has a million links.

Attributes go by their names (``attr.name``), so a file of ours that another tool has written again is read too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import BinaryIO, NoReturn
from xml.parsers import expat

from linkgraph.errors import IntegrityError
from linkgraph.exchange import evidence_files, records, xml_text
from linkgraph.exchange.extract import Extract
from linkgraph.exchange.received import EPOCH, Received
from linkgraph.exchange.report import Lost
from linkgraph.model import MARKINGS, Source

FORMAT = "linkgraph 1"
"""What the graph's ``format`` says where linkgraph wrote it."""
MAX_BYTES = 4 << 30
MAX_DEPTH = 64
MAX_TEXT = 64 << 20
"""Characters in one ``data``; the sources of a whole case are one."""
MAX_TOKEN = 1 << 20
"""Bytes the parser may hold of a tag that has not ended."""
MAX_NAMES = 10_000
"""Keys that a file may define."""

_NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
_GRAPH_KEYS = {
    "format": "string",
    "case": "string",
    "agency": "string",
    "marking": "string",
    "sources": "string",
    "corrected": "string",
}
_NODE_KEYS = {
    "label": "string",
    "kind": "string",
    "value": "string",
    "country": "string",
    "country_basis": "string",
    "role": "string",
    "first_seen": "string",
    "last_seen": "string",
    "marking": "string",
    "said": "string",
}
_EDGE_KEYS = {
    "kind": "string",
    "count": "long",
    "weight": "double",
    "first_seen": "string",
    "last_seen": "string",
    "grade": "string",
    "amounts": "string",
    "marking": "string",
    "evidence": "string",
}
_KEYS = {"graph": _GRAPH_KEYS, "node": _NODE_KEYS, "edge": _EDGE_KEYS}
_BLOCK = 1 << 18


# -- writing -------------------------------------------------------------------------------------


def write(stream: BinaryIO, extract: Extract) -> list[Lost]:
    """Write an extract.

    Links are directed edges; what is not known is left out. ``amounts`` of an edge is JSON ``{"EUR": "12.50"}``,
    ``evidence`` is ``<sha256>:4-9,12`` per source, separated by blanks. ``said`` of a node is JSON: name, value,
    basis, origin and row of each attribute. ``sources`` of the graph is JSON, what is known of each evidence file.
    """
    stream.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="{_NAMESPACE}">\n'.encode())
    for owner, keys in _KEYS.items():
        for name, kind in keys.items():
            key = f'<key id="{owner}_{name}" for="{owner}" attr.name="{name}" attr.type="{kind}"/>\n'
            stream.write(key.encode())
    stream.write(f'<graph edgedefault="directed">\n{_data("graph", _about(extract))}\n'.encode())
    attributes = records.attributes(extract)
    timed = escaped = 0
    for entity in records.entities(extract):
        said = [[one.name, one.value, one.basis, one.origin, one.row] for one in attributes.get(entity["id"], ())]
        facts = entity | {"said": json.dumps(said, ensure_ascii=False) if said else None}
        timed += _has_time(entity)
        escaped += _is_escaped(facts, "value", "label", "said")
        stream.write(f'<node id="{entity["id"]}">{_data("node", facts)}</node>\n'.encode())
    for link in records.links(extract):
        facts = link | {
            "evidence": " ".join(text.replace(" ", ":") for text in link["evidence"] or ()) or None,
            "amounts": json.dumps(link["amounts"], sort_keys=True) if link["amounts"] else None,
        }
        timed += _has_time(link)
        escaped += _is_escaped(facts, "grade")
        edge = f'<edge id="{link["id"]}" source="{link["source"]}" target="{link["target"]}">'
        stream.write(f"{edge}{_data('edge', facts)}</edge>\n".encode())
    stream.write(b"</graph>\n</graphml>\n")
    return [
        Lost(
            "times as times",
            timed,
            "GraphML has no type for times: first_seen and last_seen are ISO 8601 text in UTC.",
        ),
        Lost("characters that XML forbids", escaped, "They stand as visible escapes such as \\u{0}."),
    ]


def _about(extract: Extract) -> dict[str, str | None]:
    sources = [evidence_files.facts(one) for one in extract.sources]
    corrected = {sha256: list(rows) for sha256, rows in extract.corrected.items()}
    return {
        "format": FORMAT,
        "case": extract.case,
        "agency": extract.agency or None,
        "marking": extract.marking,
        "sources": json.dumps(sources, ensure_ascii=False) if sources else None,
        "corrected": json.dumps(corrected, sort_keys=True) if corrected else None,
    }


def _data(owner: str, record: Mapping[str, object]) -> str:
    return "".join(
        f'<data key="{owner}_{name}">{xml_text.content(str(value))}</data>'
        for name in _KEYS[owner]
        if (value := record[name]) is not None
    )


def _has_time(record: Mapping[str, object]) -> bool:
    return record["first_seen"] is not None or record["last_seen"] is not None


def _is_escaped(record: Mapping[str, object], *names: str) -> bool:
    """Say whether an entity or link has texts with characters which XML cannot hold."""
    return any(xml_text.is_escaped(str(record[name])) for name in names if record[name])


# -- reading -------------------------------------------------------------------------------------


def read(stream: BinaryIO) -> tuple[Extract, list[Lost]]:
    """Read a graph for a partner layer, and say what in the file could not be mapped.

    What :func:`write` wrote comes back as it was. Of other files, nodes with ``kind`` and ``value`` in the words of
    linkgraph are entities; edges between these are links, ``LINKED`` where they name no kind of ours.

    Raises:
        IntegrityError: it is no GraphML, not whole, or beyond the limits; the sentence says where.
    """
    reading = _Reading()
    total, size = hashlib.sha256(), 0
    while block := stream.read(_BLOCK):
        total.update(block)
        size += len(block)
        if size > MAX_BYTES:
            raise IntegrityError(f"The GraphML file is larger than {MAX_BYTES >> 30} GiB and is not read.")
        reading.feed(block)
    reading.feed(b"", is_last=True)
    file = Source(
        sha256=total.hexdigest(),
        name="",
        size=size,
        kind="partner",
        reader="graphml 1",
        mapping={},
        timezone=None,
        marking=MARKINGS[0],
        imported_by="",
        imported_at=EPOCH,
        complete=True,
        read=reading.things,
        stored=reading.things,
        duplicates=0,
        quarantined=0,
    )
    return reading.received.extract(reading.about, file)


class _Reading:
    """A document on its way through the parser.

    A document type declaration, and with it every entity, is refused before anything of it is used
    (OWASP, XML External Entity Prevention).
    """

    def __init__(self) -> None:
        self.received = Received()
        self.about: dict[str, str] = {}
        self.things = 0
        """Nodes and edges in the file."""
        self._names: dict[str, str] = {}
        """Of each key its ``attr.name``."""
        self._directed = True
        self._open: list[tuple[str, dict[str, str], dict[str, str], int]] = []
        """Elements around the place: local name, attributes, facts found in their ``data``, line."""
        self._text: list[str] = []
        self._length = 0
        self._fed = self._begun = 0
        self._parser = expat.ParserCreate(namespace_separator="\n")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, block: bytes, *, is_last: bool = False) -> None:
        """Take some bytes.

        Raises:
            IntegrityError: they are no GraphML, or beyond the limits.
        """
        try:
            self._parser.Parse(block, is_last)
        except expat.ExpatError as fault:
            reason = expat.ErrorString(fault.code) or "no XML"
            raise IntegrityError(
                f"The GraphML file cannot be read at line {fault.lineno:,}: {reason}; have it sent again."
            ) from fault
        except (ValueError, LookupError) as fault:
            raise IntegrityError(f"The GraphML file is in an encoding that cannot be read: {fault}.") from fault
        self._fed += len(block)
        if self._fed - max(self._parser.CurrentByteIndex, self._begun) > MAX_TOKEN + _BLOCK:
            self._refuse("has a tag that does not end")

    def _refuse(self, what: str) -> NoReturn:
        raise IntegrityError(f"The GraphML file {what} (line {self._parser.CurrentLineNumber:,}) and is not read.")

    def _doctype(self, *_: object) -> None:
        self._refuse("has a document type declaration")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, name = tag.rpartition("\n")
        if not self._open and name != "graphml":
            self._refuse(f"begins with '{name[:64]}' instead of 'graphml'")
        if len(self._open) >= MAX_DEPTH:
            self._refuse(f"has elements more than {MAX_DEPTH} deep")
        # What is in another namespace is a drawing (yEd) or an extension, whatever its elements are called.
        name = name if namespace in {"", _NAMESPACE} else ""
        self._begun = self._parser.CurrentByteIndex
        self._open.append((name, attributes, {}, self._parser.CurrentLineNumber))
        match name:
            case "data":
                self._text, self._length = [], 0
            case "key":
                if len(self._names) >= MAX_NAMES:
                    self._refuse(f"defines more than {MAX_NAMES:,} keys")
                self._names[attributes.get("id", "")] = attributes.get("attr.name", "")
            case "graph":
                self._directed = attributes.get("edgedefault") != "undirected"

    def _characters(self, text: str) -> None:
        if self._open and self._open[-1][0] == "data":
            self._length += len(text)
            if self._length > MAX_TEXT:
                self._refuse("has a text that is too long")
            self._text.append(text)

    def _end(self, _: str) -> None:
        name, attributes, facts, line = self._open.pop()
        match name:
            case "data":
                self._fact(attributes)
            case "graph":
                # Nested graphs say nothing of the whole.
                if len(self._open) == 1:
                    self.about |= self._plain(facts)
            case "node":
                self.things += 1
                self.received.entity(attributes.get("id", ""), self._plain(facts))
            case "edge":
                self.things += 1
                ends = attributes.get("source", ""), attributes.get("target", "")
                stated = attributes.get("directed")
                directed = self._directed if stated is None else stated in {"true", "1"}
                key = attributes.get("id") or facts.pop("id", "")
                self.received.link(key, ends, self._plain(facts), line, directed=directed)
            case "hyperedge":
                self.things += 1
                self.received.unread("hyperedges", "A link of linkgraph has two ends.")
            case "port":
                self.received.unread("ports", "A link of linkgraph ends at an entity.")

    def _fact(self, attributes: dict[str, str]) -> None:
        text = "".join(self._text)
        self._text = []
        name = self._names.get(attributes.get("key", ""), "")
        if not name or not text:
            if not text.strip():
                return
            self.received.unread("data", "Its key has no name.")
            return
        if self._open and self._open[-1][0] in _KEYS:
            self._open[-1][2][name] = text

    def _plain(self, facts: dict[str, str]) -> dict[str, str]:
        """Give facts of a thing as they were before they were written, where linkgraph wrote them."""
        whole = self._open[1][2] if len(self._open) > 1 else facts
        if whole.get("format") != FORMAT:
            return facts
        return {name: xml_text.read_back(text) for name, text in facts.items()}
