"""Cross-border links: pairs of countries, bases, bridges."""

from __future__ import annotations

import itertools

from networks import graph_of, names

from linkgraph.algorithms import communities, crossborder
from linkgraph.model import EntityKind

GB, US = ["g1", "g2", "g3"], ["u1", "u2", "u3"]
COUNTRIES = dict.fromkeys(GB, "GB") | dict.fromkeys(US, "US")
CLUSTERS = [*itertools.combinations(GB, 2), *itertools.combinations(US, 2)]


def ends(graph, records):
    label = dict(zip(graph.ids, names(graph), strict=True))
    return [{label[one["source"]], label[one["target"]]} for one in records]


def test_only_links_between_two_known_countries_cross():
    graph = graph_of(
        [
            *CLUSTERS,
            ("u1", "g1"),
            ("g1", "d"),
            ("g2", "d"),
            ("g2", "?"),
            ("u3", "lo", {"grade": "never links: x"}),
        ],
        countries=COUNTRIES | {"d": "DE", "lo": "GB"},
    )
    found = crossborder(graph).to_json()
    assert found["pairs"] == [
        {"countries": ["DE", "GB"], "links": 2},
        {"countries": ["GB", "US"], "links": 1},
    ]
    assert len(found["links"]) == 3
    for one in found["links"]:
        assert one["countries"] == sorted([one["source_country"], one["target_country"]])
        assert one["source_country_basis"] == "stated"
    assert {tuple(one["countries"]) for one in found["links"]} == {("DE", "GB"), ("GB", "US")}


def test_an_address_that_everybody_uses_is_no_bridge():
    crowd = [f"x{number}" for number in range(40)]
    links = [*CLUSTERS, ("g2", "u2"), ("g3", "u3"), ("g1", "nat"), ("u1", "nat"), *((one, "nat") for one in crowd)]
    countries = COUNTRIES | {"nat": "GB"}
    graph = graph_of(links, kinds={"nat": EntityKind.IP_ADDRESS}, countries=countries)
    assert ends(graph, crossborder(graph).to_json()["bridges"])[-1] == {"u1", "nat"}
    of_a_person = graph_of(links, countries=countries)
    assert ends(of_a_person, crossborder(of_a_person).to_json()["bridges"])[0] == {"u1", "nat"}


def test_a_bridge_that_separates_comes_first_and_says_what_it_cuts_off():
    more = ["f1", "f2"]
    graph = graph_of(
        [*CLUSTERS, ("g1", "u1"), ("f1", "f2"), ("f1", "g2"), ("f1", "g3"), ("g3", "lone")],
        countries=COUNTRIES | dict.fromkeys(more, "FR") | {"lone": "DE"},
    )
    found = crossborder(graph).to_json()["bridges"]
    assert ends(graph, found)[0] == {"g1", "u1"}
    assert [one["cuts_off"] for one in found] == [3, 0, 0]
    assert {"lone", "g3"} not in ends(graph, found)
    assert found[0]["betweenness"] > found[1]["betweenness"] >= found[2]["betweenness"]


def test_bridges_say_which_communities_they_join():
    graph = graph_of([*CLUSTERS, ("g1", "u1")], countries=COUNTRIES)
    parts = communities(graph)
    [bridge] = crossborder(graph, parts).to_json()["bridges"]
    assert sorted(bridge["communities"]) == sorted(one.id for one in parts.communities)
    assert crossborder(graph).to_json()["bridges"][0]["communities"] is None


def test_parallel_links_of_a_bridge_are_all_listed_and_counted():
    graph = graph_of([*CLUSTERS, ("g1", "u1"), ("u1", "g1")], countries=COUNTRIES)
    found = crossborder(graph).to_json()
    assert found["pairs"] == [{"countries": ["GB", "US"], "links": 2}]
    assert len(found["bridges"]) == 2


def test_nothing_crosses_where_no_country_is_known():
    found = crossborder(graph_of([("a", "b")]))
    assert found.to_json() == {"pairs": [], "links": [], "bridges": [], "betweenness_sampled": None}
    assert "source_country_basis" in found.to_frame().columns
