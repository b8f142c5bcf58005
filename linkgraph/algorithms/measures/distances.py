"""How far each node is from the others: closeness, from breadth-first walks of many nodes at once.

Sixty-four walks share one sweep, one bit each (Then et al. 2014, "The More the Merrier: Efficient
Multi-Source Graph Traversal", *PVLDB* 8, 449); walks in different components share a bit, see
:mod:`linkgraph.algorithms.measures.pivots`. rustworkx has no harmonic closeness and walks one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from linkgraph import kernels
from linkgraph.algorithms.measures.pivots import pivots

if TYPE_CHECKING:
    from linkgraph.graph import Floats, Graph, Longs

Bits: TypeAlias = npt.NDArray[np.uint64]

WORK = 4_000_000_000
"""Pivots × (nodes + 2 pairs) that may be walked: some seconds on one core."""
FEWEST_PIVOTS = 256
WALKS = 64
"""Walks in one sweep: the bits of a word."""


@dataclass(frozen=True, eq=False, slots=True)
class Distances:
    """Unweighted distances, in links."""

    mean: Floats
    """(n,) mean distance to the others of the same component; 0 for a node alone."""
    closeness: Floats
    """(n,) Wasserman & Faust 1994, eq. 5.22: (r − 1)/(n − 1) ÷ mean, r nodes being in the component.
    Plain closeness would put members of two-node components first."""
    harmonic: Floats
    """(n,) mean of 1/distance to all n − 1 others, unreachable ones counting 0 (Rochat 2009)."""
    sampled: int | None
    """Nodes of each component that distances were taken to; None where to all."""


def distances(graph: Graph) -> Distances:
    """Measure how far each node is from the others, exactly or to a stated sample of them."""
    n = len(graph)
    most = max(FEWEST_PIVOTS, WORK // max(n + 2 * len(graph.pairs), 1) // WALKS * WALKS)
    starts = pivots(graph, most)
    met, total, inverse = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n)
    for of_walks in _walks(graph, [starts.rounds[at : at + WALKS] for at in range(0, len(starts.rounds), WALKS)]):
        met += of_walks[0]
        total += of_walks[1]
        inverse += of_walks[2]
    others = np.bincount(graph.component)[graph.component] - 1 if n else met
    mean = np.divide(total, met, out=np.zeros(n), where=met > 0)
    reach = others / max(n - 1, 1)
    return Distances(
        mean=mean,
        closeness=np.divide(reach, mean, out=np.zeros(n), where=mean > 0),
        harmonic=reach * np.divide(inverse, met, out=np.zeros(n), where=met > 0),
        sampled=starts.sampled,
    )


def _walks(graph: Graph, sweeps: Sequence[Sequence[Longs]]) -> Iterator[tuple[Longs, Longs, Floats]]:
    """Give of each sweep how many walks met each node (n,), the sum of their distances, and that of 1/distance."""
    if not kernels.pay_from_every_node(len(graph), len(graph.pairs)):
        yield from (_walk(graph, rounds) for rounds in sweeps)
        return
    from linkgraph.kernels.turns import in_order  # noqa: PLC0415 - numba is loaded when it is needed
    from linkgraph.kernels.walks import walk  # noqa: PLC0415

    def walked(rounds: Sequence[Longs]) -> tuple[Longs, Longs, Floats]:
        bits = np.uint64(1) << np.arange(len(rounds), dtype=np.uint64)
        bits = np.repeat(bits, [len(sources) for sources in rounds])
        return walk(graph.indptr, graph.indices, graph.component, np.concatenate(rounds), bits)

    yield from in_order(walked, sweeps)


def _walk(graph: Graph, rounds: Sequence[Longs]) -> tuple[Longs, Longs, Floats]:
    """Do the same for one sweep without the kernel."""
    n = len(graph)
    met, total, inverse = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n)
    front = np.zeros(n, np.uint64)
    for bit, sources in enumerate(rounds):
        front[sources] = np.uint64(1 << bit)
    seen, step = front, 0
    while front.any():
        step += 1
        front = _next(graph, front) & ~seen
        seen = seen | front
        count = np.bitwise_count(front).astype(np.int64)
        met += count
        total += step * count
        inverse += count / step
    return met, total, inverse


def _next(graph: Graph, front: Bits) -> Bits:
    """Give, for each node (n,), the bits of its neighbours."""
    reached = np.zeros(len(graph), np.uint64)
    active = np.flatnonzero(front)
    if 8 * int(graph.degree[active].sum()) > len(graph.indices):
        linked = np.flatnonzero(graph.degree)
        reached[linked] = np.bitwise_or.reduceat(front[graph.indices], graph.indptr[linked])
        return reached
    ends = graph.indices[graph.entries(active)]
    if len(ends):
        order = np.argsort(ends, kind="stable")
        nodes, starts = np.unique(ends[order], return_index=True)
        bits = np.repeat(front[active], graph.degree[active])[order]
        reached[nodes] = np.bitwise_or.reduceat(bits, starts)
    return reached
