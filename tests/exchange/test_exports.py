"""Every format, from a real store: the same bytes twice, victims masked, written whole or not at all, and reported."""

from __future__ import annotations

import hashlib
import json

import pytest
from exchange.tables import entity, extract
from store.batches import NOON, logins, source

from linkgraph.errors import StorageError, UsageError
from linkgraph.exchange import formats
from linkgraph.exchange.extract import Extract
from linkgraph.exchange.formats import FORMATS, READ, export
from linkgraph.exchange.redaction.choosing import Suppressed
from linkgraph.exchange.redaction.leak_gate import Gate, LeakError
from linkgraph.graph import Graph
from linkgraph.model import EntityKind, Role
from linkgraph.store import append, roles
from linkgraph.store.embedded import CaseStore

HOSTILE = 'x</data><script>\u202e\x01"\ufffe&'


@pytest.fixture
def store(tmp_path):
    (tmp_path / "case").mkdir()
    store = CaseStore.create(tmp_path / "case", "c" * 32, "op & <co>")
    key = append.register(store, source("a"), "tester")
    rows = [(2, HOSTILE, "1.1.1.1", NOON), (3, "small_wren", "1.1.1.1", None), (5, HOSTILE, "1.1.1.1", None)]
    append.append(store, key, logins(*rows, amounts=[("10.5", "EUR"), ("1", None), ("2", "EUR")]), "tester")
    append.finish(store, key, "tester")
    [child] = store.find("account:small_wren")
    roles.decide(store, child, Role.VICTIM, "tester", "identified", None)
    yield store
    store.close()


def taken(store, **options):
    return Extract.of(store, Graph.read(store), agency="Agency A", **options)


def files(path):
    """What was written, by name."""
    return {one.name: one.read_bytes() for one in (path.iterdir() if path.is_dir() else [path])}


@pytest.mark.parametrize("form", FORMATS)
def test_two_exports_are_the_same_bytes(store, tmp_path, form):
    reports = [export(taken(store), form, tmp_path / name) for name in ("one", "two")]
    assert list(files(tmp_path / "one").values()) == list(files(tmp_path / "two").values())
    if FORMATS[form].file:
        assert reports[0].sha256 == reports[1].sha256 == hashlib.sha256((tmp_path / "one").read_bytes()).hexdigest()


@pytest.mark.parametrize("form", FORMATS)
def test_victims_are_masked_unless_asked_for(store, tmp_path, form):
    """The leak gate looks into each format as no text search could, and finds the victim where it is."""
    gate = Gate(Suppressed(set(), {"small_wren"}))
    export(taken(store), form, tmp_path / "hidden")
    assert gate.leaks(files(tmp_path / "hidden")) == []
    export(taken(store, show_victims=True), form, tmp_path / "shown")
    assert gate.leaks(files(tmp_path / "shown"))


@pytest.mark.parametrize("form", FORMATS)
def test_the_report_says_what_went_and_what_the_format_could_not_hold(store, tmp_path, form):
    given = taken(store)
    report = export(given, form, tmp_path / "graph")
    said = json.loads((tmp_path / "graph.report.json").read_text("utf-8"))
    assert said == report.to_json()
    assert (said["entities"], said["links"], said["sources"]) == (3, 2, 1)
    assert (said["case"], said["agency"], said["marking"]) == ("op & <co>", "Agency A", "TLP:AMBER")
    assert all(one["count"] > 0 and one["what"] and one["why"] for one in said["lost"])
    assert said["lost"] == [] or form != "jsonl"


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_extract_is_written(tmp_path, form):
    assert export(extract([], [], sources=()), form, tmp_path / "graph").entities == 0


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_is_left_of_what_the_gate_stops(store, tmp_path, form):
    before = sorted(tmp_path.iterdir())
    with pytest.raises(LeakError):
        export(taken(store), form, tmp_path / "graph", suppressed=Suppressed({"1.1.1.1"}, set()))
    assert sorted(tmp_path.iterdir()) == before
    export(taken(store), form, tmp_path / "graph", suppressed=Suppressed({"9.9.9.9"}, set()))


@pytest.mark.parametrize("form", READ)
def test_what_is_read_back_is_the_same_graph(store, tmp_path, form):
    given = taken(store)
    export(given, form, tmp_path / "graph")
    with (tmp_path / "graph").open("rb") as stream:
        found, unread = READ[form](stream)
    assert unread == []
    for name in ("entities", "links", "said"):
        assert getattr(found, name).equals(getattr(given, name)), name


def test_a_failed_export_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "graph"
    path.write_text("before", "utf-8")

    def breaks(stream, _):
        stream.write(b"half")
        raise ValueError("a fault")

    monkeypatch.setitem(FORMATS, "jsonl", formats.Format("jsonl", "", file=breaks))
    with pytest.raises(ValueError, match="a fault"):
        export(extract([], []), "jsonl", path)
    assert path.read_text("utf-8") == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["graph"]


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(StorageError, match="could not be written"):
        export(extract([entity(EntityKind.ACCOUNT, "a:b")], []), "jsonl", tmp_path / "nowhere" / "graph")


def test_a_folder_is_never_written_over(tmp_path):
    (tmp_path / "graph").mkdir()
    with pytest.raises(UsageError, match="there already"):
        export(extract([], []), "parquet", tmp_path / "graph")


def test_a_format_that_is_none(tmp_path):
    with pytest.raises(UsageError, match="no export format; one of: jsonl, graphml"):
        export(extract([], []), "dot", tmp_path / "graph")
