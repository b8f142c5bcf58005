"""BloodHound OpenGraph: valid by BloodHound's own schemas, and read by bhopengraph with every fact."""

from __future__ import annotations

import io
import json
import re

import jsonschema
import pytest
from bhopengraph.Edge import EDGE_SCHEMA
from bhopengraph.Node import NODE_SCHEMA
from bhopengraph.OpenGraph import OpenGraph
from exchange.tables import FILE, HOSTILE, SOURCES, entity, everything, extract, link
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.exchange import bloodhound, records
from linkgraph.exchange.evidence_files import facts
from linkgraph.model import EntityKind, LinkKind
from linkgraph.store.neo4j import attributes_from


def written(given) -> bytes:
    stream = io.BytesIO()
    bloodhound.write(stream, given)
    return stream.getvalue()


def lost(given) -> dict[str, int]:
    return {one.what: one.count for one in bloodhound.write(io.BytesIO(), given) if one.count}


def validate(text) -> None:
    document = json.loads(text)
    assert document.keys() == {"metadata", "graph"}
    assert document["metadata"] == {"source_kind": "Linkgraph"}
    assert document["graph"].keys() == {"nodes", "edges"}
    for schema, things in ((NODE_SCHEMA, "nodes"), (EDGE_SCHEMA, "edges")):
        for thing in document["graph"][things]:
            jsonschema.validate(thing, schema)
            for name, value in thing["properties"].items():
                assert name == name.lower()
                assert not isinstance(value, list) or len({type(one) for one in value}) == 1
    # BloodHound's own schema asks this of kinds; the copy in bhopengraph is older.
    assert all(re.fullmatch(r"[A-Za-z0-9_]+", edge["kind"]) for edge in document["graph"]["edges"])


@pytest.fixture(scope="module")
def loaded():
    graph = OpenGraph()
    assert graph.import_from_json(written(everything()).decode())
    return graph


def test_it_is_valid():
    validate(written(everything()))
    validate(written(extract([], [], sources=())))


@pytest.mark.parametrize(
    ("old", "new"), [(b'"count":7', b'"count":{}'), (b'"count":7', b'"count":null'), (b'"value":', b'"valve":')]
)
def test_what_is_not_valid_is_found(old, new):
    edges = written(everything()).partition(b'"edges"')
    with pytest.raises(jsonschema.ValidationError):
        validate(edges[0] + edges[1] + edges[2].replace(old, new))


def test_bhopengraph_finds_every_entity_with_every_fact(loaded):
    given = everything()
    attributes = records.attributes(given)
    ids = set(given.entities["id"].to_pylist())
    assert len(loaded.nodes) == len(ids) + 1 + len(SOURCES)
    for row in records.entities(given):
        node = loaded.nodes[row["id"]]
        assert node.kinds == [row["kind"]]
        found = node.properties.to_dict()
        assert attributes_from(found.pop("attributes", "[]")) == tuple(attributes.get(row["id"], ()))
        wanted = {name: value for name, value in row.items() if value is not None and name != "id"}
        named = {"name": row["label"], "displayname": row["label"], "linkgraph_id": row["id"]}
        assert found == wanted | named
    assert HOSTILE in {node.properties.to_dict().get("label") for node in loaded.nodes.values()}


def test_bhopengraph_finds_every_link_with_every_fact(loaded):
    edges = {edge.properties.to_dict()["linkgraph_id"]: edge for edge in loaded.edges.values()}
    given = everything()
    assert edges.keys() == set(given.links["id"].to_pylist())
    for row in records.links(given):
        edge = edges[row["id"]]
        assert (edge.start_node, edge.end_node, edge.kind) == (row["source"], row["target"], row["kind"])
        found = edge.properties.to_dict()
        assert json.loads(found.pop("amounts", "null")) == row.pop("amounts")
        others = {name: value for name, value in row.items() if name not in {"id", "source", "target"}}
        assert found == {name: value for name, value in others.items() if value is not None} | {
            "linkgraph_id": row["id"]
        }
    assert loaded.get_isolated_edges() == []


def test_every_node_is_one_to_bhopengraph(loaded):
    """Beside entities that no link touches, and what stands beside the graph: it calls these isolated."""
    _, errors = loaded.validate_graph()
    assert [error for error in errors if "isolated" not in error] == []


def test_the_whole_and_its_evidence_files_are_nodes(loaded):
    [whole] = [node for node in loaded.nodes.values() if node.kinds == ["LinkgraphCase"]]
    assert whole.properties.to_dict() == {
        "name": "op <lantern> & co (TLP:RED)",
        "displayname": "op <lantern> & co (TLP:RED)",
        "case": "op <lantern> & co",
        "agency": "Agency A",
        "marking": "TLP:RED",
    }
    for source in SOURCES:
        node = loaded.nodes[source.sha256]
        assert node.kinds == ["Source"]
        assert node.properties.to_dict() == facts(source) | {"displayname": source.name}


def test_two_exports_are_the_same_bytes():
    assert written(everything()) == written(everything())


def test_what_is_lost_is_counted():
    assert lost(everything()) == {"times as times": 13, "amounts as numbers": 2, "attributes as data": 4}
    one = entity(EntityKind.ACCOUNT, "a:b")
    assert lost(extract([one], [link(LinkKind.LINKED, one, one)])) == {}


@settings(max_examples=80, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_text_comes_back(label):
    one = entity(EntityKind.ACCOUNT, "a:b", label=label)
    text = written(extract([one], [link(LinkKind.LINKED, one, one, grade=label or None, evidence=[f"{FILE} 2"])]))
    validate(text)
    nodes = {node["id"]: node for node in json.loads(text)["graph"]["nodes"]}
    assert nodes[one["id"]]["properties"]["label"] == label
