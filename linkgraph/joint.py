"""A case and what its partners handed on, asked as one graph; nothing of it is ever in the case's own store."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.case import Case
from linkgraph.exchange import layers
from linkgraph.exchange.extract import Extract
from linkgraph.exchange.extract_store import ExtractStore
from linkgraph.exchange.layers import Layer
from linkgraph.exchange.merging import Conflict, Merged, merge
from linkgraph.exchange.report import Report
from linkgraph.graph import Graph
from linkgraph.model import Basis, LinkKind
from linkgraph.questions import Questions
from linkgraph.store.embedded import CaseStore
from linkgraph.store.protocol import SAID

HANDED_ON_BY = "handed on by"
"""Name of the attribute that says which partner has an entity."""
SAID_OTHERWISE = "said otherwise by"
"""Begin of the name of the attribute that says what a partner says otherwise."""


class Joint(Questions):
    """A case with its partner layers; every question of a case can be asked of it.

    Questions about single rows are answered by our own rows: links of a partner come without them.
    """

    def __init__(self, case: Case) -> None:
        self.case = case

    @property
    def home_zone(self) -> ZoneInfo:
        """Home zone of our case."""
        return self.case.home_zone

    @property
    def agency(self) -> str:
        """Whose case it is: ours."""
        return self.case.agency

    @contextmanager
    def reading(self) -> Iterator[ExtractStore]:
        """Open the merged graph."""
        with self.case.reading() as store:
            merged = self._merged(store)
            yield ExtractStore(
                merged.extract,
                revision=store.revision(),
                events=_events(store, merged.extract),
                same_as=store.same_as(),
                quarantine=store.quarantine(),
            )

    def export(
        self,
        form: str,
        path: Path | str,
        *,
        around: str | None = None,
        hops: int = 2,
        links: Collection[LinkKind] | None = None,
        show_victims: bool = False,
    ) -> Report:
        """Write what is selected, that of partners too, for a tool of one's own; our audit log has it.

        What partners handed on keeps their markings in it. To hand a case on, use a bundle: it never has theirs.
        """
        report = super().export(form, path, around=around, hops=hops, links=links, show_victims=show_victims)
        centre = self.one(around).id if around else None
        self.case.log_export(report, around=centre, hops=hops, links=links, show_victims=show_victims, partners=True)
        return report

    def layers(self) -> list[Layer]:
        """Give the partner layers, in order of coming."""
        with self.case.reading() as store:
            return layers.listed(self.case.folder, store.audit_entries())

    def conflicts(self) -> tuple[Conflict, ...]:
        """Give what we and partners, or two partners, say otherwise."""
        with self.case.reading() as store:
            return self._merged(store).conflicts

    def _merged(self, store: CaseStore) -> Merged:
        held = self._held
        if held is not None and held[0] == store.revision():
            return held[1]
        files = layers.standing(store.audit_entries())
        partners = layers.listed(self.case.folder, store.audit_entries())
        own = Extract.of(store, Graph.read(store), agency=self.agency, show_victims=True)
        merged = merge([own, *(layers.read(self.case.folder, one, files[one.id][0]) for one in partners)])
        merged = replace(merged, extract=_with_origins(merged, [self.agency, *(one.agency for one in partners)]))
        self.__dict__["_held"] = (store.revision(), merged)
        return merged

    @cached_property
    def _held(self) -> tuple[int, Merged] | None:
        """The merged graph of an audit entry: merging a large case takes a while, and commands ask more than once."""
        return None


def _with_origins(merged: Merged, agencies: Sequence[str]) -> Extract:
    """Say of each entity which partners have it, and what they say otherwise."""
    entities = set(merged.extract.entities["id"].to_pylist())
    rows = [
        {"entity": one, "name": HANDED_ON_BY, "value": agencies[place], "origin": "partner layer"}
        for one, places in merged.held_by.items()
        if one in entities
        for place in places
        if place
    ]
    rows += [
        {
            "entity": one.id,
            "name": f"{SAID_OTHERWISE} {one.other_by}",
            "value": f"{one.name}: {one.other}",
            "origin": "partner layer",
        }
        for one in merged.conflicts
        if one.id in entities
    ]
    more = pa.Table.from_pylist([{"basis": Basis.DERIVED.value, "row": None, **row} for row in rows], SAID)
    said = pa.concat_tables([merged.extract.said, more]).sort_by([(name, "ascending") for name in SAID.names])
    return replace(merged.extract, said=said)


def _events(store: CaseStore, extract: Extract) -> pa.Table:
    """Give our own single rows with the node and file numbers of the merged graph."""
    events = store.events(list(LinkKind))
    ids = extract.entities["id"].combine_chunks()
    place = pc.index_in(store.entities()["id"], value_set=ids).combine_chunks()
    for name in ("source", "target"):
        events = events.set_column(events.schema.get_field_index(name), name, place.take(events[name]))
    number = {one.sha256: at for at, one in enumerate(extract.sources)}
    # A source that nothing of the graph rests on has no events either.
    files = pa.array(np.array([number.get(one.sha256, -1) for one in store.sources()], np.int32))
    return events.set_column(events.schema.get_field_index("file"), "file", files.take(events["file"]))
