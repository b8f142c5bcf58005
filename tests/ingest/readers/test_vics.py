"""VICS sets: each medium is a row by its digests, and nothing of content, names or PhotoDNA comes along."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import reading
from hypothesis import example, given, settings
from hypothesis import strategies as st

from linkgraph.ingest.readers import SPECIAL, vics
from linkgraph.ingest.readers.vics import COLUMNS, VICS

FIXTURES = Path(__file__).parents[2] / "fixtures" / "vics"
MODEL = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/"
MEDIA_US = MODEL + "2.0.xml/US/$metadata#Media"
CASES_UK = MODEL + "2.0.xml/UK/$metadata#Cases"
MD5, SHA1, SHA256, PDQ = "0" * 31 + "A", "b" * 40, "c" * 64, "d" * 64


def read(content: bytes, batch_rows: int = 100_000, **options):
    whole = reading.read(VICS(**options), content, batch_rows=batch_rows, columns=COLUMNS)
    assert whole.numbers == list(range(1, len(whole.rows) + len(whole.unreadable) + 1))
    return whole.rows, whole.unreadable


def media(*records: object, context: str = MEDIA_US) -> bytes:
    return json.dumps({"@odata.context": context, "value": list(records)}).encode()


def stated(row) -> dict[str, str]:
    return {name: row[name] for name in COLUMNS if row[name] is not None}


@pytest.mark.parametrize(
    ("medium", "expected"),
    [
        ({"MD5": MD5, "SHA1": SHA1, "MediaSize": 2835}, [{"md5": MD5, "sha1": SHA1, "size": "2835"}]),
        ({"SHA1": SHA1, "MD5": None, "MediaID": 9, "DateUpdated": "2023-06-07T02:31:49Z"}, [{"sha1": SHA1}]),
        ({"MD5": MD5, "Category": 1}, [{"md5": MD5, "category": "US 1"}]),
        ({"MD5": MD5, "Category": "2"}, [{"md5": MD5, "category": "US 2"}]),
        ({"MD5": MD5, "MediaSize": 1.50}, [{"md5": MD5, "size": "1.5"}]),
        ({"MD5": MD5, "Series": "x", "IsDistributed": True}, [{"md5": MD5, "series": "x", "distributed": "true"}]),
        ({"MD5": MD5, "VictimIdentified": False}, [{"md5": MD5, "victim_identified": "false"}]),
        ({"MD5": MD5, "OffenderIdentified": "no"}, [{"md5": MD5, "offender_identified": "no"}]),
        (
            {"MD5": MD5, "AlternativeHashes": [{"HashName": "sha-256", "HashValue": SHA256}, {"HashName": "pdq"}]},
            [{"md5": MD5, "sha256": SHA256}],
        ),
        ({"AlternativeHashes": [{"HashName": "PDQ", "HashValue": PDQ}]}, [{"pdq": PDQ}]),
        (
            {
                "MD5": MD5,
                "AlternativeHashes": [
                    {"HashName": "PhotoDNA", "HashValue": "QUJD"},
                    {"HashName": "MD5", "HashValue": MD5.lower()},
                    {"HashName": "SHA256", "HashValue": SHA256},
                    {"HashName": "SHA256", "HashValue": "e" * 64},
                    {"HashName": "SHA256", "HashValue": "e" * 64},
                ],
            },
            [{"md5": MD5, "sha256": SHA256}, {"md5": MD5, "sha256": "e" * 64}],
        ),
        ({"MD5": MD5, "MediaFiles": [{"FileName": "a.jpg", "FilePath": "C:\\x"}]}, [{"md5": MD5}]),
    ],
)
def test_media(medium, expected):
    content = media(medium)
    rows, unreadable = read(content)
    assert unreadable == []
    assert [stated(row) for row in rows] == expected
    for row in rows:
        assert json.loads(content[row["_offset"] : row["_offset"] + row["_length"]]) == medium


@pytest.mark.parametrize(
    ("medium", "code"),
    [
        ({"MediaID": 1}, "vics-no-digest"),
        ({"AlternativeHashes": [{"HashName": "PhotoDNA", "HashValue": "QUJD"}]}, "vics-no-digest"),
        ({"MD5": ""}, "vics-no-digest"),
        ({"MD5": [MD5]}, "vics-medium"),
        ({"MD5": MD5, "Category": {"a": 1}}, "vics-medium"),
        ({"MD5": MD5, "AlternativeHashes": {"HashName": "SHA256"}}, "vics-medium"),
        ({"MD5": MD5, "AlternativeHashes": ["SHA256"]}, "vics-medium"),
        ({"MD5": MD5, "AlternativeHashes": [{"HashName": 1, "HashValue": "x"}]}, "vics-medium"),
        ({"MD5": MD5, "AlternativeHashes": [{"HashName": "SHA256", "HashValue": 5}]}, "vics-medium"),
        (7, "vics-medium"),
        (None, "vics-medium"),
        ("\ud800", "json-surrogate"),
    ],
)
def test_a_medium_that_says_nothing_costs_itself(medium, code):
    rows, unreadable = read(media({"MD5": MD5}, medium, {"SHA1": SHA1}))
    assert [(fault.line, fault.code) for fault in unreadable] == [(2, code)]
    assert [row["_line"] for row in rows] == [1, 3]


@pytest.mark.parametrize(
    ("context", "category"),
    [
        (MODEL + "2.0.xml/UK/$metadata#Media", "UK 1"),
        (MODEL + "2.0.xml/Default/$metadata#Media", "Default 1"),
        (MODEL + "2.0.xml/CUSTOM/$metadata#Media", "CUSTOM 1"),
        ("http://github.com/ICMEC/ProjectVic/DataModels/1.1.xml#Media", "1 (profile not named)"),
    ],
)
def test_a_category_is_told_with_its_profile(context, category):
    (row,), _ = read(media({"MD5": MD5, "Category": 1}, context=context))
    assert row["category"] == category


@pytest.mark.parametrize("batch_rows", [1, 2, 100_000])
def test_media_of_cases_have_the_number_of_their_case(batch_rows):
    cases = [
        {"CaseID": "a", "CaseNumber": "N1", "Media": [{"MD5": MD5}, {"SHA1": SHA1}]},
        {"Media": [{"MD5": MD5}], "CaseNumber": 2},
        {"CaseNumber": "N3"},
        {"Media": [{"MD5": MD5}, {}]},
    ]
    rows, unreadable = read(media(*cases, context=CASES_UK), batch_rows)
    assert [row["case"] for row in rows] == ["N1", "N1", "2", None]
    assert [(fault.line, fault.code) for fault in unreadable] == [(5, "vics-no-digest")]


def test_the_number_of_a_case_behind_very_many_media_is_told_as_too_late(monkeypatch):
    monkeypatch.setattr(vics, "MAX_BATCH_ROWS", 2)
    monkeypatch.setattr(vics, "_PART", 1)
    content = media({"Media": [{"MD5": MD5}] * 3, "CaseNumber": "N"}, context=CASES_UK)
    rows, unreadable = read(content)
    assert [row["case"] for row in rows][:2] == [None, None]
    assert [fault.code for fault in unreadable] == ["json-late-member"]


def test_file_names_are_read_where_they_are_asked_for():
    files = [
        {"FileName": "a.jpg", "FilePath": "C:\\x"},
        {"FileName": "b.jpg", "FilePath": "/home/x/b.jpg"},
        {"FileName": "c.jpg", "FilePath": "/home/x"},
        {"FileName": "c.jpg", "FilePath": "/home/x/"},
        {"FileName": None, "FilePath": None},
        {"FileName": "d.jpg"},
    ]
    content = media({"MD5": MD5, "MediaFiles": files}, {"MD5": MD5, "MediaFiles": "x"}, {"SHA1": SHA1})
    rows, unreadable = read(content, file_names=True)
    assert [(row["_line"], row["file_name"]) for row in rows] == [
        (1, "C:\\x\\a.jpg"),
        (2, "/home/x/b.jpg"),
        (3, "/home/x/c.jpg"),
        (4, "d.jpg"),
        (6, None),
    ]
    assert [(fault.line, fault.code) for fault in unreadable] == [(5, "vics-medium")]
    assert [row["file_name"] for row in read(content)[0]] == [None, None, None]


@pytest.mark.parametrize("name", ["media-2.0-us.json", "hostile.json"])
@pytest.mark.parametrize("block_bytes", [5, 1 << 20])
def test_small_batches_and_blocks_give_the_same_rows(name, block_bytes):
    content = (FIXTURES / name).read_bytes()
    whole = read(content)
    assert len(whole[0]) > 3
    assert read(content, 2, block_bytes=block_bytes) == whole


def test_a_hostile_set():
    rows, unreadable = read((FIXTURES / "hostile.json").read_bytes())
    assert [(row["size"], row["series"]) for row in rows] == [
        ("2801", None),
        ("2805", None),
        ("2807", None),
        ("2811", "\u202egnp.exe"),
    ]
    assert [fault.code for fault in unreadable] == [
        "json-duplicate-key",
        "json-number",
        "json-structure",
        "json-surrogate",
        "vics-no-digest",
        "invalid-utf-8",
        "vics-medium",
        "vics-medium",
        "json-truncated",
    ]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (media({"MD5": MD5}), True),
        (media(context=CASES_UK), True),
        (b"\xef\xbb\xbf" + media(), True),
        (media()[:120], True),
        (b'{"value":[],"odata.metadata":"http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Cases"}', True),
        (b'{"@odata.context":"http://example.org/$metadata#Media","value":[]}', False),
        (b'{"x":{"@odata.context":"' + MEDIA_US.encode() + b'"}}', False),
        (b'{"note":"' + MEDIA_US.encode() + b'"}', False),
        (b"[" + media() + b"]", False),
        (b"", False),
        (b"\xff\xfe\0", False),
        (b"{", False),
        (b"md5,sha1\n", False),
    ],
)
def test_recognition(head, expected):
    assert VICS().recognises(head) is expected


def test_no_other_reader_claims_a_set():
    for name in ("media-2.0-us.json", "hostile.json"):
        head = (FIXTURES / name).read_bytes()[: 1 << 16]
        assert [reader.name for reader in SPECIAL if reader.recognises(head)] == ["vics"]


_BEGIN = media().removesuffix(b"]}")
_TOKENS = rb"""{"MD5":" "} {} , ] } { " \ 1 "AlternativeHashes":[""".split()
_pieces = st.sampled_from([*_TOKENS, b"\n", b"\xff", b"\0", b'{"MD5":"' + MD5.encode() + b'"}'])


@settings(max_examples=200, deadline=None)
@given(st.lists(_pieces, max_size=20).map(b"".join), st.sampled_from([1, 7, 1 << 20]), st.booleans())
@example(b"]}", 1, True)
def test_any_bytes_are_accounted_for(content, block_bytes, begun):
    content = _BEGIN + content if begun else content
    rows, unreadable = read(content, 3, block_bytes=block_bytes)
    if begun:
        # A set without media is whole, and has nothing to account for.
        empty = re.fullmatch(rb"\s*\]\s*\}\s*", content.removeprefix(_BEGIN)) is not None
        assert bool(rows or unreadable) is not empty
