"""XML into records: each with its exact bytes; what is broken or hostile costs itself and what stands behind it."""

from __future__ import annotations

import io
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.ingest.readers import xml_records
from linkgraph.ingest.readers.xml_records import Fault, PassedOver, Record, Row, numbered, opening, records, root


def read(content: bytes, block_bytes: int = 1 << 18, **options) -> tuple[list[Record], list[Fault]]:
    found = list(records(io.BytesIO(content), {"a"}, block_bytes=block_bytes, **options))
    return [one for one in found if isinstance(one, Record)], [one for one in found if isinstance(one, Fault)]


def spans(content: bytes, **options) -> list[bytes]:
    return [content[one.offset : one.offset + one.length] for one in read(content, **options)[0]]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("<r><a>1</a><b/><a>2</a></r>", ["<a>1</a>", "<a>2</a>"]),
        ("<r><a/><a x='/>'/><a ></a ><a>/></a></r>", ["<a/>", "<a x='/>'/>", "<a ></a >", "<a>/></a>"]),
        ("<r><a><!-- > --><b/></a><!-- c --><a/></r>", ["<a><!-- > --><b/></a>", "<a/>"]),
        ("<r><a><![CDATA[</a>]]></a></r>", ["<a><![CDATA[</a>]]></a>"]),
        ("<a>root</a>", ["<a>root</a>"]),
        ("<a/>", ["<a/>"]),
        ("<r><a><a>2</a></a></r>", ["<a><a>2</a></a>"]),
        ("<r><a>\u00fc\u20ac\U0001f600 \u3e3e</a><a>&lt;&#x202e;</a></r>", None),
        ("<r>\r\n<a>\r\n</a>\r\n</r>", ["<a>\r\n</a>"]),
        ("<r/>", []),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("block_bytes", [1, 7, 1 << 18])
def test_bytes_of_records(document: str, expected: list[str] | None, encoding: str, block_bytes: int) -> None:
    if encoding.startswith("utf-16"):
        document = f'<?xml version="1.0" encoding="UTF-16"?>{document}'
    content = document.encode(encoding)
    if encoding == "utf-16":
        encoding = "utf-16-le"
    found = [one.decode(encoding) for one in spans(content, block_bytes=block_bytes)]
    assert found == (re.findall("<a>.*?</a>", document) if expected is None else expected)
    assert read(content, block_bytes)[1] == []


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1252", "iso-8859-15", "us-ascii"])
def test_the_declaration_decides_the_encoding(encoding: str) -> None:
    text = "plain" if encoding == "us-ascii" else "M\u00fcller"
    content = f'<?xml version="1.0" encoding="{encoding}"?><r><a>{text}</a></r>'.encode(encoding)
    (record,), faults = read(content)
    assert faults == []
    assert record.element.text == text
    assert content[record.offset :][: record.length] == f"<a>{text}</a>".encode(encoding)


def test_a_record_in_its_document() -> None:
    content = b'<r xmlns="urn:1" xmlns:x="urn:2"><s><a i="1" x:i="2">t<b> u </b>v<x:b>w</x:b></a></s><x:a/></r>'
    (record,), faults = read(content, inside={"b"}, namespace=re.compile("urn:1"))
    assert faults == []
    assert (record.namespace, [step.name for step in record.path]) == ("urn:1", ["r", "s"])
    assert record.path[1].offset == content.index(b"<s>")
    assert (record.element.attrib, record.element.text) == ({"i": "1"}, "t")
    assert [one.tag for one in record.element] == ["b", "{urn:2}b"]
    assert xml_records.text(record.element, "b") == "u"
    assert xml_records.text(record.element, "c") is None
    assert xml_records.text(None) is None
    assert [content[at : at + size] for at, size in record.spans.values()] == [b"<b> u </b>", b"<x:b>w</x:b>"]
    assert record.span(record.element) == (record.offset, record.length)


BOMB = (
    b'<!DOCTYPE r [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + at, b"&%c;" % (97 + at) * 10) for at in range(20))
    + b"]><r><a>&u;</a></r>"
)


