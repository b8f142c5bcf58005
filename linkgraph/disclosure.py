"""Proving some rows of a source and showing nothing of the others.

A *commitment* is the root of a Merkle tree over all rows of one source, each with a salt of its own. It says
nothing about any row, and can be given away at once: with a bundle, or in the audit log that a receipt anchors. Later
some rows are shown, each with its salt and the hashes that lead to the root: whoever holds the commitment sees that
these rows stood there then. A leaf is ``SHA-256(0x00 ‖ salt ‖ row)``; salts are ``HMAC-SHA256(secret of the case,
SHA-256 of the source ‖ row number)``, 128 bits, so they need not be kept. Without them, a row with little in it, such
as an address and a time, could be guessed from the hash of a leaf that a path shows.

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
from typing import Any, BinaryIO

from linkgraph.errors import IntegrityError, UsageError
from linkgraph.store import merkle
from linkgraph.store.audit import canonical

FORMAT, VERSION = "linkgraph-rows", 1
SALT_BYTES = 16

_HEXADECIMAL = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Commitment:
    """What is said about all rows of a source, without telling anything of one."""

    source: str
    """SHA-256 of the source."""
    rows: int
    """Leaves of the tree: rows as the reader numbered them."""
    root: str

    def to_json(self) -> dict[str, object]:
        """Give the stable form."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is shown."""

    number: int
    """As the reader numbered it: a line of the source, 1-based."""
    place: int
    """Leaf of the tree, from 0."""
    content: bytes
    """The bytes of the row."""
    salt: bytes
    path: tuple[bytes, ...]
    """Hashes from the leaf to the root, lowest first."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Some rows, and the commitment that they are shown to be in."""

    commitment: Commitment
    shown: tuple[Row, ...]


def salt(secret: bytes, source: str, number: int) -> bytes:
    """Give the salt of a row."""
    return hmac.digest(secret, f"row\x1f{source}\x1f{number}".encode(), "sha256")[:SALT_BYTES]


def leaf(salted: bytes, content: bytes) -> bytes:
    """Give the hash of a row's leaf."""
    return hashlib.sha256(b"\x00" + salted + content).digest()


def leaves(secret: bytes, source: str, rows: Iterable[tuple[int, bytes]]) -> list[bytes]:
    """Give the leaves of all rows of a source, in order: (number, bytes)."""
    return [leaf(salt(secret, source, number), content) for number, content in rows]


def commit(secret: bytes, source: str, rows: Iterable[tuple[int, bytes]]) -> Commitment:
    """Give the commitment to all rows of a source."""
    found = leaves(secret, source, rows)
    return Commitment(source, len(found), merkle.root(found).hex())


def disclose(secret: bytes, source: str, rows: Sequence[tuple[int, bytes]], wanted: Iterable[int]) -> Disclosure:
    """Show some rows of a source.

    Args:
        secret: of the case.
        source: SHA-256 of the source.
        rows: all of it: (number, bytes), in order.
        wanted: numbers of the rows to be shown.

    Raises:
        UsageError: there is no row of a number.
    """
    place = {number: at for at, (number, _) in enumerate(rows)}
    numbers = sorted(set(wanted))
    if missing := [number for number in numbers if number not in place]:
        raise UsageError(f"The source has no row {missing[0]}; name rows as 'linkgraph show' does.")
    tree = leaves(secret, source, rows)
    at = [place[number] for number in numbers]
    shown = tuple(
        Row(number, one, rows[one][1], salt(secret, source, number), tuple(path))
        for number, one, path in zip(numbers, at, merkle.inclusion_proofs(tree, at), strict=True)
    )
    return Disclosure(Commitment(source, len(tree), merkle.root(tree).hex()), shown)


def write(disclosure: Disclosure) -> bytes:
    """Give a disclosure as JSON, readable by anyone: rows and salts in base64, hashes in hexadecimal."""
    record = {
        "format": FORMAT,
        "version": VERSION,
        "how": "leaf = SHA-256(0x00 | salt | row); path and root as in RFC 6962 section 2.1",
        "commitment": disclosure.commitment.to_json(),
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
    return canonical(record).encode() + b"\n"


def read(content: bytes) -> Disclosure:
    """Read a disclosure and prove every row of it; whether the commitment is the one of then is the caller's to see.

    Raises:
        IntegrityError: it cannot be read, or a row is not in the tree.
    """
    try:
        record = json.loads(content)
        if record["format"] != FORMAT or record["version"] != VERSION:
            raise ValueError("another format")
        commitment = _commitment(record["commitment"])
        shown = tuple(_row(one) for one in record["rows"])
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        raise IntegrityError("This is no disclosure of rows that this linkgraph can read.") from fault
    for row in shown:
        proved = merkle.proves_inclusion(
            leaf(row.salt, row.content), row.place, commitment.rows, row.path, bytes.fromhex(commitment.root)
        )
        if not proved:
            raise IntegrityError(f"Row {row.number} is not one of the rows that were committed to.")
    if len({row.place for row in shown}) != len(shown):
        raise IntegrityError("The disclosure shows one row twice.")
    return Disclosure(commitment, shown)


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


def _commitment(record: Mapping[str, Any]) -> Commitment:
    found = Commitment(**record)
    if type(found.rows) is not int or not all(_HEXADECIMAL.fullmatch(one) for one in (found.source, found.root)):
        raise ValueError("no commitment")
    return found


def _row(record: Mapping[str, Any]) -> Row:
    number, place = record["number"], record["place"]
    if type(number) is not int or type(place) is not int:
        raise TypeError(number)
    path = tuple(bytes.fromhex(one) for one in record["path"])
    found = Row(number, place, base64.b64decode(record["row"], validate=True), bytes.fromhex(record["salt"]), path)
    if len(found.salt) != SALT_BYTES or any(len(one) != hashlib.sha256().digest_size for one in path):
        raise ValueError("no path")
    return found
