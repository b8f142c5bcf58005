"""Workbooks of Office Open XML (``.xlsx``, ``.xlsm``): the cells of their sheets as text.

A cell gives what the file stores, not what a screen shows:

- text as it is, leading zeros included; a formula gives the value that was stored with it;
- a number in its exact decimal digits, without the artefacts of binary fractions (15 significant
  digits, as spreadsheets compute). A number that only zeros in its format pad (``0000000000``) is padded; leading
  zeros that were lost when a reference was stored as a number cannot be had back. A whole number of more
  than 15 digits in floating notation has lost digits: its row is refused;
- a number whose format is one of a date or time as ISO 8601 without a zone, to the millisecond;
- an error (``#N/A``) refuses its row, if its column is read.

``_line`` is the row's number in the sheet; where several sheets are read, the rows of each later one are
numbered on from the last row of the one before. ``_raw`` is the JSON list of the row's cells.

The XML is read in pieces: memory holds a batch and the workbook's shared texts. Each part is inflated no further than
the archive declares (:mod:`linkgraph.ingest.archive`), and declarations of types or entities are refused.

Source: ECMA-376-1:2016 §18.2 (workbook), §18.3 (worksheets), §18.4 (shared strings), §18.8 (styles, number
formats), §22.9.2.19 (``_xHHHH_`` in texts).
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import BinaryIO
from xml.parsers import expat
from zipfile import ZipInfo

import pyarrow as pa

from linkgraph.errors import UsageError
from linkgraph.ingest import archive, office
from linkgraph.ingest.readers.rows import LENGTH, LINE, MAX_LINE_BYTES, OFFSET, RAW, Rows, Unreadable

NAME = "xlsx"
HEAD_ROWS = 20
"""Rows of a sheet among which its header is looked for."""

MAX_ROWS, MAX_COLUMNS = 1 << 20, 1 << 14
_MAX_SHARED_BYTES = 256 << 20
_BATCH_BYTES = 64 << 20
_KEPT_OF_LONG_ROW = 4096
_SIGNIFICANT = 15
"""Decimal digits that every number of a spreadsheet keeps."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is read of one sheet."""

    at: int
    """Its place among the sheets of the workbook, from 0."""
    name: str
    header: int
    """Number of the last row of its header; 0 where it has none."""
    columns: tuple[tuple[int, str, str], ...]
    """Position from 0, name in the sheet, and name in the table of rows."""


@dataclass(frozen=True, slots=True)
class SheetHead:
    """The beginning of one sheet."""

    at: int
    name: str
    hidden: bool
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    """Number and cells of the first rows that have any; a cell that cannot be read is empty."""


@dataclass(frozen=True, slots=True)
class Workbook:
    """Reads the sheets of a workbook that were chosen by their headers."""

    sheets: tuple[Sheet, ...] = ()
    name: str = NAME
    version: str = "1"
    binary: bool = True
    needs: tuple[str, ...] = ()

    def recognises(self, head: bytes) -> bool:
        """Tell whether this is an archive with parts of a workbook; the whole archive tells for sure."""
        return head.startswith(archive.MAGIC) and (b"[Content_Types].xml" in head or b"xl/" in head)

    def read(self, stream: BinaryIO, *, batch_rows: int = 500_000) -> Iterator[Rows]:
        """Yield the rows of the sheets; see :class:`~linkgraph.ingest.readers.rows.Reader`."""
        book = _Book(stream)
        outputs = tuple(dict.fromkeys(output for sheet in self.sheets for _, _, output in sheet.columns))
        batch = _Batch(outputs)
        before = 0
        for sheet in self.sheets:
            last = sheet.header
            try:
                for row in book.rows(sheet.at):
                    last = row.number
                    if row.number <= sheet.header or not row.filled:
                        continue
                    batch.take(row, before + row.number, sheet)
                    if batch.size >= batch_rows or batch.weight >= _BATCH_BYTES:
                        yield batch.rows()
                        batch = _Batch(outputs)
            except _DamagedError as fault:
                last += 1
                batch.refuse(
                    Unreadable(
                        before + last,
                        -1,
                        b"",
                        "",
                        "sheet-damaged",
                        f"Sheet '{_shown(sheet.name)}' is damaged from here on: {fault}.",
                        "Ask for the file again, or open it, save it as CSV and import that.",
                    )
                )
            before += last
        if batch.size:
            yield batch.rows()


