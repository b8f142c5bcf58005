"""A workbook for people: the graph as sheets to read, filter and print in Excel or LibreOffice.

Source: ECMA-376-1:2016 (Office Open XML) §18.3.1.4 (cells), §22.9.2.19 (``_xHHHH_`` in texts); Excel specifications
and limits (32,767 UTF-16 units in a cell, 1,048,576 rows in a sheet); TLP 2.0 (FIRST, 2022) for where a marking stands.

Labels are attackers' input and a workbook runs formulas, so every text is a cell of type string: it is never looked at
for a formula, a number or an address, and it is not changed. Sheets are:

- ``About``: whose it is, how it is marked, what the sheets are, what they do not hold;
- ``Entities``, ``Links``, ``Attributes``: the tables of an extract. Times stand twice: exact, as ISO 8601 text in UTC,
  and as date cells to filter by, which have no zone and are rounded down to the second;
- ``Amounts``: sums by link and currency, as exact decimal text, and as a number where a cell holds it exactly;
- ``Evidence``: the rows behind each link, one line a file (more where the list of rows is longer than a cell);
- ``Sources``: the evidence files; ``Corrected rows``: which of their rows are read as an analyst corrected them.

The first row of every sheet is the marking of the whole, the second the names of columns. What is longer than a sheet
goes on in ``Links (2)``.
"""

from __future__ import annotations

import json
import math
import re
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, BinaryIO
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.compute as pc
from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.utility import xl_rowcol_to_cell_fast
from xlsxwriter.worksheet import Worksheet

from linkgraph import __version__
from linkgraph.errors import StorageError
from linkgraph.exchange.extract import Extract
from linkgraph.exchange.received import EPOCH
from linkgraph.exchange.records import iso
from linkgraph.exchange.report import Lost

MAX_ROWS = 1 << 20
"""Rows of a sheet, the two of its head among them."""
MAX_TEXT = 32_767
"""UTF-16 units of a cell."""

Cell = str | int | float | datetime | None

_HEAD_ROWS = 2
_ROWS_AT_A_TIME = 10_000
_FIRST_YEAR = 1901
"""Date cells count days from 1900, a year that has a 29 February there."""
_EXACT_INTEGER = 10**15
_SIGNIFICANT = 15
"""Decimal digits of a number that every spreadsheet keeps."""
_FORBIDDEN = "\x00-\x08\x0b-\x1f\ufffe\uffff"
_ESCAPED = re.compile(f"[{_FORBIDDEN}]|_(?=x[0-9a-fA-F]{{4}}[_{_FORBIDDEN}])")
"""What stands as ``_xHHHH_`` in a cell: what XML has no place for, and what would be read as such an escape."""
_SPECIAL = re.compile(f"[&<>_{_FORBIDDEN}]")
_ON_BLACK = {
    "TLP:RED": "#FF2B2B",
    "TLP:AMBER+STRICT": "#FFC000",
    "TLP:AMBER": "#FFC000",
    "TLP:GREEN": "#33FF00",
    "TLP:CLEAR": "#FFFFFF",
}
"""Colours of TLP 2.0; the ground is black."""

_TIMES = {"first_seen": 24, "last_seen": 24, "first_seen (date)": 18, "last_seen (date)": 18}
_ENTITIES = {
    **{"marking": 18, "kind": 16, "label": 36, "value": 44, "role": 12, "country": 9, "country_basis": 13},
    **_TIMES,
    "id": 34,
}
_LINKS = {
    **{"marking": 18, "kind": 14, "source": 36, "target": 36, "count": 9, "weight": 9, "grade": 36, "amounts": 30},
    **_TIMES,
    **{"id": 34, "source_id": 34, "target_id": 34},
}
_AMOUNTS = {"marking": 18, "link": 34, "source": 36, "target": 36, "currency": 10, "sum": 24, "sum as a number": 18}
_ATTRIBUTES = {"entity": 34, "label": 36, "name": 16, "value": 36, "basis": 12, "origin": 66, "row": 9}
_EVIDENCE = {"link": 34, "kind": 14, "source": 36, "target": 36, "file": 66, "file name": 30, "rows": 40}
_SOURCES = {
    **{"marking": 18, "name": 36, "sha256": 66, "size": 14, "kind": 14, "reader": 16, "timezone": 20},
    **{"imported_by": 22, "imported_at": 28, "complete": 10, "read": 12, "stored": 12, "duplicates": 12},
    "quarantined": 12,
}
_CORRECTED = {"file": 66, "corrections": 66, "rows": 40}

