"""Elements of lists inside a JSON document of any size, one by one, each with its place in the file.

A hash set is one JSON document of gigabytes. It is never parsed whole: its bytes are split, a block at a
time, into the spans of the elements of the lists that a format names, and each element is parsed alone.
So memory stays at a block, a damaged element costs itself, and its exact bytes can be shown.

Where an element is damaged so that the nesting is lost (a quote or a bracket is missing), the next element
is looked for by how elements of that list begin: a comma, a brace and the first key. Everything before it
is one damaged element. The lists around it are looked for in the same way, so that no element is taken
for one of the wrong list.

Source: RFC 8259.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO, cast

import numpy as np

from linkgraph.ingest.readers import lines
from linkgraph.ingest.readers.json_structure import (
    CLOSE_LIST,
    CLOSE_OBJECT,
    COLON,
    COMMA,
    NEWLINE,
    OPEN_LIST,
    OPEN_OBJECT,
    Positions,
    scan,
)
from linkgraph.ingest.readers.json_values import Json, parse, parse_element
from linkgraph.ingest.readers.lines import KEPT_OF_LONG_LINE
from linkgraph.ingest.readers.rows import MAX_LINE_BYTES, Unreadable
from linkgraph.ingest.values.result import Reason

BLOCK_BYTES = 2 << 20

_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"
_IS_BLANK = np.isin(np.arange(256), np.frombuffer(_BLANK, np.uint8))

_WINDOW = 1 << 16
"""Bytes looked at after a damaged element, so that a file full of them is not scanned again and again."""
_USUAL_INDENT = 64
_OVERLAP = 4096
"""Longest beginning of an element, white space and first key, that is recognised."""
_FIRST_KEY = re.compile(rb'[ \t\r\n]*\{[ \t\r\n]*("(?:[^"\\\x00-\x1f]|\\.){0,256}")[ \t\r\n]*:')

_ON, _STOP = 0, -1
_BROKEN = {
    NEWLINE: ("json-string", "The record is damaged: a text in it has a line end, or lacks its quote."),
    CLOSE_LIST: ("json-structure", "The record is damaged: a bracket in it is missing or one too many."),
}
_MISSING = ("json-structure", "The record is damaged: a quote or a bracket is missing in it.")
_NO_MEMBER = ("json-structure", "An object's members are not as JSON writes them.")


@dataclass(slots=True)
class Scope:
    """What an object around the elements says beside them."""

    values: dict[str, Json] = field(default_factory=dict)
    """The scalars that were asked for, as far as they were met."""
    released: bool = False
    """Set by who reads: elements were handed on, and a value that comes now comes too late for them."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Successive elements of one list; n of them."""

    path: tuple[str, ...]
    content: bytes
    offset: int
    """Bytes of the file before ``content``."""
    starts: Positions
    """(n,) where each element starts in ``content``, white space left out."""
    stops: Positions
    """(n,)."""
    members: Positions
    """(n,) members of all objects in the element, by its colons outside of strings."""
    depths: Positions
    """(n,) deepest nesting in the element; 0 for a scalar."""
    scopes: tuple[Scope, ...]
    """The objects around the list, outermost first."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Bytes of a document that are no element and no structure either."""

    offset: int
    raw: bytes
    """The bytes; of very long ones the first."""
    reason: Reason

    def unreadable(self, number: int) -> Unreadable:
        """Give it as the ``number``-th record of the file."""
        return Unreadable(number, self.offset, self.raw, "", self.reason.code, self.reason.text, self.reason.hint)


