"""The ranges that measures take when links are missing."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from networks import from_networkx, graph_of, identity, names

from linkgraph.algorithms import hubs
from linkgraph.algorithms.measures import robustness
from linkgraph.algorithms.measures.centrality import centrality
from linkgraph.algorithms.measures.robustness import FEWEST_DRAWS, MEASURES, MOST_DRAWS, PLACE, SHARES, ranges


def first_by_degree(found):
    return np.argsort(np.argsort(-found.degree, kind="stable"), kind="stable") + 1


@pytest.fixture(scope="module")
def network():
    return nx.barabasi_albert_graph(60, 3, seed=4)


def test_ranges_are_the_least_and_largest_of_the_networks_that_are_left(network):
    """The same draws, measured by networkx."""
    graph = from_networkx(network)
    found = ranges(centrality(graph), first_by_degree)
    label = [int(name) for name in names(graph)]
    ends = [tuple(sorted(label[end] for end in pair)) for pair in graph.pairs.tolist()]
    met = {name: [] for name in ("degree", "betweenness", "closeness", "harmonic", "core")}
    removed = []
    for kept in [np.ones(len(graph.source), bool), *robustness._kept(graph, MOST_DRAWS)]:
        rest = nx.Graph()
        rest.add_nodes_from(network)
        rest.add_edges_from(ends[pair] for pair in graph.pair_of_link[kept].tolist())
        removed.append(network.number_of_edges() - rest.number_of_edges())
        values = {
            "degree": dict(rest.degree),
            "betweenness": nx.betweenness_centrality(rest),
            "closeness": nx.closeness_centrality(rest),
            "harmonic": {node: value / 59 for node, value in nx.harmonic_centrality(rest).items()},
            "core": nx.core_number(rest),
        }
        for name, of in values.items():
            met[name].append([of[node] for node in label])
    for name, values in met.items():
        assert found.low[name] == pytest.approx(np.min(values, axis=0), abs=1e-12), name
        assert found.high[name] == pytest.approx(np.max(values, axis=0), abs=1e-12), name
    pairs = network.number_of_edges()
    assert removed == [0, *([round(0.05 * pairs)] * MOST_DRAWS), *([round(0.1 * pairs)] * MOST_DRAWS)]


def test_every_measure_and_the_place_have_a_range_around_the_value(network):
    graph = from_networkx(network)
    measures = centrality(graph)
    found = ranges(measures, first_by_degree)
    assert set(found.low) == set(found.high) == {*MEASURES, PLACE}
    assert found.draws == dict.fromkeys((PLACE, *MEASURES), MOST_DRAWS)
    assert not found.without
    for name in MEASURES:
        value = getattr(measures, name)
        assert (found.low[name] <= value).all(), name
        assert (value <= found.high[name]).all(), name
        assert (found.low[name] < found.high[name]).any(), name


def test_draws_are_different_and_the_same_each_time(network):
    graph = from_networkx(network)
    first, again = ([kept.tobytes() for kept in robustness._kept(graph, 20)] for _ in range(2))
    assert first == again
    assert len(set(first)) == 20 * len(SHARES)


def test_links_that_connect_nothing_are_not_drawn():
    graph = graph_of([("a", "a"), *((str(u), str(v)) for u, v in nx.path_graph(12).edges)])
    for kept in robustness._kept(graph, 15):
        assert kept[graph.pair_of_link < 0].all()
        assert np.count_nonzero(~kept) == 1


def test_the_wider_the_loss_the_wider_the_range(network, monkeypatch):
    graph = from_networkx(network)
    usual = ranges(centrality(graph), first_by_degree)
    monkeypatch.setattr(robustness, "SHARES", (0.4,))
    wide = ranges(centrality(graph), first_by_degree)
    width = [float((one.high["degree"] - one.low["degree"]).mean()) for one in (usual, wide)]
    assert width[0] < width[1]


def test_what_is_too_much_work_has_no_range_and_says_so(network, monkeypatch):
    graph = from_networkx(network)
    whole = hubs(graph, top=3).to_json()
    monkeypatch.setattr(robustness, "ALL_WORK", 0)
    some = hubs(graph, top=3).to_json()
    monkeypatch.setattr(robustness, "PAGERANK_WORK", 0)
    few = hubs(graph, top=3).to_json()
    monkeypatch.setattr(robustness, "DEGREE_WORK", 0)
    none = hubs(graph, top=3).to_json()

    def ranged(records):
        return {
            key.removesuffix("_low") for key, value in records[0].items() if key.endswith("_low") and value is not None
        }

    assert [ranged(one) for one in (whole, some, few, none)] == [
        {*MEASURES, PLACE},
        {"degree", "degree_centrality", "pagerank"},
        {"degree", "degree_centrality"},
        set(),
    ]
    # The draws are the same ones, whatever is measured of them.
    for key in ("degree_low", "degree_high"):
        assert [one[key] for one in whole] == [one[key] for one in some] == [one[key] for one in few]
    assert [one[0]["draws"] for one in (whole, some, few, none)] == [MOST_DRAWS, MOST_DRAWS, MOST_DRAWS, 0]
    assert "betweenness: " in some[0]["without_range"][1]
    assert "60 entities and 171 connected pairs" in some[0]["without_range"][1]
    assert len(none[0]["without_range"]) == 1 + len(MEASURES)
    assert [one["betweenness"] for one in none] == [one["betweenness"] for one in whole]


def test_fewer_draws_than_say_anything_are_not_made(network, monkeypatch):
    graph = from_networkx(network)
    one_each = len(graph) * (len(graph) + len(graph.pairs)) * len(SHARES)
    monkeypatch.setattr(robustness, "ALL_WORK", FEWEST_DRAWS * one_each)
    assert ranges(centrality(graph), first_by_degree).draws["betweenness"] == FEWEST_DRAWS
    monkeypatch.setattr(robustness, "ALL_WORK", FEWEST_DRAWS * one_each - 1)
    assert ranges(centrality(graph), first_by_degree).draws["betweenness"] == 0


def test_who_is_far_ahead_keeps_the_place_and_who_is_not_does_not():
    """A centre of thirty, and six who differ by one link each."""
    links = [("centre", f"c{leaf}") for leaf in range(30)]
    for place in range(6):
        links += [(f"s{place}", f"s{place}x{leaf}") for leaf in range(4 + place % 2)] + [("centre", f"s{place}")]
    found = {one["id"]: one for one in hubs(graph_of(links), top=7).to_json()}
    centre = found[identity("centre")]
    assert (centre["rank"], centre["rank_low"], centre["rank_high"]) == (1, 1, 1)
    assert centre["reasons"][-1] == "place 1 when 5 or 10 % of the links are missing (39 draws of each)"
    others = [one for key, one in found.items() if key != identity("centre")]
    assert all(one["rank_low"] <= one["rank"] <= one["rank_high"] for one in others)
    assert any(one["rank_low"] < one["rank_high"] for one in others)


@pytest.mark.parametrize("links", [[], [("a", "a")], [("a", "b")]])
def test_networks_of_nothing_or_little(links):
    found = ranges(centrality(graph_of(links)), first_by_degree)
    assert all(len(values) == len(graph_of(links)) for values in found.low.values())


def test_two_alone_may_have_no_link_at_all():
    [one, _] = hubs(graph_of([("a", "b")])).to_json()
    assert (one["degree_low"], one["degree"], one["degree_high"]) == (0, 1, 1)
