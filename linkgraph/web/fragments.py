"""Endpoints that give parts of the graph: entities, neighbours, members of a community, a path."""

from __future__ import annotations

import numpy as np
from fastapi import APIRouter
from starlette.responses import Response

from linkgraph import algorithms
from linkgraph.graph import Longs
from linkgraph.web import messages as say
from linkgraph.web.explorer import Explorer, NotThereError, answer
from linkgraph.web.passing import strongest
from linkgraph.web.snapshots import Snapshot


def routes(explorer: Explorer) -> APIRouter:
    """Make the endpoints."""
    router = APIRouter(prefix="/api", tags=["graph"])

    @router.post("/entities", response_model=say.FragmentAnswer)
    def entities(asked: say.EntitiesOf) -> Response:
        """Give entities by number, with the links among them and to those that are known."""
        at = explorer.at(asked.snapshot)
        nodes = there(at, asked.nodes)
        return answer({"snapshot": at.number} | fragment_of(explorer, at, nodes, asked.known))

    @router.post("/expand", response_model=say.Expansion)
    def expand(asked: say.ExpandFrom) -> Response:
        """Give the strongest neighbours of an entity."""
        at = explorer.at(asked.snapshot)
        [node] = there(at, [asked.node]).tolist()
        chosen, left = at.neighbours(node, asked.limit)
        fragment = fragment_of(explorer, at, np.concatenate([[node], chosen]), asked.known)
        return answer({"snapshot": at.number, "fragment": fragment, "nodes": chosen.tolist(), "left": left})

    @router.post("/community", response_model=say.FragmentAnswer)
    def community(asked: say.CommunityOf) -> Response:
        """Give the strongest members of a community."""
        at = explorer.at(asked.snapshot)
        members = np.flatnonzero(at.columns.community == asked.community)
        if not len(members):
            raise NotThereError("There is no such community.")
        nodes = strongest(at.strength, members, asked.limit)
        return answer({"snapshot": at.number} | fragment_of(explorer, at, nodes, asked.known))

    @router.post("/path", response_model=say.Route)
    def path(asked: say.PathBetween) -> Response:
        """Give the shortest path between two entities; none leads through a victim."""
        at = explorer.at(asked.snapshot)
        start, end = there(at, [asked.start, asked.end]).tolist()
        graph = at.network(asked.link_kinds_off)
        found = algorithms.shortest_path(graph, start, end)
        if found is None:
            return answer({"snapshot": at.number, "fragment": None, "nodes": None, "links": None})
        nodes = np.array(found.nodes, np.int64)
        links = graph.links["id"].take(np.array([link for hop in found.hops for link in hop], np.int64))
        return answer(
            {
                "snapshot": at.number,
                "fragment": fragment_of(explorer, at, nodes, asked.known),
                "nodes": nodes.tolist(),
                "links": links.to_pylist(),
            }
        )

    return router


def there(at: Snapshot, nodes: list[int]) -> Longs:
    """Give node numbers as an array.

    Raises:
        NotThereError: the graph has no such node.
    """
    wanted = np.array(nodes, np.int64)
    if len(wanted) and int(wanted.max()) >= len(at.graph):
        raise NotThereError("There is no such entity in this state of the case.")
    return wanted


def fragment_of(explorer: Explorer, at: Snapshot, nodes: Longs, known: list[int]) -> dict[str, object]:
    """Give the columns of some entities that are not known yet, and their links."""
    held = np.array(known, np.int64)
    with explorer.case.reading() as store:
        return at.fragment(store, nodes, held[held < len(at.graph)])
