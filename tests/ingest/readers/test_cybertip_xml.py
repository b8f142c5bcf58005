"""CyberTipline XML: one row for each thing a report says, with its place; no content, no names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import reading
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.ingest.readers.cybertip_xml import COLUMNS, CybertipXML
from linkgraph.ingest.readers.rows import Unreadable

FIXTURE = Path(__file__).parents[2] / "fixtures" / "cybertip_xml" / "report.xml"
SUMMARY = (
    "<incidentSummary><incidentType>T</incidentType><incidentDateTime>2026-01-05T08:00:00-07:00</incidentDateTime>"
    "</incidentSummary>"
)


def report(*parts: str) -> bytes:
    return f'<?xml version="1.0"?><report>{SUMMARY}{"".join(parts)}</report>'.encode()


def person(*parts: str, tag: str = "personOrUserReported") -> str:
    return f"<{tag}><espIdentifier>u1</espIdentifier>{''.join(parts)}</{tag}>"


def read(content: bytes, batch_rows: int = 500_000, **options: int) -> tuple[list[dict[str, Any]], list[Unreadable]]:
    whole = reading.read(CybertipXML(**options), content, batch_rows=batch_rows, columns=COLUMNS)
    assert whole.numbers == list(range(1, len(whole.rows) + len(whole.unreadable) + 1))
    return whole.rows, whole.unreadable


def said(content: bytes) -> list[dict[str, str]]:
    """Give what the rows say, without places and without what they do not say."""
    rows, unreadable = read(content)
    assert unreadable == []
    return [{name: value for name, value in row.items() if value is not None and name[0] != "_"} for row in rows]


BASE = {"account": "u1", "time": "2026-01-05T08:00:00-07:00", "event": "T"}


@pytest.mark.parametrize(
    ("part", "row", "piece"),
    [
        ("<displayName>A</displayName>", {"display_name": "A"}, None),
        (
            "<ipCaptureEvent><ipAddress>193.0.6.139</ipAddress><eventName>Login</eventName>"
            "<dateTime>2026-01-05T14:58:00Z</dateTime><possibleProxy>true</possibleProxy><port>1</port></ipCaptureEvent>",
            {
                "ip": "193.0.6.139",
                "port": "1",
                "time": "2026-01-05T14:58:00Z",
                "event": "Login",
                "note": "the provider has reason to take it for a proxy",
            },
            None,
        ),
        ("<ipCaptureEvent><ipAddress>::1</ipAddress></ipCaptureEvent>", {"ip": "::1"}, None),
        (
            "<deviceId><idType>IMEI</idType><idValue>490154203237518</idValue></deviceId>",
            {"device": "imei:490154203237518"},
            None,
        ),
        (
            "<deviceId><idType>ICCID</idType><idValue>8944 1</idValue><eventName>Login</eventName>"
            "<dateTime>2026-01-05T14:58:00Z</dateTime></deviceId>",
            {"device": "device:iccid 8944 1", "event": "Login", "time": "2026-01-05T14:58:00Z"},
            None,
        ),
        # Many homes have a network of the same name: it is no device.
        (
            "<deviceId><idType>SSID</idType><idValue>home</idValue></deviceId>",
            {"note": "wireless network home"},
            None,
        ),
        ("<deviceId><idType>IMEI</idType></deviceId>", {"note": "device of type IMEI without a value"}, None),
        ("<priorCTReports>7</priorCTReports>", {"note": "earlier CyberTipline report 7"}, None),
        ("<profileUrl>https://example.org/a</profileUrl>", {"note": "profile https://example.org/a"}, None),
        (
            "<personOrUserReportedPerson><firstName>F</firstName><email type='Home'>a@example.org</email>"
            "</personOrUserReportedPerson>",
            {"email": "a@example.org", "note": "type Home"},
            "<email type='Home'>a@example.org</email>",
        ),
        (
            "<personOrUserReportedPerson><phone countryCallingCode='+44'>7700 900123</phone>"
            "</personOrUserReportedPerson>",
            {"phone": "+44 7700 900123"},
            "<phone countryCallingCode='+44'>7700 900123</phone>",
        ),
        (
            "<personOrUserReportedPerson><phone countryCallingCode='44'>+447700900123</phone>"
            "</personOrUserReportedPerson>",
            {"phone": "+447700900123"},
            "<phone countryCallingCode='44'>+447700900123</phone>",
        ),
    ],
)
def test_what_is_said_of_an_account(part: str, row: dict[str, str], piece: str | None) -> None:
    content = report(person(part))
    assert said(content) == [BASE, {"account": "u1"} | row]
    place = read(content)[0][1]
    assert content[place["_offset"] :][: place["_length"]].decode() == (piece or part)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("<espIdentifier>1</espIdentifier><screenName>a</screenName>", {"account": "1", "display_name": "a"}),
        ("<screenName>a</screenName>", {"account": "a"}),
        ("<espIdentifier>1</espIdentifier><espService>S</espService>", {"account": "1", "service": "S"}),
        ("<espIdentifier> </espIdentifier><screenName>a</screenName>", {"account": "a"}),
        ("<vehicleDescription>blue</vehicleDescription>", {}),
        (
            "<estimatedLocation><city>C</city><countryCode>GB</countryCode></estimatedLocation>"
            "<compromisedAccount>true</compromisedAccount><groupIdentifier>g</groupIdentifier>",
            {"note": "estimated location GB; group g; said to be compromised"},
        ),
    ],
)
def test_which_name_is_the_account(names: str, expected: dict[str, str]) -> None:
    content = report(f"<personOrUserReported>{names}</personOrUserReported>")
    assert said(content) == [{"time": BASE["time"], "event": "T"} | expected]


def test_the_platform_stands_for_a_service_that_is_not_named() -> None:
    content = report(person(), person("<espService>Other</espService>", tag="victim")).replace(
        b"</incidentType>", b"</incidentType><platform>Chat</platform>"
    )
    assert [row["service"] for row in said(content)] == ["Chat", "Other"]


def test_the_role_of_a_victim_is_the_formats_own_word() -> None:
    mail = "<victimPerson><email>w@example.org</email></victimPerson>"
    content = report(
        person(),
        person(tag="intendedRecipient"),
        person(mail, "<associatedAccount><screenName>w2</screenName></associatedAccount>", tag="victim"),
    )
    rows = said(content)
    assert [row.get("role") for row in rows] == [None, None, None, "victim", "victim", "victim"]
    assert rows[3:] == [
        {"account": "u1", "role": "victim"},
        {"account": "u1", "role": "victim", "email": "w@example.org"},
        {"account": "w2", "role": "victim", "note": "associated account of a victim"},
    ]


def test_an_intended_recipient() -> None:
    to = "<intendedRecipient><espIdentifier>u2</espIdentifier></intendedRecipient>"
    assert said(report(person(), to))[1:] == [
        {"account": "u2", "event": "intended recipient"},
        {"account": "u1", "recipient": "u2", "time": BASE["time"], "event": "intended recipient"},
    ]
    # Of another service, or of nobody who is named, no contact can be written down.
    elsewhere = to.replace("</intended", "<espService>S</espService></intended")
    assert [row.get("recipient") for row in said(report(person(), elsewhere))] == [None, None]
    assert [row.get("recipient") for row in said(report(to))] == [None]


@pytest.mark.parametrize(
    ("incident", "expected"),
    [
        ("<chatImIncident><chatClient>C</chatClient><content>x</content></chatImIncident>", {"note": "client C"}),
        ("<onlineGamingIncident><gameName>G</gameName></onlineGamingIncident>", {"note": "game G"}),
        ("<emailIncident><emailAddress>a@example.org</emailAddress></emailIncident>", {"email": "a@example.org"}),
        ("<cellPhoneIncident><phoneNumber>+447700900123</phoneNumber></cellPhoneIncident>", {"phone": "+447700900123"}),
        ("<webPageIncident><url>http://example.org/</url></webPageIncident>", {"note": "page http://example.org/"}),
        (
            "<peer2peerIncident><client>P</client><ipCaptureEvent><ipAddress>193.0.6.140</ipAddress></ipCaptureEvent>"
            "<fileNames>n</fileNames></peer2peerIncident>",
            {"ip": "193.0.6.140", "note": "client P"},
        ),
    ],
)
def test_an_incident_is_of_no_account(incident: str, expected: dict[str, str]) -> None:
    (row, _) = said(report(f"<internetDetails>{incident}</internetDetails>", person()))
    assert "account" not in row
    assert row["event"].endswith(" incident")
    assert {name: row[name] for name in expected} == expected


FILE = (
    "<fileDetails><reportId>9</reportId><originalFileName>n</originalFileName>{more}"
    '<originalFileHash hashType="MD5">m</originalFileHash><originalFileHash hashType="SHA-1">s</originalFileHash>'
    '<originalFileHash hashType="PhotoDNA">p</originalFileHash></fileDetails>'
)


@pytest.mark.parametrize(
    ("content", "account"),
    [
        (report(person(), FILE.format(more="")), "u1"),
        (b"<s>" + report(person())[21:] + FILE.format(more="").encode() + b"</s>", "u1"),
        (b"<s>" + report(person())[21:] * 2 + FILE.format(more="").encode() + b"</s>", None),
        (b"<s><t>" + report(person())[21:] + b"</t>" + FILE.format(more="").encode() + b"</s>", None),
        (report(person(), person(), FILE.format(more="")), None),
        (report(person(), FILE.format(more="<fileRelevance>Supplemental Reported</fileRelevance>")), None),
        (report(person(), FILE.format(more="<fileRelevance>Reported</fileRelevance>")), "u1"),
        (FILE.format(more="").encode(), None),
    ],
)
def test_whose_a_file_is(content: bytes, account: str | None) -> None:
    row = said(content)[-1]
    assert (row.get("account"), row["md5"], row["sha1"], row["report"]) == (account, "m", "s", "9")


def test_a_file_with_its_upload() -> None:
    more = (
        "<industryClassification>A1</industryClassification><viewedByEsp>false</viewedByEsp>"
        "<fileAnnotations><viral/><generativeAi>false</generativeAi></fileAnnotations>"
        "<ipCaptureEvent><ipAddress>193.0.6.139</ipAddress><eventName>Upload</eventName>"
        "<dateTime>2026-01-05T14:58:00Z</dateTime></ipCaptureEvent>"
    )
    twice = '<originalFileHash hashType="md5">m2</originalFileHash>'
    first, second = said(FILE.format(more=more + twice).encode())
    assert first == {
        "ip": "193.0.6.139",
        "md5": "m2",
        "sha1": "s",
        "time": "2026-01-05T14:58:00Z",
        "event": "Upload",
        "category": "A1",
        "report": "9",
        "note": "viewed by the provider: false; marked viral",
    }
    assert (second["md5"], "sha1" in second) == ("m", False)


def test_a_file_of_endless_digests_and_captures_is_kept_apart() -> None:
    more = '<originalFileHash hashType="md5">m2</originalFileHash>' * 400
    captures = "<ipCaptureEvent><ipAddress>193.0.6.139</ipAddress></ipCaptureEvent>" * 400
    rows, (fault,) = read(FILE.format(more=more + captures).encode())
    assert rows == []
    assert fault.code == "cybertip-file-many"


def test_content_and_names_are_not_read() -> None:
    rows, unreadable = read(FIXTURE.read_bytes())
    assert unreadable == []
    assert len(rows) == 18
    for row in rows:
        assert not any(word in str(row) for word in ("not-read", "Notread", "Reporter", "reporter@", "words that"))


def test_each_report_has_its_own_person() -> None:
    second = report(person(), FILE.format(more=""))[21:].replace(b"u1", b"u2")
    rows = said(b"<s>" + report(person())[21:] + second + b"</s>")
    assert [row["account"] for row in rows] == ["u1", "u2", "u2"]


def test_a_report_that_is_cut_off() -> None:
    content = FIXTURE.read_bytes()
    cut = content[: content.index(b"<intendedRecipient>") + 30]
    rows, (fault,) = read(cut)
    assert len(rows) == 12
    assert (fault.line, fault.code, fault.raw) == (13, "xml-cut-off", b"<intendedRecipient>\n      <int")


def test_a_bomb_is_refused_whole() -> None:
    rows, (fault,) = read(FIXTURE.with_name("hostile.xml").read_bytes())
    assert (rows, fault.code) == ([], "xml-doctype")


def test_batches_and_blocks_give_the_same_rows() -> None:
    content = FIXTURE.read_bytes()
    whole = read(content)
    assert read(content, batch_rows=2) == whole
    assert read(content, block_bytes=7) == whole
    assert read(b"") == ([], [])


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (FIXTURE.read_bytes(), True),
        (report(person()), True),
        (report().decode().encode("utf-16"), True),
        (FILE.format(more="").encode(), True),
        (b"<report><title/></report>", False),
        (b"<fileDetails/>", False),
        (b"<html><body>report incidentSummary</body></html>", False),
        (b"report,incidentSummary\n", False),
        (b"", False),
    ],
)
def test_recognition(head: bytes, expected: bool) -> None:
    assert CybertipXML().recognises(head) is expected


_pieces = st.sampled_from(
    [
        SUMMARY,
        person(),
        person("<ipCaptureEvent><ipAddress>x</ipAddress></ipCaptureEvent>", tag="victim"),
        FILE.format(more=""),
        "<report>",
        "</report>",
        "<internetDetails><a/></internetDetails>",
        "<victim/>",
        "<intendedRecipient>",
        "<reportId/>",
    ]
) | st.text(max_size=4)


@settings(max_examples=150, deadline=None)
@given(st.lists(_pieces, max_size=20).map("".join), st.integers(0, 300))
def test_everything_is_accounted_for(text: str, cut: int) -> None:
    # Numbers and places are checked as it is read.
    read(report(text)[: -cut or None])


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    read(content)
    CybertipXML().recognises(content)
