"""PageRank by pulling: each node adds up what its neighbours offer, so that portions of nodes need no lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkgraph.kernels.compiled import compiled

if TYPE_CHECKING:
    from linkgraph.graph import Floats, Ints, Longs


@compiled
def pull(
    indptr: Longs,
    indices: Ints,
    weight: Floats,
    offered: Floats,
    damping: float,
    base: float,
    rank: Floats,
    following: Floats,
    first: int,
    last: int,
) -> float:
    """Write the next rank of the nodes from ``first`` up to ``last``; give the sum of their changes."""
    change = 0.0
    for node in range(first, last):
        received = 0.0
        for entry in range(indptr[node], indptr[node + 1]):
            received += offered[indices[entry]] * weight[entry]
        now = damping * received + base
        following[node] = now
        change += abs(now - rank[node])
    return change
