"""A batch on its way into the case store: the keys of what it shows, which of its rows are new, and their sums.

Joining and summing by key is done on arrays; the engine is asked only which entities, links and rows it
holds already, and is handed columns that are ready to be appended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.model import LinkKind
from linkgraph.store.batch import EVER, NEVER, Batch, Ints, Longs, Mask, Stated, run_starts
from linkgraph.store.embedded import CaseStore

# Rows whose content occurs again, in this batch or in the store, are few: only they are numbered.
_STORED = """
SELECT o.content_high, o.content_low, count(*) FILTER (o.source = $source) AS here,
       coalesce(max(o.occurrence) FILTER (o.counted), 0) AS counted
FROM observation o SEMI JOIN b_content USING (content_high, content_low)
WHERE o.first_seen IS NULL OR o.first_seen BETWEEN $first AND $last
GROUP BY ALL
"""

_NUMBERED = """
SELECT c.place, n + CASE WHEN c.is_event THEN coalesce(s.here, 0) ELSE 1 - n END AS occurrence,
       CASE WHEN c.is_event THEN n + coalesce(s.here, 0) > coalesce(s.counted, 0)
            ELSE n = 1 AND coalesce(s.counted, 0) = 0 END AS counted
FROM (
    SELECT *, row_number() OVER (PARTITION BY content_high, content_low ORDER BY place) AS n FROM b_content
) c LEFT JOIN b_stored s USING (content_high, content_low)
WHERE c.repeated OR s.here IS NOT NULL
"""


@dataclass
class Positions:
    """What the batches of the running import have shown, by position."""

    keys: Ints = field(default_factory=lambda: np.empty(0, np.int32))
    labels: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))
    known: Mask = field(default_factory=lambda: np.zeros(0, np.bool_))
    """Whether an entity key has a position."""
    spelled_twice: bool = False
    """Whether two positions are one entity, in two spellings."""
    grades: dict[int, str] = field(default_factory=dict)
    """Key → why links to the entity never connect."""


@dataclass(frozen=True)
class Placed:
    """A batch whose rows are numbered and whose entities and links have keys."""

    batch: Batch
    occurrence: Ints
    counted: Mask
    links: list[_Links]
    positions: Positions

    @property
    def stored(self) -> int:
        """How many rows are new."""
        return int(self.counted.sum())

    @property
    def duplicates(self) -> int:
        """How many rows say what is known."""
        return self.counted.size - self.stored


@dataclass(frozen=True)
class _Links:
    """The links of one kind that the rows of a batch state, with their keys (m,)."""

    stated: Stated
    key: Ints


def place(store: CaseStore, source: int, batch: Batch) -> Placed:
    """Find keys and numbers; entities and links that are new are entered."""
    if batch.first_entity == 0 or store.positions is None:
        store.positions = Positions()
    positions: Positions = store.positions
    _enter_entities(store, batch.entities, positions)
    occurrence, counted = _numbered(store, source, batch)
    links = [_enter_links(store, one, batch, positions) for one in batch.stated]
    return Placed(batch, occurrence, counted, links, positions)


def insert(store: CaseStore, source: int, placed: Placed, revision: int) -> None:
    """Append the rows of a batch, and what they add up to, to the tables of its source."""
    batch, positions = placed.batch, placed.positions
    rows = batch.rows
    _insert(
        store,
        "observation",
        {
            "row": rows["row"],
            "content_high": rows["content_high"],
            "content_low": rows["content_low"],
            "occurrence": placed.occurrence,
            "counted": placed.counted,
            "first_seen": rows["first_seen"].cast(pa.timestamp("us")),
            "last_seen": rows["last_seen"].cast(pa.timestamp("us")),
            "utc_offset": rows["utc_offset"],
            "zone_status": rows["zone_status"],
            "byte_offset": rows["byte_offset"],
            "byte_length": rows["byte_length"],
            "weight": rows["weight"],
            "amount": rows["amount"],
            "currency": rows["currency"],
            "detail": _enter_details(store, source, rows["detail"]),
        },
        source=source,
    )
    stated = np.zeros(rows.num_rows, np.bool_)
    for links in placed.links:
        at, link = links.stated.at, links.stated.link
        stated[at] = True
        _insert(store, "statement", {"row": rows["row"].take(pa.array(at)), "link": links.key[link]}, source=source)
        _insert_link_parts(store, source, revision, rows, links, placed.counted)
        _insert_amounts(store, source, rows, links, placed.counted)
    _insert_entity_parts(store, source, revision, batch, positions)
    alone = batch.mentions.filter(pc.invert(pa.array(stated).take(batch.mentions["at"])))
    if alone.num_rows:
        keys = positions.keys[alone["entity"].to_numpy()]
        _insert(store, "mention", {"row": rows["row"].take(alone["at"]), "entity": keys}, source=source)
    if batch.attributes.num_rows:
        said = batch.attributes
        _insert(
            store,
            "attribute",
            {
                "entity": positions.keys[said["entity"].to_numpy()],
                "row": said["row"],
                "name": said["name"],
                "value": said["value"],
                "basis": said["basis"],
                "origin": said["origin"],
            },
            source=source,
            revision=revision,
            distinct=True,
        )
    if batch.quarantined:
        _insert_quarantined(store, source, batch)


# -- entities ------------------------------------------------------------------------------------


def _enter_entities(store: CaseStore, entities: pa.Table, positions: Positions) -> None:
    """Give entities that are new to the source their keys, and enter those that are new to the store."""
    size = entities.num_rows
    if not size:
        return
    codes = entities["id"].combine_chunks().dictionary_encode()
    distinct = codes.dictionary
    keys = np.full(len(distinct), -1, np.int32)
    with _registered(store, b_ids=pa.table({"place": np.arange(len(distinct), dtype=np.int32), "id": distinct})):
        found = _arrow(store, "SELECT b.place, e.key FROM b_ids b JOIN entity e USING (id)")
    keys[found["place"].to_numpy()] = found["key"].to_numpy()
    new = np.flatnonzero(keys < 0)
    if new.size:
        keys[new] = _next_key(store, "entity") + np.arange(new.size, dtype=np.int32)
        place = codes.indices.to_numpy(zero_copy_only=False)
        first = np.full(len(distinct), size, np.int64)
        np.minimum.at(first, place, np.arange(size))
        rows = entities.take(pa.array(first[new]))
        _insert(store, "entity", {"key": keys[new], "id": rows["id"], "kind": rows["kind"], "value": rows["value"]})
    own = keys[codes.indices.to_numpy(zero_copy_only=False)]
    positions.keys = np.concatenate([positions.keys, own])
    positions.labels = pa.concat_arrays([positions.labels, entities["label"].combine_chunks()])
    highest = int(own.max(initial=-1))
    if highest >= positions.known.size:
        positions.known = np.append(
            positions.known, np.zeros(highest + 1 + highest // 4 - positions.known.size, np.bool_)
        )
    positions.spelled_twice |= bool(positions.known[own].any()) or len(distinct) < size
    positions.known[own] = True
    graded = np.flatnonzero(entities["grade"].is_valid().to_numpy())
    for at, grade in zip(graded.tolist(), entities["grade"].take(pa.array(graded)).to_pylist(), strict=True):
        positions.grades[int(own[at])] = grade


def _insert_entity_parts(store: CaseStore, source: int, revision: int, batch: Batch, positions: Positions) -> None:
    """Enter when each entity of the batch was seen, and what it is shown as."""
    if not batch.mentions.num_rows:
        return
    position, first, last = batch.seen
    # A label is written once: with the part of the batch that shows the entity first.
    fresh = position >= batch.first_entity
    labels = positions.labels.take(pa.array(position, mask=None if positions.spelled_twice else ~fresh))
    keys = positions.keys[position]
    if positions.spelled_twice:
        # Of the spellings of one entity the first in the alphabet is shown.
        order = np.lexsort((pc.rank(labels, tiebreaker="dense").to_numpy(), keys))
        starts = run_starts(keys[order])
        first, last = np.minimum.reduceat(first[order], starts), np.maximum.reduceat(last[order], starts)
        keys, labels = keys[order][starts], labels.take(pa.array(order[starts]))
    _insert(
        store,
        "entity_part",
        {"entity": keys, "label": labels, "first_seen": _moments(first, NEVER), "last_seen": _moments(last, EVER)},
        source=source,
        revision=revision,
    )


# -- rows ----------------------------------------------------------------------------------------


def _numbered(store: CaseStore, source: int, batch: Batch) -> tuple[Ints, Mask]:
    """Give the occurrence of each row among those that say the same, and whether it is the one that counts."""
    rows = batch.rows
    size = rows.num_rows
    occurrence, counted = np.ones(size, np.int32), np.ones(size, np.bool_)
    if not size:
        return occurrence, counted
    bounds = pc.min_max(rows["first_seen"].cast(pa.timestamp("us"))).as_py()
    content = pa.table(
        {
            "place": np.arange(size, dtype=np.int32),
            "content_high": rows["content_high"],
            "content_low": rows["content_low"],
            "is_event": rows["is_event"],
            "repeated": batch.repeated,
        }
    )
    with _registered(store, b_content=content):
        stored = _arrow(store, _STORED, {"source": source, "first": bounds["min"], "last": bounds["max"]})
        if stored.num_rows or batch.repeated.any():
            with _registered(store, b_stored=stored):
                numbered = _arrow(store, _NUMBERED)
            at = numbered["place"].to_numpy()
            occurrence[at] = numbered["occurrence"].to_numpy()
            counted[at] = numbered["counted"].to_numpy()
    return occurrence, counted


def _enter_details(store: CaseStore, source: int, details: pa.ChunkedArray) -> pa.Array:
    """Enter the distinct details of a batch; give the key of each row's, null where it has none."""
    column = details.combine_chunks()
    texts = column.dictionary
    if column.null_count == len(column):
        return pa.nulls(len(column), pa.int32())
    first = _next_key(store, "detail")
    keys = np.arange(len(texts), dtype=np.int32) + first
    shown = np.flatnonzero(texts.is_valid().to_numpy(zero_copy_only=False))
    _insert(store, "detail", {"key": keys[shown], "text": texts.take(pa.array(shown))}, source=source)
    return pa.array(keys).take(column.indices)


