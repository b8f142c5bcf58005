"""Articulation points and bridges in one walk, depth first, no recursion (Hopcroft & Tarjan 1973, *CACM* 16, 372)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from linkgraph.kernels.compiled import compiled

if TYPE_CHECKING:
    from linkgraph.graph import Ints, Longs, Mask


@compiled
def cutting(indptr: Longs, indices: Ints, pair_of_entry: Ints, n_pairs: int) -> tuple[Mask, Longs]:
    """Give whether each node is an articulation point (n,), and how many nodes the loss of each pair cuts off.

    The second is (n_pairs,): the smaller side of a bridge, 0 for pairs that are none.
    """
    n = len(indptr) - 1
    articulation = np.zeros(n, np.bool_)
    lost = np.zeros(n_pairs, np.int64)
    met = np.zeros(n, np.int32)
    low = np.empty(n, np.int32)
    above = np.full(n, -1, np.int32)
    size = np.ones(n, np.int32)
    entry_of = indptr[:-1].copy()
    bridges = np.empty(n, np.int32)
    clock = 0
    for root in range(n):
        if met[root]:
            continue
        clock += 1
        met[root] = low[root] = clock
        branches, found = 0, 0
        node = root
        while True:
            entry = entry_of[node]
            if entry < indptr[node + 1]:
                entry_of[node] = entry + 1
                other = indices[entry]
                if met[other] == 0:
                    clock += 1
                    met[other] = low[other] = clock
                    above[other] = node
                    node = other
                elif other != above[node]:
                    low[node] = min(low[node], met[other])
                continue
            upper = above[node]
            if upper < 0:
                break
            low[upper] = min(low[upper], low[node])
            size[upper] += size[node]
            if low[node] > met[upper]:
                pair = pair_of_entry[entry_of[upper] - 1]
                lost[pair] = size[node]
                bridges[found] = pair
                found += 1
            if upper == root:
                branches += 1
            elif low[node] >= met[upper]:
                articulation[upper] = True
            node = upper
        articulation[root] = branches > 1
        for place in range(found):
            below = lost[bridges[place]]
            lost[bridges[place]] = min(below, size[root] - below)
    return articulation, lost
