"""Trophic levels: how far a directed network runs one way, and who stands where along it.

A level ``h`` is given to each node such that along a link from m to n it rises by 1 as nearly as the whole
network allows: the levels make ``Σ w (h_n − h_m − 1)²`` least. With in-weight and out-weight of each node that is
the linear system ``Λ h = v``, ``Λ = diag(in + out) − W − Wᵀ``, ``v = in − out``. What is left of the sum, over
``Σ w``, is the *incoherence* F0: 0 where every link climbs exactly one level, 1 where all that flows, flows in
circles (MacKay, Johnson & Sansom 2020, *Royal Society Open Science* 7, 201138; not the older definition of
ecology, which needs nodes without predecessors and is what ``networkx.trophic_levels`` gives).

Levels are counted from the lowest node of each weakly connected component: between components they say nothing.

A network without a cycle of pairs (a tree) has F0 = 0 *whichever way its links point*, and a sparse one has little:
F0 alone is no sign of command. So beside it stands what F0 would be if each pair kept its weights and a coin said
which end is which, drawn with a fixed seed; ``Λ`` is the same for every draw, so a draw costs one more right side.

Small components are solved directly (one sparse factorisation), larger ones by conjugate gradients; sums are
numpy's own and in fixed order, not those of a threaded library, and levels are rounded to six decimals. For the
larger ones few draws are made, and how exactly they were solved is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy

if TYPE_CHECKING:
    from linkgraph.graph import Floats, Ints, Longs, Mask

DIRECT = 1_000
"""Most nodes of a component that is solved directly."""
DIRECT_LINKS = 20_000
"""Most links of one, and about as many together at a time: bounds memory to some tens of megabytes."""
DRAWS = 99
DRAWS_WHERE_LARGE = 3
TOLERANCE = 1e-9
"""Remaining part of the right side at which conjugate gradients stop."""
TOLERANCE_OF_DRAWS = 1e-4
"""The same for random directions, of which only F0 is wanted: its error is the square of this."""
MOST_STEPS = 2_000
_SAME = 1e-9
"""Two values of F0 this close are the same: the difference is rounding."""


@dataclass(frozen=True, eq=False, slots=True)
class Trophic:
    """The levels of a directed network and how coherent each of its components is."""

    component: Ints
    """(n,) number of the weakly connected component of each node, in the order of their first nodes; −1 where a
    node has no link."""
    level: Floats
    """(n,) level above the lowest node of the component; NaN where a node has no link."""
    incoherence: Floats
    """(components,) F0."""
    expected: Floats
    """(components,) mean F0 over the draws of random directions."""
    draws: Ints
    """(components,) how many draws."""
    as_coherent: Ints
    """(components,) how many of the draws have an F0 no greater than the real one."""
    residual: Floats
    """(components,) part of the right side that conjugate gradients left; 0 where solved directly."""


def trophic_levels(source: Ints, target: Ints, weight: Floats, n: int, *, seed: int = 1) -> Trophic:
    """Find the levels of a directed network.

    Args:
        source: (links,) node each link starts from.
        target: (links,) node it leads to; a link to itself has no direction and is passed over.
        weight: (links,) what it weighs; links of no weight are passed over.
        n: number of nodes.
        seed: of the random directions.
    """
    counts = (source != target) & (weight > 0)
    source, target, weight = source[counts], target[counts], weight[counts].astype(np.float64)
    component = _components(source, target, n)
    parts = int(component.max(initial=-1)) + 1
    of_link = component[source] if len(source) else np.zeros(0, np.int32)
    nodes, links = np.bincount(component[component >= 0], minlength=parts), np.bincount(of_link, minlength=parts)
    large = (nodes > DIRECT) | (links > DIRECT_LINKS)
    found = Trophic(
        component=component,
        level=np.full(n, np.nan),
        incoherence=np.zeros(parts),
        expected=np.zeros(parts),
        draws=np.where(large, DRAWS_WHERE_LARGE, DRAWS).astype(np.int32),
        as_coherent=np.zeros(parts, np.int32),
        residual=np.zeros(parts),
    )
    signs = _Signs(source, target, n, seed)
    for chosen in _batches(nodes + links, large):
        inside = np.zeros(parts, bool)
        inside[chosen] = True
        taken = np.flatnonzero(inside[of_link])
        draws = signs.drawn(taken, int(found.draws[chosen[0]]))
        _fill(found, source[taken], target[taken], weight[taken], draws, chosen, directly=not large[chosen[0]])
    return found


def _components(source: Ints, target: Ints, n: int) -> Ints:
    """Number the weakly connected components (n,) in the order of their first nodes; −1 for nodes without link."""
    network = scipy.sparse.csr_array((np.ones(len(source), np.int8), (source, target)), shape=(n, n))
    _, label = scipy.sparse.csgraph.connected_components(network, directed=True, connection="weak")
    linked = np.zeros(n, bool)
    linked[source] = linked[target] = True
    component = np.full(n, -1, np.int32)
    if linked.any():
        _, first, of_node = np.unique(label[linked], return_index=True, return_inverse=True)
        place = np.empty(len(first), np.int32)
        place[np.argsort(first)] = np.arange(len(first))
        component[linked] = place[of_node]
    return component


def _batches(cost: Longs, large: Mask) -> Iterator[Longs]:
    """Put components together: small ones up to about what one may cost, all large ones at once."""
    small = np.flatnonzero(~large)
    number = np.cumsum(cost[small]) // DIRECT_LINKS
    yield from (one for one in np.split(small, np.flatnonzero(np.diff(number)) + 1) if len(one))
    if large.any():
        yield np.flatnonzero(large)


class _Signs:
    """Random directions: +1 where a pair stays as it is, −1 where it is turned round with all its links."""

    def __init__(self, source: Ints, target: Ints, n: int, seed: int) -> None:
        low, high = np.minimum(source, target).astype(np.int64), np.maximum(source, target)
        keys, self._pair = np.unique(low * n + high, return_inverse=True)
        # The raw stream of a bit generator is promised to stay; what is drawn from it otherwise is not.
        self._bits = np.random.PCG64(seed).random_raw(len(keys) * 2).astype("<u8").reshape(-1, 2)

    def drawn(self, links: Longs, draws: int) -> Floats:
        """Give the signs of some links in each draw (links, draws)."""
        bits = np.unpackbits(self._bits[self._pair[links]].view(np.uint8), axis=1, count=draws)
        signs: Floats = bits.astype(np.float64) * 2.0 - 1.0
        return signs


def _fill(
    found: Trophic, source: Ints, target: Ints, weight: Floats, draws: Floats, chosen: Longs, *, directly: bool
) -> None:
    """Solve some components, whole, and write what comes out into the answer."""
    nodes, ends = np.unique(np.concatenate([source, target]), return_inverse=True)
    start, end = ends[: len(source)], ends[len(source) :]
    part = np.searchsorted(chosen, found.component[nodes])
    signs = np.concatenate([np.ones((len(weight), 1)), draws], axis=1)
    towards = scipy.sparse.csr_array((np.ones(len(end)), (end, np.arange(len(end)))), shape=(len(nodes), len(end)))
    away = scipy.sparse.csr_array((np.ones(len(start)), (start, np.arange(len(start)))), shape=(len(nodes), len(start)))
    right = (towards - away) @ (weight[:, None] * signs)
    laplacian = _laplacian(start, end, weight, len(nodes))
    if directly:
        level = _directly(laplacian, right, part)
    else:
        exact, draws_only = _iteratively(laplacian, right[:, :1], TOLERANCE), right[:, 1:]
        level = np.concatenate([exact, _iteratively(laplacian, draws_only, TOLERANCE_OF_DRAWS)], axis=1)
        found.residual[chosen] = _residual(laplacian @ level[:, 0] - right[:, 0], right[:, 0], part)
    missed = weight[:, None] * (signs * (level[end] - level[start]) - 1.0) ** 2
    by_part = scipy.sparse.csr_array(
        (np.ones(len(weight)), (part[start], np.arange(len(weight)))), shape=(len(chosen), len(weight))
    )
    f0 = np.clip((by_part @ missed) / (by_part @ weight)[:, None], 0.0, 1.0)
    found.incoherence[chosen] = f0[:, 0]
    found.expected[chosen] = f0[:, 1:].mean(axis=1)
    found.as_coherent[chosen] = (f0[:, 1:] <= f0[:, :1] + _SAME).sum(axis=1)
    lowest = np.full(len(chosen), np.inf)
    np.minimum.at(lowest, part, level[:, 0])
    found.level[nodes] = np.round(level[:, 0] - lowest[part], 6) + 0.0


def _laplacian(start: Longs, end: Longs, weight: Floats, n: int) -> scipy.sparse.csr_array:
    rows, columns = np.concatenate([start, end]), np.concatenate([end, start])
    both = scipy.sparse.csr_array((np.concatenate([weight, weight]), (rows, columns)), shape=(n, n))
    total = np.asarray(both.sum(axis=1)).ravel()
    diagonal = scipy.sparse.csr_array((total, (np.arange(n), np.arange(n))), shape=(n, n))
    return scipy.sparse.csr_array(diagonal - both)


def _directly(laplacian: scipy.sparse.csr_array, right: Floats, part: Longs) -> Floats:
    """Solve with the first node of each component held at 0, which makes the system regular."""
    free = np.ones(len(part), bool)
    free[np.unique(part, return_index=True)[1]] = False
    level = np.zeros_like(right)
    inner = scipy.sparse.csc_array(laplacian[free][:, free])
    factors = scipy.sparse.linalg.splu(
        inner, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
    )
    level[free] = factors.solve(right[free])
    return level


def _iteratively(laplacian: scipy.sparse.csr_array, right: Floats, tolerance: float) -> Floats:
    """Solve by conjugate gradients, each column for itself, preconditioned with the diagonal.

    The system is singular and consistent: the right side sums to 0 in each component, and so stays every step.
    """
    scale = 1.0 / laplacian.diagonal()[:, None]
    level = np.zeros_like(right)
    left = right.copy()
    direction = scale * left
    product = (left * direction).sum(axis=0)
    enough = tolerance**2 * (right**2).sum(axis=0)
    for _ in range(MOST_STEPS):
        going = (left**2).sum(axis=0) > enough
        if not going.any():
            break
        image = laplacian @ direction
        curved = (direction * image).sum(axis=0)
        step = np.divide(product, curved, out=np.zeros_like(product), where=going & (curved > 0))
        level += step * direction
        left -= step * image
        scaled = scale * left
        following = (left * scaled).sum(axis=0)
        direction = scaled + np.divide(following, product, out=np.zeros_like(product), where=product > 0) * direction
        product = following
    return level


def _residual(left: Floats, right: Floats, part: Longs) -> Floats:
    remains, given = np.bincount(part, left**2), np.bincount(part, right**2)
    return np.sqrt(np.divide(remains, given, out=np.zeros_like(remains), where=given > 0))
