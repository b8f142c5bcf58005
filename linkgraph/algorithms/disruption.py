"""Disruption: how far the network falls apart when the best placed entities are taken out, one after another.

Of the entities that are left, the one that a strategy puts first is removed; then everything is
measured anew, and so on. The curve gives the size of the largest component after each removal as a
share of what it was (Albert, Jeong & Barabási 2000, *Nature* 406, 378; recomputed as in Cavallaro,
Ficara, De Meo, Fiumara, Catanese, Bagdasar, Song & Liotta 2020, "Disrupting resilient criminal
networks through data analysis", *PLoS ONE* 15, e0236476). To an investigator: the strategy whose curve
falls fastest names the fewest whose loss the network as it is known could not make good at once.

Equal values (to 12 decimals) go by id. Victims and police covers are never targets; they stay in the
network. The curve is of the known network and of one instant: people are replaced, and links appear
that were not needed before.

Each removal costs what its measure costs; there are as many as :data:`WORK` has room for, and the
answer says how many were asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import scipy

from linkgraph import kernels
from linkgraph.algorithms.measures.betweenness import node_betweenness
from linkgraph.algorithms.measures.constraint import constraint
from linkgraph.algorithms.measures.distances import distances
from linkgraph.algorithms.measures.pagerank import pagerank
from linkgraph.algorithms.records import Record, frame, node_record, number
from linkgraph.errors import UsageError
from linkgraph.model import EntityKind, Role

if TYPE_CHECKING:
    import pandas as pd

    from linkgraph.graph import Floats, Graph, Ints, Longs

NEVER_TARGETS = (Role.VICTIM, Role.POLICE_COVER)
STEPS = 10
SEED = 1
"""Of the order in which ``random`` takes targets."""
WORK = 2_000_000_000
"""Removals × what one costs, in entries of the index that are looked at: about twenty seconds."""
MOST_FROM_EVERY_NODE = 1_500_000_000
"""What walking from every node costs at most: larger networks are sampled."""
_LEAST = np.finfo(np.float64).min


@dataclass(frozen=True, slots=True)
class Removal:
    """One target and what its loss leaves."""

    node: int
    largest: int
    """Entities in the largest component that is left."""


@dataclass(frozen=True, eq=False, slots=True)
class Disruption:
    """The removals of one strategy, in their order."""

    graph: Graph
    strategy: str
    steps: int
    """Removals that were asked for."""
    affordable: int
    """Removals that the work bound has room for."""
    kind: EntityKind | None
    """The only kind that was removed; None where any."""
    start: int
    """Entities in the largest component of the whole network."""
    curve: tuple[Removal, ...]
    sampled: bool
    """Whether a measure was estimated, not exact, at any removal."""

    def to_json(self) -> Record:
        """Give the stable form; ``largest_component`` is a share of ``start``."""
        return {
            "strategy": self.strategy,
            "steps": self.steps,
            "seed": SEED if self.strategy == "random" else None,
            "kind": self.kind,
            "start": self.start,
            "curve": [
                {
                    "removed": self.graph.ids[one.node],
                    "kind": self.graph.kinds[one.node],
                    "label": self.graph.labels[one.node],
                    "largest_component": number(one.largest / self.start),
                }
                for one in self.curve
            ],
            "sampled": self.sampled,
            "stopped": self.stopped,
        }

    @property
    def stopped(self) -> str | None:
        """Why there are fewer removals than were asked for; None where there are as many."""
        if len(self.curve) == self.steps:
            return None
        if len(self.curve) < min(self.steps, self.affordable):
            return "no target is left"
        return (
            f"{len(self.graph):,} entities and {len(self.graph.pairs):,} connected pairs: "
            f"more than {len(self.curve)} removals by {self.strategy} are too much work"
        )

    def headline(self) -> str:
        """Give the answer in a sentence."""
        if not self.curve:
            return "There is no target."
        left = self.curve[-1].largest / self.start
        count = "the entity" if len(self.curve) == 1 else f"the {len(self.curve)} entities"
        return (
            f"Without {count} that {self.strategy} puts first, the largest component, now of {self.start:,}, "
            f"would have {100 * left:.0f} % of its size."
        )

    def to_frame(self) -> pd.DataFrame:
        """Give one row a removal: step, id, kind, label, largest_component (share of the start)."""
        rows = [
            {
                "step": step,
                **node_record(self.graph, one.node),
                "largest_component": number(one.largest / self.start),
            }
            for step, one in enumerate(self.curve, start=1)
        ]
        return frame(rows, ("step", "id", "kind", "label", "largest_component"))


def disruption(
    graph: Graph, *, strategy: str = "betweenness", steps: int = STEPS, kind: EntityKind | None = None
) -> Disruption:
    """Remove the best targets one after another and follow the largest component.

    Args:
        graph: the network; choose its links with :meth:`~linkgraph.graph.Graph.select`.
        strategy: one of :data:`STRATEGIES`.
        steps: how many to remove.
        kind: remove entities of this kind only.

    Raises:
        UsageError: there is no such strategy, or less than one removal is asked for.
    """
    if strategy not in STRATEGIES:
        raise UsageError(f"'{strategy}' is no strategy; one of: {', '.join(STRATEGIES)}.")
    if steps < 1:
        raise UsageError(f"The number of removals must be 1 or more, not {steps}.")
    measure = STRATEGIES[strategy]
    targets = ~graph.with_role(*NEVER_TARGETS)
    if kind is not None:
        targets &= graph.of_kind([kind])
    affordable = max(1, WORK // measure.cost(graph))
    rest = whole = Rest(graph, np.arange(len(graph)), graph.pairs)
    curve: list[Removal] = []
    sampled = False
    for _ in range(min(steps, affordable, int(targets.sum()))):
        values, estimated = measure.take(rest)
        sampled |= estimated
        # Of equal values the first; one that no measure can be taken of comes after all others.
        ranked = np.where(targets[rest.nodes], np.maximum(np.round(values, 12), _LEAST), -np.inf)
        node = int(rest.nodes[np.argmax(ranked)])
        rest = rest.without(node)
        curve.append(Removal(node, rest.largest_component))
    return Disruption(graph, strategy, steps, affordable, kind, whole.largest_component, tuple(curve), sampled)


@dataclass(frozen=True, eq=False)
class Rest:
    """What is left of a network. Rebuilding its tables costs seconds at a million, so only who needs them does."""

    whole: Graph
    nodes: Longs
    """Who is left, ascending."""
    pairs: Ints
    """(pairs left, 2) nodes of the whole."""

    def without(self, node: int) -> Rest:
        """Give what is left when one more is removed."""
        return Rest(self.whole, self.nodes[self.nodes != node], self.pairs[(self.pairs != node).all(axis=1)])

    @cached_property
    def network(self) -> Graph:
        """The rest as a graph; its nodes are :attr:`nodes` in their order."""
        gone = np.ones(len(self.whole), bool)
        gone[self.nodes] = False
        return self.whole.without(np.flatnonzero(gone)) if gone.any() else self.whole

    @cached_property
    def largest_component(self) -> int:
        """Entities in it."""
        if not len(self.nodes):
            return 0
        n = len(self.whole)
        if kernels.pay(n, len(self.pairs)):
            from linkgraph.kernels.parts import components  # noqa: PLC0415 - numba is loaded when it pays

            return int(np.bincount(components(self.pairs, n)[self.nodes]).max())
        entries = (np.ones(len(self.pairs), np.int8), (self.pairs[:, 0], self.pairs[:, 1]))
        joined = scipy.sparse.coo_array(entries, shape=(n, n))
        _, component = scipy.sparse.csgraph.connected_components(joined.tocsr(), directed=False)
        return int(np.bincount(component[self.nodes]).max())


@dataclass(frozen=True, slots=True)
class Strategy:
    """What puts a target first, and what finding it costs."""

    take: Callable[[Rest], tuple[Floats, bool]]
    """Values of those left, highest first, and whether they are estimates."""
    cost: Callable[[Graph], int]


def _size(graph: Graph) -> int:
    return len(graph) + 2 * len(graph.pairs) + 1


def _from_every_node(graph: Graph) -> int:
    return min(len(graph) * (len(graph) + len(graph.pairs)), MOST_FROM_EVERY_NODE) + _size(graph)


def _betweenness(rest: Rest) -> tuple[Floats, bool]:
    found = node_betweenness(rest.network)
    return found.values, found.sampled is not None


def _closeness(rest: Rest) -> tuple[Floats, bool]:
    found = distances(rest.network)
    return found.closeness, found.sampled is not None


def _constraint(rest: Rest) -> tuple[Floats, bool]:
    """Give the constraint, least first; who has one contact or none stands between nobody and comes last."""
    found = constraint(rest.network)
    if found is None:
        raise UsageError("Constraint is too much work for this network; choose another strategy, or fewer links.")
    return np.where(rest.network.degree > 1, -np.nan_to_num(found.constraint, nan=np.inf), -np.inf), False


def _degree(rest: Rest) -> tuple[Floats, bool]:
    degree = np.bincount(rest.pairs.ravel(), minlength=len(rest.whole))[rest.nodes]
    return degree.astype(np.float64), False


def _pagerank(rest: Rest) -> tuple[Floats, bool]:
    return pagerank(rest.network), False


def _random(rest: Rest) -> tuple[Floats, bool]:
    """Give one order that is drawn once: the raw stream is the same in every version of numpy."""
    keys = np.random.PCG64(SEED).random_raw(len(rest.whole))
    return np.asarray(keys[rest.nodes], np.float64), False


STRATEGIES: Mapping[str, Strategy] = {
    "betweenness": Strategy(_betweenness, _from_every_node),
    "closeness": Strategy(_closeness, lambda graph: _from_every_node(graph) // 8 + _size(graph)),
    "constraint": Strategy(_constraint, lambda graph: 20 * _size(graph)),
    "degree": Strategy(_degree, _size),
    "pagerank": Strategy(_pagerank, lambda graph: 50 * _size(graph)),
    "random": Strategy(_random, _size),
}
"""How targets are chosen, by name; the first is the one that is taken unless another is named."""
