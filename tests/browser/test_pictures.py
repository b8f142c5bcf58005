"""Pictures that leave the page: SVG, PNG and print, each saying by itself what it is of."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest
from viz import sample

pytestmark = pytest.mark.browser

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def small(open_page):
    return open_page(sample.small().model(show_victims=True))


def saved(opened, button: str, folder: Path) -> bytes:
    opened.page.click("#save-menu summary")
    with opened.page.expect_download() as waiting:
        opened.page.click(button)
    assert re.fullmatch(r"linkgraph-picture\.(svg|png)", waiting.value.suggested_filename)
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path.read_bytes()


def drawing(content: bytes | str) -> Element:
    return fromstring(content)  # noqa: S314  (our own file)


def texts(root: Element) -> list[str]:
    return ["".join(one.itertext()) for one in root.iter(f"{SVG}text")]


def annotate(opened, label: str, note: str) -> None:
    """Write a note to an entity and have it pinned."""
    opened.page.evaluate(
        """([label, note]) => linkgraph.session.act(({ edits }) => {
            const id = linkgraph.model.entities.id[linkgraph.model.entities.label.indexOf(label)];
            edits.notes.set(id, note);
            edits.pinned.set(id, { x: 0, y: 0 });
        })""",
        [label, note],
    )
    opened.until("linkgraph.cy.nodes('.noted.pinned').length > 0")


def printed(opened) -> None:
    """Have the page as it is printed, in the browser's window."""
    opened.page.evaluate("window.print = () => {}")
    opened.page.click("#save-menu summary")
    opened.page.click("#print-chart")
    opened.page.emulate_media(media="print")


def filtered(png: bytes) -> tuple[int, bytes]:
    """Give the bytes in a pixel and the filtered rows of a PNG, each with its filter before it."""
    depth, colour = png[24:26]
    assert (depth, colour) in ((8, 2), (8, 6))
    data, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += length + 12
    return 3 if colour == 2 else 4, zlib.decompress(data)


def test_the_svg_shows_what_is_drawn_with_caption_and_legend(small, tmp_path: Path) -> None:
    root = drawing(saved(small, "#save-svg", tmp_path))
    said = texts(root)
    assert "op-lantern" in said
    assert "TLP:AMBER" in said
    assert small.status() in " ".join(said)
    labels = set(small.page.evaluate("linkgraph.cy.nodes('.entity').map(node => node.data('label'))"))
    assert labels <= set(said)
    for row in (
        "Account",
        "IP address",
        "Paid",
        "Link across a border",
        "Role: suspect",
        "Role: victim, name not shown",
    ):
        assert row in said
    # Squares, diamonds and all other shapes with corners: at least one for each entity that is no account.
    cornered = small.page.evaluate("linkgraph.cy.nodes('.entity[kind != \"Account\"]').length")
    assert len(list(root.iter(f"{SVG}polygon"))) > cornered
    crossing = small.page.evaluate("linkgraph.cy.edges('.crossing').length")
    diamonds = [one for one in root.iter(f"{SVG}polygon") if one.get("fill") == "#B34700"]
    assert len(diamonds) == crossing + 1, "one for each line and one in the legend"


def test_the_svg_is_inert_and_stands_alone(small, open_file, tmp_path: Path) -> None:
    content = saved(small, "#save-svg", tmp_path).decode()
    root = drawing(content)
    allowed = {"svg", "title", "desc", "g", "rect", "circle", "polygon", "polyline", "path", "line", "text"}
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= allowed
    attributes = {name for one in root.iter() for name in one.attrib}
    assert not [name for name in attributes if name.startswith("on") or "href" in name or name == "style"]
    assert "url(" not in content
    assert re.findall(r'xmlns="([^"]+)"', content) == ["http://www.w3.org/2000/svg"]
    assert "⟨U+202E⟩gnp.exe" in texts(root)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\u2028\x07]", content)
    opened = open_file(tmp_path / "linkgraph-picture.svg")
    assert opened.page.evaluate("window.hacked") is None


def test_the_svg_of_a_large_case_has_rings_and_open_communities(large, tmp_path: Path) -> None:
    large.page.evaluate("linkgraph.session.toggle(3)")
    large.until("linkgraph.cy.nodes('.open').length === 1")
    root = drawing(saved(large, "#save-svg", tmp_path))
    said = texts(root)
    assert {"C1", "C2", "Community 4"} <= set(said)
    assert "C4" not in said
    rings = [one for one in root.iter(f"{SVG}path") if "A" in (one.get("d") or "")]
    assert len(rings) >= 2 * len(large.ids("node.closed")), "two kinds each"