_TOLD = {
    "Entities": "Who and what: accounts, addresses, payments, files, persons. One row each.",
    "Links": "Who was seen with what, summed over the rows of the evidence. A grade says what a link is worth.",
    "Amounts": "Sums of links by currency, exact as text. Never add sums of two currencies.",
    "Attributes": "What is said of entities, and by which row of which file or data.",
    "Evidence": "The rows of evidence files behind each link.",
    "Sources": "The evidence files, by SHA-256.",
    "Corrected rows": "Rows of evidence files that are read as an analyst corrected them.",
}
_WORDS = {
    "on markings": "Traffic Light Protocol 2.0, of each thing and of the whole: that of the strictest thing in it.",
    "on countries": "What country_basis says: stated in the evidence, part of the identifier (code), the country that "
    "an address block is registered to (registered), or derived. It is not where somebody is.",
    "on times": "UTC. first_seen and last_seen are exact text, the date columns are rounded down to the second.",
    "on texts": "Names and labels come from the evidence as they are: whoever chose them may have meant to deceive.",
}


def write(stream: BinaryIO, extract: Extract) -> list[Lost]:
    """Write an extract; the workbook says it was made at the time of the newest import in it.

    Raises:
        StorageError: it cannot be written.
    """
    with tempfile.TemporaryDirectory() as folder:
        options = {"constant_memory": True, "tmpdir": folder}
        book = _Book(Workbook(stream, options), extract)
        about = book.sheet("About", {"": 22, " ": 110}, filtered=False)
        for name, (columns, rows) in _tables(extract).items():
            book.fill(name, columns, rows)
        lost = book.lost()
        for row, line in enumerate(_about(extract, lost), _HEAD_ROWS):
            book.write(about, row, line)
        try:
            book.close()
        except FileCreateError as fault:
            raise StorageError(f"The workbook could not be written: {fault}; make room and export again.") from fault
    return lost


# -- what stands in the rows ---------------------------------------------------------------------


def _tables(extract: Extract) -> dict[str, tuple[dict[str, int], Iterator[Sequence[Cell]]]]:
    return {
        "Entities": (_ENTITIES, _entities(extract)),
        "Links": (_LINKS, _links(extract)),
        "Amounts": (_AMOUNTS, _amounts(extract)),
        "Attributes": (_ATTRIBUTES, _attributes(extract)),
        "Evidence": (_EVIDENCE, _evidence(extract)),
        "Sources": (_SOURCES, _sources(extract)),
        "Corrected rows": (_CORRECTED, _corrected(extract)),
    }


def _about(extract: Extract, lost: Sequence[Lost]) -> Iterator[Sequence[Cell]]:
    yield "case", extract.case
    if extract.agency:
        yield "handed on by", extract.agency
    yield "marking", extract.marking
    yield "made by", f"linkgraph {__version__}"
    yield "entities", extract.entities.num_rows
    yield "links", extract.links.num_rows
    yield "attributes", extract.said.num_rows
    yield "evidence files", len(extract.sources)
    yield "", None
    yield from _TOLD.items()
    yield "", None
    yield from _WORDS.items()
    for one in lost:
        if one.count:
            yield "not as it was", f"{one.what} ({one.count:,}): {one.why}"


def _entities(extract: Extract) -> Iterator[Sequence[Cell]]:
    for one in _records(extract.entities):
        named = (one[name] for name in ("marking", "kind", "label", "value", "role", "country", "country_basis"))
        yield *named, *_times(one), one["id"]


def _links(extract: Extract) -> Iterator[Sequence[Cell]]:
    for one in _between(extract, extract.links.drop_columns("evidence")):
        sums = "; ".join(f"{text} {currency or '(no currency stated)'}" for currency, text in _sums(one))
        yield (
            *(one[name] for name in ("marking", "kind", "source_label", "target_label", "count", "weight", "grade")),
            sums or None,
            *_times(one),
            *(one[name] for name in ("id", "source", "target")),
        )


