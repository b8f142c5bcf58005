"""Web pages as the texts in them, in bounded memory, each with its place in the file.

A page is split into the texts that a browser would show as blocks, and the tags around them. Nothing is
built of it: no tree, no styles, no scripts, and whatever pictures are embedded in attributes is passed
over without being held. Tags that are not closed or closed twice do not matter.

Source: HTML Living Standard §13.2.5 (tokenization), as far as pages written by programs need it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html import unescape
from typing import BinaryIO

import pyarrow as pa

from linkgraph.errors import UsageError
from linkgraph.ingest.readers.lines import KEPT_OF_LONG_LINE
from linkgraph.ingest.readers.rows import BATCH_BYTES, LENGTH, LINE, OFFSET, Rows, Unreadable, schema

LONGEST_TEXT = 1 << 16
"""Bytes of a text that are held; a longer one is refused where it matters."""
BLOCK_BYTES = 1 << 18
_MOST_HELD = 500_000

_KEPT_OF_TAG = 4096
_TEXT_END = re.compile(rb"<(?=[A-Za-z/!?])")
_TAG_MARK = re.compile(rb"[>\"']")
_QUOTES = {34: re.compile(rb'"'), 39: re.compile(rb"'")}
_GREATER, _COMMENT_END = re.compile(rb">"), re.compile(rb"-->")
_NAME = re.compile(rb"</?([A-Za-z][^\s/>]*)")
_ID = re.compile(rb"""\sid\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.IGNORECASE)
_RAW_TEXT = {name: re.compile(rb"</" + name.encode() + rb"(?=[\s/>])", re.IGNORECASE) for name in ("script", "style")}
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "code", "em", "font", "i", "img", "small", "span", "strong", "u", "wbr"}
)
_VOID = frozenset({"br", "col", "hr", "input", "link", "meta", "source"})
"""Elements without an end: nothing is in them."""
_BLANKS = re.compile("[ \t\r\n\f\u00a0]+")

CUT_OFF = ("html-cut-off", "The page ends in the middle of this.")
_FAULTS = {
    "nul-byte": "The text contains a NUL byte.",
    "invalid-utf-8": "The text is not valid UTF-8.",
    "text-too-long": f"The text is longer than {LONGEST_TEXT} bytes; its first {KEPT_OF_LONG_LINE} are kept here.",
    CUT_OFF[0]: CUT_OFF[1],
}


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that begins or ends a block."""

    name: str
    closing: bool
    identifier: str
    """Its ``id``; empty where it has none."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text that stands by itself; never empty."""

    text: str
    """References resolved, white space as single blanks; empty where there is a fault."""
    start: int
    stop: int
    """Bytes of the page before it, and up to its end."""
    raw: bytes
    """The bytes of the page from ``start`` on, tags inside among them; of long ones the first."""
    fault: str = ""
    """Code of what keeps it from being read."""
    opens: bool = False
    """A block begins behind it before one ends, as behind a label that contains its value."""

    def refused(self, number: int) -> Unreadable:
        """Give it as what could not be read."""
        return Unreadable(number, self.start, self.raw, "", self.fault, _FAULTS[self.fault])


def blocks(stream: BinaryIO, block_bytes: int = BLOCK_BYTES) -> Iterator[Tag | Text]:
    """Yield the texts of a page and the tags of blocks around them, in order."""
    source = _Source(stream, block_bytes)
    running: _Running | None = None
    text: Text | None = None
    opened = ""
    for piece in _pieces(source):
        if isinstance(piece, _Piece):
            if running is None:
                running = _Running(piece.start)
                source.keep(piece.raw, piece.stop - piece.start)
            running.add(piece)
            continue
        if piece.name in _INLINE and not piece.identifier:
            continue
        found = running.text(source.kept) if running is not None else None
        running = None
        if text is not None and opened:
            # An element with nothing in it marks a page break and opens nothing.
            yield replace(text, opens=not (found is None and piece.closing and piece.name == opened))
            yield Tag(opened, closing=False, identifier="")
            text, opened = None, ""
        if found is not None and not piece.closing and piece.name not in _VOID and not piece.identifier:
            text, opened = found, piece.name
            continue
        if found is not None:
            yield found
        yield piece
    found = running.text(source.kept) if running is not None else None
    if text is not None:
        yield replace(text, opens=found is not None)
        yield Tag(opened, closing=False, identifier="")
    if found is not None:
        yield found if found.fault else replace(found, text="", fault=CUT_OFF[0])


@dataclass(frozen=True, slots=True)
class _Piece:
    """Text between two tags, or what the page ends in."""

    raw: bytes
    start: int
    stop: int
    cut: bool = False
    shows: bool = True
    """It is more than blanks."""


