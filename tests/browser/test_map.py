"""The map of countries: what it shows, what a click or a key on it does, and that its tables say and do the same."""

from __future__ import annotations

from collections import Counter

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from viz import sample

from linkgraph.model import EntityKind, LinkKind

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(open_page):
    found = open_page(sample.small().model())
    found.page.click("#tab-map")
    return found


def rows(opened, table: int) -> dict[str, list[str]]:
    """Rows of one of the two tables: name, numbers."""
    found = opened.page.eval_on_selector_all(
        f"#map .map-table:nth-of-type({table}) tbody tr",
        "rows => rows.map(row => [row.querySelector('button').innerText, "
        "...[...row.querySelectorAll('td')].map(cell => cell.innerText)])",
    )
    return {name: numbers for name, *numbers in found}


def country(opened, code: str):
    return opened.page.locator(f"#map .map-country[aria-label^='{code} ']")


def shown(opened, said: str) -> None:
    """Wait until the map says which countries are on."""
    expect(opened.page.locator("#map-shown")).to_have_text(said)


def expected() -> tuple[Counter[str | None], Counter[frozenset[str]]]:
    """Entities by country and links by pair of countries, without the victim."""
    made = sample.small()
    home = {one: entity["country"] for one, entity in made.entities.items() if entity["role"] != "victim"}
    ends = [(home.get(link["source"]), home.get(link["target"])) for link in made.links.values()]
    return Counter(home.values()), Counter(frozenset((a, b)) for a, b in ends if a and b and a != b)


def test_the_tables_count_the_case(opened) -> None:
    sizes, pairs = expected()
    assert {name.split()[0]: int(numbers[0]) for name, numbers in rows(opened, 1).items()} == {
        code or "No": size for code, size in sizes.items()
    }
    assert {
        frozenset(end.split()[0] for end in name.split(" – ")): int(numbers[0])
        for name, numbers in rows(opened, 2).items()
    } == pairs
    assert "GB United Kingdom" in rows(opened, 1)
    assert country(opened, "GB").get_attribute("aria-label").startswith(f"GB United Kingdom: {sizes['GB']} entities")
    assert f"GB {sizes['GB']}" in opened.page.eval_on_selector_all(
        "#map .map-label", "all => all.map(e => e.textContent)"
    )


def test_it_says_what_a_country_means_and_never_a_location(opened) -> None:
    assert "does not say where anybody" in opened.page.inner_text("#map-meaning")
    assert "located" not in opened.page.inner_text("#map")


def test_a_country_is_shown_alone_and_all_again(opened) -> None:
    sizes, _ = expected()
    before = opened.status()
    country(opened, "DE").focus()
    opened.page.keyboard.press("Enter")
    shown(opened, "Only DE Germany.")
    assert opened.status().startswith(f"{sizes['DE']} entities")
    assert country(opened, "DE").get_attribute("aria-pressed") == "true"
    assert rows(opened, 1)["GB United Kingdom"][0] == str(sizes["GB"]), "what is off keeps its numbers"
    country(opened, "GB").focus()
    opened.page.keyboard.press("Control+Enter")
    shown(opened, "Only DE Germany, GB United Kingdom.")
    assert opened.status().startswith(f"{sizes['DE'] + sizes['GB']} entities")
    opened.page.click("#map-show-all")
    shown(opened, "All countries are shown.")
    assert opened.status() == before
    assert opened.page.is_disabled("#map-show-all")
    opened.page.click("#map .map-table button:text('NL Netherlands')")
    shown(opened, "Only NL Netherlands.")
    assert opened.status().startswith(f"{sizes['NL']} entities")
    assert opened.page.evaluate("document.activeElement.innerText") == "NL Netherlands", "the focus stays"
    opened.page.keyboard.press("Enter")
    shown(opened, "All countries are shown.")
    assert opened.status() == before


def test_a_flow_lists_its_links(opened) -> None:
    _, pairs = expected()
    x, y = opened.page.evaluate(
        """() => {
            const path = [...document.querySelectorAll("#map .map-flow")]
                .find(flow => flow.textContent.startsWith("DE Germany – GB")).querySelector("path");
            const at = path.getPointAtLength(path.getTotalLength() * 0.35).matrixTransform(path.getScreenCTM());
            return [at.x, at.y];
        }"""
    )
    opened.page.mouse.click(x, y)
    between = pairs[frozenset(("DE", "GB"))]
    shown(opened, "Only links between DE Germany and GB United Kingdom.")
    expect(opened.page.locator("#map .map-links h3")).to_be_focused()
    assert f"{between} links shown" in opened.status()
    assert opened.page.locator("#map .map-links li").count() == min(50, between)
    opened.page.click("#map .map-links li button")
    expect(opened.page.locator("#details")).to_contain_text("crosses a border")
    opened.page.click("#map .map-table button[aria-pressed='true']")
    shown(opened, "All countries are shown.")


def test_the_map_moves(opened) -> None:
    def view() -> list[float]:
        return [float(one) for one in opened.page.get_attribute(".map-drawing", "viewBox").split()]

    fitted = view()
    assert fitted[2] < 1000, "four countries of Europe are not shown on a map of the world"
    opened.page.click("#map button:text('Whole world')")
    assert view()[0] == 0
    country(opened, "GB").focus()
    opened.page.keyboard.press("+")
    assert view()[2] < 2000
    opened.page.keyboard.press("0")
    assert view() == fitted
    opened.page.keyboard.press("ArrowRight")
    assert not opened.page.evaluate("document.activeElement.getAttribute('aria-label').startsWith('GB ')")
    opened.page.hover(".map-drawing")
    opened.page.mouse.wheel(0, -300)
    opened.until(f"Number(document.querySelector('.map-drawing').getAttribute('viewBox').split(' ')[2]) < {fitted[2]}")


def test_tables_are_sorted_by_their_heads(opened) -> None:
    opened.page.click("#map .map-table:nth-of-type(1) th button:text('Country')")
    names = list(rows(opened, 1))
    assert names == sorted(names)
    assert opened.page.get_attribute("#map .map-table th", "aria-sort") == "ascending"


def test_what_has_no_place_on_a_map_is_named(open_page) -> None:
    made = sample.Sample()
    codes = ["MT", "SG", "EU", "XK", "\u202e<b>Q", None]
    ends = [made.entity(EntityKind.ACCOUNT, f"chatter:{index}", code) for index, code in enumerate(codes)]
    for end in ends[1:]:
        made.link(LinkKind.CONTACTED, ends[0], end)
    opened = open_page(made.model())
    opened.page.click("#tab-map")
    said = opened.page.inner_text("#map-outside")
    assert "EU European Union (1 entity)" in said
    assert "⟨U+202E⟩<b>Q (1 entity)" in said
    assert "No country known (1 entity)" in said
    assert country(opened, "SG").count() == 1, "too small for a shape, and still there"
    assert country(opened, "XK").count() == 1
    assert float(country(opened, "SG").locator("circle").get_attribute("r")) > 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_for_axe_to_say(opened, theme: str) -> None:
    opened.page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    opened.page.click("#map .map-table:nth-of-type(2) tbody button >> nth=0")
    expect(opened.page.locator("#map .map-links h3")).to_be_focused()
    found = Axe().run(opened.page, context="#panel-map").response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
