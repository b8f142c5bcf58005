"""Delimited text (RFC 4180 and its relatives): comma, semicolon, tab or bar.

Blocks of whole lines go to Arrow's CSV parser when nothing in them is unusual; lines that are
unusual (a NUL, invalid UTF-8, a lone CR, an odd number of quotes, excessive length) are taken out
first and looked at one by one. So one bad line never swallows its neighbours: an unclosed quote
costs the line it stands in, and reading goes on at the next.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from linkgraph.ingest.readers.rows import LENGTH, LINE, MAX_LINE_BYTES, OFFSET, RAW, Rows, Unreadable, in_batches

NAME = "delimited"
DELIMITERS = (",", ";", "\t", "|")

BLOCK_BYTES = 32 << 20
_MAX_RECORD_LINES = 64
_KEPT_OF_LONG_LINE = 4096
_QUOTE, _NEWLINE, _RETURN = 34, 10, 13
_BOM = b"\xef\xbb\xbf"
_NOT_DUE = -1

_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is delimited, seen from its beginning."""

    delimiter: str
    first_rows: list[list[str]]
    """Up to 100 first rows, unquoted, as text; one of them may be a header."""


def sniff(head: bytes, delimiter: str | None = None) -> Dialect:
    """See the delimiter from the first lines: the one under which most lines have the same, largest, width."""
    lines = [line.rstrip("\r") for line in head.decode("utf-8", "replace").removeprefix("\ufeff").split("\n")]
    if len(lines) > 1 and not head.endswith(b"\n"):
        lines.pop()
    lines = [line for line in lines if line][:100]
    candidates = []
    for candidate in [delimiter] if delimiter else DELIMITERS:
        rows = [_lenient(line, candidate) for line in lines]
        widths = [len(row) for row in rows]
        common = max(set(widths), key=lambda width: (widths.count(width), width)) if widths else 1
        share = widths.count(common) / len(widths) if widths else 0.0
        candidates.append(((common > 1, share, common), candidate, rows))
    _, chosen, rows = max(candidates, key=lambda entry: entry[0])
    return Dialect(chosen, rows)


