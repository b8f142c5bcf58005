"""Brokers: constraint and what falls apart, against networkx and by hand."""

from __future__ import annotations

import json

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import from_networkx, graph_of, names, tables

import linkgraph
from linkgraph import kernels
from linkgraph.algorithms import brokers
from linkgraph.algorithms.measures import constraint as burt
from linkgraph.algorithms.measures import cuts, separation
from linkgraph.cli import main
from linkgraph.graph import Graph
from linkgraph.model import EntityKind


@st.composite
def networks(draw, most: int = 12) -> nx.Graph:
    """Draw a weighted simple network, often in several components, with nodes alone."""
    n = draw(st.integers(1, most))
    ends = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda pair: pair[0] != pair[1])
    network = nx.Graph(draw(st.lists(ends, max_size=3 * n)) if n > 1 else [])
    network.add_nodes_from(range(n))
    for edge in network.edges:
        network.edges[edge]["weight"] = draw(st.sampled_from([0.5, 1.0, 3.0]))
    return network


def weighted(network):
    return graph_of(
        [(str(u), str(v), {"weight": weight}) for u, v, weight in network.edges(data="weight")],
        alone=tuple(str(node) for node in network),
    )


def by_name(graph, values):
    return {int(name): float(value) for name, value in zip(names(graph), values, strict=True)}


def effective_size(network):
    """Node by node, as Burt's formula reads: with weights, the matrix way of networkx 3.6 gives other numbers."""
    return nx.effective_size(network, nodes=list(network), weight="weight")


@settings(max_examples=80, deadline=None)
@given(networks())
def test_constraint_and_effective_size_are_those_of_networkx(network):
    graph = weighted(network)
    found = burt.constraint(graph)
    assert by_name(graph, found.constraint) == pytest.approx(
        nx.constraint(network, weight="weight"), abs=1e-12, nan_ok=True
    )
    assert by_name(graph, found.effective_size) == pytest.approx(effective_size(network), abs=1e-12, nan_ok=True)


@settings(max_examples=80, deadline=None)
@given(networks())
def test_what_falls_apart_is_what_networkx_finds(network):
    graph = weighted(network)
    label = [int(name) for name in names(graph)]
    found = separation.separation(graph)
    cutting = set(nx.articulation_points(network))
    for node in range(len(graph)):
        component = nx.node_connected_component(network, label[node]) - {label[node]}
        parts = [set(part) for part in nx.connected_components(network.subgraph(component))]
        at = {name: number for number, name in enumerate(label)}
        parts.sort(key=lambda part: (-len(part), min(at[one] for one in part)))
        cut = [{label[one] for one in part.tolist()} for part in found.cut_off_by(node)]
        assert cut == parts[1:]
        expected = len(component) - max(map(len, parts), default=0)
        assert found.cuts_off[node] == expected
        assert (expected > 0) == (label[node] in cutting)
    pairs = {tuple(sorted(pair)) for pair in (nx.bridges(network) if network.edges else ())}
    assert {tuple(sorted((label[u], label[v]))) for u, v in found.bridges.tolist()} == pairs
    lost = cuts.cut_off(graph)
    row = {tuple(pair): place for place, pair in enumerate(graph.pairs.tolist())}
    for bridge, ends in enumerate(found.bridges.tolist()):
        assert found.bridge_cuts_off[bridge] == lost[row[tuple(sorted(ends))]] == len(found.behind(bridge))


@settings(max_examples=15, deadline=None)
@given(networks())
def test_compiled_and_as_it_stands_are_the_same_to_the_bit(network):
    graph = weighted(network)
    plain = burt.constraint(graph), separation.separation(graph)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "COMPILED_FROM", 0)
        compiled = burt.constraint(graph), separation.separation(graph)
    for one, other in zip(plain, compiled, strict=True):
        for field in one.__dataclass_fields__:
            assert np.array_equal(getattr(one, field), getattr(other, field), equal_nan=field in burt_fields(one))


