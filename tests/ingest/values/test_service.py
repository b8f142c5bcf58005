"""Names of services."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkgraph.ingest.values import service
from linkgraph.ingest.values.result import Clean, Reason


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Discord", "discord"),
        (" Xbox  Live ", "xbox-live"),
        ("ｋｉｋ", "kik"),
        ("example.org", "example.org"),
        ("", "service-empty"),
        ("\u200b", "service-empty"),
        ("kik:jane", "service-colon"),
        ("kik：jane", "service-colon"),
        ("ki\0k", "service-control-character"),
    ],
)
def test_names(raw: str, expected: str) -> None:
    answer = service.clean(raw)
    assert (answer.code if isinstance(answer, Reason) else answer.value) == expected


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_gets_an_answer_that_reads_as_itself(raw: str) -> None:
    answer = service.clean(raw)
    if isinstance(answer, Clean):
        assert service.clean(answer.value) == answer
        assert not set(answer.value) & {":", " "}
        assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in answer.value)
