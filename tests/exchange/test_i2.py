"""i2 Analyst's Notebook: accepted by the library's own check, and every fact is in the XML where it is told to be.

Analyst's Notebook itself needs Windows and a licence and is not run here.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from decimal import Decimal
from xml.etree import ElementTree

import anxwritter
import pytest
from exchange.tables import FILE, HOSTILE, NOON, REPORT, SOURCES, entity, everything, extract, link, source
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.exchange import i2, records
from linkgraph.exchange.evidence_files import facts
from linkgraph.exchange.redaction.choosing import Suppressed
from linkgraph.exchange.redaction.leak_gate import Gate
from linkgraph.exchange.xml_text import read_back
from linkgraph.model import MARKINGS, Basis, EntityKind, LinkKind

WHOLE = "2026-01-01T12:00:00"
COUNTRIES = {
    "chat:amber_fox": "NL (stated in the evidence)",
    "2001:db8::1": "registered to GB (RIR data of 2026-10-01)",
    "iban:NL91ABNA0417164300": "NL (code of the identifier)",
    "+447700900001": "GB (calling code)",
}


def written(given) -> bytes:
    stream = io.BytesIO()
    i2.write(stream, given)
    return stream.getvalue()


def lost(given) -> dict[str, int]:
    return {one.what: one.count for one in i2.write(io.BytesIO(), given) if one.count}


def opened(given) -> ElementTree.Element:
    return ElementTree.fromstring(written(given))  # noqa: S314  (our own file)


def items(chart) -> Iterator[tuple[ElementTree.Element, dict[str, str], list[dict[str, str]]]]:
    """Give each item of a chart, its attributes by their names, and its cards."""
    names = {one.get("Id"): one.get("Name") for one in chart.iterfind(".//AttributeClass")}
    for item in chart.iterfind("ChartItemCollection/ChartItem"):
        values = {}
        for one in item.iterfind("AttributeCollection/Attribute"):
            assert names[one.get("AttributeClassReference")] == one.get("AttributeClass")
            values[one.get("AttributeClass")] = read_back(one.get("Value"))
        cards = [{name: read_back(text) for name, text in card.attrib.items()} for card in item.iterfind(".//Card")]
        yield item, values, cards


def entities(chart) -> dict[str, tuple[ElementTree.Element, dict[str, str], list[dict[str, str]]]]:
    return {
        item.find("End/Entity").get("Identity"): (item, values, cards)
        for item, values, cards in items(chart)
        if item.find("End") is not None
    }


def links(chart) -> dict[str, tuple[ElementTree.Element, dict[str, str], list[dict[str, str]]]]:
    return {values["Link id"]: (item, values, cards) for item, values, cards in items(chart) if "Link id" in values}


def times(row) -> dict[str, str]:
    """Give what a chart should say of the times of an entity or a link."""
    wanted = {}
    for name, title in (("first_seen", "First seen (UTC)"), ("last_seen", "Last seen (UTC)")):
        if row[name]:
            wanted[title] = row[name][:19]
    if any("." in (row[name] or "") for name in ("first_seen", "last_seen")):
        wanted["Times, exact (UTC)"] = f"{row['first_seen'] or ''}/{row['last_seen'] or ''}"
    return wanted


@pytest.fixture(scope="module")
def chart():
    return opened(everything())


def test_every_entity_with_every_fact(chart):
    found = entities(chart)
    assert found.keys() == set(everything().entities["id"].to_pylist())
    for row in records.entities(everything()):
        item, values, _ = found[row["id"]]
        style = item.find(".//IconStyle")
        assert read_back(item.get("Label")) == row["label"]
        assert style.get("Type") == row["kind"]
        assert item.get("GradeThreeIndex") == str(MARKINGS.index(row["marking"]))
        wanted = {"Value": row["value"], "Marking": row["marking"]} | times(row)
        if row["role"]:
            wanted["Role"] = row["role"]
        if row["country"]:
            wanted["Country"] = COUNTRIES[row["value"]]
        assert values == wanted


def test_every_link_with_every_fact(chart):
    found = links(chart)
    identity = {item.find("End/Entity").get("EntityId"): key for key, (item, _, _) in entities(chart).items()}
    given = [row for row in records.links(everything()) if row["source"] != row["target"]]
    assert found.keys() == {row["id"] for row in given}
    for row in given:
        item, values, cards = found[row["id"]]
        line, style = item.find("Link"), item.find("Link/LinkStyle")
        assert (identity[line.get("End1Id")], identity[line.get("End2Id")]) == (row["source"], row["target"])
        assert style.get("Type") == row["kind"]
        assert item.get("GradeThreeIndex") == str(MARKINGS.index(row["marking"]))
        wanted = {"Link id": row["id"], "Count": str(row["count"]), "Marking": row["marking"]} | times(row)
        if row["weight"] is not None:
            wanted["Weight"] = repr(row["weight"])
        if row["grade"]:
            wanted["Grade"] = row["grade"]
        sums = values.pop("Sums by currency", None)
        assert (sums is None) == (row["amounts"] is None)
        assert values == wanted
        assert [f"{card['SourceReference']} {card['Summary'].removeprefix('Rows ')}" for card in cards] == row[
            "evidence"
        ]


def test_sums_are_exact_and_apart_by_currency(chart):
    found = {values["Sums by currency"] for _, values, _ in items(chart) if "Sums by currency" in values}
    assert found == {"1 of no stated currency; EUR 1234567890123456.70", "USD 20"}
    assert Decimal(float("1234567890123456.70")) != Decimal("1234567890123456.70")  # why they are no numbers


def test_the_time_of_an_item_is_when_it_was_first_seen(chart):
    for item, values, _ in items(chart):
        first = values.get("First seen (UTC)")
        assert item.get("DateTime") == (first and f"{first}.000")
        assert (item.get("DateSet"), item.get("TimeSet")) == (("true", "true") if first else (None, None))
        zone = item.find("TimeZone")
        assert (zone is not None) == (first is not None)
        assert zone is None or zone.attrib == {"UniqueID": "1", "Name": "UTC"}
    assert chart.get("UseLocalTimeZone") == "false"


def test_arrows_stand_where_the_evidence_has_a_direction(chart):
    arrows = {
        item.find("Link/LinkStyle").get("Type"): item.find("Link/LinkStyle").get("ArrowStyle")
        for item, _, _ in links(chart).values()
    }
    without = {kind for kind, arrow in arrows.items() if arrow is None}
    assert without == {LinkKind.SAME_FILE, LinkKind.SIMILAR_FILE, LinkKind.LINKED}
    assert {arrow for arrow in arrows.values() if arrow} == {"ArrowOnHead"}


@pytest.mark.parametrize(
    ("grade", "style", "label"),
    [
        (None, "DotStyleSolid", "USED_IP"),
        ("source port and exact time", "DotStyleSolid", "USED_IP"),
        ("interval only", "DotStyleDashed", "USED_IP (interval only)"),
        (
            "source port and exact time, at a shared address: used by 40 accounts of this case",
            "DotStyleDashed",
            "USED_IP (source port and exact time, at a shared address: used by 40 accounts of this case)",
        ),
        ("never links: reserved address", "DotStyleDotted", "USED_IP (never links: reserved address)"),
    ],
)
def test_a_line_shows_what_the_link_is_worth(grade, style, label):
    one, other = entity(EntityKind.ACCOUNT, "a:b"), entity(EntityKind.IP_ADDRESS, "192.0.2.7")
    chart = opened(extract([one, other], [link(LinkKind.USED_IP, one, other, grade=grade)]))
    styles = {one.get("Name"): one.get("DotStyle") for one in chart.iterfind("StrengthCollection/Strength")}
    [(item, _, _)] = links(chart).values()
    assert styles[item.find("Link/LinkStyle").get("Strength")] == style
    assert item.get("Label") == label
    legend = {one.get("Label"): one.get("DashStyle") for one in chart.iterfind("LegendDefinition/LegendItem")}
    assert styles.items() <= legend.items()


def test_what_is_said_is_on_cards(chart):
    found = [card for _, _, cards in entities(chart).values() for card in cards if ": " in card["Summary"]]
    said = [(card["Summary"], card["SourceReference"], card["Text"]) for card in found]
    assert sorted(said) == sorted(
        [
            ("country: NL", FILE, "stated, row 4"),
            (f"name: {HOSTILE}", REPORT, "stated, row 1"),
            ("country: GB", "RIR data of 2026-10-01", "registered"),
            ("country: GB", "calling code", "code"),
        ]
    )


def test_a_card_is_marked_as_its_file(chart):
    by_file = {
        card["SourceReference"]: card.get("GradeThreeIndex") for _, _, cards in links(chart).values() for card in cards
    }
    assert by_file == {FILE: str(MARKINGS.index("TLP:AMBER")), REPORT: str(MARKINGS.index("TLP:RED"))}
    assert [one.get("Text") for one in chart.iterfind("GradeThree/StringCollection/String")] == list(MARKINGS)


def test_a_link_of_an_entity_with_itself_is_a_card(chart):
    [row] = [row for row in records.links(everything()) if row["source"] == row["target"]]
    _, _, cards = entities(chart)[row["source"]]
    [card] = [card for card in cards if card["Summary"] == "LINKED with itself"]
    assert json.loads(card["Text"]) == {name: value for name, value in row.items() if value is not None}


def test_the_library_refuses_what_we_do_not_write():
    """A control for the check that every chart goes through, and why such links are cards."""
    chart = anxwritter.ANXChart()
    chart.add_icon(id="a", type="Person")
    chart.grades_three.items.extend(MARKINGS)
    chart.add_icon(id="b", type="Person", grade_three=9)
    chart.add_link(from_id="a", to_id="a")
    chart.add_link(from_id="a", to_id="b", strength="none of these")
    assert {one["type"] for one in chart.validate()} == {"self_loop", "invalid_strength", "grade_out_of_range"}
    with pytest.raises(anxwritter.ANXValidationError):
        chart.to_xml()


def test_all_references_lead_somewhere(chart):
    ids = {one.get("Id") for one in chart.iter() if one.get("Id")}
    references = {
        text
        for one in chart.iter()
        for name, text in one.attrib.items()
        if name.endswith("Reference") and one.tag != "Card"
    }
    assert references
    assert references <= ids


def test_the_whole_its_marking_and_its_files_are_in_the_summary(chart):
    fields = {one.get("Type"): one.get("Field") for one in chart.iterfind("Summary/FieldCollection/Field")}
    assert fields == {
        "SummaryFieldTitle": "op <lantern> & co",
        "SummaryFieldSubject": "Case 'op <lantern> & co' of Agency A, handed on as TLP:RED.",
        "SummaryFieldAuthor": "Agency A",
        "SummaryFieldKeywords": "TLP:RED",
        "SummaryFieldCategory": "TLP:RED",
    }
    own = {
        one.get("Name"): one.get("Value") for one in chart.iterfind("Summary/CustomPropertyCollection/CustomProperty")
    }
    assert own.pop("Marking") == "TLP:RED"
    assert [json.loads(read_back(text)) for text in own.values()] == [facts(one) | {"corrected": []} for one in SOURCES]
    assert chart.find("Summary/Origin").get("CreatedDate") == WHOLE
    legend = [one.get("Label") for one in chart.iterfind("LegendDefinition/LegendItem")]
    assert legend[0] == "TLP:RED: case 'op <lantern> & co' of Agency A"
    assert {kind.value for kind in EntityKind} <= set(legend)


def test_corrected_rows_go_along():
    whole = extract([entity(EntityKind.ACCOUNT, "a:b")], [])
    fields = {name: getattr(whole, name) for name in whole.__dataclass_fields__}
    chart = opened(type(whole)(**fields | {"corrected": {FILE: ["c" * 64 + " 4-9"]}}))
    own = {one.get("Name"): one.get("Value") for one in chart.iterfind(".//CustomProperty")}
    assert json.loads(own[f"Evidence file {FILE}"])["corrected"] == ["c" * 64 + " 4-9"]


def test_two_exports_are_the_same_bytes():
    assert written(everything()) == written(everything())


def test_nothing_follows_the_clock():
    """The library writes the time of day into what says nothing of it: a chart of nothing is of 1970."""
    chart = opened(extract([], [], sources=()))
    assert chart.find("Summary/Origin").attrib == {
        "CreatedDate": "1970-01-01T00:00:00",
        "EditTime": "0",
        "RevisionNumber": "1",
    }
    assert list(items(chart)) == []
    assert chart.find("LegendDefinition/LegendItem").get("Label") == "TLP:CLEAR: case 'op' of Agency A"


def test_what_is_lost_is_counted():
    assert lost(everything()) == {
        "links of an entity with itself": 1,
        "sums as numbers": 2,
        "fractions of seconds": 13,
        "characters that XML attributes change or forbid": 2,
        "evidence files as data": 2,
    }


def test_nothing_is_lost_of_what_has_a_place():
    times = {"first_seen": NOON.replace(microsecond=0), "last_seen": NOON.replace(microsecond=0)}
    one, other = entity(EntityKind.ACCOUNT, "a:b", **times), entity(EntityKind.EMAIL, "a@example.org")
    given = extract([one, other], [link(LinkKind.HOLDS, one, other, weight=1.0, **times)], sources=())
    assert lost(given) == {}
    assert all("Times, exact (UTC)" not in values for _, values, _ in items(opened(given)))


def test_a_time_that_not_every_platform_writes_alike_is_text_alone():
    one = entity(EntityKind.ACCOUNT, "a:b", first_seen=NOON.replace(year=999, microsecond=0))
    given = extract([one], [], sources=())
    [(item, values, _)] = entities(opened(given)).values()
    assert values["Times, exact (UTC)"] == "0999-01-01T12:00:00Z/"
    assert "First seen (UTC)" not in values
    assert item.get("DateTime") is None
    assert lost(given) == {"fractions of seconds": 1}


@pytest.mark.parametrize(
    "label", ['"/><ChartItem>', "a\r\nb\tc", " two  blanks ", "&#1; &amp;", "\u202e\x85\u2028", "\x00", "{}{0}%s", ""]
)
def test_hostile_text_is_text(label):
    one = entity(EntityKind.ACCOUNT, "a:b", label=label)
    said = [{"entity": one["id"], "name": label, "value": label, "basis": Basis.STATED, "origin": FILE, "row": 1}]
    grade = f"stated {label}"
    other = entity(EntityKind.EMAIL, "a@example.org")
    chart = opened(
        extract(
            [one, other],
            [link(LinkKind.LINKED, one, other, grade=grade)],
            said,
            case=label,
            agency=label,
            sources=(source(FILE, label, kind=label),),
        )
    )
    item, _, [card] = entities(chart)[one["id"]]
    assert read_back(item.get("Label")) == label
    assert card["Summary"] == f"{label}: {label}"
    [(item, values, [card])] = links(chart).values()
    assert read_back(item.get("Label")) == f"LINKED ({grade})"
    assert values["Grade"] == grade
    assert card.get("Text", "") == label
    assert len(chart.findall(".//ChartItem")) == 3


@settings(max_examples=80, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\\u{}\x00\r\n\t\"'<&")))
def test_every_text_can_be_had_back(text):
    one = entity(EntityKind.ACCOUNT, f"a:b{text}", label=text)
    [(item, values, _)] = entities(opened(extract([one], [], case=text))).values()
    assert read_back(item.get("Label")) == text
    assert values["Value"] == f"a:b{text}"


@pytest.mark.parametrize("value", ["small_wren", "https://example.org/?a=1&b=2", "tab\tin it", "x<y", "a\\u{41}b"])
def test_the_leak_gate_sees_into_it(value):
    content = written(extract([entity(EntityKind.ACCOUNT, value)], []))
    assert Gate(Suppressed(set(), {value})).leaks({"chart.anx": content})
    assert not Gate(Suppressed(set(), {f"{value} and more"})).leaks({"chart.anx": content})
