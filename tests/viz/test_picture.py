"""What a picture says of a whole graph, against counting by hand; victims are in none of it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from viz import sample

from linkgraph.algorithms.communities import communities
from linkgraph.model import EntityKind, LinkKind, Role
from linkgraph.viz import picture as drawn
from linkgraph.viz.picture import Picture

COUNTRIES = (None, "DE", "GB", "NL")
KINDS = (EntityKind.ACCOUNT, EntityKind.EMAIL, EntityKind.IP_ADDRESS)
LINKS = (LinkKind.CONTACTED, LinkKind.HOLDS, LinkKind.LINKED, LinkKind.USED_IP)
OWNED = {"HOLDS", "USED_IP"}

node = st.integers(0, 9)
days = st.one_of(st.none(), st.integers(0, 400))
entities = st.lists(
    st.tuples(st.sampled_from(KINDS), st.sampled_from(COUNTRIES), st.sampled_from((None, None, None, Role.VICTIM))),
    min_size=10,
    max_size=10,
)
links = st.lists(st.tuples(st.sampled_from(LINKS), node, node, days, st.integers(0, 90)), max_size=40)


def graph_of(said, between):
    """Make a sample of entities (kind, country, role) and links (kind, from, to, first day, days it lasted)."""
    made = sample.Sample()
    ids = [made.entity(kind, f"e{at}", country, role) for at, (kind, country, role) in enumerate(said)]
    for kind, a, b, first, lasted in between:
        link = made.links[made.link(kind, ids[a], ids[b], day=first)]
        link["last_seen"] = None if first is None else link["first_seen"] + timedelta(days=lasted)
    return made


def hidden(made):
    """Who is a victim, or holds what is a victim's, or is held or used by these only."""
    found = {entity for entity, one in made.entities.items() if one["role"] == Role.VICTIM}
    owned = [(one["kind"], one["source"], one["target"]) for one in made.links.values() if one["kind"] in OWNED]
    while more := {holder for kind, holder, held in owned if kind == LinkKind.HOLDS and held in found} - found:
        found |= more
    while (
        more := {held for _, _, held in owned if {holder for _, holder, other in owned if other == held} <= found}
        - found
    ):
        found |= more
    return found


@given(entities, links, st.booleans())
@settings(deadline=None, max_examples=60)
def test_the_overview_is_what_counting_gives(said, between, shown):
    made = graph_of(said, between)
    graph = made.graph()
    picture = Picture(graph, sample.Held(made, graph), communities(graph), show_victims=shown)
    found = picture.overview()
    out = set() if shown else hidden(made)
    there = {entity: one for entity, one in made.entities.items() if entity not in out}
    kept = [link for link in made.links.values() if not {link["source"], link["target"]} & out]
    assert found["totals"] == {"entities": len(there), "links": len(kept)}

    group = dict(zip(picture.graph.ids, picture.community.tolist(), strict=True))
    assert set(group) == set(there)
    country = {entity: one["country"] for entity, one in there.items()}

    def crosses(link):
        return None not in (a := (country[link["source"]], country[link["target"]])) and a[0] != a[1]

    sizes = Counter(filter(None, country.values()))
    assert dict(zip(found["countries"], found["country_sizes"], strict=True)) == sizes
    flows = Counter(tuple(sorted((country[x["source"]], country[x["target"]]))) for x in kept if crosses(x))
    words = found["countries"]
    assert {(words[a], words[b]): many for a, b, many in found["flows"]} == flows

    pairs, across = Counter(), Counter()
    for link in kept:
        ends = tuple(sorted((group[link["source"]], group[link["target"]])))
        if ends[0] != ends[1]:
            pairs[ends] += 1
            across[ends] += crosses(link)
    bundles = found["bundles"]
    ends = list(zip(bundles["a"], bundles["b"], strict=True))
    assert dict(zip(ends, bundles["links"], strict=True)) == pairs
    assert dict(zip(ends, bundles["crossing"], strict=True)) == across
    assert bundles["links"] == sorted(bundles["links"], reverse=True)

    for at, circle in enumerate(found["communities"]):
        kinds = Counter(there[entity]["kind"] for entity, of in group.items() if of == at)
        assert dict(zip(found["kinds"], circle["kinds"], strict=True)) == {one: kinds[one] for one in found["kinds"]}
        assert circle["size"] == kinds.total()
        assert circle["crossings"] == sum(at in (group[x["source"]], group[x["target"]]) for x in kept if crosses(x))

    timed = [link for link in kept if link["first_seen"]]
    if not timed:
        assert (found["time"], found["histogram"]) == (None, None)
        return
    first, last = (
        [int((link[name] - sample.START).total_seconds()) + int(sample.START.timestamp()) for link in timed]
        for name in ("first_seen", "last_seen")
    )
    assert found["time"] == [min(first), max(last)]
    histogram = found["histogram"]
    assert max(last) < histogram["from"] + histogram["width"] * len(histogram["counts"])
    counted = Counter()
    for a, b in zip(first, last, strict=True):
        counted.update({(one - histogram["from"]) // histogram["width"] for one in (a, b)})
    assert {at: many for at, many in enumerate(histogram["counts"]) if many} == counted


@given(entities, links, st.sets(node), st.sets(node))
@settings(deadline=None, max_examples=40)
def test_a_fragment_has_the_links_among_the_new_and_to_the_known(said, between, wanted, known):
    made = graph_of(said, between)
    graph = made.graph()
    store = sample.Held(made, graph)
    picture = Picture(graph, store, communities(graph))
    numbers = range(len(picture.graph))
    new, old = ({one for one in these if one in numbers} for these in (wanted, known))
    fragment = picture.fragment(np.array(sorted(new), np.int64), store, np.array(sorted(old), np.int64))
    assert fragment["entities"]["node"] == sorted(new - old)
    ends = [(picture.graph.index[x["source"]], picture.graph.index[x["target"]], x["id"]) for x in made.links.values()
            if not {x["source"], x["target"]} & hidden(made)]  # fmt: skip
    assert Counter(fragment["links"]["id"]) == Counter(
        link for a, b, link in ends if {a, b} <= new | old and {a, b} & (new - old)
    )
    by_id = {link: (a, b) for a, b, link in ends}
    stated = zip(fragment["links"]["source"], fragment["links"]["target"], strict=True)
    assert list(stated) == [by_id[link] for link in fragment["links"]["id"]]
    assert not hidden(made) & set(fragment["entities"]["id"])


def test_the_thinnest_bundles_are_cut_and_counted(monkeypatch):
    made = sample.large(1500, 25)
    whole = made.model()["bundles"]
    monkeypatch.setattr(drawn, "BUNDLES", 7)
    part = made.model()["bundles"]
    assert whole["cut"] == 0
    assert part["cut"] == len(whole["links"]) - 7
    for name in ("a", "b", "links", "crossing"):
        assert part[name] == whole[name][:7]


@pytest.mark.parametrize("shown", [False, True])
def test_rows_about_victims_are_there_only_if_shown(shown):
    made = sample.small()
    victims = {
        entity
        for entity, said in made.entities.items()
        if said["label"] in {"chatter:child", "chatter:user04", "chatter:user11", "chatter:user20"}
    }
    for victim in victims:
        made.entities[victim]["role"] = str(Role.VICTIM)
    model = made.model(show_victims=shown)
    rows = Counter(model["links"]["id"][one] for one in model["observations"]["link"])
    out = set() if shown else hidden(made)
    assert victims <= hidden(made)
    assert rows == {
        link: len(made.evidence[link])
        for link, one in made.links.items()
        if one["first_seen"] and not {one["source"], one["target"]} & out
    }
