"""Disposable identities: which accounts may be one person's, by how many bits, and which one took over from which.

To an investigator: a list of pairs to look at, each with what speaks for and against it, field by field, and the
rows behind. Nothing is merged. ``linkgraph resolve`` keeps what a person decided, with who, when and why.

How it is found
---------------
- Who is compared: accounts with accounts, persons with persons; never a victim, never a police cover.
- *Blocking* (:mod:`~linkgraph.algorithms.identity.blocks`): pairs that hold one thing.
- *Comparison* (:mod:`~linkgraph.algorithms.identity.fields`): what they hold in common, how alike their names are
  (Jaro–Winkler: Winkler 1990), whether one stops and the other starts.
- *Score* (:mod:`~linkgraph.algorithms.identity.weights`): the weights of Fellegi & Sunter 1969, in bits; with the
  stated prior they make a probability.
- *Handover* (:mod:`~linkgraph.algorithms.identity.handover`): chains of one account after the other.

Similarity of names alone is never a link: a pair is a candidate only where at least one thing *held* speaks for it.
The timing of a handover and the likeness of names add to that; neither replaces it.

Limits: only what the returns say is known, and returns say most of those accounts that were asked about. One
owner with a new device behind a new address shares nothing and is not found. A household, a shared computer and an
account that was sold look like one owner. The probability rests on reviewed figures (``identities.toml``): it orders
work and is no proof.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from linkgraph.algorithms.identity import fields as compare
from linkgraph.algorithms.identity import handover as hand
from linkgraph.algorithms.identity import weights as weigh
from linkgraph.algorithms.identity.blocks import MOST_PAIRS, Block, blocks
from linkgraph.algorithms.identity.fields import COMPARED, DAY, FIELDS, Held
from linkgraph.algorithms.identity.handover import Handover, Spans
from linkgraph.algorithms.records import Record, frame, iso, node_record, number
from linkgraph.errors import UsageError
from linkgraph.model import Attribute, Decision, EntityKind, Role, SameAs

if TYPE_CHECKING:
    import pandas as pd

    from linkgraph.graph import Floats, Graph, Ints, Longs, Mask

NEVER_COMPARED = (Role.VICTIM, Role.POLICE_COVER)
REVIEWED, ESTIMATED = "reviewed", "estimated"
GAP_DAYS = 30
LEAST = 0.1
TOP = 100
IN_A_CHAIN = 0.5
"""Handovers at least so probable, or accepted, are put together to chains."""
DISPLAY_NAME = "display name"
DRAWN = 200
"""Accounts whose pairs show how alike strangers' names are: the first by id, a fair draw since ids are hashes."""
_ALIKE = (1.0, 0.92, 0.85)
"""Least similarity of names that are the same, close, near."""
_NOTHING = {"name": "different", "timing": "no handover"}

Said = Callable[[Sequence[str]], Mapping[str, Sequence[Attribute]]]
"""Gives what is said of entities, by id."""


@dataclass(frozen=True, slots=True)
class FieldBits:
    """What one field of a pair says."""

    field: str
    outcome: str
    """How it agrees; ``different``, or ``unknown`` where one of the two has none: then it says nothing."""
    hundredths: int
    """Of bits; above 0 for one owner, below 0 against."""
    in_full: bool
    """Whether it is the strongest thing in common; others count as what comes with it."""
    value: int | None = None
    """Node of the thing in common that fewest hold."""
    holders: int | None = None
    shared: int = 0
    """How many things are in common."""
    apart: float | None = None
    """Days between the two uses of the address; 0 where they overlap."""
    alike: float | None = None
    """Similarity of the names."""
    links: tuple[int, ...] = ()
    """Rows of the link table that state it."""
    said: tuple[tuple[int, Attribute], ...] = ()
    """Display names that were compared, with the node they are of."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two that may be one."""

    a: int
    b: int
    fields: tuple[FieldBits, ...]
    prior: int
    """Hundredths of bits."""
    probability: float
    handover: Handover | None
    decision: SameAs | None

    @property
    def score(self) -> int:
        """Sum of the fields, in hundredths of bits."""
        return sum(one.hundredths for one in self.fields)

    @property
    def links(self) -> tuple[int, ...]:
        """Rows of the link table behind all that is in common."""
        return tuple(sorted({link for one in self.fields for link in one.links}))


