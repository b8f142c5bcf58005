"""What a file is, told from its first bytes: the kind of source, the reader, and why.

A format of its own is known by its content. A table is known by its header: each kind of source tells
how many of its fields the header names, and the kind with most of them takes the file where they are
enough to go by. What two kinds can claim alike is not guessed; the file's name may then decide, and
never decides alone. A table without a header is never taken by itself.
"""

from __future__ import annotations

import io
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, BinaryIO, cast

import pyarrow as pa

from linkgraph.errors import LinkgraphError, UsageError
from linkgraph.ingest import KINDS, cells, custody, encoding, mapping, office
from linkgraph.ingest import tabular as tables
from linkgraph.ingest.cells import Options
from linkgraph.ingest.kind import Field, SourceKind, ValueType
from linkgraph.ingest.mapping import Stated, fold
from linkgraph.ingest.readers import SPECIAL, delimited, xlsx
from linkgraph.ingest.readers.rows import Reader, Rows
from linkgraph.ingest.saved import Saved, merged
from linkgraph.ingest.tabular import Tabular
from linkgraph.ingest.values import money, time
from linkgraph.ingest.values.result import Reason

MAIN_KIND = {"access-log": "ip-logs", "hash-list": "file-hashes"}
"""The kind that a reader's files are taken as by themselves, where it feeds several."""

PREVIEW_ROWS = 3
_NOTHING = "it is of no format that is known here"
_ENOUGH_FIELDS = 3
_ENOUGH_SHARE = 0.5
_TABLE_SHARE = 0.8
_NO_SERVICE = "unstated"
_LOOKED_AT = 500
"""Rows by which it is seen how a column is written."""

_NAME_WORDS: dict[str, frozenset[str]] = {
    "accounts": frozenset({"account", "accounts", "subscriber", "subscribers", "users", "registration"}),
    "ip-logs": frozenset({"ip", "ips", "login", "logins", "session", "sessions", "iplog", "iplogs", "access"}),
    "payments": frozenset({"payment", "payments", "transactions", "transfers", "bank", "statement", "remittance"}),
    "file-hashes": frozenset({"hash", "hashes", "md5", "sha1", "sha256", "digests"}),
    "contacts": frozenset({"contact", "contacts", "message", "messages", "calls", "chat", "chats"}),
    "links": frozenset({"link", "links", "chart", "edges", "network"}),
}
_STRONG = frozenset({ValueType.IP, ValueType.DIGEST, ValueType.EMAIL, ValueType.TIME, ValueType.MONEY})
"""Types whose values are told from any others by how they look."""


Opened = Callable[[], AbstractContextManager[BinaryIO]]
"""Opens a whole file: a workbook is known by its end."""


class Verdict(StrEnum):
    """What can be done with a file."""

    TAKE = "take"
    """It can be imported as it is."""
    NEEDS = "needs"
    """It is known, and something has to be stated first."""
    UNDECIDED = "undecided"
    """Several kinds can claim it, or one can on too little."""
    UNKNOWN = "unknown"
    """A table that no kind can claim: a mapping can say which column is what."""
    LEFT = "left"
    """Nothing that can be read."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows, as the file has them."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    """At most three; each as long as ``columns``."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a file was taken for."""

    verdict: Verdict
    why: str
    """One sentence without its full stop."""
    kind: str | None = None
    reader: str | None = None
    preview: Preview | None = None
    needs: tuple[str, ...] = ()
    """Options that must be given before it can be imported, as in ``--timezone``."""
    could_be: tuple[str, ...] = ()
    """Kinds that can claim it, where several can."""
    stated: Stated = field(default_factory=Stated)
    """All that is stated for it: by the analyst, and by a mapping that applies to it."""
    by_mapping: str | None = None
    """File name of the mapping that applies."""


@dataclass(frozen=True, slots=True)
class Format:
    """A reader, for lists."""

    name: str
    version: str
    kinds: tuple[str, ...]
    about: str


