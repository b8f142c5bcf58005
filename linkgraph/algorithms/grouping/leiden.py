"""Leiden: the search for the partition of highest modularity, on the arrays of a graph.

Traag, Waltman & van Eck 2019, *Scientific Reports* 9, 5233. One call is one search with one seed, and
gives the same partition for the same arrays on every machine and with any number of threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from graspologic_native import leiden_csr

if TYPE_CHECKING:
    from linkgraph.graph import Floats, Graph, Ints, Longs, Mask


def leiden(
    indptr: Longs, indices: Ints, weight: Floats, *, resolution: float, seed: int, iterations: int, runs: int = 1
) -> Ints:
    """Give a community number for each node (n,), in no particular order; −1 for nodes without a neighbour.

    Args:
        indptr: (n + 1,) where the neighbours of each node begin.
        indices: the neighbours; every pair from both ends, no node beside itself.
        weight: above 0, one for each neighbour.
        resolution: above 1 gives more and smaller communities, below 1 fewer and larger.
        seed: of the random numbers.
        iterations: how often a run starts again from its own result.
        runs: independent runs of which the best is kept.
    """
    n = len(indptr) - 1
    found = np.full(n, -1, np.int32)
    if not len(indices):
        return found
    _, places = leiden_csr(
        np.ascontiguousarray(indptr, np.int64),
        np.ascontiguousarray(indices, np.int32),
        np.ascontiguousarray(weight, np.float64),
        n,
        resolution=resolution,
        iterations=iterations,
        trials=runs,
        seed=seed,
    )
    found[np.fromiter(places.keys(), np.int64, len(places))] = np.fromiter(places.values(), np.int32, len(places))
    found[np.diff(indptr) == 0] = -1
    return found


def partition(
    graph: Graph, *, resolution: float, seed: int, iterations: int, runs: int = 1, among: Mask | None = None
) -> Ints:
    """Search the strength-weighted network; −1 for nodes without a link of any strength.

    Args:
        graph: the network.
        resolution: as in :func:`leiden`.
        seed: as in :func:`leiden`.
        iterations: as in :func:`leiden`.
        runs: as in :func:`leiden`.
        among: (2 n_pairs,) entries of ``graph.indices`` to search, symmetric; all if left out.
    """
    strong = graph.weight > 0 if among is None else among & (graph.weight > 0)
    indptr = np.concatenate([[0], np.cumsum(strong)])[graph.indptr]
    return leiden(
        indptr,
        graph.indices[strong],
        graph.weight[strong],
        resolution=resolution,
        seed=seed,
        iterations=iterations,
        runs=runs,
    )


def ordered(found: Ints) -> tuple[Ints, Longs, Longs]:
    """Number communities by size, then by smallest member, whatever their numbers were.

    Returns:
        (n,) number of each node's community, −1 for none; (k,) smallest member and (k,) size of each.
    """
    placed = np.flatnonzero(found >= 0)
    membership = np.full(len(found), -1, np.int32)
    _, first, number, sizes = np.unique(found[placed], return_index=True, return_inverse=True, return_counts=True)
    ranked = np.lexsort((first, -sizes))
    place = np.empty(len(ranked), np.int32)
    place[ranked] = np.arange(len(ranked))
    membership[placed] = place[number]
    return membership, placed[first[ranked]].astype(np.int64), sizes[ranked].astype(np.int64)