def burt_fields(answer):
    return answer.__dataclass_fields__ if isinstance(answer, burt.Constraint) else ()


def test_the_karate_club():
    network = nx.karate_club_graph()
    nx.set_edge_attributes(network, 1.0, "weight")
    graph = weighted(network)
    found = burt.constraint(graph)
    expected = nx.constraint(network, weight="weight")
    assert by_name(graph, found.constraint) == pytest.approx(expected, abs=1e-12)
    # The instructor and the president of Zachary's club are the two who are held least.
    best = sorted(range(34), key=lambda node: found.constraint[node])[:2]
    assert {int(names(graph)[node]) for node in best} == {0, 33}
    assert by_name(graph, found.effective_size) == pytest.approx(effective_size(network), abs=1e-12)


def test_a_go_between_is_first_and_what_falls_apart_is_named():
    """Two groups of four that only one account joins, and a pair that hangs on one of its members."""
    groups = [(f"{side}{u}", f"{side}{v}") for side in "lr" for u in range(4) for v in range(u)]
    links = [*groups, ("between", "l0"), ("between", "r0"), ("r3", "tail"), ("tail", "end")]
    graph = graph_of(links)
    record = brokers(graph).to_json()
    first = record["brokers"][0]
    assert (first["label"], first["contacts"], first["cuts_off"], first["parts_in_all"]) == ("between", 2, 4, 1)
    assert (first["constraint"], first["effective_size"]) == (0.5, 2.0)
    assert sorted(first["parts"][0]["labels"]) == ["l0", "l1", "l2", "l3"]
    assert first["parts"][0]["size"] == 4
    assert first["reasons"][0] == "direct links to 2 others"
    assert first["reasons"][2].startswith("without it 4 entities would be cut off, in 1 part: l")
    # Every member of a pair of strangers, and whoever joins: between, l0, r0, r3, tail.
    assert record["articulation_points"] == 5
    assert record["bridges_in_all"] == 4
    bridges = {frozenset(one["labels"]): one for one in record["bridges"]}
    assert bridges[frozenset({"between", "r0"})]["cuts_off"] == 5
    assert bridges[frozenset({"between", "l0"})]["behind"]["size"] == 4
    assert bridges[frozenset({"tail", "end"})]["behind"]["labels"] == ["end"]
    known = set(graph.links["id"].to_pylist())
    assert all(one["links"] and set(one["links"]) <= known for one in record["bridges"])
    assert [one["cuts_off"] for one in record["bridges"]] == sorted(
        (one["cuts_off"] for one in record["bridges"]), reverse=True
    )
    assert "end" not in {one["label"] for one in record["brokers"]}
    assert brokers(graph).headline() == (
        f"Between others stand first: {', '.join(one['label'] for one in record['brokers'][:3])}. "
        "Without r0, 5 entities would be cut off."
    )


def test_a_victim_is_never_a_broker_nor_an_end_of_a_listed_bridge():
    links = [("v", "a"), ("v", "b"), ("v", "c"), ("c", "d"), ("d", "e")]
    graph = graph_of(links, roles={"v": "victim"})
    record = brokers(graph).to_json()
    assert {one["label"] for one in record["brokers"]} == {"c", "d"}
    assert {frozenset(one["labels"]) for one in record["bridges"]} == {frozenset("cd"), frozenset("de")}
    assert (record["bridges_in_all"], record["articulation_points"]) == (5, 3)
    [c] = [one for one in record["brokers"] if one["label"] == "c"]
    assert "v" not in [label for part in c["parts"] for label in part["labels"]]
    assert '"v"' not in json.dumps(record)


def test_only_one_kind_is_ranked_and_a_shared_resource_says_so():
    kinds = {"ip": EntityKind.IP_ADDRESS, "a": EntityKind.ACCOUNT, "b": EntityKind.ACCOUNT}
    graph = graph_of([("a", "ip"), ("b", "ip"), ("a", "c")], kinds=kinds)
    assert {one["label"] for one in brokers(graph).to_json()["brokers"]} == {"a", "ip"}
    [only] = brokers(graph, kind=EntityKind.IP_ADDRESS).to_json()["brokers"]
    assert only["reasons"][-1] == "a shared resource: those who use it need not know each other"
    assert len(brokers(graph, top=1).brokers) == 1


