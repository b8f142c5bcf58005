"""Lifelines: what becomes of communities from one window of time to the next.

Communities are found in each window by itself, from the links seen in it, and matched with those before by the
Jaccard overlap of their members (Greene, Doyle & Cunningham 2010, *ASONAM*, "Tracking the evolution of
communities in dynamic social networks"). From the matches above a threshold follow *births*, *deaths*, *merges*
and *splits*. A community that is not seen goes on being looked for during some windows. Where several could be the
same, the one with the largest overlap is: a merged community ends, a part that splits off begins a life.

Members that are matched are those who act: accounts, persons, payment accounts. Addresses and files hold
communities together, but change from week to week while the people do not. Communities of fewer than three of
them are left out.

A window with little evidence is not one with little contact. A death means *not seen again in this evidence*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.algorithms.communities import ID_DIGITS, ITERATIONS, RUNS
from linkgraph.algorithms.grouping.leiden import ordered, partition
from linkgraph.graph import Graph
from linkgraph.model import RESOURCE_KINDS

if TYPE_CHECKING:
    from linkgraph.graph import Longs, Mask

THRESHOLD = 0.3
"""Jaccard overlap from which on two communities are one."""
PATIENCE = 3
"""Windows that a community which is not seen is still looked for."""
SMALLEST = 3
MANY_LINKS = 50_000
"""Links of all windows together, above which the search of a window is one run instead of the best of several."""
MOST_LINKS = 1_000_000
"""Links of all windows together, above which nothing is worked out."""


@dataclass(frozen=True, slots=True)
class Step:
    """A community in one window."""

    window: int
    members: tuple[int, ...]
    """Node numbers, ascending."""
    jaccard: float | None
    """Overlap with the step before; None at birth."""


@dataclass(frozen=True, slots=True)
class Event:
    """A birth, death, merge or split."""

    window: int
    what: str
    life: str
    other: str | None
    """Merge: the life it goes into. Split: the life it comes from."""
    jaccard: float | None


@dataclass(slots=True)
class Life:
    """One community through time."""

    id: str
    """Number of the window of its birth, and twelve digits of its smallest member then."""
    steps: list[Step] = field(default_factory=list)
    ended: bool = False


def in_windows(graph: Graph, events: pa.Table, window: Longs, count: int) -> list[tuple[Longs, Longs]]:
    """Give for each window the rows of the link table that events in it state, and how many events each.

    Args:
        graph: the whole graph, whose node numbers the events have.
        events: schema :data:`linkgraph.store.protocol.EVENTS`.
        window: (n_events,) number of the window of each event; −1 for none.
        count: number of windows.
    """
    if not graph.links.num_rows:
        return [(np.empty(0, np.int64), np.empty(0, np.int64))] * count
    n = len(graph)
    words = sorted(set(graph.links["kind"].unique().to_pylist()))
    links = _keys(graph.links["kind"], words, graph.source.astype(np.int64), graph.target.astype(np.int64), n)
    order = np.argsort(links, kind="stable")
    source, target = (np.asarray(events[end].to_numpy(), np.int64) for end in ("source", "target"))
    stated = _keys(events["kind"], words, source, target, n)
    place = np.minimum(np.searchsorted(links[order], stated), len(order) - 1)
    known = (links[order][place] == stated) & (window >= 0)
    cells, counts = np.unique(
        window[known] * graph.links.num_rows + order[place[known]].astype(np.int64), return_counts=True
    )
    at, row = np.divmod(cells, graph.links.num_rows)
    edges = np.searchsorted(at, np.arange(count + 1))
    return [(row[low:high], counts[low:high]) for low, high in pairwise(edges.tolist())]


def lifelines(
    graph: Graph, windows: Sequence[tuple[Longs, Longs]], *, seed: int = 1
) -> tuple[tuple[Life, ...], tuple[Event, ...]]:
    """Follow the communities of a graph through windows of time.

    Args:
        graph: the whole graph.
        windows: rows of its link table seen in each window, and how often.
        seed: of the search in each window.
    """
    resource = graph.of_kind(RESOURCE_KINDS)
    runs = runs_for(windows)
    lives: list[Life] = []
    events: list[Event] = []
    for at, (rows, counts) in enumerate(windows):
        found = [group for group in _communities(graph, rows, counts, resource, seed, runs) if len(group) >= SMALLEST]
        open_lives = [life for life in lives if not life.ended and at - life.steps[-1].window <= PATIENCE]
        _follow(graph, at, found, open_lives, lives, events)
    final = len(windows) - 1
    for life in lives:
        if not life.ended and life.steps[-1].window < final:
            life.ended = True
            events.append(Event(life.steps[-1].window + 1, "death", life.id, None, None))
    return tuple(lives), tuple(sorted(events, key=lambda one: (one.window, one.what, one.life, one.other or "")))


def runs_for(windows: Sequence[tuple[Longs, Longs]]) -> int:
    """Give of how many runs the best is kept in each window."""
    return RUNS if sum(len(rows) for rows, _ in windows) <= MANY_LINKS else 1


def _keys(kind: pa.ChunkedArray, words: Sequence[str], source: Longs, target: Longs, n: int) -> Longs:
    code = pc.index_in(kind, pa.array(words, pa.string())).fill_null(len(words))
    return np.asarray((code.to_numpy().astype(np.int64) * n + source) * n + target, np.int64)


def _communities(graph: Graph, rows: Longs, counts: Longs, resource: Mask, seed: int, runs: int) -> list[Longs]:
    """Find the communities of one window; members that act, as nodes of the whole graph."""
    if not len(rows):
        return []
    links = graph.links.take(pa.array(rows))
    links = links.set_column(links.column_names.index("count"), "count", pa.array(counts, pa.int64()))
    nodes = np.unique(np.concatenate([graph.source[rows], graph.target[rows]])).astype(np.int64)
    part = Graph.of(graph.entities.take(pa.array(nodes)), links)
    membership, _, _ = ordered(partition(part, resolution=1.0, seed=seed, iterations=ITERATIONS, runs=runs))
    acting = np.flatnonzero((membership >= 0) & ~resource[nodes])
    acting = acting[np.argsort(membership[acting], kind="stable")]
    return np.split(nodes[acting], np.flatnonzero(np.diff(membership[acting])) + 1)


def _follow(
    graph: Graph, at: int, found: list[Longs], before: list[Life], lives: list[Life], events: list[Event]
) -> None:
    """Match the communities of one window with the lives that are open."""
    taken: dict[int, Life] = {}
    went_on: set[str] = set()
    parted: list[tuple[float, int, int]] = []
    for jaccard, front, one in _matches(graph, found, before):
        life = before[front]
        if one not in taken and life.id not in went_on:
            taken[one] = life
            went_on.add(life.id)
            life.steps.append(Step(at, tuple(found[one].tolist()), jaccard))
        else:
            parted.append((jaccard, front, one))
    for jaccard, front, one in parted:
        life = before[front]
        if one not in taken:
            taken[one] = _born(graph, at, found[one], lives)
            events.append(Event(at, "split", taken[one].id, life.id, jaccard))
        elif life.id not in went_on and not life.ended:
            life.ended = True
            events.append(Event(at, "merge", life.id, taken[one].id, jaccard))
    for one, members in enumerate(found):
        if one not in taken:
            life = _born(graph, at, members, lives)
            if at:  # those of the first window were there when the evidence begins
                events.append(Event(at, "birth", life.id, None, None))


def _born(graph: Graph, at: int, members: Longs, lives: list[Life]) -> Life:
    life = Life(f"{at}-{graph.ids[int(members[0])][:ID_DIGITS]}", [Step(at, tuple(members.tolist()), None)])
    lives.append(life)
    return life


def _matches(graph: Graph, found: list[Longs], before: list[Life]) -> list[tuple[float, int, int]]:
    """Give the overlaps from the threshold on: largest first, then by life and by community."""
    if not found or not before:
        return []
    fronts = [life.steps[-1].members for life in before]
    size, was = (np.fromiter(map(len, groups), np.int64, len(groups)) for groups in (found, fronts))
    place = np.full(len(graph), -1, np.int64)
    place[np.concatenate(found)] = np.repeat(np.arange(len(found)), size)
    here = place[np.fromiter(chain.from_iterable(fronts), np.int64, was.sum())]
    front = np.repeat(np.arange(len(fronts)), was)[here >= 0]
    cells, shared = np.unique(front * len(found) + here[here >= 0], return_counts=True)
    life, one = np.divmod(cells, len(found))
    jaccard = shared / (was[life] + size[one] - shared)
    near = jaccard >= THRESHOLD
    matches = zip(jaccard[near].tolist(), life[near].tolist(), one[near].tolist(), strict=True)
    return sorted(matches, key=lambda match: (-match[0], match[1], match[2]))
