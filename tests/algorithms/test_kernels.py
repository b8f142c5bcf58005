"""Kernels: what rustworkx and networkx say is what they say, with any number of threads."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import from_networkx, graph_of, names

from linkgraph import kernels
from linkgraph.algorithms import shortest_path
from linkgraph.algorithms.measures.betweenness import node_betweenness, pair_betweenness
from linkgraph.algorithms.measures.centrality import centrality, core_numbers
from linkgraph.algorithms.measures.cuts import articulation_points, cut_off
from linkgraph.algorithms.measures.distances import distances
from linkgraph.algorithms.measures.pagerank import pagerank
from linkgraph.graph import Graph
from linkgraph.kernels import turns
from linkgraph.model import LinkKind


@contextmanager
def compiled():
    """Leave nothing to rustworkx, however small."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "COMPILED_FROM", 0)
        patch.setattr(kernels, "WALKS_COMPILED_FROM", 0)
        yield patch


def again(graph: Graph) -> Graph:
    """Give the same graph with nothing worked out yet."""
    return Graph.of(graph.entities, graph.links)


@st.composite
def networks(draw) -> nx.Graph:
    """Draw a simple network: sparse and dense ones, trees with a few rings, often in several components."""
    n, seed = draw(st.integers(1, 40)), draw(st.integers(0, 10**6))
    network = nx.gnm_random_graph(n, draw(st.integers(0, 3 * n)), seed=seed)
    if draw(st.booleans()):
        rings = [(u + n, v + n) for u, v in nx.random_labeled_tree(draw(st.integers(1, 30)), seed=seed).edges]
        network.add_edges_from(rings)
    return network


def measured(graph: Graph) -> dict[str, np.ndarray]:
    graph = again(graph)
    far = distances(graph)
    return {
        "component": graph.component,
        "core": core_numbers(graph),
        "articulation": articulation_points(graph),
        "cut_off": cut_off(graph),
        "nodes": node_betweenness(graph).values,
        "pairs": pair_betweenness(graph).values,
        "mean": far.mean,
        "closeness": far.closeness,
        "harmonic": far.harmonic,
        "pagerank": pagerank(graph),
    }


@settings(max_examples=80, deadline=None)
@given(networks())
def test_kernels_say_what_rustworkx_and_networkx_say(network):
    graph = from_networkx(network)
    plain = measured(graph)
    with compiled():
        found = measured(graph)
    for name, values in plain.items():
        assert found[name].dtype == values.dtype, name
        assert found[name] == pytest.approx(values, abs=1e-12), name
    label = [int(name) for name in names(graph)]
    by_label = {name: dict(zip(label, values.tolist(), strict=True)) for name, values in found.items() if name[0] != "p"
                and len(values) == len(label)}  # fmt: skip
    assert by_label["core"] == nx.core_number(network)
    assert {node for node, cuts in by_label["articulation"].items() if cuts} == set(nx.articulation_points(network))
    assert by_label["nodes"] == pytest.approx(nx.betweenness_centrality(network), abs=1e-12)
    assert by_label["closeness"] == pytest.approx(nx.closeness_centrality(network), abs=1e-12)
    bridges = {frozenset(label[end] for end in graph.pairs[row]) for row in np.flatnonzero(found["cut_off"])}
    assert bridges == {frozenset(bridge) for bridge in nx.bridges(network)}
    share = nx.edge_betweenness_centrality(network)
    for row, (u, v) in enumerate(graph.pairs.tolist()):
        edge = (label[u], label[v])
        assert found["pairs"][row] == pytest.approx(share.get(edge, share.get(edge[::-1])), abs=1e-12)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abcdefg"), st.sampled_from("abcdefg"), st.sampled_from(list(LinkKind)))),
    st.sets(st.integers(0, 40)),
)
def test_the_arrays_of_the_graph_are_the_same(links, never):
    graded = [
        (u, v, {"kind": kind, "grade": "never links: loopback" if at in never else None})
        for at, (u, v, kind) in enumerate(links)
    ]
    plain = graph_of(graded, alone=("z",))
    with compiled():
        found = again(plain)
    for name in ("pairs", "pair_of_link", "strength", "indptr", "indices", "weight", "pair_of_entry"):
        ours, theirs = getattr(found, name), getattr(plain, name)
        assert (ours.dtype, ours.shape, ours.tobytes()) == (theirs.dtype, theirs.shape, theirs.tobytes()), name
        assert ours.flags.c_contiguous


