"""Adding evidence to the case store: one transaction per batch, all of it or nothing.

The rule of identity (design: "Observation"): rows of one file that say the same at the same time
are separate events and are numbered; the n-th of them in a second file is the n-th of the first
seen again. A row without a time is a statement of fact, not an event: said twice, it is a duplicate.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from linkgraph.model import Source
from linkgraph.store.batch import Batch
from linkgraph.store.embedded import CaseStore

_NEW_ENTITIES = """
INSERT INTO entity
SELECT (SELECT coalesce(max(key), 0) FROM entity) + row_number() OVER (),
       left(sha256(kind || chr(31) || value), 32), kind, value
FROM (SELECT DISTINCT kind, value FROM b_entities) ANTI JOIN entity USING (kind, value)
"""

# Keys of all entities that the batches of one import have brought, by position.
_NO_KEYS = "CREATE OR REPLACE TEMP TABLE b_keys (pos INTEGER, key INTEGER, label VARCHAR, grade VARCHAR)"

_ENTITY_KEYS = """
INSERT INTO b_keys
SELECT b.pos, e.key, b.label, b.grade FROM b_entities b JOIN entity e USING (kind, value)
"""

_STATED = """
CREATE OR REPLACE TEMP TABLE b_stated AS
SELECT s.row, s.kind, a.key AS source, b.key AS target, coalesce(a.grade, b.grade) AS grade
FROM b_statements s JOIN b_keys a ON a.pos = s.source JOIN b_keys b ON b.pos = s.target
"""

_NEW_LINKS = """
INSERT INTO link
SELECT (SELECT coalesce(max(key), 0) FROM link) + row_number() OVER (), n.kind, n.source, n.target, n.grade
FROM (SELECT kind, source, target, min(grade) AS grade FROM b_stated GROUP BY ALL) n
ANTI JOIN link l ON l.kind = n.kind AND l.source = n.source AND l.target = n.target
"""

_CONTENT = """
CREATE OR REPLACE TEMP TABLE b_content AS
SELECT row, left(sha256(identity), 32)::UUID AS content, is_event FROM b_rows
"""

# Rows whose content occurs again, in this batch or in the store, are few: only they are numbered.
_AGAIN = """
CREATE OR REPLACE TEMP TABLE b_again AS
WITH stored AS (
    SELECT o.content, count(*) FILTER (o.source = $source) AS here,
           coalesce(max(o.occurrence) FILTER (o.counted), 0) AS counted
    FROM observation o SEMI JOIN b_content USING (content)
    WHERE o.first_seen IS NULL OR o.first_seen BETWEEN $first AND $last
    GROUP BY o.content
), repeated AS (
    SELECT content FROM b_content GROUP BY content HAVING count(*) > 1
)
SELECT c.row,
       CASE WHEN c.is_event
            THEN coalesce(s.here, 0) + row_number() OVER (PARTITION BY c.content ORDER BY c.row)
            ELSE 1 END AS occurrence,
       CASE WHEN c.is_event
            THEN coalesce(s.here, 0) + row_number() OVER (PARTITION BY c.content ORDER BY c.row)
                 > coalesce(s.counted, 0)
            ELSE coalesce(s.counted, 0) = 0
                 AND row_number() OVER (PARTITION BY c.content ORDER BY c.row) = 1 END AS counted
FROM b_content c LEFT JOIN stored s USING (content)
WHERE s.content IS NOT NULL OR c.content IN (SELECT content FROM repeated)
"""

_OBSERVED = """
CREATE OR REPLACE TEMP TABLE b_observed AS
SELECT c.row, c.content, coalesce(a.occurrence, 1)::INTEGER AS occurrence, coalesce(a.counted, true) AS counted
FROM b_content c LEFT JOIN b_again a USING (row)
"""

_OBSERVATIONS = """
INSERT INTO observation
SELECT $source, r.row, o.content, o.occurrence, o.counted, r.first_seen, r.last_seen, r.utc_offset,
       r.zone_status, r.byte_offset, r.byte_length, r.weight, r.amount, r.currency, r.detail
FROM b_rows r JOIN b_observed o USING (row)
"""

_LINKED = """
CREATE OR REPLACE TEMP TABLE b_linked AS
SELECT DISTINCT s.row, l.key AS link
FROM b_stated s JOIN link l ON l.kind = s.kind AND l.source = s.source AND l.target = s.target
"""

_STATEMENTS = "INSERT INTO statement SELECT $source, row, link FROM b_linked"

LINK_PARTS = """
SELECT t.link, count(*) FILTER (o.counted) AS count, sum(o.weight) FILTER (o.counted) AS weight,
       min(o.first_seen) AS first_seen, max(o.last_seen) AS last_seen
