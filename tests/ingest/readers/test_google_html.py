"""Subscriber information of Google: lines with labels, and the table of addresses."""

from __future__ import annotations

from pathlib import Path

import pytest
import reading
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.ingest.readers.google_html import GoogleHTML
from linkgraph.ingest.readers.rows import Unreadable

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "google_html"
PLACES = ("_line", "_offset", "_length")


def read(
    page: bytes, batch_rows: int = 500_000, block_bytes: int = 1 << 18
) -> tuple[list[dict[str, object]], list[Unreadable], dict[str, int]]:
    whole = reading.read(GoogleHTML(block_bytes=block_bytes), page, batch_rows=batch_rows)
    assert whole.numbers == list(range(1, len(whole.rows) + len(whole.unreadable) + 1))
    return whole.rows, whole.unreadable, dict(whole.passed_over)


def said(page: str) -> list[dict[str, object]]:
    rows, unreadable, _ = read(page.encode())
    assert unreadable == []
    left_out = (*PLACES, "service")
    return [{name: value for name, value in row.items() if value is not None and name not in left_out} for row in rows]


def test_a_page() -> None:
    page = (FIXTURES / "amber.SubscriberInfo.html").read_bytes()
    assert GoogleHTML().recognises(page)
    rows, unreadable, passed_over = read(page)
    assert unreadable == []
    assert passed_over == {"lines about other matters": 6}
    assert {(row["account"], row["service"]) for row in rows} == {("100000000001", "google")}
    assert [(row["email"], row["note"]) for row in rows if row["email"]] == [
        ("amber@example.org", None),
        ("amber.two@example.org", "alternate"),
        ("amber.three@example.org", "alternate"),
        ("amber@example.org", "contact"),
    ]
    assert [(row["phone"], row["note"]) for row in rows if row["phone"]] == [
        ("+447700900123", "recovery"),
        ("+447700900123", None),
        ("+447700900124", "2-step verification"),
    ]
    assert [(row["time"], row["ip"], row["event"], row["note"]) for row in rows if row["time"] or row["ip"]] == [
        ("2019-11-15 11:20:33 Z", None, "created", None),
        (None, "193.0.6.139", "terms of service", None),
        ("2026-01-05 10:00:00 Z", "193.0.6.139", "Login", "Raw User Agents: Mozilla/5.0 (X)"),
        ("2026-01-05 11:00:00 Z", "2001:67c:2e8:22::c100:68b", "Logout", "Android ID: abc"),
    ]
    for row in rows:
        offset, length = row["_offset"], row["_length"]
        assert isinstance(offset, int)
        assert isinstance(length, int)
        span = page[offset : offset + length]
        assert all(str(row[name]).encode() in span for name in ("ip", "time", "email", "phone") if row[name])


def test_a_hostile_page() -> None:
    rows, unreadable, _ = read((FIXTURES / "hostile.SubscriberInfo.html").read_bytes())
    assert [row["ip"] for row in rows if row["time"]][1:] == [
        "193.0.6.139",
        "2001:67c:2e8:22::c100:68b",
        "010.0.0.1",
        "193.0.6.140",
    ]
    assert [(fault.line, fault.code) for fault in unreadable] == [(15, "google-row"), (17, "nul-byte")]


def test_small_batches_and_blocks_give_the_same_rows() -> None:
    for name in ("amber.SubscriberInfo.html", "hostile.SubscriberInfo.html"):
        page = (FIXTURES / name).read_bytes()
        assert read(page, batch_rows=2, block_bytes=13) == read(page)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<li>e-Mail: a@example.org</li>", [{"email": "a@example.org"}]),
        ("<li><b>e-Mail</b> : <a href='x'>a@example.org</a></li>", [{"email": "a@example.org"}]),
        (
            "<li>e-Mail:<ul><li>a@example.org</li><li>b@example.org</li></ul></li>",
            [{"email": "a@example.org"}, {"email": "b@example.org"}],
        ),
        ("<div>e-Mail:</div><div>a@example.org</div>", [{"email": "a@example.org"}]),
        ("<li>Name: </li><li>Enabled</li>", []),
        ("<li>Name:</li></ul><h2>OTHER</h2><p>x</p>", []),
        ("<li>Status: Enabled</li>", []),
        ("<table><tr><td>Time</td><td>IP</td></tr><tr><td>1</td><td>2</td></tr></table>", [{"time": "1", "ip": "2"}]),
        ("<table><tr><td>Device</td></tr><tr><td>1</td></tr></table>", []),
        (
            "<li>e-Mail: a@example.org</li><li>Google Account ID: 7</li>",
            [{"account": "7", "email": "a@example.org"}, {"account": "7"}],
        ),
    ],
)
def test_lines_and_tables(page: str, expected: list[dict[str, object]]) -> None:
    assert said(page) == expected


def test_a_row_of_endless_cells_is_refused_without_being_held() -> None:
    row = "<tr><td>2026-01-01T00:00:00Z</td><td>193.0.6.139</td></tr>"
    long = "<tr><td>x</td>" + f"<td>{'x' * 60_000}</td>" * 20 + "</tr>"
    page = f"<p>Google Account ID: 1</p><table><tr><th>Timestamp</th><th>IP Address</th></tr>{long}{row}</table>"
    rows, (fault,), _ = read(page.encode())
    assert [row["ip"] for row in rows] == [None, "193.0.6.139"]
    assert (fault.code, fault.raw) == ("google-row", b"x")


def test_a_table_that_was_cut_off() -> None:
    page = b"<table><tr><td>Time</td><td>IP</td></tr><tr><td>1</td><td>193.0.6.13</td>"
    rows, unreadable, _ = read(page)
    assert rows == []
    assert [fault.code for fault in unreadable] == ["html-cut-off"]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"<h2>GOOGLE SUBSCRIBER INFORMATION</h2>", True),
        (b"<li><b>Google Account ID</b>: 7</li>", True),
        (b"google account id,ip\n7,193.0.6.139\n", False),
        (b"", False),
    ],
)
def test_recognition(head: bytes, expected: bool) -> None:
    assert GoogleHTML().recognises(head) is expected


_parts = st.sampled_from(
    [
        b"<table>",
        b"</table>",
        b"<tr>",
        b"</tr>",
        b"<td>",
        b"<th>",
        b"Time",
        b"IP",
        b"e-Mail: ",
        b"<li>",
        b"</li>",
        b"Google Account ID: 7",
        b"\xff",
        b"\0",
        b"<",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_parts | st.binary(max_size=3), max_size=40).map(b"".join), st.integers(1, 30), st.integers(1, 4))
def test_any_page_is_read_and_numbered(page: bytes, block_bytes: int, batch_rows: int) -> None:
    rows, unreadable, passed_over = read(page)
    assert read(page, batch_rows, block_bytes) == (rows, unreadable, passed_over)
