"""Betweenness: the share of all shortest paths between others that run through a node or a pair.

Freeman 1977 (*Sociometry* 40, 35), undirected and unweighted; nodes are normalised by the
(n − 1)(n − 2) / 2 pairs of others, pairs by all n(n − 1) / 2 (Girvan & Newman 2002). To an
investigator: whoever stands here carries, or could cut, what passes between others.

Up to :data:`EXACT_WORK` rustworkx gives every value exactly. Above it Brandes' accumulation (2001,
*Journal of Mathematical Sociology* 25, 163) runs from the start nodes of
:mod:`linkgraph.algorithms.pivots`, and the answer says from how many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import rustworkx as rx

from linkgraph.algorithms.pivots import pivots

if TYPE_CHECKING:
    from linkgraph.graph import Floats, Graph, Ints, Longs

EXACT_WORK = 200_000_000
"""Nodes × (nodes + pairs) up to which rustworkx is asked: about eight seconds on one core."""
SAMPLE_WORK = 200_000_000
"""Above that: pivots × (nodes + 2 pairs)."""
FEWEST_PIVOTS, MOST_PIVOTS = 64, 1024
ONE_THREAD = 2**31
"""More nodes than there are: threads would add the same numbers in another order each run."""


@dataclass(frozen=True, eq=False, slots=True)
class Betweenness:
    """Normalised betweenness, of the nodes (n,) or of the pairs (n_pairs,)."""

    values: Floats
    sampled: int | None
    """Start nodes in each component it was estimated from; None where it is exact everywhere."""


def node_betweenness(graph: Graph) -> Betweenness:
    """Give the betweenness of each node."""
    n = len(graph)
    if _is_small(graph):
        exact = rx.betweenness_centrality(graph.rx, normalized=True, parallel_threshold=ONE_THREAD)
        return Betweenness(np.fromiter((exact[node] for node in range(n)), np.float64, n), None)
    nodes, _, sampled = _accumulate(graph)
    return Betweenness(nodes / max((n - 1) * (n - 2), 1), sampled)


def pair_betweenness(graph: Graph) -> Betweenness:
    """Give the betweenness of each pair."""
    n = len(graph)
    if _is_small(graph):
        exact = rx.edge_betweenness_centrality(graph.rx, normalized=True, parallel_threshold=ONE_THREAD)
        values = (exact[pair] for pair in range(len(graph.pairs)))
        return Betweenness(np.fromiter(values, np.float64, len(graph.pairs)), None)
    _, pairs, sampled = _accumulate(graph)
    return Betweenness(pairs / max(n * (n - 1), 1), sampled)


def _is_small(graph: Graph) -> bool:
    return len(graph) * (len(graph) + len(graph.pairs)) <= EXACT_WORK


def _accumulate(graph: Graph) -> tuple[Floats, Floats, int | None]:
    """Sum the dependencies of all start nodes on each node (n,) and pair (n_pairs,), scaled to all nodes."""
    work = SAMPLE_WORK // (len(graph) + 2 * len(graph.pairs))
    starts = pivots(graph, int(np.clip(work, FEWEST_PIVOTS, MOST_PIVOTS)))
    nodes, pairs = np.zeros(len(graph)), np.zeros(len(graph.pairs))
    for sources in starts.rounds:
        _add_dependencies(graph, sources, nodes, pairs)
    return nodes * starts.share, pairs * starts.share[graph.pairs[:, 0]], starts.sampled


def _add_dependencies(graph: Graph, sources: Longs, nodes: Floats, pairs: Floats) -> None:
    """Walk from sources in different components and add what depends on each node and pair."""
    distance = np.full(len(graph), -1, np.int32)
    paths = np.zeros(len(graph))
    distance[sources], paths[sources] = 0, 1.0
    front = sources
    steps: list[tuple[Longs, Ints, Ints]] = []
    while len(front):
        entries = graph.entries(front)
        start = np.repeat(front, graph.degree[front])
        end = graph.indices[entries]
        new = end[distance[end] < 0]
        distance[new] = len(steps) + 1
        forward = distance[end] == len(steps) + 1
        start, end = start[forward], end[forward]
        np.add.at(paths, end, paths[start])
        steps.append((start, end, graph.pair_of_entry[entries[forward]]))
        front = np.unique(new).astype(np.int64)
    depends = np.zeros(len(graph))
    for start, end, pair in reversed(steps):
        passed = paths[start] / paths[end] * (1.0 + depends[end])
        np.add.at(depends, start, passed)
        np.add.at(pairs, pair, passed)
    depends[sources] = 0.0
    nodes += depends