def _amounts(extract: Extract) -> Iterator[Sequence[Cell]]:
    with_sums = extract.links.filter(pc.is_valid(extract.links["amounts"]))
    for one in _between(extract, with_sums.drop_columns("evidence")):
        for currency, text in _sums(one):
            yield one["marking"], one["id"], one["source_label"], one["target_label"], currency, text, _number(text)


def _attributes(extract: Extract) -> Iterator[Sequence[Cell]]:
    at = pc.index_in(extract.said["entity"], value_set=extract.entities["id"].combine_chunks())
    for one in _records(extract.said.append_column("label", extract.entities["label"].take(at))):
        yield tuple(one[name] for name in _ATTRIBUTES)


def _evidence(extract: Extract) -> Iterator[Sequence[Cell]]:
    names = {one.sha256: one.name for one in extract.sources}
    for one in _between(extract, extract.links.select(["id", "kind", "source", "target", "evidence"])):
        for text in one["evidence"] or ():
            file, rows = text.split(" ", 1)
            for some in _cell_by_cell(rows):
                yield one["id"], one["kind"], one["source_label"], one["target_label"], file, names.get(file), some


def _sources(extract: Extract) -> Iterator[Sequence[Cell]]:
    for one in extract.sources:
        facts = {name: getattr(one, name) for name in _SOURCES}
        yield tuple(
            (
                facts | {"imported_at": iso(one.imported_at.astimezone(UTC)), "complete": _yes_or_no(one.complete)}
            ).values()
        )


def _corrected(extract: Extract) -> Iterator[Sequence[Cell]]:
    for file, texts in extract.corrected.items():
        for text in texts:
            corrections, rows = text.split(" ", 1)
            for some in _cell_by_cell(rows):
                yield file, corrections, some


def _records(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=_ROWS_AT_A_TIME):
        yield from batch.to_pylist()


def _between(extract: Extract, links: pa.Table) -> Iterator[dict[str, Any]]:
    """Give links of an extract with the labels of their ends."""
    ids, labels = extract.entities["id"].combine_chunks(), extract.entities["label"]
    places = {end: pc.index_in(links[end], value_set=ids).combine_chunks() for end in ("source", "target")}
    for start in range(0, links.num_rows, _ROWS_AT_A_TIME):
        some = links.slice(start, _ROWS_AT_A_TIME)
        for end, at in places.items():
            some = some.append_column(f"{end}_label", labels.take(at.slice(start, _ROWS_AT_A_TIME)))
        yield from some.to_pylist()


def _times(record: dict[str, Any]) -> Iterator[Cell]:
    seen = [record["first_seen"], record["last_seen"]]
    yield from map(iso, seen)
    for moment in seen:
        yield moment if moment is not None and moment.year >= _FIRST_YEAR else None


