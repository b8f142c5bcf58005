"""The Reference Data Set of the National Software Reference Library: digests of published software.

Version 3 is an SQLite database. Its FILE (a table, or a view over METADATA) has a row for each file of each
package; the "minimal" sets have a row for each file. Version 2 is delimited text, NSRLFile.txt::

    "SHA-1","MD5","CRC32","FileName","FileSize","ProductCode","OpSystemCode","SpecialCode"

Only digests are read. Names of files and products stay in the source; a digest that stands in several
packages is one row. Updates of version 3 that are SQL texts ("delta") are not read: nothing runs them here.

Source: NIST, "RDSv3 Format" (2022, the four views FILE, PKG, OS, MFG and the tables METADATA and VERSION);
NIST, "Data Formats of the NSRL Reference Data Set (RDS) Distribution" (2009).
"""

from __future__ import annotations

import io
import json
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.errors import StorageError, UsageError
from linkgraph.ingest.readers import lines
from linkgraph.ingest.readers.rows import LENGTH, LINE, MAX_LINE_BYTES, OFFSET, RAW, Rows, Unreadable, schema

DIGESTS = ("sha256", "sha1", "md5")
COLUMNS = (*DIGESTS, "set_name")
"""Digests as the set has them, null where it has none; the set by its version, ``NSRL RDS 2026.03.1 modern``."""

BATCH_ROWS = 100_000

_MAGIC = b"SQLite format 3\0"
_RELATIONS = ("FILE", "METADATA")
_READABLE = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
    }
)
_FUNCTIONS = frozenset({"coalesce", "ifnull", "lower", "upper", "trim", "substr", "hex", "length"})
# A damaged schema can give a message that is no text, on which the module itself fails.
_FAULTS = (sqlite3.Error, UnicodeDecodeError)
_DAMAGED = ("nsrl-damaged", "The database is damaged from here on: what follows cannot be read.")
_Numbered = tuple[int, tuple[bytes | None, ...]]
_SCHEMA = schema(COLUMNS).append(pa.field(RAW, pa.binary()))


@dataclass(frozen=True, slots=True)
class NSRL:
    """Reads version 3; the file is opened for reading only, and never written to."""

    name: str = "nsrl"
    version: str = "1"
    binary: bool = True
    needs: tuple[str, ...] = ()

    def recognises(self, head: bytes) -> bool:
        """Tell whether it is a database whose first pages declare a table of digests."""
        declared = head.lower()
        named = any(re.search(rb"\b%s\b" % name.lower().encode(), declared) for name in _RELATIONS)
        return head.startswith(_MAGIC) and named and b"sha1" in declared and b"md5" in declared

    def read(self, stream: BinaryIO, *, batch_rows: int = BATCH_ROWS) -> Iterator[Rows]:
        """Yield the distinct rows of digests; ``_line`` is the number of the row.

        Raises:
            UsageError: the database has no table of digests.
            StorageError: there is no room to inflate a compressed one.
        """
        with _on_disk(stream) as path, closing(_opened(path)) as database:
            statement, present, set_name = _planned(database)
            number = 0
            try:
                cursor = database.execute(statement)
            except _FAULTS as fault:
                raise UsageError(f"The NSRL database cannot be read: {fault}.") from fault
            while True:
                try:
                    found = cursor.fetchmany(min(batch_rows, BATCH_ROWS))
                except _FAULTS as damage:
                    end = Unreadable(number + 1, -1, b"", "", *_DAMAGED, f"SQLite says: {damage}.")
                    yield _rows([], [end], present, set_name)
                    return
                if not found:
                    return
                kept: list[_Numbered] = []
                unreadable: list[Unreadable] = []
                for row in found:
                    number += 1
                    refused = _fault(row)
                    if refused is None:
                        kept.append((number, row))
                    else:
                        unreadable.append(Unreadable(number, -1, _raw(row), *refused))
                yield _rows(kept, unreadable, present, set_name)


