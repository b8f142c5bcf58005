"""Cross-border links: pairs of countries, bases, bridges."""

from __future__ import annotations

import itertools
import json
import sys
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import graph_of, names, tables

from linkgraph.algorithms import communities, crossborder
from linkgraph.cli import main
from linkgraph.demo import run
from linkgraph.graph import Graph
from linkgraph.model import EntityKind, LinkKind

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
    assert [(one["countries"], one["links"]) for one in found["pairs"]] == [(["DE", "GB"], 2), (["GB", "US"], 1)]
    assert found["pairs"][0]["kinds"] == {"LINKED": 2}
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
    assert [(one["countries"], one["links"]) for one in found["pairs"]] == [(["GB", "US"], 2)]
    assert len(found["bridges"]) == 2


def test_nothing_crosses_where_no_country_is_known():
    found = crossborder(graph_of([("a", "b")]))
    assert found.to_json() == {
        "pairs": [],
        "links": [],
        "bridges": [],
        "betweenness_sampled": None,
        "requests": [],
        "links_in_all": 0,
        "requests_in_all": 0,
        "requests_cut": False,
    }
    assert "source_country_basis" in found.to_frame().columns


def test_amounts_of_a_pair_of_countries_are_exact_and_never_added_across_currencies():
    entities, links = tables(
        [("a", "x", {"kind": LinkKind.PAID}), ("y", "a", {"kind": LinkKind.PAID}), ("b", "a")],
        countries={"a": "GB", "b": "GB", "x": "PH", "y": "PH"},
    )
    amounts = iter(['{"EUR":"0.1","PHP":"5"}', '{"EUR":"0.2"}'])
    given_amounts = [next(amounts) if kind == "PAID" else None for kind in links["kind"].to_pylist()]
    links = links.set_column(links.column_names.index("amounts"), "amounts", pa.array(given_amounts, pa.string()))
    [pair] = crossborder(Graph.of(entities, links)).to_json()["pairs"]
    assert pair == {
        "countries": ["GB", "PH"],
        "links": 2,
        "kinds": {"PAID": 2},
        "amounts": {"EUR": "0.3", "PHP": "5"},
    }


PORT, SHARED = "source port and exact time", "shared address: used by 30 accounts of this case"
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def used(*uses, **facts):
    """Make a graph of (account, address[, grade]) uses; accounts are of GB, addresses of NL unless said otherwise."""
    links = [
        (
            who,
            address,
            {"kind": LinkKind.USED_IP, "grade": grade[0] if grade else None, "seen": NOON + timedelta(days=at)},
        )
        for at, (who, address, *grade) in enumerate(uses)
    ]
    people = dict.fromkeys((use[0] for use in uses), "GB")
    addresses = dict.fromkeys((use[1] for use in uses), "NL")
    kinds = dict.fromkeys(people, EntityKind.ACCOUNT) | dict.fromkeys(addresses, EntityKind.IP_ADDRESS)
    countries = addresses | people | facts.pop("countries", {})
    return graph_of(links, kinds=kinds, countries=countries, **facts)


def asked(graph):
    return [
        (one["country"], one["to"], one["opens"], one["opens_weakly"])
        for one in crossborder(graph).to_json()["requests"]
    ]


