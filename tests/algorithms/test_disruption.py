"""Disruption curves against networkx and by hand."""

from __future__ import annotations

import csv
import importlib
import json
import re

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import from_networkx, graph_of, identity, names, tables

import linkgraph
from linkgraph import kernels
from linkgraph.algorithms.disruption import STRATEGIES, disruption
from linkgraph.cli import main
from linkgraph.errors import UsageError
from linkgraph.graph import Graph
from linkgraph.model import EntityKind, Role

ORACLES = {
    "betweenness": nx.betweenness_centrality,
    "closeness": nx.closeness_centrality,
    "degree": lambda network: dict(network.degree),
    "constraint": lambda network: {
        node: -held if network.degree[node] > 1 else -np.inf
        for node, held in nx.constraint(network, weight="weight").items()
    },
    # What changes the order at the tenth decimal is the tolerance of the oracle.
    "pagerank": lambda network: {
        node: round(rank, 9) for node, rank in nx.pagerank(network, tol=1e-13, max_iter=1000).items()
    },
}


def by_ids(network: nx.Graph) -> nx.Graph:
    """Give the network with the ids of its persons for nodes."""
    named = nx.relabel_nodes(network, {node: identity(str(node)) for node in network})
    nx.set_edge_attributes(named, 1.0, "weight")
    return named


def largest(network: nx.Graph) -> int:
    return max(map(len, nx.connected_components(network)), default=0)


def curve_of(network: nx.Graph, measure, steps: int):
    """Do with networkx what the question says it does: highest value first, equal ones by id, taken anew each time."""
    rest, start, curve = network.copy(), largest(network), []
    for _ in range(steps):
        values = measure(rest)
        best = min(rest, key=lambda node: (-round(values[node], 12), node))
        rest.remove_node(best)
        curve.append((best, pytest.approx(largest(rest) / start, abs=1e-12)))
    return curve


def given_curve(record):
    return [(one["removed"], one["largest_component"]) for one in record["curve"]]


@pytest.fixture
def krebs_network(published):
    """The largest component of the network of Krebs (2002), names that differ only in spelling being one."""
    path = published / "krebs911" / "snabook_9_11_edgelist.txt"
    rows = csv.reader(path.read_text("utf-8").splitlines())
    network = nx.Graph([tuple(re.sub("[^a-z]", "", name.casefold()) for name in row[:2]) for row in rows])
    network.remove_edges_from(list(nx.selfloop_edges(network)))
    return network


@pytest.mark.parametrize("strategy", ORACLES)
def test_krebs_is_disrupted_as_networkx_says(krebs_network, strategy):
    record = disruption(from_networkx(krebs_network), strategy=strategy, steps=12).to_json()
    assert (record["strategy"], record["start"], record["stopped"], record["sampled"]) == (strategy, 62, None, False)
    assert given_curve(record) == curve_of(by_ids(krebs_network), ORACLES[strategy], 12)


