"""Leads: every term, exact sums, and who can never be one."""

from __future__ import annotations

import hashlib
import json
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import networkx as nx
import pytest
from networks import from_networkx, graph_of, identity

from linkgraph.algorithms import centrality, communities, leads
from linkgraph.algorithms.lead_weights import TERMS, weights, weights_from
from linkgraph.cli import main
from linkgraph.demo import run
from linkgraph.errors import UsageError
from linkgraph.model import EntityKind, LinkKind

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


class TestTiers:
    @pytest.fixture
    def graph(self):
        crowd = [("popular", f"friend{number}", {"seen": NOW}) for number in range(60)]
        files = [("popular", f"file{number}", {"seen": NOW, "kind": LinkKind.SHARED_FILE}) for number in range(30)]
        return graph_of(
            [
                ("now", "v1", {"seen": NOW - timedelta(days=3)}),
                ("once", "v2", {"seen": NOW - timedelta(days=300)}),
                ("untimed", "v3"),
                *crowd,
                *files,
            ],
            roles=dict.fromkeys(["v1", "v2", "v3"], "victim"),
            kinds={f"file{number}": EntityKind.FILE_HASH for number in range(30)},
        )

    def test_no_reach_comes_before_a_victim_at_risk(self, graph):
        found = leads(graph).to_json()
        assert found[0]["id"] == identity("now")
        assert {one["id"] for one in found[1:3]} == {identity("once"), identity("untimed")}
        assert [one["tier"] for one in found[:4]] == [1, 2, 2, 3]
        assert found[0]["tier_means"] == "contact with a victim, lately: active access"
        popular = by_id(graph)[identity("popular")]
        assert popular["score"] > found[1]["score"]

    def test_access_is_as_recent_as_the_table_says(self, graph, tmp_path):
        file = tmp_path / "own.toml"
        file.write_text(TestWeights.SHIPPED.replace("access_days = 30", "access_days = 2"), "utf-8")
        assert {one["tier"] for one in leads(graph, by=weights_from(file)).to_json()} == {2, 3}


def test_what_is_a_victims_alone_is_no_lead():
    kinds = dict.fromkeys(["hers", "shared"], EntityKind.PAYMENT_ACCOUNT)
    links = [
        ("wren", "hers", {"kind": LinkKind.HOLDS}),
        ("wren", "shared", {"kind": LinkKind.HOLDS}),
        ("owl", "shared", {"kind": LinkKind.HOLDS}),
        ("owl", "wren"),
    ]
    found = by_id(graph_of(links, kinds=kinds, roles={"wren": "victim"}))
    assert identity("hers", kinds) not in found
    assert {identity("owl"), identity("shared", kinds)} == set(found)


class TestEvidence:
    def test_each_term_names_the_links_behind_it(self):
        graph = graph_of(
            [
                ("a", "v", {"seen": A_MONTH_AGO}),
                ("a", "w", {"seen": NOW - timedelta(days=1)}),
                ("b", "a", {"seen": NOW}),
                ("a", "f", {"kind": LinkKind.SHARED_FILE}),
                ("a", "x"),
                ("a", "loop", {"grade": "never links: x"}),
            ],
            roles={"v": "victim", "w": "victim"},
            kinds={"f": EntityKind.FILE_HASH},
            countries={"a": "GB", "b": "FR", "x": "GB"},
        )
        value = dict(zip(graph.ids, graph.entities["value"].to_pylist(), strict=True))
        link = {one["id"]: {value[one["source"]], value[one["target"]]} - {"a"} for one in graph.links.to_pylist()}
        of = {name: [*map(link.get, term["links"])] for name, term in terms(by_id(graph)[identity("a")]).items()}
        assert sorted(map(sorted, of["victims"])) == [["v"], ["w"]]
        assert of["victim_recency"] == [{"w"}]
        assert of["activity"] == [{"b"}]
        assert sorted(map(sorted, of["accounts"])) == [["b"], ["v"], ["w"], ["x"]]
        assert of["files"] == [{"f"}]
        assert of["countries"] == [{"b"}]
        assert of["betweenness"] == []

    def test_there_are_as_many_as_the_values_count(self):
        draw = random.Random(4)  # noqa: S311 - a test needs the same draw each time
        network = nx.gnm_random_graph(60, 150, seed=4)
        countries = {str(node): draw.choice(["GB", "NL"]) for node in range(0, 60, 2)}
        links = [(str(u), str(v), {"seen": NOW - timedelta(days=draw.randrange(99))}) for u, v in network.edges]
        graph = graph_of(links, roles={"3": "victim"}, countries=countries)
        for one in leads(graph, top=100).to_json():
            found = terms(one)
            degree = graph.degree[graph.index[one["id"]]]
            assert found["accounts"]["links_in_all"] == degree
            assert bool(found["victims"]["links"]) == (found["victims"]["value"] > 0) == (one["tier"] < 3)
            assert bool(found["countries"]["links"]) == (found["countries"]["value"] > 0)
            assert bool(found["communities"]["links"]) == (found["communities"]["value"] > 0)

    def test_a_long_list_says_how_long_it_is(self, monkeypatch):
        monkeypatch.setattr(sys.modules["linkgraph.algorithms.leads"], "MOST_EVIDENCE", 2)
        graph = graph_of([("a", f"x{number}") for number in range(5)])
        found = terms(by_id(graph)[identity("a")])["accounts"]
        assert (len(found["links"]), found["links_in_all"]) == (2, 5)


