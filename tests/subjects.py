"""Every reader as an analyst would use it, with small files of its format to start from: for tests of all of them."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import BinaryIO

from reading import Reading, read
from workbooks import DATE_TIME, PADDED, error, formula, number, packed, workbook

from linkgraph.errors import LinkgraphError
from linkgraph.ingest import KINDS, tabular
from linkgraph.ingest.mapping import Stated
from linkgraph.ingest.readers import SPECIAL
from linkgraph.ingest.readers.delimited import Delimited
from linkgraph.ingest.readers.rows import Reader, Rows
from linkgraph.ingest.readers.xlsx import Sheet, Workbook, heads

FIXTURES = Path(__file__).with_name("fixtures")

_STATED = {"year": 2026, "account": "somebody", "file_names": True}
_FOLDERS = {"radius-detail": "radius", "kik-bind": "kik", "snapchat-ip-data": "snapchat", "xlsx-parts": "xlsx"}
_TABLES = ("crypto", "paypal", "remitter", "sessions", "tables")
_SMALL = {
    "access-log": (
        b'192.0.2.1 - - [25/Oct/2015:04:11:25 +0100] "GET /a?b=1 HTTP/1.1" 200 24323 "-" "Mozilla/5.0 (X)"\n'
        b'www.example.org:443 2001:db8::1 - bob [25/Oct/2015:04:11:25 +0100] "\\x16\\x03" 400 -\nx\n',
    ),
    "mt940": (
        b":20:REF\r\n:25:DE02120300000000202051\r\n:28C:5/1\r\n:60F:C260101EUR100,00\r\n"
        b":61:2601020102CR300,00NTRFNONREF//B1\r\n:86:166?00CREDIT?20EREF+R1?21SVWZ+rent?30BELADEBE?31DE0212?32AMBER\r\n"
        b":61:260103D1,5N026123\n/EXTRA/\n:86:/EREF/1/CNTP/NL20INGB0001234567/INGBNL2A/OPAL///REMI/USTD//fee/\r\n"
        b":61:2601x\r\n:86:text\r\n:62F:C260131EUR90,00\r\n-\r\n:20:NEXT\r\n:61:260104RC1,NMSCX\r\n:86:free text\r\n",
    ),
    "delimited": (b'a,b,c\r\n1,"two\nlines",3\n"x ""y""",5" disk,z\n1,"open,3\n7,8\n',),
}


@dataclass(frozen=True)
class Subject:
    """One way to read bytes, and where to start from."""

    name: str
    reader: Reader
    seeds: tuple[bytes, ...]

    def read(self, content: bytes, *, batch_rows: int = 500_000) -> Reading | None:
        """Read bytes, checked as :func:`reading.read` does; None where they are refused in one sentence."""
        try:
            return read(self.reader, content, batch_rows=batch_rows)
        except LinkgraphError as refusal:
            assert str(refusal)
            return None


def stated(reader: Reader) -> Reader:
    """Give a reader with what an analyst would state."""
    return replace(reader, **{one.name: _STATED[one.name] for one in fields(reader) if one.name in reader.needs})


@dataclass(frozen=True)
class _OfKind:
    """A reader whose rows are turned into those of every kind that takes them."""

    inner: Reader

    def read(self, stream: BinaryIO, *, batch_rows: int = 500_000) -> Iterator[Rows]:
        for batch in self.inner.read(stream, batch_rows=batch_rows):
            for kind in KINDS.values():
                if self.inner.name in kind.readers:
                    adapted = kind.readers[self.inner.name](batch.table)
                    assert adapted["_line"].to_pylist() == batch.table["_line"].to_pylist()
            yield batch