def _sums(link: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted(json.loads(link["amounts"]).items()) if link["amounts"] else []


def _number(text: str) -> float | None:
    """Give an exact decimal as a number, or None where a cell would hold another one."""
    return float(text) if len(Decimal(text).as_tuple().digits) <= _SIGNIFICANT else None


def _yes_or_no(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _cell_by_cell(rows: str) -> Iterator[str]:
    """Cut ``4-9,12,…`` between its rows into texts that fit into a cell."""
    while len(rows) > MAX_TEXT:
        end = rows.rindex(",", 0, MAX_TEXT)
        yield rows[:end]
        rows = rows[end + 1 :]
    yield rows


# -- cells and sheets ----------------------------------------------------------------------------


class _Sheet(Worksheet):  # type: ignore[misc, unused-ignore]  # the library may come without types
    """A sheet that writes every text as that text.

    Worksheets of xlsxwriter take a text between <r> and </r> for markup of their own and write it as it is, and do not
    escape what only together with the next character reads as an escape.
    """

    def _write_cell(self, row: int, col: int, cell: Any) -> None:  # noqa: ANN401  (private types of the library)
        if type(cell).__name__ != "String":
            super()._write_cell(row, col, cell)
            return
        text = cell.string
        if _SPECIAL.search(text):
            text = escape(_ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", text))
        place = f'r="{xl_rowcol_to_cell_fast(row, col)}"'
        if cell.format:
            place += f' s="{cell.format._get_xf_index()}"'
        self.fh.write(f'<c {place} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>')


class _Book:
    """A workbook that is being written, row after row."""

    def __init__(self, workbook: Workbook, extract: Extract) -> None:
        self._book = workbook
        self._extract = extract
        self._cut = self._escaped = 0
        colours = {"font_color": _ON_BLACK[extract.marking], "bg_color": "#000000"}
        self._banner = workbook.add_format({"bold": True, "font_size": 12, **colours})
        self._head = workbook.add_format({"bold": True, "bottom": 1})
        self._date = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        newest = max((one.imported_at for one in extract.sources), default=EPOCH)
        # Words of ours only: the library does not escape what XML forbids here.
        workbook.set_properties({"created": newest.astimezone(UTC).replace(tzinfo=None), "status": extract.marking})

    def sheet(self, name: str, columns: dict[str, int], *, filtered: bool = True) -> Worksheet:
        """Begin a sheet.

        Args:
            name: as it stands on its tab.
            columns: names and widths in characters.
            filtered: name the columns, and keep their names in sight.
        """
        sheet = self._book.add_worksheet(name, _Sheet)
        for at, width in enumerate(columns.values()):
            sheet.set_column(at, at, width)
        sheet.freeze_panes(_HEAD_ROWS, 0)
        sheet.repeat_rows(0, _HEAD_ROWS - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_header(f"&R&12{self._extract.marking}")
        sheet.set_footer(f"&L&P / &N&R&12{self._extract.marking}")
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{MAX_ROWS}"})
        self._text(sheet, 0, 0, self._extract.marking, self._banner)
        self._text(sheet, 0, 1, self._extract.case, self._banner)
        for at in range(2, len(columns)):
            sheet.write_blank(0, at, None, self._banner)
        if filtered:
            for at, column in enumerate(columns):
                self._text(sheet, 1, at, column, self._head)
        return sheet

    def fill(self, name: str, columns: dict[str, int], rows: Iterator[Sequence[Cell]]) -> None:
        """Write a table, on as many sheets as it needs."""
        sheet, sheets, row = self.sheet(name, columns), 1, _HEAD_ROWS
        for cells in rows:
            if row == MAX_ROWS:
                sheet.autofilter(1, 0, row - 1, len(columns) - 1)
                sheets += 1
                sheet, row = self.sheet(f"{name} ({sheets})", columns), _HEAD_ROWS
            self.write(sheet, row, cells)
            row += 1
        sheet.autofilter(1, 0, row - 1, len(columns) - 1)

    def write(self, sheet: Worksheet, row: int, cells: Sequence[Cell]) -> None:
        """Write a row; what is not known stays empty."""
        for at, cell in enumerate(cells):
            if cell is None:
                continue
            if isinstance(cell, str):
                self._text(sheet, row, at, cell)
            elif isinstance(cell, datetime):
                sheet.write_datetime(row, at, cell.replace(microsecond=0, tzinfo=None), self._date)
            elif _is_kept(cell):
                sheet.write_number(row, at, cell)
            else:
                sheet.write_string(row, at, repr(cell))

    def lost(self) -> list[Lost]:
        """Say what of the texts that were written so far is not as it was."""
        return [
            Lost(
                "cells with a text that is too long", self._cut, f"It is cut to the {MAX_TEXT:,} characters of a cell."
            ),
            Lost(
                "cells with characters that XML forbids",
                self._escaped,
                "They stand as escapes such as _x0001_, which Excel reads back and other programs may show.",
            ),
        ]

    def close(self) -> None:
        """Put the workbook together and write it."""
        self._book.close()

    def _text(self, sheet: Worksheet, row: int, at: int, text: str, form: object = None) -> None:
        if len(text) > MAX_TEXT // 2:
            text = self._fitting(text)
        if _ESCAPED.search(text):
            self._escaped += 1
        sheet.write_string(row, at, text, form)

    def _fitting(self, text: str) -> str:
        units = text.encode("utf-16-le")
        if len(units) <= 2 * MAX_TEXT:
            return text
        self._cut += 1
        # Half a surrogate pair at the end is no character.
        return units[: 2 * MAX_TEXT].decode("utf-16-le", "ignore")


def _is_kept(number: float) -> bool:
    """Say whether a cell holds a number as it is; xlsxwriter writes 16 significant digits."""
    if isinstance(number, int):
        return abs(number) < _EXACT_INTEGER
    return math.isfinite(number) and float(f"{number:.16G}") == number
