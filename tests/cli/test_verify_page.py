"""Pages that are handed out: the audit log knows them, and ``verify-page`` tells them from others."""

from __future__ import annotations

import hashlib
import json
import re
import shutil

import pytest
from web import exploring

import linkgraph
from linkgraph import findings
from linkgraph.cli import main
from linkgraph.viz import page


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return exploring.made(tmp_path_factory.mktemp("page"))


@pytest.fixture
def folder(original, tmp_path):
    return shutil.copytree(original, tmp_path / "case")


@pytest.fixture
def made(folder, tmp_path, capsys):
    """The page of the case, as a file."""
    path = tmp_path / "page.html"
    assert main(["render", "-o", str(path), "--case", str(folder)]) == 0
    said = capsys.readouterr().err
    assert hashlib.sha256(path.read_bytes()).hexdigest() in said
    assert page.check(path.read_bytes()).digest in said
    return path


def verified(path, folder, capsys):
    status = main(["verify-page", str(path), "--case", str(folder), "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_the_page_that_was_made_is_known_with_its_time(folder, made, capsys):
    status, found = verified(made, folder, capsys)
    assert status == 0
    assert found["whole"] is True
    assert found["made"].endswith("Z")
    assert found["sha256"] == hashlib.sha256(made.read_bytes()).hexdigest()
    assert main(["verify-page", str(made), "--case", str(folder)]) == 0
    assert "as this case made it" in capsys.readouterr().out


def test_a_changed_page_is_told_by_its_part(folder, made, capsys):
    text = made.read_text("utf-8")
    model = re.search(r'id="model">(.*?)</script>', text)[1]
    made.write_bytes(text.replace(model, model[:50] + ("A" if model[50] != "A" else "B") + model[51:]).encode())
    status, found = verified(made, folder, capsys)
    assert (status, found["whole"], found["broken"], found["made"]) == (4, False, ["model", "page"], None)
    assert main(["verify-page", str(made), "--case", str(folder)]) == 4
    assert "NOT as it was made: model, page" in capsys.readouterr().out


def test_a_whole_page_of_another_making_is_not_known(folder, tmp_path, capsys):
    path = tmp_path / "other.html"
    path.write_bytes(linkgraph.open(folder).render(around="amber_fox").content)
    status, found = verified(path, folder, capsys)
    assert (status, found["broken"], found["made"]) == (4, [], None)
    assert main(["verify-page", str(path), "--case", str(folder)]) == 4
    assert "does not know the file" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"\xff\xfe\x00"])
def test_what_is_no_page_is_refused_with_a_sentence(folder, tmp_path, capsys, content):
    path = tmp_path / "no.html"
    path.write_bytes(content)
    assert main(["verify-page", str(path), "--case", str(folder)]) == 2
    assert "no page of linkgraph" in capsys.readouterr().err
    assert main(["verify-page", str(tmp_path / "gone.html"), "--case", str(folder)]) == 2


def test_the_same_case_gives_the_same_page(folder, made, tmp_path):
    again = tmp_path / "again.html"
    assert main(["render", "-o", str(again), "--case", str(folder)]) == 0
    assert again.read_bytes() == made.read_bytes()


def test_victims_on_a_page_are_logged_first(folder, tmp_path):
    path = tmp_path / "victims.html"
    assert main(["render", "-o", str(path), "--show-victims", "--case", str(folder)]) == 0
    with linkgraph.open(folder).reading() as store:
        acts = [entry.action for entry in store.audit_entries()][-2:]
    assert acts == ["render.victims", "render"]


def test_lists_are_those_of_the_findings_while_they_hold(folder):
    case = linkgraph.open(folder)
    answered = {one.question.name: one.finding for one in case.analyse()}
    lists = {one["name"]: one for one in model_of(case)["lists"]}
    for name in ("hubs", "leads"):
        assert lists[name]["headline"] == answered[name].headline
    named = model_of(case)["entities"]["id"]
    assert [named[one["entity"]] for one in lists["leads"]["entries"]] == [
        lead["id"] for lead in answered["leads"].answer
    ]
    # A finding that was tampered with is not read: the list is worked out again.
    path = folder / findings.FOLDER / "leads.json"
    path.write_bytes(path.read_bytes().replace(b"Look first", b"Look never"))
    assert all("never" not in one["headline"] for one in model_of(case)["lists"])


def model_of(case):
    return page.unpack(re.search(r'id="model">(.*?)</script>', case.render().text, re.DOTALL)[1])
