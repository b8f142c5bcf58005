"""Two agencies with a case and a key each, as the sample generator makes them."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import linkgraph
from linkgraph.case import Case, create
from linkgraph.exchange import keys
from linkgraph.exchange.keys import Own
from linkgraph.ingest.mapping import Stated

SAMPLES = Path(__file__).resolve().parent.parent.parent / "sample_graphs"
FILES = {
    "accounts": "accounts.csv",
    "ip-logs": "logins.csv",
    "file-hashes": "hashes.csv",
    "contacts": "messages.csv",
}


@dataclass
class Agency:
    """One agency: its case, its key, and its address book."""

    case: Case
    own: Own
    keys: Path


def generator():
    """The module that makes the evidence of two agencies."""
    sys.path.insert(0, str(SAMPLES))
    try:
        spec = importlib.util.spec_from_file_location("two_agencies", SAMPLES / "two_agencies.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(SAMPLES))


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Both cases, made once: never written to."""
    folder = tmp_path_factory.mktemp("joint")
    generator().write(folder)
    for name, zone in (("agency-a", "Europe/Amsterdam"), ("agency-b", "Africa/Johannesburg")):
        case = create(folder / f"case-{name[-1]}", agency=name.title().replace("-", " "), timezone=zone)
        for kind, file in FILES.items():
            case.ingest(kind, [folder / name / file], stated=Stated(timezone="UTC"))
        payments = "payments.csv" if name == "agency-a" else "statement.sta"
        case.ingest("payments", [folder / name / payments])
    return folder


@pytest.fixture
def overlap(made):
    return json.loads((made / "overlap.json").read_text("utf-8"))


@pytest.fixture
def agencies(made, tmp_path):
    """Agency A and Agency B, who believe each other's cards."""
    found = []
    for letter in "ab":
        shutil.copytree(made / f"case-{letter}", tmp_path / f"case-{letter}")
        own = keys.generate(f"Officer {letter.upper()}", f"Agency {letter.upper()}")
        found.append(Agency(linkgraph.open(tmp_path / f"case-{letter}"), own, tmp_path / f"keys-{letter}"))
    for one, other in (found, found[::-1]):
        keys.trust(other.own.card, other.own.card.words(), one.keys)
        keys.trust(one.own.card, one.own.card.words(), one.keys)
    return found
