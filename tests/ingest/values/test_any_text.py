"""What holds of every cleaner: any text is understood or refused with a reason, and what was cleaned stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from linkgraph.ingest import KINDS
from linkgraph.ingest.cells import Cell, Options, chart_key, cleaner
from linkgraph.ingest.kind import Field, ValueType
from linkgraph.ingest.values import (
    country,
    device,
    digest,
    email,
    handle,
    ip,
    ip_country,
    money,
    payment_account,
    person,
    phone,
    ports,
    resource,
    service,
    text,
    time,
    wallet,
)
from linkgraph.ingest.values.result import Clean, Reason
from linkgraph.model import EntityKind

_GOOD = (
    "Jane.Doe+x@Example.org", "<a@b.example>", "mailto:a@ü.example", "81.2.69.142", "[2a00:1450::1]:443", "010.0.0.1",
    "::ffff:10.0.0.1", "fe80::1%eth0", "0x7f.1", "https://a:b@Ex.org:8443/%7e/../a?q#f", "/a/./b", "ftp://h/",
    "[::1]/x",
    "d41d8cd98f00b204e9800998ecf8427e", "SHA-1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ", "urn:sha256:" + "ab" * 32,
    "+44 20 7946 0958", "0044(0)20-7946 0958 ext. 12", "tel:+1-202-555-0123", "DE02 1203 0000 0000 2020 51 EUR",
    "4111 1111 1111 1111", "411111xxxxxx1111", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "0x" + "aB" * 20, "iban:DE02120300000000202051", "ref:ria:0012", "btc:",
    "imei:490154203237518", "49015420323751", "mac:3c:52:82:0a:1b:2c", "3C52.820A.1B2C", "1024-2047", "[50022]",
    "GB", "Czech Republic", "usa", "-1.234,56 EUR", "(5.00)", "$1,234", "12'345.60 kr", "1,00,000", "Transfers",
    "2026-01-02T03:04:05.123456789+01:00", "2026-03-29 02:30:00", "2026-10-25 02:30:00", "02/01/2026 11:30 PM",
    "Wed Aug 19 12:00:00 UTC 2021", "[25/Oct/2015:04:11:25 +0100]", "1767610805", "1767610805.5", "20260102",
    "2026-01-02 24:00:00", "31.12.2100", "01/02/2026 03:04 Europe/Berlin", "discord:jane", "unstated:x", "person:x",
)  # fmt: skip
_PIECES = st.sampled_from(
    [
        *_GOOD,
        *"0123456789abcdefxABCXYZ.,:;-+/\\%@#?&=()[]<>'\"_ \t\n\0\x1f",
        *"\u202e\u200b\ufeff\u00a0\u2028\ufdfa\u3164\ud800ßſİⅧﬃ٣²／＠．",
        *("00", "..", "://", "EUR", "$"),
    ]
)
ANY_TEXT = st.one_of(
    st.text(max_size=40),
    st.lists(_PIECES, max_size=6).map("".join),
    st.builds(lambda good, at, new: good[: at % len(good)] + new + good[at % len(good) :], st.sampled_from(_GOOD),
              st.integers(0, 80), _PIECES),
    st.builds(lambda head, body, times: head + body * times, st.sampled_from(["", "/", "device:", "a:"]), _PIECES,
              st.sampled_from([200, 500, 1017, 1024, 1025, 8000])),
)  # fmt: skip

_Answer = Clean[str] | Reason


def _text(clean: Callable[[str], Clean[object] | Reason], of: Callable[[object], str]) -> Callable[[str], _Answer]:
    """Give a cleaner that answers in canonical text."""

    def cleaned(raw: str) -> _Answer:
        found = clean(raw)
        return found if isinstance(found, Reason) else Clean(of(found.value), found.notes)

    return cleaned


def _value(found: object) -> str:
    assert isinstance(found, str)
    return found


def _text_of(found: object) -> str:
    said = found.text  # type: ignore[attr-defined]
    assert isinstance(said, str)
    return said


CLEANERS: dict[str, Callable[[str], _Answer]] = {
    "country": country.clean,
    "device": device.clean,
    "email": email.clean,
    "handle": handle.clean,
    "person": person.clean,
    "ports": ports.clean,
    "service": service.clean,
    "resource": resource.clean,
    "resource of a host": lambda raw: resource.clean(raw, host="example.org"),
    # The port of an address is kept beside its text.
    "ip": _text(ip.clean, _text_of),
    "digest": _text(digest.clean, _text_of),
    "digest as md5": _text(lambda raw: digest.clean(raw, "md5"), _text_of),
    "digest as pdq": _text(lambda raw: digest.clean(raw, "pdq"), _text_of),
    "phone": _text(phone.clean, _text_of),
    "phone of GB": _text(lambda raw: phone.clean(raw, "GB"), _text_of),
    "payment account": _text(payment_account.clean, _text_of),
}
"""Cleaners of one argument whose canonical text is a form that they read."""


def _told(reason: Reason) -> None:
    assert reason.code.replace("-", "").isalnum()
    assert reason.text
    assert text.visible(reason.text) == reason.text, "a reason shows nothing that changes the line it stands in"


@pytest.mark.parametrize("name", CLEANERS)
@settings(max_examples=150, deadline=None)
@given(raw=ANY_TEXT)
def test_any_text_is_understood_or_refused_and_cleaning_twice_is_cleaning_once(name: str, raw: str) -> None:
    clean = CLEANERS[name]
    found = clean(raw)
    if isinstance(found, Reason):
        _told(found)
        return
    again = clean(found.value)
    assert isinstance(again, Clean), again
    assert again.value == found.value
    found.value.encode()


@settings(max_examples=300, deadline=None)
@given(ANY_TEXT, st.sampled_from(["iban", "card", "btc", "eth", "email", "account", "mtcn", "", "x:y", "\u200b"]))
@example("REF:\u202a:1", "iban")
def test_any_account_of_a_stated_scheme(raw: str, scheme: str) -> None:
    found = payment_account.clean(raw, scheme)
    if isinstance(found, Reason):
        _told(found)
        return
    # The scheme stands before a canonical text, so it is read without a scheme beside it.
    again = payment_account.clean(found.value.text)
    assert isinstance(again, Clean), again
    assert again.value == found.value


@settings(max_examples=300, deadline=None)
@given(ANY_TEXT, st.sampled_from([".", ",", ""]), st.sampled_from([None, "EUR", "BTC"]))
@example("-0,00", ",", None)
def test_any_amount(raw: str, decimal: str, currency: str | None) -> None:
    form = money.MoneyForm(decimal)
    found = money.clean(raw, form=form, currency=currency)
    if isinstance(found, Reason):
        _told(found)
        return
    # An amount is a number, not a text: written as its column writes numbers it is the same one.
    amount = found.value.amount
    assert amount.is_finite()
    written = f"{amount:f}".replace(".", decimal or ".")
    again = money.clean(written, form=form, currency=found.value.currency or None)
    if decimal or isinstance(again, Clean):
        assert isinstance(again, Clean), again
        assert again.value == found.value
        assert again.value.amount.as_tuple() == Decimal(amount).as_tuple()
    else:
        assert again.code == "money-ambiguous"


_TIME_FORMS = [*time.FORM_NAMES, "%d %b %Y %H:%M:%S %z", "%Y%m%d%H%M%S", "%d/%m/%y"]


@pytest.mark.parametrize("name", _TIME_FORMS)
@settings(max_examples=60, deadline=None)
@given(raw=ANY_TEXT, zone=st.sampled_from([None, "Europe/Berlin", "Pacific/Apia"]))
def test_any_time(name: str, raw: str, zone: str | None) -> None:
    form = time.form(name)
    assert isinstance(form, time.TimeForm)
    stated = ZoneInfo(zone) if zone else None
    found = time.clean(raw, form=form, zone=stated)
    if isinstance(found, Reason):
        _told(found)
        return
    # A moment is two instants, whatever form the column has: written as ISO 8601 in UTC they are the same ones.
    iso = time.form("iso")
    assert isinstance(iso, time.TimeForm)
    for instant in (found.value.first, found.value.last):
        assert instant.tzinfo is UTC
        again = time.clean(instant.isoformat(), form=iso, zone=None)
        # The first hours of 1980 and the last of 2100 are of a year beyond the bounds elsewhere.
        if isinstance(again, Clean):
            assert (again.value.first, again.value.last) == (instant, instant)
        else:
            assert instant.year in (time.FIRST_YEAR - 1, time.LAST_YEAR + 1)
    assert found.value.first <= found.value.last


@settings(max_examples=300, deadline=None)
@given(ANY_TEXT)
def test_any_form_and_any_other_text(raw: str) -> None:
    for answer in (time.form(raw), money.form(raw), device.clean(raw, raw), digest.clean(raw, raw)):
        if isinstance(answer, Reason):
            _told(answer)
    for column in ([raw], [raw, "2026-01-02", raw], [raw] * 3):
        for recognised in (time.recognise(column), money.recognise(column)):
            if isinstance(recognised, Reason):
                _told(recognised)
    assert text.compared(text.compared(raw)) == text.compared(raw)
    assert text.visible(text.visible(raw)) == text.visible(raw)
    assert text.visible(text.quoted(raw)) == text.quoted(raw)
    assert phone.clean(raw, raw) is not None
    for address in (wallet.bitcoin(raw), wallet.ethereum(raw)):
        if address is not None:
            assert address in (wallet.bitcoin(address), wallet.ethereum(address))
    assert ip_country.country(raw) is None or isinstance(ip.clean(raw), Clean)


_ONE_CELL = [one for one in ValueType if one not in {ValueType.TIME, ValueType.MONEY}]
"""Times and amounts are read a column at a time."""


@pytest.mark.parametrize("type", _ONE_CELL)
@settings(max_examples=150, deadline=None)
@given(raw=ANY_TEXT, region=st.sampled_from([None, "DE"]), host=st.sampled_from([None, "example.org"]),
       kind=st.sampled_from([None, "thing", *EntityKind]))  # fmt: skip
def test_any_cell_of_any_type(
    type: ValueType, raw: str, region: str | None, host: str | None, kind: str | None
) -> None:
    clean = cleaner(Field("x", type), Options(region=region, host=host))
    found = clean(chart_key(kind, raw) if type is ValueType.CHART_NODE else raw)
    if isinstance(found, Reason):
        _told(found)
        return
    assert found.value or (type is ValueType.TEXT and not raw)
    again = clean(chart_key(kind, found.value) if type is ValueType.CHART_NODE else found.value)
    assert isinstance(again, Cell), again
    assert (again.value, again.kind, again.grade) == (found.value, found.kind, found.grade)


def test_every_field_of_every_kind_has_a_cleaner() -> None:
    fields = [one for kind in KINDS.values() for one in kind.fields if one.type in _ONE_CELL]
    assert all(callable(cleaner(one, Options())) for one in fields)
