"""What is read: the model, search, fragments, paths, rows of evidence, the overview, and never a victim."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from web.exploring import VICTIM, exploring

from linkgraph.web import messages
from linkgraph.web.passing import Filters, Line, lines, passing


def test_the_model_is_of_the_newest_state(explored):
    model = explored.get("model")
    messages.Model.model_validate(model)
    assert model["explorer"] == {"read_only": False, "queries": False, "snapshot": 1}
    assert model["case"] == "op"
    assert model["victims_hidden"] == 1
    status = explored.get("status")
    assert status == {"case": "op", "snapshot": 1, "read_only": False, "queries": False, "jobs": []}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("amber_f", {"amber_fox"}),
        ("AMBER", {"amber_fox", "amber@example.org"}),
        ("ａｍｂｅｒ_fox", {"amber_fox"}),
        ("am\u200bber\u202e_fox", {"amber_fox"}),
        ("chat:grey", {"grey_hare"}),
        ("  .139 ", {"193.0.6.139"}),
        ("+447700900123", {"+447700900123"}),
        ("", set()),
        ("\u200b", set()),
        ("%", set()),
        ("nobody", set()),
    ],
)
def test_search_is_by_part_of_name_value_and_id(explored, text, names):
    found = explored.post("search", text=text)
    messages.Hits.model_validate(found)
    assert {hit["name"].split(" ")[0] for hit in found["hits"]} == names
    assert found["total"] == len(names)


def test_a_larger_case_is_carried_in_part_and_fetched(folder, monkeypatch):
    monkeypatch.setattr("linkgraph.web.snapshots.STRONGEST", 3)
    # Whoever is on a list is carried.
    monkeypatch.setattr("linkgraph.rankings.PAIRS", 0)
    with exploring(folder) as asking:
        model = asking.get("model")
        messages.Model.model_validate(model)
        assert 0 < len(model["entities"]["id"]) < model["totals"]["entities"]
        assert not any("this file" in name for name, _ in model["facts"])
        assert {one["name"] for one in model["lists"]} == {"hubs", "leads"}
        carried = model["entities"]["node"]
        rest = [node for node in range(model["totals"]["entities"]) if node not in carried]
        fetched = asking.post("entities", nodes=rest, known=carried)
        assert fetched["entities"]["node"] == rest
        links = set(model["links"]["id"]) | set(fetched["links"]["id"])
        assert len(links) == model["totals"]["links"]


def test_search_gives_the_strongest_and_counts_the_rest(explored):
    found = explored.post("search", text="e", limit=2)
    assert len(found["hits"]) == 2 < found["total"]
    strength = explored.explorer.newest.strength
    assert [hit["node"] for hit in found["hits"]] == sorted(
        (hit["node"] for hit in explored.post("search", text="e", limit=1000)["hits"]),
        key=lambda node: (-strength[node], node),
    )[:2]


def test_an_entity_is_found_by_its_id(explored):
    [hit] = explored.post("search", text=explored.id("grey_hare")[4:20])["hits"]
    assert hit["name"] == "grey_hare (chat)"


def test_expanding_gives_the_strongest_neighbours_first(explored):
    fox = explored.node("amber_fox")
    found = explored.post("expand", node=fox, limit=2)
    messages.Expansion.model_validate(found)
    graph = explored.explorer.newest.graph
    around = graph.neighbours(fox).tolist()
    weight = dict(zip(around, graph.weight[graph.indptr[fox] : graph.indptr[fox + 1]].tolist(), strict=True))
    assert found["nodes"] == sorted(around, key=lambda node: (-weight[node], node))[:2]
    assert found["left"] == len(around) - 2
    assert sorted(found["fragment"]["entities"]["node"]) == sorted([fox, *found["nodes"]])
    assert len(found["fragment"]["links"]["id"]) >= 2


def test_what_is_known_is_not_sent_again(explored):
    fox = explored.node("amber_fox")
    found = explored.post("expand", node=fox, limit=50, known=[fox])
    assert fox not in found["fragment"]["entities"]["node"]
    ends = set(found["fragment"]["links"]["source"]) | set(found["fragment"]["links"]["target"])
    assert fox in ends
    again = explored.post("expand", node=fox, limit=50, known=[fox, *found["nodes"]])
    assert again["fragment"]["entities"]["node"] == []
    assert again["nodes"] == found["nodes"]


def test_entities_come_with_links_rows_and_statements(explored):
    nodes = [explored.node("amber_fox"), explored.node("blue_owl")]
    found = explored.post("entities", nodes=nodes)
    messages.FragmentAnswer.model_validate(found)
    assert found["entities"]["node"] == sorted(nodes)
    [kind] = found["links"]["kind"]
    assert explored.get("model")["link_kinds"][kind] == "CONTACTED"
    [[[source, rows, total, written]]] = found["links"]["evidence"]
    assert explored.get("model")["sources"][source]["name"] == "messages.csv"
    assert (rows, total, written) == ("4-5", 2, 2)
    assert all(found["entities"]["statements"])


def test_a_community_gives_its_strongest_members(explored):
    communities = explored.get("model")["communities"]
    for place in range(len(communities)):
        found = explored.post("community", community=place, limit=1000)
        messages.FragmentAnswer.model_validate(found)
        assert len(found["entities"]["node"]) == communities[place]["size"]
        assert set(found["entities"]["community"]) == {place}
    assert explored.refused("community", snapshot=1, community=len(communities))[0] == 404


def test_a_path_names_its_links(explored):
    found = explored.post("path", **{"from": explored.node("blue_owl"), "to": explored.node("+447700900123")})
    messages.Route.model_validate(found)
    names = dict(zip(found["fragment"]["entities"]["node"], found["fragment"]["entities"]["label"], strict=True))
    assert [names[node] for node in found["nodes"]][::2] == ["blue_owl (chat)", "+447700900123"]
    assert set(found["links"]) <= set(found["fragment"]["links"]["id"])


def test_a_path_keeps_to_the_kinds_that_are_on(explored):
    kinds = explored.get("model")["link_kinds"]
    ends = {"from": explored.node("blue_owl"), "to": explored.node("amber_fox")}
    assert len(explored.post("path", **ends)["nodes"]) == 2
    without = explored.post("path", **ends, link_kinds_off=[kinds.index("CONTACTED")])
    assert len(without["nodes"]) == 3
    assert explored.post("path", **ends, link_kinds_off=list(range(len(kinds))))["nodes"] is None


def test_no_path_leads_through_a_victim(explored):
    # amber_fox wrote to the victim, the victim to grey_hare; nothing else connects the two.
    found = explored.post("path", **{"from": explored.node("amber_fox"), "to": explored.node("grey_hare")})
    assert found == {"snapshot": 1, "fragment": None, "nodes": None, "links": None}


def test_observations_are_the_rows_with_their_own_offset(explored):
    found = explored.post("observations", node=explored.node("amber_fox"))
    messages.ObservationRows.model_validate(found)
    kinds = explored.get("model")["link_kinds"]
    assert [
        (kinds[row["linkKind"]], row["outgoing"], row["other"], row["row"], row["offset"]) for row in found["rows"]
    ] == [
        ("USED_IP", True, "193.0.6.139", 2, 0),
        ("CONTACTED", True, "blue_owl (chat)", 4, 0),
        ("CONTACTED", True, "blue_owl (chat)", 5, 3600),
    ]
    assert found["rows"][0]["first"] == 1767607200
    assert (found["total"], found["untimed"]) == (5, 2)
    [owl] = {row["node"] for row in found["rows"] if row["other"] == "blue_owl (chat)"}
    assert owl == explored.node("blue_owl")
    incoming = explored.post("observations", node=owl)
    assert {row["outgoing"] for row in incoming["rows"] if row["other"] == "amber_fox (chat)"} == {False}


def test_rows_that_are_many_are_counted(explored, monkeypatch):
    monkeypatch.setattr("linkgraph.web.observed.LISTED", 2)
    found = explored.post("observations", node=explored.node("amber_fox"))
    assert [row["other"] for row in found["rows"]] == ["193.0.6.139", "blue_owl (chat)"]
    assert (found["total"], found["untimed"]) == (5, 2)


def brute_force(model, filters):
    """Do what ``passing`` of the page's state.ts does, entity by entity and link by link."""
    e, l = model["entities"], model["links"]  # noqa: E741 - the names it has there
    entities = [
        e["kind"][at] not in filters.kinds_off
        and e["country"][at] not in filters.countries_off
        and (filters.community is None or e["community"][at] == filters.community)
        and (filters.fewest is None or e["degree"][at] >= filters.fewest)
        and (filters.most is None or e["degree"][at] <= filters.most)
        for at in range(len(e["id"]))
    ]
    off = [
        at in filters.sources_off or source["marking"] in filters.markings_off
        for at, source in enumerate(model["sources"])
    ]
    links = []
    for at in range(len(l["id"])):
        source, target = l["source"][at], l["target"][at]
        a, b = e["country"][source], e["country"][target]
        first, last = l["first"][at], l["last"][at]
        first, last = (last if first is None else first), (first if last is None else last)
        kept = entities[source] and entities[target] and l["kind"][at] not in filters.link_kinds_off
        kept = kept and not (filters.crossing_only and (a < 0 or b < 0 or a == b))
        kept = kept and (l["grade"][at] or "") not in filters.grades_off
        kept = kept and not (any(off) and l["evidence"][at] and all(off[rows[0]] for rows in l["evidence"][at]))
        if filters.since is not None or filters.until is not None:
            if first is None:
                kept = kept and filters.untimed
            else:
                kept = kept and (filters.since is None or last >= filters.since)
                kept = kept and (filters.until is None or first <= filters.until)
        links.append(bool(kept))
    bundles = {}
    for at, kept in enumerate(links):
        ends = l["source"][at], l["target"][at]
        a, b = sorted(e["community"][end] for end in ends)
        if kept and a != b:
            line = bundles.setdefault((a, b), [0, False])
            line[0] += 1
            countries = [e["country"][end] for end in ends]
            line[1] |= min(countries) >= 0 and countries[0] != countries[1]
    return entities, links, bundles


