"""Amounts: the grammar, the column's decision and what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkgraph.ingest.values import money
from linkgraph.ingest.values.result import Clean, Reason

POINT, COMMA, MIXED = money.MoneyForm("."), money.MoneyForm(","), money.MoneyForm("")


def read(raw: str, form: money.MoneyForm = POINT, currency: str | None = None) -> tuple[str, str] | str:
    answer = money.clean(raw, form=form, currency=currency)
    if isinstance(answer, Reason):
        return answer.code
    return str(answer.value.amount), answer.value.currency


@pytest.mark.parametrize(
    ("column", "form"),
    [
        (["1.234,56"], COMMA),
        (["1'234.50"], POINT),
        (["1,234.50"], POINT),
        (["(5.00)"], POINT),
        (["1,234", "2.50"], POINT),
        (["1,234", "2,50"], COMMA),
        (["1.234", "7,5"], COMMA),
        (["0.123"], POINT),
        (["1234.567"], POINT),
        (["300,"], COMMA),
        (["12", "7"], POINT),
        ([], POINT),
        (["", "n/a"], POINT),
        (["1.50", "1,50"], MIXED),
        (["1,23,456.00"], POINT),
    ],
)
def test_the_column_decides_the_decimal_sign(column: list[str], form: money.MoneyForm) -> None:
    assert money.recognise(column) == form


@pytest.mark.parametrize("column", [["1,234"], ["1.234", "55.000"], ["5", "1,000"], ["$1,234"]])
def test_a_column_that_can_be_read_two_ways_is_refused(column: list[str]) -> None:
    answer = money.recognise(column)
    assert isinstance(answer, Reason)
    assert answer.code == "money-ambiguous"


@pytest.mark.parametrize(
    ("raw", "form", "expected"),
    [
        ("1.234,56", COMMA, ("1234.56", "")),
        ("1'234.50", POINT, ("1234.50", "")),
        ("1’234’567.5", POINT, ("1234567.5", "")),
        ("1 234 567,89", COMMA, ("1234567.89", "")),
        ("1\u202f234,5", COMMA, ("1234.5", "")),
        ("1,23,456.00", POINT, ("123456.00", "")),
        ("300,", COMMA, ("300", "")),
        (".5", POINT, ("0.5", "")),
        ("001,12", COMMA, ("1.12", "")),
        ("(5.00)", POINT, ("-5.00", "")),
        ("-5.00", POINT, ("-5.00", "")),
        ("\u22125.00", POINT, ("-5.00", "")),
        ("+5.00", POINT, ("5.00", "")),
        ("5.00-", POINT, ("-5.00", "")),
        ("-0.00", POINT, ("0.00", "")),
        ("€ 12,50", COMMA, ("12.50", "EUR")),
        ("12,50 €", COMMA, ("12.50", "EUR")),
        ("£3", POINT, ("3", "GBP")),
        ("USD -3.20", POINT, ("-3.20", "USD")),
        ("-usd 3.20", POINT, ("-3.20", "USD")),
        ("(US$1,000.00)", POINT, ("-1000.00", "USD")),
        ("10 DEM", POINT, ("10", "DEM")),
        ("12,50", MIXED, ("12.50", "")),
        ("12.50", MIXED, ("12.50", "")),
        ("1234", MIXED, ("1234", "")),
        ("0.000000000000000001", POINT, ("1E-18", "")),
        ("99999999999999999999", POINT, ("99999999999999999999", "")),
    ],
)
def test_amounts(raw: str, form: money.MoneyForm, expected: tuple[str, str]) -> None:
    assert read(raw, form) == expected


@pytest.mark.parametrize(
    ("raw", "form", "code"),
    [
        *[
            (raw, POINT, "money-form")
            for raw in (
                "",
                "1_000",
                "１２",
                "٣",
                "NaN",
                "Infinity",
                "1e400",
                "0x10",
                "1,2345",
                "12,34.5",
                "1.2.3",
                "1,234'567",
                "0,123.4",
                "--5",
                "-5-",
                "(-5)",
                "(5",
                "5)",
                "€5€",
                "5\n",
                "=5",
                "5" * 100,
            )
        ],
        ("1,234", MIXED, "money-ambiguous"),
        ("0.0000000000000000001", POINT, "money-too-long"),
        ("100000000000000000000", POINT, "money-too-long"),
        ("5 XQQ", POINT, "money-currency"),
        ("5 NaN", POINT, "money-currency"),
    ],
)
def test_what_is_no_amount_is_refused(raw: str, form: money.MoneyForm, code: str) -> None:
    assert read(raw, form) == code


@pytest.mark.parametrize(
    ("raw", "stated", "expected"),
    [
        ("5", "EUR", ("5", "EUR")),
        ("€5", "EUR", ("5", "EUR")),
        ("$5", "CAD", ("5", "CAD")),
        ("$5", "EUR", "money-currency-conflict"),
        ("5 USD", "EUR", "money-currency-conflict"),
        ("5", "QQQ", "money-currency"),
    ],
)
def test_a_stated_currency_must_fit(raw: str, stated: str, expected: tuple[str, str] | str) -> None:
    assert read(raw, POINT, stated) == expected


def test_a_shared_symbol_names_no_currency() -> None:
    answer = money.clean("$5", form=POINT, currency=None)
    assert isinstance(answer, Clean)
    assert answer.value.currency == ""
    assert answer.notes == ("'$' is the sign of several currencies: unknown",)


def test_forms_by_name() -> None:
    assert [money.form(name) for name in ("1,234.56", "1.234,56")] == [POINT, COMMA]
    assert isinstance(money.form("german"), Reason)


def test_a_hostile_amount_is_shown_safely() -> None:
    answer = money.clean("5\u202e<script>", form=POINT, currency=None)
    assert isinstance(answer, Reason)
    assert "\u202e" not in answer.text


@given(st.decimals(min_value=-(10**19), max_value=10**19, places=2))
def test_every_way_of_writing_gives_the_value_back(value: Decimal) -> None:
    english = f"{value:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    for text, form in ((english, POINT), (german, COMMA), (english.replace(",", "'"), POINT)):
        answer = money.clean(text, form=form, currency="EUR")
        assert answer == Clean(money.Money(Decimal(f"{value:.2f}") + 0, "EUR"))


@given(st.text(max_size=30))
def test_any_text_is_answered(text: str) -> None:
    for form in (POINT, COMMA, MIXED):
        answer = money.clean(text, form=form, currency=None)
        assert isinstance(answer, Reason) or answer.value.amount.is_finite()
