"""Digest lists: what checksum programs print, comments, and what belongs to other readers."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from linkgraph.ingest.readers.hash_list import HashList
from linkgraph.ingest.readers.rows import Unreadable

MD5 = "0123456789abcdef0123456789abcdef"
SHA1 = MD5 + "01234567"
SHA256 = MD5 * 2
SHA512 = SHA256 * 2
GNUTELLA = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def read(content: bytes, block_bytes: int = 1 << 20) -> tuple[list[dict[str, object]], list[Unreadable]]:
    rows: list[dict[str, object]] = []
    unreadable: list[Unreadable] = []
    for batch in HashList(block_bytes=block_bytes).read(io.BytesIO(content)):
        rows += batch.table.to_pylist()
        unreadable += batch.unreadable
    return rows, unreadable


@pytest.mark.parametrize(
    ("line", "digest", "name"),
    [
        (MD5, MD5, None),
        (SHA512.upper(), SHA512.upper(), None),
        (GNUTELLA, GNUTELLA, None),
        (f"  {SHA1}\t", SHA1, None),
        (f"{SHA1}\r", SHA1, None),
        (f'"{SHA256}"', SHA256, None),
        (f"'{SHA256}',", SHA256, None),
        (f"0x{MD5}", f"0x{MD5}", None),
        (f"{SHA256}  a b.bin", SHA256, "a b.bin"),
        (f"{SHA256} *a b.bin", SHA256, "a b.bin"),
        (f"{SHA256}\ta.bin", SHA256, "a.bin"),
        (f"\\{SHA256}  a\\nb", SHA256, "a\\nb"),
        (f"SHA256 (a (1).bin) = {SHA256}", SHA256, "a (1).bin"),
        (f"SHA2-256(a.bin)= {SHA256}", SHA256, "a.bin"),
        (f"{SHA256}  \u202egnp.exe", SHA256, "\u202egnp.exe"),
        ("abc123", "abc123", None),
        (f"urn:sha1:{GNUTELLA}", f"urn:sha1:{GNUTELLA}", None),
        (f"sha256:{SHA256}", f"sha256:{SHA256}", None),
        # In the columns of sha256sum a number is the name of a file.
        (f"{SHA256}  88", SHA256, "88"),
    ],
)
def test_lines(line: str, digest: str, name: str | None) -> None:
    for content in (line.encode(), line.encode() + b"\n"):
        (row,), unreadable = read(content)
        assert unreadable == []
        length = len(line.removesuffix("\r").encode())
        places = {"_line": 1, "_offset": 0, "_length": length}
        assert row == {"digest": digest, "pdq": None, "quality": None, "name": name, **places}


def test_comments_and_blank_lines_are_no_rows() -> None:
    content = f"# list\n; of 2026\n\n  # more\n{MD5}\n \t\n{SHA1}".encode()
    rows, unreadable = read(content)
    assert unreadable == []
    assert [(row["digest"], row["_line"]) for row in rows] == [(MD5, 5), (SHA1, 7)]
    for row in rows:
        at, size = row["_offset"], row["_length"]
        assert isinstance(at, int)
        assert isinstance(size, int)
        assert content[at : at + size].decode() == row["digest"]
    assert read(content, block_bytes=5) == (rows, unreadable)


@pytest.mark.parametrize(
    ("line", "code"), [(b"a\0b", "nul-byte"), (b"\xff" * 32, "invalid-utf-8"), (b"a,b", "hash-list-line")]
)
def test_a_line_that_is_no_text_costs_itself_alone(line: bytes, code: str) -> None:
    rows, unreadable = read(MD5.encode() + b"\n" + line + b"\n" + SHA1.encode())
    assert [row["digest"] for row in rows] == [MD5, SHA1]
    (fault,) = unreadable
    assert (fault.line, fault.offset, fault.raw, fault.code) == (2, 33, line, code)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (MD5, True),
        (f"{MD5}\n{SHA1[:20]}", True),
        (f"# md5\n\n{SHA256.upper()}\n", True),
        (f"\ufeff{SHA256}\n", True),
        (f"deadbeef\n{MD5}\n{MD5}\n", True),
        (f"{SHA256}  a.bin\nSHA256 (b) = {SHA256}\n", True),
        (GNUTELLA, True),
        (f"urn:sha1:{GNUTELLA}\nsha1:{SHA1}\n", True),
        (f"{SHA256},88\n{SHA256},100\n", True),
        (f"hash,quality\n{SHA256},88\n", True),
        (f'# PDQ\n"pdq","quality"\n"{SHA256}","88"\n', True),
        (f"hash,quality\n{SHA256},good\n", False),
        (f"{SHA256},101\n", False),
        (f"{SHA256},88.5\n", False),
        (f"sha256\n{SHA256}\n", False),
        (f"sha256,name\n{SHA256},a\n", False),
        (f"{SHA256},a\n", False),
        (f"{SHA256};a\n", False),
        ("hello\nworld\n", False),
        (MD5[:31], False),
        ("", False),
        ("# nothing\n", False),
    ],
)
def test_recognition(head: str, expected: bool) -> None:
    assert HashList().recognises(head.encode()) is expected


def test_every_digest_of_a_published_list_is_read(published: Path) -> None:
    for name, count in (("haystack.txt", 1350), ("needles.txt", 100)):
        content = (published / "pdq" / name).read_bytes()
        assert HashList().recognises(content[: 1 << 16])
        rows, unreadable = read(content)
        assert unreadable == []
        assert len(rows) == count
        assert {len(str(row["digest"])) for row in rows} == {64}


@pytest.mark.parametrize(
    ("line", "quality", "name"),
    [
        (f"{SHA256},88", "88", None),
        (f"{SHA256.upper()} , 100", "100", None),
        (f'"{SHA256}","0"', "0", None),
        (f"{SHA256},49,a, b.jpg", "49", "a, b.jpg"),
    ],
)
def test_pdq_with_its_quality(line: str, quality: str, name: str | None) -> None:
    (row,), unreadable = read(line.encode())
    assert unreadable == []
    assert (row["digest"], str(row["pdq"]).lower(), row["quality"], row["name"]) == (None, SHA256, quality, name)


@pytest.mark.parametrize("line", [f"{SHA256},101", f"{SHA256},-1", f"{SHA256},", f"{MD5},88", f"{SHA256}88,8"])
def test_what_only_looks_like_pdq_is_not_guessed(line: str) -> None:
    rows, unreadable = read(line.encode())
    assert [row["pdq"] for row in rows] == [None] * len(rows)
    assert len(rows) + len(unreadable) == 1


def test_a_header_of_pdq_hashes_is_no_row_and_stands_once() -> None:
    content = f"# list\nhash,quality\n{SHA256},88\nhash,quality\n".encode()
    rows, unreadable = read(content)
    assert [(row["_line"], row["quality"]) for row in rows] == [(3, "88")]
    assert [(fault.line, fault.code) for fault in unreadable] == [(4, "hash-list-line")]
