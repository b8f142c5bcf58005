"""followthemoney: its own library takes every line as it is, and what it took is read back."""

from __future__ import annotations

import io
import json
from collections import Counter

import pytest
from click.testing import CliRunner
from exchange.tables import FILE, HOSTILE, NOON, REPORT, entity, everything, extract, link
from followthemoney import model
from followthemoney.cli.cli import cli as command_line
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.errors import IntegrityError, LinkgraphError
from linkgraph.exchange import ftm
from linkgraph.ingest.values import country
from linkgraph.model import Basis, EntityKind, LinkKind, Role, entity_id, link_id

TEXTS = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("\"' \x00\u202e\u2028\xa0\ufe0f\u0a00e\u0301")
)


def written(given) -> bytes:
    stream = io.BytesIO()
    ftm.write(stream, given)
    return stream.getvalue()


def lines(given) -> list[dict]:
    return [json.loads(line) for line in written(given).decode().split("\n")[:-1]]


def by_id(given) -> dict[str, dict]:
    return {line["id"]: line for line in lines(given)}


def lost(given) -> dict[str, int]:
    return {one.what: one.count for one in ftm.write(io.BytesIO(), given) if one.count}


def read(*records: dict):
    return ftm.read(io.BytesIO("\n".join(json.dumps(record) for record in records).encode()))


def foreign(key: str, schema: str, **properties: str) -> dict:
    listed = {name: value if isinstance(value, list) else [value] for name, value in properties.items()}
    return {"id": key, "schema": schema, "properties": listed}


def the_library_takes(line: dict) -> None:
    """Clean a line with the model's own code: every value must come through as it is."""
    proxy = model.get_proxy(line, cleaned=False)
    assert proxy.to_dict() == line
    proxy.schema.validate(line)


def test_the_library_takes_every_line_as_it_is():
    found = lines(everything())
    for line in found:
        the_library_takes(line)
    assert len({line["id"] for line in found}) == len(found)
    assert Counter(line["schema"] for line in found) == {
        "Note": 1,
        "Document": 2 + 4,
        "UserAccount": 3 + 1 + 1 + 1,
        "BankAccount": 1,
        "CryptoWallet": 1,
        "Person": 1,
        "Asset": 4,
        "Payment": 3,
        "UnknownLink": 19,
    }


def test_what_the_library_would_drop_is_noticed():
    line = foreign("x", "BankAccount", iban="NL91ABNA0417164301")
    with pytest.raises(AssertionError):
        the_library_takes(line)


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS, st.sampled_from([*EntityKind]))
def test_the_library_takes_every_text(value, label, kind):
    one = entity(kind, value or "x", label=label)
    said = [{"entity": one["id"], "name": label, "value": value, "basis": "stated", "origin": FILE, "row": 1}]
    links = [link(LinkKind.LINKED, one, one, grade=label)]
    given = extract([one], links, said, case=label, agency=value)
    for line in lines(given):
        the_library_takes(line)
    assert ftm.read(io.BytesIO(written(given)))[0].said.equals(given.said)


def test_account():
    fox = next(line for line in lines(everything()) if line["properties"].get("username") == ["amber_fox"])
    assert fox["schema"] == "UserAccount"
    assert fox["properties"] == {
        "username": ["amber_fox"],
        "service": ["chat"],
        "name": ["amber_fox (chat)"],
        "weakAlias": ["chat:amber_fox"],
        "keywords": ["Account"],
        "country": ["nl"],
        "notes": [
            "Marking: TLP:RED",
            "Country: NL (stated in the evidence)",
            "Role in the case: suspect",
            "First seen: 2026-01-01T12:00:00.250000Z",
            "Last seen: 2026-01-31T12:00:00Z",
            f"Said of it: country: NL (stated; {FILE} row 4)",
            fox["properties"]["notes"][-1],
        ],
        "email": ["fox@example.org"],
        "ipAddress": ["2001:db8::1"],
    }
    assert "\\u202e" in fox["properties"]["notes"][-1]
    assert fox["linkgraph"]["said"][1][1] == HOSTILE


