"""Paths: how two entities are connected, with the evidence of each hop.

The fewest links win; of paths as short, the one whose links are strongest in sum; of those, the one
whose ids come first. The search goes from both ends at once (Pohl 1971) and gives the same path read
from either end. No path leads *through* a victim, nor along a link that never links.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from linkgraph import evidence as rows_of
from linkgraph import kernels
from linkgraph.algorithms.records import Record, frame, link_rows, node_record

if TYPE_CHECKING:
    import pandas as pd

    from linkgraph.graph import Graph, Ints, Longs, Mask
    from linkgraph.model import Evidence


@dataclass(frozen=True, eq=False, slots=True)
class Path:
    """A shortest path."""

    graph: Graph
    nodes: tuple[int, ...]
    """Node numbers from start to end."""
    hops: tuple[tuple[int, ...], ...]
    """For each hop the rows of the link table between its two nodes, in either direction."""

    def __len__(self) -> int:
        return len(self.hops)

    def link_ids(self) -> list[str]:
        """Give the ids of all links on the path, hop by hop."""
        return [str(row["id"]) for row in self._rows()]

    def to_json(self, evidence: Mapping[str, Sequence[Evidence]]) -> Record:
        """Give the stable form.

        Args:
            evidence: the rows behind each link id of :meth:`link_ids`.
        """
        keys = ("id", "source", "target", "kind", "count", "first_seen", "last_seen", "grade")
        return {
            "length": len(self),
            "nodes": [node_record(self.graph, node) | {"country": self.graph.countries[node]} for node in self.nodes],
            "links": [
                {key: row[key] for key in keys} | {"evidence": rows_of.records(evidence.get(str(row["id"]), ()))}
                for row in self._rows()
            ],
        }

    def to_frame(self) -> pd.DataFrame:
        """Give one row a link: hop (from 1), kind, source, target, count, first_seen, last_seen, grade."""
        hop_of = [number for number, links in enumerate(self.hops, 1) for _ in links]
        records = [{"hop": hop} | row for hop, row in zip(hop_of, self._rows(), strict=True)]
        columns = ("hop", "id", "kind", "source", "target", "count", "first_seen", "last_seen", "grade")
        return frame(records, columns)

    def _rows(self) -> list[dict[str, object]]:
        return link_rows(self.graph, [link for links in self.hops for link in links])


def shortest_path(graph: Graph, a: int, b: int) -> Path | None:
    """Find the shortest path between two nodes; None where there is none.

    Args:
        graph: the network.
        a: node number to start from; may be a victim.
        b: node number to reach; may be a victim.
    """
    low, high = min(a, b), max(a, b)
    nodes = _compiled(graph, low, high) if kernels.pay(len(graph), len(graph.pairs)) else _walked(graph, low, high)
    if not nodes:
        return None
    if a != low:
        nodes.reverse()
    hops = tuple(tuple(graph.links_between(u, v).tolist()) for u, v in pairwise(nodes))
    return Path(graph, tuple(nodes), hops)


def _compiled(graph: Graph, a: int, b: int) -> list[int]:
    """Give the nodes of the path from ``a`` to ``b`` by the kernel; none where there is no path."""
    from linkgraph.kernels.route import route  # noqa: PLC0415 - numba is loaded when it is needed

    unmarked = np.zeros(len(graph), np.int32)
    return list(route(graph.indptr, graph.indices, graph.weight, graph.victims, unmarked, a, b).tolist())


def _walked(graph: Graph, a: int, b: int) -> list[int]:
    """Do the same without the kernel."""
    closed = graph.victims.copy()
    closed[[a, b]] = False
    layers = _layers(graph, a, b, closed)
    return [] if layers is None else _strongest(graph, layers)


def _layers(graph: Graph, a: int, b: int, closed: Mask) -> list[Longs] | None:
    """Give, for each distance from ``a``, nodes that hold all that lie on a shortest path to ``b``."""
    seen = [np.zeros(len(graph), bool), np.zeros(len(graph), bool)]
    fronts = [[np.array([a])], [np.array([b])]]
    seen[0][a] = seen[1][b] = True
    while not seen[0][fronts[1][-1]].any():
        side = 0 if _degrees(graph, fronts[0][-1]) <= _degrees(graph, fronts[1][-1]) else 1
        front = _beyond(graph, fronts[side][-1], seen[side] | closed)
        if not len(front):
            return None
        seen[side][front] = True
        fronts[side].append(front)
    forward, backward = fronts
    meeting = np.intersect1d(forward[-1], backward[-1])
    return [*forward[:-1], meeting, *reversed(backward[:-1])]


def _degrees(graph: Graph, front: Longs) -> int:
    return int(graph.degree[front].sum())


def _beyond(graph: Graph, front: Longs, shut: Mask) -> Longs:
    ends: Ints = graph.indices[graph.entries(front)]
    return np.unique(ends[~shut[ends]]).astype(np.int64)


def _strongest(graph: Graph, layers: list[Longs]) -> list[int]:
    """Choose one node of each layer: most strength in sum from here to the end, then the smallest id."""
    onward: dict[int, tuple[float, int]] = {int(node): (0.0, -1) for node in layers[-1]}
    steps = [onward]
    for layer in reversed(layers[:-1]):
        chosen: dict[int, tuple[float, int]] = {}
        for node in layer.tolist():
            at = slice(graph.indptr[node], graph.indptr[node + 1])
            ends, weights = graph.indices[at], graph.weight[at]
            known = np.isin(ends, np.fromiter(onward, np.int64, len(onward)))
            choices = [
                (-(float(weight) + onward[end][0]), end)
                for end, weight in zip(ends[known].tolist(), weights[known].tolist(), strict=True)
            ]
            if choices:
                total, end = min(choices)
                chosen[node] = (-total, end)
        onward = chosen
        steps.append(onward)
    nodes = [int(layers[0][0])]
    for step in reversed(steps[1:]):
        nodes.append(step[nodes[-1]][1])
    return nodes
