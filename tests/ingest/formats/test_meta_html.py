"""Pages of Meta through the command line, into a fresh case."""

from __future__ import annotations

from pathlib import Path

import pytest
from imported import FIXTURES, answered, counts

META_HTML = FIXTURES / "meta_html"


def test_a_return(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = answered(capsys, "ingest", "reports", str(META_HTML / "records.html"))
    assert (code, counts(answer)) == (0, (12, 12, 0, 0))
    _, stats = answered(capsys, "stats")
    assert stats["entities"] == {"Account": 1, "Email": 2, "IPAddress": 3, "Phone": 1}
    assert stats["links"] == {"HOLDS": 3, "USED_IP": 3}


def test_a_hostile_return(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = answered(capsys, "ingest", "reports", str(META_HTML / "hostile.html"))
    assert (code, counts(answer)) == (3, (11, 3, 0, 8))
    _, stats = answered(capsys, "stats")
    assert stats["entities"] == {"Account": 1, "IPAddress": 2}
