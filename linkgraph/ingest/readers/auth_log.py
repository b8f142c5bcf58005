r"""What OpenSSH servers write to the system log: who logged in, who tried, from where (auth.log, secure).

    Jan  5 10:00:00 host sshd[123]: Accepted password for root from 193.0.6.139 port 50022 ssh2
    2026-01-05T10:00:00.123456+01:00 host sshd[123]: Invalid user admin from 193.0.6.139 port 50023
    <38>1 2026-01-05T10:00:00Z host sshd 123 - - Connection closed by 193.0.6.139 port 50024 [preauth]

The first form has no year: the analyst states that of the first line, and it goes on by one where the month
goes back by more than half a year. A line of December behind one of January (late, or from a clock set
right) is of the year before. Such times have no zone either.

An account is one that was let in. What a client only named is in ``tried_account``: guessing a name is not
using it. A client chooses that name, and so can write what looks like the rest of a line into it; the last
address in the line is the one that the server wrote.

Lines of other programs, and what sshd says without an address, are no rows; they are counted.

Sources: RFC 3164 §4.1, RFC 5424 §6; OpenSSH 10.0, auth.c (``auth_log``), packet.c, sshd-session.c.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.errors import UsageError
from linkgraph.ingest.readers import lines
from linkgraph.ingest.readers.rows import LINE, Rows, schema
from linkgraph.ingest.values.time import MONTHS

COLUMNS = ("time", "host", "event", "account", "tried_account", "ip", "port", "repeated")
"""All text. ``host`` is the server; ``event`` the method and what came of it; ``repeated`` how often the line
before came again, where the system log says just that."""

OTHER_PROGRAMS = "lines of other programs"
OTHER_MESSAGES = "messages of sshd that name no address"

_PRIORITY = r"^(?:<[0-9]{1,3}>(?:1 )?)?"
_YEARLESS = (
    rf"{_PRIORITY}(?P<month>{'|'.join(MONTHS)}) {{1,2}}(?P<day>[0-9]{{1,2}}) "
    r"(?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?) (?P<rest>[^ ]+ .*)$"
)
_DATED = (
    rf"{_PRIORITY}(?P<time>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(?:[.,][0-9]+)?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?) (?P<rest>[^ ]+ .*)$"
)
_SSHD = (
    r"^(?P<host>[^ ]+) sshd(?:-session|-auth)?"
    r"(?:(?:\[[0-9]+\])?: | [^ ]+ [^ ]+ (?:-|(?:\[[^\]]*\])+) (?:\x{FEFF})?)"
    r"(?:\[ID [0-9]+ [^ \]]+\] )?(?P<message>.*)$"
)
_REPEATED = r"^message repeated (?P<repeated>[0-9]+) times: \[ ?(?P<message>.*)\]$"
_ADDRESS = r"(?P<ip>[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f.:]*(?:%[^ ]+)?)(?: port (?P<port>[0-9]+))?"
_TRIED = (
    r"^(?P<verdict>Accepted|Failed|Partial|Postponed) (?P<method>[^ ]+) for (?P<unknown>(?:invalid|illegal) user )?"
    r"(?P<user>.*) from (?P<ip>[^ ]+)(?: port (?P<port>[0-9]+))?(?: ssh[0-9]*)?(?: \[preauth\])?(?:: .*)?$"
)
_UNKNOWN_USER = (
    r"^(?:Invalid|Illegal) user (?P<user>.*) from (?P<ip>[^ ]+)(?: port (?P<port>[0-9]+))?(?: \[preauth\])?$"
)
_CONNECTION = (
    r"^(?P<said>Connection closed by|Connection reset by|Connection from|Disconnected from|Disconnecting|"
    rf"Received disconnect from) (?:(?P<state>authenticating |invalid )?user (?P<user>.*) )?{_ADDRESS}"
    r"(?: on .*|: .*|:[0-9]+: .*| \[preauth\])?$"
)
_MUST_BE_READ = r"^(?:Accepted|Failed|Partial|Postponed) [^ ]+ for(?: |$)|^(?:Invalid|Illegal) user(?: |$)"
"""Messages that name who came from where: one of another form is kept, not passed over.

