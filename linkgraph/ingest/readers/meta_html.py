"""Returns of Meta (Facebook, Instagram, WhatsApp, Threads) in pages: ``records.html``, ``preservation….html``.

A page has sections, elements with an ``id`` of ``property-`` and a name. In a section a label contains its
value: ``<div>IP Address<div>…<div>193.0.6.139:4711</div></div></div>``; the classes of these elements have
changed over the years and are not looked at. A page break may stand between a label and its value.

Sections that are read:

- ``request_parameters``: the service, and the account that the return is about (Target, else Account Identifier);
- ``emails``, ``phone_numbers``, ``name``, ``vanity``, ``registration_date``, ``registration_ip``;
- ``ip_addresses`` and ``logins``: IP Address, Time, Action. A record begins with the label that
  the section begins with;
- ``ncmec_reports``: CyberTip ID, Time, Responsible ID (the account that the report names).

What else a record says is its note. Sections of content (messages, photos, posts, ...) and all other sections
are passed over and counted; linked media are never opened.

Source: Meta, "Information for Law Enforcement Authorities" (2024), and the explanations ("Definition") that
each section of a return carries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from linkgraph.ingest.readers import html_text
from linkgraph.ingest.readers.html_text import COLUMNS, CUT_OFF, Tag, Text, Told
from linkgraph.ingest.readers.rows import MAX_LINE_BYTES, Rows

__all__ = ["COLUMNS", "MetaHTML"]

_SECTION = "property-"
_RECOGNISED = re.compile(rb"""<[a-z0-9]+[^<>]{0,200}\sid\s*=\s*["']?property-[a-z_]+""", re.IGNORECASE)

_ADDRESSES = {"ip address": "ip", "ip": "ip", "time": "time", "timestamp": "time", "action": "event", "event": "event"}
_RECORDS: dict[str, tuple[dict[str, str], str]] = {
    "ip_addresses": (_ADDRESSES, ""),
    "logins": (_ADDRESSES, "login"),
    "ncmec_reports": (
        {
            "cybertip id": "report",
            "cybertip": "report",
            "cybertip number": "report",
            "time": "time",
            "responsible id": "account",
        },
        "NCMEC report",
    ),
}
"""Section → field of each label, and what its records are."""
_VALUES: dict[str, tuple[str, str]] = {
    "emails": ("email", ""),
    "email_addresses": ("email", ""),
    "registered_email_addresses": ("email", ""),
    "phone_numbers": ("phone", ""),
    "registered_phone_numbers": ("phone", ""),
    "vanity": ("display_name", "vanity"),
    "vanity_name": ("display_name", "vanity"),
    "username": ("display_name", "vanity"),
    "registration_date": ("time", "registration"),
    "registration_ip": ("ip", "registration"),
}
"""Section of single values → their field, and what they are."""
_REQUEST, _NAME = "request_parameters", "name"
_REQUEST_LABELS = frozenset({"service", "target", "account identifier"})
_NAME_LABELS = frozenset({"name", "first", "middle", "last", "full name", "first name", "middle name", "last name"})

_PHONE = re.compile(r"(\+?[0-9][0-9 ().-]{4,}[0-9])(?:\s+(\D.*))?")
_VALUE = re.compile(r"@|[0-9]{2}")
_NOTHING = re.compile(r"no responsive records (?:were )?(?:located|found)\.?", re.IGNORECASE)
_FURNITURE = re.compile(
    r"(?:meta platforms|facebook|instagram|whatsapp|threads)? ?business record(?: page [0-9]+)?", re.I
)


@dataclass(frozen=True, slots=True)
class MetaHTML:
    """Reads returns of Meta."""

    name: str = "meta-html"
    version: str = "1"
    binary: bool = False
    needs: tuple[str, ...] = ()
    block_bytes: int = html_text.BLOCK_BYTES

    def recognises(self, head: bytes) -> bool:
        """Tell whether there is a section by its ``id``."""
        return b"<" in head[:1024] and _RECOGNISED.search(head) is not None

    def read(self, stream: BinaryIO, *, batch_rows: int = 500_000) -> Iterator[Rows]:
        """Yield what the sections say; ``_line`` is the number of the row in the page."""
        told = Told()
        section = _Section("", told)
        depth, element, said, ended = 0, "", False, False
        for item in html_text.blocks(stream, self.block_bytes):
            if isinstance(item, Tag):
                if item.identifier.startswith(_SECTION) and not item.closing:
                    section.end()
                    section = _Section(item.identifier.removeprefix(_SECTION).lower().replace("-", "_"), told)
                    depth, element, said = 1, item.name, False
                    yield from told.ready(batch_rows)
                elif item.name == element:
                    depth += -1 if item.closing else 1
                    if depth == 0:
                        # One that closes before it says anything is an anchor: its section comes after it.
                        element = ""
                        if said:
                            section.end()
                            section = _Section("", told)
                ended = ended or (item.closing and item.name in ("body", "html"))
                continue
            if _FURNITURE.fullmatch(item.text):
                continue
            said = True
            section.add(item)
            yield from told.ready(batch_rows)
        section.end(cut_off=bool(element) and not ended)
        yield from told.ready(batch_rows, end=True)


def _fold(label: str) -> str:
    return re.sub(r"[\s_]+", " ", label).strip(" :").casefold()


