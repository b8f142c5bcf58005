"""The graph on a Neo4j server: how it is reached, and read as any other store.

A node has the labels ``Entity`` and its kind; a relationship has its kind as type. What Neo4j has
no type for is kept as text: attributes and amounts as JSON, evidence as row ranges per source.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from getpass import getpass
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
from neo4j import READ_ACCESS, Driver, GraphDatabase, ManagedTransaction
from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)

from linkgraph import evidence as rows_text
from linkgraph.errors import UnavailableError, UsageError
from linkgraph.model import (
    Attribute,
    Basis,
    Entity,
    EntityKind,
    Evidence,
    LinkKind,
    QuarantinedRow,
    Role,
    SameAs,
    Source,
)
from linkgraph.store.protocol import ENTITIES, LINKS, SAID, Counts
from linkgraph.store.selector import parse

_CONNECT_SECONDS = 10.0
_RETRY_SECONDS = 15.0
_FETCH = 10_000

# The driver logs each attempt; what came of them is told once, in the sentence of the error. An
# application that sets up logging still gets these records.
logging.getLogger("neo4j").addHandler(logging.NullHandler())

_SCHEMES = frozenset({"bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc"})
_LINK_ENDS = {"source": "a.id", "target": "b.id", "kind": "type(r)"}
# Times are read as microseconds since 1970: the driver's own objects are slow to make. Not from
# epochSeconds, which the server rounds up for fractions of a second before 1970.
_MICROSECONDS = "{0}.epochMillis * 1000 + {0}.microsecond % 1000"
_TIMES = ("first_seen", "last_seen")
_ENTITY_COLUMNS = ", ".join(
    f"{_MICROSECONDS.format(f'n.{name}') if name in _TIMES else f'n.{name}'} AS {name}" for name in ENTITIES.names
)
_LINK_COLUMNS = ", ".join(
    f"{_MICROSECONDS.format(f'r.{name}') if name in _TIMES else _LINK_ENDS.get(name, f'r.{name}')} AS {name}"
    for name in LINKS.names
)
_ALL_ENTITIES = f"MATCH (n:Entity) RETURN {_ENTITY_COLUMNS} ORDER BY n.id"
_ALL_LINKS = f"MATCH (a:Entity)-[r]->(b:Entity) RETURN {_LINK_COLUMNS} ORDER BY r.id"
_EVIDENCE = """
UNWIND $ids AS id
MATCH (:Entity)-[r {id: id}]->(:Entity)
RETURN r.id AS id, r.evidence AS evidence
"""
_EVIDENCE_OF = """
UNWIND $ids AS id
MATCH (n:Entity {id: id})-[r]-(:Entity) UNWIND r.evidence AS text
RETURN id, collect(DISTINCT split(text, ' ')[0]) AS evidence
"""
_CORRECTED = """
MATCH (s:Source) WHERE s.corrected_rows IS NOT NULL
RETURN s.sha256 AS sha256, s.corrected_rows AS corrected_rows
"""
_ATTRIBUTES = "UNWIND $ids AS id MATCH (n:Entity {id: id}) RETURN n.id AS id, n.attributes AS attributes"
_FIND = f"""
MATCH (n:Entity)
WHERE ($kind IS NULL OR n.kind = $kind)
  AND (n.id = $text OR (size($text) >= 8 AND n.id STARTS WITH $text)
   OR toLower(n.value) = $text
   OR (n.kind IN ['Account', 'FileHash', 'PaymentAccount', 'Device']
       AND n.value CONTAINS ':' AND toLower(substring(n.value, size(split(n.value, ':')[0]) + 1)) = $text)
   OR toLower(n.label) = $text)
