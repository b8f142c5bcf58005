"""Leads: every term, exact sums, and who can never be one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import networkx as nx
import pytest
from networks import from_networkx, graph_of, identity

from linkgraph.algorithms import leads
from linkgraph.algorithms.leads import weights
from linkgraph.model import EntityKind

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
A_MONTH_AGO = NOW - timedelta(days=30)


def by_id(graph, **options):
    return {one["id"]: one for one in leads(graph, **options).to_json()}


def terms(lead):
    return {term["term"]: term for term in lead["terms"]}


def test_weights_add_up_to_a_hundred():
    assert sum(weights().points.values()) == 100


def test_contact_with_victims_comes_first():
    graph = graph_of(
        [
            ("groomer", "v1", {"seen": A_MONTH_AGO}),
            ("groomer", "v2", {"seen": A_MONTH_AGO}),
            *[("popular", f"friend{number}", {"seen": NOW}) for number in range(9)],
        ],
        roles={"v1": "victim", "v2": "victim"},
    )
    found = leads(graph).to_json()
    assert found[0]["id"] == identity("groomer")
    first = terms(found[0])
    assert (first["victims"]["value"], first["victims"]["points"]) == (0.75, 26.25)
    assert (first["victim_recency"]["value"], first["victim_recency"]["points"]) == (0.5, 7.5)
    assert first["victim_recency"]["reason"].startswith("newest contact with a victim 30.0 days before")
    assert first["victims"]["reason"].startswith("direct contact with 2 victims (victim ")


def test_victims_police_covers_and_things_are_never_leads():
    graph = graph_of(
        [("a", "v"), ("cover", "v"), ("a", "ip"), ("cover", "ip")],
        roles={"v": "victim", "cover": "police cover"},
        kinds={"ip": EntityKind.IP_ADDRESS},
    )
    assert set(by_id(graph)) == {identity("a")}


def test_score_is_exactly_the_sum_of_points_of_every_term():
    graph = from_networkx(nx.karate_club_graph())
    found = leads(graph, top=34).to_json()
    assert len(found) == 34
    for one in found:
        assert one["score"] == sum(term["points"] for term in one["terms"])
        assert [term["term"] for term in one["terms"]] == list(weights().points)
        for term in one["terms"]:
            assert abs(term["points"] - term["value"] * term["weight"]) <= 0.125
            assert term["points"] * 4 == int(term["points"] * 4)
    assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)
    assert [one["id"] for one in found] == [
        one["id"] for one in sorted(found, key=lambda one: (-one["score"], one["id"]))
    ]


def test_reach_counts_accounts_files_and_countries():
    links = [("a", "f1"), ("a", "f2"), ("a", "b"), ("b", "f1"), ("a", "ip1"), ("a", "ip2")]
    kinds = dict.fromkeys(["f1", "f2"], EntityKind.FILE_HASH) | dict.fromkeys(["ip1", "ip2"], EntityKind.IP_ADDRESS)
    graph = graph_of(links, kinds=kinds, countries={"a": "GB", "ip1": "US", "ip2": "GB", "b": "FR"})
    found = terms(by_id(graph)[identity("a")])
    assert found["files"]["reason"] == "shared 2 files"
    assert found["accounts"]["reason"] == "directly linked to 1 account or person"
    assert (
        found["countries"]["reason"]
        == "direct links to entities of 2 other countries (as stated, registered or derived)"
    )
    assert found["activity"]["points"] == 0.0


def test_a_link_that_never_links_is_no_contact():
    graph = graph_of([("a", "v", {"grade": "never links: x"}), ("a", "b")], roles={"v": "victim"})
    assert terms(by_id(graph)[identity("a")])["victims"]["points"] == 0.0


@pytest.mark.parametrize("links", [[], [("a", "a")]])
def test_no_links_no_leads(links):
    found = leads(graph_of(links))
    assert found.to_json() == []
    assert "score" in found.to_frame().columns


def test_frame_has_the_points_of_each_term():
    frame = leads(from_networkx(nx.karate_club_graph()), top=3).to_frame()
    assert (frame[list(weights().points)].sum(axis=1) == frame["score"]).all()