class Used(NamedTuple):
    """What a level of a field counted with."""

    kind: EntityKind
    level: weigh.Level
    m: float
    estimated: bool


@dataclass(frozen=True, eq=False, slots=True)
class Identities:
    """The likeliest pairs, and the chains of handovers."""

    graph: Graph
    parameters: Mapping[str, object]
    compared: Mapping[EntityKind, int]
    """How many of each kind are compared with each other."""
    left_out: int
    """Victims and police covers among accounts and persons."""
    blocks: tuple[Block, ...]
    pairs: int
    """Pairs compared."""
    used: tuple[Used, ...]
    priors: Mapping[EntityKind, int]
    """Hundredths of bits."""
    found: int
    """Candidates in all; the first ``top`` are listed, and those decided on."""
    names_alone: int
    """Pairs compared whose names are the same or close and that have nothing in common that speaks for them."""
    candidates: tuple[Candidate, ...]
    chains: tuple[tuple[tuple[Handover, Candidate], ...], ...]

    def to_json(self) -> Record:
        """Give the stable form."""
        return {
            "parameters": dict(self.parameters),
            "compared": {str(kind): count for kind, count in self.compared.items()},
            "left_out": self.left_out,
            "pairs": self.pairs,
            "blocks": [
                {
                    "field": one.field,
                    "values": one.values,
                    "pairs": one.pairs,
                    "paired_up_to": one.paired_up_to,
                    "next_names": one.next_names,
                    "over": [node_record(self.graph, node) | {"holders": holders} for node, holders in one.over],
                }
                for one in self.blocks
            ],
            "weights": [
                {
                    "kind": kind,
                    "field": level.field,
                    "level": level.name,
                    "m": number(m),
                    "others": level.others,
                    "together": level.together,
                    "estimated": estimated,
                }
                for kind, level, m, estimated in self.used
            ],
            "found": self.found,
            "names_alone": self.names_alone,
            "candidates": [self._candidate(one) for one in self.candidates],
            "chains": [self._chain(chain) for chain in self.chains],
        }

    def headline(self) -> str:
        """Give the answer in a sentence or two."""
        if not self.found:
            return f"Nothing that is held in common makes two accounts one owner's ({self.pairs:,} pairs compared)."
        likely = sum(one.probability >= IN_A_CHAIN for one in self.candidates)
        longest = max((len(chain) + 1 for chain in self.chains), default=0)
        handed = f"; {len(self.chains):,} handover chains, the longest of {longest}" if self.chains else ""
        return (
            f"{self.found:,} pairs may be one person's, of {self.pairs:,} compared; "
            f"of those listed {likely:,} are more likely than not{handed}."
        )

    def to_frame(self) -> pd.DataFrame:
        """Give one row a candidate: the two, bits of each field, score, probability, handover, decision."""
        fields = tuple(dict.fromkeys(level.field for _, level, _, _ in self.used))
        records = [
            {
                "a": self.graph.ids[one.a],
                "b": self.graph.ids[one.b],
                "a_label": self.graph.labels[one.a],
                "b_label": self.graph.labels[one.b],
                **{field.field: field.hundredths / 100 for field in one.fields},
                "prior": one.prior / 100,
                "score": one.score / 100,
                "probability": number(one.probability),
                "gap_days": days(one.handover.gap) if one.handover else None,
                "decision": one.decision.decision if one.decision else None,
            }
            for one in self.candidates
        ]
        ends = ("prior", "score", "probability", "gap_days", "decision")
        return frame(records, ("a", "b", "a_label", "b_label", *fields, *ends))

    def _candidate(self, one: Candidate) -> Record:
        return {
            "a": node_record(self.graph, one.a),
            "b": node_record(self.graph, one.b),
            "score": one.score / 100,
            "prior": one.prior / 100,
            "probability": number(one.probability),
            "fields": [self._field(field) for field in one.fields],
            "handover": self._handover(one.handover) if one.handover else None,
            "decision": one.decision.to_json() if one.decision else None,
        }

    def _field(self, one: FieldBits) -> Record:
        ids = self.graph.links["id"]
        return {
            "field": one.field,
            "outcome": one.outcome,
            "bits": one.hundredths / 100,
            "in_full": one.in_full,
            "value": None if one.value is None else node_record(self.graph, one.value),
            "holders": one.holders,
            "shared": one.shared,
            "apart_days": None if one.apart is None else number(one.apart),
            "alike": None if one.alike is None else number(one.alike),
            "links": [ids[link].as_py() for link in one.links],
            "said": [{"id": self.graph.ids[node], "source": said.origin, "row": said.row} for node, said in one.said],
        }

    def _handover(self, one: Handover) -> Record:
        return {
            "earlier": self.graph.ids[one.earlier],
            "later": self.graph.ids[one.later],
            "stopped": moment(one.stopped),
            "started": moment(one.started),
            "gap_days": days(one.gap),
            "stopped_by": one.by[0],
            "started_by": one.by[1],
            "earlier_still_seen": None if one.still_seen is None else moment(one.still_seen),
        }

    def _chain(self, chain: tuple[tuple[Handover, Candidate], ...]) -> Record:
        nodes = [chain[0][0].earlier, *(one.later for one, _ in chain)]
        ids = self.graph.links["id"]
        return {
            "accounts": [node_record(self.graph, node) for node in nodes],
            "steps": [
                self._handover(one)
                | {
                    "probability": number(pair.probability),
                    "decision": pair.decision.decision if pair.decision else None,
                    "in_common": [field.field for field in pair.fields if field.links],
                    "links": [ids[link].as_py() for link in pair.links],
                }
                for one, pair in chain
            ],
        }