def many_filters(model):
    """Give filters of every kind, and pairs of them."""
    noon = 1767607200
    grades = [grade or "" for grade in {*model["links"]["grade"]}]
    singles = [
        *({"kinds_off": [at]} for at in range(len(model["kinds"]))),
        *({"link_kinds_off": [at]} for at in range(len(model["link_kinds"]))),
        *({"countries_off": [at]} for at in range(-1, len(model["countries"]))),
        *({"sources_off": [at]} for at in range(len(model["sources"]))),
        {"sources_off": list(range(len(model["sources"])))},
        {"markings_off": ["TLP:RED"]},
        {"markings_off": ["TLP:AMBER"]},
        *({"grades_off": [grade]} for grade in grades),
        {"community": 0},
        {"fewest": 2},
        {"most": 2},
        {"from": noon + 60},
        {"to": noon + 60, "untimed": True},
        {"from": noon, "to": noon},
        {"crossing_only": True},
    ]
    yield from ({}, *singles)
    for one, other in itertools.combinations(singles, 2):
        yield one | other


def test_the_overview_is_what_the_page_itself_would_count(explored):
    model = explored.get("model")
    # All of it is in the model, and in the order of node numbers.
    assert model["entities"]["node"] == list(range(model["totals"]["entities"]))
    assert len(model["links"]["id"]) == model["totals"]["links"]
    at = explored.explorer.newest
    sourced = at.sourced(explored.explorer.case)
    kept = 0
    for said in many_filters(model):
        filters = Filters.model_validate(said)
        entities, links, bundles = brute_force(model, filters)
        passes = passing(at.columns, filters, sourced)
        assert passes.entities.tolist() == entities, said
        assert passes.links.tolist() == links, said
        found, cut = lines(at.columns, passes)
        assert {(line.a, line.b): [line.links, line.crossing] for line in found} == bundles, said
        assert cut == 0
        kept += sum(links)
    assert kept


