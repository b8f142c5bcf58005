"""Betweenness from drawn paths: the bound that is stated holds, and says how it was reached."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from networks import from_networkx, names

from linkgraph.algorithms import hubs
from linkgraph.algorithms.measures import betweenness
from linkgraph.algorithms.measures.betweenness import node_betweenness, pair_betweenness

NETWORKS = {
    "heavy tail": nx.barabasi_albert_graph(400, 2, seed=4),
    "groups": nx.planted_partition_graph(8, 40, 0.2, 0.004, seed=4),
    "grid": nx.convert_node_labels_to_integers(nx.grid_2d_graph(14, 14)),
    "star": nx.star_graph(150),
    "in parts": nx.disjoint_union_all([nx.barabasi_albert_graph(120, 2, seed=seed) for seed in range(4)]),
    "chain": nx.path_graph(120),
    "all to all": nx.complete_graph(40),
}


@pytest.fixture
def drawing(monkeypatch):
    monkeypatch.setattr(betweenness, "EXACT_WORK", 0)
    monkeypatch.setattr(betweenness, "ERROR", 0.02)
    return monkeypatch


@pytest.mark.parametrize("measure", [node_betweenness, pair_betweenness])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_bound_holds_for_all_values(drawing, name, measure):
    graph = from_networkx(NETWORKS[name])
    found = measure(graph)
    drawing.setattr(betweenness, "EXACT_WORK", 10**12)
    exact = measure(graph)
    assert (exact.sampled, exact.error, exact.confidence) == (None, 0.0, 1.0)
    assert found.sampled > 0
    assert found.confidence == 0.95
    assert 0.0 < found.error <= 0.02
    assert np.abs(found.values - exact.values).max() <= found.error


def test_many_draws_come_near_the_truth(drawing):
    """Paths between two nodes are drawn alike, whatever their number: no value has a drift of its own."""
    graph = from_networkx(NETWORKS["grid"])
    drawing.setattr(betweenness, "ERROR", 0.003)
    found = node_betweenness(graph)
    exact = nx.betweenness_centrality(NETWORKS["grid"])
    expected = np.array([exact[int(name)] for name in names(graph)])
    off = (found.values - expected) / np.sqrt(np.maximum(expected, 1e-3) / found.sampled)
    assert abs(off.mean()) < 0.3
    assert 0.5 < off.std() < 1.2


def test_what_is_seldom_is_known_sooner(drawing):
    """In a network where nobody stands out, the draws themselves end the drawing before the first bound does."""
    star, spread = (from_networkx(network) for network in (nx.star_graph(400), nx.gnm_random_graph(400, 2000, seed=2)))
    assert node_betweenness(spread).sampled < node_betweenness(star).sampled


def test_where_the_work_is_bounded_the_error_that_was_reached_is_stated(drawing):
    graph = from_networkx(NETWORKS["heavy tail"])
    enough = node_betweenness(graph)
    drawing.setattr(betweenness, "DRAWN_WORK", 5_000)
    few = node_betweenness(graph)
    assert few.sampled < enough.sampled
    assert few.error > 0.02 >= enough.error
    drawing.setattr(betweenness, "EXACT_WORK", 10**12)
    assert np.abs(few.values - node_betweenness(graph).values).max() <= few.error


def test_small_components_are_exact_beside_a_large_one(drawing):
    network = nx.barabasi_albert_graph(300, 3, seed=1)
    network.add_edges_from([("x", "y"), ("y", "z")])
    graph = from_networkx(network)
    drawing.setattr(betweenness, "EXACT_WORK", 100)
    middle = names(graph).index("y")
    assert node_betweenness(graph).values[middle] == pytest.approx(2 / (302 * 301), abs=1e-15)
    pair = [row for row, ends in enumerate(graph.pairs.tolist()) if middle in ends]
    assert pair_betweenness(graph).values[pair] == pytest.approx([4 / (303 * 302)] * 2, abs=1e-15)


def test_hubs_say_how_sure_they_are(drawing):
    [first] = hubs(from_networkx(NETWORKS["star"]), top=1).to_json()
    assert first["betweenness_sampled"] > 0
    assert first["betweenness_confidence"] == 0.95
    assert 0 < first["betweenness_error"] <= 0.02 * 151 / 149
    assert "with 95 % confidence for all at once" in first["reasons"][1]
    drawing.setattr(betweenness, "EXACT_WORK", 10**12)
    [first] = hubs(from_networkx(NETWORKS["star"]), top=1).to_json()
    assert (first["betweenness_sampled"], first["betweenness_error"], first["betweenness_confidence"]) == (
        None,
        0.0,
        1.0,
    )
    assert first["reasons"][1] == "lies on 100 % of the shortest paths between others"
