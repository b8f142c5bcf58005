"""NCMEC hash sharing: every entry is a row with its place; what a member takes back is taken back or kept apart."""

from __future__ import annotations

import io
from typing import Any

import pytest
import reading
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.ingest.readers import ncmec_hashes
from linkgraph.ingest.readers.ncmec_hashes import COLUMNS, NCMECHashes
from linkgraph.ingest.readers.rows import Unreadable

MD5, SHA1 = "a1" * 16, "a1" * 20
WHEN = "2026-01-24T15:00:00Z"
LATER = "2026-01-24T15:10:00Z"


def document(*entries: str) -> bytes:
    namespace = "https://hashsharing.ncmec.org/hashsharing/v2"
    return f'<queryResult xmlns="{namespace}"><images>{"".join(entries)}</images></queryResult>'.encode()


def entry(
    name: str = "i1", *, tag: str = "image", member: str = "42", when: str = WHEN, prints: str | None = None
) -> str:
    prints = f"<md5>{MD5}</md5><sha1>{SHA1}</sha1>" if prints is None else prints
    return (
        f'<{tag}><member id="{member}">M</member><timestamp>{when}</timestamp><id>{name}</id>'
        f"<classification>A1</classification><fingerprints>{prints}</fingerprints></{tag}>"
    )


def deleted(name: str = "i1", *, tag: str = "deletedImage", member: str = "42", when: str = LATER) -> str:
    return f'<{tag}><member id="{member}">M</member><id>{name}</id><timestamp>{when}</timestamp></{tag}>'


def read(content: bytes, batch_rows: int = 500_000, **options: int) -> tuple[list[dict[str, Any]], list[Unreadable]]:
    whole = reading.read(NCMECHashes(**options), content, batch_rows=batch_rows, columns=COLUMNS)
    assert whole.numbers == list(range(1, len(whole.rows) + len(whole.unreadable) + 1))
    return whole.rows, whole.unreadable


def test_an_entry() -> None:
    content = document(entry())
    assert read(content) == (
        [
            {
                "md5": MD5,
                "sha1": SHA1,
                "sha256": None,
                "pdq": None,
                "time": WHEN,
                "event": "listed",
                "entry": "member 42 image i1",
                "category": "A1",
                "listed": "2026-01-24T15:00:00.000Z member 42",
                "withdrawn": None,
                "_line": 1,
                "_offset": content.index(b"<image>"),
                "_length": len(entry()),
            }
        ],
        [],
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (entry(when="2026-01-24T16:00:00.5+01:00"), {"listed": "2026-01-24T15:00:00.500Z member 42"}),
        (entry(when="2026-01-24T15:00:00"), {"listed": None, "time": "2026-01-24T15:00:00"}),
        (entry(when="0001-01-01T00:00:00+14:00"), {"listed": None}),
        (entry(when=""), {"listed": None, "time": None}),
        (entry(member=""), {"listed": None, "entry": None}),
        (entry(tag="video"), {"entry": "member 42 video i1"}),
        (entry(prints="<pdna>x</pdna>"), {"md5": None, "listed": "2026-01-24T15:00:00.000Z member 42"}),
        (entry(prints="<x:md5 xmlns:x='urn:x'>1</x:md5>"), {"md5": None}),
        (entry(prints="<md5>no digest</md5>"), {"md5": "no digest"}),
    ],
)
def test_entries(content: str, expected: dict[str, str | None]) -> None:
    (row,), unreadable = read(document(content))
    assert unreadable == []
    assert {name: row[name] for name in expected} == expected


def test_a_digest_given_twice_is_two_rows() -> None:
    rows, _ = read(document(entry(prints=f"<md5>{MD5}</md5><md5>{'b' * 32}</md5><sha1>{SHA1}</sha1>")))
    assert [(row["md5"], row["sha1"], row["_line"]) for row in rows] == [(MD5, SHA1, 1), ("b" * 32, None, 2)]


def test_what_is_no_digest_is_counted() -> None:
    (rows,) = NCMECHashes().read(io.BytesIO(document(entry(prints="<pdna>x</pdna><other/>"), entry())))
    assert dict(rows.passed_over) == {"fingerprints that are no digests of a file (PhotoDNA)": 2}


@pytest.mark.parametrize("entries", [(entry(), deleted()), (deleted(), entry())])
def test_an_entry_that_its_member_takes_back(entries: tuple[str, str]) -> None:
    content = document(*entries)
    rows, unreadable = read(content)
    assert unreadable == []
    assert [row["event"] for row in rows] == ["listed", "withdrawn"]
    row = rows[1]
    assert (row["md5"], row["sha1"], row["_line"]) == (MD5, SHA1, 2)
    assert row["withdrawn"] == "2026-01-24T15:10:00.000Z member 42"
    assert (row["listed"], row["category"], row["entry"]) == (None, None, "member 42 image i1")
    assert content[row["_offset"] :][: row["_length"]] == deleted().encode()