def test_what_is_known_already_is_not_worked_out_again(monkeypatch):
    graph = from_networkx(nx.karate_club_graph())
    expected = leads(graph).to_json()
    measures, groups = centrality(graph), communities(graph)
    for name in ("node_betweenness", "communities"):
        monkeypatch.delattr(sys.modules["linkgraph.algorithms.leads"], name)
    assert leads(graph, measures=measures, groups=groups).to_json() == expected


class TestWeights:
    SHIPPED = (Path(leads.__code__.co_filename).parent / "leads.toml").read_text("utf-8")

    def test_the_answer_names_the_table(self):
        assert tuple(weights().points) == TERMS
        assert weights().sha256 == hashlib.sha256(self.SHIPPED.encode()).hexdigest()
        assert leads(graph_of([("a", "b")])).to_json()[0]["weights_sha256"] == weights().sha256

    def test_a_unit_may_have_its_own(self, tmp_path):
        file = tmp_path / "own.toml"
        own = self.SHIPPED.replace("files = 10", "files = 15").replace("betweenness = 10", "betweenness = 5")
        file.write_text(own, "utf-8")
        found = leads(graph_of([("a", "b")]), by=weights_from(file))
        assert {one["term"]: one["weight"] for one in found.to_json()[0]["terms"]}["files"] == 15
        assert found.to_json()[0]["weights_sha256"] == hashlib.sha256(own.encode()).hexdigest()
        assert (found.to_frame()[list(TERMS)].sum(axis=1) == found.to_frame()["score"]).all()

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("files = 10", "files = 11", "the weights must add up to 100, not 101"),
            ("files = 10", "files = -10", "files must be 0 or more, in quarter points, not -10"),
            ("files = 10", "files = 10.1", "files must be 0 or more, in quarter points, not 10.1"),
            ("files = 10", 'files = "10"', "files must be a number, not '10'"),
            ("files = 10", "files = nan", "files must be a number, not nan"),
            ("files = 10", "", "[weights]: 'files' is missing"),
            ("files = 10", "files = 10\nguilt = 0", "[weights]: 'guilt' is not known"),
            ("half_life_days = 30", "half_life_days = 0", "half_life_days must be above 0"),
            ("access_days = 30", "", "'access_days' is missing"),
            ("[weights]", "[weight]", "the table [weights] is missing"),
            ("[weights]", "[weights", "is no TOML file"),
        ],
    )
    def test_faults_are_told(self, tmp_path, old, new, said):
        file = tmp_path / "own.toml"
        file.write_text(self.SHIPPED.replace(old, new, 1), "utf-8")
        with pytest.raises(UsageError) as fault:
            weights_from(file)
        assert str(fault.value).startswith("own.toml")
        assert said in str(fault.value)


class TestSampleCase:
    @pytest.fixture
    def truth(self, folder):
        return json.loads((folder.parent / "evidence" / "truth.json").read_text("utf-8"))

    def test_the_groomer_comes_first_with_the_links_to_the_victims(self, folder, truth, capsys):
        assert main(["leads", "--case", str(folder), "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found[0]["label"] == f"{truth['groomer']} ({truth['service']})"
        assert found[0]["tier"] == 1
        assert terms(found[0])["victims"]["links_in_all"] >= 2

    def test_a_table_with_a_units_own_weights(self, folder, tmp_path, capsys):
        file = tmp_path / "own.toml"
        file.write_text(TestWeights.SHIPPED, "utf-8")
        assert main(["leads", "--case", str(folder), "--weights", str(file), "--top", "3"]) == 0
        assert "active access" in capsys.readouterr().out
        assert main(["leads", "--case", str(folder), "--weights", str(tmp_path / "none.toml")]) == 2
        assert "cannot be read" in capsys.readouterr().err


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "demo"
    run(folder, lambda _: None)
    return folder / "op-lantern"