def moment(microseconds: int) -> str | None:
    """Write a time as ISO 8601 in UTC."""
    return iso(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds))


def days(microseconds: int) -> float:
    """Give days to two decimals."""
    return round(microseconds / DAY, 2)


def identities(
    graph: Graph,
    said: Said | None = None,
    decisions: Sequence[SameAs] = (),
    *,
    gap_days: float = GAP_DAYS,
    weights: str = REVIEWED,
    doubles: float | None = None,
    least: float = LEAST,
    top: int = TOP,
    most_pairs: int = MOST_PAIRS,
) -> Identities:
    """Find accounts that may be one person's.

    Args:
        graph: the whole graph.
        said: gives what is said of entities: display names are compared. None: names of accounts alone.
        decisions: what was decided about pairs; those pairs are always listed, rejected ones are in no chain.
        gap_days: between two uses of one address, and between the end of one account and the start of the next.
        weights: :data:`REVIEWED`, or :data:`ESTIMATED` from the case where it has enough.
        doubles: how many further accounts in the case the owner of an account has on average; None: as reviewed.
        least: probability below which a pair is not listed.
        top: how many to list.
        most_pairs: pairs that are compared at most.

    Raises:
        UsageError: a parameter is out of its range.
    """
    stated = weigh.reviewed()
    doubles = stated.doubles if doubles is None else doubles
    _refuse(gap_days, weights, doubles, least, top)
    within = round(gap_days * DAY)
    wanted = graph.of_kind(COMPARED)
    compared = wanted & ~graph.with_role(*NEVER_COMPARED)
    held = {field: compare.held(graph, field) for field in FIELDS}
    # The bound is the field's, whichever of its levels states it.
    bounds = {field: max(level.pair_all for level in stated.of(field)) for field in FIELDS}
    keys, made = blocks(graph, held, compared, bounds, within, most_pairs)
    decided = _decided(graph, decisions, compared)
    n = max(len(graph), 1)
    keys = np.union1d(keys, np.array([u * n + v for u, v in decided], np.int64))
    every = np.stack(np.divmod(keys, n), axis=1).astype(np.int32)
    asked = _Asked(graph, held, hand.spans(graph), said, decided, within, weights, least)
    of_kinds = (_of_kind(asked, kind, every, compared, doubles) for kind in COMPARED)
    parts = [part for part in of_kinds if part is not None]
    pool = [(int(-one.total[row]), number_, int(row)) for number_, one in enumerate(parts) for row in one.listed]
    pool.sort(key=lambda place: (place[0], *parts[place[1]].pairs[place[2]].tolist()))
    candidates = [parts[number_].candidate(asked, row) for _, number_, row in pool[:top]]
    below = [parts[number_].candidate(asked, row) for _, number_, row in pool[top:] if parts[number_].is_decided[row]]
    return Identities(
        graph=graph,
        parameters={
            "weights": weights,
            "doubles": doubles,
            "gap_days": gap_days,
            "least": least,
            "top": top,
            "most_pairs": most_pairs,
        },
        compared={kind: int((compared & graph.of_kind([kind])).sum()) for kind in COMPARED},
        left_out=int((wanted & ~compared).sum()),
        blocks=made,
        pairs=len(every),
        used=tuple(used for part in parts for used in part.used),
        priors={part.kind: part.prior for part in parts},
        found=len(pool),
        names_alone=sum(part.names_alone for part in parts),
        candidates=(*candidates, *below),
        chains=tuple(chain for part in parts for chain in part.chains(asked)),
    )


