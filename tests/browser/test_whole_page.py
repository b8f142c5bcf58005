"""The page as a whole: every panel by keyboard and screen reader, hostile names inert everywhere, its seal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from viz import sample

from linkgraph.model import Role
from linkgraph.viz import page as html_page
from linkgraph.viz.page_model import Entry, Ranking

pytestmark = pytest.mark.browser

TABS = ("filters", "lists", "route", "table", "map", "timeline")


def model(*, show_victims: bool = False):
    made = sample.small()
    ids = [entity for entity, one in made.entities.items() if one["role"] != Role.VICTIM]
    ranked = tuple(Entry(entity, 10.0 - place, (f"reason {place} <b>",)) for place, entity in enumerate(ids[18:24]))
    named = tuple(
        Entry(entity, 1.0, ("hostile",))
        for entity, one in made.entities.items()
        if one["label"] in sample.HOSTILE.values()
    )
    rankings = [Ranking("leads", "Look first at …", ranked), Ranking("hubs", "Best placed …", named)]
    return made.model(show_victims=show_victims, rankings=rankings)


def violations(page) -> list[tuple[str, list[str]]]:
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"][:140] for node in one["nodes"][:4]]) for one in found]


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_in_any_panel(open_page, dark: bool) -> None:
    opened = open_page(model(show_victims=True))
    page = opened.page
    if dark:
        page.click("#theme")
    assert violations(page) == []
    page.evaluate("linkgraph.session.select({ what: 'entity', index: linkgraph.model.lists[0].entries[0].entity })")
    for tab in TABS:
        page.click(f"#tab-{tab}")
        page.wait_for_timeout(150)
        assert (tab, violations(page)) == (tab, [])
    for thing in ("link", "community"):
        page.evaluate("what => linkgraph.session.select({ what, index: 0 })", thing)
        assert (thing, violations(page)) == (thing, [])
    page.click("#view-menu summary")
    page.click("#keys")
    assert violations(page) == []


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_on_a_large_case(open_page, dark: bool) -> None:
    opened = open_page(sample.large().model())
    if dark:
        opened.page.click("#theme")
    opened.click("c2", twice=True)
    assert violations(opened.page) == []


def test_everything_is_reached_and_done_by_keyboard(open_page) -> None:
    opened = open_page(model())
    page = opened.page
    page.focus("#search")
    reached = set()
    for _ in range(400):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.textContent"))
        if page.evaluate("document.activeElement === document.body"):
            break
    assert {"picture", "fit", "hide", "pin", "group", "reset", "theme", "keys", "tab-filters", "tab-table"} <= reached
    page.focus("#tab-filters")
    page.keyboard.press("ArrowRight")
    assert page.is_visible("#leads")
    page.keyboard.press("ArrowRight")
    assert page.is_visible("#route-from")
    page.focus("#tab-table")
    page.keyboard.press("Enter")
    assert page.is_visible("#panel-table")
    page.focus("#picture")
    page.keyboard.press("n")
    first = page.inner_text("#details h2")
    page.keyboard.press("n")
    assert page.inner_text("#details h2") != first
    page.keyboard.press("b")
    assert page.inner_text("#details h2") == first
    page.keyboard.press("?")
    assert page.is_visible("#key-help")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"


def test_lists_select_and_mark_what_is_selected(open_page) -> None:
    opened = open_page(model())
    page = opened.page
    page.click("#tab-lists")
    second = page.locator("#leads > ol > li").nth(1)
    name = second.locator("bdi").first.inner_text()
    second.locator("button").first.click()
    assert page.inner_text("#details h2").strip() == name
    opened.until("document.querySelector('#leads > ol > li:nth-child(2)').getAttribute('aria-current') === 'true'")
    second.locator("summary").click()
    assert "reason 1 <b>" in second.inner_text()


def test_a_path_is_marked_and_told_with_its_evidence(open_page) -> None:
    opened = open_page(model())
    page = opened.page
    page.click("#tab-route")
    page.click("#find-route")
    assert "Choose both ends" in page.inner_text("#route-answer")
    for end, name in (("from", "GB00BANK00000000"), ("to", "GB00BANK00000002")):
        page.fill(f"#route-{end}", name)
        page.keyboard.press("Enter")
    page.click("#find-route")
    page.wait_for_selector(".hops")
    told = page.inner_text("#route-answer")
    assert "2 steps" in told
    assert "payments.csv" in told
    assert len(opened.ids("node.route")) == 3
    assert len(opened.ids("edge.route")) == 2
    page.click("#tab-filters")
    page.click("[aria-label='Links: None']")
    page.click("#tab-route")
    page.click("#find-route")
    page.wait_for_selector("#route-answer:has-text('no path')")
    page.click("#clear-route")
    assert opened.ids(".route") == set()


def test_filters_by_source_marking_and_number_of_links(open_page) -> None:
    opened = open_page(model())
    page = opened.page
    everything = opened.status()
    page.uncheck("#sources-filter >> text=payments.csv")
    opened.until("linkgraph.cy.edges('[kind = \"PAID\"]').length === 0")
    assert "1 filter is on" in page.inner_text("#filters-on")
    page.click("#clear-filters")
    opened.until("linkgraph.cy.edges('[kind = \"PAID\"]').length === 5")
    page.uncheck("#markings >> text=TLP:GREEN")
    opened.until("linkgraph.cy.edges('[kind = \"PAID\"]').length === 0")
    page.click("#clear-filters")
    page.fill("#fewest", "5")
    page.keyboard.press("Tab")
    opened.until("linkgraph.cy.nodes().length < 30")
    kept = page.evaluate("linkgraph.cy.nodes().map(n => linkgraph.model.entities.degree[Number(n.id().slice(1))])")
    assert min(kept) >= 5
    page.fill("#most", "3")
    page.keyboard.press("Tab")
    assert "less than" in page.inner_text("#degree-error")
    page.click("#clear-filters")
    opened.until(f"document.getElementById('status').textContent === '{everything}'")


@pytest.mark.parametrize("name", sample.HOSTILE)
def test_a_hostile_name_is_inert_in_every_panel(open_page, name: str) -> None:
    opened = open_page(model())
    page = opened.page
    page.evaluate("index => linkgraph.session.select({ what: 'entity', index })", opened.index(sample.HOSTILE[name]))
    for tab in TABS:
        page.click(f"#tab-{tab}")
    opened.search(sample.HOSTILE[name][:3])
    assert page.evaluate("window.hacked") is None
    assert page.locator("#app img, #app script, #app iframe, #app a").count() == 0
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\u2028\x07]", page.inner_text("#app"))


def test_a_victim_is_masked_in_every_panel(open_page) -> None:
    opened = open_page(model(show_victims=True))
    page = opened.page
    page.evaluate("index => linkgraph.session.select({ what: 'entity', index })", opened.index("chatter:child"))
    for tab in TABS:
        page.click(f"#tab-{tab}")
    page.wait_for_timeout(200)
    opened.search("child")
    assert "chatter:child" not in page.inner_text("#app")
    assert "chatter:child" not in page.evaluate("linkgraph.cy.nodes().map(n => n.data('label')).join(' ')")


def test_the_page_verifies_itself_and_finds_a_changed_byte(open_file, tmp_path: Path) -> None:
    made = html_page.render(model())
    path = tmp_path / "page.html"
    path.write_bytes(made.content)
    opened = open_file(path)
    opened.page.wait_for_selector("#app[data-ready]")
    opened.page.click("#verify summary")
    assert opened.page.inner_text("#page-digest") == made.digest
    opened.page.click("#verify-page")
    opened.page.wait_for_selector("#verified:has-text('All parts are as they were')")
    opened.page.set_input_files("#page-file", path)
    opened.page.wait_for_selector(f"#page-file-sha:has-text('{made.sha256}')")
    licences = re.search(r'id="licences">(.*?)</script>', made.text, re.DOTALL)[1]
    path.write_text(made.text.replace(licences, licences.replace("MIT", "TIM", 1)), "utf-8", newline="")
    opened.page.reload()
    opened.page.wait_for_selector("#app[data-ready]")
    opened.page.click("#verify summary")
    opened.page.click("#verify-page")
    opened.page.wait_for_selector("#verified:has-text('NOT as it was made: licences, page')")
    opened.requests[:] = [opened.url]


def test_a_damaged_page_says_so(open_file, tmp_path: Path) -> None:
    made = html_page.render(model())
    data = re.search(r'id="model">(.*?)</script>', made.text, re.DOTALL)[1]
    path = tmp_path / "page.html"
    path.write_text(made.text.replace(data, data[:-40]), "utf-8", newline="")
    opened = open_file(path)
    opened.page.wait_for_selector(".fault")
    assert "damaged" in opened.page.inner_text(".fault")
    opened.complaints.clear()


def test_a_page_that_carries_a_part_says_so_and_counts_all(open_page) -> None:
    made = sample.large(1500, 25)
    opened = open_page(made.model(room=300))
    page = opened.page
    assert "1,500 entities" in page.inner_text("header")
    assert opened.status().startswith("25 communities")
    assert opened.page.inner_text("#notes") == ""
    page.uncheck("#kinds >> text=Accounts")
    opened.until("document.getElementById('notes').textContent.includes('300 entities that this file carries')")
    page.click("#undo")
    opened.search("nothing of that name")
    assert "300 of 1,500" in page.inner_text("#found-note")
    opened.click("c2", twice=True)
    opened.until("linkgraph.cy.nodes('.entity').length > 3")
    assert re.search(r"the strongest \d+ of \d+ entities are drawn", page.inner_text("#notes"))
    page.evaluate("linkgraph.session.select(null)")
    page.click("text=About this page")
    assert "300 of 1,500 entities" in page.inner_text("#details")


def test_dark_and_light_are_kept_apart(open_page) -> None:
    opened = open_page(model())
    page = opened.page
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#theme")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    assert page.evaluate("linkgraph.cy.nodes('.entity').first().style('color')") != "rgb(28,39,51)"
