"""CyberTipline reports as police get them from NCMEC: JSON, one report, a list of them, or one a line.

    {"reportId": 1, "dateReceived": "2026-01-05T10:00:00Z",
     "reportedInformation": {
        "reportingEsp": {"espName": "…"}, "incidentSummary": {"incidentType": "…", "incidentDateTime": "…"},
        "reportedPeople": {"reportedPersons": [{"espUserId": "…", "screenName": {"value": "…"}, "espService": "…",
            "emails": {"emails": [{"value": "…", "verified": true}]}, "phones": {"phones": […]},
            "sourceInformation": {"sourceCaptures": [{"captureType": "IP Address", "value": "…", "port": 1,
                                                      "dateTime": "…", "eventName": "Login"}]}}]},
        "intendedRecipients": {"intendedRecipients": […]},
        "uploadedFiles": {"uploadedFiles": [{"verificationHash": "…", "industryClassification": "A1", …}]}}}

Any member may be null or absent, and a list may stand without the object around it. One row per thing said: an
account with the incident, a name, an e-mail address, a telephone number, a capture, a file, a recipient. An account
is its ``espUserId``, else its ``screenName``; the other one becomes a name it goes by. Nobody gets a role: a report is
not a finding, and the format marks nobody as a victim.

Names of persons, dates of birth, addresses, file names, and what was written in chats and mails are not read.

Source: the shape of NCMEC's JSON as published tools of police read it (field names in docs/formats/cybertip-json.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import pyarrow as pa

from linkgraph.ingest.readers import json_records
from linkgraph.ingest.readers.json_records import Fault, top_level
from linkgraph.ingest.readers.json_values import Json, parse, text_of
from linkgraph.ingest.readers.lines import KEPT_OF_LONG_LINE
from linkgraph.ingest.readers.rows import LENGTH, LINE, OFFSET, Rows, Unreadable, in_batches, schema
from linkgraph.ingest.values.result import Reason

DIGESTS = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
"""Digits of a verification hash → its algorithm; what has none of these lengths goes to ``digest`` and is refused."""
COLUMNS = (
    "account",
    "service",
    "display_name",
    "email",
    "phone",
    "ip",
    "port",
    "recipient",
    "digest",
    *DIGESTS.values(),
    "time",
    "event",
    "category",
    "report",
    "note",
)
"""All text; ``note`` is what a row says beside its fields."""

MAX_REPORT_BYTES = 16 << 20
"""A longer report is quarantined."""

_SCHEMA = schema(COLUMNS)
_HEAD = 1 << 16
_HELD_ROWS = 20_000
_WRAPPERS = ("reports", "cyberTips", "cybertips", "cyberTipReports")
_MARKS = (b'"reportId"', b'"reportedInformation"')

_Row = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class CybertipJSON:
    """Reads CyberTipline reports in JSON."""

    name: str = "cybertip-json"
    version: str = "1"
    binary: bool = False
    needs: tuple[str, ...] = ()
    block_bytes: int = json_records.BLOCK_BYTES

    def recognises(self, head: bytes) -> bool:
        """Tell whether the document is a report or a list of reports."""
        _, members = top_level(head)
        names = {name for name, _ in members}
        if "reportedInformation" in names:
            return True
        return _wrapper(head) is not None and all(mark in head for mark in _MARKS)

    def read(self, stream: BinaryIO, *, batch_rows: int = 500_000) -> Iterator[Rows]:
        """Yield what the reports of ``stream`` say; see :class:`~linkgraph.ingest.readers.rows.Reader`."""
        head = stream.read(_HEAD)
        whole = json_records.prefixed(head, stream)
        held = _Held()
        for found in _reports(whole, head, self.block_bytes):
            if isinstance(found, Unreadable):
                held.refuse(found)
            else:
                held.take(*found)
            if held.size >= min(batch_rows, _HELD_ROWS):
                yield from held.batches(batch_rows)
        yield from held.batches(batch_rows)


def _wrapper(head: bytes) -> str | None:
    """Give the member of the document that holds the list of reports, where there is one."""
    opener, members = top_level(head)
    if opener != "{":
        return None
    return next((name for name, value in members if name in _WRAPPERS and value.startswith(b"[")), None)


def _reports(
    stream: BinaryIO, head: bytes, block_bytes: int
) -> Iterator[tuple[int, bytes, Json | Reason] | Unreadable]:
    """Give each report with its offset and bytes, or why it cannot be read (not numbered yet)."""
    opener, _ = top_level(head)
    wrapper = _wrapper(head)
    first_line, end, _ = head.partition(b"\n")
    if wrapper is not None or opener == "[":
        path = () if wrapper is None else (wrapper,)
        split = json_records.split(stream, [path], block_bytes=block_bytes, max_bytes=MAX_REPORT_BYTES)
        for piece in split:
            if isinstance(piece, Fault):
                yield piece.unreadable(0)
                continue
            for offset, length, value in json_records.records(piece):
                at = offset - piece.offset
                yield offset, piece.content[at : at + length], value
    elif end and isinstance(parse(first_line.removeprefix(b"\xef\xbb\xbf").strip()), dict):
        yield from json_records.by_line(stream)
    else:
        yield from _single(stream)


def _single(stream: BinaryIO) -> Iterator[tuple[int, bytes, Json | Reason] | Unreadable]:
    """Give the document as the one report it is."""
    content = stream.read(MAX_REPORT_BYTES + 1)
    body = content.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    offset = len(content) - len(body)
    body = body.rstrip(b" \t\r\n")
    if len(content) > MAX_REPORT_BYTES:
        reason = f"The report is longer than {MAX_REPORT_BYTES} bytes."
        yield Unreadable(0, offset, body[:KEPT_OF_LONG_LINE], "", "json-too-long", reason)
    elif body:
        yield offset, body, parse(body)


@dataclass(slots=True)
class _Held:
    """Rows and unreadable parts that wait until they are many enough."""

    number: int = 0
    _rows: list[dict[str, Any]] = field(default_factory=list)
    _unreadable: list[Unreadable] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Rows and unreadable parts held."""
        return len(self._rows) + len(self._unreadable)

    def refuse(self, fault: Unreadable) -> None:
        """Take in what cannot be read, as the next record."""
        self.number += 1
        place = (fault.offset, fault.raw, fault.column, fault.code, fault.reason, fault.hint)
        self._unreadable.append(Unreadable(self.number, *place))

    def take(self, offset: int, raw: bytes, value: Json | Reason) -> None:
        """Take in what a report says."""
        kept = raw[:KEPT_OF_LONG_LINE]
        if not isinstance(value, dict):
            reason = value if isinstance(value, Reason) else Reason("cybertip-report", "The report is no object.")
            self.refuse(Unreadable(0, offset, raw, "", reason.code, reason.text, reason.hint))
            return
        report = _Report()
        report.read(value)
        for row in report.rows:
            self.number += 1
            self._rows.append({**row, LINE: self.number, OFFSET: offset, LENGTH: len(raw)})
        for part, reason in report.faults:
            self.refuse(Unreadable(0, offset, kept, part, reason.code, reason.text, reason.hint))

    def batches(self, batch_rows: int) -> Iterator[Rows]:
        """Give what is held, and hold nothing."""
        yield from in_batches(pa.Table.from_pylist(self._rows, _SCHEMA), self._unreadable, batch_rows)
        self._rows, self._unreadable = [], []


