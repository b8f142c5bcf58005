"""What is exported is read back by the tools it is for."""

from __future__ import annotations

import json

import networkx
import pytest
import rustworkx
from store.batches import NOON, logins, source

from linkgraph.errors import StorageError
from linkgraph.exchange import graphml, json_graph
from linkgraph.model import EntityKind, Role
from linkgraph.store import append, roles
from linkgraph.store.embedded import CaseStore

HOSTILE = 'x</data><script>\u202e\x01"\ufffe&'


@pytest.fixture
def graph(tmp_path):
    store = CaseStore.create(tmp_path, "c" * 32, "op & <co>")
    key = append.register(store, source("a"), "tester")
    rows = [(2, HOSTILE, "1.1.1.1", NOON), (3, "child", "1.1.1.1", None), (5, HOSTILE, "1.1.1.1", None)]
    append.append(store, key, logins(*rows, amounts=[("10.5", "EUR"), ("1", None), ("2", "EUR")]), "tester")
    append.finish(store, key, "tester")
    [child] = store.find("account:child")
    roles.decide(store, child, Role.VICTIM, "tester", "identified", None)
    yield store
    store.close()


def export(graph, writer, path, **options):
    links = graph.links()
    evidence = graph.evidence(links["id"].to_pylist())
    writer(path, graph.entities(), links, evidence=evidence, case=graph.case_name(), **options)
    return path


def test_json_is_exact(graph, tmp_path):
    found = json.loads(export(graph, json_graph.write, tmp_path / "g.json").read_text("utf-8"))
    assert (found["format"], found["version"], found["case"]) == ("linkgraph-graph", 1, "op & <co>")
    assert [one["id"] for one in found["entities"]] == graph.entities()["id"].to_pylist()
    [hostile] = [one for one in found["links"] if one["count"] == 2]
    assert hostile["amounts"] == {"EUR": "12.5"}
    assert [one["row"] for one in hostile["evidence"]] == [2, 5]
    assert hostile["first_seen"] == "2026-01-01T12:00:00Z"
    assert HOSTILE in {one["value"] for one in found["entities"]}


def test_two_exports_are_the_same_bytes(graph, tmp_path):
    for writer in (json_graph.write, graphml.write):
        first = export(graph, writer, tmp_path / "1").read_bytes()
        assert export(graph, writer, tmp_path / "2").read_bytes() == first


@pytest.mark.parametrize("writer", [json_graph.write, graphml.write])
def test_victims_are_masked_unless_asked_for(graph, tmp_path, writer):
    assert "child" not in export(graph, writer, tmp_path / "g").read_text("utf-8").lower()
    assert "child" in export(graph, writer, tmp_path / "g", show_victims=True).read_text("utf-8").lower()


def test_graphml_is_read_by_networkx_and_rustworkx(graph, tmp_path):
    path = export(graph, graphml.write, tmp_path / "g.graphml")
    read = networkx.read_graphml(path, force_multigraph=True)
    assert read.is_directed()
    assert (read.number_of_nodes(), read.number_of_edges()) == (3, 2)
    labels = {data["value"] for _, data in read.nodes(data=True) if data["kind"] == EntityKind.ACCOUNT}
    assert HOSTILE.replace("\x01", "\\u{1}").replace("\ufffe", "\\u{fffe}") in labels
    [edge] = [data for *_, data in read.edges(data=True) if data["count"] == 2]
    assert edge["evidence"] == f"{'a' * 64}:2,5"
    [other] = rustworkx.read_graphml(str(path))
    assert (other.num_nodes(), other.num_edges()) == (3, 2)


def test_a_failed_export_leaves_what_was_there(graph, tmp_path):
    path = tmp_path / "g.json"
    path.write_text("before", "utf-8")
    links = graph.links()
    broken = dict.fromkeys(links["id"].to_pylist(), (None,))
    with pytest.raises(AttributeError):
        json_graph.write(path, graph.entities(), links, evidence=broken, case="op")
    assert path.read_text("utf-8") == "before"
    assert list(tmp_path.glob(".g.json*")) == []


def test_a_folder_that_is_not_there_is_said(graph, tmp_path):
    with pytest.raises(StorageError, match="could not be written"):
        export(graph, json_graph.write, tmp_path / "nowhere" / "g.json")