def test_the_overview_carries_the_strongest_that_pass(explored):
    model = explored.get("model")
    address = model["kinds"].index("IPAddress")
    found = explored.post("overview", filters={"kinds_off": [address], "markings_off": ["TLP:RED"]})
    messages.Overview.model_validate(found)
    entities, links, _ = brute_force(model, Filters(kinds_off=[address], markings_off=["TLP:RED"]))
    assert (found["entities"], found["links"], sum(found["sizes"])) == (sum(entities), sum(links), sum(entities))
    assert len(found["sizes"]) == len(model["communities"])
    assert address not in found["fragment"]["entities"]["kind"]


def test_lines_beyond_the_limit_are_counted(explored, monkeypatch):
    monkeypatch.setattr("linkgraph.web.passing.BUNDLES", 0)
    at = explored.explorer.newest
    passes = passing(at.columns, Filters(), None)
    found, cut = lines(at.columns, passes)
    assert found == []
    assert cut == len(at.columns.bundles[0])
    assert Line.__slots__ == ("a", "b", "links", "crossing")


def test_no_answer_names_a_victim(explored):
    nodes = list(range(len(explored.explorer.newest.graph)))
    answers = [
        explored.get("model"),
        explored.get("status"),
        explored.post("entities", nodes=nodes),
        explored.post("overview"),
        *(explored.post("expand", node=node) for node in nodes),
        *(explored.post("observations", node=node) for node in nodes),
        *(explored.post("search", text=name) for name in (*VICTIM, "e", "1", "victim")),
        *(explored.post("community", community=at) for at in range(explored.explorer.newest.communities)),
    ]
    job = explored.get("identities")["job"]
    if job:
        explored.done(job)
    answers.append(explored.get("identities"))
    text = json.dumps(answers)
    for name in VICTIM:
        assert name not in text
    assert explored.post("search", text="small_wren")["total"] == 0


