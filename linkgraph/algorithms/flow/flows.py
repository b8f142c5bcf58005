"""Flow: how much money can have come from some accounts to others, along rows in the order of time.

The most that can have passed is a maximum flow in the network of *payments*: one payment feeds another if its
payee makes the other, not before it and at most a window after it, and neither carries more than its own
amount (temporal flow: Kosyfaki, Mamoulis, Pitoura & Tsaparas 2021, *ICDE*, 948; the algorithm is Dinic's
1970, *Soviet Math. Doklady* 11, 1277). Whole units, so the result is exact. It is then taken apart into
chains that can be read: each a list of rows and the amount that all of them carried.

It says what is *possible*: money has no names on it, and other money in the same accounts may have moved
instead.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from linkgraph.algorithms.flow.passing import bounded, expand, following

if TYPE_CHECKING:
    from linkgraph.algorithms.flow.payments import Payments
    from linkgraph.graph import Longs, Mask

MOST_WORK = 5_000_000
"""Steps of the search; after them the amount is a lower bound, and said to be one."""


@dataclass(frozen=True, eq=False, slots=True)
class Flow:
    """What can have come from one side to the other, in one currency."""

    units: int
    chains: tuple[tuple[int, tuple[int, ...]], ...]
    """Units carried, and the payments in the order they were made; the chain that begins first comes first."""
    passed_over: tuple[int, ...]
    """Accounts with too many payments to follow."""
    complete: bool
    """False where the search was cut: there may be more."""


def flow(payments: Payments, start: Collection[int], end: Collection[int], window: int, never: Mask) -> Flow:
    """Find the most that can have come from some accounts to others.

    Args:
        payments: of one currency.
        start: accounts that the money comes from.
        end: accounts that it comes to.
        window: how long money rests at most in an account on the way, µs.
        never: (n,) accounts that are not walked through.
    """
    from_start, to_end = np.isin(payments.payer, sorted(start)), np.isin(payments.payee, sorted(end))
    usable = (from_start | ~never[payments.payer]) & (to_end | ~never[payments.payee])
    usable &= ~np.isin(payments.payee, sorted(start)) & ~np.isin(payments.payer, sorted(end))
    rows = np.flatnonzero(usable)
    part = payments.part(usable)
    order, low, high = following(part, window)
    high, passed_over = bounded(part.payee, low, high)
    before, at = expand(low, high)
    after = order[at]
    sources, sinks = np.flatnonzero(from_start[rows]), np.flatnonzero(to_end[rows])
    on_the_way = _reached(before, after, sources, len(rows)) & _reached(after, before, sinks, len(rows))
    kept = np.flatnonzero(on_the_way)
    number = np.cumsum(on_the_way) - 1
    arcs = on_the_way[before] & on_the_way[after]
    network = _Network(
        [int(units) for units in part.units[kept].tolist()],
        number[before[arcs]].tolist(),
        number[after[arcs]].tolist(),
        number[sources[on_the_way[sources]]].tolist(),
        number[sinks[on_the_way[sinks]]].tolist(),
    )
    total, complete = network.fill()
    chains = [(units, tuple(rows[kept[list(steps)]].tolist())) for units, steps in network.chains()]
    return Flow(total, tuple(sorted(chains, key=lambda one: (one[1], one[0]))), passed_over, complete)


def _reached(tail: Longs, head: Longs, first: Longs, m: int) -> Mask:
    """Tell of each payment (m,) whether it can be reached from the first ones."""
    order = np.lexsort((head, tail))
    indptr = np.searchsorted(tail[order], np.arange(m + 1))
    seen = np.zeros(m, bool)
    seen[first] = True
    front = first
    while len(front):
        _, at = expand(indptr[front], indptr[front + 1])
        front = np.unique(head[order[at]])
        front = front[~seen[front]]
        seen[front] = True
    return seen


class _Network:
    """A flow network in which payment *i* is an arc from node 2 *i* to node 2 *i* + 1; arc ^ 1 is its return."""

    def __init__(
        self, capacity: list[int], before: list[int], after: list[int], sources: list[int], sinks: list[int]
    ) -> None:
        self.payments = len(capacity)
        self.source, self.sink = 2 * len(capacity), 2 * len(capacity) + 1
        self.head: list[int] = []
        self.left: list[int] = []
        self.out: list[list[int]] = [[] for _ in range(2 * len(capacity) + 2)]
        endless = sum(capacity) + 1
        for payment, most in enumerate(capacity):
            self._arc(2 * payment, 2 * payment + 1, most)
        for one, other in zip(before, after, strict=True):
            self._arc(2 * one + 1, 2 * other, endless)
        for payment in sources:
            self._arc(self.source, 2 * payment, endless)
        for payment in sinks:
            self._arc(2 * payment + 1, self.sink, endless)

    def _arc(self, tail: int, head: int, capacity: int) -> None:
        self.out[tail].append(len(self.head))
        self.out[head].append(len(self.head) + 1)
        self.head += [head, tail]
        self.left += [capacity, 0]

    def fill(self) -> tuple[int, bool]:
        """Send as much as can be sent; give how much, and whether the search came to its end."""
        total = work = 0
        while True:
            level = self._levels()
            work += len(self.head)
            if level[self.sink] < 0:
                return total, True
            place = [0] * len(self.out)
            while sent := self._send(level, place):
                total += sent
                work += level[self.sink]
                if work > MOST_WORK:
                    return total, False

    def _levels(self) -> list[int]:
        level = [-1] * len(self.out)
        level[self.source] = 0
        queue = [self.source]
        for node in queue:
            for arc in self.out[node]:
                if self.left[arc] and level[self.head[arc]] < 0:
                    level[self.head[arc]] = level[node] + 1
                    queue.append(self.head[arc])
        return level

    def _send(self, level: list[int], place: list[int]) -> int:
        """Send along one shortest way; 0 where none is left at these levels."""
        way: list[int] = []
        node = self.source
        while node != self.sink:
            while place[node] < len(self.out[node]):
                arc = self.out[node][place[node]]
                if self.left[arc] and level[self.head[arc]] == level[node] + 1:
                    way.append(arc)
                    node = self.head[arc]
                    break
                place[node] += 1
            else:
                if not way:
                    return 0
                node = self.head[way.pop() ^ 1]
                place[node] += 1
        sent = min(self.left[arc] for arc in way)
        for arc in way:
            self.left[arc] -= sent
            self.left[arc ^ 1] += sent
        return sent

    def chains(self) -> list[tuple[int, list[int]]]:
        """Take the flow apart: units, and the payments that carried them."""
        found: list[tuple[int, list[int]]] = []
        while True:
            way, node, seen = [], self.source, {self.source: 0}
            while node != self.sink:
                arc = next((arc for arc in self.out[node] if not arc & 1 and self.left[arc ^ 1]), None)
                if arc is None:
                    return found
                way.append(arc)
                node = self.head[arc]
                if node in seen:
                    # Money that goes round among payments of one day: no part of what arrives.
                    self._take(way[seen[node] :])
                    way = way[: seen[node]]
                    seen = {self.source: 0} | {self.head[arc]: at + 1 for at, arc in enumerate(way)}
                    continue
                seen[node] = len(way)
            units = self._take(way)
            found.append((units, [arc // 2 for arc in way if arc < 2 * self.payments]))

    def _take(self, way: list[int]) -> int:
        units = min(self.left[arc ^ 1] for arc in way)
        for arc in way:
            self.left[arc ^ 1] -= units
        return units
