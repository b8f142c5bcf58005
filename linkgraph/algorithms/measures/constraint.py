"""Constraint and effective size: whose contacts do not know each other (Burt 1992, *Structural Holes*, ch. 2).

With p(v, w) the share of v's strength that goes to w, the constraint of v is the sum over its contacts
w of (p(v, w) + Σ p(v, u) p(u, w))², u being contacts of both; the effective size is how many contacts
are left once those that lead to each other are counted once: the sum over w of 1 − Σ p(v, u) m(w, u),
with m(w, u) the strength of w and u by that of w's strongest pair. Both need only the triangles of the
network, each of which is met once by walking from entities of few contacts to those of more (Chiba &
Nishizeki 1985, *SIAM Journal on Computing* 14, 210): at most pairs × √(2 pairs) steps, in practice few
for each pair. Above :data:`MOST_STEPS` nothing is measured, and the answer says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from linkgraph import kernels

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkgraph.graph import Floats, Graph, Ints, Longs

Triangles: TypeAlias = "Callable[[Longs, Ints, Longs, Longs, Floats, Floats, Floats, Floats], None]"

MOST_STEPS = 2_000_000_000
"""Ways of two links that are looked at for a third one: some ten seconds."""


@dataclass(frozen=True, eq=False, slots=True)
class Constraint:
    """Burt's measures of the strength-weighted network, each (n,)."""

    constraint: Floats
    """Low where contacts are many and strangers to each other; NaN without a contact of any strength."""
    effective_size: Floats
    """Contacts that do not lead to each other; NaN as above."""


def constraint(graph: Graph) -> Constraint | None:
    """Measure how far the contacts of each node are strangers to each other; None where it is too much work."""
    n, entries = len(graph), len(graph.indices)
    node = np.repeat(np.arange(n), graph.degree)
    # From the one with fewer contacts to the one with more; of equal ones from the smaller id.
    rank = np.empty(n, np.int64)
    rank[np.argsort(graph.degree, kind="stable")] = np.arange(n)
    onward = np.flatnonzero(rank[node] < rank[graph.indices])
    many = np.bincount(node[onward], minlength=n)
    if int(many[graph.indices[onward]].sum()) > MOST_STEPS:
        return None
    total = np.zeros(n)
    np.add.at(total, node, graph.weight)
    share = _by_node(graph, node, total)
    strongest = np.zeros(n)
    np.maximum.at(strongest, node, graph.weight)
    marginal = _by_node(graph, node, strongest)
    indirect, redundant = np.zeros(entries), np.zeros(n)
    walk = _compiled() if kernels.pay(n, len(graph.pairs)) else _triangles
    walk(
        np.concatenate([[0], np.cumsum(many)]).astype(np.int64),
        graph.indices[onward],
        onward.astype(np.int64),
        _other_way(graph),
        share,
        marginal,
        indirect,
        redundant,
    )
    known = total > 0
    found = np.bincount(node, weights=np.square(share + indirect), minlength=n)
    return Constraint(np.where(known, found, np.nan), np.where(known, graph.degree - redundant, np.nan))


def _by_node(graph: Graph, node: Longs, whole: Floats) -> Floats:
    """Give the strength of each entry (2 n_pairs,) as a share of a number of its node (n,)."""
    of_node = whole[node]
    return np.divide(graph.weight, of_node, out=np.zeros(len(node)), where=of_node > 0)


def _other_way(graph: Graph) -> Longs:
    """Give, for each entry of the index (2 n_pairs,), the entry of the same pair from its other end."""
    ends = np.argsort(graph.pair_of_entry, kind="stable").reshape(-1, 2)
    other = np.empty(len(graph.indices), np.int64)
    other[ends[:, 0]], other[ends[:, 1]] = ends[:, 1], ends[:, 0]
    return other


@cache
def _compiled() -> Triangles:
    from linkgraph.kernels.compiled import compiled  # noqa: PLC0415 - numba, which a small case can do without

    return compiled(_triangles)


def _triangles(
    start: Longs,
    end: Ints,
    entry: Longs,
    other_way: Longs,
    share: Floats,
    marginal: Floats,
    indirect: Floats,
    redundant: Floats,
) -> None:
    """Meet every triangle a, b, c once and add what it gives each of its entries and nodes."""
    n = len(start) - 1
    third = np.full(n, -1, np.int64)
    for a in range(n):
        for place in range(start[a], start[a + 1]):
            third[end[place]] = entry[place]
        for place in range(start[a], start[a + 1]):
            b, ab = end[place], entry[place]
            ba = other_way[ab]
            for further in range(start[b], start[b + 1]):
                c, bc = end[further], entry[further]
                ac = third[c]
                if ac < 0:
                    continue
                ca, cb = other_way[ac], other_way[bc]
                indirect[ab] += share[ac] * share[cb]
                indirect[ba] += share[bc] * share[ca]
                indirect[ac] += share[ab] * share[bc]
                indirect[ca] += share[cb] * share[ba]
                indirect[bc] += share[ba] * share[ac]
                indirect[cb] += share[ca] * share[ab]
                redundant[a] += share[ac] * marginal[bc] + share[ab] * marginal[cb]
                redundant[b] += share[bc] * marginal[ac] + share[ba] * marginal[ca]
                redundant[c] += share[cb] * marginal[ab] + share[ca] * marginal[ba]
        for place in range(start[a], start[a + 1]):
            third[end[place]] = -1
