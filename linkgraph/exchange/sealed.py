r"""Small messages that are signed and then encrypted: deconfliction files, receipts.

The file is ``age(DSSE(header ‖ "\n" ‖ payload))``. The header, canonical JSON, is signed as well and names the
recipients: a message that is signed and then encrypted could otherwise be decrypted by its recipient, encrypted again
and passed on as if its author had sent it there (D. Davis, "Defective Sign & Encrypt", USENIX 2001).

``{"format":"linkgraph-sealed","made":"2026-11-02T10:00:00Z","to":[fingerprint, …],"type":payload type,"version":1}``

Source: age-encryption.org/v1 (X25519 recipients); DSSE v1.0.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pyrage

from linkgraph.errors import IntegrityError
from linkgraph.exchange import age_header, dsse
from linkgraph.exchange.card import Card
from linkgraph.exchange.dsse import Signed
from linkgraph.exchange.keys import Own
from linkgraph.store.audit import canonical

FORMAT, VERSION = "linkgraph-sealed", 1
ENVELOPE_TYPE = "application/vnd.linkgraph.sealed"


@dataclass(frozen=True, slots=True)
class Received(Signed):
    """A message that was for us: what it carries, who signed it, when, and for whom."""

    made: datetime
    to: tuple[str, ...]
    """Fingerprints of the cards it was encrypted to."""


def seal(payload: bytes, payload_type: str, own: Own, recipients: Sequence[Card], made: datetime) -> bytes:
    """Sign a message and encrypt it.

    Args:
        payload: the message.
        payload_type: its media type; signed too.
        own: whose key signs. The author can open the message later only as one of the recipients.
        recipients: who can open it; all of them can see who the others are.
        made: with a zone; kept to the second, in UTC.

    Raises:
        UsageError: there is no recipient, or there are too many.
    """
    to = age_header.recipients(recipients)
    header = canonical(
        {
            "format": FORMAT,
            "version": VERSION,
            "made": _written(made),
            "to": sorted({card.fingerprint for card in recipients}),
            "type": payload_type,
        }
    )
    envelope = dsse.sign(header.encode() + b"\n" + payload, ENVELOPE_TYPE, own)
    return bytes(pyrage.encrypt(envelope, to))


def unseal(content: bytes, own: Own, cards: Iterable[Card]) -> Received:
    """Open a message and check who signed it and that it was meant for us.

    Args:
        content: the file.
        own: whose key opens it.
        cards: those whose signatures are accepted (:func:`linkgraph.exchange.keys.known_cards`).

    Raises:
        IntegrityError: it is not for this key, was changed, or is not signed by one of ``cards``.
    """
    closed = IntegrityError(
        f"The message cannot be opened with the key of {own.card.name}: it is not encrypted to it, or it was "
        "changed on the way; have it sent again to the card of today."
    )
    if not age_header.is_sound(content):
        raise closed
    try:
        envelope = bytes(pyrage.decrypt(content, [own.identity]))
    except (pyrage.DecryptError, OSError, ValueError) as fault:
        raise closed from fault
    signed = dsse.verify(envelope, cards, payload_type=ENVELOPE_TYPE)
    head, _, payload = signed.payload.partition(b"\n")
    header = _header(head)
    to = tuple(header["to"])
    if own.card.fingerprint not in to:
        raise IntegrityError(
            f"The message was signed by {signed.card.name} for somebody else and passed on; ask {signed.card.name}."
        )
    made = datetime.fromisoformat(header["made"])
    return Received(payload, header["type"], signed.card, made, to)


def _header(head: bytes) -> dict[str, str]:
    """Read the header; that it is signed does not say that its author's program was sound."""
    try:
        header = json.loads(head)
        if header["format"] != FORMAT:
            raise ValueError(header["format"])
        version = header["version"]
        if version == VERSION:
            made, to, kind = header["made"], header["to"], header["type"]
            again = {"format": FORMAT, "version": VERSION, "made": made, "to": to, "type": kind}
            texts = [made, kind, *to]
            sound = isinstance(to, list) and all(isinstance(text, str) for text in texts)
            if not sound or canonical(again).encode() != head:
                raise ValueError(head)
            if _written(datetime.fromisoformat(made)) != made:
                raise ValueError(made)
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as fault:
        raise IntegrityError("The message has a header that cannot be read; have it sent again.") from fault
    if version != VERSION:
        raise IntegrityError(
            f"The message is of version {version!r:.20}, this linkgraph reads {VERSION}; get a newer linkgraph."
        )
    return dict(header)


def _written(made: datetime) -> str:
    return made.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