# -- one report ----------------------------------------------------------------------------------


class _UnfitError(Exception):
    """A part of a report is not what the format says."""


@dataclass(slots=True)
class _Report:
    """What one report says."""

    rows: list[_Row] = field(default_factory=list)
    faults: list[tuple[str, Reason]] = field(default_factory=list)
    """Part of the report and why it cannot be read."""
    _number: str | None = None
    _platform: str | None = None
    _incident: _Row = field(default_factory=dict)

    def read(self, report: dict[str, Any]) -> None:
        """Read a report, each part by itself: what is wrong in one costs no other."""
        self._number = self._safely("reportId", lambda: _text(report, "reportId"))
        said = self._safely("reportedInformation", lambda: _object(report, "reportedInformation")) or {}
        self._platform = self._safely("reportingEsp", lambda: _text(_object(said, "reportingEsp"), "espName"))
        summary = self._safely("incidentSummary", lambda: _object(said, "incidentSummary")) or {}
        self._incident = {
            "event": self._safely("incidentType", lambda: _text(summary, "incidentType")),
            "time": self._safely("incidentDateTime", lambda: _text(summary, "incidentDateTime")),
        }
        received = self._safely("dateReceived", lambda: _text(report, "dateReceived"))
        note = f"received by NCMEC {received}" if received else None
        people = self._items(said, "reportedPeople", "reportedPersons")
        reported = [who for who in (self._person(one, note, self._incident) for one in people) if who["account"]]
        # With several reported persons nobody says whose the file is, or who meant whom.
        sole = reported[0] if len(reported) == 1 and len(people) == 1 else self._who(None, None)
        for one in self._items(said, "intendedRecipients", "intendedRecipients"):
            self._recipient(one, sole)
        for one in self._items(said, "uploadedFiles", "uploadedFiles"):
            self._safely("uploadedFiles", lambda one=one: self._file(one, sole))
        if not people or not self.rows:
            self.rows.insert(0, {**self._who(None, None), **self._incident, "note": note})

    def _who(self, account: str | None, service: str | None) -> _Row:
        return {"account": account, "service": service or self._platform, "report": self._number}

    def _safely(self, part: str, read: Any) -> Any:  # noqa: ANN401 - hands on what ``read`` gives
        try:
            return read()
        except _UnfitError as fault:
            self.faults.append((part, Reason("cybertip-part", str(fault))))
            return None

    def _items(self, holder: dict[str, Any], name: str, inner: str) -> list[dict[str, Any]]:
        """Give the objects of a list that may stand in an object of its own; tell of those that are none."""
        found = self._safely(name, lambda: _list(holder, name, inner)) or []
        for one in found:
            if one is not None and not isinstance(one, dict):
                self.faults.append((name, Reason("cybertip-part", f"An entry of '{name}' is no object.")))
        return [one for one in found if isinstance(one, dict)]

    def _person(self, person: dict[str, Any], note: str | None, said: _Row) -> _Row:
        """Give the rows of a reported person or a recipient; returns whose they are."""
        user = self._safely("espUserId", lambda: _text(person, "espUserId"))
        screen = self._safely("screenName", lambda: _value(person.get("screenName"), "screenName"))
        who = self._who(user or screen, self._safely("espService", lambda: _text(person, "espService")))
        first = len(self.rows)
        if who["account"]:
            self.rows.append({**who, **said, "display_name": screen if user else None, "note": note})
        for name, column in (("emails", "email"), ("phones", "phone")):
            found = self._safely(name, lambda name=name: _list(person, name, name)) or []
            for one in found:
                value = self._safely(name, lambda one=one, name=name: _value(one, name))
                if value:
                    self.rows.append({**who, column: value, "note": _verified(one)})
        for row in self._captures(person):
            self.rows.append({**who, **row})
        if len(self.rows) == first and said:
            self.rows.append({**who, **said, "note": note})
        return who

    def _recipient(self, person: dict[str, Any], sender: _Row) -> None:
        who = self._person(person, None, {"event": "intended recipient"})
        # A row has one service: accounts of two services cannot be joined by it.
        if sender["account"] and who["account"] and sender["service"] == who["service"]:
            contact = {"recipient": who["account"], "time": self._incident["time"], "event": "intended recipient"}
            self.rows.append({**sender, **contact})

    def _captures(self, holder: dict[str, Any]) -> list[_Row]:
        """Give the captures of a person or a file: addresses, and what else was captured as a note."""
        source = self._safely("sourceInformation", lambda: _object(holder, "sourceInformation")) or {}
        rows = []
        for one in self._items(source, "sourceCaptures", "sourceCaptures"):
            row = self._safely("sourceCaptures", lambda one=one: _capture(one))
            if row:
                rows.append(row)
        return rows

    def _file(self, file: dict[str, Any], owner: _Row) -> None:
        digest = _text(file, "verificationHash")
        notes = []
        viewed = text_of(_scalar(file, "viewedByEsp"))
        if viewed is not None:
            notes.append(f"viewed by the provider: {viewed}")
        tags = self._tags(file)
        if tags:
            notes.append(f"NCMEC tags: {', '.join(tags)}")
        row: _Row = {**owner, "category": _text(file, "industryClassification"), "note": "; ".join(notes) or None}
        if digest:
            row[DIGESTS.get(len(digest), "digest")] = digest
        captures = self._captures(file)
        for capture in captures or [{}]:
            both = "; ".join(note for note in (capture.get("note"), row["note"]) if note)
            self.rows.append({**row, "event": "uploaded file", **capture, "note": both or None})

    def _tags(self, file: dict[str, Any]) -> list[str]:
        held = self._safely("ncmecTags", lambda: _object(file, "ncmecTags")) or {}
        values = (
            self._safely("ncmecTags", lambda tag=tag: _text(tag, "value"))
            for group in self._items(held, "groups", "groups")
            for tag in self._items(group, "tags", "tags")
        )
        return [value for value in values if value]