def _rows(kept: list[_Numbered], unreadable: list[Unreadable], present: list[str], set_name: str) -> Rows:
    columns = dict(zip(present, zip(*(row for _, row in kept), strict=True), strict=True)) if kept else {}
    size = len(kept)
    arrays = {name: pa.array(columns.get(name, [None] * size), pa.binary()).cast(pa.string()) for name in DIGESTS}
    arrays["set_name"] = pa.array([set_name], pa.string()).take(pa.array(np.zeros(size, np.int32)))
    arrays[LINE] = pa.array([at for at, _ in kept], pa.int64())
    arrays[OFFSET] = pa.array(np.full(size, -1), pa.int64())
    arrays[LENGTH] = pa.array(np.zeros(size, np.int64))
    arrays[RAW] = pa.array([_raw(row) for _, row in kept], pa.binary())
    return Rows(pa.table(arrays, schema=_SCHEMA), unreadable)


def _raw(row: tuple[object, ...]) -> bytes:
    """Give the cells of a row as a JSON list."""
    shown = [cell.decode("utf-8", "backslashreplace") if isinstance(cell, bytes) else cell for cell in row]
    return json.dumps(shown, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _fault(row: tuple[object, ...]) -> tuple[str, str, str] | None:
    """Say column, code and reason where the cells of a row are no digests; what they are is judged later."""
    filled = [cell for cell in row if cell not in (None, b"")]
    if not filled:
        return "", "nsrl-no-digest", "The row has no digest."
    for cell in filled:
        if not isinstance(cell, bytes):
            return "", "nsrl-type", "A digest is stored as a number."
        if not cell.isascii() or b"\0" in cell or len(cell) > lines.KEPT_OF_LONG_LINE:
            return "", "nsrl-digest", "A digest has other characters than a digest can have."
    return None


def _planned(database: sqlite3.Connection) -> tuple[str, list[str], str]:
    """Give the statement that reads the digests, its columns in order, and the name of the set."""
    try:
        declared = dict(database.execute("SELECT upper(name), type FROM sqlite_master WHERE type IN ('table', 'view')"))
        found = []
        for name in _RELATIONS:
            kind = declared.get(name.encode())
            if kind is not None:
                columns = {
                    str(one[1], "utf-8", "replace").lower() for one in database.execute(f"PRAGMA table_info({name})")
                }
                present = [one for one in DIGESTS if one in columns]
                if present:
                    found.append((kind != b"table", name, present))
        set_name = _set_name(database, declared)
    except _FAULTS as fault:
        raise UsageError(f"The NSRL database cannot be read: {fault}.") from fault
    if not found:
        raise UsageError("The database has no table FILE or METADATA with digests: it is no NSRL RDS of version 3.")
    # A table is read in the order of its rows; a view has no order of its own but the same one every time.
    is_view, name, present = min(found, key=lambda one: one[0])
    hint = "" if is_view else " NOT INDEXED"
    database.set_authorizer(_only_reading)
    # Both names are constants of this module.
    return f"SELECT DISTINCT {', '.join(present)} FROM {name}{hint}", present, set_name  # noqa: S608


def _set_name(database: sqlite3.Connection, declared: dict[bytes, bytes]) -> str:
    words = ["NSRL RDS"]
    if b"VERSION" in declared:
        cursor = database.execute("SELECT * FROM VERSION LIMIT 1")
        said = dict(zip((one[0].lower() for one in cursor.description), next(iter(cursor), ()), strict=False))
        stated = (said.get(name) for name in ("version", "build_set"))
        words += [text for one in stated if isinstance(one, bytes) and (text := one.decode("ascii", "ignore").strip())]
    return " ".join(words)[:200]


def _only_reading(action: int, first: str | None, second: str | None, database: str | None, view: str | None) -> int:
    """Let a view of the file select and read; it may not call what it likes or go on for ever."""
    if action in _READABLE or (action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _FUNCTIONS):
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _opened(path: Path) -> sqlite3.Connection:
    # Immutable: neither locks nor a journal are looked for beside a copy that nobody writes to.
    database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
    database.text_factory = bytes
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA query_only = ON")
    return database


@contextmanager
def _on_disk(stream: BinaryIO) -> Iterator[Path]:
    """Give the file of a stream; what is no file itself, as a compressed one, is copied to a temporary one."""
    # A GzipFile has a name too, that of the compressed file.
    if isinstance(stream, io.BufferedReader) and isinstance(stream.raw, io.FileIO):
        yield Path(str(stream.name))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rds.db"
        try:
            with path.open("xb") as copy:
                shutil.copyfileobj(stream, copy, 1 << 20)
        except OSError as fault:
            raise StorageError(
                f"The compressed database could not be inflated into {folder} ({fault.strerror or fault}): "
                "unpack it yourself and import it as it is."
            ) from fault
        yield path


# -- version 2 -----------------------------------------------------------------------------------

_HEADER = re.compile(rb'(?:\xef\xbb\xbf)?"SHA-1","MD5",', re.IGNORECASE)
_ENTRY = r'^"(?P<sha1>[ !#-~]*)","(?P<md5>[ !#-~]*)",'
"""The line is not looked at beyond: file names are Latin-1, or anything."""


@dataclass(frozen=True, slots=True)
class NSRL2:
    """Reads NSRLFile.txt of version 2, in whatever encoding its file names are."""

    name: str = "nsrl-v2"
    version: str = "1"
    binary: bool = True
    needs: tuple[str, ...] = ()
    block_bytes: int = lines.BLOCK_BYTES

    def recognises(self, head: bytes) -> bool:
        """Tell whether the first line is the header of NSRLFile.txt."""
        return _HEADER.match(head) is not None

    def read(self, stream: BinaryIO, *, batch_rows: int = 500_000) -> Iterator[Rows]:
        """Yield the entries of ``stream``; see :class:`~linkgraph.ingest.readers.rows.Reader`."""
        return lines.batches(stream, self.block_bytes, batch_rows, _entries)


def _entries(block: lines.Block, first: int, last: int) -> Rows:
    """Read the lines first … last - 1 of a block."""
    starts, stops = block.starts[first:last], block.stops[first:last]
    bounds = np.append(starts, block.starts[last] if last < block.starts.size else len(block.content))
    buffers = [None, pa.py_buffer(bounds.astype(np.int64)), pa.py_buffer(block.content)]
    entries = pc.extract_regex(pa.Array.from_buffers(pa.large_binary(), last - first, buffers), pattern=_ENTRY)
    meant = stops > starts
    if block.line == 1 and first == 0 and _HEADER.match(block.line_at(0).raw):
        meant[0] = False
    fits = stops - starts <= MAX_LINE_BYTES
    matched = entries.is_valid().to_numpy(zero_copy_only=False) & meant & fits & (not block.oversize)
    unreadable = []
    for at in np.flatnonzero(meant & ~matched).tolist():
        line = block.line_at(first + at)
        long = lines.refused(line) if line.oversize else None
        unreadable.append(long or lines.unreadable(line, "nsrl-line", "The line is no entry of NSRLFile.txt."))
    parts = dict(zip((part.name for part in entries.type), entries.filter(pa.array(matched)).flatten(), strict=True))
    size = int(matched.sum())
    table = pa.table(
        {
            "sha256": pa.nulls(size, pa.string()),
            "sha1": parts["sha1"].cast(pa.string()),
            "md5": parts["md5"].cast(pa.string()),
            "set_name": pa.array(["NSRL RDS 2"], pa.string()).take(pa.array(np.zeros(size, np.int32))),
        }
    )
    return Rows(block.with_positions(table, first + np.flatnonzero(matched)), unreadable)
