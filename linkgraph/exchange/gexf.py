r"""GEXF 1.3, the format of Gephi, with times: entities and links are there from when they were first to last seen.

Source: GEXF 1.3, gexf.net and its XML schema. Both ends of a time span are inclusive there, as ours are. Parallel
links are told apart by ``kind``, which is the kind of the link. Characters that XML forbids are visible escapes
(:mod:`linkgraph.exchange.xml_text`). Written here as a stream: networkx writes version 1.2 alone, which has
neither parallel edges nor time zones, and holds the graph a second time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, BinaryIO

from linkgraph.exchange import evidence_files, records, xml_text
from linkgraph.exchange.extract import Extract
from linkgraph.exchange.report import Lost

_NODE = {
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
_EDGE = {
    "count": "long",
    "first_seen": "string",
    "last_seen": "string",
    "grade": "string",
    "amounts": "string",
    "marking": "string",
    "evidence": "string",
}
_CLASSES = {"node": _NODE, "edge": _EDGE}


def write(stream: BinaryIO, extract: Extract) -> list[Lost]:
    """Write an extract.

    ``weight`` of an edge is the sum of the weights stated in the evidence. ``amounts``, ``evidence`` and ``said``
    are written as in GraphML (:func:`linkgraph.exchange.graphml.write`). What is known of the whole and of its
    evidence files stands in the description: a sentence, then JSON. The day of the last change is that of the
    newest import.
    """
    day = max((one.imported_at.date().isoformat() for one in extract.sources), default="1970-01-01")
    stream.write(
        '<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://gexf.net/1.3" version="1.3">\n'
        f'<meta lastmodifieddate="{day}">\n<creator>linkgraph</creator>\n'
        f"<keywords>{extract.marking}</keywords>\n"
        f"<description>{xml_text.content(_description(extract))}</description>\n</meta>\n"
        '<graph mode="dynamic" timeformat="dateTime" timerepresentation="interval" timezone="UTC" '
        'defaultedgetype="directed" idtype="string">\n'.encode()
    )
    for of, columns in _CLASSES.items():
        listed = "".join(f'<attribute id="{name}" title="{name}" type="{kind}"/>\n' for name, kind in columns.items())
        stream.write(f'<attributes class="{of}">\n{listed}</attributes>\n'.encode())
    counted = _Counted()
    stream.write(f'<nodes count="{extract.entities.num_rows}">\n'.encode())
    attributes = records.attributes(extract)
    for entity in records.entities(extract):
        said = [[one.name, one.value, one.basis, one.origin, one.row] for one in attributes.get(entity["id"], ())]
        facts = entity | {"said": json.dumps(said, ensure_ascii=False) if said else None}
        counted.look(facts, "value", "label", "said")
        counted.spaced += " ".join(facts["label"].split()) != facts["label"]
        head = f'<node id="{entity["id"]}" label="{xml_text.attribute(entity["label"])}">'
        stream.write(f"{head}{_inside('node', facts)}</node>\n".encode())
    stream.write(f'</nodes>\n<edges count="{extract.links.num_rows}">\n'.encode())
    for link in records.links(extract):
        facts = link | {
            "evidence": " ".join(text.replace(" ", ":") for text in link["evidence"] or ()) or None,
            "amounts": json.dumps(link["amounts"], sort_keys=True) if link["amounts"] else None,
        }
        counted.look(facts, "grade")
        counted.unweighted += link["weight"] is None
        weight = "" if link["weight"] is None else f' weight="{link["weight"]!r}"'
        head = f'<edge id="{link["id"]}" source="{link["source"]}" target="{link["target"]}"'
        kind = f' kind="{link["kind"]}" label="{link["kind"]}"'
        stream.write(f"{head}{kind}{weight}>{_inside('edge', facts)}</edge>\n".encode())
    stream.write(b"</edges>\n</graph>\n</gexf>\n")
    return counted.lost(len(extract.sources))


class _Counted:
    """What the format has no place for, counted on the way."""

    def __init__(self) -> None:
        self.spaced = self.unweighted = self._untimed = self._half_timed = self._escaped = 0

    def look(self, facts: Mapping[str, Any], *texts: str) -> None:
        """Count an entity or a link with its texts."""
        known = (facts["first_seen"] is not None) + (facts["last_seen"] is not None)
        self._untimed += known == 0
        self._half_timed += known == 1
        self._escaped += any(xml_text.is_escaped(facts[name]) for name in texts if facts[name])

    def lost(self, sources: int) -> list[Lost]:
        return [
            Lost("things without a time", self._untimed, "GEXF takes them to be there all the time."),
            Lost(
                "things with one time",
                self._half_timed,
                "Their time span is that one moment, as an open one would say that they are there for ever; the "
                "attributes first_seen and last_seen say which is known.",
            ),
            Lost("links without a weight", self.unweighted, "Tools take 1 for what has none."),
            Lost(
                "white space in labels",
                self.spaced,
                "GEXF types labels as tokens, in which a tool may collapse it; the attribute value is exact.",
            ),
            Lost("characters that XML forbids", self._escaped, "They stand as visible escapes such as \\u{0}."),
            Lost(
                "evidence files as data",
                sources,
                "GEXF has attributes of nodes and edges alone: the files are described in the text of the description.",
            ),
        ]


def _description(extract: Extract) -> str:
    by = f" of {extract.agency}" if extract.agency else ""
    sources = [evidence_files.facts(one) for one in extract.sources]
    about = {
        "format": "linkgraph 1",
        "case": extract.case,
        "agency": extract.agency,
        "marking": extract.marking,
        "sources": sources,
        "corrected": {sha256: list(rows) for sha256, rows in sorted(extract.corrected.items())},
    }
    sentence = f"Case '{extract.case}'{by}, handed on as {extract.marking}."
    return f"{sentence}\n{json.dumps(about, ensure_ascii=False)}"


def _inside(of: str, facts: Mapping[str, Any]) -> str:
    values = "".join(
        f'<attvalue for="{name}" value="{xml_text.attribute(str(value))}"/>'
        for name in _CLASSES[of]
        if (value := facts[name]) is not None
    )
    start, end = facts["first_seen"] or facts["last_seen"], facts["last_seen"] or facts["first_seen"]
    spell = f'<spells><spell start="{start}" end="{end}"/></spells>' if start else ""
    return f"<attvalues>{values}</attvalues>{spell}"
