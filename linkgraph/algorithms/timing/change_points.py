"""Change points: days from which on there is more, or less, than before.

Narrowest-over-threshold search (Baranowski, Chen & Fryzlewicz 2019, *Journal of the Royal Statistical Society*
B 81, 649) over seeded intervals (Kovács, Bühlmann, Li & Munk 2023, *Biometrika* 110, 249): in each interval of a
fixed set the best split is judged by the likelihood of two Poisson rates against one. The threshold is that
of the same days in another order: 199 times they are shuffled, and the largest value anywhere in a shuffled
series is passed by 1 in 100. So in a series whose days differ by chance alone, however bursty single days are,
anything at all is found in 1 of 100: that is the rate of false alarms. Of the intervals above the threshold
the narrowest is taken, then those that do not hold its split, and so on; each split is then placed best
between its neighbours.

The exact search by PELT (Killick, Fearnhead & Eckley 2012) is not used: its penalty supposes that days are
Poisson, and in logs they are not.

What it cannot know: whether *people* changed or the *evidence* did. A return that begins in March makes March
a change. The answer says where a file begins or ends at the change.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from linkgraph.graph import Floats, Longs

ALPHA = 0.01
"""Probability of a false alarm in a whole series."""
SHUFFLES = 199
SHORTEST = 7
"""Bins that lie on either side of a split at least: a week of days."""
LEAST_BINS, LEAST_ACTS = 28, 20
MOST_BINS = 1096
"""A longer series is looked at in bins of several days."""
SEED = 1
_LIKELY = 3.68
"""Log likelihood below the best within which a split may lie. A likelihood that walks away from the true split rises by
x on neither side with probability (1 − exp(−x))² or more: 0.95 here (Siegmund 1988, *International Statistical
Review* 56, 31)."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change; bins count from 0."""

    at: int
    """First bin of the new rate."""
    low: int
    high: int
    """Bins between which the first one lies (95 %, from the likelihood, widened by how bursty the bins are)."""
    before: float
    after: float
    """Acts a bin, from the change before and to the change after."""
    p: float
    """Probability that a series without change has anything as marked."""


def change_points(counts: Longs) -> tuple[Change, ...] | None:
    """Find the changes of a series of counts, in order of time; None where it is too short to say anything."""
    length = len(counts)
    if length < LEAST_BINS or counts.sum() < LEAST_ACTS:
        return None
    intervals = seeded(length)
    draw = np.random.RandomState(SEED)  # the same evidence gives the same draws
    shuffled = np.stack([draw.permutation(counts) for _ in range(SHUFFLES)])
    highest = np.zeros(SHUFFLES)
    found: list[tuple[int, int, int, float]] = []
    series = _sums(np.concatenate([counts[None, :], shuffled]))
    for low, high in intervals:
        gains = _gains(series, low, high)
        np.maximum(highest, gains[1:].max(axis=1), out=highest)
        found.append((low, high, low + SHORTEST + int(gains[0].argmax()), float(gains[0].max())))
    threshold = float(np.sort(highest)[-floor(ALPHA * (SHUFFLES + 1))])
    splits: dict[int, float] = {}
    above = sorted((one for one in found if one[3] > threshold), key=lambda one: (one[1] - one[0], -one[3], one[0]))
    while above:
        _, _, split, gain = above[0]
        splits[split] = (1 + int(np.count_nonzero(highest >= gain))) / (SHUFFLES + 1)
        above = [one for one in above if not one[0] < split < one[1]]
    return _placed(series[:1], splits, length)


def seeded(length: int) -> list[tuple[int, int]]:
    """Give intervals (from, to) of ever smaller size that overlap, the whole first."""
    found: dict[tuple[int, int], None] = {}
    layer = 0
    while (size := length * sqrt(0.5) ** layer) >= 2 * SHORTEST:
        number = 2 * ceil(sqrt(2.0) ** layer) - 1
        step = (length - size) / (number - 1) if number > 1 else 0.0
        for place in range(number):
            found[floor(place * step), min(length, ceil(place * step + size))] = None
        layer += 1
    return list(found)


def _sums(series: Longs) -> Longs:
    return np.concatenate([np.zeros((len(series), 1), np.int64), np.cumsum(series, axis=1)], axis=1)


def _gains(sums: Longs, low: int, high: int) -> Floats:
    """Give what two rates gain over one in log likelihood, for each split of an interval (b, splits)."""
    split = np.arange(low + SHORTEST, high - SHORTEST + 1)
    left, right = sums[:, split] - sums[:, [low]], sums[:, [high]] - sums[:, split]
    return np.asarray(
        _term(left, split - low) + _term(right, high - split) - _term(left + right, np.full(len(split), high - low)),
        np.float64,
    )


def _term(count: Longs, bins: Longs) -> Floats:
    return np.asarray(count * np.log(np.maximum(count, 1e-300) / bins), np.float64)


def _placed(sums: Longs, splits: dict[int, float], length: int) -> tuple[Change, ...]:
    """Place each split best between its neighbours, and say how well it is placed."""
    order = sorted(splits)
    edges = [0, *order, length]
    rate = np.repeat(np.diff(sums[0, edges]) / np.diff(edges), np.diff(edges))
    counts = np.diff(sums[0])
    spread = np.square(counts - rate)[rate > 0] / rate[rate > 0]
    bursty = max(1.0, float(spread.sum()) / max(1, length - len(order) - 1))
    changes = []
    for place, split in enumerate(order):
        low, high = edges[place], edges[place + 2]
        gains = _gains(sums, low, high)[0]
        likely = low + SHORTEST + np.flatnonzero(gains >= gains.max() - _LIKELY * bursty)
        best = low + SHORTEST + int(gains.argmax())
        changes.append((best, int(likely[0]), int(likely[-1]), splits[split]))
    starts = [0, *(one[0] for one in changes), length]
    rates = np.diff(sums[0, starts]) / np.maximum(1, np.diff(starts))
    return tuple(
        Change(at, low, high, float(rates[place]), float(rates[place + 1]), p)
        for place, (at, low, high, p) in enumerate(changes)
    )
