r"""RADIUS accounting as FreeRADIUS keeps it in detail files: which subscriber had which address, and until when.

    Mon Jan  5 11:00:00 2026
        Acct-Status-Type = Stop
        User-Name = "amber"
        Framed-IP-Address = 193.0.6.139
        Acct-Session-Time = 3600
        Acct-Delay-Time = 5
        Timestamp = 1767610805

A record is a line that is not indented, indented attributes behind it, and a blank line. The line's date is
local time without a zone and is not read. A record happened at ``Timestamp`` (the server's clock when it came,
epoch seconds) less ``Acct-Delay-Time`` (what the sender had waited with it); without a ``Timestamp``, at
``Event-Timestamp`` (the sender's clock) where that is epoch seconds or says UTC.

A row is one accounting record and one address. Start is an instant; Stop and Interim-Update are the interval
from ``Acct-Session-Time`` before to then. So a session without a Stop lasts as far as its last update says and
no further. Records are not joined: ``session`` (the sender and its session id) is the same in those of one.
Attributes that matter here and are there twice with two values make a record unreadable.

A record of a prefix alone names no address: it is counted, as are those without any, of other types (the sender
came up or went down) and of access requests. A prefix of one address (/128) is that address.

Sources: FreeRADIUS 3.2, rlm_detail; RFC 2866 §5 (accounting attributes, delay, session time), RFC 2869 §5.3
(Event-Timestamp), RFC 6911 §3 (Framed-IPv6-Address), RFC 3162 §2.3 (Framed-IPv6-Prefix).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from linkgraph.ingest.readers import lines
from linkgraph.ingest.readers.lines import Line
from linkgraph.ingest.readers.rows import LENGTH, LINE, MAX_LINE_BYTES, OFFSET, Rows, Unreadable, gathered, schema
from linkgraph.ingest.values.time import MONTHS

COLUMNS = (
    "account",
    "ip",
    "time",
    "until",
    "event",
    "session",
    "prefix",
    "calling_station",
)
"""All text. Times in epoch seconds; ``until`` is null for an instant. ``event`` is start, stop or
interim-update; ``calling_station`` the telephone number or device that called, as the sender writes it."""

NO_ADDRESS = "accounting records that name no address"
OTHER_TYPES = "records that are no start, update or stop of a session"

_SCHEMA = schema(COLUMNS)
_EVENTS = {
    "start": "start",
    "1": "start",
    "stop": "stop",
    "2": "stop",
    "interim-update": "interim-update",
    "alive": "interim-update",
    "3": "interim-update",
}
_ATTRIBUTE = re.compile(r"[ \t]+([A-Za-z0-9][A-Za-z0-9._-]*)(?::[0-9]+)? *(?:\+=|:=|=) *(.*)", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'')
_ESCAPE = re.compile(r"((?:\\[0-3][0-7]{2})+)|\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
_EPOCH = re.compile("[0-9]{1,10}")
_DATE_UTC = re.compile(r"([A-Z][a-z]{2}) +([0-9]{1,2}) ([0-9]{4}) ([0-9]{2}:[0-9]{2}:[0-9]{2}) (?:UTC|GMT)")
_NO_ADDRESS_YET = frozenset({"0.0.0.0", "255.255.255.254", "255.255.255.255"})  # noqa: S104 - nothing is bound
"""To be chosen by the sender or by the user (RFC 2865 §5.8)."""
_ADDRESSES = ("framed-ip-address", "framed-ipv6-address", "framed-ipv6-prefix")
_READ = frozenset(
    {
        "acct-status-type",
        "user-name",
        *_ADDRESSES,
        "delegated-ipv6-prefix",
        "acct-session-id",
        "acct-session-time",
        "acct-delay-time",
        "nas-ip-address",
        "nas-ipv6-address",
        "nas-identifier",
        "calling-station-id",
        "timestamp",
        "event-timestamp",
    }
)
_MOST_ATTRIBUTES = 64
_SEVERAL = frozenset({"framed-ipv6-address", "framed-ipv6-prefix", "delegated-ipv6-prefix"})
"""Attributes that a session can have more than one of."""
_TYPE = re.compile(r"[ \t]+Acct-Status-Type *= *.+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RadiusDetail:
    """Reads FreeRADIUS detail files of accounting."""

    name: str = "radius-detail"
    version: str = "1"
    binary: bool = False
    needs: tuple[str, ...] = ()

    def recognises(self, head: bytes) -> bool:
        """Tell whether a record with a type of accounting is in the beginning, and most lines are attributes."""
        filled = lines.first_texts(head)
        if not filled or filled[0][0] in " \t" or not any(map(_TYPE.fullmatch, filled)):
            return False
        return 2 * sum(_ATTRIBUTE.fullmatch(text) is not None for text in filled) > len(filled)

    def read(self, stream: BinaryIO, *, batch_rows: int = 50_000) -> Iterator[Rows]:
        """Yield the accounting of ``stream``; see :class:`~linkgraph.ingest.readers.rows.Reader`."""
        return gathered(_found(stream), _SCHEMA, batch_rows)


@dataclass(slots=True)
class _Record:
    """Successive lines of the file that belong together; the first is not indented, or should not be."""

    lines: list[Line] = field(default_factory=list)
    size: int = 0
    oversize: bool = False

    def add(self, line: Line) -> None:
        self.size += len(line.raw) + 2
        if line.oversize or self.size > MAX_LINE_BYTES:
            self.oversize = True
        if not self.oversize or not self.lines:
            self.lines.append(line)

    def refuse(self, code: str, reason: str, column: str = "", hint: str = "") -> Unreadable:
        first = self.lines[0]
        return Unreadable(first.number, first.offset, self.raw, column, code, reason, hint)

    @property
    def raw(self) -> bytes:
        return lines.joined(self.lines)


def _records(stream: BinaryIO) -> Iterator[_Record]:
    """Split a file into records: a blank line ends one, and so does a line that is not indented."""
    record = _Record()
    for line in lines.iterate(stream):
        blank = not line.raw.strip(b" \t\r")
        if record.lines and (blank or line.raw[:1] not in b" \t"):
            yield record
            record = _Record()
        if not blank:
            record.add(line)
    if record.lines:
        yield record


# -- one record ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Attribute:
    name: str
    value: str
    line: Line


def _found(stream: BinaryIO) -> Iterator[dict[str, object] | Unreadable | str]:
    for record in _records(stream):
        read = _read(record)
        if isinstance(read, list):
            yield from read
        else:
            yield read


def _read(record: _Record) -> list[dict[str, object]] | Unreadable | str:
    """Give the rows of a record, or why it is unreadable, or in a word why it is none."""
    found = _attributes(record)
    if isinstance(found, Unreadable):
        return found
    one = {attribute.name: attribute.value for attribute in reversed(found)}
    if "acct-status-type" not in one:
        return OTHER_TYPES
    event = _EVENTS.get(one["acct-status-type"].lower())
    if event is None:
        return OTHER_TYPES
    addresses = [
        (address, attribute.line.number) for attribute in found if (address := _address(attribute)) is not None
    ]
    if not addresses:
        return NO_ADDRESS
    when = _when(record, one)
    if isinstance(when, Unreadable):
        return when
    lasted = _number(record, one, "acct-session-time") if event != "start" else None
    if isinstance(lasted, Unreadable):
        return lasted
    prefixes = [
        attribute.value
        for attribute in found
        if attribute.name in {"framed-ipv6-prefix", "delegated-ipv6-prefix"} and _address(attribute) is None
    ]
    sender = one.get("nas-identifier") or one.get("nas-ip-address") or one.get("nas-ipv6-address")
    session = one.get("acct-session-id")
    first, last = record.lines[0], record.lines[-1]
    common = {
        "account": one.get("user-name"),
        "time": str(when if lasted is None else when - lasted),
        "until": None if lasted is None else str(when),
        "event": event,
        "session": "/".join(part for part in (sender, session) if part) if session else None,
        "prefix": " ".join(prefixes) or None,
        "calling_station": one.get("calling-station-id"),
        OFFSET: first.offset,
        LENGTH: last.offset + len(last.raw) - first.offset,
    }
    # A record of several addresses is a row for each: the first in the line of the record, the others in their own.
    places = [first.number, *(number for _, number in addresses[1:])]
    return [{**common, "ip": ip, LINE: place} for (ip, _), place in zip(addresses, places, strict=True)]


def _attributes(record: _Record) -> list[_Attribute] | Unreadable:
    """Read the attributes of a record that are read at all; the names in lower case."""
    if record.oversize:
        return record.refuse("radius-too-long", f"The record is longer than {MAX_LINE_BYTES} bytes.")
    for line in record.lines:
        fault = None if line.raw.isascii() and b"\0" not in line.raw else lines.refused(line)
        if fault is not None:
            return record.refuse(fault.code, fault.reason.replace("The line", "A line of the record"), "", fault.hint)
    if record.lines[0].raw[:1] in b" \t" or len(record.lines) == 1:
        return record.refuse("radius-record", "This is no record: a line with a date, then indented attributes.")
    found: list[_Attribute] = []
    first: dict[str, str] = {}
    said: set[tuple[str, str]] = set()
    for line in record.lines[1:]:
        written = _ATTRIBUTE.fullmatch(line.raw.decode())
        if written is None:
            return record.refuse("radius-attribute", f"Line {line.number:,} of the file is no attribute with a value.")
        name = written[1].lower()
        if name not in _READ:
            continue
        value = _value(written[2].strip(" \t\r"))
        if first.setdefault(name, value) != value and name not in _SEVERAL:
            return record.refuse("radius-twice", "The attribute is there twice, with two values.", written[1])
        if (name, value) in said:
            continue
        said.add((name, value))
        found.append(_Attribute(name, value, line))
        if len(found) > _MOST_ATTRIBUTES:
            return record.refuse("radius-many", "The record has more addresses than a session can have.", written[1])
    return found


def _value(text: str) -> str:
    quoted = _QUOTED.fullmatch(text)
    if quoted is None:
        return text
    return _ESCAPE.sub(_from_escape, quoted[1] if quoted[1] is not None else quoted[2])


def _from_escape(escape: re.Match[str]) -> str:
    """Give what a backslash stands for; bytes in octal are UTF-8 or stay as they are written."""
    if escape[1] is None:
        return _ESCAPED.get(escape[2], escape[2])
    try:
        return bytes(int(digits, 8) for digits in escape[1].split("\\")[1:]).decode()
    except UnicodeDecodeError:
        return escape[1]


def _address(attribute: _Attribute) -> str | None:
    """Give the address that an attribute names; None for a prefix of many and for what is none."""
    if attribute.name not in _ADDRESSES or not attribute.value:
        return None
    if attribute.name == "framed-ipv6-prefix":
        return attribute.value.removesuffix("/128") if attribute.value.endswith("/128") else None
    return None if attribute.value in _NO_ADDRESS_YET else attribute.value


def _when(record: _Record, one: dict[str, str]) -> int | Unreadable:
    """Give when a record happened, in epoch seconds."""
    received = _number(record, one, "timestamp")
    if isinstance(received, Unreadable):
        return received
    if received is not None:
        delay = _number(record, one, "acct-delay-time")
        return delay if isinstance(delay, Unreadable) else received - (delay or 0)
    stated = one.get("event-timestamp", "")
    if _EPOCH.fullmatch(stated):
        return int(stated)
    written = _DATE_UTC.fullmatch(stated)
    if written is not None:
        with suppress(ValueError):
            month, day, year, clock = written.groups()
            moment = datetime.fromisoformat(f"{year}-{MONTHS.index(month) + 1:02}-{int(day):02}T{clock}+00:00")
            return int(moment.timestamp())
    return record.refuse(
        "radius-no-time",
        "The record has no Timestamp, and no Event-Timestamp that says when in UTC.",
        "Event-Timestamp" if stated else "Timestamp",
        "The date line is local time in a zone that nothing names.",
    )


def _number(record: _Record, one: dict[str, str], name: str) -> int | Unreadable | None:
    text = one.get(name)
    if text is None:
        return None
    if _EPOCH.fullmatch(text):
        return int(text)
    return record.refuse("radius-number", "The attribute is no number of seconds.", name)
