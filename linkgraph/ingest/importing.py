"""Importing one evidence file: custody, plan, batches, end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.ahead import ahead
from linkgraph.errors import LinkgraphError, UsageError
from linkgraph.ingest import custody, encoding, mapping, sidecar
from linkgraph.ingest import tabular as tables
from linkgraph.ingest.cells import Options
from linkgraph.ingest.custody import Custody
from linkgraph.ingest.kind import SourceKind, ValueType
from linkgraph.ingest.mapping import ColumnMap, Stated
from linkgraph.ingest.readers import SPECIAL, delimited, xlsx
from linkgraph.ingest.readers.rows import LINE, Reader, Rows
from linkgraph.ingest.sidecar import Sidecar
from linkgraph.ingest.tabular import Tabular
from linkgraph.ingest.typed import Plan, Typing
from linkgraph.ingest.values import digest, money, service, time
from linkgraph.ingest.values.result import Reason
from linkgraph.model import Source
from linkgraph.store import append
from linkgraph.store.append import Tally
from linkgraph.store.batch import Batch
from linkgraph.store.embedded import CaseStore
from linkgraph.zone import zone

Form = TypeVar("Form")

PARSER_VERSION = "1"
"""Changes when the same rows would be typed to something else."""

_SAMPLE_ROWS = 10_000
_FIRST_LOOK = 500
_SAMPLE_BYTES = 1 << 20


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


@dataclass(frozen=True, slots=True)
class Reading:
    """How one file is read: what was decided from its beginning, or once before."""

    reader: Reader
    adapt: Callable[[pa.Table], pa.Table] | None
    columns: ColumnMap
    encoding: str
    plan: Plan
    decided: Mapping[str, object]
    """What was decided of a table beside its columns."""
    notices: tuple[str, ...]

    @property
    def words(self) -> str:
        """Name reader and versions: with other ones the same bytes may give other rows."""
        return f"{self.reader.name} {self.reader.version}, parser {PARSER_VERSION}"

    def adapted(self, rows: Rows) -> Rows:
        """Give rows of the reader with the columns of the kind."""
        return Rows(self.adapt(rows.table), rows.unreadable) if self.adapt else rows


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
    with custody.opened(held.path) as stream, raw_bytes(held.path, reading.encoding) as raw:
        typing = Typing(reading.plan, held.sha256, store.content_secret())
        batches = _batches(reading, typing, encoding.as_utf8(stream, reading.encoding), line, raw, passed_over)
        for batch in ahead(batches):
            total += append.append(store, key, batch, actor).read
            progress(Progress(name, _position(stream, held), held.size, total))
    custody.check(held)
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


def rehearse(path: Path, kind: SourceKind, stated: Stated, name: str) -> None:
    """Plan the import of a file where it lies, and change nothing.

    Raises:
        UsageError: importing it would be refused, with the same sentence.
    """
    custody.refuse_media(path, path)
    planned(Custody("", path.stat().st_size, path, is_new=False), kind, name, stated)


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


# -- the plan ------------------------------------------------------------------------------------


def planned(
    held: Custody, kind: SourceKind, name: str, stated: Stated, *, only: Collection[str] | None = None
) -> Reading:
    """Decide from the beginning of a file and from what is stated how it is read.

    Args:
        held: the file.
        kind: what it is read as.
        name: what it is called.
        stated: what the analyst says of it; what was decided once is stated the next time.
        only: the fields that were read the first time, where this is not the first.

    Raises:
        UsageError: it cannot be read as this kind as things are stated.
    """
    head = custody.read_head(held.path)
    if not head.strip():
        raise UsageError(f"'{name}' is empty: there is nothing to import.")
    special, coded = _special(kind, head, stated, name)
    tabular = None
    if special is not None:
        stated = replace(stated, formats={**kind.forms.get(special.name, {}), **stated.formats})
        adapt: Callable[[pa.Table], pa.Table] | None = kind.readers[special.name]
        columns = ColumnMap({one.name: one.name for one in kind.fields}, (), header=False)
        reader: Reader = special
    else:
        tabular = _tabular(kind, held, head, coded, name, stated)
        adapt = tabular.adapt(stated)
        reader, columns = tabular.reader, tabular.columns
        stated = tables.with_forms(tabular, stated)
    sample = _sample(held, reader, adapt, coded)
    if only is None and stated.reader is not None and special is not None and not sample.num_rows:
        raise UsageError(f"'{name}' is not what the reader '{special.name}' reads: it finds no row in it.")
    if special is not None and sample.num_columns:
        present = {one: one for one in columns.columns if one in sample.column_names}
        columns = ColumnMap(present, (), header=False)
    if tabular is not None and adapt is not None:
        given = {one.name: one.name for one in kind.fields if one.name in sample.column_names}
        columns = replace(columns, columns=given)
    if only is not None:
        columns = replace(columns, columns={one: name for one, name in columns.columns.items() if one in only})
    zone = _zone(stated.timezone)
    canonical_service = _service(stated.service)
    plan = Plan(
        kind=kind,
        columns=columns,
        options=Options(region=stated.region, host=stated.service, algorithm=_algorithm(kind, columns, stated)),
        zone=zone,
        service=canonical_service,
        time_forms=_time_forms(kind, columns, sample, stated, zone, name, tables.written_names(tabular)),
        money_form=_money_form(kind, columns, sample, stated, name),
        aliases=stated.canonical_of(),
        account=None if "account" in columns.columns else stated.account,
    )
    decided, notices = (tabular.decided, tabular.notices) if tabular is not None else ({}, ())
    return Reading(reader, adapt, columns, coded, plan, decided, notices)


def _special(kind: SourceKind, head: bytes, stated: Stated, name: str) -> tuple[Reader | None, str]:
    """Give the reader of a format that the first bytes show, or None, and the encoding of the text."""
    taken = [reader for reader in SPECIAL if reader.name in kind.readers]
    if xlsx.Workbook().recognises(head):
        return None, encoding.UTF_8
    if stated.reader is not None:
        return _forced(kind, taken, head, stated, name)
    found = next((reader for reader in taken if reader.binary and reader.recognises(head)), None)
    coded = encoding.UTF_8
    if found is None:
        coded = encoding.decide(head, stated.encoding, name)
        text = encoding.head_as_utf8(head, coded)
        found = next((reader for reader in taken if not reader.binary and reader.recognises(text)), None)
    return _with_needs(found, stated), coded


def _forced(
    kind: SourceKind, taken: Sequence[Reader], head: bytes, stated: Stated, name: str
) -> tuple[Reader | None, str]:
    """Give the reader that the analyst names, whatever the content looks like, and the encoding."""
    found = next((reader for reader in taken if reader.name == stated.reader), None)
    tabular = [*(form.name for form in kind.tables), delimited.NAME, xlsx.NAME]
    if found is None and stated.reader not in tabular:
        known = ", ".join([*(reader.name for reader in taken), *tabular])
        raise UsageError(f"There is no reader '{stated.reader}' for {kind.name}; it has: {known}.")
    binary = found is not None and found.binary
    return _with_needs(found, stated), encoding.UTF_8 if binary else encoding.decide(head, stated.encoding, name)


def _with_needs(reader: Reader | None, stated: Stated) -> Reader | None:
    if reader is None or not reader.needs:
        return reader
    # Readers are frozen dataclasses; those that need something say by which fields.
    return cast("Reader", replace(cast("Any", reader), **{one: getattr(stated, one) for one in reader.needs}))


def _tabular(kind: SourceKind, held: Custody, head: bytes, coded: str, name: str, stated: Stated) -> Tabular:
    if not xlsx.Workbook().recognises(head):
        return tables.of_text(kind, encoding.head_as_utf8(head, coded), name, stated)
    with custody.opened(held.path) as stream:
        return tables.of_workbook(kind, stream, name, stated)


def _sample(held: Custody, reader: Reader, adapt: Callable[[pa.Table], pa.Table] | None, coded: str) -> pa.Table:
    """Give the first rows, to decide the form of times and amounts from whole columns."""
    if isinstance(reader, delimited.Delimited):
        reader = replace(reader, block_bytes=_SAMPLE_BYTES)
    with custody.opened(held.path) as stream:
        pieces = []
        size = 0
        for rows in reader.read(encoding.as_utf8(stream, coded), batch_rows=_SAMPLE_ROWS):
            pieces.append(rows.table)
            size += rows.table.num_rows
            if size >= _SAMPLE_ROWS:
                break
    if not pieces:
        return pa.table({})
    table = pa.concat_tables(pieces)
    return adapt(table) if adapt else table


def _time_forms(
    kind: SourceKind,
    columns: ColumnMap,
    sample: pa.Table,
    stated: Stated,
    zone: ZoneInfo | None,
    name: str,
    written: Mapping[str, str],
) -> dict[str, time.TimeForm]:
    """Give how each column writes its times; ``written`` has its name in the file where ``columns`` has another."""
    forms = {}
    for field in kind.fields:
        if field.type is not ValueType.TIME or field.name not in columns.columns:
            continue
        column = columns.columns[field.name]
        values = _filled(sample, column)
        if field.name in stated.formats:
            form = time.form(stated.formats[field.name])
        else:
            form = _recognise(time.recognise, values)
        if isinstance(form, Reason):
            raise UsageError(
                f"The times in column '{column}' of '{name}' cannot be read for sure: {form.text} {form.hint} "
                f'State the form in a mapping file: [formats] {field.name} = "%d/%m/%Y %H:%M".'
            )
        if mapping.states_utc(written.get(field.name, column)):
            form = time.as_utc(form)
        if not form.has_offset and not form.date_only and zone is None and values:
            raise UsageError(
                f"The times in column '{column}' of '{name}' carry no offset from UTC: "
                "say in which zone they were written with --timezone, as in --timezone Europe/London."
            )
        forms[field.name] = form
    return forms


def _money_form(
    kind: SourceKind, columns: ColumnMap, sample: pa.Table, stated: Stated, name: str
) -> money.MoneyForm | None:
    for field in kind.fields:
        if field.type is ValueType.MONEY and field.name in columns.columns:
            if field.name in stated.formats:
                form = money.form(stated.formats[field.name])
            else:
                form = _recognise(money.recognise, _filled(sample, columns.columns[field.name]))
            if isinstance(form, Reason):
                raise UsageError(f"The amounts in '{name}' cannot be read for sure: {form.text} {form.hint}".rstrip())
            return form
    return None


def _recognise(recognise: Callable[[Sequence[str]], Form | Reason], values: list[str]) -> Form | Reason:
    """Recognise a form from a few values; where those leave it open, from many."""
    form = recognise(values[:_FIRST_LOOK])
    return recognise(values) if isinstance(form, Reason) and len(values) > _FIRST_LOOK else form


def _filled(sample: pa.Table, column: str) -> list[str]:
    if column not in sample.column_names:
        return []
    texts = pc.utf8_trim_whitespace(sample[column].slice(0, _SAMPLE_ROWS))
    return [text for text in texts.to_pylist() if text]


def _zone(name: str | None) -> ZoneInfo | None:
    return None if name is None else zone(name)


def _algorithm(kind: SourceKind, columns: ColumnMap, stated: Stated) -> str | None:
    """Give the digest algorithm that the analyst states, or the column by its name.

    Raises:
        UsageError: there is no such algorithm.
    """
    for field in kind.fields:
        if field.type is ValueType.DIGEST:
            algorithm = stated.formats.get(field.name)
            if algorithm is not None and algorithm not in digest.ALGORITHMS:
                raise UsageError(f"'{algorithm}' is no kind of digest; one of: {', '.join(digest.ALGORITHMS)}.")
            if algorithm is not None:
                return algorithm
    return None


def _service(stated: str | None) -> str | None:
    if stated is None:
        return None
    clean = service.clean(stated)
    if isinstance(clean, Reason):
        raise UsageError(f"{clean.text} {clean.hint}".rstrip())
    return clean.value


def decisions(reading: Reading, stated: Stated) -> dict[str, object]:
    """Give what was decided about a file, for the audit log and for reading it the same way again."""
    plan = reading.plan
    return {
        "columns": dict(reading.columns.columns),
        "header": reading.columns.header,
        "delimiter": getattr(reading.reader, "delimiter", None),
        "encoding": reading.encoding,
        "timezone": str(plan.zone) if plan.zone else None,
        "service": plan.service,
        "account": stated.account if "account" in reading.reader.needs else plan.account,
        "year": stated.year,
        "region": plan.options.region,
        "times": {name: form.name for name, form in plan.time_forms.items()},
        "amounts": plan.money_form.name if plan.money_form else None,
        "aliases": {chosen: list(others) for chosen, others in stated.aliases.items()},
        **({"container": dict(stated.container)} if stated.container else {}),
        **({"file_names": True} if stated.file_names else {}),
        **reading.decided,
    }


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
    reading: Reading,
    typing: Typing,
    stream: BinaryIO,
    line: int,
    raw: Callable[[int, int], bytes],
    passed_over: Counter[str],
) -> Iterator[Batch]:
    """Read and type the rows after a line; count what is none in the whole file."""
    for rows in reading.reader.read(stream):
        passed_over.update(rows.passed_over)
        due = after_line(rows, line)
        if due.read:
            yield typing.batch(reading.adapted(due), raw)


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
