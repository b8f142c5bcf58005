"""Importing one evidence file: custody, plan, batches, end."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.ahead import ahead
from linkgraph.errors import UsageError
from linkgraph.ingest import custody, encoding, mapping
from linkgraph.ingest.cells import Options
from linkgraph.ingest.custody import Custody
from linkgraph.ingest.kind import SourceKind, ValueType
from linkgraph.ingest.mapping import ColumnMap, Stated
from linkgraph.ingest.readers import SPECIAL, delimited
from linkgraph.ingest.readers.rows import LINE, Reader, Rows
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
        }


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is."""

    name: str
    bytes_read: int
    bytes_total: int
    rows: int


@dataclass(frozen=True, slots=True)
class _Reading:
    """How one file is read: what was decided from its beginning."""

    reader: Reader
    adapt: Callable[[pa.Table], pa.Table] | None
    columns: ColumnMap
    encoding: str
    plan: Plan


def import_file(
    store: CaseStore,
    sources: Path,
    kind: SourceKind,
    original: Path,
    stated: Stated,
    *,
    actor: str,
    marking: str,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Imported:
    """Import one file into the case store; the same bytes a second time change nothing.

    An import that was cut off goes on after the last committed batch.

    Raises:
        UsageError: the file cannot be read as this kind as things are stated; nothing was changed.
        StorageError: disk or file failed; what was committed stays and the command can be run again.
    """
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
        reading = _plan(held, kind, original.name, stated)
        decided = _decided(reading, stated)
        if earlier and (earlier.kind != kind.name or earlier.mapping != decided):
            raise UsageError(
                f"The import of '{earlier.name}' was cut off and was read differently then: "
                f"run it as before, or 'linkgraph withdraw {held.sha256[:12]}' first."
            )
    except UsageError:
        if not earlier:
            custody.release(held)
        raise
    key, line = _enter(store, held, reading, kind, original.name, decided, earlier, actor, marking)
    total = 0
    with custody.opened(held.path) as stream, _raw_bytes(held.path, reading.encoding) as raw:
        batches = _batches(reading, held, encoding.as_utf8(stream, reading.encoding), line, raw)
        for batch in ahead(batches):
            total += append.append(store, key, batch, actor).read
            progress(Progress(original.name, _position(stream, held), held.size, total))
    tally = append.finish(store, key, actor)
    return Imported(
        held.sha256,
        original.name,
        kind.name,
        tally,
        unused=reading.columns.unused,
        resumed=bool(earlier),
        notices=_notices(reading, stated, tally.read),
    )


def _other_kind(earlier: Source, kind: SourceKind) -> Tally:
    raise UsageError(
        f"These bytes were imported as {earlier.kind} ('{earlier.name}'): "
        f"'linkgraph withdraw {earlier.sha256[:12]}' before importing them as {kind.name}."
    )


def _enter(
    store: CaseStore,
    held: Custody,
    reading: _Reading,
    kind: SourceKind,
    name: str,
    decided: dict[str, object],
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
        reader=f"{reading.reader.name} {reading.reader.version}, parser {PARSER_VERSION}",
        mapping=decided,
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
    return append.register(store, entered, actor), 0


# -- the plan ------------------------------------------------------------------------------------


def _plan(held: Custody, kind: SourceKind, name: str, stated: Stated) -> _Reading:
    head = custody.read_head(held.path)
    if not head.strip():
        raise UsageError(f"'{name}' is empty: there is nothing to import.")
    special, coded = _special(kind, head, stated, name)
    if special is not None:
        stated = replace(stated, formats={**kind.forms.get(special.name, {}), **stated.formats})
        adapt = kind.readers[special.name]
        columns = ColumnMap({one.name: one.name for one in kind.fields}, (), header=False)
        reader: Reader = special
    else:
        adapt = None
        reader, columns = _delimited(kind, _decoded_head(head, coded), name, stated)
    sample = _sample(held, reader, adapt, coded)
    if special is not None and sample.num_columns:
        present = {one: one for one in columns.columns if one in sample.column_names}
        columns = ColumnMap(present, (), header=False)
    zone = _zone(stated.timezone)
    canonical_service = _service(stated.service)
    plan = Plan(
        kind=kind,
        columns=columns,
        options=Options(region=stated.region, host=stated.service, algorithm=_algorithm(kind, columns, stated)),
        zone=zone,
        service=canonical_service,
        time_forms=_time_forms(kind, columns, sample, stated, zone, name),
        money_form=_money_form(kind, columns, sample, stated, name),
        aliases=stated.canonical_of(),
        account=None if "account" in columns.columns else stated.account,
    )
    return _Reading(reader, adapt, columns, coded, plan)


def _special(kind: SourceKind, head: bytes, stated: Stated, name: str) -> tuple[Reader | None, str]:
    """Give the reader of a format that the first bytes show, or None, and the encoding of the text."""
    taken = [reader for reader in SPECIAL if reader.name in kind.readers]
    found = next((reader for reader in taken if reader.binary and reader.recognises(head)), None)
    coded = encoding.UTF_8
    if found is None:
        coded = encoding.decide(head, stated.encoding, name)
        text = _decoded_head(head, coded)
        found = next((reader for reader in taken if not reader.binary and reader.recognises(text)), None)
    if found is not None and found.needs:
        # Readers are frozen dataclasses; those that need something say by which fields.
        found = cast("Reader", replace(cast("Any", found), **{one: getattr(stated, one) for one in found.needs}))
    return found, coded


def _delimited(kind: SourceKind, text: bytes, name: str, stated: Stated) -> tuple[Reader, ColumnMap]:
    dialect = delimited.sniff(text, stated.delimiter)
    if not dialect.first_rows:
        raise UsageError(f"'{name}' holds no rows.")
    header = delimited.name_columns(dialect.first_rows[0])
    columns = None if stated.header is False else mapping.match_header(kind, header, stated)
    if columns is None and stated.header is not True:
        columns = mapping.match_positions(kind, dialect.first_rows, stated)
    if columns is None:
        raise mapping.describe_miss(kind, header)
    names = header if columns.header else tuple(mapping.position_name(at + 1) for at in range(len(header)))
    return delimited.Delimited(dialect.delimiter, names, columns.header), columns


def _sample(held: Custody, reader: Reader, adapt: Callable[[pa.Table], pa.Table] | None, coded: str) -> pa.Table:
    """Give the first rows, to decide the form of times and amounts from whole columns."""
    if isinstance(reader, delimited.Delimited):
        reader = replace(reader, block_bytes=_SAMPLE_BYTES)
    with custody.opened(held.path) as stream:
        pieces = []
        size = 0
        for rows in reader.read(encoding.as_utf8(stream, coded)):
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
) -> dict[str, time.TimeForm]:
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


def _decoded_head(head: bytes, coded: str) -> bytes:
    """Give the first bytes as UTF-8, without a character that the cut may have split."""
    if coded == encoding.UTF_8:
        return head
    return codecs.getincrementaldecoder(coded)("strict").decode(head).encode()


def _decided(reading: _Reading, stated: Stated) -> dict[str, object]:
    """Give what was decided about a file, for the audit log and for reading it the same way again."""
    plan = reading.plan
    return {
        "columns": dict(reading.columns.columns),
        "header": reading.columns.header,
        "delimiter": getattr(reading.reader, "delimiter", None),
        "encoding": reading.encoding,
        "timezone": str(plan.zone) if plan.zone else None,
        "service": plan.service,
        "account": plan.account,
        "year": stated.year,
        "region": plan.options.region,
        "times": {name: form.name for name, form in plan.time_forms.items()},
        "amounts": plan.money_form.name if plan.money_form else None,
        "aliases": {chosen: list(others) for chosen, others in stated.aliases.items()},
    }


def _notices(reading: _Reading, stated: Stated, rows: int) -> tuple[str, ...]:
    plan = reading.plan
    notices = []
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
    if stated.aliases:
        notices.append(f"{sum(map(len, stated.aliases.values()))} spellings are read as another, as the mapping says")
    return tuple(notices)


# -- batches ------------------------------------------------------------------------------


def _batches(
    reading: _Reading, held: Custody, stream: BinaryIO, line: int, raw: Callable[[int, int], bytes]
) -> Iterator[Batch]:
    """Read and type the rows after a line."""
    typing = Typing(reading.plan, held.sha256)
    for rows in reading.reader.read(stream):
        due = _after(rows, line)
        if due.read:
            yield typing.batch(Rows(reading.adapt(due.table), due.unreadable) if reading.adapt else due, raw)


def _after(rows: Rows, line: int) -> Rows:
    """Give the rows after a line: those that an import that was cut off has not committed."""
    if line == 0:
        return rows
    table = rows.table.filter(pc.greater(rows.table[LINE], line))
    return Rows(table, [row for row in rows.unreadable if row.line > line])


@contextmanager
def _raw_bytes(path: Path, coded: str) -> Iterator[Callable[[int, int], bytes]]:
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
