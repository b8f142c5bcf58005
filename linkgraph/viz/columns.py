"""Entities and links as the plain columns that the page is given; see :mod:`linkgraph.viz.page_model`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph import evidence as rows_of
from linkgraph.errors import IntegrityError
from linkgraph.model import Attribute, Basis, Evidence

RANGES_PER_LINK = 200
"""How many ranges of rows are written for one link; what is cut is counted."""
STATEMENTS_PER_ENTITY = 200
"""How many statements about one entity are written; what is cut is counted."""

Columns = dict[str, list[object]]

_BASIS = {
    Basis.STATED: "stated",
    Basis.REGISTERED: "registered, by {}",
    Basis.CODE: "part of the identifier: {}",
    Basis.DERIVED: "derived: {}",
}


def entity_columns(
    entities: pa.Table,
    attributes: Mapping[str, tuple[Attribute, ...]],
    place: Mapping[str, int],
    masked: Mapping[str, str],
) -> Columns:
    """Give what the table of entities itself says, and the statements about them.

    Args:
        entities: rows of schema ``ENTITIES``.
        attributes: what is said of each, by id.
        place: index of each source, by SHA-256.
        masked: what to show instead of a label, by id.
    """
    ids, labels = entities["id"].to_pylist(), entities["label"].to_pylist()
    values = entities["value"].to_pylist()
    return {
        "id": ids,
        "label": labels,
        "value": [None if value == label else value for value, label in zip(values, labels, strict=True)],
        "masked": [masked.get(entity) for entity in ids],
        "first": seconds(entities["first_seen"]),
        "last": seconds(entities["last_seen"]),
        "statements": [_statements(attributes.get(entity, ()), place) for entity in ids],
    }


def link_columns(links: pa.Table, evidence: Mapping[str, tuple[Evidence, ...]], place: Mapping[str, int]) -> Columns:
    """Give what the table of links itself says, and the rows behind them.

    Raises:
        IntegrityError: evidence names a source that is not among ``place``.
    """
    ids = links["id"].to_pylist()
    return {
        "id": ids,
        "count": links["count"].to_pylist(),
        "weight": links["weight"].to_pylist(),
        "first": seconds(links["first_seen"]),
        "last": seconds(links["last_seen"]),
        "grade": links["grade"].to_pylist(),
        "amounts": [json.loads(text) if text else None for text in links["amounts"].to_pylist()],
        "evidence": [_rows(evidence.get(link, ()), place) for link in ids],
    }


def words_in(column: pa.ChunkedArray, order: Sequence[str]) -> list[str]:
    """Give the words of an ordered vocabulary that a column has."""
    there = set(column.unique().to_pylist())
    return [word for word in order if word in there]


def codes(column: pa.ChunkedArray, words: Sequence[str]) -> npt.NDArray[np.int32]:
    """Give the place of each value among words; −1 for null."""
    found = pc.index_in(column, value_set=pa.array(words, pa.string()))
    return np.asarray(pc.fill_null(found, -1).to_numpy(), np.int32)


def seconds(column: pa.ChunkedArray) -> list[object]:
    """Give times as whole seconds since 1970 UTC, rounded down."""
    return [None if value is None else value // 1_000_000 for value in column.cast(pa.int64()).to_pylist()]


def _statements(said: Sequence[Attribute], place: Mapping[str, int]) -> list[list[object]]:
    """Write what is said of one entity; of much, each value before its repetitions in other rows."""
    if len(said) <= STATEMENTS_PER_ENTITY:
        return [_statement(one, place) for one in said]
    values: set[tuple[str, str]] = set()
    again = []
    for one in said:
        again.append((one.name, one.value) in values)
        values.add((one.name, one.value))
    kept = sorted(sorted(range(len(said)), key=lambda at: again[at])[:STATEMENTS_PER_ENTITY])
    cut = ["further statements", f"{len(said) - len(kept):,}", "not carried here: 'linkgraph show' has all", -1, 0]
    return [*(_statement(said[at], place) for at in kept), cut]


def _statement(attribute: Attribute, place: Mapping[str, int]) -> list[object]:
    source = place.get(attribute.origin, -1)
    basis = _BASIS[attribute.basis].format(attribute.origin)
    return [attribute.name, attribute.value, basis, source, attribute.row or 0]


def _rows(evidence: Sequence[Evidence], place: Mapping[str, int]) -> list[list[object]]:
    """Write the rows behind one link, source by source, up to :data:`RANGES_PER_LINK` ranges in all."""
    by_source: dict[str, set[int]] = {}
    for one in evidence:
        by_source.setdefault(one.source, set()).add(one.row)
    written: list[list[object]] = []
    left = RANGES_PER_LINK
    for source, rows in sorted(by_source.items()):
        if source not in place:
            raise IntegrityError(f"Evidence names the source {source[:12]}, which the case does not have: run verify.")
        ranges = rows_of.join(sorted(rows)).split(",")
        kept = ",".join(ranges[: max(left, 1)])
        written.append([place[source], kept, len(rows), len(rows_of.split(kept))])
        left -= len(ranges)
    return written
