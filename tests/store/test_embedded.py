"""The case store: identity, duplicates, withdrawal, transactions, audit."""

from __future__ import annotations

import json
from datetime import timedelta

import duckdb
import pyarrow as pa
import pytest
from store.batches import NOON, logins, refused, source

from linkgraph.errors import LockedError
from linkgraph.store import append, placing
from linkgraph.store.append import Tally
from linkgraph.store.audit import first_fault, read_log
from linkgraph.store.embedded import CaseStore
from linkgraph.store.protocol import digest
from linkgraph.store.withdraw import withdraw

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def store(tmp_path):
    opened = CaseStore.create(tmp_path, "c" * 32, "test")
    yield opened
    opened.close()


def add(store, letter, *batches):
    key = append.register(store, source(letter), "tester")
    for batch in batches:
        append.append(store, key, batch, "tester")
    return append.finish(store, key, "tester")


def links(store):
    entities = {row["id"]: row["value"] for row in store.entities().to_pylist()}
    return {
        (entities[row["source"]], entities[row["target"]]): (
            row["count"],
            row["first_seen"],
            row["last_seen"],
        )
        for row in store.links().to_pylist()
    }


def test_a_link_sums_its_observations(store):
    tally = add(store, "a", logins((2, "x", "1.1.1.1", NOON), (3, "x", "1.1.1.1", LATER), (4, "y", "1.1.1.1", NOON)))
    assert tally == Tally(stored=3)
    assert links(store) == {("x", "1.1.1.1"): (2, NOON, LATER), ("y", "1.1.1.1"): (1, NOON, NOON)}


def test_equal_rows_of_one_file_are_two_events_and_the_same_in_a_second_file_are_seen_again(store):
    twice = [(2, "x", "1.1.1.1", NOON), (3, "x", "1.1.1.1", NOON)]
    assert add(store, "a", logins(*twice)) == Tally(stored=2)
    thrice = [*twice, (4, "x", "1.1.1.1", NOON)]
    assert add(store, "b", logins(*thrice)) == Tally(stored=1, duplicates=2)
    assert links(store)["x", "1.1.1.1"][0] == 3


def test_occurrences_are_numbered_across_batches(store):
    row = ("x", "1.1.1.1", NOON)
    assert add(store, "a", logins((2, *row)), logins((3, *row))) == Tally(stored=2)
    assert add(store, "b", logins((2, *row)), logins((3, *row)), logins((4, *row))) == Tally(stored=1, duplicates=2)


def test_a_fact_said_twice_is_one_fact(store):
    assert add(store, "a", logins((2, "x", "1.1.1.1", None), (3, "x", "1.1.1.1", None))) == Tally(1, 1)
    assert add(store, "b", logins((2, "x", "1.1.1.1", None))) == Tally(0, 1)
    assert links(store)["x", "1.1.1.1"][0] == 1


def test_withdrawing_leaves_the_graph_as_if_the_source_had_never_been(store, tmp_path):
    first = logins((2, "x", "1.1.1.1", NOON), (3, "z", "2.2.2.2", NOON), amounts=[("1.5", "EUR"), ("2", "EUR")])
    second = logins((2, "x", "1.1.1.1", NOON), (3, "x", "1.1.1.1", LATER), amounts=[("1.5", "EUR"), ("4", "GBP")])
    add(store, "a", first)
    add(store, "b", second)
    withdraw(store, "a" * 64, "tester", "wrong file")
    other = tmp_path / "other"
    other.mkdir()
    clean = CaseStore.create(other, "d" * 32, "test")
    add(clean, "b", second)
    assert digest(store) == digest(clean)
    assert [(one.stored, one.duplicates) for one in store.sources()] == [(2, 0)]
    clean.close()
    add(store, "a", first)
    assert links(store) == {("x", "1.1.1.1"): (2, NOON, LATER), ("z", "2.2.2.2"): (1, NOON, NOON)}


def test_the_order_of_imports_does_not_change_the_graph(store, tmp_path):
    batches = {
        "a": logins((2, "x", "1.1.1.1", NOON), (3, "y", "1.1.1.1", NOON)),
        "b": logins((2, "y", "1.1.1.1", NOON), (3, "x", "3.3.3.3", LATER)),
        "c": logins((2, "x", "1.1.1.1", NOON), (3, "x", "1.1.1.1", NOON)),
    }
    digests = set()
    for number, order in enumerate(["abc", "cba", "bca"]):
        folder = tmp_path / str(number)
        folder.mkdir()
        one = CaseStore.create(folder, "e" * 32, "test")
        for letter in order:
            add(one, letter, batches[letter])
        digests.add(digest(one))
        one.close()
    assert len(digests) == 1


def test_amounts_are_kept_per_currency(store):
    rows = [(2, "x", "1.1.1.1", NOON), (3, "x", "1.1.1.1", LATER), (4, "x", "1.1.1.1", LATER)]
    add(store, "a", logins(*rows, amounts=[("10.50", "EUR"), ("-0.1", "EUR"), ("7", "GBP")]))
    assert json.loads(store.links()["amounts"][0].as_py()) == {"EUR": "10.4", "GBP": "7"}


def test_round_amounts_keep_their_noughts(store):
    add(store, "a", logins((2, "x", "1.1.1.1", NOON), amounts=[("1200", "EUR")]))
    assert json.loads(store.links()["amounts"][0].as_py()) == {"EUR": "1200"}


