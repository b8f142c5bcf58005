"""Every measure against networkx, on random networks."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import from_networkx, graph_of, names

from linkgraph.algorithms import centrality
from linkgraph.algorithms.measures import betweenness, cuts, distances, pivots
from linkgraph.algorithms.measures.pagerank import pagerank


@st.composite
def networks(draw, most: int = 14) -> nx.Graph:
    """Draw a simple network, often in several components, with nodes alone."""
    n = draw(st.integers(1, most))
    ends = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda pair: pair[0] != pair[1])
    network = nx.Graph(draw(st.lists(ends, max_size=2 * n)) if n > 1 else [])
    network.add_nodes_from(range(n))
    return network


def by_name(graph, values) -> dict[int, float]:
    return {int(name): float(value) for name, value in zip(names(graph), values, strict=True)}


@settings(max_examples=60, deadline=None)
@given(networks())
def test_measures_are_those_of_networkx(network):
    graph = from_networkx(network)
    found = centrality(graph)
    expected = {
        "degree": dict(network.degree),
        "degree_centrality": nx.degree_centrality(network) if len(network) > 1 else {0: 0.0},
        "betweenness": nx.betweenness_centrality(network),
        "closeness": nx.closeness_centrality(network, wf_improved=True),
        "harmonic": {v: h / max(len(network) - 1, 1) for v, h in nx.harmonic_centrality(network).items()},
        "core": nx.core_number(network),
    }
    for name, values in expected.items():
        assert by_name(graph, getattr(found, name)) == pytest.approx(values, abs=1e-12), name
    assert (found.betweenness_sampled, found.betweenness_error, found.betweenness_confidence) == (None, 0.0, 1.0)
    assert found.closeness_sampled is None


@settings(max_examples=60, deadline=None)
@given(networks())
def test_components_bridges_and_pair_betweenness_are_those_of_networkx(network):
    graph = from_networkx(network)
    at = {int(name): node for node, name in enumerate(names(graph))}
    parts = {
        frozenset(int(names(graph)[node]) for node in np.flatnonzero(graph.component == part))
        for part in range(graph.component.max() + 1)
    }
    assert parts == {frozenset(part) for part in nx.connected_components(network)}
    pair = {(int(u), int(v)): row for row, (u, v) in enumerate(graph.pairs)}
    between = betweenness.pair_betweenness(graph).values
    lost = cuts.cut_off(graph)
    cutting = set(nx.bridges(network)) if network.edges else set()
    for (u, v), share in nx.edge_betweenness_centrality(network).items():
        row = pair[min(at[u], at[v]), max(at[u], at[v])]
        assert between[row] == pytest.approx(share, abs=1e-12)
        smaller = 0
        if (u, v) in cutting or (v, u) in cutting:
            rest = nx.restricted_view(network, [], [(u, v)])
            smaller = min(len(nx.node_connected_component(rest, end)) for end in (u, v))
        assert lost[row] == smaller


@settings(max_examples=60, deadline=None)
@given(networks(), st.data())
def test_pagerank_weighs_by_strength(network, data):
    weights = {edge: data.draw(st.sampled_from([0.0, 0.5, 1.0, 3.0])) for edge in network.edges}
    nx.set_edge_attributes(network, weights, "weight")
    graph = graph_of(
        [(str(u), str(v), {"weight": weight}) for (u, v), weight in weights.items()],
        alone=tuple(str(node) for node in network),
    )
    expected = nx.pagerank(network, tol=1e-12, max_iter=1000)
    assert by_name(graph, pagerank(graph)) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(networks(), st.integers(1, 9))
def test_pivots_are_spread_over_every_component(network, most):
    graph = from_networkx(network)
    chosen = pivots.pivots(graph, most)
    sizes = np.bincount(graph.component)
    starts = np.concatenate(chosen.rounds) if chosen.rounds else np.zeros(0, int)
    assert len(np.unique(starts)) == len(starts)
    for component, size in enumerate(sizes):
        expected = min(size, most) if size > 1 else 0
        assert np.count_nonzero(graph.component[starts] == component) == expected
    for sources in chosen.rounds:
        assert len(np.unique(graph.component[sources])) == len(sources)
    assert chosen.sampled == (most if sizes.max() > most else None)


def test_above_the_limit_closeness_is_an_estimate_that_says_so(monkeypatch):
    network = nx.barabasi_albert_graph(600, 3, seed=5)
    network.add_edge("x", "y")
    graph = from_networkx(network)
    exact = centrality(graph)
    monkeypatch.setattr(distances, "WORK", 0)
    monkeypatch.setattr(distances, "FEWEST_PIVOTS", 128)
    found = centrality(graph)
    assert found.closeness_sampled == 128
    connected = exact.closeness > 0.01
    assert found.closeness[connected] == pytest.approx(exact.closeness[connected], rel=0.1)
    assert found.harmonic[connected] == pytest.approx(exact.harmonic[connected], rel=0.15)
    pair = [names(graph).index(name) for name in ("x", "y")]
    assert found.closeness[pair].tolist() == exact.closeness[pair].tolist()


def test_a_long_chain_is_walked_to_its_end():
    graph = from_networkx(nx.path_graph(700))
    found = distances.distances(graph)
    ends = [names(graph).index(name) for name in ("0", "699")]
    assert found.mean[ends].tolist() == [350.0, 350.0]


@pytest.mark.parametrize("links", [[], [("a", "a")]])
def test_measures_of_networks_without_a_pair(links):
    found = centrality(graph_of(links))
    assert [len(found.betweenness), found.closeness.sum(), found.core.sum()] == [len(links), 0.0, 0]
    assert len(found.to_frame()) == len(links)
