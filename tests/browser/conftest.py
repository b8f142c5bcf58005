"""A real Chromium, and pages written to files as an investigator has them."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from viz import sample

from linkgraph.viz import page as html_page
from linkgraph.viz.page_model import Model

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge", "chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


@dataclass
class Opened:
    """A page in the browser, and all it asked for or complained of."""

    page: Page
    url: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def status(self) -> str:
        """What the page says is drawn."""
        return self.page.inner_text("#status")

    def details(self) -> str:
        """What the page says of the selected thing."""
        return self.page.inner_text("#details")

    def index(self, label: str) -> int:
        """Number of the entity of a label."""
        return int(self.page.evaluate("label => linkgraph.model.entities.label.indexOf(label)", label))

    def ids(self, selector: str = "*") -> set[str]:
        """What is drawn, by the picture's own account."""
        return set(self.page.evaluate("s => linkgraph.cy.elements(s).map(e => e.id())", selector))

    def click(self, element: str, *, twice: bool = False) -> None:
        """Click where a node, or the middle of a link, is drawn."""
        x, y = self.page.evaluate(
            """id => {
                const element = linkgraph.cy.getElementById(id);
                const at = element.isNode() ? element.renderedPosition() : element.renderedMidpoint();
                const box = document.getElementById("picture").getBoundingClientRect();
                return [box.x + at.x, box.y + at.y];
            }""",
            element,
        )
        (self.page.mouse.dblclick if twice else self.page.mouse.click)(x, y)

    def until(self, condition: str) -> None:
        """Wait for a JavaScript condition; not inside the page, whose policy lets nothing be evaluated."""
        end = time.monotonic() + 10
        while not self.page.evaluate(condition):
            assert time.monotonic() < end, condition
            self.page.wait_for_timeout(20)

    def search(self, text: str) -> None:
        """Type into the search box."""
        self.page.fill("#search", text)


Open = Callable[[Model], Opened]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = os.environ.get("LINKGRAPH_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.skip(f"no Chromium: set LINKGRAPH_CHROMIUM, or have one of {', '.join(NAMES)} on the path")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def open_file(browser: Browser) -> Iterator[Callable[[Path], Opened]]:
    """Open an HTML file; at the end, nothing but the file may have been asked for and nothing complained of."""
    contexts, all_opened = [], []

    def act(path: Path) -> Opened:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
        contexts.append(context)
        opened = Opened(context.new_page(), path.as_uri())
        all_opened.append(opened)
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        # What the page's policy stopped was never sent; the browser says so on the console.
        opened.page.on(
            "requestfailed", lambda request: request.failure == "csp" and opened.requests.remove(request.url)
        )
        opened.page.on("console", lambda message: opened.complaints.append(message.text))
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.page.on("dialog", lambda dialog: (opened.complaints.append(dialog.message), dialog.dismiss()))
        opened.page.goto(opened.url)
        return opened

    yield act
    for opened in all_opened:
        asked = [url for url in opened.requests if not url.startswith(("data:", "blob:"))]
        assert asked == [opened.url]
        assert opened.complaints == []
    for context in contexts:
        context.close()


@pytest.fixture
def open_page(open_file: Callable[[Path], Opened], tmp_path: Path) -> Open:
    """Render a model and open it."""

    def act(model: Model) -> Opened:
        path = tmp_path / "page.html"
        path.write_bytes(html_page.render(model).content)
        opened = open_file(path)
        opened.page.wait_for_selector("#app[data-ready]")
        return opened

    return act


@pytest.fixture
def small(open_page: Open) -> Opened:
    """A case that is drawn whole."""
    return open_page(sample.small().model())


@pytest.fixture
def large(open_page: Open) -> Opened:
    """A case that begins with communities."""
    return open_page(sample.large().model())