def test_contacts_of_no_strength_give_no_constraint():
    record = brokers(
        graph_of([("a", "b", {"weight": 0.0}), ("a", "c", {"weight": 0.0}), ("d", "e"), ("d", "f")])
    ).to_json()
    of = {one["label"]: one for one in record["brokers"]}
    assert (of["a"]["constraint"], of["a"]["effective_size"]) == (None, None)
    assert record["brokers"][0]["label"] == "d"


def test_where_constraint_is_too_much_work_it_says_so(monkeypatch):
    graph = from_networkx(nx.karate_club_graph())
    assert brokers(graph).to_json()["constraint_left_out"] is None
    monkeypatch.setattr(burt, "MOST_STEPS", 10)
    record = brokers(graph).to_json()
    assert record["constraint_left_out"].startswith("78 pairs need more than ")
    cuts_off = [one["cuts_off"] for one in record["brokers"]]
    assert cuts_off == sorted(cuts_off, reverse=True)
    assert record["brokers"][0]["constraint"] is None


def test_the_order_of_evidence_does_not_matter():
    entities, links = tables([(str(u), str(v)) for u, v in nx.gnm_random_graph(70, 90, seed=6).edges])
    turned = Graph.of(entities, links.take(list(reversed(range(len(links))))))
    first, second = (json.dumps(brokers(graph).to_json()) for graph in (Graph.of(entities, links), turned))
    assert first == second
    assert len(first) > 1000


@pytest.mark.parametrize("links", [[], [("a", "a")], [("a", "b")]])
def test_networks_without_a_broker(links):
    found = brokers(graph_of(links))
    assert found.to_json()["brokers"] == []
    assert found.headline() == "Nobody stands between others."
    assert list(found.to_frame().columns)[:4] == ["id", "kind", "label", "contacts"]


def test_frame_has_a_row_a_broker():
    found = brokers(from_networkx(nx.karate_club_graph()), top=4)
    assert found.to_frame()["label"].tolist() == [one["label"] for one in found.to_json()["brokers"]]


def test_a_long_chain_is_walked_without_recursion():
    graph = from_networkx(nx.path_graph(5000))
    found = separation.separation(graph)
    assert found.cuts_off.max() == 2499
    assert len(found.bridges) == 4999


def test_the_command(tmp_path, monkeypatch, capsys):
    made = linkgraph.create(tmp_path / "case", agency="A", timezone="UTC")
    monkeypatch.setenv("LINKGRAPH_CASE", str(made.folder))
    path = tmp_path / "chart.csv"
    path.write_text("source,target\n" + "".join(f"{u},{v}\n" for u, v in nx.karate_club_graph().edges), "utf-8")
    assert main(["ingest", "links", str(path)]) == 0
    capsys.readouterr()
    assert main(["brokers", "--top", "3", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    # On the instructor alone hang five members who know each other and him, and one who knows nobody else.
    first = record["brokers"][0]
    assert (first["label"], first["cuts_off"]) == ("0", 6)
    assert sorted(sorted(map(int, part["labels"])) for part in first["parts"]) == [[4, 5, 6, 10, 16], [11]]
    assert first["reasons"][2].startswith("without it 6 entities would be cut off, in 2 parts, the largest: ")
    assert [one["behind"]["labels"] for one in record["bridges"]] == [["11"]]
    assert record == made.brokers(top=3).to_json()
    assert main(["brokers", "--links", "LINKED"]) == 0
    said = capsys.readouterr()
    assert "effective size" in said.out
    assert "1 entities" not in said.err
    assert main(["hubs", "--top", "2"]) == 0
    assert "–" in capsys.readouterr().out