@pytest.mark.parametrize("path", ["search", "entities", "expand", "community", "path", "observations", "overview"])
def test_an_older_state_is_refused_with_the_newest(explored, path):
    said = {"snapshot": 0, "text": "", "nodes": [], "node": 0, "community": 0, "from": 0, "to": 0}
    wanted = {
        "search": ("text",),
        "entities": ("nodes",),
        "expand": ("node",),
        "community": ("community",),
        "path": ("from", "to"),
        "observations": ("node",),
        "overview": (),
    }[path]
    answered = explored.client.post(f"/api/{path}", json={name: said[name] for name in ("snapshot", *wanted)})
    assert answered.status_code == 409
    assert answered.json()["snapshot"] == 1
    messages.Fault.model_validate(answered.json())


@pytest.mark.parametrize(
    ("path", "said", "status"),
    [
        ("entities", {"nodes": [10_000]}, 404),
        ("expand", {"node": 10_000}, 404),
        ("observations", {"node": 2**31 - 1}, 404),
        ("path", {"from": 0, "to": 10_000}, 404),
        ("expand", {"node": -1}, 422),
        ("expand", {"node": 0, "limit": 0}, 422),
        ("expand", {"node": 0, "limit": 100_000}, 422),
        ("expand", {"node": "x"}, 422),
        ("expand", {"node": 0, "known": [-1]}, 422),
        ("search", {}, 422),
        ("search", {"text": "a", "more": 1}, 422),
        ("search", {"text": "a" * 2000}, 422),
        ("overview", {"filters": {"from": "soon"}}, 422),
    ],
)
def test_what_cannot_be_answered_is_refused_in_a_sentence(explored, path, said, status):
    code, sentence = explored.refused(path, snapshot=1, **said)
    assert code == status
    assert sentence.endswith(".")


def test_known_entities_that_are_not_there_do_no_harm(explored):
    fox = explored.node("amber_fox")
    assert explored.post("entities", nodes=[fox], known=[99_999])["entities"]["node"] == [fox]


def test_numbers_are_plain(explored):
    assert isinstance(explored.explorer.newest.graph.source, np.ndarray)
    json.loads(explored.explorer.newest.model, parse_constant=pytest.fail)
