"""Whom a profile keeps back beside those who are marked, and what gives them away in the text of others."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from exchange.redaction.cases import redacted
from exchange.tables import NOON, entity, extract, link

from linkgraph.errors import UsageError
from linkgraph.exchange.redaction.choosing import Reason
from linkgraph.exchange.redaction.profile import named
from linkgraph.model import EntityKind, LinkKind, Role

EARLY, LATE = NOON - timedelta(days=200), NOON - timedelta(days=190)
FOX = entity(EntityKind.ACCOUNT, "chat:fox", role=Role.SUSPECT, first_seen=NOON, last_seen=NOON)
OWL = entity(EntityKind.ACCOUNT, "chat:owl", first_seen=NOON, last_seen=NOON)


def account(name, **facts):
    return entity(EntityKind.ACCOUNT, name, **facts)


def mail(value, **facts):
    return entity(EntityKind.EMAIL, value, **facts)


def phone(value, **facts):
    return entity(EntityKind.PHONE, value, **facts)


def going(nodes, links=(), profile="joint-team", said=(), **request):
    """Give the values that go, and why the others stay, by value."""
    found = redacted(extract(list(nodes), list(links), list(said)), profile, **request)
    name = {one["id"]: one["value"] for one in nodes}
    return set(found.extract.entities["value"].to_pylist()), {name[one]: why for one, why in found.entities.items()}


@pytest.mark.parametrize("profile", ["joint-team", "court"])
def test_what_only_a_victims_account_holds_stays_and_so_does_who_holds_it(profile):
    wren = entity(EntityKind.PERSON, "Wilhelmina Wren")
    bird = account("chat:littlebird", role=Role.VICTIM)
    home, number = mail("w.home@example.org"), phone("+447700900001")
    links = [
        link(LinkKind.HOLDS, wren, bird),
        link(LinkKind.HOLDS, wren, home),
        link(LinkKind.HOLDS, bird, home),
        link(LinkKind.HOLDS, bird, number),
        link(LinkKind.CONTACTED, FOX, bird),
    ]
    goes, why = going([FOX, wren, bird, home, number], links, profile, recipients=("r",))
    assert {wren["value"], home["value"], number["value"]}.isdisjoint(goes)
    assert {why[one["value"]] for one in (wren, home, number)} == {Reason.OF_VICTIM}
    assert FOX["value"] in goes


def test_an_officer_under_cover_stays_under_every_profile_with_what_is_the_officers():
    cover = account("chat:uc_lantern", role=Role.POLICE_COVER)
    officer, address = entity(EntityKind.PERSON, "Olive Hart"), mail("lantern.cover@example.org")
    links = [
        link(LinkKind.HOLDS, officer, cover),
        link(LinkKind.HOLDS, cover, address),
        link(LinkKind.CONTACTED, cover, FOX),
    ]
    nodes = [one | {"marking": "TLP:GREEN"} for one in (FOX, cover, officer, address, account("forum:uc_lantern"))]
    for profile in ("joint-team", "court", "partner-minimal"):
        goes, why = going(nodes, links, profile, seeds=(FOX["id"],), recipients=("r",))
        assert len(goes) == 1
        assert not {one for one in goes if "lantern" in one or "Hart" in one}
        assert {why[one["value"]] for one in (cover, officer, address)} <= {Reason.COVER, Reason.KIND}


@pytest.mark.parametrize(
    ("victim", "other"),
    [
        (mail("anna.other@example.org"), account("chat:anna.other")),
        (mail("anna.other+chat@example.org"), account("chat:anna.other")),
        (phone("+447700900001"), account("whatsapp:447700900001")),
        (phone("+447700900001"), account("chat:07700900001")),
        (phone("+447700900001"), account("chat:00447700900001")),
        (entity(EntityKind.PERSON, "Anna Other"), account("chat:anna_other")),
        (entity(EntityKind.PERSON, "Anna Other"), account("chat:otheranna99")),
        (account("chat:small_wren"), entity(EntityKind.RESOURCE, "https://example.org/u/small%5Fwren")),
        (account("chat:small_wren"), entity(EntityKind.RESOURCE, "https://example.org/u?n=small&#95;wren")),
    ],
)
def test_a_name_in_another_form_stays(victim, other):
    goes, why = going([FOX, victim | {"role": Role.VICTIM}, other])
    assert (goes, why[other["value"]]) == ({FOX["value"]}, Reason.TEXT)


def test_a_pseudonym_is_not_undone_by_the_account_that_is_called_like_it():
    number, same = phone("+447700900002"), account("whatsapp:447700900002")
    links = [link(LinkKind.HOLDS, same, number), link(LinkKind.CONTACTED, FOX, same)]
    profile = dataclasses.replace(named("joint-team"), pseudonyms=frozenset({EntityKind.PHONE}))
    _, why = going([FOX, number, same], links, profile, recipients=("r",))
    assert why == {same["value"]: Reason.TEXT}


def test_nothing_is_walked_from_a_seed_that_stays_for_its_text():
    wren, same = account("chat:small_wren", role=Role.VICTIM), account("forum:small_wren")
    crow = account("forum:crow")
    links = [link(LinkKind.CONTACTED, same, crow)]
    with pytest.raises(UsageError, match="its text identifies something that stays"):
        going([wren, same, crow], links, seeds=(same["id"],))


def test_no_hops_are_none():
    links = [link(LinkKind.CONTACTED, FOX, OWL, first_seen=NOON, last_seen=NOON)]
    assert going([FOX, OWL], links, seeds=(FOX["id"],), hops=0)[0] == {FOX["value"]}
    assert going([FOX, OWL], links, seeds=(FOX["id"],), hops=1)[0] == {FOX["value"], OWL["value"]}


def test_who_was_seen_only_before_the_window_stays():
    before = account("chat:crow", first_seen=EARLY, last_seen=LATE)
    within = account("chat:jay", first_seen=NOON, last_seen=NOON)
    timeless = mail("fox@example.org")
    links = [
        link(LinkKind.CONTACTED, FOX, OWL, first_seen=NOON, last_seen=NOON),
        link(LinkKind.CONTACTED, FOX, before, first_seen=EARLY, last_seen=LATE),
        link(LinkKind.HOLDS, FOX, timeless),
    ]
    nodes = [FOX, OWL, before, within, timeless]
    goes, why = going(nodes, links, since=NOON - timedelta(days=1))
    assert goes == {one["value"] for one in (FOX, OWL, within)}
    assert why == {before["value"]: Reason.WINDOW, timeless["value"]: Reason.WINDOW}
    assert going(nodes, links, since=NOON - timedelta(days=1), seeds=(before["id"],))[0] == {before["value"]}
