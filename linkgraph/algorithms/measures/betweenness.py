"""Betweenness: the share of all shortest paths between others that run through a node or a pair.

Freeman 1977 (*Sociometry* 40, 35), undirected and unweighted; nodes are normalised by the
(n − 1)(n − 2) / 2 pairs of others, pairs by all n(n − 1) / 2 (Girvan & Newman 2002). To an
investigator: whoever stands here carries, or could cut, what passes between others.

Components are taken in the order of the work they make, and every value in them is exact up to
:data:`EXACT_WORK`: by rustworkx, in a large network by the kernel of Brandes' accumulation (2001). In the
components that remain it is estimated from shortest paths drawn at random
(:mod:`linkgraph.algorithms.measures.drawn_paths`); then the answer says from how many, and how far off a value
may be with what confidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import rustworkx as rx

from linkgraph import kernels
from linkgraph.algorithms.measures.drawn_paths import drawn_paths

if TYPE_CHECKING:
    from linkgraph.graph import Floats, Graph, Longs, Mask

EXACT_WORK = 1_000_000_000
"""Nodes × (nodes + pairs) up to which components are walked from every node: about ten seconds on one core."""
DRAWN_WORK = 1_500_000_000
"""Entries that drawing paths may look at: some fifteen seconds on one core."""
ERROR, CONFIDENCE = 0.005, 0.95
"""What drawing paths aims at: no value is off by more than half a percent of all paths."""
PORTIONS = 64
"""How many parts the start nodes are split into; the parts are added up in their order."""
ONE_THREAD = 2**31
"""More nodes than there are: threads would add the same numbers in another order each run."""


@dataclass(frozen=True, eq=False, slots=True)
class Betweenness:
    """Normalised betweenness, of the nodes (n,) or of the pairs (n_pairs,)."""

    values: Floats
    sampled: int | None
    """Shortest paths that the values of large components were estimated from; None where all are exact."""
    error: float
    """No value is off by more, with :attr:`confidence`; 0 where all are exact."""
    confidence: float
    """1 where all are exact."""


def node_betweenness(graph: Graph) -> Betweenness:
    """Give the betweenness of each node."""
    n = len(graph)
    exact = _exact_components(graph)
    if exact.all() and not kernels.pay_from_every_node(n, len(graph.pairs)):
        found = rx.betweenness_centrality(graph.rx, normalized=True, parallel_threshold=ONE_THREAD)
        return Betweenness(np.fromiter((found[node] for node in range(n)), np.float64, n), None, 0.0, 1.0)
    nodes, _ = _dependencies(graph, exact, of_pairs=False)
    return _completed(graph, exact, nodes / max((n - 1) * (n - 2), 1), of_pairs=False)


def pair_betweenness(graph: Graph) -> Betweenness:
    """Give the betweenness of each pair."""
    n, m = len(graph), len(graph.pairs)
    exact = _exact_components(graph)
    if exact.all() and not kernels.pay_from_every_node(n, m):
        found = rx.edge_betweenness_centrality(graph.rx, normalized=True, parallel_threshold=ONE_THREAD)
        return Betweenness(np.fromiter((found[pair] for pair in range(m)), np.float64, m), None, 0.0, 1.0)
    _, pairs = _dependencies(graph, exact, of_pairs=True)
    return _completed(graph, exact, pairs / max(n * (n - 1), 1), of_pairs=True)


def _exact_components(graph: Graph) -> Mask:
    """Tell of each component whether it is walked from every node; the smallest are first."""
    size = np.bincount(graph.component)
    work = size * (size + np.bincount(graph.component[graph.pairs[:, 0]], minlength=len(size)))
    order = np.argsort(work, kind="stable")
    exact: Mask = size == 1
    exact[order[np.cumsum(work[order]) <= EXACT_WORK]] = True
    return exact


def _dependencies(graph: Graph, exact: Mask, *, of_pairs: bool) -> tuple[Floats, Floats]:
    """Sum what the paths from all nodes of some components put on each node (n,) and, if asked, pair (n_pairs,)."""
    from linkgraph.kernels.brandes import dependencies  # noqa: PLC0415 - numba is loaded when it is needed
    from linkgraph.kernels.turns import in_order  # noqa: PLC0415

    m = len(graph.pairs) if of_pairs else 0
    nodes, pairs = np.zeros(len(graph)), np.zeros(m)
    sources = np.flatnonzero(exact[graph.component] & (graph.degree > 0))

    def walked(some: Longs) -> tuple[Floats, Floats]:
        return dependencies(graph.indptr, graph.indices, graph.pair_of_entry, m, some)

    if len(sources):
        for of_nodes, of_every_pair in in_order(walked, np.array_split(sources, min(PORTIONS, len(sources)))):
            nodes += of_nodes
            pairs += of_every_pair
    return nodes, pairs


def _completed(graph: Graph, exact: Mask, values: Floats, *, of_pairs: bool) -> Betweenness:
    """Add what has to be estimated."""
    if exact.all():
        return Betweenness(values, None, 0.0, 1.0)
    n = len(graph)
    # Paths that end in a node are no paths between others.
    scale = 1.0 if of_pairs else n / max(n - 2, 1)
    drawn = drawn_paths(graph, ~exact, error=ERROR / scale, confidence=CONFIDENCE, work=DRAWN_WORK, of_pairs=of_pairs)
    return Betweenness(values + drawn.shares * scale, drawn.paths, drawn.error * scale, CONFIDENCE)
