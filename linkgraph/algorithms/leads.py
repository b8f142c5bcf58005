"""Leads: whom to look at first, and why, in points that anyone can add up.

A ranking without a model behind it: the terms and their weights are in ``leads.toml`` beside this file, or in
a unit's own; every term is listed with its value, weight, points, reason and the links behind it, also where it
is 0, and the score is exactly the sum of the points. It orders work; it is no statement about anybody's guilt.

Before the score goes the *tier*: whoever is in contact with a victim and was so lately (active access) comes
first, then whoever was in contact with a victim at any time, then all others. So no amount of reach puts
anybody before a victim at risk. Inside a tier points decide, not one term after another: strict order by the
first term would let one more contact outweigh all else, and points with their weights can be discussed.

Only accounts, payment accounts and persons can be leads, never a victim, nor what is a victim's alone, and never
a police cover.
Counts are scaled as ``ln(1 + x) / ln(1 + largest x among the candidates)``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from linkgraph.algorithms.communities import Communities, communities
from linkgraph.algorithms.lead_weights import Weights, weights
from linkgraph.algorithms.measures.betweenness import node_betweenness
from linkgraph.algorithms.records import Record, frame, node_record
from linkgraph.model import EntityKind, Role

if TYPE_CHECKING:
    import pandas as pd

    from linkgraph.algorithms.measures.centrality import Centrality
    from linkgraph.graph import Floats, Graph, Ints, Longs, Mask

CAN_BE_LEADS = frozenset({EntityKind.ACCOUNT, EntityKind.PAYMENT_ACCOUNT, EntityKind.PERSON})
NEVER_LEADS = (Role.VICTIM, Role.POLICE_COVER)
MOST_EVIDENCE = 50
"""Links behind one term that are listed; all are counted."""
TIERS = {
    1: "contact with a victim, lately: active access",
    2: "contact with a victim",
    3: "no contact with a victim in this case",
}
_MICROSECOND = timedelta(microseconds=1)
_UNSEEN = np.iinfo(np.int64).min


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
    links: tuple[int, ...]
    """Rows of the link table behind it, ascending; none for betweenness, which rests on the whole network."""


@dataclass(frozen=True, slots=True)
class Lead:
    """One entity with its terms."""

    node: int
    tier: int
    """One of :data:`TIERS`."""
    terms: tuple[Term, ...]

    @property
    def score(self) -> float:
        """Sum of the points."""
        return sum(term.points for term in self.terms)


@dataclass(frozen=True, eq=False, slots=True)
class Leads:
    """The first of all candidates: by tier, then the highest score, then by id."""

    graph: Graph
    weights: Weights
    leads: tuple[Lead, ...]

    def to_json(self) -> list[Record]:
        """Give the stable form."""
        return [
            {
                **node_record(self.graph, lead.node),
                "score": lead.score,
                "tier": lead.tier,
                "tier_means": TIERS[lead.tier],
                "weights_sha256": self.weights.sha256,
                "terms": [
                    {
                        "term": term.term,
                        "value": term.value,
                        "weight": term.weight,
                        "points": term.points,
                        "reason": term.reason,
                        "links": self.graph.links["id"]
                        .take(pa.array(term.links[:MOST_EVIDENCE], pa.int64()))
                        .to_pylist(),
                        "links_in_all": len(term.links),
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
        """Give one row a lead: id, kind, label, tier, score, the points of each term, and the reasons."""
        records = [
            {
                **node_record(self.graph, lead.node),
                "tier": lead.tier,
                "score": lead.score,
                **{term.term: term.points for term in lead.terms},
                "reasons": [term.reason for term in lead.terms if term.points],
            }
            for lead in self.leads
        ]
        return frame(records, ("id", "kind", "label", "tier", "score", *self.weights.points, "reasons"))


def leads(
    graph: Graph,
    *,
    top: int = 20,
    by: Weights | None = None,
    measures: Centrality | None = None,
    groups: Communities | None = None,
) -> Leads:
    """Find whom to look at first.

    Args:
        graph: the whole graph of the case.
        top: how many to give; whoever scores nothing is left out.
        by: the weights; those that ship with this version if not given.
        measures: of this graph, where they were taken already.
        groups: the communities of this graph, where they are known already.
    """
    by = by or weights()
    candidates = np.flatnonzero(graph.of_kind(CAN_BE_LEADS) & ~graph.with_role(*NEVER_LEADS) & ~_of_victims(graph))
    facts = _facts(graph, measures, groups)
    values = _values(facts, candidates, by)
    points = {term: np.round(4.0 * values[term] * most) / 4.0 for term, most in by.points.items()}
    scores = sum(points.values(), np.zeros(len(candidates)))
    tiers = _tiers(facts, candidates, by)
    best = [place for place in np.lexsort((-scores, tiers)).tolist() if scores[place] > 0][:top]
    found = []
    for place in best:
        node = int(candidates[place])
        behind = _behind(graph, facts, node)
        terms = tuple(
            Term(
                term,
                float(values[term][place]),
                float(most),
                float(points[term][place]),
                _reason(term, graph, facts, node),
                behind[term],
            )
            for term, most in by.points.items()
        )
        found.append(Lead(node, int(tiers[place]), terms))
    return Leads(graph, by, tuple(found))


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
    membership: Ints
    """Community of each node; −1 for none."""


def _facts(graph: Graph, measures: Centrality | None, groups: Communities | None) -> _Facts:
    node = np.repeat(np.arange(len(graph)), graph.degree)
    beside = graph.indices
    links = np.flatnonzero(graph.pair_of_link >= 0)
    when = graph.links["last_seen"].cast(pa.int64()).fill_null(_UNSEEN).to_numpy()[links]
    ends = np.concatenate([graph.source[links], graph.target[links]])
    others = np.concatenate([graph.target[links], graph.source[links]])
    times = np.concatenate([when, when])
    to_victim = graph.victims[others]
    membership = (groups or communities(graph)).membership
    if measures is not None:
        betweenness, sampled = measures.betweenness, measures.betweenness_sampled
    else:
        between = node_betweenness(graph)
        betweenness, sampled = between.values, between.sampled
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
        betweenness=betweenness,
        betweenness_sampled=sampled,
        communities=_others(graph, node, membership.astype(np.int64)),
        membership=membership,
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


def _of_victims(graph: Graph) -> Mask:
    """Tell of each node (n,) whether it is a victim's alone: her bank account is no lead either."""
    theirs = np.zeros(len(graph), bool)
    theirs[[graph.index[entity] for entity in graph.substitutes if entity in graph.index]] = True
    return theirs


