"""What an ingester hands to the case store: one batch of typed observations.

Everything is set at a time. The entities of a source are numbered in the order it shows them; a
batch brings those that are new and names all by their numbers, so that no text is compared row by row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from linkgraph.model import QuarantinedRow, ZoneStatus

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

NEVER, EVER = np.iinfo(np.int64).max, np.iinfo(np.int64).min
"""First and last time of what has none: any time comes before the one and after the other."""

_TIME = pa.timestamp("us", tz="UTC")

ZONE_STATUS = tuple(ZoneStatus)
"""Zone statuses by their number in the store."""

_WORD = pa.dictionary(pa.int32(), pa.string())


class Precision(IntEnum):
    """How exactly a row places in time what it says, the most exact first."""

    PORT = 1
    """An instant, and the source port that was used."""
    EXACT = 2
    """An instant."""
    INTERVAL = 3
    """Somewhere between two instants."""
    NONE = 4
    """No time."""


BATCH_ENTITIES = pa.schema(
    [
        ("id", pa.string()),
        ("kind", pa.string()),
        ("value", pa.string()),
        ("label", pa.string()),
        ("grade", pa.string()),
    ]
)
"""Entities that a source shows for the first time. ``grade`` says why links to it never connect, where that is so."""

BATCH_ROWS = pa.schema(
    [
        ("row", pa.int64()),
        ("byte_offset", pa.int64()),
        ("byte_length", pa.int64()),
        ("content_high", pa.uint64()),
        ("content_low", pa.uint64()),
        ("is_event", pa.bool_()),
        ("first_seen", _TIME),
        ("last_seen", _TIME),
        ("utc_offset", pa.int32()),
        ("zone_status", pa.int8()),
        ("weight", pa.float64()),
        ("amount", pa.decimal128(38, 18)),
        ("currency", pa.string()),
        ("detail", _WORD),
        ("precision", pa.int8()),
    ]
)
"""Observations of a batch. ``content_high`` and ``content_low`` are the 128-bit key of all that was read,
times included: two rows with the same key say the same. ``is_event``: they are then two events, not one
fact. ``zone_status`` counts in :data:`ZONE_STATUS`; ``precision``: see :class:`Precision`."""

BATCH_STATEMENTS = pa.schema(
    [
        ("at", pa.int32()),
        ("kind", _WORD),
        ("source", pa.int32()),
        ("target", pa.int32()),
    ]
)
"""Links that rows state; ``at`` is the place of the row among ``rows``, ``source`` and ``target`` are positions
among the source's entities."""

BATCH_MENTIONS = pa.schema([("at", pa.int32()), ("entity", pa.int32())])
"""Which row, by its place, shows which entity, by position."""

BATCH_ATTRIBUTES = pa.schema(
    [
        ("row", pa.int64()),
        ("entity", pa.int32()),
        ("name", pa.string()),
        ("value", pa.string()),
        ("basis", pa.string()),
        ("origin", pa.string()),
    ]
)
"""What rows say of entities. ``row`` is null and ``origin`` set where it does not come from a row."""


