"""Payments: the single rows of ``PAID``, one table a currency, in exact whole units.

Amounts of two currencies never meet: each currency has a table of its own, counted in the smallest
decimal that its rows use (cents of EUR, satoshi of BTC) as whole numbers. Sums are exact and none of them
passes through a floating-point number.

A payment that a bank dates by the day alone may have been made at any time of that day: it *may follow*
another if its latest reading is not before the earliest reading of the other. What needs a time, an amount
and a currency cannot use rows that lack one: these are counted and said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.algorithms.records import Record, iso
from linkgraph.model import LinkKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkgraph.graph import Graph, Ints, Longs, Mask
    from linkgraph.model import Source

Units: TypeAlias = npt.NDArray[Any]
"""Whole numbers: int64, or Python's own where 64 bits are too few."""

_DECIMALS = (2, 3, 8, 18)
_HEADROOM = 2**63 // 10**6
"""Sums and shares of sums of so many units stay within 64 bits."""
_USABLE: dict[str, Callable[[pa.Table], pa.Array]] = {
    "without a time": lambda rows: pc.and_(pc.is_valid(rows["first_seen"]), pc.is_valid(rows["last_seen"])),
    "without an amount": lambda rows: pc.is_valid(rows["amount"]),
    "without a currency": lambda rows: pc.fill_null(pc.not_equal(rows["currency"], ""), fill_value=False),
    "of nothing or less": lambda rows: pc.greater(rows["amount"], Decimal(0)),
    "to the account itself": lambda rows: pc.not_equal(rows["source"], rows["target"]),
}
"""What a row must have; those that lack it are counted under its name."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, eq=False, slots=True)
class Payments:
    """The payments in one currency, in the order of :data:`~linkgraph.store.protocol.EVENTS`."""

    currency: str
    decimals: int
    payer: Ints
    """(m,) node the money comes from."""
    payee: Ints
    first: Longs
    """(m,) earliest reading of its time, µs since 1970."""
    last: Longs
    """(m,) latest reading."""
    units: Units
    """(m,) amount × 10^decimals, above 0."""
    file: Ints
    row: Longs
    maybe_twice: Mask
    """(m,) another file has a payment of the same day, payer, payee and amount: it may be the same one."""

    def __len__(self) -> int:
        return len(self.payer)

    def amount(self, units: int) -> Decimal:
        """Give units as an amount."""
        return Decimal(units).scaleb(-self.decimals)

    def total(self, payments: npt.NDArray[np.integer[Any]] | Sequence[int]) -> int:
        """Add up the units of some payments."""
        return sum(self.units[np.asarray(payments, np.int64)].tolist())

    def records(self, payments: Sequence[int], graph: Graph, sources: Sequence[Source]) -> list[Record]:
        """Write payments down, each with the file and row that states it."""
        return [
            {
                "source": sources[int(self.file[at])].sha256,
                "row": int(self.row[at]),
                "from": graph.ids[int(self.payer[at])],
                "to": graph.ids[int(self.payee[at])],
                "amount": text(self.amount(int(self.units[at]))),
                "currency": self.currency,
                "first_seen": iso(moment(int(self.first[at]))),
                "last_seen": iso(moment(int(self.last[at]))),
                "maybe_reported_twice": bool(self.maybe_twice[at]),
            }
            for at in payments
        ]

    def part(self, kept: Mask) -> Payments:
        """Give some of the payments, in the same order."""
        columns = ("payer", "payee", "first", "last", "units", "file", "row", "maybe_twice")
        return replace(self, **{name: getattr(self, name)[kept] for name in columns})


@dataclass(frozen=True, slots=True)
class Paid:
    """All payments of a case."""

    by_currency: Mapping[str, Payments]
    """In the order of the alphabet."""
    left_out: Mapping[str, int]
    """Why rows could not be used → how many."""

    def counts(self) -> dict[str, int]:
        """Give how many payments there are in each currency."""
        return {currency: len(payments) for currency, payments in self.by_currency.items()}


def paid(events: pa.Table) -> Paid:
    """Read the payments among the rows behind links, schema :data:`~linkgraph.store.protocol.EVENTS`."""
    rows = events.filter(pc.equal(events["kind"], LinkKind.PAID))
    left_out: dict[str, int] = {}
    for why, usable in _USABLE.items():
        before = rows.num_rows
        rows = rows.filter(usable(rows))
        if rows.num_rows < before:
            left_out[why] = before - rows.num_rows
    currencies = sorted(pc.unique(rows["currency"]).to_pylist())
    return Paid({one: _payments(one, rows.filter(pc.equal(rows["currency"], one))) for one in currencies}, left_out)


def text(amount: Decimal) -> str:
    """Write an amount plainly and exactly: ``12.5``, ``700``."""
    written = format(amount, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def microseconds(duration: timedelta) -> int:
    """Give a duration in microseconds."""
    return duration // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    """Give a time in microseconds since 1970 as a datetime in UTC."""
    return _EPOCH + timedelta(microseconds=at)


def _payments(currency: str, rows: pa.Table) -> Payments:
    units, decimals = _units(rows["amount"])
    first = rows["first_seen"].cast(pa.int64()).to_numpy()
    payer, payee = rows["source"].to_numpy(), rows["target"].to_numpy()
    file = rows["file"].to_numpy()
    return Payments(
        currency=currency,
        decimals=decimals,
        payer=payer,
        payee=payee,
        first=first,
        last=rows["last_seen"].cast(pa.int64()).to_numpy(),
        units=units,
        file=file,
        row=rows["row"].to_numpy(),
        maybe_twice=_maybe_twice(payer, payee, first, units, file),
    )


def _units(amounts: pa.ChunkedArray) -> tuple[Units, int]:
    """Give amounts as whole numbers, and how many decimals were moved; the fewest that lose nothing."""
    for decimals in _DECIMALS:
        try:
            exact = amounts.cast(pa.decimal128(38, decimals)).combine_chunks()
        except pa.ArrowInvalid:
            continue
        words = np.frombuffer(exact.buffers()[1], np.int64)[2 * exact.offset : 2 * (exact.offset + len(exact))]
        low, high = words[::2], words[1::2]
        if (high == 0).all() and (low >= 0).all() and (low.astype(np.uint64).max(initial=0) <= _HEADROOM):
            return low.copy(), decimals
        break
    else:
        decimals = _DECIMALS[-1]
    whole = [int(amount.scaleb(decimals)) for amount in amounts.to_pylist()]
    return np.array(whole, object), decimals


def _maybe_twice(payer: Ints, payee: Ints, first: Longs, units: Units, file: Ints) -> Mask:
    _, value = np.unique(units, return_inverse=True)
    day = first // microseconds(timedelta(days=1))
    order = np.lexsort((file, value, day, payee, payer))
    keys = np.stack([payer, payee, day, value])[:, order]
    new = np.ones(len(order), bool)
    new[1:] = (keys[:, 1:] != keys[:, :-1]).any(axis=0)
    group = np.cumsum(new) - 1
    spread = np.zeros(int(group[-1]) + 1 if len(group) else 0, np.int64)
    other = np.zeros(len(order), bool)
    other[1:] = ~new[1:] & (file[order][1:] != file[order][:-1])
    np.add.at(spread, group[other], 1)
    found = np.zeros(len(order), bool)
    found[order] = spread[group] > 0
    return found
