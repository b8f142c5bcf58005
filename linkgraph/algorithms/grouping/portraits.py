"""Portraits: what a community is made of, in words an investigator can say.

How many of which kind, the countries that are known of members, what most of them share, and from when
to when there are links inside it. Counts, no judgement: the country of a member is that of the table of
entities, with its basis (stated, by registry, derived from addresses), and says nothing of where
anybody was. What belongs to a victim alone is masked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.algorithms.records import Record, iso, node_record
from linkgraph.model import RESOURCE_KINDS, EntityKind

if TYPE_CHECKING:
    from linkgraph.graph import Graph, Ints, Longs

COUNTRIES, RESOURCES = 3, 3
"""How many of each are named: the most frequent."""
LONGEST = 32
"""Characters of a name in the words."""
_NAMES = {
    EntityKind.ACCOUNT: ("account", "accounts"),
    EntityKind.IP_ADDRESS: ("address", "addresses"),
    EntityKind.PAYMENT_ACCOUNT: ("payment account", "payment accounts"),
    EntityKind.FILE_HASH: ("file", "files"),
    EntityKind.RESOURCE: ("resource", "resources"),
    EntityKind.EMAIL: ("e-mail address", "e-mail addresses"),
    EntityKind.PHONE: ("phone", "phones"),
    EntityKind.DEVICE: ("device", "devices"),
    EntityKind.PERSON: ("person", "persons"),
}


@dataclass(frozen=True, slots=True)
class Portrait:
    """What one community is made of."""

    kinds: tuple[tuple[str, int], ...]
    """In the order of :class:`~linkgraph.model.EntityKind`."""
    countries: tuple[tuple[str, int], ...]
    """The most frequent of those known of members; of two as frequent, the one first in the alphabet."""
    with_country: int
    """Members of which a country is known."""
    resources: tuple[tuple[int, int], ...]
    """Nodes that two or more other members use, and how many do; most first."""
    first_seen: datetime | None
    last_seen: datetime | None
    """Of the links inside."""

    def words(self, graph: Graph) -> str:
        """Say it in a line; names are attackers' input."""
        said = [", ".join(f"{count:,} {_NAMES[EntityKind(kind)][count > 1]}" for kind, count in self.kinds)]
        if self.countries:
            named = ", ".join(f"{country} {count:,}" for country, count in self.countries)
            said.append(f"country known of {self.with_country:,}: {named}")
        if self.resources:
            named = ", ".join(f"{_short(graph.labels[node])} ({count:,} members)" for node, count in self.resources)
            said.append(f"shared: {named}")
        if self.first_seen and self.last_seen:
            days = f"{self.first_seen:%Y-%m-%d}", f"{self.last_seen:%Y-%m-%d}"
            said.append(f"links of {' to '.join(dict.fromkeys(days))} (UTC)")
        return "; ".join(said)

    def to_json(self, graph: Graph) -> Record:
        """Give the stable form."""
        return {
            "label": self.words(graph),
            "kinds": dict(self.kinds),
            "countries": [{"country": country, "members": count} for country, count in self.countries],
            "with_country": self.with_country,
            "resources": [node_record(graph, node) | {"members": count} for node, count in self.resources],
            "first_seen": iso(self.first_seen),
            "last_seen": iso(self.last_seen),
        }


def portraits(graph: Graph, membership: Ints) -> tuple[Portrait, ...]:
    """Give the portrait of each community of a partition (n,), numbered from 0; −1 for none."""
    count = int(membership.max(initial=-1)) + 1
    if not count:
        return ()
    placed = np.flatnonzero(membership >= 0)
    kinds = list(map(str, EntityKind))
    kind = np.asarray(pc.index_in(graph.entities["kind"], pa.array(kinds)).to_numpy(), np.int64)
    of_kind = np.bincount(membership[placed].astype(np.int64) * len(kinds) + kind[placed], minlength=count * len(kinds))
    by_kind = of_kind.reshape(count, len(kinds)).tolist()
    countries, known = _countries(graph, membership, count)
    resources = _resources(graph, membership, count)
    first, last = _period(graph, membership, count)
    return tuple(
        Portrait(
            tuple((name, number) for name, number in zip(kinds, by_kind[at], strict=True) if number),
            tuple(countries[at]),
            known[at],
            tuple(resources[at]),
            _moment(first[at]),
            _moment(last[at]),
        )
        for at in range(count)
    )


def _countries(graph: Graph, membership: Ints, count: int) -> tuple[list[list[tuple[str, int]]], list[int]]:
    codes = sorted({one for one in graph.countries if one})
    place = {code: at for at, code in enumerate(codes)}
    country = np.fromiter((place[one] if one else -1 for one in graph.countries), np.int64, len(graph))
    held = np.flatnonzero((membership >= 0) & (country >= 0))
    cells, members = np.unique(
        membership[held].astype(np.int64) * max(len(codes), 1) + country[held], return_counts=True
    )
    named: list[list[tuple[str, int]]] = [[] for _ in range(count)]
    at, code = np.divmod(cells, max(len(codes), 1))
    for row in np.lexsort((code, -members, at)).tolist():
        if len(named[int(at[row])]) < COUNTRIES:
            named[int(at[row])].append((codes[int(code[row])], int(members[row])))
    return named, np.bincount(membership[held], minlength=count).tolist()


def _resources(graph: Graph, membership: Ints, count: int) -> list[list[tuple[int, int]]]:
    node = np.repeat(np.arange(len(graph)), graph.degree)
    inside = (membership[node] >= 0) & (membership[node] == membership[graph.indices]) & (graph.weight > 0)
    users = np.bincount(node[inside], minlength=len(graph))
    shared = np.flatnonzero(graph.of_kind(RESOURCE_KINDS) & (users > 1))
    best = shared[np.lexsort((shared, -users[shared], membership[shared]))]
    # Place within its community: the first few of each are kept before anything is looped over.
    start = np.searchsorted(membership[best], membership[best])
    best = best[np.arange(len(best)) - start < RESOURCES]
    named: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    for one in best.tolist():
        named[int(membership[one])].append((one, int(users[one])))
    return named


def _period(graph: Graph, membership: Ints, count: int) -> tuple[Longs, Longs]:
    """Give the first and the last moment of the links inside each community (k,); microseconds, or the ends of time."""
    never = np.iinfo(np.int64)
    first, last = np.full(count, never.max), np.full(count, never.min)
    own = membership[graph.source]
    inside = (own >= 0) & (own == membership[graph.target]) & (graph.pair_of_link >= 0)
    for column, spread, edge in (("first_seen", first, np.minimum), ("last_seen", last, np.maximum)):
        moments = graph.links[column].cast(pa.int64())
        said = inside & ~np.asarray(moments.is_null().to_numpy(), bool)
        edge.at(spread, own[said], np.asarray(moments.fill_null(0).to_numpy(), np.int64)[said])
    return first, last


def _short(label: str) -> str:
    """Cut a label that would fill the line, as a digest does; the record beside the words has it whole."""
    return label if len(label) <= LONGEST else label[: LONGEST - 1] + "…"


def _moment(microseconds: int) -> datetime | None:
    if abs(int(microseconds)) >= np.iinfo(np.int64).max:
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(microseconds))