def _refuse(gap_days: float, weights: str, doubles: float, least: float, top: int) -> None:
    if not 0 < gap_days <= 36_500:
        raise UsageError(f"The gap must be a number of days above 0, not {gap_days}.")
    if weights not in (REVIEWED, ESTIMATED):
        raise UsageError(f"'{weights}' are no weights; one of: {REVIEWED}, {ESTIMATED}.")
    if not 0 < doubles < 1000:
        raise UsageError(f"The further accounts of an owner must be a number above 0, not {doubles}.")
    if not 0 <= least <= 1:
        raise UsageError(f"A probability is from 0 to 1, not {least}.")
    if top < 1:
        raise UsageError(f"At least one must be listed, not {top}.")


@dataclass(frozen=True, eq=False, slots=True)
class _Asked:
    """What all kinds share."""

    graph: Graph
    held: Mapping[str, Held]
    spans: Spans
    said: Said | None
    decided: Mapping[tuple[int, int], SameAs]
    within: int
    weights: str
    least: float
    read: dict[str, list[Attribute]] = dataclasses.field(default_factory=dict)
    """Display names by id that were read already."""

    def within_of(self, field: str) -> int | None:
        return self.within if field == "address" else None

    def attributes(self, nodes: Sequence[int]) -> Mapping[str, Sequence[Attribute]]:
        if self.said is None:
            return {}
        ids = [self.graph.ids[node] for node in nodes]
        unread = [entity for entity in ids if entity not in self.read]
        if unread:
            found = self.said(unread)
            self.read.update(
                (entity, [one for one in found.get(entity, ()) if one.name == DISPLAY_NAME]) for entity in unread
            )
        return {entity: self.read[entity] for entity in ids if self.read[entity]}