# -- links ---------------------------------------------------------------------------------------


def _enter_links(store: CaseStore, stated: Stated, batch: Batch, positions: Positions) -> _Links:
    """Give links their keys, and enter those that are new."""
    if positions.spelled_twice:
        # Two positions may be one entity: statements are put together again, by its key.
        source, target = stated.source[stated.link], stated.target[stated.link]
        stated = batch.links(stated.kind, stated.at, positions.keys[source], positions.keys[target])
        ends = {"source": stated.source, "target": stated.target}
    else:
        ends = {"source": positions.keys[stated.source], "target": positions.keys[stated.target]}
    size = stated.source.size
    keys = np.full(size, -1, np.int32)
    with _registered(store, b_pairs=pa.table({"place": np.arange(size, dtype=np.int32), **ends})):
        known = _arrow(
            store,
            "SELECT b.place, l.key FROM link l JOIN b_pairs b USING (source, target) WHERE l.kind = $kind",
            {"kind": stated.kind},
        )
    keys[known["place"].to_numpy()] = known["key"].to_numpy()
    new = np.flatnonzero(keys < 0)
    if new.size:
        keys[new] = _next_key(store, "link") + np.arange(new.size, dtype=np.int32)
        fresh = {name: end[new] for name, end in ends.items()}
        _insert(store, "link", {"key": keys[new], **fresh, "grade": _grades(positions, **fresh)}, kind=stated.kind)
    return _Links(stated, keys)


