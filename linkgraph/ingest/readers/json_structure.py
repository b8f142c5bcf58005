"""The structure of JSON text, found for a block of bytes at a time.

It needs four things of every byte: whether a backslash escapes it (parity of the run of backslashes before
it), whether it is in a string (parity of the unescaped quotes before it), whether it is structure, and how
deep (running sum of brackets). Bytes of UTF-8 beyond ASCII are never any of these.

Source: RFC 8259; Langdale and Lemire, "Parsing gigabytes of JSON per second", VLDB Journal 28 (2019), for
the parity of quotes and backslashes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]

QUOTE, BACKSLASH, OPEN_OBJECT, OPEN_LIST, CLOSE_OBJECT, CLOSE_LIST, COMMA, COLON, NEWLINE = range(1, 10)
"""Classes of the bytes that matter; all others are 0."""
_CLASS = bytes(b'"\\{[}],:\n'.find(bytes([one])) + 1 for one in range(256))
_STEP = np.array([0, 0, 0, 1, 1, -1, -1, 0, 0, 0], np.int32)


@dataclass(slots=True)
class Tokens:
    """The structural bytes of a block that stand outside of strings; n of them."""

    at: Positions
    """(n,) position in the block."""
    kind: npt.NDArray[np.uint8]
    """(n,) class of the byte."""
    depth: npt.NDArray[np.int32]
    """(n,) nesting after it."""
    in_string: bool
    """Whether the block ends inside a string,"""
    escaped: bool
    """and behind a backslash."""
    last_depth: int
    broken: int | None
    """What JSON does not allow and is met first: NEWLINE where a string has a line end, CLOSE_LIST where a
    bracket closes one of the other kind. It and what follows it are not among the tokens."""
    _ends: dict[int, tuple[Positions, Positions]] = field(default_factory=dict)

    def ends(self, depth: int) -> tuple[Positions, Positions]:
        """Give the commas inside, and the brackets that end, containers whose content is at a depth."""
        if depth not in self._ends:
            commas = np.flatnonzero((self.kind == COMMA) & (self.depth == depth))
            closers = np.flatnonzero(
                ((self.kind == CLOSE_OBJECT) | (self.kind == CLOSE_LIST)) & (self.depth == depth - 1)
            )
            self._ends[depth] = commas, closers
        return self._ends[depth]

    def close(self, first: int, depth: int) -> int | None:
        """Give the token that ends the container at a depth, from a token on; None where it is not here."""
        closers = self.ends(depth)[1]
        at = int(np.searchsorted(closers, first))
        return int(closers[at]) if at < closers.size else None


def scan(content: bytes, depth: int, *, in_string: bool = False, escaped: bool = False) -> Tokens:
    """Find the structure of a block that starts at a depth."""
    classes = np.frombuffer(content.translate(_CLASS), np.uint8)
    at: Positions = np.flatnonzero(classes)
    kind = classes[at]
    ends_escaped = False
    if escaped and kind.size and at[0] == 0 and kind[0] in (QUOTE, BACKSLASH):
        # It is escaped: no quote, and no escape itself.
        at, kind = at[1:], kind[1:]
    slashes = at[kind == BACKSLASH]
    if slashes.size:
        # Of a run of backslashes the first, third … escape the byte after them.
        numbers = np.arange(slashes.size)
        begins = np.concatenate(([True], np.diff(slashes) != 1))
        begin = np.maximum.accumulate(np.where(begins, numbers, 0))
        behind = slashes[(numbers - begin) % 2 == 0] + 1
        ends_escaped = bool(behind[-1] == len(content))
        places = np.searchsorted(at, behind)
        places = places[places < at.size]
        hit = places[np.isin(at[places], behind)]
        kind[hit[kind[hit] == QUOTE]] = 0
    inside = (np.cumsum(kind == QUOTE, dtype=np.int32) + int(in_string)) & 1
    breaks = at[(kind == NEWLINE) & (inside == 1)]
    structure = (kind >= OPEN_OBJECT) & (kind < NEWLINE) & (inside == 0)
    ends_inside = bool(inside[-1]) if inside.size else in_string
    at, kind = at[structure], kind[structure]
    depths = np.cumsum(_STEP[kind], dtype=np.int32) + np.int32(depth)
    broken, sound = None, len(content)
    for what, found in ((NEWLINE, breaks), (CLOSE_LIST, _unfit(at, kind, depths))):
        if found.size and int(found.min()) < sound:
            broken, sound = what, int(found.min())
    if broken is not None:
        whole = int(np.searchsorted(at, sound))
        at, kind, depths = at[:whole], kind[:whole], depths[:whole]
    last = int(depths[-1]) if depths.size else depth
    return Tokens(at, kind, depths, ends_inside, ends_escaped, last, broken)


def _unfit(at: Positions, kind: npt.NDArray[np.uint8], depths: npt.NDArray[np.int32]) -> Positions:
    """Give the positions of the brackets that close one of the other kind."""
    brackets = np.flatnonzero(kind <= CLOSE_LIST)
    kinds = kind[brackets]
    levels = depths[brackets] + (kinds >= CLOSE_OBJECT)
    # On one level brackets open and close in turn.
    order = np.argsort(levels, kind="stable")
    kinds, levels = kinds[order], levels[order]
    closes = (levels[1:] == levels[:-1]) & (kinds[:-1] < CLOSE_OBJECT)
    bad = np.flatnonzero(closes & (kinds[1:] - kinds[:-1] != CLOSE_OBJECT - OPEN_OBJECT))
    return at[brackets[order[bad + 1]]]
