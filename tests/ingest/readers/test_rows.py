"""Batches: as many rows as asked for, no more of a file than memory should hold, and nothing lost between them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkgraph.ingest.readers import rows
from linkgraph.ingest.readers.rows import LENGTH, LINE, OFFSET, Unreadable, gathered, in_batches, schema


def _unreadable(line: int, size: int = 1) -> Unreadable:
    return Unreadable(line, 0, b"x" * size, "", "code", "reason")


def test_a_batch_ends_with_its_rows_or_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "BATCH_BYTES", 100)
    found = [{"a": "x", LINE: line, OFFSET: 0, LENGTH: 60} for line in range(1, 6)]
    heavy = list(gathered([*found, _unreadable(6, 90), "comments"], schema(["a"]), 3))
    assert [(batch.table.num_rows, len(batch.unreadable)) for batch in heavy] == [(2, 0), (2, 0), (1, 1), (0, 0)]
    assert heavy[-1].passed_over == {"comments": 1}
    light = list(gathered([{**one, LENGTH: 1} for one in found], schema(["a"]), 3))
    assert [batch.read for batch in light] == [3, 2]


@given(st.lists(st.booleans(), max_size=30), st.integers(1, 40))
def test_batches_of_a_table_are_the_table(readable: list[bool], batch_rows: int) -> None:
    lines = [line for line, good in enumerate(readable, start=1) if good]
    bad = [_unreadable(line) for line, good in enumerate(readable, start=1) if not good]
    batches = list(in_batches(pa.table({LINE: pa.array(lines, pa.int64())}), bad, batch_rows))
    assert [line for batch in batches for line in batch.table[LINE].to_pylist()] == lines
    assert [fault for batch in batches for fault in batch.unreadable] == bad
    assert all(batch.read and batch.table.num_rows <= batch_rows for batch in batches)
    spans = [sorted([*batch.table[LINE].to_pylist(), *(fault.line for fault in batch.unreadable)]) for batch in batches]
    assert [line for span in spans for line in span] == list(range(1, len(readable) + 1))
