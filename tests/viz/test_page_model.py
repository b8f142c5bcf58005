"""What the page carries of a graph, and what it must not."""

from __future__ import annotations

import json

import pytest
from viz import sample

from linkgraph.algorithms.communities import communities
from linkgraph.errors import IntegrityError
from linkgraph.model import EntityKind, Evidence, LinkKind, Role
from linkgraph.viz import page_model


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
    assert (source, total, written) == (0, 500, page_model.RANGES_PER_LINK)
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
    graph = sample.small().graph()
    model = page_model.build(
        graph,
        communities(graph),
        case="x",
        sources=[],
        evidence={},
        attributes={},
        facts={"Digest": "d1" * 32},
    )
    assert ("Digest", "d1" * 32) in model["facts"]


def test_an_empty_graph_has_a_page() -> None:
    model = sample.Sample().model()
    assert (model["whole"], model["time"], model["communities"]) == (True, None, [])
