"""The graph as one JSON document: exact, with the evidence of every link.

``{"format": "linkgraph-graph", "version": 1, "case", "entities": […], "links": […]}``; keys in order,
one record a line, so that two exports of one graph are the same bytes and differences can be read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from linkgraph import evidence as rows_of
from linkgraph.exchange import records
from linkgraph.model import Evidence
from linkgraph.writing import replacing

FORMAT, VERSION = "linkgraph-graph", 1


def write(
    path: Path,
    entities: pa.Table,
    links: pa.Table,
    *,
    evidence: Mapping[str, tuple[Evidence, ...]],
    case: str,
    show_victims: bool = False,
) -> None:
    """Write a graph whole or not at all.

    Args:
        path: the file; one that is there is replaced.
        entities: schema ``ENTITIES`` of :mod:`linkgraph.store.protocol`.
        links: schema ``LINKS``.
        evidence: the rows behind each link, by link id.
        case: name of the case.
        show_victims: write the values and labels of victims and of what they alone hold or use;
            they are masked otherwise.

    Raises:
        StorageError: the file cannot be written.
    """
    with replacing(path) as stream:
        head = json.dumps({"format": FORMAT, "version": VERSION, "case": case})[:-1]
        stream.write(f'{head}, "entities": [\n'.encode())
        _records(stream, records.entities(entities, links, show_victims=show_victims))
        stream.write(b'], "links": [\n')
        _records(
            stream,
            (link | {"evidence": rows_of.records(link["evidence"])} for link in records.links(links, evidence)),
        )
        stream.write(b"]}\n")


def _records(stream: BinaryIO, found: Iterable[records.Record]) -> None:
    first = True
    for record in found:
        text = json.dumps(record, sort_keys=True, allow_nan=False)
        stream.write(("" if first else ",").encode() + text.encode() + b"\n")
        first = False