class TestRequests:
    def test_the_next_opens_what_none_before_does(self):
        graph = used(
            ("a", "192.0.2.1"),
            ("b", "192.0.2.2"),
            ("c", "192.0.2.2"),
            ("a", "198.51.100.1"),
            ("b", "198.51.100.1"),
            ("d", "2001:db8:1::1"),
            ("e", "2001:db8:1:2::1"),
            countries={"198.51.100.1": "FR"},
        )
        assert asked(graph) == [
            ("NL", "holder of 192.0.2.0/24", 3, 0),
            ("NL", "holder of 2001:db8:1::/48", 2, 0),
        ]
        assert crossborder(graph).to_json()["requests_in_all"] == 3

    def test_a_request_says_the_basis_the_period_the_links_and_the_grades(self):
        graph = used(("a", "192.0.2.1", PORT), ("b", "192.0.2.2", "interval only"), ("c", "192.0.2.1", SHARED))
        [one] = crossborder(graph).to_json()["requests"]
        assert one["basis"] == ["NL (stated in the evidence)"]
        assert (one["first_seen"], one["last_seen"]) == ("2026-01-05T12:00:00Z", "2026-01-07T12:00:00Z")
        assert one["grades"] == {PORT: 1, "interval only": 1, SHARED: 1}
        assert (one["touches"], one["opens"], one["opens_weakly"]) == (3, 1, 2)
        assert (one["about_in_all"], one["crossing"]) == (2, 3)
        assert one["links"] == graph.links["id"].to_pylist()

    def test_what_cannot_name_one_comes_after_what_can(self):
        crowd = [(f"x{number}", "192.0.2.1", SHARED) for number in range(9)]
        graph = used(*crowd, ("a", "198.51.100.1", PORT))
        assert asked(graph) == [
            ("NL", "holder of 198.51.100.0/24", 1, 0),
            ("NL", "holder of 192.0.2.0/24", 0, 9),
        ]

    def test_a_bank_is_asked_in_the_country_of_its_iban(self):
        accounts = {"iban:NL91ABNA0417164300": "GB", "iban:NL02ABNA0123456789": "NL", "p": "GB"}
        links = [(one, "q", {"kind": LinkKind.PAID}) for one in list(accounts)[:2]]
        kinds = dict.fromkeys([*list(accounts)[:2], "q"], EntityKind.PAYMENT_ACCOUNT)
        graph = graph_of(links, kinds=kinds, countries=accounts | {"q": "DE"})
        found = crossborder(graph).to_json()["requests"]
        bank = next(one for one in found if one["to"] == "bank ABNA")
        assert (bank["country"], bank["about_in_all"], bank["touches"]) == ("NL", 2, 1)
        assert bank["basis"] == ["NL (code of the identifier)", "NL (stated in the evidence)"]

    def test_what_is_a_victims_alone_is_never_asked_about(self):
        uses = [("wren", "192.0.2.1"), ("wren", "198.51.100.1"), ("groomer", "198.51.100.1")]
        graph = used(*uses, roles={"wren": "victim"})
        found = crossborder(graph).to_json()
        assert [one["to"] for one in found["requests"]] == ["holder of 198.51.100.0/24"]
        assert (found["requests"][0]["touches"], found["requests"][0]["victims"]) == (2, 1)
        assert "wren" not in json.dumps(found)

    def test_more_than_are_listed_is_said(self, monkeypatch):
        monkeypatch.setattr(sys.modules["linkgraph.algorithms.requests"], "MOST_REQUESTS", 1)
        found = crossborder(used(("a", "192.0.2.1"), ("b", "198.51.100.1"))).to_json()
        assert (len(found["requests"]), found["requests_in_all"], found["requests_cut"]) == (1, 2, True)

    @settings(deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 6), st.sampled_from([PORT, SHARED])), max_size=30))
    def test_the_order_is_that_of_the_plain_greedy_search(self, drawn):
        uses = {(who, block): grade for who, block, grade in drawn}
        graph = used(*((f"a{who}", f"10.0.{block}.1", grade) for (who, block), grade in uses.items()))
        strong, at_all, expected = set(), set(), []
        left = sorted({block for _, block in uses})

        def opens(block):
            of = {(who, grade) for (who, other), grade in uses.items() if other == block}
            return (
                len({who for who, grade in of if grade == PORT} - strong),
                len({who for who, grade in of if grade != PORT} - at_all),
            )

        while left:
            best = max(left, key=lambda block: (*opens(block), -block))
            if opens(best) == (0, 0):
                break
            expected.append(("NL", f"holder of 10.0.{best}.0/24", *opens(best)))
            strong |= {who for (who, block), grade in uses.items() if block == best and grade == PORT}
            at_all |= {who for who, block in uses if block == best}
            left.remove(best)
        assert asked(graph) == expected


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "demo"
    run(folder, lambda _: None)
    return folder / "op-lantern"


def test_the_sample_case_asks_about_the_facilitators_bank(folder, capsys):
    assert main(["crossborder", "--case", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    truth = json.loads((folder.parent / "evidence" / "truth.json").read_text("utf-8"))
    asked_about = {node["label"]: one for one in found["requests"] for node in one["about"]}
    of_facilitator = asked_about[f"iban:{truth['facilitator']['payment_account']}"]
    assert of_facilitator["country"] == "FR"
    assert of_facilitator["opens"] >= 9
    carrier = asked_about[truth["carrier_address"]]
    assert any("shared address" in grade for grade in carrier["grades"])
    assert carrier["basis"] == ["registered to AU (RIR data)"]


def test_the_table_of_requests_can_be_narrowed_to_a_country(folder, capsys):
    assert main(["crossborder", "--case", str(folder), "--country", "fr"]) == 0
    shown = capsys.readouterr()
    assert "bank 00000" in shown.out
    assert "registered to AU" not in shown.out
    assert "not where they were used" in shown.err
