"""PageRank of the strength-weighted, undirected network.

Brin & Page 1998; damping 0.85, a node without strength passes its rank to all alike. To an
investigator: being linked to those who are themselves well linked. The sum over the arrays is used
because rustworkx has PageRank for directed graphs only and would need a second graph twice as large; in a large
network a kernel takes it, on all cores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from linkgraph import kernels

if TYPE_CHECKING:
    from linkgraph.graph import Floats, Graph, Longs

DAMPING = 0.85
TOLERANCE = 1e-10
"""Sum of all changes of a round below which the ranks stand; the ranks add up to 1."""
PORTIONS = 64
"""How many parts the nodes are split into in a large network; their changes are added up in order."""


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
    change = 1.0
    following = _pulled if kernels.pay(n, len(graph.pairs)) else _summed
    while change >= TOLERANCE:
        offered = np.divide(rank, strength, out=np.zeros(n), where=passing)
        base = DAMPING * float(rank[~passing].sum()) / n + (1.0 - DAMPING) / n
        rank, change = following(graph, rank, offered, base)
    return np.asarray(rank / rank.sum(), np.float64)


def _summed(graph: Graph, rank: Floats, offered: Floats, base: float) -> tuple[Floats, float]:
    """Give the next rank of each node (n,) and the sum of all changes."""
    received = _sums(offered[graph.indices] * graph.weight, graph, np.flatnonzero(graph.degree))
    following = DAMPING * received + base
    return following, float(np.abs(following - rank).sum())


def _pulled(graph: Graph, rank: Floats, offered: Floats, base: float) -> tuple[Floats, float]:
    """Do the same with the kernel."""
    from linkgraph.kernels.ranks import pull  # noqa: PLC0415 - numba is loaded when it is needed
    from linkgraph.kernels.turns import in_order  # noqa: PLC0415

    following = np.empty(len(graph))
    # Portions with about as many entries each.
    bounds = np.searchsorted(graph.indptr, np.linspace(0, len(graph.indices), PORTIONS + 1)[1:-1])
    first, last = [0, *bounds.tolist()], [*bounds.tolist(), len(graph)]

    def portion(part: int) -> float:
        return pull(
            graph.indptr, graph.indices, graph.weight, offered, DAMPING, base, rank, following, first[part], last[part]
        )

    return following, sum(in_order(portion, range(PORTIONS)))


def _sums(entries: Floats, graph: Graph, linked: Longs) -> Floats:
    """Sum values (2 n_pairs,) of CSR entries by node (n,)."""
    sums = np.zeros(len(graph))
    if len(linked):
        sums[linked] = np.add.reduceat(entries, graph.indptr[linked])
    return sums
