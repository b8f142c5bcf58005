"""What two rows that say the same have in common: a 128-bit key of all that was read from a row.

The key is a keyed universal hash (MULTILINEAR of Lemire & Kaser 2014, *The Computer Journal* 57(11),
"Strongly universal string hashing is fast"): ``⌊(m₀ + Σ mᵢ·sᵢ mod 2⁶⁴) / 2³²⌋`` over 32-bit words sᵢ, four
times with independent random multipliers. Two rows that differ share a key with probability 2⁻¹²⁸ for
whoever does not know the multipliers; these come from a secret of the case, so that nobody who writes
names into evidence can make two rows look like one. Texts enter as the first 128 bits of their SHA-256.

The sum is linear: what one distinct value adds is worked out once, and a row costs one addition per field.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
_OUTPUTS = 4
_DIGEST_WORDS = 4


class ContentKey:
    """The multipliers of one case for one kind of source."""

    def __init__(self, secret: bytes, kind: str) -> None:
        self._secret = secret
        self._kind = kind
        self._multipliers: dict[str, Words] = {}
        self._start = self._expand("", 1)[0]

    def texts(self, field: str, texts: Iterable[str]) -> Words:
        """Give what each of these n texts adds to a row that has it in a field: (n, 4)."""
        digests = b"".join(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16] for text in texts)
        words = np.frombuffer(digests, "<u4").astype(np.uint64).reshape(-1, _DIGEST_WORDS)
        return self._sum(field, words)

    def add_numbers(
        self, sums: Words, field: str, numbers: npt.NDArray[np.int64], known: npt.NDArray[np.bool_]
    ) -> None:
        """Add to the sums of rows, (n, 4), what a number in a field adds; those that are not known add nothing."""
        bits = numbers.view(np.uint64)
        low, high = bits & np.uint64(0xFFFFFFFF), bits >> np.uint64(32)
        multipliers = self._multipliers.setdefault(field, self._expand(field, 3))
        for output in range(_OUTPUTS):
            added = low * multipliers[0, output]
            added += high * multipliers[1, output]
            added += multipliers[2, output]
            sums[:, output] += added if known.all() else np.where(known, added, np.uint64(0))

    def finished(self, sums: Words) -> tuple[Words, Words]:
        """Give the two halves of the key of each row from the sum, (n, 4), of what its fields add."""
        halves = (sums + self._start) >> np.uint64(32)
        shift = np.uint64(32)
        return halves[:, 0] << shift | halves[:, 1], halves[:, 2] << shift | halves[:, 3]

    def _sum(self, field: str, words: Words) -> Words:
        multipliers = self._multipliers.setdefault(field, self._expand(field, words.shape[1]))
        total = np.zeros((len(words), _OUTPUTS), np.uint64)
        for at in range(words.shape[1]):
            total += words[:, at, None] * multipliers[at]
        return total

    def _expand(self, field: str, words: int) -> Words:
        """Give the multipliers of a field, (words, 4): the secret, the kind and the field stretched by SHAKE-256."""
        seed = b"\0".join([self._secret, self._kind.encode(), field.encode()])
        return np.frombuffer(hashlib.shake_256(seed).digest(words * _OUTPUTS * 8), "<u8").reshape(words, _OUTPUTS)