def _insert_link_parts(
    store: CaseStore, source: int, revision: int, rows: pa.Table, links: _Links, counted: Mask
) -> None:
    """Enter what the rows of the batch add up to for each link; rows that say what is known do not count."""
    stated = links.stated
    counts = counted[stated.at]
    weight: Any = pa.nulls(links.key.size, pa.float64())
    if rows["weight"].null_count < rows.num_rows:
        weights = rows["weight"].to_numpy()[stated.at]
        weighed = ~np.isnan(weights) & counts
        summed = np.add.reduceat(np.where(weighed, weights, 0.0), stated.starts)
        weight = pa.array(summed, mask=~np.logical_or.reduceat(weighed, stated.starts))
    _insert(
        store,
        "link_part",
        {
            "link": links.key,
            "count": np.add.reduceat(counts.astype(np.int64), stated.starts),
            "weight": weight,
            "first_seen": _moments(stated.first, NEVER),
            "last_seen": _moments(stated.last, EVER),
            "precision": stated.precision,
        },
        source=source,
        revision=revision,
    )


def _grades(positions: Positions, source: Ints, target: Ints) -> pa.Array:
    """Give why links never connect: because of the one end or of the other."""
    if not positions.grades:
        return pa.nulls(source.size, pa.string())
    graded = np.array(sorted(positions.grades), np.int32)
    grades: list[str | None] = [None] * source.size
    for at in np.flatnonzero(np.isin(source, graded) | np.isin(target, graded)).tolist():
        grades[at] = positions.grades.get(int(source[at])) or positions.grades[int(target[at])]
    return pa.array(grades, pa.string())


