"""How often the answers of `activity` are right: home zones of simulated people, false alarms, planted changes.

    python bench/activity.py

Simulated people sleep eight hours; the middle of their sleep is normal about 4:15 with a deviation of 1 h 15 (the
shape of the distribution in Roenneberg et al. 2007), 40 minutes from day to day. They act in bursts while awake,
and now and then at night.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt

from linkgraph.algorithms.timing.change_points import change_points
from linkgraph.algorithms.timing.home_zone import home_zone

HOUR = 3_600_000_000
DRAW = np.random.RandomState(5)


def person(days: int, sessions: float, offset: int, middle: float) -> npt.NDArray[np.int64]:
    """Give the acts (microseconds) of somebody who lives `offset` hours east of UTC."""
    hours: list[float] = []
    for day in range(days):
        tonight = middle + DRAW.normal(0, 0.67)
        for hour in DRAW.uniform(0, 24, DRAW.poisson(sessions * 1.5)):
            if abs((hour - tonight + 12) % 24 - 12) > 4 or DRAW.uniform() < 0.02:
                begin = 24 * day + hour - offset
                hours += [begin, *(begin + DRAW.uniform(0, 1.5, DRAW.poisson(3)))]
    return np.sort(np.array(hours) * HOUR).astype(np.int64)


def home_zones() -> None:
    """Print how often the true offset is among the candidates, and how many there are."""
    print("days  sessions a day  verdicts                          true one among them  offsets (median)")
    for days, sessions in ((20, 2), (20, 4), (40, 3), (90, 3), (90, 8)):
        verdicts: Counter[str] = Counter()
        right, width = 0, []
        for _ in range(100):
            offset = int(DRAW.randint(-11, 13))
            found = home_zone(person(days, sessions, offset, DRAW.normal(4.25, 1.25)))
            verdicts[found.verdict] += 1
            if found.offsets:
                right += offset in found.offsets
                width.append(len(found.offsets))
        said = ", ".join(f"{what} {number}" for what, number in sorted(verdicts.items()))
        print(f"{days:4}  {sessions:14}  {said:32}  {right:4} of {len(width):3}         {np.median(width):8.0f}")


def false_alarms() -> None:
    """Print how often something is found in series without a change."""
    print("\nseries without a change     days  found in")
    kinds = {
        "Poisson, 3 a day": lambda days: DRAW.poisson(3, days),
        "bursty, 3.6 a day": lambda days: DRAW.negative_binomial(0.4, 0.1, days),
        "sparse, 1 in 3 days": lambda days: DRAW.poisson(0.33, days),
        "idle weekends": lambda days: DRAW.poisson(np.where(np.arange(days) % 7 > 4, 1, 5)),
    }
    for name, series in kinds.items():
        for days in (60, 365):
            found = sum(bool(change_points(series(days).astype(np.int64))) for _ in range(400))
            print(f"{name:26}  {days:4}  {found:3} of 400")


def changes() -> None:
    """Print how often a change in the middle of 120 days is found, and how far from where it is."""
    print("\nacts a day   found    days off (median)  in the range given")
    for before, after in ((2, 3), (2, 4), (2, 6), (10, 6)):
        found = [
            change_points(np.concatenate([DRAW.poisson(rate, 60) for rate in (before, after)])) for _ in range(100)
        ]
        hits = [one[0] for one in found if one]
        off = np.median([abs(one.at - 60) for one in hits])
        inside = sum(one.low <= 60 <= one.high for one in hits)
        print(f"{before:3} to {after:3}  {len(hits):3} of 100  {off:10.0f}         {inside:3} of {len(hits)}")


if __name__ == "__main__":
    home_zones()
    false_alarms()
    changes()