def heads(stream: BinaryIO) -> list[SheetHead]:
    """Give the first rows of every sheet, hidden ones too.

    Raises:
        UsageError: it is no workbook, or damaged.
    """
    book = _Book(stream)
    found = []
    for at, (name, _, hidden) in enumerate(book.sheets):
        rows = []
        try:
            for row in book.rows(at):
                if row.filled:
                    rows.append((row.number, tuple(row.texts())))
                if len(rows) >= HEAD_ROWS:
                    break
        except _DamagedError:
            # The rows before are good; the reader says where they end.
            pass
        found.append(SheetHead(at, name, hidden, tuple(rows)))
    return found


# -- cells ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fault:
    """A cell that cannot be read."""

    shown: str
    code: str
    reason: str
    hint: str = ""


_Cell = str | _Fault


@dataclass(slots=True)
class _Row:
    number: int
    cells: dict[int, _Cell]
    """Position from 0 → what the cell holds."""
    oversize: bool = False

    @property
    def filled(self) -> bool:
        """Whether any cell holds something."""
        return self.oversize or any(self.cells.values())

    def texts(self) -> list[str]:
        """Give the cells as text, up to the last one; those that cannot be read are empty."""
        cells = [self.cells.get(at, "") for at in range(max(self.cells, default=-1) + 1)]
        return [cell if isinstance(cell, str) else "" for cell in cells]

    def raw(self) -> bytes:
        """Give the row as a JSON list."""
        cells = [self.cells.get(at) for at in range(max(self.cells, default=-1) + 1)]
        texts = [cell.shown if isinstance(cell, _Fault) else cell for cell in cells]
        return json.dumps(texts, ensure_ascii=False).encode()


class _Batch:
    def __init__(self, outputs: Sequence[str]) -> None:
        self._columns: dict[str, list[str | None]] = {name: [] for name in outputs}
        self._lines: list[int] = []
        self._raw: list[bytes] = []
        self._unreadable: list[Unreadable] = []
        self.weight = 0
        """Bytes of the rows that it holds."""

    @property
    def size(self) -> int:
        return len(self._lines) + len(self._unreadable)

    def take(self, row: _Row, line: int, sheet: Sheet) -> None:
        raw = row.raw()
        if row.oversize or len(raw) > MAX_LINE_BYTES:
            reason = f"The row holds more than {MAX_LINE_BYTES} bytes; the first {_KEPT_OF_LONG_ROW} are kept here."
            self.refuse(Unreadable(line, -1, raw[:_KEPT_OF_LONG_ROW], "", "line-too-long", reason))
            return
        for position, name, _ in sheet.columns:
            cell = row.cells.get(position)
            if isinstance(cell, _Fault):
                self.refuse(Unreadable(line, -1, raw, name, cell.code, cell.reason, cell.hint))
                return
        given = {output: row.cells.get(position) for position, _, output in sheet.columns}
        for output, cells in self._columns.items():
            cell = given.get(output)
            cells.append(cell if isinstance(cell, str) and cell else None)
        self._lines.append(line)
        self._raw.append(raw)
        self.weight += len(raw)

    def refuse(self, row: Unreadable) -> None:
        self._unreadable.append(row)
        self.weight += len(row.raw)

    def rows(self) -> Rows:
        size = len(self._lines)
        columns: dict[str, pa.Array] = {name: pa.array(cells, pa.string()) for name, cells in self._columns.items()}
        columns[LINE] = pa.array(self._lines, pa.int64())
        columns[OFFSET] = pa.array([-1] * size, pa.int64())
        columns[LENGTH] = pa.array([0] * size, pa.int64())
        columns[RAW] = pa.array(self._raw, pa.binary())
        return Rows(pa.table(columns), self._unreadable)


# -- the parts of a workbook ---------------------------------------------------------------------


class _DamagedError(Exception):
    """XML that is not well-formed, or not that of a workbook."""


class _Xml:
    """Reads one part piece by piece; what to do with it is up to those who inherit."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self.text
        parser.StartDoctypeDeclHandler = self._declared
        parser.EntityDeclHandler = self._declared
        self._parser = parser

    def steps(self) -> Iterator[None]:
        """Parse one piece a step."""
        try:
            for piece in self._pieces:
                self._parser.Parse(piece, False)
                yield
            self._parser.Parse(b"", True)
        except (expat.ExpatError, UsageError, LookupError, ValueError) as fault:
            raise _DamagedError(str(fault).rstrip(".")) from fault
        yield

    def whole(self) -> None:
        for _ in self.steps():
            pass

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.start(name.rpartition(":")[2], attributes)

    def _end(self, name: str) -> None:
        self.end(name.rpartition(":")[2])

    def _declared(self, *_: object) -> None:
        raise _DamagedError("it declares a document type, which no workbook does")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Meet the beginning of an element."""

    def end(self, name: str) -> None:
        """Meet the end of an element."""

    def text(self, text: str) -> None:
        """Meet text."""


