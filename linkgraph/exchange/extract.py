"""What is handed on of a graph: the same tables for every format, with the marking of each thing in them.

A marking is worked out, never typed in: a node or a link is marked as the strictest of the sources that it
comes from, and the whole as the strictest thing in it. So a marking travels with what it is for, into every
format. Source: Traffic Light Protocol 2.0 (FIRST, 2022), where recipients may not be fewer careful than the
source wished.

Victims are masked with what is theirs alone (:mod:`linkgraph.victims`), and nothing that is said of them is
in an extract. Ids stay, so that two extracts can be compared. They are hashes of the value: whoever guesses a
value can check the guess, so a masked extract is still about persons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.graph import Graph
from linkgraph.model import MARKINGS, LinkKind, Source
from linkgraph.store.grades import LIST_FACTS, RESTS_ON_LISTS
from linkgraph.store.protocol import ENTITIES, LINKS, GraphStore

_TEXTS = pa.list_(pa.string())

HANDED_ENTITIES = pa.schema([*ENTITIES, ("marking", pa.string())])
"""Columns of :attr:`Extract.entities`: those of a store, and the marking of each."""
HANDED_LINKS = pa.schema([*LINKS, ("marking", pa.string()), ("evidence", _TEXTS)])
"""Columns of :attr:`Extract.links`: those of a store, the marking of each, and the rows behind it:
``<sha256> 4-9,12``, one text a source."""


@dataclass(frozen=True, eq=False, repr=False)
class Extract:
    """A part of a graph, and all that goes with it to whoever receives it."""

    case: str
    """Name of the case."""
    agency: str
    """Who hands it on; empty where that is not known."""
    entities: pa.Table
    """Schema :data:`HANDED_ENTITIES`, ordered by id."""
    links: pa.Table
    """Schema :data:`HANDED_LINKS`, ordered by id; both ends are among :attr:`entities`."""
    said: pa.Table
    """Schema :data:`~linkgraph.store.protocol.SAID`, ordered by entity: attributes of entities."""
    sources: tuple[Source, ...]
    """The evidence files that something in it comes from, in order of import and SHA-256. Their mappings are left
    out: they hold what an analyst stated, names among it."""
    corrected: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Rows of a source (SHA-256) that are read as an analyst corrected them: ``<sha256 of corrections> 4-9,12``."""

    @classmethod
    def of(cls, store: GraphStore, graph: Graph, *, agency: str, show_victims: bool = False) -> Extract:
        """Take a graph out of a store.

        Args:
            store: where it is from.
            graph: what is selected; its entities and links and no others are in the extract.
            agency: whose case it is.
            show_victims: mask nothing.
        """
        entities, links = graph.entities, graph.links
        sources = store.sources()
        evidence = store.evidence_texts(links["id"]).cast(_TEXTS)
        shown_by = store.shown_by(entities["id"]).cast(_TEXTS)
        said = store.said(entities["id"])
        links_marked, behind = strictest(evidence, sources)
        links_marked, listed = _with_lists(graph, said, links_marked, sources)
        if not show_victims:
            hidden = graph.substitutes
            entities = masked(entities, hidden)
            said = said.filter(pc.invert(pc.is_in(said["entity"], value_set=pa.array(list(hidden), pa.string()))))
        entities_marked, shown = strictest(shown_by, sources)
        named = behind | shown | listed
        corrected = store.corrected_rows()
        return cls(
            case=store.case_name(),
            agency=agency,
            entities=entities.append_column("marking", entities_marked).cast(HANDED_ENTITIES),
            links=links.append_column("marking", links_marked).append_column("evidence", evidence).cast(HANDED_LINKS),
            said=said,
            sources=tuple(replace(one, mapping={}) for one in sources if one.sha256 in named),
            corrected={one: corrected[one] for one in sorted(named & corrected.keys())},
        )

    @property
    def marking(self) -> str:
        """The strictest marking of anything in it; that of nothing is TLP:CLEAR."""
        there = {*self.entities["marking"].unique().to_pylist(), *self.links["marking"].unique().to_pylist()}
        return next((marking for marking in MARKINGS if marking in there), MARKINGS[-1])

    def marked(self, marking: str) -> Extract:
        """Give it with everything marked at least as strictly as stated."""
        least = MARKINGS.index(marking)
        tables = {}
        for name in ("entities", "links"):
            table = getattr(self, name)
            places = np.minimum(pc.index_in(table["marking"], value_set=pa.array(MARKINGS)).to_numpy(), least)
            column = pa.array(MARKINGS, pa.string()).take(pa.array(places))
            tables[name] = table.set_column(table.schema.get_field_index("marking"), "marking", column)
        sources = tuple(replace(one, marking=min(one.marking, marking, key=MARKINGS.index)) for one in self.sources)
        return replace(self, **tables, sources=sources)

    def __repr__(self) -> str:
        return (
            f"<Extract of {self.entities.num_rows:,} entities and {self.links.num_rows:,} links, {self.marking}, "
            f"case '{self.case}' of '{self.agency}'>"
        )