def test_marks_of_the_investigator_are_drawn(small, tmp_path: Path) -> None:
    annotate(small, "John Example", "ask the provider")
    said = texts(drawing(saved(small, "#save-svg", tmp_path)))
    assert "With a note of the investigator" in said
    assert "Put where it is by the investigator" in said
    assert "ask the provider" not in " ".join(said)


def test_no_picture_has_the_name_of_a_victim(small, tmp_path: Path) -> None:
    assert b"chatter:child" not in saved(small, "#save-svg", tmp_path)
    printed(small)
    assert "chatter:child" not in small.page.inner_text("#print")
    assert "victim" in small.page.inner_text("#print")


def test_the_png_has_a_caption_above_and_below(small, tmp_path: Path) -> None:
    content = saved(small, "#save-png", tmp_path)
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    _, height = struct.unpack(">II", content[16:24])
    drawn = small.page.evaluate("linkgraph.cy.height()")
    assert height > 2 * drawn + 2 * 36


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_printed_chart_needs_no_colour(small, scheme: str) -> None:
    small.page.emulate_media(color_scheme=scheme)
    annotate(small, "John Example", "ask the provider")
    small.page.set_viewport_size({"width": 1047, "height": 718})
    printed(small)
    size, rows = filtered(small.page.screenshot())
    width = 1047 * size + 1
    assert rows[1:4] == b"\xff\xff\xff", "white paper"
    # A filter computes each colour from the same of its neighbours: grey stays grey.
    for start in range(0, len(rows), width):
        row = rows[start + 1 : start + width]
        assert row[0::size] == row[1::size] == row[2::size]
    assert len(set(rows)) > 50


def test_a_printed_chart_says_what_it_is(small) -> None:
    annotate(small, "John Example", "ask the provider")
    small.page.set_viewport_size({"width": 1047, "height": 718})
    printed(small)
    first = small.page.locator(".print-chart")
    assert first.bounding_box()["height"] <= 718
    said = first.inner_text()
    assert said.startswith("op-lantern")
    assert said.count("TLP:AMBER") == 2
    assert small.page.inner_text("#print .print-chart p").startswith(small.page.text_content("#status"))
    assert "2026-01-01 00:00:00 UTC – " in said
    assert "John Example: ask the provider" in said
    legend = small.page.locator(".print-legend li").all_inner_texts()
    assert [row.split("\n")[-1].strip() for row in legend[:2]] == ["1 Account", "2 IP address"]
    assert small.page.locator(".print-chart > svg polygon").count() > 20


def test_the_table_is_printed_after_the_chart(small) -> None:
    printed(small)
    tables = small.page.locator(".print-table")
    assert tables.first.locator("tbody tr").count() == len(small.ids("node"))
    assert "TLP:AMBER" in tables.first.locator("thead").inner_text()
    assert "TLP:AMBER" in tables.first.locator("tfoot").inner_text()
    paper = small.page.pdf(prefer_css_page_size=True)
    assert paper.startswith(b"%PDF-")
    assert max(int(count) for count in re.findall(rb"/Count (\d+)", paper)) >= 3


def test_the_chart_is_one_page(small) -> None:
    annotate(small, "John Example", "ask the provider")
    small.page.evaluate(
        """window.addEventListener("beforeprint", () => {
            for (const one of document.querySelectorAll(".print-table")) one.remove();
        })"""
    )
    printed(small)
    small.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    paper = small.page.pdf(format="A4", prefer_css_page_size=True)
    assert re.findall(rb"/Count (\d+)", paper)[0] == b"1"
    width, height = map(float, re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)[0])
    assert width > height


def test_the_browsers_own_print_command_prints_the_chart(small) -> None:
    small.page.evaluate(
        """window.addEventListener("beforeprint", () => {
            document.title = document.querySelector("#print .print-chart") ? "chart" : "no chart";
        })"""
    )
    small.page.pdf()
    assert small.page.title() == "chart"
    small.until("document.getElementById('print') === null")


def test_only_so_many_rows_are_printed(large) -> None:
    large.page.evaluate("linkgraph.session.toggle(3)")
    large.until("linkgraph.cy.nodes('.open').length === 1")
    printed(large)
    assert large.page.locator(".print-table tbody tr").count() <= 1000


def test_what_was_printed_is_gone_afterwards(small) -> None:
    printed(small)
    assert small.page.is_visible("#print")
    assert not small.page.is_visible("#app")
    small.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    small.page.emulate_media(media="screen")
    assert small.page.locator("#print").count() == 0
    assert small.page.is_visible("#app")
