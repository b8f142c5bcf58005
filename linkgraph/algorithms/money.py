"""Money: where it comes together, spreads, is passed on, comes back, and crosses a border in small sums.

Looked for in each currency by itself, over single payments (:mod:`linkgraph.algorithms.flow.payments`):

``fan_in``, ``fan_out``
    Many accounts pay one within a window; one pays many.
``gather_scatter``, ``scatter_gather``
    Many pay one who then pays many; one pays many go-betweens who pass it on to one
    (:mod:`linkgraph.algorithms.flow.fans`).
``many_to_many``
    Several pay the same several, in one layer or more (:mod:`linkgraph.algorithms.flow.many_to_many`).
``cycle``, ``chain``
    Money is passed on from account to account, each time a little less, and comes back, or does not
    (:mod:`linkgraph.algorithms.flow.passing`).
``small_cross_border``
    Many small payments over a border to one account from several: how streamed abuse is paid for
    (Brown, Napier & Smith 2020, *Trends & issues in crime and criminal justice* 589).

The shapes are those in which money is laundered in the literature (Altman et al. 2023, *NeurIPS*), and each
of them has an innocent double: a shop, a payroll, a landlord, a family that shares its bills. A pattern says
which rows have which shape by which thresholds, and nothing of why.

A victim's account is never the middle of a pattern and money is never followed through one. Victims may be
among those who pay or are paid: that is evidence about the account at the centre.

:mod:`linkgraph.algorithms.flow.traced` answers the other question: how much can have come from these accounts to
those.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from linkgraph.algorithms.flow.fans import Fan, Hourglass, Measure, fans, gather_scatter, many_small, scatter_gather
from linkgraph.algorithms.flow.holders import Holders, holders
from linkgraph.algorithms.flow.many_to_many import Mesh, many_to_many
from linkgraph.algorithms.flow.passing import Pairs, Walks, pairs, walks
from linkgraph.algorithms.flow.payments import Paid, Payments, microseconds, moment, paid, text
from linkgraph.algorithms.flow.thresholds import Thresholds, plain, thresholds
from linkgraph.algorithms.records import Record, frame, iso

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from linkgraph.graph import Graph, Mask
    from linkgraph.model import Source

PATTERNS = (
    "small_cross_border",
    "cycle",
    "many_to_many",
    "scatter_gather",
    "gather_scatter",
    "chain",
    "fan_in",
    "fan_out",
)
"""In the order they are listed: what chance makes least often comes first."""
MOST_LISTED = 200
"""Patterns of each kind in each currency that are listed; all are counted."""
MOST_ROWS = 500
"""Rows, and other accounts, that are listed of one pattern; all are counted."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Payments that have one of the shapes."""

    pattern: str
    currency: str
    accounts: tuple[int, ...]
    """Whom it is about: the one account; source and destination; or all in the order of the money."""
    others: tuple[int, ...]
    """The many, ascending."""
    payments: tuple[int, ...]
    """Positions in the payments of its currency."""
    amounts: Mapping[str, Decimal]
    """``in`` and ``out`` of the accounts it is about, ``carried`` from end to end."""
    reason: str

    @property
    def size(self) -> int:
        """How many accounts are on the many side, or payments in the row."""
        return len(self.others) or len(self.payments)


