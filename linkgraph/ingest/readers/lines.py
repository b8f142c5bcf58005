"""Bytes into lines, in bounded memory, with the place of every line.

A line ends with LF or CR LF; a lone CR is part of its line. The last line may lack its end. A line
longer than :data:`~linkgraph.ingest.readers.rows.MAX_LINE_BYTES` is passed over without being held:
only its first bytes, its number and its place are kept. A UTF-8 byte order mark is not part of the
first line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from linkgraph.ingest.readers.rows import LENGTH, LINE, MAX_LINE_BYTES, OFFSET, Rows, Unreadable

KEPT_OF_LONG_LINE = 4096
"""Bytes kept of a line that is too long."""
BLOCK_BYTES = 8 << 20

_BOM = b"\xef\xbb\xbf"
_LF, _CR = 10, 13

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file."""

    number: int
    """1-based."""
    offset: int
    """Bytes of the file before the line."""
    raw: bytes
    """The line without its end; of an oversize line the first bytes."""
    oversize: bool


@dataclass(frozen=True, slots=True)
class Block:
    """Whole, successive lines of a file; n of them."""

    content: bytes
    offset: int
    """Bytes of the file before the block."""
    line: int
    """1-based number of the first line."""
    starts: Positions
    """(n,) where each line starts in ``content``."""
    stops: Positions
    """(n,) where each line stops, its end left out."""
    oversize: bool = False
    """The block is the beginning of one line that is too long."""

    def line_at(self, at: int) -> Line:
        """Give one line of the block, counted from 0."""
        start, stop = int(self.starts[at]), int(self.stops[at])
        oversize = self.oversize or stop - start > MAX_LINE_BYTES
        raw = self.content[start : min(stop, start + KEPT_OF_LONG_LINE) if oversize else stop]
        return Line(self.line + at, self.offset + start, raw, oversize)

    def texts(self, first: int, last: int) -> tuple[pa.Array, dict[int, Unreadable]]:
        """Give the lines first … last - 1 as text, and those that are none by their place in it.

        The array (large_string) stands on the bytes of the block: a text has its line end still. It is
        null where the line is blank or no text.
        """
        starts, stops = self.starts[first:last], self.stops[first:last]
        until = int(self.starts[last]) if last < self.starts.size else len(self.content)
        absent = stops == starts
        suspect = stops - starts > MAX_LINE_BYTES
        piece = self.content[starts[0] : until]
        if self.oversize or b"\0" in piece or not _is_utf8(piece):
            suspect[:] = True
        unreadable = {}
        for at in np.flatnonzero(suspect & ~absent).tolist():
            fault = refused(self.line_at(first + at))
            if fault is not None:
                unreadable[at] = fault
        absent[list(unreadable)] = True
        bounds = pa.py_buffer(np.append(starts, until).astype(np.int64))
        valid = pa.py_buffer(np.packbits(~absent, bitorder="little")) if absent.any() else None
        content = pa.py_buffer(self.content)
        return pa.LargeStringArray.from_buffers(last - first, bounds, content, valid), unreadable

    def with_positions(self, table: pa.Table, at: Positions) -> pa.Table:
        """Add the three position columns to rows that are the lines ``at`` (counted from 0) of the block."""
        return (
            table.append_column(LINE, pa.array(at + self.line, pa.int64()))
            .append_column(OFFSET, pa.array(self.starts[at] + self.offset, pa.int64()))
            .append_column(LENGTH, pa.array(self.stops[at] - self.starts[at], pa.int64()))
        )


def iterate(stream: BinaryIO, block_bytes: int = BLOCK_BYTES) -> Iterator[Line]:
    """Yield the lines of a binary stream."""
    for block in blocks(stream, block_bytes):
        yield from map(block.line_at, range(block.starts.size))


def batches(
    stream: BinaryIO, block_bytes: int, batch_rows: int, read: Callable[[Block, int, int], Rows]
) -> Iterator[Rows]:
    """Yield what ``read`` gives for the lines first … last - 1 of each block, where it is anything."""
    for block in blocks(stream, block_bytes):
        for first in range(0, block.starts.size, batch_rows):
            rows = read(block, first, min(first + batch_rows, block.starts.size))
            if rows.read or rows.passed_over:
                yield rows


