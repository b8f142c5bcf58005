"""Returns of Meta: sections by their name, whatever the classes around them are called."""

from __future__ import annotations

from pathlib import Path

import pytest
import reading
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.errors import UsageError
from linkgraph.ingest.readers import html_text
from linkgraph.ingest.readers.meta_html import MetaHTML
from linkgraph.ingest.readers.rows import Unreadable

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "meta_html"
PLACES = ("_line", "_offset", "_length")


def read(
    page: bytes, batch_rows: int = 500_000, block_bytes: int = 1 << 18
) -> tuple[list[dict[str, object]], list[Unreadable], dict[str, int]]:
    whole = reading.read(MetaHTML(block_bytes=block_bytes), page, batch_rows=batch_rows)
    assert whole.numbers == list(range(1, len(whole.rows) + len(whole.unreadable) + 1))
    return whole.rows, whole.unreadable, dict(whole.passed_over)


def pair(label: str, value: str) -> str:
    return f"<div>{label}<div><div>{value}<div></div></div></div></div>"


def section(name: str, *pairs: str) -> str:
    return f'<div id="property-{name}">{"".join(pairs)}</div>'


def said(*sections: str) -> list[dict[str, object]]:
    """Give what the rows say, places and the account left out."""
    rows, unreadable, _ = read("".join(sections).encode())
    assert unreadable == []
    return [{name: value for name, value in row.items() if value is not None and name not in PLACES} for row in rows]


def test_a_return() -> None:
    page = (FIXTURES / "records.html").read_bytes()
    assert MetaHTML().recognises(page[: 1 << 16])
    rows, unreadable, passed_over = read(page)
    assert unreadable == []
    assert passed_over == {"sections of other matters": 2}
    assert {(row["account"], row["service"]) for row in rows} == {("17841400000000001", "Instagram")}
    assert [row["email"] for row in rows if row["email"]] == ["amber@example.org", "amber.two@example.org"]
    assert [row["display_name"] for row in rows if row["display_name"]] == ["Amber Föx & Co", "amber_fox_example"]
    assert [(row["phone"], row["note"]) for row in rows if row["phone"]] == [
        ("+447700900123", "Cell Verified on 2025-12-01 10:00:00 UTC")
    ]
    assert [(row["report"], row["time"]) for row in rows if row["report"]] == [("900000001", "2026-01-04 09:30:00 UTC")]
    assert [(row["ip"], row["time"], row["event"]) for row in rows if row["ip"]] == [
        ("193.0.6.139", None, "registration"),
        ("193.0.6.139:4711", "2026-01-05 10:00:00 UTC", None),
        ("[2001:67c:2e8:22::c100:68b]:59483", "2026-01-05 11:00:00 UTC", None),
        ("193.0.6.140", "2026-01-05 12:00:00 UTC", "Login"),
    ]
    assert b"linked_media" in page
    assert "linked_media" not in str(rows)
    assert "blue_owl" not in str(rows)
    assert [row["_line"] for row in rows] == list(range(1, 13))
    for row in rows:
        offset, length = row["_offset"], row["_length"]
        assert isinstance(offset, int)
        assert isinstance(length, int)
        span = page[offset : offset + length]
        assert all(str(row[name]).encode() in span for name in ("ip", "time", "email", "report") if row[name])


def test_small_batches_and_blocks_give_the_same_rows() -> None:
    for name in ("records.html", "hostile.html"):
        page = (FIXTURES / name).read_bytes()
        whole = read(page)
        assert read(page, batch_rows=2) == whole
        assert read(page, block_bytes=11) == whole


def test_a_hostile_return() -> None:
    rows, unreadable, _ = read((FIXTURES / "hostile.html").read_bytes())
    assert [row["ip"] for row in rows if row["ip"]] == ["010.0.0.1", "193.0.6.139", "193.0.6.140", "193.0.6.141"]
    assert [row["note"] for row in rows if row["note"]] == ["Location: Lond\u202eno"]
    assert [(fault.line, fault.code) for fault in unreadable] == [
        (5, "meta-record"),
        (6, "meta-text"),
        (9, "invalid-utf-8"),
        (10, "nul-byte"),
        (11, "html-cut-off"),
    ]


