"""Connected components: union–find, the smaller node on top, paths halved (Tarjan & van Leeuwen 1984, *JACM* 31)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from linkgraph.kernels.compiled import compiled

if TYPE_CHECKING:
    from linkgraph.graph import Ints


@compiled
def components(pairs: Ints, n: int) -> Ints:
    """Give the component of each node (n,), numbered in the order of their first nodes."""
    above = np.arange(n, dtype=np.int32)
    for row in range(len(pairs)):
        u, v = pairs[row, 0], pairs[row, 1]
        while above[u] != u:
            above[u] = above[above[u]]
            u = above[u]
        while above[v] != v:
            above[v] = above[above[v]]
            v = above[v]
        if u < v:
            above[v] = u
        elif v < u:
            above[u] = v
    # What stands above a node has a smaller number, so it has its component already.
    number = np.empty(n, np.int32)
    found = 0
    for node in range(n):
        if above[node] == node:
            number[node] = found
            found += 1
        else:
            number[node] = number[above[node]]
    return number