RETURN {_ENTITY_COLUMNS} ORDER BY n.id
"""


@dataclass(frozen=True, slots=True)
class Neo4jServer:
    """Where a server is, and who asks. The password is never shown."""

    uri: str
    user: str
    password: str = field(repr=False)
    database: str | None = None

    @classmethod
    def at(cls, uri: str, *, database: str | None = None) -> Neo4jServer:
        """Give the server at an address, with credentials from the environment or a prompt.

        Raises:
            UsageError: the address is none, holds a password, or nobody can be asked for one.
        """
        try:
            parts = urlsplit(uri)
            named = parts.username is not None or parts.password is not None
            # Asking for the port checks it; the driver would take 99999 for 34463.
            usable = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
        except ValueError:
            named, usable = "@" in uri, False
        if named:
            raise UsageError(
                "An address with a password in it ends up in histories and logs: "
                "put user and password in NEO4J_USERNAME and NEO4J_PASSWORD."
            )
        if not usable:
            raise UsageError(f"'{uri}' is no address of a Neo4j server; write it as in bolt://127.0.0.1:7687.")
        user = os.environ.get("NEO4J_USERNAME", "neo4j")
        password = os.environ.get("NEO4J_PASSWORD")
        if password is None:
            if not sys.stdin.isatty():
                raise UsageError("Set NEO4J_PASSWORD (and NEO4J_USERNAME): nobody is here to be asked for it.")
            password = getpass(f"Password of {user} at {urlsplit(uri).hostname}: ")
        return cls(uri, user, password, database)

    @contextmanager
    def driver(self) -> Iterator[Driver]:
        """Connect; raises as :meth:`told` does."""
        with (
            self.told(),
            GraphDatabase.driver(
                self.uri,
                auth=(self.user, self.password),
                connection_timeout=_CONNECT_SECONDS,
                connection_acquisition_timeout=_CONNECT_SECONDS,
                max_transaction_retry_time=_RETRY_SECONDS,
                notifications_min_severity="OFF",
                user_agent="linkgraph",
            ) as driver,
        ):
            # Once, without the waits of a transaction that is tried again: who waits for an answer
            # from a server that is not there should not wait long.
            driver.verify_connectivity()
            yield driver

    @contextmanager
    def told(self) -> Iterator[None]:
        """Tell what the driver raises in the words of linkgraph.

        Raises:
            UnavailableError: the server cannot be reached or went away; nothing is lost.
            UsageError: it refuses user, password, database or what was asked.
        """
        try:
            yield
        except AuthError as fault:
            raise UsageError(
                f"The server at {self.uri} refuses user '{self.user}' or the password; "
                "check NEO4J_USERNAME and NEO4J_PASSWORD."
            ) from fault
        except (ServiceUnavailable, SessionExpired) as fault:
            raise UnavailableError(
                f"The Neo4j server at {self.uri} cannot be reached; nothing is lost, run the same command again."
            ) from fault
        except ConfigurationError as fault:
            raise UsageError(f"The Neo4j address '{self.uri}' cannot be used: {fault}.") from fault
        except ClientError as fault:
            raise UsageError(self._refusal(fault)) from fault
        except Neo4jError as fault:
            if fault.code.endswith("ConstraintCreationFailed"):
                raise UsageError(
                    f"The database at {self.uri} holds other data, in which ids are not unique: "
                    "name another with --database or use a fresh server."
                ) from fault
            raise UnavailableError(
                f"The Neo4j server at {self.uri} could not do it ({_one_line(fault.message)}); nothing is lost, "
                "run the same command again."
            ) from fault
        except DriverError as fault:
            raise UnavailableError(
                f"The connection to {self.uri} broke ({fault}); nothing is lost, run the same command again."
            ) from fault

    def _refusal(self, fault: ClientError) -> str:
        """Say what the server does not accept, and the way out."""
        match fault.code.rpartition(".")[2]:
            case "DatabaseNotFound":
                return f"The server at {self.uri} has no database '{self.database}'."
            case "CredentialsExpired":
                return (
                    f"The server at {self.uri} wants user '{self.user}' to change the password first; "
                    "do that in Neo4j Browser and set NEO4J_PASSWORD to the new one."
                )
            case "AuthenticationRateLimit":
                return f"The server at {self.uri} was given too many wrong passwords; wait a little and try again."
            case _:
                return f"The Neo4j server at {self.uri} refuses: {_one_line(fault.message)}"


class Neo4jStore:
    """The graph of the case on a server. Implements :class:`linkgraph.store.protocol.GraphStore`."""

    def __init__(self, server: Neo4jServer) -> None:
        self._server = server
        self._connected = server.driver()
        self._driver = self._connected.__enter__()
        try:
            self._case = self._whole_case()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the server."""
        self._connected.__exit__(None, None, None)

    def case_name(self) -> str:
        """Name of the case."""
        return str(self._case["name"])

    def revision(self) -> int:
        """Number of the audit entry the graph on the server stands at."""
        return int(self._case["revision"] or 0)

    def entities(self) -> pa.Table:
        """All entities, schema ``ENTITIES``, ordered by id."""
        return _table(self._rows(_ALL_ENTITIES), ENTITIES)

    def links(self) -> pa.Table:
        """All links, schema ``LINKS``, ordered by id."""
        return _table(self._rows(_ALL_LINKS), LINKS)

    def events(self, kinds: Collection[LinkKind]) -> pa.Table:
        """A server has links with the rows behind them by number, not what each row says."""
        raise UsageError("This is asked of single rows, which are in the case folder: ask the case, without --neo4j.")

    def attributes(self, entities: Sequence[str]) -> dict[str, tuple[Attribute, ...]]:
        """What is said of each of these entity ids."""
        found = self._rows(_ATTRIBUTES, ids=list(entities))
        return {row["id"]: attributes_from(row["attributes"]) for row in found if row["attributes"]}

    def evidence(self, links: Sequence[str]) -> dict[str, tuple[Evidence, ...]]:
        """The rows behind each of these link ids."""
        corrected = {
            (sha256, one.row): one.source
            for sha256, texts in self.corrected_rows().items()
            for one in evidence_from(texts)
        }
        return {
            row["id"]: tuple(
                replace(one, corrected_by=corrected.get((one.source, one.row)))
                for one in evidence_from(row["evidence"] or [])
            )
            for row in self._behind(list(links))
        }

    def _behind(self, links: Sequence[str]) -> Iterator[dict[str, Any]]:
        for kind in LinkKind:
            # A type in the pattern lets the unique constraint find each relationship at once.
            typed = _EVIDENCE.replace("[r {id: id}]", f"[r:{kind} {{id: id}}]")
            yield from self._rows(typed, ids=list(links))

    def said(self, entities: pa.ChunkedArray) -> pa.Table:
        """What is said of each of these entity ids, schema ``SAID``."""
        ids = sorted(set(entities.to_pylist()))
        rows = [
            dict(zip(SAID.names, (entity, one.name, one.value, one.basis, one.origin, one.row), strict=True))
            for entity, said in sorted(self.attributes(ids).items())
            for one in said
        ]
        return pa.Table.from_pylist(rows, SAID)

    def evidence_texts(self, links: pa.ChunkedArray) -> pa.ChunkedArray:
        """The rows behind each of these link ids, in their order, as they are on the server."""
        ids = links.to_pylist()
        found = {row["id"]: row["evidence"] or [] for row in self._behind(ids)}
        return pa.chunked_array([pa.array([found.get(one, []) for one in ids], pa.list_(pa.string()))])

    def shown_by(self, entities: pa.ChunkedArray) -> pa.ChunkedArray:
        """The sources of all that is said of each entity, and of its links: a server knows no others."""
        ids = entities.to_pylist()
        found: dict[str, set[str]] = {}
        for row in self._rows(_EVIDENCE_OF, ids=ids):
            found.setdefault(row["id"], set()).update(text.partition(" ")[0] for text in row["evidence"] or [])
        for entity, said in self.attributes(ids).items():
            found.setdefault(entity, set()).update(one.origin for one in said if one.basis is Basis.STATED)
        return pa.chunked_array([pa.array([sorted(found.get(one, ())) for one in ids], pa.list_(pa.string()))])

    def corrected_rows(self) -> dict[str, list[str]]:
        """Rows of each source that are read as corrected; see :meth:`GraphStore.corrected_rows`."""
        return {row["sha256"]: row["corrected_rows"] for row in self._rows(_CORRECTED)}

    def find(self, selector: str) -> list[Entity]:
        """Entities a selector names; see :meth:`GraphStore.find`."""
        wanted = parse(selector)
        if not wanted.text:
            return []
        found = self._rows(_FIND, text=wanted.text, kind=wanted.kind.value if wanted.kind else None)
        return [_entity(row) for row in found]

    def sources(self) -> list[Source]:
        """The evidence files, in order of import and SHA-256."""
        rows = self._rows("MATCH (s:Source) RETURN s {.*} AS source ORDER BY s.imported_at, s.sha256")
        return [_source(row["source"]) for row in rows]

    def same_as(self) -> list[SameAs]:
        """Decisions about pairs stay in the case."""
        return []

    def quarantine(self) -> list[QuarantinedRow]:
        """The refused rows, without their bytes: those stay in the case."""
        rows = self._rows(
            """
            MATCH (q:QuarantinedRow) MATCH (s:Source {sha256: q.source})
            RETURN q {.*} AS row ORDER BY s.imported_at, s.sha256, q.line
            """
        )
        return [
            QuarantinedRow(
                one["source"],
                one["line"],
                one["byte_offset"],
                one["column"],
                one["code"],
                one["reason"],
                one["hint"],
                None,
            )
            for one in (row["row"] for row in rows)
        ]

    def counts(self) -> Counts:
        """How much there is of each kind."""
        return read_counts(self._driver, self._server)

    def _whole_case(self) -> dict[str, Any]:
        found = self._rows(
            "MATCH (c:LinkgraphCase) RETURN c.name AS name, c.revision AS revision, c.pushing AS pushing"
        )
        if not found:
            raise UsageError(
                f"There is no case on the server at {self._server.uri}; 'linkgraph push' brings one there."
            )
        if found[0]["pushing"]:
            # Half a graph looks like a whole one, and its hubs and paths would be wrong.
            raise UnavailableError(
                f"The case '{found[0]['name']}' on the server at {self._server.uri} is being pushed, or a push was "
                "cut off; nothing is lost, run 'linkgraph push' to its end and then the same command again."
            )
        return found[0]

    def _rows(self, query: str, **parameters: object) -> list[dict[str, Any]]:
        return read_rows(self._driver, self._server, query, parameters)


