"""Ports: one or a block."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkgraph.ingest.values import ports
from linkgraph.ingest.values.result import Clean, Reason


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("0", "0"),
        ("65535", "65535"),
        (" 50022 ", "50022"),
        ("1024-2047", "1024-2047"),
        ("1024 - 2047", "1024-2047"),
        ("1024–2047", "1024-2047"),
        ("1024:2047", "1024-2047"),
        ("1024..2047", "1024-2047"),
        ("1024 to 2047", "1024-2047"),
        ("[1024-2047]", "1024-2047"),
        ("1024-1024", "1024-1024"),
    ],
)
def test_what_is_read(raw, value):
    assert ports.clean(raw) == Clean(value)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "ports-empty"),
        ("65536", "ports-form"),
        ("1024-70000", "ports-form"),
        ("2047-1024", "ports-order"),
        ("-1", "ports-form"),
        ("0080", "ports-form"),
        ("any", "ports-form"),
        ("1024-2047,3000", "ports-form"),
        ("１０２４", "ports-form"),
        ("1\0", "ports-control-character"),
    ],
)
def test_what_is_refused(raw, code):
    answer = ports.clean(raw)
    assert isinstance(answer, Reason)
    assert answer.code == code


@given(st.text(max_size=20) | st.from_regex(r"[0-9 :.–-]{0,12}", fullmatch=True))
def test_any_text_gets_an_answer_that_reads_as_itself(raw):
    answer = ports.clean(raw)
    if isinstance(answer, Clean):
        assert ports.clean(answer.value) == Clean(answer.value)
