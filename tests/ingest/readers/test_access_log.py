"""Access logs: every line is an entry or is kept with its place and bytes."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.ingest.readers import lines
from linkgraph.ingest.readers.access_log import COLUMNS, AccessLog
from linkgraph.ingest.readers.rows import MAX_LINE_BYTES, Unreadable

COMMON = b'192.0.2.1 - - [25/Oct/2015:04:11:25 +0100] "GET /a?b=1 HTTP/1.1" 200 24323'
COMBINED = COMMON + b' "http://example.org/" "Mozilla/5.0 (X)"'


def read(content: bytes, **options: int) -> tuple[list[dict[str, object]], list[Unreadable]]:
    rows: list[dict[str, object]] = []
    unreadable: list[Unreadable] = []
    reader = AccessLog(block_bytes=options.get("block_bytes", 1 << 20))
    for batch in reader.read(io.BytesIO(content), batch_rows=options.get("batch_rows", 500_000)):
        assert batch.table.column_names == [*COLUMNS, "_line", "_offset", "_length"]
        assert batch.read == batch.table.num_rows + len(batch.unreadable)
        rows += batch.table.to_pylist()
        unreadable += batch.unreadable
    return rows, unreadable


def test_a_combined_entry() -> None:
    rows, unreadable = read(COMBINED + b"\n")
    assert unreadable == []
    assert rows == [
        {
            "host": None,
            "ip": "192.0.2.1",
            "ident": None,
            "user": None,
            "time": "25/Oct/2015:04:11:25 +0100",
            "method": "GET",
            "target": "/a?b=1",
            "protocol": "HTTP/1.1",
            "status": "200",
            "bytes": "24323",
            "referer": "http://example.org/",
            "user_agent": "Mozilla/5.0 (X)",
            "_line": 1,
            "_offset": 0,
            "_length": len(COMBINED),
        }
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (COMMON, {"status": "200", "referer": None, "user_agent": None}),
        (COMMON.replace(b" - - ", b" id john doe "), {"ident": "id", "user": "john doe"}),
        (COMMON.replace(b"24323", b"-"), {"bytes": None}),
        (COMBINED.replace(b"192.0.2.1", b"2001:db8::1"), {"ip": "2001:db8::1"}),
        (COMBINED.replace(b"(X)", b'(\\"X\\")'), {"user_agent": 'Mozilla/5.0 (\\"X\\")'}),
        (COMBINED.replace(b"/a?b=1", b'/\\"'), {"target": '/\\"'}),
        (COMBINED.replace(b"/a?b=1", b"/a b"), {"target": "/a b", "protocol": "HTTP/1.1"}),
        (COMBINED.replace(b"GET /a?b=1 HTTP/1.1", b"\\x16\\x03\\x01"), {"method": None, "target": None}),
        (COMBINED.replace(b"GET /a?b=1 HTTP/1.1", b"-"), {"method": None, "target": None, "protocol": None}),
        (COMBINED.replace(b"GET /a?b=1 HTTP/1.1", b""), {"method": None, "target": None, "protocol": None}),
        (COMBINED.replace(b"GET /a?b=1 HTTP/1.1", b"GET /old"), {"method": None, "target": None}),
        (b"www.example.org:443 " + COMBINED, {"host": "www.example.org:443", "ip": "192.0.2.1", "user": None}),
        (b"www.example.org:80 2001:db8::1 - bob" + COMMON[13:], {"ip": "2001:db8::1", "user": "bob"}),
        (b"192.0.2.1:50022" + COMMON[9:], {"host": None, "ip": "192.0.2.1:50022"}),
        (b"10.0.0.1, " + COMMON, {"host": None, "ip": "10.0.0.1, 192.0.2.1", "ident": None, "user": None}),
        (b"10.0.0.1,10.0.0.2,2001:db8::1 - bob" + COMMON[13:], {"ip": "10.0.0.1,10.0.0.2,2001:db8::1", "user": "bob"}),
        (COMBINED + b' "192.0.2.7" 0.003', {"user_agent": "Mozilla/5.0 (X)"}),
        (COMBINED.replace(b"Mozilla", "ü\u202e".encode()), {"user_agent": "ü\u202e/5.0 (X)"}),
        (COMBINED.replace(b"http://example.org/", b"-"), {"referer": None}),
    ],
)
def test_entries(line: bytes, expected: dict[str, str | None]) -> None:
    (row,), unreadable = read(line)
    assert unreadable == []
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"rubbish", "access-log-entry"),
        (b" ", "access-log-entry"),
        (COMBINED[:-1], "access-log-entry"),
        (COMBINED.replace(b'"GET', b"GET"), "access-log-entry"),
        (COMBINED.replace(b" 200 ", b" OK "), "access-log-entry"),
        (COMBINED.replace(b"Mozilla", b"Moz\0illa"), "nul-byte"),
        (COMBINED.replace(b"Mozilla", b"Moz\xffilla"), "invalid-utf-8"),
    ],
)
def test_a_line_that_is_no_entry_is_kept_and_costs_itself_alone(line: bytes, code: str) -> None:
    content = COMBINED + b"\r\n" + line + b"\n" + COMMON
    rows, unreadable = read(content)
    assert [(row["_line"], row["_offset"], row["_length"]) for row in rows] == [
        (1, 0, len(COMBINED)),
        (3, len(COMBINED) + 2 + len(line) + 1, len(COMMON)),
    ]
    (fault,) = unreadable
    assert (fault.line, fault.offset, fault.raw, fault.code) == (2, len(COMBINED) + 2, line, code)


@pytest.mark.parametrize("length", [MAX_LINE_BYTES, MAX_LINE_BYTES + 1, 3 * MAX_LINE_BYTES])
@pytest.mark.parametrize("block_bytes", [1 << 16, 1 << 22])
def test_a_long_line_is_passed_over(length: int, block_bytes: int) -> None:
    content = COMMON + b"\n" + b"z" * length + b"\r\n" + COMMON + b"\n\n" + COMMON
    rows, unreadable = read(content, block_bytes=block_bytes)
    assert [row["_line"] for row in rows] == [1, 3, 5]
    for row in rows:
        offset = row["_offset"]
        assert isinstance(offset, int)
        assert content[offset:].startswith(COMMON)
    (fault,) = unreadable
    assert (fault.line, fault.offset) == (2, len(COMMON) + 1)
    if length > MAX_LINE_BYTES:
        assert (fault.code, fault.raw) == ("line-too-long", b"z" * 4096)
    else:
        assert (fault.code, fault.raw) == ("access-log-entry", b"z" * length)


def test_blank_lines_are_no_rows_and_a_byte_order_mark_is_no_text() -> None:
    rows, unreadable = read(b"\xef\xbb\xbf" + COMMON + b"\n\n\r\n" + COMMON)
    assert unreadable == []
    assert [(row["ip"], row["_line"], row["_offset"]) for row in rows] == [
        ("192.0.2.1", 1, 3),
        ("192.0.2.1", 4, len(COMMON) + 7),
    ]
    assert read(b"") == ([], [])


def test_small_batches_and_blocks_give_the_same_rows() -> None:
    content = b"\n".join([COMBINED, b"x", COMMON, b"", b"\xff", COMBINED] * 5)
    whole = read(content)
    assert read(content, batch_rows=2) == whole
    assert read(content, block_bytes=7) == whole


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (COMBINED + b"\n" + COMMON[:20], True),
        (COMMON, True),
        (COMMON + b"\nx\n" + COMMON + b"\n", True),
        (b"ip,time\n192.0.2.1,2026-01-01\n", False),
        (b"", False),
        (b"\n\n", False),
        (b"\xff\xfe\0", False),
    ],
)
def test_recognition(head: bytes, expected: bool) -> None:
    assert AccessLog().recognises(head) is expected


_pieces = st.sampled_from([COMMON, COMBINED, b"\n", b"\r\n", b"\r", b"\0", b"\xff", b'"', b"\\", b"x", b" ", b""])


@settings(max_examples=150, deadline=None)
@given(st.lists(_pieces, max_size=25).map(b"".join), st.integers(1, 200))
def test_every_line_is_accounted_for(content: bytes, block_bytes: int) -> None:
    rows, unreadable = read(content, block_bytes=block_bytes)
    expected = [line for line in lines.iterate(io.BytesIO(content)) if line.raw]
    found = sorted(
        [(row["_line"], row["_offset"], row["_length"]) for row in rows]
        + [(fault.line, fault.offset, len(fault.raw)) for fault in unreadable],
        key=str,
    )
    assert found == sorted([(line.number, line.offset, len(line.raw)) for line in expected], key=str)
    for line in expected:
        assert content[line.offset : line.offset + len(line.raw)] == line.raw
    assert b"\n".join(line.raw for line in lines.iterate(io.BytesIO(content))) == (
        content.replace(b"\r\n", b"\n").removesuffix(b"\n").removesuffix(b"\r")
        if content.endswith(b"\r") and not content.endswith(b"\n")
        else content.replace(b"\r\n", b"\n").removesuffix(b"\n")
    )


def test_every_line_of_a_real_log_is_an_entry(published: Path) -> None:
    content = (published / "weblog" / "hackers-access.log").read_bytes()
    assert AccessLog().recognises(content[: 1 << 16])
    rows, unreadable = read(content)
    assert unreadable == []
    assert len(rows) == 3456
    assert [row["_line"] for row in rows] == list(range(1, 3457))
    assert len({row["ip"] for row in rows}) == 520
