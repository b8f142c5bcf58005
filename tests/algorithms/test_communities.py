"""Communities: known optima, order, and the same answer twice."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys

import networkx as nx
import numpy as np
import pytest
from networks import from_networkx, graph_of, names, tables

from linkgraph.algorithms import communities
from linkgraph.algorithms.communities import modularity
from linkgraph.errors import UsageError
from linkgraph.graph import Graph
from linkgraph.model import EntityKind


def test_the_karate_club_reaches_its_known_optimum():
    network = nx.karate_club_graph()
    graph = from_networkx(network)
    found = communities(graph)
    assert found.modularity >= 0.4197
    assert len(found.communities) == 4
    parts = [{int(names(graph)[node]) for node in one.members} for one in found.communities]
    assert found.modularity == pytest.approx(nx.community.modularity(network, parts, weight=None), abs=1e-12)


def test_planted_groups_are_found():
    network = nx.planted_partition_graph(6, 30, 0.5, 0.01, seed=3)
    graph = from_networkx(network)
    parts = {frozenset(int(names(graph)[node]) // 30 for node in one.members) for one in communities(graph).communities}
    assert parts == {frozenset([group]) for group in range(6)}


@pytest.mark.parametrize("seed", range(5))
def test_weighted_modularity_is_that_of_networkx(seed):
    network = nx.gnm_random_graph(40, 90, seed=seed)
    draw = random.Random(seed)  # noqa: S311 - a test needs the same draw each time
    weights = {edge: draw.choice([0.25, 1.0, 4.0]) for edge in network.edges}
    nx.set_edge_attributes(network, weights, "weight")
    graph = graph_of([(str(u), str(v), {"weight": weight}) for (u, v), weight in weights.items()])
    found = communities(graph)
    named = names(graph)
    parts = [{int(named[node]) for node in one.members} for one in found.communities]
    alone = [{node} for node, degree in network.degree if degree == 0]
    assert found.modularity == pytest.approx(nx.community.modularity(network, parts + alone))
    for one in found.communities:
        assert nx.is_connected(network.subgraph(int(named[node]) for node in one.members))


def test_communities_are_in_order_and_cover_who_is_linked():
    graph = graph_of(
        [("a", "b"), ("b", "c"), ("c", "a"), ("x", "y"), ("p", "q"), ("m", "n", {"weight": 0.0})],
        alone=("z",),
    )
    found = communities(graph)
    assert [len(one.members) for one in found.communities] == [3, 2, 2]
    first, second = (one.members[0] for one in found.communities[1:])
    assert first < second
    for place, one in enumerate(found.communities):
        assert one.id == graph.ids[one.members[0]][:12]
        assert np.flatnonzero(found.membership == place).tolist() == list(one.members)
    outside = {names(graph)[node] for node in np.flatnonzero(found.membership < 0)}
    assert outside == {"m", "n", "z"}


@pytest.mark.parametrize("links", [[], [("a", "a")], [("a", "b", {"weight": 0.0})]])
def test_without_a_link_of_any_strength_there_are_none(links):
    found = communities(graph_of(links, alone=("a",)))
    assert (found.communities, found.modularity) == ((), 0.0)
    assert set(found.membership.tolist()) == {-1}
    assert len(found.to_frame()) == 0


def test_a_carrier_address_does_not_glue_strangers():
    groups = [[f"g{group}u{user}" for user in range(4)] for group in range(8)]
    links = [(u, v) for group in groups for u in group for v in group if u < v]
    links += [(user, "nat") for group in groups for user in group]
    kinds = {name: EntityKind.ACCOUNT for group in groups for name in group} | {"nat": EntityKind.IP_ADDRESS}
    found = communities(graph_of(links, kinds=kinds))
    assert sorted(len(one.members) for one in found.communities) == [4] * 7 + [5]


def test_order_of_evidence_does_not_matter():
    entities, links = tables([(str(u), str(v)) for u, v in nx.gnm_random_graph(200, 500, seed=2).edges])
    reversed_links = links.take(list(reversed(range(len(links)))))
    assert communities(Graph.of(entities, links)).to_json() == communities(Graph.of(entities, reversed_links)).to_json()


def test_another_process_finds_the_same():
    program = (
        "import sys, json, networkx as nx; sys.path[:0] = json.loads(sys.argv[1]);"
        "from networks import from_networkx; from linkgraph.algorithms import communities;"
        "print(json.dumps(communities(from_networkx(nx.gnm_random_graph(300, 700, seed=4))).to_json()))"
    )
    run = [sys.executable, "-c", program, json.dumps(sys.path)]
    outputs = {
        subprocess.run(
            run, capture_output=True, check=True, text=True, env=os.environ | {"RAYON_NUM_THREADS": threads}
        ).stdout
        for threads in ("1", "4")
    }
    here = communities(from_networkx(nx.gnm_random_graph(300, 700, seed=4))).to_json()
    assert [json.loads(output) for output in outputs] == [here]


@pytest.mark.parametrize("wrong", [{"resolution": 0.0}, {"resolution": float("nan")}, {"seed": -1}])
def test_parameters_out_of_range_are_refused_in_a_sentence(wrong):
    with pytest.raises(UsageError, match="must be"):
        communities(graph_of([("a", "b")]), **wrong)


def test_a_higher_resolution_gives_more():
    graph = from_networkx(nx.karate_club_graph())
    assert len(communities(graph, resolution=3.0).communities) > len(communities(graph).communities)


def test_one_community_for_all_has_no_modularity():
    graph = from_networkx(nx.karate_club_graph())
    assert modularity(graph, np.zeros(34, np.int32)) == pytest.approx(0.0, abs=1e-15)


def test_members_show_victims_masked():
    found = communities(graph_of([("a", "v")], roles={"v": "victim"})).to_json()
    assert {member["label"].split()[0] for member in found["communities"][0]["members"]} == {"a", "victim"}
