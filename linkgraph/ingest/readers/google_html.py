"""Subscriber information of Google in a page: ``….SubscriberInfo.html``.

The page has lines ``Label: value`` (list items) about the account, and a table of its addresses::

    Google Account ID: 123…          e-Mail: …      Alternate e-Mails: …, …      Created on: 2019-11-15 11:20:33 Z
    Terms of Service IP: …           User Phone Numbers: +44… [GB]
    Timestamp | IP Address | Activity Type | Android ID | … | Raw User Agents

Each value is a row; columns of the table that are no field are the row's note. Other lines (status, services,
birthday) are passed over and counted.

Source: Google, "Legal process for user data requests FAQs" and the page's own headings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from linkgraph.ingest.readers import html_text
from linkgraph.ingest.readers.html_text import COLUMNS, Tag, Text, Told
from linkgraph.ingest.readers.rows import MAX_LINE_BYTES, Rows

__all__ = ["COLUMNS", "GoogleHTML"]

_SERVICE = "google"
_RECOGNISED = re.compile(rb"google subscriber information|google account id\s*(?:</[a-z]+>\s*)?:", re.IGNORECASE)
_LINE = re.compile(r"([A-Za-z0-9][^:]{0,60}?)\s*:\s*(.*)")
_LINES: dict[str, tuple[str, str]] = {
    "google account id": ("account", ""),
    "name": ("display_name", ""),
    "e-mail": ("email", ""),
    "alternate e-mails": ("email", "alternate"),
    "contact e-mail": ("email", "contact"),
    "recovery e-mail": ("email", "recovery"),
    "user phone numbers": ("phone", ""),
    "phone numbers": ("phone", ""),
    "recovery sms": ("phone", "recovery"),
    "signin phone numbers": ("phone", "sign-in"),
    "2-step verification phone numbers": ("phone", "2-step verification"),
    "created on": ("time", "created"),
    "terms of service ip": ("ip", "terms of service"),
}
"""Label → field, and what the value is: the event of times and addresses, the note of others."""
_SEVERAL = frozenset({"email", "phone"})
_ENDS = frozenset({"h1", "h2", "h3", "h4", "table"})
_COUNTRY = re.compile(r"\[[A-Z]{2}\]$")
_TABLE = {
    "timestamp": "time",
    "time": "time",
    "ip address": "ip",
    "ip": "ip",
    "activity type": "event",
    "activity": "event",
}


@dataclass(frozen=True, slots=True)
class GoogleHTML:
    """Reads subscriber information of Google."""

    name: str = "google-html"
    version: str = "1"
    binary: bool = False
    needs: tuple[str, ...] = ()
    block_bytes: int = html_text.BLOCK_BYTES

    def recognises(self, head: bytes) -> bool:
        """Tell whether it is a page with the heading or the first line of the information."""
        return b"<" in head[:1024] and _RECOGNISED.search(head) is not None

    def read(self, stream: BinaryIO, *, batch_rows: int = 500_000) -> Iterator[Rows]:
        """Yield what the page says; ``_line`` is the number of the row in the page."""
        told = Told()
        told.service = _SERVICE
        lines = _Lines(told)
        table: _Table | None = None
        for item in html_text.blocks(stream, self.block_bytes):
            if isinstance(item, Tag):
                lines.tag(item)
                if item.name == "table":
                    if table is not None:
                        table.end_row()
                    table = None if item.closing else _Table(told)
                elif table is not None:
                    table.tag(item)
            elif table is not None:
                table.add(item)
            else:
                lines.add(item)
            yield from told.ready(batch_rows)
        if table is not None:
            table.end_row(cut_off=True)
        yield from told.ready(batch_rows, end=True)


@dataclass(slots=True)
class _Lines:
    """The lines about the account, while they come in."""

    told: Told
    label: str = ""
    """A label whose value is still to come."""
    contains: bool = False
    """Its values are elements inside of it."""

    def add(self, text: Text) -> None:
        """Read a line; one without a label is a value of the label before it, or a heading."""
        if text.fault:
            self.told.refuse(text)
            return
        found = _LINE.fullmatch(text.text)
        if found is not None and (found[1].casefold() in _LINES or not self.label):
            self.label, self.contains = "" if found[2] else found[1].casefold(), text.opens
            self._said(text, found[1].casefold(), found[2])
        elif self.label in _LINES and not text.opens:
            self._said(text, self.label, text.text)

    def _said(self, text: Text, label: str, value: str) -> None:
        if label not in _LINES:
            self.told.pass_over("lines about other matters")
            return
        name, what = _LINES[label]
        if name == "account" and value:
            self.told.account = value
        for one in map(str.strip, re.split("[,;]", value)) if name in _SEVERAL else [value]:
            said = {name: _COUNTRY.sub("", one).rstrip() if name == "phone" else one}
            if what:
                said["event" if name in ("time", "ip") else "note"] = what
            if one:
                self.told.row(text.start, text.stop, said)

    def tag(self, tag: Tag) -> None:
        """Forget a label where what comes next is no value of it."""
        if (
            tag.name in _ENDS
            or (tag.name in ("ul", "ol") and tag.closing)
            or (tag.name == "li" and tag.closing and not self.contains)
        ):
            self.label = ""


@dataclass(slots=True)
class _Table:
    """A table, while its cells come in."""

    told: Told
    header: list[str] = field(default_factory=list)
    cells: list[list[Text]] = field(default_factory=list)
    size: int = 0
    """Cells of the running row and bytes in them."""

    def tag(self, tag: Tag) -> None:
        """Begin a cell, or end a row."""
        if tag.name in ("td", "th") and not tag.closing:
            self.size += 1
            if self.size <= MAX_LINE_BYTES:
                self.cells.append([])
        elif tag.name == "tr":
            self.end_row()

    def add(self, text: Text) -> None:
        """Take in a text of the running cell."""
        if not self.cells:
            self.cells.append([])
        self.size += len(text.raw)
        if self.size <= MAX_LINE_BYTES or not self.cells[0]:
            self.cells[-1].append(text)

    def end_row(self, *, cut_off: bool = False) -> None:
        """Take the row as ended."""
        (cells, self.cells), (size, self.size) = (self.cells, []), (self.size, 0)
        texts = [text for cell in cells for text in cell]
        if not texts:
            return
        faulty = next((text for text in texts if text.fault), None)
        values = [" ".join(text.text for text in cell) for cell in cells]
        if faulty is not None:
            self.told.refuse(faulty)
        elif size > MAX_LINE_BYTES:
            self.told.refuse(texts[0], "google-row", f"The row is longer than {MAX_LINE_BYTES} bytes.")
        elif cut_off:
            self.told.refuse(texts[-1], *html_text.CUT_OFF, "Ask for the whole file.")
        elif not self.header:
            self.header = values
        elif "time" not in self._fields() and "ip" not in self._fields():
            self.told.pass_over("rows of other tables")
        elif len(values) != len(self.header):
            reason = f"The row has {len(values)} cells and the table {len(self.header)} columns."
            self.told.refuse(texts[0], "google-row", reason)
        else:
            self.told.row(texts[0].start, texts[-1].stop, self._said(values))

    def _fields(self) -> list[str | None]:
        return [_TABLE.get(name.casefold()) for name in self.header]

    def _said(self, values: Sequence[str]) -> dict[str, str]:
        said: dict[str, str] = {}
        notes = []
        for name, heading, value in zip(self._fields(), self.header, values, strict=True):
            if name is not None and value:
                said[name] = value
            elif value:
                notes.append(f"{heading}: {value}")
        return {**said, "note": "; ".join(notes)} if notes else said
