"""The worked notebook runs as it stands; the graph for pandas, networkx and rustworkx, victims masked."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

import linkgraph
from linkgraph import demo
from linkgraph.model import LinkKind
from linkgraph.resources import sample_graphs
from linkgraph.viz.page import unpack

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
def executed(case, tmp_path_factory):
    """The notebook after a fresh kernel ran it; what it writes goes where the tests' own files go."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    place = str(tmp_path_factory.mktemp("written"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINKGRAPH_CASE", str(case.folder))
        for name in ("TMPDIR", "TEMP", "TMP"):
            patch.setenv(name, place)
        client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": place}})
        return client.execute()


def output(executed, start: str) -> str:
    """All that the cell beginning so has put out, as text."""
    (cell,) = (one for one in executed.cells if one.source.startswith(start))
    return "".join(one.text if one.output_type == "stream" else str(one.data.get("text/plain")) for one in cell.outputs)


def test_the_notebook_runs_and_finds_what_is_planted(executed):
    assert f"{TRUTH['groomer']} ({TRUTH['service']})" in output(executed, "leads =")
    assert all(f"{hub} ({TRUTH['service']})" in output(executed, "case.hubs") for hub in TRUTH["hubs"])
    assert "FileHash" in output(executed, "entities =")
    assert "links cross a border" in output(executed, "crossborder")
    chain = output(executed, "money").splitlines()[1].replace("iban:", "").split(" → ")
    assert len(chain) > 2
    assert chain == TRUTH["payment_chain"][-len(chain) :]
    assert "access.log:" in output(executed, "best =")
    ring = next(one["members"] for one in TRUTH["communities"] if TRUTH["groomer"] in one["members"])
    sharing = output(executed, "network =")
    assert all(f"{one} (" in sharing for one in ring if one != TRUTH["groomer"])
    assert "The page is as this case made it" in output(executed, "out =")


def test_the_picture_is_the_page_in_a_frame(executed):
    (cell,) = (one for one in executed.cells if one.source.startswith("case.show"))
    shown = cell.outputs[0].data["text/html"]
    assert shown.startswith("<iframe")
    assert 'sandbox="allow-scripts allow-downloads"' in shown
    assert "connect-src &#x27;none&#x27;" in shown
    assert len(cell.outputs[0].data["text/plain"]) < 200


def test_no_output_names_a_victim(executed):
    everything = json.dumps([cell.get("outputs", []) for cell in executed.cells])
    assert [name for name in TRUTH["victims"] if name in everything] == []


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
    for table in (entities, links):
        for column in ("first_seen", "last_seen"):
            assert isinstance(table[column].dtype, pd.DatetimeTZDtype)
            assert str(table[column].dtype.tz) == "UTC"
    assert links["count"].sum() == sum(graph.links["count"].to_pylist())
    assert entities["first_seen"].min() == min(filter(None, graph.entities["first_seen"].to_pylist()))


def test_networks_have_every_entity_and_link(case):
    graph = case.graph()
    network, directed = case.to_networkx(), case.to_rustworkx()
    assert list(network) == graph.ids
    assert sorted(key for *_, key in network.edges(keys=True)) == graph.links["id"].to_pylist()
    assert [node["id"] for node in directed.nodes()] == graph.ids
    ends = [(graph.ids[a], graph.ids[b], payload["id"]) for a, b, payload in directed.weighted_edge_list()]
    assert set(ends) == set(network.edges(keys=True))
    assert [payload["id"] for payload in directed.edges()] == graph.links["id"].to_pylist()


def test_what_is_said_of_each_is_the_same_in_tables_and_networks(case):
    entities, links = case.entities(), case.links()
    network, directed = case.to_networkx(), case.to_rustworkx()
    rows = case.graph().links.to_pylist()
    assert {tuple(said) for _, said in network.nodes(data=True)} == {tuple(entities.columns)}
    assert directed.edges() == rows
    for row in rows:
        said = network.edges[row["source"], row["target"], row["id"]]
        assert said == {name: row[name] for name in links.columns if name not in {"source", "target"}}
    assert entities["label"].tolist() == [said["label"] for said in directed.nodes()]
    assert entities["label"].tolist() == [label for _, label in network.nodes(data="label")]


def test_a_network_of_some_kinds_of_links(case):
    network, directed = case.to_networkx([LinkKind.PAID]), case.to_rustworkx([LinkKind.PAID])
    assert {kind for *_, kind in network.edges(data="kind")} == {"PAID"}
    assert {kind for _, kind in network.nodes(data="kind")} == {"PaymentAccount"}
    assert directed.num_edges() == network.number_of_edges() == case.counts().links["PAID"]


def test_what_is_not_known_is_missing_and_not_made_up(tmp_path):
    (tmp_path / "chart.csv").write_text("source,target\na,b\n", "utf-8")
    case = linkgraph.create(tmp_path / "case", agency="A", timezone="UTC")
    assert case.entities().empty
    assert case.links().empty
    assert len(case.to_networkx()) == case.to_rustworkx().num_nodes() == 0
    case.ingest("links", [tmp_path / "chart.csv"])
    entities, links = case.entities(), case.links()
    assert entities["first_seen"].isna().all()
    assert str(entities["first_seen"].dtype.tz) == "UTC"
    assert entities["role"].isna().all()
    assert links["weight"].isna().all()
    [(*_, said)] = case.to_networkx().edges(data=True)
    assert said["first_seen"] is said["weight"] is None


def test_no_victim_is_named_nor_what_is_theirs_alone(case):
    graph = case.graph()
    hidden = [row for row in graph.entities.to_pylist() if row["id"] in graph.substitutes]
    assert {row["kind"] for row in hidden} > {"Account"}
    network, directed = case.to_networkx(), case.to_rustworkx()
    labels = case.entities()["label"]
    for row in hidden:
        assert labels[row["id"]] == network.nodes[row["id"]]["label"]
        assert labels[row["id"]].split(" ")[-1] == row["id"][:8]
    everything = "\n".join(
        [
            case.entities().to_csv(),
            case.links().to_csv(),
            str(list(network.nodes(data=True)) + list(network.edges(keys=True, data=True))),
            str(directed.nodes() + directed.edges()),
        ]
    )
    assert [row["value"] for row in hidden if row["value"] in everything or row["label"] in everything] == []


def test_victims_are_not_in_the_picture(case):
    shown = case.show()
    model = unpack(re.search(r'id="model">(.*?)</script>', shown.page.text)[1])
    hidden = set(case.graph().substitutes)
    assert len(hidden) > len(TRUTH["victims"]) == model["victims_hidden"]
    assert hidden.isdisjoint(model["entities"]["id"])
    assert [name for name in TRUTH["victims"] if name in json.dumps(model)] == []
    around = case.show(around=f"{TRUTH['service']}:{TRUTH['groomer']}", hops=1, links=[LinkKind.CONTACTED], height=300)
    assert 'height="300"' in around._repr_html_()
    assert len(around.page.text) < len(shown.page.text)
