"""Hubs: who holds the network together.

Entities are ranked in degree, betweenness, closeness and PageRank, and put in the order of the mean
of the four ranks (Borda's count): no measure decides alone, and the order needs no weights to argue
about. Equal values share the better rank; equal means go by id. A victim is never ranked, but stays
in the network that is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from linkgraph.algorithms.centrality import centrality
from linkgraph.algorithms.records import Record, frame, node_record, number
from linkgraph.model import RESOURCE_KINDS, EntityKind

if TYPE_CHECKING:
    import pandas as pd

    from linkgraph.algorithms.centrality import Centrality
    from linkgraph.graph import Floats, Graph, Ints, Longs

_COLUMNS = (
    "id",
    "kind",
    "label",
    "degree",
    "degree_centrality",
    "betweenness",
    "betweenness_sampled",
    "closeness",
    "closeness_sampled",
    "harmonic",
    "pagerank",
    "core",
    "mean_rank",
    "reasons",
)


@dataclass(frozen=True, slots=True)
class Hub:
    """One entity, why it is here, and its mean rank in the four measures (1 is best)."""

    node: int
    mean_rank: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Hubs:
    """The best placed entities, best first, and the measures of all."""

    measures: Centrality
    hubs: tuple[Hub, ...]

    def to_json(self) -> list[Record]:
        """Give the stable form; sampled measures say so in ``…_sampled`` and in the reasons."""
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
        found, node = self.measures, hub.node
        return {
            **node_record(found.graph, node),
            "degree": int(found.degree[node]),
            "degree_centrality": number(found.degree_centrality[node]),
            "betweenness": number(found.betweenness[node]),
            "betweenness_sampled": found.betweenness_sampled,
            "closeness": number(found.closeness[node]),
            "closeness_sampled": found.closeness_sampled,
            "harmonic": number(found.harmonic[node]),
            "pagerank": number(found.pagerank[node]),
            "core": int(found.core[node]),
            "mean_rank": hub.mean_rank,
            "reasons": list(hub.reasons),
        }


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
    compared = (found.degree, found.betweenness, found.closeness, found.pagerank)
    ranks = sum((_ranks(values[nodes]) for values in compared), np.zeros(len(nodes), np.int64))
    best = np.argsort(ranks, kind="stable")[:top]
    resource = graph.of_kind(RESOURCE_KINDS)
    return Hubs(
        found,
        tuple(
            Hub(
                int(nodes[place]),
                float(ranks[place] / len(compared)),
                _reasons(found, int(nodes[place]), is_resource=bool(resource[nodes[place]])),
            )
            for place in best
        ),
    )


def _ranks(values: Floats | Ints) -> Longs:
    """Give the rank of each value, the largest being 1; equal values share the better rank."""
    rounded = np.round(values.astype(np.float64), 12)
    return np.asarray(np.searchsorted(np.sort(-rounded), -rounded) + 1, np.int64)


def _reasons(found: Centrality, node: int, *, is_resource: bool) -> tuple[str, ...]:
    degree = int(found.degree[node])
    below = int(100 * np.count_nonzero(found.degree < degree) / len(found.degree))
    others = "1 other" if degree == 1 else f"{degree} others"
    reasons = [f"direct links to {others}" + (f", more than {below} % of this network" if below else "")]
    share = 100 * float(found.betweenness[node])
    if share > 0:
        said = f"{share:.0f} %" if share >= 1 else "under 1 %"
        source = found.betweenness_sampled
        estimate = f" (estimated from {source} start points a component)" if source else ""
        reasons.append(f"lies on {said} of the shortest paths between others{estimate}")
    source = found.closeness_sampled
    estimate = f" (estimated from {source} others)" if source else ""
    reasons.append(f"on average {found.mean_distance[node]:.1f} links from those it is connected to{estimate}")
    core = int(found.core[node])
    if core > 1:
        reasons.append(f"part of a group in which everybody has at least {core} direct links inside it")
    if is_resource:
        reasons.append("a shared resource: those who use it need not know each other")
    return tuple(reasons)
