"""Tables: which row is the header, which column is which field, in a delimited file or a workbook.

Exports put lines about themselves before the header: who asked, for whom, from when to when. The
header is the row, among the first ones, that names the fields a kind requires; a row below others is a
header only where all above it are narrower, so that a row of data is not taken for one. Two rows of a header (a
group above its columns) are read as one, each name behind its group's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import BinaryIO

import pyarrow as pa

from linkgraph.errors import UsageError
from linkgraph.ingest import mapping
from linkgraph.ingest.kind import SourceKind, TableForm
from linkgraph.ingest.mapping import ColumnMap, Stated
from linkgraph.ingest.readers import delimited, xlsx
from linkgraph.ingest.readers.rows import Reader
from linkgraph.ingest.values import service
from linkgraph.ingest.values.result import Clean

HEADER_WITHIN = 20
"""The header is among so many first rows, blank ones not counted."""

_UNSTATED = "unstated"


@dataclass(frozen=True, slots=True)
class Tabular:
    """How the tables of a file are read."""

    reader: Reader
    columns: ColumnMap
    """Field of the kind, or of the form, → column of the reader's rows."""
    form: TableForm | None = None
    decided: Mapping[str, object] = field(default_factory=dict)
    """What makes reading it again give the same rows."""
    notices: tuple[str, ...] = ()

    def adapt(self, stated: Stated) -> Callable[[pa.Table], pa.Table] | None:
        """Give what turns the reader's rows into rows of the kind; None where they are."""
        if self.form is None:
            return None
        clean = None if stated.service is None else service.clean(stated.service)
        whose = clean.value if isinstance(clean, Clean) else _UNSTATED
        return partial(_adapted, form=self.form, columns=self.columns.columns, whose=whose)


@dataclass(frozen=True, slots=True)
class Header:
    """A row, or two, that name the columns."""

    first: int
    """Position among the rows."""
    last: int
    names: tuple[str, ...]
    columns: ColumnMap


def of_text(kind: SourceKind, text: bytes, name: str, stated: Stated) -> Tabular:
    """Decide how a delimited file is read from its first bytes.

    Raises:
        UsageError: no header and no agreed order of columns gives the fields that are required, or what is
            stated as the delimiter can be none.
    """
    if stated.delimiter is not None and (len(stated.delimiter.encode()) != 1 or stated.delimiter in '"\r\n'):
        raise UsageError("A delimiter is one character of ASCII, and no quote or line end.")
    mapping.check_fields(kind, replace(stated, columns={}))
    dialect = delimited.sniff(text, stated.delimiter)
    if not dialect.first_rows:
        raise UsageError(f"'{name}' holds no rows.")
    if stated.header is not False:
        # Many lines before few rows can hide the delimiter.
        others = [] if stated.delimiter else [one for one in delimited.DELIMITERS if one != dialect.delimiter]
        for tried in (dialect, *(delimited.sniff(text, one) for one in others)):
            for form in _meant(kind, stated):
                found = find_header(form or kind, tried.first_rows, stated)
                if found is not None:
                    return _delimited(tried, found, form, stated, name)
    first = delimited.name_columns(dialect.first_rows[0])
    columns = None
    if stated.header is not False:
        # Says which of the stated columns is not there.
        mapping.match_header(kind, first, stated)
    if stated.header is not True:
        columns = mapping.match_positions(kind, dialect.first_rows, stated)
    if columns is None:
        raise mapping.describe_miss(kind, _widest(dialect.first_rows[:HEADER_WITHIN]))
    names = tuple(mapping.position_name(at + 1) for at in range(len(first)))
    reader = delimited.Delimited(dialect.delimiter, names, header=False)
    return Tabular(reader, columns, decided={"preamble": 0})


