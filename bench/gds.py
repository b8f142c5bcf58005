"""Neo4j Graph Data Science on the network of bench/graph.py, from its own database: load, project, each algorithm.

The server is the one of the tests with the jars of bench/gds/pom.xml, which Maven fetches into the same cache.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / ".ci"))

import neo4j_server
from neo4j import Driver, GraphDatabase

VERSION = "2.13.9"
BATCH = 20_000
_NODES = "UNWIND $rows AS id CREATE (:Account {id: id})"
_LINKS = (
    "UNWIND $rows AS row MATCH (a:Account {id: row[0]}) MATCH (b:Account {id: row[1]}) CREATE (a)-[:CONTACTED]->(b)"
)
_PROJECT = "CALL gds.graph.project('bench', 'Account', {CONTACTED: {orientation: 'UNDIRECTED'}})"
_UNIQUE = "CREATE CONSTRAINT FOR (n:Account) REQUIRE n.id IS UNIQUE"
_PATH = """
MATCH (a:Account {id: 1}), (b:Account {id: 2})
CALL gds.shortestPath.dijkstra.stream('bench', {sourceNode: a, targetNode: b}) YIELD totalCost RETURN totalCost AS found
"""
ALGORITHMS = {
    "components": "CALL gds.wcc.stats('bench') YIELD componentCount AS found",
    "core": "CALL gds.kcore.stats('bench') YIELD degeneracy AS found",
    "PageRank": "CALL gds.pageRank.stats('bench', {maxIterations: 500, tolerance: 1e-8}) YIELD ranIterations AS found",
    "articulation points": "CALL gds.articulationPoints.stats('bench') YIELD articulationPointCount AS found",
    "one path": _PATH,
    "Leiden": "CALL gds.leiden.stats('bench', {randomSeed: 1}) YIELD modularity AS found",
    "betweenness, 256": "CALL gds.betweenness.stats('bench', {samplingSize: 256, samplingSeed: 1}) "
    "YIELD computeMillis AS found",
}
"""Betweenness is of 256 start nodes and states no error."""


def run(pairs: np.ndarray, nodes: int, say: Callable[[str, str, float, object], None]) -> None:
    """Start a server, load the network, and time what it does."""
    _prepare()
    with (
        neo4j_server.running(heap="6g") as server,
        GraphDatabase.driver(server.uri, auth=(server.user, server.password)) as driver,
    ):
        _timed(driver, say, "load", lambda: _load(driver, pairs, nodes))
        _timed(driver, say, "project", lambda: _ask(driver, _PROJECT))
        for name, statement in ALGORITHMS.items():
            _timed(driver, say, name, lambda statement=statement: _ask(driver, statement))


def _prepare() -> None:
    """Have the server start with the other jars and settings."""
    neo4j_server.POM = Path(__file__).resolve().parent / "gds" / "pom.xml"
    neo4j_server._jars = lambda: neo4j_server.cache() / f"neo4j-5.26.30-gds-{VERSION}"
    plain = neo4j_server._configure

    def configure(home: Path, port: int) -> None:
        plain(home, port)
        with (home / "conf" / "neo4j.conf").open("a", encoding="utf-8") as settings:
            settings.write("dbms.security.procedures.unrestricted=gds.*\n")
        (home / "plugins").mkdir()
        for jar in neo4j_server.fetch().glob(f"*-{VERSION}.jar"):
            shutil.copy(jar, home / "plugins")

    neo4j_server._configure = configure


def _load(driver: Driver, pairs: np.ndarray, nodes: int) -> str:
    _ask(driver, _UNIQUE)
    for first in range(0, nodes, BATCH):
        driver.execute_query(_NODES, rows=list(range(first, min(first + BATCH, nodes))))
    for first in range(0, len(pairs), BATCH):
        driver.execute_query(_LINKS, rows=pairs[first : first + BATCH].tolist())
    return ""


def _ask(driver: Driver, statement: str) -> object:
    records, _, _ = driver.execute_query(statement)
    return records[0]["found"] if records and "found" in records[0].keys() else ""  # noqa: SIM118 - a record is no dict


def _timed(
    driver: Driver, say: Callable[[str, str, float, object], None], name: str, what: Callable[[], object]
) -> None:
    start = time.perf_counter()
    found = what()
    say("GDS", name, time.perf_counter() - start, found)
