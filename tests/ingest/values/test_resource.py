"""Resources: one text for one page, and nothing personal in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkgraph.ingest.values import resource
from linkgraph.ingest.values.result import Clean, Reason


def read(raw: str, host: str | None = None) -> str:
    answer = resource.clean(raw, host=host)
    return answer.code if isinstance(answer, Reason) else answer.value


@pytest.mark.parametrize(
    ("raw", "host", "expected"),
    [
        ("https://Example.ORG/Room/7?user=jane#top", None, "example.org/Room/7"),
        ("http://example.org:80/", None, "example.org"),
        ("https://example.org:8443/a", None, "example.org:8443/a"),
        ("http://example.org:443/a", None, "example.org:443/a"),
        ("example.org", None, "example.org"),
        ("example.org/a", None, "example.org/a"),
        ("example.org:8080", None, "example.org:8080"),
        ("example.org.", None, "example.org"),
        ("https://jane:secret@example.org/a", None, "example.org/a"),
        ("ftp://example.org/a", None, "ftp://example.org/a"),
        ("http://[2001:DB8::1]:8080/a", None, "[2001:db8::1]:8080/a"),
        ("http://münchen.example/ä", None, "xn--mnchen-3ya.example/%C3%A4"),
        ("http://example.org/%c3%a4%7eb%2F", None, "example.org/%C3%A4~b%2F"),
        ("http://example.org/a/./b/../c", None, "example.org/a/c"),
        ("http://example.org/../../etc/passwd", None, "example.org/etc/passwd"),
        ("http://example.org/a b", None, "example.org/a%20b"),
        ("http://example.org/100%", None, "example.org/100%25"),
        ("/join_form", None, "/join_form"),
        ("/join_form?x=1", None, "/join_form"),
        ("/join_form", "Example.org", "example.org/join_form"),
        ("//wp-admin//x", None, "//wp-admin//x"),
        ("http://example.org/a", "other.example", "example.org/a"),
        ("/", None, "/"),
        ("/", "example.org", "example.org"),
        ("", None, "resource-empty"),
        ("-", None, "resource-none"),
        ("*", None, "resource-none"),
        (r"\x16\x03\x01", None, "resource-bytes"),
        (r"/\x90\x90", None, "resource-bytes"),
        ("/a\ufffd", None, "resource-bytes"),
        ("/a\0", None, "resource-control-character"),
        ("javascript:alert(1)", None, "resource-scheme"),
        ("magnet:?xt=urn:btih:abc", None, "resource-scheme"),
        ("http:///a", None, "resource-form"),
        ("#lobby", None, "resource-form"),
        ("?q", None, "resource-form"),
        ("Kids Room", None, "resource-host"),
        ("http://exa mple.org/", None, "resource-host"),
        ("http://a..b/", None, "resource-host"),
        ("http://[::g]/", None, "resource-host"),
        ("/a", "exa mple", "resource-host"),
        ("http://example.org:99999/", None, "resource-port"),
        ("/" + "a" * 9000, None, "resource-too-long"),
    ],
)
def test_resources(raw: str, host: str | None, expected: str) -> None:
    assert read(raw, host) == expected


@pytest.mark.parametrize(
    ("raw", "said"),
    [("/a?b", "query"), ("a.example/#b", "query"), ("http://u@a.example/", "user name"), ("/a", "not named")],
)
def test_what_was_left_out_is_noted(raw: str, said: str) -> None:
    answer = resource.clean(raw)
    assert isinstance(answer, Clean)
    assert any(said in note for note in answer.notes)


@given(
    st.text() | st.text("/.%2eEaA:@?#[]\\ é", max_size=20) | st.builds("http://a.example/{}".format, st.text()),
    st.sampled_from([None, "h.example"]),
)
def test_any_text_gets_an_answer_that_reads_as_itself(raw: str, host: str | None) -> None:
    answer = resource.clean(raw, host)
    if isinstance(answer, Clean):
        again = resource.clean(answer.value)
        assert isinstance(again, Clean)
        assert again.value == answer.value
        assert answer.value.isascii()
        assert answer.value.isprintable()
        assert "?" not in answer.value
        assert "#" not in answer.value
