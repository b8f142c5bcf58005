"""Finding entities of the whole graph by a part of their name, value or id, as the page's search box does."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.graph import Floats, Graph, Longs
from linkgraph.web.passing import strongest

# What the page's unicode.ts takes away, as far as RE2 has a name for it; code points that are assigned to nothing
# are left in.
_UNSEEN = (
    r"[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\x{034F}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{180B}-\x{180F}\x{3164}"
    r"\x{FE00}-\x{FE0F}\x{FFA0}\x{E0000}-\x{E0FFF}]|[\x{00A0}\x{1680}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}]"
)


class Index:
    """The names of a graph in the form in which they are compared."""

    def __init__(self, graph: Graph, strength: Floats) -> None:
        entities = graph.entities
        named = [entities["id"].cast(pa.large_string()), folded(entities["label"]), folded(entities["value"])]
        # No folded text has a line end, so that nothing is found across two of the three.
        self._names = pc.binary_join_element_wise(*named, pa.scalar("\n", pa.large_string()))
        self._strength = strength

    def find(self, text: str, most: int) -> tuple[int, Longs]:
        """Tell how many nodes have this text in their id, name or value, and give the strongest of them."""
        # Half a surrogate pair is in no name that the store holds.
        typed = pa.chunked_array([[text.strip().encode("utf-8", "replace").decode()]], pa.string())
        sought = folded(typed)[0].as_py()
        if not sought:
            return 0, np.zeros(0, np.int64)
        found = np.asarray(pc.match_substring(self._names, sought).to_numpy(), bool)
        return int(found.sum()), strongest(self._strength, found, most)


def folded(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give texts in the form in which they are compared: compatible forms and letter case fall together."""
    texts = texts.cast(pa.large_string())
    return pc.utf8_lower(pc.replace_substring_regex(pc.utf8_normalize(texts, form="NFKC"), _UNSEEN, ""))
