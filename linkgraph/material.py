"""What a question is asked of: the graph, the single rows, what is said of entities; each read once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from functools import cached_property
from threading import Thread
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.algorithms.communities import Communities, communities
from linkgraph.algorithms.measures.centrality import Centrality, centrality
from linkgraph.graph import Graph
from linkgraph.model import Attribute, LinkKind, Source
from linkgraph.store.protocol import GraphStore


class Material:
    """One state of a case, for as long as its store is open."""

    def __init__(self, store: GraphStore, zone: ZoneInfo | None = None) -> None:
        self.store = store
        self.zone = zone
        """Home zone of the case, for showing local hours; None where it is not known."""

    @cached_property
    def graph(self) -> Graph:
        """The whole graph."""
        return Graph.read(self.store)

    @cached_property
    def sources(self) -> list[Source]:
        """The evidence files, in the order that the column ``file`` of events counts them in."""
        return self.store.sources()

    @cached_property
    def centrality(self) -> Centrality:
        """The place of every node in the whole network."""
        return centrality(self.graph)

    @cached_property
    def communities(self) -> Communities:
        """Who belongs together in the whole network."""
        return self._coming.result()

    def begin(self) -> None:
        """Begin with what takes long and needs no Python, on another core: the communities."""
        _ = self._coming

    @cached_property
    def _coming(self) -> Future[Communities]:
        graph, found = self.graph, Future[Communities]()

        def search() -> None:
            try:
                made = communities(graph)
                _ = made.stability, made.levels
                found.set_result(made)
            except BaseException as fault:
                found.set_exception(fault)

        # A thread that nobody waits for when the work is stopped.
        Thread(target=search, daemon=True).start()
        return found

    def events(self, *kinds: LinkKind) -> pa.Table:
        """Give the rows behind links of some kinds, schema :data:`~linkgraph.store.protocol.EVENTS`."""
        held = self._events
        wanted = pa.array(sorted(kinds), pa.string())
        return held.filter(pc.is_in(held["kind"], value_set=wanted))

    @cached_property
    def _events(self) -> pa.Table:
        return self.store.events(list(LinkKind))

    def attributes(self, ids: Sequence[str]) -> dict[str, tuple[Attribute, ...]]:
        """Give what is said of entities, by id."""
        return self.store.attributes(ids)
