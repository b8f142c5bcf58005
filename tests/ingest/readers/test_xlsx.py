"""Workbooks: what a sheet stores is what is read, and a bad cell costs its row alone."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workbooks import (
    CLOCK,
    DATE,
    DATE_TIME,
    ELAPSED,
    MAIN,
    OWN_DATE,
    PADDED,
    PLAIN,
    Raw,
    error,
    formula,
    number,
    packed,
    workbook,
)

from linkgraph.errors import LinkgraphError, UsageError
from linkgraph.ingest import office
from linkgraph.ingest.readers.rows import MAX_LINE_BYTES, Unreadable
from linkgraph.ingest.readers.xlsx import Sheet, Workbook, heads

READ = Sheet(0, "log", 1, ((0, "a", "a"), (1, "b", "b")))


def read(
    content: bytes, sheets: tuple[Sheet, ...] = (READ,), batch_rows: int = 500_000
) -> tuple[list[dict[str, object]], list[Unreadable]]:
    rows: list[dict[str, object]] = []
    unreadable: list[Unreadable] = []
    lines: list[int] = []
    for batch in Workbook(sheets).read(io.BytesIO(content), batch_rows=batch_rows):
        assert 0 < batch.read <= batch_rows
        rows += batch.table.to_pylist()
        unreadable += batch.unreadable
        lines += sorted([*batch.table["_line"].to_pylist(), *(one.line for one in batch.unreadable)])
    assert lines == sorted(set(lines))
    return rows, unreadable


def cell(value: str | Raw, **options: bool) -> str | Unreadable | None:
    rows, unreadable = read(workbook({"log": [["a", "b"], [value, "x"]]}, **options))
    if unreadable:
        return unreadable[0]
    (row,) = rows
    assert row["b"] == "x"
    return row["a"]  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0012", "0012"),
        ("a\nb", "a\nb"),
        ("=1+1", "=1+1"),
        ("ü\u202e", "ü\u202e"),
        ("_x005F_x0041_", "_x0041_"),
        ("_xD800_", "_xD800_"),
        (Raw('t="inlineStr"', "<is><r><t>one</t></r><r><t> two</t></r><rPh><t>no</t></rPh></is>"), "one two"),
        (formula('A1&"x"', "cached"), "cached"),
        (formula('""', ""), None),
        (Raw('t="b"', "<v>1</v>"), "TRUE"),
        (Raw('t="b"', "<v>0</v>"), "FALSE"),
        (Raw('t="d"', "<v>2026-01-02T03:04:05</v>"), "2026-01-02T03:04:05"),
        (Raw('s="0"', ""), None),
        (number("1234567890"), "1234567890"),
        (number("1234567890.0"), "1234567890"),
        (number("1.23456789E9"), "1234567890"),
        (number("0.30000000000000004"), "0.3"),
        (number("1234.1000000000001"), "1234.1"),
        (number("12.10"), "12.1"),
        (number("-0"), "0"),
        (number("-5.50"), "-5.5"),
        (number("1E-7"), "0.0000001"),
        (number("123456789012345678"), "123456789012345678"),
        (number("1E+14"), "100000000000000"),
        (number("12345678", PADDED), "0012345678"),
        (number("12345678901", PADDED), "12345678901"),
        (number("46024.12783564815", DATE_TIME), "2026-01-02T03:04:05"),
        (number("46024.127843495372", DATE_TIME), "2026-01-02T03:04:05.678"),
        (number("46024", DATE_TIME), "2026-01-02T00:00:00"),
        (number("46024", DATE), "2026-01-02"),
        (number("46024.5", DATE), "2026-01-02T12:00:00"),
        (number("46024", OWN_DATE), "2026-01-02"),
        (number("1", DATE), "1900-01-01"),
        (number("0.5", CLOCK), "12:00:00"),
        (number("46024.5", CLOCK), "2026-01-02T12:00:00"),
        (number("1.25", ELAPSED), "30:00:00"),
        (number("1.5", 7), "1.5"),
        (number("1.5", 99), "1.5"),
    ],
)
def test_what_a_cell_gives(value: str | Raw, expected: str | None) -> None:
    assert cell(value) == expected


def test_days_may_count_from_1904() -> None:
    assert cell(number("44562", DATE), from_1904=True) == "2026-01-02"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (error("#N/A"), "cell-error"),
        (error("#DIV/0!"), "cell-error"),
        (number("1.234567890123457e+17"), "cell-digits-lost"),
        (number("1E+20"), "cell-digits-lost"),
        (number("12x"), "cell-number"),
        (number("nan"), "cell-number"),
        (number("1e999"), "cell-number"),
        (number("9" * 500), "cell-number"),
        (number("99999999999", DATE), "cell-date"),
        (Raw("", "<f>A1</f><v/>"), "cell-not-computed"),
        (Raw('t="s"', "<v>999</v>"), "cell-text"),
        (Raw('t="s"', "<v>-1</v>"), "cell-text"),
        (Raw('t="zzz"', "<v>1</v>"), "cell-type"),
        (Raw("", "<v>1</v><v>2</v>"), "cell-twice"),
        ("_x0000_", "nul-byte"),
        (hashlib.shake_256(b"x").hexdigest(MAX_LINE_BYTES // 2 + 1), "line-too-long"),
    ],
)
def test_a_cell_that_cannot_be_read_costs_its_row_alone(value: str | Raw, code: str) -> None:
    rows, unreadable = read(workbook({"log": [["a", "b"], ["1", "2"], [value, "x"], ["3", "4"]]}))
    assert [(row["a"], row["_line"]) for row in rows] == [("1", 2), ("3", 4)]
    (fault,) = unreadable
    assert (fault.line, fault.offset, fault.code) == (3, -1, code)
    if code != "line-too-long":
        assert fault.column == "a"
        assert json.loads(fault.raw)[1] == "x"


def test_an_error_in_a_column_that_is_not_read_costs_nothing() -> None:
    rows, unreadable = read(workbook({"log": [["a", "b", "c"], ["1", "2", error("#REF!")]]}))
    assert unreadable == []
    assert json.loads(rows[0]["_raw"]) == ["1", "2", "#REF!"]  # type: ignore[arg-type]
    assert (rows[0]["_offset"], rows[0]["_length"]) == (-1, 0)


def test_rows_of_several_sheets_are_numbered_on() -> None:
    content = workbook(
        {
            "one": [["from: 1 May"], [], ["a", "b"], ["1", "2"], [], ["3", "4"]],
            "notes": [["nothing here"]],
            "two": [["B", "A"], ["5", "6"]],
        }
    )
    sheets = (Sheet(0, "one", 3, ((0, "a", "a"), (1, "b", "b"))), Sheet(2, "two", 1, ((1, "A", "a"), (0, "B", "b"))))
    rows, unreadable = read(content, sheets)
    assert unreadable == []
    assert [(row["_line"], row["a"], row["b"]) for row in rows] == [(4, "1", "2"), (6, "3", "4"), (8, "6", "5")]
    assert read(content, sheets, batch_rows=1) == (rows, unreadable)


def test_the_beginnings_of_sheets() -> None:
    content = workbook({"a": [["x"], [], [None, "y"]], "b": [["z"]]}, hidden=["b"])
    found = heads(io.BytesIO(content))
    assert [(one.name, one.hidden, one.rows) for one in found] == [
        ("a", False, ((1, ("x",)), (3, ("", "y")))),
        ("b", True, ((1, ("z",)),)),
    ]


@pytest.mark.parametrize(
    "sheet",
    [
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="2"><c r="A2"><v>1</v></c></row><row r="3"><c',
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="2"><c r="A2"><v>1</v></c></row></wrong>',
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="2"><c r="A2"><v>1</v></c></row>'
        '<row r="3"><c r="ZZZ3"><v>1</v></c></row></sheetData></worksheet>',
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="2"><c r="A2"><v>1</v></c></row>'
        '<row r="3"><c r="A3"><v>2</v></c><row r="4"><c r="A4"><v>1</v></c></row></row></sheetData></worksheet>',
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="2"><c r="A2"><v>1</v></c></row>'
        '<row r="3"><c r="A3"><v>2</v><c r="B3"><v>1</v></c></c></row></sheetData></worksheet>',
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="2"><c r="A2"><v>1</v></c></row>'
        '<c r="A3"><v>2</v></c></sheetData></worksheet>',
    ],
)
def test_a_damaged_sheet_gives_what_stands_before(sheet: str) -> None:
    content = workbook({"log": []}, edit={"xl/worksheets/sheet1.xml": sheet.encode()})
    rows, (fault,) = read(content)
    assert [row["a"] for row in rows] == ["1"]
    assert (fault.line, fault.code) == (3, "sheet-damaged")


def test_a_sheet_that_the_archive_lacks_is_told() -> None:
    content = workbook({"log": [["a"], ["1"]], "next": [["a"], ["2"]]})
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        parts = {name: book.read(name) for name in book.namelist() if not name.endswith("sheet1.xml")}
    sheets = tuple(Sheet(at, "log", 1, ((0, "a", "a"),)) for at in range(3))
    rows, faults = read(packed(parts), sheets)
    assert [row["a"] for row in rows] == ["2"]
    assert [fault.code for fault in faults] == ["sheet-damaged", "sheet-damaged"]


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
    ],
)
def test_declarations_are_refused(declared: str) -> None:
    for part in ("xl/workbook.xml", "xl/sharedStrings.xml"):
        content = workbook({"log": [["a"]]}, edit={part: f"{declared}<x>&b;</x>".encode()})
        with pytest.raises(UsageError, match="declares a document type"):
            heads(io.BytesIO(content))
    sheet = f"{declared}<x>&b;</x>".encode()
    _, (fault,) = read(workbook({"log": []}, edit={"xl/worksheets/sheet1.xml": sheet}))
    assert fault.code == "sheet-damaged"


def test_places_that_are_none_are_counted_on() -> None:
    sheet = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row><x:c><x:v>1</x:v></x:c><x:c><x:v>2</x:v></x:c></x:row>'
        '<x:row r="1"><x:c r="??"><x:v>3</x:v></x:c><x:c r="A9"><x:v>4</x:v></x:c></x:row>'
        '<x:row r="99999999999"><x:c r="B1" s="x"><x:v>5</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    content = workbook({"log": []}, edit={"xl/worksheets/sheet1.xml": sheet.encode()})
    rows, (fault,) = read(content, (Sheet(0, "log", 0, READ.columns),))
    assert [(row["_line"], row["a"], row["b"]) for row in rows] == [(1, "1", "2"), (3, None, "5")]
    assert (fault.line, fault.code) == (2, "cell-twice")


def test_one_far_cell_takes_no_memory() -> None:
    sheet = (
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    tracemalloc.start()
    rows, _ = read(
        workbook({"log": []}, edit={"xl/worksheets/sheet1.xml": sheet.encode()}), (Sheet(0, "log", 0, READ.columns),)
    )
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [row["_line"] for row in rows] == [1, 1 << 20]
    assert peak < 20 << 20


# -- the archive around it -----------------------------------------------------------------------


def test_a_bomb_is_refused_by_what_it_declares() -> None:
    content = workbook({"log": []}, more={"xl/worksheets/sheet9.xml": b" " * (8 << 20)})
    with pytest.raises(UsageError, match="as a bomb does"):
        office.entries(io.BytesIO(content))


def test_a_bomb_is_refused_by_what_is_in_it() -> None:
    bomb = bytearray(workbook({"log": []}, more={"x": b" " * (8 << 20)}))
    with zipfile.ZipFile(io.BytesIO(bytes(bomb))) as whole:
        entry = whole.getinfo("x")
    declared = (8 << 20).to_bytes(4, "little")
    at = bomb.rfind(declared)
    while at >= 0:
        bomb[at : at + 4] = (100).to_bytes(4, "little")
        at = bomb.rfind(declared, 0, at)
    listed = office.entries(io.BytesIO(bytes(bomb)))
    assert listed["x"].file_size == 100
    with pytest.raises(UsageError, match="does not hold what it declares"):
        list(office.inflated(io.BytesIO(bytes(bomb)), listed["x"]))
    assert entry.compress_size < 10_000


def test_too_many_entries_and_double_names_are_refused() -> None:
    with pytest.raises(UsageError, match="more than 1,000"):
        office.entries(io.BytesIO(packed({f"x{at}": b"" for at in range(1001)})))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as double, pytest.warns(UserWarning, match="Duplicate"):
        double.writestr("a", b"1")
        double.writestr("a", b"2")
    with pytest.raises(UsageError, match="two entries of one name"):
        office.entries(content)


def test_an_archive_that_is_no_workbook_is_none() -> None:
    with pytest.raises(UsageError, match="no workbook"):
        heads(io.BytesIO(packed({"a.csv": b"a,b\n"})))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (workbook({"log": []}), True),
        (packed({"a.csv": b"x"}), False),
        (b"a,b\n", False),
        (b"", False),
    ],
)
def test_recognition(head: bytes, expected: bool) -> None:
    assert Workbook().recognises(head) is expected


_GOOD = workbook({"log": [["a", "b"], ["1", number("2")], [error("#N/A"), "3"]]})


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(_GOOD) - 1), st.integers(0, 255)), max_size=4), st.integers(0, len(_GOOD)))
def test_any_bytes_are_read_or_refused(changes: list[tuple[int, int]], cut: int) -> None:
    content = bytearray(_GOOD)
    for at, byte in changes:
        content[at] = byte
    for variant in (bytes(content), bytes(content[:cut])):
        with contextlib.suppress(LinkgraphError):
            read(variant)


_xml = st.sampled_from(
    [
        '<row r="2">',
        "<row>",
        "</row>",
        '<c r="A2">',
        '<c r="B3" t="s">',
        '<c t="e">',
        "</c>",
        "<v>",
        "</v>",
        "<f>",
        "</f>",
        "0",
        "1e9",
        "&#1;",
        "&x;",
        "<t>",
        "</t>",
        "<",
        "]]>",
        "<!--",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_xml, max_size=20).map("".join), st.booleans())
def test_any_sheet_is_read_or_refused(inside: str, whole: bool) -> None:
    sheet = f"<worksheet><sheetData>{inside}" + ("</sheetData></worksheet>" if whole else "")
    rows, unreadable = read(
        workbook({"log": []}, edit={"xl/worksheets/sheet1.xml": sheet.encode()}), (Sheet(0, "log", 0, READ.columns),)
    )
    assert all(row["_offset"] == -1 for row in rows)
    assert all(isinstance(fault.raw, bytes) for fault in unreadable)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.text(), st.text()), max_size=6))
def test_texts_are_read_back(pairs: list[tuple[str, str]]) -> None:
    def plain(text: str) -> bool:
        return text.isprintable() and "_x" not in text

    pairs = [pair for pair in pairs if all(map(plain, pair)) and any(pair)]
    rows, unreadable = read(workbook({"log": [["a", "b"], *pairs]}))
    assert unreadable == []
    assert [(row["a"] or "", row["b"] or "") for row in rows] == pairs
    assert PLAIN == 0
