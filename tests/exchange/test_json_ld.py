"""JSON-LD: rdflib reads the same properties out of the same documents."""

from __future__ import annotations

import json

import pytest
import rdflib

from linkgraph.errors import IntegrityError, UsageError
from linkgraph.exchange.json_ld import MAX_DEPTH, Context, Node

PEOPLE = "http://example.org/people/"
DOCUMENTS = {
    "prefixes": {
        "@context": {"p": PEOPLE, "kb": "urn:kb:"},
        "@id": "kb:1",
        "@type": "p:Person",
        "p:name": ["Ann", "Bo"],
        "p:knows": {"@id": "kb:2"},
    },
    "terms and vocabulary": {
        "@context": [
            {"@vocab": PEOPLE},
            {"called": f"{PEOPLE}name", "knows": {"@id": f"{PEOPLE}knows", "@type": "@id"}},
        ],
        "@id": "urn:kb:1",
        "@type": ["Person", "Friend"],
        "called": "Ann",
        "knows": ["urn:kb:2", "urn:kb:3"],
        "nick": {"@value": "A"},
    },
    "terms made of terms": {
        "@context": {"p": PEOPLE, "name": "p:name", "who": {"@id": "name"}},
        "@id": "urn:kb:1",
        "who": "Ann",
    },
    "a graph": {
        "@context": {"p": PEOPLE},
        "@graph": [
            {"@id": "urn:kb:1", "p:knows": {"@id": "urn:kb:2", "p:name": "Bo", "p:knows": {"@id": "urn:kb:3"}}},
            {"@id": "urn:kb:3", "@type": "p:Person"},
        ],
    },
    "no context": {"@id": "urn:kb:1", f"{PEOPLE}name": [{"@value": "Ann"}], f"{PEOPLE}knows": [{"@id": "urn:kb:2"}]},
    "words without a meaning": {"@context": {"p": PEOPLE}, "@id": "urn:kb:1", "p:name": "Ann", "nick": "A"},
    "a word that means nothing here": {
        "@context": {"@vocab": PEOPLE, "nick": None},
        "@id": "urn:kb:1",
        "name": "Ann",
        "nick": "A",
    },
    "sets, nothing and truth": {
        "@context": {"p": PEOPLE},
        "@id": "urn:kb:1",
        "p:name": {"@set": ["Ann", "Bo"]},
        "p:nick": None,
        "p:alive": True,
        "p:age": 7,
    },
}


def by_linkgraph(document) -> set[tuple[str, str, str]]:
    found = set()
    for top in Context(document.get("@context")).nodes(document):
        for node in top.walk():
            found |= {(node.id, str(rdflib.RDF.type), one) for one in node.types}
            for name, values in node.facts.items():
                found |= {(node.id, name, one.id if isinstance(one, Node) else one) for one in values}
    return found


def by_rdflib(document) -> set[tuple[str, str, str]]:
    graph = rdflib.Graph()
    graph.parse(data=json.dumps(document), format="json-ld")
    return {tuple(map(str, triple)) for triple in graph}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_same_is_read_as_by_rdflib(name):
    found = by_linkgraph(DOCUMENTS[name])
    assert found
    assert found == by_rdflib(DOCUMENTS[name])


def test_no_context_is_fetched():
    for given in ("https://example.org/context.jsonld", [{}, "context.jsonld"]):
        with pytest.raises(UsageError, match="network"):
            Context(given)


def nested(depth: int) -> dict[str, object]:
    inner: object = "end"
    for _ in range(depth):
        inner = {f"{PEOPLE}knows": inner}
    return {"@id": "urn:kb:1", f"{PEOPLE}knows": inner}


WRONG = {
    "no node": [],
    "a name that is none": {"@id": 1},
    "a type that is none": {"@type": {"x": 1}},
    "a context inside": {f"{PEOPLE}knows": {"@context": {"x": "y"}, "@id": "urn:kb:2"}},
    "words the other way round": {"@reverse": {f"{PEOPLE}knows": "urn:kb:2"}},
    "too deep": nested(MAX_DEPTH + 2),
    "lists that are too deep": {f"{PEOPLE}knows": [[[["x"]]]]},
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_read_is_refused(name):
    with pytest.raises(IntegrityError):
        Context(None).node(WRONG[name])


@pytest.mark.parametrize(
    "given",
    [
        7,
        [[]],
        {"a": 1},
        {"@vocab": 1},
        {"@import": "x"},
        {"a": "b:c", "b": "a:c"},
        {"a": "x" * 3000},
        {"@vocab": "x" * 3000},
        {"@base": "x" * 3000},
        {"a": {"@id": "x" * 3000}},
    ],
)
def test_a_context_that_is_none_is_refused(given):
    with pytest.raises(IntegrityError):
        Context(given).node({"a:x": "y"})
