"""Small messages: signed, encrypted, and for whom they were meant."""

from __future__ import annotations

from datetime import UTC, datetime

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkgraph.errors import IntegrityError, UsageError
from linkgraph.exchange import dsse, keys, sealed
from linkgraph.store.audit import canonical

AMBER, BLUE, WREN = (keys.generate(name, "Agency") for name in ("Amber Fox", "Blue Owl", "Small Wren"))
CARDS = [AMBER.card, BLUE.card, WREN.card]
TYPE = "application/vnd.example"
MADE = datetime(2026, 11, 2, 10, 0, 0, tzinfo=UTC)


def to(own, envelope):
    return pyrage.encrypt(envelope, [own.identity.to_public()])


@pytest.mark.parametrize("payload", [b"", b"x", b"a\nb", bytes(200_000)])
def test_what_is_sealed_comes_back(payload):
    content = sealed.seal(payload, TYPE, AMBER, [BLUE.card, WREN.card], MADE)
    for own in (BLUE, WREN):
        found = sealed.unseal(content, own, CARDS)
        assert (found.payload, found.payload_type, found.card, found.made) == (payload, TYPE, AMBER.card, MADE)
        assert set(found.to) == {BLUE.card.fingerprint, WREN.card.fingerprint}


def test_nobody_else_opens_it():
    content = sealed.seal(b"secret", TYPE, AMBER, [BLUE.card], MADE)
    assert b"secret" not in content
    for own in (AMBER, WREN):
        with pytest.raises(IntegrityError, match="not encrypted to it"):
            sealed.unseal(content, own, CARDS)


def test_every_byte_counts():
    content = sealed.seal(b"x" * 50, TYPE, AMBER, [BLUE.card, WREN.card], MADE)
    undetected = 0
    for at in range(len(content)):
        byte = content[at : at + 1]
        for put in (bytes([byte[0] ^ 1]), bytes([byte[0] ^ 0xFF]), b"", byte * 2):
            try:
                sealed.unseal(content[:at] + put + content[at + 1 :], BLUE, CARDS)
                undetected += 1
            except IntegrityError:
                pass
    assert undetected == 0


def test_what_was_passed_on_is_refused():
    """Blue opens what Amber sent and encrypts the signed content to Wren: Amber never wrote to Wren."""
    envelope = pyrage.decrypt(sealed.seal(b"x", TYPE, AMBER, [BLUE.card], MADE), [BLUE.identity])
    assert dsse.verify(envelope, CARDS).card == AMBER.card  # the control: the signature is good
    with pytest.raises(IntegrityError, match="for somebody else and passed on"):
        sealed.unseal(to(WREN, envelope), WREN, CARDS)


def test_an_unknown_signer():
    content = sealed.seal(b"x", TYPE, AMBER, [BLUE.card], MADE)
    with pytest.raises(IntegrityError, match="linkgraph keys trust"):
        sealed.unseal(content, BLUE, [BLUE.card, WREN.card])


def test_no_recipient():
    with pytest.raises(UsageError, match="name a recipient"):
        sealed.seal(b"x", TYPE, AMBER, [], MADE)


def test_something_else_that_was_signed():
    with pytest.raises(IntegrityError, match="carries"):
        sealed.unseal(to(BLUE, dsse.sign(b"x", "application/vnd.in-toto+json", AMBER)), BLUE, CARDS)


HEADER = {
    "format": "linkgraph-sealed",
    "version": 1,
    "made": "2026-11-02T10:00:00Z",
    "to": [BLUE.card.fingerprint],
    "type": TYPE,
}


def opened_with(header):
    content = canonical(header).encode() + b"\nx"
    return sealed.unseal(to(BLUE, dsse.sign(content, sealed.ENVELOPE_TYPE, AMBER)), BLUE, CARDS)


def test_the_header_of_the_documentation():
    assert opened_with(HEADER).made == MADE


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"version": 2}, "version 2, this linkgraph reads 1"),
        ({"format": "x"}, "cannot be read"),
        ({"made": "2026-11-02T10:00:00"}, "cannot be read"),
        ({"made": "yesterday"}, "cannot be read"),
        ({"made": 5}, "cannot be read"),
        ({"to": BLUE.card.fingerprint}, "cannot be read"),
        ({"to": [1]}, "cannot be read"),
        ({"to": []}, "somebody else"),
        ({"type": None}, "cannot be read"),
        ({"more": 1}, "cannot be read"),
    ],
)
def test_headers_a_trusted_key_signed_all_the_same(change, told):
    with pytest.raises(IntegrityError, match=told):
        opened_with(HEADER | change)


@given(st.binary(max_size=300))
def test_noise(content):
    with pytest.raises(IntegrityError):
        sealed.unseal(content, BLUE, CARDS)
    with pytest.raises(IntegrityError):
        sealed.unseal(b"age-encryption.org/v1\n" + content, BLUE, CARDS)
    signed = dsse.sign(content, sealed.ENVELOPE_TYPE, AMBER)
    with pytest.raises(IntegrityError):
        sealed.unseal(to(BLUE, signed), BLUE, CARDS)
