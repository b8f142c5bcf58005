"""What a profile leaves of a case.

- A node or link goes only if its kind does and its marking is not stricter than the ceiling. A marking is that
  of the strictest source (:mod:`linkgraph.exchange.extract`).
- From named seeds, only what is within some hops goes. The walk takes links that go, and never passes through a
  victim or a node that stays.
- With a window of time only links that lie within it wholly go: the count and the times of one that began before
  would tell of the time before.
- A node whose own text has in it what identifies something that stays (the account ``anna.other`` of the victim
  ``anna.other@example.org``) stays too.
  So does what is said of a node, and the name of a source file, that has it.
- What a link is worth goes in words of a closed set: not the name of a list, nor how many accounts the case has.
- A country that follows from addresses stays where one of these addresses does. Where a link of a node stays, the
  node's times are those of the links that go: the time of its first contact may be that with a victim.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph import evidence
from linkgraph.errors import UsageError
from linkgraph.exchange.extract import HANDED_ENTITIES, HANDED_LINKS, Extract
from linkgraph.exchange.redaction import naming
from linkgraph.exchange.redaction.choosing import REASONS, Choice, Reason, Request, Stays, Suppressed, within_window
from linkgraph.exchange.redaction.counting import Count, counts
from linkgraph.exchange.redaction.profile import ENTITY_COLUMNS, LINK_COLUMNS, Profile, Times, Victims
from linkgraph.exchange.redaction.texts import Texts
from linkgraph.graph import Graph, Mask
from linkgraph.model import MARKINGS, Basis, LinkKind, Role, link_id
from linkgraph.store.grades import without_names
from linkgraph.store.protocol import SAID

VICTIMS_IN_CONTACT = "victims in contact"
"""Name of the attribute that has how many victims somebody had to do with."""
COUNTED = "counted for this export"
"""Origin of such an attribute."""
NOT_HANDED_ON = "not handed on"
"""Origin of what is said, where the profile keeps the source files back."""
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, eq=False)
class Redacted:
    """What goes, and what stays."""

    extract: Extract
    """What goes."""
    stays: tuple[Stays, ...]
    entities: Mapping[str, Reason]
    """Why each entity that stays does, by id."""
    suppressed: Suppressed
    """What must be in nothing that goes."""
    counts: Sequence[Count] = ()
    """What goes where only counts do."""
    marking: str = MARKINGS[-1]
    """The strictest of anything that goes, or was counted."""


def redact(whole: Extract, graph: Graph, profile: Profile, request: Request, secret: bytes) -> Redacted:
    """Give what a profile leaves of a case.

    Args:
        whole: extract of the whole case with victims in it.
        graph: of the same; its row numbers are those of the extract's tables.
        profile: what may go.
        request: what is asked for.
        secret: of the case, for pseudonyms.

    Raises:
        UsageError: seeds are needed, or one of them does not go itself.
    """
    if profile.seeds_needed and not request.seeds:
        raise UsageError(
            f"The profile '{profile.name}' lets nothing go but what surrounds named entities: name them with --seed."
        )
    choice = Choice(whole, graph, profile, request)
    hidden = ~choice.nodes() | choice.renamed if profile.least is None else np.ones(len(graph), bool)
    suppressed = choice.suppressed(hidden)
    texts = suppressed.texts()
    said, dropped = _said(choice, texts)
    new_ids = naming.ids(choice, profile, request, secret)
    entities = _renamed(_entities(choice), naming.names(choice, profile, new_ids), new_ids)
    made = replace(
        whole,
        entities=_in_order(entities.filter(pa.array(choice.nodes())), choice),
        links=_in_order(_links(choice, new_ids).filter(pa.array(choice.links())), choice),
        said=_with_ids(pa.concat_tables([said, _victims_met(choice)]), whole.entities["id"], new_ids),
    )
    stays = choice.told() + dropped
    counted: Sequence[Count] = ()
    marking = made.marking
    if profile.least is not None:
        counted = counts(made, profile.least)
        stays.append(Stays("entity", "any", Reason.COUNTS, made.entities.num_rows))
        stays.append(Stays("link", "any", Reason.COUNTS, made.links.num_rows))
        empty = {name: getattr(made, name).slice(0, 0) for name in ("entities", "links", "said")}
        made = replace(made, **empty)
    return Redacted(
        _with_its_sources(made, profile, texts),
        tuple(sorted((one for one in stays if one.count), key=lambda one: (one.what, one.kind, one.reason))),
        {graph.ids[node]: REASONS[choice.why[node]] for node in np.flatnonzero(choice.why >= 0).tolist()},
        suppressed,
        counted,
        marking,
    )


def _entities(choice: Choice) -> pa.Table:
    """Give all nodes with the columns that the profile lets go."""
    graph, table = choice.graph, choice.whole.entities
    for name in ENTITY_COLUMNS:
        kinds = [kind for kind, columns in choice.profile.entities.items() if name in columns]
        table = _kept(table, name, graph.of_kind(kinds) & ~choice.pseudonym)
    # Without its role a victim would look like anybody.
    role = pc.if_else(pa.array(choice.victims), Role.VICTIM.value, table["role"].combine_chunks())
    table = _put(table, "role", role)
    uncertain = np.zeros(len(graph), bool)
    used = pc.equal(choice.whole.links["kind"], LinkKind.USED_IP.value).to_numpy()
    uncertain[graph.source[used & ~choice.links()]] = True
    derived = pc.fill_null(pc.equal(table["country_basis"], Basis.DERIVED.value), False).to_numpy()
    table = _kept(table, "country", ~(uncertain & derived))
    table = _kept(table, "country_basis", pc.is_valid(table["country"]).to_numpy())
    table = _seen_in_what_goes(table, choice)
    for name in ("first_seen", "last_seen"):
        table = _kept(table, name, within_window(table[name], choice.request))
    return _coarse(table, choice.profile.times)


def _seen_in_what_goes(table: pa.Table, choice: Choice) -> pa.Table:
    """Give the nodes that have links which stay the times of those that go."""
    source, target, goes = choice.graph.source, choice.graph.target, choice.links()
    partly = np.zeros(len(choice.graph), bool)
    partly[source[~goes]] = partly[target[~goes]] = True
    if not partly.any():
        return table
    for name, outermost, start in (("first_seen", np.minimum, _NEVER), ("last_seen", np.maximum, -_NEVER)):
        moments = choice.whole.links[name].combine_chunks()
        timed = goes & moments.is_valid().to_numpy(zero_copy_only=False)
        micros = moments.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)[timed]
        seen = np.full(len(choice.graph), start, np.int64)
        for ends in (source, target):
            outermost.at(seen, ends[timed], micros)
        column = table[name].combine_chunks()
        going = pa.array(seen, mask=seen == start).cast(column.type)
        lets = pc.and_(pa.array(partly), column.is_valid())
        table = _put(table, name, pc.if_else(lets, going, column))
    return table


def _links(choice: Choice, new_ids: pa.Array) -> pa.Table:
    """Give all links with the columns that the profile lets go, between the ids that their ends go under."""
    table, profile, graph = choice.whole.links, choice.profile, choice.graph
    for name in LINK_COLUMNS:
        lets = choice.links_of_kind([kind for kind, columns in profile.links.items() if name in columns])
        # A link without its count is one that was seen at least once.
        table = _kept(table, name, lets, 1 if name == "count" else None)
    table = _put(table, "grade", _graded(table["grade"].combine_chunks()))
    if not profile.rows:
        none = pa.array([[]], table["evidence"].type)
        table = _put(table, "evidence", none.take(pa.array(np.zeros(table.num_rows, np.int64))))
    if choice.renamed.any():
        for name, ends in (("source", graph.source), ("target", graph.target)):
            table = _put(table, name, new_ids.take(pa.array(ends)))
        ids = table["id"].to_pylist()
        rows = np.flatnonzero(choice.renamed[graph.source] | choice.renamed[graph.target])
        some = table.select(["kind", "source", "target"]).take(pa.array(rows))
        for row, one in zip(rows.tolist(), some.to_pylist(), strict=True):
            ids[row] = link_id(LinkKind(one["kind"]), one["source"], one["target"])
        table = _put(table, "id", pa.array(ids, pa.string()))
    return _coarse(table, profile.times).cast(HANDED_LINKS)


def _graded(grades: pa.Array) -> pa.Array:
    """Give grades without what they tell of lists and of the whole case."""
    distinct = grades.dictionary_encode()
    words = [without_names(grade) for grade in distinct.dictionary.to_pylist()]
    return pa.array(words, pa.string()).take(distinct.indices)


def _said(choice: Choice, texts: Texts) -> tuple[pa.Table, list[Stays]]:
    """Give what is said of nodes that go under their own name, as far as the profile lets it; and count the rest."""
    whole, profile = choice.whole, choice.profile
    place = pc.index_in(whole.said["entity"], value_set=whole.entities["id"].combine_chunks()).to_numpy()
    kinds = whole.entities["kind"].take(pa.array(place))
    lets = np.zeros(len(place), bool)
    for kind, names in profile.attributes.items():
        named = pc.is_in(whole.said["name"], value_set=pa.array(sorted(names), pa.string()))
        lets |= pc.and_(pc.equal(kinds, str(kind)), named).to_numpy()
    there = choice.nodes()[place] & ~choice.pseudonym[place]
    tells = np.zeros(len(place), bool)
    going = np.flatnonzero(there & lets)
    tells[going] = texts.within(whole.said["value"].take(pa.array(going)).to_pylist())
    dropped = [
        Stays("attribute", row["name"], reason, row["count_all"])
        for reason, which in ((Reason.NAME, there & ~lets), (Reason.END, ~there), (Reason.TEXT, tells))
        for row in whole.said.filter(pa.array(which)).group_by("name").aggregate([([], "count_all")]).to_pylist()
    ]
    said = whole.said.filter(pa.array(there & lets & ~tells))
    if not profile.rows:
        stated = pc.equal(said["basis"], Basis.STATED.value).combine_chunks()
        said = _put(said, "origin", pc.if_else(stated, NOT_HANDED_ON, said["origin"].combine_chunks()))
        said = _put(said, "row", pa.nulls(said.num_rows, pa.int64()))
        said = said.group_by(said.column_names).aggregate([]).select(SAID.names).cast(SAID)
    return said, dropped


def _victims_met(choice: Choice) -> pa.Table:
    """Give how many victims each node that goes had to do with, where the profile says so."""
    if choice.profile.victims is not Victims.AGGREGATE:
        return SAID.empty_table()
    graph, links = choice.graph, choice.links_but_for_their_ends()
    # That somebody is a victim may itself be marked stricter than what goes.
    told_of = choice.victims & ~choice.too_strict
    met: dict[int, set[int]] = {}
    for here, there in ((graph.source, graph.target), (graph.target, graph.source)):
        some = links & choice.nodes()[here] & told_of[there]
        for node, victim in zip(here[some].tolist(), there[some].tolist(), strict=True):
            met.setdefault(node, set()).add(victim)
    rows = [
        {
            "entity": graph.ids[node],
            "name": VICTIMS_IN_CONTACT,
            "value": str(len(victims)),
            "basis": Basis.DERIVED.value,
            "origin": COUNTED,
            "row": None,
        }
        for node, victims in sorted(met.items())
    ]
    return pa.Table.from_pylist(rows, SAID)


def _with_its_sources(made: Extract, profile: Profile, texts: Texts) -> Extract:
    """Keep the sources that something that goes rests on, and of each what the profile lets go."""
    tells = texts.within([one.name for one in made.sources])
    files = pc.unique(pc.utf8_slice_codeunits(pc.list_flatten(made.links["evidence"]), 0, 64)).to_pylist()
    named = {*files, *made.said["origin"].to_pylist()} if profile.rows else set()
    sources = tuple(
        replace(
            one,
            name=one.name if profile.file_names and not tell else "",
            imported_by=one.imported_by if profile.officers else "",
            imported_at=_floored(one.imported_at, profile.times),
        )
        for one, tell in zip(made.sources, tells, strict=True)
        if one.sha256 in named
    )
    corrected = {one: _corrected(made, one) for one in made.corrected if one in named}
    return replace(made, sources=sources, corrected={one: texts for one, texts in corrected.items() if texts})


def _corrected(made: Extract, source: str) -> list[str]:
    """Give which rows of a source that go were corrected; what was corrected in others tells of these."""
    texts = pc.list_flatten(made.links["evidence"])
    texts = texts.filter(pc.starts_with(texts, source)).unique().to_pylist()
    going = {row for text in texts for row in evidence.split(text.partition(" ")[2])}
    going.update(made.said.filter(pc.equal(made.said["origin"], source))["row"].drop_null().to_pylist())
    found = []
    for text in made.corrected[source]:
        correction, _, rows = text.partition(" ")
        if kept := [row for row in evidence.split(rows) if row in going]:
            found.append(f"{correction} {evidence.join(kept)}")
    return found


def _floored(moment: datetime, times: Times) -> datetime:
    if times is Times.EXACT:
        return moment
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return day if times is Times.DAY else day.replace(day=1)


def _renamed(entities: pa.Table, names: Mapping[int, str], new_ids: pa.Array) -> pa.Table:
    for name in ("value", "label") if names else ():
        texts = entities[name].to_pylist()
        for node, text in names.items():
            texts[node] = text
        entities = _put(entities, name, pa.array(texts, pa.string()))
    return _put(entities, "id", new_ids).cast(HANDED_ENTITIES)


def _with_ids(said: pa.Table, ids: pa.ChunkedArray, new_ids: pa.Array) -> pa.Table:
    at = pc.index_in(said["entity"], value_set=ids.combine_chunks()).combine_chunks()
    return _put(said, "entity", new_ids.take(at)).cast(SAID).sort_by([(name, "ascending") for name in SAID.names])


def _in_order(table: pa.Table, choice: Choice) -> pa.Table:
    """Order by id; what kept its ids is in order."""
    return table.sort_by("id") if choice.renamed.any() else table


def _kept(table: pa.Table, name: str, where: Mask, instead: object = None) -> pa.Table:
    if where.all():
        return table
    column = table[name].combine_chunks()
    return _put(table, name, pc.if_else(pa.array(where), column, pa.scalar(instead, column.type)))


def _put(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, column)


def _coarse(table: pa.Table, times: Times) -> pa.Table:
    if times is Times.EXACT:
        return table
    for name in ("first_seen", "last_seen"):
        moments = pc.floor_temporal(table[name], unit=times.value)
        table = _put(table, name, moments.cast(table.schema.field(name).type))
    return table
