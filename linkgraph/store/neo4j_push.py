"""Bringing the graph on a Neo4j server level with the case.

Only what changed since the revision the server stands at is written, in batches that are managed
transactions and idempotent: ``MERGE`` on the id, then all properties set. A push that is cut off
leaves the server's revision as it was, so the next one writes the same again and ends equal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any, TypeVar

import pyarrow as pa
from neo4j import Driver, ManagedTransaction

from linkgraph import resources
from linkgraph.ahead import ahead
from linkgraph.errors import IntegrityError, UsageError
from linkgraph.model import EntityKind, LinkKind
from linkgraph.store.audit import canonical
from linkgraph.store.neo4j import Neo4jServer, attributes_text, evidence_text, read_counts, read_rows
from linkgraph.store.projection import ChangeLog
from linkgraph.store.protocol import Counts

BATCH = 10_000
Row = dict[str, Any]
T = TypeVar("T")
_EVIDENCE_AT_A_TIME = 200_000
_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_]{0,63}$")
_DELETE_LINKS = "UNWIND $ids AS id MATCH (:Entity)-[r:{type} {{id: id}}]->(:Entity) DELETE r"
_DELETE_ENTITIES = "UNWIND $ids AS id MATCH (n:Entity {id: id}) DETACH DELETE n"
_RELATIONSHIP_CONSTRAINT = (
    "CREATE CONSTRAINT linkgraph_{name} IF NOT EXISTS FOR ()-[r:{type}]-() REQUIRE r.id IS UNIQUE"
)


@dataclass(frozen=True, slots=True)
class PushReport:
    """What a push wrote."""

    entities: int
    links: int
    removed: int
    revision: int
    """Audit entry of the case that the server now stands at."""


def push(
    store: ChangeLog,
    server: Neo4jServer,
    *,
    progress: Callable[[int, int], None] | None = None,
    batch: int = BATCH,
) -> PushReport:
    """Bring the server level with the case.

    Args:
        store: the case.
        server: where to.
        progress: called with what is done and what there is to do, in entities and links.
        batch: how many go in one transaction.

    Raises:
        UnavailableError: the server cannot be reached or went away; run it again.
        UsageError: the server holds another case, or a newer state of this one.
        IntegrityError: what is on the server afterwards is not what the case holds.
    """
    with server.driver() as driver:
        target = _Target(driver, server)
        since = target.stands(store)
        target.constrain()
        target.enter(store)
        entities, links = store.entities_since(since), store.links_since(since)
        gone_entities, gone_links = store.removed_since(since)
        total = entities.num_rows + links.num_rows
        done = 0
        target.remove(gone_entities, gone_links, batch)
        # Closed in every case: the store is not to be read by another thread once this returns or raises.
        with closing(_batches(store, entities, links, batch)) as batches:
            for query, rows in batches:
                target.write(query, rows=rows)
                done += len(rows)
                if progress:
                    progress(done, total)
        target.sources(store, batch)
        target.index()
        target.leave(store)
        return PushReport(entities.num_rows, links.num_rows, len(gone_entities) + len(gone_links), store.revision())


class _Target:
    """The server's side of a push."""

    def __init__(self, driver: Driver, server: Neo4jServer) -> None:
        self._driver = driver
        self._server = server

    def constrain(self) -> None:
        """Make the constraints by which MERGE finds what is there."""
        relationships = (_RELATIONSHIP_CONSTRAINT.format(name=kind.lower(), type=_word(kind)) for kind in LinkKind)
        self._define([*resources.cypher("schema").split(";"), *relationships])

    def index(self) -> None:
        """Make the indexes by which analysts search."""
        self._define(resources.cypher("indexes").split(";"))

    def _define(self, statements: Iterable[str]) -> None:
        with self._driver.session(database=self._server.database) as session:
            for statement in filter(str.strip, statements):
                session.run(statement).consume()
            session.run("CALL db.awaitIndexes(600)").consume()

    def stands(self, store: ChangeLog) -> int:
        """Give the revision the server stands at, 0 where it holds no case; writes nothing.

        Raises:
            UsageError: the server holds another case, or a newer state of this one.
        """
        held = read_rows(
            self._driver,
            self._server,
            "MATCH (c:LinkgraphCase) RETURN c.id AS id, c.name AS name, c.revision AS revision",
            {},
        )
        if any(row["id"] != store.case_id() for row in held):
            raise UsageError(
                f"The server at {self._server.uri} holds the case '{held[0]['name']}': one database holds one case; "
                "name another with --database or use a fresh server."
            )
        since = int(held[0]["revision"] or 0) if held else 0
        if since > store.revision():
            raise UsageError(
                f"The server at {self._server.uri} stands at entry {since} of this case, and this copy only at "
                f"{store.revision()}: push from the newer copy, or use a fresh database."
            )
        return since

    def enter(self, store: ChangeLog) -> None:
        """Say which case is being pushed; until :meth:`leave`, nobody reads it from here."""
        self.write(
            "MERGE (c:LinkgraphCase {id: $id}) SET c.name = $name, c.pushing = true",
            id=store.case_id(),
            name=store.case_name(),
        )

    def leave(self, store: ChangeLog) -> None:
        """Compare what is there with the case, and note the revision."""
        there, here = read_counts(self._driver, self._server), store.counts()
        if there != here:
            raise IntegrityError(
                f"The server at {self._server.uri} holds {_counted(there)} where the case holds {_counted(here)}: "
                "somebody else wrote to it; push to a fresh database."
            )
        self.write(
            "MATCH (c:LinkgraphCase {id: $id}) SET c.revision = $revision, c.pushing = false",
            id=store.case_id(),
            revision=store.revision(),
        )

    def remove(self, entities: Sequence[str], links: Sequence[str], batch: int) -> None:
        for ids in _cut(links, batch):
            for kind in LinkKind:
                self.write(_DELETE_LINKS.format(type=_word(kind)), ids=ids)
        for ids in _cut(entities, batch):
            self.write(_DELETE_ENTITIES, ids=ids)

    def sources(self, store: ChangeLog, batch: int) -> None:
        sources = [asdict(source) | {"mapping": canonical(source.mapping)} for source in store.sources()]
        refused = []
        for row in store.quarantine():
            # The bytes of a refused row may be anything: they stay in the case.
            facts = {name: value for name, value in asdict(row).items() if name != "raw"}
            refused.append(facts | {"id": f"{row.source}:{row.line}:{row.byte_offset}"})
        for label, key, upsert, rows in (
            ("Source", "sha256", "upsert_sources", sources),
            ("QuarantinedRow", "id", "upsert_quarantined", refused),
        ):
            there = read_rows(self._driver, self._server, f"MATCH (n:{label}) RETURN n.{key} AS key", {})
            # A source that was read again may refuse other rows: what the case no longer holds goes.
            gone = {row["key"] for row in there} - {row[key] for row in rows}
            for ids in _cut(sorted(gone), batch):
                self.write(f"UNWIND $ids AS id MATCH (n:{label} {{{key}: id}}) DELETE n", ids=ids)
            for some in _cut(rows, batch):
                self.write(resources.cypher(upsert), rows=some)

    def write(self, query: str, **parameters: object) -> None:
        def work(transaction: ManagedTransaction) -> None:
            transaction.run(query, parameters).consume()

        with self._driver.session(database=self._server.database) as session:
            session.execute_write(work)


