"""NSRL: digests of version 3 (SQLite) and version 2 (text), and databases that are something else."""

from __future__ import annotations

import gzip
import io
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.errors import LinkgraphError, UsageError
from linkgraph.ingest.readers import lines
from linkgraph.ingest.readers.nsrl import COLUMNS, NSRL, NSRL2
from linkgraph.ingest.readers.rows import MAX_LINE_BYTES, Reader, Unreadable

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "nsrl"
SHA1, MD5 = "000000206738748EDD92C4E3D2E823896700F849", "392126E756571EBF112CB1C1CDEDF926"
HEADER = b'"SHA-1","MD5","CRC32","FileName","FileSize","ProductCode","OpSystemCode","SpecialCode"\r\n'
ENTRY = f'"{SHA1}","{MD5}","EBD105A0","I05002T2.PFB",98865,3095,"WIN",""'.encode()


def database(path: Path, script: str) -> Path:
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()
    return path


def read(reader: Reader, stream: object, batch_rows: int = 100_000) -> tuple[list[dict[str, object]], list[Unreadable]]:
    rows: list[dict[str, object]] = []
    unreadable: list[Unreadable] = []
    for batch in reader.read(stream, batch_rows=batch_rows):  # type: ignore[arg-type]
        assert batch.table.column_names[:4] == list(COLUMNS)
        rows += batch.table.to_pylist()
        unreadable += batch.unreadable
    return rows, unreadable


def opened(path: Path, batch_rows: int = 100_000) -> tuple[list[dict[str, object]], list[Unreadable]]:
    with path.open("rb") as stream:
        return read(NSRL(), stream, batch_rows)


@pytest.fixture
def rds(tmp_path: Path) -> Path:
    return database(tmp_path / "rds.db", (FIXTURES / "rds_v3.sql").read_text("utf-8"))


def test_version_3_gives_each_file_once_in_the_order_of_the_table(rds: Path) -> None:
    assert NSRL().recognises(rds.read_bytes()[: 1 << 16])
    rows, unreadable = opened(rds)
    assert unreadable == []
    assert [(row["_line"], row["md5"], row["set_name"]) for row in rows] == [
        (1, "0" * 31 + "B", "NSRL RDS 2026.03.1 modern"),
        (2, "0" * 31 + "A", "NSRL RDS 2026.03.1 modern"),
    ]
    assert rows[0]["sha256"] == "F" + "0" * 62 + "B"
    assert {row["_offset"] for row in rows} == {-1}
    assert b"z.txt" not in b"".join(row["_raw"] for row in rows)  # type: ignore[misc]
    assert opened(rds, batch_rows=1) == (rows, unreadable)


def test_a_compressed_database_is_read_from_a_copy(rds: Path) -> None:
    packed = rds.with_suffix(".gz")
    packed.write_bytes(gzip.compress(rds.read_bytes()))
    with gzip.open(packed) as stream:
        assert read(NSRL(), stream) == opened(rds)
    assert read(NSRL(), io.BytesIO(rds.read_bytes())) == opened(rds)


@pytest.mark.parametrize(
    ("script", "rows", "codes"),
    [
        (f"CREATE TABLE FILE (sha1, md5); INSERT INTO FILE VALUES ('{SHA1}', NULL), (NULL, '{MD5}')", 2, []),
        ("CREATE TABLE file (SHA1, MD5, extra); INSERT INTO file VALUES ('x', '', 1)", 1, []),
        ("CREATE TABLE FILE (sha1, md5); INSERT INTO FILE VALUES (NULL, ''), ('x', 'y')", 1, ["nsrl-no-digest"]),
        ("CREATE TABLE FILE (sha1, md5); INSERT INTO FILE VALUES (7, 'x'), (1.5, 'x')", 0, ["nsrl-type"] * 2),
        ("CREATE TABLE FILE (sha1, md5); INSERT INTO FILE VALUES ('ü', 'x'), (X'ff', 'x')", 0, ["nsrl-digest"] * 2),
        ("CREATE TABLE FILE (sha1, md5); INSERT INTO FILE VALUES (X'6100', 'x')", 0, ["nsrl-digest"]),
        ("CREATE TABLE FILE (sha1, md5)", 0, []),
        ("CREATE VIEW FILE AS SELECT 'a' AS sha1, 'b' AS md5", 1, []),
    ],
)
def test_what_a_table_may_hold(tmp_path: Path, script: str, rows: int, codes: list[str]) -> None:
    found, unreadable = opened(database(tmp_path / "x.db", script))
    assert len(found) == rows
    assert [fault.code for fault in unreadable] == codes
    assert all(fault.raw.startswith(b"[") and fault.offset == -1 for fault in unreadable)
    assert {row["set_name"] for row in found} <= {"NSRL RDS"}
    numbers = [row["_line"] for row in found] + [fault.line for fault in unreadable]
    assert sorted(numbers, key=int) == list(range(1, len(numbers) + 1))  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE other (sha1, md5)",
        "CREATE TABLE FILE (name)",
        "CREATE VIEW FILE AS SELECT missing AS sha1, 'x' AS md5 FROM nowhere",
        "CREATE VIEW FILE AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT i AS sha1, 'x' AS md5 FROM n",
        "CREATE VIEW FILE AS SELECT randomblob(1000000000) AS sha1, 'x' AS md5",
        "CREATE VIEW FILE AS SELECT load_extension('x') AS sha1, 'x' AS md5",
    ],
)
def test_databases_that_are_something_else_are_refused(tmp_path: Path, script: str) -> None:
    with pytest.raises(UsageError):
        opened(database(tmp_path / "x.db", script))