def masked(entities: pa.Table, hidden: Mapping[str, str]) -> pa.Table:
    """Give entities with something else for the values and labels of some, by id."""
    if not hidden:
        return entities
    shown = pa.array(hidden.values(), pa.string())
    at = pc.index_in(entities["id"], value_set=pa.array(hidden, pa.string()))
    for name in ("value", "label"):
        column = pc.coalesce(shown.take(at.combine_chunks()), entities[name].combine_chunks())
        entities = entities.set_column(entities.schema.get_field_index(name), name, column)
    return entities


def strictest(origins: pa.ChunkedArray, sources: Sequence[Source]) -> tuple[pa.Array, set[str]]:
    """Give the strictest marking of each list of sources, and all the sources (SHA-256) that the lists name.

    Args:
        origins: lists of texts that begin with the SHA-256 of a source.
        sources: all there are. What names none of them is marked as the strictest of all.
    """
    place = {one.sha256: MARKINGS.index(one.marking) for one in sources}
    lists = origins.combine_chunks()
    lists = lists.flatten() if isinstance(lists, pa.ChunkedArray) else lists
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
    files = pc.utf8_slice_codeunits(pc.list_flatten(lists), 0, 64)
    known = pc.fill_null(pc.index_in(files, value_set=pa.array(place, pa.string())), -1).to_numpy()
    marks = np.array([*place.values(), 0], np.int8)[known]
    worst = np.full(len(lengths), min(place.values(), default=0), np.int8)
    some = np.flatnonzero(lengths)
    if len(some):
        worst[some] = np.minimum.reduceat(marks, (np.cumsum(lengths) - lengths)[some])
    named = {sources[at].sha256 for at in np.unique(known).tolist() if at >= 0}
    return pa.array(MARKINGS, pa.string()).take(pa.array(worst)), named


def _with_lists(graph: Graph, said: pa.Table, marked: pa.Array, sources: Sequence[Source]) -> tuple[pa.Array, set[str]]:
    """Give the markings of links with that of the lists which their grades rest on, and those lists (SHA-256).

    A file is on a list by any of its digests, so what is said of one counts for all that are the same file.
    """
    grades = graph.links["grade"].combine_chunks()
    rests = pc.fill_null(pc.match_substring_regex(grades, RESTS_ON_LISTS), False).to_numpy(zero_copy_only=False)
    if not rests.any():
        return marked, set()
    facts = said.filter(pc.is_in(said["name"], value_set=pa.array(LIST_FACTS, pa.string())))
    place = {one.sha256: MARKINGS.index(one.marking) for one in sources}
    of = pc.index_in(facts["entity"], value_set=graph.entities["id"].combine_chunks()).to_numpy()
    rank = np.array([place.get(origin, 0) for origin in facts["origin"].to_pylist()], np.int64)
    strictest_of = np.full(len(graph), len(MARKINGS), np.int64)
    np.minimum.at(strictest_of, of, rank)
    same = pc.equal(graph.links["kind"], str(LinkKind.SAME_FILE)).to_numpy()
    both = strictest_of.copy()
    for here, there in ((graph.source, graph.target), (graph.target, graph.source)):
        np.minimum.at(both, here[same], strictest_of[there[same]])
    ends = np.minimum(both[graph.source], both[graph.target])
    known: np.ndarray = pc.index_in(marked, value_set=pa.array(MARKINGS)).to_numpy()
    worst = np.where(rests, np.minimum(known, ends), known)
    return pa.array(MARKINGS, pa.string()).take(pa.array(worst)), {*facts["origin"].to_pylist()} & place.keys()
