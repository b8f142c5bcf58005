"""Links → pairs → neighbours, by counting instead of comparing: every array is passed over a few times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from linkgraph.kernels.compiled import compiled

if TYPE_CHECKING:
    from linkgraph.graph import Ints, Longs, Mask


@compiled
def paired(source: Ints, target: Ints, connects: Mask, n: int) -> tuple[Ints, Ints]:
    """Give the pairs u < v (n_pairs, 2), sorted, that some links make, and the pair of each (n_links,), −1 for none."""
    links = len(source)
    # Sorted by the larger end, then without disorder by the smaller (radix sort from the least digit).
    place = np.zeros(n + 1, np.int64)
    for link in range(links):
        if connects[link]:
            place[max(source[link], target[link]) + 1] += 1
    for node in range(n):
        place[node + 1] += place[node]
    many = place[n]
    by_larger, order = np.empty(many, np.int32), np.empty(many, np.int32)
    for link in range(links):
        if connects[link]:
            end = max(source[link], target[link])
            by_larger[place[end]] = link
            place[end] += 1
    place[:] = 0
    for at in range(many):
        place[min(source[by_larger[at]], target[by_larger[at]]) + 1] += 1
    for node in range(n):
        place[node + 1] += place[node]
    for at in range(many):
        link = by_larger[at]
        end = min(source[link], target[link])
        order[place[end]] = link
        place[end] += 1
    pair_of_link = np.full(links, -1, np.int32)
    pairs = np.empty((many, 2), np.int32)
    found = 0
    for at in range(many):
        link = order[at]
        u, v = min(source[link], target[link]), max(source[link], target[link])
        if found == 0 or pairs[found - 1, 0] != u or pairs[found - 1, 1] != v:
            pairs[found, 0], pairs[found, 1] = u, v
            found += 1
        pair_of_link[link] = found - 1
    return pairs[:found].copy(), pair_of_link


@compiled
def neighbours(pairs: Ints, n: int) -> tuple[Longs, Ints, Ints]:
    """Give ``indptr``, ``indices`` and ``pair_of_entry`` of sorted pairs; see :class:`~linkgraph.graph.Graph`."""
    smaller, larger = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for pair in range(len(pairs)):
        larger[pairs[pair, 0]] += 1
        smaller[pairs[pair, 1]] += 1
    indptr = np.zeros(n + 1, np.int64)
    for node in range(n):
        indptr[node + 1] = indptr[node] + smaller[node] + larger[node]
        # From here on: where the next smaller, and the next larger neighbour goes.
        larger[node] = indptr[node] + smaller[node]
        smaller[node] = indptr[node]
    indices, pair_of_entry = np.empty(2 * len(pairs), np.int32), np.empty(2 * len(pairs), np.int32)
    for pair in range(len(pairs)):
        u, v = pairs[pair, 0], pairs[pair, 1]
        indices[larger[u]], pair_of_entry[larger[u]] = v, pair
        larger[u] += 1
        indices[smaller[v]], pair_of_entry[smaller[v]] = u, pair
        smaller[v] += 1
    return indptr, indices, pair_of_entry
