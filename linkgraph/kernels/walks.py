"""Sixty-four breadth-first walks at once, one bit each (Then et al. 2014, *PVLDB* 8, 449).

A step goes out from the nodes just reached where they are few, and looks around from the nodes not yet reached by all
where they are many (Beamer, Asanović & Patterson 2012, *SC '12*).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from linkgraph.kernels.compiled import compiled

if TYPE_CHECKING:
    import numpy.typing as npt

    from linkgraph.graph import Floats, Ints, Longs


@compiled
def walk(  # noqa: PLR0912, PLR0915 - one loop: a part of it would have to be handed all its arrays
    indptr: Longs, indices: Ints, component: Ints, sources: Longs, bits: npt.NDArray[np.uint64]
) -> tuple[Longs, Longs, Floats]:
    """Walk from each of ``sources`` with its bit, at most one source a component and bit.

    Gives of each node (n,) how many walks met it, the sum of their distances, and the sum of 1/distance.
    """
    n = len(indptr) - 1
    met, total, inverse = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n)
    seen, front, reached = np.zeros(n, np.uint64), np.zeros(n, np.uint64), np.zeros(n, np.uint64)
    every = np.zeros(n, np.uint64)
    nodes, following = np.empty(n, np.int32), np.empty(n, np.int32)
    none = np.uint64(0)
    many, around = 0, 0
    for place in range(len(sources)):
        node = sources[place]
        if front[node] == none:
            nodes[many] = node
            many += 1
            around += indptr[node + 1] - indptr[node]
        front[node] |= bits[place]
        seen[node] |= bits[place]
        every[component[node]] |= bits[place]
    step = 0
    while many:
        step += 1
        count = 0
        if 8 * around > len(indices):
            for node in range(n):
                missing = every[component[node]] & ~seen[node]
                if missing == none:
                    continue
                found = none
                for entry in range(indptr[node], indptr[node + 1]):
                    found |= front[indices[entry]]
                    if found & missing == missing:
                        break
                found &= missing
                if found != none:
                    reached[node] = found
                    following[count] = node
                    count += 1
        else:
            for place in range(many):
                node = nodes[place]
                carried = front[node]
                for entry in range(indptr[node], indptr[node + 1]):
                    other = indices[entry]
                    found = carried & ~seen[other]
                    if found != none:
                        if reached[other] == none:
                            following[count] = other
                            count += 1
                        reached[other] |= found
        for place in range(many):
            front[nodes[place]] = none
        around = 0
        for place in range(count):
            node = following[place]
            found = reached[node]
            reached[node] = none
            front[node] = found
            seen[node] |= found
            around += indptr[node + 1] - indptr[node]
            ones = _ones(found)
            met[node] += ones
            total[node] += step * ones
            inverse[node] += ones / step
        nodes, following = following, nodes
        many = count
    return met, total, inverse


@compiled
def _ones(word: np.uint64) -> int:
    """Count the bits that are set."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int((word * np.uint64(0x0101010101010101)) >> np.uint64(56))
