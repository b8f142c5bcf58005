"""A real Neo4j server for the tests of this folder."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from linkgraph.store.neo4j import Neo4jServer

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def launcher():
    spec = importlib.util.spec_from_file_location("neo4j_server", ROOT / ".ci" / "neo4j_server.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["neo4j_server"] = module
    spec.loader.exec_module(module)
    reason = module.missing()
    if reason:
        pytest.skip(f"no real Neo4j: {reason}")
    return module


@pytest.fixture(scope="session")
def running(launcher):
    with launcher.running() as server:
        yield server


@pytest.fixture
def server(running):
    """The server with an empty database."""
    made = Neo4jServer(running.uri, running.user, running.password)
    with made.driver() as driver:
        driver.execute_query("MATCH (n) DETACH DELETE n")
    return made
