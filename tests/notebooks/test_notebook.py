"""The worked notebook runs as it stands; the graph for pandas, networkx and rustworkx, victims masked."""

from __future__ import annotations

import json
import os
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

import linkgraph
from linkgraph import demo
from linkgraph.resources import sample_graphs

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "docs" / "notebooks" / "op-lantern.ipynb"
TRUTH = json.loads((ROOT / "sample_graphs" / "op-lantern" / "truth.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    made = linkgraph.create(tmp_path_factory.mktemp("notebook") / "op", agency="A", timezone="Europe/London")
    with sample_graphs() as folder:
        for kind, names, stated in demo.STEPS:
            made.ingest(kind, [folder / demo.SAMPLE / name for name in names], stated=stated)
    return made


@pytest.fixture(scope="module")
def executed(case):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    before = os.environ.get("LINKGRAPH_CASE")
    os.environ["LINKGRAPH_CASE"] = str(case.folder)
    try:
        return NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    finally:
        if before is None:
            del os.environ["LINKGRAPH_CASE"]
        else:
            os.environ["LINKGRAPH_CASE"] = before


def output(executed, start: str) -> str:
    """All that the cell beginning so has put out, as text."""
    (cell,) = (one for one in executed.cells if one.source.startswith(start))
    return "".join(one.text if one.output_type == "stream" else str(one.data.get("text/plain")) for one in cell.outputs)


def test_the_notebook_runs_and_finds_what_is_planted(executed):
    assert f"{TRUTH['groomer']} ({TRUTH['service']})" in output(executed, "leads =")
    assert all(f"{hub} ({TRUTH['service']})" in output(executed, "case.hubs") for hub in TRUTH["hubs"])
    assert "FileHash" in output(executed, "entities =")
    assert "links cross a border" in output(executed, "crossborder")
    assert "chain" in output(executed, "money")


def test_the_picture_is_the_page_in_a_frame(executed):
    (cell,) = (one for one in executed.cells if one.source.startswith("case.show"))
    shown = cell.outputs[0].data["text/html"]
    assert shown.startswith("<iframe")
    assert 'sandbox="allow-scripts allow-downloads"' in shown
    assert "connect-src &#x27;none&#x27;" in shown


def test_the_notebook_is_kept_without_outputs_and_without_places_of_a_machine():
    text = NOTEBOOK.read_text("utf-8")
    notebook = json.loads(text)
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["outputs"] for cell in cells] == [[]] * len(cells)
    assert {cell["execution_count"] for cell in cells} == {None}
    assert "/home" not in text
    assert "/work" not in text


def test_tables_have_every_entity_and_link_and_times_in_utc(case):
    graph = case.graph()
    entities, links = case.entities(), case.links()
    assert entities.index.tolist() == graph.ids
    assert links.index.tolist() == graph.links["id"].to_pylist()
    assert str(links["first_seen"].dtype.tz) == "UTC"
    assert isinstance(entities, pd.DataFrame)


def test_networks_have_every_entity_and_link(case):
    graph = case.graph()
    network, directed = case.to_networkx(), case.to_rustworkx()
    assert list(network) == graph.ids
    assert sorted(key for *_, key in network.edges(keys=True)) == graph.links["id"].to_pylist()
    assert [node["id"] for node in directed.nodes()] == graph.ids
    ends = [(graph.ids[a], graph.ids[b], payload["id"]) for a, b, payload in directed.weighted_edge_list()]
    assert set(ends) == set(network.edges(keys=True))


def test_no_victim_is_named(case):
    everything = "\n".join(
        [
            case.entities().to_csv(),
            str(list(case.to_networkx().nodes(data=True))),
            str(case.to_rustworkx().nodes()),
            case.show()._repr_html_(),
        ]
    )
    assert TRUTH["victims"]
    assert [name for name in TRUTH["victims"] if name in everything] == []
