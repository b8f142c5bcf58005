"""Filters that fold and are narrowed, and paths that say what was looked at."""

from __future__ import annotations

import pytest
from viz import sample

from linkgraph.model import EntityKind, LinkKind

pytestmark = pytest.mark.browser

COUNTRIES = ("AT", "BE", "BG", "CH", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR")


def ringed(grade: str | None = None) -> sample.Sample:
    """A ring of addresses, each of another country."""
    made = sample.Sample()
    ring = [
        made.entity(EntityKind.IP_ADDRESS, f"198.51.100.{place}", country) for place, country in enumerate(COUNTRIES)
    ]
    for a, b in zip(ring, [*ring[1:], ring[0]], strict=True):
        made.links[made.link(LinkKind.LINKED, a, b)]["grade"] = grade
    return made


def route(page, start: str, end: str) -> str:
    page.click("#tab-route")
    for place, name in (("from", start), ("to", end)):
        page.fill(f"#route-{place}", name)
        page.keyboard.press("Enter")
    page.click("#find-route")
    page.wait_for_selector("#route-answer p")
    return str(page.inner_text("#route-answer"))


def test_a_long_list_is_narrowed_and_all_and_none_are_about_what_is_listed(open_page) -> None:
    opened = open_page(ringed().model())
    page = opened.page
    assert page.locator("#countries li").count() == len(COUNTRIES)
    page.click("[aria-label='Country: None']")
    opened.until("linkgraph.cy.nodes().length === 0")
    assert "Nothing passes them." in page.inner_text("#filters-on")
    assert "14 off" in page.inner_text("#countries summary")
    page.fill("#countries-narrow", "e")
    assert page.locator("#countries li .name").all_inner_texts() == ["BE", "DE", "EE", "ES"]
    assert "4 of 14 are listed" in page.inner_text("#countries .note")
    page.click("[aria-label='Country: All']")
    opened.until("linkgraph.cy.nodes().length === 4")
    page.fill("#countries-narrow", "")
    assert page.locator("#countries input:checked").count() == 4
    page.click("#undo")
    opened.until("linkgraph.cy.nodes().length === 0")
    assert page.locator("#countries input:checked").count() == 0


def test_a_short_list_has_nothing_to_narrow_it_with(open_page) -> None:
    page = open_page(sample.small().model()).page
    assert page.is_hidden("#kinds-narrow")


def test_a_section_folds_and_its_head_says_what_is_off(open_page) -> None:
    opened = open_page(sample.small().model())
    page = opened.page
    page.uncheck("#kinds >> text=File hashes")
    page.focus("#kinds > summary")
    page.keyboard.press("Enter")
    assert page.is_hidden("#kinds .choices")
    assert "1 off" in page.inner_text("#kinds > summary")
    page.click("#tab-lists")
    page.click("#tab-filters")
    assert page.is_hidden("#kinds .choices")
    page.click("#clear-filters")
    assert page.inner_text("#kinds > summary").strip() == "Entities"


def test_a_source_is_told_with_digest_and_marking(open_page) -> None:
    page = open_page(sample.small().model()).page
    said = page.locator("#sources-filter li").nth(1).inner_text()
    assert "payments.csv" in said
    assert sample.PAYMENTS[:12] in said
    assert "TLP:GREEN" in said


def test_a_number_that_is_being_written_stays_while_the_picture_changes(open_page) -> None:
    page = open_page(sample.small().model()).page
    page.focus("#fewest")
    page.keyboard.type("5")
    page.evaluate("linkgraph.session.preview(() => undefined)")
    assert page.input_value("#fewest") == "5"
    page.keyboard.press("Tab")
    assert "1 filter is on" in page.inner_text("#filters-on")
    assert "set" in page.inner_text("#degrees > summary")


def test_a_part_gives_no_numbers_that_could_be_read_as_those_of_the_whole_case(open_page) -> None:
    page = open_page(sample.large(1500, 25).model(room=300)).page
    assert page.locator("#kinds .count").all_inner_texts() == ["1,200", "300"]
    assert page.locator("#link-kinds .count").count() == 0
    assert page.locator("#grades .count").count() == 0


def test_a_path_tells_rows_and_worth(open_page) -> None:
    opened = open_page(ringed("shared address: used by 30 accounts of this case").model())
    told = route(opened.page, "198.51.100.5", "198.51.100.3")
    assert "2 steps" in told
    assert f"{sample.LOGINS[:12]} row 1" in told
    assert "used by 30 accounts" in told
    assert "A step of this path is weak" in told
    assert "Looked at" not in told


def test_a_part_says_that_it_looked_for_a_path_in_a_part(open_page) -> None:
    opened = open_page(sample.large(1500, 25).model(room=300))
    names = opened.page.evaluate("[0, 40].map(i => linkgraph.model.entities.label[i])")
    told = route(opened.page, *names)
    assert "that this file carries" in told
    opened.page.click("#tab-filters")
    opened.page.click("[aria-label='Links: None']")
    told = route(opened.page, *names)
    assert "no path" in told
    assert "In the whole case there may be another path" in told
