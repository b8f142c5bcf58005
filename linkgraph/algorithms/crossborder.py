"""Cross-border links: where the network leaves a country, and what holds its national parts together.

A link crosses where both its entities have a country and the two differ. The country of an address
is the one it is *registered to*, that of an account may be derived from such addresses: each link
says the basis of both ends, and no link says where anybody was.

A *bridge* is a crossing pair both of whose ends stand in a national cluster: each has another direct
neighbour of its own country, or of none known, so that a lone foreign address is not a bridge.
Bridges are in the order of the share of all shortest paths they carry (edge betweenness, Girvan &
Newman 2002, *PNAS* 99, 7821), times their strength where that is below 1, so that an address that
everybody uses is none. Where no way round remains, a bridge says how many its loss would cut off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from linkgraph.algorithms.betweenness import pair_betweenness
from linkgraph.algorithms.cuts import cut_off
from linkgraph.algorithms.records import Record, frame, link_rows, number

if TYPE_CHECKING:
    import pandas as pd

    from linkgraph.algorithms.communities import Communities
    from linkgraph.graph import Graph, Ints, Mask

MOST_BRIDGES = 20


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
    pairs: tuple[tuple[str, str, int], ...]
    """Two countries in the order of the alphabet and how many links cross between them; most first."""
    links: tuple[int, ...]
    """Rows of the link table that cross, ascending."""
    bridges: tuple[Bridge, ...]
    betweenness_sampled: int | None
    """Start nodes in each component that betweenness was estimated from; None where it is exact."""

    def to_json(self) -> Record:
        """Give the stable form; ``countries`` is in the order of the alphabet everywhere."""
        return {
            "pairs": [{"countries": [one, other], "links": count} for one, other, count in self.pairs],
            "links": self._links(self.links),
            "bridges": [record for bridge in self.bridges for record in self._bridge(bridge)],
            "betweenness_sampled": self.betweenness_sampled,
        }

    def headline(self) -> str:
        """Give the answer in a sentence."""
        if not self.pairs:
            return "No link joins two countries that are known."
        most = ", ".join(f"{one}–{other} {count:,}" for one, other, count in self.pairs[:3])
        return f"{len(self.links):,} links cross a border ({most}); {len(self.bridges):,} bridges between clusters."

    def to_frame(self) -> pd.DataFrame:
        """Give one row a crossing link, with the country of each end and its basis."""
        columns = ("id", "source", "target", "kind", "count", "first_seen", "last_seen")
        ends = ("source_country", "source_country_basis", "target_country", "target_country_basis")
        return frame(self._links(self.links), columns + ends)

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

    def _bridge(self, bridge: Bridge) -> list[Record]:
        found = {
            "cuts_off": bridge.cuts_off,
            "betweenness": number(bridge.betweenness),
            "communities": list(bridge.communities) if bridge.communities else None,
        }
        return [record | found for record in self._links(bridge.links)]


def crossborder(graph: Graph, communities: Communities | None = None) -> CrossBorder:
    """Find the links that cross a border and the bridges among them.

    Args:
        graph: the network.
        communities: of the same graph; bridges then say which two they join.
    """
    country = _country_numbers(graph)
    ends = np.stack([country[graph.source], country[graph.target]])
    crosses = (ends >= 0).all(axis=0) & (ends[0] != ends[1]) & (graph.pair_of_link >= 0)
    links = np.flatnonzero(crosses)
    bridges, sampled = _bridges(graph, country, communities) if len(links) else ((), None)
    return CrossBorder(graph, _pairs(graph, links.tolist()), tuple(links.tolist()), bridges, sampled)


def _country_numbers(graph: Graph) -> Ints:
    """Give the country of each node (n,) as a number; −1 where none is known."""
    codes = {code: place for place, code in enumerate(sorted({one for one in graph.countries if one}))}
    return np.fromiter((codes[one] if one else -1 for one in graph.countries), np.int32, len(graph))


def _pairs(graph: Graph, links: list[int]) -> tuple[tuple[str, str, int], ...]:
    counts: dict[tuple[str, str], int] = {}
    for link in links:
        one, other = sorted(str(graph.countries[end]) for end in (graph.source[link], graph.target[link]))
        counts[one, other] = counts.get((one, other), 0) + 1
    return tuple((*pair, counts[pair]) for pair in sorted(counts, key=lambda pair: (-counts[pair], pair)))


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