def formats() -> tuple[Format, ...]:
    """List every reader, the kinds of source it feeds, and one line about it."""
    special = tuple(
        Format(reader.name, reader.version, _kinds_of(reader), _first_line(type(reader).__module__))
        for reader in SPECIAL
    )
    plain = delimited.Delimited(",", (), header=True)
    book = xlsx.Workbook()
    known = tuple(
        Format(form.name, plain.version, (kind.name,), _first_line(form.adapt.__module__))
        for kind in KINDS.values()
        for form in kind.tables
    )
    return (
        *special,
        *known,
        Format(plain.name, plain.version, tuple(KINDS), _first_line(delimited.__name__)),
        Format(book.name, book.version, tuple(KINDS), _first_line(xlsx.__name__)),
    )


def recognise(
    head: bytes,
    name: str,
    stated: Stated | None = None,
    *,
    saved: Sequence[Saved] = (),
    kind: str | None = None,
    whole: Opened | None = None,
) -> Recognition:
    """Tell what a file is.

    Args:
        head: its first bytes, decompressed; 64 KiB or the whole of it.
        name: its name, with folders before it where they are known; only breaks ties.
        stated: what the analyst says of it.
        saved: mappings that apply to tables with their header.
        kind: the kind that is meant where several can claim it.
        whole: opens it, for workbooks; without it they are left alone.
    """
    stated = stated or Stated()
    if not head.strip():
        return Recognition(Verdict.LEFT, "it is empty", stated=stated)
    if whole is not None and xlsx.Workbook().recognises(head):
        return _by_workbook(whole, name, stated, kind)
    what = custody.media_of(head)
    if what is not None:
        return Recognition(Verdict.LEFT, f"it is {what}: content is never taken", stated=stated)
    claims = [reader for reader in SPECIAL if reader.binary and reader.recognises(head)]
    text = head
    if not claims:
        try:
            text = encoding.head_as_utf8(head, encoding.decide(head, stated.encoding, name))
        except UsageError as fault:
            if _is_binary(head):
                return Recognition(Verdict.LEFT, _NOTHING, stated=stated)
            return Recognition(Verdict.NEEDS, _clause(fault), needs=("--encoding",), stated=stated)
        claims = [reader for reader in SPECIAL if not reader.binary and reader.recognises(text)]
    if claims:
        return _by_content(claims, text, name, stated, kind)
    if _is_binary(text):
        return Recognition(Verdict.LEFT, _NOTHING, stated=stated)
    return _by_header(text, name, stated, saved, kind)


def _is_binary(head: bytes) -> bool:
    """Tell whether NUL bytes stand all over it: a few lines of a text may have some."""
    lines = head.split(b"\n")
    return sum(b"\0" in line for line in lines) * 4 > len(lines)


# -- by content ----------------------------------------------------------------------------------


def _by_content(claims: Sequence[Reader], head: bytes, name: str, stated: Stated, kind: str | None) -> Recognition:
    by_kind = {taken: reader for reader in reversed(claims) for taken in _taken_as(reader, kind)}
    if len(by_kind) != 1:
        could_be = tuple(sorted({one for reader in claims for one in _kinds_of(reader)}))
        readers = " or ".join(reader.name for reader in claims)
        return Recognition(
            Verdict.UNDECIDED,
            f"its content is that of {readers}, which could be {' or '.join(could_be)}: name the kind",
            could_be=could_be,
            stated=stated,
        )
    [(taken, reader)] = by_kind.items()
    found = KINDS[taken]
    why = f"its content is that of {reader.name}"
    known = Recognition(Verdict.TAKE, why, taken, reader.name, stated=stated)
    if reader.needs:
        # Readers are frozen dataclasses; those that need something say by which fields.
        reader = cast("Reader", replace(cast("Any", reader), **{one: getattr(stated, one) for one in reader.needs}))
    try:
        table = _first_rows(reader, found.readers[reader.name], head)
    except LinkgraphError as fault:
        options = tuple(f"--{one}" for one in reader.needs)
        if isinstance(fault, UsageError) and (options or len(head) < custody.HEAD_BYTES):
            return replace(known, verdict=Verdict.NEEDS, why=f"{why}, but: {_clause(fault)}", needs=options)
        # Some formats are only whole at their end, which is not here: the import will tell.
        return known
    columns = {one: one for one in table.column_names if not one.startswith("_")}
    values = {one: [cell for cell in table[one].to_pylist() if cell and cell.strip()] for one in columns}
    stated = replace(stated, formats={**found.forms.get(reader.name, {}), **stated.formats})
    needs = _needs(found, columns, values, stated, columns)
    return _needing(replace(known, preview=_preview_of(table)), needs)


