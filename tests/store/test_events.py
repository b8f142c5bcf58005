"""The single rows behind links: each counted one once, with the nodes and the file it is about."""

from __future__ import annotations

from datetime import timedelta

import pytest
from store.batches import NOON, logins, source

from linkgraph.graph import Graph
from linkgraph.model import LinkKind
from linkgraph.store import append
from linkgraph.store.embedded import CaseStore
from linkgraph.store.protocol import EVENTS

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def store(tmp_path):
    opened = CaseStore.create(tmp_path, "c" * 32, "test")
    yield opened
    opened.close()


def add(store, letter, batch):
    key = append.register(store, source(letter), "tester")
    append.append(store, key, batch, "tester")
    append.finish(store, key, "tester")


def told(store, *kinds):
    graph = Graph.read(store)
    files = store.sources()
    return [
        (
            graph.entities["value"][one["source"]].as_py(),
            graph.entities["value"][one["target"]].as_py(),
            one["first_seen"],
            files[one["file"]].sha256[0],
            one["row"],
        )
        for one in store.events(kinds).to_pylist()
    ]


def test_events_are_in_order_of_time_and_point_into_graph_and_sources(store):
    add(store, "a", logins((2, "x", "1.1.1.1", LATER), (3, "y", "1.1.1.1", NOON), (4, "z", "1.1.1.1", None)))
    add(store, "b", logins((2, "x", "2.2.2.2", NOON)))
    found = told(store, LinkKind.USED_IP)
    assert [one[2] for one in found] == [NOON, NOON, LATER, None]
    assert set(found) == {
        ("x", "1.1.1.1", LATER, "a", 2),
        ("y", "1.1.1.1", NOON, "a", 3),
        ("z", "1.1.1.1", None, "a", 4),
        ("x", "2.2.2.2", NOON, "b", 2),
    }
    assert store.events([LinkKind.USED_IP]).schema.equals(EVENTS)


def test_an_event_seen_again_in_another_file_is_one(store):
    rows = [(2, "x", "1.1.1.1", NOON)]
    add(store, "a", logins(*rows))
    add(store, "b", logins(*rows))
    assert len(told(store, LinkKind.USED_IP)) == 1


def test_only_the_kinds_asked_for(store):
    add(store, "a", logins((2, "x", "1.1.1.1", NOON)))
    assert told(store, LinkKind.PAID) == []
    assert told(store) == []
