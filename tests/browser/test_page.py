"""The investigator's page, used as an investigator uses it.

Every test also fails if the page asked for anything but itself or wrote to the console: see ``open_file``.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from viz import sample

from linkgraph.model import EntityKind, LinkKind
from linkgraph.viz.page_model import LIMIT

pytestmark = pytest.mark.browser


def test_it_opens_and_says_what_it_shows(small) -> None:
    made = sample.small()
    shown = (len(made.entities) - 1, len(made.links) - 1)
    assert small.status() == f"{shown[0]} entities, {shown[1]} links shown"
    header = small.page.inner_text("header")
    assert "op-lantern" in header
    assert "TLP:AMBER" in header
    assert "1 victim not shown" in header
    assert len(small.ids("node")) == shown[0]
    assert len(small.ids("edge")) == shown[1]
    assert "RIR data of 2026-10-01" in small.page.text_content("#details")


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("user03", "chatter:user03"),
        ("USER03", "chatter:user03"),
        ("198.51.100.17", "198.51.100.17"),
        ("5e5e5e", "sha256:" + "5e" * 32),
        ("gnp", "⟨U+202E⟩gnp.exe"),
    ],
)
def test_search_finds_by_part_of_a_label(small, sought: str, found: str) -> None:
    small.search(sought)
    small.page.keyboard.press("Enter")
    assert small.page.inner_text("#details h2").strip() == found


def test_search_finds_by_id_and_by_keyboard_alone(small) -> None:
    index = small.index("John Example")
    entity = small.page.evaluate("i => linkgraph.model.entities.id[i]", index)
    small.page.keyboard.press("Tab")
    small.page.keyboard.type(entity[:10])
    small.page.keyboard.press("Enter")
    assert "John Example" in small.details()
    assert "suspect" in small.details()
    small.search("nobody of this name")
    assert small.page.inner_text("#found-note") == "Nothing in the case matches."


def test_search_lists_are_walked_with_arrows(small) -> None:
    small.search("chatter:user1")
    second = small.page.inner_text("#found li:nth-child(2) bdi")
    small.page.keyboard.press("ArrowDown")
    small.page.keyboard.press("Enter")
    assert small.page.inner_text("#details h2").strip() == second


def test_filter_by_kind(small) -> None:
    model = sample.small().model()
    accounts = model["kinds"].index("Account")
    kept = {i for i, kind in enumerate(model["entities"]["kind"]) if kind != accounts}
    ends = zip(model["links"]["source"], model["links"]["target"], strict=True)
    links = sum(source in kept and target in kept for source, target in ends)
    small.page.get_by_label("Accounts", exact=False).first.uncheck()
    assert small.status() == f"{len(kept)} entities, {links} links shown"
    assert small.ids("node") == {f"e{i}" for i in kept}


def test_filter_by_link_kind_fades_what_is_left_alone(small) -> None:
    before = small.ids("node")
    small.page.click("[aria-label='Links: None']")
    small.page.check("#link-kinds >> text=Paid")
    assert small.status().endswith(" 5 links shown")
    assert small.ids("node") == before
    assert len(small.ids("node[^faded]")) == len(before)
    assert len(small.ids("node.faded")) == len(before) - 6


def test_filter_by_country_and_across_borders(small) -> None:
    small.page.click("[aria-label='Country: None']")
    assert small.status() == "0 entities, 0 links shown"
    small.page.check("#countries >> text=RO")
    assert small.status() == "3 entities, 2 links shown"
    small.page.click("#reset")
    everything = len(small.ids("edge"))
    small.page.check("#crossing-only")
    crossing = len(small.ids("edge"))
    assert 0 < crossing < everything
    assert len(small.ids("edge.crossing")) == crossing


def test_filter_by_community(small) -> None:
    small.page.select_option("#community", "0")
    expected = small.page.evaluate("linkgraph.model.communities[0].size")
    assert len(small.ids("node")) == expected


def test_filter_by_time(small) -> None:
    small.page.fill("#from", "2026-02-10")
    small.page.fill("#to", "2026-02-12")
    small.page.keyboard.press("Tab")
    assert small.status().endswith(" 3 links shown")
    assert "6 links carry no time and are hidden." in small.page.inner_text("#notes")
    small.page.check("#untimed")
    assert small.status().endswith(" 9 links shown")
    small.page.fill("#from", "10.02.2026")
    small.page.keyboard.press("Tab")
    assert "YYYY-MM-DD" in small.page.inner_text("#time-error")
    small.page.click("#reset")
    assert small.page.input_value("#to") == ""
    small.page.focus("#to-slider")
    small.page.keyboard.press("Home")
    assert small.page.input_value("#to") == "2026-01-01 00:00"
    assert 0 < len(small.ids("edge")) < 10


def test_a_clicked_entity_tells_source_and_row(small) -> None:
    small.click(f"e{small.index('198.51.100.3')}")
    said = small.details()
    assert "registered to GB (RIR data of 2026-10-01)" in said
    assert "logins.csv" in said
    assert sample.LOGINS[:12] in said
    assert re.search(r"rows? \d", said)


def test_a_stated_country_names_its_row(small) -> None:
    small.click(f"e{small.index('chatter:user01')}")
    assert "GB (stated in the evidence)" in small.details()
    assert re.search(r"stated: logins\.csv row 2", small.details())


def test_a_clicked_link_tells_source_and_row(small) -> None:
    link = small.page.evaluate("linkgraph.cy.edges('[kind = \"PAID\"]').first().id()")
    small.click(link)
    said = small.details()
    assert "Paid" in said
    assert "250.00 EUR" in said
    assert "payments.csv" in said
    assert sample.PAYMENTS[:12] in said
    assert "rows 10–11" in said


def test_details_lead_on_by_keyboard(small) -> None:
    small.search("198.51.100.3")
    small.page.keyboard.press("Enter")
    neighbour = small.page.locator("#details .links li").first.locator("button").nth(1)
    name = neighbour.inner_text().strip()
    neighbour.focus()
    small.page.keyboard.press("Enter")
    assert small.page.inner_text("#details h2").strip() == name


@pytest.mark.parametrize("name", sample.HOSTILE)
def test_a_hostile_name_is_shown_as_text(small, name: str) -> None:
    small.click(f"e{small.index(sample.HOSTILE[name])}")
    shown = small.page.text_content("#details h2")
    assert re.sub(r"⟨U\+([0-9A-F]+)⟩", lambda found: chr(int(found[1], 16)), shown) == sample.HOSTILE[name]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\u2028\x07]", shown)
    assert small.page.evaluate("window.hacked") is None
    assert small.page.locator("#app img, #app script, #app iframe").count() == 0
    drawn = small.page.evaluate("linkgraph.cy.nodes().map(n => n.data('label')).join('')")
    assert "\u202e" not in drawn


def test_a_victim_is_masked_until_asked_for(open_page) -> None:
    opened = open_page(sample.small().model(show_victims=True))
    opened.click(f"e{opened.index('chatter:child')}")
    assert "chatter:child" not in opened.details()
    assert re.search("victim [0-9a-f]{8}", opened.details())
    opened.page.click("text=Show name")
    assert "chatter:child" in opened.details()
    drawn = opened.page.evaluate("linkgraph.cy.nodes().map(n => n.data('label')).join(' ')")
    assert "chatter:child" not in drawn


def test_a_large_case_opens_on_communities(large) -> None:
    communities = large.page.evaluate("linkgraph.model.communities.length")
    assert large.status().startswith(f"{communities} communities,")
    assert large.ids("node.entity") == set()
    assert len(large.ids("node.closed")) == communities


def test_a_community_opens_and_closes(large) -> None:
    large.click("c2", twice=True)
    members = large.page.evaluate("linkgraph.model.members[2].map(i => 'e' + i)")
    assert large.ids("node.entity") == set(members)
    assert "1 open" in large.status()
    assert "Community 3" in large.details()
    large.page.click("#toggle-community")
    assert large.ids("node.entity") == set()
    large.click("c4")
    large.page.click("#toggle-community")
    assert len(large.ids("node.entity")) == large.page.evaluate("linkgraph.model.communities[4].size")
    large.page.click("#close-all")
    assert large.ids("node.entity") == set()


def test_never_more_than_the_limit_is_drawn(large) -> None:
    communities = large.page.evaluate("linkgraph.model.communities.length")
    for community in range(communities):
        large.page.evaluate("id => void linkgraph.cy.getElementById(id).emit('dbltap')", f"c{community}")
        assert len(large.ids()) <= LIMIT
        assert f"e{large.page.evaluate('c => linkgraph.model.members[c][0]', community)}" in large.ids()
    assert "closed to make room" in large.page.inner_text("#notes")


def test_search_opens_the_community_of_what_it_finds(large) -> None:
    large.search("chatter:g7-30")
    large.page.keyboard.press("Enter")
    assert f"e{large.index('chatter:g7-30')}" in large.ids("node.entity")
    assert large.page.inner_text("#details h2").strip() == "chatter:g7-30"


def test_filters_that_leave_little_show_all_of_it(large) -> None:
    large.page.uncheck("#kinds >> text=Accounts")
    assert large.status() == "300 entities, 25 links shown"


def test_a_community_too_large_to_draw_shows_its_strongest(open_page) -> None:
    made = sample.Sample()
    hub = made.entity(EntityKind.ACCOUNT, "hub")
    for index in range(1500):
        made.link(LinkKind.CONTACTED, hub, made.entity(EntityKind.ACCOUNT, f"leaf{index}"))
    opened = open_page(made.model())
    opened.click("c0", twice=True)
    drawn = len(opened.ids("node.entity"))
    assert 200 < drawn < LIMIT
    assert len(opened.ids()) <= LIMIT
    assert f"the strongest {drawn} of 1,501 entities are drawn, {1501 - drawn:,} are not" in opened.page.inner_text(
        "#notes"
    )
    assert f"e{opened.index('hub')}" in opened.ids()
    missing = next(i for i in range(1500) if f"e{opened.index(f'leaf{i}')}" not in opened.ids())
    opened.search(f"leaf{missing}")
    opened.page.keyboard.press("Enter")
    assert f"e{opened.index(f'leaf{missing}')}" in opened.ids()


def test_the_picture_is_moved_by_keys(small) -> None:
    small.page.focus("#picture")
    before = small.page.evaluate("({...linkgraph.cy.pan(), zoom: linkgraph.cy.zoom()})")
    small.page.keyboard.press("ArrowLeft")
    small.page.keyboard.press("+")
    after = small.page.evaluate("({...linkgraph.cy.pan(), zoom: linkgraph.cy.zoom()})")
    assert after["zoom"] > before["zoom"]
    small.page.keyboard.press("0")
    assert small.page.evaluate("linkgraph.cy.zoom()") == pytest.approx(before["zoom"])


def test_every_control_has_a_name(small) -> None:
    unnamed = small.page.evaluate(
        """() => [...document.querySelectorAll("button, input, select")].filter((one) =>
            !(one.getAttribute("aria-label") || one.textContent.trim() || (one.labels && one.labels.length))
        ).map((one) => one.outerHTML)"""
    )
    assert unnamed == []


def test_the_picture_is_saved_as_png(small, tmp_path: Path) -> None:
    with small.page.expect_download() as waiting:
        small.page.click("#save-menu summary")
        small.page.click("#save-png")
    path = tmp_path / "picture.png"
    waiting.value.save_as(path)
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    assert width > 1000
    assert height > 1000
    assert len(pixels(content)) > width * height
    assert len(set(pixels(content)[::97])) > 50


def pixels(png: bytes) -> bytes:
    """Give the filtered bytes of a PNG's picture; a blank one has next to no different values."""
    data, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += length + 12
    return zlib.decompress(data)


def test_the_policy_is_in_force(browser, open_page: Callable, tmp_path: Path) -> None:
    opened = open_page(sample.small().model())
    attempt = """async () => {
        const script = document.createElement("script");
        script.textContent = "window.hacked = 1";
        document.body.append(script);
        const image = new Image();
        image.src = "http://127.0.0.1:9/x.png";
        const asked = await fetch("http://127.0.0.1:9/").then(() => "answered", (error) => error.name);
        return [window.hacked === undefined, asked];
    }"""
    assert opened.page.evaluate(attempt) == [True, "TypeError"]
    assert len(opened.complaints) >= 3
    assert all("Content Security Policy" in one for one in opened.complaints)
    assert not [url for url in opened.requests if url.startswith("http:")]
    opened.complaints.clear()
