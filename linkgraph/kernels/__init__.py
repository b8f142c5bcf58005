"""The measures that walk a large network, compiled over its arrays; one file a kernel.

A kernel takes the arrays of a :class:`~linkgraph.graph.Graph` (``indptr`` int64, ``indices`` int32, ``weight``
float64) and gives the same answer as rustworkx and networkx, which are its oracles in the tests. Compiling takes a
second or two for each kernel, once: the machine code is kept beside the file, or in the user's cache folder where
that cannot be written. So a small case is left to rustworkx, and nothing here is imported for it.

The answer does not depend on the number of threads: the work is cut into fixed portions, and what they give is put
together in their order (:mod:`linkgraph.kernels.turns`). Nothing is reassociated: no fast-math.
"""

from __future__ import annotations

COMPILED_FROM = 100_000
"""Nodes + pairs from which measures of one walk over the network use a kernel; rustworkx takes a tenth of a second."""
WALKS_COMPILED_FROM = 50_000_000
"""Nodes × (nodes + pairs) from which measures that walk from every node do; rustworkx takes two seconds."""


def pay(nodes: int, pairs: int) -> bool:
    """Tell whether a network is large enough for a kernel that walks it once or a few times."""
    return nodes + pairs >= COMPILED_FROM


def pay_from_every_node(nodes: int, pairs: int) -> bool:
    """Tell whether a network is large enough for a kernel that walks it from every node."""
    return nodes * (nodes + pairs) >= WALKS_COMPILED_FROM
