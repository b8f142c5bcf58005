"""Communities: who belongs together.

The partition of the strength-weighted network that has the highest modularity (Newman & Girvan
2004) the Leiden algorithm finds (Traag, Waltman & van Eck 2019, *Scientific Reports* 9, 5233).
To an investigator: inside a community links are denser than chance would make them. It is a way to
look at the network, not a group that anybody has joined; other partitions can be nearly as good.

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
from typing import TYPE_CHECKING

import numpy as np
from graspologic_native import leiden_csr

from linkgraph.algorithms.records import Record, frame, node_record, number
from linkgraph.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from linkgraph.graph import Floats, Graph, Ints

ALGORITHM = "Leiden"
ITERATIONS = 3
"""How often a run starts again from its own result."""
RUNS = 10
"""Independent runs of which the best is kept, up to :data:`MANY_PAIRS` pairs; one above."""
MANY_PAIRS = 200_000
ID_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Community:
    """Entities with more between them than chance would put there."""

    id: str
    """First twelve digits of its smallest member id: it keeps its name while that member stays."""
    members: tuple[int, ...]
    """Node numbers, ascending."""


@dataclass(frozen=True, eq=False, slots=True)
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

    def to_json(self) -> Record:
        """Give the stable form: members in the order of their ids, ``outside`` how many are in none."""
        return {
            "algorithm": self.algorithm,
            "seed": self.seed,
            "resolution": self.resolution,
            "iterations": self.iterations,
            "runs": self.runs,
            "modularity": number(self.modularity),
            "communities": [
                {
                    "id": one.id,
                    "size": len(one.members),
                    "members": [node_record(self.graph, node) for node in one.members],
                }
                for one in self.communities
            ],
            "outside": int(np.count_nonzero(self.membership < 0)),
        }

    def headline(self) -> str:
        """Give the answer in a sentence."""
        if not self.communities:
            return "Nothing has a link of any strength."
        largest = ", ".join(str(len(one.members)) for one in self.communities[:3])
        found = f"{len(self.communities):,} communities, the largest of {largest} members"
        return f"{found}; modularity {self.modularity:.3f}."

    def to_frame(self) -> pd.DataFrame:
        """Give one row a member: community, size, id, kind, label."""
        records = [
            {"community": one.id, "size": len(one.members)} | node_record(self.graph, node)
            for one in self.communities
            for node in one.members
        ]
        return frame(records, ("community", "size", "id", "kind", "label"))


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
    runs = RUNS if len(graph.pairs) <= MANY_PAIRS else 1
    found = _partition(graph, resolution, seed, runs)
    parts, membership = _in_order(graph, found)
    return Communities(
        graph=graph,
        algorithm=ALGORITHM,
        seed=seed,
        resolution=resolution,
        iterations=ITERATIONS,
        runs=runs,
        modularity=modularity(graph, membership),
        communities=parts,
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


def _partition(graph: Graph, resolution: float, seed: int, runs: int) -> Ints:
    """Give a community number for each node (n,), in no particular order; −1 for none."""
    found = np.full(len(graph), -1, np.int32)
    strong = graph.weight > 0
    if not strong.any():
        return found
    indptr = np.concatenate([[0], np.cumsum(strong)])[graph.indptr]
    _, places = leiden_csr(
        np.ascontiguousarray(indptr, np.int64),
        graph.indices[strong],
        graph.weight[strong],
        len(graph),
        resolution=resolution,
        iterations=ITERATIONS,
        trials=runs,
        seed=seed,
    )
    found[np.fromiter(places.keys(), np.int64, len(places))] = np.fromiter(places.values(), np.int32, len(places))
    found[np.diff(indptr) == 0] = -1
    return found


def _in_order(graph: Graph, found: Ints) -> tuple[tuple[Community, ...], Ints]:
    """Give the communities by size, then by smallest member, and the place of each node's (n,)."""
    placed = np.flatnonzero(found >= 0)
    membership = np.full(len(graph), -1, np.int32)
    if not len(placed):
        return (), membership
    _, first, community, sizes = np.unique(found[placed], return_index=True, return_inverse=True, return_counts=True)
    ranked = np.lexsort((first, -sizes))
    place = np.empty(len(ranked), np.int32)
    place[ranked] = np.arange(len(ranked))
    membership[placed] = place[community]
    groups = np.split(placed[np.argsort(membership[placed], kind="stable")], np.cumsum(sizes[ranked])[:-1])
    parts = tuple(Community(graph.ids[int(members[0])][:ID_DIGITS], tuple(members.tolist())) for members in groups)
    return parts, membership
