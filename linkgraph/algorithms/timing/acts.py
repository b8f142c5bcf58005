"""Acts: the rows of evidence that say somebody did something at some moment, and at what hour that was.

An act is one row of a log, a payment trace, a list of shared files or of messages. It is the act of
whoever the link starts from (the account that logged in, wrote or paid), not of whom it reached; what an
address, a file or a page is asked about, are the acts of those who used it. One row is one act, however many
links it states.

Hours are those of one stated zone for all. A row's own offset says in what zone a *server* wrote its clock, not
where anybody was: it was used once, to place the row in UTC. A row that gives a calendar day alone has no
hour, and none is made up for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.model import RESOURCE_KINDS, LinkKind

if TYPE_CHECKING:
    from linkgraph.graph import Graph, Ints, Longs, Mask

KINDS = (LinkKind.USED_IP, LinkKind.VISITED, LinkKind.SHARED_FILE, LinkKind.PAID, LinkKind.CONTACTED)
"""Links that are made by doing something; to hold a phone is no act."""
SECOND = 1_000_000
HOUR, DAY = 3600 * SECOND, 86_400 * SECOND
_WHOLE_DAYS = (82_800, 86_400, 90_000)
"""Seconds of a calendar day, also where clocks change."""
_ROWS = 1 << 40


@dataclass(frozen=True, eq=False, slots=True)
class Acts:
    """Acts with a time, in order of time; arrays have one item an act."""

    moment: Longs
    """Microseconds since 1970 UTC: when it began."""
    has_hour: Mask
    """False where the evidence gives a calendar day alone."""
    file: Ints
    """Position of the evidence file among the sources."""
    row: Longs
    without_time: int
    """Acts that the evidence gives no time for; they are in nothing."""
    of_victims: int
    """Acts left out because a victim did them."""


def acts(graph: Graph, events: pa.Table, nodes: Mask | None = None) -> Acts:
    """Give the acts of some nodes, or of all.

    Args:
        graph: the whole graph, whose node numbers the events have.
        events: schema :data:`linkgraph.store.protocol.EVENTS`.
        nodes: (n,) whose acts; a victim's are left out unless it is the only node asked for.
    """
    events = events.filter(pc.is_in(events["kind"], value_set=pa.array([str(kind) for kind in KINDS])))
    source, target = (np.asarray(events[end].to_numpy(), np.int64) for end in ("source", "target"))
    wanted = np.ones(len(source), bool)
    if nodes is not None:
        wanted = nodes[source] | (nodes & graph.of_kind(RESOURCE_KINDS))[target]
    own = nodes is not None and np.count_nonzero(nodes) == 1
    by_victim = graph.victims[source] & (np.ones(len(source), bool) if not own or nodes is None else ~nodes[source])
    file, row = (np.asarray(events[name].to_numpy(), np.int64) for name in ("file", "row"))
    identity = file * _ROWS + row
    left_out = len(np.unique(identity[wanted & by_victim]))
    kept = np.flatnonzero(wanted & ~by_victim)
    kept = kept[np.unique(identity[kept], return_index=True)[1]]
    first, last = (events[name].take(pa.array(kept)).cast(pa.int64()) for name in ("first_seen", "last_seen"))
    timed = ~np.asarray(first.is_null().to_numpy(), bool)
    begin = np.asarray(first.fill_null(0).to_numpy(), np.int64)
    seconds = (np.asarray(last.fill_null(0).to_numpy(), np.int64) - begin) // SECOND + 1
    zoned = np.asarray(events["utc_offset"].take(pa.array(kept)).is_valid().to_numpy(), bool)
    has_hour = zoned & ~np.isin(seconds, _WHOLE_DAYS)
    order = np.flatnonzero(timed)[np.lexsort((identity[kept][timed], begin[timed]))]
    return Acts(
        begin[order],
        has_hour[order],
        file[kept][order].astype(np.int32),
        row[kept][order],
        int(np.count_nonzero(~timed)),
        left_out,
    )


def local(moment: Longs, zone: ZoneInfo) -> Longs:
    """Give moments (microseconds UTC) as the clocks of a zone show them, in microseconds since 1970 there.

    Offsets change on a quarter of an hour, so each quarter that occurs is looked up once.
    """
    quarter, at = np.unique(moment // (900 * SECOND), return_inverse=True)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    shift = [
        (epoch + timedelta(seconds=900 * one)).astimezone(zone).utcoffset() or timedelta() for one in quarter.tolist()
    ]
    seconds = np.fromiter((one.total_seconds() for one in shift), np.float64, len(shift)).astype(np.int64)
    return np.asarray(moment + SECOND * seconds[at], np.int64)
