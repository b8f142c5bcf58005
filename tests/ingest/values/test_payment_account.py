"""Payment accounts: schemes, checksums, and card numbers that are never kept."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkgraph.ingest.values import payment_account
from linkgraph.ingest.values.result import Clean, Reason


def read(raw: str, scheme: str | None = None) -> str:
    answer = payment_account.clean(raw, scheme=scheme)
    return answer.code if isinstance(answer, Reason) else answer.value.text


BITCOIN = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
ETHEREUM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.mark.parametrize(
    ("raw", "scheme", "expected"),
    [
        ("DE89 3704 0044 0532 0130 00", None, "iban:DE89370400440532013000"),
        ("de89370400440532013000", "iban", "iban:DE89370400440532013000"),
        ("iban:DE89370400440532013000", None, "iban:DE89370400440532013000"),
        ("GB82-WEST-1234-5698-7654-32", None, "iban:GB82WEST12345698765432"),
        ("NL91ABNA0417164300EUR", None, "iban:NL91ABNA0417164300"),
        ("DE89370400440532013001", None, "iban-checksum"),
        ("DE8937040044053201300", None, "iban-length"),
        ("DE89370400440532013000", "account", "account:DE89370400440532013000"),
        ("QQ12345678901234567", None, "account:QQ12345678901234567"),
        ("50880050/0194774600888", None, "account:50880050/0194774600888"),
        ("12 34 56  12345678", None, "account:12345612345678"),
        ("0012", None, "account:0012"),
        ("ab-1", None, "account:AB-1"),
        ("I\u02db", None, "account:\u012f"),
        ("account:0012", None, "account:0012"),
        ("4111 1111 1111 1111", None, "card:411111…1111"),
        ("378282246310005", None, "card:378282…0005"),
        ("411111******1111", None, "card:411111…1111"),
        ("4111 11XX XXXX 1111", None, "card:411111…1111"),
        ("card:411111…1111", None, "card:411111…1111"),
        ("6759649826438453", "card", "card:675964…8453"),
        ("6759649826438453", None, "account:6759649826438453"),
        ("4111111111111112", "card", "card-check-digit"),
        ("1111", "card", "card-form"),
        (BITCOIN, None, f"wallet:btc:{BITCOIN}"),
        (f"wallet:btc:{BITCOIN}", None, f"wallet:btc:{BITCOIN}"),
        (BITCOIN, "btc", f"wallet:btc:{BITCOIN}"),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", None, "wallet-checksum"),
        (ETHEREUM, None, f"wallet:eth:{ETHEREUM.lower()}"),
        ("0x12", "eth", "wallet-form"),
        ("Pay@Example.org", None, "email:pay@example.org"),
        ("email:pay@example.org", None, "email:pay@example.org"),
        ("12@", None, "account:12@"),
        ("ab 123", "Cash App", "ref:cash-app:AB123"),
        ("ref:cash-app:AB123", None, "ref:cash-app:AB123"),
        ("", None, "payment-account-empty"),
        ("\u200b", None, "payment-account-empty"),
        ("account:", None, "payment-account-empty"),
        ("1", "", "service-empty"),
        ("1", "a:b", "service-colon"),
        ("iban:DE89370400440532013000", "card", "payment-account-scheme"),
        ("12\x0034", None, "payment-account-control-character"),
    ],
)
def test_accounts(raw: str, scheme: str | None, expected: str) -> None:
    assert read(raw, scheme) == expected


@pytest.mark.parametrize(
    ("raw", "scheme", "country"),
    [
        ("DE89370400440532013000", "iban", "DE"),
        ("XK051212012345678906", "iban", "XK"),
        ("0012", "account", None),
    ],
)
def test_scheme_and_country(raw: str, scheme: str, country: str | None) -> None:
    answer = payment_account.clean(raw)
    assert isinstance(answer, Clean)
    assert (answer.value.scheme, answer.value.country) == (scheme, country)


@pytest.mark.parametrize("raw", ["4111 1111 1111 1112", "4111-1111-1111-1112", "4111111111111112"])
@pytest.mark.parametrize("scheme", ["card", "btc", "eth"])
def test_no_reason_repeats_a_card_number(raw: str, scheme: str) -> None:
    answer = payment_account.clean(raw, scheme=scheme)
    assert isinstance(answer, Reason)
    assert not re.search("[0-9]{7}", re.sub("[ -]", "", answer.text + answer.hint))


def test_a_cut_card_number_is_noted() -> None:
    answer = payment_account.clean("4111111111111111")
    assert isinstance(answer, Clean)
    assert answer.notes


@given(
    st.text()
    | st.text("0123456789 -", max_size=24)
    | st.from_regex("[A-Z]{2}[0-9]{15,24}|(card|ref:x|account|email|iban):.{0,20}|[0-9]{6}[*]{6}[0-9]{4}"),
    st.sampled_from([None, "card", "account", "My Bank"]),
)
def test_any_text_gets_an_answer_that_reads_as_itself(raw: str, scheme: str | None) -> None:
    answer = payment_account.clean(raw, scheme)
    if isinstance(answer, Clean):
        again = payment_account.clean(answer.value.text)
        assert isinstance(again, Clean)
        assert again.value == answer.value
        assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in answer.value.text)
