"""Passing on: which payment can have been made with the money of which, and the chains and cycles of that.

Payment *q* passes on payment *p* if the payee of *p* pays *q*, *q* may follow *p* in time and comes at most a
window after it, and its amount is at most that of *p* and at least a stated share of it: what a go-between
keeps is a commission. Chains and cycles are walks along such pairs in which no account comes twice
(time-respecting cycles: Kumar & Calders 2018, *VLDB* 11, 1441; Blanuša, Ienne & Atasu 2022, *SPAA*).

The walk is breadth first over whole arrays. Its cost is bounded twice, by the number of pairs and by the
number of unfinished walks at each step; what was left out for that is part of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from linkgraph.algorithms.flow.payments import Payments, Units
    from linkgraph.graph import Ints, Longs, Mask

MOST_PAIRS = 5_000_000
"""Pairs of payments that are compared; the busiest accounts are passed over until it is no more."""
MOST_WALKS = 500_000
"""Unfinished walks that are kept at each step."""


@dataclass(frozen=True, eq=False, slots=True)
class Pairs:
    """Payments that may pass on others."""

    before: Longs
    """(k,) ascending."""
    after: Longs
    """(k,) ascending for each ``before``."""
    passed_over: tuple[int, ...]
    """Accounts with too many payments to follow, busiest first."""


@dataclass(frozen=True, eq=False, slots=True)
class Walks:
    """Chains and cycles, each as positions of payments in the order they were made."""

    cycles: tuple[tuple[int, ...], ...]
    chains: tuple[tuple[int, ...], ...]
    longer: int
    """Chains that go on after the most hops."""
    dropped: int
    """Unfinished walks that were given up because there were too many."""


def following(payments: Payments, window: int) -> tuple[Longs, Longs, Longs]:
    """Give, for each payment (m,), the range of those its payee made within the window after it.

    Returns:
        An order of the payments (m,), and for each payment the first and the last + 1 position in it.
    """
    order = np.lexsort((payments.last, payments.payer))
    times = np.unique(payments.last)
    width = len(times) + 1
    key = payments.payer[order].astype(np.int64) * width + np.searchsorted(times, payments.last[order])
    account = payments.payee.astype(np.int64) * width
    low = np.searchsorted(key, account + np.searchsorted(times, payments.first, side="left"))
    high = np.searchsorted(key, account + np.searchsorted(times, payments.last + window, side="right"))
    return order, low.astype(np.int64), np.maximum(low, high).astype(np.int64)


def expand(low: Longs, high: Longs) -> tuple[Longs, Longs]:
    """Give each position of many ranges: the number of its range, and the position."""
    count = high - low
    which = np.repeat(np.arange(len(low), dtype=np.int64), count)
    before = np.cumsum(count) - count
    return which, np.arange(count.sum(), dtype=np.int64) - before[which] + low[which]


def pairs(payments: Payments, window: int, kept: Fraction, never: Mask) -> Pairs:
    """Find which payments may pass on which.

    Args:
        payments: of one currency.
        window: how long money rests at most, in µs.
        kept: least share of the amount that is passed on.
        never: (n,) accounts the walk never reaches.
    """
    order, low, high = following(payments, window)
    high = np.where(never[payments.payee], low, high)
    high, passed_over = bounded(payments.payee, low, high)
    before, at = expand(low, high)
    after = order[at]
    before_units, after_units = payments.units[before], payments.units[after]
    fits = (after_units <= before_units) & _at_least(after_units, before_units, kept)
    fits &= (before != after) & ~never[payments.payee[after]]
    before, after = before[fits], after[fits]
    sorted_ = np.lexsort((after, before))
    return Pairs(before[sorted_], after[sorted_], passed_over)


def walks(payments: Payments, found: Pairs, *, fewest: int, most: int, never: Mask) -> Walks:
    """Walk along the pairs.

    Args:
        payments: of one currency.
        found: which pass on which.
        fewest: payments of the shortest chain or cycle that counts.
        most: payments of the longest that is looked for.
        never: (n,) accounts that no cycle starts from.
    """
    m = len(payments)
    indptr = np.searchsorted(found.before, np.arange(m + 1))
    starts = np.ones(m, bool)
    starts[found.after] = False
    walk: npt.NDArray[np.int64] = np.arange(m, dtype=np.int64)[np.diff(indptr) > 0, None]
    cycles: dict[frozenset[int], tuple[int, ...]] = {}
    chains: list[tuple[int, ...]] = []
    longer = dropped = 0
    while len(walk):
        end = walk[:, -1]
        which, at = expand(indptr[end], indptr[end + 1])
        payee = payments.payee[found.after[at]]
        closes = payee == payments.payer[walk[which, 0]]
        revisits = np.zeros(len(which), bool)
        for step in range(walk.shape[1]):
            revisits |= payee == payments.payee[walk[which, step]]
        goes_on = np.zeros(len(walk), bool)
        goes_on[which[~revisits]] = True
        if walk.shape[1] >= fewest:
            chains += map(tuple, walk[~goes_on & starts[walk[:, 0]]].tolist())
        if walk.shape[1] == most:
            ended = goes_on & starts[walk[:, 0]]
            longer += int(ended.sum())
            chains += map(tuple, walk[ended].tolist())
            break
        grown = np.column_stack([walk[which], found.after[at]])
        closed = grown[closes & ~revisits & ~never[payments.payer[walk[which, 0]]]]
        if grown.shape[1] >= fewest:
            for one in closed.tolist():
                cycles.setdefault(frozenset(one), tuple(one))
        walk = grown[~closes & ~revisits]
        dropped += max(0, len(walk) - MOST_WALKS)
        walk = walk[:MOST_WALKS]
    return Walks(tuple(cycles.values()), tuple(chains), longer, dropped)


def _at_least(after: Units, before: Units, share: Fraction) -> Mask:
    return np.asarray(after * share.denominator >= before * share.numerator, bool)


def bounded(middle: Ints, low: Longs, high: Longs) -> tuple[Longs, tuple[int, ...]]:
    """Empty the ranges of the busiest accounts until there are at most :data:`MOST_PAIRS` pairs."""
    count = high - low
    if count.sum() <= MOST_PAIRS:
        return high, ()
    work = np.bincount(middle, weights=count).astype(np.int64)
    busiest = np.lexsort((np.arange(len(work)), -work))
    left = count.sum() - np.cumsum(work[busiest])
    over = busiest[: int(np.argmax(left <= MOST_PAIRS)) + 1]
    return np.where(np.isin(middle, over), low, high), tuple(over.tolist())
