"""A case store asked about parts of one graph: it goes from links to rows by the keys of the store.

The ids of links are hashes that the store works out when it is asked by id, of all links each time: half a second in
a case of 100,000 entities. Read once with the graph, the keys of its links lead to their rows in milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.graph import Graph, Ints, Longs
from linkgraph.model import ID_LENGTH, Evidence
from linkgraph.store.embedded import CaseStore

_ROWS = """
SELECT DISTINCT t.link, s.sha256, t.row, c.correction
FROM statement t JOIN source s ON s.key = t.source
LEFT JOIN corrected c ON c.source = t.source AND c.row = t.row
WHERE t.link IN (SELECT key FROM wanted) ORDER BY ALL
"""


class Ids:
    """Positions of ids in their order."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        whole = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], pa.string())
        fixed = whole.cast(pa.binary()).cast(pa.binary(ID_LENGTH))
        # A view: a case of a million entities has five million links.
        self._ids: npt.NDArray[np.bytes_] = np.frombuffer(
            fixed.buffers()[1] or b"", f"S{ID_LENGTH}", len(fixed), fixed.offset * ID_LENGTH
        )

    def positions(self, ids: Sequence[str]) -> Longs:
        """Give the position of each id; −1 where there is none."""
        wanted = np.array([one.encode("ascii", "replace") for one in ids], np.bytes_)
        if not len(self._ids) or not len(wanted):
            return np.full(len(wanted), -1, np.int64)
        at = np.minimum(np.searchsorted(self._ids, wanted), len(self._ids) - 1)
        return np.where(self._ids[at] == wanted, at, -1).astype(np.int64)


class Keys:
    """The keys that the store has for the links of a graph."""

    def __init__(self, store: CaseStore, graph: Graph) -> None:
        """Read them; in the same transaction as the graph, or they may be of another state of the case."""
        found = store.connection.sql("SELECT id, key FROM link_with_id").to_arrow_table()
        self.ids = Ids(graph.links["id"])
        at = pc.index_in(found["id"], value_set=graph.links["id"])
        there = at.is_valid()
        self.keys: Ints = np.full(graph.links.num_rows, -1, np.int32)
        """(n_links,) −1 for likenesses, which are not kept as links."""
        self.keys[at.filter(there).to_numpy()] = found["key"].filter(there).to_numpy()


class NearStore(CaseStore):
    """A case store that knows the keys of one graph's links."""

    def __init__(self, store: CaseStore, keys: Keys) -> None:
        super().__init__(store.connection, store.folder)
        self._keys = keys

    def evidence(self, links: Sequence[str]) -> dict[str, tuple[Evidence, ...]]:
        """The rows behind each of these link ids, in order of source and row."""
        at = self._keys.ids.positions(links)
        keys = np.where(at >= 0, self._keys.keys[at], -1) if len(self._keys.keys) else at
        by_key = dict(zip(keys.tolist(), links, strict=True))
        others = [link for link, key in zip(links, keys.tolist(), strict=True) if key < 0]
        self.connection.register("wanted", pa.table({"key": pa.array(keys[keys >= 0], pa.int32())}))
        try:
            rows = self.run(_ROWS)
        finally:
            self.connection.unregister("wanted")
        found: dict[str, list[Evidence]] = {}
        for key, sha256, row, correction in rows:
            found.setdefault(by_key[key], []).append(Evidence(sha256, row, correction))
        return {link: tuple(evidence) for link, evidence in found.items()} | (
            super().evidence(others) if others else {}
        )
