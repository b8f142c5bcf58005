"""Rows of evidence about one entity, and which sources are behind which links: asked of the store when needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import pyarrow as pa

from linkgraph.graph import Graph, Ints, Longs
from linkgraph.model import LinkKind
from linkgraph.store.embedded import CaseStore
from linkgraph.store.protocol import GraphStore
from linkgraph.web.near import Keys
from linkgraph.web.passing import Sourced

LISTED = 2000
"""Rows of one entity that are given at once, earliest first."""

# The counted rows that state the links of the table `wanted`; times in microseconds.
_ROWS = """
WITH file AS (
    SELECT key, row_number() OVER (ORDER BY imported_at, sha256) - 1 AS place FROM source
)
SELECT w.place, epoch_us(o.first_seen) AS first, epoch_us(coalesce(o.last_seen, o.first_seen)) AS last,
       o.utc_offset AS offset, f.place AS source, o.row,
       count(*) OVER () AS total, count(*) FILTER (o.first_seen IS NULL) OVER () AS untimed
FROM statement t
JOIN wanted w ON w.key = t.link
JOIN observation o ON o.source = t.source AND o.row = t.row
JOIN file f ON f.key = o.source
WHERE o.counted ORDER BY o.first_seen NULLS LAST, f.place, o.row, w.place LIMIT $most
"""

_LINK_SOURCES = """
WITH file AS (
    SELECT key, row_number() OVER (ORDER BY imported_at, sha256) - 1 AS place FROM source
)
SELECT DISTINCT p.link, f.place FROM link_part p JOIN file f ON f.key = p.source
"""

# What lies behind a likeness are the rows that show the two.
_LIKENESS_SOURCES = """
WITH file AS (
    SELECT key, row_number() OVER (ORDER BY imported_at, sha256) - 1 AS place FROM source
)
SELECT DISTINCT l.id, f.place FROM similar_link l
JOIN entity_part p ON p.entity IN (l.source, l.target) JOIN file f ON f.key = p.source
"""


class Row(TypedDict):
    """One row of evidence about an entity, as ``Observation`` of the page's ``backend.ts``."""

    first: int
    last: int
    offset: int | None
    linkKind: int
    outgoing: bool
    other: str
    node: int
    source: int
    row: int


@dataclass(frozen=True, slots=True)
class Observed:
    """The rows of one entity."""

    rows: list[Row]
    """Those with a time, earliest first."""
    total: int
    untimed: int


def observed(store: CaseStore, graph: Graph, keys: Keys, link_kind: Ints, node: int, links: Longs) -> Observed:
    """Give the rows of evidence behind the links of one entity.

    Args:
        store: the case.
        graph: without victims and what is theirs alone, so that no row names them.
        keys: those of the graph's links.
        link_kind: (n_links,) what is given as the kind of each link.
        node: the entity.
        links: rows of its links.
    """
    # A likeness of two hashes has no time of its own.
    links = links[keys.keys[links] >= 0]
    outgoing = graph.source[links] == node
    others = np.where(outgoing, graph.target[links], graph.source[links])
    labels = graph.entities["label"].take(pa.array(others)).to_pylist()
    wanted = pa.table({"key": keys.keys[links], "place": np.arange(len(links), dtype=np.int32)})
    store.connection.register("wanted", wanted)
    try:
        found = store.run(_ROWS, {"most": LISTED})
    finally:
        store.connection.unregister("wanted")
    rows: list[Row] = [
        {
            "first": first // 1_000_000,
            "last": last // 1_000_000,
            "offset": offset,
            "linkKind": int(link_kind[links[place]]),
            "outgoing": bool(outgoing[place]),
            "other": labels[place],
            "node": int(others[place]),
            "source": source,
            "row": row,
        }
        for place, first, last, offset, source, row, _, _ in found
        if first is not None
    ]
    total, untimed = found[0][-2:] if found else (0, 0)
    return Observed(rows, total, untimed)


def sourced(store: GraphStore, graph: Graph, keys: Keys | None) -> Sourced:
    """Tell which sources are behind which links of the whole graph; takes seconds in a large case."""
    if not isinstance(store, CaseStore) or keys is None:
        return _from_evidence(store, graph)
    stated = store.connection.sql(_LINK_SOURCES).to_arrow_table()
    place_of = np.full(int(keys.keys.max(initial=-1)) + 2, -1, np.int32)
    place_of[keys.keys] = np.arange(len(keys.keys), dtype=np.int32)
    place_of[-1] = -1
    # A key beyond those of the graph is of a link that came later.
    links = place_of[np.minimum(stated["link"].to_numpy(), len(place_of) - 1)]
    likenesses = (
        store.run(_LIKENESS_SOURCES) if LinkKind.SIMILAR_FILE in graph.links["kind"].unique().to_pylist() else []
    )
    alike = keys.ids.positions([link for link, _ in likenesses])
    link = np.concatenate([links, alike])
    source = np.concatenate([stated["place"].to_numpy(), np.array([at for _, at in likenesses], np.int64)])
    return Sourced(link[link >= 0].astype(np.int32), source[link >= 0].astype(np.int32))


def _from_evidence(store: GraphStore, graph: Graph) -> Sourced:
    place = {source.sha256: at for at, source in enumerate(store.sources())}
    ids: Sequence[str] = graph.links["id"].to_pylist()
    found = store.evidence(ids)
    pairs = sorted({(link, place[one.source]) for link, name in enumerate(ids) for one in found.get(name, ())})
    return Sourced(np.array([link for link, _ in pairs], np.int32), np.array([at for _, at in pairs], np.int32))
