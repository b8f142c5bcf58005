"""Plain lists of digests through the command line: what is stored, as which algorithm, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from imported import FIXTURES

from linkgraph.cli import main

HASH_LIST = FIXTURES / "hash_list"


def ingested(capsys: pytest.CaptureFixture[str], name: str, *options: str) -> tuple[int, int, int, int]:
    capsys.readouterr()
    code = main(
        [
            "ingest",
            "file-hashes",
            str(HASH_LIST / name),
            "--account",
            "amber_fox",
            "--service",
            "chat",
            *options,
            "--json",
        ]
    )
    (source,) = json.loads(capsys.readouterr().out)["sources"]
    assert source["read"] == source["stored"] + source["duplicates"] + source["quarantined"]
    return code, source["read"], source["stored"], source["quarantined"]


def digests(capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    assert main(["export", "jsonl", "-o", "graph.jsonl"]) == 0
    records = map(json.loads, Path("graph.jsonl").read_text("utf-8").splitlines())
    return sorted(str(one["value"]) for one in records if one.get("kind") == "FileHash")


@pytest.mark.parametrize(
    ("name", "options", "rows", "algorithms"),
    [
        ("mixed.txt", (), 7, ["md5", "sha1", "sha256", "sha512"]),
        ("sha256sum.txt", (), 4, ["sha256"]),
        ("encase.txt", (), 3, ["md5"]),
        ("hash_value.csv", (), 3, ["sha1"]),
        ("pdq_quality.txt", (), 3, ["pdq"]),
        ("pdq_header.csv", (), 2, ["pdq"]),
        ("pdq_columns.csv", (), 2, ["md5", "pdq"]),
        ("pdq_plain.txt", ("--format", "digest=pdq"), 3, ["pdq"]),
        ("pdq_plain.txt", (), 3, ["sha256"]),
    ],
)
def test_lists(
    case: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    options: tuple[str, ...],
    rows: int,
    algorithms: list[str],
) -> None:
    assert ingested(capsys, name, *options) == (0, rows, rows, 0)
    found = digests(capsys)
    assert sorted({text.partition(":")[0] for text in found}) == algorithms
    assert not any(".bin" in text or ".jpg" in text for text in found)


def test_a_hostile_list(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ingested(capsys, "hostile.txt") == (3, 15, 8, 6)
