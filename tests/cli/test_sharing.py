"""Handing on and receiving by the command line, as two officers do it."""

from __future__ import annotations

import json
from datetime import date
from functools import cache

import pytest

from linkgraph.cli import main
from linkgraph.exchange import keys
from linkgraph.exchange.layers import Layer

PASSPHRASE = "four plain words here"


@pytest.fixture(scope="module")
def desks(tmp_path_factory):
    """Two key folders with a key each, and the other's card in the address book."""
    found = {name: tmp_path_factory.mktemp(f"keys-{name}") for name in "ab"}
    owners = {name: keys.generate(f"Officer {name.upper()}", f"Agency {name.upper()}") for name in "ab"}
    for name, folder in found.items():
        keys.keep(owners[name], PASSPHRASE, folder)
        for other in owners.values():
            if other is not owners[name]:
                keys.trust(other.card, other.card.words(), folder)
    return found


@pytest.fixture(scope="module")
def unlocking():
    """Unlocking a key takes seconds by design: each is unlocked once, as it is for the command line."""
    return cache(keys.unlock)


@pytest.fixture
def at(desks, unlocking, tmp_path, monkeypatch):
    """Sit down at a desk."""
    monkeypatch.setattr(keys, "unlock", lambda passphrase, name: unlocking(passphrase, name, keys.key_folder()))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LINKGRAPH_PASSPHRASE", PASSPHRASE)
    (tmp_path / "chat.csv").write_text(
        "sender,receiver,service,timestamp\n"
        + "".join(f"amber_fox,owl_{number},chat,2026-01-0{number}T10:00:00Z\n" for number in range(1, 6))
        + "amber_fox,small_wren,chat,2026-01-07T10:00:00Z\n",
        "utf-8",
    )
    (tmp_path / "logins.csv").write_text(
        "account,service,ip,timestamp\nowl_1,chat,193.0.6.1,2026-01-02T10:00:00Z\nbad,chat,1.1.1.999,2026-01-02T10:00:00Z\n",
        "utf-8",
    )
    for letter, files in (("a", ["contacts", "chat.csv"]), ("b", ["ip-logs", "logins.csv"])):
        assert main(["init", letter, "--agency", f"Agency {letter.upper()}", "--timezone", "UTC"]) == 0
        assert main(["ingest", *files, "--case", letter]) in {0, 3}
    assert main(["role", "chat:small_wren", "victim", "--why", "identified", "--case", "a"]) == 0

    def sit(name):
        monkeypatch.setenv("LINKGRAPH_KEYS", str(desks[name]))
        monkeypatch.setenv("LINKGRAPH_CASE", name)

    return sit


def printed(capsys, *arguments, code=0):
    capsys.readouterr()
    assert main([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


BUNDLE = ["bundle", "--profile", "joint-team", "--to", "Agency B", "--legal-basis", "JIT 7/26", "-o", "x.lgb"]


def test_from_one_desk_to_the_other_and_back(at, capsys, tmp_path, monkeypatch):
    at("a")
    made = printed(capsys, *BUNDLE, "--keep-until", "2099-01-01", "--contact", "duty desk")
    assert (made["entities"], made["links"], made["expires"]) == (6, 5, "2099-01-01")
    assert b"small_wren" not in (tmp_path / "x.lgb").read_bytes()
    at("b")
    received = printed(capsys, "receive", "x.lgb")
    assert (received["layer"]["entities"], received["again"]) == (6, False)
    assert printed(capsys, "receive", "x.lgb") == received | {"again": True}
    [layer] = printed(capsys, "partners", "list")
    assert (layer["id"], layer["agency"], layer["expired"]) == (received["layer"]["id"], "Agency A", False)
    assert printed(capsys, "stats")["entities"] == {"Account": 1, "IPAddress": 1}
    assert printed(capsys, "stats", "--partners")["entities"] == {"Account": 6, "IPAddress": 1}
    assert printed(capsys, "path", "chat:owl_3", "193.0.6.1", "--partners")["length"] == 3
    assert printed(capsys, "path", "chat:owl_1", "193.0.6.1")["length"] == 1
    assert main(["show", "chat:owl_1", "--partners"]) == 0
    shown = capsys.readouterr().out
    assert "handed on by" in shown
    assert "Agency A" in shown
    assert printed(capsys, "partners", "conflicts") == []
    assert main(["render", "-o", "b.html", "--partners"]) == 0
    assert "to be kept until" not in capsys.readouterr().err
    with monkeypatch.context() as patch:
        patch.setattr(Layer, "expired", lambda self, today: today > date(2020, 1, 1))
        assert main(["stats", "--partners"]) == 0
    assert f"Layer {layer['id']} of Agency A was to be kept until" in " ".join(capsys.readouterr().err.split())
    at("a")
    proof = printed(capsys, "verify", "--against", "x.lgb.receipt.json")
    assert proof["audit"]["anchored"] == proof["audit"]["entries"] - 1
    assert [one["agency"] for one in proof["audit"]["receipts"]] == ["Agency B"]
    at("b")
    assert main(["partners", "withdraw", layer["id"], "--why", "called back"]) == 0
    assert printed(capsys, "partners", "list") == []


def test_a_dry_run_says_what_would_go_and_what_not(at, capsys, tmp_path):
    at("a")
    found = printed(capsys, "bundle", "--profile", "joint-team", "--dry-run")
    assert found["entities"] == 6
    assert {(one["kind"], one["why"]) for one in found["stays"]} >= {("Account", "a victim")}
    assert [one["why"] for one in found["entities_that_stay"]] == ["a victim"]
    assert main(["bundle", "--profile", "joint-team", "--dry-run"]) == 0
    assert "a victim" in capsys.readouterr().out
    assert list(tmp_path.glob("*.lgb")) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (BUNDLE[:5], "needs its recipients"),
        ([*BUNDLE[:4], "Agency C", *BUNDLE[5:]], "Agency C"),
        (["bundle", "--profile", "everything", *BUNDLE[3:]], "no profile 'everything'"),
        ([*BUNDLE, "--pap", "PAP:BLUE"], "Permissible Actions"),
        ([*BUNDLE, "--keep-until", "tomorrow"], "is no day"),
        ([*BUNDLE, "--seed", "nobody"], "Nothing in the case is called 'nobody'"),
        ([*BUNDLE, "--seed", "chat:small_wren"], "a victim"),
        (["bundle", "--profile", "partner-minimal", *BUNDLE[3:]], "name them with --seed"),
        (["receive", "nothing.lgb"], "There is no file"),
        (["reveal", "victim 0123", "--why", "x"], "too short"),
        (["partners", "import", "dot", "x", "--agency", "A", "--why", "x"], "no format that is read back"),
        (["rows", "disclose", "chat.csv", "--rows", "2", "-o", "rows.json"], "was not committed to"),
        (["rows", "disclose", "chat.csv", "--rows", "two", "-o", "rows.json"], "are no rows"),
        (["export", "graphml"], "say where to write it"),
        (["verify", "--against", "nothing.json"], "neither a head"),
        (["stats", "--partners", "--neo4j", "bolt://127.0.0.1:1"], "leave out --neo4j"),
    ],
)
def test_what_cannot_be_done_is_said(at, capsys, tmp_path, arguments, sentence):
    at("a")
    before = sorted(path.name for path in tmp_path.iterdir())
    assert main(arguments) == 2
    assert sentence in " ".join(capsys.readouterr().err.split())
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_file_that_is_no_bundle(at, capsys, tmp_path):
    at("b")
    (tmp_path / "x.lgb").write_bytes(b"PK\x03\x04 not a bundle")
    assert main(["receive", "x.lgb"]) == 4
    assert not (tmp_path / "b" / "partners").exists()
    assert "cannot be opened" in capsys.readouterr().err