@dataclass(frozen=True, eq=False, slots=True)
class Money:
    """The patterns of payments of a case."""

    graph: Graph
    sources: Sequence[Source]
    holders: Holders
    paid: Paid
    thresholds: Thresholds
    patterns: tuple[Pattern, ...]
    """In the order of :data:`PATTERNS`, largest first."""
    found: Mapping[str, int]
    """How many of each were found, also where fewer are listed."""
    cut: tuple[Record, ...]
    """What was left out to bound the cost, and what can be missing for it."""

    def to_json(self) -> Record:
        """Give the stable form; amounts are text, exact, each in one currency."""
        return {
            "parameters": self.thresholds.to_json(),
            "payments": self.paid.counts(),
            "left_out": dict(self.paid.left_out),
            "found": dict(self.found),
            "patterns": [self._record(one) for one in self.patterns],
            "cut": list(self.cut),
        }

    def headline(self) -> str:
        """Give the answer in a sentence or two."""
        rows = sum(map(len, self.paid.by_currency.values()))
        if not rows:
            return "No payment with a time, an amount and a currency."
        said = ", ".join(f"{name.replace('_', '-')} {count:,}" for name, count in self.found.items() if count)
        currencies = ", ".join(self.paid.by_currency) if len(self.paid.by_currency) <= 5 else "many currencies"
        cut = " What was left out is listed." if self.cut else ""
        return f"{rows:,} payments in {currencies}: {said or 'no pattern'}.{cut}"

    def to_frame(self) -> pd.DataFrame:
        """Give one row a pattern."""
        rows = [
            record
            | {"accounts": [one["id"] for one in record["accounts"]], "amount": list(record["amounts"].values())[-1]}
            for record in map(self._record, self.patterns)
        ]
        columns = ("pattern", "currency", "accounts", "amount", "payments", "first_seen", "last_seen", "reason")
        return frame(rows, columns)

    def _record(self, one: Pattern) -> Record:
        payments = self.paid.by_currency[one.currency]
        rows = np.asarray(one.payments, np.int64)
        others = [self.holders.record(node) for node in one.others[:MOST_ROWS]]
        return {
            "pattern": one.pattern,
            "reason": one.reason,
            "currency": one.currency,
            "accounts": [self.holders.record(node) for node in one.accounts],
            "others": others,
            "others_in_all": len(one.others),
            "amounts": {name: text(amount) for name, amount in one.amounts.items()},
            "first_seen": iso(moment(int(payments.first[rows].min()))),
            "last_seen": iso(moment(int(payments.last[rows].max()))),
            "payments": len(rows),
            "maybe_reported_twice": int(payments.maybe_twice[rows].sum()),
            "rows": payments.records(one.payments[:MOST_ROWS], self.graph, self.sources),
        }


def money(graph: Graph, events: pa.Table, sources: Sequence[Source], by: Thresholds | None = None) -> Money:
    """Find the patterns of payments.

    Args:
        graph: the whole graph of the case.
        events: its rows behind ``PAID``, schema :data:`~linkgraph.store.protocol.EVENTS`.
        sources: its evidence files, in the order the events count them in.
        by: what counts as a pattern.
    """
    by = by or thresholds()
    every = paid(events)
    held = holders(graph)
    shielded = held.victims_accounts()
    patterns: list[Pattern] = []
    found: Counter[str] = Counter(dict.fromkeys(PATTERNS, 0))
    cut: list[Record] = []
    for currency, payments in every.by_currency.items():
        for one in _Search(graph, payments, by, shielded).patterns(cut):
            found[one[0]] += len(one[1])
            patterns += sorted(one[1], key=_rank)[:MOST_LISTED]
        if currency not in by.small:
            cut.append({"what": f"small payments in {currency}", "why": "no amount is set that counts as small"})
    for name in PATTERNS:
        listed = sum(one.pattern == name for one in patterns)
        if listed < found[name]:
            cut.append({"what": f"{name}: {listed:,} of {found[name]:,} are listed", "why": "the largest of each"})
    patterns.sort(key=lambda one: (PATTERNS.index(one.pattern), *_rank(one)))
    return Money(graph, sources, held, every, by, tuple(patterns), dict(found), tuple(cut))


