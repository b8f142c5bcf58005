"""Entities and links as the plain records every export writes, with victims masked.

Victims are masked with what is theirs alone (:mod:`linkgraph.victims`). Ids stay, so that two exports
can be compared. They are hashes of the value: whoever guesses a value can check the guess, so a masked
export is still about persons.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa

from linkgraph import victims
from linkgraph.model import Evidence

Record = dict[str, Any]
_ROWS_AT_A_TIME = 10_000


def entities(table: pa.Table, links: pa.Table, *, show_victims: bool) -> Iterator[Record]:
    """Give entities in order; values and labels of victims, and of what is theirs alone, only if asked for.

    Args:
        table: schema ``ENTITIES`` of :mod:`linkgraph.store.protocol`.
        links: schema ``LINKS``; they say what is a victim's.
        show_victims: mask nothing.
    """
    hidden = {} if show_victims else victims.substitutes(table, links)
    for row in _rows(table):
        yield row | {
            "value": hidden.get(row["id"], row["value"]),
            "label": hidden.get(row["id"], row["label"]),
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
