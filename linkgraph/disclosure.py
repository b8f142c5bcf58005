"""Proving some rows of a source and showing nothing of the others.

A *commitment* is a hash over a source, how many rows it has, and a Merkle tree of all of them, each with its number and
a salt of its own. It says nothing about any row, and can be given away at once: with a bundle, or in the audit log that
a receipt anchors. Later some rows are shown, each with its salt and the hashes that lead to the root: whoever holds the
commitment sees that these rows stood there then, under these numbers, in this source.

| hash | of |
|---|---|
| leaf | ``0x00 ‖ salt ‖ number, 8 bytes, the highest first ‖ row`` |
| node | ``0x01 ‖ left ‖ right`` |
| root | ``"linkgraph-rows 2" ‖ LF ‖ source, hexadecimal ‖ LF ‖ rows, decimal ‖ LF ‖ root of the tree, 32 bytes`` |

All are SHA-256. Salts are ``HMAC-SHA256(secret of the case, SHA-256 of the source ‖ row number)``, 128 bits, so they
need not be kept. Without them, a row with little in it, such as an address and a time, could be guessed from the hash
of a leaf that a path shows.

Source: RFC 6962 §2.1 (tree and paths); salted leaves as in RFC 9901 (SD-JWT) §4.2.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

from linkgraph.errors import IntegrityError, UsageError
from linkgraph.ingest.values.text import visible
from linkgraph.store import merkle
from linkgraph.store.audit import canonical

FORMAT, VERSION = "linkgraph-rows", 2
SALT_BYTES = 16
LARGEST_DISCLOSURE = 256 << 20
"""Bytes of a file of rows; a longer one is neither written nor read."""

_NUMBER_BYTES = 8
_MOST_ROWS = 1 << 63

_HOW = (
    "leaf = SHA-256(0x00 | salt | number, 8 bytes big-endian | row); tree and path as in RFC 6962 section 2.1; "
    "commitment root = SHA-256(format | blank | version | LF | source | LF | rows | LF | tree, 32 bytes)"
)
_HEXADECIMAL = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Commitment:
    """What is said about all rows of a source, without telling anything of one."""

    source: str
    """SHA-256 of the source."""
    rows: int
    """Leaves of the tree: rows as the reader numbered them."""
    root: str
    """Over source, rows and tree: who holds it holds all three."""

    def to_json(self) -> dict[str, object]:
        """Give the stable form."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is shown."""

    number: int
    """As the reader numbered it: a line of the source, 1-based; it can be larger than the number of rows."""
    place: int
    """Leaf of the tree, from 0."""
    content: bytes
    """The bytes of the row."""
    salt: bytes
    path: tuple[bytes, ...]
    """Hashes from the leaf to the root of the tree, lowest first."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Some rows, and the commitment that they are shown to be in."""

    commitment: Commitment
    tree: bytes
    """Root of the tree itself."""
    shown: tuple[Row, ...]
    """By ascending number; at least one."""


def salt(secret: bytes, source: str, number: int) -> bytes:
    """Give the salt of a row."""
    return hmac.digest(secret, f"row\x1f{source}\x1f{number}".encode(), "sha256")[:SALT_BYTES]


def leaf(salted: bytes, number: int, content: bytes) -> bytes:
    """Give the hash of a row's leaf: salt, number, bytes."""
    return hashlib.sha256(b"\x00" + salted + number.to_bytes(_NUMBER_BYTES, "big") + content).digest()


def leaves(secret: bytes, source: str, rows: Iterable[tuple[int, bytes]]) -> list[bytes]:
    """Give the leaves of all rows of a source, in order: (number, bytes)."""
    return [leaf(salt(secret, source, number), number, content) for number, content in rows]


def root(source: str, rows: int, tree: bytes) -> str:
    """Give the hash that stands for a source, the number of its rows and the tree over them, in hexadecimal."""
    return hashlib.sha256(f"{FORMAT} {VERSION}\n{source}\n{rows}\n".encode() + tree).hexdigest()


def commit(secret: bytes, source: str, rows: Iterable[tuple[int, bytes]]) -> Commitment:
    """Give the commitment to all rows of a source."""
    found = leaves(secret, source, rows)
    return Commitment(source, len(found), root(source, len(found), merkle.root(found)))


def disclose(secret: bytes, source: str, rows: Sequence[tuple[int, bytes]], wanted: Iterable[int]) -> Disclosure:
    """Show some rows of a source.

    Args:
        secret: of the case.
        source: SHA-256 of the source.
        rows: all of it: (number, bytes), in order.
        wanted: numbers of the rows to be shown.

    Raises:
        UsageError: there is no row of a number, or no number.
    """
    place = {number: at for at, (number, _) in enumerate(rows)}
    numbers = sorted(set(wanted))
    if not numbers:
        raise UsageError("No row was named; name rows as 'linkgraph show' does.")
    if missing := [number for number in numbers if number not in place]:
        raise UsageError(f"The source has no row {missing[0]}; name rows as 'linkgraph show' does.")
    found = leaves(secret, source, rows)
    at = [place[number] for number in numbers]
    shown = tuple(
        Row(number, one, rows[one][1], salt(secret, source, number), tuple(path))
        for number, one, path in zip(numbers, at, merkle.inclusion_proofs(found, at), strict=True)
    )
    tree = merkle.root(found)
    return Disclosure(Commitment(source, len(found), root(source, len(found), tree)), tree, shown)


