"""Endpoints that look at the whole graph: the model, search, the overview under filters; the rows of one entity."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
from fastapi import APIRouter
from starlette.responses import Response

from linkgraph.errors import UsageError
from linkgraph.store.embedded import CaseStore
from linkgraph.web import messages as say
from linkgraph.web import passing as filtering
from linkgraph.web.explorer import Explorer, answer
from linkgraph.web.fragments import fragment_of, there
from linkgraph.web.observed import observed

SHOWN = 600
"""Strongest entities that are sent with an overview."""


def routes(explorer: Explorer) -> APIRouter:
    """Make the endpoints."""
    router = APIRouter(prefix="/api", tags=["graph"])

    @router.get("/model", response_model=say.Model)
    def model() -> Response:
        """Give the overview of the whole graph and its strongest entities."""
        return Response(explorer.newest.model, media_type="application/json")

    @router.post("/search", response_model=say.Hits)
    def search(asked: say.SearchFor) -> Response:
        """Find entities of the whole graph by a part of their name, value or id."""
        at = explorer.at(asked.snapshot)
        total, nodes = at.index.find(asked.text, asked.limit)
        entities = at.graph.entities.select(["label"]).take(nodes)
        hits = [
            {"node": node, "name": name, "kind": kind}
            for node, name, kind in zip(
                nodes.tolist(), entities["label"].to_pylist(), at.columns.kind[nodes].tolist(), strict=True
            )
        ]
        return answer({"snapshot": at.number, "total": total, "hits": hits})

    @router.post("/observations", response_model=say.ObservationRows)
    def observations(asked: say.ObservationsOf) -> Response:
        """Give the rows of evidence about an entity that have a time, earliest first."""
        at = explorer.at(asked.snapshot)
        [node] = there(at, [asked.node]).tolist()
        with explorer.case.reading() as store:
            if not isinstance(store, CaseStore) or at.keys is None:
                raise UsageError("The server has no single rows with their times: explore the case folder to see them.")
            found = observed(store, at.graph, at.keys, at.columns.link_kind, node, at.links_of(node))
        return answer({"snapshot": at.number, "rows": found.rows, "total": found.total, "untimed": found.untimed})

    @router.post("/overview", response_model=say.Overview)
    def overview(asked: say.OverviewUnder) -> Response:
        """Count what passes the filters, by community, and give the strongest entities of it."""
        at = explorer.at(asked.snapshot)
        filters = asked.filters
        sourced = None
        if filtering.by_source(filters, at.columns.sources).any():
            sourced = at.sourced(explorer.case)
        passes = filtering.passing(at.columns, filters, sourced)
        found, cut = filtering.lines(at.columns, passes)
        nodes = filtering.strongest(at.strength, passes.entities, SHOWN)
        sizes = np.bincount(at.columns.community[passes.entities], minlength=at.communities)
        return answer(
            {
                "snapshot": at.number,
                "sizes": sizes.tolist(),
                "entities": int(passes.entities.sum()),
                "links": int(passes.links.sum()),
                "bundles": [asdict(line) for line in found],
                "bundles_cut": cut,
                "fragment": fragment_of(explorer, at, nodes, asked.known),
            }
        )

    return router