class _Contents(_Xml):
    """``workbook.xml``: the sheets, and which day is the first."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__(pieces)
        self.sheets: list[tuple[str, str, bool]] = []
        """Name, id of the relationship, hidden."""
        self.from_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            identity = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            hidden = attributes.get("state", "visible") != "visible"
            self.sheets.append((attributes.get("name", ""), identity, hidden))
        elif name == "workbookPr":
            self.from_1904 = attributes.get("date1904", "0") in ("1", "true")


class _Relationships(_Xml):
    """``workbook.xml.rels``: where the sheets are."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__(pieces)
        self.worksheets: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            self.worksheets[attributes.get("Id", "")] = posixpath.normpath(
                posixpath.join("/xl", attributes.get("Target", ""))
            ).lstrip("/")


class _Styles(_Xml):
    """``styles.xml``: the number format of each style of cells."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__(pieces)
        self._codes: dict[str, str] = {}
        self._styles: list[str] = []
        self._within = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._within = True
        elif name == "xf" and self._within:
            self._styles.append(attributes.get("numFmtId", "0"))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._within = False

    def formats(self) -> list[_Format]:
        known = {one: _format(self._codes.get(one, _BUILT_IN.get(one, ""))) for one in set(self._styles)}
        return [known[one] for one in self._styles]


class _SharedTexts(_Xml):
    """``sharedStrings.xml``: texts that cells share, without the readings above East Asian ones."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__(pieces)
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._in_text = False
        self._in_reading = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self._parts = []
        elif name == "rPh":
            self._in_reading += 1
        elif name == "t":
            self._in_text = not self._in_reading

    def end(self, name: str) -> None:
        if name == "si":
            self.texts.append("".join(self._parts))
        elif name == "rPh":
            self._in_reading -= 1
        elif name == "t":
            self._in_text = False

    def text(self, text: str) -> None:
        if self._in_text:
            self._parts.append(text)


