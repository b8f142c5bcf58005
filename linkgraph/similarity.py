"""Pictures that look alike: all pairs of PDQ hashes within a Hamming distance, without comparing all pairs.

Multi-index hashing. A hash of 256 bits is cut into 16 slots of 16 bits. Two hashes at most 31 bits
apart differ in one slot by at most one bit, for 16 slots with two differing bits each would be 32. So
every needle is filed under each of its slots, as it is and with each of its bits turned, and a hash of
the haystack meets those needles that are filed under its own slots: one in 240 at random. Of four words
of 64 bits one differs by at most seven, and a slot within it by at most one, so a pair that meets is
looked at further only where that word is so close. The answer is that of comparing all pairs, always.

The needles are filed and the haystack streams past them, which needs no index of the haystack. Memory
does not depend on what the hashes are: needles are filed 16,384 at a time (about 90 MiB) and rows of the
haystack are handed out so that one piece of work compares no more than two million pairs (about 100 MiB
a thread). Hashes of blank pictures, equal by the thousand, make more work and a longer answer but no
larger piece. Time grows with the pairs that share a slot: at worst, 16 times that of comparing all.

Source: Norouzi, Punjani and Fleet, "Fast Exact Search in Hamming Space with Multi-Index Hashing", IEEE
TPAMI 36(6), 2014; the threshold of 31 is that of Meta's PDQ description ("PDQ & TMK + PDQF", 2019).
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

RADIUS = 31
"""Largest distance at which two PDQ hashes are taken for one picture; the search knows no larger one."""

BITS, WORDS, SLOTS, SLOT_BITS = 256, 4, 16, 16
_SLOTS_IN_WORD = SLOTS // WORDS

_NEEDLES = 1 << 14
"""Needles filed at a time."""
_ROWS = 1 << 16
"""Hashes of the haystack that are looked up at a time."""
_CANDIDATES = 1 << 21
"""Pairs that one piece of work compares, unless one hash alone has more (at most 16 times the needles filed)."""
_THREADS = min(os.cpu_count() or 1, 8)

Hashes = npt.NDArray[np.uint64]
_Places = npt.NDArray[np.int64]
_Counts = npt.NDArray[np.int32]


class Pairs(NamedTuple):
    """Pairs of hashes; three arrays of one length."""

    needle: _Places
    """Row of the needle."""
    haystack: _Places
    """Row of the hash in the haystack."""
    distance: npt.NDArray[np.uint8]
    """Bits in which the two differ."""


def parse(digests: Sequence[str]) -> Hashes:
    """Read PDQ hashes of 64 hexadecimal digits each.

    Returns:
        (n, 4) uint64: 16 digits a word, the first ones highest.

    Raises:
        ValueError: one of them is no PDQ hash; its place is named.
    """
    digits = BITS // 4
    for at, one in enumerate(digests):
        if len(one) != digits or not re.fullmatch("[0-9A-Fa-f]+", one):
            raise ValueError(f"hash {at} is not {digits} hexadecimal digits: {one[:80]!r}")
    words = np.frombuffer(bytes.fromhex("".join(digests)), ">u8")
    return words.reshape(-1, WORDS).astype(np.uint64)


def pairs_within(needles: Hashes, haystack: Hashes, radius: int = RADIUS) -> Pairs:
    """Give every pair of a needle and a hash of the haystack at most ``radius`` bits apart.

    Args:
        needles: (n, 4) uint64.
        haystack: (m, 4) uint64.
        radius: in bits, 0 … 31.

    Returns:
        the pairs by needle, then by place in the haystack. Of r pairs this takes 17 r bytes, and as much
        again while it is put in order; :func:`pieces_within` gives them without holding them all.

    Raises:
        ValueError: the radius or the shape of an array is another.
    """
    return _in_order(list(pieces_within(needles, haystack, radius)))


def pairs_among(hashes: Hashes, known: int = 0, radius: int = RADIUS) -> Pairs:
    """Give every pair within one set of which at least one hash is new.

    Args:
        hashes: (n, 4) uint64; the first ``known`` of them were compared with one another before.
        known: how many, 0 … n.
        radius: in bits, 0 … 31.

    Returns:
        each pair once, the later hash as ``needle``; ordered and sized as by :func:`pairs_within`.

    Raises:
        ValueError: the radius, the shape or ``known`` is another.
    """
    if not 0 <= known <= len(hashes):
        raise ValueError(f"{known} of {len(hashes)} hashes cannot be known")
    found = []
    for piece in pieces_within(hashes[known:], hashes, radius):
        needle = piece.needle + known
        earlier = piece.haystack < needle
        found.append(Pairs(needle[earlier], piece.haystack[earlier], piece.distance[earlier]))
    return _in_order(found)


def pieces_within(needles: Hashes, haystack: Hashes, radius: int = RADIUS) -> Iterator[Pairs]:
    """Yield what :func:`pairs_within` gives, piece by piece as found, each pair once.

    A piece has at most about two million pairs, and few are held at a time.
    """
    if not 0 <= radius <= RADIUS:
        raise ValueError(f"a radius of {radius} bits is not searched for, only 0 to {RADIUS}")
    for hashes in (needles, haystack):
        if hashes.ndim != 2 or hashes.shape[1] != WORDS or hashes.dtype != np.uint64:
            raise ValueError(f"PDQ hashes are (n, {WORDS}) uint64, not {hashes.shape} {hashes.dtype}")
    # On two threads numpy's own work runs side by side: it lets go of the interpreter.
    with ThreadPoolExecutor(_THREADS) as pool:
        for first in range(0, len(needles), _NEEDLES):
            filed = _Filed.of(needles[first : first + _NEEDLES], radius)
            running: deque[tuple[int, Future[list[Pairs]]]] = deque()
            for row, counts in _work(filed, haystack):
                running.append((row, pool.submit(filed.met, haystack[row : row + counts.shape[1]], counts)))
                if len(running) > _THREADS:
                    yield from _placed(first, *running.popleft())
            while running:
                yield from _placed(first, *running.popleft())


def _placed(needle: int, row: int, found: Future[list[Pairs]]) -> Iterator[Pairs]:
    for pairs in found.result():
        if pairs.needle.size:
            yield Pairs(pairs.needle + needle, pairs.haystack + row, pairs.distance)


def _work(filed: _Filed, haystack: Hashes) -> Iterator[tuple[int, _Counts]]:
    """Cut the haystack into pieces of work: the first row, and how many needles each row meets by each slot."""
    for first in range(0, len(haystack), _ROWS):
        counts = filed.counts(haystack[first : first + _ROWS])
        until = np.cumsum(counts.sum(0, dtype=np.int64))
        start = 0
        while start < until.size:
            done = int(until[start - 1]) if start else 0
            stop = max(start + 1, int(np.searchsorted(until, done + _CANDIDATES, "right")))
            if until[stop - 1] > done:
                yield first + start, counts[:, start:stop]
            start = stop


def _slots(hashes: Hashes) -> npt.NDArray[np.uint16]:
    """Give the (n, 16) slots; which bits stand together depends on the machine and does not matter."""
    return np.ascontiguousarray(hashes).view(np.uint16)


@dataclass(frozen=True, slots=True)
class _Filed:
    """Needles, filed under each of their slots."""

    needles: Hashes
    radius: int
    starts: tuple[_Places, ...]
    """A slot → (65,537) where the needles filed under each value start."""
    needle: tuple[_Counts, ...]
    """A slot → the needles, by the value under which they are filed."""
    words: tuple[npt.NDArray[np.uint64], ...]
    """A slot → the word of those needles in which the slot lies, in the same order."""

    @classmethod
    def of(cls, needles: Hashes, radius: int) -> _Filed:
        """File needles under what their slots may be in a hash within the radius."""
        bits = [1 << bit for bit in range(SLOT_BITS)] if radius >= SLOTS else []
        turned = np.array([0, *bits], np.uint16)
        starts, filed, words = [], [], []
        for at, slot in enumerate(_slots(needles).T):
            values = (slot[:, None] ^ turned).ravel()
            needle = (np.argsort(values, kind="stable") // turned.size).astype(np.int32)
            sizes = np.bincount(values, minlength=1 << SLOT_BITS)
            starts.append(np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]))
            filed.append(needle)
            words.append(needles[needle, at // _SLOTS_IN_WORD])
        return cls(needles, radius, tuple(starts), tuple(filed), tuple(words))

    def counts(self, rows: Hashes) -> _Counts:
        """Count, a slot and a row, the needles that are filed under the row's slot: (16, rows)."""
        sizes = (np.diff(starts).astype(np.int32) for starts in self.starts)
        return np.stack([size.take(slot) for size, slot in zip(sizes, _slots(rows).T, strict=True)])

    def met(self, rows: Hashes, counts: _Counts) -> list[Pairs]:
        """Compare rows with the needles they meet."""
        words = np.ascontiguousarray(rows.T)
        found = []
        for at, (slot, count) in enumerate(zip(_slots(rows).T, counts, strict=True)):
            ends = np.cumsum(count, dtype=np.int64)
            # Place of each needle met: where its value starts, and the how manieth of the row it is.
            place = np.repeat(self.starts[at].take(slot) - (ends - count), count)
            place += np.arange(place.size)
            apart = np.repeat(words[at // _SLOTS_IN_WORD], count)
            apart ^= self.words[at].take(place)
            close = np.flatnonzero(np.bitwise_count(apart) <= self.radius // WORDS)
            if close.size:
                row = np.searchsorted(ends, close, "right")
                found.append(self._compared(rows, at, row, self.needle[at][place[close]]))
        return found

    def _compared(self, rows: Hashes, at: int, row: _Places, needle: _Counts) -> Pairs:
        """Keep the pairs within the radius that meet by this slot first: by a later one they meet again."""
        for earlier in range(at):
            word = earlier // _SLOTS_IN_WORD
            apart = rows[row, word] ^ self.needles[needle, word]
            in_slot = apart.view(np.uint16)[earlier % _SLOTS_IN_WORD :: _SLOTS_IN_WORD]
            met = np.bitwise_count(apart) <= self.radius // WORDS
            met &= np.bitwise_count(in_slot) <= self.radius // SLOTS
            row, needle = row[~met], needle[~met]
        distance = np.bitwise_count(rows[row] ^ self.needles[needle]).sum(1, dtype=np.uint16)
        kept = distance <= self.radius
        return Pairs(needle[kept].astype(np.int64), row[kept], distance[kept].astype(np.uint8))


def _in_order(pieces: Sequence[Pairs]) -> Pairs:
    if not pieces:
        return Pairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint8))
    needle, haystack, distance = (np.concatenate(part) for part in zip(*pieces, strict=True))
    order = np.lexsort((haystack, needle))
    return Pairs(needle[order], haystack[order], distance[order])