FROM {statements} t JOIN {observations} o USING (row) GROUP BY t.link
"""

LINK_AMOUNTS = """
SELECT t.link, coalesce(o.currency, '') AS currency, sum(o.amount) AS amount
FROM {statements} t JOIN {observations} o USING (row)
WHERE o.counted AND o.amount IS NOT NULL GROUP BY ALL
"""

_ENTITY_PARTS = """
INSERT INTO entity_part
SELECT k.key, $source, $revision, min(k.label), min(r.first_seen), max(r.last_seen)
FROM b_mentions m JOIN b_keys k ON k.pos = m.entity JOIN b_rows r USING (row) GROUP BY k.key
"""

_ATTRIBUTES = """
INSERT INTO attribute
SELECT DISTINCT k.key, $source, a.row, $revision, a.name, a.value, a.basis, a.origin
FROM b_attributes a JOIN b_keys k ON k.pos = a.entity
"""

# Sums of one source are joined where its batches have left so many times more of them than links.
_COMPACT_FROM = 1.5

_COMPACT_PARTS = """
CREATE OR REPLACE TEMP TABLE compact AS
SELECT link, source, max(revision) AS revision, sum(count)::BIGINT AS count, sum(weight) AS weight,
       min(first_seen) AS first_seen, max(last_seen) AS last_seen
FROM link_part WHERE source = $source GROUP BY link, source;
DELETE FROM link_part WHERE source = $source;
INSERT INTO link_part SELECT * FROM compact;
CREATE OR REPLACE TEMP TABLE compact AS
SELECT entity, source, max(revision) AS revision, min(label) AS label, min(first_seen) AS first_seen,
       max(last_seen) AS last_seen
