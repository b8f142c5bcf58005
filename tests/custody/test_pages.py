"""What the audit log says of pages, and that saying so leaves case, findings and log whole."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest
from web import exploring

import linkgraph
from linkgraph.cli import main
from linkgraph.model import LinkKind


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return exploring.made(tmp_path_factory.mktemp("pages"))


@pytest.fixture
def case(original, tmp_path):
    return linkgraph.open(shutil.copytree(original, tmp_path / "case"))


def entries(case):
    with case.reading() as store:
        return [(entry.action, json.loads(entry.body)) for entry in store.audit_entries()]


def test_the_log_says_what_a_page_shows(case, tmp_path):
    whole, part = tmp_path / "whole.html", tmp_path / "part.html"
    place = ["--case", str(case.folder)]
    assert main(["render", "-o", str(whole), *place]) == 0
    shown = ["--around", "amber_fox", "--hops", "1", "--links", "CONTACTED", "--show-victims"]
    assert main(["render", "-o", str(part), *shown, *place]) == 0
    (first, body), _, (second, other) = entries(case)[-3:]
    assert first == second == "render"
    nothing = {"victims": False, "around": None, "hops": None, "links": None}
    assert {name: body[name] for name in nothing} == nothing
    assert {name: other[name] for name in nothing} == {
        "victims": True,
        "around": case.one("amber_fox").id,
        "hops": 1,
        "links": ["CONTACTED"],
    }
    # The log is read by many: it names nobody.
    assert "amber_fox" not in json.dumps([body, other])


def test_a_page_changes_neither_graph_nor_findings_and_the_log_stays_whole(case):
    before = case.digest()
    list(case.analyse())
    case.log_page(case.render())
    assert case.digest() == before
    assert all(one.reused for one in case.analyse())
    assert case.verify().whole
    case.rebuild()
    assert case.verify().whole
    assert [action for action, _ in entries(case)][-2:] == ["render", "rebuild"]


def test_a_page_of_some_links_does_not_take_the_lists_of_the_whole(case):
    # All entities have such a link, so that only the number of links tells the two apart.
    kinds = sorted(LinkKind)
    everything = case.graph()
    some = next(
        (
            [other for other in kinds if other != kind]
            for kind in kinds
            if kind in set(everything.links["kind"].to_pylist())
            and len(everything.select([other for other in kinds if other != kind])) == len(everything)
        ),
        None,
    )
    assert some is not None
    list(case.analyse())
    with case.reading() as store:
        part = everything.select(some)
        assert case.rankings(store, part) == super(linkgraph.Case, case).rankings(store, part)
        assert case.rankings(store, part) != case.rankings(store, everything)


def test_a_page_is_made_while_another_process_reads_and_is_then_not_logged(case, tmp_path, capsys):
    path = tmp_path / "page.html"
    holder = (
        "import sys, linkgraph\n"
        "with linkgraph.open(sys.argv[1]).reading():\n"
        "    print('read', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(case.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdout.readline() == "read\n"
        assert main(["render", "-o", str(path), "--case", str(case.folder)]) == 0
        reader.stdin.close()
        assert reader.wait() == 0
    assert "the audit log does not have these two" in capsys.readouterr().err
    assert entries(case)[-1][0] != "render"
    assert main(["verify-page", str(path), "--case", str(case.folder)]) == 4
