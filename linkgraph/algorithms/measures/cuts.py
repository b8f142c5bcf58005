"""Entities and pairs whose loss would separate the network, in its own numbering.

Articulation points and bridges (Hopcroft & Tarjan 1973, *CACM* 16, 372; Tarjan 1974, *Information Processing
Letters* 2, 160), from one walk: :mod:`linkgraph.algorithms.measures.separation`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from linkgraph.algorithms.measures.separation import separation

if TYPE_CHECKING:
    from linkgraph.graph import Graph, Longs, Mask


def articulation_points(graph: Graph) -> Mask:
    """Tell of each node (n,) whether its loss would separate others that are connected."""
    return separation(graph).cuts_off > 0


def cut_off(graph: Graph) -> Longs:
    """Give, for each pair (n_pairs,), how many entities its loss would cut off; 0 where none."""
    found = separation(graph)
    ends = np.sort(found.bridges, axis=1).astype(np.int64)
    keys = graph.pairs[:, 0].astype(np.int64) * len(graph) + graph.pairs[:, 1]
    lost = np.zeros(len(graph.pairs), np.int64)
    lost[np.searchsorted(keys, ends[:, 0] * len(graph) + ends[:, 1])] = found.bridge_cuts_off
    return lost
