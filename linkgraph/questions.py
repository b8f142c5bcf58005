"""What can be asked of a case, wherever its graph lives: in the case folder or on a Neo4j server."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from linkgraph import algorithms
from linkgraph.algorithms.communities import Communities
from linkgraph.algorithms.crossborder import CrossBorder
from linkgraph.algorithms.hubs import Hubs
from linkgraph.algorithms.leads import Leads
from linkgraph.algorithms.paths import Path as GraphPath
from linkgraph.algorithms.records import Record
from linkgraph.errors import UsageError
from linkgraph.exchange import graphml, json_graph
from linkgraph.graph import Graph
from linkgraph.model import Attribute, Entity, EntityKind, Evidence, LinkKind, QuarantinedRow, Role, Source
from linkgraph.store.protocol import Counts, GraphStore, digest
from linkgraph.viz import page, page_model
from linkgraph.viz.pyvis import to_pyvis

if TYPE_CHECKING:
    from pyvis.network import Network

EXPORTS = {"graphml": graphml.write, "json": json_graph.write}
"""Formats a graph can be handed on in: name → writer."""


@dataclass(frozen=True, slots=True)
class Detail:
    """All that is known of one entity."""

    entity: Entity
    links: Graph
    """The entity and its direct neighbours."""
    evidence: dict[str, tuple[Evidence, ...]]
    """The rows behind each link, by link id."""


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

    def show(self, selector: str) -> Detail:
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
            return Detail(entity, around, store.evidence(own))

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

    def communities(
        self, *, links: Collection[LinkKind] | None = None, resolution: float = 1.0, seed: int = 1
    ) -> Communities:
        """Find who belongs together."""
        return algorithms.communities(self.graph(links), resolution=resolution, seed=seed)

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

    def crossborder(self, *, links: Collection[LinkKind] | None = None) -> CrossBorder:
        """Find the links that cross a border, by pairs of countries, and the bridges among them."""
        return algorithms.crossborder(self.graph(links))

    def leads(self, *, top: int = 20) -> Leads:
        """Find whom to look at first, with every reason and its weight."""
        return algorithms.leads(self.graph(), top=top)

    def to_pyvis(self, links: Collection[LinkKind] | None = None) -> Network:
        """Give the graph as a pyvis Network for a notebook: offline, with every text escaped."""
        return to_pyvis(self.graph(links))

    def render(
        self,
        around: str | None = None,
        hops: int = 2,
        links: Collection[LinkKind] | None = None,
        *,
        show_victims: bool = False,
    ) -> str:
        """Give the investigator's page as the text of one HTML file.

        Args:
            around: selector of an entity; only what is within ``hops`` links of it is on the page.
            hops: how far from ``around``.
            links: only links of these kinds.
            show_victims: have victims in the picture. They are left out otherwise.
        """
        centre = self.one(around) if around else None
        with self.reading() as store:
            graph = Graph.read(store)
            graph = graph.select(links) if links else graph
            if centre:
                if centre.id not in graph.index:
                    raise UsageError(f"'{around}' has no link of these kinds.")
                graph = graph.neighbourhood([graph.index[centre.id]], hops)
            model = page_model.build(
                graph,
                algorithms.communities(graph),
                case=store.case_name(),
                sources=store.sources(),
                evidence=store.evidence(graph.links["id"].to_pylist()),
                attributes=store.attributes(graph.ids),
                show_victims=show_victims,
            )
        return page.render(model)

    def export(
        self, form: str, path: Path, *, links: Collection[LinkKind] | None = None, show_victims: bool = False
    ) -> Graph:
        """Write the graph to a file in one of :data:`EXPORTS`; give what was written."""
        if form not in EXPORTS:
            raise UsageError(f"'{form}' is no export format; one of: {', '.join(EXPORTS)}.")
        with self.reading() as store:
            graph = Graph.read(store)
            graph = graph.select(links) if links else graph
            EXPORTS[form](
                path,
                graph.entities,
                graph.links,
                evidence=store.evidence(graph.links["id"].to_pylist()),
                case=store.case_name(),
                show_victims=show_victims,
            )
        return graph


def is_victim(entity: Entity) -> bool:
    """Tell whether an entity's role is that of a victim."""
    return entity.role is Role.VICTIM


def attributes_of(entity: Entity, name: str) -> Sequence[Attribute]:
    """Give what is said of an entity under one name."""
    return [attribute for attribute in entity.attributes if attribute.name == name]
