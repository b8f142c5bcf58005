r"""Logins in returns of Kik (``logs/bind.txt``): tab-separated lines without a header.

    …  user  address  port  time  info

The fifth column is the time, in epoch milliseconds (UTC; seconds too) or as ISO 8601; the first is not read.
The last, ``info``, may be missing or hold tabs. A line of fewer than five columns is unreadable.

Text beyond ASCII is often the bytes of UTF-8 each written as a character of Latin-1, or as an escape
(``\xc3\xa9``). It is read as what those bytes say where all of them are UTF-8, else it stays.

Source: RLEAPP, kikReturns.py (a public parser of such returns); Kik, "Guide for law enforcement".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from linkgraph.ingest.readers import lines
from linkgraph.ingest.readers.lines import Line
from linkgraph.ingest.readers.rows import LENGTH, LINE, OFFSET, Rows, Unreadable, gathered, schema

COLUMNS = ("account", "ip", "port", "time", "event")
"""All text; null where a cell is empty. ``time`` is ISO 8601 where the file has an epoch."""

SERVICE = "kik"

_SCHEMA = schema(COLUMNS)
_EPOCH = re.compile("[0-9]{9,10}|[0-9]{12,13}")
_ESCAPES = re.compile(r"(?:\\x[0-9a-fA-F]{2})+")
_LIKE = re.compile(
    r"[^\t]*\t[^\t]+\t(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f:.]{0,45}:[0-9A-Fa-f:.]{0,45})\t[0-9]{0,5}"
    r"\t(?:[0-9]{12,13}|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][^\t]*)(?:\t.*)?"
)
_RECOGNISED_BY = 50


@dataclass(frozen=True, slots=True)
class KikBind:
    """Reads the logins of a return of Kik."""

    name: str = "kik-bind"
    version: str = "1"
    binary: bool = False
    needs: tuple[str, ...] = ()

    def recognises(self, head: bytes) -> bool:
        """Tell whether most of the first lines have user, address, port and time where this format has them."""
        texts = lines.first_texts(head)[:_RECOGNISED_BY]
        return 2 * sum(_LIKE.fullmatch(text) is not None for text in texts) > len(texts)

    def read(self, stream: BinaryIO, *, batch_rows: int = 50_000) -> Iterator[Rows]:
        """Yield the logins of ``stream``; see :class:`~linkgraph.ingest.readers.rows.Reader`."""
        return gathered(map(_read, (line for line in lines.iterate(stream) if line.raw)), _SCHEMA, batch_rows)


def _read(line: Line) -> dict[str, object] | Unreadable:
    fault = lines.refused(line)
    if fault is not None:
        return fault
    cells = line.raw.decode().split("\t", 5)
    if len(cells) < 5:
        return lines.unreadable(line, "kik-short-row", f"The line has {len(cells)} columns; a login has at least five.")
    _, account, ip, port, time, *info = (cell.strip(" ") for cell in cells)
    return {
        "account": _repaired(account) or None,
        "ip": ip or None,
        "port": port or None,
        "time": _iso(time) or None,
        "event": _repaired("".join(info)) or None,
        LINE: line.number,
        OFFSET: line.offset,
        LENGTH: len(line.raw),
    }


def _iso(text: str) -> str:
    """Give an epoch as ISO 8601 in UTC; what is none stays."""
    if not _EPOCH.fullmatch(text):
        return text
    ticks = int(text) if len(text) > 10 else int(text) * 1000
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ticks)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _repaired(text: str) -> str:
    """Give text whose bytes of UTF-8 were written one by one, as characters or escapes, as it was."""
    text = _ESCAPES.sub(_from_escapes, text)
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def _from_escapes(escapes: re.Match[str]) -> str:
    try:
        return bytes.fromhex(escapes[0].replace("\\x", "")).decode()
    except UnicodeDecodeError:
        return escapes[0]
