"""Several extracts as one: what is the same by id, what is told, and what is never added twice."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta

import pytest
from exchange.tables import FILE, NOON, REPORT, entity, everything, extract, link, source

from linkgraph.exchange import checking
from linkgraph.exchange.merging import Conflict, merge
from linkgraph.model import Basis, EntityKind, LinkKind, Role

FOX = entity(EntityKind.ACCOUNT, "chat:fox", label="fox (chat)")
OWL = entity(EntityKind.ACCOUNT, "chat:owl", label="owl (chat)")
LATER = NOON + timedelta(days=3)


def ours(entities=(FOX, OWL), links=(), **options):
    return extract(list(entities), list(links), sources=(source(FILE, "a.csv"),), **options)


def theirs(entities=(FOX, OWL), links=(), said=(), file=REPORT):
    return extract(
        list(entities),
        list(links),
        list(said),
        case="theirs",
        agency="Agency B",
        sources=(source(file, "b.csv", marking="TLP:GREEN"),),
    )


def only(table):
    [row] = table.to_pylist()
    return row


def test_what_only_one_has_is_as_it_was():
    found = merge([ours([FOX], []), theirs([OWL], [])])
    assert found.extract.entities["value"].to_pylist() == sorted(
        [FOX["value"], OWL["value"]], key=lambda value: {FOX["value"]: FOX["id"], OWL["value"]: OWL["id"]}[value]
    )
    assert found.conflicts == ()
    assert found.held_by == {OWL["id"]: (1,)}
    assert (found.extract.case, found.extract.agency) == ("op", "Agency A")
    assert [one.name for one in found.extract.sources] == ["a.csv", "Agency B: b.csv"]


def test_with_itself_it_is_itself():
    found = merge([everything(), everything()])
    assert found.conflicts == ()
    for name in ("entities", "links", "said"):
        assert getattr(found.extract, name).equals(getattr(everything(), name)), name


def test_who_says_otherwise_is_told_and_ours_stands():
    here = FOX | {"country": "NL", "country_basis": Basis.STATED, "role": Role.SUSPECT}
    there = FOX | {"country": "GB", "country_basis": Basis.CODE, "role": Role.WITNESS, "label": "Mister Fox"}
    found = merge([ours([here]), theirs([there])])
    row = only(found.extract.entities)
    assert (row["country"], row["country_basis"], row["role"], row["label"]) == (
        "NL",
        "stated",
        "suspect",
        "fox (chat)",
    )
    assert {(one.name, one.stands, one.by, one.other, one.other_by) for one in found.conflicts} == {
        ("country", "NL", "Agency A", "GB", "Agency B"),
        ("role", "suspect", "Agency A", "witness", "Agency B"),
        ("label", "fox (chat)", "Agency A", "Mister Fox", "Agency B"),
    }
    assert found.held_by == {FOX["id"]: (0, 1)}


def test_what_we_do_not_say_they_say():
    there = FOX | {"country": "GB", "country_basis": Basis.CODE, "first_seen": NOON, "last_seen": LATER}
    found = merge([ours([FOX | {"first_seen": LATER, "last_seen": LATER}]), theirs([there])])
    row = only(found.extract.entities)
    assert (row["country"], row["country_basis"]) == ("GB", "code")
    assert (row["first_seen"], row["last_seen"]) == (NOON, LATER)
    assert found.conflicts == ()


@pytest.mark.parametrize("place", [0, 1])
def test_whoever_is_a_victim_to_anybody_is_one(place):
    rows = [FOX | {"role": Role.SUSPECT}, FOX | {"role": Role.VICTIM}]
    found = merge([ours([rows[place]]), theirs([rows[1 - place]])])
    assert only(found.extract.entities)["role"] == "victim"
    assert [(one.stands, one.other) for one in found.conflicts] == [("victim", "suspect")]


def test_the_strictest_marking_is_that_of_the_whole():
    found = merge([ours([FOX | {"marking": "TLP:GREEN"}]), theirs([FOX | {"marking": "TLP:RED"}])])
    assert only(found.extract.entities)["marking"] == "TLP:RED"


def contact(count, file, rows, **facts):
    return link(LinkKind.CONTACTED, FOX, OWL, count=count, evidence=[f"{file} {rows}"], **facts)


def test_rows_of_different_files_are_added():
    here = contact(3, FILE, "2-4", first_seen=NOON, last_seen=NOON, weight=1.0)
    there = contact(2, REPORT, "7,9", first_seen=LATER, last_seen=LATER, weight=0.5, grade="interval only")
    row = only(merge([ours(links=[here]), theirs(links=[there])]).extract.links)
    assert (row["count"], row["weight"], row["first_seen"], row["last_seen"]) == (5, 1.5, NOON, LATER)
    assert row["evidence"] == [f"{FILE} 2-4", f"{REPORT} 7,9"]
    assert row["grade"] == "interval only"


def test_rows_of_the_same_file_are_the_same_rows():
    """Both were given the same return: its rows are not counted twice, and that the counts differ is told."""
    found = merge([ours(links=[contact(3, FILE, "2-4")]), theirs(links=[contact(4, FILE, "2-5")], file=FILE)])
    row = only(found.extract.links)
    assert (row["count"], row["evidence"]) == (4, [f"{FILE} 2-5"])
    [told] = found.conflicts
    assert (told.name, told.stands, told.other) == ("rows of the same file", "3 rows", "4 rows")


def test_rows_that_nobody_told_are_not_added():
    there = contact(2, REPORT, "1") | {"evidence": []}
    found = merge([ours(links=[contact(3, FILE, "2-4")]), theirs(links=[there])])
    assert only(found.extract.links)["count"] == 3
    assert [one.name for one in found.conflicts] == ["rows that are not told"]


@pytest.mark.parametrize(
    ("file", "sums"), [(REPORT, {"EUR": "12.60", "USD": "5"}), (FILE, {"EUR": "12.50", "USD": "5"})]
)
def test_sums_are_exact_and_by_currency(file, sums):
    here = contact(1, FILE, "2", amounts='{"EUR":"12.50"}')
    there = contact(1, file, "2", amounts='{"EUR":"0.10","USD":"5"}')
    row = only(merge([ours(links=[here]), theirs(links=[there], file=file)]).extract.links)
    assert json.loads(row["amounts"]) == sums


def test_what_several_say_is_there_once():
    said = [{"entity": FOX["id"], "name": "country", "value": "NL", "basis": "stated", "origin": REPORT, "row": 1}]
    found = merge([ours(), theirs(said=said), theirs(said=said)])
    assert found.extract.said.num_rows == 1
    assert found.held_by[FOX["id"]] == (0, 1, 2)


def test_what_is_merged_is_a_sound_graph():
    checking.check(merge([everything(), theirs(links=[contact(2, REPORT, "1")])]).extract)


def test_nobody_corrects_the_rows_of_another():
    held = dataclasses.replace(theirs(file=FILE), corrected={FILE: ["d" * 64 + " 1-9"]})
    assert merge([ours(), held]).extract.corrected == {}
    mine = dataclasses.replace(ours(), corrected={FILE: ["c" * 64 + " 2"]})
    assert merge([mine, held]).extract.corrected == {FILE: ["c" * 64 + " 2"]}
    other = dataclasses.replace(theirs(), corrected={REPORT: ["d" * 64 + " 1"]})
    assert merge([ours(), other]).extract.corrected == {REPORT: ["d" * 64 + " 1"]}


def test_a_link_of_a_partner_that_rests_on_a_file_of_ours_is_told():
    invented = link(LinkKind.CONTACTED, FOX, OWL, count=7, evidence=[f"{FILE} 2-8"])
    assert merge([ours(), theirs(links=[invented], file=FILE)]).conflicts == (
        Conflict(invented["id"], "rows of the same file", "no such link", "Agency A", "7 rows", "Agency B"),
    )
    both = link(LinkKind.CONTACTED, FOX, OWL, count=7, evidence=[f"{FILE} 2-8"])
    assert merge([ours(links=[both]), theirs(links=[both], file=FILE)]).conflicts == ()


def test_ranges_of_rows_are_merged_as_ranges():
    """A range of nine digits costs what it is long as text."""
    one = link(LinkKind.CONTACTED, FOX, OWL, evidence=[f"{FILE} 1-999999999"])
    two = link(LinkKind.CONTACTED, FOX, OWL, evidence=[f"{FILE} 5,1000000000,1000000005"])
    found = only(merge([ours(links=[one]), theirs(links=[two], file=FILE)]).extract.links)
    assert found["evidence"] == [f"{FILE} 1-1000000000,1000000005"]


def test_sums_are_added_exactly():
    one = link(LinkKind.PAID, FOX, OWL, amounts='{"EUR":"12345678901234567.123456789012345678"}')
    two = link(LinkKind.PAID, FOX, OWL, amounts='{"EUR":"1"}', evidence=[f"{REPORT} 1"])
    found = only(merge([ours(links=[one]), theirs(links=[two])]).extract.links)
    assert json.loads(found["amounts"]) == {"EUR": "12345678901234568.123456789012345678"}
