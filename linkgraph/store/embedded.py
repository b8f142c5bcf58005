"""The case store: DuckDB inside the case folder, one writer at a time.

This file opens the store and reads it; :mod:`linkgraph.store.append` and
:mod:`linkgraph.store.withdraw` change it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import duckdb
import pyarrow as pa

from linkgraph import evidence as rows_text
from linkgraph.errors import IntegrityError, LockedError, StorageError
from linkgraph.model import (
    Attribute,
    Basis,
    Decision,
    Entity,
    EntityKind,
    Evidence,
    LinkKind,
    QuarantinedRow,
    Role,
    SameAs,
    Source,
)
from linkgraph.store import audit, grades
from linkgraph.store.batch import Precision
from linkgraph.store.protocol import ENTITIES, EVENTS, LINKS, SAID, Counts
from linkgraph.store.selector import parse

if TYPE_CHECKING:
    from linkgraph.store.placing import Positions

SCHEMA_VERSION = "2"

CHANGES = (
    "case.create",
    "import.begin",
    "import.batch",
    "import.end",
    "quarantine.requeue",
    "withdraw",
    "role",
    "same_as",
)
"""Acts after which questions may have other answers; what else the audit log has leaves the graph as it is."""

# Country of an entity: the best basis wins, then the most rows, then the alphabet. An account
# without a country of its own takes the one most of its observations' addresses have.
_ENTITIES = """
WITH shown AS (
    SELECT entity, min(label) AS label, min(first_seen) AS first_seen, max(last_seen) AS last_seen
    FROM entity_part GROUP BY entity
), said AS (
    SELECT entity, value, basis, CASE basis WHEN 'stated' THEN 1 WHEN 'code' THEN 2 ELSE 3 END AS rank,
           count(*) AS rows
    FROM attribute WHERE name = 'country' GROUP BY ALL
), own AS (
    SELECT entity, value AS country, basis FROM said
    QUALIFY row_number() OVER (PARTITION BY entity ORDER BY rank, rows DESC, value) = 1
), used AS (
    SELECT l.source AS entity, own.country, sum(p.count) AS rows
    FROM link l JOIN link_part p ON p.link = l.key JOIN own ON own.entity = l.target
    WHERE l.kind = 'USED_IP' AND l.source NOT IN (SELECT entity FROM own)
    GROUP BY ALL
), country AS (
    SELECT entity, country, basis FROM own
    UNION ALL
    SELECT entity, country, 'derived' FROM used
    QUALIFY row_number() OVER (PARTITION BY entity ORDER BY rows DESC, country) = 1
), stated_role AS (
    SELECT entity, min(value) FILTER (value = 'victim') AS victim, min(value) AS any_role
    FROM attribute WHERE name = 'role' GROUP BY entity
), decided AS (
    SELECT entity AS id, arg_max(coalesce(role, ''), revision) AS role FROM role GROUP BY entity
)
SELECT e.id, e.kind, e.value, s.label, c.country, c.basis AS country_basis,
       nullif(coalesce(d.role, r.victim, r.any_role), '') AS role,
       s.first_seen, s.last_seen
FROM entity e
JOIN shown s ON s.entity = e.key
LEFT JOIN country c ON c.entity = e.key
LEFT JOIN stated_role r ON r.entity = e.key
LEFT JOIN decided d ON d.id = e.id
"""

_LINK_TABLES = rf"""
WITH summed AS (
    SELECT link, sum(count)::BIGINT AS count, sum(weight) AS weight,
           min(first_seen) AS first_seen, max(last_seen) AS last_seen, min(precision) AS precision
    FROM link_part GROUP BY link
), {grades.TABLES}, money AS (
    SELECT link, currency, sum(amount) AS amount FROM link_amount GROUP BY ALL
), amounts AS (
    SELECT link, '{{' || string_agg(
               to_json(currency)::VARCHAR || ':"' || regexp_replace(amount::VARCHAR, '\.?0+$', '') || '"',
               ',' ORDER BY currency
           ) || '}}' AS amounts
    FROM money GROUP BY link
)
"""

_STATED_LINKS = f"""
SELECT l.id, l.kind::VARCHAR AS kind, l.source_id AS source, l.target_id AS target, s.count, s.weight, s.first_seen,
       s.last_seen, {grades.GRADE} AS grade, m.amounts
