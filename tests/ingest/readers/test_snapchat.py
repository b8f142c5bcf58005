"""Addresses of a return of Snapchat: sections by name, odd lines kept, legends left out."""

from __future__ import annotations

import io
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import read, said

from linkgraph.errors import LinkgraphError, UsageError
from linkgraph.ingest.readers import lines
from linkgraph.ingest.readers.snapchat import NO_ADDRESSES, SnapchatIPs

READER = SnapchatIPs(account="amber")
TOP = b"A legend\n=====\n"
HEADER = b"ip,type,timestamp\n"
ROW = b"193.0.6.139,LOGIN,2026-04-11 04:02:00 UTC"
SAID = {"account": "amber", "ip": "193.0.6.139", "time": "2026-04-11 04:02:00 UTC", "event": "LOGIN"}


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        (HEADER, ROW, {}),
        (HEADER, ROW + b"\r", {}),
        (b"Timestamp,IP,Type\n", b"2026-04-11 04:02:00 UTC,193.0.6.139,LOGIN", {}),
        (
            HEADER,
            ROW.replace(b"2026-04-11 04:02:00 UTC", b"Wed Aug 19 12:00:00 UTC 2021"),
            {"time": "2021-08-19T12:00:00Z"},
        ),
        (
            HEADER,
            ROW.replace(b"2026-04-11 04:02:00 UTC", b"Wed Aug  9 12:00:00 UTC 2021"),
            {"time": "2021-08-09T12:00:00Z"},
        ),
        (HEADER, ROW.replace(b"2026-04-11 04:02:00 UTC", b"later"), {"time": "later"}),
        (
            b"first seen time,last_seen_time,ip,asn\n",
            b"2026-04-11 04:02:00 UTC,2026-04-11 05:00:00 UTC,193.0.6.139,3333",
            {"until": "2026-04-11 05:00:00 UTC", "event": None},
        ),
        (b"username,ip,type,timestamp\n", b"blue," + ROW, {"account": "blue"}),
        (b"ip,type,timestamp,source_port\n", ROW + b",50022", {"port": "50022"}),
        (HEADER, b'"193.0.6.139","LOG,IN",2026-04-11 04:02:00 UTC', {"event": "LOG,IN"}),
        (HEADER, b",LOGIN,", {"ip": None, "time": None}),
    ],
)
def test_rows(header, row, expected):
    whole = read(READER, TOP + header + row)
    assert whole.unreadable == []
    [found] = whole.rows
    assert said(found) == {name: value for name, value in (SAID | expected).items() if value is not None}
    assert (found["_line"], found["_length"]) == (4, len(row.rstrip(b"\r")))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"193.0.6.139,LOGIN", "snapchat-row"),
        (b"x", "snapchat-row"),
        (ROW + b",more", "snapchat-row"),
        (b'"' + ROW, "snapchat-row"),
        (ROW.replace(b"LOGIN", b"\0"), "nul-byte"),
        (ROW.replace(b"LOGIN", b"\xff"), "invalid-utf-8"),
    ],
)
def test_an_odd_line_is_kept(line, code):
    for end in (b"\n" + ROW, b"\n", b""):
        whole = read(READER, TOP + HEADER + ROW + b"\n" + line + end)
        assert whole.column("_line") == ([4, 6] if end.endswith(ROW) else [4])
        assert whole.faults == [(5, code)]


def test_odd_lines_before_a_ruler_are_a_legend():
    legend = b'"ip, type and time,\nof, all, logins"\n'
    content = TOP + HEADER + ROW + b"\n\n" + legend + b'"===="\n' + HEADER + ROW + b"\n"
    whole = read(READER, content)
    assert (whole.column("_line"), whole.unreadable) == ([4, 10], [])


def test_many_odd_lines_are_no_legend():
    content = TOP + HEADER + b"odd\n" * 600 + b"====\n" + HEADER + ROW
    whole = read(READER, content)
    assert whole.faults == [(line, "snapchat-row") for line in range(4, 505)]
    assert whole.column("_line") == [606]


def test_sections_without_addresses_are_counted():
    whole = read(READER, TOP + b"device,os\nphone,17\nphone,18\n")
    assert (whole.rows, whole.unreadable, dict(whole.passed_over)) == ([], [], {NO_ADDRESSES: 2})


@pytest.mark.parametrize(
    ("legend", "account"),
    [
        (b"Target username: amber_fox\n", "amber_fox"),
        (b'"Target Username","amber_fox"\n', "amber_fox"),
        (b"Account username = amber_fox\n", "amber_fox"),
    ],
)
def test_a_legend_may_name_the_account(legend, account):
    assert read(SnapchatIPs(), legend + TOP + HEADER + ROW).column("account") == [account]
    assert read(READER, legend + TOP + HEADER + ROW).column("account") == ["amber"]


@pytest.mark.parametrize("legend", [b"", b"username: the name of the account\n", b"Target username:\n"])
def test_the_account_is_asked_for(legend):
    with pytest.raises(UsageError, match="--account"):
        read(SnapchatIPs(), legend + TOP + HEADER + ROW)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (TOP + HEADER, True),
        (TOP + b"\r\n" + HEADER + ROW, True),
        (b"====\nfirst_seen_time,ip\n", True),
        (TOP + b"device,os\nphone,17\n", False),
        (HEADER + ROW, False),
        (b"====\n", False),
        (b"", False),
    ],
)
def test_recognition(head, expected):
    assert SnapchatIPs().recognises(head) is expected


_pieces = st.sampled_from([TOP, HEADER, ROW, b"====", b"x,y", b"\n", b"\r\n", b'"', b",", b"\0", b"\xff", b" "])


@settings(max_examples=200, deadline=None)
@given(st.lists(_pieces, max_size=25).map(b"".join))
def test_every_line_behind_a_header_is_accounted_for(content):
    whole = read(READER, content)
    small = read(READER, content, batch_rows=2)
    assert (small.rows, small.unreadable, small.passed_over) == (whole.rows, whole.unreadable, whole.passed_over)
    whole = read(READER, TOP + HEADER + content.replace(b"=", b"x") + b"\n")
    due = [line for line in lines.iterate(io.BytesIO(content.replace(b"=", b"x"))) if line.raw.strip(b" \t\r")]
    assert whole.accounted == len(due)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_get_an_answer(content):
    for reader in (READER, SnapchatIPs()):
        with suppress(LinkgraphError):
            read(reader, TOP + HEADER + content)
