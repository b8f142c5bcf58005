"""Traced money: how much can have come from some accounts to others, and by which rows.

The figures are those of :mod:`linkgraph.algorithms.flow.flows`, in each currency by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from linkgraph.algorithms.flow.flows import Flow, flow
from linkgraph.algorithms.flow.holders import Holders, holders
from linkgraph.algorithms.flow.payments import Paid, microseconds, moment, paid, text
from linkgraph.algorithms.flow.thresholds import thresholds
from linkgraph.algorithms.records import Record, frame, iso
from linkgraph.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from linkgraph.algorithms.flow.payments import Payments
    from linkgraph.graph import Graph
    from linkgraph.model import Source

MOST_LISTED = 500
"""Chains of each currency that are listed; all are counted."""


@dataclass(frozen=True, eq=False, slots=True)
class Traced:
    """What can have come from some accounts to others."""

    graph: Graph
    sources: Sequence[Source]
    holders: Holders
    paid: Paid
    start: tuple[int, ...]
    end: tuple[int, ...]
    window_days: int
    flows: Mapping[str, Flow]
    """In the order of the alphabet, each currency in which anything can have come through."""
    passed_over: tuple[int, ...]
    """Accounts with too many payments to follow, ascending."""
    complete: bool
    """False where the search of a currency was cut."""

    def to_json(self) -> Record:
        """Give the stable form."""
        return {
            "parameters": {"window_days": self.window_days},
            "from": [self.holders.record(node) for node in self.start],
            "to": [self.holders.record(node) for node in self.end],
            "payments": self.paid.counts(),
            "left_out": dict(self.paid.left_out),
            "flows": [self._flow(currency, found) for currency, found in self.flows.items()],
            "cut": self._cut(),
        }

    def headline(self) -> str:
        """Give the answer in a sentence."""
        if not self.flows:
            return "By these rows no money can have come from the one to the other."
        most = "up to" if self.complete and not self.passed_over else "at least"
        amounts = " and ".join(
            f"{most} {text(self.paid.by_currency[one].amount(found.units))} {one}" for one, found in self.flows.items()
        )
        return f"By these rows {amounts} can have come from the one to the other."

    def to_frame(self) -> pd.DataFrame:
        """Give one row a payment of each chain."""
        rows = [
            {"chain": place, "carried": chain["amount"], **row}
            for one in self.to_json()["flows"]
            for place, chain in enumerate(one["chains"])
            for row in chain["rows"]
        ]
        columns = ("currency", "chain", "carried", "from", "to", "amount", "first_seen", "last_seen", "source", "row")
        return frame(rows, columns)

    def _flow(self, currency: str, found: Flow) -> Record:
        payments = self.paid.by_currency[currency]
        return {
            "currency": currency,
            "amount": text(payments.amount(found.units)),
            "chains_in_all": len(found.chains),
            "labels": {self.graph.ids[node]: self.graph.labels[node] for node in self._nodes(payments, found)},
            "chains": [
                {
                    "amount": text(payments.amount(units)),
                    "first_seen": iso(moment(int(payments.first[rows[0]]))),
                    "last_seen": iso(moment(int(payments.last[rows[-1]]))),
                    "rows": payments.records(rows, self.graph, self.sources),
                }
                for units, rows in found.chains[:MOST_LISTED]
            ],
        }

    def _nodes(self, payments: Payments, found: Flow) -> list[int]:
        """Give the accounts of the chains that are listed, ascending."""
        rows = [row for _, chain in found.chains[:MOST_LISTED] for row in chain]
        return sorted({*payments.payer[rows].tolist(), *payments.payee[rows].tolist()})

    def _cut(self) -> list[Record]:
        said: list[Record] = []
        if self.passed_over:
            ids = [self.graph.ids[node] for node in self.passed_over]
            why = "they have too many payments to follow; the amounts are a lower bound"
            said.append({"what": "money through these accounts", "why": why, "accounts": ids})
        if not self.complete:
            said.append({"what": "the search", "why": "it was stopped; the amounts are a lower bound"})
        return said


def traced(
    graph: Graph, events: pa.Table, sources: Sequence[Source], start: int, end: int, *, window_days: int | None = None
) -> Traced:
    """Find how much can have come from one to another, and by which rows.

    Args:
        graph: the whole graph of the case.
        events: its rows behind ``PAID``, schema :data:`~linkgraph.store.protocol.EVENTS`.
        sources: its evidence files, in the order the events count them in.
        start: node: a payment account, or whoever holds some.
        end: node, likewise.
        window_days: how long money rests at most in an account on the way; as in ``money.toml`` if not given.

    Raises:
        UsageError: one of the two has no payment account, or both have the same.
    """
    days = window_days or thresholds().window_days
    held = holders(graph)
    first, last = held.accounts_of(start), held.accounts_of(end)
    if set(first) & set(last):
        raise UsageError("Both are, or hold, the same payment account: name two that differ.")
    every = paid(events)
    shielded = held.victims_accounts()
    window = microseconds(timedelta(days=days))
    flows = {name: flow(one, first, last, window, shielded) for name, one in every.by_currency.items()}
    return Traced(
        graph=graph,
        sources=sources,
        holders=held,
        paid=every,
        start=first,
        end=last,
        window_days=days,
        flows={name: one for name, one in flows.items() if one.units},
        passed_over=tuple(sorted({account for one in flows.values() for account in one.passed_over})),
        complete=all(one.complete for one in flows.values()),
    )
