"""Every measure of a node's place in the network, in one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import rustworkx as rx

from linkgraph import kernels
from linkgraph.algorithms.measures.betweenness import node_betweenness
from linkgraph.algorithms.measures.distances import distances
from linkgraph.algorithms.measures.pagerank import pagerank
from linkgraph.algorithms.records import frame

if TYPE_CHECKING:
    import pandas as pd

    from linkgraph.graph import Floats, Graph, Ints


@dataclass(frozen=True, eq=False, slots=True)
class Centrality:
    """Measures of all nodes, each (n,), on the undirected simple network.

    Degree, betweenness, closeness and core count links; PageRank weighs them by strength. Victims
    are part of the network that is measured.
    """

    graph: Graph
    degree: Ints
    """Distinct others directly linked."""
    degree_centrality: Floats
    """Degree ÷ (n − 1) (Freeman 1978)."""
    betweenness: Floats
    """See :mod:`linkgraph.algorithms.measures.betweenness`."""
    betweenness_sampled: int | None
    """Shortest paths that betweenness was estimated from; None where it is exact."""
    betweenness_error: float
    """No betweenness is off by more, with :attr:`betweenness_confidence`; 0 where it is exact."""
    betweenness_confidence: float
    """1 where it is exact."""
    closeness: Floats
    """Wasserman–Faust closeness; see :mod:`linkgraph.algorithms.measures.distances`."""
    harmonic: Floats
    """Harmonic closeness, normalised by n − 1."""
    mean_distance: Floats
    """Mean number of links to the others of the same component."""
    closeness_sampled: int | None
    """Nodes of each component that closeness, harmonic and mean distance look to; None where to all."""
    pagerank: Floats
    """See :mod:`linkgraph.algorithms.measures.pagerank`."""
    core: Ints
    """Largest k such that the node is in a part where everybody has k links inside (Seidman 1983)."""

    def to_frame(self) -> pd.DataFrame:
        """Give one row a node: id, kind, label and the measures."""
        columns = {
            "id": self.graph.ids,
            "kind": self.graph.kinds,
            "label": self.graph.labels,
            "degree": self.degree.tolist(),
            "degree_centrality": self.degree_centrality.tolist(),
            "betweenness": self.betweenness.tolist(),
            "closeness": self.closeness.tolist(),
            "harmonic": self.harmonic.tolist(),
            "pagerank": self.pagerank.tolist(),
            "core": self.core.tolist(),
        }
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        return frame(rows, tuple(columns))


def centrality(graph: Graph) -> Centrality:
    """Measure the place of every node in the network."""
    n = len(graph)
    between = node_betweenness(graph)
    far = distances(graph)
    return Centrality(
        graph=graph,
        degree=graph.degree,
        degree_centrality=graph.degree / max(n - 1, 1),
        betweenness=between.values,
        betweenness_sampled=between.sampled,
        betweenness_error=between.error,
        betweenness_confidence=between.confidence,
        closeness=far.closeness,
        harmonic=far.harmonic,
        mean_distance=far.mean,
        closeness_sampled=far.sampled,
        pagerank=pagerank(graph),
        core=core_numbers(graph),
    )


def core_numbers(graph: Graph) -> Ints:
    """Give the core number of each node (n,)."""
    n = len(graph)
    if kernels.pay(n, len(graph.pairs)):
        from linkgraph.kernels.core import core_numbers as walked  # noqa: PLC0415 - numba is loaded late

        return walked(graph.indptr, graph.indices)
    # The stubs of rustworkx 0.18 say int; it is a number for each node.
    core = cast("dict[int, int]", rx.core_number(graph.rx))
    return np.fromiter((core[node] for node in range(n)), np.int32, n)