@pytest.mark.parametrize("strategy", ORACLES)
@settings(max_examples=15, deadline=None)
@given(st.integers(4, 16), st.integers(0, 40), st.integers(0, 10_000))
def test_random_networks_are_disrupted_as_networkx_says(strategy, n, pairs, seed):
    network = nx.gnm_random_graph(n, min(pairs, n * (n - 1) // 2), seed=seed)
    record = disruption(from_networkx(network), strategy=strategy, steps=4).to_json()
    oracle = ORACLES[strategy]
    if strategy == "constraint":
        # networkx knows no constraint without contact; here it is the last to be taken.
        oracle = lambda rest: {  # noqa: E731 - one expression
            node: -np.inf if np.isnan(value) else value for node, value in ORACLES["constraint"](rest).items()
        }
    assert given_curve(record) == curve_of(by_ids(network), safe(oracle), 4)


def safe(measure):
    """Make values that can be rounded of those that cannot."""
    return lambda rest: {node: max(value, -1e300) for node, value in measure(rest).items()}


def test_a_star_of_stars_falls_apart_from_its_middle():
    arms = [("middle", f"arm{arm}") for arm in range(3)]
    leaves = [(f"arm{arm}", f"leaf{arm}{leaf}") for arm in range(3) for leaf in range(3)]
    record = disruption(graph_of(arms + leaves), steps=2).to_json()
    assert record["start"] == 13
    # The middle carries 48 of 66 shortest ways, an arm 30; then three stars of four are left.
    assert record["curve"][0]["removed"] == identity("middle")
    assert [one["largest_component"] for one in record["curve"]] == [pytest.approx(4 / 13), pytest.approx(4 / 13)]
    assert (
        disruption(graph_of(arms + leaves), strategy="degree", steps=1).to_json()["curve"][0]["label"].startswith("arm")
    )


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_victims_and_police_covers_are_never_targets(strategy):
    star = [("v", name) for name in "abcde"] + [("c", "a"), ("c", "b"), ("a", "b")]
    graph = graph_of(star, roles={"v": "victim", "c": Role.POLICE_COVER})
    record = disruption(graph, strategy=strategy, steps=99).to_json()
    removed = [one["removed"] for one in record["curve"]]
    assert sorted(removed) == sorted(map(identity, "abde"))
    assert record["stopped"] == "no target is left"
    assert (record["start"], record["curve"][-1]["largest_component"]) == (6, pytest.approx(2 / 6))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_networks_of_nothing_or_little(strategy):
    assert disruption(graph_of([]), strategy=strategy).to_json()["curve"] == []
    assert disruption(graph_of([]), strategy=strategy).headline() == "There is no target."
    alone = disruption(graph_of([], alone=("a",)), strategy=strategy).to_json()
    assert (alone["start"], [one["largest_component"] for one in alone["curve"]]) == (1, [0.0])
    two = disruption(graph_of([("a", "b")]), strategy=strategy).to_json()
    assert [one["largest_component"] for one in two["curve"]] == [0.5, 0.0]
    if strategy != "random":
        assert [one["removed"] for one in two["curve"]] == sorted([identity("a"), identity("b")])


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_order_of_evidence_does_not_matter(strategy):
    entities, links = tables([(str(u), str(v)) for u, v in nx.gnm_random_graph(60, 110, seed=3).edges])
    turned = Graph.of(entities, links.take(list(reversed(range(len(links))))))
    one, other = (disruption(graph, strategy=strategy).to_json() for graph in (Graph.of(entities, links), turned))
    assert json.dumps(one) == json.dumps(other)
    assert len(one["curve"]) == 10


def test_only_one_kind_is_removed():
    kinds = {"ip": EntityKind.IP_ADDRESS, "a": EntityKind.ACCOUNT, "b": EntityKind.ACCOUNT}
    graph = graph_of([("a", "ip"), ("b", "ip")], kinds=kinds)
    assert disruption(graph, strategy="degree").to_json()["curve"][0]["removed"] == identity("ip", kinds)
    accounts = disruption(graph, strategy="degree", kind=EntityKind.ACCOUNT).to_json()
    assert {one["kind"] for one in accounts["curve"]} == {"Account"}
    assert len(accounts["curve"]) == 2


def test_what_is_too_much_work_is_said(monkeypatch):
    graph = from_networkx(nx.gnm_random_graph(40, 80, seed=2))
    module = importlib.import_module("linkgraph.algorithms.disruption")
    monkeypatch.setattr(module, "WORK", 3 * STRATEGIES["degree"].cost(graph))
    record = disruption(graph, strategy="degree", steps=8).to_json()
    assert (len(record["curve"]), record["steps"]) == (3, 8)
    assert record["stopped"] == "40 entities and 80 connected pairs: more than 3 removals by degree are too much work"


def test_a_large_network_gives_the_same_sizes(monkeypatch):
    graph = from_networkx(nx.gnm_random_graph(50, 60, seed=2))
    small = disruption(graph, strategy="degree").to_json()
    monkeypatch.setattr(kernels, "COMPILED_FROM", 0)
    assert disruption(graph, strategy="degree").to_json() == small


@pytest.mark.parametrize("wrong", [{"strategy": "magic"}, {"steps": 0}])
def test_what_cannot_be_asked(wrong):
    with pytest.raises(UsageError):
        disruption(graph_of([("a", "b")]), **wrong)


def test_the_command(tmp_path, monkeypatch, capsys):
    made = linkgraph.create(tmp_path / "case", agency="A", timezone="UTC")
    monkeypatch.setenv("LINKGRAPH_CASE", str(made.folder))
    path = tmp_path / "chart.csv"
    path.write_text("source,target\n" + "".join(f"{u},{v}\n" for u, v in nx.karate_club_graph().edges), "utf-8")
    assert main(["ingest", "links", str(path)]) == 0
    capsys.readouterr()
    assert main(["disruption", "--strategy", "degree", "--steps", "3", "--links", "LINKED", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["strategy"], record["start"]) == ("degree", 34)
    assert [one["label"] for one in record["curve"]] == ["33", "0", "32"]
    assert record == made.disruption(strategy="degree", steps=3).to_json()
    assert main(["disruption", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["strategy"] == "betweenness"
    assert main(["disruption", "--steps", "2"]) == 0
    table = capsys.readouterr().out
    assert all(name in table for name in STRATEGIES)
    assert "34 entities" in table
    assert main(["disruption", "--strategy", "magic"]) == 2


def test_frame_and_headline():
    found = disruption(from_networkx(nx.karate_club_graph()), steps=2)
    assert found.to_frame()["step"].tolist() == [1, 2]
    share = round(100 * found.to_json()["curve"][-1]["largest_component"])
    assert found.headline() == (
        "Without the 2 entities that betweenness puts first, the largest component, now of 34, "
        f"would have {share} % of its size."
    )
    assert names(found.graph)[found.curve[0].node] == "0"
