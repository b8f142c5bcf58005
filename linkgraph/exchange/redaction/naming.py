"""Other names for what goes under one: pseudonyms, and addresses told less exactly.

A pseudonym is ``HMAC-SHA256(secret of the case, scope ‖ id)``, 128 bits of it (RFC 2104): two recipients cannot
join their copies by it, and the owner can find out whom one is of. What it does not hide is the shape of the
network: who knows the contacts of a person may find that person by them.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from linkgraph.exchange.redaction.choosing import Choice, Request
from linkgraph.exchange.redaction.profile import Addresses, Profile, Scope
from linkgraph.model import ID_LENGTH, EntityKind

WORDS = {
    EntityKind.ACCOUNT: "account",
    EntityKind.IP_ADDRESS: "address",
    EntityKind.PAYMENT_ACCOUNT: "payment account",
    EntityKind.FILE_HASH: "file",
    EntityKind.RESOURCE: "resource",
    EntityKind.EMAIL: "e-mail",
    EntityKind.PHONE: "phone",
    EntityKind.DEVICE: "device",
    EntityKind.PERSON: "person",
}
"""What something is called that goes under another name, before digits of its other id."""
_SHOWN = 12
"""Digits of the other id that stand in the other name."""


def scope_text(scope: Scope, recipients: Iterable[str], export: str) -> str:
    """Give the text that tells the pseudonyms of one recipient, or of one export, from those of another.

    What goes to nobody in particular is an export of its own, whatever the scope: anybody could join two of them.
    """
    recipient = " ".join(sorted(recipients))
    return f"{recipient}\x1f{export}" if scope is Scope.EXPORT or not recipient else recipient


def pseudonym(secret: bytes, scope: str, entity: str) -> str:
    """Give the id that an entity goes under: 32 hexadecimal digits of HMAC-SHA256(secret, scope ␟ id)."""
    return hmac.digest(secret, f"{scope}\x1f{entity}".encode(), "sha256").hex()[:ID_LENGTH]


def ids(choice: Choice, profile: Profile, request: Request, secret: bytes) -> pa.Array:
    """Give the id that each node (n,) goes under."""
    scope = scope_text(profile.scope, request.recipients, request.export)
    found = list(choice.graph.ids)
    for node in np.flatnonzero(choice.renamed).tolist():
        found[node] = pseudonym(secret, scope, found[node])
    return pa.array(found, pa.string())


def names(choice: Choice, profile: Profile, new_ids: pa.Array) -> dict[int, str]:
    """Give the name of each node that goes under another, by its number."""
    nodes = np.flatnonzero(choice.renamed)
    some = choice.whole.entities.take(pa.array(nodes))
    marks = [one[:_SHOWN] for one in new_ids.take(pa.array(nodes)).to_pylist()]
    found = {}
    for node, kind, value, mark in zip(
        nodes.tolist(), some["kind"].to_pylist(), some["value"].to_pylist(), marks, strict=True
    ):
        word = WORDS[EntityKind(kind)]
        if choice.victims[node]:
            word = "victim"
        elif not choice.pseudonym[node] and profile.addresses is Addresses.NETWORK:
            word = _network(value)
        found[node] = f"{word} {mark}"
    return found


def _network(address: str) -> str:
    found = ipaddress.ip_address(address)
    return str(ipaddress.ip_network((found, {4: 24, 6: 48}[found.version]), strict=False))
