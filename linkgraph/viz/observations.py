"""The single rows behind links, with their times, as columns of the page."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.graph import Longs
from linkgraph.viz.columns import codes
from linkgraph.viz.picture import Model, Picture

ROWS = 40_000
"""Rows that are carried in all."""
ROWS_PER_LINK = 60
"""Of one link, the earliest."""

NONE: Model = {"link": [], "first": [], "last": [], "offset": [], "source": [], "row": []}


def observed(picture: Picture, links: Longs, events: pa.Table) -> Model:
    """Give the rows with a time behind some links; ``link`` is the place in ``links``.

    Of each link the earliest are kept, and where there is no room for all, fewer of each.

    Args:
        picture: of the graph.
        links: rows of its table of links.
        events: schema :data:`~linkgraph.store.protocol.EVENTS`, of the graph that the picture was made of.
    """
    events = events.filter(pc.is_valid(events["first_seen"]))
    n, graph = len(picture.graph), picture.graph
    kind = codes(events["kind"], picture.link_kinds).astype(np.int64)
    source = picture.whole_number[events["source"].to_numpy()]
    target = picture.whole_number[events["target"].to_numpy()]
    keys = np.where((source < 0) | (target < 0) | (kind < 0), -1, (kind * n + source) * n + target)
    link_kind = codes(graph.links["kind"].take(pa.array(links)), picture.link_kinds).astype(np.int64)
    wanted = (link_kind * n + graph.source[links]) * n + graph.target[links]
    order = np.argsort(wanted, kind="stable")
    at = np.minimum(np.searchsorted(wanted[order], keys), max(0, len(order) - 1))
    known = np.flatnonzero((wanted[order][at] == keys) & (keys >= 0)) if len(order) else np.empty(0, np.int64)
    link = order[at[known]]
    # Events come by time, so the place within a link is its place in time.
    by_link = np.argsort(link, kind="stable")
    counts = np.bincount(link, minlength=len(links))
    place = np.empty(len(link), np.int64)
    place[by_link] = np.arange(len(link)) - (np.cumsum(counts) - counts)[link[by_link]]
    most = ROWS_PER_LINK
    while most > 1 and np.minimum(counts, most).sum() > ROWS:
        most = most * 3 // 4
    kept = np.flatnonzero(place < most)
    kept = kept[np.lexsort((place[kept], link[kept]))][:ROWS]
    rows = events.take(pa.array(known[kept]))
    first = rows["first_seen"].cast(pa.int64())
    last = pc.coalesce(rows["last_seen"].cast(pa.int64()), first)
    return {
        "link": link[kept].tolist(),
        "first": (first.to_numpy() // 1_000_000).tolist(),
        "last": (last.to_numpy() // 1_000_000).tolist(),
        "offset": rows["utc_offset"].to_pylist(),
        "source": rows["file"].to_pylist(),
        "row": rows["row"].to_pylist(),
    }