@dataclass(slots=True)
class _Record:
    start: Text
    stop: Text
    complete: bool
    """It begins with the label that records of the section begin with."""
    labels: set[str]
    said: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    faulty: Text | None = None
    size: int = 0
    """Bytes of its values."""


@dataclass(slots=True)
class _Section:
    """One section, while its texts come in."""

    name: str
    told: Told
    counted: bool = False
    label: str | None = None
    shown: str = ""
    """The label as the page has it."""
    leader: str = ""
    record: _Record | None = None
    request: dict[str, Text] = field(default_factory=dict)
    names: list[Text] = field(default_factory=list)

    def add(self, text: Text) -> None:
        """Take in the next text."""
        if self.name not in _RECORDS and self.name not in _VALUES and self.name not in (_REQUEST, _NAME):
            if self.name and not self.counted:
                self.counted = True
                self.told.pass_over("sections of other matters")
            return
        folded = _fold(text.text)
        if not text.fault and (self._is_label(folded) or (text.opens and not self._is_value(text.text))):
            self.label, self.shown = folded, text.text
            if self.name in _RECORDS:
                self._begin(text, folded)
        elif (self.label or "").endswith("definition") or _NOTHING.fullmatch(text.text):
            return
        elif self.name in _RECORDS:
            self._value(text)
        elif self.name in _VALUES:
            self._single(text)
        elif self.name == _NAME:
            self.label = None
            self.names.append(text)
        elif self.label in _REQUEST_LABELS:
            self.request.setdefault(self.label or "", text)

    def _is_label(self, folded: str) -> bool:
        if self.name in _RECORDS:
            return folded in _RECORDS[self.name][0]
        if self.name == _NAME:
            return folded in _NAME_LABELS and self.label in (None, _NAME)
        return (self.name == _REQUEST and folded in _REQUEST_LABELS) or folded == _fold(self.name)

    def _is_value(self, text: str) -> bool:
        """Tell whether a text that contains another one is a value all the same."""
        if self.name in _RECORDS:
            return self.label in _RECORDS[self.name][0]
        return self.name in _VALUES and _VALUE.search(text) is not None

    # -- records ---------------------------------------------------------------------------------

    def _begin(self, text: Text, label: str) -> None:
        """Note a label; begin a record with it where it is the one that records begin with."""
        name = _RECORDS[self.name][0].get(label)
        if name is None:
            return
        self.leader = self.leader or name
        if name == self.leader or self.record is None or name in self.record.labels:
            self._finish()
            self.record = _Record(text, text, name == self.leader, set())
        self.record.labels.add(name)
        self.record.stop = text

    def _value(self, text: Text) -> None:
        label, self.label = self.label, None
        name = _RECORDS[self.name][0].get(label or "")
        if label is None or self.record is None:
            self.told.refuse(text, "meta-text", f"This stands in '{self.name}' without a label.")
            return
        self.record.stop = text
        self.record.size += len(text.raw)
        if self.record.size > MAX_LINE_BYTES:
            return
        if text.fault:
            self.record.faulty = self.record.faulty or text
        elif name is None:
            self.record.notes.append(f"{self.shown}: {text.text}")
        else:
            self.record.said[name] = text.text

    def _finish(self, *, cut_off: bool = False) -> None:
        record, self.record = self.record, None
        if record is None:
            return
        if record.faulty is not None:
            self.told.refuse(record.faulty)
        elif record.size > MAX_LINE_BYTES:
            self.told.refuse(record.start, "meta-record", f"The record is longer than {MAX_LINE_BYTES} bytes.")
        elif cut_off:
            self.told.refuse(record.stop, *CUT_OFF, "Ask for the whole file.")
        elif not record.complete:
            self.told.refuse(
                record.stop, "meta-record", "The record lacks the label that the others of its section begin with."
            )
        else:
            event = _RECORDS[self.name][1]
            note = {"note": "; ".join(record.notes)} if record.notes else {}
            said = {**({"event": event} if event else {}), **record.said, **note}
            self.told.row(record.start.start, record.stop.stop, said)

    # -- single values ---------------------------------------------------------------------------

    def _single(self, text: Text) -> None:
        name, event = _VALUES[self.name]
        if text.fault:
            self.told.refuse(text)
            return
        said = {name: text.text, **({"event": event} if event else {})}
        number = _PHONE.fullmatch(text.text) if name == "phone" else None
        if number is not None:
            # Behind the number stands of what kind it is and when it was confirmed.
            said = {"phone": number[1], **({"note": number[2]} if number[2] else {})}
        self.told.row(text.start, text.stop, said)

    def end(self, *, cut_off: bool = False) -> None:
        """Take the section as ended."""
        self._finish(cut_off=cut_off)
        for text in [one for one in (*self.request.values(), *self.names) if one.fault]:
            self.told.refuse(text)
        self.names = [text for text in self.names if not text.fault]
        if self.names:
            said = {"display_name": " ".join(text.text for text in self.names)}
            self.told.row(self.names[0].start, self.names[-1].stop, said)
        request = {label: text for label, text in self.request.items() if not text.fault}
        identifier = request.get("account identifier")
        account = request.get("target") or identifier
        if "service" in request:
            self.told.service = request["service"].text
        if account is not None:
            self.told.account = account.text
            note = {"note": identifier.text} if identifier is not None and identifier is not account else {}
            self.told.row(account.start, account.stop, {"account": account.text, **note})
