"""What lies before a key vouches for anything: headers of age that are read, and those that never reach its library."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkgraph.errors import IntegrityError, UsageError
from linkgraph.exchange import age_header, bag, keys, sealed
from linkgraph.exchange.age_header import LONGEST, MOST_RECIPIENTS, is_sound

OWN = keys.generate("Amber Fox", "Agency A")
MANY = [keys.generate(f"Officer {number}", "Agency B").card for number in range(MOST_RECIPIENTS - 1)] + [OWN.card]
MADE = datetime(2026, 11, 2, tzinfo=UTC)
FIRST, LAST = b"age-encryption.org/v1\n", b"--- " + b"A" * 43 + b"\n"
STANZA = b"-> X25519 " + b"A" * 43 + b"\n" + b"A" * 43 + b"\n"

HOSTILE = {
    "too many recipients": FIRST + STANZA * 2_000 + LAST,
    "a few too many": FIRST + STANZA * (MOST_RECIPIENTS + 9) + LAST,
    "small ones": FIRST + b"-> x\n\n" * (MOST_RECIPIENTS + 9) + LAST,
    "a long body": FIRST + b"-> x\n" + (b"A" * 64 + b"\n") * 15_000 + b"\n" + LAST,
    "a body just too long": FIRST + b"-> x\n" + (b"A" * 64 + b"\n") * 252 + b"\n" + LAST,
    "a long argument": FIRST + b"-> " + b"x" * 1_000_000 + b"\n\n" + LAST,
    "no end": FIRST + STANZA * 5,
    "no end, and much of it": FIRST + b"A" * 1_000_000,
    "an end that is none": FIRST + STANZA + b"--- A\n" + STANZA * 2_000,
    "an end before its time": FIRST + b"-> x\n--- " + b"A" * 43 + b"\n" + b"A" * 1_000_000,
    "no stanza": FIRST + LAST,
    "another version": FIRST.replace(b"v1", b"v2") + STANZA + LAST,
    "line ends of two": (FIRST + STANZA + LAST).replace(b"\n", b"\r\n"),
    "in armour": b"-----BEGIN AGE ENCRYPTED FILE-----\n" + b"A" * 64 + b"\n",
    "nothing": b"",
}


class Counted(io.BytesIO):
    """Counts what was read of it, and gives it in small pieces."""

    taken = 0

    def read(self, size=-1):
        piece = super().read(min(size, 7) if size >= 0 else size)
        self.taken += len(piece)
        return piece


@pytest.mark.parametrize("cards", [[OWN.card], MANY], ids=["one", "as many as may be"])
def test_what_the_library_writes_is_sound(cards):
    for _ in range(100):
        content = pyrage.encrypt(b"x" * 70_000, age_header.recipients(cards))
        assert is_sound(content)
        assert is_sound(content[:LONGEST])


def test_the_longest_that_is_allowed():
    assert is_sound(FIRST + STANZA * MOST_RECIPIENTS + LAST)
    assert is_sound(FIRST + b"-> x\n" + (b"A" * 64 + b"\n") * 250 + b"\n" + LAST)


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_header_never_reaches_the_library(content, monkeypatch):
    def reached(*_):
        raise AssertionError("the library read it")

    monkeypatch.setattr(pyrage, "decrypt", reached)
    monkeypatch.setattr(pyrage, "decrypt_io", reached)
    assert not is_sound(content)
    with pytest.raises(IntegrityError, match="cannot be opened with the key of Amber Fox"):
        sealed.unseal(content, OWN, [OWN.card])
    stream = Counted(content)
    with pytest.raises(IntegrityError, match="cannot be opened with the key of Amber Fox"):
        bag.decrypt(stream, io.BytesIO(), OWN)
    assert stream.taken <= LONGEST


def test_as_many_recipients_as_may_be_can_open_it():
    message = sealed.seal(b"x", "text/plain", OWN, MANY, MADE)
    assert sealed.unseal(message, OWN, [OWN.card]).payload == b"x"
    packed, plain = io.BytesIO(), io.BytesIO()
    bag.encrypt(io.BytesIO(bytes(200_000)), packed, MANY)
    bag.decrypt(Counted(packed.getvalue()), plain, OWN)
    assert plain.getvalue() == bytes(200_000)


def test_one_recipient_more_is_refused_when_it_is_made():
    more = [*MANY, OWN.card]
    with pytest.raises(UsageError, match="101 recipients and 100 are the most"):
        sealed.seal(b"x", "text/plain", OWN, more, MADE)
    out = io.BytesIO()
    with pytest.raises(UsageError, match="101 recipients and 100 are the most"):
        bag.encrypt(io.BytesIO(b"x"), out, more)
    assert out.getvalue() == b""


@given(st.binary(max_size=200), st.integers(0, 200))
def test_noise(piece, at):
    content = FIRST + STANZA + LAST
    assert is_sound(piece) is False
    assert is_sound(content[:at] + piece + content[at:]) in (True, False)
    with pytest.raises(IntegrityError):
        sealed.unseal(content[:at] + piece + content[at:], OWN, [OWN.card])
