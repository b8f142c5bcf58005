"""The page inside a notebook's output: a frame that may run its script and reaches nothing of the notebook."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from viz import sample

from linkgraph.notebook import Shown
from linkgraph.viz import page

pytestmark = pytest.mark.browser


@pytest.fixture
def notebook(open_file, tmp_path: Path):
    """A notebook's output of the small case, opened; the frame of it asks for nothing but itself."""
    path = tmp_path / "output.html"
    shown = Shown(page.render(sample.small().model()))._repr_html_()
    secret = "<script>window.secret = 1</script>"
    path.write_text(f"<!doctype html><meta charset=utf-8><title>notebook</title>{secret}{shown}", "utf-8")
    opened = open_file(path)
    opened.page.frame_locator("iframe").locator("#app[data-ready]").wait_for()
    yield opened
    # The browser counts the frame's own text as a request.
    opened.requests[:] = [url for url in opened.requests if url != "about:srcdoc"]


@pytest.fixture
def frame(notebook):
    return notebook.page.frame_locator("iframe")


@pytest.fixture
def saved(notebook, frame) -> Callable[[str, str], Path]:
    """Save by a button of a menu."""

    def act(menu: str, button: str) -> Path:
        frame.locator(f"#{menu} summary").click()
        with notebook.page.expect_download() as waiting:
            frame.locator(f"#{button}").click()
        return Path(waiting.value.path())

    return act


def test_the_picture_works_in_the_frame(frame) -> None:
    assert "entities" in frame.locator("#status").inner_text()
    frame.locator("#search").fill("chatter:user03")
    frame.locator("#search").press("Enter")
    assert "chatter:user03" in frame.locator("#details h2").inner_text()
    before = frame.locator("#status").inner_text()
    frame.locator("#kinds-0").uncheck()
    assert frame.locator("#status").inner_text() != before
    for tab in ("table", "map", "timeline", "lists", "route"):
        frame.locator(f"#tab-{tab}").click()
    frame.locator("#theme").click()


def test_something_is_drawn_in_the_frame(notebook) -> None:
    inside = notebook.page.frames[1]
    assert inside.evaluate("linkgraph.cy.nodes().length") > 10
    drawn = """() => [...document.querySelectorAll("#picture canvas")].some((canvas) =>
        canvas.width && canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean))"""
    assert inside.evaluate(drawn)


def test_the_page_in_the_frame_verifies_itself(frame) -> None:
    frame.locator("#verify summary").click()
    frame.locator("#verify-page").click()
    frame.locator("#verified.good").wait_for()


def test_files_can_be_saved_from_the_frame(frame, saved) -> None:
    assert saved("view-menu", "save-view").read_text("utf-8").startswith("{")
    assert saved("save-menu", "save-png").read_bytes().startswith(b"\x89PNG")
    frame.locator("body").press("Escape")
    assert "<svg" in saved("save-menu", "save-svg").read_text("utf-8")


def test_the_frame_reaches_nothing_of_the_notebook(notebook) -> None:
    inside = notebook.page.frames[1]
    assert inside.evaluate("window.origin") == "null"
    reach = "name => { try { return String(parent[name]); } catch (fault) { return fault.name; } }"
    assert inside.evaluate(reach, "secret") == "SecurityError"
    assert inside.evaluate(reach, "document") == "SecurityError"
