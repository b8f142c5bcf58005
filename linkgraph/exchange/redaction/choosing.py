"""Which nodes and links of a case go under a profile, and why the others stay."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph import victims
from linkgraph.errors import UsageError
from linkgraph.exchange.extract import Extract
from linkgraph.exchange.redaction.forms import other_forms
from linkgraph.exchange.redaction.profile import Addresses, Profile, Victims
from linkgraph.exchange.redaction.texts import Texts
from linkgraph.exchange.redaction.views import readings
from linkgraph.graph import Graph, Mask
from linkgraph.model import MARKINGS, EntityKind, LinkKind, Role

_IDENTIFIES_NOBODY = frozenset({"country", "role", "quality", "category"})

_LINK_KINDS = list(LinkKind)

Flags: TypeAlias = Mask | npt.NDArray[np.bool_]


class Reason(StrEnum):
    """Why something stays."""

    KIND = "the profile lets nothing of this kind go"
    MARKING = "marked stricter than the profile lets go"
    COVER = "an officer under cover, or what is such an officer's alone"
    VICTIM = "a victim"
    OF_VICTIM = "held or used by victims alone"
    WINDOW = "not wholly within the window of time"
    UNREACHED = "not within the hops from the seeds"
    TEXT = "its text identifies something that stays"
    END = "one of its ends stays"
    NAME = "the profile lets nothing of this name go"
    COUNTS = "only counts go"


REASONS = list(Reason)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for, within what the profile allows."""

    seeds: tuple[str, ...] = ()
    """Ids of entities to start from; none: the whole case."""
    hops: int | None = None
    """How many links from the seeds; None: as the profile says."""
    since: datetime | None = None
    until: datetime | None = None
    """Window of time, UTC; both ends are in it."""
    recipients: tuple[str, ...] = ()
    """Fingerprints of their keys."""
    export: str = ""
    """Id of the export; with the scope ``export`` pseudonyms are of it alone."""


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Texts that must be in nothing that goes."""

    words: AbstractSet[str]
    """Ids, values and labels of all that stays, or goes under another name."""
    anywhere: AbstractSet[str]
    """Those of victims and of officers under cover, in other forms too, and what is said of them."""

    def beyond(self, other: Suppressed) -> Suppressed:
        """Give what is here and not in another."""
        return Suppressed(self.words - other.words, self.anywhere - other.anywhere)

    def texts(self) -> Texts:
        """Give them ready to be found."""
        return Texts(self.words, self.anywhere)


@dataclass(frozen=True, slots=True)
class Stays:
    """How many of a kind stay for a reason."""

    what: str
    """``entity``, ``link`` or ``attribute``."""
    kind: str
    """Kind of the entity or link, name of the attribute."""
    reason: Reason
    count: int


class Choice:
    """Which nodes and links go; see :mod:`linkgraph.exchange.redaction.redact` for the rules."""

    def __init__(self, whole: Extract, graph: Graph, profile: Profile, request: Request) -> None:
        """Choose; arguments as of :func:`linkgraph.exchange.redaction.redact.redact`."""
        self.whole, self.graph, self.profile, self.request = whole, graph, profile, request
        self.why = np.full(len(graph), -1, np.int8)
        """(n,) −1 where a node goes, else the place of the reason in :data:`REASONS`."""
        self.why_link = np.full(len(graph.source), -1, np.int8)
        """(n_links,) the same of links."""
        self.victims = graph.victims
        self._of_victims = np.zeros(len(graph), bool)
        self._of_victims[[graph.index[one] for one in graph.substitutes]] = True
        self._cover = victims.belonging(graph.entities, graph.links, Role.POLICE_COVER)
        self.closely: Mask = self._of_victims | self._cover
        """Victims, officers under cover, and what is theirs alone: even a part of a name must not give them away."""
        pseudonyms = graph.of_kind(list(profile.pseudonyms))
        self.pseudonym: Mask = pseudonyms | (self.victims & (profile.victims is Victims.PSEUDONYM))
        """Nodes that go as a pseudonym, if they go."""
        coarse = profile.addresses is not Addresses.EXACT
        self.renamed: Mask = self.pseudonym | (graph.of_kind([EntityKind.IP_ADDRESS]) & coarse)
        """Nodes that go under another name, and so under another id."""
        self._by_kind_and_marking()
        self._walk_and_read()
        ends = (self.why[graph.source] >= 0) | (self.why[graph.target] >= 0)
        self._set_links(ends, Reason.END)

    def nodes(self) -> Mask:
        """Tell of each node (n,) whether it goes."""
        return self.why < 0

    def links(self) -> Mask:
        """Tell of each link (n_links,) whether it goes."""
        return self.why_link < 0

    def links_but_for_their_ends(self) -> Mask:
        """Tell of each link (n_links,) whether it goes, or would if both its ends did."""
        return np.isin(self.why_link, [-1, REASONS.index(Reason.END)])

    def links_of_kind(self, kinds: Iterable[LinkKind]) -> Mask:
        """Tell of each link (n_links,) whether it is of one of these kinds."""
        wanted = np.zeros(len(_LINK_KINDS), bool)
        wanted[[_LINK_KINDS.index(kind) for kind in kinds]] = True
        return wanted[self._link_kind]

    @cached_property
    def _link_kind(self) -> npt.NDArray[np.int32]:
        """(n_links,) place of each link's kind: looked up once, as there are millions."""
        found: npt.NDArray[np.int32] = pc.index_in(
            self.whole.links["kind"], value_set=pa.array(list(map(str, _LINK_KINDS)), pa.string())
        ).to_numpy()
        return found

    def told(self) -> list[Stays]:
        """Count what stays, by kind and reason."""
        found: list[Stays] = []
        for what, table, why in (("entity", self.whole.entities, self.why), ("link", self.whole.links, self.why_link)):
            stays = table.select(["kind"]).append_column("why", pa.array(why)).filter(pc.field("why") >= 0)
            rows = stays.group_by(["kind", "why"]).aggregate([([], "count_all")]).to_pylist()
            found.extend(Stays(what, row["kind"], REASONS[row["why"]], row["count_all"]) for row in rows)
        return found

    def suppressed(self, hidden: Mask) -> Suppressed:
        """Give the texts that identify some nodes (n,)."""
        closely = hidden & self.closely
        anywhere = self._texts_of(closely, in_other_forms=True) | self._said_of(closely)
        return Suppressed(self._texts_of(hidden & ~self.closely), anywhere)

    def _by_kind_and_marking(self) -> None:
        graph, profile = self.graph, self.profile
        ceiling = MARKINGS.index(profile.marking)
        self._set(~graph.of_kind(list(profile.entities)), Reason.KIND)
        self.too_strict: Mask = _rank(self.whole.entities["marking"]) < ceiling
        """Nodes that are marked stricter than the profile lets go."""
        self._set(self.too_strict, Reason.MARKING)
        self._set(self._cover, Reason.COVER)
        if profile.victims is not Victims.PSEUDONYM:
            self._set(self.victims, Reason.VICTIM)
        self._set(self._of_victims & ~self.victims, Reason.OF_VICTIM)
        self._set_links(~self.links_of_kind(profile.links), Reason.KIND)
        self._set_links(_rank(self.whole.links["marking"]) < ceiling, Reason.MARKING)
        self._set_links(~_within(self.whole.links, self.request), Reason.WINDOW)
        if self.request.since is not None or self.request.until is not None:
            # Who was seen only before or after is no part of what happened in the window.
            then = _within(self.whole.entities, self.request)
            then[[graph.index[one] for one in self.request.seeds]] = True
            going = self.links()
            then[graph.source[going]] = then[graph.target[going]] = True
            self._set(~then, Reason.WINDOW)

    def _walk_and_read(self) -> None:
        """Walk from the seeds and look at texts until nothing more stays: what stays is not walked through."""
        fixed = self.why.copy()
        by_text = np.zeros(len(self.graph), bool)
        seeds = [self.graph.index[one] for one in self.request.seeds]
        passable = self.graph.with_links(self.links())
        hops = self.profile.hops if self.request.hops is None else self.request.hops
        looked_for = Suppressed(frozenset(), frozenset())
        while True:
            self.why = fixed.copy()
            self._set(by_text, Reason.TEXT)
            self._refuse_seeds_that_stay(seeds)
            if seeds:
                self._set(~passable.within(seeds, hops, self.why >= 0), Reason.UNREACHED)
            suppressed = self.suppressed(~self.nodes() | self.renamed)
            # A pseudonym is undone by the account that is called like the address behind it.
            called = self._texts_of(self.renamed & ~self.closely, in_other_forms=True)
            suppressed = Suppressed(suppressed.words | called, suppressed.anywhere)
            more = self._tells(suppressed.beyond(looked_for)) & ~by_text
            if not more.any():
                return
            looked_for = suppressed
            by_text |= more

    def _refuse_seeds_that_stay(self, seeds: Collection[int]) -> None:
        for seed in seeds:
            if self.victims[seed] or self.why[seed] >= 0:
                reason = Reason.VICTIM if self.victims[seed] else REASONS[self.why[seed]]
                raise UsageError(
                    f"{self.graph.labels[seed]} cannot be started from under the profile '{self.profile.name}': "
                    f"{reason}."
                )

    def _tells(self, suppressed: Suppressed) -> Mask:
        """Tell of nodes (n,) that go under their own name whether it has one of some texts in it."""
        hit = np.zeros(len(self.graph), bool)
        # Digests are not words: what stands in one does so by chance.
        clear = np.flatnonzero(self.nodes() & ~self.renamed & ~self.graph.of_kind([EntityKind.FILE_HASH]))
        wanted = suppressed.texts()
        if len(wanted) and len(clear):
            for name in ("value", "label"):
                hit[clear] |= wanted_in(wanted, self.whole.entities[name].take(pa.array(clear)).to_pylist())
        return hit

    def _texts_of(self, nodes: Mask, *, in_other_forms: bool = False) -> set[str]:
        some = self.whole.entities.take(pa.array(np.flatnonzero(nodes)))
        found: set[str] = set()
        for name in ("id", "value", "label"):
            found.update(some[name].to_pylist())
        if in_other_forms:
            for kind, value in zip(some["kind"].to_pylist(), some["value"].to_pylist(), strict=True):
                found.update(other_forms(kind, value))
        found.discard("")
        return found

    def _said_of(self, nodes: Mask) -> set[str]:
        ids = self.whole.entities["id"].take(pa.array(np.flatnonzero(nodes))).combine_chunks()
        said = self.whole.said.filter(pc.is_in(self.whole.said["entity"], value_set=ids)).to_pylist()
        return {row["value"] for row in said if row["name"] not in _IDENTIFIES_NOBODY} - {""}

    def _set(self, which: Flags, reason: Reason) -> None:
        self.why[(self.why < 0) & which] = REASONS.index(reason)

    def _set_links(self, which: Flags, reason: Reason) -> None:
        self.why_link[(self.why_link < 0) & which] = REASONS.index(reason)


def wanted_in(wanted: Texts, texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Tell of each of some texts (n,) whether a wanted one stands in it, as it is or behind escapes."""
    hit = np.array(wanted.within(texts), bool)
    for at in [at for at, text in enumerate(texts) if "%" in text or "&" in text or "\\" in text]:
        hit[at] = hit[at] or any(wanted.within(readings(texts[at])))
    return hit


def within_window(moments: pa.ChunkedArray, request: Request) -> Mask:
    """Tell of each time (n,) whether it lies in the window; of none, whether there is no window."""
    inside = np.ones(len(moments), bool)
    if request.since is not None:
        there = pc.greater_equal(moments, pa.scalar(request.since, moments.type))
        inside &= pc.fill_null(there, False).to_numpy()
    if request.until is not None:
        inside &= pc.fill_null(pc.less_equal(moments, pa.scalar(request.until, moments.type)), False).to_numpy()
    return inside


def _within(table: pa.Table, request: Request) -> Mask:
    return within_window(table["first_seen"], request) & within_window(table["last_seen"], request)


def _rank(markings: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    found: npt.NDArray[np.int64] = pc.fill_null(pc.index_in(markings, value_set=pa.array(MARKINGS)), 0).to_numpy()
    return found