@dataclass(frozen=True)
class Batch:
    """One batch of one source. ``read`` = rows of ``rows`` + ``quarantined``.

    What can be worked out of a batch without asking the store is worked out when it is first asked for;
    whoever makes batches ahead of the store asks for it there: :meth:`worked_out`.
    """

    first_entity: int
    """Position of the first of ``entities``: how many the batches before it brought. 0 begins the numbering anew."""
    entities: pa.Table
    rows: pa.Table
    statements: pa.Table
    mentions: pa.Table
    attributes: pa.Table
    last_line: int
    quarantined: list[QuarantinedRow] = field(default_factory=list)

    def worked_out(self) -> Batch:
        """Give this batch with all that is worked out of it."""
        _ = self.repeated, self.seen, self.stated
        return self

    @cached_property
    def repeated(self) -> Mask:
        """(n_rows,) whether another row of the batch may say the same: half of the content's key is equal."""
        high = self.rows["content_high"].to_numpy()
        order = np.argsort(high)
        twins = np.flatnonzero(high[order][1:] == high[order][:-1])
        repeated = np.zeros(high.size, np.bool_)
        repeated[order[twins]] = repeated[order[twins + 1]] = True
        return repeated

    @cached_property
    def times(self) -> tuple[Longs, Longs]:
        """(n_rows,) first and last time in microseconds; :data:`NEVER` and :data:`EVER` where there is none."""
        return _micros(self.rows["first_seen"], NEVER), _micros(self.rows["last_seen"], EVER)

    @cached_property
    def seen(self) -> tuple[Longs, Longs, Longs]:
        """Positions of the entities that rows show, ascending, and when each was first and last seen."""
        entity, at = self.mentions["entity"].to_numpy(), self.mentions["at"].to_numpy()
        first, last = (np.full(int(entity.max(initial=-1)) + 1, unknown) for unknown in (NEVER, EVER))
        np.minimum.at(first, entity, self.times[0][at])
        np.maximum.at(last, entity, self.times[1][at])
        shown = np.zeros(first.size, np.bool_)
        shown[entity] = True
        position = np.flatnonzero(shown)
        return position, first[position], last[position]

    @cached_property
    def stated(self) -> tuple[Stated, ...]:
        """The links that rows state, kind by kind."""
        kinds = self.statements["kind"].cast(pa.string()).combine_chunks().dictionary_encode()
        kind_of = kinds.indices.to_numpy(zero_copy_only=False)
        at, source, target = (self.statements[name].to_numpy() for name in ("at", "source", "target"))
        found = []
        for number, kind in enumerate(kinds.dictionary.to_pylist()):
            chosen = slice(None) if len(kinds.dictionary) == 1 else kind_of == number
            found.append(self.links(kind, at[chosen], source[chosen], target[chosen]))
        return tuple(found)

    def links(self, kind: str, at: Ints, source: Ints, target: Ints) -> Stated:
        """Put statements of one kind together by their ends: positions, or keys, of entities.

        Args:
            kind: of the links.
            at: (n,) places of the rows.
            source: (n,) one end that each row states.
            target: (n,) the other.
        """
        code = source.astype(np.int64) << 32 | target
        once = bool((at[1:] > at[:-1]).all())
        order = np.argsort(code, kind=None if once else "stable")
        code, at = code[order], at[order]
        if not once:
            # A row that says one thing in two columns says it once.
            twice = (np.diff(code, prepend=-1) == 0) & (np.diff(at, prepend=np.int32(-1)) == 0)
            code, at = code[~twice], at[~twice]
        starts = run_starts(code)
        pairs = code[starts]
        return Stated(
            kind=kind,
            source=(pairs >> 32).astype(np.int32),
            target=(pairs & 0xFFFFFFFF).astype(np.int32),
            at=at,
            starts=starts,
            link=np.cumsum(np.diff(code, prepend=-1) != 0, dtype=np.int32) - np.int32(1),
            first=np.minimum.reduceat(self.times[0][at], starts),
            last=np.maximum.reduceat(self.times[1][at], starts),
            precision=np.minimum.reduceat(self.rows["precision"].to_numpy()[at], starts),
        )


@dataclass(frozen=True)
class Stated:
    """The m links of one kind that n statements of a batch's rows make."""

    kind: str
    source: Ints
    """(m,)"""
    target: Ints
    """(m,)"""
    at: Ints
    """(n,) place of the row that makes each statement, link by link."""
    starts: Longs
    """(m,) where in ``at`` each link begins."""
    link: Ints
    """(n,) which link each statement is of."""
    first: Longs
    """(m,) microseconds, or :data:`NEVER`."""
    last: Longs
    """(m,) microseconds, or :data:`EVER`."""
    precision: npt.NDArray[np.int8]
    """(m,) of the most exact row."""


def run_starts(ordered: npt.NDArray[Any]) -> Longs:
    """Give where each run of equal numbers begins in an ascending array."""
    return np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])) if ordered.size else np.empty(0, np.int64)


def _micros(times: pa.ChunkedArray, unknown: int) -> Longs:
    return np.asarray(times.cast(pa.int64()).fill_null(unknown).to_numpy(), np.int64)
