"""Rows of an extract as plain records, for formats that are written one thing after the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pyarrow as pa

from linkgraph.exchange.extract import Extract
from linkgraph.model import Attribute, Basis

Record = dict[str, Any]
_ROWS_AT_A_TIME = 10_000


def entities(extract: Extract) -> Iterator[Record]:
    """Give entities in order of id: the columns of ``HANDED_ENTITIES``, times as ISO 8601 text in UTC."""
    for row in _rows(extract.entities):
        yield row | {"first_seen": iso(row["first_seen"]), "last_seen": iso(row["last_seen"])}


def links(extract: Extract) -> Iterator[Record]:
    """Give links in order of id: the columns of ``HANDED_LINKS``, times as text, ``amounts`` as an object or None."""
    for row in _rows(extract.links):
        yield row | {
            "amounts": json.loads(row["amounts"]) if row["amounts"] else None,
            "first_seen": iso(row["first_seen"]),
            "last_seen": iso(row["last_seen"]),
        }


def attributes(extract: Extract) -> dict[str, list[Attribute]]:
    """Give what is said of each entity, by id."""
    found: dict[str, list[Attribute]] = {}
    for row in _rows(extract.said):
        entity = row.pop("entity")
        found.setdefault(entity, []).append(Attribute(**row | {"basis": Basis(row["basis"])}))
    return found


def iso(moment: datetime | None) -> str | None:
    """Write a time as ISO 8601 in UTC, with a fraction only where there is one."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def _rows(table: pa.Table) -> Iterator[Record]:
    for batch in table.to_batches(max_chunksize=_ROWS_AT_A_TIME):
        yield from batch.to_pylist()
