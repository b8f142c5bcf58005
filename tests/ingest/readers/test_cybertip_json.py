"""CyberTipline reports in JSON: one row per thing said, whatever is null, absent, or of another shape."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import reading
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.ingest.readers import SPECIAL
from linkgraph.ingest.readers.cybertip_json import COLUMNS, MAX_REPORT_BYTES, CybertipJSON

FIXTURES = Path(__file__).parents[2] / "fixtures" / "cybertip_json"
WHO = {"account": "u-1", "service": "chat", "report": "7"}
MD5 = "a" * 32


def read(content: bytes, batch_rows: int = 500_000, **options):
    whole = reading.read(CybertipJSON(**options), content, batch_rows=batch_rows, columns=COLUMNS)
    assert whole.numbers == list(range(1, len(whole.rows) + len(whole.unreadable) + 1))
    return whole.rows, whole.unreadable


def stated(rows) -> list[dict[str, str]]:
    return [{name: row[name] for name in COLUMNS if row[name] is not None} for row in rows]


def report(number: object = 7, **said: object) -> bytes:
    return json.dumps(
        {"reportId": number, "reportedInformation": {"reportingEsp": {"espName": "chat"}, **said}}
    ).encode()


def person(**said: object) -> dict[str, object]:
    return {"reportedPeople": {"reportedPersons": [{"espUserId": "u-1", **said}]}}


def capture(kind: str, value: object, **said: object) -> dict[str, object]:
    return {"sourceInformation": {"sourceCaptures": [{"captureType": kind, "value": value, **said}]}}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, [{"service": "chat", "report": "7"}]),
        (person(), [WHO]),
        (person(screenName={"value": "fox"}), [{**WHO, "display_name": "fox"}]),
        (person(espUserId=None, screenName={"value": "fox"}), [{**WHO, "account": "fox"}]),
        (person(espUserId=5, screenName="fox"), [{**WHO, "account": "5", "display_name": "fox"}]),
        (person(espService="Mail"), [{**WHO, "service": "Mail"}]),
        (
            {**person(), "incidentSummary": {"incidentType": "T", "incidentDateTime": "2026-01-05T10:00:00Z"}},
            [{**WHO, "event": "T", "time": "2026-01-05T10:00:00Z"}],
        ),
        (
            person(emails={"emails": [{"value": "a@example.org", "verified": True}, {"value": None}, None]}),
            [WHO, {**WHO, "email": "a@example.org", "note": "verified by the provider"}],
        ),
        (person(emails=["a@example.org"]), [WHO, {**WHO, "email": "a@example.org"}]),
        (person(phones={"phones": [{"value": "+44"}, {}]}), [WHO, {**WHO, "phone": "+44"}]),
        (
            person(**capture("IP Address", "193.0.6.139", port=1, dateTime="2026-01-05T10:00:00Z", eventName="Login")),
            [WHO, {**WHO, "ip": "193.0.6.139", "port": "1", "time": "2026-01-05T10:00:00Z", "event": "Login"}],
        ),
        (person(**capture("Login IP", "193.0.6.139")), [WHO, {**WHO, "ip": "193.0.6.139"}]),
        (person(**capture("Shipping", "x")), [WHO, {**WHO, "note": "Shipping: x"}]),
        (person(**capture("IP Address", None)), [WHO]),
        (
            {"reportedPeople": {"reportedPersons": [{"emails": [{"value": "a@example.org"}]}]}},
            [{"service": "chat", "report": "7", "email": "a@example.org"}],
        ),
        (
            {**person(), "intendedRecipients": [{"espUserId": "u-2"}]},
            [
                WHO,
                {**WHO, "account": "u-2", "event": "intended recipient"},
                {**WHO, "recipient": "u-2", "event": "intended recipient"},
            ],
        ),
        (
            {**person(), "intendedRecipients": {"intendedRecipients": [{"espUserId": "u-2", "espService": "other"}]}},
            [WHO, {**WHO, "account": "u-2", "service": "other", "event": "intended recipient"}],
        ),
        (
            {**person(), "uploadedFiles": [{"verificationHash": MD5, "industryClassification": "A1"}]},
            [WHO, {**WHO, "md5": MD5, "category": "A1", "event": "uploaded file"}],
        ),
        (
            {
                **person(),
                "uploadedFiles": [{"verificationHash": MD5, "viewedByEsp": False, **capture("IP", "193.0.6.139")}],
            },
            [WHO, {**WHO, "md5": MD5, "ip": "193.0.6.139", "note": "viewed by the provider: false"}],
        ),
        (
            {
                "reportedPeople": [{"espUserId": "u-1"}, {"espUserId": "u-2"}],
                "intendedRecipients": [{"espUserId": "u-3"}],
                "uploadedFiles": [{"verificationHash": "b" * 40}],
            },
            [
                WHO,
                {**WHO, "account": "u-2"},
                {**WHO, "account": "u-3", "event": "intended recipient"},
                {"service": "chat", "report": "7", "sha1": "b" * 40, "event": "uploaded file"},
            ],
        ),
    ],
)
def test_what_a_report_says(said, expected):
    rows, unreadable = read(report(**said))
    assert unreadable == []
    assert stated(rows) == expected


def test_a_whole_report():
    content = (FIXTURES / "report.json").read_bytes()
    rows, unreadable = read(content)
    assert unreadable == []
    assert len(rows) == 11
    assert {row["account"] for row in rows} == {"u-1001", "blue_owl"}
    assert {row["report"] for row in rows} == {"100200301"}
    assert [row["md5"] is not None or row["sha1"] is not None for row in rows] == [False] * 9 + [True, True]
    assert rows[9]["note"] == "viewed by the provider: true; NCMEC tags: Example Tag, Second"
    assert all(content[row["_offset"] :].startswith(b"{") for row in rows)
    text = json.dumps(rows)
    assert not any(word in text for word in ("holiday", "x.jpg", "1990", "Person", "additional"))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda reports: b"[" + b",".join(reports) + b"]",
        lambda reports: b'\xef\xbb\xbf{"count":2,"reports": [' + b",".join(reports) + b"]}",
        lambda reports: b"\n".join(reports) + b"\n",
        b"\r\n\n".join,
    ],
)
def test_several_reports_in_one_file(wrap):
    content = wrap([report(1, **person()), report(2, **person())])
    assert CybertipJSON().recognises(content)
    rows, unreadable = read(content)
    assert unreadable == []
    assert [row["report"] for row in rows] == ["1", "2"]
    for row in rows:
        assert json.loads(content[row["_offset"] : row["_offset"] + row["_length"]])["reportId"] == int(row["report"])
    assert read(content, 1, block_bytes=3)[0] == rows


@pytest.mark.parametrize(
    ("said", "parts", "n_rows"),
    [
        (person(emails="x"), ["emails"], 1),
        (person(emails={"emails": {"value": "x"}}, phones=["+44"]), ["emails"], 2),
        (person(screenName=["x"]), ["screenName"], 1),
        ({"reportedPeople": "x"}, ["reportedPeople"], 1),
        ({"reportedPeople": [7, None, {"espUserId": "u"}]}, ["reportedPeople"], 1),
        ({**person(), "uploadedFiles": [{"verificationHash": {}}, {"verificationHash": MD5}]}, ["uploadedFiles"], 2),
        (
            {**person(), "incidentSummary": {"incidentType": ["x"], "incidentDateTime": {}}},
            ["incidentType", "incidentDateTime"],
            1,
        ),
        ({"reportingEsp": "chat", **person()}, ["reportingEsp"], 1),
    ],
)
def test_a_part_of_another_shape_costs_no_other(said, parts, n_rows):
    rows, unreadable = read(report(**said))
    assert [(fault.column, fault.code) for fault in unreadable] == [(part, "cybertip-part") for part in parts]
    assert len(rows) == n_rows


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b"", []),
        (report()[:-1], ["json-syntax"]),
        (report() + b"x", ["json-syntax"]),
        (b'{"reportId":1,"reportedInformation":{},"reportId":2}', ["json-duplicate-key"]),
        (b'{"reportId":1,"reportedInformation":' + b"[" * 100_000, ["json-depth"]),
        (b"[1,null]", ["cybertip-report", "cybertip-report"]),
        (b'{"reportId":"' + b"x" * MAX_REPORT_BYTES + b'"}', ["json-too-long"]),
        (report() + b"\n{\0}\n\xff\n", ["nul-byte", "invalid-utf-8"]),
    ],
)
def test_what_is_no_report(content, codes):
    _, unreadable = read(content)
    assert [fault.code for fault in unreadable] == codes


def test_hostile_reports():
    rows, unreadable = read((FIXTURES / "hostile.json").read_bytes())
    assert [(fault.code, fault.column) for fault in unreadable] == [
        ("cybertip-part", "emails"),
        ("json-duplicate-key", ""),
        ("cybertip-part", "uploadedFiles"),
        ("cybertip-part", "uploadedFiles"),
        ("cybertip-report", ""),
        ("json-surrogate", ""),
        ("json-truncated", ""),
    ]
    assert [row["report"] for row in rows] == ["1", "2", "2", "4", "4", "4", "5", "5", "6"]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (report(), True),
        (report(**person())[:90], True),
        ((FIXTURES / "report.json").read_bytes(), True),
        ((FIXTURES / "hostile.json").read_bytes(), True),
        (b"[" + report() + b"," + report(), True),
        (b'{"reports":[]}', False),
        (b'{"reportId":1}', False),
        (b'{"value":{"reportedInformation":{}}}', False),
        (b"[[" + report() + b"]]", False),
        (b"", False),
        (b"<report>", False),
        (b"\xff\xfe\0", False),
    ],
)
def test_recognition(head, expected):
    assert CybertipJSON().recognises(head) is expected


def test_no_other_reader_claims_a_report():
    for name in ("report.json", "hostile.json"):
        head = (FIXTURES / name).read_bytes()
        assert [reader.name for reader in SPECIAL if reader.recognises(head)] == ["cybertip-json"]


_scalars = st.sampled_from([None, True, 7, 1.5, "x", "", "193.0.6.139", MD5])
_KEYS = """reportId reportedInformation reportingEsp espName reportedPeople reportedPersons espUserId screenName value
emails phones sourceInformation sourceCaptures captureType uploadedFiles verificationHash ncmecTags groups tags
intendedRecipients incidentSummary incidentType"""
_keys = st.sampled_from(_KEYS.split())
_json = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4), max_leaves=25
)


@settings(max_examples=200, deadline=None)
@given(_json)
def test_a_report_of_any_shape_gives_a_row_or_says_why_not(said):
    rows, unreadable = read(json.dumps({"reportId": 1, "reportedInformation": said}).encode())
    assert rows
    if not isinstance(said, dict | None):
        assert unreadable


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=60),
        st.lists(
            st.sampled_from(
                [report(), report(**person()), b"\n", b"[", b"]", b",", b'{"reports":[', b"}", b"\xff", b"\0", b'"']
            ),
            max_size=8,
        ).map(b"".join),
    )
)
def test_any_bytes_are_accounted_for(content):
    rows, unreadable = read(content)
    if content.strip(b" \t\r\n") and content[:1] not in (b"[", b"{", b"\xef", b" ", b"\n", b"\t", b"\r"):
        assert rows or unreadable
