"""Time-respecting reach: to how many others something can have come from one, in the order things happened.

A path counts if no event on it is earlier than the one before it and it takes no longer, from its first event to
its last, than a window. Whoever such a path leads to is within *reach* (Kempe, Kleinberg & Kumar 2002, *Journal of
Computer and System Sciences* 64, 820; Holme & Saramäki 2012, *Physics Reports* 519, 97). It says that something
can have been passed on, not that it was. A *cascade* is what is within reach from one moment on.

Reach of all nodes takes one pass over the events, latest first, that keeps for each node the earliest end of a
path to each target (Kumar & Calders 2017, *EDBT*, 450). That is one step an event and target; where it would be
more than :data:`MOST_STEPS`, targets are a sample drawn with a fixed seed, and reach is an estimate that says whom
to look at: cascades are never estimated, each is followed event by event.

Events of the same moment may stand in any order. A row that states only a day stands at the beginning of it, so
of two rows of one day either may be the earlier. A victim passes nothing on: no path leads through one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

    from linkgraph.graph import Floats, Ints, Longs

MOST_STEPS = 2_000_000_000
"""Events × targets that are gone through; some ten seconds."""
MOST_STEPS_OF_ONE = 20_000_000
"""Events that are gone through to follow one node from all its moments; less than a tenth of a second."""
COLUMNS = 64
"""Targets that are gone through at once: their memory is 256 bytes a node."""
_NEVER = np.iinfo(np.int32).max


@dataclass(frozen=True, eq=False, slots=True)
class Timeline:
    """Events in the order of their times; those of the same time in the order of source, target and ``row``."""

    nodes: Ints
    """(k,) node numbers of those that take part, ascending; the ends below are positions in it."""
    source: Ints
    """(m,)"""
    target: Ints
    """(m,)"""
    time: Longs
    """(m,) µs since 1970, ascending."""
    row: Longs
    """(m,) position of the event in the table it is from."""
    moment: Ints
    """(m,) number of the distinct time, from 0."""
    until: Ints
    """(m,) the last moment within the window after the event."""
    window: int
    """µs"""

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, eq=False, slots=True)
class Reach:
    """How many others are within reach of each node of a timeline."""

    reached: Floats
    """(k,) a whole number where all targets were gone through, an estimate where they are a sample."""
    targets: int
    """Nodes that anything leads to."""
    sampled: int | None
    """Targets that were drawn; None where all were gone through."""


@dataclass(frozen=True, eq=False, slots=True)
class Cascades:
    """What one node begins."""

    reached: Ints
    """Positions in ``nodes`` of all that are within reach from any of the moments tried, ascending."""
    largest: Longs
    """Of the largest cascade, the earliest of those as large: positions in the timeline of the events by which
    each other was first reached, in the order of that."""
    hops: Ints
    """For each of these, how many events lead from the start to its target."""
    starts: int
    """Moments at which the node begins something."""
    tried: int
    """How many of them were followed, spread evenly over all."""


def in_order(events: pa.Table) -> pa.Table:
    """Put rows in the order of the store: the same evidence gives the same answer in whatever order it came.

    Args:
        events: schema :data:`~linkgraph.store.protocol.EVENTS`.
    """
    keys = [(name, "ascending") for name in ("first_seen", "source", "target", "kind", "file", "row")]
    return events.sort_by(keys) if events.num_rows else events


def timeline(source: Ints, target: Ints, time: Longs, row: Longs, window: int) -> Timeline:
    """Put events in order; those from a node to itself are left out.

    Args:
        source: (m,) node numbers.
        target: (m,) node numbers.
        time: (m,) µs since 1970.
        row: (m,) position in the table they are from, in an order that the same evidence always has.
        window: the longest that a path may take, µs.
    """
    order = np.lexsort((row, target, source, time))
    order = order[source[order] != target[order]]
    nodes, ends = np.unique(np.concatenate([source[order], target[order]]), return_inverse=True)
    moments, moment = np.unique(time[order], return_inverse=True)
    until = np.searchsorted(moments, moments + window, side="right") - 1
    return Timeline(
        nodes=nodes.astype(np.int32),
        source=ends[: len(order)].astype(np.int32),
        target=ends[len(order) :].astype(np.int32),
        time=time[order].astype(np.int64),
        row=row[order].astype(np.int64),
        moment=moment.astype(np.int32),
        until=until[moment].astype(np.int32),
        window=window,
    )


def reach(events: Timeline, *, seed: int = 1, most_steps: int = MOST_STEPS) -> Reach:
    """Count who is within reach of each node.

    Args:
        events: without those that victims begin, if nothing is to be passed on by a victim.
        seed: of the sample.
        most_steps: see :data:`MOST_STEPS`.
    """
    from linkgraph.kernels import spreading  # noqa: PLC0415 - compiled when first asked for

    targets = np.flatnonzero(np.bincount(events.target, minlength=len(events.nodes))).astype(np.int32)
    chosen = _drawn(targets, max(COLUMNS, most_steps // max(len(events), 1)), seed)
    count = np.zeros(len(events.nodes), np.int64)
    for first in range(0, len(chosen), COLUMNS):
        columns = chosen[first : first + COLUMNS]
        of_node = np.full(len(events.nodes), -1, np.int32)
        of_node[columns] = np.arange(len(columns))
        ends = np.full((len(events.nodes), len(columns)), _NEVER, np.int32)
        spreading.earliest_ends(events.source, events.target, events.moment, events.until, of_node, ends)
        # Coming back to oneself is no reach.
        ends[columns, np.arange(len(columns))] = _NEVER
        count += (ends < _NEVER).sum(axis=1)
    if len(chosen) == len(targets):
        return Reach(count.astype(np.float64), len(targets), None)
    nodes = np.arange(len(events.nodes))
    others, drawn = (len(some) - np.isin(nodes, some) for some in (targets, chosen))
    return Reach(count / drawn * others, len(targets), len(chosen))


def _drawn(targets: Ints, most: int, seed: int) -> Ints:
    if len(targets) <= most:
        return targets
    # The raw stream of a bit generator is promised to stay; what is drawn from it otherwise is not.
    lot = np.random.PCG64(seed).random_raw(len(targets))
    return np.sort(targets[np.argsort(lot, kind="stable")[:most]])


def cascades(events: Timeline, start: int, *, most_steps: int = MOST_STEPS_OF_ONE) -> Cascades:
    """Follow what one node begins, from each of its moments.

    Args:
        events: as for :func:`reach`.
        start: position in ``events.nodes``.
        most_steps: events gone through; where all moments would take more, some are tried, evenly spread.
    """
    from linkgraph.kernels import spreading  # noqa: PLC0415 - compiled when first asked for

    own = np.unique(events.moment[events.source == start])
    begins = np.searchsorted(events.moment, own)
    stops = np.searchsorted(events.moment, events.until[begins], side="right")
    every = max(1, -(-int((stops - begins).sum()) // most_steps))
    begins, stops = begins[::every], stops[::every]
    n = len(events.nodes)
    seen, ever, tree = np.full(n, -1, np.int32), np.zeros(n, np.bool_), np.empty(n, np.int64)
    sizes = []
    for attempt, (begin, stop) in enumerate(zip(begins.tolist(), stops.tolist(), strict=True)):
        found = spreading.first_reached(
            events.source, events.target, events.moment, start, begin, stop, attempt, seen, tree
        )
        ever[events.target[tree[:found]]] = True
        sizes.append(found)
    if not sizes:
        return Cascades(np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.int32), 0, 0)
    best = int(np.argmax(sizes))
    largest = spread(events, start, int(begins[best]), int(stops[best]))
    reached = np.flatnonzero(ever).astype(np.int32)
    return Cascades(reached, largest, _hops(events, start, largest), len(own), len(begins))


def spread(events: Timeline, start: int, begin: int, stop: int) -> Longs:
    """Follow some events from one node; give those by which each other was first reached, in that order.

    Args:
        events: the timeline.
        start: position in ``events.nodes``.
        begin: first event that is gone through.
        stop: the one after the last.
    """
    from linkgraph.kernels import spreading  # noqa: PLC0415 - compiled when first asked for

    seen, tree = np.full(len(events.nodes), -1, np.int32), np.empty(len(events.nodes), np.int64)
    found = spreading.first_reached(events.source, events.target, events.moment, start, begin, stop, 0, seen, tree)
    return tree[:found]


def _hops(events: Timeline, start: int, tree: Longs) -> Ints:
    depth = {start: 0}
    for event in tree.tolist():
        depth[int(events.target[event])] = depth[int(events.source[event])] + 1
    return np.fromiter((depth[node] for node in events.target[tree].tolist()), np.int32, len(tree))