def test_a_property_of_an_account_is_never_stricter_than_it_nor_worth_nothing():
    account = entity(EntityKind.ACCOUNT, "a:b", marking="TLP:GREEN")
    open_, secret = (
        entity(EntityKind.IP_ADDRESS, "192.0.2.1", marking="TLP:GREEN"),
        entity(EntityKind.IP_ADDRESS, "192.0.2.2", marking="TLP:GREEN"),
    )
    private = entity(EntityKind.IP_ADDRESS, "10.0.0.1", marking="TLP:GREEN")
    strict = entity(EntityKind.EMAIL, "a@example.org", marking="TLP:AMBER")
    given = extract(
        [account, open_, secret, private, strict],
        [
            link(LinkKind.USED_IP, account, open_, marking="TLP:GREEN"),
            link(LinkKind.USED_IP, account, secret, marking="TLP:RED"),
            link(LinkKind.USED_IP, account, private, marking="TLP:GREEN", grade="never links: reserved address"),
            link(LinkKind.HOLDS, account, strict, marking="TLP:GREEN"),
        ],
    )
    properties = by_id(given)[account["id"]]["properties"]
    assert (properties["ipAddress"], properties.get("email")) == (["192.0.2.1"], None)


def test_payment_accounts_and_files():
    found = {line["properties"].get("name", [""])[0]: line for line in lines(everything())}
    bank = found["iban:NL91ABNA0417164300"]
    assert (bank["schema"], bank["properties"]["iban"]) == ("BankAccount", ["NL91ABNA0417164300"])
    wallet = found["bitcoin:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"]
    assert wallet["schema"] == "CryptoWallet"
    assert wallet["properties"]["publicKey"] == ["bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"]
    assert found["sha1:" + "d" * 40]["properties"]["contentHash"] == ["d" * 40]
    assert "contentHash" not in found["sha256:" + "c" * 64]["properties"]
    address = found["2001:db8::1"]
    assert address["properties"]["notes"][1] == "Country: registered to GB (RIR data of 2026-10-01)"
    assert (address["schema"], address["properties"]["keywords"]) == ("Asset", ["IPAddress"])


def test_an_iban_with_a_wrong_checksum_is_an_account_number():
    one = entity(EntityKind.PAYMENT_ACCOUNT, "iban:NL91ABNA0417164301")
    properties = by_id(extract([one], []))[one["id"]]["properties"]
    assert ("iban" in properties, properties["accountNumber"]) == (False, ["NL91ABNA0417164301"])


def test_payments_have_one_line_a_currency_with_the_exact_amount():
    given = everything()
    [paid] = [row for row in given.links.to_pylist() if row["kind"] == "PAID" and row["count"] == 3]
    first, second = by_id(given)[paid["id"]], by_id(given)[f"{paid['id']}-1"]
    assert first["properties"]["amount"] == ["1"]
    assert "currency" not in first["properties"]
    assert second["properties"]["amount"] == ["1234567890123456.70"]
    assert second["properties"]["currency"] == ["EUR"]
    for line in (first, second):
        assert line["schema"] == "Payment"
        assert line["properties"]["payer"] == line["properties"]["payerAccount"] == [paid["source"]]
        assert line["properties"]["beneficiary"] == [paid["target"]]
        assert "beneficiaryAccount" not in line["properties"]
        assert line["properties"]["startDate"] == ["2026-01-01T12:00:00"]
        assert line["properties"]["endDate"] == ["2026-01-01T20:00:00"]
        assert line["properties"]["proof"] == [FILE, REPORT]
        assert line["properties"]["recordId"] == [f"{FILE} 4-9,12", f"{REPORT} 1"]
        assert line["properties"]["description"] == [
            "Marking: TLP:RED",
            "Observations: 3",
            "Amount: 1 of a currency that is not stated",
            "Amount: 1234567890123456.70 EUR",
        ]
    assert list(model.get_proxy(first).edgepairs()) == [(paid["source"], paid["target"])]


