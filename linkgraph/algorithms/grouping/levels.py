"""Levels: communities of communities, from coarse to fine, each inside one of the level before.

No one resolution is right for a whole network: at resolution 1 small groups melt into large ones
(Fortunato & Barthélemy 2007, *PNAS* 104, 36). So the communities that were found are also joined, at a
quarter of the resolution, and taken apart, at four times of it (Reichardt & Bornholdt 2006, *Physical
Review E* 74, 016110, for what resolution means). Searches at several resolutions do not nest by
themselves; these do by construction:

- *coarser*: the search moves whole communities. What is inside one is kept as weight that goes nowhere,
  so that the modularity which is sought is that of the network, to the last digit.
- *finer*: the search sees only the links inside communities: each is asked again on its own.

Cost: the coarser level next to nothing, the finer about one search of the whole network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy

from linkgraph.algorithms.grouping.leiden import leiden, ordered, partition

if TYPE_CHECKING:
    from linkgraph.graph import Graph, Ints, Longs

COARSER, FINER = 0.25, 4.0
"""Resolution of the other levels, times that of the communities."""


@dataclass(frozen=True, eq=False, slots=True)
class Level:
    """One partition among several that nest."""

    resolution: float
    membership: Ints
    """(n,) number of each node's community on this level, largest first; −1 for none."""
    first: Longs
    """(k,) smallest member of each community."""
    size: Longs
    """(k,)"""
    parent: Ints | None
    """(k,) number of the community of the level before that each lies in; None on the coarsest."""


def levels(
    graph: Graph, membership: Ints, *, resolution: float, seed: int, iterations: int, runs: int
) -> tuple[Level, ...]:
    """Give the level above some communities, that of the communities, and the one below.

    Args:
        graph: the network.
        membership: (n,) the communities, in the order of :func:`~linkgraph.algorithms.grouping.leiden.ordered`.
        resolution: they were found with.
        seed: of the searches.
        iterations: of each search.
        runs: independent runs of each search, of which the best is kept.
    """
    search = {"seed": seed, "iterations": iterations, "runs": runs}
    coarse = _joined(graph, membership, resolution * COARSER, **search)
    ends = np.repeat(membership, graph.degree), membership[graph.indices]
    inside = partition(graph, resolution=resolution * FINER, among=ends[0] == ends[1], **search)
    # Who is alone in its community has no link inside it and stays alone.
    inside = np.where(inside < 0, inside.max(initial=0) + 1 + np.arange(len(graph)), inside)
    width = int(inside.max(initial=0)) + 1
    _, fine = np.unique(membership.astype(np.int64) * width + inside, return_inverse=True)
    partitions = (coarse, membership, np.where(membership < 0, -1, fine).astype(np.int32))
    found: list[Level] = []
    for times, part in zip((COARSER, 1.0, FINER), partitions, strict=True):
        number, first, size = ordered(part)
        parent = found[-1].membership[first] if found else None
        found.append(Level(resolution * times, number, first, size, parent))
    return tuple(found)


def _joined(graph: Graph, membership: Ints, resolution: float, *, seed: int, iterations: int, runs: int) -> Ints:
    """Join whole communities; give the number of the joint community of each node (n,)."""
    count = int(membership.max(initial=-1)) + 1
    if not count:
        return membership
    strong = graph.strength > 0
    ends, strength = membership[graph.pairs[strong]], graph.strength[strong]
    across = ends[:, 0] != ends[:, 1]
    inner = np.bincount(ends[~across, 0], weights=strength[~across], minlength=count)
    # A pendant of weight w adds 2w to the strength of its community, as the links inside it do.
    holds = np.flatnonzero(inner)
    u = np.concatenate([ends[across, 0], holds])
    v = np.concatenate([ends[across, 1], holds + count])
    both = np.concatenate([u, v]), np.concatenate([v, u])
    weight = np.tile(np.concatenate([strength[across], inner[holds]]), 2)
    network = scipy.sparse.coo_array((weight, both), shape=(2 * count, 2 * count)).tocsr()
    network.sort_indices()
    found = leiden(
        network.indptr.astype(np.int64),
        network.indices,
        network.data,
        resolution=resolution,
        seed=seed,
        iterations=iterations,
        runs=runs,
    )[:count]
    # A community of one without a link out of it is not searched, and stays itself.
    found = np.where(found < 0, found.max(initial=0) + 1 + np.arange(count), found)
    return np.where(membership < 0, -1, found[membership]).astype(np.int32)
