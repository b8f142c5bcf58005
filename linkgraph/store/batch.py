"""What an ingester hands to the case store: one batch of typed observations.

Everything is set at a time. The entities of a source are numbered in the order it shows them; a
batch brings those that are new and names all by their numbers, so that no text is compared row by row.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from linkgraph.model import QuarantinedRow

_TIME = pa.timestamp("us", tz="UTC")

BATCH_ENTITIES = pa.schema(
    [
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
        ("identity", pa.string()),
        ("is_event", pa.bool_()),
        ("first_seen", _TIME),
        ("last_seen", _TIME),
        ("utc_offset", pa.int32()),
        ("zone_status", pa.string()),
        ("weight", pa.float64()),
        ("amount", pa.decimal128(38, 18)),
        ("currency", pa.string()),
        ("detail", pa.string()),
    ]
)
"""Observations of a batch. ``identity`` is the canonical text of all that was read, times included:
two rows with the same text say the same. ``is_event``: they are then two events, not one fact."""

BATCH_STATEMENTS = pa.schema(
    [
        ("row", pa.int64()),
        ("kind", pa.string()),
        ("source", pa.int32()),
        ("target", pa.int32()),
    ]
)
"""Links that rows state; ``source`` and ``target`` are positions among the source's entities."""

BATCH_MENTIONS = pa.schema([("row", pa.int64()), ("entity", pa.int32())])
"""Which row shows which entity, by position."""

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
    """Position of the first of ``entities``: how many the batches of this import before it brought."""
    entities: pa.Table
    rows: pa.Table
    statements: pa.Table
    mentions: pa.Table
    attributes: pa.Table
    last_line: int
    quarantined: list[QuarantinedRow] = field(default_factory=list)