@pytest.mark.parametrize(
    "content",
    [
        document(deleted()),
        document(entry(member="43"), deleted()),
        document(entry(tag="video"), deleted()),
        document(entry("i2"), deleted()),
        document(entry(prints="<pdna>x</pdna>"), deleted()),
    ],
)
def test_a_deletion_of_what_the_file_does_not_have_is_kept_with_its_id(content: bytes) -> None:
    rows, (fault,) = read(content)
    assert all(row["withdrawn"] is None for row in rows)
    assert (fault.code, fault.raw) == ("ncmec-deletion-unresolved", deleted().encode())
    assert "Member 42" in fault.reason
    assert "'i1'" in fault.reason
    assert content[fault.offset :].startswith(fault.raw)


def test_a_deletion_with_digests_of_its_own() -> None:
    content = deleted().replace("</deletedImage>", f"<fingerprints><md5>{MD5}</md5></fingerprints></deletedImage>")
    (row,), unreadable = read(document(content))
    assert unreadable == []
    assert (row["md5"], row["event"]) == (MD5, "withdrawn")


@pytest.mark.parametrize(
    "bad",
    [
        deleted(when=""),
        deleted(when="2026-01-24T15:10:00"),
        deleted(when="soon"),
        deleted(member=""),
        deleted(""),
        "<deletedVideo/>",
    ],
)
def test_a_deletion_that_says_too_little(bad: str) -> None:
    rows, (fault,) = read(document(entry(), bad, entry("i2")))
    assert [row["_line"] for row in rows] == [1, 2]
    assert (fault.line, fault.code, fault.raw) == (3, "ncmec-deletion", bad.encode())


def test_a_deletion_has_its_number_whether_it_can_be_read_or_not() -> None:
    others = (entry("i3"), deleted("i3"))
    mended = deleted().replace("</deletedImage>", f"<fingerprints><md5>{MD5}</md5></fingerprints></deletedImage>")
    for before, after in ((deleted(), mended), (deleted(when=""), mended)):
        _, (fault,) = read(document(before, *others))
        rows, unreadable = read(document(after, *others))
        assert unreadable == []
        assert [row["_line"] for row in rows if row["entry"] == "member 42 image i1"] == [fault.line]


def test_memory_for_deletions_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ncmec_hashes, "MAX_REMEMBERED", 1)
    rows, faults = read(document(entry("i1"), entry("i2"), deleted("i1"), deleted("i2"), deleted("i3")))
    assert [row["event"] for row in rows] == ["listed", "listed", "withdrawn"]
    assert [fault.code for fault in faults] == ["ncmec-deletion-unresolved"] * 2


def test_a_deletion_of_more_digests_than_an_entry_has_is_kept_apart() -> None:
    prints = [f"<md5>{number:032x}</md5>" for number in range(ncmec_hashes.MOST_DIGESTS + 1)]
    entries = [entry(prints=one) for one in prints]
    rows, faults = read(document(*entries[:-1], deleted()))
    assert len(rows) == 2 * ncmec_hashes.MOST_DIGESTS
    assert faults == []
    rows, (fault,) = read(document(*entries, deleted()))
    assert {row["event"] for row in rows} == {"listed"}
    assert fault.code == "ncmec-deletion-many"


def test_a_file_that_is_cut_off_keeps_its_deletions() -> None:
    content = document(deleted(), entry(), entry("i2"))
    rows, (fault,) = read(content[:-60])
    assert [row["event"] for row in rows] == ["listed", "withdrawn"]
    assert fault.code == "xml-cut-off"


def test_batches_and_blocks_give_the_same_rows() -> None:
    content = document(*[entry(f"i{at}") for at in range(5)], deleted("i9"), deleted("i2"), "<deletedImage/>")
    whole = read(content)
    assert read(content, batch_rows=2) == whole
    assert read(content, block_bytes=5) == whole
    assert read(b"") == ([], [])


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (document(entry()), True),
        (document(entry()).decode().encode("utf-16"), True),
        (document().replace(b"/v2", b"/v3"), False),
        (b'<status xmlns="https://hashsharing.ncmec.org/hashsharing/v2"/>', False),
        (b"<queryResult/>", False),
        (b"md5\n" + MD5.encode(), False),
        (b"", False),
    ],
)
def test_recognition(head: bytes, expected: bool) -> None:
    assert NCMECHashes().recognises(head) is expected


_pieces = st.sampled_from(
    [entry(), entry("i2"), deleted(), deleted("i2"), "<image>", "</image>", "<md5>", "<deletedVideo/>", "<image/>"]
) | st.text(max_size=4)


@settings(max_examples=150, deadline=None)
@given(st.lists(_pieces, max_size=20).map("".join), st.integers(0, 300))
def test_every_entry_is_accounted_for(text: str, cut: int) -> None:
    # Numbers and places are checked as it is read.
    read(document(text)[: -cut or None])


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    read(content)
    NCMECHashes().recognises(content)
