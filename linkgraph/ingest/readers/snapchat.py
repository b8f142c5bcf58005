r"""Addresses in returns of Snapchat (``ip_data.csv``): sections, each a legend, a ruler, a header and rows.

    "Legend: what the columns mean,
    over several lines"
    ==========
    ip,type,timestamp
    193.0.6.139,LOGIN,Wed Aug 19 12:00:00 UTC 2021

Columns are found by their names, which come with blanks or underscores and differ from return to return:
``ip``; ``timestamp``, else ``first_seen_time`` to ``last_seen_time``; ``type``; ports and user agents where there
are any. The others are not read. Both forms of time are UTC and are given as ISO 8601 with a ``Z``.

The rows do not name the account: the analyst states it, or the first legend that has a line
``target username: …`` does. Rows of sections without addresses are none and are counted.

A line that is not a row of its section is the beginning of the next legend where a ruler follows before the
next row; otherwise it is unreadable.

Source: RLEAPP, snapIPd.py (a public parser of such returns); Snap Inc., "Law enforcement guide".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from linkgraph.errors import UsageError
from linkgraph.ingest.readers import lines
from linkgraph.ingest.readers.delimited import split_record
from linkgraph.ingest.readers.lines import Line
from linkgraph.ingest.readers.rows import LENGTH, LINE, MAX_LINE_BYTES, OFFSET, Rows, Unreadable, gathered, schema
from linkgraph.ingest.values.time import MONTHS

COLUMNS = ("account", "ip", "port", "time", "until", "event", "user_agent")
"""All text; null where a cell is empty. ``until`` is null for an instant."""

SERVICE = "snapchat"
NO_ADDRESSES = "rows of sections without addresses"

_SCHEMA = schema(COLUMNS)
_NAMES = {
    "username": ("username", "user_name", "user"),
    "ip": ("ip", "ip_address"),
    "port": ("port", "source_port", "client_port"),
    "timestamp": ("timestamp", "time"),
    "first": ("first_seen_time", "first_seen", "first_seen_timestamp"),
    "last": ("last_seen_time", "last_seen", "last_seen_timestamp"),
    "event": ("type", "event", "event_type"),
    "user_agent": ("user_agent",),
}
_RULER = re.compile(r'[",\s]*={4}[",=\s]*')
_TARGET = re.compile(
    r'[",\s]*(?:target|snapchat|account)[ _]?username["\s]*[:,=]["\s]*([A-Za-z0-9][A-Za-z0-9._-]{1,30})[",\s]*',
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\[?[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]+\]?(?::[0-9]+)?")
_ASCTIME = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}([0-9]{1,2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}) (?:UTC|GMT) ([0-9]{4})"
)
_LEGEND_LINES = 500


@dataclass(frozen=True, slots=True)
class SnapchatIPs:
    """Reads the addresses of a return of Snapchat."""

    name: str = "snapchat-ip-data"
    version: str = "1"
    binary: bool = False
    needs: tuple[str, ...] = ("account",)
    account: str | None = None
    """Whose return it is."""

    def recognises(self, head: bytes) -> bool:
        """Tell whether a ruler is followed by a header with addresses and times."""
        texts = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").split("\n")
        rulers = [at for at, text in enumerate(texts[:-1]) if _RULER.fullmatch(text)]
        for at in rulers:
            header = next((text for text in texts[at + 1 :] if text.strip()), "")
            columns = _columns(split_record(header.rstrip("\r"), ",") or [])
            if "ip" in columns and ("timestamp" in columns or "first" in columns):
                return True
        return False

    def read(self, stream: BinaryIO, *, batch_rows: int = 50_000) -> Iterator[Rows]:
        """Yield the rows of ``stream``; see :class:`~linkgraph.ingest.readers.rows.Reader`.

        Raises:
            UsageError: nothing says whose addresses they are.
        """
        return gathered(_Sections(self.account).rows(stream), _SCHEMA, batch_rows)


@dataclass(slots=True)
class _Sections:
    """Where in a return one is."""

    account: str | None
    width: int | None = None
    """Columns of the section; None in a legend."""
    columns: dict[str, int] = field(default_factory=dict)
    header_due: bool = False
    odd: list[Line] = field(default_factory=list)
    """Lines in a section that are no rows of it: a legend, if a ruler comes."""
    odd_bytes: int = 0

    def rows(self, stream: BinaryIO) -> Iterator[dict[str, object] | Unreadable | str]:
        """Give the rows, lines that are unreadable, and in a word what is passed over."""
        for line in lines.iterate(stream):
            if not line.raw.strip(b" \t\r"):
                continue
            fault = lines.refused(line)
            text = "" if fault else line.raw.decode()
            if fault is None and _RULER.fullmatch(text):
                # What was odd was the legend of this section.
                for one in self.odd:
                    self._legend(one.raw.decode("utf-8", "replace"))
                self.odd, self.odd_bytes = [], 0
                self.header_due, self.width = True, None
            elif self.header_due and fault is None:
                self._header(split_record(text, ",") or [])
            elif self.width is None and not self.header_due:
                self._legend(text)
            else:
                yield from self._line(line, fault, text)
        yield from self._given_up()

    def _legend(self, text: str) -> None:
        target = _TARGET.fullmatch(text)
        if target is not None and self.account is None:
            self.account = target[1]

    def _header(self, cells: Sequence[str]) -> None:
        self.columns, self.width, self.header_due = _columns(cells), len(cells), False

    def _line(self, line: Line, fault: Unreadable | None, text: str) -> Iterator[dict[str, object] | Unreadable | str]:
        cells = None if fault else split_record(text, ",")
        at = self.columns.get("ip")
        fits = cells is not None and len(cells) == self.width and len(cells) > 1
        if fits and self.odd and cells is not None:
            # Within what may be a legend only a row that is sure to be one ends it.
            fits = at is not None and _ADDRESS.fullmatch(cells[at].strip()) is not None
        if fits and cells is not None:
            yield from self._given_up()
            yield NO_ADDRESSES if at is None else self._row(line, cells)
            return
        self.odd.append(line)
        self.odd_bytes += len(line.raw)
        if len(self.odd) > _LEGEND_LINES or self.odd_bytes > MAX_LINE_BYTES:
            yield from self._given_up()

    def _given_up(self) -> Iterator[Unreadable]:
        """Give the odd lines as unreadable: no ruler came."""
        for line in self.odd:
            yield lines.refused(line) or lines.unreadable(
                line, "snapchat-row", f"The line is no row of its section, which has {self.width} columns."
            )
        self.odd, self.odd_bytes = [], 0

    def _row(self, line: Line, cells: Sequence[str]) -> dict[str, object]:
        said = {name: cells[at].strip() or None for name, at in self.columns.items()}
        account = said.get("username") or self.account
        if account is None:
            raise UsageError("Nothing in the file says whose addresses they are: name the account with --account.")
        instant = said.get("timestamp")
        return {
            "account": account,
            "ip": said.get("ip"),
            "port": said.get("port"),
            "time": _iso(instant or said.get("first")),
            "until": None if instant else _iso(said.get("last")),
            "event": said.get("event"),
            "user_agent": said.get("user_agent"),
            LINE: line.number,
            OFFSET: line.offset,
            LENGTH: len(line.raw),
        }


def _columns(header: Sequence[str]) -> dict[str, int]:
    """Give which cell is which field, by the names of the columns."""
    folded = [re.sub(r"[^a-z0-9]+", "_", name.strip().casefold()).strip("_") for name in header]
    found = {name: next((folded.index(one) for one in names if one in folded), None) for name, names in _NAMES.items()}
    return {name: at for name, at in found.items() if at is not None}


def _iso(text: str | None) -> str | None:
    """Give a time as ISO 8601; what is of neither form stays."""
    written = _ASCTIME.fullmatch(text or "")
    if written is None or written[1] not in MONTHS:
        return text
    return f"{written[4]}-{MONTHS.index(written[1]) + 1:02}-{int(written[2]):02}T{written[3]}Z"