def test_links_say_what_they_are_worth():
    [similar] = [line for line in lines(everything()) if line["properties"].get("role") == ["SIMILAR_FILE"]]
    assert similar["schema"] == "UnknownLink"
    assert similar["properties"]["status"] == ["similar file: PDQ hashes 1 of 256 bits apart"]
    assert similar["properties"]["description"] == [
        "Marking: TLP:AMBER",
        "Observations: 1",
        "Weight: 0.484375",
        "Worth: similar file: PDQ hashes 1 of 256 bits apart",
    ]


def test_the_whole_and_its_sources():
    note, log, _ = lines(everything())[:3]
    assert note["properties"]["name"] == ["Case op <lantern> & co of Agency A"]
    assert note["properties"]["notes"][0] == "Marking: TLP:RED"
    assert (log["id"], log["schema"]) == (FILE, "Document")
    assert log["properties"] == {
        "fileName": ["log <in>.csv"],
        "title": [f"sha256:{FILE}"],
        "publisher": ["Agency A"],
        "fileSize": ["1200"],
        "processedAt": ["2026-01-01T12:00:00"],
        "notes": ["Marking: TLP:AMBER"],
    }


@pytest.mark.parametrize("code", ["NL", "GB", "TW", "AQ", "BV", "TF", "UM", "SJ"])
def test_the_library_knows_the_countries(code):
    assert country.clean(code).value == code
    one = entity(EntityKind.ACCOUNT, "a:b", country=code, country_basis=Basis.STATED)
    the_library_takes(by_id(extract([one], []))[one["id"]])


def test_a_region_that_is_no_country_stands_in_words_only():
    one = entity(EntityKind.IP_ADDRESS, "192.0.2.1", country="AP", country_basis=Basis.REGISTERED)
    properties = by_id(extract([one], []))[one["id"]]["properties"]
    assert "country" not in properties
    assert "registered to AP" in properties["notes"][1]


def test_what_is_lost():
    assert lost(everything()) == {
        "entities without a schema": 4,
        "e-mail addresses and telephone numbers": 2,
        "digests that are not SHA-1": 3,
        "bases of countries": 4,
        "roles": 3,
        "times of entities": 2,
        "attributes": 4,
        "fractions of seconds": 24,
        "payers": 2,
        "amounts without a currency": 1,
        "counts and weights of links": 21,
        "markings": 40,
        "texts that the model cleans": 4,
        "facts of evidence files": 2,
    }
    assert lost(extract([entity(EntityKind.PERSON, "zoë")], [], sources=())) == {"markings": 1}


def test_a_text_that_is_too_long_is_lost_and_comes_back():
    given = extract([entity(EntityKind.ACCOUNT, "a:" + "b" * 2000, label="c" * 400)], [], sources=())
    assert lost(given)["texts that the model finds too long"] == 3
    for line in lines(given):
        the_library_takes(line)
    assert ftm.read(io.BytesIO(written(given)))[0].entities.equals(given.entities)


def test_all_of_it_comes_back():
    found, unread = ftm.read(io.BytesIO(written(everything())))
    assert unread == []
    for name in ("entities", "links", "said"):
        assert getattr(found, name).equals(getattr(everything(), name)), name
    assert (found.case, found.agency, found.sources) == ("op <lantern> & co", "Agency A", everything().sources)


def test_all_of_it_comes_back_from_the_library():
    """Not from our bytes, but from what the library writes of what it read."""
    records = [model.get_proxy(line, cleaned=False).to_dict() for line in lines(everything())]
    found, unread = read(*records)
    assert unread == []
    assert found.links.equals(everything().links)


def test_its_command_line_validates_a_file_and_gives_all_of_it_back(tmp_path):
    given, validated = tmp_path / "g.json", tmp_path / "validated.json"
    given.write_bytes(written(everything()))
    found = CliRunner().invoke(command_line, ["validate", "-i", str(given), "-o", str(validated)])
    assert found.exit_code == 0, found.output
    with validated.open("rb") as stream:
        read_back, unread = ftm.read(stream)
    assert read_back.entities.equals(everything().entities)
    assert read_back.links.equals(everything().links)
    assert {one.what for one in unread} == {"'datasets' of lines", "'referents' of lines"}


