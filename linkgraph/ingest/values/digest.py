"""Digests of files: cryptographic (the same bytes) and PDQ (the same picture, about).

Sources: RFC 1321, FIPS 180-4, RFC 4648 §6 (base32, as Gnutella writes SHA-1), the PDQ description of
Meta's ThreatExchange (256 bits).
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass

from linkgraph.ingest.values import text
from linkgraph.ingest.values.result import Clean, Reason

_DIGITS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128, "pdq": 64}
_BY_LENGTH = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}

ALGORITHMS = tuple(_DIGITS)
"""Algorithms a column can state; PDQ has the length of SHA-256 and is only known by being stated."""

_EMPTY_FILE = frozenset(
    hashlib.new(name, b"", usedforsecurity=False).hexdigest() for name in ("md5", "sha1", "sha256", "sha512")
)

_PREFIX = re.compile(r"(?:urn:)?(md5|sha-?1|sha-?256|sha-?512|pdq)[:=]", re.IGNORECASE)
_HEX = re.compile("[0-9a-f]+")
_BASE32 = re.compile("[a-z2-7]{32}")


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest and how it was made."""

    algorithm: str
    """One of :data:`ALGORITHMS`."""
    hex: str
    """Lower case."""
    known_empty: bool
    """Digest of no bytes, or all zeros as a filler: shared by strangers, never links anything."""

    @property
    def text(self) -> str:
        """Canonical text: ``sha256:e3b0…``."""
        return f"{self.algorithm}:{self.hex}"


def clean(raw: str, algorithm: str | None = None) -> Clean[Digest] | Reason:
    """Read one digest.

    Args:
        raw: hexadecimal in any case, or SHA-1 in base32; quotes, ``0x`` and a prefix such as ``SHA-256:``
            may stand around it.
        algorithm: one of :data:`ALGORITHMS` where the column states it; otherwise the length tells,
            and 64 digits are SHA-256.
    """
    cell = text.trimmed(raw, "digest")
    if isinstance(cell, Reason):
        return cell
    body = cell.strip("'\"` ")
    stated = algorithm
    if stated is not None and stated not in _DIGITS:
        return Reason("digest-algorithm", f"'{text.quoted(stated)}' is no digest known here.", ", ".join(ALGORITHMS))
    prefix = _PREFIX.match(body)
    if prefix is not None:
        named = prefix[1].lower().replace("-", "")
        if stated is not None and named != stated:
            return Reason("digest-algorithm", f"'{text.quoted(cell)}' says {named}, its column says {stated}.")
        stated, body = named, body[prefix.end() :]
    body = body.strip("'\"` ").lower().removeprefix("0x")
    if _is_base32(body, stated):
        digits = base64.b32decode(body.upper()).hex()
        return Clean(_digest("sha1", digits), ("written in base32",))
    if not _HEX.fullmatch(body):
        return Reason(
            "digest-form",
            f"'{text.quoted(cell)}' is not a digest: it has characters other than 0-9 and a-f.",
            "A digest is hexadecimal; PhotoDNA and other base64 fingerprints are not digests of a file.",
        )
    found = stated or _BY_LENGTH.get(len(body))
    if found is None or len(body) != _DIGITS[found]:
        return Reason(
            "digest-length",
            f"'{text.quoted(cell)}' has {len(body)} hexadecimal digits"
            + (f"; {found} has {_DIGITS[found]}." if found else "."),
            "MD5 has 32, SHA-1 40, SHA-256 64, SHA-512 128; a shorter one was cut off.",
        )
    return Clean(_digest(found, body))


def _is_base32(body: str, stated: str | None) -> bool:
    """32 hexadecimal digits are an MD5 unless SHA-1 is stated; random base32 looks so once in 10^13."""
    if not _BASE32.fullmatch(body) or stated not in {None, "sha1"}:
        return False
    return stated == "sha1" or not _HEX.fullmatch(body)


def _digest(algorithm: str, digits: str) -> Digest:
    return Digest(algorithm, digits, digits in _EMPTY_FILE or not digits.strip("0"))
