"""E-mail addresses, read without asking any server."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkgraph.ingest.values import email
from linkgraph.ingest.values.result import Clean, Reason


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("jane@example.com", "jane@example.com"),
        (" Jane.Doe+x@EXAMPLE.org ", "jane.doe+x@example.org"),
        ("a@agency.test", "a@agency.test"),
        ("a@nobody.invalid", "a@nobody.invalid"),
        ("a@printer.local", "a@printer.local"),
        ("a@localhost", "a@localhost"),
        ("a@duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion",) * 2,
        ("a@münchen.example", "a@xn--mnchen-3ya.example"),
        ("a@xn--mnchen-3ya.example", "a@xn--mnchen-3ya.example"),
        ("ｊａｎｅ＠example.org", "jane@example.org"),
        ("ПЁТР@пример.example", "пётр@xn--e1afmkfd.example"),
        ("Jane Doe <jane@example.org>", "jane@example.org"),
        ("<jane@example.org>", "jane@example.org"),
        ("MAILTO:jane@example.org", "jane@example.org"),
        ("", "email-empty"),
        ("jane", "email-form"),
        ("jane@", "email-form"),
        ("@example.org", "email-form"),
        ("jane@@example.org", "email-form"),
        ("jane doe@example.org", "email-form"),
        ("a@example..org", "email-form"),
        ("a@x.org, b@x.org", "email-form"),
        ("=cmd|' /C calc'!A0", "email-form"),
        ("ja\0ne@example.org", "email-control-character"),
        ("j" * 600 + "@example.org", "email-too-long"),
    ],
)
def test_addresses(raw: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    answer = email.clean(raw)
    assert (answer.code if isinstance(answer, Reason) else answer.value) == expected


@pytest.mark.parametrize("raw", ["Jane@example.org", "Jane <jane@example.org>"])
def test_what_was_left_out_is_noted(raw: str) -> None:
    answer = email.clean(raw)
    assert isinstance(answer, Clean)
    assert len(answer.notes) == 1


@given(st.text() | st.emails() | st.builds("{}@{}.test".format, st.text(min_size=1), st.text("abßé-.", min_size=1)))
def test_any_text_gets_an_answer_that_reads_as_itself(raw: str) -> None:
    answer = email.clean(raw)
    if isinstance(answer, Clean):
        assert email.clean(answer.value) == Clean(answer.value)
        assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in answer.value)