All patterns are RE2, as Arrow runs it: linear in the length of the line, whatever a client called itself."""

_REMARK = "-- "
"""What journalctl writes between entries."""
_HALF_A_YEAR = 6
_LATE = 11
_RECOGNISED_BY = 50

_SCHEMA = pa.schema([(name, pa.string()) for name in COLUMNS])
_EMPTY = schema(COLUMNS).empty_table()

_Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class AuthLog:
    """Reads the messages of OpenSSH servers in system logs."""

    name: str = "auth-log"
    version: str = "1"
    binary: bool = False
    needs: tuple[str, ...] = ("year",)
    year: int | None = None
    """Of the first line, where lines have none."""
    block_bytes: int = lines.BLOCK_BYTES

    def recognises(self, head: bytes) -> bool:
        """Tell whether most of the first lines are of a system log and one is a message of sshd."""
        whole = pa.array([text for text in lines.first_texts(head) if not text.startswith(_REMARK)], pa.string())
        if not len(whole):
            return False
        rests = pc.coalesce(
            *(pc.struct_field(pc.extract_regex(whole, pattern=form), "rest") for form in (_YEARLESS, _DATED))
        )
        first = rests.slice(0, _RECOGNISED_BY)
        if 2 * (len(first) - first.null_count) <= len(first):
            return False
        return bool(pc.any(pc.match_substring_regex(rests, _SSHD)).as_py())

    def read(self, stream: BinaryIO, *, batch_rows: int = 500_000) -> Iterator[Rows]:
        """Yield what sshd says of addresses; see :class:`~linkgraph.ingest.readers.rows.Reader`.

        Raises:
            UsageError: the first line has no year and none is stated.
        """
        return lines.batches(stream, self.block_bytes, batch_rows, partial(_rows, _Calendar(self.year)))


@dataclass(slots=True)
class _Calendar:
    """Which year the lines have come to."""

    stated: int | None
    year: int | None = None
    month: int = 0
    """Of the last line without a year."""
    begun: bool = False
    """A line with a time has been read."""

    def years(self, months: npt.NDArray[np.int64]) -> list[int | None]:
        """Give the year of successive lines by their months (1-12).

        Raises:
            UsageError: none is stated and these lines are the first.
        """
        if self.stated is None:
            if self.begun:
                return [None] * months.size
            raise UsageError("The times of this log have no year: state that of its first line, as in --year 2026.")
        if self.year is None:
            self.year, self.month = self.stated, int(months[0])
        steps = np.diff(np.concatenate(([self.month], months)))
        turns = np.flatnonzero((steps < -_HALF_A_YEAR) | (steps >= _LATE))
        # The year before the first turn, and behind each of them.
        years = [self.year]
        for step in steps[turns].tolist():
            years.append(years[-1] + 1 if step < 0 else max(years[-1] - 1, self.stated))
        self.year, self.month = years[-1], int(months[-1])
        return list(np.repeat(years, np.diff([0, *turns.tolist(), months.size])).tolist())


def _rows(calendar: _Calendar, block: lines.Block, first: int, last: int) -> Rows:
    """Read the lines first … last - 1 of a block."""
    text, unreadable = block.texts(first, last)
    text = pc.utf8_rtrim(text, "\r\n").cast(pa.string())
    meant = pc.invert(pc.or_(pc.equal(text, ""), pc.starts_with(text, _REMARK)))
    meant_at = meant.fill_null(False).to_numpy(zero_copy_only=False)
    yearless = pc.extract_regex(text, pattern=_YEARLESS)
    dated = pc.extract_regex(text, pattern=_DATED)
    times = _times(yearless, dated, calendar)
    rests = pc.coalesce(pc.struct_field(yearless, "rest"), pc.struct_field(dated, "rest"))
    known = rests.is_valid().to_numpy(zero_copy_only=False)
    for at in np.flatnonzero(meant_at & ~known).tolist():
        unreadable[at] = lines.unreadable(
            block.line_at(first + at), "auth-log-line", "The line does not begin with a time and a host."
        )
    sshd = pc.extract_regex(rests, pattern=_SSHD)
    ours = np.flatnonzero(sshd.is_valid().to_numpy(zero_copy_only=False))
    passed = {OTHER_PROGRAMS: int(known.sum()) - ours.size}
    sshd = sshd.take(pa.array(ours))
    said = pc.struct_field(sshd, "message")
    again = pc.extract_regex(said, pattern=_REPEATED)
    said = pc.coalesce(pc.struct_field(again, "message"), said)
    common = {
        "time": times.take(pa.array(ours)),
        "host": pc.struct_field(sshd, "host"),
        "repeated": pc.struct_field(again, "repeated"),
    }
    pieces, left = _told(said, common)
    odd = left[pc.match_substring_regex(said.take(pa.array(left)), _MUST_BE_READ).to_numpy(zero_copy_only=False)]
    for at in ours[odd].tolist():
        unreadable[at] = lines.unreadable(
            block.line_at(first + at),
            "auth-log-message",
            "The message of sshd is about a login, but it is not of a form that is known.",
        )
    passed[OTHER_MESSAGES] = left.size - odd.size
    tables = [_EMPTY]
    for place, columns in pieces:
        there = ours[place]
        table = pa.table({name: columns[name] for name in COLUMNS}).cast(_SCHEMA)
        dateless = table["time"].is_null().to_numpy(zero_copy_only=False)
        for one in there[dateless].tolist():
            unreadable[one] = lines.unreadable(
                block.line_at(first + one),
                "auth-log-no-year",
                "The time has no year, unlike those of the first lines.",
                "State the year of the first such line with --year.",
            )
        tables.append(block.with_positions(table.filter(pa.array(~dateless)), first + there[~dateless]))
    table = pa.concat_tables(tables).sort_by(LINE)
    return Rows(
        table,
        [unreadable[at] for at in sorted(unreadable)],
        {what: number for what, number in passed.items() if number},
    )


def _times(yearless: pa.StructArray, dated: pa.StructArray, calendar: _Calendar) -> pa.Array:
    """Give the times of lines as ISO 8601, with an offset where they have one; null where there is none."""
    dated = pc.struct_field(dated, "time")
    at = np.flatnonzero(yearless.is_valid().to_numpy(zero_copy_only=False))
    is_dated = np.flatnonzero(dated.is_valid().to_numpy(zero_copy_only=False))
    calendar.begun = calendar.begun or (is_dated.size > 0 and (at.size == 0 or bool(is_dated[0] < at[0])))
    if not at.size:
        return dated.cast(pa.string())
    yearless = yearless.take(pa.array(at))
    months = pc.add(pc.index_in(pc.struct_field(yearless, "month"), pa.array(MONTHS, pa.string())), 1)
    years = calendar.years(months.to_numpy(zero_copy_only=False).astype(np.int64))
    written = pc.binary_join_element_wise(
        pa.array([None if year is None else f"{year:04}" for year in years], pa.string()),
        pc.utf8_lpad(months.cast(pa.string()), 2, "0"),
        pc.binary_join_element_wise(
            pc.utf8_lpad(pc.struct_field(yearless, "day"), 2, "0"), pc.struct_field(yearless, "clock"), "T"
        ),
        "-",
    )
    place = np.full(len(dated), -1, np.int64)
    place[at] = np.arange(at.size)
    whole = written.take(pa.array(place, mask=place < 0))
    return pc.coalesce(whole, dated).cast(pa.string())


def _told(
    said: pa.Array, common: dict[str, pa.Array]
) -> tuple[list[tuple[_Positions, dict[str, pa.Array]]], _Positions]:
    """Read messages; give the columns of each form with the messages they are of, and the messages left."""
    left = np.arange(len(said))
    pieces = []
    for pattern, tell in ((_TRIED, _of_try), (_UNKNOWN_USER, _of_unknown_user), (_CONNECTION, _of_connection)):
        found = pc.extract_regex(said.take(pa.array(left)), pattern=pattern)
        matched = found.is_valid().to_numpy(zero_copy_only=False)
        place = left[matched]
        left = left[~matched]
        found = found.filter(pa.array(matched))
        parts = {part.name: _stated(value) for part, value in zip(found.type, found.flatten(), strict=True)}
        there = {name: column.take(pa.array(place)) for name, column in common.items()}
        pieces.append((place, {**there, "ip": parts["ip"], "port": parts["port"], **tell(parts)}))
    return pieces, left


def _of_try(parts: dict[str, pa.Array]) -> dict[str, pa.Array]:
    accepted = pc.equal(parts["verdict"], "Accepted")
    event = pc.binary_join_element_wise(pc.utf8_lower(parts["verdict"]), parts["method"], " ")
    unknown = pc.binary_join_element_wise(event, "invalid user", ", ")
    return {
        "event": pc.if_else(parts["unknown"].is_valid(), unknown, event),
        **_user(parts["user"], accepted),
    }


def _of_unknown_user(parts: dict[str, pa.Array]) -> dict[str, pa.Array]:
    size = len(parts["user"])
    return {
        "event": pa.array(["invalid user"] * size, pa.string()),
        **_user(parts["user"], pa.array(np.zeros(size, np.bool_))),
    }


def _of_connection(parts: dict[str, pa.Array]) -> dict[str, pa.Array]:
    # "user x" alone is one that is logged in; "authenticating user x" and "invalid user x" are not.
    said = pc.utf8_lower(pc.replace_substring_regex(parts["said"], " (?:by|from)$", ""))
    return {"event": said, **_user(parts["user"], parts["state"].is_null())}


def _user(user: pa.Array, let_in: pa.Array) -> dict[str, pa.Array]:
    nobody = pa.scalar(None, pa.string())
    return {
        "account": pc.if_else(let_in, user, nobody),
        "tried_account": pc.if_else(let_in, nobody, user),
    }


def _stated(texts: pa.Array) -> pa.Array:
    """A group of RE2 that took no part in a match is empty."""
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