@dataclass(slots=True)
class _Running:
    """The text of one block, while its pieces come in; inline tags between them are left out."""

    start: int
    stop: int = 0
    cut: bool = False
    _shows: bool = False
    _parts: list[bytes] = field(default_factory=list)
    _size: int = 0

    def add(self, piece: _Piece) -> None:
        """Take in the next piece; of one text no more is held than it may be long."""
        if self._size <= LONGEST_TEXT:
            self._parts.append(piece.raw)
        self._size += piece.stop - piece.start
        self.stop, self.cut = piece.stop, piece.cut
        self._shows = self._shows or piece.shows

    def text(self, kept: bytes) -> Text | None:
        """Give the text, whose first bytes in the page are ``kept``; None where it shows nothing."""
        said = b"".join(self._parts)
        fault = ""
        text = ""
        if not self._shows:
            return None
        if self.cut:
            fault = CUT_OFF[0]
        elif self._size > LONGEST_TEXT:
            fault = "text-too-long"
        elif b"\0" in said:
            fault = "nul-byte"
        else:
            try:
                text = _BLANKS.sub(" ", unescape(said.decode())).strip(" ")
            except UnicodeDecodeError:
                fault = "invalid-utf-8"
        if not text and not fault:
            return None
        raw = kept[: min(self.stop - self.start, KEPT_OF_LONG_LINE if fault == "text-too-long" else LONGEST_TEXT)]
        return Text(text, self.start, self.stop, raw, fault)


class _Source:
    """A stream that is searched piece by piece."""

    def __init__(self, stream: BinaryIO, block_bytes: int) -> None:
        self._stream = stream
        self._block_bytes = block_bytes
        self._held = b""
        self._at = 0
        self._before = 0
        self._kept = bytearray()
        self._room = 0
        self.dropped = False
        """Of what :meth:`until` took last, more than blanks is not in what it gave."""

    @property
    def offset(self) -> int:
        """Bytes of the stream that were taken."""
        return self._before + self._at

    @property
    def kept(self) -> bytes:
        """What was taken since :meth:`keep`, with the bytes that were given to it; of much the first."""
        return bytes(self._kept)

    def keep(self, taken: bytes, size: int) -> None:
        """Keep what is taken from now on, behind bytes that were taken: the first ones of ``size``."""
        self._kept = bytearray(taken[:LONGEST_TEXT])
        # Where not all of them are at hand, what comes does not follow on them.
        self._room = LONGEST_TEXT - len(self._kept) if len(taken) == size else 0

    def take(self, size: int) -> bytes:
        """Take the next bytes; fewer at the end."""
        while len(self._held) - self._at < size and self._read():
            pass
        taken = self._held[self._at : self._at + size]
        self._pass(self._at + len(taken))
        return taken

    def until(self, end: re.Pattern[bytes], overlap: int, keep: int) -> tuple[bytes, bool]:
        """Take everything before a pattern of at most ``overlap`` + 1 bytes; give the first ``keep`` of it."""
        kept: list[bytes] = []
        room = keep
        self.dropped = False
        while True:
            found = end.search(self._held, self._at)
            stop = found.start() if found else max(self._at, len(self._held) - overlap)
            if room > 0 and stop > self._at:
                kept.append(self._held[self._at : min(stop, self._at + room)])
                room -= len(kept[-1])
                self.dropped = bool(self._held[self._at + len(kept[-1]) : stop].strip())
            else:
                self.dropped = self.dropped or bool(self._held[self._at : stop].strip())
            self._pass(stop)
            if found:
                return b"".join(kept), True
            if not self._read():
                rest = self._held[self._at :]
                self.dropped = self.dropped or bool(rest[max(room, 0) :].strip())
                self._pass(len(self._held))
                return b"".join(kept) + rest[: max(room, 0)], False

    def _pass(self, stop: int) -> None:
        if self._room > 0 and stop > self._at:
            self._kept += self._held[self._at : min(stop, self._at + self._room)]
            self._room -= min(stop - self._at, self._room)
        self._at = stop

    def _read(self) -> bool:
        piece = self._stream.read(self._block_bytes)
        if piece:
            self._held = self._held[self._at :] + piece
            self._before += self._at
            self._at = 0
        return bool(piece)


def _pieces(source: _Source) -> Iterator[Tag | _Piece]:
    """Split a page into texts and tags."""
    while True:
        start = source.offset
        raw, found = source.until(_TEXT_END, 1, LONGEST_TEXT + 1)
        if source.offset > start:
            yield _Piece(raw, start, source.offset, shows=bool(raw.strip()) or source.dropped)
        if not found:
            return
        start = source.offset
        head, whole = _tag(source)
        if not whole:
            yield _Piece(head[:KEPT_OF_LONG_LINE], start, source.offset, cut=True)
            return
        name = _NAME.match(head)
        if name is None:
            continue
        word = name[1].decode("latin-1").lower()
        closing = head.startswith(b"</")
        identifier = _ID.search(head)
        named = next((one for one in identifier.groups() if one), b"") if identifier else b""
        yield Tag(word, closing, named.decode("utf-8", "replace"))
        if word in _RAW_TEXT and not closing:
            begin = source.offset
            raw, found = source.until(_RAW_TEXT[word], len(word) + 2, KEPT_OF_LONG_LINE)
            if not found:
                # Where the page ends with the tag, that is what it ends in.
                raw, start = (raw, begin) if raw else (head[:KEPT_OF_LONG_LINE], start)
                yield _Piece(raw, start, source.offset, cut=True)
                return