def _kinds_of(reader: Reader) -> tuple[str, ...]:
    return tuple(kind.name for kind in KINDS.values() if reader.name in kind.readers)


def _taken_as(reader: Reader, kind: str | None) -> tuple[str, ...]:
    """Give the kind that a reader's files are taken as: one, or all that could be meant."""
    kinds = _kinds_of(reader)
    if kind in kinds:
        return (kind,)
    main = MAIN_KIND.get(reader.name)
    return (main,) if main in kinds else kinds


def _first_rows(reader: Reader, adapt: Callable[[pa.Table], pa.Table], head: bytes) -> pa.Table:
    whole = head
    if len(head) >= custody.HEAD_BYTES and not reader.binary:
        whole = head[: head.rfind(b"\n") + 1] or head
    batches = reader.read(io.BytesIO(whole))
    for rows in batches:
        if rows.table.num_rows:
            return adapt(rows.table)
    return pa.table({})


def _preview_of(table: pa.Table) -> Preview | None:
    """Give the first rows, without the columns that have nothing in them."""
    first = table.slice(0, PREVIEW_ROWS)
    columns = [one for one in first.column_names if not one.startswith("_") and first[one].null_count < first.num_rows]
    rows = tuple(tuple(row[one] for one in columns) for row in first.to_pylist())
    return Preview(tuple(columns), rows) if columns else None


# -- by header -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Claim:
    """How a kind reads a table."""

    kind: SourceKind
    tabular: Tabular
    columns: Mapping[str, str]
    """Field of the kind → column of ``values``."""
    values: Mapping[str, list[str]]
    """Filled cells of the first rows."""
    preview: Preview

    @property
    def fields(self) -> int:
        return len(self.tabular.columns.columns)

    @property
    def rank(self) -> tuple[int, int, bool]:
        """Order of claims: fields that match, fields that must be there, whether its entities are shown."""
        must = sum(one.required for one in self.kind.fields) + bool(self.kind.any_of)
        return self.fields, must, self.kind.shows

    @property
    def width(self) -> int:
        return self.fields + len(self.tabular.columns.unused)

    @property
    def strong(self) -> list[Field]:
        """Fields with cells of a type that is told by how its values look."""
        return [
            one for one in self.kind.fields if one.type in _STRONG and self.values.get(self.columns.get(one.name, ""))
        ]

    def cells(self, one: Field) -> list[str]:
        return self.values[self.columns[one.name]]

    def enough(self) -> bool:
        """Tell whether the match is no accident."""
        if self.tabular.form is not None:
            return True
        if self.width == 1:
            return any(looks_like(one.type, self.cells(one)) for one in self.strong)
        return self.fields >= _ENOUGH_FIELDS or (self.fields > 1 and self.fields / self.width >= _ENOUGH_SHARE)

    def tells(self, *, account: bool) -> bool:
        """Tell whether its rows say more than that something is there: a link, or what an entity is like.

        ``account``: whether the account that they are about is stated, or would be.
        """
        given = {*self.columns, *(["account"] if account else [])}
        field_of = {rule.name: rule.field for rule in self.kind.entities}
        return (
            any(name in given for name in self.kind.any_of)
            or any({field_of[one.source], field_of[one.target]} <= given for one in self.kind.links)
            or any({field_of[one.entity], one.field} <= given for one in self.kind.attributes)
        )

    def why(self) -> str:
        if self.tabular.form is not None:
            return f"its columns are those of {self.tabular.form.name}"
        return f"{self.fields} of its {self.width} columns are fields of {self.kind.name}"


@dataclass(frozen=True, slots=True)
class Table:
    """The beginning of a table."""

    header: tuple[str, ...]
    """Names of the columns; ``column 1`` … where the file has no header."""
    rows: tuple[tuple[str, ...], ...]
    """As long as ``header`` each."""
    has_header: bool
    delimiter: str

    def values(self, column: str) -> list[str]:
        """Give the filled cells of a column."""
        at = self.header.index(column)
        return [row[at] for row in self.rows if row[at].strip()]

    def preview(self) -> Preview:
        """Give the first rows."""
        return Preview(self.header, self.rows[:PREVIEW_ROWS])


