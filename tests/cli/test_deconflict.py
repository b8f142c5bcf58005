"""``linkgraph deconflict`` as two officers use it."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from cli.test_sharing import PASSPHRASE, printed
from cli.test_sharing import desks as desks  # noqa: PLC0414 - fixtures
from cli.test_sharing import unlocking as unlocking  # noqa: PLC0414

import linkgraph
from linkgraph import deconfliction
from linkgraph.cli import main
from linkgraph.errors import IntegrityError
from linkgraph.exchange import keys
from linkgraph.exchange.deconflict import protocol, session

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


@pytest.fixture
def asked(at, capsys):
    """An offer of A and the answer of B, and where to sit down; A's session is given."""

    def ask(*, answered=True):
        at("a")
        name = printed(capsys, "deconflict", *A, "-o", "1")["session"]
        if answered:
            at("b")
            assert main(["deconflict", "answer", "1", "-o", "2", "--yes"]) == 0
            at("a")
        return name

    return ask


def logged(case):
    """The acts of a deconfliction in the log of a case."""
    entries = (case / "audit.jsonl").read_text("utf-8").splitlines()
    return [action for one in entries if (action := json.loads(one)["action"]).startswith("deconflict.")]


def test_a_closing_message_that_is_there_is_never_lost(asked, at, capsys, tmp_path):
    asked()
    assert main(["deconflict", "finish", "2", "-o", "3"]) == 0
    closing = (tmp_path / "3").read_bytes()
    assert closing
    assert main(["deconflict", "finish", "2", "-o", "3"]) == 2
    assert "is there already" in " ".join(capsys.readouterr().err.split())
    assert (tmp_path / "3").read_bytes() == closing
    at("b")
    assert printed(capsys, "deconflict", "finish", "3")["count"] == 1


@pytest.mark.parametrize("arguments", [["finish", "2"], ["answer", "1", "--yes"], A])
def test_no_file_that_is_there_is_written_over(asked, at, capsys, tmp_path, arguments):
    asked(answered=arguments[0] == "finish")
    at("b" if arguments[0] == "answer" else "a")
    (tmp_path / "precious").write_bytes(b"evidence")
    before = [sorted(tmp_path.rglob("*")), logged(tmp_path / "a"), logged(tmp_path / "b")]
    assert main(["deconflict", *arguments, "-o", "precious"]) == 2
    assert "is there already" in " ".join(capsys.readouterr().err.split())
    assert (tmp_path / "precious").read_bytes() == b"evidence"
    assert [sorted(tmp_path.rglob("*")), logged(tmp_path / "a"), logged(tmp_path / "b")] == before
    assert main(["deconflict", *arguments, "-o", "new"]) == 0


def test_what_was_there_stays_where_a_finish_fails(asked, tmp_path):
    name = asked()
    assert main(["deconflict", "abandon", name, "--why", "the request was withdrawn"]) == 0
    (tmp_path / "precious").write_bytes(b"evidence")
    assert main(["deconflict", "finish", "2", "-o", "precious"]) == 2
    assert main(["deconflict", "finish", "2", "-o", "new"]) == 2
    assert (tmp_path / "precious").read_bytes() == b"evidence"
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("arguments", [["finish", "2"], ["answer", "1", "--yes"], A])
def test_a_place_that_cannot_be_written_uses_nothing_up(asked, at, tmp_path, arguments):
    asked(answered=arguments[0] == "finish")
    at("b" if arguments[0] == "answer" else "a")
    before = [sorted(tmp_path.rglob("*")), logged(tmp_path / "a")]
    assert main(["deconflict", *arguments, "-o", "no folder/x"]) == 74
    assert [sorted(tmp_path.rglob("*")), logged(tmp_path / "a")] == before
    assert main(["deconflict", *arguments, "-o", "new"]) == 0


@pytest.mark.parametrize("arguments", [["finish", "2"], ["answer", "1", "--yes"], A])
def test_a_case_that_another_process_holds_uses_nothing_up(asked, at, tmp_path, arguments):
    asked(answered=arguments[0] == "finish")
    desk = "b" if arguments[0] == "answer" else "a"
    at(desk)
    before = [sorted((tmp_path / one).rglob("*.secret")) for one in "ab"]
    with linkgraph.open(tmp_path / desk).writing("ingest"):
        assert main(["deconflict", *arguments, "-o", "new"]) == 75
    assert [sorted((tmp_path / one).rglob("*.secret")) for one in "ab"] == before
    assert not (tmp_path / "new").exists()
    assert main(["deconflict", *arguments, "-o", "new"]) == 0
    assert logged(tmp_path / desk)[-1] == f"deconflict.{arguments[0]}"


