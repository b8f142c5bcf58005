"""``linkgraph deconflict`` as two officers use it."""

from __future__ import annotations

import json

import pytest
from cli.test_sharing import PASSPHRASE, printed
from cli.test_sharing import desks as desks  # noqa: PLC0414 - fixtures
from cli.test_sharing import unlocking as unlocking  # noqa: PLC0414

from linkgraph.cli import main
from linkgraph.exchange import keys

A = ["offer", "--to", "Agency B", "--legal-basis", "JIT 7/26"]


@pytest.fixture
def at(desks, unlocking, tmp_path, monkeypatch):
    monkeypatch.setattr(keys, "unlock", lambda passphrase, name: unlocking(passphrase, name, keys.key_folder()))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LINKGRAPH_PASSPHRASE", PASSPHRASE)
    for letter, handles in (("a", ["fox", "owl", "small_wren"]), ("b", ["owl", "small_wren", "crow"])):
        (tmp_path / "chat.csv").write_text(
            "sender,receiver,service,timestamp\n"
            + "".join(f"{handle},hub_{letter},chat,2026-01-01T10:00:00Z\n" for handle in handles),
            "utf-8",
        )
        assert main(["init", letter, "--agency", f"Agency {letter.upper()}", "--timezone", "UTC"]) == 0
        assert main(["ingest", "contacts", "chat.csv", "--case", letter]) == 0
    assert main(["role", "chat:small_wren", "victim", "--why", "identified", "--case", "a"]) == 0

    def sit(name):
        monkeypatch.setenv("LINKGRAPH_KEYS", str(desks[name]))
        monkeypatch.setenv("LINKGRAPH_CASE", name)

    return sit


def test_a_count_and_a_reveal_after_it(at, capsys, tmp_path):
    at("a")
    offered = printed(capsys, "deconflict", *A, "-o", "1")
    assert offered["identifiers"] == 3
    at("b")
    shown = printed(capsys, "deconflict", "answer", "1")
    assert (shown["terms"]["mode"], shown["terms"]["legal_basis"]) == ("count", "JIT 7/26")
    assert printed(capsys, "deconflict", "list") == []
    assert main(["deconflict", "answer", "1", "-o", "2", "--yes"]) == 0
    at("a")
    found = printed(capsys, "deconflict", "finish", "2", "-o", "3")
    # The victim is in both cases and takes no part.
    assert (found["count"], found["common"]) == (1, None)
    assert main(["deconflict", "finish", "2", "-o", "4"]) == 2
    at("b")
    assert printed(capsys, "deconflict", "finish", "3")["count"] == 1
    at("a")
    assert main(["deconflict", *A, "--without-count", "-o", "4"]) == 0
    assert printed(capsys, "deconflict", *A, "--reveal", found["session"], "-o", "5")["points"] == 3
    at("b")
    assert main(["deconflict", "answer", "5", "-o", "6", "--yes"]) == 0
    at("a")
    revealed = printed(capsys, "deconflict", "finish", "6", "-o", "7")
    assert revealed["common"] == [["Account", "chat:owl"]]
    at("b")
    assert main(["deconflict", "finish", "7"]) == 0
    assert "chat:owl" in capsys.readouterr().out
    assert [one["state"] for one in printed(capsys, "deconflict", "list")] == ["finished", "finished"]
    assert list((tmp_path / "b" / "deconflict").glob("*secret*")) == []


def test_the_log_has_what_was_done_and_no_identifier(at, capsys, tmp_path):
    at("a")
    assert main(["deconflict", *A, "-o", "1"]) == 0
    logged = (tmp_path / "a" / "audit.jsonl").read_text("utf-8").splitlines()[-1]
    entry = json.loads(logged)
    assert entry["action"] == "deconflict.offer"
    assert entry["body"]["terms"]["legal_basis"] == "JIT 7/26"
    assert "owl" not in logged


def test_a_session_is_given_up(at, capsys):
    at("a")
    session = printed(capsys, "deconflict", *A, "-o", "1")["session"]
    assert main(["deconflict", "abandon", session, "--why", " "]) == 2
    assert main(["deconflict", "abandon", session, "--why", "the request was withdrawn"]) == 0
    at("b")
    assert main(["deconflict", "answer", "1", "-o", "2", "--yes"]) == 0
    at("a")
    assert main(["deconflict", "finish", "2", "-o", "3"]) == 2