@pytest.mark.parametrize(
    ("content", "records_before", "code", "place"),
    [
        (BOMB, 0, "xml-doctype", None),
        (b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd"><r><a/></r>', 0, "xml-doctype", None),
        (b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><r><a>&x;</a></r>', 0, "xml-doctype", None),
        (b'<!DOCTYPE r [<!ENTITY % x SYSTEM "x"> %x;]><r/>', 0, "xml-doctype", None),
        (b"<!DOCTYPE html><html/>", 0, "xml-doctype", None),
        (b"<r><a>1</a><a>&unknown;</a><a>2</a></r>", 1, "xml-broken", b"<a>&unknown;"),
        (b"<r><a>1</a><a>2", 1, "xml-cut-off", b"<a>2"),
        (b"<r><a>1</a><a", 1, "xml-cut-off", b"<a"),
        (b"<r><a>1</a>", 1, "xml-cut-off", b""),
        (b"<r><a>1</a><b></c><a/></r>", 1, "xml-broken", b"</c><a/>"),
        (b"<r><a>1</a><a>\0</a></r>", 1, "xml-broken", b"<a>\0"),
        (b"<r><a>1</a><a>\xff</a></r>", 1, "xml-broken", b"<a>\xff"),
        (b"<r><a>1</a><a x='1' x='2'/></r>", 1, "xml-broken", b"<a x="),
        (b"<r><a>1</a><p:a/></r>", 1, "xml-broken", b"<p:a/>"),
        (b"<r><a>1</a></r>\n<r/>", 1, "xml-junk", b"<r/>"),
        (b"words", 0, "xml-broken", b"words"),
        (b" ", 0, "xml-cut-off", None),
        (b'<?xml version="1.0" encoding="shift_jis"?><r><a/></r>', 0, "xml-encoding", b"<?xml"),
        (b'<?xml version="1.0" encoding="rot13"?><r><a/></r>', 0, "xml-encoding", b"<?xml"),
        (b'<?xml version="1.0" encoding="x-none"?><r><a/></r>', 0, "xml-encoding", b"<?xml"),
        (b'<?xml version="1.0" encoding="cp037"?><r><a/></r>', 0, "xml-broken", None),
        (b'<?xml version="1.0" encoding="utf-16"?><r><a/></r>', 0, "xml-broken", None),
    ],
)
@pytest.mark.parametrize("block_bytes", [3, 1 << 18])
def test_what_cannot_be_read_on(
    content: bytes, records_before: int, code: str, place: bytes | None, block_bytes: int
) -> None:
    found, faults = read(content, block_bytes)
    assert len(found) == records_before
    (fault,) = faults
    assert fault.code == code
    assert content[fault.offset :].startswith(fault.raw)
    if place is not None:
        assert fault.raw == content[fault.offset :]
        assert fault.raw.startswith(place)
        assert bool(fault.raw) == bool(place)


def test_a_bomb_costs_no_time() -> None:
    begun = time.perf_counter()
    read(BOMB)
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize(
    ("limit", "value", "record", "code"),
    [
        ("MAX_RECORD_BYTES", 100, b"<a>" + b"x" * 200 + b"</a>", "xml-record-too-long"),
        ("MAX_RECORD_ELEMENTS", 5, b"<a>" + b"<b/>" * 10 + b"</a>", "xml-record-too-long"),
        ("MAX_RECORD_DEPTH", 5, b"<a>" + b"<b>" * 10 + b"</b>" * 10 + b"</a>", "xml-record-too-deep"),
    ],
)
@pytest.mark.parametrize("block_bytes", [3, 1 << 18])
def test_a_record_beyond_bounds_costs_itself_alone(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int, record: bytes, code: str, block_bytes: int
) -> None:
    monkeypatch.setattr(xml_records, limit, value)
    content = b"<r><a>1</a>" + record + b"<a>2</a></r>"
    found, (fault,) = read(content, block_bytes)
    assert [one.element.text for one in found] == ["1", "2"]
    assert (fault.offset, fault.code) == (11, code)
    assert content[11:].startswith(fault.raw)
    # Cut off inside it, both are told.
    assert [one.code for one in read(content[:-20], block_bytes)[1]] == [code, "xml-cut-off"]


@pytest.mark.parametrize(
    ("limit", "value", "content", "code"),
    [
        ("MAX_DEPTH", 50, b"<b>" * 100, "xml-too-deep"),
        ("MAX_DEPTH", 50, b"<r><a>" + b"<b>" * 100, "xml-too-deep"),
        ("MAX_TOKEN_BYTES", 100, b"<r><!--" + b"x" * 1000 + b"--><a/></r>", "xml-token-too-long"),
        ("MAX_TOKEN_BYTES", 100, b"<r><a x='" + b"x" * 1000 + b"'/></r>", "xml-token-too-long"),
        ("MAX_NAMES", 100, b"<r>" + b"".join(b"<n%d/>" % at for at in range(200)) + b"</r>", "xml-names"),
    ],
)
def test_a_document_beyond_bounds_ends_there(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int, content: bytes, code: str
) -> None:
    monkeypatch.setattr(xml_records, limit, value)
    found, (fault,) = read(content, block_bytes=50)
    assert (found, fault.code) == ([], code)
    assert content[fault.offset :].startswith(fault.raw)


def test_what_is_kept_of_the_rest_is_bounded() -> None:
    content = b"<r><a>" + b"x" * (1 << 20)
    _, (fault,) = read(content)
    assert (fault.offset, len(fault.raw)) == (3, 4096)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"<report/>", "report"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- c -->\n<x:Document a="1">', "Document"),
        ("<\u200b<r>".encode("utf-16"), "r"),
        (b"\0<\0r\0>", "r"),
        (b"a,b\n<r>", ""),
        (b"", ""),
        (b"\xff", ""),
    ],
)
def test_the_root_of_a_beginning(head: bytes, expected: str) -> None:
    assert root(opening(head)) == expected