class _Search:
    """The search of one currency."""

    def __init__(self, graph: Graph, payments: Payments, by: Thresholds, shielded: Mask) -> None:
        self.graph, self.payments, self.by, self.shielded = graph, payments, by, shielded
        self.window = microseconds(by.window)
        self.fan = Measure.of(payments, self.window, by.burst)
        self.days = f"{by.window_days} days"
        often = plain(by.burst)
        self.burst = f", {often} times or more what its dealings bring on average" if self.fan.compares else ""
        self.kept = f"{plain(100 * by.kept)} %"

    def patterns(self, cut: list[Record]) -> list[tuple[str, list[Pattern]]]:
        """Give each kind of pattern with all that were found; say in ``cut`` what was left out."""
        payments, by, n = self.payments, self.by, len(self.graph)
        passing = pairs(payments, self.window, by.kept, self.shielded)
        walked = walks(payments, passing, fewest=by.fewest_hops, most=by.most_hops, never=self.shielded)
        cut += self._cut(passing, walked)
        known = {row for cycle in walked.cycles for row in cycle}
        hourglasses = scatter_gather(payments, passing, self.window, by.gather, n)
        gathered = gather_scatter(payments, self.fan, by.gather, by.passed_on)
        meshes = many_to_many(payments, self.fan, by.gather)
        within = [set(one.payments) for one in meshes]
        hourglasses, gathered = (_not_within(found, within) for found in (hourglasses, gathered))
        fans_in = fans(payments, payments.payee, payments.payer, self.fan, by.fan)
        fans_out = fans(payments, payments.payer, payments.payee, self.fan, by.fan)
        return [
            ("small_cross_border", self._fans(self._small(), self._of_small)),
            ("cycle", [self._row("cycle", one) for one in walked.cycles]),
            ("many_to_many", [self._mesh(one) for one in meshes]),
            ("scatter_gather", self._hourglasses(hourglasses, "scatter_gather")),
            ("gather_scatter", self._hourglasses(gathered, "gather_scatter")),
            ("chain", [self._row("chain", one) for one in _own(walked.chains, known)]),
            ("fan_in", self._fans(fans_in, self._of_in)),
            ("fan_out", self._fans(fans_out, self._of_out)),
        ]

    def _cut(self, passing: Pairs, walked: Walks) -> list[Record]:
        said: list[Record] = []
        if len(self.payments) and not self.fan.compares:
            what = f"whether fans in {self.payments.currency} are bursts"
            said.append({"what": what, "why": "the period of its payments is too short to compare with"})
        if passing.passed_over:
            what = f"what these accounts passed on in {self.payments.currency}"
            ids = [self.graph.ids[node] for node in passing.passed_over]
            said.append({"what": what, "why": "they have too many payments to follow", "accounts": ids})
        if walked.longer:
            most = self.by.most_hops
            why = f"they are looked for up to {most} payments; {walked.longer:,} go on and are shown so far"
            said.append({"what": f"longer chains and cycles in {self.payments.currency}", "why": why})
        if walked.dropped:
            why = f"{walked.dropped:,} unfinished ones were given up because there were too many"
            said.append({"what": f"chains and cycles in {self.payments.currency}", "why": why})
        return said

    def _small(self) -> list[Fan]:
        most = self.by.small.get(self.payments.currency)
        if most is None:
            return []
        country = np.array([one or "" for one in self.graph.countries], object)
        ends = country[self.payments.payer], country[self.payments.payee]
        crosses = np.asarray((ends[0] != ends[1]) & (ends[0] != "") & (ends[1] != ""), bool)
        small = int(most.scaleb(self.payments.decimals))
        return many_small(self.payments, small, crosses, self.by.small_payments, self.by.small_payers)

    def _fans(self, found: Sequence[Fan], pattern: Callable[[Fan], Pattern]) -> list[Pattern]:
        return [pattern(one) for one in found if not self.shielded[one.centre]]

    def _of_in(self, one: Fan) -> Pattern:
        total = self._total(one.payments)
        reason = f"receives from {len(one.others):,} accounts, {self.by.fan} or more within {self.days}{self.burst}"
        return self._pattern("fan_in", (one.centre,), one.others, one.payments, {"in": total}, reason)

    def _of_out(self, one: Fan) -> Pattern:
        total = self._total(one.payments)
        reason = f"pays {len(one.others):,} accounts, {self.by.fan} or more within {self.days}{self.burst}"
        return self._pattern("fan_out", (one.centre,), one.others, one.payments, {"out": total}, reason)

    def _of_small(self, one: Fan) -> Pattern:
        countries = sorted({str(self.graph.countries[node]) for node in one.others})
        most = text(self.by.small[self.payments.currency])
        reason = (
            f"receives {len(one.payments):,} payments of at most {most} {self.payments.currency} from "
            f"{len(one.others):,} accounts of {', '.join(countries)} into {self.graph.countries[one.centre]} "
            "(countries as stated, by code or derived)"
        )
        total = self._total(one.payments)
        return self._pattern("small_cross_border", (one.centre,), one.others, one.payments, {"in": total}, reason)

    def _hourglasses(self, found: Sequence[Hourglass], name: str) -> list[Pattern]:
        return [self._hourglass(one, name) for one in found if not self.shielded[list(one.ends)].any()]

    def _hourglass(self, one: Hourglass, name: str) -> Pattern:
        into, out = self._total(one.into), self._total(one.out)
        payers = len(set(self.payments.payer[list(one.into)].tolist()))
        payees = len(set(self.payments.payee[list(one.out)].tolist()))
        if name == "gather_scatter":
            reason = (
                f"receives from {payers:,} accounts within {self.days} and then pays {payees:,} within "
                f"{self.days}{self.burst}"
            )
        else:
            reason = (
                f"pays {len(one.others):,} accounts, {self.by.gather} or more within {self.days}; each passes on at "
                f"least {self.kept} of a payment, within {self.days}, to the same account"
            )
        rows = tuple(sorted({*one.into, *one.out}))
        return self._pattern(
            name, one.ends, one.others, rows, {"in": into, "out": out, "carried": min(into, out)}, reason
        )

    def _mesh(self, one: Mesh) -> Pattern:
        reason = (
            f"{len(one.payers):,} accounts each pay {self.by.gather} or more of the same {len(one.payees):,} within "
            f"{self.days}, and each of these is paid by {self.by.gather} or more"
        )
        total = {"carried": self._total(one.payments)}
        others = tuple(sorted({*one.payers, *one.payees}))
        return self._pattern("many_to_many", (), others, one.payments, total, reason)

    def _row(self, name: str, rows: tuple[int, ...]) -> Pattern:
        accounts = tuple(int(self.payments.payer[row]) for row in rows)
        carried = self.payments.amount(int(self.payments.units[rows[-1]]))
        begun = self.payments.amount(int(self.payments.units[rows[0]]))
        how = f"each at least {self.kept} of and no more than the one before, and within {self.days} of it"
        if name == "chain":
            accounts += (int(self.payments.payee[rows[-1]]),)
            reason = f"is passed on {len(rows) - 1} times, {how}"
        else:
            reason = f"comes back to where it began after {len(rows)} payments, {how}"
        return self._pattern(name, accounts, (), rows, {"begun": begun, "carried": carried}, reason)

    def _total(self, rows: Sequence[int]) -> Decimal:
        return self.payments.amount(self.payments.total(rows))

    def _pattern(
        self,
        name: str,
        accounts: tuple[int, ...],
        others: tuple[int, ...],
        rows: tuple[int, ...],
        amounts: Mapping[str, Decimal],
        reason: str,
    ) -> Pattern:
        return Pattern(name, self.payments.currency, accounts, others, rows, amounts, reason)


def _not_within(found: Sequence[Hourglass], meshes: Sequence[set[int]]) -> list[Hourglass]:
    """Leave out what is but a part of a larger pattern."""
    return [one for one in found if not any(rows.issuperset({*one.into, *one.out}) for rows in meshes)]


def _own(chains: Sequence[tuple[int, ...]], known: set[int]) -> list[tuple[int, ...]]:
    """Give the longest chains, each with a payment that none before it has, nor any cycle."""
    kept = []
    shown = set(known)
    for one in sorted(chains, key=lambda rows: (-len(rows), rows)):
        if not shown.issuperset(one):
            kept.append(one)
            shown.update(one)
    return kept


def _rank(one: Pattern) -> tuple[int, str, tuple[int, ...], tuple[int, ...]]:
    return -one.size, one.currency, one.accounts, one.payments
