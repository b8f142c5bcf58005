"""What every reader gives: numbered text rows, and the lines it could not read.

A reader turns bytes into text and nothing more. It never interprets a value, never drops a line
and never holds more than a batch in memory.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

import pyarrow as pa

LINE, OFFSET, LENGTH = "_line", "_offset", "_length"
"""Names of the three position columns of :attr:`Rows.table`, all int64."""
RAW = "_raw"
"""Name of the column of bytes that formats without byte positions have beside them."""

MAX_LINE_BYTES = 1 << 20
"""A longer line is quarantined by its number; its first bytes are kept."""
BATCH_BYTES = 64 << 20
"""A batch that is gathered row by row ends here, however few its rows are: memory holds no more of a file."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is not a row of its format."""

    line: int
    """1-based."""
    offset: int
    """Bytes before the line in the (decompressed) file."""
    raw: bytes
    column: str
    code: str
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """A batch of rows as the file has them.

    ``table`` holds one string column per column of the file (null where the row has nothing) and
    the position of each row: ``_line`` (1-based line where the row starts; in formats that are not
    lines of text, and so in any where two rows could start in one line, the number of the record in
    the order of the file), ``_offset`` (bytes before it in the decompressed file) and ``_length`` (its
    bytes without the line end). ``_line`` grows from row to row and no two rows share one.

    Where the bytes of a row do not stand in the file one after the other (cells of a workbook, rows of
    a database), ``_offset`` is −1 and the column ``_raw`` (binary) has the row's cells as a JSON list.
    ``read`` = rows in ``table`` + ``unreadable``; header, preamble and blank lines are not rows.
    """

    table: pa.Table
    unreadable: list[Unreadable] = field(default_factory=list)
    passed_over: Mapping[str, int] = field(default_factory=dict)
    """What stands between the rows and is none, where an analyst should know of it: what it is, in the
    plural, → how many ("lines of other programs")."""

    @property
    def read(self) -> int:
        """Number of rows, readable or not."""
        return int(self.table.num_rows) + len(self.unreadable)


def schema(columns: Iterable[str]) -> pa.Schema:
    """Give the schema of rows with these columns: all text, and the three of position behind them."""
    return pa.schema(
        [*((name, pa.string()) for name in columns), *((name, pa.int64()) for name in (LINE, OFFSET, LENGTH))]
    )


def gathered(
    found: Iterable[Mapping[str, object] | Unreadable | str], layout: pa.Schema, batch_rows: int
) -> Iterator[Rows]:
    """Gather what a reader finds one by one into batches.

    Args:
        found: rows by column, positions among them; what is unreadable; or in a word, in the plural, what is
            passed over.
        layout: the schema of the rows.
        batch_rows: readable and unreadable rows of a batch at the most; of long ones fewer.
    """
    weight = 0
    rows: list[Mapping[str, object]] = []
    unreadable: list[Unreadable] = []
    passed_over: Counter[str] = Counter()
    for one in found:
        if isinstance(one, str):
            passed_over[one] += 1
        elif isinstance(one, Unreadable):
            unreadable.append(one)
            weight += len(one.raw)
        else:
            rows.append(one)
            weight += int(str(one[LENGTH]))
        if len(rows) + len(unreadable) >= batch_rows or weight >= BATCH_BYTES:
            yield Rows(pa.Table.from_pylist(rows, layout), unreadable, passed_over)
            rows, unreadable, passed_over, weight = [], [], Counter(), 0
    if rows or unreadable or passed_over:
        yield Rows(pa.Table.from_pylist(rows, layout), unreadable, passed_over)


def in_batches(table: pa.Table, unreadable: Sequence[Unreadable], batch_rows: int) -> Iterator[Rows]:
    """Give rows and unreadable records, each in file order, in batches of at most ``batch_rows`` rows."""
    told = 0
    for first in range(0, max(table.num_rows, 1), batch_rows):
        until = len(unreadable)
        if first + batch_rows < table.num_rows:
            until = bisect_left(unreadable, table[LINE][first + batch_rows].as_py(), told, key=lambda one: one.line)
        rows = table.slice(first, batch_rows)
        if rows.num_rows or told < until:
            yield Rows(rows, list(unreadable[told:until]))
        told = until


class Reader(Protocol):
    """One file format: recognised by content, read as batches of rows."""

    @property
    def name(self) -> str:
        """Name of the format."""

    @property
    def version(self) -> str:
        """Changes when the same bytes would give other rows."""

    @property
    def binary(self) -> bool:
        """Whether it reads the bytes as they are; a reader of text is given UTF-8 whatever the file's encoding."""

    @property
    def needs(self) -> tuple[str, ...]:
        """What the analyst states that changes how it reads: fields of ``Stated`` that are fields of the reader too."""

    def recognises(self, head: bytes) -> bool:
        """Tell from the first bytes (up to 64 KiB, decompressed) whether this is the format."""

    def read(self, stream: BinaryIO, *, batch_rows: int = 500_000) -> Iterator[Rows]:
        """Yield the rows of ``stream``, a decompressed binary stream, in file order."""
