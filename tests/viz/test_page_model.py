"""What the page carries of a graph, and what it must not."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from viz import sample

from linkgraph.algorithms.communities import communities
from linkgraph.errors import IntegrityError
from linkgraph.model import EntityKind, Evidence, LinkKind, Role
from linkgraph.viz import page_model
from linkgraph.viz.columns import RANGES_PER_LINK
from linkgraph.viz.picture import Picture


def columns(model: page_model.Model, part: str) -> dict[str, list]:
    found = model[part]
    assert isinstance(found, dict)
    return found


def test_columns_are_of_one_length() -> None:
    made = sample.small()
    model = made.model(show_victims=True)
    for part, rows in (("entities", len(made.entities)), ("links", len(made.links))):
        assert {name: len(column) for name, column in columns(model, part).items()} == dict.fromkeys(
            columns(model, part), rows
        )


def test_a_small_graph_is_drawn_whole_and_a_large_one_by_communities() -> None:
    assert sample.small().model()["whole"] is True
    model = sample.large().model()
    assert model["whole"] is False
    circles = model["communities"]
    assert isinstance(circles, list)
    assert sum(circle["size"] for circle in circles) == 1500
    assert all(circle["radius"] > 0 for circle in circles)
    assert [circle["number"] for circle in circles] == list(range(1, len(circles) + 1))


def test_the_same_graph_gives_the_same_bytes() -> None:
    assert json.dumps(sample.large().model()) == json.dumps(sample.large().model())


def test_a_victim_is_left_out_with_all_that_leads_there() -> None:
    made = sample.small()
    model = made.model()
    text = json.dumps(model)
    assert model["victims_hidden"] == 1
    assert "chatter:child" not in text
    (victim,) = (one for one in made.entities.values() if one["role"] == Role.VICTIM)
    assert victim["id"] not in text
    assert len(columns(model, "links")["id"]) == len(made.links) - 1


def test_what_is_a_victims_alone_is_left_out_and_what_others_use_stays() -> None:
    made = sample.small()
    victim = next(one["id"] for one in made.entities.values() if one["role"] == Role.VICTIM)
    user = next(one["id"] for one in made.entities.values() if one["label"] == "chatter:user01")
    mail = made.entity(EntityKind.EMAIL, "child@example.org")
    phone = made.entity(EntityKind.PHONE, "+447700900001")
    for owner, owned in ((victim, mail), (victim, phone), (user, phone)):
        made.link(LinkKind.HOLDS, owner, owned, day=5)
    text = json.dumps(made.model())
    assert mail not in text
    assert "child@example.org" not in text
    assert phone in text
    shown = columns(made.model(show_victims=True), "entities")
    assert shown["masked"][shown["label"].index("child@example.org")] == f"of a victim {mail[:8]}"


def test_a_victim_that_is_asked_for_is_masked() -> None:
    model = sample.small().model(show_victims=True)
    entities = columns(model, "entities")
    place = entities["label"].index("chatter:child")
    assert model["victims_hidden"] == 0
    assert entities["masked"][place] == f"victim {entities['id'][place][:8]}"
    assert [mask for index, mask in enumerate(entities["masked"]) if index != place] == [None] * (
        len(entities["masked"]) - 1
    )


def test_rows_are_written_as_ranges_by_source() -> None:
    made = sample.Sample()
    a, b = made.entity(EntityKind.ACCOUNT, "a"), made.entity(EntityKind.ACCOUNT, "b")
    link = made.link(LinkKind.CONTACTED, a, b)
    made.evidence[link] = (
        *(Evidence(sample.PAYMENTS, row) for row in (9, 2, 3, 3)),
        Evidence(sample.LOGINS, 7),
    )
    assert columns(made.model(), "links")["evidence"] == [[[0, "7", 1, 1], [1, "2-3,9", 3, 3]]]


def test_many_rows_are_cut_and_counted() -> None:
    made = sample.Sample()
    a, b = made.entity(EntityKind.ACCOUNT, "a"), made.entity(EntityKind.ACCOUNT, "b")
    link = made.link(LinkKind.CONTACTED, a, b)
    made.evidence[link] = tuple(Evidence(sample.LOGINS, row) for row in range(1, 1001, 2))
    ((source, ranges, total, written),) = columns(made.model(), "links")["evidence"][0]
    assert (source, total, written) == (0, 500, RANGES_PER_LINK)
    assert ranges.startswith("1,3,5,")


def test_evidence_of_an_unknown_source_is_refused() -> None:
    made = sample.Sample()
    link = made.link(LinkKind.CONTACTED, made.entity(EntityKind.ACCOUNT, "a"), made.entity(EntityKind.ACCOUNT, "b"))
    made.evidence[link] = (Evidence("c3" * 32, 1),)
    with pytest.raises(IntegrityError, match="c3c3c3c3c3c3"):
        made.model()


def test_a_country_is_said_with_its_basis() -> None:
    model = sample.small().model()
    entities, words = columns(model, "entities"), model["country_words"]
    assert isinstance(words, list)
    address = entities["value"].index(None)
    said = {
        label: words[index]
        for label, index in zip(entities["label"], entities["country_words"], strict=True)
        if index >= 0
    }
    assert address >= 0
    assert said["198.51.100.1"] == "registered to GB (RIR data of 2026-10-01)"
    assert said["chatter:user01"] == "GB (stated in the evidence)"


def test_the_strictest_marking_counts() -> None:
    assert sample.small().model()["marking"] == "TLP:AMBER"


def test_entities_without_a_link_of_any_worth_come_last_and_unnumbered() -> None:
    made = sample.large(1200, 10)
    made.entity(EntityKind.EMAIL, "alone@example.org")
    circles = made.model()["communities"]
    assert isinstance(circles, list)
    assert (circles[-1]["number"], circles[-1]["id"], circles[-1]["size"]) == (0, "", 1)


def test_facts_are_passed_on() -> None:
    assert ("Digest", "d1" * 32) in sample.small().model(facts={"Digest": "d1" * 32})["facts"]


def test_an_empty_graph_has_a_page() -> None:
    model = sample.Sample().model()
    assert (model["whole"], model["time"], model["communities"]) == (True, None, [])


def test_what_is_said_of_the_whole_graph_is_what_counting_gives() -> None:
    model = sample.large(400, 12).model()
    entities, links = columns(model, "entities"), columns(model, "links")
    ends = list(zip(links["source"], links["target"], strict=True))
    crossing = [
        entities["country"][a] >= 0 <= entities["country"][b] and entities["country"][a] != entities["country"][b]
        for a, b in ends
    ]
    pairs = Counter(
        tuple(sorted((entities["community"][a], entities["community"][b])))
        for a, b in ends
        if entities["community"][a] != entities["community"][b]
    )
    bundles = columns(model, "bundles")
    assert Counter(dict(zip(zip(bundles["a"], bundles["b"], strict=True), bundles["links"], strict=True))) == pairs
    flows = Counter(
        tuple(sorted((entities["country"][a], entities["country"][b])))
        for (a, b), crosses in zip(ends, crossing, strict=True)
        if crosses
    )
    assert {(a, b): links for a, b, links in model["flows"]} == flows
    for index, community in enumerate(model["communities"]):
        kinds = Counter(kind for kind, of in zip(entities["kind"], entities["community"], strict=True) if of == index)
        assert community["kinds"] == [kinds[kind] for kind in range(len(model["kinds"]))]
        own = [index in (entities["community"][a], entities["community"][b]) for a, b in ends]
        assert community["crossings"] == sum(a and b for a, b in zip(own, crossing, strict=True))
    assert model["country_sizes"] == [entities["country"].count(one) for one in range(len(model["countries"]))]
    assert entities["degree"] == [sum(node in end for end in ends) for node in range(len(entities["id"]))]
    assert sum(model["histogram"]["counts"]) == len(ends)


def test_a_large_graph_is_carried_in_part_and_the_page_says_which() -> None:
    made = sample.large(1500, 25)
    whole, part = made.model(), made.model(room=300)
    assert len(columns(part, "entities")["id"]) == 300
    assert part["totals"] == whole["totals"] == {"entities": 1500, "links": len(made.links)}
    for name in ("bundles", "communities", "histogram", "flows", "country_sizes"):
        assert part[name] == whole[name]
    assert "300 of 1,500 entities" in dict(part["facts"])["What this file carries"]
    assert "What this file carries" not in dict(whole["facts"])
    communities = Counter(columns(part, "entities")["community"])
    assert len(communities) == len(whole["communities"])
    strongest = {
        max(
            (one for one, of in enumerate(columns(whole, "entities")["community"]) if of == community),
            key=lambda one: (columns(whole, "entities")["strength"][one], -one),
        )
        for community in communities
    }
    assert strongest <= set(columns(part, "entities")["node"])
    assert set(columns(part, "links")["source"]) <= set(range(300))


def test_those_on_a_list_are_carried_first_and_victims_never() -> None:
    made = sample.large(1500, 25)
    leaf = next(one["id"] for one in made.entities.values() if one["label"] == "chatter:g3-40")
    made.entities[leaf]["role"] = str(Role.VICTIM)
    other = next(one["id"] for one in made.entities.values() if one["label"] == "chatter:g4-40")
    entries = tuple(page_model.Entry(one, 1.0, ("why",)) for one in (leaf, other))
    model = made.model(rankings=[page_model.Ranking("leads", "Look first at: …", entries)], room=100)
    (entry,) = model["lists"][0]["entries"]
    assert columns(model, "entities")["id"][entry["entity"]] == other
    assert leaf not in json.dumps(model)


def test_observations_are_the_rows_behind_the_links_that_are_carried() -> None:
    made = sample.small()
    model = made.model()
    seen, links = columns(model, "observations"), columns(model, "links")
    timed = {link["id"]: len(made.evidence[link["id"]]) for link in made.links.values() if link["first_seen"]}
    assert Counter(links["id"][one] for one in seen["link"]) == {
        link: count for link, count in timed.items() if link in set(links["id"])
    }
    for link, first, source, row in zip(seen["link"], seen["first"], seen["source"], seen["row"], strict=True):
        stated = made.evidence[links["id"][link]]
        assert any(one.source == sample.SOURCES[source].sha256 and one.row == row for one in stated)
        assert first >= links["first"][link]


def test_a_fragment_has_what_the_model_has() -> None:
    made = sample.large(400, 12)
    graph = made.graph()
    store = sample.Held(made, graph)
    picture = Picture(graph, store, communities(graph))
    nodes = np.array([3, 7, 50, 51, 200])
    fragment, model = picture.fragment(nodes, store, np.array([8, 9])), made.model()
    entities, whole = columns(fragment, "entities"), columns(model, "entities")
    words, all_words = fragment["country_words"], model["country_words"]
    assert entities["node"] == nodes.tolist()
    for name in set(whole) - {"country_words"}:
        assert entities[name] == [whole[name][node] for node in nodes]
    assert [words[at] for at in entities["country_words"] if at >= 0] == [
        all_words[whole["country_words"][node]] for node in nodes if whole["country_words"][node] >= 0
    ]
    among = {*nodes.tolist(), 8, 9}
    links = columns(model, "links")
    expected = {
        link
        for link, a, b in zip(links["id"], links["source"], links["target"], strict=True)
        if {a, b} <= among and {a, b} & set(nodes.tolist())
    }
    assert set(columns(fragment, "links")["id"]) == expected
