"""Blocking: which accounts are compared at all, since a case of n has n(n − 1)/2 pairs.

Two are compared where they hold one thing: an e-mail address, phone, device or payment account, an address
within a time, a file. What more hold than its field's ``pair_all`` (a carrier's address, a viral file) makes no
pairs of all its holders; of those, each is paired with the few whose names stand next to its own, read forwards and
backwards (sorted neighbourhood, Hernández & Stolfo 1995, *SIGMOD*): so two alike names behind one carrier's
address still meet. Names alone make no candidate, and so no pair. Where all blocks together have more than
:data:`MOST_PAIRS` the largest ones are treated as too large, and the answer says from which size on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from linkgraph.algorithms.identity.fields import Held, gaps, names

if TYPE_CHECKING:
    from linkgraph.graph import Graph, Ints, Longs, Mask

MOST_PAIRS = 2_000_000
NEIGHBOURS = 5
"""In a block too large to pair all, each is paired with so many next names either way, or with fewer where there are
many such holders."""


class Block(NamedTuple):
    """What one field's values made of pairs."""

    field: str
    values: int
    """Values that two or more hold."""
    pairs: int
    paired_up_to: int
    """Holders up to which all pairs of a value's holders were compared."""
    over: tuple[tuple[int, int], ...]
    """Values that more hold, as (node, holders); most holders first."""
    next_names: int
    """Next names, either way, that each of these holders was paired with."""


def blocks(
    graph: Graph,
    fields: Mapping[str, Held],
    compared: Mask,
    pair_all: Mapping[str, int],
    within: int,
    most: int = MOST_PAIRS,
) -> tuple[Longs, tuple[Block, ...]]:
    """Find the pairs to compare.

    Args:
        graph: the whole graph.
        fields: who holds what.
        compared: (n,) who is compared.
        pair_all: how many holders of one value are all paired, by field.
        within: microseconds between two uses of one address.
        most: pairs in all.

    Returns:
        keys ``u × n + v`` of nodes u < v, ascending, each once; and how they were found.
    """
    n = len(graph)
    grouped = {field: _by_value(given, compared) for field, given in fields.items()}
    sizes = {field: _sizes(values) for field, (values, _) in grouped.items()}
    bounds = _bounds(sizes, pair_all, most)
    # Where many are behind large values, fewer next names keep the pairs near as many as may be.
    crowded = sum(int(size[size > bounds[field]].sum()) for field, size in sizes.items())
    next_names = int(np.clip(most // max(2 * crowded, 1), 1, NEIGHBOURS))
    found, reports = [], []
    for field, given in fields.items():
        values, rows = grouped[field]
        size = _sizes(values)
        small = np.repeat(size <= bounds[field], size)
        one, two = _all_pairs(values[small])
        one, two = rows[small][one], rows[small][two]
        if field == "address":
            gap, known = gaps(given.first[one], given.last[one], given.first[two], given.last[two])
            near = known & (gap <= within)
            one, two = one[near], two[near]
        large = _next_names(graph, given, values[~small], rows[~small], next_names)
        ends = np.concatenate([np.stack([given.owner[one], given.owner[two]], axis=1), large]).astype(np.int64)
        keys = _distinct(ends.min(axis=1) * n + ends.max(axis=1))
        found.append(keys)
        first = np.cumsum(size) - size
        over = sorted(
            ((int(values[first[at]]), int(size[at])) for at in np.flatnonzero(size > bounds[field])),
            key=lambda pair: (-pair[1], pair[0]),
        )
        reports.append(Block(field, int((size > 1).sum()), len(keys), bounds[field], tuple(over), next_names))
    keys = _distinct(np.concatenate(found)) if found else np.empty(0, np.int64)
    # A person has accounts and is none.
    kinds = graph.entities["kind"].combine_chunks().dictionary_encode().indices.to_numpy()
    one, two = np.divmod(keys, max(n, 1))
    return keys[kinds[one] == kinds[two]], tuple(reports)


def _by_value(given: Held, compared: Mask) -> tuple[Ints, Longs]:
    """Give value and position of what those compared hold, in the order of value and owner."""
    rows = np.flatnonzero(compared[given.owner])
    rows = rows[np.argsort(given.value[rows], kind="stable")]
    return given.value[rows], rows


def _distinct(keys: Longs) -> Longs:
    """Give each key once, ascending: sorting millions is several times as fast as hashing them."""
    keys = np.sort(keys)
    return keys[np.diff(keys, prepend=-1) > 0]


def _sizes(values: Ints) -> Longs:
    return np.diff(np.flatnonzero(np.diff(values, prepend=-1, append=-2))).astype(np.int64)


def _bounds(sizes: Mapping[str, Longs], pair_all: Mapping[str, int], most: int) -> dict[str, int]:
    """Lower the largest blocks that are paired whole until the pairs of all are no more than ``most``."""
    small = [size[size <= pair_all[field]] for field, size in sizes.items()]
    every = np.sort(np.concatenate(small)) if small else np.empty(0, np.int64)
    total = np.cumsum(every * (every - 1) // 2)
    if not len(total) or total[-1] <= most:
        return dict(pair_all)
    largest = max(int(every[np.searchsorted(total, most, "right")]) - 1, 1)
    return {field: min(bound, largest) for field, bound in pair_all.items()}


def _all_pairs(values: Ints) -> tuple[Longs, Longs]:
    """Give the positions of all pairs of equal values in a sorted array."""
    size = _sizes(values)
    first = np.cumsum(size) - size
    after = np.repeat(first + size, size) - np.arange(len(values)) - 1
    one = np.repeat(np.arange(len(values)), after)
    two = one + 1 + np.arange(len(one)) - np.repeat(np.cumsum(after) - after, after)
    return one.astype(np.int64), two.astype(np.int64)


def _next_names(graph: Graph, given: Held, values: Ints, rows: Longs, steps: int) -> Longs:
    """Pair the holders of each value with those whose names come next: nodes (m, 2)."""
    owners = np.unique(given.owner[rows])
    if not len(owners):
        return np.empty((0, 2), np.int64)
    own = names(graph, owners.tolist(), {})[0]
    found = []
    for spelled in (own, [name[::-1] for name in own]):
        rank = np.empty(len(owners), np.int64)
        rank[np.array(sorted(range(len(owners)), key=lambda at: (spelled[at], at)), np.int64)] = np.arange(len(owners))
        order = np.lexsort((rank[np.searchsorted(owners, given.owner[rows])], values))
        owner, value = given.owner[rows][order].astype(np.int64), values[order]
        for step in range(1, steps + 1):
            same = value[step:] == value[:-step]
            found.append(np.stack([owner[:-step][same], owner[step:][same]], axis=1))
    return np.concatenate(found)
