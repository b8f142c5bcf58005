"""Entities and links as the plain records every export writes, with victims masked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa

from linkgraph.model import Evidence, Role
from linkgraph.wording import masked

Record = dict[str, Any]
_ROWS_AT_A_TIME = 10_000


def entities(table: pa.Table, *, show_victims: bool) -> Iterator[Record]:
    """Give entities in order; a victim's value and label are replaced unless asked for."""
    for row in _rows(table):
        hidden = row["role"] == Role.VICTIM and not show_victims
        label = masked(row) if hidden else row["label"]
        yield row | {
            "value": label if hidden else row["value"],
            "label": label,
            "first_seen": _iso(row["first_seen"]),
            "last_seen": _iso(row["last_seen"]),
        }


def links(table: pa.Table, evidence: Mapping[str, tuple[Evidence, ...]]) -> Iterator[Record]:
    """Give links in order, with amounts as an object and the rows behind them."""
    for row in _rows(table):
        yield row | {
            "amounts": json.loads(row["amounts"]) if row["amounts"] else None,
            "first_seen": _iso(row["first_seen"]),
            "last_seen": _iso(row["last_seen"]),
            "evidence": evidence.get(row["id"], ()),
        }


def _rows(table: pa.Table) -> Iterator[Record]:
    for batch in table.to_batches(max_chunksize=_ROWS_AT_A_TIME):
        yield from batch.to_pylist()


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
