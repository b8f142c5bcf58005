"""Communities: who belongs together.

The partition of the strength-weighted network that has the highest modularity (Newman & Girvan
2004) the Leiden algorithm finds (Traag, Waltman & van Eck 2019, *Scientific Reports* 9, 5233).
To an investigator: inside a community links are denser than chance would make them. It is a way to
look at the network, not a group that anybody has joined; other partitions can be nearly as good. So
each member has a stability (:mod:`~linkgraph.algorithms.grouping.stability`), each community lies in a larger one
and holds smaller ones (:mod:`~linkgraph.algorithms.grouping.levels`), and says in words what it is made of
(:mod:`~linkgraph.algorithms.grouping.portraits`). These are worked out when they are first asked for: who needs
the partition alone waits for one search.

Why graspologic-native (``bench/communities.py``; one seed, four processes with 1, 2 and 4 threads):

================================  ==================  ==================  ==============
unweighted modularity, seconds    graspologic-native  NetworKit           scikit-network
================================  ==================  ==================  ==============
karate club, 34/78                .41979              .41979              .41880
planted groups, 1,000             .63083, 0.01        .62752–.63083       .63083, 0.01
100,000/500,000                   .78905, 1.3         .7867–.7869, 0.27   .78481, 0.96
same seed, same answer            always              no                  always
megabytes installed, licence      1.1, MIT            62, MIT             34, BSD
================================  ==================  ==================  ==============

NetworKit is faster, but a finding that another run does not give again is of no use in court. Of
the two that repeat, graspologic-native finds the better partitions in every network tried. One run
reaches the karate club's optimum with two iterations or more for all of the first twelve seeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from linkgraph.algorithms.grouping.leiden import ordered, partition
from linkgraph.algorithms.grouping.levels import Level, levels
from linkgraph.algorithms.grouping.portraits import Portrait, portraits
from linkgraph.algorithms.grouping.stability import Stability, stability
from linkgraph.algorithms.records import Record, frame, node_record, number
from linkgraph.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from linkgraph.graph import Floats, Graph, Ints

ALGORITHM = "Leiden"
ITERATIONS, ITERATIONS_LARGE = 3, 2
"""How often a run starts again from its own result, up to :data:`MANY_PAIRS` pairs and above."""
RUNS = 10
"""Independent runs of which the best is kept, up to :data:`MANY_PAIRS` pairs; one above."""
MANY_PAIRS = 200_000
FIRM = 0.9
"""A member with this stability or more stays with its community."""
ID_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Community:
    """Entities with more between them than chance would put there."""

    id: str
    """First twelve digits of its smallest member id: it keeps its name while that member stays."""
    members: tuple[int, ...]
    """Node numbers, ascending."""


@dataclass(frozen=True, eq=False)
class Communities:
    """A partition of the entities that have a link of any strength; the others are in none."""

    graph: Graph
    algorithm: str
    seed: int
    resolution: float
    iterations: int
    runs: int
    modularity: float
    """Of the weighted network at resolution 1, so that runs compare: 0 is chance, above 0.3 is marked."""
    communities: tuple[Community, ...]
    """Largest first; of two as large, the one with the smaller id."""
    membership: Ints
    """(n,) position in ``communities`` of each node; −1 for nodes without a link of any strength."""

    @cached_property
    def stability(self) -> Stability:
        """How far searches with other seeds lead to the same communities."""
        return stability(
            self.graph, self.membership, resolution=self.resolution, seed=self.seed, iterations=self.iterations
        )

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """What the communities lie in, they themselves, and what lies in them: coarse to fine."""
        return levels(
            self.graph,
            self.membership,
            resolution=self.resolution,
            seed=self.seed,
            iterations=self.iterations if self.runs > 1 else 1,
            runs=self.runs,
        )

    @cached_property
    def portraits(self) -> tuple[Portrait, ...]:
        """What each community is made of."""
        return portraits(self.graph, self.membership)

    def to_json(self) -> Record:
        """Give the stable form: members in the order of their ids, ``outside`` how many are in none.

        The communities of ``levels`` have no members: each member's ``part`` is its community of the finest
        level, and every community's ``parent`` the one it lies in on the level before.
        """
        finest = self.levels[-1]
        part = self._ids(finest)
        return {
            "algorithm": self.algorithm,
            "seed": self.seed,
            "resolution": self.resolution,
            "iterations": self.iterations,
            "runs": self.runs,
            "modularity": number(self.modularity),
            "stability_runs": self.stability.repetitions,
            "stability_iterations": self.stability.iterations,
            "communities": [
                {
                    "id": one.id,
                    "size": len(one.members),
                    "stability": number(self.stability.community[at]),
                    **portrait.to_json(self.graph),
                    "members": [
                        node_record(self.graph, node)
                        | {
                            "stability": number(self.stability.member[node]),
                            "part": part[finest.membership[node]],
                        }
                        for node in one.members
                    ],
                }
                for at, (one, portrait) in enumerate(zip(self.communities, self.portraits, strict=True))
            ],
            "levels": [self._level(level, self.levels[at - 1] if at else None) for at, level in enumerate(self.levels)],
            "outside": int(np.count_nonzero(self.membership < 0)),
        }

    def headline(self) -> str:
        """Give the answer in a sentence."""
        if not self.communities:
            return "Nothing has a link of any strength."
        largest = ", ".join(str(len(one.members)) for one in self.communities[:3])
        placed = self.stability.member[self.membership >= 0]
        firm = 100 * np.count_nonzero(placed >= FIRM) // len(placed)
        found = f"{len(self.communities):,} communities, the largest of {largest} members"
        return (
            f"{found}; modularity {self.modularity:.3f}. {firm} % of the members stay with theirs in at least "
            f"{100 * FIRM:.0f} % of {self.stability.repetitions} repetitions."
        )

    def to_frame(self) -> pd.DataFrame:
        """Give one row a member: community, size, id, kind, label, stability."""
        records = [
            {"community": one.id, "size": len(one.members)}
            | node_record(self.graph, node)
            | {"stability": number(self.stability.member[node])}
            for one in self.communities
            for node in one.members
        ]
        return frame(records, ("community", "size", "id", "kind", "label", "stability"))

    def _ids(self, level: Level) -> list[str]:
        return [self.graph.ids[node][:ID_DIGITS] for node in level.first.tolist()]

    def _level(self, level: Level, before: Level | None) -> Record:
        above = self._ids(before) if before else []
        parents = [None] * len(level.size) if level.parent is None else [above[at] for at in level.parent.tolist()]
        named = zip(self._ids(level), level.size.tolist(), parents, strict=True)
        return {
            "resolution": number(level.resolution),
            "modularity": number(modularity(self.graph, level.membership)),
            "communities": [{"id": one, "size": size, "parent": parent} for one, size, parent in named],
        }


def communities(graph: Graph, *, resolution: float = 1.0, seed: int = 1) -> Communities:
    """Find the communities of the strength-weighted network.

    Args:
        graph: the network; strengths are those of :mod:`linkgraph.graph`.
        resolution: above 1 gives more and smaller communities, below 1 fewer and larger.
        seed: of the random numbers; the same graph and seed give the same communities.

    Raises:
        UsageError: the resolution is not above 0, or the seed is negative.
    """
    if not (resolution > 0 and np.isfinite(resolution)):
        raise UsageError(f"The resolution must be a number above 0, not {resolution}.")
    if seed < 0:
        raise UsageError(f"The seed must be 0 or more, not {seed}.")
    runs, iterations = (RUNS, ITERATIONS) if len(graph.pairs) <= MANY_PAIRS else (1, ITERATIONS_LARGE)
    found = partition(graph, resolution=resolution, seed=seed, iterations=iterations, runs=runs)
    membership, first, sizes = ordered(found)
    placed = np.flatnonzero(membership >= 0)
    members = placed[np.argsort(membership[placed], kind="stable")]
    groups = np.split(members, np.cumsum(sizes)[:-1]) if len(sizes) else []
    return Communities(
        graph=graph,
        algorithm=ALGORITHM,
        seed=seed,
        resolution=resolution,
        iterations=iterations,
        runs=runs,
        modularity=modularity(graph, membership),
        communities=tuple(
            Community(graph.ids[node][:ID_DIGITS], tuple(group.tolist()))
            for node, group in zip(first.tolist(), groups, strict=True)
        ),
        membership=membership,
    )


def modularity(graph: Graph, membership: Ints) -> float:
    """Give the modularity of a partition of the strength-weighted network; 0 where nothing has strength.

    Args:
        graph: the network.
        membership: (n,) number of each node's community; nodes with −1 must have no strength.

    Source: Newman, *Physical Review E* 70, 056131 (2004), eq. 4.
    """
    total = 2.0 * float(graph.strength.sum())
    if total == 0.0:
        return 0.0
    ends = membership[graph.pairs]
    inside = 2.0 * float(graph.strength[ends[:, 0] == ends[:, 1]].sum())
    placed = membership >= 0
    share = np.bincount(membership[placed], weights=_node_strength(graph)[placed]) / total
    return inside / total - float(np.square(share).sum())


def _node_strength(graph: Graph) -> Floats:
    ends, strength = graph.pairs.ravel(), np.repeat(graph.strength, 2)
    return np.bincount(ends, weights=strength, minlength=len(graph)).astype(np.float64)
