r"""Cards: the public half of an officer's key, and the eight words it is compared by.

A card is canonical JSON, signed by the key itself; its fingerprint is the SHA-256 of that file, and eight words of the
BIP-39 English list stand for the first 88 bits of the fingerprint on the telephone. A card that replaces an older one
carries a signature of the older key as well. What is read is held against the one form of a card, and keys that would
bind nobody or protect nothing are refused.

Source: RFC 8032 (Ed25519), RFC 7748 (X25519), age-encryption.org/v1 (recipients, in Bech32), BIP-39 (word list),
UAX #44 (Default_Ignorable_Code_Point).
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NoReturn

import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from mnemonic import Mnemonic

from linkgraph.errors import IntegrityError
from linkgraph.ingest.values import text as values
from linkgraph.store.audit import canonical

FORMAT, VERSION, ENDING = "linkgraph-card", 1, ".lgcard"
TIME = "%Y-%m-%dT%H:%M:%SZ"
WORDS = 8

_MAX_CARD_BYTES = 1 << 14
_MAX_NAME = 100
_UNSEEN = re.compile("[\ufe00-\ufe0f\u2800\U00016fe4\U00013441\U00013442\U0001d159]")
"""What :func:`linkgraph.ingest.values.text.hides` does not look for: selectors, which change no letter, and blank forms
of scripts that are letters or signs to Unicode (Braille, Khitan, hieroglyphs, notes)."""
_CARD_FIELDS = {"format", "version", "name", "agency", "signing_key", "recipient", "made", "replaces", "signature"}
_HEX_32, _HEX_64 = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{128}")
_BITS_OF_A_WORD = 11
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_CHECKSUM = 6

# What is signed begins with what it is for: no signature of one kind can pass for one of another (nor for DSSE's).
_OWN_PURPOSE, _REPLACING_PURPOSE = b"linkgraph-card self\n", b"linkgraph-card replaces\n"

_FIELD_PRIME = 2**255 - 19
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER_Y = {0, 1, _FIELD_PRIME - 1, _ORDER_8, _FIELD_PRIME - _ORDER_8}
"""The y coordinates of Ed25519's points of order 1, 2, 4 and 8 (of the last, 2y² = 1 - dy⁴): under such a key one
signature fits many messages."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """The card that a card takes the place of, and what its key signed to say so."""

    fingerprint: str
    signature: str


@dataclass(frozen=True, slots=True)
class Card:
    """The public half of a key: 32-byte keys and 64-byte signatures in hexadecimal, ``made`` in UTC."""

    name: str
    agency: str
    signing_key: str
    recipient: str
    """age X25519 recipient, ``age1…``."""
    made: str
    replaces: Replaced | None
    signature: str

    def content(self) -> bytes:
        """Give the card as it lies in a file: canonical JSON, no line end."""
        return canonical(_record(self) | {"signature": self.signature}).encode()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the card's file in hexadecimal: ``sha256sum`` gives the same."""
        return hashlib.sha256(self.content()).hexdigest()

    def words(self) -> str:
        """Give the eight words that are read out by telephone: the first 88 bits of the fingerprint."""
        bits = int(self.fingerprint, 16) >> (256 - WORDS * _BITS_OF_A_WORD)
        listed = _word_list()
        numbers = (bits >> _BITS_OF_A_WORD * (WORDS - 1 - at) & 0x7FF for at in range(WORDS))
        return " ".join(listed[number] for number in numbers)

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Tell whether this card's key made the signature over the message."""
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.signing_key)).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def to_json(self) -> dict[str, object]:
        """Give what a list of cards shows."""
        return {
            "name": self.name,
            "agency": self.agency,
            "fingerprint": self.fingerprint,
            "words": self.words(),
            "made": self.made,
            "replaces": None if self.replaces is None else self.replaces.fingerprint,
        }


def read_card(content: bytes) -> Card:
    """Read a card and check what can be checked of it alone: its form, its keys, its own signature.

    Raises:
        IntegrityError: it is no card, is of a later version, or was changed.
    """
    if len(content) > _MAX_CARD_BYTES:
        raise IntegrityError("This is no card: it is too long; ask for the card again.")
    try:
        record = json.loads(content)
    except (ValueError, RecursionError) as fault:
        raise IntegrityError("This is no card; ask for the file that ends in .lgcard.") from fault
    card = from_record(record)
    if card.content() != content:
        raise IntegrityError("The card was edited after it was made; ask for it again.")
    return card


def file_content(path: Path) -> bytes:
    """Give what is in a card's file; of a file that is too long for a card only so much that it is refused.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        return stream.read(_MAX_CARD_BYTES + 1)


def replaces(card: Card, older: Card) -> bool:
    """Tell whether a card takes the place of an older one, signed by the older one's key."""
    if card.replaces is None or card.replaces.fingerprint != older.fingerprint:
        return False
    return older.has_signed(said_by_the_older(card, older.fingerprint), bytes.fromhex(card.replaces.signature))