def read_rows(
    driver: Driver, server: Neo4jServer, query: str, parameters: Mapping[str, object]
) -> list[dict[str, Any]]:
    """Run a query that only reads; the server refuses it where it would write."""

    def work(transaction: ManagedTransaction) -> list[dict[str, Any]]:
        return transaction.run(query, dict(parameters)).data()

    with (
        server.told(),
        driver.session(database=server.database, default_access_mode=READ_ACCESS, fetch_size=_FETCH) as session,
    ):
        return session.execute_read(work)


def read_counts(driver: Driver, server: Neo4jServer) -> Counts:
    """Count what is on a server, of each kind."""

    def rows(query: str) -> list[dict[str, Any]]:
        return read_rows(driver, server, query, {})

    entities = rows("MATCH (n:Entity) RETURN coalesce(n.kind, '') AS kind, count(*) AS number ORDER BY kind")
    links = rows("MATCH (:Entity)-[r]->(:Entity) RETURN type(r) AS kind, count(*) AS number ORDER BY kind")
    [sources] = rows("MATCH (s:Source) RETURN count(*) AS number")
    [quarantined] = rows("MATCH (q:QuarantinedRow) RETURN count(*) AS number")
    return Counts(
        entities={row["kind"]: row["number"] for row in entities},
        links={row["kind"]: row["number"] for row in links},
        sources=sources["number"],
        quarantined=quarantined["number"],
    )


