"""STIX 2.1: the library of the OASIS committee parses every object strictly and makes the same ids."""

from __future__ import annotations

import io
import json
import uuid
from collections import Counter
from datetime import datetime, timedelta

import pytest
import stix2
from exchange.tables import FILE, HOSTILE, NOON, REPORT, entity, everything, extract, link
from hypothesis import given, settings
from hypothesis import strategies as st
from stix2.exceptions import STIXError

from linkgraph.errors import IntegrityError, LinkgraphError
from linkgraph.exchange import stix
from linkgraph.model import EntityKind, LinkKind, Role, entity_id, link_id

TLP = {
    "TLP:RED": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
    "TLP:AMBER+STRICT": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "TLP:AMBER": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "TLP:GREEN": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "TLP:CLEAR": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
}
"""As the OASIS CTI TC published them (cti-stix-common-objects, tlp-2.0)."""


@stix2.v21.CustomObservable(
    "linkgraph-entity",
    [
        ("kind", stix2.properties.StringProperty(required=True)),
        ("value", stix2.properties.StringProperty(required=True)),
        (
            "object_marking_refs",
            stix2.properties.ListProperty(
                stix2.properties.ReferenceProperty(valid_types="marking-definition", spec_version="2.1")
            ),
        ),
    ],
    ["kind", "value"],
    extension_name=stix.ENTITIES,
)
class LinkgraphEntity:
    """What somebody writes who uses the extension with the library."""


def written(given) -> bytes:
    stream = io.BytesIO()
    stix.write(stream, given)
    return stream.getvalue()


def objects(given) -> list[dict]:
    return json.loads(written(given))["objects"]


def lost(given) -> dict[str, int]:
    return {one.what: one.count for one in stix.write(io.BytesIO(), given) if one.count}


def of_type(given, type_: str) -> list[dict]:
    return [one for one in objects(given) if one["type"] == type_]


def facts(one: dict) -> dict:
    return one["extensions"][stix.FACTS]


def the_library_takes(one: dict) -> None:
    """Parse an object without any custom content; only PDQ is none of its algorithms."""
    parsed = stix2.parse(one, allow_custom="pdq" in one.get("hashes", {}))
    again = json.loads(parsed.serialize())
    for name in {"start_time", "stop_time"} & one.keys():
        # The library leaves zeros at the end of a fraction out.
        assert datetime.fromisoformat(again.pop(name)) == datetime.fromisoformat(one[name])
    assert again == {name: value for name, value in one.items() if name not in {"start_time", "stop_time"}}
    if isinstance(parsed, stix2.v21.base._Observable):
        assert parsed._generate_id() == one["id"]


def test_the_library_takes_every_object_and_makes_the_same_ids():
    found = objects(everything())
    for one in found:
        the_library_takes(one)
    assert len({one["id"] for one in found}) == len(found)
    assert Counter(one["type"] for one in found) == {
        "marking-definition": 5,
        "extension-definition": 2,
        "identity": 2 + 1,
        "note": 1 + 6,
        "user-account": 3,
        "ipv4-addr": 1,
        "ipv6-addr": 1,
        "email-addr": 1,
        "url": 1,
        "file": 4,
        "linkgraph-entity": 5,
        "relationship": 21,
    }


def test_the_library_takes_the_bundle():
    bundle = stix2.parse(written(everything()).decode(), allow_custom=True)
    assert bundle.type == "bundle"
    assert len(bundle.objects) == len(objects(everything()))


def test_a_wrong_object_is_noticed():
    [one] = of_type(everything(), "ipv4-addr")
    with pytest.raises(STIXError):
        the_library_takes(one | {"country": "NL"})
    with pytest.raises(AssertionError):
        the_library_takes(one | {"id": f"ipv4-addr--{uuid.uuid5(uuid.NAMESPACE_DNS, 'x')}"})


