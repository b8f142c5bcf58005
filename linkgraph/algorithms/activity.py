"""Activity: when things were done, and when that changed.

Four answers from the single rows of evidence (:mod:`~linkgraph.algorithms.timing.acts` says what counts as one), for
the whole case, for one entity, or for some together:

- acts by hour and weekday in one stated zone;
- the offsets at which one may live who sleeps when acts are fewest (:mod:`~linkgraph.algorithms.timing.home_zone`);
- days from which on there was more or less (:mod:`~linkgraph.algorithms.timing.change_points`);
- what became of communities from window to window (:mod:`~linkgraph.algorithms.timing.lifelines`).

To an investigator: a rhythm is a hint to whom to ask and for which hours, never a proof of where anybody was.
The acts of victims are left out, and counted, unless a victim is the one who is asked about.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.algorithms.records import Record, frame, iso, node_record, number
from linkgraph.algorithms.timing.acts import DAY, HOUR, KINDS, Acts, acts, local
from linkgraph.algorithms.timing.change_points import ALPHA, MOST_BINS, Change, change_points
from linkgraph.algorithms.timing.home_zone import ASLEEP, HomeZone, home_zone
from linkgraph.algorithms.timing.lifelines import (
    MOST_LINKS,
    PATIENCE,
    SMALLEST,
    THRESHOLD,
    Event,
    Life,
    in_windows,
    lifelines,
    runs_for,
)
from linkgraph.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from linkgraph.graph import Graph, Longs, Mask
    from linkgraph.model import Source

WINDOW_DAYS = 30
MOST_WINDOWS = 24
"""More would be too many to read: windows are made longer instead, and the answer says how long."""
RANGES = 200
"""Ranges of rows written for one file; what is cut is counted."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, eq=False, slots=True)
class Activity:
    """When there were acts."""

    graph: Graph
    sources: Sequence[Source]
    zone: str
    """IANA name of the zone that hours, weekdays and days are of."""
    nodes: tuple[int, ...] | None
    """Whose acts; None for the whole case."""
    acts: Acts
    grid: Longs
    """(7, 24) acts with a known hour, by weekday (Monday first) and hour."""
    first_day: date | None
    bin_days: int
    """Days in one bin of the series that changes are looked for in."""
    changes: tuple[Change, ...] | None
    """None where there are too few days or acts to say."""
    home: HomeZone | None
    """None for the whole case: people of many zones have no common one."""
    zone_offsets: tuple[float, ...]
    """Hours east of UTC that the stated zone had at the acts."""
    windows: tuple[tuple[date, date, int], ...]
    """First and last day of each window, and the links seen in it."""
    window_days: int
    window_runs: int
    """Runs of which the best is kept in each window."""
    lives: tuple[Life, ...] | None
    """None where windows have more links than are affordable."""
    events: tuple[Event, ...]

    def to_json(self) -> Record:
        """Give the stable form; days are those of the zone, times UTC."""
        moments = self.acts.moment
        return {
            "zone": self.zone,
            "of": None if self.nodes is None else [node_record(self.graph, node) for node in self.nodes],
            "acts": len(moments),
            "without_hour": int(np.count_nonzero(~self.acts.has_hour)),
            "without_time": self.acts.without_time,
            "of_victims_left_out": self.acts.of_victims,
            "first": iso(_utc(int(moments[0]))) if len(moments) else None,
            "last": iso(_utc(int(moments[-1]))) if len(moments) else None,
            "hours": self.grid.sum(axis=0).tolist(),
            "weekdays": self.grid.sum(axis=1).tolist(),
            "grid": self.grid.tolist(),
            "home_zone": self._home(),
            "changes": None if self.changes is None else [self._change(change) for change in self.changes],
            "change_method": {"alpha": ALPHA, "bin_days": self.bin_days},
            "windows": [
                {"from": start.isoformat(), "to": end.isoformat(), "links": links} for start, end, links in self.windows
            ],
            "window_method": {
                "days": self.window_days,
                "jaccard": THRESHOLD,
                "patience": PATIENCE,
                "smallest": SMALLEST,
                "runs": self.window_runs,
                "not_worked_out": self._not_worked_out(),
            },
            "communities": [self._life(life) for life in self.lives or ()],
            "community_events": [
                {
                    "window": event.window,
                    "what": event.what,
                    "community": event.life,
                    "other": event.other,
                    "jaccard": None if event.jaccard is None else number(event.jaccard),
                }
                for event in self.events
            ],
            "evidence": self._evidence(),
        }

    def to_frame(self) -> pd.DataFrame:
        """Give one row an hour of the week: weekday, hour, acts."""
        records = [
            {"weekday": day, "hour": hour, "acts": int(self.grid[at, hour])}
            for at, day in enumerate(WEEKDAYS)
            for hour in range(24)
        ]
        return frame(records, ("weekday", "hour", "acts"))

    def headline(self) -> str:
        """Give the answer in a sentence or two."""
        count = len(self.acts.moment)
        if not count:
            return "No act with a time is known."
        said = [f"{count:,} acts"]
        if self.grid.any():
            hour = int(self.grid.sum(axis=0).argmax())
            said.append(f"most between {hour:02d} and {(hour + 1) % 24:02d} o'clock ({self.zone})")
        if self.changes is not None:
            said.append(_counted(len(self.changes), "change point"))
        if self.lives is not None:
            said.append(f"{_counted(len(self.lives), 'community', 'communities')} over {len(self.windows)} windows")
        home = f" {self.home_words()}" if self.home else ""
        return ", ".join(said) + "." + home

    def home_words(self) -> str:
        """Say what is known of a home zone."""
        if self.home is None:
            return "A home zone is asked of one entity or community."
        if self.home.verdict == "candidates":
            return f"The quiet hours fit a home at {_offset_words(self.home.offsets)}; these cannot be told apart."
        if self.home.verdict == "too few acts":
            return "There are too few days or hours with acts to say anything about a home zone."
        return "There is no daily rhythm that a home zone could be read from."

    def _home(self) -> Record | None:
        if self.home is None:
            return None
        home = self.home
        fits = any(round(offset) in home.offsets for offset in self.zone_offsets) if home.offsets else None
        return {
            "verdict": home.verdict,
            "days": home.days,
            "hours": home.hours,
            "p": None if home.p is None else number(home.p),
            "quiet_utc": None if home.quiet is None else {"from": home.quiet[0], "to": home.quiet[1]},
            "asleep_local": list(ASLEEP),
            "offsets": list(home.offsets),
            "zone_is_one": fits,
        }

    def _day(self, place: int) -> str:
        return "" if self.first_day is None else (self.first_day + timedelta(days=place * self.bin_days)).isoformat()

    def _change(self, change: Change) -> Record:
        begin, end = self._files_at(change)
        return {
            "day": self._day(change.at),
            "low": self._day(change.low),
            "high": self._day(change.high),
            "before": number(change.before / self.bin_days),
            "after": number(change.after / self.bin_days),
            "p": number(change.p),
            "files_that_begin": begin,
            "files_that_end": end,
        }

    def _files_at(self, change: Change) -> tuple[list[str], list[str]]:
        """Give the files whose first, and whose last act lies where the change does."""
        if self.first_day is None:
            return [], []
        day = (local(self.acts.moment, ZoneInfo(self.zone)) // DAY - _number(self.first_day)) // self.bin_days
        begin, end = [], []
        for file in np.unique(self.acts.file).tolist():
            own = day[self.acts.file == file]
            if change.low <= own[0] <= change.high:
                begin.append(self.sources[file].sha256)
            if change.low - 1 <= own[-1] <= change.high:
                end.append(self.sources[file].sha256)
        return begin, end

    def _life(self, life: Life) -> Record:
        return {
            "id": life.id,
            "born": life.steps[0].window,
            "last": life.steps[-1].window,
            "ended": life.ended,
            "steps": [
                {
                    "window": step.window,
                    "size": len(step.members),
                    "jaccard": None if step.jaccard is None else number(step.jaccard),
                    "members": [self.graph.ids[node] for node in step.members],
                }
                for step in life.steps
            ],
        }

    def _not_worked_out(self) -> str | None:
        if self.lives is not None:
            return None
        links = sum(links for _, _, links in self.windows)
        return f"{links:,} links in all windows are more than {MOST_LINKS:,}: choose kinds of links or longer windows"

    def _evidence(self) -> list[Record]:
        found = []
        for file in np.unique(self.acts.file).tolist():
            rows = np.unique(self.acts.row[self.acts.file == file])
            breaks = np.flatnonzero(np.diff(rows) > 1)
            first, last = rows[np.concatenate([[0], breaks + 1])], rows[np.concatenate([breaks, [len(rows) - 1]])]
            ranges = zip(first[:RANGES].tolist(), last[:RANGES].tolist(), strict=True)
            found.append(
                {
                    "source": self.sources[file].sha256,
                    "acts": len(rows),
                    "rows": ",".join(str(low) if low == high else f"{low}-{high}" for low, high in ranges),
                    "ranges_left_out": max(0, len(first) - RANGES),
                }
            )
        return found


def activity(
    graph: Graph,
    events: pa.Table,
    sources: Sequence[Source],
    zone: ZoneInfo,
    *,
    nodes: Collection[int] | None = None,
    window_days: int = WINDOW_DAYS,
) -> Activity:
    """Find when there were acts, and when that changed.

    Args:
        graph: the whole graph, whose node numbers the events have.
        events: schema :data:`linkgraph.store.protocol.EVENTS`.
        sources: the evidence files, in the order that the column ``file`` of events counts them in.
        zone: hours, weekdays and days are those of its clocks.
        nodes: whose acts; all if left out. Communities are then those that one of them is in.
        window_days: length of the windows that communities are followed through.

    Raises:
        UsageError: windows are shorter than a day.
    """
    if window_days < 1:
        raise UsageError(f"A window is at least 1 day long, not {window_days}.")
    mask = None
    if nodes is not None:
        mask = np.zeros(len(graph), bool)
        mask[np.fromiter(nodes, np.int64)] = True
    found = acts(graph, events, mask)
    clock = local(found.moment, zone)
    hour_of_week = (clock[found.has_hour] // HOUR + 3 * 24) % (7 * 24)  # 1970 began on a Thursday
    grid = np.bincount(hour_of_week, minlength=7 * 24).reshape(7, 24).astype(np.int64)
    days = clock // DAY
    span = int(days[-1] - days[0] + 1) if len(days) else 0
    bin_days = max(1, -(-span // MOST_BINS))
    # A last bin that is not full would look like less.
    series = np.bincount((days - days[0]) // bin_days)[: span // bin_days] if span else np.zeros(0, np.int64)
    offsets = np.unique((clock - found.moment)[found.has_hour]) / HOUR
    windows, length, runs, lives, happened = _windows(graph, events, zone, mask, window_days)
    return Activity(
        graph=graph,
        sources=sources,
        zone=str(zone),
        nodes=None if mask is None else tuple(np.flatnonzero(mask).tolist()),
        acts=found,
        grid=grid,
        first_day=_date(int(days[0])) if span else None,
        bin_days=bin_days,
        changes=change_points(series.astype(np.int64)),
        home=None if mask is None else home_zone(found.moment[found.has_hour]),
        zone_offsets=tuple(offsets.tolist()),
        windows=windows,
        window_days=length,
        window_runs=runs,
        lives=lives,
        events=happened,
    )


def _windows(
    graph: Graph, events: pa.Table, zone: ZoneInfo, mask: Mask | None, days: int
) -> tuple[tuple[tuple[date, date, int], ...], int, int, tuple[Life, ...] | None, tuple[Event, ...]]:
    """Cut the time of the case into windows and follow communities, all or those that some nodes are in."""
    events = events.filter(pc.is_in(events["kind"], value_set=pa.array([str(kind) for kind in KINDS])))
    events = events.filter(pc.is_valid(events["first_seen"]))
    if not events.num_rows:
        return (), days, runs_for(()), (), ()
    day = local(np.asarray(events["first_seen"].cast(pa.int64()).to_numpy(), np.int64), zone) // DAY
    first, last = int(day.min()), int(day.max())
    days = max(days, -(-(last - first + 1) // MOST_WINDOWS))
    count = (last - first) // days + 1
    seen = in_windows(graph, events, (day - first) // days, count)
    windows = tuple(
        (_date(first + at * days), _date(min(last, first + (at + 1) * days - 1)), len(rows))
        for at, (rows, _) in enumerate(seen)
    )
    if sum(links for _, _, links in windows) > MOST_LINKS:
        return windows, days, runs_for(seen), None, ()
    lives, happened = lifelines(graph, seen)
    if mask is not None:
        lives = tuple(life for life in lives if any(mask[list(step.members)].any() for step in life.steps))
        named = {life.id for life in lives}
        happened = tuple(event for event in happened if event.life in named or event.other in named)
    return windows, days, runs_for(seen), lives, happened


def _utc(microseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def _date(day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=day)


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def _counted(number_of: int, one: str, many: str | None = None) -> str:
    return f"{number_of:,} {one if number_of == 1 else many or one + 's'}"


def _offset_words(offsets: Sequence[int]) -> str:
    """Say offsets as ranges: ``UTC-1 to UTC+4``."""
    runs: list[list[int]] = []
    for offset in offsets:
        if runs and offset == runs[-1][1] + 1:
            runs[-1][1] = offset
        else:
            runs.append([offset, offset])
    return " or ".join(f"UTC{low:+d}" if low == high else f"UTC{low:+d} to UTC{high:+d}" for low, high in runs)
