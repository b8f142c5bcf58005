"""Cross-border links: where the network leaves a country, and what holds its national parts together.

A link crosses where both its entities have a country and the two differ. The country of an address
is the one it is *registered to*, that of an account may be derived from such addresses: each link
says the basis of both ends, and no link says where anybody was.

A *bridge* is a crossing pair both of whose ends stand in a national cluster: each has another direct
neighbour of its own country, or of none known, so that a lone foreign address is not a bridge.
Bridges are in the order of the share of all shortest paths they carry (edge betweenness, Girvan &
Newman 2002, *PNAS* 99, 7821), times their strength where that is below 1, so that an address that
everybody uses is none. Where no way round remains, a bridge says how many its loss would cut off.

Amounts are added up for each pair of countries in each currency by itself, exactly. What could be asked of
whom in each country, and in which order, is in :mod:`linkgraph.algorithms.requests`.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from linkgraph.algorithms.flow.payments import text
from linkgraph.algorithms.measures.betweenness import pair_betweenness
from linkgraph.algorithms.measures.cuts import cut_off
from linkgraph.algorithms.records import Record, frame, link_rows, node_record, number
from linkgraph.algorithms.requests import Request, Requests, requests
from linkgraph.model import Basis
from linkgraph.wording import country_words

if TYPE_CHECKING:
    import pandas as pd

    from linkgraph.algorithms.communities import Communities
    from linkgraph.graph import Graph, Ints, Longs, Mask

MOST_BRIDGES = 20
MOST_NAMED = 500
"""Entities and links of one request that are listed; all are counted."""


@dataclass(frozen=True, slots=True)
class CountryPair:
    """What crosses between two countries."""

    countries: tuple[str, str]
    """In the order of the alphabet."""
    links: int
    kinds: dict[str, int]
    """Links of each kind, in the order of the alphabet."""
    amounts: dict[str, Decimal]
    """Sum in each currency, in the order of the alphabet; "" where the evidence names none."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """A crossing pair that joins national clusters."""

    links: tuple[int, ...]
    """Rows of the link table."""
    cuts_off: int
    """Entities on the smaller side if the pair were lost; 0 where other ways round remain."""
    betweenness: float
    """Share of all shortest paths that run through the pair."""
    communities: tuple[str, str] | None
    """Ids of the two communities it joins, source first; None where it joins none or the same."""


@dataclass(frozen=True, eq=False, slots=True)
class CrossBorder:
    """The links that cross a border."""

    graph: Graph
    pairs: tuple[CountryPair, ...]
    """Most links first, then by the alphabet."""
    links: tuple[int, ...]
    """Rows of the link table that cross, ascending."""
    bridges: tuple[Bridge, ...]
    betweenness_sampled: int | None
    """Shortest paths that betweenness was estimated from; None where it is exact."""
    requests: Requests
    """Whom to ask in which country, in the order in which answers open most."""
    listed: int | None = None
    """Crossing links that the stable form lists at most, the strongest; None lists all."""

    def to_json(self) -> Record:
        """Give the stable form; ``countries`` is in the order of the alphabet everywhere."""
        return {
            "pairs": [
                {
                    "countries": list(one.countries),
                    "links": one.links,
                    "kinds": one.kinds,
                    "amounts": {currency: text(amount) for currency, amount in one.amounts.items()},
                }
                for one in self.pairs
            ],
            "links": self._links(self._strongest()),
            "links_in_all": len(self.links),
            "bridges": [record for bridge in self.bridges for record in self._bridge(bridge)],
            "betweenness_sampled": self.betweenness_sampled,
            "requests": [self._request(place, one) for place, one in enumerate(self.requests.requests, 1)],
            "requests_in_all": self.requests.in_all,
            "requests_cut": self.requests.stopped,
        }

    def headline(self) -> str:
        """Give the answer in a sentence."""
        if not self.pairs:
            return "No link joins two countries that are known."
        most = ", ".join(f"{'–'.join(one.countries)} {one.links:,}" for one in self.pairs[:3])
        found = f"{len(self.links):,} links cross a border ({most}); {len(self.bridges):,} bridges between clusters."
        first = self.requests.requests[0] if self.requests.requests else None
        return f"{found} First to ask: {first.country}, {first.to}." if first else found

    def to_frame(self) -> pd.DataFrame:
        """Give one row a crossing link, with the country of each end and its basis."""
        columns = ("id", "source", "target", "kind", "count", "first_seen", "last_seen")
        ends = ("source_country", "source_country_basis", "target_country", "target_country_basis")
        return frame(self._links(self.links), columns + ends)

    def _strongest(self) -> tuple[int, ...]:
        if self.listed is None or len(self.links) <= self.listed:
            return self.links
        links = np.array(self.links)
        best = np.argsort(-np.round(self.graph.link_strength[links], 12), kind="stable")[: self.listed]
        return tuple(np.sort(links[best]).tolist())

    def _links(self, links: tuple[int, ...]) -> list[Record]:
        basis = self.graph.entities["country_basis"]
        records: list[Record] = []
        for link, row in zip(links, link_rows(self.graph, links), strict=True):
            ends = int(self.graph.source[link]), int(self.graph.target[link])
            countries = [str(self.graph.countries[end]) for end in ends]
            records.append(
                {
                    "id": row["id"],
                    "source": row["source"],
                    "target": row["target"],
                    "kind": row["kind"],
                    "count": row["count"],
                    "grade": row["grade"],
                    "amounts": json.loads(row["amounts"]) if row["amounts"] else {},
                    "countries": sorted(countries),
                    "source_country": countries[0],
                    "source_country_basis": basis[ends[0]].as_py(),
                    "target_country": countries[1],
                    "target_country_basis": basis[ends[1]].as_py(),
                    "first_seen": row["first_seen"],
                    "last_seen": row["last_seen"],
                }
            )
        return records

    def _request(self, place: int, one: Request) -> Record:
        rows = link_rows(self.graph, one.links)
        entities = self.graph.entities.take(pa.array(one.nodes)).select(["country", "country_basis"]).to_pylist()
        bases = [each["country_basis"] if each["country"] == one.country else Basis.CODE for each in entities]
        return {
            "order": place,
            "country": one.country,
            "to": one.to,
            "basis": sorted({str(country_words(one.country, basis)) for basis in bases}),
            "about": [node_record(self.graph, node) for node in one.nodes[:MOST_NAMED]],
            "about_in_all": len(one.nodes),
            "first_seen": min((row["first_seen"] for row in rows if row["first_seen"]), default=None),
            "last_seen": max((row["last_seen"] for row in rows if row["last_seen"]), default=None),
            "touches": one.touched,
            "opens": one.opens,
            "opens_weakly": one.opens_weakly,
            "victims": one.victims,
            "grades": dict(one.grades),
            "links": [row["id"] for row in rows[:MOST_NAMED]],
            "links_in_all": len(rows),
            "crossing": one.crossing,
        }

    def _bridge(self, bridge: Bridge) -> list[Record]:
        found = {
            "cuts_off": bridge.cuts_off,
            "betweenness": number(bridge.betweenness),
            "communities": list(bridge.communities) if bridge.communities else None,
        }
        return [record | found for record in self._links(bridge.links)]


def crossborder(graph: Graph, communities: Communities | None = None, *, listed: int | None = None) -> CrossBorder:
    """Find the links that cross a border and the bridges among them.

    Args:
        graph: the network.
        communities: of the same graph; bridges then say which two they join.
        listed: links that the stable form lists at most; all where None.
    """
    country = country_numbers(graph)
    ends = np.stack([country[graph.source], country[graph.target]])
    crosses = (ends >= 0).all(axis=0) & (ends[0] != ends[1]) & (graph.pair_of_link >= 0)
    links = np.flatnonzero(crosses)
    bridges, sampled = _bridges(graph, country, communities) if len(links) else ((), None)
    asked = requests(graph, links)
    return CrossBorder(graph, _pairs(graph, country, links), tuple(links.tolist()), bridges, sampled, asked, listed)


def country_numbers(graph: Graph) -> Ints:
    """Give the country of each node (n,) as a number; −1 where none is known."""
    codes = {code: place for place, code in enumerate(sorted({one for one in graph.countries if one}))}
    return np.fromiter((codes[one] if one else -1 for one in graph.countries), np.int32, len(graph))


def _pairs(graph: Graph, country: Ints, links: Longs) -> tuple[CountryPair, ...]:
    """Count and add up what crosses between each two countries."""
    codes = sorted({one for one in graph.countries if one})
    ends = np.sort(np.stack([country[graph.source[links]], country[graph.target[links]]]), axis=0)
    pair = ends[0].astype(np.int64) * len(codes) + ends[1]
    rows = graph.links.select(["kind", "amounts"]).take(pa.array(links, pa.int64()))
    counted = pa.table({"pair": pair, "kind": rows["kind"]}).group_by(["pair", "kind"]).aggregate([([], "count_all")])
    kinds: dict[int, Counter[str]] = {}
    for row in counted.to_pylist():
        kinds.setdefault(row["pair"], Counter())[row["kind"]] = row["count_all"]
    amounts: dict[int, dict[str, Decimal]] = {}
    paid = np.flatnonzero(rows["amounts"].is_valid().to_numpy())
    for key, said in zip(pair[paid].tolist(), rows["amounts"].take(pa.array(paid)).to_pylist(), strict=True):
        total = amounts.setdefault(key, {})
        for currency, amount in json.loads(said).items():
            total[currency] = total.get(currency, Decimal(0)) + Decimal(amount)
    found = [
        CountryPair(
            (codes[key // len(codes)], codes[key % len(codes)]),
            counts.total(),
            dict(sorted(counts.items())),
            dict(sorted(amounts.get(key, {}).items())),
        )
        for key, counts in kinds.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.links, one.countries)))


def _bridges(graph: Graph, country: Ints, communities: Communities | None) -> tuple[tuple[Bridge, ...], int | None]:
    candidates = np.flatnonzero(_between_clusters(graph, country))
    if not len(candidates):
        return (), None
    lost = cut_off(graph)[candidates]
    share = pair_betweenness(graph)
    carried = share.values[candidates]
    counts = np.round(carried * np.minimum(graph.strength[candidates], 1.0), 12)
    best = np.argsort(-counts, kind="stable")[:MOST_BRIDGES]
    return tuple(
        Bridge(
            tuple(graph.links_between(*graph.pairs[candidates[place]].tolist()).tolist()),
            int(lost[place]),
            float(carried[place]),
            _joined(graph, int(candidates[place]), communities),
        )
        for place in best
    ), share.sampled


def _between_clusters(graph: Graph, country: Ints) -> Mask:
    """Tell of each pair (n_pairs,) whether it crosses from one national cluster into another."""
    crosses = (country[graph.pairs] >= 0).all(axis=1) & (country[graph.pairs[:, 0]] != country[graph.pairs[:, 1]])
    node = np.repeat(np.arange(len(graph)), graph.degree)
    beside = country[graph.indices]
    own = (beside == country[node]) | (beside < 0)
    clustered = np.bincount(node[own], minlength=len(graph)) > 0
    return np.asarray(crosses & clustered[graph.pairs].all(axis=1), bool)


def _joined(graph: Graph, pair: int, communities: Communities | None) -> tuple[str, str] | None:
    if communities is None:
        return None
    one, other = communities.membership[graph.pairs[pair]].tolist()
    if one == other or min(one, other) < 0:
        return None
    return communities.communities[one].id, communities.communities[other].id