def _insert_amounts(store: CaseStore, source: int, rows: pa.Table, links: _Links, counted: Mask) -> None:
    stated = links.stated
    if stated.kind == LinkKind.HOLDS or rows["amount"].null_count == rows.num_rows:
        return
    shown = counted[stated.at]
    taken = pa.array(stated.at[shown])
    amounts = pa.table(
        {
            "link": links.key[stated.link[shown]],
            "currency": rows["currency"].take(taken).fill_null(""),
            "amount": rows["amount"].take(taken),
        }
    )
    with _registered(store, b_amounts=amounts):
        store.run(
            "INSERT INTO link_amount SELECT link, $source, currency, sum(amount) FROM b_amounts "
            "WHERE amount IS NOT NULL GROUP BY ALL",
            {"source": source},
        )


# -- the engine ----------------------------------------------------------------------------------


def _insert_quarantined(store: CaseStore, source: int, batch: Batch) -> None:
    refused = batch.quarantined
    _insert(
        store,
        "quarantine",
        {
            "line": pa.array([row.line for row in refused], pa.int64()),
            "byte_offset": pa.array([row.byte_offset for row in refused], pa.int64()),
            "column_name": pa.array([row.column for row in refused], pa.string()),
            "code": pa.array([row.code for row in refused], pa.string()),
            "reason": pa.array([row.reason for row in refused], pa.string()),
            "hint": pa.array([row.hint for row in refused], pa.string()),
            "raw": pa.array([row.raw or b"" for row in refused], pa.binary()),
        },
        source=source,
    )


def _insert(
    store: CaseStore, table: str, columns: Mapping[str, Any], *, distinct: bool = False, **constants: int | str
) -> None:
    """Append columns to a table, with the same constants in every row."""
    names = [*columns, *constants]
    values = [*columns, *(f"${name}" for name in constants)]
    with _registered(store, b_rows=pa.table(dict(columns))):
        store.run(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {'DISTINCT ' if distinct else ''}{', '.join(values)} "
            "FROM b_rows",
            constants,
        )


def _next_key(store: CaseStore, table: str) -> np.int32:
    row = store.first(f"SELECT coalesce(max(key), 0) + 1 FROM {table}")
    return np.int32(row[0] if row else 1)


def _arrow(store: CaseStore, sql: str, named: Mapping[str, object] | None = None) -> pa.Table:
    return store.connection.sql(sql, params=dict(named or {})).to_arrow_table()


@contextmanager
def _registered(store: CaseStore, **tables: pa.Table) -> Iterator[None]:
    """Let SQL see Arrow tables by name."""
    for name, table in tables.items():
        store.connection.register(name, table)
    try:
        yield
    finally:
        # In a transaction that failed nothing can be taken back by itself: all of it is, by the rollback.
        with suppress(duckdb.TransactionException):
            for name in tables:
                store.connection.unregister(name)


def _moments(micros: Longs, unknown: int) -> pa.Array:
    return pa.array(micros, pa.int64(), mask=micros == unknown).cast(pa.timestamp("us"))
