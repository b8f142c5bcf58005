"""Who directs whom: what contacts and payments, their directions and their order can say about it.

No row says that anybody commands anybody. Three things that do show in directed, dated rows are put side by side,
for contacts and for payments apart:

- *Levels*: where each account stands between those that begin and those that only receive, and whether the links
  run one way more than chance would make them (:mod:`~linkgraph.algorithms.direction.trophic`).
- *Reach*: to how many others something can have come from an account along rows that follow each other in time,
  within a window, and the largest such cascade, row by row (:mod:`~linkgraph.algorithms.direction.reach`).
- *One to many*: accounts that wrote to many new others within the window
  (:mod:`~linkgraph.algorithms.direction.outreach`).

Who writes first may ask, invite or report; who is paid may lead or be squeezed. It is for the investigator to say
which. A victim is in the levels that are measured and may be reached, but is in no list, begins nothing and passes
nothing on; nor is a police cover ever in a list.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.algorithms.direction.outreach import Outreach, outreach
from linkgraph.algorithms.direction.reach import Cascades, Reach, Timeline, cascades, in_order, reach, timeline
from linkgraph.algorithms.direction.trophic import Trophic, trophic_levels
from linkgraph.algorithms.records import Record, frame, iso, node_record, number
from linkgraph.errors import UsageError
from linkgraph.model import LinkKind, Role

if TYPE_CHECKING:
    import pandas as pd

    from linkgraph.graph import Graph, Ints, Longs, Mask
    from linkgraph.model import Source

DIRECTED = (LinkKind.CONTACTED, LinkKind.PAID)
"""Kinds of links whose direction is an act: one writes, one pays."""
NEVER_LISTED = (Role.VICTIM, Role.POLICE_COVER)
WINDOW = timedelta(days=7)
LEAST = 5
TOP = 20
ENDS = 5
"""Accounts that are listed at each end of a component."""
MOST_LISTED = 500
"""Rows of a cascade, targets of one account and links of another that are listed; all are counted."""
MARKED = 0.05
"""A component runs one way more than chance makes it if no more than this share of random directions are as
coherent."""
_SEED = 1


@dataclass(frozen=True, eq=False, slots=True)
class Level:
    """A component of the links of one kind, and who stands at its ends."""

    size: int
    links: Ints
    """Rows of the link table."""
    cycles: int
    """Independent cycles that its pairs make, whichever way the links point; 0 in a tree."""
    number: int
    """Its number in ``levels``."""
    lowest: tuple[int, ...]
    """Nodes at the beginning, lowest first."""
    highest: tuple[int, ...]
    """Nodes at the end, highest first."""


@dataclass(frozen=True, eq=False, slots=True)
class Directed:
    """What the links and rows of one kind say."""

    kind: LinkKind
    rows: int
    without_time: int
    uncertain: int
    """Rows that have a time, but not to the instant: a day only, or an hour that came twice."""
    levels: Trophic
    components: tuple[Level, ...]
    """Largest first; of those as large, the one with the smaller id."""
    components_found: int
    """Components of three entities or more."""
    events: Timeline
    reach: Reach
    sources: tuple[tuple[int, Cascades], ...]
    """Positions in the nodes of ``events`` and what each began, furthest reach first."""
    candidates: int
    """How many were followed to find these."""


@dataclass(frozen=True, eq=False, slots=True)
class Hierarchy:
    """What direction and order say, for each kind of link."""

    graph: Graph
    table: pa.Table
    """The rows, schema :data:`~linkgraph.store.protocol.EVENTS`, in its order."""
    files: Sequence[Source]
    window: timedelta
    least: int
    top: int
    kinds: tuple[Directed, ...]
    one_to_many: tuple[Outreach, ...]
    """The ``events`` of each are positions in ``table``."""
    one_to_many_found: int
    contacts_asked: bool
    """Whether one-to-many contact was asked for: it is one of contacts only."""

    def to_json(self) -> Record:
        """Give the stable form; ``…_left_out`` says how many are counted and not listed."""
        return {
            "parameters": {
                "links": [one.kind.value for one in self.kinds],
                "window_days": number(self.window / timedelta(days=1)),
                "least": self.least,
                "top": self.top,
                "seed": _SEED,
            },
            "one_to_many": {
                "asked": self.contacts_asked,
                "found": self.one_to_many_found,
                "accounts": [self._outreach(one) for one in self.one_to_many],
            },
            "links": [
                {
                    "kind": one.kind.value,
                    "rows": one.rows,
                    "without_time": one.without_time,
                    "uncertain_times": one.uncertain,
                    "components_found": one.components_found,
                    "components": [self._level(one, level) for level in one.components],
                    "reach": {
                        "targets": one.reach.targets,
                        "targets_sampled": one.reach.sampled,
                        "candidates": one.candidates,
                        "accounts": [self._source(one, node, begun) for node, begun in one.sources],
                    },
                }
                for one in self.kinds
            ],
        }

    def headline(self) -> str:
        """Give the answer in two sentences."""
        days = f"{self.window / timedelta(days=1):g} days"
        said = []
        if self.one_to_many:
            first = self.one_to_many[0]
            met = "a victim" if first.victims == 1 else "victims"
            victims = f", {first.victims} of them {met}" if first.victims else ""
            said.append(
                f"Most new contacts within {days}: {self.graph.labels[first.account]}, {len(first.events):,}{victims}."
            )
        elif self.contacts_asked:
            said.append(f"No account wrote to {self.least} or more new others within {days}.")
        for one in self.kinds:
            if one.sources:
                node, begun = one.sources[0]
                label = self.graph.labels[int(one.events.nodes[node])]
                said.append(f"Furthest reach by {one.kind} within {days}: {label}, {len(begun.reached):,} others.")
        return " ".join(said) if said else "No contact or payment has a time."

    def to_frame(self) -> pd.DataFrame:
        """Give one row a listed account and what it is listed for, ``value`` being what it is ranked by."""
        rows: list[Record] = [
            {"what": "one to many", "links": LinkKind.CONTACTED.value, "value": float(one["approached_in_window"])}
            | one
            for one in map(self._outreach, self.one_to_many)
        ]
        for kind in self.kinds:
            for node, begun in kind.sources:
                one = self._source(kind, node, begun)
                rows.append({"what": "reach", "links": kind.kind.value, "value": float(one["reached"])} | one)
            for level in kind.components:
                found = self._level(kind, level)
                for end in ("lowest", "highest"):
                    rows += [
                        {"what": f"{end} level", "links": kind.kind.value, "value": one["level"]} | one
                        for one in found[end]
                    ]
        return frame(rows, ("what", "links", "id", "kind", "label", "value"))

    def _outreach(self, one: Outreach) -> Record:
        listed = one.events[:MOST_LISTED]
        targets = self.table["target"].take(pa.array(listed)).to_pylist()
        rows = self._rows(listed)
        pairs = len(one.events) * (len(one.events) - 1) // 2
        return node_record(self.graph, one.account) | {
            "approached_in_window": len(one.events),
            "from": rows[0]["time"],
            "to": self._rows(one.events[-1:])[0]["time"],
            "victims": one.victims,
            "answered": int(np.count_nonzero(one.answered)),
            "pairs": pairs,
            "acquainted_pairs": one.acquainted,
            "approached": one.approached,
            "written_first": one.written_first,
            "victims_written_to": one.victims_written_to,
            "contacts": [
                node_record(self.graph, node)
                | {"victim": bool(self.graph.victims[node]), "answered": bool(answered)}
                | {"time": row["time"], "evidence": row["evidence"]}
                for node, answered, row in zip(targets, one.answered[:MOST_LISTED].tolist(), rows, strict=True)
            ],
            "contacts_left_out": len(one.events) - len(listed),
        }

    def _level(self, kind: Directed, level: Level) -> Record:
        found, at = kind.levels, level.number
        draws, as_coherent = int(found.draws[at]), int(found.as_coherent[at])
        return {
            "size": level.size,
            "links": len(level.links),
            "cycles": level.cycles,
            "incoherence": number(round(float(found.incoherence[at]), 6)),
            "incoherence_random": number(round(float(found.expected[at]), 6)),
            "draws": draws,
            "as_coherent": as_coherent,
            "solved": "directly" if found.residual[at] == 0 else f"to {found.residual[at]:.0e}",
            "reading": reading(
                level.cycles, float(found.incoherence[at]), float(found.expected[at]), as_coherent, draws
            ),
            "lowest": [self._placed(kind, level, node) for node in level.lowest],
            "highest": [self._placed(kind, level, node) for node in level.highest],
        }

    def _placed(self, kind: Directed, level: Level, node: int) -> Record:
        begins, ends = (level.links[end[level.links] == node] for end in (self.graph.source, self.graph.target))
        own = np.unique(np.concatenate([begins, ends]))
        return node_record(self.graph, node) | {
            "level": number(kind.levels.level[node]),
            "to": len(begins),
            "from": len(ends),
            "links": self.graph.links["id"].take(pa.array(own[:MOST_LISTED])).to_pylist(),
            "links_left_out": max(0, len(own) - MOST_LISTED),
        }

    def _source(self, kind: Directed, node: int, begun: Cascades) -> Record:
        events = kind.events
        tree, hops = begun.largest, begun.hops
        listed = self._rows(events.row[tree[:MOST_LISTED]])
        ids = self.graph.ids
        return node_record(self.graph, int(events.nodes[node])) | {
            "reached": len(begun.reached),
            "victims_reached": int(np.count_nonzero(self.graph.victims[events.nodes[begun.reached]])),
            "starts": begun.starts,
            "starts_followed": begun.tried,
            "cascade": {
                "from": _moment(events.time[tree[0]]),
                "to": _moment(events.time[tree[-1]]),
                "reached": len(tree),
                "directly": int(np.count_nonzero(hops == 1)),
                "hops": int(hops.max(initial=0)),
                "rows": [
                    {
                        "source": ids[int(events.nodes[events.source[event]])],
                        "target": ids[int(events.nodes[events.target[event]])],
                        "hop": int(hop),
                    }
                    | row
                    for event, hop, row in zip(tree[:MOST_LISTED], hops[:MOST_LISTED], listed, strict=True)
                ],
                "rows_left_out": len(tree) - len(listed),
            },
        }

    def _rows(self, positions: Longs) -> list[Record]:
        """Give time and evidence of some rows of the table."""
        taken = self.table.select(["first_seen", "file", "row"]).take(pa.array(np.asarray(positions, np.int64)))
        return [
            {
                "time": iso(one["first_seen"]),
                "evidence": {"source": self.files[one["file"]].sha256, "row": one["row"]},
            }
            for one in taken.to_pylist()
        ]


def hierarchy(
    graph: Graph,
    events: pa.Table,
    files: Sequence[Source],
    *,
    links: Collection[LinkKind] = DIRECTED,
    window: timedelta = WINDOW,
    least: int = LEAST,
    top: int = TOP,
) -> Hierarchy:
    """Put side by side what direction and order of contacts and payments say.

    Args:
        graph: the whole graph of the case.
        events: the rows behind its links, schema :data:`~linkgraph.store.protocol.EVENTS`; other kinds are passed over.
        files: the evidence files, in the order that the column ``file`` of ``events`` counts them in.
        links: kinds of links to look at, each for itself.
        window: the longest that a path, and a run of new contacts, may take.
        least: fewest new contacts of an account that are listed.
        top: how many components and accounts to list of each.

    Raises:
        UsageError: a kind of link has no direction that says anything, or the window or a number is not above 0.
    """
    other = [kind for kind in links if kind not in DIRECTED]
    if other:
        raise UsageError(
            f"{', '.join(other)} has no direction to read a hierarchy from; {' and '.join(DIRECTED)} have."
        )
    if window <= timedelta(0) or least < 1 or top < 1:
        raise UsageError("Window, least and top must be above 0.")
    table = in_order(events)
    span = window // timedelta(microseconds=1)
    never = graph.with_role(*NEVER_LISTED)
    kinds = tuple(_directed(graph, table, kind, span, top, never) for kind in DIRECTED if kind in links)
    contacts = LinkKind.CONTACTED in links
    found, count = _one_to_many(graph, table, span, least, top, never) if contacts else ([], 0)
    return Hierarchy(graph, table, files, window, least, top, kinds, tuple(found), count, contacts)


def reading(cycles: int, incoherence: float, expected: float, as_coherent: int, draws: int) -> str:
    """Say in words what the incoherence of a component means."""
    if cycles == 0:
        return "a tree: levels fit it whichever way its links point; they count steps and are no sign of command"
    if draws < 1 / MARKED - 1:
        than = "less" if incoherence < expected else "no less"
        return f"incoherence {incoherence:.2f}, {than} than with random directions ({expected:.2f}, {draws} draws)"
    if (1 + as_coherent) / (1 + draws) <= MARKED:
        said = "runs one way more than chance makes it"
    elif as_coherent / draws >= 1 - MARKED and incoherence > expected:
        said = "runs one way less than chance makes it: it goes round"
    else:
        said = "runs no more one way than chance makes it"
    return f"{said} ({as_coherent} of {draws} random directions are as coherent)"


def _directed(graph: Graph, table: pa.Table, kind: LinkKind, span: int, top: int, never: Mask) -> Directed:
    of_kind = np.asarray(pc.equal(graph.links["kind"], kind).to_numpy(), bool)
    links = np.flatnonzero(of_kind & (graph.link_strength > 0) & (graph.source != graph.target))
    levels = trophic_levels(
        graph.source[links], graph.target[links], graph.link_strength[links], len(graph), seed=_SEED
    )
    components, found = _components(graph, levels, links, top, never)
    source, target, time, row, rows, uncertain = _timed(table, kind)
    passing = ~graph.victims[source]
    events = timeline(source[passing], target[passing], time[passing], row[passing], span)
    within = reach(events, seed=_SEED)
    sources, candidates = _sources(events, within, top, never)
    return Directed(
        kind=kind,
        rows=rows,
        without_time=rows - len(source),
        uncertain=uncertain,
        levels=levels,
        components=components,
        components_found=found,
        events=events,
        reach=within,
        sources=sources,
        candidates=candidates,
    )


def _timed(table: pa.Table, kind: LinkKind) -> tuple[Ints, Ints, Longs, Longs, int, int]:
    """Give source, target, time (µs) and position of the rows of a kind that have a time.

    Beside these, how many rows there are, and how many have a time but not to the instant.
    """
    of_kind = np.asarray(pc.equal(table["kind"], kind).to_numpy(), bool)
    row = np.flatnonzero(of_kind & np.asarray(pc.is_valid(table["first_seen"]).to_numpy(), bool))
    kept = table.take(pa.array(row))
    instant = pc.fill_null(pc.equal(kept["first_seen"], kept["last_seen"]), fill_value=False)
    return (
        kept["source"].to_numpy(),
        kept["target"].to_numpy(),
        kept["first_seen"].cast(pa.int64()).to_numpy(),
        row,
        int(np.count_nonzero(of_kind)),
        len(row) - int(pc.sum(instant).as_py() or 0),
    )


def _components(graph: Graph, levels: Trophic, links: Longs, top: int, never: Mask) -> tuple[tuple[Level, ...], int]:
    """Give the largest components of three or more, and how many such there are."""
    placed = np.flatnonzero(levels.component >= 0)
    size = np.bincount(levels.component[placed], minlength=len(levels.incoherence))
    large = np.flatnonzero(size >= 3)
    best = large[np.argsort(-size[large], kind="stable")][:top]
    of_link = levels.component[graph.source[links]]
    found = []
    for part in best.tolist():
        own = links[of_link == part].astype(np.int32)
        nodes = placed[(levels.component[placed] == part) & ~never[placed]]
        upward = np.argsort(levels.level[nodes], kind="stable")[:ENDS]
        downward = np.argsort(-levels.level[nodes], kind="stable")[:ENDS]
        pairs = int(np.count_nonzero(np.bincount(graph.pair_of_link[own])))
        found.append(
            Level(
                size=int(size[part]),
                links=own,
                cycles=pairs - int(size[part]) + 1,
                number=part,
                lowest=tuple(nodes[upward].tolist()),
                highest=tuple(nodes[downward].tolist()),
            )
        )
    return tuple(found), len(large)


def _sources(events: Timeline, within: Reach, top: int, never: Mask) -> tuple[tuple[tuple[int, Cascades], ...], int]:
    """Follow those with the furthest reach; where reach is an estimate, also those with most direct contacts."""
    allowed = np.flatnonzero((within.reached > 0) & ~never[events.nodes])
    chosen = allowed[np.argsort(-within.reached[allowed], kind="stable")][:top]
    if within.sampled is not None:
        pairs = np.sort(events.source.astype(np.int64) * len(events.nodes) + events.target)
        distinct = pairs[np.diff(pairs, prepend=-1) > 0]
        direct = np.bincount(distinct // len(events.nodes), minlength=len(events.nodes))
        most = np.flatnonzero((direct > 0) & ~never[events.nodes])
        chosen = np.union1d(chosen, most[np.argsort(-direct[most], kind="stable")][:top])
    followed = [(int(node), cascades(events, int(node))) for node in chosen]
    followed.sort(key=lambda one: (-len(one[1].reached), -len(one[1].largest), one[0]))
    return tuple(followed[:top]), len(followed)


def _one_to_many(
    graph: Graph, table: pa.Table, span: int, least: int, top: int, never: Mask
) -> tuple[list[Outreach], int]:
    source, target, time, row, _, _ = _timed(table, LinkKind.CONTACTED)
    found, count = outreach(source, target, time, row, span, least=least, top=top, victims=graph.victims, never=never)
    return [replace(one, events=row[one.events]) for one in found], count


def _moment(time: int) -> str | None:
    return iso(datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(time)))