def test_every_reference_leads_to_an_object():
    found = objects(everything())
    ids = {one["id"] for one in found}
    for one in found:
        refs = [one[name] for name in ("created_by_ref", "source_ref", "target_ref") if name in one]
        assert ids.issuperset([*refs, *one.get("object_refs", ()), *one.get("object_marking_refs", ())])


TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\\x00\x7f\u2028\u202e/:@'))


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS, st.sampled_from([*EntityKind]))
def test_the_library_takes_every_text(value, label, kind):
    one = entity(kind, value or "x", label=label or "y")
    said = [{"entity": one["id"], "name": label, "value": value, "basis": "stated", "origin": FILE, "row": 1}]
    given = extract([one], [link(LinkKind.LINKED, one, one, grade=label or None)], said, case=label, agency=value)
    for found in objects(given):
        the_library_takes(found)
    found, unread = stix.read(io.BytesIO(written(given)))
    assert unread == []
    for name in ("entities", "links", "said"):
        assert getattr(found, name).equals(getattr(given, name)), name


def test_observables_are_plain():
    """Ids that follow from the value alone are those that any other tool gives the same thing."""
    found = {one["id"]: one for one in objects(everything())}
    expected = [
        stix2.v21.IPv4Address(value="192.0.2.7"),
        stix2.v21.IPv6Address(value="2001:db8::1"),
        stix2.v21.EmailAddress(value="fox@example.org"),
        stix2.v21.URL(value="https://example.org/r?x=1&y=<2>"),
        stix2.v21.File(hashes={"SHA-256": "c" * 64}),
        stix2.v21.File(hashes={"SHA-1": "d" * 40}),
        stix2.v21.UserAccount(account_type="chat", user_id="amber_fox"),
        stix2.v21.UserAccount(account_type="chat", user_id=HOSTILE),
    ]
    for one in expected:
        assert one.id in found
    assert found[expected[-2].id]["display_name"] == "amber_fox (chat)"
    assert set(found[expected[0].id]) == {"type", "spec_version", "id", "value", "object_marking_refs"}


def test_hosts_and_network_cards_have_objects():
    host, card = entity(EntityKind.RESOURCE, "example.org"), entity(EntityKind.DEVICE, "mac:00:00:5e:00:53:01")
    path = entity(EntityKind.RESOURCE, "example.org/a")
    given = extract([host, card, path], [])
    assert of_type(given, "domain-name")[0]["value"] == "example.org"
    assert of_type(given, "mac-addr")[0]["value"] == "00:00:5e:00:53:01"
    assert of_type(given, "linkgraph-entity")[0]["value"] == "example.org/a"
    for one in objects(given):
        the_library_takes(one)
    assert stix.read(io.BytesIO(written(given)))[0].entities.equals(given.entities)


def test_markings_are_the_published_ones():
    marks = {one["name"]: one for one in of_type(everything(), "marking-definition")}
    assert {name: one["id"] for name, one in marks.items()} == TLP
    assert marks["TLP:AMBER+STRICT"]["extensions"] == {
        "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d": {
            "extension_type": "property-extension",
            "tlp_2_0": "amber+strict",
        }
    }
    marked = {one["value"]: one["object_marking_refs"] for one in objects(everything()) if "value" in one}
    assert marked["fox@example.org"] == [TLP["TLP:AMBER+STRICT"]]
    assert marked["192.0.2.7"] == [TLP["TLP:CLEAR"]]
    [paid] = [
        one for one in of_type(everything(), "relationship") if facts(one)["count"] == 3 and "amounts" in facts(one)
    ]
    assert paid["object_marking_refs"] == [TLP["TLP:RED"]]


