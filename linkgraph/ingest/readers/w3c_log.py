r"""Web-server logs in the W3C extended format, as IIS writes them; CloudFront's are of the kind.

    #Fields: date time cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status

``#Fields`` says what the columns are and may come again with others. Dates and times are in GMT: they are
given with a ``Z``. Where lines have a time alone its day is the one of the last ``#Date``, and the next day
once the clock has gone from evening to morning. ``-`` is nothing; ``+`` stands for a blank in the user agent
and stays what it is elsewhere, where it may have been a plus.

A log that does not name the client's address (``c-ip``) is not taken for one of these: the log of the Windows
firewall looks alike and writes local times.

Source: W3C working draft WD-logfile-960323, "Extended Log File Format"; Microsoft, "W3C Extended Log File
Format (IIS 6.0)"; Amazon CloudFront developer guide, "Standard log file fields".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.ingest.readers import lines
from linkgraph.ingest.readers.rows import LINE, Rows, schema
from linkgraph.ingest.values.time import FIRST_YEAR, LAST_YEAR

COLUMNS = (
    "ip",
    "port",
    "user",
    "time",
    "method",
    "host",
    "target",
    "status",
    "user_agent",
    "forwarded",
)
"""All text; null where the log has ``-`` or no such field. ``port`` is the client's, never the server's;
``target`` is stem and query as one; ``forwarded`` is what proxies said the client was, unproven."""

_NAMES = {
    "ip": ("c-ip",),
    "port": ("c-port",),
    "user": ("cs-username",),
    "date": ("date",),
    "clock": ("time",),
    "method": ("cs-method",),
    "host": ("cs-host", "cs(host)"),
    "uri": ("cs-uri",),
    "stem": ("cs-uri-stem",),
    "query": ("cs-uri-query",),
    "status": ("sc-status",),
    "user_agent": ("cs(user-agent)",),
    "forwarded": ("x-forwarded-for", "cs(x-forwarded-for)"),
}
_DIRECTIVE = re.compile(r"#\s*([A-Za-z-]+):\s*(.*)")
_FIELDS = re.compile(rb"^#\s*Fields:[^\n]*[ \t]c-ip(?:[ \t\r]|$)", re.IGNORECASE | re.MULTILINE)
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[ T].*)?")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::[0-6][0-9](?:\.[0-9]+)?)?")
# Strings in quotes may hold blanks and "" (WD-logfile); IIS quotes nothing, so a quote may be just that.
_TOKEN = re.compile(r'"(?:[^"]|"")*"(?=[ \t]|$)|[^ \t]+')
_EVENING = 12 * 60
"""Minutes the clock must go back for a new day; requests are logged as they end, so it may go back a little."""

_Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class W3CLog:
    """Reads W3C extended logs of web servers."""

    name: str = "w3c-log"
    version: str = "1"
    binary: bool = False
    needs: tuple[str, ...] = ()
    block_bytes: int = lines.BLOCK_BYTES

    def recognises(self, head: bytes) -> bool:
        """Tell whether the file begins with directives, one of which names the client's address as a field."""
        text = head.removeprefix(b"\xef\xbb\xbf")
        return text.startswith(b"#") and _FIELDS.search(text) is not None

    def read(self, stream: BinaryIO, *, batch_rows: int = 500_000) -> Iterator[Rows]:
        """Yield the entries of ``stream``; see :class:`~linkgraph.ingest.readers.rows.Reader`."""
        return lines.batches(stream, self.block_bytes, batch_rows, partial(_rows, _Said()))


@dataclass(slots=True)
class _Said:
    """What the directives so far say of the lines that follow."""

    fields: tuple[str, ...] = ()
    day: date | None = None
    minute: int = -1
    """Of the day; of the last line that had a time alone."""


def _rows(said: _Said, block: lines.Block, first: int, last: int) -> Rows:
    """Read the lines first … last - 1 of a block."""
    text, unreadable = block.texts(first, last)
    text = pc.utf8_rtrim(text, "\r\n")
    directives = pc.starts_with(text, "#").fill_null(False).to_numpy(zero_copy_only=False)
    entries = pc.not_equal(text, "").fill_null(False).to_numpy(zero_copy_only=False) & ~directives
    layouts: dict[tuple[str, ...], list[npt.NDArray[np.int64]]] = {}
    days: list[tuple[int, date | None]] = []
    start = 0
    for at in [*np.flatnonzero(directives).tolist(), last - first]:
        if start < at:
            layouts.setdefault(said.fields, []).append(np.arange(start, at))
        start = at + 1
        if at < last - first:
            _direct(text[at].as_py(), at, said, days)
    pieces = []
    clocks: dict[int, str] = {}
    for fields, spans in layouts.items():
        place = np.concatenate(spans)
        place = place[entries[place]]
        if not fields:
            for at in place.tolist():
                unreadable[at] = lines.unreadable(
                    block.line_at(first + at),
                    "w3c-no-fields",
                    "The line stands before the #Fields directive that would say what its columns are.",
                )
        elif place.size:
            table, wrong = _columns(text, place, fields, clocks)
            for at, width in wrong.items():
                unreadable[at] = lines.unreadable(
                    block.line_at(first + at),
                    "w3c-width",
                    f"The line has {width:,} columns; #Fields names {len(fields):,}.",
                )
            kept = np.array([at for at in place.tolist() if at not in wrong], np.int64) if wrong else place
            pieces.append(block.with_positions(table, first + kept))
    whole = pa.concat_tables([_EMPTY, *pieces])
    if len(pieces) > 1:
        whole = whole.sort_by(LINE)
    whole = _dated(whole, block.line + first, clocks, days, said)
    return Rows(whole, [unreadable[at] for at in sorted(unreadable)])


