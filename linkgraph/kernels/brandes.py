"""Exact betweenness (Brandes 2001, *J. Mathematical Sociology* 25, 163; of pairs 2008, *Social Networks* 30, 136).

The way out writes down the steps that lie on shortest paths, one after the other, so that the way back reads them as
they come and looks at no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from linkgraph.kernels.compiled import compiled

if TYPE_CHECKING:
    from linkgraph.graph import Floats, Ints, Longs


@compiled
def dependencies(
    indptr: Longs, indices: Ints, pair_of_entry: Ints, n_pairs: int, sources: Longs
) -> tuple[Floats, Floats]:
    """Sum what the paths from ``sources`` to all others put on each node (n,) and pair (n_pairs,).

    With ``n_pairs`` 0 pairs are left out.
    """
    n = len(indptr) - 1
    nodes, pairs = np.zeros(n), np.zeros(n_pairs)
    distance = np.full(n, -1, np.int32)
    paths, passed = np.zeros(n), np.zeros(n)
    order = np.empty(n, np.int32)
    start = np.empty(n + 1, np.int64)
    step = np.empty(len(indices) // 2 + 1, np.int32)
    pair = np.empty(len(indices) // 2 + 1 if n_pairs else 0, np.int32)
    for source in sources:
        order[0], distance[source], paths[source] = source, 0, 1.0
        at, end, steps = 0, 1, 0
        while at < end:
            node = order[at]
            start[at] = steps
            at += 1
            beyond, here = distance[node] + 1, paths[node]
            for entry in range(indptr[node], indptr[node + 1]):
                other = indices[entry]
                far = distance[other]
                if far < 0:
                    distance[other] = far = beyond
                    order[end] = other
                    end += 1
                if far == beyond:
                    paths[other] += here
                    step[steps] = other
                    if n_pairs:
                        pair[steps] = pair_of_entry[entry]
                    steps += 1
        start[end] = steps
        for at in range(end - 1, -1, -1):
            node = order[at]
            here, depends = paths[node], 0.0
            for place in range(start[at], start[at + 1]):
                share = passed[step[place]]
                depends += share
                if n_pairs:
                    pairs[pair[place]] += here * share
            depends *= here
            passed[node] = (1.0 + depends) / here
            if at:
                nodes[node] += depends
        for at in range(end):
            distance[order[at]] = -1
            paths[order[at]] = 0.0
    return nodes, pairs
