"""GraphML: two independent readers give back what was written, attribute by attribute."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import igraph
import networkx
import pytest
import rustworkx
from exchange.tables import FILE, NOON, REPORT, entity, everything, extract, link
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkgraph.exchange import graphml
from linkgraph.model import Basis, EntityKind, LinkKind, Role

ACCOUNT = entity(
    EntityKind.ACCOUNT,
    "svc:fox",
    label="fox (svc)",
    country="NL",
    country_basis=Basis.STATED,
    role=Role.SUSPECT,
    first_seen=NOON,
    last_seen=NOON.replace(microsecond=0),
)
PAYER = entity(EntityKind.PAYMENT_ACCOUNT, "wallet:1")
PAYEE = entity(EntityKind.PAYMENT_ACCOUNT, "wallet:2")
HOLDS = link(LinkKind.HOLDS, ACCOUNT, PAYER, evidence=[f"{FILE} 2"])
PAID = link(
    LinkKind.PAID,
    PAYER,
    PAYEE,
    count=3,
    weight=2.5,
    first_seen=NOON,
    grade="shared by very many",
    amounts='{"EUR":"12.50","USD":"1"}',
    marking="TLP:RED",
    evidence=[f"{FILE} 4-5,7", f"{REPORT} 9"],
)
WANTED_ACCOUNT = {
    "label": "fox (svc)",
    "kind": "Account",
    "value": "svc:fox",
    "country": "NL",
    "country_basis": "stated",
    "role": "suspect",
    "first_seen": "2026-01-01T12:00:00.250000Z",
    "last_seen": "2026-01-01T12:00:00Z",
    "marking": "TLP:AMBER",
}
WANTED_PAYMENT = {
    "kind": "PAID",
    "count": 3,
    "weight": 2.5,
    "first_seen": "2026-01-01T12:00:00.250000Z",
    "grade": "shared by very many",
    "amounts": '{"EUR": "12.50", "USD": "1"}',
    "marking": "TLP:RED",
    "evidence": f"{'a' * 64}:4-5,7 {'b' * 64}:9",
}


def write(path, entities, links, case="op"):
    with path.open("wb") as stream:
        graphml.write(stream, extract(entities, links, case=case))
    return path


@pytest.fixture
def path(tmp_path):
    return write(tmp_path / "g.graphml", [ACCOUNT, PAYER, PAYEE], [HOLDS, PAID], case="op <lantern> & co")


def test_networkx_reads_every_attribute_with_its_type(path):
    read = networkx.read_graphml(path)
    assert read.is_directed()
    assert read.graph["case"] == "op <lantern> & co"
    assert (len(read), read.size()) == (3, 2)
    assert read.nodes[ACCOUNT["id"]] == WANTED_ACCOUNT
    assert read.nodes[PAYER["id"]] == {
        "label": "wallet:1",
        "kind": "PaymentAccount",
        "value": "wallet:1",
        "marking": "TLP:AMBER",
    }
    assert dict(read.edges[PAYER["id"], PAYEE["id"]]) == WANTED_PAYMENT | {"id": PAID["id"]}
    assert dict(read.edges[ACCOUNT["id"], PAYER["id"]]) == {
        "id": HOLDS["id"],
        "kind": "HOLDS",
        "count": 1,
        "marking": "TLP:AMBER",
        "evidence": f"{'a' * 64}:2",
    }


def test_rustworkx_reads_every_attribute_with_its_type(path):
    [read] = rustworkx.read_graphml(str(path))
    assert isinstance(read, rustworkx.PyDiGraph)
    assert read.attrs["case"] == "op <lantern> & co"
    nodes = {node["id"]: node for node in read.nodes()}
    said = {name: value for name, value in nodes[ACCOUNT["id"]].items() if value is not None}
    assert said == WANTED_ACCOUNT | {"id": ACCOUNT["id"]}
    edges = {
        (read[source]["id"], read[target]["id"]): {k: v for k, v in data.items() if v is not None}
        for source, target, data in read.weighted_edge_list()
    }
    assert edges.keys() == {(ACCOUNT["id"], PAYER["id"]), (PAYER["id"], PAYEE["id"])}
    assert edges[PAYER["id"], PAYEE["id"]] == WANTED_PAYMENT | {"id": PAID["id"]}


def test_ids_are_what_the_schema_allows(path):
    """The schema of GraphML types ids as NMTOKEN: a case name with blanks is data, not an id."""
    for element in ElementTree.parse(path).iter():  # noqa: S314  (our own file)
        assert re.fullmatch(r"[\w.:-]+", element.get("id", "none"))


@pytest.mark.parametrize(
    ("label", "read"),
    [
        ("</data></node><script>alert(1)</script>", None),
        ("\"' & <![CDATA[ ]]> <!-- -->", None),
        ("\u202egnp.exe \u200b \u2028 \x85", None),
        ("a\rb\r\nc\n\td", None),
        ("𝔣𝔬𝔵 \U0010ffff", None),
        ("", None),
        ("a\x00b\x0b\x1f", "a\\u{0}b\\u{b}\\u{1f}"),
        ("\ufffe\uffff", "\\u{fffe}\\u{ffff}"),
        ("\\u{0}", "\\u{5c}u{0}"),
        ("C:\\users\\new", None),
    ],
)
def test_hostile_text_is_text(tmp_path, label, read):
    """``read`` is what a reader gets, None for the very text."""
    node = entity(EntityKind.ACCOUNT, "svc:x", label=label)
    path = write(tmp_path / "g.graphml", [node], [])
    found = networkx.read_graphml(path).nodes[node["id"]]
    assert found["label"] == (label if read is None else read)
    assert found.keys() == {"label", "kind", "value", "marking"}
    [other] = rustworkx.read_graphml(str(path))
    assert other.num_nodes() == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\\u{}\x00\r")))
def test_every_text_can_be_had_back(tmp_path, label):
    node = entity(EntityKind.ACCOUNT, "svc:x", label=label)
    read = networkx.read_graphml(write(tmp_path / "g.graphml", [node], [])).nodes[node["id"]]["label"]
    assert re.sub(r"\\u\{([0-9a-f]+)\}", lambda found: chr(int(found[1], 16)), read) == label


def test_parallel_links_of_two_kinds_are_two_edges(tmp_path):
    other = entity(EntityKind.ACCOUNT, "svc:owl")
    links = [link(LinkKind.CONTACTED, ACCOUNT, other), link(LinkKind.LINKED, ACCOUNT, other)]
    path = write(tmp_path / "g.graphml", [ACCOUNT, other], links)
    read = networkx.read_graphml(path, force_multigraph=True)
    assert sorted(data["kind"] for *_, data in read.edges(data=True)) == ["CONTACTED", "LINKED"]
    [same] = rustworkx.read_graphml(str(path))
    assert same.num_edges() == 2


def test_a_graph_without_anything_is_a_graph(tmp_path):
    assert len(networkx.read_graphml(write(tmp_path / "g.graphml", [], []))) == 0


def test_all_of_it_comes_back(tmp_path):
    path = tmp_path / "g.graphml"
    with path.open("wb") as stream:
        graphml.write(stream, everything())
    with path.open("rb") as stream:
        found, unread = graphml.read(stream)
    assert unread == []
    for name in ("entities", "links", "said"):
        assert getattr(found, name).equals(getattr(everything(), name)), name
    assert (found.case, found.agency, found.sources) == ("op <lantern> & co", "Agency A", everything().sources)


def test_igraph_reads_every_attribute(path):
    read = igraph.Graph.Read_GraphML(str(path))
    assert (read.vcount(), read.ecount(), read.is_directed()) == (3, 2, True)
    [fox] = read.vs.select(kind="Account")
    assert {name: fox[name] for name in WANTED_ACCOUNT} == WANTED_ACCOUNT
    [paid] = read.es.select(kind="PAID")
    assert {name: paid[name] for name in WANTED_PAYMENT} == WANTED_PAYMENT
