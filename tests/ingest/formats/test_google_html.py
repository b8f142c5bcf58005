"""Pages of Google through the command line, into a fresh case."""

from __future__ import annotations

from pathlib import Path

import pytest
from imported import FIXTURES, answered, counts

GOOGLE_HTML = FIXTURES / "google_html"


def test_a_page(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = answered(capsys, "ingest", "reports", str(GOOGLE_HTML / "amber.SubscriberInfo.html"))
    assert (code, counts(answer)) == (0, (13, 13, 0, 0))
    _, stats = answered(capsys, "stats")
    assert stats["entities"] == {"Account": 1, "Email": 3, "IPAddress": 2, "Phone": 2}
    assert stats["links"] == {"HOLDS": 5, "USED_IP": 2}


def test_a_hostile_page(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = answered(capsys, "ingest", "reports", str(GOOGLE_HTML / "hostile.SubscriberInfo.html"))
    assert (code, counts(answer)) == (3, (17, 13, 0, 4))
