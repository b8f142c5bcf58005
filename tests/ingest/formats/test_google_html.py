"""Pages of Google through the command line, into a fresh case."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from linkgraph.cli import main

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "google_html"


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "op", "--agency", "A", "--timezone", "Europe/London"]) == 0
    monkeypatch.setenv("LINKGRAPH_CASE", str(tmp_path / "op"))
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, object]]:
    capsys.readouterr()
    code = main([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def counts(answer: dict[str, object]) -> tuple[int, ...]:
    (source,) = answer["sources"]  # type: ignore[misc]
    return tuple(source[name] for name in ("read", "stored", "duplicates", "quarantined"))  # type: ignore[index]


def test_a_page(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = run(capsys, "ingest", "reports", str(FIXTURES / "amber.SubscriberInfo.html"))
    assert (code, counts(answer)) == (0, (13, 13, 0, 0))
    _, stats = run(capsys, "stats")
    assert stats["entities"] == {"Account": 1, "Email": 3, "IPAddress": 2, "Phone": 2}
    assert stats["links"] == {"HOLDS": 5, "USED_IP": 2}


def test_a_hostile_page(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = run(capsys, "ingest", "reports", str(FIXTURES / "hostile.SubscriberInfo.html"))
    assert (code, counts(answer)) == (3, (17, 13, 0, 4))
