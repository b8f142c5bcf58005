"""What an investigator does to the picture: hide, pin, note, group, undo; views that are saved and opened."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from viz import sample

pytestmark = pytest.mark.browser


def select(opened, label: str) -> str:
    """Select an entity; give its key in the picture."""
    index = opened.index(label)
    opened.page.evaluate("index => linkgraph.session.select({ what: 'entity', index })", index)
    opened.page.wait_for_selector("#details h2.title")
    return f"e{index}"


def test_what_is_hidden_is_said_and_comes_back(small) -> None:
    key, before = select(small, "chatter:user03"), small.status()
    small.page.click("#hide")
    small.until(f"!linkgraph.cy.getElementById('{key}').length")
    assert "1 entity hidden by you." in small.page.inner_text("#notes")
    assert small.status() != before
    small.page.click("#show-hidden")
    small.until(f"linkgraph.cy.getElementById('{key}').length === 1")
    assert small.status() == before


def test_every_step_is_undone_and_done_again(small) -> None:
    key = select(small, "chatter:user03")
    small.page.focus("#picture")
    small.page.keyboard.press("h")
    small.until(f"!linkgraph.cy.getElementById('{key}').length")
    small.page.uncheck("#kinds >> text=IP addresses")
    small.until("!linkgraph.cy.nodes('[kind = \"IPAddress\"]').length")
    small.page.focus("#picture")
    small.page.keyboard.press("Control+z")
    small.until("linkgraph.cy.nodes('[kind = \"IPAddress\"]').length > 0")
    assert small.page.is_checked("#kinds >> text=IP addresses")
    small.page.keyboard.press("Control+z")
    small.until(f"linkgraph.cy.getElementById('{key}').length === 1")
    assert small.page.is_disabled("#undo")
    small.page.keyboard.press("Control+y")
    small.until(f"!linkgraph.cy.getElementById('{key}').length")


def test_dragging_pins_and_unpinning_sends_back(small) -> None:
    key = select(small, "198.51.100.3")
    place = small.page.evaluate(f"({{ ...linkgraph.cy.getElementById('{key}').position() }})")
    x, y = small.page.evaluate(
        """key => {
            const at = linkgraph.cy.getElementById(key).renderedPosition();
            const box = document.getElementById("picture").getBoundingClientRect();
            return [box.x + at.x, box.y + at.y];
        }""",
        key,
    )
    small.page.mouse.move(x, y)
    small.page.mouse.down()
    small.page.mouse.move(x + 60, y + 40, steps=5)
    small.page.mouse.up()
    small.until(f"linkgraph.cy.getElementById('{key}').hasClass('pinned')")
    moved = small.page.evaluate(f"({{ ...linkgraph.cy.getElementById('{key}').position() }})")
    assert moved != place
    small.page.uncheck("#kinds >> text=File hashes")
    small.until("!linkgraph.cy.nodes('[kind = \"FileHash\"]').length")
    assert small.page.evaluate(f"({{ ...linkgraph.cy.getElementById('{key}').position() }})") == moved
    small.page.click("#pin")
    small.until(f"!linkgraph.cy.getElementById('{key}').hasClass('pinned')")
    assert small.page.evaluate(f"({{ ...linkgraph.cy.getElementById('{key}').position() }})") == place


def test_chosen_together_they_are_drawn_as_one_and_apart_again(small) -> None:
    before = small.ids()
    small.page.focus("#picture")
    for label in ("chatter:user01", "chatter:user02", "chatter:user03"):
        select(small, label)
        small.page.focus("#picture")
        small.page.keyboard.press(" ")
    assert small.page.inner_text("#said") == "3 chosen"
    assert len(small.ids("node.together")) == 3
    small.page.keyboard.press("g")
    small.until("linkgraph.cy.nodes('.group').length === 1")
    assert "1 group" in small.status()
    assert len(small.ids("node.entity")) == len([one for one in before if one.startswith("e")]) - 3
    assert small.ids("edge.bundle")
    small.page.fill("#group-name", "the three <b>")
    small.page.keyboard.press("Tab")
    small.until("linkgraph.cy.nodes('.group').data('label').startsWith('the three <b>')")
    small.page.click("#ungroup")
    small.until("linkgraph.cy.nodes('.group').length === 0")
    assert small.ids() == before


def test_a_group_needs_two(small) -> None:
    small.page.click("#group")
    assert "two or more" in small.page.inner_text("#said")


def test_shift_and_drag_chooses_what_lies_in_the_box(small) -> None:
    box = small.page.locator("#picture").bounding_box()
    small.page.keyboard.down("Shift")
    small.page.mouse.move(box["x"] + 5, box["y"] + 5)
    small.page.mouse.down()
    small.page.mouse.move(box["x"] + box["width"] - 5, box["y"] + box["height"] - 5, steps=5)
    small.page.mouse.up()
    small.page.keyboard.up("Shift")
    small.until("linkgraph.cy.nodes('.together').length > 50")


def test_a_note_is_kept_marked_and_shown_again(small) -> None:
    key = select(small, "198.51.100.3")
    small.page.focus("#picture")
    small.page.keyboard.press("a")
    small.page.keyboard.type("asked for at the provider <script>")
    small.page.keyboard.press("Tab")
    small.until(f"linkgraph.cy.getElementById('{key}').data('label').startsWith('✎')")
    select(small, "198.51.100.4")
    assert small.page.input_value("#note") == ""
    select(small, "198.51.100.3")
    assert small.page.input_value("#note") == "asked for at the provider <script>"


def test_a_view_is_saved_and_opens_on_another_page_of_the_case(small, open_page, tmp_path: Path) -> None:
    key = select(small, "chatter:user03")
    small.page.click("#hide")
    small.until(f"!linkgraph.cy.getElementById('{key}').length")
    small.page.uncheck("#kinds >> text=File hashes")
    small.until("!linkgraph.cy.nodes('[kind = \"FileHash\"]').length")
    small.page.click("#view-menu summary")
    with small.page.expect_download() as waiting:
        small.page.click("#save-view")
    path = tmp_path / "view.json"
    waiting.value.save_as(path)
    assert json.loads(path.read_text("utf-8"))["format"] == "linkgraph view 1"
    other = open_page(sample.small().model())
    assert other.status() != small.status()
    other.page.set_input_files("#open-view", path)
    other.page.wait_for_selector("#said:has-text('The view is open.')")
    assert other.status() == small.status()
    assert not other.page.is_checked("#kinds >> text=File hashes")
    other.page.click("#undo")
    other.until("linkgraph.cy.nodes('[kind = \"FileHash\"]').length > 0")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe", "no view"),
        (b'{"format": "linkgraph view 1"}', "no view"),
        (None, "of the case 'another'"),
    ],
)
def test_a_file_that_is_no_view_of_this_case_is_refused(
    small, tmp_path: Path, content: bytes | None, said: str
) -> None:
    view = small.page.evaluate(
        """async () => {
            document.querySelector("#view-menu summary").click();
            return null;
        }"""
    )
    if content is None:
        with small.page.expect_download() as waiting:
            small.page.click("#save-view")
        view = json.loads(Path(waiting.value.path()).read_text("utf-8")) | {"case": "another"}
        content = json.dumps(view).encode()
    before = small.status()
    small.page.set_input_files("#open-view", {"name": "v.json", "mimeType": "application/json", "buffer": content})
    small.page.wait_for_selector(f'#said:has-text("{said}")')
    assert small.status() == before


def test_neighbours_are_shown_on_demand(large) -> None:
    index = large.index("chatter:g7-30")
    large.page.evaluate("index => linkgraph.session.drawWith((state) => state.wanted.add(index))", index)
    large.until(f"linkgraph.cy.getElementById('e{index}').length === 1")
    large.page.evaluate("index => linkgraph.session.select({ what: 'entity', index })", index)
    large.page.click("#expand")
    neighbours = large.page.evaluate(
        """index => {
            const { links, linksOf } = linkgraph.model;
            return new Set(linksOf[index].flatMap((link) => [links.source[link], links.target[link]])).size;
        }""",
        index,
    )
    large.until(f"linkgraph.cy.nodes('.entity').length === {neighbours}")
    assert "around it shown" in large.page.inner_text("#said")
