"""Bringing the graph on a Neo4j server level with the case.

Only what changed since the revision the server stands at is written, in batches that are managed
transactions and idempotent: ``MERGE`` on the id, then all properties set. A push that is cut off
leaves the server's revision as it was, so the next one writes the same again and ends equal.

The links of a case that was never there are not searched for but created, which is twice as fast.
Each batch leaves a mark with a unique id in its own transaction: sent again, because its answer was
lost or the push was cut off, it is refused as a whole, and the next push of the same goes on after
it. That links have unique ids is checked at the end, when the server makes its index of them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from neo4j import Driver, ManagedTransaction
from neo4j.exceptions import ConstraintError

from linkgraph import resources
from linkgraph.ahead import ahead
from linkgraph.errors import IntegrityError, UsageError
from linkgraph.model import EntityKind, LinkKind
from linkgraph.store.audit import canonical
from linkgraph.store.neo4j import Neo4jServer, attributes_text, read_counts, read_rows
from linkgraph.store.projection import ChangeLog
from linkgraph.store.protocol import Counts

BATCH = 10_000
Row = dict[str, Any]
T = TypeVar("T")
_EVIDENCE_AT_A_TIME = 400_000
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
        entities, links = store.entities_since(since), in_order(store.links_since(since))
        gone_entities, gone_links = store.removed_since(since)
        filling = f"{store.revision()}-{batch}-{_fingerprint(links)}"
        written = target.written(filling)
        if written is None:
            target.constrain_links()
        target.enter(store, None if written is None else filling)
        target.remove(gone_entities, gone_links, batch)
        waiting = pieces(links, batch, filling, written)
        total, done = entities.num_rows + sum(piece.links.num_rows for piece in waiting), 0
        # Closed in every case: the store is not to be read by another thread once this returns or raises.
        with closing(_batches(store, entities, waiting, batch, filling)) as batches:
            for one in batches:
                target.write_batch(one)
                done += one.size
                if progress:
                    progress(done, total)
        if written is not None:
            target.constrain_links()
        target.sources(store, batch)
        target.index()
        target.leave(store)
        return PushReport(entities.num_rows, links.num_rows, len(gone_entities) + len(gone_links), store.revision())


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction writes."""

    query: str
    parameters: dict[str, Any]
    size: int
    mark: str | None = None
    """What it leaves on the server to say that it was written; None where it may be written again."""


