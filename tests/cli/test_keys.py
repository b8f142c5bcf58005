"""``linkgraph keys`` as an officer uses it, in process; prompts at a real terminal."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
import tracemalloc

import pytest

from linkgraph import errors
from linkgraph.cli import keys as commands
from linkgraph.cli import main
from linkgraph.exchange import keys

PASSPHRASE = "four plain words here"


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """The desk of one officer: an empty key folder, and nobody there to be asked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LINKGRAPH_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("LINKGRAPH_PASSPHRASE", PASSPHRASE)
    return tmp_path


def sent(folder, own, name="partner.lgcard"):
    (folder / name).write_bytes(own.card.content())
    return name


def listed(capsys):
    capsys.readouterr()
    assert main(["keys", "list", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_new_list_card(desk, capsys):
    assert main(["keys", "new", "--name", "A. Officer", "--agency", "Agency A", "-o", "a.lgcard"]) == 0
    told = capsys.readouterr()
    card = keys.read_card((desk / "a.lgcard").read_bytes())
    assert told.out == card.words() + "\n"
    assert PASSPHRASE not in told.err
    assert listed(capsys) == [card.to_json() | {"own": True, "replaced_by": None}]
    assert main(["keys", "card", "A. Officer", "-o", "again.lgcard"]) == 0
    assert (desk / "again.lgcard").read_bytes() == (desk / "a.lgcard").read_bytes()
    assert main(["keys", "list"]) == 0
    assert card.fingerprint[:16] in capsys.readouterr().out
    assert commands.unlocked().card == card


def test_without_a_place_for_the_card_it_lies_where_one_stands(desk, capsys):
    assert main(["keys", "new", "--name", "A. Officer", "--agency", "Agency A"]) == 0
    [path] = desk.glob("*.lgcard")
    assert keys.read_card(path.read_bytes()).fingerprint.startswith(path.stem)


def test_rotation(desk, capsys):
    assert main(["keys", "new", "--name", "A. Officer", "--agency", "Agency A", "-o", "old.lgcard"]) == 0
    old = keys.read_card((desk / "old.lgcard").read_bytes())
    new = ["keys", "new", "--name", "A. Officer", "--agency", "Agency A", "-o", "new.lgcard"]
    assert main([*new, "--replaces", old.fingerprint[:8]]) == 0
    card = keys.read_card((desk / "new.lgcard").read_bytes())
    assert keys.replaces(card, old)
    states = {one["fingerprint"]: one["replaced_by"] for one in listed(capsys)}
    assert states == {old.fingerprint: card.fingerprint, card.fingerprint: None}


def test_trust_with_words(desk, capsys):
    own = keys.generate("B. Officer", "Agency B")
    card = sent(desk, own)
    wrong = keys.generate("C", "Agency C").card.words()
    assert main(["keys", "trust", card, "--words", wrong]) == errors.INTEGRITY
    assert listed(capsys) == []
    assert main(["keys", "trust", card, "--words", own.card.words()]) == 0
    assert [one["fingerprint"] for one in listed(capsys)] == [own.card.fingerprint]


def test_trust_without_words_where_nobody_can_be_asked(desk, capsys):
    own = keys.generate("B. Officer", "Agency B")
    card = sent(desk, own)
    assert main(["keys", "trust", card]) == errors.USAGE
    told = capsys.readouterr()
    assert "by telephone" in told.err
    # The words of the card itself are not shown here: they would be copied from there and compared with nobody.
    assert own.card.words() not in told.err + told.out
    assert listed(capsys) == []


def test_what_replaces_a_believed_card_needs_no_words(desk, capsys):
    own = keys.generate("B. Officer", "Agency B")
    keys.trust(own.card, own.card.words())
    card = sent(desk, keys.generate("B. Officer", "Agency B", replaces=own))
    assert main(["keys", "trust", card]) == 0
    assert len(listed(capsys)) == 2


def test_lost(desk, capsys):
    own = keys.generate("B. Officer", "Agency B")
    keys.trust(own.card, own.card.words())
    assert main(["keys", "lost", "B. Officer"]) == 0
    assert "not believed any more" in capsys.readouterr().err
    assert main(["keys", "trust", sent(desk, own), "--words", own.card.words()]) == errors.INTEGRITY
    assert main(["keys", "lost", "B. Officer"]) == errors.USAGE


def test_lost_takes_what_the_card_replaced_and_tells_of_others_of_that_name(desk, capsys):
    own = keys.generate("B. Officer", "Agency B")
    newer = keys.generate("B. Officer", "Agency B", replaces=own)
    apart = keys.generate("B. Officer", "Agency B")
    keys.trust(own.card, own.card.words())
    keys.trust(newer.card)
    keys.trust(apart.card, apart.card.words())
    capsys.readouterr()
    assert main(["keys", "lost", newer.card.fingerprint]) == 0
    told = capsys.readouterr().err
    for card in (own.card, newer.card):
        assert f"The card {card.fingerprint[:16]} of B. Officer, Agency B, is not believed any more." in told
    assert f"The card {apart.card.fingerprint[:16]} of the same name is still believed" in told
    assert [one["fingerprint"] for one in listed(capsys)] == [apart.card.fingerprint]


def test_a_file_that_is_too_long_for_a_card(desk, capsys):
    """It is read no further than a card can be long."""
    with (desk / "x.lgcard").open("wb") as stream:
        stream.truncate(1 << 26)
    tracemalloc.start()
    assert main(["keys", "trust", "x.lgcard"]) == errors.INTEGRITY
    assert tracemalloc.get_traced_memory()[1] < 1 << 23
    tracemalloc.stop()
    assert "too long" in capsys.readouterr().err


def test_files_that_are_no_cards(desk, capsys):
    assert main(["keys", "trust", "none.lgcard"]) == errors.USAGE
    (desk / "x.lgcard").write_text("{}")
    assert main(["keys", "trust", "x.lgcard"]) == errors.INTEGRITY


def test_no_passphrase_and_nobody_to_ask(desk, capsys, monkeypatch):
    monkeypatch.delenv("LINKGRAPH_PASSPHRASE")
    assert main(["keys", "new", "--name", "A", "--agency", "B"]) == errors.USAGE
    assert "LINKGRAPH_PASSPHRASE" in capsys.readouterr().err
    assert list(desk.glob("*.lgcard")) == []


class TestAtATerminal:
    """Prompts of a process of its own, at a real pseudo-terminal."""

    def test_the_passphrase_is_asked_twice_and_not_shown(self, desk):
        arguments = ["keys", "new", "--name", "A. Officer", "--agency", "Agency A"]
        code, shown = at_terminal(desk, arguments, [PASSPHRASE, PASSPHRASE])
        assert code == 0, shown
        assert PASSPHRASE not in shown
        assert keys.unlock(PASSPHRASE).card.name == "A. Officer"

    @pytest.mark.parametrize(("answer", "code", "kept"), [("y", 0, 1), ("n", errors.USAGE, 0)])
    def test_words_are_shown_and_confirmed(self, desk, capsys, answer, code, kept):
        own = keys.generate("B. Officer", "Agency B")
        found, shown = at_terminal(desk, ["keys", "trust", sent(desk, own)], [answer])
        assert (found, own.card.words() in " ".join(shown.split())) == (code, True)
        assert len(listed(capsys)) == kept


def at_terminal(folder, arguments, answers):
    """Run the command line with a terminal before it; give exit code and all that it shows."""
    pty = pytest.importorskip("pty", reason="pseudo-terminals are of POSIX")
    environment = {key: value for key, value in os.environ.items() if key != "LINKGRAPH_PASSPHRASE"}
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "linkgraph", *arguments],
        cwd=folder,
        env=environment | {"COLUMNS": "200"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        shown, waiting, last = "", list(answers), b""
        while True:
            if not select.select([ours], [], [], 20)[0]:
                os.write(ours, last)
                continue
            try:
                piece = os.read(ours, 1024).decode()
            except OSError:  # Linux says so that the other end was closed
                break
            if not piece:
                break
            shown += piece
            if waiting and piece.strip() and shown.rstrip().endswith(":"):
                last = f"{waiting.pop(0)}\n".encode()
                # A hidden prompt throws away what was typed before the terminal stopped showing it.
                time.sleep(0.7)
                os.write(ours, last)
        os.close(ours)
    return process.returncode, shown
