"""The same questions, asked of the team's Neo4j server without a local case."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from linkgraph.questions import Questions
from linkgraph.store.neo4j import Neo4jServer, Neo4jStore
from linkgraph.store.protocol import GraphStore


class ServerCase(Questions):
    """A case as it stands on a Neo4j server; read only."""

    def __init__(self, server: Neo4jServer) -> None:
        self.server = server

    @contextmanager
    def reading(self) -> Iterator[GraphStore]:
        """Connect to the server for as long as a question takes."""
        store = Neo4jStore(self.server)
        try:
            yield store
        finally:
            store.close()


def connect(uri: str, *, database: str | None = None) -> ServerCase:
    """Give the case on a Neo4j server.

    User and password come from ``NEO4J_USERNAME`` and ``NEO4J_PASSWORD``, or are asked for.
    """
    return ServerCase(Neo4jServer.at(uri, database=database))
