"""Fans: many accounts that pay one, one that pays many, and what is put together from both.

The shapes are those of Altman et al. 2023 (*Realistic Synthetic Financial Transactions for Anti-Money
Laundering Models*, NeurIPS), who took them from Suzumura & Kanezashi's AMLSim: fan-in, fan-out,
gather-scatter, scatter-gather. Each is counted in distinct accounts inside a moving window of time, so that
a shop's customers of a year are no fan of one week. Windows that qualify and overlap are one pattern.

A window counts only where it is a *burst*: where it holds at least so many times the accounts that the same
account's payments, spread evenly over the whole period, would bring into one window. So a shop or a person who
deals with many all the time is no fan. A period too short to compare with does without.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from linkgraph.algorithms.flow.passing import Pairs
    from linkgraph.algorithms.flow.payments import Payments
    from linkgraph.graph import Ints, Longs, Mask


@dataclass(frozen=True, slots=True)
class Fan:
    """One account and many on the other side."""

    centre: int
    others: tuple[int, ...]
    """Ascending."""
    payments: tuple[int, ...]
    """Ascending: in the order of time."""


@dataclass(frozen=True, slots=True)
class Hourglass:
    """Many on one side, many on the other, and what is between."""

    ends: tuple[int, ...]
    """The account in the middle of gather-scatter; source and destination of scatter-gather."""
    others: tuple[int, ...]
    """Ascending: the accounts around the middle, or the go-betweens."""
    into: tuple[int, ...]
    """Payments into the middle, ascending."""
    out: tuple[int, ...]
    """Payments out of it, ascending."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What makes a window a fan."""

    window: int
    """µs."""
    burst: Fraction
    """How many times as many accounts as an even spread would bring."""
    span: int
    """The whole period, µs."""

    @classmethod
    def of(cls, payments: Payments, window: int, burst: Fraction) -> Measure:
        """Measure by the period of some payments."""
        span = int(payments.first.max() - payments.first.min()) if len(payments) else 0
        return cls(window, burst, span)

    @property
    def compares(self) -> bool:
        """Whether the period is long enough to tell a burst from what is always so."""
        return self.span >= self.burst * self.window

    def needed(self, fewest: int, times: Sequence[int], others: Sequence[int]) -> int:
        """Give how many accounts a window must hold.

        Args:
            fewest: in any case.
            times: of all payments of the account on this side, ascending.
            others: with whom, at each time. Whoever comes on k occasions, a window or more apart, is expected in
                one window with probability k × window ÷ span, at most 1.
        """
        if not self.compares:
            return fewest
        newest: dict[int, int] = {}
        occasions: Counter[int] = Counter()
        for time, other in zip(times, others, strict=True):
            if other not in newest or time > newest[other] + self.window:
                newest[other] = time
                occasions[other] += 1
        expected = sum(min(self.span, count * self.window) for count in occasions.values())
        return max(fewest, math.ceil(self.burst * expected / self.span))


def fans(payments: Payments, centre: Ints, other: Ints, by: Measure, fewest: int) -> list[Fan]:
    """Find accounts that deal with many others within a window.

    Args:
        payments: of one currency.
        centre: (m,) the side that is one; ``payments.payee`` for fan-in.
        other: (m,) the side that is many.
        by: what makes a window a fan.
        fewest: distinct others.
    """
    found = []
    for one, rows in grouped(centre, _with_many(centre, other, fewest)):
        times, names = payments.first[rows].tolist(), other[rows].tolist()
        for start, end in episodes(times, names, by.window, by.needed(fewest, times, names)):
            found.append(Fan(one, tuple(sorted(set(names[start:end]))), tuple(rows[start:end].tolist())))
    return found


def many_small(payments: Payments, small: int, crosses: Mask, fewest: int, payers: int) -> list[Fan]:
    """Find receivers of many small payments over a border, over the whole time of the case.

    Args:
        payments: of one currency.
        small: most units that count as small.
        crosses: (m,) whether payer and payee are of two countries.
        fewest: payments.
        payers: distinct payers.
    """
    counted = np.flatnonzero(crosses & np.asarray(payments.units <= small, bool))
    found = []
    for one, places in grouped(payments.payee[counted], np.arange(len(counted))):
        rows = counted[places]
        others = set(payments.payer[rows].tolist())
        if len(rows) >= fewest and len(others) >= payers:
            found.append(Fan(one, tuple(sorted(others)), tuple(rows.tolist())))
    return found


def gather_scatter(payments: Payments, by: Measure, fewest: int, passed_on: Fraction) -> list[Hourglass]:
    """Find accounts that many pay within a window and that then pay many within a window.

    The turn from one to the other is where both sides are widest. What goes out is at least a share of
    what came in: an account that keeps the money gathers and does not scatter.
    """
    into = set(payments.payee[_with_many(payments.payee, payments.payer, fewest)].tolist())
    out = _with_many(payments.payer, payments.payee, fewest)
    paying = dict(grouped(payments.payer, out[np.isin(payments.payer[out], sorted(into))]))
    receiving = dict(grouped(payments.payee, np.flatnonzero(np.isin(payments.payee, sorted(paying)))))
    found = []
    for centre, outgoing in paying.items():
        for rows_in, rows_out in _turns(payments, receiving[centre], outgoing, by, fewest):
            came, went = payments.total(rows_in), payments.total(rows_out)
            if went * passed_on.denominator >= came * passed_on.numerator:
                others = set(payments.payer[rows_in].tolist()) | set(payments.payee[rows_out].tolist())
                found.append(
                    Hourglass((centre,), tuple(sorted(others)), tuple(rows_in.tolist()), tuple(rows_out.tolist()))
                )
    return found


