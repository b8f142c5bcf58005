"""CyberTipline reports as a provider submits them to NCMEC: ``report`` and ``fileDetails`` in XML.

One row per thing said: an account, a contact of it, a capture of an address, a device, a file by its digests. An
account is its ``espIdentifier``, which the provider says is unique, else its ``screenName``; the other one becomes a
name it goes by. The role of a victim is taken from the element ``victim`` alone.

What the incident is about (an address in a mail, the peer of a file exchange) is said of the incident, not of the
reported person: its rows name no account. Names of persons, dates of birth, postal addresses, file names, places
of files, chat and mail contents and the contacts of reporter and police are not read.

Source: NCMEC, CyberTipline Reporting API Technical Documentation (report.cybertip.org/ispws/documentation),
sections on ``report``, ``fileDetails`` and Appendix B.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import BinaryIO
from xml.etree.ElementTree import Element

from linkgraph.ingest.readers import xml_records
from linkgraph.ingest.readers.rows import Rows
from linkgraph.ingest.readers.xml_records import Fault, PassedOver, Record, Row, text

DIGESTS = ("sha512", "sha256", "sha1", "md5", "pdq")
COLUMNS = (
    "account",
    "service",
    "display_name",
    "email",
    "phone",
    "device",
    "ip",
    "port",
    "recipient",
    *DIGESTS,
    "time",
    "event",
    "role",
    "category",
    "report",
    "note",
)
"""All text; ``time`` as written (ISO 8601 with its offset), ``note`` what the row says beside its fields."""

_PERSONS = {
    "personOrUserReported": "personOrUserReportedPerson",
    "intendedRecipient": "intendedRecipientPerson",
    "victim": "victimPerson",
}
_WORDS = {
    "personOrUserReported": "the reported user",
    "intendedRecipient": "an intended recipient",
    "victim": "a victim",
}
_RECORDS = frozenset({*_PERSONS, "reportId", "incidentSummary", "internetDetails", "fileDetails"})
_INSIDE = frozenset(
    {
        "email",
        "phone",
        "displayName",
        "profileUrl",
        "ipCaptureEvent",
        "deviceId",
        "associatedAccount",
        "priorCTReports",
        "emailAddress",
        "phoneNumber",
        "url",
    }
)
_OTHER_HASHES = PassedOver("hashes of files of another kind (PhotoDNA and others)")
_UNFOLDED = re.compile(r"[\s_/-]")
_MOST_ROWS_OF_FILE = 100_000
"""Digests times captures of one file."""

_Values = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class CybertipXML:
    """Reads CyberTipline reports in XML."""

    name: str = "cybertip-xml"
    version: str = "1"
    binary: bool = True
    needs: tuple[str, ...] = ()
    block_bytes: int = field(default=xml_records.BLOCK_BYTES, repr=False)

    def recognises(self, head: bytes) -> bool:
        """Tell whether the document begins with a report, or the details of a file of one."""
        opening = xml_records.opening(head)
        names = set(re.findall(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s/>]", opening))
        if "report" in names:
            return not names.isdisjoint({"incidentSummary", "personOrUserReported", "internetDetails"})
        return "fileDetails" in names and not names.isdisjoint({"reportId", "originalFileHash", "fileId"})

    def read(self, stream: BinaryIO, *, batch_rows: int = 500_000) -> Iterator[Rows]:
        """Yield what the reports of ``stream`` say; see :class:`~linkgraph.ingest.readers.rows.Reader`."""
        return xml_records.numbered(_said(stream, self.block_bytes), COLUMNS, batch_rows)


@dataclass(slots=True)
class _Report:
    """What was read of one report, for the rows that follow."""

    number: str | None = None
    platform: str | None = None
    incident: str | None = None
    time: str | None = None
    reported: list[_Values] = field(default_factory=list)
    """Account and service of each reported user."""

    @property
    def account(self) -> _Values:
        """Account and service of the reported user; nothing where there is none, or more than one."""
        return self.reported[0] if len(self.reported) == 1 else {}


def _said(stream: BinaryIO, block_bytes: int) -> Iterator[Row | Fault | PassedOver]:
    place, report = -1, _Report()
    container, beside = -1, 0
    """Place of the element the report stands in, and how many reports it has, to find that of a file beside it."""
    for record in xml_records.records(stream, _RECORDS, inside=_INSIDE, block_bytes=block_bytes):
        if isinstance(record, Fault):
            yield record
            continue
        element = record.element
        at = next((number for number, step in enumerate(record.path) if step.name == "report"), None)
        if at is not None and record.path[at].offset != place:
            place, report = record.path[at].offset, _Report()
            around = record.path[at - 1].offset if at else -1
            container, beside = around, beside + 1 if around == container else 1
        if element.tag == "fileDetails":
            is_beside = beside == 1 and bool(record.path) and record.path[-1].offset == container
            yield from _file(record, report if at is not None or is_beside else _Report())
        elif at is None:
            continue
        elif element.tag == "reportId":
            report.number = text(element)
        elif element.tag == "incidentSummary":
            report.platform = text(element, "platform")
            report.incident = text(element, "incidentType")
            report.time = text(element, "incidentDateTime")
        elif element.tag == "internetDetails":
            yield from _incident(record, report)
        else:
            yield from _person(record, report)


# -- persons -------------------------------------------------------------------------------------


def _person(record: Record, report: _Report) -> Iterator[Row]:
    """Give the rows of a reported user, an intended recipient or a victim."""
    element = record.element
    who = _who(element, report)
    who["role"] = "victim" if element.tag == "victim" else None
    if element.tag == "personOrUserReported":
        report.reported.append({"account": who["account"], "service": who["service"]})
        said: _Values = {"time": report.time, "event": report.incident}
    elif element.tag == "intendedRecipient":
        said = {"event": "intended recipient"}
    else:
        said = {}
    yield Row(who | said | {"display_name": _second_name(element), "note": _about(element)}, record.span(element))
    yield from _shown(record, element, element.find(_PERSONS[element.tag]), who)
    for other in element.findall("associatedAccount"):
        theirs = _who(other, _Report(report.number)) | {"role": who["role"]}
        whose = f"{other.get('accountType') or 'associated'} account of {_WORDS[element.tag]}"
        about = "; ".join(filter(None, (whose, _about(other))))
        yield Row(theirs | {"display_name": _second_name(other), "note": about}, record.span(other))
        yield from _shown(record, other, other, theirs)
    sender = report.account
    is_named = bool(who["account"] and sender.get("account"))
    # A row has one service: where the two are accounts of different ones, it cannot say whom the contact was with.
    if element.tag == "intendedRecipient" and is_named and sender.get("service") == who["service"]:
        yield Row(
            {
                **sender,
                "recipient": who["account"],
                "time": report.time,
                "event": "intended recipient",
                "report": report.number,
            },
            record.span(element),
        )


def _who(element: Element, report: _Report) -> _Values:
    service = text(element, "espService") or text(element, "platform") or report.platform
    account = text(element, "espIdentifier") or text(element, "screenName")
    return {"account": account, "service": service, "report": report.number}


def _second_name(element: Element) -> str | None:
    """Give the screen name where another identifier is the account."""
    return text(element, "screenName") if text(element, "espIdentifier") else None


def _about(element: Element) -> str | None:
    """Give what is said of an account beside its names and contacts."""
    country = text(element, "estimatedLocation/countryCode")
    group = text(element, "groupIdentifier")
    parts = (
        f"estimated location {country}" if country else None,
        f"group {group}" if group else None,
        "said to be compromised" if _is_true(text(element, "compromisedAccount")) else None,
        "user of a third party" if _is_true(text(element, "thirdPartyUserReported")) else None,
    )
    return "; ".join(part for part in parts if part) or None


def _shown(record: Record, element: Element, person: Element | None, who: _Values) -> Iterator[Row]:
    """Give one row for each name, contact, address and device of an account."""
    for name in element.findall("displayName"):
        if said := text(name):
            yield Row(who | {"display_name": said}, record.span(name))
    for contact in person if person is not None else ():
        row = _contact(contact)
        if row is not None:
            yield Row(who | row, record.span(contact))
    for address in element.findall("profileUrl"):
        if said := text(address):
            yield Row(who | {"note": f"profile {said}"}, record.span(address))
    for earlier in element.findall("priorCTReports"):
        if said := text(earlier):
            yield Row(who | {"note": f"earlier CyberTipline report {said}"}, record.span(earlier))
    for capture in element.findall("ipCaptureEvent"):
        yield Row(who | _capture(capture), record.span(capture))
    for device in element.findall("deviceId"):
        yield Row(who | _device(device), record.span(device))


def _contact(element: Element) -> _Values | None:
    """Give an address or number; None for what is neither."""
    said = text(element)
    if said is None or element.tag not in {"email", "phone"}:
        return None
    kind = element.get("type")
    parts = [f"type {kind}" if kind else None, "verified" if _is_true(element.get("verified")) else None]
    note = "; ".join(part for part in parts if part) or None
    if element.tag == "email":
        return {"email": said, "note": note}
    return {"phone": _number(element, said), "note": note}


def _number(element: Element, said: str) -> str:
    """Join a number with the calling code of its country, where that stands apart."""
    code = (element.get("countryCallingCode") or "").strip().removeprefix("+")
    return said if not code or said.startswith("+") else f"+{code} {said}"


def _capture(element: Element) -> _Values:
    """Give an address with its time; a port tells apart who shares it."""
    return {
        "ip": text(element, "ipAddress"),
        "port": text(element, "port"),
        "time": text(element, "dateTime"),
        "event": text(element, "eventName"),
        "note": "the provider has reason to take it for a proxy" if _is_true(text(element, "possibleProxy")) else None,
    }


def _device(element: Element) -> _Values:
    """Give a device; the name of a network (SSID) is none: many homes have the same."""
    kind, said = (text(element, "idType") or "").upper(), text(element, "idValue")
    row: _Values = {"time": text(element, "dateTime"), "event": text(element, "eventName")}
    if said is None:
        return row | {"note": f"device of type {kind} without a value"}
    if kind == "SSID":
        return row | {"note": f"wireless network {said}"}
    if kind == "IMEI":
        return row | {"device": f"imei:{said}"}
    return row | {"device": "device:" + " ".join(filter(None, (kind.lower(), said)))}


# -- incidents and files -------------------------------------------------------------------------


def _incident(record: Record, report: _Report) -> Iterator[Row]:
    """Give what the incident is about: of no account, for the format does not say whose it is."""
    for incident in record.element:
        kind = incident.tag.removesuffix("Incident")
        said: _Values = {"event": f"{kind} incident", "report": report.number}
        where = [
            f"{word} {value}"
            for word, tag in (
                ("client", "chatClient"),
                ("room", "chatRoomName"),
                ("game", "gameName"),
                ("console", "console"),
                ("newsgroup", "name"),
                ("client", "client"),
            )
            if (value := text(incident, tag))
        ]
        note = "; ".join(where) or None
        rows: list[tuple[Element, _Values]] = []
        for one in incident:
            value = text(one)
            if one.tag == "ipCaptureEvent":
                rows.append((one, _capture(one)))
            elif value and one.tag == "emailAddress":
                rows.append((one, {"email": value}))
            elif value and one.tag == "phoneNumber":
                rows.append((one, {"phone": _number(one, value)}))
            elif value and one.tag == "url":
                rows.append((one, {"note": f"page {value}"}))
        for element, values in rows:
            about = "; ".join(part for part in (note, values.get("note")) if part) or None
            stated = {name: value for name, value in values.items() if value}
            yield Row(said | stated | {"note": about}, record.span(element))
        if not rows:
            yield Row(said | {"note": note, "time": report.time}, record.span(incident))


def _file(record: Record, report: _Report) -> Iterator[Row | Fault | PassedOver]:
    """Give the digests of a file, with the capture of its upload where there is one."""
    element = record.element
    relevance = text(element, "fileRelevance")
    # A file that only explains the report (a profile picture) is not said to be what the person shared.
    whose = {} if relevance is not None and relevance.casefold() != "reported" else report.account
    digests: dict[str, list[str]] = {}
    for one in element.findall("originalFileHash"):
        algorithm = _UNFOLDED.sub("", one.get("hashType") or "").lower()
        said = text(one)
        if said is None:
            continue
        if algorithm in DIGESTS:
            digests.setdefault(algorithm, []).append(said)
        else:
            yield _OTHER_HASHES
    lines: list[_Values] = [
        {algorithm: value for algorithm, value in zip(digests, line, strict=True) if value}
        for line in zip_longest(*digests.values())
    ]
    base: _Values = {
        **whose,
        "report": text(element, "reportId") or report.number,
        "category": text(element, "industryClassification"),
        "note": _file_note(element, relevance),
    }
    captures = [(one, _capture(one)) for one in element.findall("ipCaptureEvent")] or [(element, {"event": "file"})]
    if len(lines) * len(captures) > _MOST_ROWS_OF_FILE:
        reason = f"The file has {len(lines):,} lines of digests and {len(captures):,} captures: no report says so much."
        yield Fault(record.offset, record.head, "cybertip-file-many", reason)
        captures = []
    for line in lines or [{}]:
        for one, values in captures:
            note = "; ".join(part for part in (base["note"], values.get("note")) if part) or None
            yield Row(base | line | values | {"note": note}, record.span(one if len(captures) > 1 else element))
    for device in element.findall("deviceId"):
        yield Row(base | _device(device), record.span(device))


def _file_note(element: Element, relevance: str | None) -> str | None:
    viewed, public = text(element, "viewedByEsp"), text(element, "publiclyAvailable")
    flags = [one.tag for one in element.findall("fileAnnotations/*") if text(one) not in {"false", "0"}]
    parts = (
        relevance,
        None if viewed is None else f"viewed by the provider: {viewed}",
        None if public is None else f"publicly available: {public}",
        f"marked {', '.join(flags)}" if flags else None,
    )
    return "; ".join(part for part in parts if part) or None


def _is_true(said: str | None) -> bool:
    return (said or "").strip().lower() in {"true", "1"}
