"""Communities made sure: stability over seeds, levels that nest, and what each is made of, in words."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import combinations, pairwise

import networkx as nx
import numpy as np
import pytest
from custody.cases import ACCOUNTS, LOGINS, made
from custody.cases import UTC as IN_UTC
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import from_networkx, graph_of, names

import linkgraph.cli
from linkgraph.algorithms import communities
from linkgraph.algorithms.communities import modularity
from linkgraph.algorithms.grouping.levels import levels
from linkgraph.algorithms.grouping.stability import FEWEST, MOST, compare, repetitions
from linkgraph.model import EntityKind, LinkKind


def numbers(found):
    """Give a partition numbered from 0."""
    return np.array(found, np.int32)


def test_a_member_stays_where_most_of_its_community_is():
    stays, jaccard = compare(numbers([0, 0, 0, 0, 1, 1, -1]), numbers([5, 5, 5, 2, 2, 2, -1]))
    assert stays.tolist() == [True, True, True, False, True, True, False]
    assert jaccard.tolist() == [3 / 4, 2 / 3]


def test_of_two_halves_the_one_with_the_smaller_first_member_is_the_majority():
    stays, _ = compare(numbers([0, 0, 0, 0]), numbers([9, 9, 3, 3]))
    assert stays.tolist() == [True, True, False, False]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40))
@settings(deadline=None)
def test_comparing_is_what_it_says_member_by_member(pairs):
    mine, theirs = (numbers([pair[side] for pair in pairs]) for side in (0, 1))
    mine = np.unique(mine, return_inverse=True)[1].astype(np.int32)
    stays, jaccard = compare(mine, theirs)
    for one in range(mine.max() + 1):
        members = [node for node in range(len(mine)) if mine[node] == one]
        there = [theirs[node] for node in members]
        major = max(sorted(set(there), key=there.index), key=there.count)
        assert [bool(stays[node]) for node in members] == [where == major for where in there]
        best = max(
            len(set(members) & other) / len(set(members) | other)
            for other in ({node for node in range(len(mine)) if theirs[node] == label} for label in set(there))
        )
        assert jaccard[one] == pytest.approx(best)


def test_planted_groups_are_stable_and_who_stands_between_two_is_not():
    network = nx.disjoint_union(nx.complete_graph(8), nx.complete_graph(8))
    network.add_edges_from([("between", node) for node in (0, 1, 8, 9)])
    graph = from_networkx(network)
    found = communities(graph)
    named = names(graph)
    by_name = {named[node]: found.stability.member[node] for node in range(len(graph))}
    assert all(value == 1.0 for name, value in by_name.items() if name != "between")
    assert 0.0 <= by_name["between"] < 1.0
    assert found.stability.repetitions == MOST
    assert found.stability.community.min() > 0.85


def test_repetitions_follow_from_the_size():
    assert [repetitions(pairs) for pairs in (0, 78, 200_000, 1_000_000, 4_800_000)] == [MOST, MOST, MOST, 4, FEWEST]


def ring_of_rings():
    """Make three groups of four cliques of six: links between the cliques of a group, one between groups."""
    network = nx.disjoint_union_all([nx.complete_graph(6) for _ in range(12)])
    for group in range(3):
        cliques = [range(6 * (4 * group + one), 6 * (4 * group + one) + 6) for one in range(4)]
        network.add_edges_from((a[k], b[(k + 1) % 6]) for a, b in combinations(cliques, 2) for k in range(2))
    network.add_edges_from([(0, 24), (25, 48), (49, 1)])
    return network


@pytest.mark.parametrize(("resolution", "cliques", "groups"), [(1.0, 1, 0), (0.25, 2, 1)])
def test_levels_find_the_cliques_and_the_groups_of_cliques(resolution, cliques, groups):
    graph = from_networkx(ring_of_rings())
    found = communities(graph, resolution=resolution).levels
    named = names(graph)
    for level, size in ((cliques, 6), (groups, 24)):
        parts = [np.flatnonzero(found[level].membership == part) for part in range(len(found[level].size))]
        assert {frozenset(int(named[node]) for node in nodes) for nodes in parts} == {
            frozenset(range(first, first + size)) for first in range(0, 72, size)
        }


@pytest.mark.parametrize("seed", range(6))
def test_each_level_lies_in_the_one_before(seed):
    graph = from_networkx(nx.gnm_random_graph(150, 300, seed=seed))
    found = communities(graph)
    assert np.array_equal(found.levels[1].membership, found.membership)
    for before, level in pairwise(found.levels):
        placed = level.membership >= 0
        assert np.array_equal(level.parent[level.membership[placed]], before.membership[placed])
        assert np.array_equal(placed, before.membership >= 0)
        assert len(level.size) >= len(before.size)
        assert level.size.sum() == placed.sum()


def test_joining_communities_seeks_the_modularity_of_the_network():
    """At the resolution of the communities themselves there is nothing left to join, or it gains."""
    graph = from_networkx(nx.gnm_random_graph(120, 260, seed=9))
    linked = graph.degree > 0
    alone = np.where(linked, np.cumsum(linked) - 1, -1).astype(np.int32)
    joined = levels(graph, alone, resolution=4.0, seed=1, iterations=3, runs=3)[0]
    best = communities(graph)
    assert modularity(graph, joined.membership) == pytest.approx(best.modularity, abs=0.02)


def test_a_portrait_says_kinds_countries_resources_and_the_period():
    at = datetime(2026, 1, 5, 10, tzinfo=UTC)
    later = datetime(2026, 2, 7, 10, tzinfo=UTC)
    kinds = dict.fromkeys("abc", EntityKind.ACCOUNT) | {"10.0.0.1": EntityKind.IP_ADDRESS}
    used = {"kind": LinkKind.USED_IP}
    graph = graph_of(
        [
            ("a", "10.0.0.1", used | {"seen": at}),
            ("b", "10.0.0.1", used | {"seen": later}),
            ("c", "10.0.0.1", used),
        ],
        kinds=kinds,
        countries={"a": "NL", "b": "NL", "c": "GB"},
        roles={"c": "victim"},
    )
    [one] = communities(graph).to_json()["communities"]
    assert one["kinds"] == {"Account": 3, "IPAddress": 1}
    assert one["countries"] == [{"country": "NL", "members": 2}, {"country": "GB", "members": 1}]
    assert [(shared["label"], shared["members"]) for shared in one["resources"]] == [("10.0.0.1", 3)]
    assert (one["first_seen"], one["last_seen"]) == ("2026-01-05T10:00:00Z", "2026-02-07T10:00:00Z")
    assert one["label"] == (
        "3 accounts, 1 address; country known of 3: NL 2, GB 1; shared: 10.0.0.1 (3 members); "
        "links of 2026-01-05 to 2026-02-07 (UTC)"
    )


def test_what_is_a_victims_alone_is_masked_in_words():
    kinds = {"v": EntityKind.ACCOUNT, "v@example.org": EntityKind.EMAIL, "secret.example": EntityKind.RESOURCE}
    graph = graph_of(
        [("v", "v@example.org", {"kind": LinkKind.HOLDS}), ("v", "a"), ("a", "v@example.org")],
        kinds=kinds,
        roles={"v": "victim"},
    )
    assert '"v"' not in json.dumps([one["label"] for one in communities(graph).to_json()["communities"]])


@pytest.mark.parametrize("links", [[], [("a", "a")], [("a", "b", {"weight": 0.0})], [("a", "b")]])
def test_small_networks(links):
    found = communities(graph_of(links, alone=("z",)))
    record = found.to_json()
    assert len(record["levels"]) == 3
    coarse, base, fine = (len(level["communities"]) for level in record["levels"])
    assert coarse == base == len(found.communities) <= fine
    assert found.headline()


def test_members_name_their_part_and_parts_their_parents():
    record = communities(from_networkx(ring_of_rings())).to_json()
    coarse, base, fine = record["levels"]
    assert {one["id"] for one in base["communities"]} == {one["id"] for one in record["communities"]}
    parent = {one["id"]: one["parent"] for one in fine["communities"]}
    for one in record["communities"]:
        assert {parent[member["part"]] for member in one["members"]} == {one["id"]}
    assert all(one["parent"] is None for one in coarse["communities"])
    assert [level["resolution"] for level in record["levels"]] == [0.25, 1.0, 4.0]


def test_the_command_says_how_sure_it_is(tmp_path, capsys):
    made(tmp_path, [("ip-logs", "logins.csv", LOGINS, IN_UTC), ("accounts", "accounts.csv", ACCOUNTS, None)])
    where = ["--case", str(tmp_path / "case")]
    assert linkgraph.cli.main(["communities", *where, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert all(0 <= member["stability"] <= 1 for one in record["communities"] for member in one["members"])
    assert linkgraph.cli.main(["communities", *where]) == 0
    assert "what it is made of" in capsys.readouterr().out