def scatter_gather(payments: Payments, pairs: Pairs, window: int, fewest: int, n: int) -> list[Hourglass]:
    """Find a source that pays many go-betweens who each pass it on to one destination.

    Args:
        payments: of one currency.
        pairs: which payments may pass on which.
        window: within which the source pays the go-betweens, µs.
        fewest: distinct go-betweens.
        n: nodes of the graph.
    """
    source, middle = payments.payer[pairs.before], payments.payee[pairs.before]
    destination = payments.payee[pairs.after]
    key = source.astype(np.int64) * n + destination
    counted = _with_many(key, middle, fewest)
    counted = counted[source[counted] != destination[counted]]
    found = []
    for one, places in grouped(key, counted):
        names = middle[places].tolist()
        for start, end in episodes(payments.first[pairs.before[places]].tolist(), names, window, fewest):
            at = places[start:end]
            found.append(
                Hourglass(
                    divmod(one, n),
                    tuple(sorted(set(names[start:end]))),
                    tuple(np.unique(pairs.before[at]).tolist()),
                    tuple(np.unique(pairs.after[at]).tolist()),
                )
            )
    return found


def episodes(times: list[int], others: list[int], window: int, fewest: int) -> list[tuple[int, int]]:
    """Give the ranges in which windows hold enough distinct others, overlapping windows joined.

    Args:
        times: ascending.
        others: who, at each time.
        window: longest time from the first to the last.
        fewest: distinct others.
    """
    inside: dict[int, int] = {}
    found: list[tuple[int, int]] = []
    start = 0
    for end, (time, other) in enumerate(zip(times, others, strict=True)):
        inside[other] = inside.get(other, 0) + 1
        while times[start] < time - window:
            _leave(inside, others[start])
            start += 1
        if len(inside) >= fewest:
            if found and start < found[-1][1]:
                found[-1] = found[-1][0], end + 1
            else:
                found.append((start, end + 1))
    return found


def grouped(key: Ints | Longs, rows: Longs) -> Iterator[tuple[int, Longs]]:
    """Give each value of the key among some rows, ascending, and its rows in the order they had."""
    order = rows[np.argsort(key[rows], kind="stable")]
    values, first = np.unique(key[order], return_index=True)
    yield from zip(values.tolist(), np.split(order, first[1:]), strict=True) if len(values) else ()


def _with_many(key: Ints | Longs, other: Ints, fewest: int) -> Longs:
    """Give the rows whose key has enough distinct others, ascending."""
    if not len(key):
        return np.empty(0, np.int64)
    order = np.lexsort((other, key))
    new = np.ones(len(order), bool)
    new[1:] = (key[order][1:] != key[order][:-1]) | (other[order][1:] != other[order][:-1])
    values, place = np.unique(key, return_inverse=True)
    return np.flatnonzero(np.bincount(place[order[new]], minlength=len(values))[place] >= fewest)


def _turns(
    payments: Payments, incoming: Longs, outgoing: Longs, by: Measure, fewest: int
) -> Iterator[tuple[Longs, Longs]]:
    """Give payments in and out around each turn of one account, the widest turn first; no payment twice."""
    incoming = incoming[np.argsort(payments.first[incoming], kind="stable")]
    outgoing = outgoing[np.argsort(payments.last[outgoing], kind="stable")]
    came, went = payments.first[incoming], payments.last[outgoing]
    turns = np.unique(went)
    in_low, in_high = np.searchsorted(came, turns - by.window), np.searchsorted(came, turns, side="right")
    out_low, out_high = np.searchsorted(went, turns), np.searchsorted(went, turns + by.window, side="right")
    payers, payees = payments.payer[incoming].tolist(), payments.payee[outgoing].tolist()
    wide_in = _distinct(payers, in_low.tolist(), in_high.tolist())
    wide_out = _distinct(payees, out_low.tolist(), out_high.tolist())
    wide = wide_in >= by.needed(fewest, came.tolist(), payers)
    wide &= wide_out >= by.needed(fewest, went.tolist(), payees)
    width = np.where(wide, np.minimum(wide_in, wide_out), 0)
    used: set[int] = set()
    for turn in np.argsort(-width, kind="stable").tolist():
        if not width[turn]:
            return
        rows_in = np.sort(incoming[in_low[turn] : in_high[turn]])
        rows_out = np.sort(outgoing[out_low[turn] : out_high[turn]])
        rows = {*rows_in.tolist(), *rows_out.tolist()}
        if used.isdisjoint(rows):
            used |= rows
            yield rows_in, rows_out


def _distinct(others: list[int], low: list[int], high: list[int]) -> Longs:
    """Count the distinct others in each range; both ends of the ranges only grow."""
    inside: dict[int, int] = {}
    counts = np.empty(len(low), np.int64)
    start = end = 0
    for place, (first, last) in enumerate(zip(low, high, strict=True)):
        for at in range(end, last):
            inside[others[at]] = inside.get(others[at], 0) + 1
        for at in range(start, first):
            _leave(inside, others[at])
        start, end = first, max(end, last)
        counts[place] = len(inside)
    return counts


def _leave(inside: dict[int, int], other: int) -> None:
    inside[other] -= 1
    if not inside[other]:
        del inside[other]