def test_an_abandoned_or_shown_session_is_logged_or_neither(asked, tmp_path):
    name = asked(answered=False)
    with linkgraph.open(tmp_path / "a").writing("ingest"):
        assert main(["deconflict", "abandon", name, "--why", "x"]) == 75
        assert main(["deconflict", "disclose", name, "-o", "of-a", "--why", "x"]) == 75
    assert (tmp_path / "a" / "deconflict" / f"{name}.secret").exists()
    assert not (tmp_path / "of-a").exists()
    (tmp_path / "of-a").write_bytes(b"evidence")
    assert main(["deconflict", "disclose", name, "-o", "of-a", "--why", "x"]) == 2
    assert (tmp_path / "of-a").read_bytes() == b"evidence"


@pytest.mark.parametrize(("arguments", "step"), [(["finish", "2"], "settle"), (["answer", "1", "--yes"], "begin")])
def test_where_another_process_is_first_nothing_is_left(asked, at, tmp_path, monkeypatch, arguments, step):
    asked(answered=arguments[0] == "finish")
    desk = tmp_path / ("b" if arguments[0] == "answer" else "a")
    at(desk.name)
    before = logged(desk)

    def beaten(*_, **__):
        # What goes to the other side is on the disk by now.
        assert [path.stat().st_size > 0 for path in tmp_path.glob(".new.*")] == [True]
        raise session.used("0" * 32)

    monkeypatch.setattr(protocol, step, beaten)
    assert main(["deconflict", *arguments, "-o", "new"]) == 2
    assert [*tmp_path.glob("new"), *tmp_path.glob(".new.*")] == []
    assert logged(desk) == before


def test_a_file_that_comes_meanwhile_stays_and_the_message_is_kept_beside_it(asked, tmp_path, capsys, monkeypatch):
    asked()
    settle = protocol.settle

    def meanwhile(*arguments, **named):
        settle(*arguments, **named)
        (tmp_path / "3").write_bytes(b"evidence")

    monkeypatch.setattr(protocol, "settle", meanwhile)
    assert main(["deconflict", "finish", "2", "-o", "3"]) == 74
    assert (tmp_path / "3").read_bytes() == b"evidence"
    [beside] = tmp_path.glob(".3.*")
    assert beside.name in "".join(capsys.readouterr().err.split())
    assert beside.stat().st_size > 0


def test_only_the_side_that_offered_writes_a_closing_message(asked, at, capsys, tmp_path):
    asked()
    assert main(["deconflict", "finish", "2"]) == 2
    assert main(["deconflict", "finish", "2", "-o", "3"]) == 0
    at("b")
    assert main(["deconflict", "finish", "3", "-o", "4"]) == 2
    assert not (tmp_path / "4").exists()
    assert printed(capsys, "deconflict", "finish", "3")["count"] == 1


def test_a_file_is_read_only_so_far(asked, tmp_path, capsys, monkeypatch):
    asked()
    monkeypatch.setattr(deconfliction, "_LARGEST_FILE", 100)
    for arguments in (["finish", "2", "-o", "3"], ["check", "2"], ["answer", "/dev/zero"]):
        if not Path(arguments[1]).exists():
            continue
        assert main(["deconflict", *arguments]) == 2
        assert "too large" in " ".join(capsys.readouterr().err.split())


def test_a_session_of_another_name_forges_no_line(asked, capsys, tmp_path):
    name = asked(answered=False)
    assert main(["deconflict", "disclose", name, "-o", "of-a", "--why", "court"]) == 0
    record = json.loads((tmp_path / "of-a").read_bytes())
    (tmp_path / "of-a").write_text(json.dumps(record | {"session": "x\nFORGED"}), "utf-8")
    capsys.readouterr()
    assert main(["deconflict", "check", "of-a"]) == 4
    assert "FORGED" not in capsys.readouterr().err


def test_a_signer_whose_name_has_line_ends_forges_no_line():
    card = SimpleNamespace(name="B\nFORGED", agency="C\nFORGED")
    with pytest.raises(IntegrityError) as fault:
        deconfliction._is_from("A\nFORGED", SimpleNamespace(card=card))
    assert "\n" not in str(fault.value)
