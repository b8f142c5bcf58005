"""Which part of a large graph a page carries: what an investigator asks for first, and some of everything."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linkgraph.graph import Longs
from linkgraph.viz.picture import Picture

LINKS_PER_ENTITY = 2.5
"""Room for links, as a share of that for entities."""
_CROSSING = 0.25


def chosen(picture: Picture, listed: Sequence[int], room: int) -> tuple[Longs, Longs]:
    """Choose entities to carry and the links among them.

    Those that a list names come first, then ends of links across borders, strongest links first, up to a quarter of the
    room; then the strongest of every community, each by its share of the graph. All links among them, strongest
    first while there is room.

    Args:
        picture: of the whole graph.
        listed: node numbers that must be there.
        room: for how many entities.

    Returns:
        Node numbers and link rows, ascending.
    """
    graph, n = picture.graph, len(picture.graph)
    if n <= room and graph.links.num_rows <= room * LINKS_PER_ENTITY:
        return np.arange(n, dtype=np.int64), np.arange(graph.links.num_rows, dtype=np.int64)
    taken = np.zeros(n, bool)
    taken[list(listed)] = True
    crossing = np.flatnonzero(picture.crossing)
    crossing = crossing[np.lexsort((crossing, -graph.link_strength[crossing]))]
    ends = np.stack([graph.source[crossing], graph.target[crossing]], axis=1).ravel()
    _, first = np.unique(ends, return_index=True)
    taken[ends[np.sort(first)][: int(room * _CROSSING)]] = True
    left = max(0, min(room, n) - int(taken.sum()))
    by_share = _by_share(picture)
    taken[by_share[~taken[by_share]][:left]] = True
    nodes = np.flatnonzero(taken)
    links = picture.links_among(nodes)
    most = int(room * LINKS_PER_ENTITY)
    strongest = links[np.lexsort((links, -graph.link_strength[links]))][:most]
    return nodes, np.sort(strongest)


def _by_share(picture: Picture) -> Longs:
    """Order entities so that every beginning has of each community its strongest, as many as its share."""
    n = len(picture.graph)
    order = np.lexsort((np.arange(n), -picture.strength, picture.community))
    sizes = np.bincount(picture.community)
    start = np.cumsum(sizes) - sizes
    group = picture.community[order]
    place = (np.arange(n) - start[group] + 0.5) / sizes[group]
    return order[np.lexsort((order, group, place))].astype(np.int64)