def first_texts(head: bytes) -> list[str]:
    """Give the lines in the beginning of a file as text, without blank ones and one that is cut off."""
    texts = head.removeprefix(_BOM).decode("utf-8", "replace").split("\n")
    if len(texts) > 1:
        texts.pop()
    return [text.rstrip("\r") for text in texts if text.strip()]


def blocks(stream: BinaryIO, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """Yield the lines of a binary stream in blocks of about ``block_bytes``."""
    rest, offset, line = b"", 0, 1
    first = True
    while read := stream.read(block_bytes):
        content = rest + read
        if first and len(content) < len(_BOM):
            rest = content
            continue
        if first and content.startswith(_BOM):
            content, offset = content[len(_BOM) :], len(_BOM)
        first = False
        cut = content.rfind(b"\n") + 1
        if cut:
            block = _block(content[:cut], offset, line)
            yield block
            offset, line = offset + cut, line + block.starts.size
        rest = content[cut:]
        if len(rest) > MAX_LINE_BYTES + len(b"\r\n"):
            size = len(rest)
            skipped, beyond = _skip(stream, block_bytes)
            yield _block(rest[:KEPT_OF_LONG_LINE].replace(b"\n", b""), offset, line, oversize=True)
            offset, line = offset + size + skipped, line + 1
            rest = beyond
            # What was read beyond the long line may hold whole lines.
            cut = rest.rfind(b"\n") + 1
            if cut:
                block = _block(rest[:cut], offset, line)
                yield block
                offset, line, rest = offset + cut, line + block.starts.size, rest[cut:]
    if rest:
        yield _block(rest, offset, line)


def joined(successive: Sequence[Line]) -> bytes:
    """Give successive lines as the file has them, up to the first bytes of one that is too long.

    A line end is LF, or CR LF where two bytes lie between lines.
    """
    first = successive[0]
    content = bytearray(first.raw)
    for before, line in pairwise(successive):
        if before.oversize:
            break
        content += b"\r\n" if line.offset - first.offset - len(content) == 2 else b"\n"
        content += line.raw
    return bytes(content)


def refused(line: Line) -> Unreadable | None:
    """Give why a line cannot be text of any format: too long, a NUL, or no UTF-8; None where it can."""
    if line.oversize:
        return unreadable(
            line,
            "line-too-long",
            f"The line is longer than {MAX_LINE_BYTES} bytes; its first {KEPT_OF_LONG_LINE} are kept here.",
        )
    if b"\0" in line.raw:
        return unreadable(line, "nul-byte", "The line contains a NUL byte.")
    try:
        line.raw.decode()
    except UnicodeDecodeError:
        return unreadable(
            line,
            "invalid-utf-8",
            "The line is not valid UTF-8.",
            "State the file's encoding with --encoding.",
        )
    return None


def unreadable(line: Line, code: str, reason: str, hint: str = "") -> Unreadable:
    """Give a line as one that is not a row of its format."""
    return Unreadable(line.number, line.offset, line.raw, "", code, reason, hint)


def _skip(stream: BinaryIO, size: int) -> tuple[int, bytes]:
    """Read past the end of the running line; give the bytes passed over and what was read beyond it."""
    skipped = 0
    while read := stream.read(size):
        end = read.find(b"\n") + 1
        if end:
            return skipped + end, read[end:]
        skipped += len(read)
    return skipped, b""


def _block(content: bytes, offset: int, line: int, *, oversize: bool = False) -> Block:
    codes = np.frombuffer(content, np.uint8)
    stops: Positions = np.flatnonzero(codes == _LF)
    if not content.endswith(b"\n"):
        stops = np.append(stops, len(content))
    starts = np.concatenate((np.zeros(1, np.int64), stops[:-1] + 1))
    # The CR of a CR LF belongs to the end of its line; one that ends the file does too.
    returns = (stops > starts) & (codes[np.maximum(stops - 1, 0)] == _CR)
    return Block(content, offset, line, starts, stops - returns, oversize)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
