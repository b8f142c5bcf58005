"""The graph: order, strengths, the network, and parts of it."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import graph_of, identity, names, tables

from linkgraph.errors import IntegrityError
from linkgraph.graph import Graph
from linkgraph.model import EntityKind, LinkKind

IP, ACCOUNT, FILE, PAGE = (
    EntityKind.IP_ADDRESS,
    EntityKind.ACCOUNT,
    EntityKind.FILE_HASH,
    EntityKind.RESOURCE,
)
NEVER = {"grade": "never links: loopback address"}


def strengths(graph: Graph) -> dict[frozenset[str], float]:
    named = names(graph)
    return {
        frozenset((named[u], named[v])): strength
        for (u, v), strength in zip(graph.pairs.tolist(), graph.strength.tolist(), strict=True)
    }


def named(graph: Graph) -> set[str]:
    return set(names(graph))


def nodes(graph: Graph, *wanted: str) -> list[int]:
    return [names(graph).index(name) for name in wanted]


def test_a_plain_list_gives_every_pair_one():
    graph = graph_of([("a", "b"), ("b", "c"), ("c", "a")])
    assert graph.strength.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ([("a", "b", {"weight": 2.5})], 2.5),
        ([("a", "b", {"weight": 2.5, "count": 9})], 2.5),
        ([("a", "b", {"weight": -1.0})], 0.0),
        ([("a", "b", {"weight": math.inf})], 1.0),
        ([("a", "b", {"count": 9})], 1 + math.log(9)),
        ([("a", "b"), ("b", "a")], 2.0),
        ([("a", "b"), ("a", "b", {"kind": LinkKind.CONTACTED, "weight": 0.5})], 1.5),
        ([("a", "b"), ("a", "b", {"kind": LinkKind.CONTACTED, **NEVER})], 1.0),
    ],
)
def test_strength_of_a_pair(links, expected):
    assert strengths(graph_of(links)) == {frozenset("ab"): pytest.approx(expected, abs=0)}


@pytest.mark.parametrize(("users", "expected"), [(1, 1.0), (2, 1.0), (3, 0.5), (501, 1 / 500)])
@pytest.mark.parametrize("resource", [IP, FILE, PAGE])
def test_a_shared_resource_counts_by_its_users(users, expected, resource):
    links = [(f"u{user}", "r", {"kind": LinkKind.LINKED}) for user in range(users)]
    graph = graph_of(links, kinds={"r": resource} | {f"u{user}": ACCOUNT for user in range(users)})
    assert graph.strength == pytest.approx(expected)


def test_an_address_is_not_shared_by_the_pages_it_visits():
    visits = [("ip", f"page{page}", {"kind": LinkKind.VISITED}) for page in range(50)]
    kinds = {"ip": IP, "a": ACCOUNT} | {f"page{page}": PAGE for page in range(50)}
    graph = graph_of([("a", "ip", {"kind": LinkKind.USED_IP}), *visits], kinds=kinds)
    assert strengths(graph)[frozenset(("a", "ip"))] == 1.0


def test_links_that_never_link_are_kept_and_connect_nothing():
    graph = graph_of([("a", "lo", NEVER), ("b", "lo", NEVER), ("a", "b")], kinds={"lo": IP})
    assert graph.links.num_rows == 3
    assert strengths(graph) == {frozenset("ab"): 1.0}
    assert sorted(graph.link_strength.tolist()) == [0.0, 0.0, 1.0]
    assert sorted(graph.pair_of_link.tolist()) == [-1, -1, 0]


def test_a_link_to_itself_is_no_pair():
    graph = graph_of([("a", "a"), ("a", "b")])
    assert sorted(graph.pair_of_link.tolist()) == [-1, 0]
    assert graph.degree.tolist() == [1, 1]


LINKS = st.lists(
    st.tuples(st.sampled_from("abcdefg"), st.sampled_from("abcdefg"), st.sampled_from(list(LinkKind))),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(LINKS, st.randoms(use_true_random=False))
def test_arrays_agree_and_do_not_depend_on_the_order_of_rows(drawn, random):
    entities, links = tables([(u, v, {"kind": kind}) for u, v, kind in drawn], alone=("z",))
    graph = Graph.of(entities, links)
    shuffled = [
        table.take(pa.array(random.sample(range(len(table)), len(table)), pa.int64())) for table in (entities, links)
    ]
    other = Graph.of(*shuffled)
    assert graph.ids == sorted(graph.ids) == other.ids
    for array in ("source", "target", "pairs", "strength", "indptr", "indices", "weight", "pair_of_entry"):
        ours, theirs = getattr(graph, array), getattr(other, array)
        assert ours.dtype == theirs.dtype
        assert ours.tolist() == theirs.tolist()
    network = nx.Graph([(u, v) for u, v, _ in drawn if u != v])
    assert {frozenset(edge) for edge in network.edges} == set(strengths(graph))
    for node, name in enumerate(names(graph)):
        beside = {names(graph)[other] for other in graph.neighbours(node).tolist()}
        assert beside == (set(network[name]) if name in network else set())
        entries = slice(graph.indptr[node], graph.indptr[node + 1])
        assert graph.weight[entries].tolist() == graph.strength[graph.pair_of_entry[entries]].tolist()
        for end in graph.neighbours(node).tolist():
            between = graph.links_between(node, end).tolist()
            expected = [row for row, at in enumerate(graph.pair_of_link) if at >= 0 and _joins(graph, row, node, end)]
            assert between == expected
    assert graph.rx.edge_list() == [tuple(pair) for pair in graph.pairs.tolist()]
    assert graph.rx.edges() == graph.strength.tolist()


def _joins(graph: Graph, row: int, u: int, v: int) -> bool:
    return {int(graph.source[row]), int(graph.target[row])} == {u, v}


def test_select_leaves_out_nodes_without_such_links_and_keeps_strengths():
    links = [(f"u{user}", "ip", {"kind": LinkKind.USED_IP}) for user in range(5)]
    kinds = {"ip": IP} | {f"u{user}": ACCOUNT for user in range(5)}
    graph = graph_of([*links, ("u0", "u1", {"kind": LinkKind.CONTACTED})], kinds=kinds, alone=("z",))
    assert named(graph.select([LinkKind.CONTACTED])) == {"u0", "u1"}
    assert graph.select([LinkKind.USED_IP]).strength.tolist() == [0.25] * 5
    assert len(graph.select([])) == len(graph.select([LinkKind.PAID])) == 0
    close = graph.neighbourhood(nodes(graph, "u3"), 1)
    assert strengths(close) == {frozenset(("u3", "ip")): 0.25}


def test_neighbourhood_stops_at_victims_and_at_links_that_never_link():
    graph = graph_of(
        [("a", "v"), ("v", "b"), ("a", "c"), ("c", "d"), ("c", "lo", NEVER), ("e", "lo", NEVER), ("d", "f")],
        roles={"v": "victim"},
    )
    at = nodes(graph, "a")
    assert named(graph.neighbourhood(at, 0)) == {"a"}
    assert named(graph.neighbourhood(at, 1)) == {"a", "v", "c"}
    assert named(graph.neighbourhood(at, 2)) == {"a", "v", "c", "d", "lo"}
    assert named(graph.neighbourhood(at, 9)) == {"a", "v", "c", "d", "lo", "f"}
    assert named(graph.neighbourhood(nodes(graph, "v"), 1)) == {"a", "v", "b"}
    assert named(graph.neighbourhood(nodes(graph, "lo"), 5)) == {"lo", "c", "e"}


def test_without_and_largest_component():
    graph = graph_of([("a", "b"), ("b", "c"), ("x", "y")], alone=("z",))
    assert named(graph.largest_component()) == {"a", "b", "c"}
    rest = graph.without(nodes(graph, "b"))
    assert named(rest) == {"a", "c", "x", "y", "z"}
    assert rest.links.num_rows == 1


def test_victims_are_masked_and_others_are_not():
    graph = graph_of([("a", "v")], roles={"v": "victim", "a": "suspect"})
    assert sorted(graph.labels) == sorted(["a", f"victim {identity('v')[:8]}"])


def test_a_link_into_nothing_is_said_to_be_broken():
    entities, links = tables([("a", "b")])
    with pytest.raises(IntegrityError, match="1 links end in an entity"):
        Graph.of(entities.filter(pa.array([name == "a" for name in entities["value"].to_pylist()])), links)


def test_times_come_through():
    seen = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert graph_of([("a", "b", {"seen": seen})]).links["last_seen"].to_pylist() == [seen]


def test_the_empty_graph_has_all_its_arrays():
    graph = graph_of([])
    assert (len(graph), graph.pairs.shape, graph.indptr.tolist()) == (0, (0, 2), [0])
    assert [array.dtype for array in (graph.strength, graph.weight)] == [np.float64, np.float64]
    assert len(graph.largest_component()) == len(graph.neighbourhood([], 3)) == graph.rx.num_nodes() == 0
