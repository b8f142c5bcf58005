"""Thresholds: what counts as a pattern of payments, in a reviewed file that a unit can replace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cache
from pathlib import Path

from linkgraph.algorithms import reviewed
from linkgraph.algorithms.flow.payments import text
from linkgraph.algorithms.records import Record
from linkgraph.errors import UsageError

_FILE = "money.toml"
_WHOLE = ("window_days", "fan", "gather", "fewest_hops", "most_hops", "small_payments", "small_payers")
_SHARES = ("kept", "passed_on")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What counts as a pattern; the table of ``money.toml``, which says what each means."""

    window_days: int
    fan: int
    gather: int
    burst: Fraction
    kept: Fraction
    passed_on: Fraction
    fewest_hops: int
    most_hops: int
    small_payments: int
    small_payers: int
    small: Mapping[str, Decimal]
    """Most that counts as small, by currency."""
    sha256: str
    """Of the file they were read from."""

    @property
    def window(self) -> timedelta:
        """Longest time of a fan, and longest that money rests."""
        return timedelta(days=self.window_days)

    def to_json(self) -> Record:
        """Give the thresholds as they are recorded in the answer."""
        return {
            **{key: getattr(self, key) for key in _WHOLE},
            **{key: plain(getattr(self, key)) for key in ("burst", *_SHARES)},
            "small": {currency: text(most) for currency, most in sorted(self.small.items())},
            "thresholds_sha256": self.sha256,
        }


@cache
def thresholds() -> Thresholds:
    """Read the thresholds that ship with this version."""
    return _checked(reviewed.shipped(_FILE))


def thresholds_from(path: Path) -> Thresholds:
    """Read a unit's own thresholds.

    Raises:
        UsageError: the file is not as ``money.toml`` is.
    """
    return _checked(reviewed.own(path))


def plain(share: Fraction) -> str:
    """Write a share as a decimal number: ``0.8``."""
    return text(Decimal(share.numerator) / Decimal(share.denominator))


def _checked(read: reviewed.Table) -> Thresholds:
    table, name = read.content, read.name
    known = {*_WHOLE, *_SHARES, "burst", "small"}
    for key in sorted(known ^ set(table)):
        raise UsageError(f"{name}: '{key}' {'is missing' if key in known else 'is no threshold'}.")
    whole = {key: _whole(table[key], key, name) for key in _WHOLE}
    shares = {key: _ratio(table[key], key, name, most=1) for key in _SHARES}
    if whole["most_hops"] < whole["fewest_hops"]:
        raise UsageError(f"{name}: most_hops must not be less than fewest_hops.")
    return Thresholds(
        window_days=whole["window_days"],
        fan=whole["fan"],
        gather=whole["gather"],
        burst=_ratio(table["burst"], "burst", name, most=1000),
        kept=shares["kept"],
        passed_on=shares["passed_on"],
        fewest_hops=whole["fewest_hops"],
        most_hops=whole["most_hops"],
        small_payments=whole["small_payments"],
        small_payers=whole["small_payers"],
        small=_amounts(table["small"], name),
        sha256=read.sha256,
    )


def _whole(value: object, key: str, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 10_000:
        raise UsageError(f"{name}: {key} must be a whole number from 1 to 10,000, not {value!r}.")
    return value


def _ratio(value: object, key: str, name: str, *, most: int) -> Fraction:
    try:
        ratio = Fraction(value) if isinstance(value, str) else Fraction(0)
    except (ValueError, ZeroDivisionError):
        ratio = Fraction(0)
    if not 0 < ratio <= most or ratio.denominator > 1000:
        raise UsageError(f'{name}: {key} must be a number above 0 and up to {most} as text ("0.8"), not {value!r}.')
    return ratio


def _amounts(table: object, name: str) -> dict[str, Decimal]:
    try:
        amounts = {str(currency): Decimal(most) for currency, most in dict(table).items()}  # type: ignore[call-overload] # checked by trying
    except (TypeError, ValueError, InvalidOperation):
        amounts = {"": Decimal(0)}
    if not all(amount.is_finite() and amount > 0 for amount in amounts.values()):
        raise UsageError(f'{name}: [small] must name amounts above 0 as text, such as EUR = "250".')
    return amounts
