"""W3C extended logs: what the directives say holds for the lines behind them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imported import FIXTURES
from reading import read

from linkgraph.ingest.readers import SPECIAL, lines
from linkgraph.ingest.readers.w3c_log import W3CLog

FIELDS = b"#Fields: date time c-ip cs-username cs-uri-stem cs-uri-query sc-status cs(User-Agent)\n"
ENTRY = b"2026-01-05 10:00:00 193.0.6.139 - /a x=1 200 Mozilla/5.0+(X)"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (ENTRY, {"ip": "193.0.6.139", "target": "/a?x=1", "status": "200", "user_agent": "Mozilla/5.0 (X)"}),
        (ENTRY.replace(b"x=1", b"-"), {"target": "/a"}),
        (ENTRY.replace(b"x=1", b"a+b"), {"target": "/a?a+b"}),
        (ENTRY.replace(b" ", b"\t"), {"ip": "193.0.6.139", "target": "/a?x=1"}),
        (ENTRY.replace(b" ", b"  "), {"ip": "193.0.6.139", "target": "/a?x=1"}),
        (ENTRY.replace(b"193.0.6.139", b"2a00:1450::1"), {"ip": "2a00:1450::1"}),
        (ENTRY.replace(b" - ", b' "amber ""fox""" '), {"user": 'amber "fox"'}),
        (ENTRY.replace(b"x=1", b'"x'), {"target": '/a?"x'}),
        (ENTRY.replace(b"x=1", b'x="1"'), {"target": '/a?x="1"'}),
        (ENTRY + b"\r", {"user_agent": "Mozilla/5.0 (X)"}),
        (ENTRY.replace(b"10:00:00", b"-"), {"ip": "193.0.6.139"}),
    ],
)
def test_entries(line, expected):
    whole = read(W3CLog(), FIELDS + line)
    assert whole.unreadable == []
    [row] = whole.rows
    assert {name: row[name] for name in expected} == expected
    assert row["time"] == (None if b" - 193" in line else "2026-01-05T10:00:00Z")
    assert (row["_line"], row["_offset"], row["_length"]) == (2, len(FIELDS), len(line.rstrip(b"\r")))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"rubbish", "w3c-width"),
        (ENTRY + b" more", "w3c-width"),
        (ENTRY.rpartition(b" ")[0], "w3c-width"),
        (b" ", "w3c-width"),
        (ENTRY.replace(b"/a", b"/\0"), "nul-byte"),
        (ENTRY.replace(b"/a", b"/\xff"), "invalid-utf-8"),
        (b"x" * ((1 << 20) + 1), "line-too-long"),
    ],
)
def test_a_line_that_is_no_entry_costs_itself_alone(line, code):
    whole = read(W3CLog(), FIELDS + ENTRY + b"\n" + line + b"\n" + ENTRY)
    assert whole.column("_line") == [2, 4]
    assert whole.faults == [(3, code)]


def test_fields_may_change():
    content = (
        b"1 2\n" + FIELDS + ENTRY + b"\n#Fields: c-ip\n193.0.6.1\n#Fields: c-ip date time\n193.0.6.2 2026-01-05 11:00\n"
    )
    whole = read(W3CLog(), content)
    assert whole.faults == [(1, "w3c-no-fields")]
    assert whole.column("ip") == ["193.0.6.139", "193.0.6.1", "193.0.6.2"]
    assert whole.column("time") == ["2026-01-05T10:00:00Z", None, "2026-01-05T11:00Z"]


def test_no_log_goes_on_for_more_days_than_a_calendar_has():
    days = 31 + 365
    content = b"#Date: 2099-12-01 00:00:00\n#Fields: time c-ip\n" + b"22:00:00 193.0.6.1\n01:00:00 193.0.6.1\n" * days
    times = read(W3CLog(), content).column("time")
    assert times[-1] == "T01:00:00Z"
    assert max(times, key=lambda time: time.rpartition("T")[0]) < "2101"
    assert times.index("T01:00:00Z") == 2 * (days - 1) + 1


