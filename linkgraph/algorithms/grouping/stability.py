"""Stability: whether a search with other random numbers puts the same members together.

Many partitions of one network are nearly as good as the best (Good, de Montjoye & Clauset 2010,
*Physical Review E* 81, 046106), and a search may end in any of them. So it is repeated with other
seeds, as in consensus clustering (Lancichinetti & Fortunato 2012, *Scientific Reports* 2, 336), and the
partition that was kept is compared with each repetition:

- *of a member*: the share of the repetitions in which it stays with the majority of its community. A
  member that goes now here, now there stands between communities: do not say that it belongs to one.
- *of a community*: the mean of its best Jaccard overlap with a community of each repetition (Hennig 2007,
  *Computational Statistics & Data Analysis* 52, 258, who takes 0.75 and more for stable, and warns of
  reading anything into one of 0.5 or less).

What repeats is the search, on the same evidence: stability says nothing of links that are missing.

Cost: as many searches as :func:`repetitions` says, two at a time. Above :data:`SURE_PAIRS` pairs each is of
one iteration, which finds a little less than the search that was kept, so stability errs on the low side.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from linkgraph.algorithms.grouping.leiden import partition

if TYPE_CHECKING:
    from linkgraph.graph import Floats, Graph, Ints, Mask

MOST, FEWEST = 20, 2
"""Repetitions of a search in a small and in a very large network."""
BUDGET = 4_000_000
"""Repetitions × pairs that are affordable: between :data:`FEWEST` and :data:`MOST`, the number follows from it."""
SURE_PAIRS = 200_000
"""Up to so many pairs a repetition has as many iterations as the search it is compared with."""
AT_ONCE = 2


@dataclass(frozen=True, eq=False, slots=True)
class Stability:
    """How far other seeds lead to the same communities."""

    repetitions: int
    iterations: int
    """Of each repetition."""
    member: Floats
    """(n,) share of the repetitions in which each node stays with the majority of its community; NaN for none."""
    community: Floats
    """(k,) mean best Jaccard overlap of each community."""


def repetitions(pairs: int) -> int:
    """Give how often the search of a network of so many pairs is repeated."""
    return min(MOST, max(FEWEST, BUDGET // max(pairs, 1)))


def stability(graph: Graph, membership: Ints, *, resolution: float, seed: int, iterations: int) -> Stability:
    """Compare a partition with those that other seeds give.

    Args:
        graph: the network.
        membership: (n,) the partition, numbered from 0; −1 for none.
        resolution: it was found with.
        seed: it was found with; the repetitions have those that follow.
        iterations: it was found with.
    """
    times = repetitions(len(graph.pairs))
    each = iterations if len(graph.pairs) <= SURE_PAIRS else 1
    count = int(membership.max(initial=-1)) + 1
    stayed, overlap = np.zeros(len(graph)), np.zeros(count)

    def again(other: int) -> Ints:
        return partition(graph, resolution=resolution, seed=other, iterations=each)

    if count:
        with ThreadPoolExecutor(AT_ONCE) as threads:
            for found in threads.map(again, range(seed + 1, seed + 1 + times)):
                stays, jaccard = compare(membership, found)
                stayed += stays
                overlap += jaccard
    return Stability(times, each, np.where(membership < 0, np.nan, stayed / times), overlap / times)


def compare(membership: Ints, other: Ints) -> tuple[Mask, Floats]:
    """Compare a partition with another of the same nodes.

    Returns:
        (n,) whether each node is, in the other, where most of its community is (of two parts as large, the
        one with the smaller first member); (k,) best Jaccard overlap of each community.
    """
    placed = np.flatnonzero((membership >= 0) & (other >= 0))
    mine, theirs = membership[placed].astype(np.int64), other[placed].astype(np.int64)
    width = int(theirs.max(initial=-1)) + 1
    cells, first, counts = np.unique(mine * max(width, 1) + theirs, return_index=True, return_counts=True)
    row, column = np.divmod(cells, max(width, 1))
    best = np.lexsort((first, -counts, row))
    majority = np.full(int(membership.max(initial=-1)) + 1, -1, np.int64)
    # Written from the worst to the best, so that the best stays.
    majority[row[best][::-1]] = column[best][::-1]
    stays = np.zeros(len(membership), bool)
    stays[placed] = majority[mine] == theirs
    size, size_there = np.bincount(mine, minlength=len(majority)), np.bincount(theirs, minlength=width)
    jaccard = np.zeros(len(majority))
    np.maximum.at(jaccard, row, counts / (size[row] + size_there[column] - counts))
    return stays, jaccard
