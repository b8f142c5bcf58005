"""Receipts: what a recipient signs about a bundle, and what that proves about the sender's audit log.

A bundle says where its sender's audit log stood. The recipient's receipt repeats that under the recipient's own
key, so that the sender can show later that the log is still the one of that day: who cuts off its end, or writes it
anew, would need the recipient's key to make a receipt that fits. Source: the anchoring of a log's head with a
witness, RFC 6962 §5 (gossip), here by files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from linkgraph.errors import IntegrityError
from linkgraph.exchange import dsse
from linkgraph.exchange.card import TIME
from linkgraph.exchange.keys import Card, Own
from linkgraph.store.audit import canonical

TYPE = "application/vnd.linkgraph.receipt"
VERSION = 1
LARGEST = 1 << 16
"""Bytes of a receipt: it has about 1,000. A longer file is not read."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a recipient says."""

    bundle: str
    """Id of the bundle."""
    bag: str
    """SHA-256 of the signed bag."""
    sender: str
    """Fingerprint of the card that signed it."""
    entries: int
    """Entries of the sender's audit log when the bundle was made."""
    head: str
    """Hash of the last of them."""
    received: str
    """When, UTC, ``2026-11-02T10:00:00Z``."""
    by: str
    """Fingerprint of the recipient's card."""
    agency: str
    """The recipient's."""


def write(receipt: Receipt, own: Own) -> bytes:
    """Give a receipt, signed."""
    return dsse.sign(canonical({"version": VERSION, **asdict(receipt)}).encode(), TYPE, own)


def of(predicate: Mapping[str, Any], bag: str, sender: Card, own: Own, received: datetime) -> Receipt:
    """Say what was received.

    Args:
        predicate: what the bundle's statement says (:mod:`linkgraph.exchange.bundle`).
        bag: SHA-256 of the signed bag.
        sender: who signed it.
        own: who received it.
        received: when it was received first, with a zone.
    """
    return Receipt(
        bundle=predicate["bundle"],
        bag=bag,
        sender=sender.fingerprint,
        entries=predicate["audit"]["entries"],
        head=predicate["audit"]["head"],
        received=received.astimezone(UTC).strftime(TIME),
        by=own.card.fingerprint,
        agency=own.card.agency,
    )


def read(content: bytes, cards: Iterable[Card]) -> tuple[Receipt, Card]:
    """Read a receipt and give who signed it.

    Raises:
        IntegrityError: it is none, was changed, or is not signed by one of ``cards``.
    """
    if len(content) > LARGEST:
        raise IntegrityError(f"This is no receipt: it has more than {LARGEST:,} bytes; give the file that came back.")
    signed = dsse.verify(content, cards, payload_type=TYPE)
    try:
        record = json.loads(signed.payload)
        version = record.pop("version")
        receipt = Receipt(**record) if version == VERSION else None
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as fault:
        raise IntegrityError("The receipt cannot be read; have it sent again.") from fault
    if receipt is None:
        raise IntegrityError(
            f"The receipt is of version {version!r:.20}, this linkgraph reads {VERSION}: update linkgraph."
        )
    sound = type(receipt.entries) is int and receipt.entries >= 0
    sound &= all(isinstance(value, str) for name, value in asdict(receipt).items() if name != "entries")
    sound = sound and _is_time(receipt.received)
    card = signed.card
    if not sound or (receipt.by, receipt.agency) != (card.fingerprint, card.agency):
        raise IntegrityError("The receipt does not say what its signer can say; have it sent again.")
    return receipt, card


def _is_time(text: str) -> bool:
    try:
        return datetime.strptime(text, TIME).strftime(TIME) == text
    except ValueError:
        return False