FROM entity_part WHERE source = $source GROUP BY entity, source;
DELETE FROM entity_part WHERE source = $source;
INSERT INTO entity_part SELECT * FROM compact;
DROP TABLE compact;
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the rows of a batch or a source."""

    stored: int = 0
    duplicates: int = 0
    quarantined: int = 0

    @property
    def read(self) -> int:
        """Number of rows read."""
        return self.stored + self.duplicates + self.quarantined


def register(store: CaseStore, source: Source, actor: str) -> int:
    """Enter a source that is about to be read; give its key in this store."""
    with store.transaction():
        row = store.first("SELECT coalesce(max(key), 0) + 1 FROM source")
        key = int(row[0]) if row else 1
        store.run(
            "INSERT INTO source VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, false, 0, 0, 0, 0, 0)",
            [
                key,
                source.sha256,
                source.name,
                source.size,
                source.kind,
                source.reader,
                json.dumps(source.mapping, sort_keys=True),
                source.timezone,
                source.marking,
                source.imported_by,
                source.imported_at.replace(tzinfo=None),
            ],
        )
        store.log(
            actor,
            "import.begin",
            {
                "source": source.sha256,
                "size": source.size,
                "kind": source.kind,
                "reader": source.reader,
                "mapping": source.mapping,
                "timezone": source.timezone,
            },
        )
    return key


def resume(store: CaseStore, sha256: str, actor: str) -> tuple[int, int]:
    """Go on with a source whose import was cut off; give its key and the last line that is stored."""
    with store.transaction():
        row = store.first("SELECT key, line FROM source WHERE sha256 = ?", [sha256])
        if row is None:
            raise LookupError(sha256)
        store.log(actor, "import.resume", {"source": sha256, "after_line": row[1]})
    return int(row[0]), int(row[1])


def append(store: CaseStore, source: int, batch: Batch, actor: str) -> Tally:
    """Add one batch to the source with this key, in one transaction; give what became of its rows."""
    with store.transaction(), _registered(store, batch):
        store.run(_NEW_ENTITIES)
        if batch.first_entity == 0:
            store.run(_NO_KEYS)
        store.run(_ENTITY_KEYS)
        store.run(_STATED)
        store.run(_NEW_LINKS)
        store.run(_CONTENT)
        bounds = store.first("SELECT min(first_seen), max(first_seen) FROM b_rows")
        first, last = bounds or (None, None)
        store.run(_AGAIN, {"source": source, "first": first, "last": last})
        store.run(_OBSERVED)
        tally = _tally(store, batch)
        named = {"source": source}
        revision = store.log(
            actor,
            "import.batch",
            {
                "source": _sha256(store, source),
                "to_line": batch.last_line,
                "read": tally.read,
                "stored": tally.stored,
                "duplicates": tally.duplicates,
                "quarantined": tally.quarantined,
            },
        )
        versioned = named | {"revision": revision}
        store.run(_OBSERVATIONS, named)
        store.run(_LINKED)
        store.run(_STATEMENTS, named)
        tables = {
            "statements": "b_linked",
            "observations": "(SELECT * FROM b_rows JOIN b_observed USING (row))",
        }
        store.run(
            "INSERT INTO link_part SELECT link, $source, $revision, count, weight, first_seen, last_seen "
            f"FROM ({LINK_PARTS.format(**tables)})",
            versioned,
        )
        store.run(
            f"INSERT INTO link_amount SELECT link, $source, currency, amount FROM ({LINK_AMOUNTS.format(**tables)})",
            named,
        )
        store.run(_ENTITY_PARTS, versioned)
        store.run(_ATTRIBUTES, versioned)
        store.run("INSERT INTO quarantine SELECT $source, * FROM b_quarantine", named)
        store.run(
            """
            UPDATE source SET read = read + $read, stored = stored + $stored, line = $line,
                duplicates = duplicates + $duplicates, quarantined = quarantined + $quarantined
            WHERE key = $source
            """,
            named
            | {
                "read": tally.read,
                "stored": tally.stored,
                "duplicates": tally.duplicates,
                "quarantined": tally.quarantined,
                "line": batch.last_line,
            },
        )
    return tally


def finish(store: CaseStore, source: int, actor: str) -> Tally:
    """Say that a source was read to its end; give the totals."""
    with store.transaction():
        parts = store.first("SELECT count(*), count(DISTINCT link) FROM link_part WHERE source = ?", [source])
        if parts and parts[0] > _COMPACT_FROM * parts[1]:
            for statement in filter(str.strip, _COMPACT_PARTS.split(";")):
                named = {"source": source} if "$source" in statement else {}
                store.run(statement, named)
        store.run("UPDATE source SET complete = true WHERE key = ?", [source])
        row = store.first("SELECT stored, duplicates, quarantined FROM source WHERE key = ?", [source])
        tally = Tally(*row) if row else Tally()
        store.log(
            actor,
            "import.end",
            {
                "source": _sha256(store, source),
                "read": tally.read,
                "stored": tally.stored,
                "duplicates": tally.duplicates,
                "quarantined": tally.quarantined,
            },
        )
    return tally


def _tally(store: CaseStore, batch: Batch) -> Tally:
    row = store.first("SELECT count(*) FILTER (counted), count(*) FILTER (NOT counted) FROM b_observed")
    stored, duplicates = row or (0, 0)
    return Tally(stored, duplicates, len(batch.quarantined))


def _sha256(store: CaseStore, source: int) -> str:
    row = store.first("SELECT sha256 FROM source WHERE key = ?", [source])
    return str(row[0]) if row else ""


@contextmanager
def _registered(store: CaseStore, batch: Batch) -> Iterator[None]:
    """Let SQL see the Arrow tables of a batch by name."""
    positions = np.arange(batch.entities.num_rows, dtype=np.int32) + np.int32(batch.first_entity)
    entities = batch.entities.append_column("pos", pa.array(positions))
    quarantine = pa.table(
        {
            "line": pa.array([row.line for row in batch.quarantined], pa.int64()),
            "byte_offset": pa.array([row.byte_offset for row in batch.quarantined], pa.int64()),
            "column_name": pa.array([row.column for row in batch.quarantined], pa.string()),
            "code": pa.array([row.code for row in batch.quarantined], pa.string()),
            "reason": pa.array([row.reason for row in batch.quarantined], pa.string()),
            "hint": pa.array([row.hint for row in batch.quarantined], pa.string()),
            "raw": pa.array([row.raw or b"" for row in batch.quarantined], pa.binary()),
        }
    )
    rows = batch.rows
    for name in ("first_seen", "last_seen"):
        at = rows.schema.get_field_index(name)
        rows = rows.set_column(at, name, rows[name].cast(pa.timestamp("us")))
    tables = {
        "b_entities": entities,
        "b_rows": rows,
        "b_statements": batch.statements,
        "b_mentions": batch.mentions,
        "b_attributes": batch.attributes,
        "b_quarantine": quarantine,
    }
    for name, table in tables.items():
        store.connection.register(name, table)
    try:
        yield
    finally:
        for name in tables:
            store.connection.unregister(name)
