"""A path in time: whether something can have come from one entity to another in the order things happened.

Of all paths along contacts and payments on which no row is earlier than the one before it, the one that arrives
first (the *foremost* path: Bui-Xuan, Ferreira & Jarry 2003, *International Journal of Foundations of Computer
Science* 14, 267), found in one pass over the rows. It says that something can have been passed on along it, not
that it was; that there is none says so only of the rows there are. Times are those of
:mod:`~linkgraph.algorithms.direction.reach`; no path leads through a victim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.algorithms.direction.reach import in_order, spread, timeline
from linkgraph.algorithms.records import Record, frame, iso, node_record
from linkgraph.model import LinkKind, link_id

if TYPE_CHECKING:
    import pandas as pd

    from linkgraph.graph import Graph
    from linkgraph.model import Source


@dataclass(frozen=True, eq=False, slots=True)
class TimedPath:
    """The path that arrives first."""

    graph: Graph
    files: Sequence[Source]
    nodes: tuple[int, ...]
    """Node numbers from start to end; none where there is no such path."""
    rows: pa.Table
    """The row of each hop, schema :data:`~linkgraph.store.protocol.EVENTS`."""

    def to_json(self) -> Record:
        """Give the stable form; ``length`` is null where there is no path."""
        return {
            "length": len(self.nodes) - 1 if self.nodes else None,
            "nodes": [node_record(self.graph, node) for node in self.nodes],
            "links": [self._hop(row) for row in self.rows.to_pylist()],
        }

    def to_frame(self) -> pd.DataFrame:
        """Give one row a hop."""
        return frame(self.to_json()["links"], ("id", "kind", "source", "target", "first_seen", "last_seen"))

    def _hop(self, row: Record) -> Record:
        ends = [self.graph.ids[row[end]] for end in ("source", "target")]
        return {
            "id": link_id(LinkKind(row["kind"]), *ends),
            "source": ends[0],
            "target": ends[1],
            "kind": row["kind"],
            "first_seen": iso(row["first_seen"]),
            "last_seen": iso(row["last_seen"]),
            "evidence": [{"source": self.files[row["file"]].sha256, "row": row["row"]}],
        }


def timed_path(graph: Graph, events: pa.Table, files: Sequence[Source], start: int, end: int) -> TimedPath:
    """Find the path in time from one node to another that arrives first.

    Args:
        graph: the whole graph of the case.
        events: rows whose direction is an act, schema :data:`~linkgraph.store.protocol.EVENTS`.
        files: the evidence files, in the order that the column ``file`` of ``events`` counts them in.
        start: node number; may be a victim.
        end: node number; may be a victim.
    """
    table = in_order(events.filter(pc.is_valid(events["first_seen"])))
    source = table["source"].to_numpy()
    row = np.flatnonzero(~graph.victims[source] | (source == start))
    ordered = timeline(
        source[row], table["target"].to_numpy()[row], table["first_seen"].cast(pa.int64()).to_numpy()[row], row, 0
    )
    place = {int(node): at for at, node in enumerate(ordered.nodes.tolist()) if node in (start, end)}
    hops: list[int] = []
    if start != end and len(place) == 2:
        tree = spread(ordered, place[start], 0, len(ordered))
        came = dict(zip(ordered.target[tree].tolist(), tree.tolist(), strict=True))
        here = place[end]
        while here in came and here != place[start]:
            hops.append(came[here])
            here = int(ordered.source[came[here]])
    hops.reverse()
    found = table.take(pa.array(ordered.row[np.array(hops, np.int64)]))
    nodes = (start, *found["target"].to_pylist()) if hops or start == end else ()
    return TimedPath(graph, files, nodes, found)