class _Target:
    """The server's side of a push."""

    def __init__(self, driver: Driver, server: Neo4jServer) -> None:
        self._driver = driver
        self._server = server

    def constrain(self) -> None:
        """Make the constraints by which MERGE finds entities, and no batch is written twice."""
        self._define(resources.cypher("schema").split(";"))

    def constrain_links(self) -> None:
        """Make the constraints by which MERGE finds links; the server refuses where ids are not unique."""
        self._define(_RELATIONSHIP_CONSTRAINT.format(name=kind.lower(), type=_word(kind)) for kind in LinkKind)

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
        held = self._read("MATCH (c:LinkgraphCase) RETURN c.id AS id, c.name AS name, c.revision AS revision")
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

    def written(self, filling: str) -> frozenset[str] | None:
        """Give the marks of what this filling has written, or None where links are there that it does not know."""
        held = self._read("MATCH (c:LinkgraphCase) RETURN c.filling AS filling")
        if any(row["filling"] != filling for row in held):
            return None
        if not held and self._read("MATCH (:Entity)-[r]->(:Entity) RETURN true AS any LIMIT 1"):
            return None
        return frozenset(row["id"] for row in self._read("MATCH (b:LinkgraphBatch) RETURN b.id AS id"))

    def enter(self, store: ChangeLog, filling: str | None) -> None:
        """Say which case is being pushed; until :meth:`leave`, nobody reads it from here."""
        self.write(
            "MERGE (c:LinkgraphCase {id: $id}) SET c.name = $name, c.pushing = true, c.filling = $filling",
            id=store.case_id(),
            name=store.case_name(),
            filling=filling,
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
            """
            MATCH (c:LinkgraphCase {id: $id}) SET c.revision = $revision, c.pushing = false, c.filling = null
            WITH c OPTIONAL MATCH (b:LinkgraphBatch) DELETE b
            """,
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
        corrected = store.corrected_rows()
        sources = [
            asdict(source) | {"mapping": canonical(source.mapping), "corrected_rows": corrected.get(source.sha256)}
            for source in store.sources()
        ]
        refused = []
        for row in store.quarantine():
            # The bytes of a refused row may be anything: they stay in the case.
            facts = {name: value for name, value in asdict(row).items() if name != "raw"}
            refused.append(facts | {"id": f"{row.source}:{row.line}:{row.byte_offset}"})
        for label, key, upsert, rows in (
            ("Source", "sha256", "upsert_sources", sources),
            ("QuarantinedRow", "id", "upsert_quarantined", refused),
        ):
            there = self._read(f"MATCH (n:{label}) RETURN n.{key} AS key")
            # A source that was read again may refuse other rows: what the case no longer holds goes.
            gone = {row["key"] for row in there} - {row[key] for row in rows}
            for ids in _cut(sorted(gone), batch):
                self.write(f"UNWIND $ids AS id MATCH (n:{label} {{{key}: id}}) DELETE n", ids=ids)
            for some in _cut(rows, batch):
                self.write(resources.cypher(upsert), rows=some)

    def write_batch(self, batch: Batch) -> None:
        """Write a batch, once."""
        try:
            self.write(batch.query, **batch.parameters)
        except ConstraintError:
            # Its answer was lost, and the driver sent it again.
            if batch.mark is None or not self._read("MATCH (b:LinkgraphBatch {id: $id}) RETURN b.id", id=batch.mark):
                raise

    def _read(self, query: str, **parameters: object) -> list[dict[str, Any]]:
        return read_rows(self._driver, self._server, query, parameters)

    def write(self, query: str, **parameters: object) -> None:
        def work(transaction: ManagedTransaction) -> None:
            transaction.run(query, parameters).consume()

        with self._driver.session(database=self._server.database) as session:
            session.execute_write(work)


def _batches(
    store: ChangeLog, entities: pa.Table, waiting: Sequence[Piece], batch: int, filling: str
) -> Generator[Batch, None, None]:
    """Give what to run, entities before the links between them, each batch made while one is written."""
    yield from ahead(chain(entity_batches(store, entities, batch), link_batches(store, waiting, batch, filling)))


def entity_batches(store: ChangeLog, table: pa.Table, batch: int) -> Iterator[Batch]:
    """Give what to run for entities."""
    query = resources.cypher("upsert_entities")
    for kind, part in _by_kind(table, EntityKind, batch):
        rows = _rows(part)
        said = store.attributes([row["id"] for row in rows])
        for row in rows:
            row["attributes"] = attributes_text(said[row["id"]]) if row["id"] in said else None
        yield Batch(query.replace("$label", kind), {"rows": rows}, len(rows))


def in_order(links: pa.Table) -> pa.Table:
    """Put links in the order they are written in: those of one entity together, so that they share its look-up."""
    return links.sort_by([(name, "ascending") for name in ("kind", "source", "target", "id")])


@dataclass(frozen=True, slots=True)
class Piece:
    """Links that go in one transaction."""

    kind: str
    links: pa.Table
    mark: str | None
    """What says on the server that they were created; None where they are merged."""


def pieces(links: pa.Table, batch: int, filling: str, written: frozenset[str] | None) -> list[Piece]:
    """Cut links that are :func:`in_order`; what was created already is left out.

    Args:
        links: schema ``LINKS``.
        batch: how many go in one transaction.
        filling: what the marks begin with.
        written: marks of what is on the server; None to merge links with what is there.
    """
    cut = enumerate(_by_kind(links, LinkKind, batch))
    if written is None:
        return [Piece(kind, part, None) for _, (kind, part) in cut]
    marked = (Piece(kind, part, f"{filling}-{number}") for number, (kind, part) in cut)
    return [piece for piece in marked if piece.mark not in written]


def link_batches(store: ChangeLog, waiting: Sequence[Piece], batch: int, filling: str) -> Iterator[Batch]:
    """Give what to run for links."""
    for some in _cut(waiting, max(1, _EVIDENCE_AT_A_TIME // batch)):
        evidence = store.evidence_texts(pa.concat_tables([piece.links for piece in some])["id"])
        start = 0
        for piece in some:
            size = piece.links.num_rows
            parameters = _columns(piece.links) | {"evidence": evidence.slice(start, size).to_pylist()}
            start += size
            if piece.mark is not None:
                parameters |= {"filling": filling, "mark": piece.mark}
            query = resources.cypher("upsert_links" if piece.mark is None else "create_links")
            yield Batch(query.replace("$type", piece.kind), parameters, size, piece.mark)


def _columns(links: pa.Table) -> dict[str, list[Any]]:
    """Give links as columns, with the ids of their ends once in ``ends`` and the places of these there."""
    both = pa.chunked_array([*links["source"].chunks, *links["target"].chunks], pa.string()).combine_chunks()
    ends = pc.dictionary_encode(both)
    source, target = np.split(ends.indices.to_numpy(), 2)
    columns = {
        name: _plain(links[name]).to_pylist()
        for name in ("id", "count", "weight", "first_seen", "last_seen", "grade", "amounts")
    }
    return columns | {"ends": ends.dictionary.to_pylist(), "source": source.tolist(), "target": target.tolist()}


def _fingerprint(links: pa.Table) -> str:
    """Tell one list of links from another: by it a push that was cut off knows its own batches."""
    total = hashlib.sha256()
    for one in links["id"].to_pylist():
        total.update(one.encode())
    return total.hexdigest()[:32]


def _rows(table: pa.Table) -> list[Row]:
    """Give rows with times as microseconds since 1970."""
    rows: list[Row] = pa.table({name: _plain(table[name]) for name in table.column_names}).to_pylist()
    return rows


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give times as microseconds since 1970, and other values as they are."""
    return column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column


def _by_kind(table: pa.Table, kinds: type[EntityKind] | type[LinkKind], batch: int) -> Iterator[tuple[str, pa.Table]]:
    """Cut a table into batches of one kind: labels and types cannot be parameters."""
    for kind in kinds:
        part = table.filter(pc.equal(table["kind"], kind))
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
