"""Adding evidence to the case store: one transaction per batch, all of it or nothing.

The rule of identity (design: "Observation"): rows of one file that say the same at the same time
are separate events and are numbered; the n-th of them in a second file is the n-th of the first
seen again. A row without a time is a statement of fact, not an event: said twice, it is a duplicate.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from linkgraph.model import Source
from linkgraph.store import placing, similar
from linkgraph.store.batch import Batch
from linkgraph.store.embedded import CaseStore

# The same as placing does for a batch, from the rows of the store; `precision` is linkgraph.store.batch.Precision.
LINK_PARTS = """
SELECT t.link, count(*) FILTER (o.counted) AS count, sum(o.weight) FILTER (o.counted) AS weight,
       min(o.first_seen) AS first_seen, max(o.last_seen) AS last_seen,
       min(CASE WHEN o.first_seen IS NULL THEN 4 WHEN o.first_seen <> o.last_seen THEN 3
                WHEN json_extract_string(d.text, '$.port') IS NOT NULL THEN 1 ELSE 2 END)::TINYINT AS precision
FROM {statements} t JOIN {observations} o USING (row) LEFT JOIN detail d ON d.key = o.detail GROUP BY t.link
"""

LINK_AMOUNTS = """
SELECT t.link, coalesce(o.currency, '') AS currency, sum(o.amount) AS amount
FROM {statements} t JOIN {observations} o USING (row) JOIN link l ON l.key = t.link
WHERE l.kind <> 'HOLDS' AND o.counted AND o.amount IS NOT NULL GROUP BY ALL
"""

# Sums of one source are joined where its batches have left so many times more of them than links.
_COMPACT_FROM = 1.5

_COMPACT_PARTS = """
CREATE OR REPLACE TEMP TABLE compact AS
SELECT link, source, max(revision) AS revision, sum(count)::BIGINT AS count, sum(weight) AS weight,
       min(first_seen) AS first_seen, max(last_seen) AS last_seen, min(precision) AS precision
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


PRIVATE = frozenset({"account", "aliases", "container"})
"""Members of a source's mapping that may name persons: the log has them only as the SHA-256 of the sidecar."""


def register(store: CaseStore, source: Source, actor: str, sidecar: str | None = None) -> int:
    """Enter a source that is about to be read; give its key in this store.

    ``sidecar`` is the SHA-256 of the file in which name, marking and what was stated are kept. The time of
    import is that of the audit entry.
    """
    with store.transaction():
        row = store.first("SELECT coalesce(max(key), 0) + 1 FROM source")
        key = int(row[0]) if row else 1
        revision = store.log(
            actor,
            "import.begin",
            {
                "source": source.sha256,
                "size": source.size,
                "kind": source.kind,
                "reader": source.reader,
                "mapping": {name: value for name, value in source.mapping.items() if name not in PRIVATE},
                "timezone": source.timezone,
                "sidecar": sidecar,
            },
        )
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
                store.logged_at(revision),
            ],
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
    with store.transaction():
        placed = placing.place(store, source, batch)
        tally = _tally(placed)
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
        placing.insert(store, source, placed, revision)
        store.run(
            """
            UPDATE source SET read = read + $read, stored = stored + $stored, line = $line,
                duplicates = duplicates + $duplicates, quarantined = quarantined + $quarantined
            WHERE key = $source
            """,
            {
                "source": source,
                "read": tally.read,
                "stored": tally.stored,
                "duplicates": tally.duplicates,
                "quarantined": tally.quarantined,
                "line": batch.last_line,
            },
        )
    return tally


def correct(store: CaseStore, source: int, batch: Batch, correction: str, actor: str, why: str) -> Tally:
    """Put rows of a source that are in quarantine into the graph as they were corrected; one transaction.

    The batch has each corrected row under the line it had, or among its quarantined rows with what is
    still wrong with it. ``correction`` is the SHA-256 of the file of corrections.
    """
    stored = batch.rows["row"].to_pylist()
    lines = sorted({*stored, *(row.line for row in batch.quarantined)})
    with store.transaction():
        placed = placing.place(store, source, batch)
        tally = _tally(placed)
        revision = store.log(
            actor,
            "quarantine.requeue",
            {
                "source": _sha256(store, source),
                "correction": correction,
                "lines": lines,
                "stored": tally.stored,
                "duplicates": tally.duplicates,
                "quarantined": tally.quarantined,
                "why": why,
            },
        )
        named = {"source": source}
        store.run(
            "DELETE FROM quarantine WHERE source = $source AND line IN (SELECT unnest($lines))",
            named | {"lines": lines},
        )
        placing.insert(store, source, placed, revision)
        if stored:
            rows = [(source, row, correction) for row in stored]
            store.connection.executemany("INSERT INTO corrected VALUES (?, ?, ?)", rows)
        store.run(
            """
            UPDATE source SET stored = stored + $stored, duplicates = duplicates + $duplicates,
                quarantined = quarantined - $stored - $duplicates
            WHERE key = $source
            """,
            named | {"stored": tally.stored, "duplicates": tally.duplicates},
        )
    return tally


def finish(store: CaseStore, source: int, actor: str) -> Tally:
    """Say that a source was read to its end; give the totals."""
    with store.transaction():
        parts = store.first("SELECT count(*), approx_count_distinct(link) FROM link_part WHERE source = ?", [source])
        if parts and parts[0] > _COMPACT_FROM * parts[1]:
            for statement in filter(str.strip, _COMPACT_PARTS.split(";")):
                named = {"source": source} if "$source" in statement else {}
                store.run(statement, named)
        store.run("UPDATE source SET complete = true WHERE key = ?", [source])
        row = store.first("SELECT stored, duplicates, quarantined FROM source WHERE key = ?", [source])
        tally = Tally(*row) if row else Tally()
        revision = store.log(
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
        similar.compare(store, source, revision)
    return tally


def _tally(placed: placing.Placed) -> Tally:
    return Tally(placed.stored, placed.duplicates, len(placed.batch.quarantined))


def _sha256(store: CaseStore, source: int) -> str:
    row = store.first("SELECT sha256 FROM source WHERE key = ?", [source])
    return str(row[0]) if row else ""