ADDRESS, TIME = "193.0.6.139", "2026-01-05 10:00:00 UTC"


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ([section("emails", pair("Emails", "a@example.org"))], [{"email": "a@example.org"}]),
        # A value that contains what confirms it is a value.
        (
            [section("emails", pair("Emails", "a@example.org<div>Verified</div>"))],
            [{"email": "a@example.org"}, {"email": "Verified"}],
        ),
        ([section("ip_addresses", pair("Time", TIME), pair("IP Address", ADDRESS))], [{"ip": ADDRESS, "time": TIME}]),
        # An address without a time does not get the time of the next one.
        (
            [section("ip_addresses", pair("IP Address", "193.0.6.1"), pair("IP Address", ADDRESS), pair("Time", TIME))],
            [{"ip": "193.0.6.1"}, {"ip": ADDRESS, "time": TIME}],
        ),
        ([section("ip-addresses", pair("ip_address:", ADDRESS))], [{"ip": ADDRESS}]),
        (
            [section("logins", pair("IP Address", ADDRESS), pair("Time", "1767607200"))],
            [{"event": "login", "ip": ADDRESS, "time": "1767607200"}],
        ),
        (
            [section("ip_addresses", f"<table><tr><th>IP Address</th><td>{ADDRESS}</td></tr></table>")],
            [{"ip": ADDRESS}],
        ),
        ([section("ip_addresses", pair("Ip Addresses", "No responsive records located"))], []),
        (
            [section("ncmec_reports", pair("CyberTip ID", "9"), pair("Responsible ID", "7"))],
            [{"account": "7", "report": "9", "event": "NCMEC report"}],
        ),
        ([section("name", pair("Name", pair("First", "A") + pair("Last", "B")))], [{"display_name": "A B"}]),
        ([section("name", pair("Name", "Amber"))], [{"display_name": "Amber"}]),
        ([section("bio", pair("Bio", ADDRESS))], []),
        # The account may be said last.
        (
            [section("emails", pair("Emails", "a@example.org")), section("request_parameters", pair("Target", "7"))],
            [{"account": "7", "email": "a@example.org"}, {"account": "7"}],
        ),
        ([section("request_parameters", pair("Account Identifier", "fox"))], [{"account": "fox"}]),
    ],
)
def test_sections(sections: list[str], expected: list[dict[str, object]]) -> None:
    assert said(*sections) == expected


def test_rows_keep_the_account_that_was_named_before_them() -> None:
    rows = said(
        section("request_parameters", pair("Target", "1")),
        section("emails", pair("Emails", "a@example.org")),
        section("request_parameters", pair("Target", "2")),
        section("emails", pair("Emails", "b@example.org")),
    )
    assert [row["account"] for row in rows] == ["1", "1", "2", "2"]


def test_the_last_record_of_a_page_that_was_cut_off_is_not_trusted() -> None:
    whole = section("ip_addresses", pair("IP Address", ADDRESS), pair("Time", TIME), pair("IP Address", "193.0.6.140"))
    rows, unreadable, _ = read(whole.removesuffix("</div>").encode())
    assert [row["ip"] for row in rows] == [ADDRESS]
    assert [fault.code for fault in unreadable] == ["html-cut-off"]


def test_a_record_of_endless_values_is_refused_without_being_held() -> None:
    notes = [pair("Definition", "x"), *(pair("IP Note", "x" * 60_000) for _ in range(20))]
    page = section("ip_addresses", pair("IP Address", ADDRESS), pair("Time", TIME), *notes, pair("IP Address", ADDRESS))
    rows, (fault,), _ = read(page.encode())
    assert [row["ip"] for row in rows] == [ADDRESS]
    assert fault.code == "meta-record"


@pytest.mark.parametrize("bound", ["_MOST_HELD", "BATCH_BYTES"])
def test_a_page_that_never_names_its_account_is_refused(monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    monkeypatch.setattr(html_text, bound, 3)
    with pytest.raises(UsageError, match="which account"):
        read(section("emails", *(pair("Emails", "a@example.org") for _ in range(5))).encode())


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b'<html><body><div id="property-emails">', True),
        (b"<div class=x id=property-ip_addresses>", True),
        (b"<html><body>property-emails</body>", False),
        (b"account,ip\n", False),
        (b"", False),
        (b'{"id": "property-emails"}', False),
    ],
)
def test_recognition(head: bytes, expected: bool) -> None:
    assert MetaHTML().recognises(head) is expected


_parts = st.sampled_from(
    [
        b'<div id="property-ip_addresses">',
        b'<div id="property-emails">',
        b'<a id="property-name"></a>',
        b'<div id="property-request_parameters">',
        b"<div>",
        b"</div>",
        b"IP Address",
        b"Time",
        b"Target",
        b"Definition",
        b"193.0.6.139",
        b"First",
        b"\xff",
        b"\0",
        b"<",
        b"'",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_parts | st.binary(max_size=3), max_size=40).map(b"".join), st.integers(1, 30), st.integers(1, 4))
def test_any_page_is_read_and_numbered(page: bytes, block_bytes: int, batch_rows: int) -> None:
    rows, unreadable, passed_over = read(page)
    assert read(page, batch_rows, block_bytes) == (rows, unreadable, passed_over)
