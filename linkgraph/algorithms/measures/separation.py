"""What falls apart when one entity is lost, or one pair.

One depth-first walk (Hopcroft & Tarjan 1973, *Communications of the ACM* 16, 372; time and memory
grow with nodes + pairs) numbers the nodes in the order they are met. All that hangs below a node is
then a run of that order, so the parts that a loss leaves are known by size and by name without
walking again. The same function runs as it stands on a small network and compiled on a large one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from linkgraph import kernels

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkgraph.graph import Graph, Ints, Longs

Walk: TypeAlias = "Callable[[Longs, Ints], tuple[Ints, Ints, Ints, Ints, Ints]]"


@dataclass(frozen=True, eq=False, slots=True)
class Separation:
    """What each loss would separate; arrays are (n,) unless said otherwise."""

    cuts_off: Longs
    """Entities that lose the largest part that remains of their component; 0 where it stays in one."""
    bridges: Ints
    """(n_bridges, 2) pairs without which the network falls apart: upper and lower node in the walk."""
    bridge_cuts_off: Longs
    """(n_bridges,) entities on the smaller side."""
    _order: Ints
    """Nodes in the order they are met."""
    _met: Ints
    """Place in that order."""
    _size: Ints
    """Entities in what hangs below a node, itself counted."""
    _above: Ints
    """Node each was met from; −1 where the walk began."""
    _top: Ints
    """Where the walk of its component began."""
    _separate: Ints
    """Nodes whose subtree the loss of the node above separates, by that node and in the order of the walk."""

    def cut_off_by(self, node: int) -> list[Ints]:
        """Give what the loss of a node cuts off: parts of ascending nodes, largest first.

        The largest part of all is what they are cut off from; of two as large, the one with the smallest id.
        """
        above = self._above[self._separate]
        first, last = np.searchsorted(above, [node, node + 1])
        found = [self._below(below) for below in self._separate[first:last].tolist()]
        found.sort(key=lambda part: (-len(part), int(part[0])))
        top = int(self._top[node])
        rest = int(self._size[top]) - 1 - sum(map(len, found))
        # The rest holds the smallest id of the component: a walk begins there.
        if not found or rest >= len(found[0]):
            return found
        if not rest:
            return found[1:]
        others = np.setdiff1d(self._below(top), np.concatenate([[node], *found]))
        return sorted([*found[1:], others], key=lambda part: (-len(part), int(part[0])))

    def behind(self, bridge: int) -> Ints:
        """Give the smaller side of a bridge, ascending; of two as large, the one without the smallest id."""
        upper, lower = self.bridges[bridge].tolist()
        below = self._below(lower)
        whole = self._below(int(self._top[upper]))
        return below if 2 * len(below) <= len(whole) else np.setdiff1d(whole, below)

    def _below(self, node: int) -> Ints:
        start = int(self._met[node])
        return np.sort(self._order[start : start + int(self._size[node])])


def separation(graph: Graph) -> Separation:
    """Find what the loss of each node and of each pair would separate."""
    walk = _compiled() if kernels.pay(len(graph), len(graph.pairs)) else _walk
    order, met, low, size, above = walk(graph.indptr, graph.indices)
    nodes = np.flatnonzero(above >= 0)
    upper = above[nodes]
    separate = nodes[low[nodes] >= met[upper]]
    starts = np.flatnonzero(above < 0)
    by_walk = starts[np.argsort(met[starts])]
    top = np.empty(len(graph), np.int32)
    top[order] = np.repeat(by_walk, size[by_walk])
    below = np.zeros(len(graph), np.int64)
    largest = np.zeros(len(graph), np.int64)
    np.add.at(below, above[separate], size[separate])
    np.maximum.at(largest, above[separate], size[separate])
    others = size[top].astype(np.int64) - 1
    largest = np.maximum(largest, others - below)
    bridging = nodes[low[nodes] > met[upper]]
    side = size[bridging].astype(np.int64)
    return Separation(
        cuts_off=others - largest,
        bridges=np.stack([above[bridging], bridging], axis=1).astype(np.int32),
        bridge_cuts_off=np.minimum(side, size[top[bridging]] - side),
        _order=order,
        _met=met,
        _size=size,
        _above=above,
        _top=top,
        _separate=separate[np.lexsort((met[separate], above[separate]))].astype(np.int32),
    )


@cache
def _compiled() -> Walk:
    from linkgraph.kernels.compiled import compiled  # noqa: PLC0415 - numba, which a small case can do without

    return compiled(_walk)


def _walk(indptr: Longs, indices: Ints) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Walk depth first from the smallest node of each component.

    Gives the order of the walk and, of each node, its place there, the lowest place that what hangs
    below it reaches by one link, how many hang below it (itself counted), and the node it was met from
    (−1 where a walk begins).
    """
    n = len(indptr) - 1
    order = np.empty(n, np.int32)
    met = np.full(n, -1, np.int32)
    low = np.empty(n, np.int32)
    size = np.ones(n, np.int32)
    above = np.full(n, -1, np.int32)
    following = indptr[:-1].copy()
    clock = 0
    for root in range(n):
        if met[root] >= 0:
            continue
        order[clock] = root
        met[root] = low[root] = clock
        clock += 1
        node = root
        while node >= 0:
            entry = following[node]
            if entry < indptr[node + 1]:
                following[node] = entry + 1
                other = indices[entry]
                if met[other] < 0:
                    order[clock] = other
                    met[other] = low[other] = clock
                    clock += 1
                    above[other] = node
                    node = other
                elif other != above[node]:
                    low[node] = min(low[node], met[other])
                continue
            upper = above[node]
            if upper >= 0:
                low[upper] = min(low[upper], low[node])
                size[upper] += size[node]
            node = upper
    return order, met, low, size, above