def test_two_exports_are_the_same_bytes():
    assert written(everything()) == written(everything())


def test_a_graph_without_anything():
    found, unread = ftm.read(io.BytesIO(written(extract([], [], sources=()))))
    assert (found.entities.num_rows, found.links.num_rows, unread) == (0, 0, [])
    assert ftm.read(io.BytesIO(b""))[0].entities.num_rows == 0


def test_corrected_rows_come_back():
    given = extract([entity(EntityKind.ACCOUNT, "a:b")], [])
    rows = {FILE: ["c" * 64 + " 4-9"]}
    given = type(given)(**{name: getattr(given, name) for name in given.__dataclass_fields__} | {"corrected": rows})
    assert ftm.read(io.BytesIO(written(given)))[0].corrected == rows


def test_what_lost_its_members_is_read_from_its_properties():
    records = lines(everything())
    for record in records:
        del record["linkgraph"]
    found, unread = read(*records)
    assert found.marking == "TLP:RED"
    assert (found.entities.num_rows, found.links.num_rows) == (17, 21)
    paid = [row for row in found.links.to_pylist() if row["kind"] == "PAID"]
    assert sorted(row["amounts"] for row in paid) == ['{"":"1","EUR":"1234567890123456.70"}', '{"USD":"20"}']
    assert any(one.what == "'notes' of Person" for one in unread)


def test_what_another_tool_wrote():
    found, unread = read(
        foreign("Q1", "Person", name=["Jane Doe", "J. Doe"], country="gb", email="jane@example.org", birthDate="1980"),
        foreign("NK-2", "UserAccount", username="Jane99", service="Chat Room", owner="Q1", ipAddress="192.0.2.9"),
        foreign("b1", "BankAccount", iban="NL91 ABNA 0417 1643 00"),
        foreign("b2", "BankAccount", accountNumber="12-34"),
        foreign(
            "p1", "Payment", payerAccount="b1", beneficiaryAccount="b2", amount="0.10", currency="eur", date="2026"
        ),
        foreign("p2", "Payment", payerAccount="b1", beneficiaryAccount="b2", amount="0.20", currency="EUR"),
        foreign("c1", "Company", name="Acme"),
        foreign("o1", "Ownership", owner="Q1", asset="c1"),
        foreign("f1", "Family", person="Q1", relative="Q1", relationship="self", startDate="2026-02"),
        foreign("d1", "Image", contentHash="D" * 40, fileName="x.png"),
    )
    rows = {row["value"]: row for row in found.entities.to_pylist()}
    assert rows.keys() == {
        "jane doe",
        "jane@example.org",
        "chat-room:jane99",
        "192.0.2.9",
        "iban:NL91ABNA0417164300",
        "account:12-34",
        "sha1:" + "d" * 40,
    }
    person, account = rows["jane doe"], rows["chat-room:jane99"]
    assert person["id"] == entity_id(EntityKind.PERSON, "jane doe")
    assert (person["label"], person["country"], person["country_basis"]) == ("Jane Doe", "GB", "stated")
    assert {row["marking"] for row in rows.values()} == {"TLP:RED"}
    [file] = found.sources
    links = {(row["kind"], row["source"], row["target"]): row for row in found.links.to_pylist()}
    assert len(links) == 5
    held = links["HOLDS", person["id"], account["id"]]
    assert held["id"] == link_id(LinkKind.HOLDS, person["id"], account["id"])
    assert (held["grade"], held["evidence"]) == ("stated as owner of UserAccount", [f"{file.sha256} 2"])
    assert ("USED_IP", account["id"], rows["192.0.2.9"]["id"]) in links
    assert ("HOLDS", person["id"], rows["jane@example.org"]["id"]) in links
    [paid] = [row for row in links.values() if row["kind"] == "PAID"]
    assert (paid["amounts"], paid["count"], paid["evidence"]) == ('{"EUR":"0.30"}', 2, [f"{file.sha256} 5,6"])
    assert paid["first_seen"].isoformat() == "2026-01-01T00:00:00+00:00"
    assert paid["last_seen"].isoformat() == "2026-12-31T23:59:59+00:00"
    related = links["LINKED", person["id"], person["id"]]
    assert related["grade"] == "stated as Family: self"
    assert {one.what: one.count for one in unread} == {
        "'birthDate' of Person": 1,
        "further 'name' of Person": 1,
        "'fileName' of Image": 1,
        "entities of schema 'Company'": 1,
        "links": 1,
    }


