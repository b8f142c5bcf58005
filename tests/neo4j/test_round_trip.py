"""Case → Neo4j → the same graph, whatever happens on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from store.batches import NOON, logins, refused, source

from linkgraph.errors import IntegrityError, UnavailableError, UsageError
from linkgraph.store import append
from linkgraph.store.embedded import CaseStore
from linkgraph.store.neo4j import Neo4jServer, Neo4jStore, evidence_from
from linkgraph.store.neo4j_push import push
from linkgraph.store.protocol import digest
from linkgraph.store.withdraw import withdraw

pytestmark = pytest.mark.neo4j

HOSTILE = "x`}]->() DETACH DELETE n //\u202e\\u0060'\"\n</script>"
LATER = NOON + timedelta(microseconds=1)


@pytest.fixture
def store(tmp_path):
    opened = CaseStore.create(tmp_path, "c" * 32, "test")
    yield opened
    opened.close()


def add(store, letter, *batches):
    key = append.register(store, source(letter), "tester")
    for batch in batches:
        append.append(store, key, batch, "tester")
    append.finish(store, key, "tester")


@pytest.fixture
def filled(store):
    countries = [
        (2, ("IPAddress", "1.1.1.1"), "GB", "stated", None),
        (None, ("IPAddress", "1.1.1.1"), "US", "registered", "RIR data"),
    ]
    rows = [(2, HOSTILE, "1.1.1.1", NOON), (3, "y", "1.1.1.1", LATER), (4, "y", "2.2.2.2", None)]
    amounts = [("10.50", "EUR"), ("0.1", "GBP"), ("7", None)]
    add(store, "a", logins(*rows, countries=countries, amounts=amounts, quarantined=[refused("a", 5)]))
    add(store, "b", logins(*rows[:2], amounts=amounts[:2]))
    return store


@pytest.fixture
def on_server(server):
    opened = []

    def read():
        opened.append(Neo4jStore(server))
        return opened[-1]

    yield read
    for one in opened:
        one.close()


def assert_equal(case, there):
    assert there.entities().equals(case.entities())
    assert there.links().equals(case.links())
    assert digest(there) == digest(case)
    links = case.links()["id"].to_pylist()
    entities = case.entities()["id"].to_pylist()
    assert there.evidence(links) == case.evidence(links)
    assert there.attributes(entities) == case.attributes(entities)
    assert there.counts() == case.counts()
    assert there.sources() == case.sources()
    assert there.quarantine() == [replace(row, raw=None) for row in case.quarantine()]
    assert (there.revision(), there.case_name()) == (case.revision(), case.case_name())


def test_the_graph_on_the_server_is_the_graph_of_the_case(filled, server, on_server):
    report = push(filled, server)
    assert (report.entities, report.links) == (4, 3)
    assert_equal(filled, on_server())


def test_evidence_on_the_server_says_which_rows_are_as_corrected(filled, server, on_server):
    push(filled, server)
    link = filled.links()["id"][0].as_py()
    source, row = next((one.source, one.row) for one in filled.evidence([link])[link])
    with filled.transaction():
        revision = filled.log("tester", "quarantine.requeue", {"source": source})
        key = "(SELECT key FROM source WHERE sha256 = ?)"
        filled.run(f"INSERT INTO corrected VALUES ({key}, ?, ?)", [source, row, "e" * 64])
        filled.run(f"UPDATE link_part SET revision = ? WHERE source = {key}", [revision, source])
    push(filled, server)
    assert "e" * 64 in {one.corrected_by for one in on_server().evidence([link])[link]}
    assert_equal(filled, on_server())


def test_a_second_push_writes_nothing(filled, server, on_server):
    push(filled, server)
    report = push(filled, server)
    assert (report.entities, report.links, report.removed) == (0, 0, 0)
    assert_equal(filled, on_server())


def test_only_what_changed_is_pushed(filled, server, on_server):
    push(filled, server)
    add(filled, "c", logins((2, "z", "2.2.2.2", NOON)))
    report = push(filled, server)
    assert (report.entities, report.links) == (2, 1)
    assert_equal(filled, on_server())


def test_what_was_withdrawn_goes_from_the_server(filled, server, on_server):
    add(filled, "c", logins((2, "z", "3.3.3.3", NOON), (3, "y", "1.1.1.1", LATER)))
    push(filled, server)
    withdraw(filled, "c" * 64, "tester", "wrong")
    assert push(filled, server).removed == 3
    assert_equal(filled, on_server())
    withdraw(filled, "a" * 64, "tester", "wrong")
    push(filled, server)
    assert_equal(filled, on_server())


def test_rows_that_were_refused_before_and_are_read_now_go_from_quarantine(filled, server, on_server):
    push(filled, server)
    assert len(on_server().quarantine()) == 1
    withdraw(filled, "a" * 64, "tester", "wrong mapping")
    add(filled, "a", logins((2, "y", "1.1.1.1", LATER), (5, "z", "2.2.2.2", NOON)))
    push(filled, server)
    assert on_server().quarantine() == []
    assert_equal(filled, on_server())


@pytest.mark.parametrize("microseconds", [-1, -1_500_000, 0, 1, 253_402_300_799_999_999, -62_135_596_799_999_999])
def test_times_are_exact_to_the_microsecond(store, server, on_server, microseconds):
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    add(store, "a", logins((2, "x", "1.1.1.1", time)))
    push(store, server)
    [found] = on_server().find("x")
    assert found.first_seen == found.last_seen == time
    assert_equal(store, on_server())


@pytest.mark.parametrize("after", [1, 3, 6])
def test_a_push_that_is_cut_off_is_made_good_by_the_next(filled, server, on_server, after):
    class Cut(Exception):
        pass

    def cut(done, total):
        if done >= after:
            raise Cut

    with pytest.raises(Cut):
        push(filled, server, progress=cut, batch=1)
    with pytest.raises(UnavailableError, match="cut off"):
        on_server()
    push(filled, server, batch=2)
    assert_equal(filled, on_server())


def test_find_answers_as_the_case_does(filled, server, on_server):
    push(filled, server)
    there = on_server()
    some = filled.entities()["id"][0].as_py()
    for selector in (
        "",
        "1.1.1.1",
        "ipaddress:1.1.1.1",
        "IPAddress:9.9.9.9",
        "Y",
        "y",
        some,
        some[:8],
        some[:7],
        HOSTILE,
    ):
        assert there.find(selector) == filled.find(selector)


def test_another_case_is_refused(filled, server, tmp_path, on_server):
    push(filled, server)
    folder = tmp_path / "other"
    folder.mkdir()
    other = CaseStore.create(folder, "d" * 32, "other")
    with pytest.raises(UsageError, match="holds the case 'test'"):
        push(other, server)
    other.close()
    assert_equal(filled, on_server())


def test_an_older_copy_of_the_case_is_refused(filled, server, tmp_path, on_server):
    push(filled, server)
    folder = tmp_path / "older"
    folder.mkdir()
    older = CaseStore.create(folder, "c" * 32, "test")
    add(older, "a", logins((2, "y", "1.1.1.1", NOON)))
    with pytest.raises(UsageError, match="push from the newer copy"):
        push(older, server)
    older.close()
    assert_equal(filled, on_server())


def test_a_database_of_others_is_left_as_it_is(filled, server):
    constraints = "SHOW CONSTRAINTS YIELD name RETURN collect(name) AS names"
    with server.driver() as driver:
        [[names]] = driver.execute_query(constraints).records
        for name in names:
            driver.execute_query(f"DROP CONSTRAINT {name}")
        driver.execute_query("UNWIND [1, 2] AS one CREATE (:Entity {id: 'twice'})")
        with pytest.raises(UsageError, match="holds other data"):
            push(filled, server)
        [[kept]] = driver.execute_query("MATCH (n) RETURN collect(DISTINCT labels(n)) AS kept").records
    assert kept == [["Entity"]]


def test_what_somebody_else_wrote_is_noticed(filled, server):
    push(filled, server)
    with server.driver() as driver:
        driver.execute_query("CREATE (:Entity {id: 'foreign'})")
    add(filled, "c", logins((2, "z", "2.2.2.2", NOON)))
    with pytest.raises(IntegrityError, match="somebody else"):
        push(filled, server)


@pytest.mark.parametrize("first", [True, False])
def test_an_entity_that_somebody_deletes_meanwhile_moves_no_link_to_another(filled, server, first):
    if not first:
        push(filled, server)
        add(filled, "c", logins((2, "y", "2.2.2.2", LATER), (3, "z", "2.2.2.2", NOON)))

    def delete(done, total):
        if done < total:
            with server.driver() as driver:
                driver.execute_query("MATCH (n:Entity {value: '2.2.2.2'}) DETACH DELETE n")

    with pytest.raises(IntegrityError, match="somebody else"):
        push(filled, server, progress=delete)
    with server.driver() as driver:
        ids = "MATCH (a:Entity)-[r]->(b:Entity) RETURN r.id AS id, a.id AS source, b.id AS target"
        there = {tuple(record.values()) for record in driver.execute_query(ids).records}
    links = filled.links()
    assert there <= set(zip(*(links[name].to_pylist() for name in ("id", "source", "target")), strict=True))


def test_a_server_without_a_case_says_so(server):
    with pytest.raises(UsageError, match="no case"):
        Neo4jStore(server)


def test_a_wrong_password_is_a_usage_error(server):
    with pytest.raises(UsageError, match="NEO4J_PASSWORD"):
        Neo4jStore(replace(server, password="wrong-password"))


def test_a_database_that_does_not_exist_is_a_usage_error(server):
    with pytest.raises(UsageError, match="no database"):
        Neo4jStore(replace(server, database="nowhere"))


def test_a_password_that_must_be_changed_first_is_a_usage_error(server):
    with server.driver() as driver:
        driver.execute_query("CREATE OR REPLACE USER new SET PASSWORD 'first-password'", database_="system")
    with pytest.raises(UsageError, match="change the password first"):
        Neo4jStore(replace(server, user="new", password="first-password"))


def test_a_server_that_is_gone_is_unavailable(filled):
    gone = Neo4jServer("bolt://127.0.0.1:9", "neo4j", "password")
    with pytest.raises(UnavailableError, match="nothing is lost"):
        push(filled, gone)


@pytest.mark.parametrize(
    "uri",
    [
        "bolt://neo4j:secret@127.0.0.1",
        "bolt://neo4j@127.0.0.1",
        "bolt://:secret@127.0.0.1:port",
        "http://127.0.0.1:7474",
        "127.0.0.1",
        "bolt://",
        "bolt://127.0.0.1:port",
        "bolt://127.0.0.1:99999",
        "bolt://[::1",
    ],
)
def test_addresses_that_cannot_be_used(uri, monkeypatch):
    monkeypatch.setenv("NEO4J_PASSWORD", "x")
    with pytest.raises(UsageError) as told:
        Neo4jServer.at(uri)
    assert "secret" not in str(told.value)


def test_a_password_is_not_shown():
    assert "secret" not in repr(Neo4jServer("bolt://h", "u", "secret"))


def test_evidence_is_written_shortly_and_read_back(filled):
    links = filled.links()["id"]
    read = [evidence_from(texts) for texts in filled.evidence_texts(links).to_pylist()]
    assert dict(zip(links.to_pylist(), read, strict=True)) == filled.evidence(links.to_pylist())
