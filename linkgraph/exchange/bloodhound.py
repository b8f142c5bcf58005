"""BloodHound OpenGraph: the graph as one JSON file that BloodHound Community and Enterprise take in.

Source: BloodHound OpenGraph, bloodhound.specterops.io/opengraph, and the JSON schemas of nodes and edges in its
public repository. Property names are lower case, values are texts, numbers, truth values or lists of one of these;
there is no null. Times are therefore ISO 8601 text in UTC, and ``amounts`` and ``attributes`` JSON in a text,
both as on a Neo4j server (:mod:`linkgraph.store.neo4j_push`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

import pyarrow.compute as pc

from linkgraph.exchange import evidence_files, records
from linkgraph.exchange.extract import Extract
from linkgraph.exchange.report import Lost
from linkgraph.store.neo4j import attributes_text

SOURCE_KIND = "Linkgraph"
"""The kind that BloodHound gives every node of the file besides its own: by it all of them can be deleted again."""


def write(stream: BinaryIO, extract: Extract) -> list[Lost]:
    """Write an extract.

    A node has the kind of its entity, an edge that of its link. ``name`` and ``displayname`` are the label, as
    BloodHound shows and searches these; ``linkgraph_id`` is our id, as BloodHound writes ids in capitals. The whole
    with its marking is a node of kind ``LinkgraphCase``, each evidence file one of kind ``Source``.
    """
    head = json.dumps({"source_kind": SOURCE_KIND})
    stream.write(f'{{"metadata":{head},\n"graph":{{"nodes":[\n'.encode())
    _list(stream, _nodes(extract))
    stream.write(b'],"edges":[\n')
    _list(stream, map(_edge, records.links(extract)))
    stream.write(b"]}}\n")
    return [
        Lost("times as times", _timed(extract), "A property has no type for times: they are ISO 8601 text in UTC."),
        Lost(
            "amounts as numbers",
            extract.links.num_rows - extract.links["amounts"].null_count,
            "A property is no object: sums by currency are JSON in a text.",
        ),
        Lost("attributes as data", extract.said.num_rows, "A property is no object: they are JSON in a text."),
    ]


def _nodes(extract: Extract) -> Iterator[dict[str, Any]]:
    whole = f"{extract.case} ({extract.marking})"
    about = {"name": whole, "displayname": whole, "case": extract.case, "marking": extract.marking}
    if extract.agency:
        about["agency"] = extract.agency
    yield {"id": _id_of_whole(extract), "kinds": ["LinkgraphCase"], "properties": about}
    for source in extract.sources:
        facts: dict[str, Any] = {"displayname": source.name, **evidence_files.facts(source)}
        if source.sha256 in extract.corrected:
            facts["corrected_rows"] = list(extract.corrected[source.sha256])
        yield {"id": source.sha256, "kinds": ["Source"], "properties": facts}
    attributes = records.attributes(extract)
    for entity in records.entities(extract):
        one = entity["id"]
        names = {"name": entity["label"], "displayname": entity["label"], "linkgraph_id": one}
        said = attributes_text(attributes[one]) if one in attributes else None
        facts = names | {name: value for name, value in entity.items() if name != "id"} | {"attributes": said}
        yield {"id": one, "kinds": [entity["kind"]], "properties": _stated(facts)}


def _edge(link: Mapping[str, Any]) -> dict[str, Any]:
    amounts = json.dumps(link["amounts"], sort_keys=True, separators=(",", ":")) if link["amounts"] else None
    facts = {name: value for name, value in link.items() if name not in {"id", "source", "target"}}
    return {
        "start": {"match_by": "id", "value": link["source"]},
        "end": {"match_by": "id", "value": link["target"]},
        "kind": link["kind"],
        "properties": _stated({"linkgraph_id": link["id"]} | facts | {"amounts": amounts}),
    }


def _stated(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}


def _id_of_whole(extract: Extract) -> str:
    whole = hashlib.sha256("\x1f".join((extract.agency, extract.case)).encode()).hexdigest()
    return f"linkgraph-{whole[:32]}"


def _timed(extract: Extract) -> int:
    """Count entities and links that have a time."""
    return sum(
        pc.sum(pc.is_valid(pc.coalesce(table["first_seen"], table["last_seen"]))).as_py() or 0
        for table in (extract.entities, extract.links)
    )


def _list(stream: BinaryIO, things: Iterable[Mapping[str, Any]]) -> None:
    """Write the members of a list, one a line."""
    for number, thing in enumerate(things):
        text = json.dumps(thing, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        stream.write(f"{',' if number else ''}{text}\n".encode())