def write(disclosure: Disclosure) -> bytes:
    """Give a disclosure as JSON, readable by anyone: rows in base64, salts and hashes in hexadecimal.

    Raises:
        UsageError: it would be too large to be read.
    """
    record = {
        "format": FORMAT,
        "version": VERSION,
        "how": _HOW,
        "commitment": disclosure.commitment.to_json(),
        "tree": disclosure.tree.hex(),
        "rows": [
            {
                "number": row.number,
                "place": row.place,
                "row": base64.b64encode(row.content).decode(),
                "salt": row.salt.hex(),
                "path": [one.hex() for one in row.path],
            }
            for row in disclosure.shown
        ],
    }
    content = canonical(record).encode() + b"\n"
    if len(content) > LARGEST_DISCLOSURE:
        raise UsageError(
            f"{len(disclosure.shown):,} rows make a file of {len(content):,} bytes, {LARGEST_DISCLOSURE:,} is the most "
            "that is read; show them in several files."
        )
    return content


def read_file(path: Path) -> Disclosure:
    """Read a disclosure from a file; see :func:`read`.

    Raises:
        UsageError: there is no such file.
        IntegrityError: as :func:`read`, or it is too large for one.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_DISCLOSURE + 1)
    except OSError as fault:
        raise UsageError(f"'{visible(str(path))}' cannot be read: {fault.strerror or fault}.") from fault
    return read(content)


def read(content: bytes) -> Disclosure:
    """Read a disclosure and prove every row of it; whether the commitment is the one of then is the caller's to see.

    Raises:
        IntegrityError: it cannot be read, or what it shows is not what its commitment stands for.
    """
    if len(content) > LARGEST_DISCLOSURE:
        raise IntegrityError(
            f"The file is larger than a disclosure of rows can be, {LARGEST_DISCLOSURE:,} bytes; ask who sent it."
        )
    try:
        record = json.loads(content)
        if record["format"] != FORMAT:
            raise ValueError("another format")
        version = record["version"]
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        raise _unreadable() from fault
    if type(version) is not int or version != VERSION:
        raise IntegrityError(
            f"The disclosure is not of version {VERSION}, the one this linkgraph reads; have the rows committed to and "
            "shown again by the same version of linkgraph."
        )
    try:
        commitment, tree = _commitment(record["commitment"]), _hash(record["tree"])
        shown = tuple(_row(one) for one in record["rows"])
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        raise _unreadable() from fault
    _prove(commitment, tree, shown)
    return Disclosure(commitment, tree, shown)


def rows_of(stream: BinaryIO, spans: Iterable[tuple[int, int, int]]) -> Iterator[tuple[int, bytes]]:
    """Give rows of a source by where they stand in it.

    Args:
        stream: the source, decompressed.
        spans: number, first byte and length in bytes of each row, in order.

    Raises:
        UsageError: the rows are no pieces of a file, as those of workbooks are not.
    """
    for number, offset, length in spans:
        if offset < 0:
            raise UsageError("The rows of this source are no lines of a file; hand on the source itself.")
        stream.seek(offset)
        yield number, stream.read(length)


def _prove(commitment: Commitment, tree: bytes, shown: Sequence[Row]) -> None:
    if root(commitment.source, commitment.rows, tree) != commitment.root:
        raise IntegrityError(
            "The root of the disclosure is not that of the source and the number of rows it names; ask for it again."
        )
    if not shown:
        raise IntegrityError("The disclosure shows no row.")
    for row in shown:
        found = leaf(row.salt, row.number, row.content)
        if not merkle.proves_inclusion(found, row.place, commitment.rows, row.path, tree):
            raise IntegrityError(f"Row {row.number} is not one of the rows that were committed to.")
    if not all(one.number < other.number and one.place < other.place for one, other in pairwise(shown)):
        raise IntegrityError("The disclosure shows one row twice, or its rows are not in their order.")


def _unreadable() -> IntegrityError:
    return IntegrityError("This is no disclosure of rows that this linkgraph can read.")


def _commitment(record: Mapping[str, Any]) -> Commitment:
    found = Commitment(**record)
    _within(found.rows, 0, _MOST_ROWS)
    _hash(found.source)
    _hash(found.root)
    return found


def _row(record: Mapping[str, Any]) -> Row:
    path = tuple(_hash(one) for one in record["path"])
    content, salted = base64.b64decode(record["row"], validate=True), bytes.fromhex(record["salt"])
    if len(salted) != SALT_BYTES:
        raise ValueError("no salt")
    number, place = _within(record["number"], 1, _MOST_ROWS), _within(record["place"], 0, _MOST_ROWS)
    return Row(number, place, content, salted, path)


def _within(value: object, least: int, below: int) -> int:
    """Give a whole number that can be one of a row; its digits may be thousands."""
    if type(value) is not int:
        raise TypeError("no number")
    if not least <= value < below:
        raise ValueError("no number of a row")
    return value


def _hash(text: str) -> bytes:
    if not _HEXADECIMAL.fullmatch(text):
        raise ValueError("no hash")
    return bytes.fromhex(text)
