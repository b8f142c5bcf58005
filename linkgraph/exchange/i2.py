r"""A chart for i2 Analyst's Notebook (.anx): entities as icons, links with arrows, evidence rows as cards.

Source: the Analyst's Notebook exchange format (XML, "ANX") as `anxwritter` writes it, which also checks the chart
before a byte goes out; i2 publishes no free description. Everything in it that would follow a clock is set from
the extract, and places come from the order of ids, so that one extract has one file.

Identities are our ids, so charts of two agencies merge where they show the same thing. A marking stands twice at
each item: as the third grade, which is what i2 has for handling, and as an attribute, because a grade is a
number in a list and another chart's list may differ.

ANX holds all text in XML attributes, in which a parser makes blanks of tabs and ends of lines. These and what XML
forbids are visible escapes, as :mod:`linkgraph.exchange.xml_text` reads back. The file is UTF-8, which every XML
parser reads (XML 1.0 §4.3.3): the library's other choice, UTF-16, is twice as long, and the leak gate sees no
escapes in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import BinaryIO

from anxwritter import (
    ANXChart,
    AttributeClass,
    AttributeType,
    Card,
    CustomProperty,
    DotStyle,
    EntityType,
    ExtraCfg,
    Font,
    Frame,
    GradeCollection,
    Icon,
    LegendCfg,
    LegendItem,
    LegendItemType,
    Link,
    LinkType,
    Settings,
    Show,
    Strength,
    StrengthCollection,
    SummaryCfg,
    TimeCfg,
    TimeZone,
)

from linkgraph.exchange import evidence_files, records
from linkgraph.exchange.extract import Extract
from linkgraph.exchange.received import EPOCH
from linkgraph.exchange.report import Lost
from linkgraph.model import MARKINGS, Attribute, EntityKind, LinkKind, Source
from linkgraph.wording import NEVER_LINKS, country_words

UTC_ZONE = TimeZone(id=1, name="UTC")

_UNSAFE = re.compile(r"[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|\\(?=u\{)")

# Names of icons that come with Analyst's Notebook. Kinds without one get its standard icon, in their own colour:
# a name it does not know would be a guess.
_ICONS = {
    EntityKind.ACCOUNT: "account",
    EntityKind.PAYMENT_ACCOUNT: "cash",
    EntityKind.FILE_HASH: "document",
    EntityKind.PHONE: "phone",
    EntityKind.PERSON: "person",
}
_COLOURS = {
    EntityKind.ACCOUNT: "Blue",
    EntityKind.IP_ADDRESS: "Teal",
    EntityKind.PAYMENT_ACCOUNT: "Green",
    EntityKind.FILE_HASH: "Grey",
    EntityKind.RESOURCE: "Violet",
    EntityKind.EMAIL: "Orange",
    EntityKind.PHONE: "Brown",
    EntityKind.DEVICE: "Dark Blue",
    EntityKind.PERSON: "Dark Red",
}
_WITHOUT_ARROW = frozenset({LinkKind.SAME_FILE, LinkKind.SIMILAR_FILE, LinkKind.LINKED})
"""Kinds whose ends have an order and no direction: an arrow would say more than the evidence."""

_FULL, _LESS, _NEVER = "No limit stated", "Worth less than it looks: see its grade", "Never links: see its grade"
_LINES = {_FULL: DotStyle.SOLID, _LESS: DotStyle.DASHED, _NEVER: DotStyle.DOTTED}
_FULL_GRADES = (None, "source port and exact time")
"""Grades that limit nothing; the words are those of :mod:`linkgraph.store.grades`."""

_VALUE, _COUNTRY, _ROLE, _MARKING = "Value", "Country", "Role", "Marking"
_FIRST, _LAST, _EXACT = "First seen (UTC)", "Last seen (UTC)", "Times, exact (UTC)"
_ID, _COUNT, _WEIGHT, _GRADE, _SUMS = "Link id", "Count", "Weight", "Grade", "Sums by currency"
_TYPES = {
    _VALUE: AttributeType.TEXT,
    _COUNTRY: AttributeType.TEXT,
    _ROLE: AttributeType.TEXT,
    _MARKING: AttributeType.TEXT,
    _FIRST: AttributeType.DATETIME,
    _LAST: AttributeType.DATETIME,
    _EXACT: AttributeType.TEXT,
    _ID: AttributeType.TEXT,
    _COUNT: AttributeType.NUMBER,
    _WEIGHT: AttributeType.NUMBER,
    _GRADE: AttributeType.TEXT,
    _SUMS: AttributeType.TEXT,
}
_SHOWN = frozenset({_COUNTRY, _ROLE, _MARKING})
"""Attributes that stand on the chart beneath their item; the others are in its properties."""
_FIRST_TIME = "1000"
"""Times before that year are text alone: some platforms write their years with fewer than four digits."""

# One of each for all items: a million copies of the same defaults would be most of the memory.
_FONT, _FRAME, _SHOW = Font(), Frame(), Show()


def write(stream: BinaryIO, extract: Extract) -> list[Lost]:
    """Write an extract as a chart.

    An item's time is when it was first seen. ``Sums by currency`` is text, ``EUR 12.50; 3 of no stated currency``.
    What is said of an entity, and the rows behind a link, are cards with the SHA-256 of the file as reference. The
    evidence files are properties of the chart, as JSON. The chart is made at the time of the newest import.

    The library holds the whole chart in memory, about 3 KB an entity or link.
    """
    chart = _chart(extract)
    lost = _Counted(len(extract.sources))
    sources = {one.sha256: one for one in extract.sources}
    said = records.attributes(extract)
    looped: dict[str, list[Card]] = {}
    for link in records.links(extract):
        lost.look(link, link["grade"])
        lost.sums += bool(link["amounts"])
        if link["source"] == link["target"]:
            looped.setdefault(link["source"], []).append(_loop(link))
            lost.loops += 1
        else:
            chart.add(_link(link, sources))
    for entity in records.entities(extract):
        attributes = said.get(entity["id"], [])
        cards = [_said(one, sources) for one in attributes] + looped.get(entity["id"], [])
        lost.look(entity, entity["value"], entity["label"], *(one.name + one.value + one.origin for one in attributes))
        chart.add(_icon(entity, attributes, cards))
    for chunk in chart.iter_xml():
        stream.write(chunk.encode())
    return lost.lost()


class _Counted:
    """What the format has no place for, counted on the way."""

    def __init__(self, sources: int) -> None:
        self.loops = self.sums = self._fractions = self._escaped = 0
        self._sources = sources

    def look(self, record: records.Record, *texts: str | None) -> None:
        """Count an entity or a link with its texts."""
        self._fractions += any(_is_rounded(record[name]) for name in ("first_seen", "last_seen"))
        self._escaped += any(_UNSAFE.search(text) is not None for text in texts if text)

    def lost(self) -> list[Lost]:
        return [
            Lost(
                "links of an entity with itself",
                self.loops,
                "Analyst's Notebook has none: each is a card of its entity, with all its facts as JSON.",
            ),
            Lost(
                "sums as numbers",
                self.sums,
                "Numbers of i2 are binary fractions, in which a sum is no longer exact: sums are decimal text.",
            ),
            Lost(
                "fractions of seconds",
                self._fractions,
                f"Times of i2 are whole seconds; the attribute '{_EXACT}' is the whole time, as text.",
            ),
            Lost(
                "characters that XML attributes change or forbid",
                self._escaped,
                "Control characters, tabs and ends of lines stand as visible escapes such as \\u{a}.",
            ),
            Lost(
                "evidence files as data",
                self._sources,
                "A chart has texts alone: the files are described in its custom properties, as JSON.",
            ),
        ]


def _chart(extract: Extract) -> ANXChart:
    marking, case, agency = extract.marking, _text(extract.case), _text(extract.agency)
    by = f" of {agency}" if agency else ""
    made = max((one.imported_at for one in extract.sources), default=EPOCH).astimezone(UTC)
    chart = ANXChart(
        Settings(
            time=TimeCfg(local_tz=False),
            legend_cfg=LegendCfg(show=True, arrange="tall"),
            summary=SummaryCfg(
                title=case,
                subject=f"Case '{case}'{by}, handed on as {marking}.",
                author=agency,
                keywords=marking,
                category=marking,
                created=f"{made:%Y-%m-%dT%H:%M:%S}",
                custom_properties=[CustomProperty("Marking", marking), *_files(extract)],
            ),
            # Force-directed places are floating point and differ between processors; Analyst's Notebook has its own.
            extra_cfg=ExtraCfg(arrange="grid"),
        )
    )
    chart.strengths = StrengthCollection(_FULL, [Strength(name, style) for name, style in _LINES.items()])
    # What an analyst adds without a marking is as strict as can be.
    chart.grades_three = GradeCollection(MARKINGS[0], list(MARKINGS))
    chart.source_types = sorted({_text(one.kind) for one in extract.sources})
    for name, kind in _TYPES.items():
        chart.add_attribute_class(AttributeClass(name, kind, visible=name in _SHOWN, show_class_name=True))
    chart.add_legend_item(LegendItem(f"{marking}: case '{case}'{by}", LegendItemType.TEXT))
    for kind in sorted(extract.entities["kind"].unique().to_pylist()):
        chart.add_entity_type(EntityType(kind, _ICONS.get(kind), shade_color=_COLOURS[kind]))
        image = {"image_name": _ICONS[kind]} if kind in _ICONS else {}
        chart.add_legend_item(LegendItem(kind, LegendItemType.ICON, shade_color=_COLOURS[kind], **image))
    for kind in sorted(extract.links["kind"].unique().to_pylist()):
        chart.add_link_type(LinkType(kind))
    for name, style in _LINES.items():
        chart.add_legend_item(LegendItem(name, LegendItemType.LINE, dash_style=style.value))
    return chart


def _files(extract: Extract) -> Iterable[CustomProperty]:
    for one in extract.sources:
        facts = evidence_files.facts(one) | {"corrected": list(extract.corrected.get(one.sha256, ()))}
        yield CustomProperty(f"Evidence file {one.sha256}", _text(json.dumps(facts, ensure_ascii=False)))


def _icon(entity: records.Record, attributes: Iterable[Attribute], cards: list[Card]) -> Icon:
    country, basis = entity["country"], entity["country_basis"]
    origin = next((one.origin for one in attributes if _is_said(one, country, basis)), None)
    facts = {
        _VALUE: _text(entity["value"]),
        _COUNTRY: _text(country_words(country, basis, origin) or "") or None,
        _ROLE: entity["role"],
    }
    return Icon(
        id=entity["id"],
        type=entity["kind"],
        label=_text(entity["label"]),
        attributes=_known(facts | _times(entity)),
        cards=cards,
        **_shared(entity),
        frame=_FRAME,
    )


def _link(link: records.Record, sources: Mapping[str, Source]) -> Link:
    grade = _text(link["grade"] or "") or None
    strength = _strength(link["grade"])
    facts = {
        _ID: link["id"],
        _COUNT: link["count"],
        _WEIGHT: link["weight"],
        _GRADE: grade,
        _SUMS: _text(_sums(link["amounts"])) if link["amounts"] else None,
    }
    return Link(
        from_id=link["source"],
        to_id=link["target"],
        type=link["kind"],
        # Who sees the line alone is told what it is worth.
        label=link["kind"] if strength == _FULL else f"{link['kind']} ({grade})",
        arrow=None if link["kind"] in _WITHOUT_ARROW else "head",
        strength=strength,
        attributes=_known(facts | _times(link)),
        cards=[_rows(text, sources) for text in link["evidence"] or ()],
        **_shared(link),
    )


def _shared(record: records.Record) -> dict[str, object]:
    """Give what entities and links have in common: time, marking as grade, and no style of their own."""
    first = record["first_seen"]
    timed = {"date": first[:10], "time": first[11:19], "timezone": UTC_ZONE} if _moment(first) else {}
    return timed | {"grade_three": MARKINGS.index(record["marking"]), "label_font": _FONT, "show": _SHOW}


def _times(record: records.Record) -> dict[str, object]:
    first, last = record["first_seen"], record["last_seen"]
    return {
        _FIRST: _moment(first),
        _LAST: _moment(last),
        # ISO 8601-2: an end that is not known is left empty.
        _EXACT: f"{first or ''}/{last or ''}" if _is_rounded(first) or _is_rounded(last) else None,
        _MARKING: record["marking"],
    }


def _moment(text: str | None) -> datetime | None:
    """Read a time of a record, to the second; None where there is none that every platform writes alike."""
    return None if text is None or text < _FIRST_TIME else datetime.fromisoformat(text[:19])


def _is_rounded(text: str | None) -> bool:
    return text is not None and ("." in text or text < _FIRST_TIME)


def _is_said(one: Attribute, country: str | None, basis: str | None) -> bool:
    return (one.name, one.value, one.basis) == ("country", country, basis)


def _strength(grade: str | None) -> str:
    if grade in _FULL_GRADES:
        return _FULL
    return _NEVER if (grade or "").startswith(NEVER_LINKS) else _LESS


def _sums(amounts: Mapping[str, str]) -> str:
    return "; ".join(
        f"{currency} {total}" if currency else f"{total} of no stated currency" for currency, total in amounts.items()
    )


def _rows(evidence: str, sources: Mapping[str, Source]) -> Card:
    """Give the card of the rows of one file that a link rests on."""
    sha256, rows = evidence.split(" ", 1)
    return Card(summary=f"Rows {rows}", source_ref=sha256, **_file(sources.get(sha256)))


def _said(one: Attribute, sources: Mapping[str, Source]) -> Card:
    """Give the card of one thing that is said of an entity."""
    row = "" if one.row is None else f", row {one.row}"
    known = _file(sources.get(one.origin))
    known["description"] = f"{one.basis}{row}"
    return Card(summary=f"{_text(one.name)}: {_text(one.value)}", source_ref=_text(one.origin), **known)


def _loop(link: records.Record) -> Card:
    facts = {name: value for name, value in link.items() if value is not None}
    return Card(
        summary=f"{link['kind']} with itself",
        description=_text(json.dumps(facts, ensure_ascii=False)),
        grade_three=MARKINGS.index(link["marking"]),
    )


def _file(source: Source | None) -> dict[str, object]:
    """Give what a card says of its evidence file."""
    if source is None:
        return {}
    return {
        "description": _text(source.name),
        "source_type": _text(source.kind),
        "grade_three": MARKINGS.index(source.marking),
    }


def _known(facts: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in facts.items() if value is not None}


def _text(text: str) -> str:
    """Write text so that no parser changes it."""
    return _UNSAFE.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", text)
