"""NSRL sets through the command line: their digests never link what other evidence shows."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from imported import FIXTURES

from linkgraph.cli import main

NSRL = FIXTURES / "nsrl"


def ingested(capsys: pytest.CaptureFixture[str], path: str, expected: int) -> dict[str, int]:
    capsys.readouterr()
    assert main(["ingest", "known-files", path, "--json"]) == expected
    (source,) = json.loads(capsys.readouterr().out)["sources"]
    return {name: source[name] for name in ("read", "stored", "duplicates", "quarantined")}


def test_version_3(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    connection = sqlite3.connect("rds.db")
    connection.executescript((NSRL / "rds_v3.sql").read_text("utf-8"))
    connection.close()
    assert ingested(capsys, "rds.db", 0) == {"read": 2, "stored": 2, "duplicates": 0, "quarantined": 0}


def test_version_2(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(NSRL / "NSRLFile.txt", "NSRLFile.txt")
    assert ingested(capsys, "NSRLFile.txt", 3) == {"read": 5, "stored": 3, "duplicates": 0, "quarantined": 2}
