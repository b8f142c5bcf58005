"""Hubs: the published figures of a real network, ranks, reasons."""

from __future__ import annotations

import csv
import re

import networkx as nx
import pytest
from networks import from_networkx, graph_of, identity, tables

from linkgraph.algorithms import hubs
from linkgraph.graph import Graph
from linkgraph.model import EntityKind


@pytest.fixture
def krebs(published):
    """The network of Krebs (2002), names that differ only in spelling being one."""
    path = published / "krebs911" / "snabook_9_11_edgelist.txt"
    rows = csv.reader(path.read_text("utf-8").splitlines())
    # The second of the two spellings has a hyphen and a particle; letters alone decide.
    return graph_of([tuple(re.sub("[^a-z]", "", name.casefold()) for name in row[:2]) for row in rows])


def test_krebs_published_figures(krebs):
    assert (len(krebs), len(krebs.pairs)) == (68, 158)
    largest = krebs.largest_component()
    assert (len(largest), len(largest.pairs)) == (62, 153)
    figures = {
        tuple(round(one[measure], 3) for measure in ("degree_centrality", "betweenness", "closeness"))
        for one in hubs(largest, top=62).to_json()
    }
    assert figures >= {
        (0.361, 0.588, 0.587),
        (0.295, 0.088, 0.466),
        (0.180, 0.252, 0.433),
        (0.131, 0.232, 0.436),
    }


def test_krebs_leader_and_reasons(krebs):
    [first] = hubs(krebs.largest_component(), top=1).to_json()
    assert first["mean_rank"] == 1.0
    assert first["reasons"][:2] == [
        "direct links to 22 others, more than 98 % of this network",
        "lies on 59 % of the shortest paths between others",
    ]


def test_krebs_ranges_hold_the_published_figures(krebs):
    """Places from 1 to 2 of the leader; all that is measured lies in its own range."""
    found = hubs(krebs.largest_component(), top=62).to_json()
    for one in found:
        for measure in (
            "degree",
            "degree_centrality",
            "betweenness",
            "closeness",
            "harmonic",
            "pagerank",
            "core",
            "rank",
        ):
            assert one[f"{measure}_low"] <= one[measure] <= one[f"{measure}_high"], measure
    first = found[0]
    assert (first["links_missing"], first["draws"], first["without_range"]) == ([0.05, 0.1], 39, [])
    assert (first["rank"], first["rank_low"], first["rank_high"]) == (1, 1, 1)
    assert 17 <= first["degree_low"] < first["degree_high"] == 22
    assert 0.4 < first["betweenness_low"] < 0.588 < first["betweenness_high"] < 0.75


def test_victims_are_measured_with_but_never_ranked():
    star = [("v", name) for name in "abcde"] + [("a", "b")]
    found = hubs(graph_of(star, roles={"v": "victim"}))
    assert identity("v") not in {one["id"] for one in found.to_json()}
    assert len(found.hubs) == 5
    whole = hubs(graph_of(star))
    of = {one["id"]: one["closeness"] for one in whole.to_json()}
    assert all(of[one["id"]] == one["closeness"] for one in found.to_json())


def test_ties_go_by_id_and_top_and_kind_choose():
    graph = from_networkx(nx.cycle_graph(9))
    assert [hub.node for hub in hubs(graph).hubs] == list(range(9))
    assert len(hubs(graph, top=3).hubs) == 3
    kinds = {"ip": EntityKind.IP_ADDRESS, "a": EntityKind.ACCOUNT}
    mixed = graph_of([("a", "ip"), ("b", "ip"), ("c", "ip")], kinds=kinds)
    [one] = hubs(mixed, kind=EntityKind.IP_ADDRESS).to_json()
    assert one["degree"] == 3
    assert one["reasons"][-1] == "a shared resource: those who use it need not know each other"


def test_the_order_of_evidence_does_not_matter():
    entities, links = tables([(str(u), str(v)) for u, v in nx.gnm_random_graph(80, 160, seed=6).edges])
    turned = links.take(list(reversed(range(len(links)))))
    assert hubs(Graph.of(entities, links)).to_json() == hubs(Graph.of(entities, turned)).to_json()


@pytest.mark.parametrize("links", [[], [("a", "a")]])
def test_a_network_without_pairs_has_no_hubs(links):
    found = hubs(graph_of(links))
    assert found.to_json() == []
    assert list(found.to_frame().columns)[:4] == ["id", "kind", "label", "degree"]


def test_frame_has_the_columns_of_the_json():
    found = hubs(from_networkx(nx.karate_club_graph()), top=5)
    assert list(found.to_frame().columns) == list(found.to_json()[0])
    assert found.to_frame()["degree"].tolist() == [one["degree"] for one in found.to_json()]