def test_pseudonyms_are_revealed_for_a_reason(at, capsys):
    at("a")
    arguments = [*BUNDLE]
    arguments[2] = "court"
    assert main(arguments) == 0
    found = printed(capsys, "bundle", "--profile", "court", "--dry-run", "--to", "Agency B")
    assert found["goes"]["Account"] == 7
    at("b")
    layer = printed(capsys, "receive", "x.lgb")["layer"]
    assert layer["entities"] == 7
    victim = next(one for one in _labels(capsys) if one.startswith("victim "))
    at("a")
    revealed = printed(capsys, "reveal", victim, "--why", "court order 9/26")
    assert printed(capsys, "show", revealed["entity"])["value"] == "chat:small_wren"


def _labels(capsys):
    assert main(["export", "jsonl", "-o", "all.jsonl", "--partners", "--show-victims"]) == 0
    with open("all.jsonl", encoding="utf-8") as stream:  # noqa: PTH123 - in the folder one stands in
        return [record["label"] for record in map(json.loads, stream) if record["record"] == "entity"]


def test_rows_are_shown_and_checked(at, capsys, tmp_path):
    at("a")
    committed = printed(capsys, "rows", "commit", "chat.csv")
    assert committed["rows"] == 6
    assert main(["rows", "disclose", "chat.csv", "--rows", "2-3", "-o", "rows.json"]) == 0
    checked = printed(capsys, "rows", "check", "rows.json")
    assert (checked["rows"], checked["commitment"]["root"]) == ("2-3", committed["root"])
    at("b")
    assert main(["rows", "check", "rows.json"]) == 4
    assert main(["rows", "check", "rows.json", "--root", committed["root"]]) == 0
    assert main(["rows", "check", "rows.json", "--root", "0" * 64]) == 4
    (tmp_path / "rows.json").write_text((tmp_path / "rows.json").read_text("utf-8").replace('"place":0', '"place":1'))
    assert main(["rows", "check", "rows.json"]) == 4


def test_exports_are_listed_written_and_reported(at, capsys, tmp_path):
    at("a")
    assert main(["export"]) == 0
    assert "Gephi" in capsys.readouterr().out
    report = printed(capsys, "export", "gexf", "-o", "g.gexf", "--around", "chat:owl_1", "--hops", "1")
    assert (report["format"], report["entities"]) == ("gexf", 2)
    assert json.loads((tmp_path / "g.gexf.report.json").read_text("utf-8")) == report
    assert main(["export", "parquet", "-o", "tables"]) == 0
    assert main(["export", "parquet", "-o", "tables"]) == 2
    assert (tmp_path / "tables" / "links.parquet").is_file()


def test_an_open_file_is_a_layer(at, capsys):
    at("a")
    assert main(["export", "graphml", "-o", "g.graphml"]) == 0
    at("b")
    layer = printed(
        capsys, "partners", "import", "graphml", "g.graphml", "--agency", "Agency A", "--why", "by courier",
        "--marking", "TLP:RED",
    )  # fmt: skip
    assert (layer["entities"], layer["unread"]) == (7, [])
    [listed] = printed(capsys, "partners", "list")
    assert (listed["form"], listed["marking"], listed["signed_by"]) == ("graphml", "TLP:RED", None)


def test_profiles_are_listed_and_shown(capsys):
    assert main(["profiles"]) == 0
    assert "partner-minimal" in capsys.readouterr().out
    assert main(["profiles", "court"]) == 0
    assert 'name = "court"' in capsys.readouterr().out
