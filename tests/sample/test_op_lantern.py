"""The sample case: reproducible, and found by linkgraph to be what its truth says."""

from __future__ import annotations

import csv
import importlib.util
import json
from pathlib import Path

import pytest

import linkgraph
from linkgraph.demo import STEPS, run

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "sample_graphs" / "op-lantern"
TRUTH = json.loads((SAMPLE / "truth.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def generate():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "sample_graphs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["generate"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "demo"
    said = []
    page = run(folder, said.append)
    assert page.read_text("utf-8").startswith("<!doctype html>") or "<html" in page.read_text("utf-8")[:400]
    return linkgraph.open(folder / "op-lantern")


def labels(handles):
    return {f"{handle} ({TRUTH['service']})" for handle in handles}


def test_one_seed_gives_the_same_bytes(generate, tmp_path):
    generate.write(tmp_path, TRUTH["seed"], TRUTH["scale"])
    for path in sorted(path for path in tmp_path.rglob("*") if path.is_file()):
        assert path.read_bytes() == (SAMPLE / path.relative_to(tmp_path)).read_bytes(), path.name


def test_the_truth_names_accounts_that_are_there():
    with (SAMPLE / "returns" / "accounts.csv").open(encoding="utf-8") as stream:
        roles = {row["account"]: row["role"] for row in csv.DictReader(stream)}
    assert {name for name, role in roles.items() if role == "victim"} == set(TRUTH["victims"])
    for ring in TRUTH["communities"]:
        assert set(ring["members"]) <= set(roles)


def test_every_row_of_every_file_is_accounted_for(case):
    found = {source.name: source for source in case.sources()}
    assert len(found) == len(TRUTH["files"]) == sum(len(files) for _, files, _ in STEPS)
    for name, counts in TRUTH["files"].items():
        source = found[Path(name).name]
        assert (source.read, source.quarantined) == (counts["read"], counts["quarantined"]), name
        assert source.duplicates == counts.get("duplicates", 0), name
    assert case.verify().whole


def test_the_rings_are_found(case):
    communities = case.communities().to_json()["communities"]
    members = [{member["label"] for member in one["members"]} for one in communities]
    for ring in TRUTH["communities"]:
        # The groomer belongs to the many he writes to as much as to his ring.
        wanted = labels(set(ring["members"]) - {TRUTH["groomer"]})
        best = max(len(wanted & found) for found in members)
        assert best >= 0.8 * len(wanted), ring["country"]


def test_the_hubs_are_among_the_first(case):
    first = {one["label"] for one in case.hubs(top=10, kind=linkgraph.model.EntityKind.ACCOUNT).to_json()}
    assert labels(TRUTH["hubs"]) <= first


def test_the_groomer_is_among_the_first_leads_and_no_victim_is_one(case):
    leads = [one["label"] for one in case.leads(top=500).to_json()]
    assert labels([TRUTH["groomer"]]) & set(leads[:5])
    assert not labels(TRUTH["victims"]) & set(leads)
    assert not labels([TRUTH["police_cover"]]) & set(leads)


def test_the_payment_chain_is_a_path(case):
    chain = TRUTH["payment_chain"]
    answer = case.path(chain[0], chain[-1], [linkgraph.model.LinkKind.PAID]).to_json()
    assert answer["length"] == len(chain) - 1
    assert [node["label"] for node in answer["nodes"]] == [f"iban:{iban}" for iban in chain]
    assert all(link["evidence"] for link in answer["links"])


def test_the_border_is_crossed_where_it_was_planted(case):
    pairs = {tuple(pair["countries"]) for pair in case.crossborder().to_json()["pairs"]}
    assert {("NL", "UY"), ("GB", "ZA")} <= pairs


def test_disposable_identities_share_a_device(case):
    for old, new in TRUTH["disposable_identities"]:
        answer = case.path(f"{TRUTH['service']}:{old}", f"{TRUTH['service']}:{new}").to_json()
        assert answer["length"] in {1, 2}