def _batches(
    store: ChangeLog, entities: pa.Table, links: pa.Table, batch: int
) -> Generator[tuple[str, list[Row]], None, None]:
    """Give what to run, entities before the links between them, each batch made while one is written."""
    yield from ahead(chain(_entities(store, entities, batch), _links(store, links, batch)))


def _entities(store: ChangeLog, table: pa.Table, batch: int) -> Iterator[tuple[str, list[Row]]]:
    """Give what to run for each batch of entities."""
    query = resources.cypher("upsert_entities")
    for kind, part in _by_kind(table, EntityKind, batch):
        rows = _rows(part)
        said = store.attributes([row["id"] for row in rows])
        for row in rows:
            row["attributes"] = attributes_text(said[row["id"]]) if row["id"] in said else None
        yield query.replace("$label", kind), rows


def _links(store: ChangeLog, table: pa.Table, batch: int) -> Iterator[tuple[str, list[Row]]]:
    """Give what to run for each batch of links."""
    query = resources.cypher("upsert_links")
    for kind, part in _by_kind(table, LinkKind, _EVIDENCE_AT_A_TIME):
        shown = store.evidence(part["id"].to_pylist())
        for start in range(0, part.num_rows, batch):
            rows = _rows(part.slice(start, batch))
            for row in rows:
                row["properties"] = {name: row[name] for name in ("id", "count", "weight", "grade", "amounts")}
                row["properties"]["evidence"] = evidence_text(shown.get(row["id"], ()))
            yield query.replace("$type", kind), rows


def _rows(table: pa.Table) -> list[Row]:
    """Give rows with times as microseconds since 1970."""
    for at, kind in enumerate(table.schema):
        if pa.types.is_timestamp(kind.type):
            table = table.set_column(at, kind.name, table[kind.name].cast(pa.int64()))
    rows: list[Row] = table.to_pylist()
    return rows


def _by_kind(table: pa.Table, kinds: type[EntityKind] | type[LinkKind], batch: int) -> Iterator[tuple[str, pa.Table]]:
    """Cut a table into batches of one kind: labels and types cannot be parameters."""
    for kind in kinds:
        part = table.filter(pa.compute.equal(table["kind"], kind))
        for start in range(0, part.num_rows, batch):
            yield _word(kind), part.slice(start, batch)


def _cut(items: Sequence[T], batch: int) -> Iterator[list[T]]:
    for start in range(0, len(items), batch):
        yield list(items[start : start + batch])


def _counted(counts: Counts) -> str:
    return (
        f"{sum(counts.entities.values()):,} entities, {sum(counts.links.values()):,} links, "
        f"{counts.sources:,} sources and {counts.quarantined:,} refused rows"
    )


def _word(kind: str) -> str:
    """Give a kind as it may stand in a query: a plain word, nothing that could end the pattern."""
    if not _NAME.match(kind):
        raise ValueError(f"{kind!r} is no name of a label or type")
    return kind
