"""An extract that can be asked all that a store can be asked: for pages, exports and questions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.errors import UsageError
from linkgraph.evidence import split
from linkgraph.exchange.extract import Extract
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
from linkgraph.store.protocol import ENTITIES, EVENTS, LINKS, Counts
from linkgraph.store.selector import parse

_NAMED_AFTER_COLON = (EntityKind.ACCOUNT, EntityKind.FILE_HASH, EntityKind.PAYMENT_ACCOUNT, EntityKind.DEVICE)


class ExtractStore:
    """The reading side of a store over an extract. Implements :class:`linkgraph.store.protocol.GraphStore`."""

    def __init__(
        self,
        extract: Extract,
        *,
        revision: int = 0,
        events: pa.Table | None = None,
        same_as: Iterable[SameAs] = (),
        quarantine: Iterable[QuarantinedRow] = (),
    ) -> None:
        """Open an extract.

        Args:
            extract: what can be asked.
            revision: of the case it stands for.
            events: single rows behind links, schema ``EVENTS``, node numbers being rows of its entities; None where
                there are none to be had.
            same_as: decisions that stand.
            quarantine: refused rows of the case it stands for.
        """
        self.extract = extract
        self._revision, self._events = revision, events
        self._same_as, self._quarantine = list(same_as), list(quarantine)

    def close(self) -> None:
        """There is nothing to let go of."""

    def case_name(self) -> str:
        """Name of the case."""
        return self.extract.case

    def revision(self) -> int:
        """Number of the audit entry of the case it stands for."""
        return self._revision

    def entities(self) -> pa.Table:
        """All entities, schema ``ENTITIES``, ordered by id."""
        return self.extract.entities.select(ENTITIES.names)

    def links(self) -> pa.Table:
        """All links, schema ``LINKS``, ordered by id."""
        return self.extract.links.select(LINKS.names)

    def events(self, kinds: Collection[LinkKind]) -> pa.Table:
        """Single rows behind the links of some kinds; see :meth:`GraphStore.events`."""
        if self._events is None:
            raise UsageError("This is asked of single rows, and what was handed on has links without them.")
        wanted = pa.array(sorted(map(str, kinds)), pa.string())
        return self._events.filter(pc.is_in(self._events["kind"], value_set=wanted)).cast(EVENTS)

    def said(self, entities: pa.ChunkedArray) -> pa.Table:
        """What is said of each of these entity ids, schema ``SAID``."""
        table = self.extract.said
        return table.filter(pc.is_in(table["entity"], value_set=_whole(entities)))

    def attributes(self, entities: Sequence[str]) -> dict[str, tuple[Attribute, ...]]:
        """What is said of each of these entity ids."""
        found: dict[str, list[Attribute]] = {}
        for row in self.said(pa.chunked_array([pa.array(list(entities), pa.string())])).to_pylist():
            one = Attribute(row["name"], row["value"], Basis(row["basis"]), row["origin"], row["row"])
            found.setdefault(row["entity"], []).append(one)
        return {entity: tuple(said) for entity, said in found.items()}

    def evidence_texts(self, links: pa.ChunkedArray) -> pa.ChunkedArray:
        """The rows behind each of these link ids, in their order."""
        at = pc.index_in(links, value_set=_whole(self.extract.links["id"]))
        return self.extract.links["evidence"].take(_whole(at))

    def evidence(self, links: Sequence[str]) -> dict[str, tuple[Evidence, ...]]:
        """The rows behind each of these link ids, in order of source and row."""
        ids = pa.chunked_array([pa.array(list(links), pa.string())])
        return {
            link: tuple(
                Evidence(source, row, self._corrected.get((source, row)))
                for source, _, rows in (text.partition(" ") for text in texts or [])
                for row in split(rows)
            )
            for link, texts in zip(links, self.evidence_texts(ids).to_pylist(), strict=True)
            if texts
        }

    def shown_by(self, entities: pa.ChunkedArray) -> pa.ChunkedArray:
        """The sources of all that is said of each entity, and of its links."""
        found: dict[str, set[str]] = {}
        for name in ("source", "target"):
            for entity, texts in zip(
                self.extract.links[name].to_pylist(), self.extract.links["evidence"].to_pylist(), strict=True
            ):
                found.setdefault(entity, set()).update(text[:64] for text in texts)
        for row in self.extract.said.to_pylist():
            if row["basis"] == Basis.STATED:
                found.setdefault(row["entity"], set()).add(row["origin"])
        known = {one.sha256 for one in self.extract.sources}
        lists = [sorted(found.get(one, set()) & known) for one in entities.to_pylist()]
        return pa.chunked_array([pa.array(lists, pa.list_(pa.string()))])

    def corrected_rows(self) -> dict[str, list[str]]:
        """Rows of each source that are read as corrected."""
        return {source: list(rows) for source, rows in self.extract.corrected.items()}

    def find(self, selector: str) -> list[Entity]:
        """Entities a selector names; see :meth:`GraphStore.find`."""
        wanted = parse(selector)
        table = self.entities()
        value = pc.utf8_lower(table["value"])
        after_colon = pc.and_(
            pc.is_in(table["kind"], value_set=pa.array(list(map(str, _NAMED_AFTER_COLON)))),
            pc.equal(pc.replace_substring_regex(value, "^[^:]*:", ""), wanted.text),
        )
        hit = pc.or_(pc.equal(value, wanted.text), pc.equal(pc.utf8_lower(table["label"]), wanted.text))
        hit = pc.or_(pc.or_(hit, after_colon), pc.equal(table["id"], wanted.text))
        if len(wanted.text) >= 8:
            hit = pc.or_(hit, pc.starts_with(table["id"], wanted.text))
        if wanted.kind is not None:
            hit = pc.and_(hit, pc.equal(table["kind"], wanted.kind.value))
        return [_entity(row) for row in table.filter(pc.fill_null(hit, False)).to_pylist()]

    def sources(self) -> list[Source]:
        """The evidence files that something in it rests on."""
        return list(self.extract.sources)

    def quarantine(self) -> list[QuarantinedRow]:
        """The refused rows."""
        return self._quarantine

    def same_as(self) -> list[SameAs]:
        """What was decided about pairs of entities and still stands."""
        return self._same_as

    def counts(self) -> Counts:
        """How much there is of each kind."""
        return Counts(
            entities=_by_kind(self.extract.entities),
            links=_by_kind(self.extract.links),
            sources=len(self.extract.sources),
            quarantined=len(self._quarantine),
        )

    @cached_property
    def _corrected(self) -> Mapping[tuple[str, int], str]:
        return {
            (source, row): correction
            for source, texts in self.extract.corrected.items()
            for correction, _, rows in (text.partition(" ") for text in texts)
            for row in split(rows)
        }


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _by_kind(table: pa.Table) -> dict[str, int]:
    rows = table.group_by("kind").aggregate([([], "count_all")]).to_pylist()
    return {row["kind"]: row["count_all"] for row in sorted(rows, key=lambda row: row["kind"])}


def _entity(row: Mapping[str, object]) -> Entity:
    facts = dict(row)
    basis, role = facts.pop("country_basis"), facts.pop("role")
    kind = EntityKind(str(facts.pop("kind")))
    return Entity(
        kind=kind,
        country_basis=Basis(str(basis)) if basis else None,
        role=Role(str(role)) if role else None,
        **facts,  # type: ignore[arg-type]  # the columns of ENTITIES are the fields of an Entity
    )