def test_the_day_of_a_time_alone():
    content = b"""#Fields: time c-ip
01:00:00 193.0.6.1
#Date: 2026-01-05 20:00:00
22:00:00 193.0.6.1
21:59:59 193.0.6.1
00:00:01 193.0.6.1
03:00:00 193.0.6.1
#Date: 2026-02-01 00:00:00
02:00:00 193.0.6.1
#Date: nonsense
02:00:00 193.0.6.1
"""
    expected = [
        "T01:00:00Z",
        "2026-01-05T22:00:00Z",
        "2026-01-05T21:59:59Z",
        "2026-01-06T00:00:01Z",
        "2026-01-06T03:00:00Z",
        "2026-02-01T02:00:00Z",
        "T02:00:00Z",
    ]
    assert read(W3CLog(), content).column("time") == expected
    for block_bytes in (7, 40):
        assert read(W3CLog(block_bytes=block_bytes), content).column("time") == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"#Software: X\n" + FIELDS, True),
        (FIELDS + ENTRY, True),
        (b"\xef\xbb\xbf" + FIELDS + ENTRY, True),
        (b"#Version: 1.5\n#Time Format: Local\n#Fields: date time action protocol src-ip dst-ip src-port\n", False),
        (b"#separator \\x09\n#fields\tts\tuid\n", False),
        (b"# a comment\nd41d8cd98f00b204e9800998ecf8427e\n", False),
        (ENTRY, False),
        (b"", False),
    ],
)
def test_recognition(head, expected):
    assert W3CLog().recognises(head) is expected


_pieces = st.sampled_from(
    [
        FIELDS,
        ENTRY,
        b"#Fields: time c-ip\n",
        b"#Date: 2026-01-05 1\n",
        b"10:00 1.2.3.4",
        b"#",
        b"\n",
        b"\r\n",
        b"\0",
        b"\xff",
        b'"',
        b" ",
        b"\t",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_pieces, max_size=25).map(b"".join), st.integers(1, 200))
def test_every_line_is_accounted_for(content, block_bytes):
    import io

    whole = read(W3CLog(), content)
    small = read(W3CLog(block_bytes=block_bytes), content, batch_rows=3)
    assert (small.rows, small.unreadable) == (whole.rows, whole.unreadable)
    due = [line.number for line in lines.iterate(io.BytesIO(content)) if line.raw and not line.raw.startswith(b"#")]
    found = {row["_line"] for row in whole.rows} | {fault.line for fault in whole.unreadable}
    assert found.issuperset(due)
    assert found.issubset({line.number for line in lines.iterate(io.BytesIO(content)) if line.raw})


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_get_an_answer(content):
    for reader in SPECIAL:
        if not reader.binary:
            reader.recognises(content)
    read(W3CLog(), content)
    read(W3CLog(), FIELDS + content)


def test_no_reader_takes_the_files_of_another():
    files = {
        "w3c_log/iis.log": "w3c-log",
        "w3c_log/hostile.log": "w3c-log",
        "auth_log/auth.log": "auth-log",
        "auth_log/secure_iso.log": "auth-log",
        "auth_log/hostile.log": "auth-log",
        "radius/detail": "radius-detail",
        "radius/hostile": "radius-detail",
        "kik/bind.txt": "kik-bind",
        "kik/hostile.txt": "kik-bind",
        "snapchat/ip_data.csv": "snapchat-ip-data",
        "snapchat/hostile.csv": "snapchat-ip-data",
        "sessions/cgnat.csv": None,
        "sessions/blocks.csv": None,
    }
    for path, name in files.items():
        content = (FIXTURES / path).read_bytes()
        assert [reader.name for reader in SPECIAL if reader.recognises(content)] == ([name] if name else []), path