@dataclass(frozen=True)
class _AnyWorkbook:
    """All sheets of a workbook, each with its first row as its header."""

    def read(self, stream: BinaryIO, *, batch_rows: int = 500_000) -> Iterator[Rows]:
        sheets = []
        for head in heads(stream):
            header, cells = head.rows[0] if head.rows else (0, ("a",))
            columns = tuple((at, cell, f"c{at}") for at, cell in enumerate(cells[:8]))
            sheets.append(Sheet(head.at, head.name, header, columns))
        return Workbook(tuple(sheets)).read(stream, batch_rows=batch_rows)


@dataclass(frozen=True)
class _WorkbookPart:
    """A good workbook with one part of it as the bytes say: the first byte chooses which."""

    parts: dict[str, bytes] = field(hash=False)

    def read(self, stream: BinaryIO, *, batch_rows: int = 500_000) -> Iterator[Rows]:
        content = stream.read()
        name = sorted(self.parts)[content[0] % len(self.parts)] if content else next(iter(self.parts))
        return _AnyWorkbook().read(io.BytesIO(packed({**self.parts, name: content[1:]})), batch_rows=batch_rows)


@dataclass(frozen=True)
class _AnyTable:
    """A delimited file, read as whatever kind its columns are of."""

    def read(self, stream: BinaryIO, *, batch_rows: int = 500_000) -> Iterator[Rows]:
        content = stream.read()
        told = Stated(service="example")
        for kind in KINDS.values():
            try:
                found = tabular.of_text(kind, content[: 1 << 16], "file", told)
            except LinkgraphError:
                continue
            adapt = found.adapt(told)
            for batch in found.reader.read(io.BytesIO(content), batch_rows=batch_rows):
                if adapt is not None:
                    assert adapt(batch.table)["_line"].to_pylist() == batch.table["_line"].to_pylist()
                yield batch
            return


def _files(folder: str, *endings: str) -> tuple[bytes, ...]:
    found = sorted(path for path in (FIXTURES / folder).glob("*") if path.is_file())
    return tuple(path.read_bytes() for path in found if not endings or path.suffix in endings)


def _database() -> bytes:
    with sqlite3.connect(":memory:") as connection:
        connection.executescript((FIXTURES / "nsrl" / "rds_v3.sql").read_text("utf-8"))
        return connection.serialize()


def _workbook() -> bytes:
    rows = [
        ["time", "reference", "note", "amount"],
        [number("46024.5", DATE_TIME), number("12345", PADDED), formula("A1", "cached"), number("1.5E3")],
        ["2026-01-02", "0012", error("#N/A"), "ü_x0041_"],
        [],
        ["x", None, number("1E+20"), number("0.1")],
    ]
    return workbook({"log": rows, "more": [["a"], ["b"]]})


def _seeds(name: str) -> tuple[bytes, ...]:
    if name == "nsrl":
        return (_database(),)
    if name == "nsrl-v2":
        return _files("nsrl", ".txt")
    return _SMALL.get(name) or _files(_FOLDERS.get(name, name.replace("-", "_")))


def _subjects() -> Iterator[Subject]:
    for reader in SPECIAL:
        yield Subject(reader.name, _OfKind(stated(reader)), _seeds(reader.name))  # type: ignore[arg-type]
    yield Subject("delimited", Delimited(",", ("a", "b", "c"), header=True, block_bytes=4096), _seeds("delimited"))
    tables = tuple(content for folder in _TABLES for content in _files(folder, ".csv"))
    yield Subject("tables", _AnyTable(), tables)  # type: ignore[arg-type]
    books = (_workbook(), *_files("xlsx"), *_files("remitter", ".xlsx"))
    yield Subject("xlsx", _AnyWorkbook(), books)  # type: ignore[arg-type]
    with zipfile.ZipFile(io.BytesIO(_workbook())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    seeds = tuple(bytes([at]) + parts[name] for at, name in enumerate(sorted(parts)))
    yield Subject("xlsx-parts", _WorkbookPart(parts), seeds)  # type: ignore[arg-type]


SUBJECTS = {subject.name: subject for subject in _subjects()}
"""By name: every reader of ``SPECIAL``, delimited text, tables by their columns, workbooks and parts of workbooks."""