def _tiers(facts: _Facts, candidates: Longs, by: Weights) -> Ints:
    """Give the tier of each candidate; see :data:`TIERS`."""
    seen = facts.victim_seen[candidates]
    lately = (seen != _UNSEEN) & (facts.newest - np.where(seen == _UNSEEN, 0, seen) <= by.access / _MICROSECOND)
    return np.where(facts.victims[candidates] == 0, 3, np.where(lately, 1, 2)).astype(np.int32)


def _behind(graph: Graph, facts: _Facts, node: int) -> Mapping[str, tuple[int, ...]]:
    """Give the links behind each term of one candidate."""
    links = np.flatnonzero(((graph.source == node) | (graph.target == node)) & (graph.pair_of_link >= 0))
    others = graph.source[links] + graph.target[links] - node
    seen = graph.links["last_seen"].take(pa.array(links)).cast(pa.int64()).fill_null(_UNSEEN).to_numpy()
    victims = graph.victims[others]
    country = np.array([graph.countries[other] or "" for other in others.tolist()], object)
    kind = np.array([graph.kinds[other] for other in others.tolist()], str)
    own = graph.countries[node]
    foreign = np.asarray((country != "") & (country != own), bool)
    group = facts.membership[others]

    def rows(chosen: Mask) -> tuple[int, ...]:
        return tuple(links[chosen].tolist())

    return {
        "victims": rows(victims),
        "victim_recency": rows(victims & (seen == facts.victim_seen[node]) & (seen != _UNSEEN)),
        "activity": rows((seen == facts.seen[node]) & (seen != _UNSEEN)),
        "accounts": rows(np.isin(kind, sorted(CAN_BE_LEADS))),
        "files": rows(kind == str(EntityKind.FILE_HASH)),
        "countries": rows(foreign),
        "betweenness": (),
        "communities": rows((group >= 0) & (group != facts.membership[node])),
    }


def _values(facts: _Facts, candidates: Longs, by: Weights) -> dict[str, Floats]:
    values = {
        "victims": 1.0 - 0.5 ** facts.victims[candidates],
        "victim_recency": _recency(facts.victim_seen[candidates], facts.newest, by),
        "activity": _recency(facts.seen[candidates], facts.newest, by),
        "accounts": _scaled(facts.accounts[candidates]),
        "files": _scaled(facts.files[candidates]),
        "countries": _scaled(facts.countries[candidates]),
        "betweenness": _share(np.round(facts.betweenness[candidates], 12)),
        "communities": _scaled(facts.communities[candidates]),
    }
    return {term: np.round(value, 4) for term, value in values.items()}


def _recency(seen: Longs, newest: int, by: Weights) -> Floats:
    """Halve with every half-life before the newest observation; 0 where no time is known."""
    known = seen != _UNSEEN
    age = np.where(known, newest - np.where(known, seen, newest), 0)
    return np.where(known, 0.5 ** (age / (by.half_life / _MICROSECOND)), 0.0)


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
        estimate = f" (estimated from {source:,} of them)" if source else ""
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