def test_a_court_is_shown_what_a_side_put_in_and_either_side_can_check_it(at, capsys, tmp_path):
    at("a")
    name = printed(capsys, "deconflict", *A, "-o", "1")["session"]
    at("b")
    assert main(["deconflict", "answer", "1", "-o", "2", "--yes"]) == 0
    at("a")
    assert main(["deconflict", "finish", "2", "-o", "3"]) == 0
    assert main(["deconflict", "disclose", name, "--why", " ", "-o", "of-a"]) == 2
    assert main(["deconflict", "disclose", "0" * 32, "--why", "court", "-o", "of-a"]) == 2
    assert not (tmp_path / "of-a").exists()
    assert main(["deconflict", "disclose", name, "--why", "court order 3/26", "-o", "of-a"]) == 0
    assert "owl" not in (tmp_path / "a" / "audit.jsonl").read_text("utf-8")
    at("b")
    assert main(["deconflict", "disclose", name, "--why", "court order 3/26", "-o", "of-b"]) == 0
    of_a = [["Account", "chat:fox"], ["Account", "chat:hub_a"], ["Account", "chat:owl"]]
    of_b = [["Account", f"chat:{one}"] for one in ("crow", "hub_b", "owl", "small_wren")]
    for desk in ("a", "b"):
        at(desk)
        for file, agency, identifiers in (("of-a", "Agency A", of_a), ("of-b", "Agency B", of_b)):
            found = printed(capsys, "deconflict", "check", file)
            assert (found["agency"], found["identifiers"]) == (agency, identifiers)
    assert main(["deconflict", "check", "of-b"]) == 0
    assert "Agency B put these 4 identifiers" in " ".join(capsys.readouterr().out.split())
    (tmp_path / "of-b").write_text((tmp_path / "of-b").read_text("utf-8").replace("chat:crow", "chat:dove"), "utf-8")
    assert main(["deconflict", "check", "of-b"]) == 4
    # A side that put in other identifiers than it keeps cannot show them as what it put in.
    kept = tmp_path / "b" / "deconflict" / f"{name}.opening"
    kept.write_bytes((tmp_path / "of-b").read_bytes())
    assert main(["deconflict", "disclose", name, "--why", "court order 3/26", "-o", "of-b-2"]) == 4
    assert not (tmp_path / "of-b-2").exists()


def test_a_session_that_the_case_does_not_know_cannot_be_checked(at, capsys):
    at("a")
    name = printed(capsys, "deconflict", *A, "-o", "1")["session"]
    assert main(["deconflict", "disclose", name, "--why", "court", "-o", "of-a"]) == 0
    at("b")
    assert main(["deconflict", "check", "of-a"]) == 2
    assert "not in the audit log of this case" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ([*A, "--kinds", "Person", "-o", "9"], 2, "Nothing can be offered under these terms"),
        ([*A, "--kinds", "Animal", "-o", "9"], 2, "no kind of entity"),
        ([*A, "--marking", "TLP:BLUE", "-o", "9"], 2, "the marking must be one of"),
        ([*A, "--largest-set", "2", "-o", "9"], 2, ""),
        ([*A, "--reveal", "0" * 32, "-o", "9"], 2, ""),
        (["answer", "nothing"], 2, "cannot be read"),
        (["answer", "chat.csv"], 4, "cannot be opened"),
        (["finish", "chat.csv"], 4, "cannot be opened"),
        (["check", "chat.csv"], 4, "cannot be read"),
        (["check", "nothing"], 2, "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said(at, capsys, tmp_path, arguments, code, sentence):
    at("a")
    assert main(["deconflict", *arguments]) == code
    assert sentence in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "9").exists()


def test_an_answer_needs_a_yes(at, capsys, monkeypatch):
    at("a")
    assert main(["deconflict", *A, "-o", "1"]) == 0
    at("b")
    monkeypatch.setattr("typer.confirm", lambda *_, **__: False)
    assert main(["deconflict", "answer", "1", "-o", "2"]) == 2
    assert "was not answered" in capsys.readouterr().err
