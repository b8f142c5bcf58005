"""Leads: whom to look at first, and why, in points that anyone can add up.

A first ranking without a model behind it: the terms and their weights are in ``leads.toml`` beside
this file, every term is listed with its value, weight, points and reason, also where it is 0, and
the score is exactly the sum of the points. It orders work; it is no statement about anybody's guilt.

Only accounts, payment accounts and persons can be leads, never a victim and never a police cover.
Counts are scaled as ``ln(1 + x) / ln(1 + largest x among the candidates)``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from linkgraph.algorithms.betweenness import node_betweenness
from linkgraph.algorithms.communities import communities
from linkgraph.algorithms.records import Record, frame, node_record
from linkgraph.model import EntityKind, Role

if TYPE_CHECKING:
    import pandas as pd

    from linkgraph.graph import Floats, Graph, Ints, Longs

CAN_BE_LEADS = frozenset({EntityKind.ACCOUNT, EntityKind.PAYMENT_ACCOUNT, EntityKind.PERSON})
NEVER_LEADS = (Role.VICTIM, Role.POLICE_COVER)
_UNSEEN = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class Weights:
    """The table of ``leads.toml``."""

    half_life: timedelta
    points: dict[str, float]
    """Most points of each term, in the order they are listed."""


@dataclass(frozen=True, slots=True)
class Term:
    """One reason and what it counts."""

    term: str
    value: float
    """From 0 to 1, to four decimals."""
    weight: float
    points: float
    """``value × weight`` to the nearest quarter: quarters add up exactly."""
    reason: str


@dataclass(frozen=True, slots=True)
class Lead:
    """One entity with its terms."""

    node: int
    terms: tuple[Term, ...]

    @property
    def score(self) -> float:
        """Sum of the points."""
        return sum(term.points for term in self.terms)


@dataclass(frozen=True, eq=False, slots=True)
class Leads:
    """The highest scores, highest first; equal scores go by id."""

    graph: Graph
    leads: tuple[Lead, ...]

    def to_json(self) -> list[Record]:
        """Give the stable form."""
        return [
            {
                **node_record(self.graph, lead.node),
                "score": lead.score,
                "terms": [
                    {
                        "term": term.term,
                        "value": term.value,
                        "weight": term.weight,
                        "points": term.points,
                        "reason": term.reason,
                    }
                    for term in lead.terms
                ],
            }
            for lead in self.leads
        ]

    def headline(self) -> str:
        """Give the answer in a sentence."""
        if not self.leads:
            return "Nobody can be a lead."
        return (
            "Look first at: "
            + ", ".join(f"{self.graph.labels[one.node]} ({one.score:g})" for one in self.leads[:3])
            + "."
        )

    def to_frame(self) -> pd.DataFrame:
        """Give one row a lead: id, kind, label, score, the points of each term, and the reasons."""
        records = [
            {
                **node_record(self.graph, lead.node),
                "score": lead.score,
                **{term.term: term.points for term in lead.terms},
                "reasons": [term.reason for term in lead.terms if term.points],
            }
            for lead in self.leads
        ]
        return frame(records, ("id", "kind", "label", "score", *weights().points, "reasons"))


@cache
def weights() -> Weights:
    """Read the weights that ship with this version."""
    table = tomllib.loads(resources.files("linkgraph.algorithms").joinpath("leads.toml").read_text("utf-8"))
    return Weights(timedelta(days=table["half_life_days"]), table["weights"])


def leads(graph: Graph, *, top: int = 20) -> Leads:
    """Find whom to look at first.

    Args:
        graph: the whole graph of the case.
        top: how many to give; whoever scores nothing is left out.
    """
    candidates = np.flatnonzero(graph.of_kind(CAN_BE_LEADS) & ~graph.with_role(*NEVER_LEADS))
    facts = _facts(graph)
    values = _values(facts, candidates)
    table = weights()
    points = {term: np.round(4.0 * values[term] * table.points[term]) / 4.0 for term in table.points}
    scores = sum(points.values(), np.zeros(len(candidates)))
    best = [place for place in np.argsort(-scores, kind="stable")[:top].tolist() if scores[place] > 0]
    return Leads(
        graph,
        tuple(
            Lead(
                int(candidates[place]),
                tuple(
                    Term(
                        term,
                        float(values[term][place]),
                        float(table.points[term]),
                        float(points[term][place]),
                        _reason(term, graph, facts, int(candidates[place])),
                    )
                    for term in table.points
                ),
            )
            for place in best
        ),
    )


@dataclass(frozen=True, eq=False, slots=True)
class _Facts:
    """What the terms rest on, each (n,)."""

    victims: Ints
    victim_seen: Longs
    """Newest contact with a victim, µs since 1970; the least number where there is no time."""
    seen: Longs
    """Newest link, as above."""
    newest: int
    """Newest observation of the case, as above."""
    accounts: Ints
    files: Ints
    countries: Ints
    betweenness: Floats
    betweenness_sampled: int | None
    communities: Ints


def _facts(graph: Graph) -> _Facts:
    node = np.repeat(np.arange(len(graph)), graph.degree)
    beside = graph.indices
    links = np.flatnonzero(graph.pair_of_link >= 0)
    when = graph.links["last_seen"].cast(pa.int64()).fill_null(_UNSEEN).to_numpy()[links]
    ends = np.concatenate([graph.source[links], graph.target[links]])
    others = np.concatenate([graph.target[links], graph.source[links]])
    times = np.concatenate([when, when])
    to_victim = graph.victims[others]
    between = node_betweenness(graph)
    names = sorted({one for one in graph.countries if one})
    code = {name: place for place, name in enumerate(names)}
    country = np.fromiter((code[one] if one else -1 for one in graph.countries), np.int64, len(graph))
    return _Facts(
        victims=_count(graph, node[graph.victims[beside]]),
        victim_seen=_newest(graph, ends[to_victim], times[to_victim]),
        seen=_newest(graph, ends, times),
        newest=int(times.max(initial=_UNSEEN)),
        accounts=_count(graph, node[graph.of_kind(CAN_BE_LEADS)[beside]]),
        files=_count(graph, node[graph.of_kind([EntityKind.FILE_HASH])[beside]]),
        countries=_others(graph, node, country),
        betweenness=between.values,
        betweenness_sampled=between.sampled,
        communities=_others(graph, node, communities(graph).membership.astype(np.int64)),
    )


def _count(graph: Graph, nodes: Longs) -> Ints:
    return np.bincount(nodes, minlength=len(graph)).astype(np.int32)


def _newest(graph: Graph, nodes: Ints, times: Longs) -> Longs:
    newest = np.full(len(graph), _UNSEEN, np.int64)
    np.maximum.at(newest, nodes, times)
    return newest


def _others(graph: Graph, node: Longs, group: Longs) -> Ints:
    """Count for each node the distinct groups of its neighbours other than its own; −1 is no group."""
    of_neighbour = group[graph.indices]
    foreign = (of_neighbour >= 0) & (of_neighbour != group[node])
    width = int(group.max(initial=0)) + 1
    return _count(graph, np.unique(node[foreign] * width + of_neighbour[foreign]) // width)


def _values(facts: _Facts, candidates: Longs) -> dict[str, Floats]:
    values = {
        "victims": 1.0 - 0.5 ** facts.victims[candidates],
        "victim_recency": _recency(facts.victim_seen[candidates], facts.newest),
        "activity": _recency(facts.seen[candidates], facts.newest),
        "accounts": _scaled(facts.accounts[candidates]),
        "files": _scaled(facts.files[candidates]),
        "countries": _scaled(facts.countries[candidates]),
        "betweenness": _share(np.round(facts.betweenness[candidates], 12)),
        "communities": _scaled(facts.communities[candidates]),
    }
    return {term: np.round(value, 4) for term, value in values.items()}


def _recency(seen: Longs, newest: int) -> Floats:
    """Halve with every half-life before the newest observation; 0 where no time is known."""
    known = seen != _UNSEEN
    age = np.where(known, newest - np.where(known, seen, newest), 0)
    return np.where(known, 0.5 ** (age / (weights().half_life / timedelta(microseconds=1))), 0.0)


def _scaled(counts: Ints) -> Floats:
    return _share(np.log1p(counts.astype(np.float64)))


def _share(values: Floats) -> Floats:
    most = float(values.max(initial=0.0))
    return values / most if most > 0 else np.zeros(len(values))


def _reason(term: str, graph: Graph, facts: _Facts, node: int) -> str:
    if term == "victims":
        beside = graph.neighbours(node)
        met = [graph.labels[other] for other in beside[graph.victims[beside]].tolist()]
        return f"direct contact with {_counted(len(met), 'victim')}{_named(met)}"
    if term == "victim_recency":
        return _ago("newest contact with a victim", int(facts.victim_seen[node]), facts)
    if term == "activity":
        return _ago("newest activity", int(facts.seen[node]), facts)
    if term == "accounts":
        linked = _counted(int(facts.accounts[node]), "account or person", "accounts or persons")
        return f"directly linked to {linked}"
    if term == "files":
        return f"shared {_counted(int(facts.files[node]), 'file')}"
    if term == "countries":
        other = _counted(int(facts.countries[node]), "other country", "other countries")
        return f"direct links to entities of {other} (as stated, registered or derived)"
    if term == "betweenness":
        share = 100 * float(facts.betweenness[node])
        said = f"{share:.0f} %" if share >= 1 or share == 0 else "under 1 %"
        source = facts.betweenness_sampled
        estimate = f" (estimated from {source} start points a component)" if source else ""
        return f"lies on {said} of the shortest paths between others{estimate}"
    other = _counted(int(facts.communities[node]), "other community", "other communities")
    return f"direct links into {other}"


def _ago(what: str, seen: int, facts: _Facts) -> str:
    if seen == _UNSEEN:
        return f"{what}: none with a known time"
    days = (facts.newest - seen) / (timedelta(days=1) / timedelta(microseconds=1))
    return f"{what} {days:.1f} days before the newest observation of the case"


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count or 'no'} {one if count == 1 else many or one + 's'}"


def _named(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - 5} more" if len(labels) > 5 else ""
    return f" ({', '.join(labels[:5])}{more})" if labels else ""