def _capture(capture: dict[str, Any]) -> _Row | None:
    """Give the row of one capture; None where it has neither value nor time."""
    kind, value = _text(capture, "captureType") or "", _text(capture, "value")
    time, event = _text(capture, "dateTime"), _text(capture, "eventName")
    if value is None and time is None:
        return None
    row: _Row = {"time": time, "event": event}
    if "ip" in kind.casefold().replace("-", " ").split() or "IP" in kind:
        return {**row, "ip": value, "port": _text(capture, "port")}
    return {**row, "note": f"{kind or 'capture'}: {value}" if value else kind or None}


def _scalar(holder: dict[str, Any], name: str) -> Any:  # noqa: ANN401 - whatever scalar the document has
    value = holder.get(name)
    if isinstance(value, dict | list):
        raise _UnfitError(f"'{name}' is not one value.")
    return value


def _text(holder: dict[str, Any], name: str) -> str | None:
    return (text_of(_scalar(holder, name)) or "").strip() or None


def _object(holder: dict[str, Any], name: str) -> dict[str, Any]:
    value = holder.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _UnfitError(f"'{name}' is no object.")
    return value


def _list(holder: dict[str, Any], name: str, inner: str) -> list[Any]:
    """Give a list, whether it stands by itself or in an object of its own."""
    value = holder.get(name)
    if isinstance(value, dict):
        value = value.get(inner)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _UnfitError(f"'{name}' is no list.")
    return value


def _value(one: Any, name: str) -> str | None:  # noqa: ANN401 - whatever the document has
    """Give a text that stands by itself or as the member ``value`` of an object."""
    if isinstance(one, dict):
        return _text(one, "value")
    if isinstance(one, list):
        raise _UnfitError(f"An entry of '{name}' is not one value.")
    return (text_of(one) or "").strip() or None


def _verified(one: Any) -> str | None:  # noqa: ANN401 - whatever the document has
    stated = one.get("verified") if isinstance(one, dict) else None
    return "verified by the provider" if stated is True or stated == "true" else None
