"""The workbook: openpyxl, calamine and linkgraph's own reader give back every cell, and nothing in it runs."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

import openpyxl
import pytest
import python_calamine
import xlsxwriter
from exchange.tables import FILE, HOSTILE, NOON, REPORT, entity, everything, extract, link
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.errors import StorageError
from linkgraph.exchange import records, xlsx
from linkgraph.ingest.readers.xlsx import Sheet, Workbook, heads
from linkgraph.model import EntityKind, LinkKind

CORRECTIONS = "c" * 64
SHEETS = ["About", "Entities", "Links", "Amounts", "Attributes", "Evidence", "Sources", "Corrected rows"]
FORMULAS = ["=cmd|' /C calc'!A0", "+447700900001", "-5.00", "@SUM(1)", "\t=1", "{=1}", "https://example.org", "007"]
MARKUP = '<r></r></is></c><c r="A9"><f>1+1</f><v>2</v></c><c r="B9" t="inlineStr"><is><r></r>'


def written(given) -> bytes:
    stream = io.BytesIO()
    xlsx.write(stream, given)
    return stream.getvalue()


def unescaped(text: object) -> object:
    """Read ``_xHHHH_`` as ECMA-376-1 §22.9.2.19 says, for readers that do not."""
    if not isinstance(text, str):
        return text
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)


def by_openpyxl(content: bytes, name: str) -> list[dict[str, object]]:
    _, head, *rows = openpyxl.load_workbook(io.BytesIO(content))[name].iter_rows()
    names = [cell.value for cell in head]
    return [dict(zip(names, (unescaped(cell.value) for cell in row), strict=True)) for row in rows]


def by_calamine(content: bytes, name: str) -> list[dict[str, object]]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    _, head, *rows = book.get_sheet_by_name(name).to_python()
    return [dict(zip(head, (None if cell == "" else unescaped(cell) for cell in row), strict=True)) for row in rows]


def by_linkgraph(content: bytes, name: str) -> list[dict[str, object]]:
    stream = io.BytesIO(content)
    [found] = [one for one in heads(stream) if one.name == name]
    names = dict(found.rows)[2]
    columns = tuple((at, column, column) for at, column in enumerate(names))
    stream.seek(0)
    rows = []
    for batch in Workbook((Sheet(found.at, name, 2, columns),)).read(stream):
        assert not batch.unreadable
        rows += batch.table.select(list(names)).to_pylist()
    return [{column: text or None for column, text in row.items()} for row in rows]


READERS = {"openpyxl": by_openpyxl, "calamine": by_calamine}


@pytest.fixture(scope="module")
def given_extract():
    return replace(everything(), corrected={FILE: [f"{CORRECTIONS} 4-9,11"]})


@pytest.fixture(scope="module")
def content(given_extract):
    return written(given_extract)


def dates(row: dict[str, object]) -> dict[str, object]:
    seen = {name: row[name] for name in ("first_seen", "last_seen")}
    cells = {f"{name} (date)": at and at.replace(tzinfo=None, microsecond=0) for name, at in seen.items()}
    return {name: records.iso(at) for name, at in seen.items()} | cells


def entities_wanted(given) -> list[dict[str, object]]:
    return [row | dates(row) for row in given.entities.to_pylist()]


def links_wanted(given) -> list[dict[str, object]]:
    labels = dict(zip(given.entities["id"].to_pylist(), given.entities["label"].to_pylist(), strict=True))
    told = {
        None: None,
        '{"":"1","EUR":"1234567890123456.70"}': "1 (no currency stated); 1234567890123456.70 EUR",
        '{"USD":"20"}': "20 USD",
    }
    wanted = []
    for row in given.links.to_pylist():
        del row["evidence"]
        ends = {"source_id": row["source"], "target_id": row["target"]}
        named = {"source": labels[row["source"]], "target": labels[row["target"]]}
        wanted.append(row | ends | named | dates(row) | {"amounts": told[row["amounts"]]})
    return wanted


def evidence_wanted(given) -> list[dict[str, object]]:
    named = {one["id"]: one for one in links_wanted(given)}
    files = {one.sha256: one.name for one in given.sources}
    wanted = []
    for row in given.links.to_pylist():
        for text in row["evidence"]:
            file, rows = text.split(" ")
            ends = {name: named[row["id"]][name] for name in ("kind", "source", "target")}
            wanted.append({"link": row["id"], **ends, "file": file, "file name": files[file], "rows": rows})
    return wanted


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_every_value_is_read_by_another_program(content, given_extract, read):
    assert read(content, "Entities") == entities_wanted(given_extract)
    assert read(content, "Links") == links_wanted(given_extract)
    assert read(content, "Evidence") == evidence_wanted(given_extract)
    said = read(content, "Attributes")
    labels = [one.pop("label") for one in said]
    assert said == given_extract.said.to_pylist()
    assert labels == ["+447700900001", "2001:db8::1", "amber_fox (chat)", "amber_fox (chat)"]
    assert [(one["currency"], one["sum"], one["sum as a number"]) for one in read(content, "Amounts")] == [
        ("USD", "20", 20),
        (None if read is by_calamine else "", "1", 1),
        ("EUR", "1234567890123456.70", None),
    ]
    assert read(content, "Corrected rows") == [{"file": FILE, "corrections": CORRECTIONS, "rows": "4-9,11"}]
    for one, source in zip(read(content, "Sources"), given_extract.sources, strict=True):
        imported = {"imported_at": records.iso(source.imported_at), "complete": "yes"}
        assert one == {name: getattr(source, name) for name in one} | imported


def test_what_linkgraph_reads_itself(content, given_extract):
    found = by_linkgraph(content, "Links")
    wanted = links_wanted(given_extract)
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert {name: other[name] for name in ("id", "source", "target", "grade", "amounts", "first_seen")} == {
            name: one[name] for name in ("id", "source", "target", "grade", "amounts", "first_seen")
        }
        assert one["count"] == str(other["count"])


def test_every_sheet_is_marked_where_it_is_seen_and_where_it_is_printed(content):
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == SHEETS
    for sheet in book:
        assert (sheet["A1"].value, sheet["B1"].value) == ("TLP:RED", "op <lantern> & co")
        assert (sheet.oddHeader.right.text, sheet.oddFooter.right.text) == ("TLP:RED", "TLP:RED")
        assert sheet.print_title_rows == "$1:$2"
        assert sheet.freeze_panes == "A3"
    assert book["Links"].auto_filter.ref == "A2:O23"
    assert book.properties.contentStatus == "TLP:RED"
    assert book.properties.created == NOON.replace(tzinfo=None, microsecond=0)


def test_the_first_sheet_says_what_this_is(content):
    rows = list(openpyxl.load_workbook(io.BytesIO(content))["About"].iter_rows(min_row=3, values_only=True))
    told = dict(rows)
    assert (told["case"], told["handed on by"], told["marking"]) == ("op <lantern> & co", "Agency A", "TLP:RED")
    assert (told["entities"], told["links"], told["attributes"], told["evidence files"]) == (17, 21, 4, 2)
    assert set(SHEETS) - {"About"} <= told.keys()
    assert "It is not where somebody is." in told["on countries"]
    assert "_x0001_" in told["not as it was"]


def formulas(content: bytes) -> list[str]:
    """Give the formulas and links that a workbook has, in the XML itself."""
    found = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            assert "external" not in name.lower()
            tree = ElementTree.fromstring(archive.read(name))  # noqa: S314  (a file of ours)
            found += [one.tag for one in tree.iter() if one.tag.rpartition("}")[2] in {"f", "hyperlink", "oleObject"}]
            found += [one.attrib["Target"] for one in tree.iter() if one.attrib.get("TargetMode") == "External"]
    return found


def with_label(label: str, **whole: str):
    one = entity(EntityKind.ACCOUNT, "a:b", label=label)
    said = [{"entity": one["id"], "name": "name", "value": label, "basis": "stated", "origin": label, "row": 1}]
    return extract([one], [link(LinkKind.LINKED, one, one, grade=label)], said, **whole)


@pytest.mark.parametrize("text", [*FORMULAS, HOSTILE, MARKUP, "<r><t>x</t></r>", "<r>\x01</r>"])
def test_no_text_becomes_anything_else(text):
    content = written(with_label(text, case=text, agency=text))
    assert formulas(content) == []
    for sheet in openpyxl.load_workbook(io.BytesIO(content)):
        for row in sheet.iter_rows():
            assert {cell.data_type for cell in row} <= {"s", "n", "d", "inlineStr"}
    for read in (by_openpyxl, by_calamine, by_linkgraph):
        assert [one["label"] for one in read(content, "Entities")] == [text]
        assert [one["grade"] for one in read(content, "Links")] == [text]
        assert [one["value"] for one in read(content, "Attributes")] == [text]


@pytest.mark.parametrize("text", [FORMULAS[0], MARKUP])
def test_the_library_alone_would_have_written_a_formula(text):
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, text)
        sheet.write(1, 0, "last")
    assert len(formulas(stream.getvalue())) == 1


ESCAPES = [
    "_x0001_",
    "_x0001_x0002_",
    "_x0041\x01",
    "\x01x0041_",
    "__x0041__x0041_x",
    "a\r\nb",
    "\x0b",
    "\uffff",
    "_x004",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_what_looks_like_an_escape_is_read_as_it_was(text):
    [one] = by_linkgraph(written(with_label(text)), "Entities")
    assert one["label"] == text


def test_the_library_alone_would_have_changed_it():
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Entities")
        sheet.write_string(1, 0, "label")
        sheet.write_string(2, 0, "_x0001_x0002_")
    [one] = by_linkgraph(stream.getvalue(), "Entities")
    assert one["label"] == "_x0001\x02"


@settings(max_examples=60, deadline=None)
@given(st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("_x0041F<r>/&")), min_size=1))
def test_every_text_comes_back(text):
    [one] = by_openpyxl(written(with_label(text)), "Entities")
    assert one["label"] == text


def test_a_text_that_is_too_long_is_cut_and_counted():
    whole, longer = "é" * (xlsx.MAX_TEXT - 2) + "😀", "é" * (xlsx.MAX_TEXT - 1) + "😀"
    stream = io.BytesIO()
    lost = xlsx.write(stream, with_label(whole))
    assert [one.count for one in lost] == [0, 0]
    assert by_openpyxl(stream.getvalue(), "Entities")[0]["label"] == whole
    stream = io.BytesIO()
    lost = xlsx.write(stream, with_label(longer))
    content = stream.getvalue()
    assert by_openpyxl(content, "Entities")[0]["label"] == longer[:-1]
    cut = [
        sum(cell == longer[:-1] for row in by_openpyxl(content, name) for cell in row.values())
        for name in ("Entities", "Links", "Attributes", "Evidence")
    ]
    assert (lost[0].count, cut) == (sum(cut), [1, 3, 3, 2])


def test_a_list_of_rows_that_is_too_long_goes_on_in_the_next_line():
    rows = ",".join(str(number) for number in range(1, 40_000, 2))
    one = entity(EntityKind.ACCOUNT, "a:b")
    given = extract([one], [link(LinkKind.LINKED, one, one, evidence=[f"{FILE} {rows}", f"{REPORT} 3"])])
    found = by_openpyxl(written(given), "Evidence")
    assert [one["file"] for one in found] == [FILE] * 4 + [REPORT]
    assert ",".join(one["rows"] for one in found[:4]) == rows
    assert all(len(one["rows"]) <= xlsx.MAX_TEXT for one in found)


def test_what_is_longer_than_a_sheet_goes_on_in_another(monkeypatch, given_extract):
    monkeypatch.setattr(xlsx, "MAX_ROWS", 10)
    content = written(given_extract)
    book = openpyxl.load_workbook(io.BytesIO(content))
    names = [name for name in book.sheetnames if name.startswith("Links")]
    assert names == ["Links", "Links (2)", "Links (3)"]
    assert [book[name].max_row for name in names] == [10, 10, 7]
    assert [one for name in names for one in by_openpyxl(content, name)] == links_wanted(given_extract)
    assert {book[name]["A1"].value for name in names} == {"TLP:RED"}


@pytest.mark.parametrize("weight", [0.1, 0.1 + 0.2, 1e300, 5e-324, 123456789012345.67, -2.5])
def test_a_number_that_a_cell_does_not_hold_is_text(weight):
    one = entity(EntityKind.ACCOUNT, "a:b")
    [found] = by_openpyxl(written(extract([one], [link(LinkKind.LINKED, one, one, weight=weight)])), "Links")
    assert found["weight"] in {weight, repr(weight)}
    assert float(found["weight"]) == weight


def test_large_counts_and_old_times_are_exact():
    one = entity(EntityKind.ACCOUNT, "a:b", first_seen=datetime(1899, 12, 31, 23, 59, 59, 1, tzinfo=UTC))
    content = written(extract([one], [link(LinkKind.LINKED, one, one, count=1 << 62)]))
    assert by_openpyxl(content, "Links")[0]["count"] == str(1 << 62)
    [found] = by_openpyxl(content, "Entities")
    assert (found["first_seen"], found["first_seen (date)"]) == ("1899-12-31T23:59:59.000001Z", None)


def test_sums_are_never_rounded():
    one = entity(EntityKind.ACCOUNT, "a:b")
    sums = {"A": "0.10", "B": "123456789012345", "C": "1234567890123.456", "D": "-7.00"}
    content = written(extract([one], [link(LinkKind.PAID, one, one, amounts=json.dumps(sums))]))
    assert [(row["currency"], row["sum"], row["sum as a number"]) for row in by_openpyxl(content, "Amounts")] == [
        ("A", "0.10", 0.1),
        ("B", "123456789012345", 123456789012345),
        ("C", "1234567890123.456", None),
        ("D", "-7.00", -7),
    ]


def test_nothing_is_lost_of_what_has_none_of_it(given_extract):
    assert [one.count for one in xlsx.write(io.BytesIO(), with_label("amber_fox"))] == [0, 0]
    assert [one.count > 0 for one in xlsx.write(io.BytesIO(), given_extract)] == [False, True]


def test_two_exports_are_the_same_bytes(content, given_extract):
    assert written(given_extract) == content


def test_a_graph_without_anything_has_all_its_sheets():
    book = openpyxl.load_workbook(io.BytesIO(written(extract([], [], sources=()))))
    assert book.sheetnames == SHEETS
    assert book["Links"].max_row == 2
    assert book["Links"]["A1"].value == "TLP:CLEAR"
    assert book.properties.created == datetime(1970, 1, 1)


class FullDisk(io.BytesIO):
    def write(self, content) -> int:
        raise OSError(28, "No space left on device")


def test_a_full_disk_is_told_in_a_sentence_and_leaves_no_sheets_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(StorageError, match="No space left"):
        xlsx.write(FullDisk(), everything())
    assert list(tmp_path.iterdir()) == []
