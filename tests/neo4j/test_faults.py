"""A push over a line that is cut anywhere, and to a server that is killed: afterwards the server equals the case.

The usual run cuts 20 times and kills 2 times.
``LINKGRAPH_FAULTS=full pytest tests/neo4j/test_faults.py -s`` cuts 200 times and kills 40 times.
"""

from __future__ import annotations

import os
import random
import threading
import time
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from urllib.parse import urlsplit

import pytest
from broken_line import line
from store.batches import NOON, logins, source

from linkgraph import resources
from linkgraph.errors import UnavailableError, UsageError
from linkgraph.store import append
from linkgraph.store import neo4j as server_side
from linkgraph.store.embedded import CaseStore
from linkgraph.store.neo4j import Neo4jServer, Neo4jStore
from linkgraph.store.neo4j_push import push
from linkgraph.store.protocol import digest

pytestmark = pytest.mark.neo4j

FULL = os.environ.get("LINKGRAPH_FAULTS") == "full"
CUTS, KILLS = (200, 40) if FULL else (20, 2)
CUTS_A_PUSH = 4
BATCH = 8
LINKS = 150


class Cases:
    """New cases, each in a folder of its own."""

    def __init__(self, folder):
        self._folder = folder
        self._opened = []

    def new(self):
        folder = self._folder / str(len(self._opened))
        folder.mkdir()
        store = CaseStore.create(folder, f"{len(self._opened):032x}", "test")
        self._opened.append(store)
        add(store, "a", "first")
        return store

    def close(self):
        for store in self._opened:
            store.close()


def add(store, letter, name):
    """Add links; half of them join what is there."""
    key = append.register(store, source(letter), "tester")
    rows = [
        (row, f"{name if row % 2 else 'first'}{row % 30}", f"1.1.{row % 2}.{row % 40}", NOON + timedelta(minutes=row))
        for row in range(2, LINKS + 2)
    ]
    append.append(store, key, logins(*rows), "tester")
    append.finish(store, key, "tester")


@pytest.fixture
def cases(tmp_path):
    made = Cases(tmp_path)
    yield made
    made.close()


def empty(server):
    """Make the database as it is before the first push."""
    with server.driver() as driver:
        driver.execute_query("MATCH (n) DETACH DELETE n")
        # Of the kind that these cases have; the index of links would refuse what the marks should.
        driver.execute_query("DROP CONSTRAINT linkgraph_used_ip IF EXISTS")


def assert_level(store, server):
    there = Neo4jStore(server)
    try:
        links = store.links()["id"].to_pylist()
        assert digest(there) == digest(store)
        assert there.counts() == store.counts()
        assert there.evidence(links) == store.evidence(links)
        assert there.revision() == store.revision()
    finally:
        there.close()
    with server.driver() as driver:
        left = driver.execute_query("MATCH (b:LinkgraphBatch) RETURN count(b) AS left").records[0]["left"]
    assert left == 0


def push_over_a_line(store, server, cuts, after=0):
    """Push over a line with these cuts once so much is done, again where the driver does not by itself."""
    with line(urlsplit(server.uri).port) as connection:
        over = replace(server, uri=f"bolt://127.0.0.1:{connection.port}")
        waiting = [cuts]

        def begin(done, total):
            if done >= after and waiting:
                connection.cut_after(waiting.pop())

        begin(0, 0)
        for _ in range(len(cuts) + 1):
            try:
                push(store, over, batch=BATCH, progress=begin)
                break
            except UnavailableError:
                continue
        return connection