@dataclass(frozen=True, eq=False, slots=True)
class _Part:
    """All pairs of one kind, weighed; arrays (n_pairs,)."""

    kind: EntityKind
    pairs: Ints
    fields: Mapping[str, weigh.Outcomes]
    bits: Longs
    """(n_fields, n_pairs) hundredths."""
    strongest: Longs
    prior: int
    total: Longs
    """Hundredths of bits, with the prior."""
    is_decided: Mask
    direction: Ints
    alike: Floats
    listed: Longs
    names_alone: int
    used: tuple[Used, ...]

    def probability(self, row: int) -> float:
        return float(weigh.probability(self.total[row : row + 1], 0)[0])

    def handover(self, asked: _Asked, row: int) -> Handover | None:
        direction, (a, b) = self.direction[row], self.pairs[row].tolist()
        if direction == 0:
            return None
        return hand.handover(asked.spans, a, b) if direction > 0 else hand.handover(asked.spans, b, a)

    def candidate(self, asked: _Asked, row: int) -> Candidate:
        a, b = self.pairs[row].tolist()
        fields = tuple(self._field(asked, row, place, name) for place, name in enumerate(self.fields))
        return Candidate(
            a,
            b,
            fields,
            self.prior,
            self.probability(row),
            self.handover(asked, row),
            asked.decided.get((a, b)),
        )

    def chains(self, asked: _Asked) -> list[tuple[tuple[Handover, Candidate], ...]]:
        found: list[tuple[Handover, float]] = []
        row_of: dict[tuple[int, int], int] = {}
        for row in self.listed[self.direction[self.listed] != 0].tolist():
            one, decision = self.handover(asked, row), asked.decided.get(tuple(self.pairs[row].tolist()))
            verdict = decision.decision if decision else None
            if one is None or verdict is Decision.REJECTED:
                continue
            likely = 1.0 if verdict is Decision.ACCEPTED else self.probability(row)
            if likely >= IN_A_CHAIN:
                found.append((one, likely))
                row_of[one.earlier, one.later] = row
        return [
            tuple((one, self.candidate(asked, row_of[one.earlier, one.later])) for one in chain)
            for chain in hand.chains(found)
        ]

    def _field(self, asked: _Asked, row: int, place: int, name: str) -> FieldBits:
        field = self.fields[name]
        levels = [one.name for one in weigh.reviewed().of(name)]
        outcome = int(field.outcome[row])
        word = "unknown" if outcome < 0 else [*levels, _NOTHING.get(name, "different")][outcome]
        bits, in_full = int(self.bits[place, row]), int(self.strongest[row]) == place
        pair = self.pairs[row]
        if name == "name":
            said = asked.attributes(pair.tolist())
            shown = [(node, one) for node in pair.tolist() for one in said.get(asked.graph.ids[node], ())]
            alike = None if np.isnan(self.alike[row]) else float(self.alike[row])
            return FieldBits(name, word, bits, in_full, alike=alike, said=tuple(shown))
        if name not in FIELDS or outcome in (weigh.UNKNOWN, len(levels)):
            return FieldBits(name, word, bits, in_full)
        held = asked.held[name]
        common = compare.in_common(held, pair[None, :], asked.within_of(name))
        value = held.value[common.mine]
        order = np.lexsort((value, held.holders[value]))
        best = int(order[0])
        return FieldBits(
            name,
            word,
            bits,
            in_full,
            value=int(value[best]),
            holders=int(held.holders[value[best]]),
            shared=len(value),
            apart=days(int(common.gap[best])) if name == "address" else None,
            links=tuple(sorted({*held.link[common.mine].tolist(), *held.link[common.other].tolist()})),
        )


def _decided(graph: Graph, decisions: Sequence[SameAs], compared: Mask) -> dict[tuple[int, int], SameAs]:
    """Give the decisions about two that are in the graph and are compared, by their nodes."""
    found = {}
    for one in decisions:
        nodes = sorted(graph.index[entity] for entity in (one.a, one.b) if entity in graph.index)
        if len(nodes) == 2 and compared[nodes].all() and graph.kinds[nodes[0]] == graph.kinds[nodes[1]]:
            found[nodes[0], nodes[1]] = one
    return found