FROM link_with_id l
JOIN summed s ON s.link = l.key
LEFT JOIN amounts m ON m.link = l.key
{grades.JOINS}
"""

# How near the two are stands as their weight: the nearer the more, and never more than half an equal digest.
_SIMILAR_LINKS = f"""
SELECT l.id, l.kind, l.source_id AS source, l.target_id AS target, 1::BIGINT AS count,
       (32 - l.distance) / 64.0 AS weight, NULL::TIMESTAMP AS first_seen, NULL::TIMESTAMP AS last_seen,
       {grades.GRADE} AS grade, NULL::VARCHAR AS amounts
FROM similar_link l
CROSS JOIN (SELECT {Precision.NONE:d} AS precision) s
{grades.JOINS}
"""

_EVENTS = """
WITH node AS (
    SELECT key, row_number() OVER (ORDER BY id) - 1 AS place FROM entity
    WHERE key IN (SELECT entity FROM entity_part)
), file AS (
    SELECT key, row_number() OVER (ORDER BY imported_at, sha256) - 1 AS place FROM source
)
SELECT l.kind::VARCHAR AS kind, a.place AS source, b.place AS target, o.first_seen, o.last_seen, o.utc_offset, o.amount,
       o.currency, f.place AS file, o.row
FROM statement t
JOIN observation o ON o.source = t.source AND o.row = t.row
JOIN link l ON l.key = t.link
JOIN node a ON a.key = l.source
JOIN node b ON b.key = l.target
JOIN file f ON f.key = o.source
WHERE o.counted AND list_contains($kinds, l.kind::VARCHAR)
ORDER BY o.first_seen NULLS LAST, a.place, b.place, l.kind::VARCHAR, f.place, o.row
"""

# Rows behind the links of the table `wanted`.
_BEHIND = """
WITH behind AS (
    SELECT l.id, t.source, t.row FROM statement t JOIN link_with_id l ON l.key = t.link
    WHERE l.id IN (SELECT id FROM wanted)
    UNION
    -- What lies behind a likeness are the rows that show the two.
    SELECT p.id, shown.source, shown.row
    FROM similar_link p JOIN (
        SELECT entity, source, row FROM mention
        UNION ALL
        SELECT l.source, t.source, t.row FROM statement t JOIN link l ON l.key = t.link
        UNION ALL
        SELECT l.target, t.source, t.row FROM statement t JOIN link l ON l.key = t.link
    ) shown ON shown.entity IN (p.source, p.target)
    WHERE p.id IN (SELECT id FROM wanted)
)
"""

# As linkgraph.evidence.join writes them: a run of rows is what keeps its distance from their rank.
_EVIDENCE_TEXTS = f"""
{_BEHIND}, ranked AS (
    SELECT *, row - row_number() OVER (PARTITION BY id, source ORDER BY row) AS run FROM behind
), piece AS (
    SELECT id, source, min(row) AS first, max(row) AS last FROM ranked GROUP BY id, source, run
), per_source AS (
    SELECT id, source,
           string_agg(first || CASE WHEN last > first THEN '-' || last ELSE '' END, ',' ORDER BY first) AS rows
    FROM piece GROUP BY ALL
), written AS (
    SELECT p.id, list(s.sha256 || ' ' || p.rows ORDER BY s.sha256) AS evidence
    FROM per_source p JOIN source s ON s.key = p.source GROUP BY p.id
)
SELECT coalesce(evidence, []) AS evidence FROM wanted LEFT JOIN written USING (id) ORDER BY wanted.place
"""

_SAID = """
SELECT DISTINCT e.id AS entity, a.name, a.value, a.basis, coalesce(a.origin, s.sha256) AS origin, a.row
FROM attribute a JOIN entity e ON e.key = a.entity JOIN source s ON s.key = a.source
WHERE e.id IN (SELECT id FROM wanted)
ORDER BY ALL
"""

_SHOWN_BY = """
WITH shown AS (
    SELECT entity, source FROM entity_part UNION SELECT entity, source FROM attribute
), named AS (
    SELECT e.id, list(s.sha256 ORDER BY s.sha256) AS sources
    FROM entity e JOIN shown ON shown.entity = e.key JOIN source s ON s.key = shown.source
    WHERE e.id IN (SELECT id FROM wanted) GROUP BY e.id
)
SELECT coalesce(sources, []) AS sources FROM wanted LEFT JOIN named USING (id) ORDER BY wanted.place
"""

_LINKS_AT_A_TIME = 1_200_000
"""Links whose evidence is looked up at once."""

_WRITERS_MEMORY = "512MB"
"""What an import asks of the engine, appending and looking up the keys of a batch, is fast with so much."""
_LEAST_MEMORY = "320MB"
"""With so much it is possible: what the engine would hold beyond that goes to the disk of the case."""

_SOURCE_COLUMNS = (
    "sha256, name, size, kind, reader, mapping, timezone, marking, imported_by, imported_at, "
    "complete, read, stored, duplicates, quarantined"
)


class CaseStore:
    """An open case store. Implements :class:`linkgraph.store.protocol.GraphStore`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self.connection = connection
        self.folder = folder
        self._logged: int | None = None
        self.positions: Positions | None = None
        """What the batches of the running import have shown."""

    @classmethod
    def create(cls, folder: Path, case_id: str, name: str) -> Self:
        """Make the store of a new case in ``folder``."""
        store = cls(_connect(folder / "case.duckdb", read_only=False), folder)
        store.run(resources.files("linkgraph.store").joinpath("schema.sql").read_text("utf-8"))
        store.connection.executemany(
            "INSERT INTO meta VALUES (?, ?)",
            [
                ("schema_version", SCHEMA_VERSION),
                ("case_id", case_id),
                ("case_name", name),
                ("content_secret", secrets.token_hex(32)),
            ],
        )
        return store

    @classmethod
    def open(cls, folder: Path, *, read_only: bool) -> CaseStore:
        """Open the store of the case in ``folder``.

        Raises:
            LockedError: another process has it open for writing.
            IntegrityError: it is no case store, or of another version.
        """
        path = folder / "case.duckdb"
        if not path.is_file():
            raise StorageError(f"The case store {path} is gone: 'linkgraph rebuild' makes it again from the evidence.")
        connection = None
        try:
            connection = _connect(path, read_only=read_only)
            store = cls(connection, folder)
            version = store.meta("schema_version")
        except duckdb.Error as fault:
            if connection is not None:
                connection.close()
            raise StorageError(
                f"The case store {path} is damaged ({fault}): 'linkgraph rebuild' makes it again from the evidence."
            ) from fault
        if version != SCHEMA_VERSION:
            store.close()
            raise IntegrityError(
                f"The case store in {folder} has version {version}, this linkgraph reads {SCHEMA_VERSION}: "
                "open it with the linkgraph that made it."
            )
        return store

    def close(self) -> None:
        """Let go of the store."""
        self.connection.close()

    def meta(self, name: str) -> str:
        """Give one fact about the store itself."""
        row = self.first("SELECT value FROM meta WHERE name = ?", [name])
        return str(row[0]) if row else ""

    def case_id(self) -> str:
        """Give the random id that the case was given when it was made."""
        return self.meta("case_id")

    def content_secret(self) -> bytes:
        """Give the secret of :mod:`linkgraph.ingest.content`; it never leaves the store."""
        return bytes.fromhex(self.meta("content_secret"))

    def case_name(self) -> str:
        """Name of the case."""
        return self.meta("case_name")

    def revision(self) -> int:
        """Number of the newest audit entry."""
        return int(self._one("SELECT coalesce(max(seq), 0) FROM audit"))

    def changed_at(self) -> int:
        """Number of the newest audit entry that changed the graph."""
        changes = ", ".join(f"'{action}'" for action in CHANGES)
        return int(self._one(f"SELECT coalesce(max(seq), 0) FROM audit WHERE action IN ({changes})"))

    # -- the graph -------------------------------------------------------------------------------

    def entities(self) -> pa.Table:
        """All entities, schema ``ENTITIES``, ordered by id."""
        return self._table(f"{_ENTITIES} ORDER BY e.id", ENTITIES)

    def links(self) -> pa.Table:
        """All links, schema ``LINKS``, ordered by id."""
        return self._table(f"{_LINK_TABLES} {_STATED_LINKS} UNION ALL {_SIMILAR_LINKS} ORDER BY id", LINKS)

    def events(self, kinds: Collection[LinkKind]) -> pa.Table:
        """Every counted row behind the links of some kinds, schema ``EVENTS``; see :meth:`GraphStore.events`."""
        return self._table(_EVENTS, EVENTS, {"kinds": sorted(kinds)})

    def entities_since(self, revision: int) -> pa.Table:
        """Entities that an audit entry after ``revision`` touched, as :meth:`entities` gives them."""
        touched = """
            e.key IN (SELECT entity FROM entity_part WHERE revision > $revision)
            OR e.key IN (SELECT entity FROM attribute WHERE revision > $revision)
            OR e.key IN (SELECT link.source FROM link JOIN link_part p ON p.link = link.key
                         WHERE p.revision > $revision)
            OR e.id IN (SELECT entity FROM role WHERE revision > $revision)
            OR e.id IN (SELECT id FROM touched WHERE NOT is_link AND revision > $revision)
        """
        sql = f"{_ENTITIES} WHERE {touched} ORDER BY e.id"
        return self._table(sql, ENTITIES, {"revision": revision})

    def links_since(self, revision: int) -> pa.Table:
        """Links that an audit entry after ``revision`` touched, as :meth:`links` gives them."""
        stated = f"""
            l.key IN (SELECT link FROM link_part WHERE revision > $revision)
            OR l.id IN (SELECT id FROM touched WHERE is_link AND revision > $revision)
            OR {grades.CHANGED}
        """
        similar = f"""
            l.revision > $revision OR l.id IN (SELECT id FROM touched WHERE is_link AND revision > $revision)
            OR {grades.CHANGED}
        """
        sql = f"{_LINK_TABLES} {_STATED_LINKS} WHERE {stated} UNION ALL {_SIMILAR_LINKS} WHERE {similar} ORDER BY id"
        return self._table(sql, LINKS, {"revision": revision})

    def removed_since(self, revision: int) -> tuple[list[str], list[str]]:
        """Ids of entities and of links that were there and are gone since ``revision``."""
        gone = "SELECT DISTINCT id FROM touched WHERE is_link = ? AND revision > ? AND id NOT IN (SELECT id FROM {})"
        entities = self.run(gone.format("entity"), [False, revision])
        links = self.run(gone.format("every_link"), [True, revision])
        return sorted(row[0] for row in entities), sorted(row[0] for row in links)

    def attributes(self, entities: Sequence[str]) -> dict[str, tuple[Attribute, ...]]:
        """What is said of each of these entity ids, in order of name, value, basis, origin, row."""
        rows = self._with_ids(entities, _SAID)
        found: dict[str, list[Attribute]] = {}
        for entity, name, value, basis, origin, row in rows:
            found.setdefault(entity, []).append(Attribute(name, value, Basis(basis), origin, row))
        return {entity: tuple(attributes) for entity, attributes in found.items()}

    def evidence(self, links: Sequence[str]) -> dict[str, tuple[Evidence, ...]]:
        """The rows behind each of these link ids, in order of source and row."""
        rows = self._with_ids(
            links,
            f"""
            {_BEHIND}
            SELECT DISTINCT b.id, s.sha256, b.row, c.correction
            FROM behind b JOIN source s ON s.key = b.source
            LEFT JOIN corrected c ON c.source = b.source AND c.row = b.row
            ORDER BY ALL
            """,
        )
        found: dict[str, list[Evidence]] = {}
        for link, sha256, row, correction in rows:
            found.setdefault(link, []).append(Evidence(sha256, row, correction))
        return {link: tuple(evidence) for link, evidence in found.items()}

    def said(self, entities: pa.ChunkedArray) -> pa.Table:
        """What is said of each of these entity ids, schema ``SAID``."""
        return self._of_wanted(entities, _SAID).cast(SAID)

    def evidence_texts(self, links: pa.ChunkedArray) -> pa.ChunkedArray:
        """The rows behind each of these link ids, in their order: ``<sha256> 4-9,12`` per source."""
        # All of a large case at once takes twice the memory, and no less time.
        parts = [
            self._of_wanted(links.slice(at, _LINKS_AT_A_TIME), _EVIDENCE_TEXTS)["evidence"]
            for at in range(0, max(len(links), 1), _LINKS_AT_A_TIME)
        ]
        return pa.chunked_array([chunk for part in parts for chunk in part.chunks], pa.list_(pa.string()))

    def shown_by(self, entities: pa.ChunkedArray) -> pa.ChunkedArray:
        """The sources that each of these entity ids comes from; see :meth:`GraphStore.shown_by`."""
        return self._of_wanted(entities, _SHOWN_BY)["sources"]

    def corrected_rows(self) -> dict[str, list[str]]:
        """Rows of each source (SHA-256) that are read as corrected: ``<sha256 of the corrections> 4-9,12``."""
        found: dict[str, dict[str, list[int]]] = {}
        for sha256, correction, row in self.run(
            "SELECT s.sha256, c.correction, c.row FROM corrected c JOIN source s ON s.key = c.source ORDER BY ALL"
        ):
            found.setdefault(sha256, {}).setdefault(correction, []).append(row)
        return {
            sha256: [f"{correction} {rows_text.join(rows)}" for correction, rows in corrections.items()]
            for sha256, corrections in found.items()
        }

    def find(self, selector: str) -> list[Entity]:
        """Entities a selector names; see :meth:`GraphStore.find`."""
        wanted = parse(selector)
        kind = "" if wanted.kind is None else "AND e.kind = $kind"
        sql = f"""{_ENTITIES}
            WHERE (e.id = $text OR (length($text) >= 8 AND starts_with(e.id, $text))
               OR lower(e.value) = $text
               OR (e.kind IN ('Account', 'FileHash', 'PaymentAccount', 'Device')
                   AND lower(regexp_replace(e.value, '^[^:]*:', '')) = $text)
               OR lower(s.label) = $text) {kind}
            ORDER BY e.id"""
        named = {"text": wanted.text} | ({} if wanted.kind is None else {"kind": wanted.kind.value})
        return [_entity(row) for row in self._table(sql, ENTITIES, named).to_pylist()]

    # -- what the case is made of ----------------------------------------------------------------

    def sources(self) -> list[Source]:
        """The evidence files, in order of import and SHA-256."""
        rows = self.run(f"SELECT {_SOURCE_COLUMNS} FROM source ORDER BY imported_at, sha256")
        return [
            Source(
                sha256=row[0],
                name=row[1],
                size=row[2],
                kind=row[3],
                reader=row[4],
                mapping=json.loads(row[5]),
                timezone=row[6],
                marking=row[7],
                imported_by=row[8],
                imported_at=row[9].replace(tzinfo=UTC),
                complete=row[10],
                read=row[11],
                stored=row[12],
                duplicates=row[13],
                quarantined=row[14],
            )
            for row in rows
        ]

    def quarantine(self) -> list[QuarantinedRow]:
        """The refused rows, in order of source and line."""
        rows = self.run(
            """
            SELECT s.sha256, q.line, q.byte_offset, q.column_name, q.code, q.reason, q.hint, q.raw
            FROM quarantine q JOIN source s ON s.key = q.source ORDER BY s.imported_at, s.sha256, q.line
            """
        )
        return [QuarantinedRow(*row) for row in rows]

    def row_spans(self, source: str) -> list[tuple[int, int, int]]:
        """Number, first byte and length of each row of a source (SHA-256), those refused too, in order."""
        return self.run(
            """
            WITH rows AS (
                SELECT source, row, byte_offset, byte_length FROM observation
                UNION ALL
                SELECT source, line, byte_offset, octet_length(raw) FROM quarantine
            )
            SELECT row, byte_offset, byte_length FROM rows JOIN source ON source.key = rows.source
            WHERE sha256 = ? ORDER BY ALL
            """,
            [source],
        )

    def same_as(self) -> list[SameAs]:
        """What was decided about pairs of entities and still stands, in order of their ids."""
        if not self.run("SELECT 1 FROM duckdb_tables() WHERE table_name = 'same_as'"):
            return []
        rows = self.run(
            """
            SELECT a, b, decision, who, why, decided_at FROM same_as
            QUALIFY row_number() OVER (PARTITION BY a, b ORDER BY revision DESC) = 1 ORDER BY a, b
            """
        )
        return [
            SameAs(a, b, Decision(decision), who, why, at.replace(tzinfo=UTC))
            for a, b, decision, who, why, at in rows
            if decision is not None
        ]

    def counts(self) -> Counts:
        """How much there is of each kind."""
        return Counts(
            entities=dict(
                self._pairs(
                    "SELECT kind, count(*) FROM entity WHERE key IN (SELECT entity FROM entity_part) "
                    "GROUP BY kind ORDER BY kind"
                )
            ),
            links=dict(self._pairs("SELECT kind, count(*) FROM every_link GROUP BY kind ORDER BY kind")),
            sources=self._one("SELECT count(*) FROM source"),
            quarantined=self._one("SELECT count(*) FROM quarantine"),
        )

    # -- the audit log ---------------------------------------------------------------------------

    def log(self, actor: str, action: str, body: Mapping[str, object]) -> int:
        """Append one entry to the audit chain, inside the running transaction; give its number."""
        last = self.first("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
        seq, prev = last or (0, audit.GENESIS)
        entry = audit.seal(seq + 1, prev, actor, action, body)
        self.run(
            "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)",
            [entry.seq, entry.ts_utc, entry.actor, entry.action, entry.body, entry.prev, entry.hash],
        )
        return entry.seq

    def audit_entries(self, after: int = 0) -> Iterator[audit.Entry]:
        """Give the audit entries after a number, oldest first."""
        rows = self.run(
            "SELECT seq, ts_utc, actor, action, body, prev, hash FROM audit WHERE seq > ? ORDER BY seq",
            [after],
        )
        return (audit.Entry(*row) for row in rows)

    def last_logged(self, action: str, member: str, value: str) -> dict[str, Any]:
        """Give the body of the newest audit entry of an action whose body has this member.

        Raises:
            LookupError: there is none.
        """
        for (body,) in self.run("SELECT body FROM audit WHERE action = ? ORDER BY seq DESC", [action]):
            record: dict[str, Any] = json.loads(body)
            if record.get(member) == value:
                return record
        raise LookupError(value)

    def logged_at(self, seq: int) -> datetime:
        """When an audit entry was written: UTC without zone, as the tables have times."""
        row = self.first("SELECT ts_utc FROM audit WHERE seq = ?", [seq])
        if row is None:
            raise LookupError(seq)
        return datetime.fromisoformat(row[0]).replace(tzinfo=None)

    def catch_up_log(self) -> None:
        """Bring ``audit.jsonl`` level with the chain in the store; run after every commit."""
        path = self.folder / "audit.jsonl"
        if self._logged is None:
            self._logged = audit.repair_tail(path)
        missing = list(self.audit_entries(after=self._logged))
        if missing:
            audit.write_log(path, missing)
            self._logged = missing[-1].seq

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all of a block or none of it; the audit log on disk follows the commit.

        Raises:
            StorageError: the disk is full or cannot be written; the store is as before the block.
        """
        self.run("BEGIN TRANSACTION")
        try:
            yield
            self.run("COMMIT")
        except (duckdb.IOException, duckdb.OutOfMemoryException, OSError) as fault:
            self._roll_back()
            raise StorageError(
                f"The case in {self.folder} could not be written ({fault}); what was acknowledged is safe: "
                "free some space and run the same command again."
            ) from fault
        except BaseException:
            self._roll_back()
            raise
        self.catch_up_log()

    def hold_less(self) -> None:
        """Let the engine hold less: where nearly all that is read is new, remembering it takes the memory."""
        self.run(f"SET memory_limit = '{_LEAST_MEMORY}'")

    def take_all_memory(self) -> None:
        """Let the engine use what the machine has: for work over the whole case."""
        self.run("RESET memory_limit")

    def _roll_back(self) -> None:
        try:
            self.run("ROLLBACK")
        except duckdb.Error:
            # The engine has rolled back by itself, or the connection is past use: the file is
            # as it was after the last commit in both cases.
            return

    # -- statements into the engine ---------------------------------------------------------------

    def run(self, sql: str, parameters: Sequence[object] | Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """Run one statement to its end and give its rows."""
        return self.connection.execute(sql, parameters).fetchall()

    def first(
        self, sql: str, parameters: Sequence[object] | Mapping[str, object] | None = None
    ) -> tuple[Any, ...] | None:
        """Run one statement and give its first row."""
        return next(iter(self.run(sql, parameters)), None)

    # -- rows out of the engine ------------------------------------------------------------------

    def _table(self, sql: str, schema: pa.Schema, parameters: Mapping[str, object] | None = None) -> pa.Table:
        table = self.connection.sql(sql, params=dict(parameters or {})).to_arrow_table()
        return pa.table([_as(table[field.name], field.type) for field in schema], schema=schema)

    def _with_ids(self, ids: Sequence[str], sql: str) -> list[tuple[Any, ...]]:
        self.connection.register("wanted", pa.table({"id": pa.array(list(ids), pa.string())}))
        try:
            return self.run(sql)
        finally:
            self.connection.unregister("wanted")

    def _of_wanted(self, ids: pa.ChunkedArray, sql: str) -> pa.Table:
        place = pa.array(range(len(ids)), pa.int64())
        self.connection.register("wanted", pa.table({"id": ids, "place": place}))
        try:
            return self.connection.sql(sql).to_arrow_table()
        finally:
            self.connection.unregister("wanted")

    def _pairs(self, sql: str) -> list[tuple[str, int]]:
        return [(str(name), int(number)) for name, number in self.run(sql)]

    def _one(self, sql: str) -> int:
        row = self.first(sql)
        return int(row[0]) if row else 0


def _as(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Give a column its declared type; the store's times are UTC without saying so."""
    if pa.types.is_timestamp(kind) and column.type.tz is None:
        column = column.cast(pa.timestamp("us"))
    return column.cast(kind)


def _entity(row: Mapping[str, Any]) -> Entity:
    basis, role = row["country_basis"], row["role"]
    return Entity(
        id=row["id"],
        kind=EntityKind(row["kind"]),
        value=row["value"],
        label=row["label"],
        country=row["country"],
        country_basis=Basis(basis) if basis else None,
        role=Role(role) if role else None,
        first_seen=_utc(row["first_seen"]),
        last_seen=_utc(row["last_seen"]),
    )


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None


def _connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        connection = duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException as fault:
        if "lock" in str(fault).lower() or "used by another process" in str(fault).lower():
            raise LockedError(
                f"The case in {path.parent} is open in another linkgraph process; "
                "wait until it is done and run the same command again."
            ) from fault
        raise StorageError(f"The case store {path} cannot be opened: {fault}") from fault
    # Nothing may be fetched from or loaded over a network, and order is always asked for by name.
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("SET TimeZone = 'UTC'")
    if not read_only:
        connection.execute(f"SET memory_limit = '{_WRITERS_MEMORY}'")
    # Checkpointing after every batch would write the same pages again and again.
    connection.execute("SET checkpoint_threshold = '1GB'")
    return connection
