"""The JSON export: exact, in order, one record a line; and what masking covers in every export."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from exchange.tables import NOON, entity, link, tables

from linkgraph.exchange import graphml, json_graph
from linkgraph.model import EntityKind, Evidence, LinkKind, Role

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
PAID = link(LinkKind.PAID, FOX, CHILD, amounts='{"":"1","EUR":"1234567890123456.70"}')


def export(path, entities=ENTITIES, links=LINKS, evidence=None, writer=json_graph.write, **options):
    writer(path, *tables(entities, links), evidence=evidence or {}, case="op", **options)
    return path


def test_a_record_says_all_there_is(tmp_path):
    evidence = {PAID["id"]: (Evidence("a" * 64, 4), Evidence("a" * 64, 9))}
    found = json.loads(export(tmp_path / "g.json", [FOX, CHILD], [PAID], evidence).read_bytes())
    assert found.keys() == {"format", "version", "case", "entities", "links"}
    assert (found["format"], found["version"], found["case"]) == ("linkgraph-graph", 1, "op")
    [fox] = [one for one in found["entities"] if one["role"] is None]
    assert fox == FOX | dict.fromkeys(("country", "country_basis", "role", "first_seen", "last_seen"))
    [paid] = found["links"]
    assert paid == PAID | dict.fromkeys(("weight", "first_seen", "last_seen", "grade")) | {
        "amounts": {"": "1", "EUR": "1234567890123456.70"},
        "evidence": [{"source": "a" * 64, "row": 4}, {"source": "a" * 64, "row": 9}],
    }
    assert Decimal(paid["amounts"]["EUR"]) == Decimal("1234567890123456.70")


def test_one_record_a_line_with_keys_and_ids_in_order(tmp_path):
    lines = export(tmp_path / "g.json").read_text("ascii").split("\n")
    records = [json.loads(line.lstrip(",")) for line in lines if line.lstrip(",").startswith('{"') and '"id"' in line]
    assert len(records) == len(ENTITIES) + len(LINKS)
    for record in records:
        assert list(record) == sorted(record)
    for part in (records[: len(ENTITIES)], records[len(ENTITIES) :]):
        assert [one["id"] for one in part] == sorted(one["id"] for one in part)


def test_a_graph_without_anything_is_a_document(tmp_path):
    found = json.loads(export(tmp_path / "g.json", [], []).read_bytes())
    assert (found["entities"], found["links"]) == ([], [])


def test_a_victim_is_masked_with_what_is_theirs_alone(tmp_path):
    shown = {one["id"]: one for one in json.loads(export(tmp_path / "g.json").read_bytes())["entities"]}
    for one in (CHILD, SIBLING):
        assert shown[one["id"]]["label"] == shown[one["id"]]["value"] == f"victim {one['id'][:8]}"
    for one in (MAIL, HOME):
        assert shown[one["id"]]["label"] == shown[one["id"]]["value"] == f"of a victim {one['id'][:8]}"
    # What somebody else holds or uses too, and what is no possession, is evidence against that somebody.
    for one in (FOX, PHONE, CARRIER, FILE):
        assert (shown[one["id"]]["label"], shown[one["id"]]["value"]) == (one["label"], one["value"])


@pytest.mark.parametrize("writer", [json_graph.write, graphml.write])
def test_no_byte_of_an_export_names_a_victim(tmp_path, writer):
    secrets = ("child_name", "sibling_name", "193.0.6.77")
    hidden = export(tmp_path / "hidden", writer=writer).read_text("utf-8")
    assert [secret for secret in secrets if secret in hidden] == []
    shown = export(tmp_path / "shown", writer=writer, show_victims=True).read_text("utf-8")
    assert [secret for secret in secrets if secret not in shown] == []


def test_more_records_than_a_batch(tmp_path):
    """10,000 rows are turned at a time; none is lost or doubled where two batches meet."""
    many = [entity(EntityKind.FILE_HASH, f"sha256:{number:064x}") for number in range(10_003)]
    found = json.loads(export(tmp_path / "g.json", many, []).read_bytes())["entities"]
    assert [one["id"] for one in found] == sorted(one["id"] for one in many)


def test_a_number_json_has_no_word_for_is_refused_and_the_old_file_stays(tmp_path):
    path = tmp_path / "g.json"
    path.write_text("before", "utf-8")
    with pytest.raises(ValueError, match="JSON compliant"):
        export(path, [FOX, CHILD], [PAID | {"weight": float("nan")}])
    assert path.read_text("utf-8") == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["g.json"]
