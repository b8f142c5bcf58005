"""Several extracts as one graph: the same things are the same by their ids, and where two say otherwise it is told.

- An entity that several have is one. What it is called, its country and its role are those of the first that
  says; where another says otherwise, that is a :class:`Conflict`. Whoever is a victim to anybody is one.
- A link that several have is one. Rows of the same source file (SHA-256) are the same rows whoever holds them: if
  two rest on a source that both have, the larger count and the larger sums stand and the fact is told, for what
  each has that the other has not cannot be known; otherwise counts and sums are added.
- A link that only a partner has, and that rests on a file of ours, is told as well: by that file there is no such link.
- The marking of a thing is the strictest of all, times are the first and the last of all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from linkgraph import evidence as rows_of
from linkgraph.exchange.extract import HANDED_ENTITIES, HANDED_LINKS, Extract
from linkgraph.model import MARKINGS, Role, Source
from linkgraph.store.protocol import SAID

_SAYS = ("label", "country", "role")
"""Columns of entities in which two can contradict each other."""
_DIGITS = 100
"""Of sums: more than two that are handed on can have together."""


@dataclass(frozen=True, slots=True, order=True)
class Conflict:
    """Something that two agencies say otherwise."""

    id: str
    """Of the entity or link."""
    name: str
    """What of it: a column, or ``rows of the same file``."""
    stands: str
    """What stands in the merged graph."""
    by: str
    """Who says that."""
    other: str
    other_by: str

    def to_json(self) -> dict[str, str]:
        """Give the stable form."""
        return {
            "id": self.id,
            "name": self.name,
            "stands": self.stands,
            "by": self.by,
            "other": self.other,
            "other_by": self.other_by,
        }


@dataclass(frozen=True, eq=False)
class Merged:
    """Several extracts as one."""

    extract: Extract
    held_by: Mapping[str, tuple[int, ...]]
    """Of each entity and link that not only the first has: the places of those that have it."""
    conflicts: tuple[Conflict, ...]


def merge(extracts: Sequence[Extract]) -> Merged:
    """Merge extracts; the first is our own, and gives the case its name.

    Where only one has a thing it stands as it is, set at a time; what several have is looked at one by one.
    """
    conflicts: list[Conflict] = []
    agencies = [one.agency or one.case for one in extracts]
    entities, shared = _together([one.entities for one in extracts])
    merged = [_entity(rows, agencies, conflicts) for rows in shared.values()]
    links, shared_links = _together([one.links for one in extracts])
    merged_links = [_link(rows, agencies, conflicts) for rows in shared_links.values()]
    said = pa.concat_tables([one.said for one in extracts])
    said = said.group_by(SAID.names).aggregate([]).select(SAID.names).cast(SAID)
    extract = replace(
        extracts[0],
        entities=_with(entities, merged, HANDED_ENTITIES),
        links=_with(links, merged_links, HANDED_LINKS),
        said=said.sort_by([(name, "ascending") for name in SAID.names]),
        sources=_sources(extracts, agencies),
        corrected=_corrected(extracts),
    )
    for place, one in enumerate(extracts[1:], start=1):
        conflicts += _resting_on_ours(extracts[0], agencies[0], one, agencies[place])
    return Merged(extract, _held_by(extracts), tuple(sorted(conflicts)))


def _together(tables: Sequence[pa.Table]) -> tuple[pa.Table, dict[str, list[tuple[int, dict[str, Any]]]]]:
    """Give the rows that only one table has, and by id those that several have, with the place of the table."""
    every = pa.concat_tables(
        [
            table.append_column("of", pa.array([place] * table.num_rows, pa.int32()))
            for place, table in enumerate(tables)
        ]
    )
    times = every.group_by("id").aggregate([([], "count_all")])
    several = times.filter(pc.field("count_all") > 1)["id"].combine_chunks()
    is_shared = pc.is_in(every["id"], value_set=several)
    shared: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for row in every.filter(is_shared).to_pylist():
        place = row.pop("of")
        shared.setdefault(row["id"], []).append((place, row))
    return every.filter(pc.invert(is_shared)).drop_columns(["of"]), shared


def _with(table: pa.Table, rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    more = pa.Table.from_pylist(list(rows), schema)
    return pa.concat_tables([table.cast(schema), more]).sort_by("id")


def _entity(
    rows: Sequence[tuple[int, dict[str, Any]]], agencies: Sequence[str], conflicts: list[Conflict]
) -> dict[str, Any]:
    first, made = rows[0][0], dict(rows[0][1])
    by = dict.fromkeys(_SAYS, agencies[first])
    for place, row in rows[1:]:
        for name in _SAYS:
            here, there = made[name], row[name]
            if here is None and there is not None:
                made[name], by[name] = there, agencies[place]
                if name == "country":
                    made["country_basis"] = row["country_basis"]
            elif there is not None and here != there:
                if name == "role" and there == Role.VICTIM:
                    conflicts.append(Conflict(row["id"], name, there, agencies[place], here, by[name]))
                    made[name], by[name] = there, agencies[place]
                elif name != "label" or there != row["value"]:
                    conflicts.append(Conflict(row["id"], name, here, by[name], there, agencies[place]))
        _widen(made, row)
    return made


def _link(
    rows: Sequence[tuple[int, dict[str, Any]]], agencies: Sequence[str], conflicts: list[Conflict]
) -> dict[str, Any]:
    first, made = rows[0][0], dict(rows[0][1])
    for place, row in rows[1:]:
        both = _files(made) & _files(row)
        # Without rows nobody can tell whether they are the same ones.
        same = bool(both) or not made["evidence"] or not row["evidence"]
        if same and (made["count"], made["amounts"]) != (row["count"], row["amounts"]):
            conflicts.append(
                Conflict(
                    row["id"],
                    "rows of the same file" if both else "rows that are not told",
                    _told(made),
                    agencies[first],
                    _told(row),
                    agencies[place],
                )
            )
        made["amounts"] = _amounts(made["amounts"], row["amounts"], add=not same)
        made["count"] = max(made["count"], row["count"]) if same else made["count"] + row["count"]
        weights = [one for one in (made["weight"], row["weight"]) if one is not None]
        if weights:
            made["weight"] = max(weights) if same else sum(weights)
        made["evidence"] = _evidence(made["evidence"] or [], row["evidence"] or [])
        if made["grade"] is None:
            made["grade"] = row["grade"]
        _widen(made, row)
    return made


def _widen(made: dict[str, Any], row: Mapping[str, Any]) -> None:
    """Take the earliest and latest time, and the strictest marking."""
    for name, choose in (("first_seen", min), ("last_seen", max)):
        times = [one[name] for one in (made, row) if one[name] is not None]
        made[name] = choose(times) if times else None
    made["marking"] = min(made["marking"], row["marking"], key=MARKINGS.index)


def _files(row: Mapping[str, Any]) -> set[str]:
    return {text[:64] for text in row["evidence"] or []}


def _told(row: Mapping[str, Any]) -> str:
    return f"{row['count']} rows" + (f", {row['amounts']}" if row["amounts"] else "")


def _amounts(ours: str | None, theirs: str | None, *, add: bool) -> str | None:
    if ours is None or theirs is None:
        return ours or theirs
    with localcontext(prec=_DIGITS):
        sums = {currency: Decimal(amount) for currency, amount in json.loads(ours).items()}
        for currency, amount in json.loads(theirs).items():
            other = Decimal(amount)
            sums[currency] = sums.get(currency, Decimal(0)) + other if add else max(sums.get(currency, other), other)
    return json.dumps({name: f"{sums[name]:f}" for name in sorted(sums)}, separators=(",", ":"), ensure_ascii=False)


def _evidence(ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    rows: dict[str, list[str]] = {}
    for text in (*ours, *theirs):
        source, _, numbers = text.partition(" ")
        rows.setdefault(source, []).append(numbers)
    return [f"{source} {rows_of.union(rows[source])}" for source in sorted(rows)]


def _sources(extracts: Sequence[Extract], agencies: Sequence[str]) -> tuple[Source, ...]:
    """Give the sources of all, each once; those of partners say whose they are."""
    found: dict[str, Source] = {}
    for place, extract in enumerate(extracts):
        for one in extract.sources:
            name = one.name if place == 0 else f"{agencies[place]}: {one.name or one.kind}"
            known = found.get(one.sha256)
            if known is None:
                found[one.sha256] = replace(one, name=name)
            elif MARKINGS.index(one.marking) < MARKINGS.index(known.marking):
                found[one.sha256] = replace(known, marking=one.marking)
    return tuple(found.values())


def _corrected(extracts: Sequence[Extract]) -> dict[str, Sequence[str]]:
    """Give the corrected rows of each source as the first who has it says: nobody corrects the rows of another."""
    found: dict[str, Sequence[str]] = {}
    seen: set[str] = set()
    for extract in extracts:
        found |= {one: rows for one, rows in extract.corrected.items() if one not in seen}
        seen.update(one.sha256 for one in extract.sources)
    return found


def _resting_on_ours(ours: Extract, agency: str, theirs: Extract, other: str) -> list[Conflict]:
    """Give the links that only a partner has, and that name rows of a file of ours: ours does not say so."""
    only = theirs.links.filter(pc.invert(pc.is_in(theirs.links["id"], value_set=ours.links["id"].combine_chunks())))
    evidence = only["evidence"].combine_chunks()
    files = pc.utf8_slice_codeunits(pc.list_flatten(evidence), 0, 64)
    is_ours = pc.is_in(files, value_set=pa.array([one.sha256 for one in ours.sources], pa.string()))
    rows = pc.list_parent_indices(evidence).filter(is_ours).unique()
    return [
        Conflict(one["id"], "rows of the same file", "no such link", agency, _told(one), other)
        for one in only.select(["id", "count", "amounts"]).take(rows).to_pylist()
    ]


def _held_by(extracts: Sequence[Extract]) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for place, extract in enumerate(extracts[1:], start=1):
        for table, ours in ((extract.entities, extracts[0].entities), (extract.links, extracts[0].links)):
            in_ours = pc.is_in(table["id"], value_set=ours["id"].combine_chunks()).to_pylist()
            for one, known in zip(table["id"].to_pylist(), in_ours, strict=True):
                found[one] = (*(found.get(one) or ((0,) if known else ())), place)
    return found
