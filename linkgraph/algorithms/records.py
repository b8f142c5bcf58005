"""How findings are written down: the same few records everywhere, victims masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    import pandas as pd

    from linkgraph.graph import Graph, Ints

Record: TypeAlias = dict[str, Any]
"""One JSON object."""


def node_record(graph: Graph, node: int) -> Record:
    """Write one node as ``{"id", "kind", "label"}``."""
    return {"id": graph.ids[node], "kind": graph.kinds[node], "label": graph.labels[node]}


def link_rows(graph: Graph, links: Ints | Sequence[int]) -> list[Record]:
    """Give rows of the link table, with times as :func:`iso` writes them."""
    rows: list[Record] = graph.links.take(pa.array(np.asarray(links, np.int64))).to_pylist()
    return [row | {"first_seen": iso(row["first_seen"]), "last_seen": iso(row["last_seen"])} for row in rows]


def iso(moment: object) -> str | None:
    """Write an aware time as ISO 8601 in UTC with ``Z``; null stays null."""
    if not isinstance(moment, datetime):
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def number(value: float) -> float:
    """Round to 12 decimals: more than any measure means, and the same on every machine."""
    return round(float(value), 12)


def frame(records: Sequence[Mapping[str, object]], columns: Sequence[str]) -> pd.DataFrame:
    """Give records as a DataFrame with these columns, also where there are none; lists become text."""
    table = {name: [_cell(record[name]) for record in records] for name in columns}
    return pa.table(table).to_pandas()


def _cell(value: object) -> object:
    return "; ".join(str(part) for part in value) if isinstance(value, list | tuple) else value
