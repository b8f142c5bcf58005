"""Reading a source again as it was read: to rebuild a store, and to read rows as they were corrected.

What was decided when a source was imported is stated the second time, so both go the same way through
:func:`linkgraph.ingest.planning.planned`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.errors import IntegrityError, UsageError
from linkgraph.ingest import KINDS, custody, encoding, sidecar
from linkgraph.ingest.custody import Custody
from linkgraph.ingest.importing import after_line, raw_bytes
from linkgraph.ingest.kind import SourceKind, ValueType
from linkgraph.ingest.mapping import Stated
from linkgraph.ingest.planning import Reading, decisions, planned
from linkgraph.ingest.readers import delimited
from linkgraph.ingest.readers.rows import LENGTH, LINE, OFFSET, Rows
from linkgraph.ingest.sidecar import Sidecar
from linkgraph.ingest.typed import Typing
from linkgraph.model import QuarantinedRow
from linkgraph.store.batch import Batch

_PIECE = 1 << 20
_NO_ROWS = pa.table({name: pa.array([], pa.int64()) for name in (LINE, OFFSET, LENGTH)})


@dataclass(frozen=True, slots=True)
class Again:
    """A source of the log, ready to be read as it was."""

    held: Custody
    kept: Sidecar
    reading: Reading
    mapping: dict[str, object]
    """What was decided, in full."""


def opened_again(sources: Path, begun: Mapping[str, Any]) -> Again:
    """Find a source and what was kept of it, from the body of its ``import.begin`` entry.

    Raises:
        IntegrityError: evidence or sidecar is gone or changed, or the reader is no longer there.
    """
    sha256 = str(begun["source"])
    path = sources / sha256
    if begun.get("sidecar") is None:
        raise IntegrityError(
            f"The source {sha256[:12]} was imported by a linkgraph that kept no sidecar: "
            "it cannot be read again as it was."
        )
    if not path.is_file() or path.stat().st_size != begun["size"] or custody.digest_of(path) != sha256:
        raise IntegrityError(
            f"The evidence file with SHA-256 {sha256} is gone from sources/ or is no longer that file."
        )
    kept = sidecar.read(sources, sha256, begun["sidecar"])
    held = Custody(sha256, begun["size"], path, is_new=False)
    if kept.kind not in KINDS:
        raise IntegrityError(f"'{kept.name}' was imported as {kept.kind}, which this linkgraph does not know.")
    kind = KINDS[kept.kind]
    stated = _restated(kind, kept.stated, begun)
    try:
        reading = planned(held, kind, kept.name, stated, only=frozenset(begun["mapping"]["columns"]))
    except UsageError as fault:
        raise IntegrityError(f"'{kept.name}' cannot be read again as it was: {fault}") from fault
    return Again(held, kept, reading, decisions(reading, kept.stated))


def _restated(kind: SourceKind, stated: Stated, begun: Mapping[str, Any]) -> Stated:
    """Give what was stated with what was decided from it."""
    decided = begun["mapping"]
    reader = str(begun["reader"]).partition(" ")[0]
    forms = dict(decided["times"])
    if decided["amounts"]:
        money = (one.name for one in kind.fields if one.type is ValueType.MONEY and one.name in decided["columns"])
        forms |= dict.fromkeys(money, decided["amounts"])
    again = replace(stated, reader=reader, formats={**stated.formats, **forms}, encoding=decided["encoding"])
    if reader != delimited.NAME:
        return again
    columns: dict[str, str | int] = dict(decided["columns"])
    if not decided["header"]:
        columns = {name: int(str(column).rpartition(" ")[2]) for name, column in columns.items()}
    return replace(again, delimiter=decided["delimiter"], header=decided["header"], columns=columns)


# -- batches as they were ------------------------------------------------------------------------


def batches(again: Again, secret: bytes, after: int, borders: Iterable[int]) -> Iterator[Batch]:
    """Type the rows after a line in batches that end at these lines, one batch a border.

    ``secret`` is that of the store they are for, see :mod:`linkgraph.ingest.content`.
    """
    reading = again.reading
    typing = Typing(reading.plan, again.held.sha256, secret)
    with custody.opened(again.held.path) as stream, raw_bytes(again.held.path, reading.encoding) as raw:
        for rows in _cut(reading.reader.read(encoding.as_utf8(stream, reading.encoding)), after, borders):
            yield typing.batch(reading.adapted(rows) if rows.table is not _NO_ROWS else rows, raw)


def _cut(read: Iterator[Rows], after: int, borders: Iterable[int]) -> Iterator[Rows]:
    """Give rows in pieces that end at these lines: those of the reader as they are, where it ends there too."""
    waiting: Rows | None = None
    for border in borders:
        pieces: list[Rows] = []
        while True:
            rows = waiting or next(read, None)
            waiting = None
            if rows is None:
                break
            rows = after_line(rows, after)
            if not rows.read:
                continue
            last = _last_line(rows)
            pieces.append(rows if last <= border else _up_to(rows, border))
            if last > border:
                waiting = rows
            if last >= border:
                break
        after = border
        yield _joined([piece for piece in pieces if piece.read])


def _last_line(rows: Rows) -> int:
    lines = [row.line for row in rows.unreadable]
    if rows.table.num_rows:
        lines.append(pc.max(rows.table[LINE]).as_py())
    return max(lines)


def _up_to(rows: Rows, line: int) -> Rows:
    table = rows.table.filter(pc.less_equal(rows.table[LINE], line)) if rows.table.num_rows else rows.table
    return Rows(table, [row for row in rows.unreadable if row.line <= line])


def _joined(pieces: Sequence[Rows]) -> Rows:
    if not pieces:
        return Rows(_NO_ROWS)
    if len(pieces) == 1:
        return pieces[0]
    table = pa.concat_tables([piece.table for piece in pieces], promote_options="default")
    return Rows(table, [row for piece in pieces for row in piece.unreadable])


# -- rows as they were corrected -----------------------------------------------------------------


def corrected(
    again: Again, secret: bytes, read: int, refused: Mapping[int, QuarantinedRow], texts: Mapping[int, str]
) -> Batch:
    """Read rows of a source as if it had them as they were corrected.

    The whole source is read, with the corrected rows in the place of those that were refused, so that
    what a row takes from the lines before it (a header, a year) is what it always took. Of this only the
    corrected rows are given, under the lines and byte positions they had.

    Args:
        again: the source.
        secret: that of the store they are for.
        read: how many rows it has.
        refused: the rows that are corrected, by line.
        texts: what each is to be read as, by line.

    Returns:
        A batch with the corrected rows, and among its quarantined rows those that are still refused, with
        the reason that their correction is refused for and the bytes they always had.

    Raises:
        UsageError: rows of this format cannot be corrected one by one, or a correction changes where
            other rows begin and end.
    """
    faults: dict[int, tuple[str, str]] = {}
    patches: dict[int, tuple[QuarantinedRow, bytes]] = {}
    for line, text in texts.items():
        row = refused[line]
        raw = row.raw or b""
        if row.byte_offset < 0:
            raise UsageError(
                f"Rows of '{again.kept.name}' are not lines of text: correct a copy of the file and import that."
            )
        # Line ends at the end are those the row had: an editor adds and drops them.
        content = text.rstrip("\r\n").encode() + raw[len(raw.rstrip(b"\r\n")) :]
        if content.count(b"\n") != raw.count(b"\n"):
            faults[line] = ("correction-lines", "The corrected row has not as many lines as the row that was refused.")
        elif patches.setdefault(row.byte_offset, (row, content))[1] != content:
            raise UsageError(
                f"Row {line} of '{again.kept.name}' is one record with another that is corrected otherwise."
            )
    table, unreadable, total = _read_patched(again, patches, texts.keys() - faults.keys())
    if total != read:
        raise UsageError(
            f"With these corrections '{again.kept.name}' has {total:,} rows where it had {read:,}: one of them opens a "
            "quote or ends a record; nothing was changed."
        )
    given = [row.line for row in unreadable] + (table[LINE].to_pylist() if table is not None else [])
    for line in texts.keys() - faults.keys() - set(given):
        faults[line] = ("correction-no-row", "What the row was corrected to is no row of the file.")
    rows = Rows(_with_positions(table, refused), unreadable)
    batch = Typing(again.reading.plan, again.held.sha256, secret).batch(rows, lambda _offset, _length: b"")
    still = [
        replace(refused[row.line], column=row.column, code=row.code, reason=row.reason, hint=row.hint)
        for row in batch.quarantined
    ]
    still += [
        replace(refused[line], column="", code=code, reason=reason, hint="") for line, (code, reason) in faults.items()
    ]
    return replace(batch, quarantined=sorted(still, key=lambda row: row.line))


def _read_patched(
    again: Again, patches: Mapping[int, tuple[QuarantinedRow, bytes]], lines: Set[int]
) -> tuple[pa.Table | None, list[Any], int]:
    """Read the source with pieces replaced; give the rows of these lines, and how many rows there are."""
    tables, unreadable, total = [], [], 0
    wanted = pa.array(sorted(lines), pa.int64())
    with _patched(again, [patches[offset] for offset in sorted(patches)]) as stream:
        for read in again.reading.reader.read(stream):
            rows = again.reading.adapted(read)
            total += rows.read
            unreadable += [row for row in rows.unreadable if row.line in lines]
            if rows.table.num_rows:
                table = rows.table.filter(pc.is_in(rows.table[LINE], wanted))
                if table.num_rows:
                    tables.append(table)
    return (pa.concat_tables(tables, promote_options="default") if tables else None), unreadable, total


@contextmanager
def _patched(again: Again, patches: Sequence[tuple[QuarantinedRow, bytes]]) -> Iterator[BinaryIO]:
    """Open a passing copy of a source, as its reader is given it, in which these pieces are replaced."""
    coded = again.reading.encoding
    # Evidence never leaves the case folder, not even for a moment.
    passing = again.held.path.with_name(f"incoming-{secrets.token_hex(8)}")
    try:
        with custody.opened(again.held.path) as stream, passing.open("xb") as out:
            source = _Ahead(encoding.as_utf8(stream, coded))
            at = 0
            for row, content in patches:
                source.copy(out, row.byte_offset - at)
                raw = next((one for one in _as_read(row.raw or b"", coded) if source.starts_with(one)), None)
                if raw is None:
                    raise IntegrityError(f"Row {row.line} of '{again.kept.name}' is not what is in quarantine.")
                source.take(len(raw))
                out.write(content)
                at = row.byte_offset + len(raw)
            source.copy(out, None)
        with passing.open("rb") as stream:
            yield stream
    finally:
        passing.unlink(missing_ok=True)


class _Ahead:
    """A stream of which one can see what comes."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._seen = b""

    def starts_with(self, piece: bytes) -> bool:
        while len(self._seen) < len(piece) and (more := self._stream.read(_PIECE)):
            self._seen += more
        return self._seen.startswith(piece)

    def take(self, size: int) -> bytes:
        """Give the next bytes, up to ``size`` of them and none only at the end."""
        if not self._seen:
            self._seen = self._stream.read(_PIECE)
        piece, self._seen = self._seen[:size], self._seen[size:]
        return piece

    def copy(self, out: BinaryIO, size: int | None) -> None:
        """Copy so many bytes, or all that is left."""
        while size is None or size:
            piece = self.take(_PIECE if size is None else min(_PIECE, size))
            if not piece:
                return
            out.write(piece)
            size = None if size is None else size - len(piece)


def _as_read(raw: bytes, coded: str) -> Iterator[bytes]:
    """Give what the bytes of a row may be in the text its reader is given: the original or the recoded ones."""
    if coded != encoding.UTF_8:
        # A reader's own refusal has the recoded bytes already.
        with suppress(UnicodeDecodeError):
            yield raw.decode("utf-16-le" if coded == "utf-16" else coded).encode()
    yield raw


def _with_positions(table: pa.Table | None, refused: Mapping[int, QuarantinedRow]) -> pa.Table:
    """Give rows the byte positions that they have in the source."""
    if table is None:
        return _NO_ROWS
    rows = [refused[line] for line in table[LINE].to_pylist()]
    places = {OFFSET: [row.byte_offset for row in rows], LENGTH: [len(row.raw or b"") for row in rows]}
    for name, values in places.items():
        table = table.set_column(table.schema.get_field_index(name), name, pa.array(values, pa.int64()))
    return table
