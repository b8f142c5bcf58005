"""Holding a graph from outside against the words and rules of linkgraph, before anything of it is kept.

A signature says who made a file, not that the maker's program was sound.
"""

from __future__ import annotations

import ipaddress
import json
import re
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from linkgraph import evidence
from linkgraph.errors import IntegrityError
from linkgraph.exchange.extract import HANDED_ENTITIES, HANDED_LINKS, Extract
from linkgraph.exchange.redaction.naming import WORDS
from linkgraph.model import MARKINGS, Basis, EntityKind, LinkKind, Role, entity_id, link_id
from linkgraph.store.protocol import SAID

_ROWS_AT_A_TIME = 100_000
_MOST_ROWS = (1 << 31) - 1
"""Of a file."""
_MOST_OF_A_LINK = 10_000_000
_EARLIEST, _LATEST = (
    int((datetime(year, 1, 2, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000
    for year in (1, 9998)
)
"""Microseconds since 1970."""
_SUM = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_OTHER_NAMES = frozenset({*WORDS.values(), "victim", "of a victim"})
"""What stands before the digits of an id where a value was: a pseudonym, or a mask of :mod:`linkgraph.victims`."""
_DIGITS = re.compile("[0-9a-f]{8}|[0-9a-f]{12}")


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
    _rows(extract)
    _sums(extract.links)
    for table in (extract.entities, extract.links):
        _times(table)
    return _under_other_names(extract.entities)


def _under_other_names(entities: pa.Table) -> int:
    """Count the entities whose id is not that of their value; each must be called as one is that goes under another."""
    found = 0
    columns = (entities[name].to_pylist() for name in ("id", "kind", "value"))
    for entity, kind, value in zip(*columns, strict=True):
        if entity_id(EntityKind(kind), value) == entity:
            continue
        word, _, digits = value.rpartition(" ")
        if not (
            _DIGITS.fullmatch(digits) and entity.startswith(digits) and (word in _OTHER_NAMES or _is_network(word))
        ):
            raise IntegrityError(f"The graph has an entity whose id is not that of its kind and value: {entity}.")
        found += 1
    return found


def _is_network(word: str) -> bool:
    try:
        ipaddress.ip_network(word)
    except ValueError:
        return False
    return True


def _nothing_missing(extract: Extract) -> None:
    needed = {
        "entities": (*HANDED_ENTITIES.names[:4], "marking"),
        "links": (*HANDED_LINKS.names[:5], "marking"),
        "said": SAID.names[:5],
    }
    for part, names in needed.items():
        for name in names:
            column = getattr(extract, part)[name]
            if column.null_count or (name == "value" and pc.any(pc.equal(column, "")).as_py()):
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
    if links.num_rows and not 1 <= pc.min(links["count"]).as_py() <= pc.max(links["count"]).as_py() <= _MOST_ROWS:
        raise IntegrityError("The graph has a link that counts no row, or more than any file has.")
    columns = links.select(["id", "kind", "source", "target"])
    for some in columns.to_batches(max_chunksize=_ROWS_AT_A_TIME):
        for link, kind, source, target in zip(*(column.to_pylist() for column in some.columns), strict=True):
            if link_id(LinkKind(kind), source, target) != link:
                raise IntegrityError(f"The graph has a link whose id is not that of its kind and ends: {link}.")


def _rows(extract: Extract) -> None:
    """Check which rows links rest on: what is a range in a small file is not to be a billion numbers here."""
    flat = pc.list_flatten(extract.links["evidence"])
    for name, texts in (
        ("link", flat.filter(pc.match_substring_regex(flat, "[-]|[0-9]{10}$|[0-9]{10},")).to_pylist()),
        ("source", [text for some in extract.corrected.values() for text in some]),
    ):
        for text in texts:
            spans = evidence.spans(text.partition(" ")[2])
            backwards = any(not 0 <= first <= last <= _MOST_ROWS for first, last in spans)
            if backwards or sum(last - first + 1 for first, last in spans) > _MOST_OF_A_LINK:
                raise IntegrityError(f"The graph has a {name} with rows that no file has.")


def _sums(links: pa.Table) -> None:
    for text in links["amounts"].drop_null().unique().to_pylist():
        try:
            sums = json.loads(text)
            fit = isinstance(sums, dict) and all(isinstance(one, str) and _SUM.fullmatch(one) for one in sums.values())
        except ValueError:
            fit = False
        if not fit:
            raise IntegrityError(f"The graph has sums of money that are none: {text!r:.60}.")


def _times(table: pa.Table) -> None:
    first, last = table["first_seen"], table["last_seen"]
    for moments in (first, last):
        found = pc.min_max(moments.cast(pa.int64()))
        low, high = found["min"].as_py(), found["max"].as_py()
        if low is not None and not (low >= _EARLIEST and high <= _LATEST):
            raise IntegrityError("The graph has a time before the year 1 or after the year 9998.")
    if pc.any(pc.greater(first, last)).as_py():
        raise IntegrityError("The graph has something that was seen first after it was seen last.")
