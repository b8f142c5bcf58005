"""Deciding how a file is read, from its beginning and from what the analyst says of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.errors import UsageError
from linkgraph.ingest import custody, encoding, mapping
from linkgraph.ingest import tabular as tables
from linkgraph.ingest.cells import Options
from linkgraph.ingest.custody import Custody
from linkgraph.ingest.kind import SourceKind, ValueType
from linkgraph.ingest.mapping import ColumnMap, Stated
from linkgraph.ingest.readers import SPECIAL, delimited, xlsx
from linkgraph.ingest.readers.rows import Reader, Rows
from linkgraph.ingest.tabular import Tabular
from linkgraph.ingest.typed import Plan
from linkgraph.ingest.values import digest, money, service, time
from linkgraph.ingest.values.result import Reason
from linkgraph.zone import zone

Form = TypeVar("Form")

PARSER_VERSION = "1"
"""Changes when the same rows would be typed to something else."""

_SAMPLE_ROWS = 10_000
_FIRST_LOOK = 500
_SAMPLE_BYTES = 1 << 20


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


def rehearse(path: Path, kind: SourceKind, stated: Stated, name: str) -> None:
    """Plan the import of a file where it lies, and change nothing.

    Raises:
        UsageError: importing it would be refused, with the same sentence.
    """
    custody.refuse_media(path, path)
    planned(Custody("", path.stat().st_size, path, is_new=False), kind, name, stated)


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