def test_an_id_that_only_looks_like_ours_is_not_kept():
    pretended = entity_id(EntityKind.PERSON, "somebody else")
    found, _ = read(foreign(pretended, "Person", name="Jane"))
    assert found.entities["id"].to_pylist() == [entity_id(EntityKind.PERSON, "jane")]


def test_a_link_that_a_tool_draws_between_ours_is_read():
    one, other = entity(EntityKind.ACCOUNT, "a:b"), entity(EntityKind.ACCOUNT, "a:c", role=Role.WITNESS)
    records = lines(extract([one, other], []))
    found, _ = read(*records, foreign("drawn", "UnknownLink", subject=one["id"], object=other["id"], role="brother"))
    [row] = found.links.to_pylist()
    assert (row["kind"], row["grade"]) == ("LINKED", "stated as UnknownLink: brother")


BROKEN = {
    "no JSON": b"{",
    "no record": b"[]",
    "no id": b'{"schema":"Person","properties":{}}',
    "values that are none": b'{"id":"a","schema":"Person","properties":{"name":[1]}}',
    "a member twice": b'{"id":"a","id":"b","schema":"Person","properties":{}}',
    "no UTF-8": b'{"id":"\xff","schema":"Person","properties":{}}',
    "half a character": b'{"id":"\\ud800","schema":"Person","properties":{}}',
    "no number": b'{"id":"a","schema":"Person","properties":{},"x":NaN}',
    "too deep": b"[" * 200_000,
    "another version": b'{"id":"a","schema":"Note","properties":{},"linkgraph":{"format":"linkgraph 9"}}',
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_followthemoney_is_refused(name):
    with pytest.raises(IntegrityError):
        ftm.read(io.BytesIO(BROKEN[name]))


def test_lines_and_files_have_a_size(monkeypatch):
    monkeypatch.setattr(ftm, "MAX_LINE", 100)
    with pytest.raises(IntegrityError, match=r"Line 1 .* longer"):
        ftm.read(io.BytesIO(b" " * 101))
    monkeypatch.setattr(ftm, "MAX_BYTES", 150)
    with pytest.raises(IntegrityError, match="larger"):
        ftm.read(io.BytesIO(b" " * 99 + b"\n" + b" " * 99))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_changed_bytes_are_refused_or_read_and_never_a_traceback(data):
    changed = bytearray(written(everything()))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(changed) - 1))
        changed[at] = data.draw(st.integers(0, 255))
    try:
        found, _ = ftm.read(io.BytesIO(bytes(changed)))
    except LinkgraphError:
        return
    found.entities.validate(full=True)


def test_times_of_links_end_at_the_second():
    one = entity(EntityKind.ACCOUNT, "a:b")
    given = extract([one], [link(LinkKind.LINKED, one, one, first_seen=NOON.replace(year=999), last_seen=NOON)])
    assert lost(given)["times out of range"] == 1
    for line in lines(given):
        the_library_takes(line)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_changed_members_are_refused_or_read_and_never_a_traceback(data):
    records = lines(everything())
    one = data.draw(st.sampled_from(records))
    of = one[data.draw(st.sampled_from(["linkgraph", "properties"]))] if data.draw(st.booleans()) else one
    of[data.draw(st.sampled_from(sorted(of)))] = data.draw(JSON)
    try:
        found, _ = read(*records)
    except LinkgraphError:
        return
    found.entities.validate(full=True)
