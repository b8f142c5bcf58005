"""Every shipped query runs on a real server and returns the columns it says."""

from __future__ import annotations

import re

import pytest
from store.batches import NOON, logins, source

import linkgraph
from linkgraph import queries
from linkgraph.errors import UsageError
from linkgraph.model import Role
from linkgraph.store import append
from linkgraph.store.embedded import CaseStore
from linkgraph.store.neo4j_push import push

LOGINS = """account,service,ip,time
x,chat,193.0.6.139,2026-01-05T10:00:00Z
y,chat,193.0.6.139,2026-01-06T10:00:00Z
x,chat,10.0.0.1,2026-01-05T10:00:00Z
z,chat,10.0.0.1,2026-01-06T10:00:00Z
"""
EMPTY = "d41d8cd98f00b204e9800998ecf8427e"
PDQ = "0f" * 32
NEAR = "0e" + "0f" * 31
HASHES = f"""account,service,md5,pdq,quality
x,chat,{"a" * 32},{PDQ},90
y,chat,,{NEAR},90
v,chat,,{NEAR},90
x,chat,{EMPTY},,
z,chat,{EMPTY},,
"""


@pytest.fixture
def pushed(server, tmp_path):
    store = CaseStore.create(tmp_path, "c" * 32, "test")
    key = append.register(store, source("a"), "tester")
    rows = [
        (2, "chat:x", "193.0.6.139", NOON),
        (3, "chat:y", "193.0.6.139", NOON),
        (4, "chat:y", "1.1.1.1", NOON),
    ]
    append.append(store, key, logins(*rows), "tester")
    append.finish(store, key, "tester")
    push(store, server)
    store.close()
    return server


def test_there_are_enough_of_them():
    assert len(queries.names()) >= 8


@pytest.mark.parametrize("name", queries.names())
def test_a_query_says_what_it_does(name):
    query = queries.load(name)
    assert len(query.description) > 20
    assert query.columns
    used = set(re.findall(r"\$(\w+)", query.text))
    assert used == {one.name for one in query.parameters}
    assert not re.search(r"\b(CREATE|MERGE|SET|DELETE|REMOVE|CALL|LOAD)\b", query.text)


@pytest.mark.neo4j
@pytest.mark.parametrize("name", queries.names())
def test_a_query_runs_and_returns_its_columns(pushed, name):
    query = queries.load(name)
    with pushed.driver() as driver, driver.session() as session:
        result = session.run(query.text, queries.parameters(query, {}))
        assert tuple(result.keys()) == query.columns
        result.consume()


@pytest.mark.neo4j
def test_shared_ip_finds_who_shares_an_address(pushed):
    [row] = queries.run(pushed, queries.load("shared-ip"), {})
    assert (row["ip"], sorted(row["accounts"]), row["number"]) == ("193.0.6.139", ["CHAT:X", "CHAT:Y"], 2)
    assert row["first_seen"] == "2026-01-01T12:00:00Z"
    assert queries.run(pushed, queries.load("shared-ip"), {"min_accounts": "3"}) == []


@pytest.mark.neo4j
def test_path_between(pushed):
    [row] = queries.run(pushed, queries.load("path-between"), {"from_entity": "chat:x", "to_entity": "1.1.1.1"})
    assert row["hops"] == 3


@pytest.mark.neo4j
def test_evidence_of(pushed):
    rows = queries.run(pushed, queries.load("evidence-of"), {"entity": "chat:x"})
    assert [(row["file"], row["rows"]) for row in rows] == [("a.csv", "2")]


@pytest.fixture
def graded(server, tmp_path):
    """A case with links that never link, and two pictures that look alike."""
    made = linkgraph.create(tmp_path / "op", agency="A", timezone="UTC")
    for kind, name, text in (("ip-logs", "logins.csv", LOGINS), ("file-hashes", "hashes.csv", HASHES)):
        (tmp_path / name).write_text(text, "utf-8")
        made.ingest(kind, [tmp_path / name])
    made.set_role("Account:chat:v", Role.VICTIM, "test", second="other")
    made.push(server)
    return server


@pytest.mark.neo4j
def test_links_that_never_link_are_left_out(graded):
    def ask(name, **stated):
        return queries.run(graded, queries.load(name), stated)

    assert [row["ip"] for row in ask("shared-ip")] == ["193.0.6.139"]
    assert ask("shared-file") == []
    assert [row["common"] for row in ask("common-neighbours", first="chat:x", second="chat:y")] == ["193.0.6.139"]
    assert ask("common-neighbours", first="chat:x", second="chat:z") == []
    assert ask("path-between", from_entity="chat:x", to_entity="chat:z") == []
    assert {row["label"]: row["neighbours"] for row in ask("hubs-by-degree")} == {"x (chat)": 2, "y (chat)": 2}
    [handover] = ask("handover")
    assert (handover["earlier"], handover["later"], handover["ip"]) == ("x (chat)", "y (chat)", "193.0.6.139")


@pytest.mark.neo4j
def test_similar_files_names_who_had_the_one_and_the_other(graded):
    [row] = queries.run(graded, queries.load("similar-files"), {})
    assert {row["file"], row["similar_file"]} == {f"pdq:{PDQ}", f"pdq:{NEAR}"}
    assert row["likeness"] == "similar file: PDQ hashes 1 of 256 bits apart"
    had = {row["file"]: row["accounts"], row["similar_file"]: row["similar_accounts"]}
    assert had == {f"pdq:{PDQ}": ["x (chat)"], f"pdq:{NEAR}": ["y (chat)"]}


@pytest.mark.neo4j
@pytest.mark.parametrize(
    ("name", "stated"),
    [("active-in-window", {"start": "yesterday"}), ("hubs-by-degree", {"top": "-1"})],
)
def test_a_value_the_server_cannot_use_is_told_in_one_sentence(pushed, name, stated):
    with pytest.raises(UsageError, match="refuses: ") as told:
        queries.run(pushed, queries.load(name), stated)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("no-such-query", {}),
        ("shared-ip", {"colour": "red"}),
        ("shared-ip", {"min_accounts": "many"}),
        ("shared-ip", {"min_accounts": True}),
        ("shared-ip", {"min_accounts": str(2**63)}),
        ("evidence-of", {"entity": "\udcff"}),
    ],
)
def test_what_does_not_exist_is_an_error(name, stated):
    with pytest.raises(UsageError):
        queries.parameters(queries.load(name), stated)
