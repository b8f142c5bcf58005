"""Payments for tests: a graph, its events and sources from plain rows; and laundering planted among daily life."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
from networks import tables
from store import batches

from linkgraph.graph import Graph
from linkgraph.model import EntityKind, LinkKind, Source
from linkgraph.store.protocol import EVENTS

START = datetime(2026, 1, 1, tzinfo=UTC)


def source(number: int) -> Source:
    return batches.source("0", sha256=f"{number:064x}", name=f"{number}.csv", kind="payments")


def paid(
    rows: list[tuple], *, holds: tuple[tuple[str, str], ...] = (), roles=None, countries=None
) -> tuple[Graph, pa.Table, list[Source]]:
    """Make a case of (payer, payee, hours or None, amount or None[, currency[, file[, hours it may last]]]) rows.

    Rows are numbered from 2 in the order given; the events come in the order of the store.
    """
    kinds = {name: EntityKind.PAYMENT_ACCOUNT for row in rows for name in row[:2]}
    kinds |= {account: EntityKind.PAYMENT_ACCOUNT for _, account in holds}
    links = [(row[0], row[1], {"kind": LinkKind.PAID}) for row in rows]
    links += [(who, account, {"kind": LinkKind.HOLDS}) for who, account in holds]
    graph = Graph.of(*tables(links, kinds=kinds, roles=roles, countries=countries))
    node = {value: at for at, value in enumerate(graph.entities["value"].to_pylist())}
    events = []
    for number, (payer, payee, hours, amount, *more) in enumerate(rows, 2):
        currency, file, lasts = (*more, *("EUR", 0, 0)[len(more) :])
        seen = None if hours is None else START + timedelta(hours=hours)
        events.append(
            {
                "kind": LinkKind.PAID,
                "source": node[payer],
                "target": node[payee],
                "first_seen": seen,
                "last_seen": seen and seen + timedelta(hours=lasts),
                "utc_offset": 0,
                "amount": None if amount is None else Decimal(str(amount)),
                "currency": currency,
                "file": file,
                "row": number,
            }
        )
    late = START + timedelta(days=36500)
    events.sort(key=lambda one: (one["first_seen"] or late, one["source"], one["target"], one["file"], one["row"]))
    return graph, pa.Table.from_pylist(events, schema=EVENTS), [source(0), source(1)]


@dataclass(frozen=True)
class Planted:
    """One scheme: its name, whom it is about, and its rows."""

    pattern: str
    rows: tuple[tuple, ...]


SCHEMES = (
    "fan_out",
    "fan_in",
    "gather_scatter",
    "scatter_gather",
    "cycle",
    "random",
    "bipartite",
    "stack",
)
"""The eight of Altman et al. 2023."""


def daily_life(draw: random.Random, people: int, days: int, each: int) -> list[tuple]:
    """Make payments of people to few friends, to a landlord and to popular shops; wages from employers."""
    rows = []
    shops = [f"shop{number}" for number in range(people // 20 + 1)]
    for person in range(people):
        friends = [draw.randrange(people) for _ in range(4)]
        landlord = f"landlord{draw.randrange(people // 10 + 1)}"
        for month in range(days // 30):
            rows.append((f"p{person}", landlord, month * 720 + draw.uniform(0, 72), 400 + draw.randrange(900)))
            rows.append((f"employer{person % 23}", f"p{person}", month * 720 + 600 + draw.random(), 1500))
        for _ in range(each):
            when, amount = draw.uniform(0, days * 24), f"{draw.lognormvariate(3.5, 1):.2f}"
            if draw.random() < 0.6:
                to = shops[min(int(draw.paretovariate(1.0)) - 1, len(shops) - 1)]
            else:
                to = f"p{draw.choice(friends)}"
            if to != f"p{person}":
                rows.append((f"p{person}", to, when, max(Decimal(amount), Decimal("0.01"))))
    return rows


def scheme(draw: random.Random, name: str, mark: str, days: int, size: int = 6) -> Planted:
    """Make one scheme of accounts of its own among which money moves within days, each keeping 1 to 8 %."""
    begin = draw.uniform(0, (days - 20) * 24)
    amount = draw.randrange(2000, 9000)

    def account(part: str, number: int = 0) -> str:
        return f"{mark}-{part}{number}"

    def less(value: Decimal | float) -> Decimal:
        return (Decimal(value) * Decimal(f"{draw.uniform(0.92, 0.99):.4f}")).quantize(Decimal("0.01"))

    def soon(hours: float, most: float = 48) -> float:
        return hours + draw.uniform(1, most)

    rows: list[tuple] = []
    many = range(size)
    if name == "fan_out":
        rows = [(account("hub"), account("to", one), soon(begin, 200), amount) for one in many]
    elif name == "fan_in":
        rows = [(account("from", one), account("hub"), soon(begin, 200), amount) for one in many]
    elif name == "gather_scatter":
        rows = [(account("from", one), account("hub"), soon(begin, 100), amount) for one in many]
        rows += [(account("hub"), account("to", one), soon(begin + 100, 100), less(amount)) for one in many]
    elif name == "scatter_gather":
        for one in many:
            first, sent = soon(begin, 100), less(amount)
            rows.append((account("hub"), account("mid", one), first, sent))
            rows.append((account("mid", one), account("end"), soon(first), less(sent)))
    elif name in {"cycle", "random"}:
        when, sent = begin, Decimal(amount)
        for one in many:
            last = name == "cycle" and one == size - 1
            when, sent = soon(when), less(sent)
            rows.append((account("in", one), account("in", 0 if last else one + 1), when, sent))
    else:
        layers = 2 if name == "bipartite" else 3
        for layer in range(layers - 1):
            for one in range(4):
                for other in range(4):
                    paid_ = account(f"layer{layer}-", one), account(f"layer{layer + 1}-", other)
                    rows.append((*paid_, soon(begin + layer * 100, 90), less(amount)))
    return Planted(name, tuple(rows))
