"""The weights of leads: a reviewed table that a unit can replace by its own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from linkgraph.algorithms import reviewed
from linkgraph.errors import UsageError

TERMS = ("victims", "victim_recency", "activity", "accounts", "files", "countries", "betweenness", "communities")
"""What a lead can have points for."""
_FILE = "leads.toml"
_DAYS = ("half_life_days", "access_days")


@dataclass(frozen=True, slots=True)
class Weights:
    """The table of ``leads.toml``, which says what each value means."""

    half_life: timedelta
    access: timedelta
    """A contact with a victim this recent is active access."""
    points: Mapping[str, float]
    """Most points of each term, in the order they are listed."""
    sha256: str
    """Of the file they were read from."""


@cache
def weights() -> Weights:
    """Read the weights that ship with this version."""
    return _checked(reviewed.shipped(_FILE))


def weights_from(path: Path) -> Weights:
    """Read a unit's own weights.

    Raises:
        UsageError: the file is not as ``leads.toml`` is.
    """
    return _checked(reviewed.own(path))


def _checked(read: reviewed.Table) -> Weights:
    table, name = read.content, read.name
    points = table.get("weights")
    if not isinstance(points, dict):
        raise UsageError(f"{name}: the table [weights] is missing.")
    _compare({*_DAYS, "weights"}, set(table), name)
    _compare(set(TERMS), set(points), f"{name}, [weights]")
    days = {key: _number(table[key], key, name) for key in _DAYS}
    for key, value in days.items():
        if not 0 < value <= 36_500:
            raise UsageError(f"{name}: {key} must be above 0 and at most 36,500, not {value:g}.")
    weighed = {term: _number(points[term], term, name) for term in points}
    for term, value in weighed.items():
        if value < 0 or 4 * value != int(4 * value):
            raise UsageError(f"{name}: {term} must be 0 or more, in quarter points, not {value:g}.")
    if sum(weighed.values()) != 100:
        raise UsageError(f"{name}: the weights must add up to 100, not {sum(weighed.values()):g}.")
    return Weights(
        half_life=timedelta(days=days["half_life_days"]),
        access=timedelta(days=days["access_days"]),
        points=weighed,
        sha256=read.sha256,
    )


def _compare(known: set[str], found: set[str], where: str) -> None:
    for key in sorted(known ^ found):
        raise UsageError(f"{where}: '{key}' {'is missing' if key in known else 'is not known'}.")


def _number(value: object, key: str, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UsageError(f"{name}: {key} must be a number, not {value!r}.")
    return float(value)
