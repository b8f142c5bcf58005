"""Profiles: every word is known, every choice is made, and what comes with linkgraph keeps its promises."""

from __future__ import annotations

import pytest

from linkgraph.errors import UsageError
from linkgraph.exchange.redaction.profile import NAMES, Scope, Times, Victims, named, parse
from linkgraph.model import EntityKind

GOOD = named("joint-team").text


def test_those_that_come_with_linkgraph():
    found = {name: named(name) for name in NAMES}
    assert [one.name for one in found.values()] == list(NAMES)
    assert all(one.reviewed for one in found.values())
    assert found["partner-minimal"].victims is found["joint-team"].victims is Victims.AGGREGATE
    assert found["partner-minimal"].seeds_needed
    assert found["statistics"].least == 10
    training = found["training"]
    assert training.pseudonyms == frozenset(EntityKind)
    assert (training.scope, training.times, training.rows) == (Scope.EXPORT, Times.MONTH, False)
    assert [one.marking for one in found.values()].count("TLP:RED") == 1


def test_no_profile_names_free_text_but_that_of_the_court():
    """Display names and file names are what people typed: only a court gets them."""
    for name in NAMES[1:]:
        assert not {word for names in named(name).attributes.values() for word in names} & {"display name", "file name"}


def test_one_of_your_own(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace('name = "joint-team"', 'name = "mine"'), "utf-8")
    assert named(str(path)).name == "mine"
    assert named(str(path)).sha256 != named("joint-team").sha256


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("version = 1", "version = 2"), "version = 1"),
        (('marking = "TLP:AMBER"', 'marking = "TLP:WHITE"'), "'marking' must be one of"),
        (('marking = "TLP:AMBER"', ""), "does not say 'marking'"),
        (("hops = 3", "hops = 0"), "a number from 1 to 10"),
        (("hops = 3", "hops = true"), "a number from 1 to 10"),
        (("rows = true", 'rows = "yes"'), "true or false"),
        (("rows = true", "rows = true\nsecret = 1"), "'secret', which means nothing"),
        (('Device = ["first_seen", "last_seen"]', 'Device = ["value"]'), "names 'value'"),
        (('Device = ["first_seen", "last_seen"]', 'Gadget = ["first_seen"]'), "'Gadget', which is no kind"),
        (('Device = ["first_seen", "last_seen"]', 'Device = "all"'), "list of names"),
        (("pseudonyms = []", 'pseudonyms = ["Everyone"]'), "'Everyone', which is no kind"),
        (('Phone = ["country", "first_seen", "last_seen"]', ""), "names Phone, which does not go"),
        (("[links]", "[links"), "cannot be used"),
    ],
)
def test_what_is_wrong_is_said(change, sentence):
    changed = GOOD.replace(*change)
    assert changed != GOOD
    with pytest.raises(UsageError, match=sentence):
        parse(changed.encode(), "mine.toml")


def test_a_name_that_is_none():
    with pytest.raises(UsageError, match="no profile 'everything': court, joint-team"):
        named("everything")
