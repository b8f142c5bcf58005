"""The range of time that is shown and played, and the timeline of what is selected."""

from __future__ import annotations

from datetime import datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from viz import sample

from linkgraph.viz.page_model import Model

pytestmark = pytest.mark.browser

ADDRESS = "198.51.100.17"


def utc(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}+00:00").timestamp())


def observed(seen: list[tuple[str, str, int | None]], of: str = ADDRESS, *, count: int | None = None) -> Model:
    """Model in which a first link of an entity was seen so: first, last, and offset as the source states it."""
    model = sample.small().model()
    model["zone"] = "Europe/London"
    entity = model["entities"]["label"].index(of)
    ends = zip(model["links"]["source"], model["links"]["target"], strict=True)
    links = [index for index, pair in enumerate(ends) if entity in pair]
    for link in links:
        model["links"]["count"][link] = 0
    model["links"]["count"][links[0]] = len(seen) if count is None else count
    model["observations"] = {
        "link": [links[0]] * len(seen),
        "first": [utc(first) for first, _, _ in seen],
        "last": [utc(last) for _, last, _ in seen],
        "offset": [offset for _, _, offset in seen],
        "source": [0] * len(seen),
        "row": list(range(2, len(seen) + 2)),
    }
    return model


def timeline(opened, of: str = ADDRESS):
    """Open the timeline of an entity."""
    opened.search(of)
    opened.page.keyboard.press("Enter")
    opened.page.click("#tab-timeline")
    opened.page.wait_for_selector("#timeline-frame svg")
    return opened.page


def links_shown(opened) -> int:
    return int(opened.page.evaluate("linkgraph.cy.edges().length"))


def test_playing_goes_from_start_to_end_and_is_one_step_to_undo(small) -> None:
    page, before = small.page, small.status()
    page.select_option("#play-speed", "3")
    page.click("#play")
    assert page.inner_text("#play") == "Pause"
    assert page.input_value("#from") == "2026-01-01 00:00"
    assert page.locator(".activity .in").count() < page.locator(".activity rect").count()
    page.wait_for_selector("#play:text-is('Play')")
    assert page.input_value("#to") > "2026-02-20"
    assert page.inner_text("#play-now") in page.inner_text("#said")
    assert small.status() != before
    page.click("#undo")
    assert page.input_value("#from") == page.input_value("#to") == ""
    assert small.status() == before
    assert page.is_disabled("#undo")


def test_playing_is_paused_and_a_range_by_hand_ends_it(small) -> None:
    page = small.page
    page.select_option("#play-width", "day")
    page.click("#play")
    page.click("#play")
    paused = page.inner_text("#play-now")
    page.wait_for_timeout(700)
    assert page.inner_text("#play-now") == paused
    page.click("#play")
    page.fill("#to", "2026-02-10")
    page.keyboard.press("Tab")
    assert page.inner_text("#play") == "Play"
    assert page.inner_text("#play-now").endswith(" – 2026-02-10 23:59:59 UTC")


def test_windows_are_gone_through_by_hand(small) -> None:
    page = small.page
    page.select_option("#play-width", "month")
    page.click("#play-forward")
    assert page.inner_text("#play-now") == "2026-01-01 00:00:00 UTC – 2026-01-31 23:59:59 UTC"
    page.click("#play-forward")
    assert (page.input_value("#from"), page.input_value("#to")) == ("2026-02-01 00:00", "2026-02-28 23:59")
    page.check("#play-cumulative")
    page.click("#play-back")
    assert page.inner_text("#play-now") == "From the start – 2026-02-28 23:59:59 UTC"
    page.click("#play-back")
    page.click("#play-back")
    assert "no earlier times" in page.inner_text("#said")
    page.click("#play-all")
    assert page.input_value("#to") == ""


def test_who_asked_for_less_motion_steps(small) -> None:
    small.page.emulate_media(reduced_motion="reduce")
    small.page.wait_for_selector("#play", state="hidden")
    assert "less motion" in small.page.inner_text("#find")
    small.page.click("#play-forward")
    assert small.page.input_value("#from") == "2026-01-01 00:00"


def test_a_thumb_moved_by_many_keys_is_one_step_to_undo(small) -> None:
    page, all_links = small.page, links_shown(small)
    page.focus("#to-slider")
    for _ in range(300):
        page.keyboard.press("ArrowLeft")
    assert "2026-01-01" < page.input_value("#to") < "2026-02-18"
    assert page.get_attribute("#to-slider", "aria-valuetext").endswith("UTC")
    assert links_shown(small) < all_links
    page.click("#undo")
    assert page.input_value("#to") == ""
    assert page.is_disabled("#undo")


def test_the_histogram_counts_what_the_other_filters_leave(small) -> None:
    page = small.page
    standing = "[...document.querySelectorAll('.activity rect')].filter(bar => bar.getAttribute('height') > 0).length"
    before = page.evaluate(standing)
    page.click("[aria-label='Links: None']")
    page.check("#link-kinds >> text=Paid")
    assert 0 < page.evaluate(standing) < before
    assert "other filters" in page.inner_text("#activity-note")