_SCHEMA = pa.schema([(name, pa.string()) for name in COLUMNS])
_EMPTY = schema(COLUMNS).empty_table()


def _direct(text: str, at: int, said: _Said, days: list[tuple[int, date | None]]) -> None:
    """Take in a directive; others than of fields and date say nothing of the lines."""
    directive = _DIRECTIVE.fullmatch(text)
    if directive is None:
        return
    name = directive[1].lower()
    if name == "fields":
        said.fields = tuple(directive[2].lower().split())
    elif name == "date":
        days.append((at, _day(directive[2])))


def _day(text: str) -> date | None:
    written = _DATE.fullmatch(text.strip())
    try:
        day = date(*map(int, written.groups())) if written else None
    except ValueError:
        return None
    return day if day is not None and FIRST_YEAR <= day.year <= LAST_YEAR else None


def _columns(
    text: pa.Array, place: _Positions, fields: Sequence[str], clocks: dict[int, str]
) -> tuple[pa.Table, dict[int, int]]:
    """Split the lines at ``place``; give their columns, and how wide those are that are of another width.

    Lines with a time and no date leave that in ``clocks``.
    """
    cells, rank, wrong = _cells(text, place, len(fields))
    size = rank.size
    found = {}
    for name, names in _NAMES.items():
        column = next((fields.index(one) for one in names if one in fields), None)
        found[name] = pa.nulls(size, pa.string()) if column is None else _stated(cells.take(pa.array(rank + column)))
    if "date" in fields:
        found["time"] = pc.binary_join_element_wise(
            found["date"], pc.binary_join_element_wise(found["clock"], "Z", ""), "T"
        )
    else:
        found["time"] = pa.nulls(size, pa.string())
        kept = [at for at in place.tolist() if at not in wrong]
        clocks |= {at: clock for at, clock in zip(kept, found["clock"].to_pylist(), strict=True) if clock}
    asked = pc.if_else(
        found["query"].is_null(), found["stem"], pc.binary_join_element_wise(found["stem"], found["query"], "?")
    )
    found["target"] = pc.coalesce(asked, found["uri"])
    found["user_agent"] = pc.replace_substring(found["user_agent"], "+", " ")
    return pa.table({name: found[name] for name in COLUMNS}, schema=_SCHEMA), wrong


def _cells(text: pa.Array, place: _Positions, width: int) -> tuple[pa.Array, _Positions, dict[int, int]]:
    """Give the cells of lines, where those of each line begin among them, and the lines of another width."""
    chosen = text.take(pa.array(place))
    tabs = pc.match_substring(chosen, "\t")
    quotes = pc.match_substring(chosen, '"')
    order: list[_Positions] = []
    flat: list[pa.Array] = []
    odd = quotes.to_numpy(zero_copy_only=False)
    for separator, among in ((" ", pc.invert(tabs)), ("\t", tabs)):
        at = np.flatnonzero(among.to_numpy(zero_copy_only=False) & ~odd)
        parts = pc.split_pattern(chosen.take(pa.array(at)), separator)
        fits = pc.equal(pc.list_value_length(parts), width)
        # Two blanks in a row make an empty cell, which no field is.
        fits_there = fits.to_numpy(zero_copy_only=False)
        values = parts.filter(fits).flatten().cast(pa.string())
        empty = pc.equal(values, "").to_numpy(zero_copy_only=False).reshape(-1, width).any(axis=1)
        whole = at[fits_there]
        if separator == " ":
            odd[whole[empty]] = True
            values = values.filter(pa.array(np.repeat(~empty, width)))
            whole = whole[~empty]
        odd[at[~fits_there]] = True
        order.append(whole)
        flat.append(values)
    wrong: dict[int, int] = {}
    slow: list[str] = []
    late: list[int] = []
    for number in np.flatnonzero(odd).tolist():
        tokens = [_unquoted(token) for token in _TOKEN.findall(chosen[number].as_py())]
        if len(tokens) == width:
            late.append(number)
            slow += tokens
        else:
            wrong[int(place[number])] = len(tokens)
    order.append(np.array(late, np.int64))
    flat.append(pa.array(slow, pa.string()))
    rank = np.argsort(np.concatenate(order), kind="stable") * width
    return pa.concat_arrays(flat), rank, wrong


def _unquoted(token: str) -> str:
    if len(token) > 1 and token[0] == token[-1] == '"':
        return token[1:-1].replace('""', '"')
    return token


def _stated(texts: pa.Array) -> pa.Array:
    return pc.if_else(pc.is_in(texts, pa.array(["-", ""])), pa.scalar(None, pa.string()), texts)


def _dated(
    table: pa.Table, line: int, clocks: dict[int, str], days: list[tuple[int, date | None]], said: _Said
) -> pa.Table:
    """Give the lines that have a time alone the day that the directives and the clock say."""
    if not clocks:
        if days:
            said.day, said.minute = days[-1][1], -1
        return table
    times = table["time"].to_pylist()
    due = days[::-1]
    for row, number in enumerate(table[LINE].to_pylist()):
        at = number - line
        clock = clocks.get(at)
        while due and due[-1][0] < at:
            said.day, said.minute = due.pop()[1], -1
        if clock is None:
            continue
        written = _CLOCK.fullmatch(clock)
        if written is not None and said.day is not None:
            minute = int(written[1]) * 60 + int(written[2])
            if minute < said.minute - _EVENING:
                said.day += timedelta(days=1)
            said.minute = minute
            if said.day.year > LAST_YEAR:
                # No log goes on for so many days: its times are of none.
                said.day = None
        times[row] = f"{said.day or ''}T{clock}Z"
    if due:
        said.day, said.minute = due[0][1], -1
    return table.set_column(table.column_names.index("time"), "time", pa.array(times, pa.string()))
