"""Holding a graph from outside against the words and rules of linkgraph, before anything of it is kept.

A signature says who made a file, not that the maker's program was sound.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.errors import IntegrityError
from linkgraph.exchange.extract import HANDED_ENTITIES, HANDED_LINKS, Extract
from linkgraph.model import MARKINGS, Basis, EntityKind, LinkKind, Role, entity_id, link_id
from linkgraph.store.protocol import SAID

_ROWS_AT_A_TIME = 100_000


def check(extract: Extract) -> int:
    """Check a graph; give the number of entities that go under another name: their id does not follow from it.

    Raises:
        IntegrityError: the first thing that is not as it must be.
    """
    _nothing_missing(extract)
    _known_words(extract)
    _ids_once(extract.entities)
    _ids_once(extract.links)
    _ends_there(extract)
    _links_by_their_ids(extract.links)
    kinds, values = extract.entities["kind"].to_pylist(), extract.entities["value"].to_pylist()
    named = zip(extract.entities["id"].to_pylist(), kinds, values, strict=True)
    return sum(entity_id(EntityKind(kind), value) != entity for entity, kind, value in named)


def _nothing_missing(extract: Extract) -> None:
    needed = {
        "entities": (*HANDED_ENTITIES.names[:4], "marking"),
        "links": (*HANDED_LINKS.names[:5], "marking"),
        "said": SAID.names[:5],
    }
    for part, names in needed.items():
        for name in names:
            if getattr(extract, part)[name].null_count:
                raise IntegrityError(f"The graph has a record without its {name}.")


def _known_words(extract: Extract) -> None:
    for table, column, words in (
        (extract.entities, "kind", EntityKind),
        (extract.entities, "role", Role),
        (extract.entities, "country_basis", Basis),
        (extract.entities, "marking", MARKINGS),
        (extract.links, "kind", LinkKind),
        (extract.links, "marking", MARKINGS),
        (extract.said, "basis", Basis),
    ):
        there = table[column].drop_null().unique()
        unknown = there.filter(pc.invert(pc.is_in(there, value_set=pa.array([*map(str, words)], pa.string()))))
        if len(unknown):
            raise IntegrityError(f"The graph has a {column} that linkgraph does not know: {unknown[0].as_py()!r:.60}.")


def _ids_once(table: pa.Table) -> None:
    if pc.count_distinct(table["id"]).as_py() != table.num_rows:
        raise IntegrityError("The graph has two records with one id.")
    if not pc.all(pc.match_substring_regex(table["id"], "^[0-9a-f]{32}$"), min_count=0).as_py():
        raise IntegrityError("The graph has an id that is none.")


def _ends_there(extract: Extract) -> None:
    ids = extract.entities["id"].combine_chunks()
    for column in (extract.links["source"], extract.links["target"], extract.said["entity"]):
        if not pc.all(pc.is_in(column, value_set=ids), min_count=0).as_py():
            raise IntegrityError("The graph speaks of an entity that is not in it.")


def _links_by_their_ids(links: pa.Table) -> None:
    if links.num_rows and pc.min(links["count"]).as_py() < 1:
        raise IntegrityError("The graph has a link that counts no row.")
    columns = links.select(["id", "kind", "source", "target"])
    for some in columns.to_batches(max_chunksize=_ROWS_AT_A_TIME):
        for link, kind, source, target in zip(*(column.to_pylist() for column in some.columns), strict=True):
            if link_id(LinkKind(kind), source, target) != link:
                raise IntegrityError(f"The graph has a link whose id is not that of its kind and ends: {link}.")
