"""CASE/UCO: its own validator finds nothing to complain of, rdflib reads every fact, and all of it comes back."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pyarrow as pa
import pytest
import rdflib
from exchange.tables import FILE, HOSTILE, NOON, REPORT, entity, everything, extract, link
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import RDF, XSD, Literal, Namespace, URIRef

from linkgraph.errors import IntegrityError, LinkgraphError, UsageError
from linkgraph.exchange import case_uco
from linkgraph.exchange.checking import check
from linkgraph.exchange.records import iso
from linkgraph.exchange.report import Lost
from linkgraph.model import EntityKind, LinkKind, Role

UCO = "https://ontology.unifiedcyberontology.org/uco/"
CORE, OBSERVABLE, MARKING, ACTION, TYPES, IDENTITY, TOOL = (
    Namespace(f"{UCO}{name}/") for name in ("core", "observable", "marking", "action", "types", "identity", "tool")
)
INVESTIGATION = Namespace("https://ontology.caseontology.org/case/investigation/")
TERMS = Namespace(case_uco.TERMS)
CORRECTIONS = "c" * 64


def written(given) -> bytes:
    stream = io.BytesIO()
    case_uco.write(stream, given)
    return stream.getvalue()


def read(content: bytes):
    return case_uco.read(io.BytesIO(content))


@pytest.fixture(scope="module")
def given_extract():
    return replace(everything(), corrected={FILE: [f"{CORRECTIONS} 4-9,11"]})


@pytest.fixture(scope="module")
def content(given_extract):
    return written(given_extract)


@pytest.fixture(scope="module")
def graph(content):
    found = rdflib.Graph()
    found.parse(data=content, format="json-ld")
    return found


# -- the validator of the ontology -----------------------------------------------------------------


def validated(content: bytes, folder, version: str = "1.5.0") -> tuple[int, str]:
    path = folder / "graph.jsonld"
    path.write_bytes(content)
    command = [sys.executable, "-c", "from case_utils.case_validate import main; main()"]
    command += ["--built-version", f"case-{version}", str(path)]
    ran = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False)
    warned = [line for line in ran.stderr.splitlines() if "ConceptWarning" in line or "not in the ontology" in line]
    return ran.returncode, ran.stdout + "\n".join(warned)


@pytest.mark.parametrize("version", ["1.4.0", "1.5.0"])
def test_it_conforms_and_has_no_word_that_the_ontology_lacks(content, tmp_path, version):
    assert validated(content, tmp_path, version) == (0, "Validation Report\nConforms: True\n")


def test_a_graph_without_anything_conforms(tmp_path):
    content = written(extract([], [], sources=(), agency="", case=""))
    assert validated(content, tmp_path) == (0, "Validation Report\nConforms: True\n")


BROKEN = {
    "a truth value that is none": (
        b'"uco-core:isDirectional":true',
        b'"uco-core:isDirectional":"yes"',
        "isDirectional",
    ),
    "a word that the ontology lacks": (b'"uco-observable:fullValue"', b'"uco-observable:fullvalue"', "fullvalue"),
    "a method that is none": (b'"uco-types:hashMethod":"SHA1"', b'"uco-types:hashMethod":"PDQ"', "HashNameVocab"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_validator_would_find_it(content, tmp_path, name):
    there, instead, found = BROKEN[name]
    assert there in content
    code, told = validated(content.replace(there, instead, 1), tmp_path)
    assert code == 1
    assert found in told


# -- every fact, as rdflib reads it ----------------------------------------------------------------


def of_id(graph, our_id: str) -> tuple[URIRef, URIRef]:
    """Give the object with one of our ids, and its facet of ours."""
    [facet] = graph.subjects(TERMS.id, Literal(our_id))
    [node] = graph.subjects(CORE.hasFacet, facet)
    return node, facet


def marking(graph, node) -> str:
    [definition] = graph.objects(node, CORE.objectMarking)
    [statement] = graph.objects(definition, MARKING.definition)
    return str(graph.value(statement, MARKING.statement))


def facet_value(graph, node, term) -> str | None:
    values = [value for facet in graph.objects(node, CORE.hasFacet) for value in graph.objects(facet, term)]
    return str(values[0]) if values else None


CLASSES = {
    "chat:amber_fox": (OBSERVABLE.ApplicationAccount, OBSERVABLE.accountIdentifier, "amber_fox"),
    f"chat:{HOSTILE}": (OBSERVABLE.ApplicationAccount, OBSERVABLE.accountIdentifier, HOSTILE),
    "victim 1234": (OBSERVABLE.ObservableObject, None, None),
    "2001:db8::1": (OBSERVABLE.IPv6Address, OBSERVABLE.addressValue, "2001:db8::1"),
    "192.0.2.7": (OBSERVABLE.IPv4Address, OBSERVABLE.addressValue, "192.0.2.7"),
    "iban:NL91ABNA0417164300": (OBSERVABLE.Account, OBSERVABLE.accountIdentifier, "NL91ABNA0417164300"),
    "paypal:pay@example.org": (OBSERVABLE.Account, OBSERVABLE.accountIdentifier, "pay@example.org"),
    "pdq:" + "e" * 64: (OBSERVABLE.ObservableObject, None, None),
    "https://example.org/r?x=1&y=<2>": (OBSERVABLE.URL, OBSERVABLE.fullValue, "https://example.org/r?x=1&y=<2>"),
    "fox@example.org": (OBSERVABLE.EmailAddress, OBSERVABLE.addressValue, "fox@example.org"),
    "+447700900001": (OBSERVABLE.PhoneAccount, OBSERVABLE.phoneNumber, "+447700900001"),
    "imei:490154203237518": (OBSERVABLE.MobileDevice, OBSERVABLE.IMEI, "490154203237518"),
    "Zoë “Q” O'Neill 王": (IDENTITY.Person, None, None),
}


def test_every_entity_has_its_class_and_facts(graph, given_extract):
    for row in given_extract.entities.to_pylist():
        node, facet = of_id(graph, row["id"])
        own = {name: graph.value(facet, TERMS[name]) for name in ("kind", "value", "country", "country_basis")}
        assert {name: value and str(value) for name, value in own.items()} == {name: row[name] for name in own}
        seen = {name: graph.value(facet, TERMS[name]) for name in ("first_seen", "last_seen")}
        assert {name: value and value.toPython() for name, value in seen.items()} == {name: row[name] for name in seen}
        assert str(graph.value(node, CORE.name)) == row["label"]
        assert marking(graph, node) == row["marking"]
        if row["value"] in CLASSES:
            class_, term, value = CLASSES[row["value"]]
            assert list(graph.objects(node, RDF.type)) == [class_]
            assert term is None or facet_value(graph, node, term) == value
    assert len(set(graph.subjects(RDF.type, TERMS.EntityFacet))) == given_extract.entities.num_rows


def test_digests_name_their_method(graph):
    found = {
        (str(graph.value(one, TYPES.hashMethod)), str(graph.value(one, TYPES.hashValue)))
        for one in graph.subjects(RDF.type, TYPES.Hash)
    }
    assert found == {("SHA256", "c" * 64), ("SHA1", "d" * 40), ("SHA256", FILE), ("SHA256", REPORT)}


def test_an_account_is_of_a_service(graph):
    [application] = graph.subjects(RDF.type, OBSERVABLE.Application)
    assert str(graph.value(application, CORE.name)) == "chat"
    facets = set(graph.subjects(OBSERVABLE.application, application))
    assert len({node for facet in facets for node in graph.subjects(CORE.hasFacet, facet)}) == 2


def test_words_say_what_a_country_is_and_what_a_link_is_worth(graph):
    words = Counter(str(one) for one in graph.objects(None, CORE.description))
    assert words["Country: registered to GB (RIR data of 2026-10-01)"] == 1
    assert words["Worth: never links: reserved address"] == 1
    assert words["Amount: 1234567890123456.70 EUR"] == 1
    assert not any("located" in one for one in words)
    assert not list(graph.subjects(RDF.type, URIRef(f"{UCO}location/Location")))


def test_every_link_has_its_ends_and_facts(graph, given_extract):
    persons = set(graph.subjects(RDF.type, IDENTITY.Person))
    for row in given_extract.links.to_pylist():
        node, facet = of_id(graph, row["id"])
        ends = [graph.value(node, CORE[name]) for name in ("source", "target")]
        assert ends == [of_id(graph, row[name])[0] for name in ("source", "target")]
        class_ = CORE.Relationship if persons & set(ends) else OBSERVABLE.ObservableRelationship
        assert list(graph.objects(node, RDF.type)) == [class_]
        assert str(graph.value(node, CORE.kindOfRelationship)) == row["kind"]
        assert graph.value(node, CORE.isDirectional).toPython() is True
        for term, name in (("startTime", "first_seen"), ("endTime", "last_seen")):
            value = graph.value(node, CORE[term])
            assert (value and value.toPython()) == row[name]
            assert value is None or value.datatype == XSD.dateTime
        for name in ("count", "weight", "grade"):
            value = graph.value(facet, TERMS[name])
            assert (value if value is None else value.toPython()) == row[name]
        sums = {
            str(graph.value(one, TERMS.currency)): str(graph.value(one, TERMS.sum))
            for one in graph.objects(facet, TERMS.amounts)
        }
        assert sums == (json.loads(row["amounts"]) if row["amounts"] else {})
        assert marking(graph, node) == row["marking"]
        rows = {
            (
                graph.value(one, TERMS.provenanceRecord),
                f"{graph.value(one, TERMS.sha256)} {graph.value(one, TERMS.rows)}",
            )
            for one in graph.objects(facet, TERMS.evidence)
        }
        assert {text for _, text in rows} == set(row["evidence"])
        for record, text in rows:
            assert str(graph.value(record, INVESTIGATION.exhibitNumber)) == text[:12]


def test_evidence_files_are_exhibits_with_their_custody(graph, given_extract):
    for source in given_extract.sources:
        [digest] = graph.subjects(TYPES.hashValue, Literal(source.sha256, datatype=XSD.hexBinary))
        [content_data] = graph.subjects(OBSERVABLE.hash, digest)
        [file] = graph.subjects(CORE.hasFacet, content_data)
        assert facet_value(graph, file, OBSERVABLE.fileName) == source.name
        assert facet_value(graph, file, OBSERVABLE.sizeInBytes) == str(source.size)
        assert marking(graph, file) == source.marking
        [record] = graph.subjects(INVESTIGATION.exhibitNumber, Literal(source.sha256[:12]))
        assert graph.value(record, CORE.object) == file
        [action] = [one for one in graph.subjects(ACTION.object, record) if (one, ACTION.endTime, None) in graph]
        assert graph.value(action, ACTION.endTime).toPython() == source.imported_at
        assert str(graph.value(graph.value(action, ACTION.performer), CORE.name)) == source.imported_by
        tool = graph.value(action, ACTION.instrument)
        assert (str(graph.value(tool, CORE.name)), str(graph.value(tool, TOOL.version))) == (
            "linkgraph, reader delimited",
            "1",
        )
        resting = {
            one
            for result in graph.objects(action, ACTION.result)
            for one in graph.objects(result, CORE.object)
            if str(graph.value(result, INVESTIGATION.rootExhibitNumber)) == source.sha256[:12]
        }
        rows = given_extract.links.to_pylist()
        wanted = {row["id"] for row in rows if any(text.startswith(source.sha256) for text in row["evidence"])}
        assert resting == {of_id(graph, one)[0] for one in wanted}


def test_links_of_a_file_stand_in_records_of_a_size_that_tools_can_hold(monkeypatch):
    monkeypatch.setattr(case_uco, "_LINKS_OF_A_RECORD", 8)
    graph = rdflib.Graph()
    graph.parse(data=written(everything()), format="json-ld")
    sizes = {
        str(graph.value(one, INVESTIGATION.exhibitNumber)): len(list(graph.objects(one, CORE.object)))
        for one in graph.subjects(INVESTIGATION.rootExhibitNumber)
    }
    assert sizes == {f"{'a' * 12}-1": 8, f"{'a' * 12}-2": 8, f"{'a' * 12}-3": 5, f"{'b' * 12}-1": 1}


def test_roles_are_roles_of_the_ontology(graph):
    found = set()
    for one in graph.subjects(CORE.kindOfRelationship, Literal("Has_Role")):
        role = graph.value(one, CORE.target)
        found.add((str(graph.value(graph.value(one, CORE.source), CORE.name)), str(graph.value(role, RDF.type))))
    assert found == {
        ("amber_fox (chat)", str(INVESTIGATION.Subject)),
        ("victim 1234", f"{UCO}victim/Victim"),
        ("Zoë “Q” O'Neill 王", f"{UCO}role/NeutralRole"),
    }


def test_the_bundle_says_whose_it_is(graph):
    [bundle] = graph.subjects(RDF.type, CORE.Bundle)
    assert str(graph.value(bundle, CORE.name)) == "op <lantern> & co"
    assert str(graph.value(graph.value(bundle, CORE.createdBy), CORE.name)) == "Agency A"
    assert marking(graph, bundle) == "TLP:RED"


def test_two_agencies_make_two_statements_about_one_thing():
    one = entity(EntityKind.EMAIL, "fox@example.org")
    graph = rdflib.Graph()
    for agency in ("Agency A", "Agency B"):
        graph.parse(data=written(extract([one], [], agency=agency)), format="json-ld")
    assert len(set(graph.subjects(TERMS.id, Literal(one["id"])))) == 2


def test_nothing_asks_the_network(content):
    context = json.loads(content)["@context"]
    assert all(isinstance(one, str) for one in context.values())


def test_two_exports_are_the_same_bytes(content, given_extract):
    assert written(given_extract) == content


def test_what_has_no_term_is_counted(given_extract):
    lost = {one.what: one.count for one in case_uco.write(io.BytesIO(), given_extract)}
    assert lost == {
        "entities without a class": 1,
        "PDQ hashes": 2,
        "facts of entities": 4,
        "kinds of links": 21,
        "counts, weights, grades, amounts and rows of links": 21,
        "facts of evidence files": 2,
    }
    plain = extract([entity(EntityKind.EMAIL, "fox@example.org")], [], sources=())
    assert {one.count for one in case_uco.write(io.BytesIO(), plain)} == {0}


# -- reading -------------------------------------------------------------------------------------


def same(found, given) -> None:
    for name in ("entities", "links", "said"):
        assert getattr(found, name).equals(getattr(given, name)), name
    assert (found.case, found.agency, found.sources) == (given.case, given.agency, given.sources)
    assert found.corrected == given.corrected


def test_all_of_it_comes_back(content, given_extract):
    found, unread = read(content)
    assert unread == []
    same(found, given_extract)
    assert check(found) == 0


def test_the_order_in_which_objects_stand_says_nothing(content, given_extract):
    whole = json.loads(content)
    objects = whole["uco-core:object"]
    assert [one["@type"] for one in objects].count("uco-observable:File") == 2
    found, unread = read(json.dumps(whole | {"uco-core:object": objects[::-1]}).encode())
    assert unread == []
    same(found, given_extract)


@pytest.mark.parametrize("context", [None, {"core": str(CORE), "o": str(OBSERVABLE), "kb": "urn:linkgraph:kb:"}])
def test_all_of_it_comes_back_after_another_tool_has_written_it_again(graph, given_extract, context):
    again = graph.serialize(format="json-ld", context=context).encode()
    found, unread = read(again)
    assert unread == []
    same(found, given_extract)


def test_a_graph_without_anything_comes_back():
    given = extract([], [], sources=(), agency="")
    found, unread = read(written(given))
    assert (found.entities.num_rows, found.links.num_rows, found.agency, unread) == (0, 0, "", [])


def test_a_source_without_name_importer_and_zone_comes_back(given_extract):
    sources = (replace(given_extract.sources[0], name="", imported_by="", timezone=None, complete=False, size=0),)
    one = entity(EntityKind.EMAIL, "fox@example.org")
    given = extract([one], [link(LinkKind.LINKED, one, one)], sources=sources)
    found, unread = read(written(given))
    assert unread == []
    same(found, given)


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.floats(allow_nan=False, allow_infinity=False))
def test_every_text_and_weight_comes_back(text, weight):
    one = entity(EntityKind.ACCOUNT, f"a:{text}", label=text, first_seen=NOON)
    said = [{"entity": one["id"], "name": text, "value": text, "basis": "stated", "origin": FILE, "row": 7}]
    given = extract([one], [link(LinkKind.LINKED, one, one, weight=weight, grade=text)], said, case=text, agency=text)
    found, unread = read(written(given))
    assert unread == []
    same(found, replace(given, sources=found.sources))


OTHER = {
    "@context": {
        "kb": "http://example.org/kb/",
        "core": str(CORE),
        "observable": str(OBSERVABLE),
        "identity": str(IDENTITY),
        "marking": str(MARKING),
        "types": str(TYPES),
        "tool": str(TOOL),
        "xsd": str(XSD),
    },
    "@graph": [
        {
            "@id": "kb:rel-1",
            "@type": "observable:ObservableRelationship",
            "core:source": {"@id": "kb:account"},
            "core:target": {"@id": "kb:mail"},
            "core:kindOfRelationship": "Connected_To",
            "core:isDirectional": True,
            "core:startTime": {"@type": "xsd:dateTime", "@value": "2026-01-01T12:00:00.25Z"},
        },
        {
            "@id": "kb:rel-2",
            "@type": "core:Relationship",
            "core:source": {"@id": "kb:person"},
            "core:target": [{"@id": "kb:phone"}, {"@id": "kb:tool"}],
            "core:kindOfRelationship": "Has",
            "core:isDirectional": False,
        },
        {
            "@id": "kb:account",
            "@type": "observable:ApplicationAccount",
            "core:objectMarking": {"@id": "kb:amber"},
            "core:hasFacet": [
                {"@id": "kb:f-1", "@type": "observable:AccountFacet", "observable:accountIdentifier": "Amber_Fox"},
                {
                    "@id": "kb:f-2",
                    "@type": "observable:ApplicationAccountFacet",
                    "observable:application": {"@id": "kb:chat"},
                },
            ],
        },
        {
            "@id": "kb:chat",
            "@type": "observable:Application",
            "core:hasFacet": [{"@id": "kb:f-3", "@type": "observable:ApplicationFacet", "core:name": "Chat"}],
        },
        {
            "@id": "kb:mail",
            "@type": "observable:EmailAddress",
            "core:hasFacet": {"@id": "kb:f-4"},
        },
        {"@id": "kb:f-4", "@type": "observable:EmailAddressFacet", "observable:addressValue": "Fox@Example.org"},
        {
            "@id": "kb:phone",
            "@type": "observable:PhoneAccount",
            "core:hasFacet": [
                {"@type": "observable:PhoneAccountFacet", "observable:phoneNumber": "+44 7700 900001"},
                {"@type": "observable:AccountFacet", "observable:accountIdentifier": "7700900001"},
            ],
        },
        {
            "@id": "kb:file",
            "@type": "observable:File",
            "core:hasFacet": [
                {"@type": "observable:FileFacet", "observable:fileName": "secret name.jpg"},
                {
                    "@type": "observable:ContentDataFacet",
                    "observable:hash": [
                        {"@type": "types:Hash", "types:hashMethod": "MD5", "types:hashValue": "A" * 32},
                        {"@type": "types:Hash", "types:hashMethod": "SHA256", "types:hashValue": "B" * 64},
                        {"@type": "types:Hash", "types:hashMethod": "SSDEEP", "types:hashValue": "3:x"},
                    ],
                },
            ],
        },
        {
            "@id": "kb:ip",
            "core:hasFacet": {"@type": "observable:IPv4AddressFacet", "observable:addressValue": "192.0.2.7"},
        },
        {"@id": "kb:bad", "core:hasFacet": {"@type": "observable:IPv4AddressFacet", "observable:addressValue": "10.1"}},
        {
            "@id": "kb:phone-2",
            "@type": "observable:MobileDevice",
            "core:description": "on the desk",
            "core:hasFacet": {"@type": "observable:MobileDeviceFacet", "observable:IMEI": "49-015420-323751-8"},
        },
        {"@id": "kb:person", "@type": "identity:Person", "core:name": "Zoë Q"},
        {"@id": "kb:tool", "@type": "tool:Tool", "core:name": "Another tool"},
        {
            "@id": "kb:amber",
            "@type": "marking:MarkingDefinition",
            "marking:definition": {"@type": "marking:StatementMarking", "marking:statement": "TLP:AMBER"},
        },
    ],
}


def test_a_file_of_another_tool_is_read_as_far_as_its_facets_say():
    found, unread = read(json.dumps(OTHER, indent=1).encode())
    assert check(found) == 0
    values = {row["value"]: row for row in found.entities.to_pylist()}
    assert {(row["kind"], value) for value, row in values.items()} == {
        ("Account", "chat:amber_fox"),
        ("Email", "fox@example.org"),
        ("Phone", "+447700900001"),
        ("FileHash", "sha256:" + "b" * 64),
        ("FileHash", "md5:" + "a" * 32),
        ("IPAddress", "192.0.2.7"),
        ("Device", "imei:490154203237518"),
        ("Person", "zoë q"),
    }
    assert (values["zoë q"]["label"], values["chat:amber_fox"]["label"]) == ("Zoë Q", "Amber_Fox")
    assert values["chat:amber_fox"]["marking"] == "TLP:AMBER"
    assert values["fox@example.org"]["marking"] == "TLP:RED"
    of_id = {row["id"]: row["value"] for row in values.values()}
    links = {(of_id[row["source"]], of_id[row["target"]], row["kind"]): row for row in found.links.to_pylist()}
    assert links.keys() == {
        ("chat:amber_fox", "fox@example.org", "LINKED"),
        ("zoë q", "+447700900001", "LINKED"),
        ("sha256:" + "b" * 64, "md5:" + "a" * 32, "SAME_FILE"),
    }
    connected = links["chat:amber_fox", "fox@example.org", "LINKED"]
    assert (connected["grade"], iso(connected["first_seen"]), connected["last_seen"]) == (
        "stated as Connected_To",
        "2026-01-01T12:00:00.250000Z",
        None,
    )
    [file] = found.sources
    assert connected["evidence"][0].startswith(file.sha256)
    assert (file.kind, file.reader, file.marking, file.name) == ("partner", "case-uco 1", "TLP:RED", "")
    assert {(one.what, one.count) for one in unread} == {
        ("'AccountFacet'", 1),
        ("'FileFacet'", 1),
        ("'Tool' objects", 1),
        ("'description' of objects", 1),
        ("links", 1),
        ("links without a direction", 2),
        ("values of 'File'", 1),
        ("values of 'IPAddress'", 1),
    }


def test_words_of_the_ontology_before_its_first_version_are_read():
    old = {
        "@context": {"o": "https://unifiedcyberontology.org/ontology/uco/observable#"}
        | {"c": "https://unifiedcyberontology.org/ontology/uco/core#"},
        "@id": "http://example.org/kb/1",
        "@type": "o:URL",
        "c:hasFacet": {"@type": "o:URLFacet", "o:fullValue": "https://example.org/a"},
    }
    found, unread = read(json.dumps(old).encode())
    assert (found.entities["value"].to_pylist(), unread) == (["example.org/a"], [])


def test_the_strictest_of_several_markings_counts_and_an_unknown_one_is_the_strictest():
    marked = json.loads(json.dumps(OTHER))
    [account] = [one for one in marked["@graph"] if one["@id"] == "kb:account"]
    account["core:objectMarking"] = [{"@id": "kb:amber"}, {"@id": "kb:own"}]
    marked["@graph"].append({"@id": "kb:own", "@type": "marking:MarkingDefinition", "core:name": "POLICE ONLY"})
    found, unread = read(json.dumps(marked).encode())
    [row] = [row for row in found.entities.to_pylist() if row["value"] == "chat:amber_fox"]
    assert row["marking"] == "TLP:RED"
    assert [one.count for one in unread if one.what == "markings"] == [1]


def test_only_so_many_different_things_are_named_that_were_not_read():
    many = {"@graph": [{"@id": f"kb:{at}", "@type": f"http://example.org/Thing{at}"} for at in range(5_000)]}
    _, unread = read(json.dumps(many).encode())
    assert len(unread) <= 101
    assert sum(one.count for one in unread) == 5_000
    assert max(unread, key=lambda one: one.count).what == "others"


def test_who_names_very_many_costs_no_more_than_their_names():
    """The square of these would be a hundred million."""
    many = [{"@id": f"kb:x{at}"} for at in range(10_000)]
    facts = {
        "core:source": many,
        "core:target": many,
        "core:kindOfRelationship": "Has_Role",
        "core:objectMarking": many,
    }
    document = {"@context": {"core": str(CORE)}, "@graph": [{"@id": "kb:1", "@type": "core:Relationship"} | facts]}
    found, unread = read(json.dumps(document).encode())
    assert found.links.num_rows == 0
    assert "relationships" in {one.what for one in unread}


def test_a_context_on_the_network_is_refused():
    other = OTHER | {"@context": "https://example.org/case.jsonld"}
    with pytest.raises(UsageError, match="never asked"):
        read(json.dumps(other).encode())


WRONG = {
    "nothing": lambda text: b"",
    "no JSON": lambda text: b"<html></html>",
    "no object": lambda text: b"[1]",
    "its end missing": lambda text: text[:-4],
    "half of it": lambda text: text[: len(text) // 2],
    "something behind it": lambda text: text + b"{}\n",
    "a member twice": lambda text: text.replace(b'"uco-core:name":', b'"uco-core:name":"x","uco-core:name":', 1),
    "half a character": lambda text: text.replace(b"amber_fox (chat)", rb"amber\ud800", 1),
    "no UTF-8": lambda text: text.replace(b"amber_fox (chat)", b"amber\xff", 1),
    "no number": lambda text: text.replace(b'"linkgraph:count":7', b'"linkgraph:count":NaN', 1),
    "another version": lambda text: text.replace(b'"linkgraph 1"', b'"linkgraph 2"', 1),
    "too deep": lambda text: b'{"a":' * 200_000,
    "too deep and whole": lambda text: b'{"http://a":' * 100 + b"1" + b"}" * 100,
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_whole_is_refused(content, name):
    changed = WRONG[name](content)
    assert changed != content
    with pytest.raises(IntegrityError):
        read(changed)


def test_limits_hold(monkeypatch, content):
    monkeypatch.setattr(case_uco, "MAX_WHOLE", 1000)
    with pytest.raises(IntegrityError, match="larger than"):
        read(json.dumps(OTHER).encode())
    monkeypatch.setattr(case_uco, "MAX_BYTES", 1000)
    with pytest.raises(IntegrityError, match="larger than"):
        read(content)
    monkeypatch.setattr(case_uco, "MAX_BYTES", 1 << 30)
    monkeypatch.setattr(case_uco, "MAX_LINE", 900)
    with pytest.raises(IntegrityError):
        read(content)


def test_a_fact_that_is_not_as_it_must_be_is_left_out_and_counted(content):
    changed = content.replace(b'"linkgraph:sum":"20"', b'"linkgraph:sum":"2O"')
    changed = changed.replace(b'"linkgraph:country":"NL"', b'"linkgraph:country":"Holland"', 1)
    found, unread = read(changed)
    assert {(one.what, one.count) for one in unread} == {("amounts", 1), ("countries", 1)}
    assert found.entities.num_rows == everything().entities.num_rows


OTHER_BYTES = json.dumps(OTHER).encode()


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_changed_bytes_are_refused_or_read_and_never_a_traceback(data):
    text = bytearray(data.draw(st.sampled_from([written(everything()), OTHER_BYTES])))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at : at + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=20))
    try:
        found, unread = read(bytes(text))
    except LinkgraphError:
        return
    assert isinstance(found.entities, pa.Table)
    assert all(isinstance(one, Lost) for one in unread)


def test_every_role_has_a_class():
    assert case_uco._ROLES.keys() == set(Role)
