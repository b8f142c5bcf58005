"""Core numbers: take away who has fewest links, again and again (Batagelj & Zaversnik 2003, arXiv:cs/0310049).

Nodes go level by level from the list of those that remain (as in Dasari, Ranjan & Zubair 2014, *IEEE Big Data*, 9),
which touches less memory than keeping all nodes sorted by degree. Work is bounded by nodes + pairs: a node is looked
at once for each level up to its core number, which is at most its degree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from linkgraph.kernels.compiled import compiled

if TYPE_CHECKING:
    from linkgraph.graph import Ints, Longs


@compiled
def core_numbers(indptr: Longs, indices: Ints) -> Ints:
    """Give the core number of each node (n,)."""
    n = len(indptr) - 1
    left = np.empty(n, np.int32)
    for node in range(n):
        left[node] = indptr[node + 1] - indptr[node]
    remaining = np.arange(n).astype(np.int32)
    many = n
    falling = np.empty(n, np.int32)
    level = 0
    while many:
        kept, end, lowest = 0, 0, n
        for place in range(many):
            node = remaining[place]
            links = left[node]
            if links == level:
                falling[end] = node
                end += 1
            elif links > level:
                remaining[kept] = node
                kept += 1
                lowest = min(lowest, links)
        many = kept
        if end == 0:
            level = lowest
            continue
        at = 0
        while at < end:
            node = falling[at]
            at += 1
            for entry in range(indptr[node], indptr[node + 1]):
                other = indices[entry]
                links = left[other]
                if links > level:
                    left[other] = links - 1
                    if links - 1 == level:
                        falling[end] = other
                        end += 1
        level += 1
    return left
