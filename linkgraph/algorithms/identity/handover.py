"""Handover: one account stops, another starts, and what the first one held is in the second one's hands.

An account *stops* with its last login and *starts* with its first (where it has no logins, with its last and first
row of any kind). That is where the evidence ends, not where the person stopped: a return that reaches to a day
makes all its accounts stop on it. Rows of the first account after the handover are said with it.

A chain is put together from the likeliest handover of each account: to one successor, from one predecessor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from linkgraph.algorithms.identity.fields import UNSEEN, times
from linkgraph.model import LinkKind

if TYPE_CHECKING:
    from linkgraph.graph import Graph, Ints, Longs, Mask

LOGINS, ROWS = "logins", "rows of any kind"


@dataclass(frozen=True, eq=False, slots=True)
class Spans:
    """When each node of the graph was active; arrays (n,), microseconds, UTC, :data:`UNSEEN` for never."""

    first: Longs
    last: Longs
    by_logins: Mask
    last_row: Longs
    """Last row of any kind."""


@dataclass(frozen=True, slots=True)
class Handover:
    """One account stops, another starts."""

    earlier: int
    later: int
    stopped: int
    """Microseconds, UTC."""
    started: int
    by: tuple[str, str]
    """What stopped and started: :data:`LOGINS` or :data:`ROWS`, the earlier one's first."""
    still_seen: int | None
    """Last row of the earlier account, where that is after the later one started."""

    @property
    def gap(self) -> int:
        """Microseconds."""
        return self.started - self.stopped


def spans(graph: Graph) -> Spans:
    """Read when each node was active."""
    first, last = times(graph.entities["first_seen"]), times(graph.entities["last_seen"])
    rows = np.flatnonzero(pc.equal(graph.links["kind"], str(LinkKind.USED_IP)).to_numpy())
    seen, until = times(graph.links["first_seen"])[rows], times(graph.links["last_seen"])[rows]
    known = (seen != UNSEEN) & (until != UNSEEN)
    user = graph.source[rows][known]
    begin, end = np.full(len(graph), np.iinfo(np.int64).max), np.full(len(graph), UNSEEN)
    np.minimum.at(begin, user, seen[known])
    np.maximum.at(end, user, until[known])
    by_logins = end != UNSEEN
    return Spans(np.where(by_logins, begin, first), np.where(by_logins, end, last), by_logins, last)


def follows(spans: Spans, pairs: Ints, within: int) -> tuple[Ints, Ints]:
    """Tell of each pair (n_pairs, 2) whether one stops and the other starts within a time.

    Returns:
        outcome: 0 a handover, 1 none, −1 where the times of one are not known; and 1 where the first is the
        earlier one, −1 where the second is, 0 for no handover.
    """
    one, two = pairs[:, 0], pairs[:, 1]
    known = (spans.last[one] != UNSEEN) & (spans.last[two] != UNSEEN)
    known &= (spans.first[one] != UNSEEN) & (spans.first[two] != UNSEEN)
    outcome, direction = np.full(len(pairs), -1, np.int32), np.zeros(len(pairs), np.int32)
    outcome[known] = 1
    for sign, earlier, later in ((1, one, two), (-1, two, one)):
        gap = np.where(known, spans.first[later] - np.where(known, spans.last[earlier], 0), -1)
        # In one instant nothing has stopped; and what is a moment only can be both.
        hands = known & (gap > 0) & (gap <= within)
        outcome[hands], direction[hands] = 0, sign
    return outcome, direction


def handover(spans: Spans, earlier: int, later: int) -> Handover:
    """Write down one handover."""
    started, last_row = int(spans.first[later]), int(spans.last_row[earlier])
    by = tuple(LOGINS if spans.by_logins[node] else ROWS for node in (earlier, later))
    return Handover(
        earlier,
        later,
        int(spans.last[earlier]),
        started,
        (by[0], by[1]),
        last_row if last_row != UNSEEN and last_row > started else None,
    )


def chains(found: Sequence[tuple[Handover, float]]) -> list[list[Handover]]:
    """Put handovers together to chains, the likeliest first; of as likely ones the shortest gap, then the ids.

    Args:
        found: handovers with the probability that the two have one owner.
    """
    following: dict[int, Handover] = {}
    preceding: set[int] = set()
    for one, _ in sorted(found, key=lambda pair: (-pair[1], pair[0].gap, pair[0].earlier, pair[0].later)):
        if one.earlier not in following and one.later not in preceding:
            following[one.earlier] = one
            preceding.add(one.later)
    made = []
    for start in sorted(set(following) - preceding):
        chain = [following[start]]
        while chain[-1].later in following:
            chain.append(following[chain[-1].later])
        made.append(chain)
    return sorted(made, key=lambda chain: (-len(chain), chain[0].earlier))
