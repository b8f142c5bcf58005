"""The tour in the docs, command by command, in a shell; and that it found what the two agencies have in common."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import linkgraph
from linkgraph.joint import HANDED_ON_BY, Joint
from linkgraph.model import Role

ROOT = Path(__file__).resolve().parent.parent.parent
EMPTY_FILE = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
PAGE = ROOT / "docs" / "tour-two-agencies.md"


def sections() -> dict[str, str]:
    """What is run under each heading."""
    found: dict[str, str] = {}
    heading = ""
    for piece in re.split(r"^(#.*)$", PAGE.read_text("utf-8"), flags=re.MULTILINE):
        if piece.startswith("#"):
            heading = piece.lstrip("# ").strip()
        else:
            found[heading] = found.get(heading, "") + "".join(
                re.findall(r"^```sh\n(.*?)^```$", piece, re.DOTALL | re.MULTILINE)
            )
    return {heading: script for heading, script in found.items() if script}


@pytest.fixture(scope="module")
def toured(tmp_path_factory):
    """Where the tour was, with all that it left but what it takes back at its end."""
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("the tour is run by bash")
    folder = tmp_path_factory.mktemp("tour")
    (folder / "sample_graphs").symlink_to(ROOT / "sample_graphs")
    steps = sections()
    last = list(steps)[-1]
    script = "".join(text for heading, text in steps.items() if heading != last)
    kept = "cp -r joint/case-b joint/before-withdrawal\n"
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [shell, "-euo", "pipefail", "-c", script + kept + steps[last]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return folder / "joint", done.stdout + done.stderr


def test_every_step_is_run():
    assert next(iter(sections())) == "A tour: two agencies, one network"
    assert len(sections()) >= 8


def test_both_learn_how_many_are_in_common_and_then_which(toured):
    folder, _ = toured
    overlap = json.loads((folder / "overlap.json").read_text("utf-8"))
    counted = json.loads((folder / "count.json").read_text("utf-8"))
    common = [json.loads((folder / f"common-{one}.json").read_text("utf-8")) for one in "ab"]
    assert common[0]["common"] == common[1]["common"]
    # What strangers share takes no part: the digest of the empty file, addresses of the documentation ranges.
    known = {
        (kind, value)
        for kind, values in overlap.items()
        for value in values
        if value != f"sha256:{EMPTY_FILE}" and not value.startswith("192.0.2.")
    }
    assert {tuple(one) for one in common[0]["common"]} == known
    assert (counted["count"], counted["common"]) == (len(known), None)


def test_the_receipt_anchored_the_log(toured):
    assert re.search(r"Entries 1 to \d+ are anchored by the receipt of Agency b", toured[1])


def test_both_layers_are_one_view(toured):
    folder, _ = toured
    case = linkgraph.open(folder / "before-withdrawal")
    joint = Joint(case)
    graph = joint.graph()
    rows = {row["id"]: row for row in graph.entities.to_pylist()}
    with joint.reading() as store:
        said = store.attributes(list(rows))
    handed = {one for one, facts in said.items() if HANDED_ON_BY in {fact.name for fact in facts}}
    own = set(case.graph().ids)
    overlap = json.loads((folder / "overlap.json").read_text("utf-8"))
    victims = {row["value"] for row in rows.values() if row["role"] == Role.VICTIM}
    for kind, values in overlap.items():
        both = {rows[one]["value"] for one in handed & own if rows[one]["kind"] == kind}
        assert both == set(values) - victims
    assert own - handed
    assert handed - own
    page = (folder / "both.html").read_text("utf-8")
    assert len(page) > 100_000


def test_what_was_called_back_is_gone(toured):
    folder, _ = toured
    assert Joint(linkgraph.open(folder / "case-b")).layers() == []
