"""All that a reader makes of some bytes, and what holds of every reader."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from linkgraph.ingest.readers.rows import Reader, Unreadable


@dataclass
class Reading:
    """The batches of one file, put together."""

    rows: list[dict[str, object]] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)

    def column(self, name: str) -> list[object]:
        return [row[name] for row in self.rows]

    @property
    def faults(self) -> list[tuple[int, str]]:
        return [(fault.line, fault.code) for fault in self.unreadable]

    @property
    def numbers(self) -> list[int]:
        """Of rows and unreadable records, in order."""
        return sorted([*self.column("_line"), *(fault.line for fault in self.unreadable)])

    @property
    def accounted(self) -> int:
        return len(self.rows) + len(self.unreadable) + self.passed_over.total()


def read(reader: Reader, content: bytes, *, batch_rows: int = 500_000, columns: Sequence[str] | None = None) -> Reading:
    """Read bytes; check what every reader keeps to, and the names of its columns where they are given."""
    whole = Reading()
    line = 0
    for batch in reader.read(io.BytesIO(content), batch_rows=batch_rows):
        assert batch.read == batch.table.num_rows + len(batch.unreadable)
        names = batch.table.column_names
        own = (
            ["_line", "_offset", "_length", *names[-1:]] if names[-1:] == ["_raw"] else ["_line", "_offset", "_length"]
        )
        told = names[: -len(own)]
        assert [*told, *own] == names
        assert len(set(names)) == len(names)
        assert all(batch.table.schema.field(at).type == pa.string() for at in range(len(told)))
        assert columns is None or told == list(columns)
        assert batch.table.num_rows <= batch_rows
        rows = batch.table.to_pylist()
        numbers = sorted([row["_line"] for row in rows] + [fault.line for fault in batch.unreadable])
        assert len(set(numbers)) == len(numbers)
        assert not numbers or numbers[0] > line
        line = numbers[-1] if numbers else line
        for row in rows:
            if "_raw" in own:
                assert (row["_offset"], row["_length"]) == (-1, 0)
                assert isinstance(json.loads(row["_raw"]), list)
            else:
                assert 0 <= row["_offset"] <= row["_offset"] + row["_length"] <= len(content)
        for fault in batch.unreadable:
            assert fault.code and fault.reason
            if "_raw" in own:
                assert fault.offset == -1
            else:
                assert 0 <= fault.offset <= len(content)
                assert content[fault.offset : fault.offset + len(fault.raw)] == fault.raw
        assert [row["_line"] for row in rows] == sorted(row["_line"] for row in rows)
        whole.rows += rows
        whole.unreadable += batch.unreadable
        whole.passed_over.update(batch.passed_over)
    return whole


def said(row: dict[str, object]) -> dict[str, object]:
    """Give what a row says, without what it does not say and where it stands."""
    return {name: value for name, value in row.items() if value is not None and not name.startswith("_")}