class _SheetRows(_Xml):
    """One sheet: collects whole rows in ``ready``."""

    def __init__(self, pieces: Iterator[bytes], book: _Book) -> None:
        super().__init__(pieces)
        self.ready: list[_Row] = []
        self._book = book
        self._row: _Row | None = None
        self._last = 0
        self._at = -1
        self._type = "n"
        self._style = 0
        self._parts: list[str] = []
        self._weight = 0
        self._in_value = False
        self._in_reading = 0
        self._in_cell = False
        self._in_data = False
        self._formula = False
        self._values = 0
        """Elements of the running cell that hold its value; of an inline text any number is one."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheetData":
            self._in_data = True
        elif name == "c" and self._row is None:
            if self._in_data:
                raise _DamagedError("a cell stands in no row")
        elif name == "c":
            if self._in_cell:
                raise _DamagedError("a cell stands in another one")
            place = _column(attributes.get("r", ""))
            self._at = self._at + 1 if place is None else place
            if self._at >= MAX_COLUMNS:
                raise _DamagedError("a cell stands beyond the last column")
            self._type = attributes.get("t", "n")
            style = attributes.get("s", "0")
            self._style = int(style) if re.fullmatch("[0-9]{1,6}", style) else 0
            self._parts = []
            self._in_cell, self._formula, self._values = True, False, 0
        elif name == "row":
            if self._row is not None:
                raise _DamagedError("a row stands in another one")
            stated = re.fullmatch("[0-9]{1,7}", attributes.get("r", ""))
            number = int(stated[0]) if stated else 0
            # A number that is none, or not beyond the last one, cannot be the row's place.
            self._last = number if number > self._last else self._last + 1
            if self._last > MAX_ROWS:
                raise _DamagedError("it has more rows than a sheet can have")
            self._row = _Row(self._last, {})
            self._at, self._weight = -1, 0
        elif name == "rPh":
            self._in_reading += 1
        elif name == "f":
            self._formula = True
        elif name in ("v", "t"):
            self._in_value = self._in_cell and not self._in_reading
            self._values += name == "v"

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._in_value = False
        elif name == "sheetData":
            self._in_data = False
        elif name == "c" and self._in_cell and self._row is not None:
            self._in_cell = False
            self._put(self._row)
        elif name == "row" and self._row is not None:
            self.ready.append(self._row)
            self._row = None
        elif name == "rPh":
            self._in_reading -= 1

    def text(self, text: str) -> None:
        if not self._in_value or self._row is None:
            return
        self._weight += len(text)
        if self._weight > MAX_LINE_BYTES:
            self._row.oversize = True
        else:
            self._parts.append(text)

    def _put(self, row: _Row) -> None:
        if not self._parts and self._formula and self._type != "str":
            row.cells[self._at] = _Fault(
                "",
                "cell-not-computed",
                "The cell holds a formula whose value was never stored.",
                "Open the file in a spreadsheet, save it, and import that beside the original.",
            )
        if not self._parts:
            return
        cell = self._book.cell(self._type, self._style, "".join(self._parts))
        if self._values > 1:
            cell = _Fault("", "cell-twice", "The cell has two values.")
        if self._at in row.cells:
            cell = _Fault("", "cell-twice", "The row has two cells in one place.")
        if self._type == "s" and isinstance(cell, str):
            self._weight += len(cell)
            row.oversize |= self._weight > MAX_LINE_BYTES
        if not row.oversize:
            row.cells[self._at] = cell


class _Book:
    """A workbook: its sheets, and what their cells refer to."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._entries = office.entries(stream)
        if not office.is_workbook(self._entries):
            raise UsageError("The archive is no workbook.")
        try:
            contents = _Contents(self._part("xl/workbook.xml"))
            contents.whole()
            places = _Relationships(self._part("xl/_rels/workbook.xml.rels"))
            places.whole()
            styles = _Styles(self._part("xl/styles.xml"))
            styles.whole()
            shared = _SharedTexts(self._part("xl/sharedStrings.xml", _MAX_SHARED_BYTES))
            shared.whole()
        except _DamagedError as fault:
            raise UsageError(f"The workbook is damaged: {fault}; ask for it again.") from fault
        self.sheets = [
            (name, places.worksheets[identity], hidden)
            for name, identity, hidden in contents.sheets
            if identity in places.worksheets
        ]
        """Name, part and whether hidden, in order; charts are no sheets."""
        self._formats = styles.formats()
        self._shared = shared.texts
        self._first_day = datetime(1904, 1, 1) if contents.from_1904 else datetime(1899, 12, 30)

    def rows(self, at: int) -> Iterator[_Row]:
        """Yield the rows of a sheet that the file has, blank ones too."""
        if at >= len(self.sheets):
            raise _DamagedError("the workbook has no such sheet")
        _, part, _ = self.sheets[at]
        if part not in self._entries:
            raise _DamagedError("it is not in the archive")
        sheet = _SheetRows(self._part(part), self)
        try:
            for _ in sheet.steps():
                yield from sheet.ready
                sheet.ready.clear()
        except _DamagedError:
            yield from sheet.ready
            raise

    def cell(self, kind: str, style: int, text: str) -> _Cell:
        """Read one cell from its type, its style and its stored text."""
        if kind == "n":
            return self._number(text.strip(), style)
        if kind == "s":
            number = text.strip()
            if not re.fullmatch("[0-9]{1,9}", number) or int(number) >= len(self._shared):
                return _Fault(number, "cell-text", "The cell refers to a text that the workbook does not have.")
            text = self._shared[int(number)]
        if kind in ("s", "str", "inlineStr"):
            text = _ESCAPED.sub(_unescaped, text)
            return _Fault(text, "nul-byte", "The cell contains a NUL.") if "\0" in text else text
        if kind == "b":
            return "TRUE" if text.strip() in ("1", "true") else "FALSE"
        if kind == "d":
            return text.strip()
        if kind == "e":
            return _Fault(
                text,
                "cell-error",
                f"The cell holds the error {_shown(text.strip())} instead of a value.",
                "Ask for the file with values instead of formulas.",
            )
        return _Fault(text, "cell-type", f"'{_shown(kind)}' is no type of cell.")

    def _number(self, text: str, style: int) -> _Cell:
        try:
            value = Decimal(text) if _NUMBER.fullmatch(text) else None
        except InvalidOperation:
            value = None
        if value is None or abs(value.adjusted()) > _LARGEST_EXPONENT:
            return _Fault(text, "cell-number", f"'{_shown(text)}' is no number as a cell holds one.")
        form = self._formats[style] if style < len(self._formats) else _PLAIN
        if form.is_date or form.is_clock:
            return _moment(value, form, self._first_day, text)
        if "e" in text.lower() and value == value.to_integral_value() and value.adjusted() >= _SIGNIFICANT:
            return _Fault(
                text,
                "cell-digits-lost",
                f"The cell holds {_shown(text)}: more than {_SIGNIFICANT} digits, whose last ones are lost.",
                "References of so many digits are only whole where they are stored as text: ask for the list as CSV.",
            )
        if len(value.as_tuple().digits) > _SIGNIFICANT and value != value.to_integral_value():
            value = Decimal(f"{value:.{_SIGNIFICANT - 1}e}")
        plain = f"{value:f}"
        plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
        plain = "0" if plain == "-0" else plain
        return plain.zfill(form.width) if plain.isdigit() else plain

    def _part(self, name: str, limit: int = office.LIMITS.total_bytes) -> Iterator[bytes]:
        entry: ZipInfo | None = self._entries.get(name)
        if entry is None:
            # A workbook without texts or styles has no part for them.
            return iter([b"<none/>"])
        if entry.file_size > limit:
            raise UsageError(f"The workbook's texts take more than {limit >> 20} MiB: save its sheets as CSV.")
        return office.inflated(self._stream, entry)


