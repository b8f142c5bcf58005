"""Home zone: at which offsets from UTC somebody may live who sleeps when acts are fewest.

What users do at which hour places crowds in time zones (La Morgia, Mei, Raponi & Stefa 2018, *ICDCS*,
"Time-zone geolocation of crowds in the Dark Web"). For one account a profile of a crowd is too much to assume,
so this rests on sleep alone, and gives every offset that is not ruled out, never one:

1. An hour of a day with an act counts once, so that a long session does not outvote many days.
2. *Is there a daily rhythm?* The best quiet stretch of 5 to 9 hours is found by likelihood (two Poisson rates,
   inside and outside) and compared with what remains when every day is turned by a random number of hours,
   which keeps each day's session together (199 turns; at most 1 in 100 without rhythm passes).
3. *Where may its middle be?* Days are drawn again with replacement (Efron 1979), 400 times; every middle that is
   the best in at least 1 % of the draws is kept, with all that tie: long empty stretches make the answer wide.
4. An offset is a candidate if it puts such a middle between 2 and 7 o'clock. In the Munich Chronotype
   Questionnaire, about 95 of 100 have the middle of their sleep there on free days (Roenneberg et al. 2007,
   *Sleep Medicine Reviews* 11, 429).

Night work, shared accounts, programs that act at set hours and a change of home make it wrong; a VPN does
not. Summer time widens it by an hour. Whole hours alone are listed; zones of half and quarter hours lie between.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from linkgraph.algorithms.timing.acts import HOUR

if TYPE_CHECKING:
    from linkgraph.graph import Floats, Longs, Mask

LEAST_DAYS, LEAST_HOURS = 14, 60
"""Days with an act, and hours with one, below which nothing is said."""
WIDTHS = range(5, 10)
"""Hours that a quiet stretch may have."""
ASLEEP = (2.0, 7.0)
"""Local hours between which the middle of sleep lies."""
OFFSETS = range(-12, 15)
"""Hours east of UTC that are in use."""
DRAWS, TURNS = 400, 199
RHYTHM = 0.01
"""Largest probability, without any rhythm, at which a rhythm is believed."""
KEPT = 0.01
"""Share of the draws from which on a middle is kept."""
SEED = 1
_MIDDLES = 48


@dataclass(frozen=True, slots=True)
class HomeZone:
    """What the quiet hours say, and with what certainty."""

    verdict: str
    """``candidates``, ``too few acts`` or ``no daily rhythm``."""
    days: int
    """UTC days with an act."""
    hours: int
    """Hours of these days with an act."""
    p: float | None
    """Probability of a stretch as quiet if there were no rhythm; None where it was not asked."""
    quiet: tuple[int, int] | None
    """Hours UTC from and to which acts are fewest; the middle of it is not the only one possible."""
    offsets: tuple[int, ...]
    """Hours east of UTC that cannot be told apart."""


def home_zone(moment: Longs) -> HomeZone:
    """Judge acts (microseconds since 1970 UTC, each with a known hour)."""
    cells = np.unique(moment // HOUR)
    day, at = np.unique(cells // 24, return_inverse=True)
    hour = (cells % 24).astype(np.int64)
    if len(day) < LEAST_DAYS or len(cells) < LEAST_HOURS:
        return HomeZone("too few acts", len(day), len(cells), None, None, ())
    # The stream of RandomState is the same in every release, that of newer generators is not.
    draw = np.random.RandomState(SEED)  # the same evidence gives the same draws
    observed = np.bincount(hour, minlength=24)[None, :]
    gain = _gain(observed)[0]
    turned = np.stack(
        [np.bincount((hour + draw.randint(0, 24, len(day))[at]) % 24, minlength=24) for _ in range(TURNS)]
    )
    p = (1 + np.count_nonzero(_gain(turned).max(axis=(1, 2)) >= gain.max())) / (TURNS + 1)
    if p > RHYTHM:
        return HomeZone("no daily rhythm", len(day), len(cells), float(p), None, ())
    by_day = np.zeros((len(day), 24))
    by_day[at, hour] = 1.0
    drawn = np.stack([np.bincount(draw.randint(0, len(day), len(day)), minlength=len(day)) for _ in range(DRAWS)])
    middles = _middles(_gain(observed)).any(axis=0) | (_middles(_gain(drawn @ by_day)).mean(axis=0) >= KEPT)
    width, start = np.unravel_index(int(gain.argmax()), gain.shape)
    quiet = int(start), int(start + WIDTHS[int(width)]) % 24
    return HomeZone("candidates", len(day), len(cells), float(p), quiet, candidates(middles))


def candidates(middles: Mask) -> tuple[int, ...]:
    """Give the offsets that put one of some middles (48 half hours UTC) where people sleep."""
    utc = np.flatnonzero(middles) / 2
    return tuple(
        offset for offset in OFFSETS if (((utc + offset) % 24 >= ASLEEP[0]) & ((utc + offset) % 24 <= ASLEEP[1])).any()
    )


def _gain(counts: Longs | Floats) -> Floats:
    """Give the log likelihood gained by each quiet stretch (b, widths, starts) over one rate for all hours."""
    total = counts.sum(axis=1)[:, None].astype(np.float64)
    sums = np.cumsum(np.concatenate([np.zeros((len(counts), 1)), counts, counts], axis=1), axis=1)
    gains = []
    for width in WIDTHS:
        inside = sums[:, width : width + 24] - sums[:, :24]
        outside = total - inside
        gain = _term(inside, width) + _term(outside, 24 - width) - _term(total, 24)
        gains.append(np.where(inside / width < outside / (24 - width), gain, 0.0))
    return np.stack(gains, axis=1)


def _term(count: Floats, hours: int) -> Floats:
    return np.asarray(count * np.log(np.maximum(count, 1e-300) / hours), np.float64)


def _middles(gain: Floats) -> Mask:
    """Tell of each draw (b, 48) at which half hours UTC the middle of a best stretch lies."""
    best = (gain >= gain.max(axis=(1, 2), keepdims=True) - 1e-9) & (gain > 0)
    found = np.zeros((len(gain), _MIDDLES), bool)
    for place, width in enumerate(WIDTHS):
        found[:, (2 * np.arange(24) + width) % _MIDDLES] |= best[:, place]
    return found
