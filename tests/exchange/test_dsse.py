"""Signed envelopes: the specification's own vectors, and every edit found."""

from __future__ import annotations

import base64
import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkgraph.errors import IntegrityError
from linkgraph.exchange import dsse, keys
from linkgraph.store.audit import canonical

OWN = keys.generate("Amber Fox", "Agency A")
OTHER = keys.generate("Blue Owl", "Agency B")
TYPE = "application/vnd.example+json"


def test_the_encoding_of_the_specification():
    """protocol.md of DSSE v1, test vectors."""
    assert (
        dsse.pae(b"hello world", "http://example.com/HelloWorld")
        == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


@pytest.mark.parametrize("payload", [b"", b"x", b"\x00\xff" * 1000])
def test_what_is_signed_comes_back(payload):
    signed = dsse.verify(dsse.sign(payload, TYPE, OWN), [OTHER.card, OWN.card])
    assert (signed.payload, signed.payload_type, signed.card) == (payload, TYPE, OWN.card)


def test_the_same_is_signed_the_same():
    assert dsse.sign(b"x", TYPE, OWN) == dsse.sign(b"x", TYPE, OWN)


def test_the_envelope_is_that_of_the_specification():
    """envelope.md: standard base64, one object per signature."""
    envelope = json.loads(dsse.sign(b"x", TYPE, OWN))
    [signature] = envelope["signatures"]
    assert set(envelope) == {"payload", "payloadType", "signatures"}
    assert base64.b64decode(envelope["payload"], validate=True) == b"x"
    assert signature["keyid"] == OWN.card.fingerprint
    OWN.signing_key.public_key().verify(base64.b64decode(signature["sig"]), dsse.pae(b"x", TYPE))


def test_every_byte_counts():
    envelope = dsse.sign(b'{"a": 1}', TYPE, OWN)
    undetected = 0
    for at in range(len(envelope)):
        byte = envelope[at : at + 1]
        for put in (bytes([byte[0] ^ 1]), bytes([byte[0] ^ 0xFF]), b"", byte * 2, byte + b" ", byte + b"\n"):
            try:
                dsse.verify(envelope[:at] + put + envelope[at + 1 :], [OWN.card])
                undetected += 1
            except IntegrityError:
                pass
    assert undetected == 0


def lax(envelope):
    """Verify as a program does that only reads the JSON."""
    record = json.loads(envelope)
    [one] = record["signatures"]
    payload = base64.b64decode(record["payload"])
    return OWN.card.has_signed(dsse.pae(payload, record["payloadType"]), base64.b64decode(one["sig"]))


@pytest.mark.parametrize(
    "edit",
    [
        lambda envelope: envelope.replace(b",", b", ", 1),
        lambda envelope: envelope + b"\n",
        lambda envelope: envelope.replace(b"payload", rb"p\u0061yload", 1),
        lambda envelope: json.dumps(json.loads(envelope) | {"more": 1}, sort_keys=True).encode(),
        # The last letter of this base64 has four bits that stand for nothing.
        lambda envelope: envelope.replace(b'"eA=="', b'"eB=="'),
        lambda envelope: envelope.replace(b'{"payload":', b'{"payload":"","payload":', 1),
    ],
)
def test_edits_that_mean_nothing_are_found(edit):
    """A JSON reader takes each of them: the control. Only the one form finds them."""
    envelope = dsse.sign(b"x", TYPE, OWN)
    edited = edit(envelope)
    assert edited != envelope
    assert lax(edited)
    with pytest.raises(IntegrityError, match="edited"):
        dsse.verify(edited, [OWN.card])


def test_an_unknown_key_says_whose_and_what_to_do():
    with pytest.raises(IntegrityError, match=f"{OWN.card.fingerprint}.*linkgraph keys trust"):
        dsse.verify(dsse.sign(b"x", TYPE, OWN), [OTHER.card])


def test_another_signer_under_a_known_name():
    envelope = dsse.sign(b"x", TYPE, OTHER).replace(OTHER.card.fingerprint.encode(), OWN.card.fingerprint.encode())
    with pytest.raises(IntegrityError, match="not that of Amber Fox"):
        dsse.verify(envelope, [OWN.card, OTHER.card])


def test_the_type_is_signed():
    envelope = dsse.sign(b"x", TYPE, OWN)
    with pytest.raises(IntegrityError, match="not that of"):
        dsse.verify(envelope.replace(b"vnd.example", b"vnd.another"), [OWN.card])
    with pytest.raises(IntegrityError, match="carries"):
        dsse.verify(envelope, [OWN.card], payload_type="text/plain")


@pytest.mark.parametrize(
    "change",
    [
        {"signatures": []},
        {"signatures": [{"keyid": "x", "sig": ""}] * 2},
        {"signatures": [{"keyid": 1, "sig": ""}]},
        {"payloadType": 5},
        {"payloadType": "\ud800"},
        {"payload": None},
        {"payload": "é"},
        {"signatures": [{"keyid": OWN.card.fingerprint, "sig": "AA=="}]},
    ],
)
def test_what_is_no_envelope(change):
    record = json.loads(dsse.sign(b"x", TYPE, OWN)) | change
    with pytest.raises(IntegrityError):
        dsse.verify(canonical(record).encode(), [OWN.card])


@given(st.binary(max_size=200) | st.from_regex(rb"\{\"payload\":.{0,100}\}"))
def test_noise(content):
    with pytest.raises(IntegrityError):
        dsse.verify(content, [OWN.card])


@pytest.mark.parametrize("before", [b"", b'{"payload":'])
def test_json_that_fills_the_memory(before):
    """Empty lists take 20 times their length in a JSON reader; nothing is built of what nobody signed yet."""
    content = before + b"[" + b"[]," * 500_000 + b"[]]"
    tracemalloc.start()
    with pytest.raises(IntegrityError):
        dsse.verify(content, [OWN.card])
    assert tracemalloc.get_traced_memory()[1] < len(content)
    tracemalloc.stop()


@pytest.mark.parametrize("content", [b"[" * 100_000, b"NaN", b"9" * 10_000, b"\xff\xfe"])
def test_json_that_is_an_attack(content):
    with pytest.raises(IntegrityError):
        dsse.verify(content, [OWN.card])