def of_workbook(kind: SourceKind, stream: BinaryIO, name: str, stated: Stated) -> Tabular:
    """Decide which sheets of a workbook are read, and how.

    Raises:
        UsageError: it is damaged, or no sheet has the fields that are required.
    """
    mapping.check_fields(kind, replace(stated, columns={}))
    heads = [head for head in xlsx.heads(stream) if head.rows]
    if not heads:
        raise UsageError(f"'{name}' holds no rows.")
    if stated.header is not False:
        for form in _meant(kind, stated):
            found = [(head, find_header(form or kind, _cells(head), stated)) for head in heads]
            read = [(head, header) for head, header in found if header is not None]
            if read:
                return _workbook(read, heads, form, stated, name)
    if stated.header is not True and len(heads) == 1:
        [head] = heads
        columns = mapping.match_positions(kind, _cells(head), stated)
        if columns is not None:
            places = tuple((int(one.split()[-1]) - 1, one, one) for one in columns.columns.values())
            sheet = xlsx.Sheet(head.at, head.name, 0, places)
            return Tabular(xlsx.Workbook((sheet,)), columns, decided=_of_sheets([sheet]))
    first = _cells(heads[0])
    if stated.header is not False and stated.columns:
        mapping.match_header(kind, delimited.name_columns(_widest(first)), stated)
    raise mapping.describe_miss(kind, _widest(first))


def find_header(kind: SourceKind | TableForm, rows: Sequence[Sequence[str]], stated: Stated) -> Header | None:
    """Find the header among the first rows; None where none of them, nor two together, names what is required."""
    found: list[Header] = []
    widest = 0
    for at, row in enumerate(rows[:HEADER_WITHIN]):
        width = _width(row)
        if width > widest:
            names = delimited.name_columns(row)
            header = _match(kind, names, at, at, stated)
            if header is not None and (at == 0 or len(header.columns.columns) > 1 or width == 1):
                found.append(header)
            widest = width
    if found:
        return max(found, key=lambda one: (len(one.columns.columns), -one.first))
    for at, (above, below) in enumerate(pairwise(rows[:HEADER_WITHIN])):
        header = _match(kind, delimited.name_columns(_joined(above, below)), at, at + 1, stated)
        if header is not None and len(header.columns.columns) > 1:
            return header
    return None


def _match(kind: SourceKind | TableForm, names: Sequence[str], first: int, last: int, stated: Stated) -> Header | None:
    folded = {mapping.fold(one) for one in names}
    wanted = [one for one in stated.columns.values() if isinstance(one, str)]
    if not all(one in names or mapping.fold(one) in folded for one in wanted):
        return None
    columns = mapping.match_header(kind, names, replace(stated, formats={}))
    return None if columns is None else Header(first, last, tuple(names), columns)


def _joined(above: Sequence[str], below: Sequence[str]) -> list[str]:
    """Put the name of its group, which stands over the first of its columns, before each name."""
    names, group = [], ""
    for at in range(max(len(above), len(below))):
        over = above[at].strip() if at < len(above) else ""
        under = below[at].strip() if at < len(below) else ""
        group = over or group
        names.append(f"{group} {under}".strip() if under else over)
    return names


