"""Names of people on charts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkgraph.ingest.values import person
from linkgraph.ingest.values.result import Clean, Reason


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Ada  Lovelace", "ada lovelace"),
        (" ADA\u00a0LOVELACE ", "ada lovelace"),
        ("Zoe\u0308", "zoë"),
        ("O'Neil, Jr.", "o'neil, jr."),
        ("李 小龙", "李 小龙"),
        ("", "person-empty"),
        ("\u200b", "person-empty"),
        ("Ada\0", "person-control-character"),
        ("Ada\tLovelace", "person-control-character"),
    ],
)
def test_names(raw: str, expected: str) -> None:
    answer = person.clean(raw)
    assert (answer.code if isinstance(answer, Reason) else answer.value) == expected


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_gets_an_answer_that_reads_as_itself(raw: str) -> None:
    answer = person.clean(raw)
    if isinstance(answer, Clean):
        assert person.clean(answer.value) == answer
        assert "  " not in answer.value
        assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in answer.value)