def table_of(text: bytes, stated: Stated) -> Table | None:
    """See a table in the beginning of a text (UTF-8); None where it is none."""
    dialect = delimited.sniff(text, stated.delimiter)
    if not dialect.first_rows:
        return None
    first = dialect.first_rows[0]
    widths = Counter(map(len, dialect.first_rows))
    even = widths[len(first)] / len(dialect.first_rows) >= _TABLE_SHARE
    if not even or (len(first) == 1 and re.fullmatch(r"\s*\w[\w .()/-]{0,40}\s*", first[0]) is None):
        return None
    rows = tuple(tuple(row) for row in dialect.first_rows if len(row) == len(first))
    has_header = stated.header if stated.header is not None else looks_like_header(first)
    if has_header:
        return Table(delimited.name_columns(first), rows[1:], True, dialect.delimiter)
    names = tuple(mapping.position_name(at + 1) for at in range(len(first)))
    return Table(names, rows, False, dialect.delimiter)


def looks_like_header(cells_of_row: Sequence[str]) -> bool:
    """Tell whether a first row can be names: each cell filled but the last, none a number, time, address, digest."""
    return any(cell.strip() for cell in cells_of_row) and not any(_is_value(cell) for cell in cells_of_row)


def _is_value(cell: str) -> bool:
    if not cell.strip():
        return False
    return re.fullmatch(r"[\s\d.,:+/-]*\d[\s\d.,:+/-]*", cell) is not None or any(
        looks_like(one, [cell]) for one in (ValueType.IP, ValueType.EMAIL, ValueType.DIGEST, ValueType.TIME)
    )


def looks_like(kind: ValueType, values: Sequence[str]) -> bool:
    """Tell whether most of some cells are of a type that is told by how its values look."""
    if not values:
        return False
    if kind is ValueType.TIME:
        return not isinstance(time.recognise(values), Reason)
    if kind is ValueType.MONEY:
        return not isinstance(money.recognise(values), Reason)
    clean = cells.cleaner(Field("cell", kind), Options())
    return sum(not isinstance(clean(value), Reason) for value in values) * 2 > len(values)


