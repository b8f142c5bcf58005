"""Hubs: who holds the network together.

Entities are ranked in degree, betweenness, closeness and PageRank, and put in the order of the mean
of the four ranks (Borda's count): no measure decides alone, and the order needs no weights to argue
about. Equal values share the better rank; equal means share the better place and go by id. A victim
is never ranked, but stays in the network that is measured.

Each measure, and the place in the order, has the range it takes when links are missing at random; see
:mod:`linkgraph.algorithms.measures.robustness`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from linkgraph.algorithms.measures.centrality import centrality
from linkgraph.algorithms.measures.robustness import PLACE, ranges
from linkgraph.algorithms.records import Record, frame, node_record, number
from linkgraph.model import RESOURCE_KINDS, EntityKind

if TYPE_CHECKING:
    import pandas as pd

    from linkgraph.algorithms.measures.centrality import Centrality
    from linkgraph.algorithms.measures.robustness import Ranges
    from linkgraph.graph import Floats, Graph, Ints, Longs

_COMPARED = 4
"""Measures whose ranks are added up."""
_WHOLE = frozenset({"degree", "core", PLACE})
_COLUMNS = (
    "id",
    "kind",
    "label",
    "degree",
    "degree_low",
    "degree_high",
    "degree_centrality",
    "degree_centrality_low",
    "degree_centrality_high",
    "betweenness",
    "betweenness_low",
    "betweenness_high",
    "betweenness_sampled",
    "betweenness_error",
    "betweenness_confidence",
    "closeness",
    "closeness_low",
    "closeness_high",
    "closeness_sampled",
    "harmonic",
    "harmonic_low",
    "harmonic_high",
    "pagerank",
    "pagerank_low",
    "pagerank_high",
    "core",
    "core_low",
    "core_high",
    "mean_rank",
    "rank",
    "rank_low",
    "rank_high",
    "links_missing",
    "draws",
    "without_range",
    "reasons",
)


@dataclass(frozen=True, slots=True)
class Hub:
    """One entity, why it is here, and its mean rank in the four measures (1 is best)."""

    node: int
    place: int
    """By mean rank; 1 is best, equal means share the better place."""
    mean_rank: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Hubs:
    """The best placed entities, best first, and the measures and ranges of all."""

    measures: Centrality
    ranges: Ranges
    hubs: tuple[Hub, ...]

    def to_json(self) -> list[Record]:
        """Give the stable form; sampled measures say so in ``…_sampled`` and in the reasons.

        ``…_low`` and ``…_high`` are null where a measure has no range; ``without_range`` says why.
        """
        return [self._record(hub) for hub in self.hubs]

    def to_frame(self) -> pd.DataFrame:
        """Give one row a hub, with the keys of :meth:`to_json` as columns."""
        return frame(self.to_json(), _COLUMNS)

    def headline(self) -> str:
        """Give the answer in a sentence."""
        if not self.hubs:
            return "Nothing has a link."
        best = ", ".join(self.measures.graph.labels[hub.node] for hub in self.hubs[:3])
        return f"Best placed: {best}."

    def _record(self, hub: Hub) -> Record:
        found, node, ranged = self.measures, hub.node, self.ranges
        return {
            **node_record(found.graph, node),
            "degree": int(found.degree[node]),
            **self._range("degree", node),
            "degree_centrality": number(found.degree_centrality[node]),
            **self._range("degree_centrality", node),
            "betweenness": number(found.betweenness[node]),
            **self._range("betweenness", node),
            "betweenness_sampled": found.betweenness_sampled,
            "betweenness_error": number(found.betweenness_error),
            "betweenness_confidence": found.betweenness_confidence,
            "closeness": number(found.closeness[node]),
            **self._range("closeness", node),
            "closeness_sampled": found.closeness_sampled,
            "harmonic": number(found.harmonic[node]),
            **self._range("harmonic", node),
            "pagerank": number(found.pagerank[node]),
            **self._range("pagerank", node),
            "core": int(found.core[node]),
            **self._range("core", node),
            "mean_rank": hub.mean_rank,
            "rank": hub.place,
            **self._range(PLACE, node),
            "links_missing": list(ranged.shares),
            "draws": max(ranged.draws.values(), default=0),
            "without_range": [f"{name}: {why}" for name, why in ranged.without.items()],
            "reasons": list(hub.reasons),
        }

    def _range(self, measure: str, node: int) -> Record:
        if measure not in self.ranges.low:
            return {f"{measure}_low": None, f"{measure}_high": None}
        ends = float(self.ranges.low[measure][node]), float(self.ranges.high[measure][node])
        low, high = (int(end) if measure in _WHOLE else number(end) for end in ends)
        return {f"{measure}_low": low, f"{measure}_high": high}


def hubs(graph: Graph, *, top: int = 20, kind: EntityKind | None = None, measures: Centrality | None = None) -> Hubs:
    """Find who holds the network together.

    Args:
        graph: the network; choose its links with :meth:`~linkgraph.graph.Graph.select`.
        top: how many to give.
        kind: rank entities of this kind only; measures are those of the whole network either way.
        measures: of this network, where they were taken already.
    """
    found = measures or centrality(graph)
    ranked = ~graph.victims if kind is None else ~graph.victims & graph.of_kind([kind])
    nodes = np.flatnonzero(ranked & (graph.degree > 0))
    ranks = _rank_sums(found, nodes)
    places = _places(ranks)
    best = np.argsort(ranks, kind="stable")[:top]
    resource = graph.of_kind(RESOURCE_KINDS)

    def placed(again: Centrality) -> Longs:
        every = np.zeros(len(graph), np.int64)
        every[nodes] = _places(_rank_sums(again, nodes))
        return every

    ranged = ranges(found, placed)
    return Hubs(
        found,
        ranged,
        tuple(
            Hub(
                int(nodes[place]),
                int(places[place]),
                float(ranks[place] / _COMPARED),
                _reasons(found, ranged, int(nodes[place]), is_resource=bool(resource[nodes[place]])),
            )
            for place in best
        ),
    )


def _rank_sums(found: Centrality, nodes: Longs) -> Longs:
    """Give the sum of the ranks of some nodes among themselves in the compared measures."""
    compared = (found.degree, found.betweenness, found.closeness, found.pagerank)
    return sum((_ranks(values[nodes]) for values in compared), np.zeros(len(nodes), np.int64))


def _places(sums: Longs) -> Longs:
    return np.asarray(np.searchsorted(np.sort(sums), sums) + 1, np.int64)


def _ranks(values: Floats | Ints) -> Longs:
    """Give the rank of each value, the largest being 1; equal values share the better rank."""
    rounded = np.round(values.astype(np.float64), 12)
    return np.asarray(np.searchsorted(np.sort(-rounded), -rounded) + 1, np.int64)


def _estimate(found: Centrality) -> str:
    """Say how sure an estimated betweenness is; nothing where it is exact."""
    if found.betweenness_sampled is None:
        return ""
    return (
        f" (estimated from {found.betweenness_sampled:,} of them: right to within "
        f"{100 * found.betweenness_error:.2g} percentage points, with {100 * found.betweenness_confidence:.0f} % "
        "confidence for all at once)"
    )


def _reasons(found: Centrality, ranged: Ranges, node: int, *, is_resource: bool) -> tuple[str, ...]:
    degree = int(found.degree[node])
    below = int(100 * np.count_nonzero(found.degree < degree) / len(found.degree))
    others = "1 other" if degree == 1 else f"{degree} others"
    reasons = [f"direct links to {others}" + (f", more than {below} % of this network" if below else "")]
    share = 100 * float(found.betweenness[node])
    if share > 0:
        said = f"{share:.0f} %" if share >= 1 else "under 1 %"
        reasons.append(f"lies on {said} of the shortest paths between others{_estimate(found)}")
    source = found.closeness_sampled
    estimate = f" (estimated from {source} others)" if source else ""
    reasons.append(f"on average {found.mean_distance[node]:.1f} links from those it is connected to{estimate}")
    core = int(found.core[node])
    if core > 1:
        reasons.append(f"part of a group in which everybody has at least {core} direct links inside it")
    if PLACE in ranged.low:
        best, worst = (int(end[PLACE][node]) for end in (ranged.low, ranged.high))
        place = f"place {best}" if best == worst else f"places {best} to {worst}"
        shares = " or ".join(f"{100 * share:.0f}" for share in ranged.shares)
        reasons.append(f"{place} when {shares} % of the links are missing ({ranged.draws[PLACE]} draws of each)")
    if is_resource:
        reasons.append("a shared resource: those who use it need not know each other")
    return tuple(reasons)