def test_a_link_with_all_it_has():
    given = everything()
    [paid] = [
        one for one in of_type(given, "relationship") if one.get("relationship_type") == "paid" and "stop_time" in one
    ]
    ends = {one["id"]: one.get("value") for one in of_type(given, "linkgraph-entity")}
    assert ends[paid["source_ref"]] == "iban:NL91ABNA0417164300"
    assert ends[paid["target_ref"]] == "bitcoin:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    assert (paid["start_time"], paid["stop_time"]) == ("2026-01-01T12:00:00.250000Z", "2026-01-01T20:00:00.250000Z")
    assert paid["description"].split("\n") == [
        "Observations: 3",
        "Amount: 1 of a currency that is not stated",
        "Amount: 1234567890123456.70 EUR",
    ]
    assert facts(paid) == {
        "extension_type": "property-extension",
        "kind": "PAID",
        "count": 3,
        "amounts": [{"currency": "", "sum": "1"}, {"currency": "EUR", "sum": "1234567890123456.70"}],
    }
    assert paid["external_references"] == [
        {
            "source_name": "evidence file",
            "description": "log <in>.csv, rows 4-9,12",
            "hashes": {"SHA-256": FILE},
            "external_id": f"{FILE} 4-9,12",
        },
        {
            "source_name": "evidence file",
            "description": "réport.xml, rows 1",
            "hashes": {"SHA-256": REPORT},
            "external_id": f"{REPORT} 1",
        },
    ]


def test_a_weak_link_says_so():
    [similar] = [one for one in of_type(everything(), "relationship") if one["relationship_type"] == "similar-file"]
    assert "Worth: similar file: PDQ hashes 1 of 256 bits apart" in similar["description"]
    assert (facts(similar)["weight"], facts(similar)["grade"][:12]) == (0.484375, "similar file")
    stated = [one for one in of_type(everything(), "relationship") if one["relationship_type"] == "related-to"]
    assert sorted(facts(one).get("grade", "") for one in stated) == ["", "stated by a chart"]


def test_a_link_of_one_instant_has_no_stop_time():
    one = entity(EntityKind.ACCOUNT, "a:b")
    instant = link(LinkKind.LINKED, one, one, first_seen=NOON, last_seen=NOON)
    [found] = of_type(extract([one], [instant]), "relationship")
    assert ("stop_time" in found, found["start_time"]) == (False, "2026-01-01T12:00:00.250000Z")
    assert facts(found)["last_seen"] == found["start_time"]
    with pytest.raises(ValueError, match="stop_time"):
        stix2.parse(found | {"stop_time": found["start_time"]})
    later = instant | {"last_seen": NOON + timedelta(microseconds=1)}
    [found] = of_type(extract([one], [later]), "relationship")
    the_library_takes(found)
    assert "stop_time" in found


def test_what_is_known_of_an_address_is_a_note():
    [address] = of_type(everything(), "ipv6-addr")
    [note] = [one for one in of_type(everything(), "note") if one["object_refs"] == [address["id"]]]
    assert note["content"].split("\n") == [
        "Country: registered to GB (RIR data of 2026-10-01)",
        "First seen: 2026-01-01T12:00:00.250000Z",
        "Said of it: country: GB (registered; RIR data of 2026-10-01)",
    ]
    assert facts(note)["country_basis"] == "registered"
    assert note["object_marking_refs"] == [TLP["TLP:AMBER"]]


def test_who_made_it_and_when():
    given = everything()
    agency = next(one for one in of_type(given, "identity") if one["name"] == "Agency A")
    whole = next(one for one in of_type(given, "note") if one["object_refs"] == [agency["id"]])
    assert (whole["created"], whole["created_by_ref"]) == ("2026-01-01T12:00:00.250Z", agency["id"])
    assert whole["content"].startswith(
        "Case: op <lantern> & co\nMarking of the whole: TLP:RED\nEvidence file: log <in>"
    )
    person = next(one for one in of_type(given, "identity") if one["identity_class"] == "individual")
    assert (person["name"], person["created_by_ref"]) == ("Zoë “Q” O'Neill 王", agency["id"])
    assert of_type(extract([], [], sources=()), "note")[0]["created"] == "1970-01-01T00:00:00.000Z"