def _by_header(text: bytes, name: str, stated: Stated, saved: Sequence[Saved], kind: str | None) -> Recognition:
    nothing = Recognition(Verdict.LEFT, _NOTHING, stated=stated)
    if text.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[", b"<"):
        return nothing
    table = table_of(text, stated)
    applying = _applying(table, saved) if table is not None else None
    if table is not None and applying is not None:
        return _by_mapping(applying, table, stated)
    lines = text if len(text) < custody.HEAD_BYTES else text[: text.rfind(b"\n") + 1] or text

    def tabular_of(one: SourceKind, said: Stated) -> Tabular:
        return tables.of_text(one, text, name, said)

    claims = _claims(tabular_of, lambda reader: reader.read(io.BytesIO(lines)), stated, kind)
    if claims:
        return _decide(claims, name, stated, named=kind is not None)
    if table is None or len(table.header) == 1 or len(table.rows) < 1 + (not table.has_header):
        return nothing
    width = len(table.header)
    why = f"it is a table of {width} columns " + (
        "that no kind of source knows" if table.has_header else "without a header"
    )
    return Recognition(Verdict.UNKNOWN, why, reader=delimited.NAME, preview=table.preview(), stated=stated)


def _by_workbook(whole: Opened, name: str, stated: Stated, kind: str | None) -> Recognition:
    left = Recognition(Verdict.LEFT, "it is a workbook of which no sheet has a header that is known", stated=stated)
    try:
        with whole() as stream:
            if not office.is_workbook(office.entries(stream)):
                return replace(left, why="it is a zip archive, and no workbook")

            def tabular_of(one: SourceKind, said: Stated) -> Tabular:
                return tables.of_workbook(one, stream, name, said)

            claims = _claims(tabular_of, lambda reader: reader.read(stream), stated, kind)
    except LinkgraphError as fault:
        return replace(left, why=_clause(fault))
    return _decide(claims, name, stated, named=kind is not None) if claims else left


def _claims(
    tabular_of: Callable[[SourceKind, Stated], Tabular],
    rows_of: Callable[[Reader], Iterator[Rows]],
    stated: Stated,
    kind: str | None,
) -> list[_Claim]:
    """Give the kinds that can read a table, those with most fields first."""
    claims = []
    said = replace(stated, service=stated.service or _NO_SERVICE)
    for one in KINDS.values():
        if not one.any_of and not any(wanted.required for wanted in one.fields):
            # A kind that needs no column in particular says nothing by having some.
            continue
        try:
            tabular = tabular_of(one, said)
        except UsageError:
            continue
        if tabular.columns.columns and (tabular.columns.header or (stated.columns and one.name == kind)):
            claims.append(_claim(one, tabular, rows_of, said))
    if kind is not None:
        claims = [claim for claim in claims if claim.kind.name == kind] or claims
    return sorted(claims, key=lambda claim: claim.rank, reverse=True)


def _claim(kind: SourceKind, tabular: Tabular, rows_of: Callable[[Reader], Iterator[Rows]], stated: Stated) -> _Claim:
    table = next((rows.table for rows in rows_of(tabular.reader) if rows.table.num_rows), None)
    if table is None:
        return _Claim(kind, tabular, {}, {}, Preview(tuple(tabular.columns.columns.values()), ()))
    adapt = tabular.adapt(stated)
    adapted = table if adapt is None else adapt(table)
    names = [one for one in adapted.column_names if not one.startswith("_")]
    columns = tabular.columns.columns if adapt is None else {one: one for one in names}
    values = {
        one: [cell for cell in adapted[one].slice(0, _LOOKED_AT).to_pylist() if cell and cell.strip()] for one in names
    }
    shown = [one for one in table.column_names if not one.startswith("_")]
    rows = tuple(tuple(row[one] for one in shown) for row in table.slice(0, PREVIEW_ROWS).to_pylist())
    return _Claim(kind, tabular, columns, values, Preview(tuple(shown), rows))


def _decide(claims: list[_Claim], name: str, stated: Stated, *, named: bool) -> Recognition:
    first = claims[0]
    known = Recognition(Verdict.UNDECIDED, "", reader=first.tabular.reader.name, preview=first.preview, stated=stated)
    if not first.preview.rows:
        return replace(known, verdict=Verdict.LEFT, why="it has a header and no rows")
    against = {claim.kind.name: _against(claim) for claim in claims}
    sound = [claim for claim in claims if against[claim.kind.name] is None]
    if not sound:
        why = f"its header is that of {first.kind.name}, but {against[first.kind.name]}"
        return replace(known, why=why, could_be=tuple(claim.kind.name for claim in claims))
    best = [claim for claim in sound if claim.rank == sound[0].rank]
    why = best[0].why()
    if len(best) > 1:
        could_be = tuple(claim.kind.name for claim in best)
        told = [claim for claim in best if _name_words(name) & _NAME_WORDS.get(claim.kind.name, frozenset())]
        if len(told) != 1:
            return replace(known, why=f"could be {' or '.join(could_be)}: name the kind", could_be=could_be)
        others = " and ".join(one for one in could_be if one != told[0].kind.name)
        best = told
        why = f"its header would do for {others} as well, and its name says {best[0].kind.name}"
    [claim] = best
    if not claim.kind.shows and not named:
        # To hold ordinary evidence for a list of what never links would hide links.
        could_be = tuple(one.kind.name for one in sound)
        return replace(known, why=f"could be {' or '.join(could_be)}: name the kind", could_be=could_be)
    if not (claim.enough() and claim.tells(account=True)) and not named:
        read = ", ".join(repr(column) for column in claim.tabular.columns.columns.values())
        why = f"could be {claim.kind.name}, but only {read} speaks for it: name the kind"
        return replace(known, why=why, could_be=(claim.kind.name,))
    known = replace(
        known,
        verdict=Verdict.TAKE,
        kind=claim.kind.name,
        reader=claim.tabular.reader.name,
        preview=claim.preview,
        why=why,
    )
    needs = []
    if not named and not claim.tells(account=stated.account is not None):
        needs.append(("--account", "no column says whose rows these are"))
    form = claim.tabular.form
    if form and form.needs_service and stated.service is None and "service" not in claim.tabular.columns.columns:
        needs.append(("--service", f"the rows of {form.name} mean something to one service only"))
    said = tables.with_forms(claim.tabular, stated)
    written = {**claim.columns, **tables.written_names(claim.tabular)}
    return _needing(known, needs + _needs(claim.kind, claim.columns, claim.values, said, written))


def _against(claim: _Claim) -> str | None:
    """Say which column of a field that must be there holds something else; None: nothing speaks against it."""
    must = {one.name for one in claim.kind.fields if one.required} | {*claim.kind.any_of}
    for one in claim.strong:
        # Times and amounts have forms that can be stated; an address or a digest is one or is none.
        if one.name in must and one.type in (ValueType.IP, ValueType.DIGEST):
            clean = cells.cleaner(one, Options(algorithm="pdq") if one.algorithm == "pdq" else Options())
            values = claim.cells(one)
            if all(isinstance(clean(value), Reason) for value in values):
                return f"no cell of '{claim.columns[one.name]}' is one of {one.name}, as in '{values[0][:40]}'"
    return None


def _name_words(name: str) -> frozenset[str]:
    return frozenset(word for part in re.split(r"[/\\]", name) for word in fold(part).split("_"))


# -- by mapping ----------------------------------------------------------------------------------


def _applying(table: Table, saved: Sequence[Saved]) -> Saved | None:
    header = tuple(fold(one) for one in table.header)
    return next((one for one in saved if table.has_header and one.header == header and one.kind in KINDS), None)


def _by_mapping(saved: Saved, table: Table, stated: Stated) -> Recognition:
    stated = merged(saved.stated, stated)
    known = Recognition(
        Verdict.TAKE,
        f"the mapping '{saved.path.name}' is for tables with these columns",
        saved.kind,
        delimited.NAME,
        table.preview(),
        stated=stated,
        by_mapping=saved.path.name,
    )
    try:
        columns = mapping.match_header(KINDS[saved.kind], table.header, stated)
    except UsageError as fault:
        return replace(known, verdict=Verdict.UNKNOWN, kind=None, why=_clause(fault))
    if columns is None:
        return replace(
            known,
            verdict=Verdict.UNKNOWN,
            kind=None,
            why=f"the mapping '{saved.path.name}' does not say all that {saved.kind} needs",
        )
    values = {column: table.values(column) for column in columns.columns.values()}
    return _needing(known, _needs(KINDS[saved.kind], columns.columns, values, stated, columns.columns))


# -- what must be stated -------------------------------------------------------------------------


def _needs(
    kind: SourceKind,
    columns: Mapping[str, str],
    values: Mapping[str, list[str]],
    stated: Stated,
    written: Mapping[str, str],
) -> list[tuple[str, str]]:
    """Give the options that must be given, each with the reason.

    Args:
        kind: what the file is read as.
        columns: field → name of its column in ``values``.
        values: filled cells.
        stated: what is said of the file.
        written: field → name of its column in the file.
    """
    needs = []
    for one in kind.fields:
        cells_of = values.get(columns.get(one.name, ""), [])
        if not cells_of:
            continue
        if one.type is ValueType.TIME:
            needs += _time_needs(one, written.get(one.name, columns[one.name]), cells_of, stated)
        if one.type is ValueType.MONEY and one.name not in stated.formats:
            form = money.recognise(cells_of)
            if isinstance(form, Reason):
                needs.append((f"--format {one.name}=…", form.text.rstrip(".")))
    return needs


def _time_needs(one: Field, column: str, values: list[str], stated: Stated) -> list[tuple[str, str]]:
    form = time.form(stated.formats[one.name]) if one.name in stated.formats else time.recognise(values)
    if isinstance(form, Reason):
        return [(f"--format {one.name}=…", form.text.rstrip("."))]
    if form.has_offset or form.date_only or stated.timezone is not None or mapping.states_utc(column):
        return []
    return [("--timezone", f"the times in '{column}' carry no offset from UTC")]


def _needing(known: Recognition, needs: list[tuple[str, str]]) -> Recognition:
    if not needs:
        return known
    options = tuple(dict.fromkeys(option for option, _ in needs))
    reasons = dict.fromkeys(reason for _, reason in needs)
    return replace(
        known,
        verdict=Verdict.NEEDS,
        needs=options,
        why=f"{known.why}; it needs {' and '.join(options)}: {'; '.join(reasons)}",
    )


def _clause(fault: Exception) -> str:
    return str(fault).rstrip(".")


def _first_line(module: str) -> str:
    text = sys.modules[module].__doc__ or ""
    return text.strip().split("\n", 1)[0].rstrip(".:").replace("``", "")
