"""A graph made ready to be drawn, once: who may be seen, in which circle and where, and what is true of the whole.

A :class:`Picture` gives the parts of the page's model (:mod:`linkgraph.viz.page_model`): what is of the
whole graph, and the columns of any entities of it. A file carries as many as it has room for; an explorer sends
more when they are asked for. Node numbers are those of :attr:`Picture.graph`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.algorithms.communities import Communities
from linkgraph.graph import Floats, Graph, Ints, Longs, Mask
from linkgraph.model import Attribute, EntityKind, LinkKind, Role, Source
from linkgraph.store.protocol import GraphStore
from linkgraph.viz.columns import codes, entity_columns, link_columns, words_in
from linkgraph.viz.layout import arrange
from linkgraph.wording import country_words

LIMIT = 1000
"""How many entities, links and communities are drawn at once; above it browsers without a GPU crawl."""
BUNDLES = 2000
"""Lines between communities that are listed, those of most links."""
FLOWS = 400
"""Pairs of countries that are listed, those of most links."""
SPANS = 240
"""Spans of time that the histogram counts links in."""

Model = dict[str, object]


class Picture:
    """A graph, and where everything of it is drawn."""

    def __init__(
        self,
        graph: Graph,
        store: GraphStore,
        communities: Communities,
        *,
        show_victims: bool = False,
    ) -> None:
        """Make a graph ready.

        Args:
            graph: what is to be seen.
            store: where it is from; asked for the sources only.
            communities: those of this very graph.
            show_victims: keep victims, and what is theirs alone, their labels masked. Otherwise neither they nor
                their links nor anything said of them is in the picture; only their number is.
        """
        hidden = np.zeros(len(graph), bool)
        if not show_victims:
            hidden[_positions(graph, graph.substitutes)] = True
        self.whole_number: Longs = np.where(hidden, -1, np.cumsum(~hidden) - 1)
        """(nodes of the graph given,) node number here; −1 for who is not in the picture."""
        self.victims_hidden = 0 if show_victims else int(graph.victims.sum())
        self.masked: Mapping[str, str] = graph.substitutes if show_victims else {}
        self.graph = graph.without(np.flatnonzero(hidden)) if hidden.any() else graph
        # A million entities with victims among them, kept alive by this alone, would be a gigabyte.
        self.communities = replace(communities, graph=self.graph)
        self.sources: list[Source] = store.sources()
        self.case = store.case_name()
        self.community, self._numbers = _groups(communities.membership[~hidden])
        n = len(self.graph)
        ends = self.graph.pairs.T.ravel()
        self.strength: Floats = np.bincount(ends, weights=np.tile(self.graph.strength, 2), minlength=n).astype(float)
        """(n,) what the links of each entity are worth together."""
        loops = self.graph.source == self.graph.target
        both = np.concatenate([self.graph.source, self.graph.target[~loops]])
        self.degree: Ints = np.bincount(both, minlength=n).astype(np.int32)
        """(n,) links of each entity."""
        self.whole = n + self.graph.links.num_rows <= LIMIT
        """Whether all of it is drawn at once."""
        group = self.graph.component if self.whole else self.community
        self.layout = arrange(self.graph.source, self.graph.target, group, self.strength, whole=self.whole)
        entities, links = self.graph.entities, self.graph.links
        self.kinds = words_in(entities["kind"], list(map(str, EntityKind)))
        self.link_kinds = words_in(links["kind"], list(map(str, LinkKind)))
        self.countries: list[str] = sorted(filter(None, entities["country"].unique().to_pylist()))
        self.country: Ints = codes(entities["country"], self.countries)
        """(n,) place among :attr:`countries`; −1 where none is known."""
        self._kind = codes(entities["kind"], self.kinds)
        self._role = codes(entities["role"], list(map(str, Role)))
        self._link_kind = codes(links["kind"], self.link_kinds)
        self._place = {source.sha256: index for index, source in enumerate(self.sources)}

    @cached_property
    def crossing(self) -> Mask:
        """(n_links,) whether the two ends belong to two countries that are both known."""
        a, b = self.country[self.graph.source], self.country[self.graph.target]
        return np.asarray((a >= 0) & (b >= 0) & (a != b))

    def overview(self) -> Model:
        """Give what the page says of the whole graph."""
        links = self.graph.links
        times = [links["first_seen"].cast(pa.int64()), links["last_seen"].cast(pa.int64())]
        bounds = [pc.min(times[0]).as_py(), pc.max(times[1]).as_py()]
        span = None if None in bounds else [bounds[0] // 1_000_000, bounds[1] // 1_000_000]
        return {
            "totals": {"entities": len(self.graph), "links": links.num_rows},
            "victims_hidden": self.victims_hidden,
            "community_method": f"{self.communities.algorithm}, modularity {self.communities.modularity:.3f}",
            "limit": LIMIT,
            "whole": self.whole,
            "time": span,
            "histogram": _histogram(times, span),
            "kinds": self.kinds,
            "link_kinds": self.link_kinds,
            "countries": self.countries,
            "country_sizes": np.bincount(self.country[self.country >= 0], minlength=len(self.countries)).tolist(),
            "flows": self._flows(),
            "roles": list(map(str, Role)),
            "communities": self._circles(),
            "bundles": self._bundles(),
        }

    def columns(self, nodes: Longs, links: Longs, store: GraphStore) -> Model:
        """Give the columns of some entities and links, the ends of links as node numbers."""
        entities, rows = self.graph.entities.take(pa.array(nodes)), self.graph.links.take(pa.array(links))
        attributes = store.attributes(entities["id"].to_pylist())
        evidence = store.evidence(rows["id"].to_pylist())
        words, said = _country_words(entities, attributes)
        return {
            "country_words": words,
            "entities": entity_columns(entities, attributes, self._place, self.masked)
            | {
                "node": nodes.tolist(),
                "kind": self._kind[nodes].tolist(),
                "country": self.country[nodes].tolist(),
                "country_words": said,
                "role": self._role[nodes].tolist(),
                "community": self.community[nodes].tolist(),
                "strength": np.round(self.strength[nodes], 4).tolist(),
                "degree": self.degree[nodes].tolist(),
                "x": self.layout.position[nodes, 0].tolist(),
                "y": self.layout.position[nodes, 1].tolist(),
            },
            "links": link_columns(rows, evidence, self._place)
            | {
                "kind": self._link_kind[links].tolist(),
                "source": self.graph.source[links].tolist(),
                "target": self.graph.target[links].tolist(),
            },
        }

    def fragment(self, nodes: Longs, store: GraphStore, known: Longs) -> Model:
        """Give entities that are not known yet, and their links among each other and to those that are."""
        new, there = np.setdiff1d(nodes, known), known.astype(np.int64)
        among = np.zeros(len(self.graph), bool)
        among[there] = True
        among[new] = True
        links = self.links_of(new)
        ends = among[self.graph.source[links]] & among[self.graph.target[links]]
        return self.columns(new, links[ends], store)

    def links_among(self, nodes: Longs) -> Longs:
        """Give the links whose two ends are among some entities, ascending."""
        among = np.zeros(len(self.graph), bool)
        among[nodes] = True
        return np.flatnonzero(among[self.graph.source] & among[self.graph.target])

    def links_of(self, nodes: Longs) -> Longs:
        """Give the links of some entities, ascending, each once."""
        order, start = self._links_by_node
        found = [order[start[node] : start[node + 1]] for node in nodes.tolist()]
        return np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)

    @cached_property
    def _links_by_node(self) -> tuple[Ints, Longs]:
        ends = np.concatenate([self.graph.source, self.graph.target])
        order = np.argsort(ends, kind="stable")
        start = np.searchsorted(ends[order], np.arange(len(self.graph) + 1))
        return (order % max(1, self.graph.links.num_rows)).astype(np.int32), start.astype(np.int64)

    def _circles(self) -> list[Model]:
        """Describe the communities; where everything is drawn at once they have no circles."""
        groups = len(self._numbers)
        kinds = np.zeros((groups, len(self.kinds)), np.int64)
        np.add.at(kinds, (self.community, self._kind), 1)
        crossings = np.zeros(groups, np.int64)
        a, b = self._ends(self.crossing)
        np.add.at(crossings, a, 1)
        np.add.at(crossings, b[a != b], 1)
        centre = np.zeros((groups, 2)) if self.whole else self.layout.centre
        radius = np.zeros(groups) if self.whole else self.layout.radius
        found = self.communities.communities
        return [
            {
                "id": found[number].id if number >= 0 else "",
                "number": number + 1,
                "x": x,
                "y": y,
                "radius": reach,
                "size": sum(of_kinds),
                "kinds": of_kinds,
                "crossings": crossing,
            }
            for number, (x, y), reach, of_kinds, crossing in zip(
                self._numbers.tolist(),
                centre.tolist(),
                radius.tolist(),
                kinds.tolist(),
                crossings.tolist(),
                strict=True,
            )
        ]

    def _ends(self, links: Mask | slice = slice(None)) -> tuple[Ints, Ints]:
        """Give the communities of the two ends of links."""
        return self.community[self.graph.source[links]], self.community[self.graph.target[links]]

    def _bundles(self) -> Model:
        a, b = self._ends()
        apart = a != b
        pairs, links, crossing = _pairs(a[apart], b[apart], self.crossing[apart], len(self._numbers))
        order = np.lexsort((pairs[:, 1], pairs[:, 0], -links))[:BUNDLES]
        return {
            "a": pairs[order, 0].tolist(),
            "b": pairs[order, 1].tolist(),
            "links": links[order].tolist(),
            "crossing": crossing[order].tolist(),
            "cut": max(0, len(pairs) - BUNDLES),
        }

    def _flows(self) -> list[list[int]]:
        a, b = self.country[self.graph.source[self.crossing]], self.country[self.graph.target[self.crossing]]
        pairs, links, _ = _pairs(a, b, np.ones(len(a), bool), len(self.countries))
        order = np.lexsort((pairs[:, 1], pairs[:, 0], -links))[:FLOWS]
        return [[*pairs[at].tolist(), int(links[at])] for at in order.tolist()]


def _positions(graph: Graph, ids: Collection[str]) -> Longs:
    if not ids:
        return np.empty(0, np.int64)
    found = pc.index_in(pa.array(sorted(ids), pa.string()), value_set=graph.entities["id"].combine_chunks())
    return np.asarray(found.to_numpy(zero_copy_only=False), np.int64)


def _groups(membership: Ints) -> tuple[Ints, npt.NDArray[np.int64]]:
    """Give each entity a group without gaps, and each group its community's place; −1, for none, is last."""
    last = int(membership.max(initial=-1)) + 1
    numbers, group = np.unique(np.where(membership < 0, last, membership), return_inverse=True)
    return group.astype(np.int32), np.where(numbers == last, -1, numbers).astype(np.int64)


