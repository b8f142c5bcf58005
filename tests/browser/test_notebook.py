"""The page inside a notebook's output: a frame that may run its script and reaches nothing of the notebook."""

from __future__ import annotations

from pathlib import Path

import pytest
from viz import sample

from linkgraph.notebook import Shown
from linkgraph.viz import page

pytestmark = pytest.mark.browser


def test_the_picture_works_in_the_frame(open_file, tmp_path: Path) -> None:
    path = tmp_path / "output.html"
    shown = Shown(page.render(sample.small().model()))._repr_html_()
    path.write_text(f"<!doctype html><meta charset=utf-8><title>notebook</title>{shown}", "utf-8")
    opened = open_file(path)
    frame = opened.page.frame_locator("iframe")
    frame.locator("#app[data-ready]").wait_for()
    assert "entities" in frame.locator("#status").inner_text()
    frame.locator("#search").fill("chatter:user03")
    frame.locator("#search").press("Enter")
    assert "chatter:user03" in frame.locator("#details h2").inner_text()
    frame.locator("#view-menu summary").click()
    with opened.page.expect_download() as waiting:
        frame.locator("#save-view").click()
    assert waiting.value.suggested_filename == "linkgraph-view.json"
    opened.requests[:] = [opened.url]
