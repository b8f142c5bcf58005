"""A fresh case for commands that are run where it lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from linkgraph.cli import main


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a case, in a folder one stands in, that commands without ``--case`` mean."""
    monkeypatch.chdir(tmp_path)
    assert main(["init", "op", "--agency", "A", "--timezone", "Europe/London"]) == 0
    monkeypatch.setenv("LINKGRAPH_CASE", str(tmp_path / "op"))
    return tmp_path / "op"