def test_a_timeline_tells_utc_and_the_home_zone_over_the_change_of_clocks(open_page) -> None:
    seen = [
        ("2026-03-29T00:59:59", "2026-03-29T00:59:59", 7200),
        ("2026-03-29T01:00:00", "2026-03-29T03:00:00", None),
    ]
    page = timeline(open_page(observed(seen)))
    rows = page.locator(".timeline-table tbody tr")
    assert rows.count() == 2
    assert "2026-03-29 00:59:59 UTC\t2026-03-29 00:59:59 UTC+00:00\tUsed IP address" in rows.nth(0).inner_text()
    assert "2026-03-29 02:00:00 UTC+01:00 – 2026-03-29 04:00:00 UTC+01:00" in rows.nth(1).inner_text()
    assert "logins.csv row 3" in rows.nth(1).inner_text()
    assert page.locator("#timeline-frame circle.mark").count() == 1
    assert page.locator("#timeline-frame rect.mark").count() == 1
    names = page.eval_on_selector_all("#timeline-frame .axis-name", "all => all.map(one => one.textContent)")
    assert names == ["UTC", "Europe/London"]
    sunday = "#timeline-hours tbody tr:nth-child(7) td"
    assert page.locator(sunday).nth(0).inner_text() == page.locator(sunday).nth(2).inner_text() == "1"
    page.select_option("#timeline-zone", "stated")
    assert "2026-03-29 02:59:59 UTC+02:00 (stated)" in rows.nth(0).inner_text()
    assert "no zone stated" in rows.nth(1).inner_text()
    assert "1 row is not counted" in page.inner_text("#timeline")
    page.select_option("#timeline-zone", "utc")
    assert "+" not in rows.nth(0).inner_text()
    page.click("#timeline-sort")
    assert "logins.csv row 3" in rows.nth(0).inner_text()


def test_the_other_end_is_selected_and_a_link_has_a_timeline_too(open_page) -> None:
    opened = open_page(observed([("2026-01-05T10:00:00", "2026-01-05T10:00:00", 0)]))
    page = timeline(opened)
    other = page.locator(".timeline-table tbody button").first
    name = other.inner_text()
    other.click()
    assert page.inner_text("#details h2").strip() == name
    link = page.evaluate("linkgraph.model.observations.link[0]")
    page.evaluate("id => void linkgraph.cy.getElementById(id).emit('tap')", f"l{link}")
    opened.until("document.querySelector('#timeline h3').textContent.includes('Used IP address')")
    assert page.locator(".timeline-table tbody tr").count() == 1
    page.keyboard.press("Escape")


def test_many_observations_are_counted_and_listed_in_parts(open_page) -> None:
    times = sorted(f"2026-02-{1 + i % 28:02}T{i % 24:02}:{i % 60:02}:00" for i in range(2500))
    page = timeline(open_page(observed([(time, time, 0) for time in times], count=4000)))
    assert page.inner_text("#timeline-counted") == "2,500 of 4,000 rows are in this file; 'linkgraph show' lists all."
    assert page.locator("#timeline-frame svg *").count() <= 1000
    assert page.locator(".timeline-table tbody tr").count() == 200
    page.click("#timeline-more")
    assert page.locator(".timeline-table tbody tr").count() == 400
    page.focus("#timeline-frame")
    for _ in range(4):
        page.keyboard.press("+")
    assert "in the time that is drawn, of 2,500" in page.inner_text("#timeline-rows")
    assert page.locator("#timeline-frame circle.mark").count() > 10
    page.click("#timeline-filter")
    assert page.input_value("#from").startswith("2026-02")


def test_it_says_what_has_no_timeline(small) -> None:
    small.page.click("#tab-timeline")
    assert "Select an entity or a link" in small.page.inner_text("#timeline")


@pytest.mark.parametrize("name", sample.HOSTILE)
def test_a_hostile_name_is_inert_in_the_timeline(open_page, name: str) -> None:
    opened = open_page(observed([("2026-02-20T10:00:00", "2026-02-20T10:00:00", 0)], sample.HOSTILE[name]))
    opened.click(f"e{opened.index(sample.HOSTILE[name])}")
    opened.page.click("#tab-timeline")
    opened.page.wait_for_selector("#timeline-frame svg")
    assert opened.page.evaluate("window.hacked") is None
    shown = opened.page.text_content("#panel-timeline")
    assert not any(unseen in shown for unseen in "\u202e\u200b\u2066\u2028\x07")
    assert opened.page.locator("#panel-timeline img, #panel-timeline script").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(open_page, theme: str) -> None:
    opened = open_page(observed([("2026-02-20T10:00:00", "2026-02-21T10:00:00", 0)]))
    page = timeline(opened)
    page.evaluate("theme => void (document.documentElement.dataset.theme = theme)", theme)
    page.fill("#from", "2026-01-20")
    page.keyboard.press("Tab")
    parts = ("#panel-timeline", ".activity", ".sliders", ".times", ".player")
    found = Axe().run(page, context={"include": [[part] for part in parts]})
    assert [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]] == []
