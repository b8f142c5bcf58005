"""What an ingester hands to the case store: one batch of typed observations.

Everything is set at a time. The entities of a source are numbered in the order it shows them; a
batch brings those that are new and names all by their numbers, so that no text is compared row by row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import pyarrow as pa

from linkgraph.model import QuarantinedRow, ZoneStatus

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


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch of one source. ``read`` = rows of ``rows`` + ``quarantined``."""

    first_entity: int
    """Position of the first of ``entities``: how many the batches before it brought. 0 begins the numbering anew."""
    entities: pa.Table
    rows: pa.Table
    statements: pa.Table
    mentions: pa.Table
    attributes: pa.Table
    last_line: int
    quarantined: list[QuarantinedRow] = field(default_factory=list)
