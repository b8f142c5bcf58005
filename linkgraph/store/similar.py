"""Perceptual hashes that are near each other: found when a source is complete, each new one against all.

A pair stands as long as both hashes do. It is a link only where neither hash is known to be of a picture
with too little in it (:data:`linkgraph.store.grades.LEAST_QUALITY`), which is asked when links are read.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from linkgraph import similarity
from linkgraph.store.embedded import CaseStore

_PERCEPTUAL = """
SELECT e.key, e.id, substr(e.value, 5) AS digits, e.key IN (SELECT entity FROM compared) AS known
FROM entity e
WHERE e.kind = 'FileHash' AND starts_with(e.value, 'pdq:') AND e.value <> 'pdq:' || repeat('0', 64)
  AND e.key IN (SELECT entity FROM entity_part)
ORDER BY known DESC, e.key
"""


# A quality that this source states may unmake links.
_JUDGED = """
INSERT INTO touched
WITH judged AS (SELECT entity FROM attribute WHERE source = $source AND name = 'quality')
SELECT id, true, $revision FROM similar_with_id
WHERE source IN (SELECT entity FROM judged) OR target IN (SELECT entity FROM judged)
"""


def compare(store: CaseStore, source: int, revision: int) -> None:
    """Compare the perceptual hashes that were not compared yet with all others, inside the running transaction."""
    store.run(_JUDGED, {"source": source, "revision": revision})
    hashes = store.connection.sql(_PERCEPTUAL).to_arrow_table()
    known = int(np.count_nonzero(hashes["known"].to_numpy()))
    if known == hashes.num_rows:
        return
    ids, keys = np.array(hashes["id"].to_pylist()), hashes["key"].to_numpy()
    pairs = similarity.pairs_among(similarity.parse(hashes["digits"].to_pylist()), known)
    swapped = ids[pairs.needle] > ids[pairs.haystack]
    first, second = np.where(swapped, pairs.haystack, pairs.needle), np.where(swapped, pairs.needle, pairs.haystack)
    found = pa.table({"a": keys[first], "b": keys[second], "distance": pairs.distance})
    fresh = pa.table({"entity": keys[known:]})
    store.connection.register("b_pairs", found)
    store.connection.register("b_compared", fresh)
    store.run("INSERT INTO similar_pair SELECT a, b, distance, $revision FROM b_pairs", {"revision": revision})
    store.run("INSERT INTO compared SELECT entity FROM b_compared")
    store.connection.unregister("b_pairs")
    store.connection.unregister("b_compared")
