"""The notebook's HTML in a real browser: it draws, asks for nothing, and hostile names stay text."""

from __future__ import annotations

from pathlib import Path

import pytest
from viz import sample

from linkgraph.viz.pyvis import to_pyvis

pytestmark = pytest.mark.browser


def test_the_saved_notebook_page(open_file, tmp_path: Path) -> None:
    made = sample.small()
    path = tmp_path / "notebook.html"
    to_pyvis(made.graph()).write_html(str(path))
    opened = open_file(path)
    opened.page.wait_for_selector("#mynetwork canvas")
    assert opened.page.evaluate("network.body.nodeIndices.length") == len(made.entities)
    hostile = next(one["id"] for one in made.entities.values() if one["label"] == sample.HOSTILE["markup"])
    opened.page.evaluate("id => network.moveTo({ position: network.getPosition(id), scale: 2 })", hostile)
    box = opened.page.locator("#mynetwork canvas").bounding_box()
    assert box is not None
    opened.page.mouse.move(box["x"] + box["width"] / 2 + 2, box["y"] + box["height"] / 2 + 2)
    tooltip = opened.page.wait_for_selector(".vis-tooltip", state="visible")
    assert sample.HOSTILE["markup"] in tooltip.inner_text()
    assert opened.page.locator("img, iframe").count() == 0
