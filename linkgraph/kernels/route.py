"""The shortest path between two nodes, from both ends at once (Pohl 1971, *Machine Intelligence* 6, 127).

Only the side with fewer links goes on a step, so that a walk in a large network ends after a few thousand nodes. All
but ``mark`` is kept by the place of a node in the order in which it was reached: what is as long as the network is
touched in few places, and most of what is asked for is never touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from linkgraph.kernels.compiled import compiled

if TYPE_CHECKING:
    from linkgraph.graph import Floats, Ints, Longs, Mask


@compiled
def route(  # noqa: PLR0912 - one loop: a part of it would have to be handed all its arrays
    indptr: Longs, indices: Ints, weight: Floats, closed: Mask, mark: Ints, a: int, b: int
) -> Ints:
    """Give the nodes from ``a`` to ``b``, none where there is no way that leads through no closed node.

    Of paths as short, the one whose weights, added up from ``b``, are most; of those, the smallest next node.
    ``mark`` is (n,) zeros to work in.
    """
    if a == b:
        return np.full(1, a, np.int32)
    n = len(indptr) - 1
    # Row 0 is a's side, row 1 is b's; a's nodes are marked 1 + place, b's −1 − place.
    nodes = np.empty((2, n), np.int32)
    layer = np.empty((2, n + 2), np.int64)
    depth, end, around = np.zeros(2, np.int64), np.ones(2, np.int64), np.zeros(2, np.int64)
    for side in range(2):
        node = b if side else a
        nodes[side, 0], mark[node] = node, -1 if side else 1
        layer[side, 0], layer[side, 1] = 0, 1
        around[side] = indptr[node + 1] - indptr[node]
    while True:
        side = 0 if around[0] <= around[1] else 1
        sign = -1 if side else 1
        around[side] = 0
        met = False
        for place in range(layer[side, depth[side]], layer[side, depth[side] + 1]):
            node = nodes[side, place]
            for entry in range(indptr[node], indptr[node + 1]):
                other = indices[entry]
                known = mark[other]
                if known == 0:
                    if not closed[other]:
                        nodes[side, end[side]] = other
                        end[side] += 1
                        mark[other] = sign * end[side]
                        around[side] += indptr[other + 1] - indptr[other]
                elif known * sign < 0:
                    met = True
        if met:
            break
        depth[side] += 1
        layer[side, depth[side] + 1] = end[side]
        if layer[side, depth[side]] == end[side]:
            return np.empty(0, np.int32)
    # The last layers of the two are neighbours: each node, from b on, chooses among the next layer where to go on.
    most, onward = np.empty((2, n)), np.empty((2, n), np.int32)
    most[1, 0] = 0.0
    for far in range(1, depth[1] + 1):
        low, high = layer[1, far - 1], layer[1, far]
        for place in range(high, layer[1, far + 1]):
            most[1, place], onward[1, place] = _best(
                indptr, indices, weight, mark, -1, low, high, most[1], nodes[1, place]
            )
    for far in range(depth[0], -1, -1):
        side = 1 if far == depth[0] else 0
        low = layer[1, depth[1]] if side else layer[0, far + 1]
        high = layer[1, depth[1] + 1] if side else layer[0, far + 2]
        sign = -1 if side else 1
        for place in range(layer[0, far], layer[0, far + 1]):
            most[0, place], onward[0, place] = _best(
                indptr, indices, weight, mark, sign, low, high, most[side], nodes[0, place]
            )
    path = np.empty(depth[0] + depth[1] + 2, np.int32)
    side, place = 0, 0
    for step in range(len(path)):
        path[step] = nodes[side, place]
        place = onward[side, place] if step < len(path) - 1 else 0
        if step == depth[0]:
            side = 1
    return path


@compiled
def _best(
    indptr: Longs,
    indices: Ints,
    weight: Floats,
    mark: Ints,
    sign: int,
    low: int,
    high: int,
    most: Floats,
    node: int,
) -> tuple[float, int]:
    """Choose where the best path from a node goes on, among the places from ``low`` to ``high``; −1 where nowhere."""
    best, onward = -1.0, -1
    for entry in range(indptr[node], indptr[node + 1]):
        place = sign * mark[indices[entry]] - 1
        if low <= place < high and most[place] >= 0.0:
            total = weight[entry] + most[place]
            if total > best:
                best, onward = total, place
    return best, onward
