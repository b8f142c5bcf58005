"""Finding many texts in much text at once, however they are written: in any letter case, composed or not.

Texts are compared folded: Unicode NFKC and case folding (Unicode Standard, §3.13), so that ``Ｆox`` is ``fox``, and
without control characters and those that are drawn as nothing (Default_Ignorable_Code_Point, UAX #44).
What identifies somebody who must not be told in any way is found wherever it stands; other texts only as whole
words, since ``10.0.0.1`` stands in ``10.0.0.12`` without meaning it. Source of the search: Aho & Corasick 1975,
*Communications of the ACM* 18 (6), 333–340.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

import ahocorasick_rs
import numpy as np

from linkgraph.ingest.values.text import IGNORABLE

ANYWHERE_FROM = 6
"""Characters from which a text is found inside words too, where that is asked for: three letters are in half of
all words."""
SHORTEST = 3
"""A text of fewer characters identifies nobody and is not looked for inside other text."""

_WORD = re.compile(rb"[0-9a-z\x80-\xff]")
_HEXADECIMAL = re.compile(r"[0-9a-f]+")
_DIGIT = re.compile(rb"[0-9]")


_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f]")
_BLANKS = {9: " ", 10: " ", 13: " ", 0x2028: " ", 0x2029: " "}
_ASCII_BLANKS = bytes.maketrans(b"\t\n\r", b"   ")
_ASCII_UNSEEN = bytes(code for code in [*range(32), 127] if code not in _BLANKS)


def fold(text: str) -> str:
    """Give a text in the form that texts are compared in."""
    if text.isascii():
        return fold_bytes(text.encode()).decode()
    # What is not seen goes before letters are composed: it may stand between a letter and its accent.
    seen = _UNSEEN.sub("", IGNORABLE.sub("", text))
    composed = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    return IGNORABLE.sub("", composed).translate(_BLANKS)


def fold_bytes(text: bytes) -> bytes:
    """Give UTF-8 in the form that texts are compared in; what is no UTF-8 is U+FFFD."""
    if text.isascii():
        return text.lower().translate(_ASCII_BLANKS, _ASCII_UNSEEN)
    return fold(text.decode("utf-8", "replace")).encode()


class Texts:
    """Texts to be found."""

    def __init__(self, words: Iterable[str], anywhere: Iterable[str] = ()) -> None:
        """Take the texts; those that are the same folded are one, and those too short are none.

        Args:
            words: to be found as whole words.
            anywhere: to be found also inside a word; but no number inside a number, which is another, and no text
                that a digest could have in it by chance.
        """
        loose = {one for one in map(fold, anywhere) if len(one) >= SHORTEST}
        self.wanted: Sequence[str] = sorted({one for one in map(fold, words) if len(one) >= SHORTEST} | loose)
        """Folded, each once, in order."""
        self._edges = [
            tuple(_beside(edge, one in loose and _found_anywhere(one)) for edge in (one[0], one[-1]))
            for one in self.wanted
        ]
        patterns = [one.encode() for one in self.wanted]
        self._search = ahocorasick_rs.BytesAhoCorasick(patterns) if patterns else None

    def __len__(self) -> int:
        return len(self.wanted)

    def found(self, text: bytes) -> Iterator[tuple[int, int, int]]:
        """Find the texts in folded UTF-8: which (place in :attr:`wanted`), where it begins and where it ends."""
        if self._search is None:
            return
        for which, start, end in self._search.find_matches_as_indexes(text, overlapping=True):
            before, after = self._edges[which]
            if not (_joined(text, start, before) or _joined(text, end, after)):
                yield which, start, end

    def within(self, texts: Sequence[str]) -> list[bool]:
        """Tell of each of some texts whether one of the wanted stands in it."""
        joined, ends = _joined_and_folded(texts)
        hit = [False] * len(texts)
        which = 0
        for _, start, end in sorted(self.found(joined), key=lambda one: one[1]):
            while ends[which] <= start:
                which += 1
            # One that goes on in the next text stands in neither.
            hit[which] |= end <= ends[which]
        return hit


def _joined_and_folded(texts: Sequence[str]) -> tuple[bytes, Sequence[int]]:
    """Give texts folded, a line each, and where each ends."""
    joined = "\n".join(texts)
    # Nearly all texts of a large case are plain: they are folded at once.
    if joined.isascii() and joined.count("\n") == max(len(texts) - 1, 0) and not _CONTROL.search(joined):
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        return joined.lower().encode(), (np.cumsum(lengths) + np.arange(len(texts))).tolist()
    pieces = [fold(one).encode() for one in texts]
    lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))
    return b"\n".join(pieces), (np.cumsum(lengths) + np.arange(len(pieces))).tolist()


def _found_anywhere(text: str) -> bool:
    return len(text) >= ANYWHERE_FROM and not _HEXADECIMAL.fullmatch(text)


def _beside(edge: str, anywhere: bool) -> re.Pattern[bytes] | None:
    """Give what must not go on beyond the edge of a text; None where anything may."""
    if edge.isdigit() and anywhere:
        return _DIGIT
    # Scripts without letter case, as of Chinese, Japanese and Thai, write words without a space between them.
    return None if anywhere or unicodedata.category(edge) == "Lo" else _WORD


def _joined(text: bytes, at: int, kind: re.Pattern[bytes] | None) -> bool:
    """Tell whether a place is inside a word, or a number: what stands before it and what stands there are of a kind."""
    return bool(kind and 0 < at < len(text) and kind.match(text, at - 1) and kind.match(text, at))
