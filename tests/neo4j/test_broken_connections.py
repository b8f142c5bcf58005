"""A connection that breaks at any moment loses nothing and doubles nothing."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from broken_line import line
from store.batches import NOON, logins, source

from linkgraph.errors import UnavailableError
from linkgraph.store import append
from linkgraph.store import neo4j as server_side
from linkgraph.store.embedded import CaseStore
from linkgraph.store.neo4j import Neo4jStore
from linkgraph.store.neo4j_push import push
from linkgraph.store.protocol import digest

pytestmark = pytest.mark.neo4j


@pytest.fixture
def store(tmp_path):
    opened = CaseStore.create(tmp_path, "c" * 32, "test")
    key = append.register(opened, source("a"), "tester")
    rows = [(row, f"account{row}", f"1.1.1.{row % 7}", NOON + timedelta(minutes=row)) for row in range(2, 60)]
    append.append(opened, key, logins(*rows), "tester")
    append.finish(opened, key, "tester")
    yield opened
    opened.close()


def over(server, connection):
    return replace(server, uri=f"bolt://127.0.0.1:{connection.port}")


def assert_level(store, server):
    there = Neo4jStore(server)
    try:
        assert digest(there) == digest(store)
        assert there.counts() == store.counts()
        assert there.revision() == store.revision()
    finally:
        there.close()


# A whole push of this case gets some 5,000 bytes back: the first of these cut it at the schema, the
# last in the upserts and after them.
@pytest.mark.parametrize("cut_after", [700, 2_000, 3_000, 3_500, 4_000])
def test_what_was_done_before_the_cut_is_not_done_twice(store, server, cut_after):
    with line(urlsplit(server.uri).port, cut_after) as connection:
        # The driver tries managed transactions again by itself; what it may not, the next push does.
        with suppress(UnavailableError):
            push(store, over(server, connection), batch=10)
        assert connection.cuts == 1
    push(store, server)
    assert_level(store, server)


def test_a_server_that_goes_away_is_told_in_one_sentence(store, server, monkeypatch):
    monkeypatch.setattr(server_side, "_RETRY_SECONDS", 1.0)
    with line(urlsplit(server.uri).port) as connection:

        def go_away(done, total):
            if done >= 20:
                connection.break_down()

        with pytest.raises(UnavailableError, match="nothing is lost, run the same command again"):
            push(store, over(server, connection), batch=10, progress=go_away)
    with pytest.raises(UnavailableError, match="is being pushed, or a push was cut off"):
        Neo4jStore(server)
    push(store, server)
    assert_level(store, server)
