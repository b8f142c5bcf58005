"""Endpoints of the named queries that a Neo4j server answers."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from linkgraph import queries
from linkgraph.errors import UsageError
from linkgraph.web import messages as say
from linkgraph.web.explorer import Explorer, NotThereError, answer


def routes(explorer: Explorer) -> APIRouter:
    """Make the endpoints."""
    router = APIRouter(prefix="/api/queries", tags=["queries"])

    @router.get("", response_model=list[say.NamedQuery])
    def listed() -> Response:
        """List the named queries, whether or not there is a server to ask."""
        return answer(
            [
                {
                    "name": one.name,
                    "description": one.description,
                    "parameters": [{"name": said.name, "default": said.default} for said in one.parameters],
                    "columns": list(one.columns),
                }
                for one in map(queries.load, queries.names())
            ]
        )

    @router.post("/{name}", response_model=say.QueryRows)
    def ask(name: str, asked: say.RunQuery) -> Response:
        """Run a named query."""
        if name not in queries.names():
            raise NotThereError("There is no query of this name.")
        query = queries.load(name)
        if explorer.server is None:
            raise UsageError(
                "There is no Neo4j server to ask: start the explorer with --neo4j, or name one in case.toml and "
                "set NEO4J_USERNAME and NEO4J_PASSWORD."
            )
        rows = queries.run(explorer.server, query, asked.parameters)
        columns = list(rows[0]) if rows else list(query.columns)
        return answer({"columns": columns, "rows": [[row[column] for column in columns] for row in rows]})

    return router