def test_rows_are_numbered_in_their_order() -> None:
    items = [Row({"x": "1"}, (0, 1)), Fault(1, b"", "c", "r"), PassedOver("things"), Row({}, (2, 1))]
    whole = list(numbered(iter(items), ("x",), 10))
    small = list(numbered(iter(items), ("x",), 1))
    assert [rows.read for rows in whole] == [3]
    assert [rows.read for rows in small] == [1, 1, 1]
    assert whole[0].table.to_pylist() == [row for rows in small for row in rows.table.to_pylist()]
    assert [row["_line"] for row in whole[0].table.to_pylist()] == [1, 3]
    assert whole[0].unreadable[0].line == 2
    assert [dict(rows.passed_over) for rows in (*whole, small[2])] == [{"things": 1}, {"things": 1}]


_pieces = st.sampled_from(
    ["<r>", "</r>", "<a>", "</a>", "<a/>", "<b x='>'>", "</b>", "<!--", "-->", "<![CDATA[", "]]>", "&lt;", "&x;", "t"]
) | st.text(max_size=3)


@settings(max_examples=200, deadline=None)
@given(st.lists(_pieces, max_size=30).map("".join), st.integers(1, 20))
def test_any_text_gives_records_and_at_most_one_rest(text: str, block_bytes: int) -> None:
    content = f"<r>{text}</r>".encode("utf-8", "surrogatepass")
    found, faults = read(content, block_bytes)
    assert len(faults) <= 1
    assert read(content)[1][:1] == faults or faults[0].offset <= len(content)
    ends = 0
    for record in found:
        piece = content[record.offset : record.offset + record.length]
        assert piece.startswith(b"<a")
        assert piece.endswith(b">")
        assert record.offset >= ends
        ends = record.offset + record.length
    if faults:
        assert faults[0].offset >= ends
        assert content[faults[0].offset :].startswith(faults[0].raw)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    found, faults = read(content)
    assert len(faults) <= 1
    for fault in faults:
        assert content[fault.offset :].startswith(fault.raw)
    assert not found or content.count(b"<") > 0
