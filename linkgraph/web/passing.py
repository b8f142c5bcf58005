"""What of the whole graph passes the filters of the page: the same rule as ``passing`` of the page's ``state.ts``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field

from linkgraph.graph import Floats, Graph, Ints, Longs, Mask
from linkgraph.model import Source

BUNDLES = 2000
"""Lines between communities that are listed, those with most links first."""


class Filters(BaseModel):
    """What is switched off, by the numbers of the model; −1 stands for no known country, "" for no grade."""

    model_config = ConfigDict(extra="forbid")

    kinds_off: list[int] = []
    link_kinds_off: list[int] = []
    countries_off: list[int] = []
    sources_off: list[int] = []
    markings_off: list[str] = []
    grades_off: list[str] = []
    community: int | None = None
    fewest: int | None = None
    most: int | None = None
    since: float | None = Field(default=None, alias="from")
    until: float | None = Field(default=None, alias="to")
    """Seconds since 1970 UTC."""
    untimed: bool = False
    crossing_only: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Sourced:
    """Which sources are behind which links; a link without any is not in it."""

    link: Ints
    """(n,) row of the link table."""
    source: Ints
    """(n,) position in the list of sources."""


@dataclass(frozen=True, eq=False)
class Columns:
    """What filters look at, as arrays over the whole graph."""

    graph: Graph
    community: Ints
    """(n,) of each entity."""
    degree: Ints
    """(n,) links of each entity."""
    kinds: Sequence[str]
    link_kinds: Sequence[str]
    countries: Sequence[str]
    sources: Sequence[Source]

    @cached_property
    def kind(self) -> Ints:
        """(n,) position in ``kinds``."""
        return _codes(self.graph.entities["kind"], self.kinds)

    @cached_property
    def link_kind(self) -> Ints:
        """(n_links,) position in ``link_kinds``."""
        return _codes(self.graph.links["kind"], self.link_kinds)

    @cached_property
    def country(self) -> Ints:
        """(n,) position in ``countries``; −1 where none is known."""
        return _codes(self.graph.entities["country"], self.countries)

    @cached_property
    def crossing(self) -> Mask:
        """(n_links,) whether the two ends belong to two countries that are both known."""
        a, b = self.country[self.graph.source], self.country[self.graph.target]
        return np.asarray((a >= 0) & (b >= 0) & (a != b), bool)

    @cached_property
    def grades(self) -> tuple[list[str], Ints]:
        """The words that are used as grades, and (n_links,) which of them; "" for none."""
        coded = pc.dictionary_encode(self.graph.links["grade"].fill_null("")).combine_chunks()
        coded = coded.chunk(0) if isinstance(coded, pa.ChunkedArray) else coded
        return coded.dictionary.to_pylist(), np.asarray(coded.indices.to_numpy(), np.int32)

    @cached_property
    def times(self) -> tuple[Longs, Longs, Mask]:
        """(n_links,) first and last in whole seconds since 1970 UTC, and whether there is any time."""
        links = self.graph.links
        first = pc.coalesce(links["first_seen"], links["last_seen"])
        last = pc.coalesce(links["last_seen"], links["first_seen"])
        timed = np.asarray(first.is_valid().to_numpy(), bool)
        return _seconds(first), _seconds(last), timed

    @cached_property
    def bundles(self) -> tuple[Ints, Ints, Ints]:
        """Pairs of communities a < b that links go between, and (n_links,) which of them; −1 within a community."""
        one, other = self.community[self.graph.source], self.community[self.graph.target]
        low, high = np.minimum(one, other).astype(np.int64), np.maximum(one, other)
        between = low != high
        width = int(self.community.max(initial=0)) + 1
        keys, which = np.unique(low[between] * width + high[between], return_inverse=True)
        of_link = np.full(len(between), -1, np.int32)
        of_link[between] = which
        a, b = np.divmod(keys, width)
        return a.astype(np.int32), b.astype(np.int32), of_link

    def prepare(self) -> None:
        """Work out everything now, so that no request waits for it."""
        _ = self.kind, self.link_kind, self.crossing, self.grades, self.times, self.bundles


@dataclass(frozen=True, eq=False, slots=True)
class Passing:
    """What passes."""

    entities: Mask
    links: Mask


def by_source(filters: Filters, sources: Sequence[Source]) -> Mask:
    """Tell of each source whether the filters switch it off."""
    off = set(filters.sources_off)
    return np.array([at in off or one.marking in filters.markings_off for at, one in enumerate(sources)], bool)


def passing(columns: Columns, filters: Filters, sourced: Sourced | None) -> Passing:
    """Tell what passes; ``sourced`` is needed where a source is switched off."""
    graph = columns.graph
    entities = _kept(columns.kind, len(columns.kinds), filters.kinds_off)
    entities &= _kept(columns.country, len(columns.countries), filters.countries_off)
    if filters.community is not None:
        entities &= columns.community == filters.community
    if filters.fewest is not None:
        entities &= columns.degree >= filters.fewest
    if filters.most is not None:
        entities &= columns.degree <= filters.most

    links = entities[graph.source] & entities[graph.target]
    if filters.link_kinds_off:
        links &= _kept(columns.link_kind, len(columns.link_kinds), filters.link_kinds_off)
    if filters.crossing_only:
        links &= columns.crossing
    if filters.grades_off:
        words, which = columns.grades
        off = set(filters.grades_off)
        links &= ~np.array([word in off for word in words] or [False], bool)[which]
    source_off = by_source(filters, columns.sources)
    if source_off.any() and sourced is not None:
        links &= _from_one_that_is_on(sourced, source_off, len(links))
    if filters.since is not None or filters.until is not None:
        first, last, timed = columns.times
        within = np.ones(len(links), bool)
        if filters.since is not None:
            within &= last >= filters.since
        if filters.until is not None:
            within &= first <= filters.until
        links &= np.where(timed, within, filters.untimed)
    return Passing(entities, links)


@dataclass(frozen=True, slots=True)
class Line:
    """How many links go between two communities, and whether any crosses a border."""

    a: int
    b: int
    links: int
    crossing: bool


def lines(columns: Columns, passes: Passing) -> tuple[list[Line], int]:
    """Give the lines between communities, most links first, and how many thinner ones are not among them."""
    a, b, of_link = columns.bundles
    through = passes.links & (of_link >= 0)
    links = np.bincount(of_link[through], minlength=len(a))
    crossing = np.bincount(of_link[through & columns.crossing], minlength=len(a)) > 0
    found = np.flatnonzero(links)
    ranked = found[np.argsort(-links[found], kind="stable")]
    kept = ranked[:BUNDLES]
    return [
        Line(*line)
        for line in zip(a[kept].tolist(), b[kept].tolist(), links[kept].tolist(), crossing[kept].tolist(), strict=True)
    ], len(ranked) - len(kept)


def strongest(strength: Floats, chosen: Mask | Longs, most: int) -> Longs:
    """Give the strongest of some nodes, at most so many; of two as strong, the smaller number first."""
    nodes = np.flatnonzero(chosen) if chosen.dtype == bool else chosen.astype(np.int64)
    if len(nodes) > 4 * most > 0:
        # Sorting a million to show some hundred takes longer than asking who is among them.
        least = np.partition(strength[nodes], len(nodes) - most)[len(nodes) - most]
        nodes = nodes[strength[nodes] >= least]
    order = np.lexsort((nodes, -strength[nodes]))
    return np.asarray(nodes[order][:most], np.int64)


def _from_one_that_is_on(sourced: Sourced, off: Mask, links: int) -> Mask:
    """Tell of each link whether a source behind it is on; one without any has none that could be off."""
    on = ~off[sourced.source]
    seen = np.zeros(links, bool)
    seen[sourced.link] = True
    kept = ~seen
    kept[sourced.link[on]] = True
    return kept


def _kept(codes: Ints, words: int, off: Sequence[int]) -> Mask:
    """Tell which codes −1 … words − 1 are not switched off."""
    kept = np.ones(words + 1, bool)
    known = [code for code in off if -1 <= code < words]
    kept[known] = False
    # The last stands for −1, as negative positions do.
    return kept[codes]


def _codes(column: pa.ChunkedArray, words: Sequence[str]) -> Ints:
    found = pc.index_in(column, value_set=pa.array(words, pa.string()))
    return np.asarray(found.fill_null(-1).to_numpy(), np.int32)


def _seconds(column: pa.ChunkedArray) -> Longs:
    microseconds = column.cast(pa.int64()).fill_null(0).to_numpy()
    return np.asarray(microseconds // 1_000_000, np.int64)