def test_two_agencies_make_two_statements_of_one_thing():
    one = entity(EntityKind.ACCOUNT, "a:b", role=Role.SUSPECT)
    ours, theirs = (
        {
            found["type"]: found["id"]
            for found in objects(extract([one], [link(LinkKind.LINKED, one, one)], agency=name))
        }
        for name in ("A", "B")
    )
    assert ours["user-account"] == theirs["user-account"]
    assert ours["note"] != theirs["note"]
    assert ours["relationship"] != theirs["relationship"]


def test_two_under_one_name_stay_two():
    one = entity(EntityKind.ACCOUNT, "victim 1", label="victim 1") | {"id": "1" * 32}
    two = one | {"id": "2" * 32}
    given = extract([one, two], [link(LinkKind.LINKED, one, two)])
    assert len({found["id"] for found in objects(given)}) == len(objects(given))
    found, unread = stix.read(io.BytesIO(written(given)))
    assert (found.entities.equals(given.entities), found.links.equals(given.links), unread) == (True, True, [])


def test_what_is_lost():
    assert lost(everything()) == {
        "entities without an object": 5,
        "PDQ hashes": 2,
        "facts of entities": 6,
        "kinds of links": 19,
        "counts, weights, grades and amounts of links": 21,
        "links seen at one instant": 6,
        "facts of evidence files": 2,
    }
    assert lost(extract([entity(EntityKind.EMAIL, "a@example.org")], [], sources=())) == {}


def test_all_of_it_comes_back():
    found, unread = stix.read(io.BytesIO(written(everything())))
    assert unread == []
    for name in ("entities", "links", "said"):
        assert getattr(found, name).equals(getattr(everything(), name)), name
    assert (found.case, found.agency, found.sources) == ("op <lantern> & co", "Agency A", everything().sources)


def test_all_of_it_comes_back_from_the_library_in_any_order():
    parsed = stix2.parse(written(everything()).decode(), allow_custom=True)
    again = json.loads(parsed.serialize())
    again["objects"].reverse()
    found, unread = stix.read(io.BytesIO(json.dumps(again, indent=2).encode()))
    assert unread == []
    for name in ("entities", "links", "said"):
        assert getattr(found, name).equals(getattr(everything(), name)), name


def test_corrected_rows_come_back():
    given = extract([entity(EntityKind.ACCOUNT, "a:b")], [])
    rows = {FILE: ["c" * 64 + " 4-9"]}
    given = type(given)(**{name: getattr(given, name) for name in given.__dataclass_fields__} | {"corrected": rows})
    assert stix.read(io.BytesIO(written(given)))[0].corrected == rows


def test_two_exports_are_the_same_bytes_and_another_graph_has_another_id():
    assert written(everything()) == written(everything())
    other = extract([entity(EntityKind.ACCOUNT, "a:b")], [])
    assert json.loads(written(other))["id"] != json.loads(written(everything()))["id"]


def test_a_graph_without_anything():
    found, unread = stix.read(io.BytesIO(written(extract([], [], sources=()))))
    assert (found.entities.num_rows, found.links.num_rows, unread) == (0, 0, [])
    assert stix.read(io.BytesIO(b'{"type":"bundle","id":"x"}'))[0].entities.num_rows == 0


