"""Hostile text: what is compared, shown and refused."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkgraph.ingest.values import text
from linkgraph.ingest.values.result import Reason


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("a", "a"),
        (" \t\r\na\u3000\u00a0", "a"),
        ("", "x-empty"),
        (" \u2003", "x-empty"),
        ("a\0b", "x-control-character"),
        ("\x1fa", "x-control-character"),
        ("a\x1f", "x-control-character"),
        ("a\tb", "x-control-character"),
        ("a\nb", "x-control-character"),
        ("a\x85b", "x-control-character"),
        ("a\u2028b", "x-control-character"),
        ("a\ud800b", "x-control-character"),
        ("a" * 1025, "x-too-long"),
    ],
)
def test_what_is_trimmed_and_refused(raw: str, expected: str) -> None:
    answer = text.trimmed(raw, "x")
    assert (answer.code if isinstance(answer, Reason) else answer) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ｊａｎｅ", "jane"),
        ("ja\u200bne", "jane"),
        ("\u202ejane", "jane"),
        ("e\u0301", "é"),
        ("STRASSE", "straße"),
        ("ﬁn", "fin"),
        ("👍\ufe0f", "👍"),
        ("ΣΑΣ", "σας"),
    ],
)
def test_forms_people_cannot_tell_apart_are_one(one: str, other: str) -> None:
    assert text.compared(one) == text.compared(other)


def test_letters_of_two_alphabets_stay_two() -> None:
    assert text.compared("аdmin") != text.compared("admin")


def test_the_compared_form_of_every_character_is_its_own_form() -> None:
    for code in range(sys.maxunicode + 1):
        once = text.compared(chr(code))
        assert text.compared(once) == once, hex(code)


def test_what_cannot_be_seen_is_shown_as_an_escape() -> None:
    assert text.visible("a\u202eb\0c\u200bd\ud800") == r"a\u202eb\x00c\u200bd\ud800"
    assert text.visible("Zoë 👍\ufe0f\u3000李") == "Zoë 👍\ufe0f\u3000李"
    assert text.visible("\U000e0041\u3164") == r"\U000e0041\u3164"


def test_a_quotation_is_short() -> None:
    assert text.quoted("a" * 100_000) == "a" * 57 + "..."


@given(st.text(st.characters(exclude_categories=())))
def test_shown_text_has_nothing_that_changes_the_direction_or_the_line(raw: str) -> None:
    assert not {unicodedata.category(char) for char in text.visible(raw)} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
