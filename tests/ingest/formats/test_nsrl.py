"""NSRL sets through the command line: their digests never link what other evidence shows."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from linkgraph.cli import main

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "nsrl"


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "op", "--agency", "A", "--timezone", "Europe/London"]) == 0
    monkeypatch.setenv("LINKGRAPH_CASE", str(tmp_path / "op"))
    return tmp_path


def ingested(capsys: pytest.CaptureFixture[str], path: str, expected: int) -> dict[str, int]:
    capsys.readouterr()
    assert main(["ingest", "known-files", path, "--json"]) == expected
    (source,) = json.loads(capsys.readouterr().out)["sources"]
    return {name: source[name] for name in ("read", "stored", "duplicates", "quarantined")}


def test_version_3(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    connection = sqlite3.connect("rds.db")
    connection.executescript((FIXTURES / "rds_v3.sql").read_text("utf-8"))
    connection.close()
    assert ingested(capsys, "rds.db", 0) == {"read": 2, "stored": 2, "duplicates": 0, "quarantined": 0}


def test_version_2(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(FIXTURES / "NSRLFile.txt", "NSRLFile.txt")
    assert ingested(capsys, "NSRLFile.txt", 3) == {"read": 5, "stored": 3, "duplicates": 0, "quarantined": 2}