# -- what Neo4j has no type for ------------------------------------------------------------------


def attributes_text(attributes: Iterable[Attribute]) -> str:
    """Write attributes as the text a node keeps them in."""
    return json.dumps([[one.name, one.value, one.basis, one.origin, one.row] for one in attributes])


def attributes_from(text: str) -> tuple[Attribute, ...]:
    """Read what :func:`attributes_text` wrote."""
    return tuple(
        Attribute(name, value, Basis(basis), origin, row) for name, value, basis, origin, row in json.loads(text)
    )


def evidence_from(texts: Iterable[str]) -> tuple[Evidence, ...]:
    """Read the texts a relationship keeps its evidence in: ``<sha256> 4-9,12`` per source."""
    return tuple(
        Evidence(source, row)
        for source, _, rows in (text.partition(" ") for text in texts)
        for row in rows_text.split(rows)
    )


def _table(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    columns = []
    for kind in schema:
        values = [row[kind.name] for row in rows]
        is_time = pa.types.is_timestamp(kind.type)
        columns.append(pa.array(values, pa.int64()).cast(kind.type) if is_time else pa.array(values, kind.type))
    return pa.table(columns, schema=schema)


def _one_line(message: str | None) -> str:
    return " ".join((message or "no reason given").split())


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)


def _entity(row: Mapping[str, Any]) -> Entity:
    return Entity(
        id=row["id"],
        kind=EntityKind(row["kind"]),
        value=row["value"],
        label=row["label"],
        country=row["country"],
        country_basis=Basis(row["country_basis"]) if row["country_basis"] else None,
        role=Role(row["role"]) if row["role"] else None,
        first_seen=_moment(row["first_seen"]),
        last_seen=_moment(row["last_seen"]),
    )


def _source(row: Mapping[str, Any]) -> Source:
    facts = dict(row)
    moment = facts.pop("imported_at").to_native().astimezone(UTC)
    mapping = json.loads(facts.pop("mapping"))
    facts.pop("corrected_rows", None)
    return Source(**{"timezone": None} | facts, mapping=mapping, imported_at=moment)