def test_a_stated_country_wins_and_an_account_takes_that_of_most_addresses(store):
    countries = [
        (2, ("IPAddress", "1.1.1.1"), "GB", "stated", None),
        (None, ("IPAddress", "1.1.1.1"), "US", "registered", "RIR data"),
        (None, ("IPAddress", "2.2.2.2"), "DE", "registered", "RIR data"),
    ]
    rows = [(2, "x", "1.1.1.1", NOON), (3, "x", "2.2.2.2", NOON), (4, "x", "2.2.2.2", LATER)]
    add(store, "a", logins(*rows, countries=countries))
    found = {row["value"]: (row["country"], row["country_basis"]) for row in store.entities().to_pylist()}
    assert found == {"1.1.1.1": ("GB", "stated"), "2.2.2.2": ("DE", "registered"), "x": ("DE", "derived")}
    [entity] = store.find("1.1.1.1")
    assert [(one.value, one.basis) for one in store.attributes([entity.id])[entity.id]] == [
        ("GB", "stated"),
        ("US", "registered"),
    ]


def test_evidence_names_every_row_of_every_source(store):
    add(store, "a", logins((2, "x", "1.1.1.1", NOON)))
    add(store, "b", logins((7, "x", "1.1.1.1", NOON), (9, "x", "1.1.1.1", LATER)))
    [link] = store.links()["id"].to_pylist()
    assert [(one.source[0], one.row) for one in store.evidence([link])[link]] == [
        ("a", 2),
        ("b", 7),
        ("b", 9),
    ]


def test_quarantine_keeps_bytes_exactly(store):
    assert add(store, "a", logins((2, "x", "1.1.1.1", NOON), quarantined=[refused("a", 3)])) == Tally(1, 0, 1)
    assert store.quarantine() == [refused("a", 3)]


def test_what_a_failed_batch_did_is_undone(store, monkeypatch):
    add(store, "a", logins((2, "x", "1.1.1.1", NOON)))
    before = digest(store), store.revision()
    key = append.register(store, source("b"), "tester")
    monkeypatch.setattr(placing, "_insert_entity_parts", lambda *_: store.run("SELECT no_such_column"))
    with pytest.raises(duckdb.Error):
        append.append(store, key, logins((2, "y", "9.9.9.9", NOON)), "tester")
    assert (digest(store), store.revision()) == (before[0], before[1] + 1)


def test_what_changed_since_a_revision(store):
    add(store, "a", logins((2, "x", "1.1.1.1", NOON)))
    add(store, "b", logins((2, "y", "2.2.2.2", NOON)))
    revision = store.revision()
    assert store.links_since(revision).num_rows == 0
    add(store, "c", logins((2, "x", "1.1.1.1", LATER)))
    assert store.links_since(revision).num_rows == 1
    assert set(store.entities_since(revision)["value"].to_pylist()) == {"x", "1.1.1.1"}
    gone = {row["id"] for row in store.entities().to_pylist() if row["value"] in {"y", "2.2.2.2"}}
    revision = store.revision()
    withdraw(store, "b" * 64, "tester", "wrong")
    entities, removed = store.removed_since(revision)
    assert set(entities) == gone
    assert len(removed) == 1


def test_the_audit_log_is_level_after_every_commit(store):
    add(store, "a", logins((2, "x", "1.1.1.1", NOON)))
    logged = list(read_log(store.folder / "audit.jsonl"))
    assert [entry.action for entry in logged] == ["import.begin", "import.batch", "import.end"]
    assert logged == list(store.audit_entries())
    assert first_fault(logged) is None


def test_a_log_that_lags_is_caught_up_and_a_torn_line_is_cut(store):
    add(store, "a", logins((2, "x", "1.1.1.1", NOON)))
    path = store.folder / "audit.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rfind(b"\n", 0, -1) + 5])
    store.close()
    opened = CaseStore.open(store.folder, read_only=False)
    opened.catch_up_log()
    opened.close()
    assert path.read_bytes() == whole


def test_a_reader_is_told_that_a_writer_is_there(store):
    import subprocess
    import sys

    code = (
        "import sys; from pathlib import Path; from linkgraph.store.embedded import CaseStore\n"
        "from linkgraph.errors import LockedError\n"
        "try: CaseStore.open(Path(sys.argv[1]), read_only=True)\n"
        "except LockedError: sys.exit(75)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(store.folder)], check=False)
    assert done.returncode == LockedError.exit_code


def test_evidence_as_text_joins_neighbours_and_keeps_the_order_asked_for(store):
    rows = [(row, "x", "1.1.1.1", NOON + timedelta(minutes=row)) for row in (2, 4, 5, 6, 9)]
    add(store, "b", logins(*rows))
    add(store, "a", logins((7, "x", "1.1.1.1", LATER), (8, "y", "1.1.1.1", NOON)))
    table = store.links()
    counts = dict(zip(table["count"].to_pylist(), table["id"].to_pylist(), strict=True))
    asked = pa.chunked_array([[counts[1], "no such link"], [counts[6]]], pa.string())
    assert store.evidence_texts(asked).to_pylist() == [
        ["a" * 64 + " 8"],
        [],
        ["a" * 64 + " 7", "b" * 64 + " 2,4-6,9"],
    ]
