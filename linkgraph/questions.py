"""What can be asked of a case, wherever its graph lives: in the case folder or on a Neo4j server."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from linkgraph import algorithms
from linkgraph import rankings as ranked
from linkgraph.algorithms.activity import WINDOW_DAYS, Activity
from linkgraph.algorithms.brokers import Brokers
from linkgraph.algorithms.co_use import ALPHA, CoUse
from linkgraph.algorithms.co_use import WINDOW as CO_USE_WINDOW
from linkgraph.algorithms.communities import Communities
from linkgraph.algorithms.crossborder import CrossBorder
from linkgraph.algorithms.direction.timed_path import TimedPath, timed_path
from linkgraph.algorithms.disruption import STEPS, Disruption
from linkgraph.algorithms.flow.thresholds import Thresholds
from linkgraph.algorithms.flow.traced import Traced, traced
from linkgraph.algorithms.hierarchy import DIRECTED, WINDOW, Hierarchy
from linkgraph.algorithms.hubs import Hubs
from linkgraph.algorithms.identities import GAP_DAYS, LEAST, REVIEWED, TOP, Identities
from linkgraph.algorithms.lead_weights import Weights
from linkgraph.algorithms.leads import Leads
from linkgraph.algorithms.money import Money
from linkgraph.algorithms.paths import Path as GraphPath
from linkgraph.algorithms.records import Record, node_record
from linkgraph.algorithms.timing.acts import KINDS
from linkgraph.errors import UsageError
from linkgraph.exchange import formats
from linkgraph.exchange.extract import Extract
from linkgraph.exchange.report import Report
from linkgraph.graph import Graph
from linkgraph.model import Attribute, Entity, EntityKind, Evidence, LinkKind, QuarantinedRow, Role, SameAs, Source
from linkgraph.store.protocol import EVENTS, Counts, GraphStore, digest, digest_of
from linkgraph.viz import page, page_model
from linkgraph.viz.page_model import LIMIT, Ranking
from linkgraph.viz.picture import Picture
from linkgraph.zone import zone as zone_of

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd
    import rustworkx as rx
    from pyvis.network import Network

    from linkgraph.notebook import Shown


@dataclass(frozen=True, slots=True)
class Detail:
    """All that is known of one entity."""

    entity: Entity
    links: Graph
    """The entity and its direct neighbours."""
    evidence: dict[str, tuple[Evidence, ...]]
    """The rows behind each link, by link id."""
    same_as: tuple[tuple[Record, SameAs], ...]
    """What was decided about it and another being one person's, with that other."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A path and the evidence of each of its links."""

    path: GraphPath | None
    evidence: dict[str, tuple[Evidence, ...]]

    def to_json(self) -> Record:
        """Give the stable form; ``length`` is null where the two are not connected."""
        if self.path is None:
            return {"length": None, "nodes": [], "links": []}
        return self.path.to_json(self.evidence)