def _tag(source: _Source) -> tuple[bytes, bool]:
    """Take a tag, comment or declaration; give its first bytes and whether it ended."""
    head = source.take(2)
    if head == b"<!":
        head += source.take(2)
        if head == b"<!--":
            rest, found = source.until(_COMMENT_END, 2, _KEPT_OF_TAG)
            source.take(3)
            return head + rest, found
        if head.endswith(b">"):
            return head, True
    if head[1:2] in b"!?":
        rest, found = source.until(_GREATER, 0, _KEPT_OF_TAG)
        source.take(1)
        return head + rest, found
    kept = bytearray(head)
    while True:
        rest, found = source.until(_TAG_MARK, 0, _KEPT_OF_TAG - len(kept))
        kept += rest
        mark = source.take(1)
        if not found or mark == b">":
            return bytes(kept + mark), found
        value, found = source.until(_QUOTES[mark[0]], 0, _KEPT_OF_TAG - len(kept))
        kept += mark + value + source.take(1)
        if not found:
            return bytes(kept), False


# -- what a page tells ---------------------------------------------------------------------------

COLUMNS = ("account", "service", "display_name", "email", "phone", "ip", "time", "event", "report", "note")
"""Columns of readers of returns in pages: fields of the kind ``reports``; text as the page has it."""


class Told:
    """The rows of a return, numbered; kept back until the account that it is about is known."""

    def __init__(self) -> None:
        self.account: str | None = None
        self.service: str | None = None
        self.passed_over: dict[str, int] = {}
        self._number = 0
        self._columns: tuple[str, ...] = ()
        self._rows: list[dict[str, object]] = []
        self._unreadable: list[Unreadable] = []
        self._weight = 0
        """Characters and bytes that they hold."""

    def row(self, start: int, stop: int, said: dict[str, str]) -> None:
        """Add a row that stands in these bytes of the page."""
        self._number += 1
        # What a row says itself, as the account that a report names, goes before what the return is about.
        about = {name: text for name, text in self._about() if text is not None}
        self._rows.append({**about, **said, LINE: self._number, OFFSET: start, LENGTH: stop - start})
        self._weight += sum(map(len, said.values()))

    def refuse(self, text: Text, code: str = "", reason: str = "", hint: str = "") -> None:
        """Add a text that is no row, for the reason that is in it or a given one."""
        self._number += 1
        self._weight += len(text.raw)
        if text.fault:
            self._unreadable.append(text.refused(self._number))
        else:
            self._unreadable.append(Unreadable(self._number, text.start, text.raw, "", code, reason, hint))

    def pass_over(self, what: str) -> None:
        """Count what is not read."""
        self.passed_over[what] = self.passed_over.get(what, 0) + 1

    def ready(self, batch_rows: int, *, end: bool = False) -> Iterator[Rows]:
        """Yield what can be handed on.

        An account or a service that no row has is no column, so that the analyst may state it.

        Raises:
            UsageError: the return does not say within its first 500,000 rows, or as many as may be held,
                which account it is about.
        """
        waiting = len(self._rows) + len(self._unreadable)
        heavy = self._weight >= BATCH_BYTES
        if not end and self.account is None and (waiting >= _MOST_HELD or heavy):
            raise UsageError(
                f"The first {waiting:,} rows of the page come before it says which account it is about: "
                "this is no return of this platform, or one in another order."
            )
        if not end and (self.account is None or (waiting < batch_rows and not heavy)):
            return
        for row in self._rows:
            for name, text in self._about():
                row.setdefault(name, text)
        if not self._columns:
            optional = {name for name, _ in self._about() if not any(row[name] for row in self._rows)}
            self._columns = tuple(name for name in COLUMNS if name not in optional)
        entries: list[dict[str, object] | Unreadable] = [*self._rows, *self._unreadable]
        entries.sort(key=_number)
        for first in range(0, len(entries), batch_rows):
            part = entries[first : first + batch_rows]
            rows = [one for one in part if isinstance(one, dict)]
            yield Rows(
                pa.Table.from_pylist(rows, schema(self._columns)), [one for one in part if isinstance(one, Unreadable)]
            )
        self._rows, self._unreadable, self._weight = [], [], 0
        if end and self.passed_over:
            yield Rows(schema(self._columns).empty_table(), passed_over=self.passed_over)

    def _about(self) -> tuple[tuple[str, str | None], ...]:
        return ("account", self.account), ("service", self.service)


def _number(entry: dict[str, object] | Unreadable) -> int:
    return entry.line if isinstance(entry, Unreadable) else int(str(entry[LINE]))
