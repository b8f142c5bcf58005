"""Importing one evidence file: custody, plan, batches, end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pyarrow.compute as pc

from linkgraph.ahead import ahead
from linkgraph.errors import LinkgraphError, UsageError
from linkgraph.garbage import rarely_collected
from linkgraph.ingest import custody, encoding, sidecar
from linkgraph.ingest.custody import Custody
from linkgraph.ingest.kind import SourceKind
from linkgraph.ingest.mapping import Stated
from linkgraph.ingest.planning import Reading, decisions, planned
from linkgraph.ingest.readers import delimited
from linkgraph.ingest.readers.rows import LINE, Rows
from linkgraph.ingest.sidecar import Sidecar
from linkgraph.ingest.typed import Typing
from linkgraph.model import Source
from linkgraph.store import append
from linkgraph.store.append import Tally
from linkgraph.store.batch import Batch
from linkgraph.store.embedded import CaseStore

_BATCH_ROWS = 1_000_000
"""Most rows of a transaction: larger ones ask the store less often what it holds, smaller ones need less memory."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file."""

    sha256: str
    name: str
    kind: str
    tally: Tally
    already: datetime | None = None
    """When the same bytes were imported before; then nothing was changed."""
    unused: tuple[str, ...] = ()
    """Columns that were not read."""
    resumed: bool = False
    notices: tuple[str, ...] = ()
    """What an analyst should know of how the file was read."""
    passed_over: tuple[tuple[str, int], ...] = ()
    """What stands in the file and is no row of this kind, in the plural, and how many."""

    def to_json(self) -> dict[str, object]:
        """Give the stable form: name, kind and what became of the rows."""
        return {
            "sha256": self.sha256,
            "name": self.name,
            "kind": self.kind,
            "read": self.tally.read,
            "stored": self.tally.stored,
            "duplicates": self.tally.duplicates,
            "quarantined": self.tally.quarantined,
            "already_imported": self.already.isoformat().replace("+00:00", "Z") if self.already else None,
            "resumed": self.resumed,
            "unused_columns": list(self.unused),
            "passed_over": dict(self.passed_over),
        }


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is."""

    name: str
    bytes_read: int
    bytes_total: int
    rows: int


def import_file(
    store: CaseStore,
    sources: Path,
    kind: SourceKind,
    original: Path,
    stated: Stated,
    *,
    actor: str,
    marking: str,
    name: str | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Imported:
    """Import one file into the case store; the same bytes a second time change nothing.

    An import that was cut off goes on after the last committed batch. ``name`` is what the evidence is
    called; the file's own name where None.

    Raises:
        UsageError: the file cannot be read as this kind as things are stated; nothing was changed.
        StorageError: disk or file failed; what was committed stays and the command can be run again.
    """
    name = name or original.name
    held = custody.take(original, sources)
    earlier = next((source for source in store.sources() if source.sha256 == held.sha256), None)
    if earlier and earlier.complete:
        return Imported(
            held.sha256,
            earlier.name,
            earlier.kind,
            Tally(0, 0, 0) if earlier.kind == kind.name else _other_kind(earlier, kind),
            already=earlier.imported_at,
        )
    try:
        reading = planned(held, kind, name, stated)
        decided = decisions(reading, stated)
        if earlier and (earlier.kind != kind.name or earlier.mapping != decided):
            raise UsageError(
                f"The import of '{earlier.name}' was cut off and was read differently then: "
                f"run it as before, or 'linkgraph withdraw {held.sha256[:12]}' first."
            )
    except LinkgraphError:
        if not earlier:
            custody.release(held)
        raise
    key, line = _enter(store, held, reading, kind, name, stated, earlier, actor, marking)
    total = 0
    passed_over: Counter[str] = Counter()
    with custody.opened(held.path) as stream, raw_bytes(held.path, reading.encoding) as raw, rarely_collected():
        typing = Typing(reading.plan, held.sha256, store.content_secret())
        batches = _batches(held, reading, typing, encoding.as_utf8(stream, reading.encoding), line, raw, passed_over)
        for batch in ahead(batches):
            if batch.entities.num_rows > batch.rows.num_rows:
                store.hold_less()
            total += append.append(store, key, batch, actor).read
            progress(Progress(name, _position(stream, held), held.size, total))
    tally = append.finish(store, key, actor)
    return Imported(
        held.sha256,
        name,
        kind.name,
        tally,
        unused=reading.columns.unused,
        resumed=bool(earlier),
        notices=_notices(reading, stated, tally.read, passed_over),
        passed_over=tuple(passed_over.items()),
    )


def _other_kind(earlier: Source, kind: SourceKind) -> Tally:
    raise UsageError(
        f"These bytes were imported as {earlier.kind} ('{earlier.name}'): "
        f"'linkgraph withdraw {earlier.sha256[:12]}' before importing them as {kind.name}."
    )


def _enter(
    store: CaseStore,
    held: Custody,
    reading: Reading,
    kind: SourceKind,
    name: str,
    stated: Stated,
    earlier: Source | None,
    actor: str,
    marking: str,
) -> tuple[int, int]:
    """Give the key of the source in the store and the line after which reading goes on."""
    if earlier:
        return append.resume(store, held.sha256, actor)
    entered = Source(
        sha256=held.sha256,
        name=name,
        size=held.size,
        kind=kind.name,
        reader=reading.words,
        mapping=decisions(reading, stated),
        timezone=str(reading.plan.zone) if reading.plan.zone else None,
        marking=marking,
        imported_by=actor,
        imported_at=datetime.now(UTC),
        complete=False,
        read=0,
        stored=0,
        duplicates=0,
        quarantined=0,
    )
    kept = sidecar.write(Sidecar(held.sha256, name, kind.name, marking, stated), held.path.parent)
    try:
        return append.register(store, entered, actor, kept.sha256), 0
    except BaseException:
        custody.release(kept)
        raise


def _notices(reading: Reading, stated: Stated, rows: int, passed_over: Mapping[str, int]) -> tuple[str, ...]:
    plan = reading.plan
    notices = [*reading.notices]
    scoped = [rule for rule in plan.kind.entities if rule.service and rule.field in plan.columns.columns]
    if (
        scoped
        and plan.service is None
        and not any(name in plan.columns.columns for rule in scoped for name in rule.service)
    ):
        notices.append(
            "no service is stated: these accounts are kept under 'unstated', apart from those of any named service; "
            "name it with --service"
        )
    if any(form.date_only for form in plan.time_forms.values()) and plan.zone is None:
        notices.append("dates without a zone are kept as that day in UTC and marked 'date only'")
    if not reading.columns.header and isinstance(reading.reader, delimited.Delimited):
        read = ", ".join(f"{field} from {column}" for field, column in reading.columns.columns.items())
        notices.append(f"the file has no header: {read}")
    if not rows:
        notices.append("it holds no rows")
    notices += [f"{number:,} {what} are not read" for what, number in passed_over.items()]
    if stated.aliases:
        notices.append(f"{sum(map(len, stated.aliases.values()))} spellings are read as another, as the mapping says")
    return tuple(notices)


# -- batches ------------------------------------------------------------------------------


def _batches(
    held: Custody,
    reading: Reading,
    typing: Typing,
    stream: BinaryIO,
    line: int,
    raw: Callable[[int, int], bytes],
    passed_over: Counter[str],
) -> Iterator[Batch]:
    """Read and type the rows after a line; count what is none in the whole file, and see that it is still the same."""
    for rows in reading.reader.read(stream, batch_rows=_BATCH_ROWS):
        passed_over.update(rows.passed_over)
        due = after_line(rows, line)
        if due.read:
            yield typing.batch(reading.adapted(due), raw)
    custody.check(held)


def after_line(rows: Rows, line: int) -> Rows:
    """Give the rows after a line: those that an import that was cut off has not committed."""
    if line == 0:
        return rows
    table = rows.table.filter(pc.greater(rows.table[LINE], line))
    return Rows(table, [row for row in rows.unreadable if row.line > line])


@contextmanager
def raw_bytes(path: Path, coded: str) -> Iterator[Callable[[int, int], bytes]]:
    """Give a function that reads bytes of a source by offset and length, asked in file order."""
    with custody.opened(path) as stream:
        recoded = encoding.as_utf8(stream, coded)
        at = 0

        def raw(offset: int, length: int) -> bytes:
            nonlocal at
            if recoded.seekable():
                recoded.seek(offset)
            else:
                while at < offset:
                    at += len(recoded.read(min(1 << 20, offset - at))) or offset
            at = offset + length
            return encoding.back(recoded.read(length), coded)

        yield raw


def _position(stream: BinaryIO, held: Custody) -> int:
    raw = getattr(stream, "fileobj", None) or stream
    try:
        return int(raw.tell())
    except (OSError, ValueError):
        return held.size