class Questions(ABC):
    """The questions of an investigator; a subclass says where the graph is."""

    @property
    def home_zone(self) -> ZoneInfo | None:
        """Home zone of the case, where it is known."""
        return None

    @property
    def agency(self) -> str:
        """Whose case it is; empty where that is not known."""
        return ""

    @abstractmethod
    def reading(self) -> AbstractContextManager[GraphStore]:
        """Open the store for as long as a question takes."""

    def graph(self, links: Collection[LinkKind] | None = None) -> Graph:
        """Give the whole graph, or the network that links of some kinds make."""
        with self.reading() as store:
            graph = Graph.read(store)
        return graph.select(links) if links else graph

    def digest(self) -> str:
        """Give the SHA-256 of the whole graph: equal graphs have equal digests in any store."""
        with self.reading() as store:
            return digest(store)

    def counts(self) -> Counts:
        """Count entities and links by kind, sources and quarantined rows."""
        with self.reading() as store:
            return store.counts()

    def sources(self) -> list[Source]:
        """Give the evidence files of the case."""
        with self.reading() as store:
            return store.sources()

    def quarantine(self) -> list[QuarantinedRow]:
        """Give the rows that were refused, with the reason of each."""
        with self.reading() as store:
            return store.quarantine()

    def find(self, selector: str) -> list[Entity]:
        """Give the entities that a selector names, with their attributes."""
        with self.reading() as store:
            found = store.find(selector)
            said = store.attributes([entity.id for entity in found])
        return [replace(entity, attributes=said.get(entity.id, ())) for entity in found]

    def one(self, selector: str, kind: EntityKind | None = None) -> Entity:
        """Give the one entity that a selector names.

        Raises:
            UsageError: it names none, or several.
        """
        found = [entity for entity in self.find(selector) if kind is None or entity.kind is kind]
        if not found:
            raise UsageError(f"Nothing in the case is called '{selector}'.")
        if len(found) > 1:
            choices = ", ".join(f"{entity.kind}:{entity.value} ({entity.id[:8]})" for entity in found[:5])
            more = f" and {len(found) - 5} more" if len(found) > 5 else ""
            raise UsageError(
                f"'{selector}' names {len(found)} entities: {choices}{more}; name one by Kind:value or id."
            )
        return found[0]

    def detail(self, selector: str) -> Detail:
        """Give all that is known of one entity: what is said of it, its links, and the rows behind them."""
        entity = self.one(selector)
        with self.reading() as store:
            graph = Graph.read(store)
            around = graph.neighbourhood([graph.index[entity.id]], 1)
            own = [
                link
                for link, source, target in zip(
                    around.links["id"].to_pylist(),
                    around.links["source"].to_pylist(),
                    around.links["target"].to_pylist(),
                    strict=True,
                )
                if entity.id in (source, target)
            ]
            decided = tuple(
                (node_record(graph, graph.index[other]), one)
                for one in store.same_as()
                for other in ({one.a, one.b} - {entity.id})
                if entity.id in (one.a, one.b) and other in graph.index
            )
            return Detail(entity, around, store.evidence(own), decided)

    def path(self, start: str, end: str, links: Collection[LinkKind] | None = None) -> Answer:
        """Give the shortest path between two entities, with the evidence of each hop."""
        first, last = self.one(start), self.one(end)
        with self.reading() as store:
            graph = Graph.read(store)
            graph = graph.select(links) if links else graph
            if first.id not in graph.index or last.id not in graph.index:
                return Answer(None, {})
            path = algorithms.shortest_path(graph, graph.index[first.id], graph.index[last.id])
            return Answer(path, store.evidence(path.link_ids() if path else []))

    def path_in_time(self, start: str, end: str, links: Collection[LinkKind] | None = None) -> TimedPath:
        """Give the path along contacts and payments, none earlier than the one before it, that arrives first.

        Raises:
            UsageError: a kind of link has no direction that is an act, or the store holds no single rows.
        """
        other = [kind for kind in links or () if kind not in DIRECTED]
        if other:
            raise UsageError(f"{', '.join(other)} cannot be followed in time; {' and '.join(DIRECTED)} can.")
        first, last = self.one(start), self.one(end)
        with self.reading() as store:
            graph = Graph.read(store)
            events, sources = store.events(list(links or DIRECTED)), store.sources()
        return timed_path(graph, events, sources, graph.index[first.id], graph.index[last.id])

    def communities(
        self, *, links: Collection[LinkKind] | None = None, resolution: float = 1.0, seed: int = 1
    ) -> Communities:
        """Find who belongs together."""
        return algorithms.communities(self.graph(links), resolution=resolution, seed=seed)

    def co_use(self, *, window: timedelta = CO_USE_WINDOW, alpha: float = ALPHA) -> CoUse:
        """Find the pairs of accounts that share more addresses and files than chance would give them.

        Args:
            window: two accounts meet at an address if both were there within this time.
            alpha: of the links given, at most this share is chance.

        Raises:
            UsageError: the store holds links without the single rows behind them.
        """
        with self.reading() as store:
            graph, events = Graph.read(store), store.events([LinkKind.USED_IP])
        return algorithms.co_use(graph, events, window=window, alpha=alpha)

    def hubs(
        self,
        *,
        top: int = 20,
        kind: EntityKind | None = None,
        links: Collection[LinkKind] | None = None,
        largest_component: bool = False,
    ) -> Hubs:
        """Find who holds the network together."""
        graph = self.graph(links)
        return algorithms.hubs(graph.largest_component() if largest_component else graph, top=top, kind=kind)

    def brokers(
        self, *, top: int = 20, kind: EntityKind | None = None, links: Collection[LinkKind] | None = None
    ) -> Brokers:
        """Find who stands between others, and what falls apart without them."""
        return algorithms.brokers(self.graph(links), top=top, kind=kind)

    def disruption(
        self,
        *,
        strategy: str = "betweenness",
        steps: int = STEPS,
        kind: EntityKind | None = None,
        links: Collection[LinkKind] | None = None,
    ) -> Disruption:
        """Follow the largest component while the best targets of a strategy are removed."""
        return algorithms.disruption(self.graph(links), strategy=strategy, steps=steps, kind=kind)

    def crossborder(self, *, links: Collection[LinkKind] | None = None) -> CrossBorder:
        """Find the links that cross a border, by pairs of countries, and the bridges among them."""
        return algorithms.crossborder(self.graph(links))

    def money(self, by: Thresholds | None = None) -> Money:
        """Find where payments come together, spread, are passed on, come back, or cross a border in small sums.

        Raises:
            UsageError: the store holds links without the single rows behind them.
        """
        with self.reading() as store:
            return algorithms.money(Graph.read(store), store.events([LinkKind.PAID]), store.sources(), by)

    def money_between(self, start: str, end: str, *, window_days: int | None = None) -> Traced:
        """Find how much can have come from one account, or holder of accounts, to another.

        Raises:
            UsageError: one of them has no payment account, or the store holds no single rows.
        """
        first, last = self.one(start), self.one(end)
        with self.reading() as store:
            graph = Graph.read(store)
            events, sources = store.events([LinkKind.PAID]), store.sources()
            return traced(graph, events, sources, graph.index[first.id], graph.index[last.id], window_days=window_days)

    def hierarchy(
        self,
        *,
        links: Collection[LinkKind] = DIRECTED,
        window: timedelta = WINDOW,
        least: int = 5,
        top: int = 20,
    ) -> Hierarchy:
        """Put side by side what direction and order of contacts and payments say of who directs whom.

        Args:
            links: kinds of links to look at, each for itself: contacts and payments.
            window: the longest that a run of new contacts, and a path, may take.
            least: fewest new contacts within the window of an account that is listed.
            top: how many to list of each.

        Raises:
            UsageError: the store holds links without the single rows behind them.
        """
        with self.reading() as store:
            graph = Graph.read(store)
            events, sources = store.events(list(DIRECTED)), store.sources()
        return algorithms.hierarchy(graph, events, sources, links=links, window=window, least=least, top=top)

    def activity(
        self,
        selector: str | None = None,
        *,
        community: str | None = None,
        zone: str | None = None,
        window_days: int = WINDOW_DAYS,
    ) -> Activity:
        """Find when there were acts, when that changed, and what became of communities over time.

        Args:
            selector: whose acts; those of the whole case if left out.
            community: acts of the members of this community instead, by its id.
            zone: IANA name of the zone that hours and days are of; the home zone of the case if left out.
            window_days: days of a window in which communities are found.

        Raises:
            UsageError: single rows are not to be had (on a server), or nothing is called so.
        """
        entity = self.one(selector) if selector else None
        clock = zone_of(zone) if zone else self.home_zone or ZoneInfo("UTC")
        with self.reading() as store:
            events = store.events(KINDS)
            graph = Graph.read(store)
            nodes: Collection[int] | None = [graph.index[entity.id]] if entity else None
            if community:
                found = [one.members for one in algorithms.communities(graph).communities if one.id == community]
                if not found:
                    raise UsageError(f"No community has the id '{community}': 'linkgraph communities' lists them.")
                nodes = found[0]
            return algorithms.activity(graph, events, store.sources(), clock, nodes=nodes, window_days=window_days)

    def leads(self, *, top: int = 20, weights: Weights | None = None) -> Leads:
        """Find whom to look at first, with every reason and its weight."""
        return algorithms.leads(self.graph(), top=top, by=weights)

    def identities(
        self,
        *,
        gap_days: float = GAP_DAYS,
        weights: str = REVIEWED,
        doubles: float | None = None,
        least: float = LEAST,
        top: int = TOP,
    ) -> Identities:
        """Find accounts that may be one person's, by how many bits, and who took over from whom.

        Args:
            gap_days: between two uses of one address, and between the end of one account and the start of the next.
            weights: ``reviewed``, or ``estimated`` from the case.
            doubles: how many further accounts in the case the owner of an account has on average.
            least: probability below which a pair is not listed.
            top: how many to list.
        """
        with self.reading() as store:
            return algorithms.identities(
                Graph.read(store),
                store.attributes,
                store.same_as(),
                gap_days=gap_days,
                weights=weights,
                doubles=doubles,
                least=least,
                top=top,
            )

    def entities(self) -> pd.DataFrame:
        """Give all entities: one row each in order of node number, id as index.

        Columns: kind, value, label, country, country_basis, role, first_seen and last_seen (datetime64, UTC; NaT where
        no row has a time). Values and labels of victims, and of what is theirs alone, are masked.
        """
        from linkgraph import notebook  # noqa: PLC0415 - pandas and networkx take half a second to load

        return notebook.entities(self.graph())

    def links(self) -> pd.DataFrame:
        """Give all links: one row each, id as index.

        Columns: kind, source and target (ids of entities: nobody is named), count, weight (NaN where the evidence
        states none), first_seen and last_seen (datetime64, UTC), grade in words, amounts (JSON by currency).
        """
        from linkgraph import notebook  # noqa: PLC0415 - pandas and networkx take half a second to load

        return notebook.links(self.graph())

    def to_networkx(self, links: Collection[LinkKind] | None = None) -> nx.MultiDiGraph:
        """Give the graph for networkx: nodes by id, links keyed by their id; attributes as the columns of the tables.

        Links that never link are there too: leave out those whose ``grade`` begins with ``never links``. Values and
        labels of victims, and of what is theirs alone, are masked.

        Args:
            links: only the network that links of these kinds make.
        """
        from linkgraph import notebook  # noqa: PLC0415 - pandas and networkx take half a second to load

        return notebook.to_networkx(self.graph(links))

    def to_rustworkx(self, links: Collection[LinkKind] | None = None) -> rx.PyDiGraph[dict[str, Any], dict[str, Any]]:
        """Give the graph for rustworkx: node index = node number of :meth:`graph`, edge index = row of its links.

        Payloads are dicts with ``id`` and the columns of :meth:`entities` and :meth:`links`; links have ``source`` and
        ``target`` too. What is said of :meth:`to_networkx` holds here.

        Args:
            links: only the network that links of these kinds make.
        """
        from linkgraph import notebook  # noqa: PLC0415 - pandas and networkx take half a second to load

        return notebook.to_rustworkx(self.graph(links))

    def show(
        self,
        around: str | None = None,
        hops: int = 2,
        links: Collection[LinkKind] | None = None,
        *,
        height: int = 700,
    ) -> Shown:
        """Give the page for a notebook to display, with what :meth:`render` has by default; victims are left out.

        Args:
            around: selector of an entity; only what is within ``hops`` links of it.
            hops: how far from ``around``.
            links: only links of these kinds.
            height: of the frame, in CSS pixels.
        """
        from linkgraph import notebook  # noqa: PLC0415 - pandas and networkx take half a second to load

        return notebook.Shown(self.render(around, hops, links), height)

    def to_pyvis(self, links: Collection[LinkKind] | None = None) -> Network:
        """Give the graph as a pyvis Network for a notebook: offline, with every text escaped."""
        from linkgraph.viz.pyvis import to_pyvis  # noqa: PLC0415 - pyvis loads networkx and IPython

        return to_pyvis(self.graph(links))

    def render(
        self,
        around: str | None = None,
        hops: int = 2,
        links: Collection[LinkKind] | None = None,
        *,
        show_victims: bool = False,
    ) -> page.Page:
        """Give the investigator's page, one HTML file.

        Args:
            around: selector of an entity; only what is within ``hops`` links of it is on the page.
            hops: how far from ``around``.
            links: only links of these kinds.
            show_victims: have victims in the picture. They are left out otherwise.
        """
        centre = self.one(around) if around else None
        with self.reading() as store:
            graph = whole = Graph.read(store)
            graph = graph.select(links) if links else graph
            if centre:
                if centre.id not in graph.index:
                    raise UsageError(f"'{around}' has no link of these kinds.")
                graph = graph.neighbourhood([graph.index[centre.id]], hops)
            picture = Picture(graph, store, algorithms.communities(graph), show_victims=show_victims)
            found, rankings = digest_of(whole.entities, whole.links), self.rankings(store, graph)
            place = None if graph is whole else _places(whole, graph)
            del whole, graph  # the picture has its own; of a large case two do not fit beside the rows
            build = partial(
                page_model.build,
                picture,
                store,
                zone=str(self.home_zone or "UTC"),
                digest=found,
                rankings=rankings,
                events=_events(store, place),
            )
            room = page_model.ROOM
            made = page.render(build(room=room))
            while len(made.content) > page.LARGEST and room > LIMIT:
                room = room * 2 // 3
                made = page.render(build(room=room))
        return replace(
            made,
            shows={
                "victims": show_victims,
                "around": centre.id if centre else None,
                "hops": hops if centre else None,
                "links": sorted(links) if links else None,
            },
        )

    def rankings(self, store: GraphStore, graph: Graph) -> list[Ranking]:
        """Rank what is on a page, where that takes no time; a case that was analysed has its findings."""
        del store
        return ranked.worked_out(graph)

    def extract(
        self,
        around: str | None = None,
        hops: int = 2,
        links: Collection[LinkKind] | None = None,
        *,
        show_victims: bool = False,
    ) -> Extract:
        """Take what is selected out of the case, as it is handed on; arguments as of :meth:`render`."""
        centre = self.one(around) if around else None
        with self.reading() as store:
            graph = Graph.read(store)
            graph = graph.select(links) if links else graph
            if centre:
                if centre.id not in graph.index:
                    raise UsageError(f"'{around}' has no link of these kinds.")
                graph = graph.neighbourhood([graph.index[centre.id]], hops)
            return Extract.of(store, graph, agency=self.agency, show_victims=show_victims)

    def export(
        self,
        form: str,
        path: Path | str,
        *,
        around: str | None = None,
        hops: int = 2,
        links: Collection[LinkKind] | None = None,
        show_victims: bool = False,
    ) -> Report:
        """Write what is selected to a file in one of the formats of :data:`linkgraph.exchange.formats.FORMATS`.

        Args:
            form: name of the format.
            path: the file; of a format of several files a new folder.
            around: selector of an entity; only what is within ``hops`` links of it.
            hops: how far from ``around``.
            links: only links of these kinds.
            show_victims: mask nothing.
        """
        if form not in formats.FORMATS:
            raise UsageError(f"'{form}' is no export format; one of: {', '.join(formats.FORMATS)}.")
        extract = self.extract(around, hops, links, show_victims=show_victims)
        return formats.export(extract, form, Path(path))


def _places(whole: Graph, part: Graph) -> pa.ChunkedArray:
    """Give the node number in a part of a graph of each node of the whole; null for those that are not in it."""
    return pc.index_in(whole.entities["id"], value_set=part.entities["id"].combine_chunks())


def _events(store: GraphStore, place: pa.ChunkedArray | None) -> pa.Table:
    """Give the single rows behind links, with node numbers of the whole graph or of a part; none from a server."""
    try:
        events = store.events(list(LinkKind))
    except UsageError:
        return EVENTS.empty_table()
    if place is None:
        return events
    ends = {name: place.take(events[name]) for name in ("source", "target")}
    there = pc.and_(pc.is_valid(ends["source"]), pc.is_valid(ends["target"]))
    for name, column in ends.items():
        events = events.set_column(events.schema.get_field_index(name), name, column)
    return events.filter(there)


def is_victim(entity: Entity) -> bool:
    """Tell whether an entity's role is that of a victim."""
    return entity.role is Role.VICTIM


def attributes_of(entity: Entity, name: str) -> Sequence[Attribute]:
    """Give what is said of an entity under one name."""
    return [attribute for attribute in entity.attributes if attribute.name == name]