def _record(card: Card) -> dict[str, object]:
    """Give what a card says, without its own signature."""
    older = card.replaces
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": card.name,
        "agency": card.agency,
        "signing_key": card.signing_key,
        "recipient": card.recipient,
        "made": card.made,
        "replaces": None if older is None else {"fingerprint": older.fingerprint, "signature": older.signature},
    }


def said_by_itself(card: Card) -> bytes:
    """Give what a card's own key signs."""
    return _OWN_PURPOSE + canonical(_record(card)).encode()


def said_by_the_older(card: Card, older: str) -> bytes:
    """Give what the key of the older card signs, by its fingerprint."""
    return _REPLACING_PURPOSE + canonical(_record(card) | {"replaces": older}).encode()


def from_record(record: object) -> Card:
    """Give the card that a JSON object is; refuses as :func:`read_card` does."""
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise IntegrityError("This is no card; ask for the file that ends in .lgcard.")
    if record.get("version") != VERSION:
        raise IntegrityError(
            f"The card is of version {record.get('version')!r:.20}, this linkgraph reads {VERSION}; "
            "get a newer linkgraph."
        )
    if set(record) != _CARD_FIELDS:
        _refuse("has other fields than a card has")
    texts = {name: record[name] for name in _CARD_FIELDS - {"format", "version", "replaces"}}
    if not all(isinstance(text, str) for text in texts.values()):
        _refuse("has a field that is not text")
    older = record["replaces"]
    if older is not None:
        if not isinstance(older, dict) or set(older) != {"fingerprint", "signature"}:
            _refuse("says unclearly what it replaces")
        fingerprint, signature = older["fingerprint"], older["signature"]
        if not (_is_hex(fingerprint, _HEX_32) and _is_hex(signature, _HEX_64)):
            _refuse("says unclearly what it replaces")
        older = Replaced(fingerprint, signature)
    card = Card(replaces=older, **texts)
    _check(card)
    return card


def _check(card: Card) -> None:
    for text, what in ((card.name, "name"), (card.agency, "agency")):
        if fault := text_fault(text):
            _refuse(f"has a {what} that {fault}")
    if not (_is_hex(card.signing_key, _HEX_32) and _binds(bytes.fromhex(card.signing_key))):
        _refuse("has no signing key that binds its owner")
    if not _is_recipient(card.recipient):
        _refuse("has no key that can be encrypted to")
    try:
        # strptime takes forms like 2026-1-5: only what it gives back is the one way to write a time.
        if datetime.strptime(card.made, TIME).strftime(TIME) != card.made:
            _refuse("has no time in UTC")
    except ValueError:
        _refuse("has no time in UTC")
    if not _is_hex(card.signature, _HEX_64) or not card.has_signed(said_by_itself(card), bytes.fromhex(card.signature)):
        _refuse("does not carry its own signature, so it was changed after it was made")


def _refuse(fault: str) -> NoReturn:
    raise IntegrityError(f"The card {fault}; ask for it again.")


def _is_hex(text: object, pattern: re.Pattern[str]) -> bool:
    return isinstance(text, str) and pattern.fullmatch(text) is not None


def _binds(key: bytes) -> bool:
    """Tell whether an Ed25519 key is written in its one form and is of no small order (RFC 8032 §5.1.3, §8.1)."""
    y = int.from_bytes(key, "little") & (1 << 255) - 1
    return y < _FIELD_PRIME and y not in _SMALL_ORDER_Y


def _is_recipient(text: str) -> bool:
    """Tell whether an age recipient is in its one form and no point of small order.

    With such a point everybody knows the shared secret (RFC 7748 §6.1), and age's library ends the process.
    """
    try:
        if str(pyrage.x25519.Recipient.from_str(text)) != text:
            return False
    except (pyrage.RecipientError, ValueError):
        return False
    digits = text.removeprefix("age1")[:-_BECH32_CHECKSUM]
    number = 0
    for digit in digits:
        number = number << 5 | _BECH32.index(digit)
    point = (number >> 5 * len(digits) - 256).to_bytes(32, "big")
    try:
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(point))
    except ValueError:
        return False
    return True


def text_fault(text: str) -> str | None:
    """Say why a text cannot stand on a card as a name; None where it can."""
    if not text.strip():
        return "is empty"
    if len(text) > _MAX_NAME:
        return f"is longer than {_MAX_NAME} characters"
    if text != text.strip() or unicodedata.normalize("NFC", text) != text:
        return "has blanks at its ends or letters that are not in their composed form"
    kinds = {unicodedata.category(char) for char in text.replace(" ", "")}
    if any(kind[0] == "C" for kind in kinds) or kinds & {"Zl", "Zp"} or values.hides(text) or _UNSEEN.search(text):
        return "has invisible characters"
    if "Zs" in kinds or "  " in text:
        return "has two blanks in a row or one that is not the common one"
    return None


@cache
def _word_list() -> tuple[str, ...]:
    return tuple(Mnemonic("english").wordlist)