def _width(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _widest(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Give the names of the row that looks most like a header: the first of the widest."""
    return delimited.name_columns(max(rows, key=_width)) if _width(rows[0]) < 2 else delimited.name_columns(rows[0])


def _meant(kind: SourceKind, stated: Stated) -> Sequence[TableForm | None]:
    """Give the forms that can be meant, the kind's own fields (None) last.

    A form is where the analyst names it, or where it has all the fields that a mapping names.
    """
    if stated.reader in (delimited.NAME, xlsx.NAME):
        return [None]
    named = [form for form in kind.tables if form.name == stated.reader]
    possible = [form for form in kind.tables if set(stated.columns) <= {one.name for one in form.fields}]
    return named or [*possible, None]


def _check_service(form: TableForm | None, columns: ColumnMap, stated: Stated, name: str) -> None:
    if form is not None and form.needs_service and stated.service is None and "service" not in columns.columns:
        raise UsageError(
            f"The references in '{name}' mean something to one service only: say which with --service, "
            "as in --service westernunion."
        )


def _delimited(dialect: delimited.Dialect, found: Header, form: TableForm | None, stated: Stated, name: str) -> Tabular:
    _check_service(form, found.columns, stated, name)
    reader = delimited.Delimited(
        dialect.delimiter,
        found.names,
        header=True,
        preamble=found.last,
        name=form.name if form else delimited.NAME,
    )
    notices = []
    if found.first:
        lines = "line" if found.first == 1 else "lines"
        notices.append(f"{found.first} {lines} before the header are no rows and were passed over")
    if found.last > found.first:
        notices.append("two lines of header are read as one")
    return Tabular(
        reader,
        found.columns,
        form,
        {"preamble": found.last},
        (*notices, *_of_form(form)),
    )


def _workbook(
    read: Sequence[tuple[xlsx.SheetHead, Header]],
    heads: Sequence[xlsx.SheetHead],
    form: TableForm | None,
    stated: Stated,
    name: str,
) -> Tabular:
    outputs: dict[str, str] = {}
    for _, header in read:
        for one, column in header.columns.columns.items():
            # A name that another field has in another sheet would make two columns one.
            taken = column in outputs.values()
            outputs.setdefault(one, f"{column} ({one})" if taken else column)
    sheets, unused, notices = [], [], []
    for head, header in read:
        places = tuple(
            (header.names.index(column), column, outputs[one]) for one, column in header.columns.columns.items()
        )
        sheets.append(xlsx.Sheet(head.at, head.name, head.rows[header.last][0], places))
        unused += [f"{head.name}: {one}" if len(read) > 1 else one for one in header.columns.unused]
        if header.first:
            notices.append(f"in sheet '{head.name}', {header.first} rows before the header were passed over")
        if header.last > header.first:
            notices.append(f"in sheet '{head.name}', two rows of header are read as one")
        if head.hidden:
            notices.append(f"sheet '{head.name}' is hidden in the workbook; it was read")
    passed = [head.name for head in heads if head.at not in {sheet.at for sheet in sheets}]
    if passed:
        notices.append(f"sheets without a fitting header were passed over: {', '.join(passed)}")
    columns = ColumnMap(outputs, tuple(unused), header=True)
    _check_service(form, columns, stated, name)
    reader = xlsx.Workbook(tuple(sheets), name=form.name if form else xlsx.NAME)
    if form is not None and form.remark:
        notices.append(form.remark)
    return Tabular(reader, columns, form, _of_sheets(sheets), (*notices, *_of_form(form)))


def _of_form(form: TableForm | None) -> list[str]:
    return [f"its columns are those of {form.name}: it is read as such"] if form else []


def _of_sheets(sheets: Sequence[xlsx.Sheet]) -> dict[str, object]:
    return {
        "sheets": [
            {"at": one.at, "name": one.name, "header": one.header, "columns": [list(place) for place in one.columns]}
            for one in sheets
        ]
    }


def _cells(head: xlsx.SheetHead) -> list[tuple[str, ...]]:
    return [cells for _, cells in head.rows]


def _adapted(rows: pa.Table, *, form: TableForm, columns: Mapping[str, str], whose: str) -> pa.Table:
    """Give the rows of a form as rows of the kind."""
    size = rows.num_rows
    given = {
        one.name: rows[columns[one.name]] if one.name in columns else pa.nulls(size, pa.string()) for one in form.fields
    }
    own = {name: rows[name] for name in rows.column_names if name.startswith("_")}
    return form.adapt(pa.table({**given, **own}), whose)


def written_names(tabular: Tabular | None) -> Mapping[str, str]:
    """Give the names that the columns of a form have in the file, by field: what they say of the zone holds."""
    return dict(tabular.columns.columns) if tabular is not None and tabular.form else {}


def with_forms(tabular: Tabular, stated: Stated) -> Stated:
    """Give what is stated, and below it what the producer of a form says of its times and amounts."""
    if tabular.form is None:
        return stated
    return replace(stated, formats={**tabular.form.forms, **stated.formats}, columns={})
