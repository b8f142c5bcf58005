"""The table of what is shown, and what is saved of it, read back as another program reads it."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from viz import sample

from linkgraph.ingest.readers import xlsx
from linkgraph.model import EntityKind, LinkKind

pytestmark = pytest.mark.browser

FORMULAS = ["=HYPERLINK(1)", "+447700900123", "-5.00", "@SUM(A1)", "\t=1", "＝1+1", "\u200b=1+1", "|calc", "'=1"]


@pytest.fixture
def small(open_page):
    opened = open_page(sample.small().model(show_victims=True))
    opened.page.click("#tab-table")
    return opened


def rows(opened) -> list[str]:
    """Give the texts of the rows that are on the page, cells joined by a bar."""
    return opened.page.evaluate(
        """() => [...document.querySelectorAll("#table-of-shown tbody tr")].map(
            (row) => [...row.cells].map((cell) => cell.textContent).join("|"))"""
    )


def column(opened, head: str) -> list[str]:
    heads = opened.page.locator("#table-of-shown thead th").all_text_contents()
    at = heads.index(head)
    return [row.split("|")[at] for row in rows(opened)]


def saved(opened, button: str, folder: Path) -> tuple[str, bytes]:
    """Save with a button; give the suggested name and the content."""
    with opened.page.expect_download() as waiting:
        opened.page.click(button)
    path = folder / "saved"
    waiting.value.save_as(path)
    return waiting.value.suggested_filename, path.read_bytes()


def sheets(content: bytes) -> dict[str, list[tuple[str, ...]]]:
    """Read a workbook back: the first rows of each sheet."""
    return {head.name: [cells for _, cells in head.rows] for head in xlsx.heads(io.BytesIO(content))}


def whole_sheet(content: bytes, at: int) -> list[str]:
    """Give the second column of one sheet, as an import of it would read it."""
    reader = xlsx.Workbook((xlsx.Sheet(at, "", 1, ((1, "Name", "name"),)),))
    return [name for batch in reader.read(io.BytesIO(content)) for name in batch.table["name"].to_pylist()]


def test_the_table_has_exactly_what_is_drawn(small) -> None:
    assert len(rows(small)) == len(small.ids("node"))
    small.page.click("#table-links")
    assert len(rows(small)) == len(small.ids("edge"))
    assert f"{len(small.ids('edge'))} rows" in small.page.inner_text("#table-counted")
    small.page.click("#table-communities")
    assert "Nothing of this kind is shown." in small.page.inner_text("#table-counted")


def test_cells_say_what_is_known(small) -> None:
    row = next(row for row in rows(small) if row.startswith("IP address|198.51.100.3|"))
    assert "registered to GB (RIR data of 2026-10-01)" in row
    assert "2026-01-01 00:00:00 UTC" in row
    small.page.click("#table-links")
    paid = next(row for row in rows(small) if row.startswith("Paid"))
    assert "250.00 EUR" in paid
    assert "payments.csv rows 10–11" in paid
    assert any("GB – RO" in row for row in rows(small))


def test_columns_sort_both_ways_by_keyboard(small) -> None:
    small.page.focus("#table-of-shown thead button >> text=Links")
    small.page.keyboard.press("Enter")
    counts = [int(count) for count in column(small, "Links")]
    assert counts == sorted(counts)
    assert small.page.get_attribute("#table-of-shown th[aria-sort]", "aria-sort") == "ascending"
    small.page.keyboard.press("Enter")
    assert [int(count) for count in column(small, "Links")] == sorted(counts, reverse=True)
    small.page.click("#table-of-shown thead button >> text=Name")
    names = [name for name in column(small, "Name") if name.startswith("198.51.100.")]
    assert names == [f"198.51.100.{index}" for index in range(18)]


def test_a_row_selects_by_click_and_by_keyboard(small) -> None:
    small.page.click("#table-of-shown tbody tr:nth-child(3) td:nth-child(2)")
    key = small.page.get_attribute("#table-of-shown tbody tr:nth-child(3)", "data-key")
    assert small.ids(".chosen") == {key.replace("entity ", "e")}
    assert small.page.get_attribute("#table-of-shown tbody tr:nth-child(3)", "aria-current") == "true"
    small.page.focus("#table-of-shown tbody tr:nth-child(3) button")
    small.page.keyboard.press("ArrowDown")
    small.page.keyboard.press("Enter")
    assert small.page.get_attribute("#table-of-shown tbody tr:nth-child(4)", "aria-current") == "true"
    assert small.page.locator("#table-of-shown tr[aria-current]").count() == 1
    assert len(small.ids(".chosen")) == 1


def test_what_is_selected_in_the_picture_is_marked(small) -> None:
    index = small.index("198.51.100.3")
    small.page.evaluate("index => linkgraph.session.select({ what: 'entity', index })", index)
    assert small.page.get_attribute("#table-of-shown tr[aria-current]", "data-key") == f"entity {index}"


def test_the_table_follows_the_filters(small) -> None:
    before = len(rows(small))
    small.page.evaluate("linkgraph.session.act((state) => void state.filters.kindsOff.add(0))")
    small.until(f"document.querySelectorAll('#table-of-shown tbody tr').length < {before}")
    assert len(rows(small)) == len(small.ids("node"))
    assert small.page.evaluate("linkgraph.model.kinds[0]") == "Account"
    assert not any(row.startswith("Account|") for row in rows(small))


def test_only_so_many_rows_are_on_the_page_until_asked_for(open_page) -> None:
    made = sample.Sample()
    for index in range(450):
        made.entity(EntityKind.ACCOUNT, f"user{index:03}")
    opened = open_page(made.model())
    opened.page.click("#tab-table")
    assert len(rows(opened)) == 200
    assert opened.page.inner_text("#table-counted") == "The first 200 of 450 rows"
    opened.page.click("#table-more")
    assert len(rows(opened)) == 400
    # The keyboard goes on where the new rows begin.
    assert opened.page.evaluate("document.activeElement.closest('tr').rowIndex") == 201
    opened.page.click("#table-more")
    assert len(rows(opened)) == 450
    assert not opened.page.is_visible("#table-more")


def test_a_chosen_tab_and_its_order_stay(small) -> None:
    small.page.click("#table-of-shown thead button >> text=Name")
    small.page.click("#table-communities")
    small.page.evaluate(
        """() => linkgraph.session.act(({ edits }) => void edits.notes.set(linkgraph.model.entities.id[0], "a note"))"""
    )
    small.until("linkgraph.cy.nodes('.noted').length === 1")
    assert small.page.get_attribute("#table-communities", "aria-selected") == "true"
    small.page.click("#table-entities")
    assert "a note" in column(small, "Note")
    assert small.page.locator("#table-of-shown th[aria-sort]").all_inner_texts() == ["Name"]
    assert [name for name in column(small, "Name") if "Example" in name or "Device" in name] == [
        "Device-2",
        "John Example",
    ]


def test_a_large_case_is_told_by_communities_and_lines(open_page) -> None:
    large = open_page(sample.large().model())
    large.page.click("#tab-table")
    assert large.page.get_attribute("#table-communities", "aria-selected") == "true"
    assert len(rows(large)) == len(large.ids("node.closed"))
    assert "48 Accounts, 12 IP addresses" in rows(large)[0]
    large.page.click("#table-lines")
    assert len(rows(large)) == len(large.ids("edge.bundle"))
    assert re.match(r"Community \d+\|Community \d+\|1\|", rows(large)[0])


def test_csv_is_that_table_with_formulas_defused(open_page, tmp_path: Path) -> None:
    made = sample.Sample()
    for name in [*FORMULAS, 'a "quoted", one', "plain"]:
        made.entity(EntityKind.ACCOUNT, name)
    opened = open_page(made.model())
    opened.page.click("#tab-table")
    name, content = saved(opened, "#table-csv", tmp_path)
    assert name == "linkgraph-entities.csv"
    assert content.startswith(b"\xef\xbb\xbf# op-lantern")
    comment, _, table = content.decode("utf-8-sig").partition("\r\n")
    assert "apostrophe" in comment
    assert "TLP:AMBER" in comment
    read = list(csv.DictReader(io.StringIO(table, newline="")))
    assert len(read) == len(FORMULAS) + 2
    assert {row["Value"] for row in read} == {f"'{text}" for text in FORMULAS} | {'a "quoted", one', "plain"}
    # Of a name the page shows what is unseen, so it may not look like a formula any more.
    assert not [row["Name"] for row in read if re.match(r"[=+\-@|%＝＋－＠\s]", row["Name"])]
    assert {row["Links"] for row in read} == {"0"}
    assert read[0]["First seen"] == "2026-01-01T00:00:00Z"


def test_a_workbook_is_that_table_with_text_as_text(small, tmp_path: Path) -> None:
    name, content = saved(small, "#table-all", tmp_path)
    assert name == "linkgraph-shown.xlsx"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        parts = {part: archive.read(part).decode() for part in archive.namelist()}
    assert not [part for part, text in parts.items() if "<f>" in text or "<f " in text]
    read = sheets(content)
    assert list(read) == ["About", "Entities", "Links", "Communities", "Lines between"]
    about = dict(row for row in read["About"] if len(row) == 2)
    assert about["Case"] == "op-lantern"
    assert about["Marking"] == "TLP:AMBER"
    assert about["Shown"] == small.status()
    assert re.fullmatch("[0-9a-f]{64}", about["SHA-256 of the graph"])
    assert "by the clock of the computer it was made on" in about["Made"]
    assert sorted(whole_sheet(content, 1)) == sorted(column(small, "Name"))
    numbers = re.findall(r'<c r="([A-Z]+)\d+" s="1"><v>(\d+)</v>', parts["xl/worksheets/sheet2.xml"])
    assert len(numbers) == len(rows(small))
    assert len({letter for letter, _ in numbers}) == 1


def test_hostile_names_stay_text_in_a_workbook(open_page, tmp_path: Path) -> None:
    made = sample.Sample()
    names = [*FORMULAS, *sample.HOSTILE.values(), "_x0041_", "a\rb"]
    first = made.entity(EntityKind.ACCOUNT, "first")
    for name in names:
        made.link(LinkKind.CONTACTED, made.entity(EntityKind.ACCOUNT, name), first)
    opened = open_page(made.model())
    opened.page.click("#tab-table")
    _, content = saved(opened, "#table-xlsx", tmp_path)
    heads = sheets(content)["Entities"]
    at = heads[0].index("Value")
    assert {row[at] for row in heads[1:]} == {"first", *names}


def test_other_readers_open_the_workbook(small, tmp_path: Path) -> None:
    _, content = saved(small, "#table-all", tmp_path)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.sheet_names == ["About", "Entities", "Links", "Communities", "Lines between"]
    assert len(book.get_sheet_by_name("Entities").to_python()) == len(rows(small)) + 1


def test_filters_and_what_is_cut_are_said_in_the_workbook(small, tmp_path: Path) -> None:
    small.page.evaluate(
        """() => linkgraph.session.act((state) => {
            state.filters.kindsOff.add(0);
            state.filters.from = 1767225600;
        })"""
    )
    small.until("linkgraph.cy.nodes('[kind = \"Account\"]').length === 0")
    _, content = saved(small, "#table-xlsx", tmp_path)
    about = dict(row for row in sheets(content)["About"] if len(row) == 2)
    assert about["Filters"] == "Entities without Accounts. Links seen from 2026-01-01 00:00:00 UTC."


def test_no_file_has_the_name_of_a_victim(small, tmp_path: Path) -> None:
    assert "victim" in " ".join(column(small, "Name"))
    _, workbook = saved(small, "#table-all", tmp_path)
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        texts = [archive.read(part).decode() for part in archive.namelist()]
    for tab in ("entities", "links"):
        small.page.click(f"#table-{tab}")
        texts.append(saved(small, "#table-csv", tmp_path)[1].decode("utf-8-sig"))
    assert not [text for text in texts if "chatter:child" in text]
    assert all("chatter:child" not in row for row in rows(small))
