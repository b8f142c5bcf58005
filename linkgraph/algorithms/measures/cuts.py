"""Entities and pairs whose loss would separate the network, and how much each pair would cut off.

Articulation points and bridges (Hopcroft & Tarjan 1973, *CACM* 16, 372; Tarjan 1974, *Information Processing
Letters* 2, 160), by rustworkx or in a large network by a kernel. Without its bridges the network falls into
blocks, which the bridges join to trees: the smaller side of a bridge is what hangs below it in its tree, or the
rest, whichever is less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import rustworkx as rx

from linkgraph import kernels

if TYPE_CHECKING:
    from linkgraph.graph import Graph, Ints, Longs, Mask


def articulation_points(graph: Graph) -> Mask:
    """Tell of each node (n,) whether its loss would separate others that are connected."""
    if kernels.pay(len(graph), len(graph.pairs)):
        return _walked(graph)[0]
    found = np.zeros(len(graph), bool)
    found[list(rx.articulation_points(graph.rx))] = True
    return found


def cut_off(graph: Graph) -> Longs:
    """Give, for each pair (n_pairs,), how many entities its loss would cut off; 0 where none."""
    if kernels.pay(len(graph), len(graph.pairs)):
        return _walked(graph)[1]
    lost = np.zeros(len(graph.pairs), np.int64)
    bridges = np.array(sorted((min(pair), max(pair)) for pair in rx.bridges(graph.rx)), np.int64)
    if not len(bridges):
        return lost
    keys = graph.pairs[:, 0].astype(np.int64) * len(graph) + graph.pairs[:, 1]
    at = np.searchsorted(keys, bridges[:, 0] * len(graph) + bridges[:, 1])
    is_bridge = np.zeros(len(graph.pairs), bool)
    is_bridge[at] = True
    block = _blocks(graph, ~is_bridge)
    below = _below(np.bincount(block), block[graph.pairs[at]])
    whole = np.bincount(graph.component)[graph.component[graph.pairs[at, 0]]]
    lost[at] = np.minimum(below, whole - below)
    return lost


def _walked(graph: Graph) -> tuple[Mask, Longs]:
    from linkgraph.kernels.cutting import cutting  # noqa: PLC0415 - numba is loaded when it is needed

    return cutting(graph.indptr, graph.indices, graph.pair_of_entry, len(graph.pairs))


def _blocks(graph: Graph, kept: Mask) -> Ints:
    """Give the connected component of each node (n,) where only some pairs are kept."""
    network: rx.PyGraph[None, None] = rx.PyGraph(multigraph=True)
    network.add_nodes_from([None] * len(graph))
    network.add_edges_from_no_data(list(map(tuple, graph.pairs[kept].tolist())))
    number = np.empty(len(graph), np.int32)
    for position, nodes in enumerate(rx.connected_components(network)):
        number[np.fromiter(nodes, np.int64, len(nodes))] = position
    return number


def _below(size: Longs, edges: Ints) -> Longs:
    """Give, for each edge of a forest, the size of the side that does not hold its tree's root."""
    neighbours: dict[int, list[tuple[int, int]]] = {}
    for edge, (u, v) in enumerate(edges.tolist()):
        neighbours.setdefault(u, []).append((v, edge))
        neighbours.setdefault(v, []).append((u, edge))
    total, edge_above, parent = size.tolist(), {}, {}
    order: list[int] = []
    for root in neighbours:
        if root in parent:
            continue
        parent[root] = root
        waiting = [root]
        while waiting:
            block = waiting.pop()
            order.append(block)
            for other, edge in neighbours[block]:
                if other not in parent:
                    parent[other], edge_above[other] = block, edge
                    waiting.append(other)
    below = np.zeros(len(edges), np.int64)
    for block in reversed(order):
        if block in edge_above:
            below[edge_above[block]] = total[block]
            total[parent[block]] += total[block]
    return below
