"""GEXF: valid by its schema, and opened by Gephi itself with every fact, time and parallel link."""

from __future__ import annotations

import io
import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import networkx
import pytest
import xmlschema
from exchange import gephi
from exchange.tables import FILE, HOSTILE, NOON, SOURCES, entity, everything, extract, link
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.exchange import gexf, records
from linkgraph.exchange.evidence_files import facts
from linkgraph.model import EntityKind, LinkKind

SCHEMA = xmlschema.XMLSchema(Path(__file__).parent / "schemas" / "gexf-1.3" / "gexf.xsd")
NAMESPACE = {"g": "http://gexf.net/1.3"}
SHOWN = HOSTILE.replace("\x01", "\\u{1}").replace("\ufffe", "\\u{fffe}")


def written(given) -> bytes:
    stream = io.BytesIO()
    gexf.write(stream, given)
    return stream.getvalue()


def lost(given) -> dict[str, int]:
    return {one.what: one.count for one in gexf.write(io.BytesIO(), given) if one.count}


def milliseconds(text) -> float:
    return datetime.fromisoformat(text).timestamp() * 1000


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("gexf") / "g.gexf"
    path.write_bytes(written(everything()))
    return path


@pytest.fixture(scope="module")
def opened(path):
    return gephi.opened(path)


def test_it_is_valid(path):
    SCHEMA.validate(path)
    SCHEMA.validate(io.BytesIO(written(extract([], [], sources=()))))


def test_what_is_not_valid_is_found(path):
    text = path.read_bytes()
    for old, new in ((b'type="long"', b'type="date"'), (b'start="2026-01-01T12', b'start="noon-01-01T12')):
        with pytest.raises(xmlschema.XMLSchemaValidationError):
            SCHEMA.validate(io.BytesIO(text.replace(old, new, 1)))


def test_gephi_finds_every_entity_with_every_fact(opened):
    assert opened["whole"]
    assert opened["issues"] == ["GEXF version 1.3"]
    assert (opened["timeFormat"], opened["timeRepresentation"], opened["timeZone"]) == ("DATETIME", "INTERVAL", "UTC")
    given = everything()
    attributes = records.attributes(given)
    assert opened["nodes"].keys() == set(given.entities["id"].to_pylist())
    for row in records.entities(given):
        found = opened["nodes"][row["id"]]
        wanted = {name: value for name, value in row.items() if value is not None and name != "id"}
        for name in ("label", "value"):
            wanted[name] = wanted[name].replace(HOSTILE, SHOWN)
        start = row["first_seen"] or row["last_seen"]
        assert found.pop("times", None) == (
            [milliseconds(start), milliseconds(row["last_seen"] or row["first_seen"])] if start else None
        )
        said = json.loads(found.pop("said", "[]").replace("\\u{fffe}", "\ufffe"))
        assert said == [[one.name, one.value, one.basis, one.origin, one.row] for one in attributes.get(row["id"], ())]
        assert found == wanted


def test_gephi_finds_every_link_with_every_fact(opened):
    given = everything()
    assert opened["parallel"]
    assert opened["edges"].keys() == set(given.links["id"].to_pylist())
    for row in records.links(given):
        found = opened["edges"][row["id"]]
        assert (found["source"], found["target"]) == (row["source"], row["target"])
        assert (found["type"], found["label"]) == (row["kind"], row["kind"])
        assert found["weight"] == (1.0 if row["weight"] is None else row["weight"])
        assert (found["count"], found["marking"], found.get("grade")) == (row["count"], row["marking"], row["grade"])
        assert json.loads(found.get("amounts", "null")) == row["amounts"]
        assert found["evidence"].split() == [text.replace(" ", ":") for text in row["evidence"]]
        assert (found.get("first_seen"), found.get("last_seen")) == (row["first_seen"], row["last_seen"])
        spell = [milliseconds(row["first_seen"]), milliseconds(row["last_seen"])] if row["first_seen"] else None
        assert found.get("times") == spell


def test_networkx_reads_all_but_the_times(path, tmp_path):
    """networkx 3.6 does not know the time format dateTime: it is given the file with another one."""
    known = tmp_path / "known.gexf"
    known.write_bytes(path.read_bytes().replace(b'timeformat="dateTime"', b'timeformat="date"'))
    read = networkx.read_gexf(known)
    given = everything()
    assert (read.number_of_nodes(), read.number_of_edges()) == (given.entities.num_rows, given.links.num_rows)
    kinds = {key: data["kind"] for key, data in read.nodes(data=True)}
    assert kinds == dict(zip(given.entities["id"].to_pylist(), given.entities["kind"].to_pylist(), strict=True))
    assert sorted(data["count"] for *_, data in read.edges(data=True)) == sorted(given.links["count"].to_pylist())


def test_the_whole_and_its_evidence_files_stand_in_the_description(path):
    root = ElementTree.parse(path).getroot()  # noqa: S314  (our own file)
    assert root.find("g:meta", NAMESPACE).get("lastmodifieddate") == "2026-01-01"
    assert root.findtext("g:meta/g:keywords", None, NAMESPACE) == "TLP:RED"
    sentence, about = root.findtext("g:meta/g:description", None, NAMESPACE).split("\n")
    assert sentence == "Case 'op <lantern> & co' of Agency A, handed on as TLP:RED."
    assert json.loads(about)["sources"] == [facts(one) for one in SOURCES]


def test_two_exports_are_the_same_bytes():
    assert written(everything()) == written(everything())


def test_what_is_lost_is_counted():
    assert lost(everything()) == {
        "things without a time": 25,
        "things with one time": 1,
        "links without a weight": 18,
        "characters that XML forbids": 2,
        "evidence files as data": 2,
    }


def test_nothing_is_lost_of_what_has_a_place():
    times = {"first_seen": NOON, "last_seen": NOON + timedelta(hours=1)}
    one = entity(EntityKind.ACCOUNT, "a:b", **times)
    assert lost(extract([one], [link(LinkKind.LINKED, one, one, weight=1.0, **times)], sources=())) == {}


@pytest.mark.parametrize(
    "label", ['"/><script>', "a\r\nb\tc", " two  blanks ", "&#1; &amp;", "\u202e\x85\u2028", "\x00"]
)
def test_hostile_text_is_text(label):
    one = entity(EntityKind.ACCOUNT, "a:b", label=label)
    given = extract([one], [])
    SCHEMA.validate(io.BytesIO(written(given)))
    [node] = ElementTree.fromstring(written(given)).iterfind(".//g:node", NAMESPACE)  # noqa: S314  (our own file)
    assert node.get("label") == label.replace("\x00", "\\u{0}")
    assert lost(given).get("white space in labels", 0) == (label != " ".join(label.split()))


@settings(max_examples=80, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\\u{}\x00\r\n\t\"'<&")))
def test_every_text_can_be_had_back(label):
    given = extract([entity(EntityKind.ACCOUNT, "a:b", label=label)], [], case=label)
    root = ElementTree.fromstring(written(given))  # noqa: S314  (our own file)
    read = root.find(".//g:node", NAMESPACE).get("label")
    assert re.sub(r"\\u\{([0-9a-f]+)\}", lambda found: chr(int(found[1], 16)), read) == label


def test_evidence_of_several_sources_is_separated():
    one = entity(EntityKind.ACCOUNT, "a:b")
    rows = [f"{FILE} 4-9,12", f"{'b' * 64} 1"]
    text = written(extract([one], [link(LinkKind.LINKED, one, one, evidence=rows)]))
    assert f'value="{FILE}:4-9,12 {"b" * 64}:1"'.encode() in text
