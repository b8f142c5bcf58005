"""What every store answers, whichever engine holds the graph.

Reading is set at a time: entities and links come as Arrow tables in canonical order (by id), so
that the same case gives the same bytes from any store and every run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.model import Attribute, Entity, Evidence, LinkKind, QuarantinedRow, SameAs, Source

_TIME = pa.timestamp("us", tz="UTC")

ENTITIES = pa.schema(
    [
        ("id", pa.string()),
        ("kind", pa.string()),
        ("value", pa.string()),
        ("label", pa.string()),
        ("country", pa.string()),
        ("country_basis", pa.string()),
        ("role", pa.string()),
        ("first_seen", _TIME),
        ("last_seen", _TIME),
    ]
)
"""Columns of :meth:`GraphStore.entities`; see :class:`linkgraph.model.Entity`."""

LINKS = pa.schema(
    [
        ("id", pa.string()),
        ("kind", pa.string()),
        ("source", pa.string()),
        ("target", pa.string()),
        ("count", pa.int64()),
        ("weight", pa.float64()),
        ("first_seen", _TIME),
        ("last_seen", _TIME),
        ("grade", pa.string()),
        ("amounts", pa.string()),
    ]
)
"""Columns of :meth:`GraphStore.links`; ``amounts`` is JSON ``{"EUR":"12.50"}`` with sorted keys,
or null; see :class:`linkgraph.model.Link`."""

EVENTS = pa.schema(
    [
        ("kind", pa.string()),
        ("source", pa.int32()),
        ("target", pa.int32()),
        ("first_seen", _TIME),
        ("last_seen", _TIME),
        ("utc_offset", pa.int32()),
        ("amount", pa.decimal128(38, 18)),
        ("currency", pa.string()),
        ("file", pa.int32()),
        ("row", pa.int64()),
    ]
)
"""Columns of :meth:`GraphStore.events`: one row of evidence that states one link. ``source`` and ``target`` are
positions in :meth:`GraphStore.entities` (the node numbers of the whole graph), ``file`` one in
:meth:`GraphStore.sources`; ``utc_offset`` is in seconds east, null where no zone was stated."""


SAID = pa.schema(
    [
        ("entity", pa.string()),
        ("name", pa.string()),
        ("value", pa.string()),
        ("basis", pa.string()),
        ("origin", pa.string()),
        ("row", pa.int64()),
    ]
)
"""Columns of :meth:`GraphStore.said`: what is said of entities; see :class:`linkgraph.model.Attribute`."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a store holds; kinds with nothing are left out."""

    entities: dict[str, int]
    links: dict[str, int]
    sources: int
    quarantined: int


class GraphStore(Protocol):
    """The reading side of a store: all that graph, findings, page and exports need."""

    def case_name(self) -> str:
        """Name of the case the graph belongs to."""

    def revision(self) -> int:
        """Number of the audit entry the graph stands at; grows with every change."""

    def entities(self) -> pa.Table:
        """All entities, schema :data:`ENTITIES`, ordered by id."""

    def links(self) -> pa.Table:
        """All links, schema :data:`LINKS`, ordered by id."""

    def events(self, kinds: Collection[LinkKind]) -> pa.Table:
        """Every counted row behind the links of some kinds, schema :data:`EVENTS`.

        In order of first_seen (those without a time last), source, target, kind, file and row.

        Raises:
            UsageError: the store holds links without the single rows behind them.
        """

    def attributes(self, entities: Sequence[str]) -> dict[str, tuple[Attribute, ...]]:
        """What is said of each of these entity ids, in order of name, value, basis, origin, row."""

    def evidence(self, links: Sequence[str]) -> dict[str, tuple[Evidence, ...]]:
        """The rows behind each of these link ids, in order of source and row."""

    def said(self, entities: pa.ChunkedArray) -> pa.Table:
        """What :meth:`attributes` gives, as a table with schema :data:`SAID`; in order of entity first."""

    def evidence_texts(self, links: pa.ChunkedArray) -> pa.ChunkedArray:
        """The rows behind each of these link ids, in their order: a list of ``<sha256> 4-9,12``, one text a source."""

    def shown_by(self, entities: pa.ChunkedArray) -> pa.ChunkedArray:
        """The sources (SHA-256) that each of these entity ids comes from, in their order: a list, ascending."""

    def corrected_rows(self) -> dict[str, list[str]]:
        """Rows of each source (SHA-256) that are read as corrected: ``<sha256 of the corrections> 4-9,12``."""

    def find(self, selector: str) -> list[Entity]:
        """Entities a selector names, without attributes, ordered by id; empty where none does.

        A selector is an id, the first eight or more digits of one, ``Kind:value``, a canonical
        value, an account's name without its service, or a label; letter case does not matter.
        """

    def sources(self) -> list[Source]:
        """The evidence files, in order of import and SHA-256."""

    def quarantine(self) -> list[QuarantinedRow]:
        """The refused rows, in order of source and line."""

    def same_as(self) -> list[SameAs]:
        """What was decided about pairs of entities and still stands, in order of their ids; a server has none."""

    def counts(self) -> Counts:
        """How much there is of each kind."""

    def close(self) -> None:
        """Let go of the store."""


def digest(store: GraphStore) -> str:
    """Give the SHA-256 of a store's whole graph: equal graphs, equal digests, in any engine."""
    return digest_of(store.entities(), store.links())


def digest_of(entities: pa.Table, links: pa.Table) -> str:
    """Give the SHA-256 of a graph by its tables, as a store gives them.

    Of each column of entities and links: its name, which values are there (a byte each), then texts as their
    lengths in bytes (int32) and their UTF-8, everything else as its 64 bits; little-endian.
    """
    total = hashlib.sha256()
    for table in (entities, links):
        for column in table.column_names:
            total.update(f"{column}:{table.num_rows}\n".encode())
            for part in _plain(table[column]):
                total.update(part)
    return total.hexdigest()


def _plain(column: pa.ChunkedArray) -> Iterator[memoryview | bytes]:
    """Give the bytes of a column, the same however it is cut into chunks."""
    for chunk in column.chunks:
        yield pc.is_valid(chunk).cast(pa.int8()).to_numpy(zero_copy_only=False).tobytes()
    if not pa.types.is_string(column.type):
        for chunk in column.chunks:
            values = chunk if pa.types.is_floating(column.type) else chunk.cast(pa.int64())
            yield values.fill_null(0).to_numpy(zero_copy_only=False).tobytes()
        return
    texts = [chunk.fill_null("") for chunk in column.chunks]
    for text in texts:
        yield pc.binary_length(text).to_numpy(zero_copy_only=False).tobytes()
    for text in texts:
        _, offsets, data = text.buffers()
        if data is None:
            continue
        ends = memoryview(offsets).cast("i")
        yield memoryview(data)[ends[text.offset] : ends[text.offset + len(text)]]
