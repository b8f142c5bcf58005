"""The sample case on a real server: the same graph, and the named queries find what was planted."""

from __future__ import annotations

import json

import pytest

import linkgraph
from linkgraph import demo, queries
from linkgraph.model import Role
from linkgraph.resources import sample_graphs
from linkgraph.store.neo4j import Neo4jServer, Neo4jStore
from linkgraph.store.protocol import digest

pytestmark = pytest.mark.neo4j


@pytest.fixture(scope="module")
def truth():
    with sample_graphs() as folder:
        return json.loads((folder / demo.SAMPLE / "truth.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def case(tmp_path_factory, truth):
    """The sample case and a chart without times; one receiver of payments is made a victim too."""
    made = linkgraph.create(tmp_path_factory.mktemp("sample") / "case", agency="A", timezone="Europe/London")
    with sample_graphs() as folder:
        for kind, names, stated in demo.STEPS:
            made.ingest(kind, [folder / demo.SAMPLE / name for name in names], stated=stated)
    chart = tmp_path_factory.mktemp("more") / "chart.csv"
    chart.write_text("source,target\nno date,none either\n", "utf-8")
    made.ingest("links", [chart])
    made.set_role(f"PaymentAccount:iban:{truth['payment_chain'][1]}", Role.VICTIM, "test", second="other")
    return made


@pytest.fixture(scope="module")
def server(running, case):
    there = Neo4jServer(running.uri, running.user, running.password)
    with there.driver() as driver:
        driver.execute_query("MATCH (n) DETACH DELETE n")
    case.push(there)
    return there


@pytest.fixture(scope="module")
def ask(server):
    return lambda name, **stated: queries.run(server, queries.load(name), stated)


@pytest.fixture(scope="module")
def label(truth):
    return lambda handle: f"{handle} ({truth['service']})"


def test_the_graph_on_the_server_is_the_graph_of_the_case(case, server):
    there = Neo4jStore(server)
    with case.reading() as here:
        entities, links = here.entities(), here.links()
        assert there.entities().equals(entities)
        assert there.links().equals(links)
        assert digest(there) == digest(here)
        assert there.evidence(links["id"].to_pylist()) == here.evidence(links["id"].to_pylist())
        assert there.attributes(entities["id"].to_pylist()) == here.attributes(entities["id"].to_pylist())
        assert there.counts() == here.counts()
        assert there.sources() == here.sources()
    there.close()
    assert {None, "victim"} <= set(entities["role"].to_pylist())
    assert entities["first_seen"].null_count == 2


def test_no_bytes_of_refused_rows_are_on_the_server(case, server):
    with server.driver() as driver:
        rows = driver.execute_query("MATCH (q:QuarantinedRow) RETURN properties(q) AS q").records
    assert len(rows) == case.counts().quarantined > 0
    assert not any("raw" in row["q"] for row in rows)


def test_one_to_many_contact_finds_the_groomer(ask, truth, label):
    first = ask("one-to-many-contact")[0]
    assert first["sender"] == label(truth["groomer"])
    assert first["victims"] == len(truth["victims"])


def test_payments_into_finds_the_facilitator(ask, truth):
    found = {row["receiver"]: row["senders"] for row in ask("payments-into")}
    assert found[f"iban:{truth['facilitator']['payment_account']}"] >= 3


def test_payment_chains_go_round_the_victim_in_the_planted_one(ask, truth):
    planted = [f"iban:{number}" for number in truth["payment_chain"]]
    chains = [row["chain"] for row in ask("payment-chains", max_chains=1000)]
    assert planted[2:] in chains
    assert not any(planted[1] in chain for chain in chains)


def test_same_contact_finds_the_disposable_identities(ask, truth, label):
    found = [set(row["accounts"]) for row in ask("accounts-with-same-contact")]
    for pair in truth["disposable_identities"]:
        assert {label(handle) for handle in pair} in found


def test_common_neighbours_of_a_disposable_identity(ask, truth, label):
    first, second = truth["disposable_identities"][0]
    assert any(row["kind"] == "Device" for row in ask("common-neighbours", first=label(first), second=label(second)))


def test_path_between_joins_what_the_broker_joins(ask, truth, label):
    members = {one["country"]: one["members"] for one in truth["communities"]}
    broker = truth["broker"]["account"]
    for country in truth["broker"]["joins"]:
        other = next(handle for handle in members[country] if handle != broker)
        [path, *_] = ask("path-between", from_entity=label(broker), to_entity=label(other))
        assert path["labels"][0] == label(broker)
        assert path["labels"][-1] == label(other)
        assert path["hops"] == len(path["kinds"]) == len(path["labels"]) - 1


def test_the_carrier_address_is_left_out_of_shared_ip(ask, truth):
    assert truth["carrier_address"] not in {row["ip"] for row in ask("shared-ip")}


@pytest.mark.parametrize(
    "name",
    sorted(set(queries.names()) - {"common-neighbours", "evidence-of", "path-between", "similar-files"}),
)
def test_a_query_finds_something_and_names_no_victim(ask, case, name):
    rows = ask(name)
    assert rows
    assert tuple(rows[0]) == queries.load(name).columns
    hidden = {one["label"] for one in case.graph().entities.to_pylist() if one["role"] == "victim"}
    assert len(hidden) == 3
    assert not [word for word in hidden if word in json.dumps(rows, ensure_ascii=False)]


def test_the_evidence_of_one_who_wrote_to_victims_hides_them(ask, truth, label):
    rows = ask("evidence-of", entity=label(truth["groomer"]))
    assert [row for row in rows if row["other"].startswith("victim ")]
    assert not [row for row in rows if row["other"] in map(label, truth["victims"])]
