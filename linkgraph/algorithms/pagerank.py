"""PageRank of the strength-weighted, undirected network.

Brin & Page 1998; damping 0.85, a node without strength passes its rank to all alike. To an
investigator: being linked to those who are themselves well linked. The sum over the arrays is used
because rustworkx has PageRank for directed graphs only and would need a second graph twice as large.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from linkgraph.graph import Floats, Graph, Longs

DAMPING = 0.85
TOLERANCE = 1e-10
"""Sum of all changes of a round below which the ranks stand; the ranks add up to 1."""


def pagerank(graph: Graph) -> Floats:
    """Give the PageRank of each node (n,); the sum is 1."""
    n = len(graph)
    if n == 0:
        return np.zeros(0)
    linked = np.flatnonzero(graph.degree)
    strength = _sums(graph.weight, graph, linked)
    passing = strength > 0
    rank = np.full(n, 1.0 / n)
    # Each round multiplies the change by at most the damping, so the loop ends after about 150.
    while True:
        offered = np.divide(rank, strength, out=np.zeros(n), where=passing)
        received = _sums(offered[graph.indices] * graph.weight, graph, linked)
        spread = float(rank[~passing].sum()) / n
        following = DAMPING * (received + spread) + (1.0 - DAMPING) / n
        change = float(np.abs(following - rank).sum())
        rank = following
        if change < TOLERANCE:
            return np.asarray(rank / rank.sum(), np.float64)


def _sums(entries: Floats, graph: Graph, linked: Longs) -> Floats:
    """Sum values (2 n_pairs,) of CSR entries by node (n,)."""
    sums = np.zeros(len(graph))
    if len(linked):
        sums[linked] = np.add.reduceat(entries, graph.indptr[linked])
    return sums
