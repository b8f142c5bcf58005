"""Account names: one identity for what people see as one name, the spelling for the label."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkgraph.ingest.values import handle
from linkgraph.ingest.values.result import Clean, Reason


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Jane_99", "jane_99"),
        ("  jane ", "jane"),
        ("Ｊａｎｅ", "jane"),
        ("ja\u200bne\u202e", "jane"),
        ("@jane", "@jane"),
        ("jane:doe", "jane:doe"),
        ("100000123456789", "100000123456789"),
        ("МАША", "маша"),
        ("</script><img onerror=x>", "</script><img onerror=x>"),
        ("", "handle-empty"),
        ("\u3000", "handle-empty"),
        ("\u200b\u202e", "handle-empty"),
        ("ja\0ne", "handle-control-character"),
        ("ja\x1fne", "handle-control-character"),
        ("ja\nne", "handle-control-character"),
        ("x" * 2000, "handle-too-long"),
    ],
)
def test_names(raw: str, expected: str) -> None:
    answer = handle.clean(raw)
    assert (answer.code if isinstance(answer, Reason) else answer.value) == expected


def test_invisible_characters_are_noted() -> None:
    answer = handle.clean("ja\u200bne")
    assert isinstance(answer, Clean)
    assert answer.notes


def test_the_label_keeps_the_spelling_and_shows_what_hides() -> None:
    assert handle.display(" Jane\u202egpj.exe ") == r"Jane\u202egpj.exe"
    assert handle.display("\x1fa\0") == r"\x1fa\x00"


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_gets_an_answer_that_reads_as_itself(raw: str) -> None:
    answer = handle.clean(raw)
    if isinstance(answer, Clean):
        assert handle.clean(answer.value) == Clean(answer.value)
        assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in answer.value)
        answer.value.encode()
