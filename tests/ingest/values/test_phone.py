"""Telephone numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkgraph.ingest.values import phone
from linkgraph.ingest.values.result import Clean, Reason


def read(raw: str, region: str | None = None) -> tuple[str, str | None] | str:
    answer = phone.clean(raw, region=region)
    return answer.code if isinstance(answer, Reason) else (answer.value.text, answer.value.country)


@pytest.mark.parametrize(
    ("raw", "region", "expected"),
    [
        ("+44 7400 123456", None, ("+447400123456", "GB")),
        ("0044 (0)7400-123456", None, ("+447400123456", "GB")),
        ("+44 (0) 7400 123 456", None, ("+447400123456", "GB")),
        ("tel:+49-30-901820", None, ("+4930901820", "DE")),
        ("07400 123456", "GB", ("+447400123456", "GB")),
        ("+49 30 901820", "GB", ("+4930901820", "DE")),
        ("(202) 555-0143", "US", ("+12025550143", "US")),
        ("+1 416 555 0123", None, ("+14165550123", "CA")),
        ("+39 02 8646 1234", None, ("+390286461234", "IT")),
        ("+800 1234 5678", None, ("+80012345678", None)),
        ("+44 20 7946 0000 ext. 12", None, ("+442079460000", "GB")),
        ("+٤٤٧٤٠٠١٢٣٤٥٦", None, ("+447400123456", "GB")),
        ("", None, "phone-empty"),
        ("07400 123456", None, "phone-region-missing"),
        ("447400123456", None, "phone-region-missing"),
        ("07400 123456", "XX", "phone-region"),
        ("1-800-FLOWERS", "US", "phone-form"),
        ("4.47701E+11", "GB", "phone-form"),
        ("+44 7400 123456, +44 7400 123457", None, "phone-form"),
        ("+999 123456", None, "phone-form"),
        ("+44 123", None, "phone-length"),
        ("+447400123456456", None, "phone-length"),
        ("000000", "DE", "phone-zeros"),
        ("+44\x00770", None, "phone-control-character"),
        ("unknown", "GB", "phone-form"),
        ("+", None, "phone-form"),
        ("9" * 100, "GB", "phone-too-long"),
    ],
)
def test_numbers(raw: str, region: str | None, expected: tuple[str, str | None] | str) -> None:
    assert read(raw, region) == expected


def test_a_possible_number_that_is_in_no_range_is_kept_and_noted() -> None:
    answer = phone.clean("+1 000 555 0143")
    assert isinstance(answer, Clean)
    assert answer.value.country is None
    assert any("range" in note for note in answer.notes)


@given(st.text() | st.text("0123456789+() -x٣", max_size=24), st.sampled_from([None, "GB", "US", "IT"]))
def test_any_text_gets_an_answer_that_reads_as_itself(raw: str, region: str | None) -> None:
    answer = phone.clean(raw, region)
    if isinstance(answer, Clean):
        again = phone.clean(answer.value.text)
        assert isinstance(again, Clean)
        assert again.value == answer.value
        assert answer.value.text[1:].isdigit()
        assert answer.value.text.isascii()