def top_level(head: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """Give what the first bytes of a document show of its outermost value.

    Returns:
        ``{`` or ``[`` or nothing, and of an object its keys, each with the beginning of its value; of a
        list those of its first element where that is an object.
    """
    body = head.removeprefix(_BOM).lstrip(_BLANK)
    opener = body[:1].decode("ascii", "replace")
    if opener not in ("{", "["):
        return "", []
    depth = 1
    if opener == "[":
        body, depth = body[1:].lstrip(_BLANK), 1
        if not body.startswith(b"{"):
            return opener, []
    tokens = scan(body, 0)
    level = np.flatnonzero(tokens.depth == depth)
    ended = np.flatnonzero(tokens.depth < depth)
    if ended.size:
        level = level[level < ended[0]]
    keys = []
    start = 1
    for token in level.tolist():
        if tokens.kind[token] == COLON:
            name = parse(body[start : tokens.at[token]].strip(_BLANK))
            after = int(tokens.at[token]) + 1
            if isinstance(name, str):
                keys.append((name, body[after : after + 256].lstrip(_BLANK)))
        elif tokens.kind[token] == COMMA:
            start = int(tokens.at[token]) + 1
    return opener, keys


# -- the split -----------------------------------------------------------------------------------


def split(
    stream: BinaryIO,
    paths: Sequence[tuple[str, ...]],
    *,
    keep: frozenset[str] = frozenset(),
    block_bytes: int = BLOCK_BYTES,
    max_bytes: int = MAX_LINE_BYTES,
) -> Iterator[Piece | Fault]:
    """Split a JSON document in UTF-8 into the elements of lists.

    Args:
        stream: the document, with or without a byte order mark.
        paths: where the lists are: keys from the outermost object on, ``*`` for each object of a list;
            ``()`` where the document itself is the list. No path may be the beginning of another.
        keep: scalars of the objects around the lists that are wanted, by their keys.
        block_bytes: bytes read at once.
        max_bytes: longest element.
    """
    yield from _Splitter(stream, paths, keep, block_bytes, max_bytes).document()


def records(piece: Piece) -> Iterator[tuple[int, int, Json | Reason]]:
    """Parse the elements of a piece: of each its offset and length in the file, and its value or a Reason."""
    content, offset = piece.content, piece.offset
    for start, stop, members, depth in zip(
        piece.starts.tolist(), piece.stops.tolist(), piece.members.tolist(), piece.depths.tolist(), strict=True
    ):
        yield offset + start, stop - start, parse_element(content[start:stop], members, depth)


def by_line(stream: BinaryIO) -> Iterator[tuple[int, bytes, Json | Reason] | Unreadable]:
    """Parse newline-delimited JSON: of each line that is not blank its offset, its bytes and its value or a Reason.

    A line that is no text at all is Unreadable, by the number of the line.
    """
    for line in lines.iterate(stream):
        fault = lines.refused(line)
        raw = line.raw.strip(_BLANK)
        if fault is not None:
            yield fault
        elif raw:
            yield line.offset + line.raw.index(raw), raw, parse(raw)


def parts(piece: Piece, size: int) -> Iterator[Piece]:
    """Give a piece as pieces of at most ``size`` elements."""
    if piece.starts.size <= size:
        yield piece
        return
    for first in range(0, piece.starts.size, size):
        span = slice(first, first + size)
        yield replace(
            piece,
            starts=piece.starts[span],
            stops=piece.stops[span],
            members=piece.members[span],
            depths=piece.depths[span],
        )


def prefixed(head: bytes, stream: BinaryIO) -> BinaryIO:
    """Give a stream whose first bytes were read already as it was before."""
    return cast("BinaryIO", io.BufferedReader(_Prefixed(head, stream), BLOCK_BYTES))


class _Prefixed(io.RawIOBase):
    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head = head
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        # typeshed wants the Buffer protocol type, which is nameable only from Python 3.12 on.
        read = self._head[: len(buffer)] if self._head else self._stream.read(len(buffer))
        self._head = self._head[len(read) :]
        buffer[: len(read)] = read
        return len(read)


@dataclass(slots=True)
class _Level:
    """A list that is being read, and how its elements begin."""

    depth: int
    first_key: bytes | None = None


class _Splitter:
    def __init__(
        self,
        stream: BinaryIO,
        paths: Sequence[tuple[str, ...]],
        keep: frozenset[str],
        block_bytes: int,
        max_bytes: int,
    ) -> None:
        self._stream = stream
        self._paths = frozenset(paths)
        self._ways = frozenset(path[:length] for path in paths for length in range(len(path)))
        self._keep = keep
        self._block_bytes = block_bytes
        self._max_bytes = max_bytes
        self._content = b""
        self._base = 0
        """Bytes of the file before ``_content``."""
        self._pos = 0
        """Where in ``_content`` the member or element that is due begins."""
        self._next = 0
        """The first token behind that."""
        self._tokens = scan(b"", 0)
        self._beyond = b""
        """Bytes read and not looked at yet,"""
        self._beyond_at = 0
        """from here on."""
        self._ended = False
        self._levels: list[_Level] = []
        self._resume = _ON
        """After damage: depth of the list in which reading goes on, or _STOP; else _ON."""

    # -- bytes

    def _read(self, size: int) -> bytes:
        if self._beyond:
            read = self._beyond[self._beyond_at : self._beyond_at + size]
            self._beyond_at += len(read)
            if self._beyond_at >= len(self._beyond):
                self._beyond, self._beyond_at = b"", 0
            if read:
                return read
        read = self._stream.read(size)
        self._ended = not read
        return read

    def _more(self, depth: int) -> bool:
        """Read on, keeping what begins at ``_pos``; False at the end, behind damage, or where it is too long."""
        rest = self._content[self._pos :]
        if self._tokens.broken is not None or len(rest) > self._max_bytes:
            return False
        # As much again as is kept: a long element is looked at twice, not once a block.
        read = self._read(max(self._block_bytes, len(rest)))
        if read:
            self._look(rest + read, depth)
        return bool(read)

    def _look(self, content: bytes, depth: int) -> None:
        self._base += self._pos
        self._content, self._pos, self._next = content, 0, 0
        self._tokens = scan(content, depth)

    def _between(self, stop: int) -> bytes:
        return self._content[self._pos : stop].strip(_BLANK)

    def _fault(self, stop: int, reason: Reason) -> Fault:
        """Give what stands between here and a position as a fault."""
        span = self._content[self._pos : stop]
        return Fault(self._base + self._pos + len(span) - len(span.lstrip(_BLANK)), span.strip(_BLANK), reason)

    def _step_over(self, token: int) -> None:
        self._pos, self._next = int(self._tokens.at[token]) + 1, token + 1

    # -- the document

    def document(self) -> Iterator[Piece | Fault]:
        """Read the document."""
        while len(self._content) < len(_BOM) and (read := self._read(self._block_bytes)):
            self._content += read
        if self._content.startswith(_BOM):
            self._pos = len(_BOM)
        self._look(self._content[self._pos :], 0)
        while not self._tokens.at.size and self._more(0):
            pass
        opens = bool(self._tokens.at.size) and not self._between(int(self._tokens.at[0]))
        kind = int(self._tokens.kind[0]) if opens else 0
        if kind == OPEN_OBJECT and self._ways:
            self._step_over(0)
            yield from self._object((), 1, (Scope(),))
        elif kind == OPEN_LIST and () in self._paths:
            self._step_over(0)
            yield from self._elements((), 1, ())
        elif kind == OPEN_LIST and ("*",) in self._ways:
            self._step_over(0)
            yield from self._objects((), 1, ())
        elif self._between(len(self._content)) or self._more(0):
            yield from self._damage(0, "json-structure", "The document is not of the form that its format has.")
        if self._resume == _ON:
            yield from self._trailing()

    def _trailing(self) -> Iterator[Fault]:
        while not self._between(len(self._content)):
            self._base += len(self._content)
            self._pos, self._content = 0, self._read(self._block_bytes)
            if not self._content:
                return
        yield from self._damage(0, "json-trailing", "There is more behind the end of the document.")

    # -- containers on the way; each starts behind its opening bracket and ends behind its closing one

    def _object(self, path: tuple[str, ...], depth: int, scopes: tuple[Scope, ...]) -> Iterator[Piece | Fault]:
        met: set[str] = set()
        while self._resume == _ON:
            tokens, token = self._tokens, self._next
            due = tokens.kind[token : token + 2].tolist()
            if not due or due == [COLON]:
                if not self._more(depth):
                    yield from self._cut_off(depth)
            elif due[0] in {COMMA, CLOSE_OBJECT}:
                rest = self._between(int(tokens.at[token]))
                if rest:
                    yield self._fault(int(tokens.at[token]), Reason("json-structure", "A member without a value."))
                self._step_over(token)
                if due[0] == CLOSE_OBJECT:
                    break
            elif due[0] == CLOSE_LIST or due[1:] == [CLOSE_LIST]:
                yield from self._damage(depth, *_BROKEN[CLOSE_LIST])
            elif due[0] == COLON and due[1] != COLON:
                yield from self._member(path, depth, scopes, met)
            else:
                yield from self._damage(depth, *_NO_MEMBER)

    def _member(
        self, path: tuple[str, ...], depth: int, scopes: tuple[Scope, ...], met: set[str]
    ) -> Iterator[Piece | Fault]:
        """Read the member whose colon is the next token, up to the comma or brace behind it."""
        tokens, token = self._tokens, self._next
        key = self._between(int(tokens.at[token]))
        name = parse(key)
        if self._levels and self._levels[-1].depth == depth - 1 and self._levels[-1].first_key is None:
            self._levels[-1].first_key = key
        opens, value_at = int(tokens.kind[token + 1]), int(tokens.at[token + 1])
        nested = opens in {OPEN_OBJECT, OPEN_LIST}
        raw = self._content[int(tokens.at[token]) + 1 : value_at].strip(_BLANK)
        if not isinstance(name, str) or (nested and raw):
            yield from self._damage(depth, *_NO_MEMBER)
            return
        inner = (*path, name)
        structural = inner in self._ways or inner in self._paths
        wanted = structural or name in self._keep
        if wanted and name in met:
            twice = f"'{name}' stands twice in one object: which one is meant is unknown."
            yield from self._skip(depth, Reason("json-duplicate-key", twice))
        elif nested and structural:
            yield from self._container(inner, opens, depth, scopes)
        elif nested:
            yield from self._skip(depth, _unfit(name) if wanted else None)
        else:
            if wanted:
                yield from self._scalar(name, structural, raw, value_at, scopes[-1])
            self._pos, self._next = value_at, token + 1
        if wanted:
            met.add(name)

    def _container(
        self, path: tuple[str, ...], opens: int, depth: int, scopes: tuple[Scope, ...]
    ) -> Iterator[Piece | Fault]:
        """Read the list or object on the way that begins behind the next colon."""
        here = self._next + 1
        if opens == OPEN_LIST and path in self._paths:
            self._step_over(here)
            yield from self._elements(path, depth + 1, scopes)
        elif opens == OPEN_LIST and (*path, "*") in self._ways:
            self._step_over(here)
            yield from self._objects(path, depth + 1, scopes)
        elif opens == OPEN_OBJECT and path in self._ways and (*path, "*") not in self._ways:
            self._step_over(here)
            yield from self._object(path, depth + 1, (*scopes, Scope()))
        else:
            yield from self._skip(depth, _unfit(path[-1]))

    def _scalar(self, name: str, structural: bool, raw: bytes, stop: int, scope: Scope) -> Iterator[Fault]:
        value = parse(raw)
        reason = value if isinstance(value, Reason) else None
        if reason is None and structural and value is not None:
            reason = _unfit(name)
        elif reason is None and not structural and scope.released:
            late = f"'{name}' stands behind so many records that they were read without it."
            reason = Reason("json-late-member", late)
        if reason is not None:
            yield self._fault(stop, reason)
        elif not isinstance(value, Reason) and not structural:
            scope.values[name] = value

    def _objects(self, path: tuple[str, ...], depth: int, scopes: tuple[Scope, ...]) -> Iterator[Piece | Fault]:
        self._levels.append(_Level(depth))
        while self._resume == _ON:
            tokens, token = self._tokens, self._next
            if token >= tokens.at.size:
                if not self._more(depth):
                    yield from self._cut_off(depth)
            else:
                kind, at = tokens.kind[token], int(tokens.at[token])
                rest = self._between(at)
                if kind in (COMMA, CLOSE_LIST):
                    if rest:
                        yield self._fault(at, Reason("json-element", "It is not an object."))
                    self._step_over(token)
                    if kind == CLOSE_LIST:
                        break
                elif kind == OPEN_OBJECT and not rest:
                    self._step_over(token)
                    yield from self._object((*path, "*"), depth + 1, (*scopes, Scope()))
                elif kind == OPEN_LIST and not rest:
                    yield from self._skip(depth, Reason("json-element", "It is not an object."))
                else:
                    yield from self._damage(depth, *_BROKEN[CLOSE_LIST])
            if self._resume == depth:
                self._resume = _ON
        self._levels.pop()

    def _elements(self, path: tuple[str, ...], depth: int, scopes: tuple[Scope, ...]) -> Iterator[Piece | Fault]:
        level = _Level(depth)
        self._levels.append(level)
        first = True
        while self._resume == _ON:
            tokens = self._tokens
            close = tokens.close(self._next, depth)
            commas = tokens.ends(depth)[0]
            low, high = np.searchsorted(commas, (self._next, tokens.at.size if close is None else close))
            ends = commas[low:high]
            whole = close is not None and tokens.kind[close] == CLOSE_LIST
            empty = first and not ends.size
            if close is not None and whole and not (empty and not self._between(int(tokens.at[close]))):
                ends = np.append(ends, close)
            sizes = np.diff(tokens.at[ends], prepend=self._pos)
            long = np.flatnonzero(sizes > self._max_bytes)
            if long.size:
                ends = ends[: long[0]]
            if level.first_key is None and ends.size:
                match = _FIRST_KEY.match(self._content, self._pos)
                level.first_key = match[1] if match else None
            sound = self._sound(ends, depth)
            swallows = sound < ends.size
            ends = ends[:sound]
            if ends.size:
                first = False
                yield self._piece(path, ends, depth, scopes)
                self._step_over(int(ends[-1]))
            if swallows:
                yield from self._damage(depth, *_MISSING)
            elif long.size:
                yield from self._too_long(depth)
            elif whole and close is not None:
                self._step_over(close)
                break
            elif close is not None:
                yield from self._damage(depth, *_BROKEN[CLOSE_LIST])
            elif not self._more(depth):
                yield from self._cut_off(depth)
            if self._resume == depth:
                self._resume = _ON
                first = False
        self._levels.pop()

    def _sound(self, ends: Positions, depth: int) -> int:
        """Count the elements that end at these tokens, up to one that is damaged and has swallowed others.

        Two quotes that are missing make the text between them look sound from outside, and what stands behind
        the second one would be taken for a part of the wrong object. Such an element has beginnings of elements
        in it, and is no JSON.
        """
        pattern, levels = self._beginnings(depth)
        if pattern is None or not ends.size:
            return int(ends.size)
        stops = self._tokens.at[ends]
        region = self._content[self._pos : int(stops[-1])]
        usual = [ends.size if level.depth == depth else 0 for level in levels]
        if all(region.count(level.first_key or b"{") <= n for level, n in zip(levels, usual, strict=True)):
            return int(ends.size)
        starts = np.concatenate(([self._pos], stops[:-1] + 1))
        checked = -1
        for match in pattern.finditer(self._content, self._pos, int(stops[-1])):
            within = int(np.searchsorted(starts, match.start(), side="right")) - 1
            # The comma before an element is not in it.
            if within > checked and match.start() >= starts[within]:
                raw = self._content[int(starts[within]) : int(stops[within])].strip(_BLANK)
                if isinstance(parse(raw), Reason):
                    return within
                checked = within
        return int(ends.size)

    def _beginnings(self, depth: int) -> tuple[re.Pattern[bytes] | None, list[_Level]]:
        """Give a pattern of how elements of the lists begin that are being read, a group for each list.

        None where two lists cannot be told apart by it.
        """
        levels = [level for level in self._levels if level.depth <= depth]
        keys = [level.first_key for level in levels if level.first_key]
        if not levels or len(set(keys)) < len(levels):
            return None, levels
        first = b"|".join(b"(%s)" % re.escape(key) for key in keys)
        return re.compile(rb",[ \t\r\n]*(\{[ \t\r\n]*(?:" + first + rb")[ \t\r\n]*:)"), levels

    def _piece(self, path: tuple[str, ...], ends: Positions, depth: int, scopes: tuple[Scope, ...]) -> Piece:
        """Give the elements that end at these tokens, the first beginning at ``_pos``."""
        tokens = self._tokens
        stops = tokens.at[ends].copy()
        starts = np.concatenate(([self._pos], stops[:-1] + 1))
        _trim(self._content, starts, stops)
        until = int(ends[-1])
        begins = np.concatenate(([self._next], ends[:-1]))
        colons = np.add.reduceat((tokens.kind[self._next : until + 1] == COLON).astype(np.int64), begins - self._next)
        deepest = np.maximum.reduceat(tokens.depth[self._next : until + 1], begins - self._next)
        deepest = np.maximum(deepest.astype(np.int64) - depth, 0)
        return Piece(path, self._content, self._base, starts, stops, colons, deepest, scopes)

    # -- passing over

    def _skip(self, depth: int, reason: Reason | None) -> Iterator[Fault]:
        """Pass over the rest of a member or element of the container at a depth, to what ends it."""
        offset, kept = self._base + self._pos, b""
        size = 0
        while True:
            tokens = self._tokens
            commas, _ = tokens.ends(depth)
            comma = int(np.searchsorted(commas, self._next))
            ends = [tokens.close(self._next, depth), int(commas[comma]) if comma < commas.size else None]
            found = min((one for one in ends if one is not None), default=None)
            stop = len(self._content) if found is None else int(tokens.at[found])
            kept += self._content[self._pos : min(stop, self._pos + KEPT_OF_LONG_LINE - len(kept))]
            size += stop - self._pos
            if found is not None:
                self._pos, self._next = stop, found
                break
            if tokens.broken is not None:
                yield from self._damage(depth, *_BROKEN[tokens.broken])
                return
            self._base += len(self._content)
            self._content, self._pos, self._next = self._read(self._block_bytes), 0, 0
            if not self._content:
                self._tokens = scan(b"", depth)
                break
            self._tokens = scan(self._content, tokens.last_depth, in_string=tokens.in_string, escaped=tokens.escaped)
        if reason is not None:
            yield Fault(offset, kept, reason)

    def _cut_off(self, depth: int) -> Iterator[Fault]:
        """Say why there is nothing more to read in a container."""
        if self._tokens.broken is not None:
            return self._damage(depth, *_BROKEN[self._tokens.broken])
        if len(self._content) - self._pos > self._max_bytes:
            return self._too_long(depth)
        return self._damage(depth, "json-truncated", "The file ends before the document does: it was cut off.")

    def _too_long(self, depth: int) -> Iterator[Fault]:
        return self._damage(
            depth,
            "json-too-long",
            f"The record is longer than {self._max_bytes} bytes, or a quote or bracket is missing in it.",
        )

    def _damage(self, depth: int, code: str, reason: str) -> Iterator[Fault]:
        """Pass over damage to the next place where an element of a list that is being read begins.

        Sets ``_resume`` to the depth of that list, or to stop where there is none: then the rest of the
        file is the damage.
        """
        offset, start = self._base + self._pos, self._pos
        kept = self._content[start : start + self._max_bytes]
        own = _FIRST_KEY.match(self._content, start)
        if self._levels and self._levels[-1].depth == depth and self._levels[-1].first_key is None and own:
            self._levels[-1].first_key = own[1]
        pattern, levels = self._beginnings(depth)
        at = start + 1
        while True:
            match = pattern.search(self._content, at) if pattern else None
            if match:
                break
            tail = self._content[max(at, len(self._content) - _OVERLAP) :] if pattern else b""
            self._base += len(self._content) - len(tail)
            read = self._read(self._block_bytes)
            self._content, self._pos, at = tail + read, 0, 0
            if not read:
                break
            kept += read[: self._max_bytes - len(kept)]
        if match is None:
            self._resume = _STOP
            self._base, self._content, self._tokens, self._next = self._base + len(self._content), b"", scan(b"", 0), 0
        else:
            if code == "json-truncated":
                code, reason = _MISSING
            level = levels[next(number for number, key in enumerate(match.groups()[1:]) if key)]
            self._resume = level.depth
            here = self._base + match.start()
            kept = kept[: here - offset]
            begin = match.start(1)
            window = self._content[begin : begin + _WINDOW]
            rest = self._content[begin + _WINDOW :]
            if rest:
                self._beyond, self._beyond_at = rest + self._beyond[self._beyond_at :], 0
            self._pos = begin
            self._look(window, level.depth)
        if kept.strip(_BLANK) or match is None:
            yield Fault(offset, kept, Reason(code, reason))


def _unfit(name: str) -> Reason:
    return Reason("json-structure", f"'{name}' is not what its format says.")


def _trim(content: bytes, starts: Positions, stops: Positions) -> None:
    """Move starts and stops of spans inwards over white space, in place."""
    codes = np.frombuffer(content, np.uint8)
    for bounds, step, beside in ((starts, 1, 0), (stops, -1, -1)):
        due = np.arange(starts.size)
        for _ in range(_USUAL_INDENT):
            due = due[starts[due] < stops[due]]
            due = due[_IS_BLANK[codes[bounds[due] + beside]]]
            if not due.size:
                break
            bounds[due] += step
        # More white space than that is nobody's indentation.
        for one in due.tolist():
            span = content[starts[one] : stops[one]]
            starts[one] += len(span) - len(span.lstrip(_BLANK))
            stops[one] = starts[one] + len(span.strip(_BLANK))