def test_a_truncated_database_says_from_where_it_cannot_be_read(tmp_path: Path) -> None:
    rows = ", ".join(f"('{at:040x}', '{at:032x}')" for at in range(20_000))
    path = database(tmp_path / "x.db", f"CREATE TABLE FILE (sha1, md5); INSERT INTO FILE VALUES {rows}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    try:
        found, unreadable = opened(path, batch_rows=1000)
    except UsageError:
        return
    assert len(found) < 20_000
    assert [fault.code for fault in unreadable] == ["nsrl-damaged"]
    assert unreadable[0].line == len(found) + 1


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 4096))
def test_any_bytes_are_read_or_refused(noise: bytes, at: int) -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript((FIXTURES / "rds_v3.sql").read_text("utf-8"))
    whole = connection.serialize()
    connection.close()
    damaged = whole[:at] + noise + whole[at + len(noise) :]
    for content in (noise, damaged):
        NSRL().recognises(content)
        try:
            for batch in NSRL().read(io.BytesIO(content)):
                assert batch.read == batch.table.num_rows + len(batch.unreadable)
        except LinkgraphError:
            pass


# -- version 2 -----------------------------------------------------------------------------------


def test_version_2() -> None:
    content = (FIXTURES / "NSRLFile.txt").read_bytes()
    assert NSRL2().recognises(content)
    rows, unreadable = read(NSRL2(), io.BytesIO(content))
    assert [(row["_line"], row["sha1"], row["md5"]) for row in rows[:1]] == [(2, SHA1, MD5)]
    assert [row["_line"] for row in rows] == [2, 3, 4, 5]
    assert {row["set_name"] for row in rows} == {"NSRL RDS 2"}
    assert rows[0]["sha256"] is None
    for row in rows:
        offset, length = row["_offset"], row["_length"]
        assert isinstance(offset, int)
        assert isinstance(length, int)
        assert content[offset : offset + length].startswith(f'"{row["sha1"]}"'.encode())
    (fault,) = unreadable
    assert (fault.line, fault.raw, fault.code) == (6, b"0000,1", "nsrl-line")
    assert read(NSRL2(block_bytes=7), io.BytesIO(content), batch_rows=2) == (rows, unreadable)


@pytest.mark.parametrize("line", [b"", b'"', b'"\xff","x",', b'"a\0","x",', b'"a","b"', b"x" * (MAX_LINE_BYTES + 1)])
def test_a_line_that_is_no_entry_costs_itself_alone(line: bytes) -> None:
    rows, unreadable = read(NSRL2(), io.BytesIO(HEADER + ENTRY + b"\n" + line + b"\n" + ENTRY))
    assert [row["_line"] for row in rows] == [2, 4]
    assert [fault.line for fault in unreadable] == ([3] if line else [])
    assert all(fault.raw == line[: lines.KEPT_OF_LONG_LINE] for fault in unreadable)


@pytest.mark.parametrize(
    ("head", "expected"),
    [(HEADER, True), (b"\xef\xbb\xbf" + HEADER, True), (b"sha1,md5\n", False), (b"", False), (ENTRY, False)],
)
def test_recognition_of_version_2(head: bytes, expected: bool) -> None:
    assert NSRL2().recognises(head) is expected
    assert not NSRL().recognises(head)


_pieces = st.sampled_from([HEADER, ENTRY, b"\n", b"\r\n", b"\0", b"\xff", b'"', b",", b"x", b""])


@settings(max_examples=150, deadline=None)
@given(st.lists(_pieces, max_size=20).map(b"".join), st.integers(1, 200))
def test_every_line_of_version_2_is_accounted_for(content: bytes, block_bytes: int) -> None:
    rows, unreadable = read(NSRL2(block_bytes=block_bytes), io.BytesIO(content))
    filled = [line.number for line in lines.iterate(io.BytesIO(content)) if line.raw]
    if content.removeprefix(b"\xef\xbb\xbf").startswith(b'"SHA-1"'):
        filled = filled[1:]
    assert sorted([row["_line"] for row in rows] + [fault.line for fault in unreadable], key=int) == filled  # type: ignore[call-overload]