def partner() -> bytes:
    """Give a bundle as another tool makes one with the library."""
    person = stix2.v21.Identity(name="Jane Doe", identity_class="individual", sectors=["x"], allow_custom=True)
    firm = stix2.v21.Identity(name="Acme", identity_class="organization")
    account = stix2.v21.UserAccount(account_type="Facebook", account_login="Jane99", user_id="7", display_name="Jane")
    address = stix2.v21.IPv4Address(value="192.0.2.9", object_marking_refs=[stix2.v21.TLP_WHITE.id])
    file = stix2.v21.File(name="x.exe", hashes={"MD5": "a" * 32, "SHA-256": "b" * 64, "SSDEEP": "3:a:b"})
    link_ = stix2.v21.Relationship(
        person,
        "related-to",
        account,
        description="x",
        start_time="2026-01-01T00:00:00Z",
        stop_time="2026-01-02T00:00:00Z",
        object_marking_refs=[stix2.v21.TLP_AMBER.id, stix2.v21.TLP_GREEN.id],
    )
    lost_end = stix2.v21.Relationship(firm, "related-to", person)
    seen = stix2.v21.ObservedData(
        first_observed=NOON, last_observed=NOON, number_observed=1, object_refs=[address.id, account.id]
    )
    indicator = stix2.v21.Indicator(
        pattern="[ipv4-addr:value = '192.0.2.1']", pattern_type="stix", valid_from=NOON, name="x"
    )
    domain = stix2.v21.DomainName(value="Example.ORG")
    all_of = [person, firm, account, address, file, link_, lost_end, seen, indicator, domain, stix2.v21.TLP_WHITE]
    return stix2.v21.Bundle(*all_of, allow_custom=True).serialize(pretty=True).encode()


@pytest.mark.parametrize(
    ("changes", "marking", "counted"),
    [
        ({}, "TLP:GREEN", []),
        ({"object_marking_refs": ["marking-definition--" + str(uuid.UUID(int=1))]}, "TLP:RED", [1]),
        ({"object_marking_refs": [TLP["TLP:GREEN"], "marking-definition--" + str(uuid.UUID(int=1))]}, "TLP:RED", [1]),
        ({"granular_markings": [{"lang": "en", "selectors": ["value"]}]}, "TLP:GREEN", []),
        ({"granular_markings": [{"marking_ref": "x", "selectors": ["value"]}]}, "TLP:RED", [1]),
    ],
)
def test_a_marking_that_is_unknown_is_the_strictest_and_is_counted(changes, marking, counted):
    green = extract([entity(EntityKind.EMAIL, "fox@example.org", marking="TLP:GREEN")], [], sources=())
    bundle = json.loads(written(green))
    [address] = [one for one in bundle["objects"] if one["type"] == "email-addr"]
    address |= changes
    found, unread = stix.read(io.BytesIO(json.dumps(bundle).encode()))
    assert found.entities["marking"].to_pylist() == [marking]
    assert [one.count for one in unread if one.what == "markings"] == counted


def test_what_another_tool_wrote():
    found, unread = stix.read(io.BytesIO(partner()))
    rows = {row["value"]: row for row in found.entities.to_pylist()}
    assert rows.keys() == {
        "jane doe",
        "facebook:jane99",
        "192.0.2.9",
        "md5:" + "a" * 32,
        "sha256:" + "b" * 64,
        "example.org",
    }
    assert rows["192.0.2.9"]["marking"] == "TLP:CLEAR"
    assert rows["jane doe"]["marking"] == "TLP:RED"
    assert rows["facebook:jane99"]["label"] == "Jane"
    assert rows["facebook:jane99"]["id"] == entity_id(EntityKind.ACCOUNT, "facebook:jane99")
    links = {row["kind"]: row for row in found.links.to_pylist()}
    assert links.keys() == {"LINKED", "SAME_FILE"}
    related = links["LINKED"]
    assert related["id"] == link_id(LinkKind.LINKED, rows["jane doe"]["id"], rows["facebook:jane99"]["id"])
    assert (related["grade"], related["marking"]) == ("stated as related-to", "TLP:AMBER")
    assert related["first_seen"].isoformat() == "2026-01-01T00:00:00+00:00"
    assert related["last_seen"].isoformat() == "2026-01-02T00:00:00+00:00"
    [file] = found.sources
    assert related["evidence"] == [f"{file.sha256} 6"]
    assert {one.what: one.count for one in unread} == {
        "identities that are no individuals": 1,
        "'sectors' of identity": 1,
        "'name' of file": 1,
        "values of file": 1,
        "'description' of relationship": 1,
        "links": 1,
        "objects of type 'observed-data'": 1,
        "objects of type 'indicator'": 1,
    }


