"""Betweenness from shortest paths drawn at random, with a bound on the error that holds for all at once.

How often drawn paths run through a node or over a pair estimates the share of all that do. Two bounds say how far
off an estimate may be, and each holds for all nodes together, not only for the one that is looked at:

- After a number of draws that follows from the number of nodes on the longest shortest path, however large the
  network (Riondato & Kornaropoulos 2016, *Data Mining and Knowledge Discovery* 30, 438, theorem 1, with their c = 0.5;
  the longest has at most twice the steps to the farthest from one node, their §5.1).
- Before that, as soon as the draws made say so: few paths run through most nodes, and what is seldom is known sooner
  (Borassi & Natale 2016, *ESA*, theorem 9, from Freedman 1975, *Annals of Probability* 3, 100). It may be looked at as
  often as one likes. Each node gets its part of the allowed doubt before the draws that count: half in equal
  parts, half by a few draws made for that and thrown away.

Half of the doubt that the confidence leaves goes to each. Draws go on until one of the two gives the error asked for,
or until the work bound; then the error that was reached is what the answer states.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from linkgraph.graph import Floats, Graph, Ints, Longs, Mask

PORTION = 256
"""Draws that one thread makes at a time."""
LOOKS = 25
"""How often the bound is looked at, at most, until the draws of the first bound are made."""
FEWEST_PILOTS = 64
_COUNTED_FROM = 2**40
"""Numbers of the draws that count; those below share the doubt out."""


@dataclass(frozen=True, eq=False, slots=True)
class Drawn:
    """What share of the paths between all two nodes of a network there are, estimated."""

    shares: Floats
    """That run through each node (n,), or over each pair (n_pairs,)."""
    paths: int
    """How many were drawn."""
    error: float
    """Largest error of any share, with the confidence asked for."""


def drawn_paths(graph: Graph, chosen: Mask, *, error: float, confidence: float, work: int, of_pairs: bool) -> Drawn:
    """Draw paths in some components until the error is small enough or the work is done.

    Args:
        graph: the network; between components there is no path.
        chosen: (components,) components to draw in, at least one; each has at least two nodes.
        error: wanted, of a share of all pairs of nodes.
        confidence: that no share is off by more.
        work: entries of ``graph.indices`` to look at, about.
        of_pairs: shares that run over pairs, not through nodes.
    """
    draws = _Draws(graph, chosen, of_pairs=of_pairs)
    doubt, wanted = 1.0 - confidence, error / draws.scale
    crossed = draws.longest if of_pairs else max(draws.longest - 1, 1)
    most = math.ceil(0.5 / wanted**2 * (math.floor(math.log2(crossed)) + 1 + math.log(2.0 / doubt)))

    draws.make(0, FEWEST_PILOTS)
    per_draw = max(draws.looked // FEWEST_PILOTS, 1)
    draws.make(FEWEST_PILOTS, min(most // 100, work // (10 * per_draw)))
    pilot = draws.counts()
    # Log of 1 / the part of the doubt that each side of each share gets.
    parts = pilot + max(int(pilot.sum()), 1) / len(pilot)
    weigh = np.log(4.0 / doubt * parts.sum()) - np.log(parts)

    draws.forget()
    a_round = int(np.clip(work // (LOOKS * per_draw), 1, -(-most // LOOKS)))
    made, reached = 0, math.inf
    while reached > wanted and made < most and (made == 0 or draws.looked < work):
        following = min(made + a_round, most)
        draws.make(_COUNTED_FROM + made, _COUNTED_FROM + following)
        made = following
        reached = _bound(draws.counts(), made, most, weigh)
    if made == most:
        reached = min(reached, wanted)
    return Drawn(draws.counts() / made * draws.scale, made, min(reached, 1.0) * draws.scale)


def _bound(counts: Longs, made: int, most: int, weigh: Floats) -> float:
    """Give the largest error of any share after ``made`` of at most ``most`` draws."""
    seen = counts > 0
    share = np.append(counts[seen] / made, 0.0)
    weight = np.append(weigh[seen], weigh[~seen].max(initial=0.0))
    stretch, spread = most / made, 2.0 * share * most / np.maximum(weight, 1e-300)
    above = 1 / 3 + stretch + np.sqrt((1 / 3 + stretch) ** 2 + spread)
    below = 1 / 3 - stretch + np.sqrt((1 / 3 - stretch) ** 2 + spread)
    return float((weight / made * np.maximum(above, below)).max())


class _Draws:
    """Paths drawn so far and what they ran through."""

    def __init__(self, graph: Graph, chosen: Mask, *, of_pairs: bool) -> None:
        from linkgraph.kernels.turns import cores  # noqa: PLC0415 - as the kernels
        from linkgraph.kernels.walks import walk  # noqa: PLC0415

        self.graph, self.of_pairs = graph, of_pairs
        order = np.argsort(graph.component, kind="stable").astype(np.int32)
        self.members: Ints = order[chosen[graph.component[order]]]
        size = np.bincount(graph.component)[chosen]
        self.start: Longs = np.concatenate([[0], np.cumsum(size)])
        self.below: Longs = np.concatenate([[0], np.cumsum(size * (size - 1))])
        """Ordered pairs of nodes in the components before each."""
        self.scale = float(self.below[-1]) / (len(graph) * (len(graph) - 1))
        """Share of all ordered pairs of nodes that can be drawn."""
        by_degree = self.members[np.argsort(-graph.degree[self.members], kind="stable")]
        _, first = np.unique(graph.component[by_degree], return_index=True)
        sources = by_degree[first].astype(np.int64)
        _, farthest, _ = walk(graph.indptr, graph.indices, graph.component, sources, np.ones(len(sources), np.uint64))
        self.longest = 2 * int(farthest.max())
        """Steps that no shortest path has more of."""
        self.looked = 0
        """Entries of ``graph.indices`` that were looked at."""
        # One set of counts a thread; whole numbers add up to the same in any order.
        self._held = [self._none() for _ in range(cores())]

    def make(self, first: int, last: int) -> None:
        """Draw the paths with the numbers from ``first`` up to ``last``."""
        from linkgraph.kernels.drawn import draw  # noqa: PLC0415
        from linkgraph.kernels.turns import in_order  # noqa: PLC0415

        spare: SimpleQueue[tuple[Ints, Ints]] = SimpleQueue()
        for counts in self._held:
            spare.put(counts)
        graph = self.graph

        def portion(begin: int) -> int:
            nodes, pairs = spare.get()
            end = min(begin + PORTION, last)
            looked = draw(
                graph.indptr,
                graph.indices,
                graph.pair_of_entry,
                self.members,
                self.start,
                self.below,
                begin,
                end,
                nodes,
                pairs,
            )
            spare.put((nodes, pairs))
            return looked

        self.looked += sum(in_order(portion, range(first, last, PORTION)))

    def counts(self) -> Longs:
        """Count the drawn paths that ran through each node, or over each pair."""
        found = np.zeros(len(self.graph.pairs) if self.of_pairs else len(self.graph), np.int64)
        for nodes, pairs in self._held:
            found += pairs if self.of_pairs else nodes
        return found

    def forget(self) -> None:
        """Count from 0 again."""
        self._held = [self._none() for _ in self._held]

    def _none(self) -> tuple[Ints, Ints]:
        return np.zeros(len(self.graph), np.int32), np.zeros(len(self.graph.pairs) if self.of_pairs else 0, np.int32)
