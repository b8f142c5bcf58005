"""The group: identifiers become points that only the holder of a secret number could have made.

Each side multiplies points by a secret number of its own. Multiplied by both, in whichever order, equal identifiers
are equal points; a point that one side alone multiplied cannot be told from a random one (decisional Diffie-Hellman).

The group is ristretto255: of prime order, so that there are no points of small order to probe with, and one encoding
for each element, so that equal elements are equal bytes. Source: RFC 9496 (§4.3.1 decoding, §4.3.4 the map from 64
uniform bytes); the protocol is B. Huberman, M. Franklin and T. Hogg, "Enhancing privacy and trust in electronic
communities", ACM EC 1999. The arithmetic is libsodium's, in constant time, through ``rbcl``, which calls it by ctypes
and so without Python's global lock: threads help.

Points are kept as they travel: one ``bytes`` of 32 bytes a point.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import ModuleType

from linkgraph.errors import IntegrityError

SUITE = "linkgraph-ristretto255-sha512-1"
"""Group, hash and their version. It is part of what is hashed as well: no other protocol makes the same points."""

POINT = 32
"""Bytes of a point."""

_IDENTITY = bytes(POINT)
_CHUNK = 256
"""Points that a thread takes at a time: 10 ms of work."""


def secret() -> bytes:
    """Draw a secret number from 1 to the order of the group less 1: 32 bytes."""
    return bytes(_sodium().crypto_core_ristretto255_scalar_random())


def hashed(identifier: bytes) -> bytes:
    """Give the point of an identifier: RFC 9496 §4.3.4 of SHA-512(suite ‖ 0x1f ‖ identifier)."""
    digest = hashlib.sha512(SUITE.encode() + b"\x1f" + identifier).digest()
    return bytes(_sodium().crypto_core_ristretto255_from_hash(digest))


def hidden(number: bytes, identifiers: Sequence[bytes | None], *, threads: int | None = None) -> bytes:
    """Give the points of identifiers times a secret number, in their order.

    Args:
        number: as :func:`secret` draws it.
        identifiers: with their type. For None a random point is given, which equals no identifier's.
        threads: as many as there are cores where not given.
    """
    sodium = _sodium()

    def hide(start: int) -> bytes:
        return b"".join(
            sodium.crypto_core_ristretto255_random()
            if one is None
            else sodium.crypto_scalarmult_ristretto255(number, hashed(one))
            for one in identifiers[start : start + _CHUNK]
        )

    return _in_threads(hide, len(identifiers), threads)


def multiplied(number: bytes, points: bytes, *, first: int = 1, threads: int | None = None) -> bytes:
    """Multiply somebody else's points by a secret number, in their order.

    Args:
        number: as :func:`secret` draws it.
        points: 32 bytes each.
        first: number of the first of them in its file, for the error.
        threads: as many as there are cores where not given.

    Raises:
        IntegrityError: one is no point, or the identity, which would be the same whoever multiplies it.
    """
    sodium = _sodium()

    def multiply(start: int) -> bytes:
        products = []
        for at in range(start, min(start + _CHUNK, len(points) // POINT)):
            try:
                products.append(sodium.crypto_scalarmult_ristretto255(number, points[at * POINT : (at + 1) * POINT]))
            except RuntimeError as fault:
                raise _no_point(first + at) from fault
        return b"".join(products)

    return _in_threads(multiply, _size(points), threads)


def check(points: bytes, *, first: int = 1, threads: int | None = None) -> None:
    """Refuse what :func:`multiplied` refuses, where nothing is to be multiplied.

    Raises:
        IntegrityError: one is no point, or the identity.
    """
    sodium = _sodium()

    def look(start: int) -> bytes:
        for at in range(start, min(start + _CHUNK, len(points) // POINT)):
            point = points[at * POINT : (at + 1) * POINT]
            if point == _IDENTITY or not sodium.crypto_core_ristretto255_is_valid_point(point):
                raise _no_point(first + at)
        return b""

    _in_threads(look, _size(points), threads)


def split(points: bytes) -> list[bytes]:
    """Give points one by one."""
    return [points[at : at + POINT] for at in range(0, len(points), POINT)]


def _in_threads(work: Callable[[int], bytes], size: int, threads: int | None) -> bytes:
    """Do the work of all chunks and join what it gives; of several faults the first is raised."""
    starts = range(0, size, _CHUNK)
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        return b"".join(pool.map(work, starts))


def _size(points: bytes) -> int:
    if len(points) % POINT:
        raise _no_point(len(points) // POINT + 1)
    return len(points) // POINT


def _no_point(number: int) -> IntegrityError:
    return IntegrityError(
        f"Point {number:,} of the file is none of {SUITE}: the file is damaged or was made up; nothing was worked "
        "out from it, have it sent again."
    )


@cache
def _sodium() -> ModuleType:
    """Load libsodium when it is first needed, and take away the copy of it that ``rbcl`` leaves behind."""
    import rbcl  # noqa: PLC0415 - it unpacks a library of half a megabyte into a temporary file

    # A loaded library needs its file no longer; Windows alone keeps it.
    with suppress(OSError):
        Path(rbcl._sodium._name).unlink()
    loaded: ModuleType = rbcl
    return loaded