def test_a_part_that_is_marked_stricter_marks_the_whole_object():
    given = [
        {
            "type": "email-addr",
            "id": "email-addr--x",
            "value": "a@example.org",
            "object_marking_refs": [TLP["TLP:CLEAR"]],
            "granular_markings": [{"marking_ref": TLP["TLP:RED"], "selectors": ["value"]}],
        }
    ]
    found, _ = stix.read(io.BytesIO(json.dumps({"type": "bundle", "id": "bundle--x", "objects": given}).encode()))
    assert found.entities["marking"].to_pylist() == ["TLP:RED"]


BROKEN = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "no bundle": b'{"type":"report","objects":[]}',
    "no type": b'{"objects":[]}',
    "cut off": written(everything())[:-30],
    "more behind it": written(everything()) + b"{}",
    "an object that is none": b'{"type":"bundle","objects":[1]}',
    "an object without a type": b'{"type":"bundle","objects":[{"id":"a"}]}',
    "no separator": b'{"type":"bundle","objects":[{"id":"a","type":"b"}{"id":"c","type":"b"}]}',
    "a member twice": b'{"type":"bundle","objects":[{"id":"a","id":"b","type":"c"}]}',
    "no number": b'{"type":"bundle","objects":[{"id":"a","type":"c","x":NaN}]}',
    "half a character": b'{"type":"bundle","objects":[{"id":"a","type":"\\ud800"}]}',
    "no UTF-8": b'{"type":"bundle","objects":[{"id":"\xff","type":"c"}]}',
    "too deep": b'{"type":"bundle","objects":[' + b"[" * 200_000,
    "another version": written(everything()).replace(b'"linkgraph 1"', b'"linkgraph 2"'),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_bundle_is_refused(name):
    with pytest.raises(IntegrityError):
        stix.read(io.BytesIO(BROKEN[name]))


def test_bundles_and_objects_have_a_size(monkeypatch):
    monkeypatch.setattr(stix, "MAX_BYTES", 1000)
    with pytest.raises(IntegrityError, match="larger"):
        stix.read(io.BytesIO(written(everything())))
    monkeypatch.undo()
    monkeypatch.setattr(stix, "MAX_OBJECT", 1000)
    endless = b'{"type":"bundle","objects":[{"id":"' + b"a" * (3 << 20)
    with pytest.raises(IntegrityError, match="longer"):
        stix.read(io.BytesIO(endless))


@pytest.mark.parametrize("block", [1, 7, 1000])
def test_it_is_read_the_same_in_blocks_of_any_size(monkeypatch, block):
    monkeypatch.setattr(stix, "_BLOCK", block)
    found, unread = stix.read(io.BytesIO(written(everything())))
    assert (found.links.equals(everything().links), unread) == (True, [])


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_changed_bytes_are_refused_or_read_and_never_a_traceback(data):
    changed = bytearray(written(everything()))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(changed) - 1))
        changed[at] = data.draw(st.integers(0, 255))
    try:
        found, _ = stix.read(io.BytesIO(bytes(changed)))
    except LinkgraphError:
        return
    found.entities.validate(full=True)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_changed_members_are_refused_or_read_and_never_a_traceback(data):
    bundle = json.loads(written(everything()))
    one = data.draw(st.sampled_from(bundle["objects"]))
    name = data.draw(st.sampled_from(sorted(one)))
    inner = one.get("extensions", {}).get(stix.FACTS)
    if inner and data.draw(st.booleans()):
        one, name = inner, data.draw(st.sampled_from(sorted(inner)))
    one[name] = data.draw(JSON)
    try:
        found, _ = stix.read(io.BytesIO(json.dumps(bundle).encode()))
    except LinkgraphError:
        return
    found.entities.validate(full=True)
