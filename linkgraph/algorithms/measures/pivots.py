"""Start nodes for measures that walk from every node, or from a fair sample of them.

Components cannot reach each other, so one round starts in all of them at once: round r walks from
the r-th node of every component. A component of at most ``most`` nodes is walked from each of its
nodes and its measures are exact; a larger one from ``most`` of its nodes. Ids are hashes, so nodes
evenly spaced in the order of ids are a random sample of the network, and the same one in every run
(Brandes & Pich 2007, *International Journal of Bifurcation and Chaos* 17, 2303: uniform pivots).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from linkgraph.graph import Graph, Longs


@dataclass(frozen=True, eq=False, slots=True)
class Pivots:
    """Where to start, round by round."""

    rounds: tuple[Longs, ...]
    """Nodes to start from, at most one in each component."""
    sampled: int | None
    """Pivots in each component that is too large to be exact; None where all are exact."""


def pivots(graph: Graph, most: int) -> Pivots:
    """Choose at most ``most`` start nodes in each component that has a link."""
    n = len(graph)
    if n == 0:
        return Pivots((), None)
    size = np.bincount(graph.component)[graph.component]
    used = np.minimum(size, most)
    by_component = np.argsort(graph.component, kind="stable")
    start = np.searchsorted(graph.component[by_component], graph.component)
    rank = np.empty(n, np.int64)
    rank[by_component] = np.arange(n)
    rank -= start
    turn = -(-rank * used // size)
    chosen = np.flatnonzero((turn * size // used == rank) & (turn < used) & (size > 1))
    in_turn = chosen[np.argsort(turn[chosen], kind="stable")]
    rounds = np.split(in_turn, np.cumsum(np.bincount(turn[chosen]))[:-1]) if len(chosen) else []
    return Pivots(tuple(rounds), most if int(size.max()) > most else None)
