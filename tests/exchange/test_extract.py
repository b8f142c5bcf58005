"""What is handed on: victims masked, markings worked out, and only what was selected."""

from __future__ import annotations

import pyarrow as pa
import pytest
from exchange.tables import entity, link, source, tables
from store.batches import NOON, logins
from store.batches import source as registered

from linkgraph.exchange.extract import Extract, strictest
from linkgraph.graph import Graph
from linkgraph.model import MARKINGS, EntityKind, LinkKind, Role
from linkgraph.store import append, roles
from linkgraph.store.embedded import CaseStore
from linkgraph.store.protocol import SAID

CHILD = entity(EntityKind.ACCOUNT, "svc:child_name", role=Role.VICTIM)
SIBLING = entity(EntityKind.ACCOUNT, "svc:sibling_name", role=Role.VICTIM)
FOX = entity(EntityKind.ACCOUNT, "svc:fox")
MAIL = entity(EntityKind.EMAIL, "child_name@example.org")
PHONE = entity(EntityKind.PHONE, "+447700900001")
HOME = entity(EntityKind.IP_ADDRESS, "193.0.6.77")
CARRIER = entity(EntityKind.IP_ADDRESS, "202.12.29.175")
FILE = entity(EntityKind.FILE_HASH, "sha256:" + "ab" * 32)
ENTITIES = [CHILD, SIBLING, FOX, MAIL, PHONE, HOME, CARRIER, FILE]
LINKS = [
    link(LinkKind.CONTACTED, FOX, CHILD, count=9, first_seen=NOON, weight=0.1),
    link(LinkKind.HOLDS, CHILD, MAIL),
    link(LinkKind.HOLDS, CHILD, PHONE),
    link(LinkKind.HOLDS, FOX, PHONE),
    link(LinkKind.USED_IP, CHILD, HOME),
    link(LinkKind.USED_IP, SIBLING, HOME),
    link(LinkKind.USED_IP, CHILD, CARRIER),
    link(LinkKind.USED_IP, FOX, CARRIER),
    link(LinkKind.SHARED_FILE, CHILD, FILE),
]


class Shelf:
    """A store that has two tables and one source."""

    def __init__(self, said=()):
        self._said = said

    def case_name(self):
        return "op"

    def sources(self):
        return [source("a" * 64, "a.csv", mapping={"service": "of an informant"})]

    def evidence_texts(self, links):
        return pa.chunked_array([pa.array([["a" * 64 + " 2"]] * len(links), pa.list_(pa.string()))])

    def shown_by(self, entities):
        return pa.chunked_array([pa.array([["a" * 64]] * len(entities), pa.list_(pa.string()))])

    def said(self, entities):
        return pa.Table.from_pylist(list(self._said), SAID)

    def corrected_rows(self):
        return {}


def taken(entities=ENTITIES, links=LINKS, said=(), **options) -> Extract:
    return Extract.of(Shelf(said), Graph.of(*tables(entities, links)), agency="Agency A", **options)


def by_id(extract):
    return {row["id"]: row for row in extract.entities.to_pylist()}


def test_a_victim_is_masked_with_what_is_theirs_alone():
    shown = by_id(taken())
    for one in (CHILD, SIBLING):
        assert shown[one["id"]]["label"] == shown[one["id"]]["value"] == f"victim {one['id'][:8]}"
    for one in (MAIL, HOME):
        assert shown[one["id"]]["label"] == shown[one["id"]]["value"] == f"of a victim {one['id'][:8]}"
    # What somebody else holds or uses too, and what is no possession, is evidence against that somebody.
    for one in (FOX, PHONE, CARRIER, FILE):
        assert (shown[one["id"]]["label"], shown[one["id"]]["value"]) == (one["label"], one["value"])


def test_nothing_is_masked_when_victims_are_asked_for():
    assert by_id(taken(show_victims=True))[CHILD["id"]]["value"] == CHILD["value"]


def test_nothing_that_is_said_of_a_victim_goes_along():
    said = [
        {"entity": one["id"], "name": "name", "value": one["value"], "basis": "stated", "origin": "a" * 64, "row": 1}
        for one in (CHILD, MAIL, FOX)
    ]
    assert taken(said=said).said["entity"].to_pylist() == [FOX["id"]]
    assert len(taken(said=said, show_victims=True).said) == 3


def test_what_the_analyst_stated_of_a_file_stays():
    assert [one.mapping for one in taken().sources] == [{}]


def test_sources_that_nothing_rests_on_do_not_go_along(monkeypatch):
    monkeypatch.setattr(Shelf, "sources", lambda _: [source("a" * 64, "a"), source("b" * 64, "of another matter")])
    assert [one.name for one in taken().sources] == ["a"]


@pytest.mark.parametrize(
    ("origins", "marking"),
    [
        (["a" * 64], "TLP:GREEN"),
        (["a" * 64 + " 4-9", "b" * 64 + " 1"], "TLP:RED"),
        (["c" * 64, "a" * 64], "TLP:AMBER"),
        ([], "TLP:RED"),
        (None, "TLP:RED"),
        (["d" * 64], "TLP:RED"),
    ],
)
def test_the_strictest_source_marks_a_thing(origins, marking):
    """What rests on no known source is marked as the strictest of all."""
    sources = [
        source("a" * 64, "a", marking="TLP:GREEN"),
        source("b" * 64, "b", marking="TLP:RED"),
        source("c" * 64, "c", marking="TLP:AMBER"),
    ]
    lists = pa.chunked_array([pa.array([["a" * 64], origins, ["b" * 64]], pa.list_(pa.string()))])
    marked, named = strictest(lists, sources)
    assert marked.to_pylist() == ["TLP:GREEN", marking, "TLP:RED"]
    assert named == {"a" * 64, "b" * 64} | {one[:64] for one in origins or () if one[0] in "abc"}


def test_markings_are_worked_out_by_a_real_store(tmp_path):
    store = CaseStore.create(tmp_path, "c" * 32, "op")
    for letter, marking, address in (("a", "TLP:GREEN", "1.1.1.1"), ("b", "TLP:AMBER+STRICT", "2.2.2.2")):
        key = append.register(store, registered(letter, marking=marking), "tester")
        append.append(store, key, logins((2, "fox", address, NOON), (3, letter, address, NOON)), "tester")
        append.finish(store, key, "tester")
    found = Extract.of(store, Graph.read(store), agency="A")
    marked = {row["value"]: row["marking"] for row in found.entities.to_pylist()}
    assert {value.rpartition(":")[2]: marking for value, marking in marked.items()} == {
        "fox": "TLP:AMBER+STRICT",
        "a": "TLP:GREEN",
        "b": "TLP:AMBER+STRICT",
        "1.1.1.1": "TLP:GREEN",
        "2.2.2.2": "TLP:AMBER+STRICT",
    }
    assert sorted(found.links["marking"].to_pylist()) == sorted(["TLP:GREEN", "TLP:AMBER+STRICT"] * 2)
    assert found.marking == "TLP:AMBER+STRICT"
    assert found.links["evidence"].to_pylist()[0][0].endswith((" 2", " 3"))
    [fox] = store.find("fox")
    roles.decide(store, fox, Role.VICTIM, "tester", "identified", None)
    assert "fox" not in str(Extract.of(store, Graph.read(store), agency="A").entities["label"].to_pylist())
    store.close()


def test_the_markings_are_those_of_the_protocol_strictest_first():
    assert MARKINGS == ("TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR")
