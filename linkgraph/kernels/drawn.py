"""Shortest paths drawn at random: two nodes that are connected, then one of the shortest paths between them.

Walking from both ends and drawing among equal paths as in KADABRA (Borassi & Natale 2016, *ESA*, §4). Draw number i
has random numbers of its own, made from i alone (SplitMix64; Steele, Lea & Flood 2014, *OOPSLA*), so that it is the
same draw whoever makes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from linkgraph.kernels.compiled import compiled

if TYPE_CHECKING:
    from linkgraph.graph import Floats, Ints, Longs


@compiled
def draw(  # noqa: PLR0912, PLR0915 - one loop: a part of it would have to be handed all its arrays
    indptr: Longs,
    indices: Ints,
    pair_of_entry: Ints,
    members: Ints,
    start: Longs,
    below: Longs,
    first: int,
    last: int,
    nodes: Ints,
    pairs: Ints,
) -> int:
    """Draw paths number ``first`` up to ``last``; add 1 to each node inside them and to each pair on them.

    Args:
        indptr: of the network.
        indices: of the network.
        pair_of_entry: of the network.
        members: nodes to draw from, component by component.
        start: (components + 1,) where each component begins in ``members``.
        below: (components + 1,) ordered pairs of connected nodes in the components before each.
        first: number of the first draw.
        last: number after the last draw.
        nodes: (n,) counts to add to.
        pairs: (n_pairs,) counts to add to; pairs are left out where it is empty.

    Returns:
        How many entries of ``indices`` were looked at.
    """
    n = len(indptr) - 1
    # Positive from the first end, negative from the other, both counted from 1; 0 where nobody was.
    distance = np.zeros(n, np.int32)
    paths, joined = np.zeros(n), np.zeros(n)
    reached = np.empty((2, n), np.int32)
    meeting = np.empty(n, np.int32)
    looked = 0
    for number in range(first, last):
        at = _below(np.uint64(number) * np.uint64(4), below[-1])
        part = np.searchsorted(below, at, side="right") - 1
        at -= below[part]
        others = start[part + 1] - start[part] - 1
        one, two = at // others, at % others
        a, b = members[start[part] + one], members[start[part] + two + (1 if two >= one else 0)]
        begin, end = np.zeros(2, np.int64), np.ones(2, np.int64)
        around, depth = np.empty(2, np.int64), np.ones(2, np.int32)
        reached[0, 0], reached[1, 0] = a, b
        distance[a], distance[b] = 1, -1
        paths[a] = paths[b] = 1.0
        around[0], around[1] = indptr[a + 1] - indptr[a], indptr[b + 1] - indptr[b]
        met = 0
        while met == 0:
            side = 0 if around[0] <= around[1] else 1
            sign = 1 - 2 * side
            looked += around[side]
            beyond = sign * (depth[side] + 1)
            stop, around[side] = end[side], 0
            for place in range(begin[side], stop):
                node = reached[side, place]
                here = paths[node]
                for entry in range(indptr[node], indptr[node + 1]):
                    other = indices[entry]
                    far = distance[other]
                    if far == beyond:
                        paths[other] += here
                    elif far == 0:
                        # Where the two have met, only what the other side has reached still counts.
                        if met == 0:
                            distance[other], paths[other] = beyond, here
                            reached[side, end[side]] = other
                            end[side] += 1
                            around[side] += indptr[other + 1] - indptr[other]
                    elif far * sign < 0:
                        if joined[other] == 0.0:
                            meeting[met] = other
                            met += 1
                        joined[other] += here
            begin[side] = stop
            depth[side] += 1
        # The two walks meet in nodes that the side that stood still had reached: draw one of them by its paths.
        total = 0.0
        for place in range(met):
            total += joined[meeting[place]] * paths[meeting[place]]
        left = _unit(np.uint64(number) * np.uint64(4) + np.uint64(1)) * total
        middle = meeting[met - 1]
        for place in range(met):
            left -= joined[meeting[place]] * paths[meeting[place]]
            if left < 0.0:
                middle = meeting[place]
                break
        for place in range(met):
            joined[meeting[place]] = 0.0
        if middle not in (a, b):
            nodes[middle] += 1
        state = np.uint64(number) * np.uint64(4) + np.uint64(2)
        looked += _way_back(
            indptr, indices, pair_of_entry, distance, paths, middle, sign, depth[side] - 1, state, nodes, pairs
        )
        state = np.uint64(number) * np.uint64(4) + np.uint64(3)
        looked += _way_back(
            indptr, indices, pair_of_entry, distance, paths, middle, -sign, depth[1 - side] - 1, state, nodes, pairs
        )
        for one in range(2):
            for place in range(end[one]):
                distance[reached[one, place]] = 0
    return looked


@compiled
def _way_back(
    indptr: Longs,
    indices: Ints,
    pair_of_entry: Ints,
    distance: Ints,
    paths: Floats,
    node: int,
    sign: int,
    depth: int,
    state: np.uint64,
    nodes: Ints,
    pairs: Ints,
) -> int:
    """Draw a shortest path from a node back to the end of one side, adding 1 to what it leads through and over."""
    looked = 0
    for far in range(depth, 0, -1):
        wanted = sign * far
        total = 0.0
        for entry in range(indptr[node], indptr[node + 1]):
            if distance[indices[entry]] == wanted:
                total += paths[indices[entry]]
        looked += indptr[node + 1] - indptr[node]
        state = _mixed(state)
        left = _unit(state) * total
        chosen = -1
        for entry in range(indptr[node], indptr[node + 1]):
            if distance[indices[entry]] == wanted:
                chosen = entry
                left -= paths[indices[entry]]
                if left < 0.0:
                    break
        node = indices[chosen]
        if len(pairs):
            pairs[pair_of_entry[chosen]] += 1
        if far > 1:
            nodes[node] += 1
    return looked


@compiled
def _mixed(state: np.uint64) -> np.uint64:
    state = (state + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


@compiled
def _unit(state: np.uint64) -> float:
    """Give a number from 0 to 1, the latter excluded."""
    return (_mixed(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def _below(state: np.uint64, limit: int) -> int:
    """Give a whole number from 0 to ``limit``, the latter excluded; the bias is below limit / 2^64."""
    return int(_mixed(state) % np.uint64(limit))
