"""Logins of a return of Kik: every line is a login or is kept."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import read, said

from linkgraph.ingest.readers import lines
from linkgraph.ingest.readers.kik import KikBind

LOGIN = b"1767607200000\tamber\t193.0.6.139\t50022\t1767607200000\tios"
SAID = {"account": "amber", "ip": "193.0.6.139", "port": "50022", "time": "2026-01-05T10:00:00.000Z", "event": "ios"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (LOGIN, {}),
        (LOGIN + b"\r", {}),
        (LOGIN.removesuffix(b"\tios"), {"event": None}),
        (LOGIN + b"\tmore", {"event": "ios\tmore"}),
        (LOGIN.replace(b"50022", b""), {"port": None}),
        (LOGIN.replace(b"\t1767607200000", b"\t1767607200"), {}),
        (LOGIN.replace(b"\t1767607200000", b"\t1767607200123"), {"time": "2026-01-05T10:00:00.123Z"}),
        (LOGIN.replace(b"\t1767607200000", b"\t2026-01-05T11:00:00+01:00"), {"time": "2026-01-05T11:00:00+01:00"}),
        (LOGIN.replace(b"\t1767607200000", b"\tsoon"), {"time": "soon"}),
        (LOGIN.replace(b"\t1767607200000", b"\t"), {"time": None}),
        (LOGIN.replace(b"ios", rb"caf\xc3\xa9"), {"event": "café"}),
        (LOGIN.replace(b"ios", rb"caf\xc3"), {"event": r"caf\xc3"}),
        (LOGIN.replace(b"ios", "cafÃ©".encode()), {"event": "café"}),
        (LOGIN.replace(b"ios", "café".encode()), {"event": "café"}),
        (LOGIN.replace(b"ios", "Ж é".encode()), {"event": "Ж é"}),
    ],
)
def test_logins(line, expected):
    whole = read(KikBind(), line)
    assert whole.unreadable == []
    [row] = whole.rows
    assert said(row) == {name: value for name, value in (SAID | expected).items() if value is not None}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"x", "kik-short-row"),
        (b"a\tb\tc\td", "kik-short-row"),
        (LOGIN.replace(b"amber", b"am\0ber"), "nul-byte"),
        (LOGIN.replace(b"amber", b"am\xffber"), "invalid-utf-8"),
    ],
)
def test_other_lines_are_kept(line, code):
    whole = read(KikBind(), LOGIN + b"\n\n" + line + b"\n" + LOGIN)
    assert whole.column("_line") == [1, 4]
    assert whole.faults == [(3, code)]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (LOGIN, True),
        (LOGIN + b"\n" + LOGIN[:20], True),
        (LOGIN + b"\nshort\n" + LOGIN + b"\n", True),
        (b"id\tuser\tip\tport\ttime\n1\tamber\t193.0.6.139\t5\t2026-01-05\n", False),
        (b"amber\t193.0.6.139\t5\t2026-01-05 10:00:00\n", False),
        (b"", False),
    ],
)
def test_recognition(head, expected):
    assert KikBind().recognises(head) is expected


_pieces = st.sampled_from(
    [LOGIN, b"\n", b"\r\n", b"\t", b"\\xc3", b"\xc3\x83", b"\0", b"\xff", b"1" * 13, b"9" * 13, b" "]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_pieces | st.binary(max_size=5), max_size=25).map(b"".join))
def test_every_line_is_accounted_for(content):
    whole = read(KikBind(), content)
    small = read(KikBind(), content, batch_rows=2)
    assert (small.rows, small.unreadable) == (whole.rows, whole.unreadable)
    assert whole.accounted == sum(1 for line in lines.iterate(io.BytesIO(content)) if line.raw)
