"""RADIUS accounting: every record is a row for each address, unreadable, or counted."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import read, said

from linkgraph.ingest.readers import lines
from linkgraph.ingest.readers.radius import NO_ADDRESS, OTHER_TYPES, RadiusDetail
from linkgraph.ingest.readers.rows import MAX_LINE_BYTES

HEAD = "Mon Jan  5 11:00:05 2026\n"


def record(**attributes: str) -> bytes:
    """Give a record; ``Framed_IP_Address=`` is Framed-IP-Address."""
    whole = {
        "Acct_Status_Type": "Stop",
        "User_Name": '"amber"',
        "Framed_IP_Address": "193.0.6.139",
        "Timestamp": "1767610800",
    } | attributes
    lines_ = (f"\t{name.replace('_', '-')} = {value}\n" for name, value in whole.items() if value)
    return (HEAD + "".join(lines_)).encode()


BASE = {"account": "amber", "ip": "193.0.6.139", "time": "1767610800", "event": "stop"}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, {}),
        ({"Acct_Status_Type": "Start", "Acct_Session_Time": "60"}, {"event": "start"}),
        ({"Acct_Status_Type": "1"}, {"event": "start"}),
        ({"Acct_Status_Type": "Alive"}, {"event": "interim-update"}),
        ({"Acct_Delay_Time": "5"}, {"time": "1767610795"}),
        ({"Acct_Session_Time": "3600"}, {"time": "1767607200", "until": "1767610800"}),
        ({"Acct_Session_Time": "0"}, {"time": "1767610800", "until": "1767610800"}),
        (
            {"Acct_Session_Time": "3600", "Acct_Delay_Time": "5"},
            {"time": "1767607195", "until": "1767610795"},
        ),
        ({"Event_Timestamp": '"Jan  5 2026 11:00:00 CET"'}, {}),
        ({"Timestamp": "", "Event_Timestamp": "1767610800", "Acct_Delay_Time": "5"}, {}),
        ({"Timestamp": "", "Event_Timestamp": '"Jan  5 2026 11:00:00 UTC"'}, {}),
        ({"User_Name": ""}, {"account": None}),
        ({"User_Name": "amber"}, {}),
        ({"User_Name": r'"DOM\\amber"'}, {"account": "DOM\\amber"}),
        ({"User_Name": r'"caf\303\251"'}, {"account": "café"}),
        ({"User_Name": r'"caf\303"'}, {"account": r"caf\303"}),
        ({"Calling_Station_Id": '"491511234"'}, {"calling_station": "491511234"}),
        ({"Acct_Session_Id": '"A1"'}, {"session": "A1"}),
        ({"Acct_Session_Id": '"A1"', "NAS_IP_Address": "10.0.0.1"}, {"session": "10.0.0.1/A1"}),
        (
            {"Acct_Session_Id": '"A1"', "NAS_IP_Address": "10.0.0.1", "NAS_Identifier": '"b"'},
            {"session": "b/A1"},
        ),
        ({"Framed_IPv6_Prefix": "2a00:1450:1::/64"}, {"prefix": "2a00:1450:1::/64"}),
        ({"Framed_IP_Address": "", "Framed_IPv6_Prefix": "2a00:1450::1/128"}, {"ip": "2a00:1450::1"}),
        ({"Vendor_Thing": "anything = at all"}, {}),
    ],
)
def test_records(attributes, expected):
    whole = read(RadiusDetail(), record(**attributes))
    assert whole.unreadable == []
    [row] = whole.rows
    assert said(row) == {name: value for name, value in (BASE | expected).items() if value is not None}


@pytest.mark.parametrize(
    ("attributes", "what"),
    [
        ({"Acct_Status_Type": "Accounting-On"}, OTHER_TYPES),
        ({"Acct_Status_Type": "7"}, OTHER_TYPES),
        ({"Acct_Status_Type": ""}, OTHER_TYPES),
        ({"Framed_IP_Address": ""}, NO_ADDRESS),
        ({"Framed_IP_Address": "255.255.255.254"}, NO_ADDRESS),
        ({"Framed_IP_Address": "", "Framed_IPv6_Prefix": "2a00:1450:1::/64"}, NO_ADDRESS),
    ],
)
def test_what_is_no_row_is_counted(attributes, what):
    whole = read(RadiusDetail(), record(**attributes))
    assert (whole.rows, whole.unreadable, dict(whole.passed_over)) == ([], [], {what: 1})


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (record(Timestamp=""), "radius-no-time"),
        (record(Timestamp="", Event_Timestamp='"Jan  5 2026 11:00:00 CET"'), "radius-no-time"),
        (record(Timestamp="", Event_Timestamp='"Jan 32 2026 11:00:00 UTC"'), "radius-no-time"),
        (record(Timestamp="soon"), "radius-number"),
        (record(Acct_Delay_Time="-1"), "radius-number"),
        (record(Acct_Session_Time="99999999999"), "radius-number"),
        (record() + b"\tUser-Name = blue\n", "radius-twice"),
        (record() + b"\tno attribute\n", "radius-attribute"),
        (record() + b"".join(b"\tFramed-IPv6-Address = 2a00::%x\n" % n for n in range(100)), "radius-many"),
        (record(User_Name="a\0b"), "nul-byte"),
        (record().replace(b"amber", b"am\xffber"), "invalid-utf-8"),
        (record(User_Name='"' + "x" * MAX_LINE_BYTES + '"'), "radius-too-long"),
        (b"a line alone\n", "radius-record"),
        (b"\tUser-Name = amber\n\tTimestamp = 1\n", "radius-record"),
    ],
)
def test_a_record_that_cannot_be_read_costs_itself_alone(content, code):
    whole = read(RadiusDetail(), record() + b"\n" + content + b"\n\n" + record())
    assert [said(row) for row in whole.rows] == [BASE, BASE]
    assert whole.faults == [(7, code)]


def test_a_record_needs_no_blank_line_before_the_next():
    whole = read(RadiusDetail(), record() + record() + b"\r\n")
    assert whole.column("_line") == [1, 6]


def test_every_address_is_a_row():
    content = (
        record(
            Framed_IPv6_Address="2a00:1450::1",
            Framed_IPv6_Prefix="2a00:1450:1::/64",
            Delegated_IPv6_Prefix="2a00:1450:2::/56",
        )
        + b"\tFramed-IPv6-Address = 2a00:1450::2\n\tFramed-IPv6-Address = 2a00:1450::1\n"
    )
    whole = read(RadiusDetail(), b"\n" + content)
    assert whole.column("ip") == ["193.0.6.139", "2a00:1450::1", "2a00:1450::2"]
    assert whole.column("_line") == [2, 7, 10]
    assert set(whole.column("_offset")) == {1}
    assert set(whole.column("_length")) == {len(content) - 1}
    assert set(whole.column("prefix")) == {"2a00:1450:1::/64 2a00:1450:2::/56"}


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (record(), True),
        (record() * 3 + record()[:40], True),
        (record(Acct_Status_Type=""), False),
        (b"\tAcct-Status-Type = Start\n", False),
        (b"Acct-Status-Type = Start\nb\nc\n", False),
        (b"", False),
        (b"x\n" + b"\ta = b = c\n" * 2000, False),
    ],
)
def test_recognition(head, expected):
    assert RadiusDetail().recognises(head) is expected


_pieces = st.sampled_from(
    [
        record(),
        HEAD.encode(),
        b"\tAcct-Status-Type = Start\n",
        b"\tFramed-IP-Address = 1.2.3.4\n",
        b"\tTimestamp = 1767610800\n",
        b"\tFramed-IPv6-Address = ::1\n",
        b"\n",
        b"\r\n",
        b"\t",
        b"x",
        b"\0",
        b"\xff",
        b'"',
        b"\\",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_pieces, max_size=25).map(b"".join))
def test_every_record_is_accounted_for(content):
    whole = read(RadiusDetail(), content)
    small = read(RadiusDetail(), content, batch_rows=2)
    assert (small.rows, small.unreadable, small.passed_over) == (whole.rows, whole.unreadable, whole.passed_over)
    records, inside = 0, False
    for line in lines.iterate(io.BytesIO(content)):
        blank = not line.raw.strip(b" \t\r")
        records += not blank and (not inside or line.raw[:1] not in b" \t")
        inside = not blank
    spans = {(row["_offset"], row["_length"]) for row in whole.rows}
    assert len(spans) + len(whole.unreadable) + whole.passed_over.total() == records


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_get_an_answer(content):
    read(RadiusDetail(), content)
    read(RadiusDetail(), record() + b"\t" + content)