def _of_kind(asked: _Asked, kind: EntityKind, every: Ints, compared: Mask, doubles: float) -> _Part | None:
    graph, stated = asked.graph, weigh.reviewed()
    of_kind = graph.of_kind([kind])
    pairs = every[of_kind[every[:, 0]]]
    if not len(pairs):
        return None
    those = np.flatnonzero(of_kind & compared)
    n = len(those)
    fields = {field: _held_outcomes(asked, field, pairs, n) for field in FIELDS}
    drawn = np.stack(np.triu_indices(min(n, DRAWN), 1), axis=1)
    strangers = those[:DRAWN][drawn].astype(np.int32)
    alike = _likeness(asked, np.concatenate([pairs, strangers]))
    outcomes = _alike_outcomes(alike)
    fields["name"] = weigh.counted(outcomes[: len(pairs)], outcomes[len(pairs) :], len(_ALIKE))
    timing, direction = hand.follows(asked.spans, pairs, asked.within)
    by_chance, _ = hand.follows(asked.spans, strangers, asked.within)
    fields["timing"] = weigh.counted(timing, by_chance, 1)
    m = {field: weigh.chances(stated.of(field)) for field in fields}
    estimated: tuple[str, ...] = ()
    if asked.weights == ESTIMATED:
        m, estimated = weigh.estimated(fields, m)
    bits, strongest = weigh.hundredths(fields, m)
    prior = weigh.prior_hundredths(doubles, n)
    total = bits.sum(axis=0) + prior
    substance = np.array([field.substance for field in fields.values()])
    agrees = np.stack([(field.outcome >= 0) & (field.outcome < len(m[name]) - 1) for name, field in fields.items()])
    speaks = (agrees & (bits > 0) & substance[:, None]).any(axis=0)
    n_nodes = max(len(graph), 1)
    keys = pairs[:, 0].astype(np.int64) * n_nodes + pairs[:, 1]
    is_decided = np.isin(keys, np.array([u * n_nodes + v for u, v in asked.decided], np.int64))
    likely = weigh.probability(total, 0) >= asked.least
    named = fields["name"].outcome
    return _Part(
        kind=kind,
        pairs=pairs,
        fields=fields,
        bits=bits,
        strongest=strongest,
        prior=prior,
        total=total,
        is_decided=is_decided,
        direction=direction,
        alike=alike[: len(pairs)],
        listed=np.flatnonzero((speaks & likely) | is_decided).astype(np.int64),
        names_alone=int((~speaks & (named >= 0) & (named <= 1)).sum()),
        used=tuple(
            Used(kind, level, float(m[field][place]), field in estimated)
            for field in fields
            for place, level in enumerate(stated.of(field))
        ),
    )


def _held_outcomes(asked: _Asked, field: str, pairs: Ints, n: int) -> weigh.Outcomes:
    """Compare what each pair holds of one field."""
    held, levels = asked.held[field], weigh.reviewed().of(field)
    has = np.diff(held.start) > 0
    outcome = np.where(has[pairs].all(axis=1), len(levels), weigh.UNKNOWN).astype(np.int32)
    common = compare.in_common(held, pairs, asked.within_of(field))
    held_by = held.holders[held.value[common.mine]]
    fewest = np.full(len(pairs), np.iinfo(np.int32).max, np.int32)
    np.minimum.at(fewest, common.pair, held_by)
    shared = np.bincount(common.pair, minlength=len(pairs))
    if len(levels) == 2:
        few = np.bincount(common.pair, weights=held_by <= levels[0].few, minlength=len(pairs))
        outcome[shared > 0] = 1
        outcome[few > 1] = 0
    else:
        outcome[shared > 0] = 0
    return weigh.of_substance(levels, outcome, fewest, n)


def _likeness(asked: _Asked, pairs: Ints) -> Floats:
    nodes, places = np.unique(pairs, return_inverse=True)
    places = places.reshape(pairs.shape)
    said = asked.attributes(nodes.tolist())
    display = {entity: [one.value for one in ones] for entity, ones in said.items()}
    columns = compare.names(asked.graph, nodes.tolist(), display)
    return compare.likeness(columns, places[:, 0], places[:, 1])


def _alike_outcomes(alike: Floats) -> Ints:
    """Give the level of each likeness: 0 the same, 1 close, 2 near, 3 different, −1 where there is no name."""
    outcome = np.full(len(alike), weigh.UNKNOWN, np.int32)
    known = ~np.isnan(alike)
    outcome[known] = (alike[known][:, None] < np.array(_ALIKE) - 1e-9).sum(axis=1)
    return outcome
