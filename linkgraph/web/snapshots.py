"""One state of the case, with all that requests need worked out once: the picture, the names, what filters look at."""

from __future__ import annotations

import gc
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from linkgraph import algorithms
from linkgraph.graph import Floats, Graph, Longs
from linkgraph.questions import Questions
from linkgraph.store.embedded import CaseStore
from linkgraph.store.protocol import GraphStore, digest_of
from linkgraph.viz import page_model
from linkgraph.viz.picture import Picture
from linkgraph.web import observed
from linkgraph.web.finding import Index
from linkgraph.web.jobs import Report
from linkgraph.web.near import Keys, NearStore
from linkgraph.web.passing import Columns, Sourced

STRONGEST = 1500
"""Entities that the page has from the beginning."""
NETWORKS = 2
"""Choices of kinds of links whose networks are kept for paths."""


@dataclass(eq=False)
class Snapshot:
    """One state of the case."""

    number: int
    case: str
    """Its name."""
    picture: Picture
    columns: Columns
    index: Index
    keys: Keys | None
    """None where the graph is on a server."""
    model: bytes
    """The page's model, as JSON."""
    _sourced: Sourced | None = None
    _networks: dict[frozenset[int], Graph] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def graph(self) -> Graph:
        """The whole graph but what is hidden; the page's node numbers are of it."""
        return self.picture.graph

    @property
    def strength(self) -> Floats:
        """(n,) what the links of each entity are worth together."""
        return self.picture.strength

    @property
    def communities(self) -> int:
        """How many there are in the model."""
        return int(self.columns.community.max(initial=-1)) + 1

    def fragment(self, store: GraphStore, nodes: Longs, known: Longs) -> dict[str, object]:
        """Give entities that are not known, with the links among them and to those that are."""
        near = NearStore(store, self.keys) if isinstance(store, CaseStore) and self.keys is not None else store
        return self.picture.fragment(nodes, near, known)

    def links_of(self, node: int) -> Longs:
        """Give the rows of the link table that an entity is an end of."""
        return self.picture.links_of(np.array([node], np.int64))

    def neighbours(self, node: int, most: int) -> tuple[Longs, int]:
        """Give the strongest neighbours of an entity, and how many more it has.

        Those that only a link leads to that never links come last.
        """
        graph = self.graph
        entries = slice(graph.indptr[node], graph.indptr[node + 1])
        around, weight = graph.indices[entries].astype(np.int64), graph.weight[entries]
        links = self.links_of(node)
        mute = links[graph.pair_of_link[links] < 0]
        ends = np.concatenate([graph.source[mute], graph.target[mute]]).astype(np.int64)
        only = np.setdiff1d(ends, np.append(around, node))
        nodes = np.concatenate([around, only])
        order = np.lexsort((nodes, -np.concatenate([weight, np.full(len(only), -1.0)])))
        return nodes[order][:most], max(0, len(nodes) - most)

    def network(self, link_kinds_off: Sequence[int]) -> Graph:
        """Give the graph without links of some kinds; node numbers stay."""
        off = frozenset(link_kinds_off) & frozenset(range(len(self.columns.link_kinds)))
        if not off:
            return self.graph
        with self._lock:
            if off not in self._networks:
                for old in list(self._networks)[: max(0, len(self._networks) - NETWORKS + 1)]:
                    del self._networks[old]
                self._networks[off] = self.graph.with_links(~np.isin(self.columns.link_kind, list(off)))
            return self._networks[off]

    def sourced(self, case: Questions) -> Sourced:
        """Tell which sources are behind which links; worked out when it is first asked for."""
        with self._lock:
            if self._sourced is None:
                with case.reading() as store:
                    self._sourced = observed.sourced(store, self.graph, self.keys)
            return self._sourced


def take(case: Questions, number: int, report: Report, *, read_only: bool, queries: bool) -> Snapshot:
    """Take the case as it is now."""
    with case.reading() as store:
        report(0, 4, "Reading the graph.")
        whole = Graph.read(store)
        report(1, 4, "Looking for communities.")
        communities = algorithms.communities(whole)
        report(2, 4, "Placing communities and entities.")
        picture = Picture(whole, store, communities)
        report(3, 4, "Preparing search and filters.")
        graph = picture.graph
        columns = Columns(
            graph,
            picture.community,
            picture.degree,
            picture.kinds,
            picture.link_kinds,
            picture.countries,
            picture.sources,
        )
        columns.prepare()
        # Indices that are made when they are first asked for.
        picture.links_of(np.empty(0, np.int64))
        graph.links_between(0, 0)
        model = page_model.build(
            picture,
            store,
            zone=str(case.home_zone or "UTC"),
            digest=digest_of(whole.entities, whole.links),
            rankings=case.rankings(store, whole),
            room=STRONGEST,
            explorer={"read_only": read_only, "queries": queries, "snapshot": number},
        )
        # The graph with victims in it is of no more use, and half of the memory.
        picture.communities = replace(communities, graph=graph)
        del whole, communities
        gc.collect()
        pa.default_memory_pool().release_unused()
        return Snapshot(
            number=number,
            case=store.case_name(),
            picture=picture,
            columns=columns,
            index=Index(graph, picture.strength),
            keys=Keys(store, graph) if isinstance(store, CaseStore) else None,
            model=json.dumps(model, allow_nan=False, separators=(",", ":")).encode(),
        )