@dataclass(frozen=True, slots=True)
class Delimited:
    """A delimited file of known columns."""

    delimiter: str
    columns: tuple[str, ...]
    """Column names as the header has them; doubles are numbered (``name``, ``name (2)``)."""
    header: bool
    preamble: int = 0
    """Lines before the header that are no rows; blank ones do not count."""
    name: str = NAME
    version: str = "1"
    binary: bool = False
    needs: tuple[str, ...] = ()
    block_bytes: int = BLOCK_BYTES

    def recognises(self, head: bytes) -> bool:
        """Tell whether the first line has as many columns as this reader reads."""
        return len(sniff(head, self.delimiter).first_rows[:1]) == len(self.columns)

    def read(self, stream: BinaryIO, *, batch_rows: int = 500_000) -> Iterator[Rows]:
        """Yield the rows of ``stream`` block by block; see :class:`Reader`."""
        due = self.preamble if self.header else _NOT_DUE
        rest = _Block(b"", 0, 1, last=False)
        while not rest.last:
            block = _next_block(stream, rest, self.block_bytes)
            rows, rest, due = self._parse(block, due)
            yield from in_batches(rows.table, rows.unreadable, batch_rows)

    def _parse(self, block: _Block, due: int) -> tuple[Rows, _Block, int]:
        """Read the rows of a block; give them, what is left of it, and ``due`` for the next one.

        ``due`` is the number of lines that come before the header, ``_NOT_DUE`` where it was read.
        """
        lines = _Lines(block, self.delimiter)
        used = lines.count
        ordinary = ~lines.unusual & (lines.length > 0)
        taken = -1
        if due != _NOT_DUE:
            filled = np.flatnonzero(lines.length > 0)
            if filled.size <= due:
                nothing = Rows(self._ordinary(lines, filled[:0], []), list(block.unreadable))
                return nothing, lines.rest(used), due - int(filled.size)
            first = int(filled[due])
            # A header whose quoted names hold line ends takes several lines.
            until = self._record_end(lines, first) if lines.odd_quotes[first] else first
            if until is None:
                nothing = Rows(self._ordinary(lines, filled[:0], []), list(block.unreadable))
                return nothing, lines.rest(0), due
            due, taken = _NOT_DUE, until
            ordinary[: until + 1] = False
        extra: list[tuple[int, int, list[str]]] = []
        unreadable: list[Unreadable] = list(block.unreadable)
        for at in np.flatnonzero(lines.unusual).tolist():
            if at <= taken:
                continue
            outcome = self._look_at(lines, at)
            if outcome is None:
                used = at
                ordinary[at:] = False
                break
            if isinstance(outcome, Unreadable):
                unreadable.append(outcome)
            else:
                taken, cells = outcome
                extra.append((at, taken, cells))
                ordinary[at : taken + 1] = False
        table = self._ordinary(lines, np.flatnonzero(ordinary), unreadable)
        if extra:
            table = pa.concat_tables([table, self._extra(lines, extra)]).sort_by(LINE)
        unreadable.sort(key=lambda row: row.line)
        return Rows(table, unreadable), lines.rest(used), due

    def _ordinary(self, lines: _Lines, at: _Ints, unreadable: list[Unreadable]) -> pa.Table:
        """Parse the ordinary lines at once; a line of another width is unreadable."""
        wrong: list[int] = []

        def note(row: pa.csv.InvalidRow) -> str:
            wrong.append(row.number - 1)
            unreadable.append(self._width_fault(lines, int(at[row.number - 1]), row.actual_columns))
            return "skip"

        text = lines.join(at)
        if text.startswith(_BOM):
            # Arrow takes a byte order mark at the beginning for none of the text; here it is the first row's.
            text = _BOM + text
        if not at.size:
            table = pa.table({name: pa.array([], pa.string()) for name in self.columns})
        else:
            table = pa.csv.read_csv(
                pa.BufferReader(text),
                read_options=pa.csv.ReadOptions(
                    column_names=list(self.columns), use_threads=False, block_size=len(text) + 1
                ),
                parse_options=pa.csv.ParseOptions(
                    delimiter=self.delimiter, ignore_empty_lines=False, invalid_row_handler=note
                ),
                convert_options=pa.csv.ConvertOptions(
                    column_types=dict.fromkeys(self.columns, pa.string()), strings_can_be_null=False
                ),
            )
        kept = np.delete(at, wrong) if wrong else at
        return _with_positions(table, lines, kept, lines.length[kept])

    def _extra(self, lines: _Lines, extra: Sequence[tuple[int, int, list[str]]]) -> pa.Table:
        table = pa.table(
            {
                name: pa.array([cells[number] for _, _, cells in extra], pa.string())
                for number, name in enumerate(self.columns)
            }
        )
        first = np.array([at for at, _, _ in extra], dtype=np.int64)
        last = np.array([until for _, until, _ in extra], dtype=np.int64)
        return _with_positions(table, lines, first, lines.end(last) - lines.start[first])

    def _look_at(self, lines: _Lines, at: int) -> Unreadable | tuple[int, list[str]] | None:
        """Read one unusual line, with the lines it may continue on.

        Gives (last line, cells), or why it cannot be read, or None where only more lines can tell.
        """
        raw = lines.raw(at)
        if len(raw) > MAX_LINE_BYTES:
            return lines.refuse(at, "line-too-long", f"The line is longer than {MAX_LINE_BYTES} bytes.")
        if b"\0" in raw:
            return lines.refuse(at, "nul-byte", "The line contains a NUL byte.")
        if lines.invalid[at]:
            return lines.refuse(
                at,
                "invalid-utf-8",
                "The line is not valid UTF-8.",
                "State the file's encoding with --encoding.",
            )
        cells = split_record(raw.decode(), self.delimiter)
        if cells is not None:
            if len(cells) != len(self.columns):
                return self._width_fault(lines, at, len(cells))
            return at, cells
        until = self._record_end(lines, at)
        if until is None:
            return None
        if until > at:
            cells = split_record(lines.span(at, until).decode(), self.delimiter)
            if cells is not None and len(cells) == len(self.columns):
                return until, cells
        return lines.refuse(
            at,
            "unclosed-quote",
            "A quoted value that begins in this line is never closed.",
            "Close the quote.",
        )

    def _record_end(self, lines: _Lines, at: int) -> int | None:
        """Give the line where a quoted value that is open at the end of line ``at`` closes, or ``at``.

        A line in between that is a whole row by itself speaks against a continued value. None: the
        block ends before it is decided.
        """
        for until in range(at + 1, at + _MAX_RECORD_LINES):
            if until >= lines.count:
                return at if lines.block.last else None
            if lines.invalid[until] or lines.length[until] > MAX_LINE_BYTES:
                return at
            if lines.odd_quotes[until]:
                return until
            alone = split_record(lines.raw(until).decode(), self.delimiter)
            if len(self.columns) > 1 and alone is not None and len(alone) == len(self.columns):
                return at
        return at

    def _width_fault(self, lines: _Lines, at: int, width: int) -> Unreadable:
        return lines.refuse(
            at,
            "column-count",
            f"The line has {width} columns where the file has {len(self.columns)}.",
            "Complete the line, or quote the value that holds the delimiter.",
        )


