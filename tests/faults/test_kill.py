"""Killed in the middle, an import loses no row it acknowledged, doubles none, and goes on where it was.

The usual run kills 20 times. ``LINKGRAPH_FAULTS=full pytest tests/faults -s`` kills 1,000 times.
"""

from __future__ import annotations

import os

import pytest
from faults import killing

import linkgraph

KILLS = 1000 if os.environ.get("LINKGRAPH_FAULTS") == "full" else 20
ROWS = 900


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    path = tmp_path_factory.mktemp("log") / "logins.csv"
    killing.write_log(path, ROWS, seed=1)
    return path


@pytest.fixture(scope="module")
def expected(log, tmp_path_factory):
    case = linkgraph.create(tmp_path_factory.mktemp("control") / "op", agency="A", timezone="UTC")
    [done] = case.ingest("ip-logs", [log], stated=killing.STATED)
    assert done.tally.quarantined
    return case.digest()


def test_no_acknowledged_row_is_lost_and_none_is_doubled(log, expected, tmp_path):
    acknowledged = killing.killed_again_and_again(tmp_path / "cases", log, expected, KILLS, seed=2, tell=print)
    assert acknowledged > ROWS
    print(f"{KILLS} kills, {acknowledged:,} rows acknowledged: 0 lost, 0 doubled")


def test_the_control_that_acknowledges_too_early_is_found_out(log, tmp_path):
    """An import that says a batch is safe before it is made loses it, and the harness sees that."""
    linkgraph.create(tmp_path / "op", agency="A", timezone="UTC")
    found = killing.run_and_kill(tmp_path / "op", log, after_batches=2, too_early=True)
    assert found.there < found.acknowledged
    assert found.faults == []
