"""The notebook's picture: offline, and evidence is text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from viz import sample

from linkgraph.viz.pyvis import to_pyvis


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("pyvis") / "notebook.html"
    to_pyvis(sample.small().graph()).write_html(str(path))
    return path.read_text("utf-8")


def test_all_nodes_and_links_are_there() -> None:
    made = sample.small()
    network = to_pyvis(made.graph())
    assert (len(network.nodes), len(network.edges)) == (len(made.entities), len(made.links))


def test_nothing_is_loaded(text: str) -> None:
    around_the_library = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert not re.findall(r"https?:|src=|href=|@import", around_the_library)
    assert "bootstrap" not in text
    assert "cdn" not in around_the_library


def test_hostile_names_are_data(text: str) -> None:
    data = text[text.index("const nodes") : text.rindex("</script>")]
    assert "<" not in data
    assert "\\u003cimg src=x onerror=alert(1)\\u003e" in text


def test_victims_are_masked(text: str) -> None:
    assert "chatter:child" not in text
    assert "victim " in text


def test_show_writes_the_same_offline_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.chdir(tmp_path)
    to_pyvis(sample.small().graph()).show("shown.html")
    assert (tmp_path / "shown.html").read_text("utf-8") == text