def split_record(text: str, delimiter: str) -> list[str] | None:
    """Split one record; a quote opens a value only where the value begins. None: a quote stays open."""
    cells: list[str] = []
    at, size = 0, len(text)
    while True:
        if at < size and text[at] == '"':
            cell, at = _quoted(text, at + 1)
            if at < 0:
                return None
            end = text.find(delimiter, at)
            end = size if end < 0 else end
            cells.append(cell + text[at:end])
        else:
            end = text.find(delimiter, at)
            end = size if end < 0 else end
            cells.append(text[at:end])
        if end >= size:
            return cells
        at = end + 1


def _quoted(text: str, at: int) -> tuple[str, int]:
    parts = []
    while True:
        close = text.find('"', at)
        if close < 0:
            return "", -1
        parts.append(text[at:close])
        if text[close + 1 : close + 2] != '"':
            return "".join(parts), close + 1
        parts.append('"')
        at = close + 2


def name_columns(header: Sequence[str]) -> tuple[str, ...]:
    """Give each column a name of its own; columns without a name get their number.

    Names of the columns of position count as taken.
    """
    seen = dict.fromkeys((LINE, OFFSET, LENGTH, RAW), 1)
    names = []
    for at, raw in enumerate(header, start=1):
        name = own = raw.strip() or f"column {at}"
        number = seen.get(name, 0)
        while own in seen:
            number += 1
            own = f"{name} ({number})"
        seen[name], seen[own] = number, 1
        names.append(own)
    return tuple(names)


@dataclass(frozen=True, slots=True)
class _Block:
    """Whole lines of a file, what of the next one was read already, and where they stand in it."""

    content: bytes
    offset: int
    line: int
    last: bool
    """Whether the file ends with this block."""
    unreadable: tuple[Unreadable, ...] = ()
    beyond: bytes = b""


def _next_block(stream: BinaryIO, rest: _Block, size: int) -> _Block:
    """Read on to the next line end; a line longer than a block is refused without being held."""
    read = stream.read(size)
    offset, line = rest.offset, rest.line
    if offset == 0 and line == 1 and not rest.content:
        read += stream.read(max(0, len(_BOM) - len(read)))
        if read.startswith(_BOM):
            read, offset = read[len(_BOM) :], len(_BOM)
    content = rest.content + read
    if not read and offset == rest.offset:
        return _Block(content, offset, line, last=True)
    cut = content.rfind(b"\n") + 1
    if cut or len(content) <= MAX_LINE_BYTES:
        return _Block(content[:cut], offset, line, last=False, beyond=content[cut:])
    skipped, beyond = _skip_line(stream, size)
    fault = Unreadable(
        line,
        offset,
        content[:_KEPT_OF_LONG_LINE],
        "",
        "line-too-long",
        f"The line is longer than {MAX_LINE_BYTES} bytes; only its first {_KEPT_OF_LONG_LINE} are kept here.",
    )
    return _Block(b"", offset + len(content) + skipped, line + 1, False, (fault,), beyond)


def _skip_line(stream: BinaryIO, size: int) -> tuple[int, bytes]:
    """Read past the end of the running line; give the bytes skipped and what was read beyond."""
    skipped = 0
    while True:
        read = stream.read(size)
        end = read.find(b"\n") + 1
        if end or not read:
            return skipped + end, read[end:]
        skipped += len(read)


