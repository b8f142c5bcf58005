"""Paths: length against networkx, choice among equals, victims, evidence."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import from_networkx, graph_of, names

from linkgraph.algorithms import shortest_path
from linkgraph.model import Evidence, LinkKind


def walk(graph, a: str, b: str) -> list[str] | None:
    named = names(graph)
    found = shortest_path(graph, named.index(a), named.index(b))
    return None if found is None else [named[node] for node in found.nodes]


@settings(max_examples=80, deadline=None)
@given(st.integers(2, 25), st.integers(0, 45), st.integers(0, 10**6), st.sets(st.integers(0, 24), max_size=5))
def test_lengths_are_those_of_networkx_without_the_victims(n, m, seed, victims):
    network = nx.gnm_random_graph(n, m, seed=seed)
    graph = graph_of(
        [(str(u), str(v)) for u, v in network.edges],
        alone=tuple(str(node) for node in network),
        roles={str(victim): "victim" for victim in victims},
    )
    passable = network.subgraph(set(network) - (victims - {0, n - 1}))
    nodes = walk(graph, "0", str(n - 1))
    if not nx.has_path(passable, 0, n - 1):
        assert nodes is None
        return
    assert len(nodes) - 1 == nx.shortest_path_length(passable, 0, n - 1)
    assert (nodes[0], nodes[-1]) == ("0", str(n - 1))
    assert all(passable.has_edge(int(u), int(v)) for u, v in pairwise(nodes))
    assert walk(graph, str(n - 1), "0") == nodes[::-1]


def test_of_equal_paths_the_strongest_then_the_smallest_id():
    square = [("a", "b"), ("b", "d"), ("a", "c"), ("c", "d")]
    graph = graph_of(square)
    middle = min("bc", key=lambda name: graph.ids[names(graph).index(name)])
    assert walk(graph, "a", "d") == ["a", middle, "d"]
    for strong in "bc":
        links = [(*link, {"weight": 2.0 if strong in link else 1.0}) for link in square]
        assert walk(graph_of(links), "a", "d") == ["a", strong, "d"]


def test_a_path_never_leads_along_a_link_that_never_links():
    never = {"grade": "never links: loopback address"}
    assert walk(graph_of([("a", "lo", never), ("lo", "b", never)]), "a", "b") is None


def test_no_distance_to_oneself_and_none_to_strangers():
    graph = graph_of([("a", "b")], alone=("z",))
    assert walk(graph, "a", "a") == ["a"]
    assert walk(graph, "a", "z") is None


def test_every_link_of_a_hop_is_listed_with_its_evidence():
    seen = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
    graph = graph_of(
        [("a", "b", {"seen": seen}), ("b", "a"), ("a", "b", {"kind": LinkKind.CONTACTED}), ("b", "v")],
        roles={"v": "victim"},
        countries={"a": "GB"},
    )
    named = names(graph)
    found = shortest_path(graph, named.index("a"), named.index("v"))
    ids = found.link_ids()
    assert len(set(ids)) == 4
    record = found.to_json({one: (Evidence("f" * 64, row),) for row, one in enumerate(ids, 1)})
    assert record["length"] == 2
    assert [set(node) for node in record["nodes"]] == [{"id", "kind", "label", "country"}] * 3
    assert record["nodes"][0]["country"] == "GB"
    assert record["nodes"][2]["label"].startswith("victim ")
    assert [link["id"] for link in record["links"]] == ids
    assert [link["evidence"] for link in record["links"]] == [
        [{"source": "f" * 64, "row": row}] for row in (1, 2, 3, 4)
    ]
    assert {link["first_seen"] for link in record["links"]} == {None, "2026-03-01T12:00:00Z"}
    assert found.to_frame()["hop"].tolist() == [1, 1, 1, 2]


@pytest.mark.parametrize("length", [1, 2, 7, 60])
def test_chains_and_their_ends(length):
    graph = from_networkx(nx.path_graph(length + 1))
    assert walk(graph, "0", str(length)) == [str(node) for node in range(length + 1)]
