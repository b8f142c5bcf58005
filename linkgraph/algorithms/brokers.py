"""Brokers: who stands between contacts that do not know each other, and what falls apart without them.

Two things are looked at. *Constraint* (Burt 1992; :mod:`linkgraph.algorithms.measures.constraint`) is low where
one's contacts are many and strangers to each other: such a one hears first and can pass on or hold
back. *What falls apart* (:mod:`linkgraph.algorithms.measures.separation`) counts who would lose the largest part
of their component if the entity were gone; where that is anybody, the entity is an articulation point.
The same is said of bridges, pairs without which a part hangs on nothing.

Entities with two contacts or more are ranked in both and put in the order of the sum of the two ranks;
equal ranks are shared, equal sums go by constraint and then by id. Only the entity is ranked: the
evidence are its links, and those of each bridge are named. A victim is never ranked, and a link to one
is not listed as a bridge.

Limits: where accounts meet only in an address or a file, nobody's contacts are linked to each other,
and constraint says no more than over how many they are spread; choose the links to look at. What is
not in the evidence would close holes and go around bridges: both lists are of candidates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from linkgraph.algorithms.measures.constraint import MOST_STEPS, constraint
from linkgraph.algorithms.measures.separation import separation
from linkgraph.algorithms.records import Record, frame, link_rows, node_record, number
from linkgraph.model import RESOURCE_KINDS, EntityKind

if TYPE_CHECKING:
    import pandas as pd

    from linkgraph.graph import Floats, Graph, Ints, Longs

FEWEST_CONTACTS = 2
NAMED = 5
"""Entities of a part that are named: the first by id."""
PARTS = 5
"""Parts behind a broker that are listed, largest first."""
METHOD = "constraint of the strength-weighted network (Burt 1992) and what falls apart (Hopcroft & Tarjan 1973)"


@dataclass(frozen=True, slots=True)
class Part:
    """A part that would be on its own."""

    size: int
    first: tuple[int, ...]
    """Its first nodes."""


@dataclass(frozen=True, slots=True)
class Broker:
    """One entity that stands between others."""

    node: int
    contacts: int
    constraint: float | None
    """None where it was too much work, or no contact has any strength."""
    effective_size: float | None
    cuts_off: int
    """Entities that would lose the largest part of their component; 0 where it stays in one."""
    parts: tuple[Part, ...]
    """What would be cut off, largest first."""
    parts_in_all: int
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bridge:
    """A pair of entities without which the network falls apart."""

    links: tuple[int, ...]
    """Rows of the link table, ascending."""
    behind: Part
    """The smaller side."""


@dataclass(frozen=True, eq=False, slots=True)
class Brokers:
    """The entities and pairs that others depend on, first those on which most depends."""

    graph: Graph
    brokers: tuple[Broker, ...]
    bridges: tuple[Bridge, ...]
    articulation_points: int
    """In the whole network, whoever they are."""
    bridges_in_all: int
    constraint_measured: bool
    """Whether constraint is part of the order."""

    def to_json(self) -> Record:
        """Give the stable form; ``labels`` are of the first few of a part, by id."""
        return {
            "method": METHOD,
            "fewest_contacts": FEWEST_CONTACTS,
            "constraint_left_out": None if self.constraint_measured else _too_much(self.graph),
            "articulation_points": self.articulation_points,
            "bridges_in_all": self.bridges_in_all,
            "brokers": [self._broker(one) for one in self.brokers],
            "bridges": [self._bridge(one) for one in self.bridges],
        }

    def to_frame(self) -> pd.DataFrame:
        """Give one row a broker: id, kind, label, the numbers and the reasons."""
        columns = ("id", "kind", "label", "contacts", "constraint", "effective_size", "cuts_off", "reasons")
        return frame([self._broker(one) for one in self.brokers], columns)

    def headline(self) -> str:
        """Give the answer in a sentence or two."""
        if not self.brokers:
            return "Nobody stands between others."
        best = ", ".join(self.graph.labels[one.node] for one in self.brokers[:3])
        cut = max(self.brokers, key=lambda one: one.cuts_off)
        said = f"Between others stand first: {best}."
        if not cut.cuts_off:
            return said
        return f"{said} Without {self.graph.labels[cut.node]}, {_counted(cut.cuts_off)} would be cut off."

    def _broker(self, one: Broker) -> Record:
        return {
            **node_record(self.graph, one.node),
            "contacts": one.contacts,
            "constraint": None if one.constraint is None else number(one.constraint),
            "effective_size": None if one.effective_size is None else number(one.effective_size),
            "cuts_off": one.cuts_off,
            "parts": [self._part(part) for part in one.parts],
            "parts_in_all": one.parts_in_all,
            "reasons": list(one.reasons),
        }

    def _bridge(self, one: Bridge) -> Record:
        [first, *_] = rows = link_rows(self.graph, one.links)
        return {
            "source": first["source"],
            "target": first["target"],
            "labels": [self.graph.labels[self.graph.index[first[end]]] for end in ("source", "target")],
            "links": [row["id"] for row in rows],
            "kinds": sorted({row["kind"] for row in rows}),
            "cuts_off": one.behind.size,
            "behind": self._part(one.behind),
        }

    def _part(self, part: Part) -> Record:
        return {
            "size": part.size,
            "first": [self.graph.ids[node] for node in part.first],
            "labels": [self.graph.labels[node] for node in part.first],
        }


def brokers(graph: Graph, *, top: int = 20, kind: EntityKind | None = None) -> Brokers:
    """Find who stands between others, and what falls apart without them.

    Args:
        graph: the network; choose its links with :meth:`~linkgraph.graph.Graph.select`.
        top: how many brokers and how many bridges to give.
        kind: rank entities of this kind only; measures are those of the whole network either way.
    """
    apart, held = separation(graph), constraint(graph)
    ranked = ~graph.victims & (graph.degree >= FEWEST_CONTACTS)
    nodes = np.flatnonzero(ranked if kind is None else ranked & graph.of_kind([kind]))
    tied = np.zeros(len(nodes)) if held is None else np.round(held.constraint[nodes], 12)
    by_constraint, by_cut = _ranks(tied), _ranks(-apart.cuts_off[nodes])
    best = np.lexsort((nodes, by_constraint, by_constraint + by_cut))[:top]
    resource = graph.of_kind(RESOURCE_KINDS)
    found = []
    for place in best.tolist():
        node = int(nodes[place])
        lost = apart.cut_off_by(node)
        one = Broker(
            node=node,
            contacts=int(graph.degree[node]),
            constraint=None if held is None else _known(held.constraint[node]),
            effective_size=None if held is None else _known(held.effective_size[node]),
            cuts_off=int(apart.cuts_off[node]),
            parts=tuple(_part(part) for part in lost[:PARTS]),
            parts_in_all=len(lost),
        )
        reasons = _reasons(graph, one, int(by_constraint[place]), len(nodes), is_resource=bool(resource[node]))
        found.append(replace(one, reasons=reasons))
    shown = np.flatnonzero(~graph.victims[apart.bridges].any(axis=1))
    ends = np.sort(apart.bridges[shown], axis=1)
    first = np.lexsort((ends[:, 1], ends[:, 0], -apart.bridge_cuts_off[shown]))[:top]
    return Brokers(
        graph=graph,
        brokers=tuple(found),
        bridges=tuple(
            Bridge(
                tuple(graph.links_between(*ends[place].tolist()).tolist()),
                _part(apart.behind(int(shown[place]))),
            )
            for place in first.tolist()
        ),
        articulation_points=int(np.count_nonzero(apart.cuts_off)),
        bridges_in_all=len(apart.bridges),
        constraint_measured=held is not None,
    )


def _ranks(values: Floats | Longs) -> Longs:
    """Give the rank of each value, the smallest being 1; equal values share the better rank."""
    return np.asarray(np.searchsorted(np.sort(values), values) + 1, np.int64)


def _part(nodes: Ints) -> Part:
    return Part(len(nodes), tuple(nodes[:NAMED].tolist()))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _reasons(graph: Graph, one: Broker, place: int, ranked: int, *, is_resource: bool) -> tuple[str, ...]:
    reasons = [f"direct links to {one.contacts} others"]
    if one.constraint is not None:
        reasons.append(
            f"of these, about {one.effective_size:.1f} do not lead to each other "
            f"(constraint {one.constraint:.2f}, place {place:,} of {ranked:,})"
        )
    if one.cuts_off:
        largest = one.parts[0]
        names = ", ".join(graph.labels[node] for node in largest.first)
        more = f" and {largest.size - len(largest.first):,} more" if largest.size > len(largest.first) else ""
        parts = "1 part" if one.parts_in_all == 1 else f"{one.parts_in_all:,} parts, the largest"
        reasons.append(f"without it {_counted(one.cuts_off)} would be cut off, in {parts}: {names}{more}")
    if is_resource:
        reasons.append("a shared resource: those who use it need not know each other")
    return tuple(reasons)


def _counted(entities: int) -> str:
    return "1 entity" if entities == 1 else f"{entities:,} entities"


def _too_much(graph: Graph) -> str:
    return (
        f"{len(graph.pairs):,} pairs need more than {MOST_STEPS:,} steps; brokers are in the order of what falls apart"
    )