def rounds(cases, server, seed):
    """Give pushes of new cases and of what is added to them, each with cuts and when they begin."""
    chance = random.Random(seed)  # noqa: S311 the same cuts every time
    empty(server)
    whole = push_over_a_line(cases.new(), server, []).passed
    for number in range(CUTS // CUTS_A_PUSH):
        empty(server)
        store = cases.new()
        # Every second time from the first links on, where an answer that is lost would double them.
        after = store.entities().num_rows if number % 2 == 0 else 0
        ways = chance.choices([(1, "from"), (-1, "to")], [1, 0] if after else [1, 1], k=CUTS_A_PUSH)
        cuts = [way * chance.randrange(1, whole[name] // CUTS_A_PUSH // 2) for way, name in ways]
        if number % 5 == 3:
            push(store, server)
            add(store, "b", "second")
        yield store, cuts, after


def test_a_line_that_is_cut_anywhere_loses_nothing_and_doubles_nothing(cases, server):
    done = 0
    for store, cuts, after in rounds(cases, server, seed=4):
        done += push_over_a_line(store, server, cuts, after).cuts
        push(store, server)
        assert_level(store, server)
    assert done > CUTS // 2
    print(f"\n{done} cuts: 0 lost, 0 doubled")  # noqa: T201


def test_these_cuts_double_links_that_are_created_without_a_mark(cases, server, monkeypatch):
    """The control: the same cuts find the fault where there is one."""
    text = resources.cypher("create_links")
    unmarked = text[: text.index("MATCH (:LinkgraphCase")] + text[text.index("WITH datetime") :]
    real = resources.cypher
    monkeypatch.setattr(resources, "cypher", lambda name: unmarked if name == "create_links" else real(name))
    # Few answers are lost to a commit, which is what doubles: the first that is found is enough.
    tried = chain.from_iterable(rounds(cases, server, seed) for seed in range(4, 12))
    with pytest.raises(UsageError, match="ids are not unique"):
        for store, cuts, after in tried:
            push_over_a_line(store, server, cuts, after)
            push(store, server)
            assert_level(store, server)


@pytest.fixture(scope="module")
def mortal(launcher):
    with launcher.running() as running:
        yield running


def test_a_server_that_is_killed_in_the_middle_equals_the_case_after_the_next_push(cases, mortal, monkeypatch):
    chance = random.Random(4)  # noqa: S311 the same moments every time
    monkeypatch.setattr(server_side, "_RETRY_SECONDS", 1.0)
    server = Neo4jServer(mortal.uri, mortal.user, mortal.password)
    killed = 0
    while killed < KILLS:
        empty(server)
        store = cases.new()
        if killed % 2 == 1:
            push(store, server)
            add(store, "b", "second")
        at, delay, killer = chance.randrange(LINKS), chance.uniform(0, 0.03), []

        def kill_soon(done, total, at=at, delay=delay, killer=killer):
            if done >= at and not killer:
                killer.append(threading.Thread(target=lambda: (time.sleep(delay), mortal.kill())))
                killer[0].start()

        with pytest.raises(UnavailableError, match="nothing is lost"):
            push(store, server, batch=BATCH, progress=kill_soon)
        killer[0].join()
        killed += 1
        mortal.start_again()
        push(store, server, batch=BATCH)
        assert_level(store, server)
    print(f"\n{killed} kills: 0 lost, 0 doubled")  # noqa: T201


class Stop(Exception):
    pass


def cut_off(store, server, after):
    def stop(done, total):
        if done >= after:
            raise Stop

    with pytest.raises(Stop):
        push(store, server, batch=BATCH, progress=stop)


def test_the_next_push_goes_on_after_the_batches_that_are_there(cases, server):
    empty(server)
    store = cases.new()
    entities, links = store.entities().num_rows, store.links().num_rows
    cut_off(store, server, after=entities + 5 * BATCH)
    seen = []
    push(store, server, batch=BATCH, progress=lambda done, total: seen.append((done, total)))
    left = entities + links - 5 * BATCH
    assert seen[-1] == (left, left)
    assert_level(store, server)


@pytest.mark.parametrize("changed", ["case", "batch"])
def test_what_is_not_the_same_push_is_merged(cases, server, changed):
    empty(server)
    store = cases.new()
    cut_off(store, server, after=store.entities().num_rows + 5 * BATCH)
    if changed == "case":
        add(store, "b", "second")
    push(store, server, batch=BATCH if changed == "case" else 7)
    assert_level(store, server)