class _Lines:
    """The lines of a block: where they are, and which of them are unusual."""

    def __init__(self, block: _Block, delimiter: str) -> None:
        self.block = block
        content = block.content
        codes = np.frombuffer(content, dtype=np.uint8)
        ends = np.flatnonzero(codes == _NEWLINE)
        if content and not content.endswith(b"\n"):
            ends = np.append(ends, len(content))
        self.count = int(ends.size)
        self.start: _Ints = np.concatenate((np.zeros(min(1, ends.size), np.int64), ends[:-1] + 1))
        self._stop = ends.copy()
        returns = np.flatnonzero(codes == _RETURN)
        if returns.size and ends.size:
            closing = (ends > self.start) & (codes[np.maximum(ends - 1, 0)] == _RETURN)
            self._stop = ends - closing
        self.length: _Ints = self._stop - self.start
        quotes = np.flatnonzero(codes == _QUOTE)
        n_quotes = self._per_line(quotes)
        self.odd_quotes = n_quotes % 2 == 1
        lone = returns[~np.isin(returns, self._stop)] if returns.size else returns
        self.invalid = self._invalid_utf8(codes)
        self.unusual = (
            self.odd_quotes
            | self._stray_quotes(codes, quotes, n_quotes, delimiter)
            | self.invalid
            | (self._per_line(np.flatnonzero(codes == 0)) > 0)
            | (self._per_line(lone) > 0)
            | (self.length > MAX_LINE_BYTES)
        )

    def _per_line(self, positions: _Ints) -> _Ints:
        if not positions.size:
            return np.zeros(self.count, np.int64)
        bounds = np.searchsorted(positions, np.append(self.start, len(self.block.content)))
        return np.diff(bounds)

    def _invalid_utf8(self, codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
        """Tell which lines are not UTF-8, each byte looked at twice at most however many they are."""
        invalid = np.zeros(self.count, np.bool_)
        try:
            self.block.content.decode()
        except UnicodeDecodeError:
            beyond_ascii = self._per_line(np.flatnonzero(codes > 127)) > 0
            for at in np.flatnonzero(beyond_ascii).tolist():
                try:
                    self.raw(at).decode()
                except UnicodeDecodeError:
                    invalid[at] = True
        return invalid

    def _stray_quotes(
        self, codes: npt.NDArray[np.uint8], quotes: _Ints, n_quotes: _Ints, delimiter: str
    ) -> npt.NDArray[np.bool_]:
        """Tell which lines have quotes that open a value beside quotes inside of one: ``a"b,"``.

        Their number does not show whether the last value is closed.
        """
        if not quotes.size:
            return np.zeros(self.count, np.bool_)
        before = codes[np.maximum(quotes - 1, 0)]
        opens = (before == ord(delimiter)) | (before == _NEWLINE) | (quotes == 0)
        # The first, third … quote of a line opens a value, or is the second of two that stand for one.
        first = np.repeat(np.cumsum(n_quotes) - n_quotes, n_quotes)
        stray = quotes[((np.arange(quotes.size) - first) % 2 == 0) & ~opens & (before != _QUOTE)]
        if not stray.size:
            return np.zeros(self.count, np.bool_)
        return (self._per_line(stray) > 0) & (self._per_line(quotes[opens]) > 0)

    def end(self, at: _Ints) -> _Ints:
        return self._stop[at]

    def rest(self, used: int) -> _Block:
        """Give what is left when the first ``used`` lines have been read."""
        block = self.block
        at = int(self.start[used]) if used < self.count else len(block.content)
        return _Block(block.content[at:] + block.beyond, block.offset + at, block.line + used, block.last)

    def raw(self, at: int) -> bytes:
        return self.block.content[self.start[at] : self._stop[at]]

    def span(self, first: int, last: int) -> bytes:
        return self.block.content[self.start[first] : self._stop[last]]

    def number(self, at: _Ints) -> _Ints:
        return at + self.block.line

    def offset(self, at: _Ints) -> _Ints:
        return self.start[at] + self.block.offset

    def join(self, at: _Ints) -> bytes:
        """Give the text of these lines; the block itself where they are all of it."""
        content = self.block.content
        if at.size == self.count:
            return content
        if not at.size:
            return b""
        # Runs of neighbouring lines are copied as one slice.
        breaks = np.flatnonzero(np.diff(at) > 1)
        firsts = at[np.append(0, breaks + 1)]
        lasts = at[np.append(breaks, at.size - 1)]
        pieces = [content[a:b] for a, b in zip(self.start[firsts], self._stop[lasts], strict=True)]
        return b"\n".join(pieces)

    def refuse(self, at: int, code: str, reason: str, hint: str = "") -> Unreadable:
        raw = self.raw(at)
        kept = raw[:_KEPT_OF_LONG_LINE] if len(raw) > MAX_LINE_BYTES else raw
        return Unreadable(at + self.block.line, int(self.start[at]) + self.block.offset, kept, "", code, reason, hint)


def _with_positions(table: pa.Table, lines: _Lines, at: _Ints, length: _Ints) -> pa.Table:
    return (
        table.append_column(LINE, pa.array(lines.number(at), pa.int64()))
        .append_column(OFFSET, pa.array(lines.offset(at), pa.int64()))
        .append_column(LENGTH, pa.array(length, pa.int64()))
    )


def _lenient(line: str, delimiter: str) -> list[str]:
    cells = split_record(line, delimiter)
    return cells if cells is not None else next(csv.reader(StringIO(line), delimiter=delimiter), [])
