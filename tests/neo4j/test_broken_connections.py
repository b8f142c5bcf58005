"""A connection that breaks at any moment loses nothing and doubles nothing."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from neo4j_tests.cutting import line
from store.batches import NOON, logins, source

from linkgraph.errors import UnavailableError
from linkgraph.store import append
from linkgraph.store import neo4j as server_side
from linkgraph.store.embedded import CaseStore
from linkgraph.store.neo4j import Neo4jStore
from linkgraph.store.neo4j_push import push
