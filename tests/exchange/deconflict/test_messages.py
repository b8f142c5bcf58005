"""The messages as bytes: one form, and nothing but a sentence for whatever else comes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkgraph.errors import IntegrityError
from linkgraph.exchange.deconflict import group, messages
from linkgraph.exchange.deconflict.identifiers import Normaliser
from linkgraph.exchange.deconflict.messages import Answer, Closing, Mode, Offer, Terms
from linkgraph.model import EntityKind

TERMS = Terms(
    offering="Agency A",
    answering="Agency B",
    kinds=(EntityKind.EMAIL, EntityKind.PHONE),
    mode=Mode.COUNT,
    legal_basis="JIT agreement of 2 November 2026",
    marking="TLP:AMBER",
    expires=datetime(2026, 12, 1, tzinfo=UTC),
    largest_set=1000,
)
SESSION = "0123456789abcdef" * 2
SHA = hashlib.sha256(b"x").hexdigest()
POINTS = b"".join(sorted(group.split(group.hidden(group.secret(), [b"%d" % number for number in range(5)]))))
OFFER = Offer(SESSION, TERMS, Normaliser(1, SHA), SHA, POINTS)
ANSWER = Answer(SESSION, SHA, SHA, POINTS[:96], POINTS)
CLOSING = Closing(SESSION, SHA, 3, POINTS[32:] + POINTS[:32])
EACH = pytest.mark.parametrize("message", [OFFER, ANSWER, CLOSING, replace(CLOSING, count=None, points=b"")])


def again(header: dict[str, object], points: bytes) -> bytes:
    """Write a message anew, as anybody can who need not sign it."""
    text = json.dumps(header, sort_keys=True, separators=(",", ":"))
    body = text.encode() + b"\n" + points
    return body + hashlib.sha256(body).digest()


def header_of(message: messages.Message) -> tuple[dict[str, object], bytes]:
    head, _, rest = messages.write(message).partition(b"\n")
    return json.loads(head), rest[:-32]


@EACH
def test_a_message_comes_back(message):
    content = messages.write(message)
    assert messages.read(content) == message
    assert again(*header_of(message)) == content  # the control of the tests below: this is how one is written anew


def test_the_time_of_expiry_is_kept_in_utc():
    local = TERMS.expires.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert messages.write(replace(OFFER, terms=replace(TERMS, expires=local))) == messages.write(OFFER)


@EACH
def test_every_byte_counts(message):
    content = messages.write(message)
    undetected = 0
    for at in range(len(content)):
        byte = content[at : at + 1]
        for put in (bytes([byte[0] ^ 1]), bytes([byte[0] ^ 0x80]), b"", byte * 2):
            try:
                messages.read(content[:at] + put + content[at + 1 :])
                undetected += 1
            except IntegrityError:
                pass
    assert undetected == 0


@EACH
def test_a_message_that_was_cut_off_is_refused(message):
    content = messages.write(message)
    for size in range(len(content)):
        with pytest.raises(IntegrityError):
            messages.read(content[:size])


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("format", "linkgraph-card", "no deconfliction file"),
        ("version", 2, "same version of linkgraph"),
        ("version", True, "same version of linkgraph"),
        ("suite", "linkgraph-ristretto255-sha512-2", "same version of linkgraph"),
        ("suite", ["x"], "same version of linkgraph"),
        ("step", "reveal", "cannot be read"),
        ("step", ["offer"], "cannot be read"),
        ("session", "../../../../etc/passwd", "cannot be read"),
        ("session", SESSION.upper(), "cannot be read"),
        ("commitment", "00", "cannot be read"),
        ("points", 4, "cannot be read"),
        ("points", 6, "cannot be read"),
        ("points", -5, "cannot be read"),
        ("points", 5.0, "cannot be read"),
        ("points", 10**4000, "cannot be read"),
        ("normaliser", None, "cannot be read"),
        ("terms", [], "cannot be read"),
        ("more", 1, "not in the one form"),
    ],
)
def test_a_header_that_was_written_anew_is_refused(field, value, says):
    header, points = header_of(OFFER)
    with pytest.raises(IntegrityError, match=says):
        messages.read(again(header | {field: value}, points))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("offering", "Agency B"),
        ("offering", ""),
        ("offering", "A\u202e"),
        ("offering", "x" * 201),
        ("offering", 7),
        ("kinds", []),
        ("kinds", ["Phone", "Email"]),
        ("kinds", ["Email", "Email"]),
        ("kinds", ["Person"]),
        ("kinds", ["Planet"]),
        ("kinds", "Email"),
        ("mode", "both"),
        ("legal_basis", " "),
        ("legal_basis", "a\nb"),
        ("marking", "TLP:WHITE"),
        ("expires", "2026-12-01"),
        ("expires", "2026-12-01T00:00:00+01:00"),
        ("largest_set", 0),
        ("largest_set", messages.LARGEST_SET + 1),
        ("largest_set", True),
        ("least", -1),
        ("least", 1001),
        ("padded", 1),
        ("follows", SESSION),  # a count follows nothing
        ("follows", "x"),
    ],
)
def test_terms_that_cannot_be_are_refused(field, value):
    header, points = header_of(OFFER)
    with pytest.raises(IntegrityError, match="cannot be read"):
        messages.read(again(header | {"terms": header["terms"] | {field: value}}, points))


def test_an_order_that_was_chosen_is_refused():
    split = group.split(POINTS)
    for order in (split[::-1], [*split[1:], split[0]], [split[0], split[0], *split[2:]]):
        for message in (OFFER, ANSWER):
            with pytest.raises(IntegrityError, match="not sorted, or one is there twice"):
                messages.read(messages.write(replace(message, points=b"".join(order))))
    # A's points come back in A's order where it is to learn which: that order is not this file's.
    assert messages.read(messages.write(replace(ANSWER, theirs=b"".join(split[2::-1]))))


def test_a_file_that_is_too_large_is_not_read():
    with pytest.raises(IntegrityError, match="it was not read"):
        messages.read(bytes(messages.LARGEST_MESSAGE + 1))


def test_a_header_without_an_end_is_not_looked_for():
    with pytest.raises(IntegrityError, match="no deconfliction file"):
        messages.read(b" " * (1 << 20) + b"\n")


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_with_a_sentence(content):
    with pytest.raises(IntegrityError):
        messages.read(content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=500)
@given(st.sampled_from([OFFER, ANSWER, CLOSING]), st.data())
def test_a_header_with_anything_in_it_is_read_as_it_was_or_refused(message, data):
    """Only the sum is made anew here, so each field has to be looked at."""
    header, points = header_of(message)
    place = header
    while True:
        field = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[field], dict) or data.draw(st.booleans()):
            break
        place = place[field]
    place[field] = data.draw(JSON)
    content = again(header, points)
    try:
        found = messages.read(content)
    except IntegrityError:
        return
    assert messages.write(found) == content


@given(st.integers(min_value=1, max_value=3000))
def test_deep_nesting_is_refused(depth):
    with pytest.raises(IntegrityError):
        messages.read(b"[" * depth + b"]" * depth + b"\n" + bytes(32))