def _pairs(a: Ints, b: Ints, crossing: Mask, count: int) -> tuple[Longs, Longs, Longs]:
    """Give each pair (smaller, larger) that occurs, how often, and how often with a border between."""
    keys = np.minimum(a, b).astype(np.int64) * max(1, count) + np.maximum(a, b)
    found, place, times = np.unique(keys, return_inverse=True, return_counts=True)
    crossed = np.bincount(place, weights=crossing, minlength=len(found)).astype(np.int64)
    return np.stack([found // max(1, count), found % max(1, count)], axis=1), times.astype(np.int64), crossed


def _histogram(times: list[pa.ChunkedArray], span: list[int] | None) -> Model | None:
    """Count the links first or last seen in each span of time; one seen in one span only counts once."""
    if span is None:
        return None
    width = max(1, -(-(span[1] - span[0] + 1) // SPANS))
    bins = [((pc.drop_null(column).to_numpy() // 1_000_000) - span[0]) // width for column in (times[0], times[1])]
    there = pc.and_(pc.is_valid(times[0]), pc.is_valid(times[1]))
    same = [(pc.filter(column, there).to_numpy() // 1_000_000 - span[0]) // width for column in times]
    counts = sum(np.bincount(one.astype(np.int64), minlength=SPANS) for one in bins)
    twice = np.bincount(same[0][same[0] == same[1]].astype(np.int64), minlength=SPANS)
    return {"from": span[0], "width": width, "counts": np.asarray(counts - twice)[:SPANS].tolist()}


def _country_words(entities: pa.Table, attributes: Mapping[str, tuple[Attribute, ...]]) -> tuple[list[str], list[int]]:
    """Say of each entity's country what it rests on; give the sayings, and the place of each entity's among them."""
    said = [
        country_words(country, basis, _origin(country, basis, attributes.get(entity, ())))
        for entity, country, basis in zip(
            entities["id"].to_pylist(),
            entities["country"].to_pylist(),
            entities["country_basis"].to_pylist(),
            strict=True,
        )
    ]
    words = sorted({one for one in said if one})
    number = {word: index for index, word in enumerate(words)}
    return words, [number[one] if one else -1 for one in said]


def _origin(country: str | None, basis: str | None, said: tuple[Attribute, ...]) -> str | None:
    """Find the data that a country rests on."""
    return next(
        (one.origin for one in said if one.name == "country" and one.value == country and one.basis == basis),
        None,
    )