@settings(max_examples=80, deadline=None)
@given(networks(), st.data())
def test_the_path_is_the_same_to_the_node(network, data):
    weights = st.sampled_from([0.0, 0.25, 0.5, 1.0, 1.0])
    victims = data.draw(st.sets(st.sampled_from(sorted(network)), max_size=4))
    graph = graph_of(
        [(str(u), str(v), {"weight": data.draw(weights)}) for u, v in network.edges],
        alone=tuple(str(node) for node in network),
        roles={str(node): "victim" for node in victims},
    )
    for _ in range(6):
        ends = [data.draw(st.integers(0, len(graph) - 1)) for _ in "ab"]
        plain = shortest_path(graph, *ends)
        with compiled():
            found = shortest_path(graph, *ends)
        assert (found is None) == (plain is None)
        assert found is None or (found.nodes, found.hops) == (plain.nodes, plain.hops)


def test_a_path_in_a_large_network_with_many_equal_ones():
    grid = nx.convert_node_labels_to_integers(nx.grid_2d_graph(30, 30))
    graph = from_networkx(grid)
    for ends in [(0, 899), (17, 400), (898, 3)]:
        with compiled():
            found = shortest_path(graph, *ends)
        assert found.nodes == shortest_path(graph, *ends).nodes


@pytest.mark.parametrize("links", [[], [("a", "a")], [("a", "b")], [("a", "b"), ("c", "d")]])
def test_the_smallest_networks(links):
    graph = graph_of(links)
    with compiled():
        found = centrality(again(graph))
    plain = centrality(graph)
    for name in ("betweenness", "closeness", "harmonic", "mean_distance", "pagerank", "core"):
        assert getattr(found, name).tolist() == pytest.approx(getattr(plain, name).tolist(), abs=1e-12)


def test_a_long_chain_needs_no_recursion():
    n = 30_000
    graph = from_networkx(nx.path_graph(n))
    with compiled():
        assert articulation_points(graph).sum() == n - 2
        assert cut_off(graph).max() == n // 2
        assert graph.component.max() == 0
        ends = [names(graph).index(str(node)) for node in (0, n - 1)]
        assert len(shortest_path(graph, *ends)) == n - 1


def test_the_number_of_threads_changes_no_bit(monkeypatch):
    graph = from_networkx(nx.barabasi_albert_graph(700, 4, seed=3))
    answers = []
    for threads in (1, 2, 7):
        monkeypatch.setattr(turns, "cores", lambda threads=threads: threads)
        with compiled() as patch:
            patch.setattr("linkgraph.algorithms.measures.distances.WALKS", 16)
            found = measured(graph)
            patch.setattr("linkgraph.algorithms.measures.betweenness.EXACT_WORK", 0)
            found["drawn"] = node_betweenness(again(graph)).values
        answers.append({name: values.tobytes() for name, values in found.items()})
    assert answers[0] == answers[1] == answers[2]


def test_nothing_is_compiled_for_a_small_case():
    asked = (
        "import sys, linkgraph.cli, networkx; sys.path.insert(0, 'tests'); from networks import from_networkx;"
        "from linkgraph.algorithms import centrality, shortest_path;"
        "graph = from_networkx(networkx.karate_club_graph()); centrality(graph); shortest_path(graph, 0, 5);"
        "print('numba' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
