"""Pages as texts: what is shown, where it stands, and nothing of what is embedded."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.ingest.readers.html_text import LONGEST_TEXT, Tag, Text, blocks


def texts(page: bytes, block_bytes: int = 1 << 18) -> list[Text]:
    return [item for item in blocks(io.BytesIO(page), block_bytes) if isinstance(item, Text)]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (b"<p>a</p><p> b\n c </p>", ["a", "b c"]),
        (b"<p>a<b>b</b>c <a href='x>y'>d</a></p>", ["abc d"]),
        (b"a<br>b<hr>", ["a", "b"]),
        (b"<p>&amp;lt; &uuml;&#x41;&nbsp;.</p>", ["&lt; üA ."]),
        (b"<script>if (a < b) '</p>'</script><style>p{}</style><p>x</p>", ["x"]),
        (b"<!-- <p>no</p> --><p>x</p><!DOCTYPE html><?xml?><!>", ["x"]),
        (b'<img src="data:image/png;base64,AAAA>AAAA"><p title="<p>no">x</p>', ["x"]),
        (b"<p>1 < 2 and 3</p>", ["1 < 2 and 3"]),
        (b"<P>x</P ><p/>", ["x"]),
        (b"<p> \n </p><p>&nbsp;</p>", []),
        (b"<p>" + b" " * (LONGEST_TEXT + 2) + b"</p><p>x</p>", ["x"]),
        ("<p>\u202eüber</p>".encode(), ["\u202eüber"]),
        (b"", []),
    ],
)
def test_texts(page: bytes, expected: list[str]) -> None:
    assert [text.text for text in texts(page)] == expected
    assert texts(page, block_bytes=1) == texts(page)


@pytest.mark.parametrize(
    ("page", "code", "raw"),
    [
        (b"<p>a\0b</p>", "nul-byte", b"a\0b"),
        (b"<p>\xff</p>", "invalid-utf-8", b"\xff"),
        (b"<p>" + b"x" * (LONGEST_TEXT + 1) + b"</p>", "text-too-long", b"x" * 4096),
        (b"<p>x", "html-cut-off", b"x"),
        (b"<p>x</p><p id='", "html-cut-off", b"<p id='"),
        (b"<p>x</p><!-- never", "html-cut-off", b"<!-- never"),
        (b"<p>x</p><script>never", "html-cut-off", b"never"),
        (b"<p>x</p><script a='b'>", "html-cut-off", b"<script a='b'>"),
        (b"<p>a<b>b</b><!-- c --> \0</p>", "nul-byte", b"a<b>b</b><!-- c --> \0"),
        (b"<p>" + b"<b>x</b>" * (LONGEST_TEXT + 1) + b"</p>", "text-too-long", b"x</b><b>" * 512),
        (b"<p>" + b" " * (LONGEST_TEXT + 2) + b"x</p>", "text-too-long", b" " * 4096),
        (b"<p>a<b>" + b"x" * LONGEST_TEXT + b"</b>\0</p>", "text-too-long", (b"a<b>" + b"x" * 4092)),
    ],
)
def test_what_cannot_be_read(page: bytes, code: str, raw: bytes) -> None:
    for block_bytes in (3, 1 << 18):
        fault = texts(page, block_bytes)[-1]
        assert (fault.text, fault.fault, fault.raw) == ("", code, raw)
        assert page[fault.start :].startswith(raw)


def test_a_label_contains_its_value_and_a_page_break_contains_nothing() -> None:
    page = b"<div>Time<div><div>now<div class='p'></div></div></div></div><i id='x'>y</i><b>z</b>"
    assert [(text.text, text.opens) for text in texts(page + b"<br>")] == [
        ("Time", True),
        ("now", False),
        ("yz", False),
    ]
    tags = [item for item in blocks(io.BytesIO(page)) if isinstance(item, Tag)]
    assert [tag.name for tag in tags].count("div") == 8
    assert Tag("i", closing=False, identifier="x") in tags


def test_a_large_picture_in_the_page_is_not_held() -> None:
    class Endless(io.RawIOBase):
        left = 64

        def read(self, size: int = -1) -> bytes:
            self.left -= 1
            return b"A" * (1 << 20) if self.left > 0 else b'"><p>x</p>' if self.left == 0 else b""

    stream = io.BytesIO(b'<img src="')
    page = type("Page", (), {"read": lambda self, size: stream.read(size) or picture.read(size)})()
    picture = Endless()
    assert [text.text for text in texts_of(page)] == ["x"]


def texts_of(stream: object) -> list[Text]:
    return [item for item in blocks(stream) if isinstance(item, Text)]  # type: ignore[arg-type]


_pieces = st.sampled_from(
    [
        b"<p>",
        b"</p>",
        b"<div id='a'>",
        b"<br>",
        b"<b>",
        b"x",
        b" ",
        b"<",
        b">",
        b'"',
        b"'",
        b"&amp;",
        b"<!--",
        b"-->",
        b"\xff",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_pieces | st.binary(max_size=4), max_size=30).map(b"".join), st.integers(1, 20))
def test_any_bytes_and_any_pieces_of_them_give_the_same_texts(page: bytes, block_bytes: int) -> None:
    whole = list(blocks(io.BytesIO(page)))
    assert list(blocks(io.BytesIO(page), block_bytes)) == whole
    at = 0
    for text in whole:
        if isinstance(text, Text):
            assert at <= text.start <= text.stop <= len(page)
            assert text.raw == page[text.start : text.stop]
            at = text.stop