_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,3})?")
_LARGEST_EXPONENT = 308
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def _unescaped(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    # Half of a surrogate pair is no character by itself.
    return found[0] if 0xD800 <= code <= 0xDFFF else chr(code)


def _column(reference: str) -> int | None:
    """Give the position from 0 of a cell such as ``AB12``; None where the file does not say."""
    letters = reference.rstrip("0123456789")
    if not 1 <= len(letters) <= 3 or not letters.isascii() or not letters.isalpha():
        return None
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _shown(text: str) -> str:
    return ascii(text[:60])[1:-1]


# -- number formats ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Format:
    is_date: bool = False
    is_clock: bool = False
    elapsed: bool = False
    """A clock that counts beyond 24 hours."""
    width: int = 0
    """Digits that the format pads a whole number to."""


_PLAIN = _Format()
_BUILT_IN = {
    **dict.fromkeys(("14", "15", "16", "17", *map(str, range(27, 32)), "34", "35", "36"), "yyyy-mm-dd"),
    **dict.fromkeys(map(str, range(50, 59)), "yyyy-mm-dd"),
    **dict.fromkeys(("18", "19", "20", "21", "32", "33", "45", "47"), "h:mm:ss"),
    "22": "yyyy-mm-dd h:mm",
    "46": "[h]:mm:ss",
}
"""Formats of dates and clocks that a number stands for, ECMA-376-1 §18.8.30."""
_NO_PART_OF_IT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE | re.DOTALL)


def _format(code: str) -> _Format:
    """Tell what a number format shows: a date, a clock, or a number."""
    first = _NO_PART_OF_IT.sub("", code).partition(";")[0].lower()
    if re.fullmatch("0+", first):
        return _Format(width=len(first))
    if first in ("general", "standard", "@"):
        return _PLAIN
    is_clock = bool(re.search("[hs]", first))
    # The letter m is a month, or a minute beside hours or seconds.
    is_date = bool(re.search("[yd]", first)) or ("m" in first and not is_clock)
    return _Format(is_date, is_clock, elapsed="[" in first)


def _moment(days: Decimal, form: _Format, first_day: datetime, text: str) -> _Cell:
    """Write a number of days as a date, a time, or both."""
    milliseconds = int((days * 86_400_000).to_integral_value())
    whole, clock = divmod(milliseconds, 86_400_000)
    if form.is_clock and not form.is_date and (form.elapsed or whole == 0) and milliseconds >= 0:
        return _clock(milliseconds)
    if first_day.year < 1900 and 0 < whole < 60:
        # Day 60 is the 29 February 1900 that never was: days before it count from one day later.
        whole += 1
    try:
        day = first_day + timedelta(days=whole)
    except OverflowError:
        return _Fault(text, "cell-date", f"'{_shown(text)}' is no day that a calendar has.")
    if form.is_clock or clock:
        return f"{day:%Y-%m-%d}T{_clock(clock)}".rjust(19, "0")
    return f"{day:%Y-%m-%d}".rjust(10, "0")


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{rest:03}" if rest else text
