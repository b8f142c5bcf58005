"""Signed envelopes: DSSE v1 with one Ed25519 signature, in one form only.

The signature covers type and content (PAE), so that content of one kind cannot be passed off as another.
DSSE leaves open how its JSON is written; here an envelope has exactly one form, canonical JSON, and any other
is refused: an edit that means nothing to a JSON reader (a blank, another spelling of base64) is found as well.

Source: secure-systems-lab DSSE v1.0, protocol.md and envelope.md; Ed25519 is RFC 8032.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass

from linkgraph.errors import IntegrityError
from linkgraph.exchange.card import Card
from linkgraph.exchange.keys import Own
from linkgraph.store.audit import canonical

_BASE64 = rb"[A-Za-z0-9+/]*={0,2}"
_ENVELOPE = re.compile(
    rb'\{"payload":"(' + _BASE64 + rb')","payloadType":"([ !#-\[\]-~]*)",'
    rb'"signatures":\[\{"keyid":"([0-9a-f]{64})","sig":"(' + _BASE64 + rb')"\}\]\}'
)
"""The one form. An envelope is taken apart by it and by no JSON reader: what a stranger wrote is not built up in memory
before its signature is known. A type has no letter that JSON would escape."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What an envelope carried, and the card whose key signed it."""

    payload: bytes
    payload_type: str
    card: Card


def pae(payload: bytes, payload_type: str) -> bytes:
    """Give the bytes that are signed: DSSE's pre-authentication encoding."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def sign(payload: bytes, payload_type: str, own: Own) -> bytes:
    """Sign content and give the envelope; its ``keyid`` is the fingerprint of the signer's card.

    Args:
        payload: the content.
        payload_type: its media type: visible ASCII and blanks, without quotation mark and backslash.
        own: whose key signs.
    """
    signature = own.sign(pae(payload, payload_type))
    return _envelope(payload, payload_type, own.card.fingerprint, signature)


def verify(envelope: bytes, cards: Iterable[Card], *, payload_type: str | None = None) -> Signed:
    """Check an envelope and give what it carries.

    Args:
        envelope: as :func:`sign` gives it.
        cards: those whose signatures are accepted (:func:`linkgraph.exchange.keys.known_cards`).
        payload_type: what it has to carry; anything where not given, and then the caller looks at it.

    Raises:
        IntegrityError: it was changed, or nobody among ``cards`` signed it.
    """
    payload, kind, keyid, signature = _read(envelope)
    signer = next((card for card in cards if card.fingerprint == keyid), None)
    if signer is None:
        raise IntegrityError(
            f"It is signed by the key {keyid}, which is not in your address book; get the card of that key and "
            "'linkgraph keys trust' it, then try again."
        )
    if not signer.has_signed(pae(payload, kind), signature):
        raise IntegrityError(f"The signature is not that of {signer.name}, {signer.agency}; have it sent again.")
    if payload_type is not None and kind != payload_type:
        raise IntegrityError(f"It carries '{kind:.100}' and not '{payload_type}'; give the file that was asked for.")
    return Signed(payload, kind, signer)


def _read(envelope: bytes) -> tuple[bytes, str, str, bytes]:
    found = _ENVELOPE.fullmatch(envelope)
    try:
        if found is None:
            raise ValueError("another form")
        content, kind, keyid, signed = found.groups()
        return _decoded(content), kind.decode(), keyid.decode(), _decoded(signed)
    except ValueError as fault:
        raise IntegrityError(
            "The signed envelope is damaged or was edited after it was signed; have it sent again."
        ) from fault


def _decoded(text: bytes) -> bytes:
    """Give what base64 stands for; only the one spelling of it is taken (RFC 4648 §3.5)."""
    content = base64.b64decode(text, validate=True)
    if base64.b64encode(content) != text:
        raise ValueError("another spelling")
    return content


def _envelope(payload: bytes, payload_type: str, keyid: str, signature: bytes) -> bytes:
    record = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": payload_type,
        "signatures": [{"keyid": keyid, "sig": base64.b64encode(signature).decode()}],
    }
    return canonical(record).encode()
