"""Times: from the way a column writes them to instants on the UTC time line.

How a column writes its times is decided once, from the whole column, and is then one explicit form
with one regular expression; nothing is guessed cell by cell. :func:`clean` reads one cell and is the
truth; :func:`clean_column` gives the same answers for a column at a time.

Sources: ISO 8601-1:2019 (24:00, Z, offsets), RFC 2822 §3.3, RFC 3339 §5.6, PEP 495 (gap and fold),
the SWIFT user handbook on YYMMDD (80–99 are 19xx, 00–79 are 20xx).
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.errors import UsageError
from linkgraph.ingest.values.result import Clean, Reason
from linkgraph.ingest.values.text import quoted
from linkgraph.model import ZoneStatus
from linkgraph.zone import zone as iana_zone

FIRST_YEAR, LAST_YEAR = 1980, 2100
"""Years outside are typing errors, empty clocks or fillers such as 1970-01-01 and 9999-12-31."""

_LARGEST_OFFSET = 14 * 3600
"""Seconds; UTC+14 (Kiribati) is the largest in use."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_FIRST_SECOND = int(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp())
_END_SECOND = int(datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp())
_STATUSES = tuple(ZoneStatus)

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = tuple(month.lower() for month in MONTHS)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class TimeForm:
    """How a column writes its times."""

    name: str
    """As a mapping states it: ``iso``, ``epoch-ms``, ``%d/%m/%Y %H:%M``."""
    pattern: re.Pattern[str]
    """Matches a whole cell. Groups, as far as the form has them: ``year`` or ``year2``, ``month`` or
    ``month_name``, ``day``, ``weekday``, ``hour``, ``minute``, ``second``, ``fraction``, ``half`` (AM,
    PM), ``utc``, ``sign``, ``offset_hour``, ``offset_minute``, ``zone``; or ``ticks`` of an epoch."""
    has_offset: bool
    """Every cell carries its offset from UTC or is UTC by definition: no zone needs to be stated."""
    date_only: bool
    """A calendar day without a time of day."""
    ticks: int = 0
    """Epoch forms: ticks in a second. Others: 0."""
    utc: bool = False
    """What carries no offset is UTC, because the name of the column says so."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a written time lies on the UTC time line."""

    first: datetime
    """Aware, UTC: the earliest instant that is meant."""
    last: datetime
    """Aware, UTC: the latest; equal to ``first`` unless the status is ambiguous or it is a day."""
    utc_offset: int | None
    """Seconds east of UTC: local time = ``first`` + offset. None where no zone is known."""
    status: ZoneStatus


@dataclass(frozen=True, slots=True)
class TimeColumn:
    """A column of moments; all arrays have one item per cell."""

    first: pa.Array
    """timestamp('us', UTC)."""
    last: pa.Array
    """timestamp('us', UTC)."""
    utc_offset: pa.Array
    """int32, seconds east."""
    status: pa.Array
    """dictionary of string: values of :class:`~linkgraph.model.ZoneStatus`."""
    refused: list[tuple[int, Reason]] = field(default_factory=list)
    """Position and reason of the cells that are no time in this form, in order; null in the arrays."""


# -- forms ---------------------------------------------------------------------------------------

_CLOCK = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
_CLOCK_12 = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?(?: ?(?P<half>[AP]M))?"
_OFFSET = r"(?P<sign>[+-])(?P<offset_hour>[0-9]{2})(?::?(?P<offset_minute>[0-9]{2}))?"
_ZONE = r"(?P<zone>[A-Z]+(?:/[A-Z0-9_+-]+){1,2})"
_UTC = r"(?P<utc>Z|UTC|GMT|UT)"
_YEAR, _MONTH, _DAY_OF_MONTH = r"(?P<year>[0-9]{4})", r"(?P<month>[0-9]{2})", r"(?P<day>[0-9]{2})"
_MONTH_1, _DAY_1 = r"(?P<month>[0-9]{1,2})", r"(?P<day>[0-9]{1,2})"
_MONTH_NAME = f"(?P<month_name>{'|'.join(_MONTHS)})"
_WEEKDAY = f"(?P<weekday>{'|'.join(_WEEKDAYS)})"
_ISO_DATE = f"{_YEAR}-{_MONTH}-{_DAY_OF_MONTH}"


def _form(name: str, pattern: str, *, has_offset: bool = False, date_only: bool = False, ticks: int = 0) -> TimeForm:
    # ASCII: else IGNORECASE would let ſ (U+017F) pass for s.
    return TimeForm(name, re.compile(pattern, re.ASCII | re.IGNORECASE), has_offset, date_only, ticks)


_FORMS = {
    form.name: form
    for form in (
        _form("iso-offset", rf"{_ISO_DATE}[T ]{_CLOCK}(?: ?(?:{_UTC}|{_OFFSET}))?", has_offset=True),
        _form("iso", rf"{_ISO_DATE}[T ]{_CLOCK}(?: ?(?:{_UTC}|{_OFFSET}))?"),
        _form("date", _ISO_DATE, date_only=True),
        _form("yyyy/mm/dd hh:mm", rf"{_YEAR}/{_MONTH_1}/{_DAY_1} {_CLOCK}"),
        _form("yyyy/mm/dd", f"{_YEAR}/{_MONTH_1}/{_DAY_1}", date_only=True),
        _form("dd/mm/yyyy hh:mm", rf"{_DAY_1}/{_MONTH_1}/{_YEAR},? {_CLOCK_12}"),
        _form("mm/dd/yyyy hh:mm", rf"{_MONTH_1}/{_DAY_1}/{_YEAR},? {_CLOCK_12}"),
        _form("dd/mm/yyyy", f"{_DAY_1}/{_MONTH_1}/{_YEAR}", date_only=True),
        _form("mm/dd/yyyy", f"{_MONTH_1}/{_DAY_1}/{_YEAR}", date_only=True),
        _form("dd.mm.yyyy hh:mm", rf"{_DAY_1}\.{_MONTH_1}\.{_YEAR},? {_CLOCK_12}"),
        _form("dd.mm.yyyy", rf"{_DAY_1}\.{_MONTH_1}\.{_YEAR}", date_only=True),
        _form(
            "dd/mm/yyyy hh:mm offset",
            rf"{_DAY_1}/{_MONTH_1}/{_YEAR},? {_CLOCK_12} ?(?:{_UTC}|{_OFFSET}|{_ZONE})",
            has_offset=True,
        ),
        _form(
            "mm/dd/yyyy hh:mm offset",
            rf"{_MONTH_1}/{_DAY_1}/{_YEAR},? {_CLOCK_12} ?(?:{_UTC}|{_OFFSET}|{_ZONE})",
            has_offset=True,
        ),
        _form(
            "dd.mm.yyyy hh:mm offset",
            rf"{_DAY_1}\.{_MONTH_1}\.{_YEAR},? {_CLOCK_12} ?(?:{_UTC}|{_OFFSET}|{_ZONE})",
            has_offset=True,
        ),
        _form("access-log", rf"\[?{_DAY_OF_MONTH}/{_MONTH_NAME}/{_YEAR}:{_CLOCK} {_OFFSET}\]?", has_offset=True),
        _form(
            "asctime-utc",
            rf"{_WEEKDAY} {_MONTH_NAME} {{1,2}}{_DAY_1} {_CLOCK} {_UTC} {_YEAR}",
            has_offset=True,
        ),
        _form("asctime", rf"{_WEEKDAY} {_MONTH_NAME} {{1,2}}{_DAY_1} {_CLOCK} {_YEAR}"),
        _form(
            "rfc-2822",
            rf"(?:{_WEEKDAY}, ?)?{_DAY_1} {_MONTH_NAME} {_YEAR} {_CLOCK} (?:{_UTC}|{_OFFSET})",
            has_offset=True,
        ),
        _form("epoch-s", r"(?P<ticks>[0-9]{9,10})(?:\.(?P<fraction>[0-9]{1,9}))?", has_offset=True, ticks=1),
        _form("epoch-ms", r"(?P<ticks>[0-9]{12,13})", has_offset=True, ticks=1_000),
        _form("epoch-us", r"(?P<ticks>[0-9]{15,16})", has_offset=True, ticks=1_000_000),
        _form("epoch-ns", r"(?P<ticks>[0-9]{18,19})", has_offset=True, ticks=1_000_000_000),
        _form("yymmdd", f"(?P<year2>[0-9]{{2}}){_MONTH}{_DAY_OF_MONTH}", date_only=True),
    )
}
_BY_NAME_ONLY = frozenset({"yymmdd", "iso-offset"})
"""Never recognised by themselves: six digits may be anything; the other is ``iso`` seen whole."""
_DAY_FIRST = {f"dd/mm/yyyy{rest}": f"mm/dd/yyyy{rest}" for rest in ("", " hh:mm", " hh:mm offset")}
_STATED_UTC = " (UTC)"

FORM_NAMES = tuple(_FORMS)
"""What a mapping may state, beside a strptime pattern."""

_DIRECTIVES = {
    "Y": _YEAR,
    "y": "(?P<year2>[0-9]{2})",
    "m": _MONTH_1,
    "d": _DAY_1,
    "H": "(?P<hour>[0-9]{1,2})",
    "I": "(?P<hour>[0-9]{1,2})",
    "M": "(?P<minute>[0-9]{1,2})",
    "S": "(?P<second>[0-9]{1,2})",
    "f": "(?P<fraction>[0-9]{1,9})",
    "p": "(?P<half>[AP]M)",
    "z": f"(?:{_UTC}|{_OFFSET})",
    "Z": _UTC,
    "b": _MONTH_NAME,
    "a": _WEEKDAY,
    "%": "%",
}
_COMPOUND = {"T": "%H:%M:%S", "R": "%H:%M", "D": "%m/%d/%y", "F": "%Y-%m-%d", "h": "%b"}
_NUMERIC = frozenset("YymdHIMSf")


def form(name: str) -> TimeForm | Reason:
    """Give the form a mapping states: one of :data:`FORM_NAMES` or a strptime pattern.

    In a pattern a number takes one or two digits, but two where another number follows at once
    (``%Y%m%d``); ``%f`` takes up to nine. A ``Z``, ``UTC`` or ``GMT`` at its end says that the times
    are UTC; ``(UTC)`` behind a form says that those without an offset are. Month and weekday names are English.
    """
    if name.strip().endswith(_STATED_UTC):
        known_without = form(name.strip().removesuffix(_STATED_UTC))
        return known_without if isinstance(known_without, Reason) else as_utc(known_without)
    known = _FORMS.get(name.strip().lower())
    if known is not None:
        return known
    if "%" not in name:
        return Reason(
            "time-form-unknown",
            f"'{quoted(name)}' is no form of time.",
            f"Use a pattern such as %d/%m/%Y %H:%M, or one of: {', '.join(FORM_NAMES)}.",
        )
    return _from_strptime(name)


def as_utc(form: TimeForm) -> TimeForm:
    """Give the form for a column whose name says that its times are UTC; a day stays a day."""
    if form.has_offset or form.date_only:
        return form
    return replace(form, name=form.name + _STATED_UTC, has_offset=True, utc=True)


def _from_strptime(pattern: str) -> TimeForm | Reason:
    text = re.sub(r"%([TRDFh])", lambda found: _COMPOUND[found[1]], pattern)
    literal_utc = re.search(r"(?<![%A-Za-z])(?:Z|UTC|GMT)$", re.sub(r"%.", "0", text))
    if literal_utc:
        text = text[: -len(literal_utc[0])] + "%Z"
    parts: list[str] = []
    used: list[str] = []
    pieces = re.findall(r"%.|[^%]|%$", text, re.DOTALL)
    for at, piece in enumerate(pieces):
        if len(piece) == 1 and piece != "%":
            parts.append(re.escape(piece))
            continue
        letter = piece[1:]
        if letter not in _DIRECTIVES or (letter in used and letter != "%"):
            return Reason(
                "time-pattern",
                f"The time pattern '{quoted(pattern)}' cannot be used: '{quoted(piece)}'.",
                f"Known, each once: {' '.join('%' + known for known in (*_DIRECTIVES, *_COMPOUND))}.",
            )
        part = _DIRECTIVES[letter]
        following = pieces[at + 1] if at + 1 < len(pieces) else ""
        neighbour = pieces[at - 1] if at else ""
        if any(len(next_to) == 2 and next_to[1] in _NUMERIC for next_to in (following, neighbour)):
            part = part.replace("{1,2}", "{2}")
        used.append(letter)
        parts.append(part)
    given = set(used)
    whole_date = given & {"Y", "y"} and given & {"m", "b"} and "d" in given
    twice = {"Y", "y"} <= given or {"m", "b"} <= given or {"H", "I"} <= given or {"z", "Z"} <= given
    clock = bool(given & {"H", "I"})
    adrift = not clock and given & {"M", "S", "f", "p"}
    if not whole_date or twice or adrift or ("I" in given) != ("p" in given):
        return Reason(
            "time-pattern",
            f"The time pattern '{quoted(pattern)}' does not say one whole time.",
            "It needs year, month and day once each; minutes need hours, and %I needs %p.",
        )
    return _form(pattern, "".join(parts), has_offset=bool(given & {"z", "Z"}), date_only=not clock)


def recognise(values: Sequence[str]) -> TimeForm | Reason:
    """Choose the one form that most cells of a column are written in.

    Args:
        values: a sample of the column, the larger the better; empty cells do not count.

    An empty sample is ``iso``: nothing speaks against it and nothing is read by it. Day or month
    first is decided by the whole sample (one day above 12 is enough) or not at all.
    """
    filled = [text for value in values if (text := value.strip(" \t"))]
    if not filled:
        return _FORMS["iso"]
    fits = {
        name: {at for at, text in enumerate(filled) if isinstance(_written(text, known), _Written)}
        for name, known in _FORMS.items()
        if name not in _BY_NAME_ONLY
    }
    name = max(fits, key=lambda candidate: len(fits[candidate]))
    for day_first, month_first in _DAY_FIRST.items():
        either = fits[day_first] | fits[month_first]
        if name in (day_first, month_first) and len(either) * 2 > len(filled):
            return _day_or_month_first(day_first, month_first, fits, filled)
    if len(fits[name]) * 2 <= len(filled):
        odd = next((text for at, text in enumerate(filled) if at not in fits[name]), filled[0])
        return Reason(
            "time-form-unknown",
            f"No one form fits most of the times; one of them is '{quoted(odd)}'.",
            "State the form in the mapping, by name or as a pattern such as %d.%m.%Y %H:%M.",
        )
    units = [other for other in fits if _FORMS[other].ticks and fits[other]]
    if _FORMS[name].ticks and len(units) > 1:
        return Reason(
            "time-mixed-epochs",
            f"The column mixes times in {' and '.join(units)}.",
            "State in the mapping which one is meant; the others go to quarantine.",
        )
    if name == "iso":
        has_offset = all(_states_offset(filled[at]) for at in fits[name])
        return _FORMS["iso-offset" if has_offset else "iso"]
    return _FORMS[name]


def _states_offset(text: str) -> bool:
    match = _FORMS["iso"].pattern.fullmatch(text)
    return match is not None and bool(match["utc"] or match["sign"])


def _day_or_month_first(
    day_first: str, month_first: str, fits: dict[str, set[int]], filled: Sequence[str]
) -> TimeForm | Reason:
    only_day, only_month = fits[day_first] - fits[month_first], fits[month_first] - fits[day_first]
    if only_day and not only_month:
        return _FORMS[day_first]
    if only_month and not only_day:
        return _FORMS[month_first]
    stated = f"State '{day_first}' or '{month_first}' in the mapping."
    if only_day:
        one, other = filled[min(only_day)], filled[min(only_month)]
        return Reason("time-mixed-order", f"'{quoted(one)}' has the day first and '{quoted(other)}' the month.", stated)
    return Reason(
        "time-ambiguous-order",
        f"Nothing in the column says whether '{quoted(filled[0])}' has the day or the month first.",
        stated,
    )


# -- one cell ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Written:
    """What a cell says, before a zone is applied."""

    local: datetime
    """Naive; for an epoch UTC."""
    offset: int | None
    """Seconds east, where the cell states it."""
    notes: tuple[str, ...]
    zone: str | None = None
    """Name of the IANA zone that the cell states instead."""


def clean(raw: str, *, form: TimeForm, zone: ZoneInfo | None) -> Clean[Moment] | Reason:
    """Read one time as its column writes it.

    Args:
        raw: the cell; blanks and tabs around it do not count.
        form: how the column writes its times.
        zone: the zone stated for the source; used only where the cell carries no offset.

    24:00 is 00:00 of the next day (ISO 8601-1 §4.3.8); a leap second :60 is read as :59; digits
    beyond microseconds are cut off; all three are noted. A local time that the clock skipped is
    refused, one that it showed twice is ambiguous, with both instants as bounds.
    """
    text = raw.strip(" \t")
    if not text:
        return Reason("time-empty", "There is no time.")
    written = _written(text, form)
    if isinstance(written, Reason):
        return written
    moment = _placed(written, form, zone, text)
    return moment if isinstance(moment, Reason) else Clean(moment, written.notes)


def _written(text: str, form: TimeForm) -> _Written | Reason:
    match = form.pattern.fullmatch(text)
    if form.ticks:
        return _from_epoch(text, match, form)
    if match is None:
        return Reason("time-form", f"'{quoted(text)}' is not written in the form '{quoted(form.name)}'.")
    parts = match.groupdict()
    year = _year(parts)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return Reason("time-range", f"'{quoted(text)}' is not between {FIRST_YEAR} and {LAST_YEAR}.")
    name = parts.get("month_name")
    month = _MONTHS.index(name.lower()) + 1 if name else int(parts["month"])
    day = int(parts["day"])
    if not 1 <= month <= 12 or not 1 <= day <= monthrange(year, month)[1]:
        return Reason("time-no-such-day", f"'{quoted(text)}' names a day that no calendar has.")
    hour, minute, second = (int(parts.get(unit) or 0) for unit in ("hour", "minute", "second"))
    fraction = parts.get("fraction") or ""
    notes = []
    half = parts.get("half")
    if half:
        if not 1 <= hour <= 12:
            return Reason("time-no-such-hour", f"'{quoted(text)}' names an hour that no clock shows.")
        hour = hour % 12 + 12 * (half.upper() == "PM")
    next_day = hour == 24 and minute == second == 0 and not fraction.strip("0")
    if next_day:
        notes.append("24:00 read as 00:00 of the next day")
        hour = 0
    if second == 60:
        notes.append("leap second :60 read as :59")
        second = 59
    if hour > 23 or minute > 59 or second > 59:
        return Reason("time-no-such-hour", f"'{quoted(text)}' names a time of day that no clock shows.")
    if len(fraction) > 6:
        notes.append("digits beyond microseconds cut off")
    weekday = parts.get("weekday")
    if weekday and _WEEKDAYS.index(weekday.lower()) != date(year, month, day).weekday():
        notes.append("the weekday does not fit the date")
    offset = _offset(parts)
    if offset is not None and abs(offset) > _LARGEST_OFFSET:
        return Reason("time-offset", f"'{quoted(text)}' has an offset from UTC that no place uses.")
    local = datetime(year, month, day, hour, minute, second, _micro(fraction))
    return _Written(local + timedelta(days=int(next_day)), offset, tuple(notes), parts.get("zone"))


def _year(parts: dict[str, str | None]) -> int:
    if parts.get("year"):
        return int(parts["year"] or 0)
    short = int(parts["year2"] or 0)
    return short + (1900 if short >= 80 else 2000)


def _micro(fraction: str) -> int:
    return int(fraction[:6].ljust(6, "0"))


def _offset(parts: dict[str, str | None]) -> int | None:
    if parts.get("utc"):
        return 0
    sign = parts.get("sign")
    if not sign:
        return None
    hours, minutes = int(parts["offset_hour"] or 0), int(parts["offset_minute"] or 0)
    if minutes > 59:
        return _LARGEST_OFFSET + 1
    return (hours * 3600 + minutes * 60) * (-1 if sign == "-" else 1)


def _from_epoch(text: str, match: re.Match[str] | None, form: TimeForm) -> _Written | Reason:
    if match is None and not re.fullmatch(r"-?[0-9]+", text):
        return Reason("time-form", f"'{quoted(text)}' is not written in the form '{form.name}'.")
    ticks = int(match["ticks"]) if match else 0
    if not _FIRST_SECOND * form.ticks <= ticks < _END_SECOND * form.ticks:
        return Reason("time-range", f"'{quoted(text)}' as {form.name} is not between {FIRST_YEAR} and {LAST_YEAR}.")
    seconds, rest = divmod(ticks, form.ticks)
    fraction = match.groupdict().get("fraction") if match else None
    micro = _micro(fraction or "") + rest * _SECOND // form.ticks
    cut = len(fraction or "") > 6 or form.ticks > _SECOND
    local = datetime(1970, 1, 1) + timedelta(seconds=seconds, microseconds=micro)
    return _Written(local, 0, ("digits beyond microseconds cut off",) if cut else ())


def _placed(written: _Written, form: TimeForm, zone: ZoneInfo | None, text: str) -> Moment | Reason:
    """Put a written time on the UTC time line."""
    local = written.local
    if form.date_only:
        return _day(local.date(), zone, text)
    offset = 0 if written.offset is None and form.utc else written.offset
    if offset is not None:
        instant = _utc(local, offset)
        return Moment(instant, instant, offset, ZoneStatus.STATED)
    certain = ZoneStatus.ASSUMED
    if written.zone is not None:
        try:
            zone, certain = iana_zone(written.zone), ZoneStatus.STATED
        except UsageError:
            return Reason("time-zone-unknown", f"'{quoted(text)}' is in a zone that the IANA database does not have.")
    if zone is None:
        return Reason(
            "time-no-zone", f"'{quoted(text)}' carries no offset from UTC.", "State the zone with --timezone."
        )
    earlier, later = _offsets(local, zone)
    if earlier < later:
        return _gap(text, zone)
    status = certain if earlier == later else ZoneStatus.AMBIGUOUS
    return Moment(_utc(local, earlier), _utc(local, later), earlier, status)


def _utc(local: datetime, offset: int) -> datetime:
    return local.replace(tzinfo=UTC) - timedelta(seconds=offset)


def _offsets(local: datetime, zone: ZoneInfo) -> tuple[int, int]:
    """Give the offsets before and after a change of the clock at this local time; equal without one."""
    before = local.replace(tzinfo=zone, fold=0).utcoffset() or timedelta()
    after = local.replace(tzinfo=zone, fold=1).utcoffset() or timedelta()
    return int(before.total_seconds()), int(after.total_seconds())


def _gap(text: str, zone: ZoneInfo) -> Reason:
    return Reason(
        "time-in-gap",
        f"'{quoted(text)}' never was: the clocks of {zone.key} skipped it.",
        "Check that the zone stated for this source is right.",
    )


def _day(day: date, zone: ZoneInfo | None, text: str) -> Moment | Reason:
    """Give the bounds of a calendar day: its first and its last second."""
    start = datetime(day.year, day.month, day.day)
    end = start + timedelta(hours=23, minutes=59, seconds=59)
    if zone is None:
        return Moment(_utc(start, 0), _utc(end, 0), None, ZoneStatus.DATE_ONLY)
    before, after = _offsets(start, zone)
    # Where midnight was skipped the day begins with the change of the clock, in the later offset.
    first = _utc(start, before) if before >= after else _change(start, before, after, zone)
    offset = max(before, after)
    before, after = _offsets(end, zone)
    last = _utc(end, after) if before >= after else _change(end, before, after, zone) - timedelta(seconds=1)
    return _gap(text, zone) if first > last else Moment(first, last, offset, ZoneStatus.ASSUMED)


def _change(skipped: datetime, before: int, after: int, zone: ZoneInfo) -> datetime:
    """Give the instant at which the clock skipped this local time."""
    early, late = _utc(skipped, after), _utc(skipped, before)
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        passed = (middle.astimezone(zone).utcoffset() or timedelta()).total_seconds() == after
        early, late = (early, middle) if passed else (middle, late)
    return late


# -- a column ------------------------------------------------------------------------------------

_Ints = npt.NDArray[np.int64]
_Mask = npt.NDArray[np.bool_]
_Bytes = npt.NDArray[np.uint8]

_BLOCK = 1 << 16
"""Cells worked on at a time: their bytes stay in the processor's cache."""
_MOST_SHAPES = 16
"""Shapes of cells looked for in a block; cells of further shapes are read one by one."""
_LONGEST = 48
"""Bytes of the longest cell that is read together with others."""

_LETTER, _DIGIT = 97, 48
_CLASS = np.arange(256, dtype=np.uint8)
_CLASS[48:58] = _DIGIT
_CLASS[65:91] = _LETTER
_CLASS[97:123] = _LETTER

_MONTH_STARTS: _Ints = (
    np.arange(f"{FIRST_YEAR}-01", f"{LAST_YEAR + 1}-02", dtype="datetime64[M]").astype("datetime64[D]").astype(np.int64)
)
_MONTH_LENGTHS: _Ints = np.diff(_MONTH_STARTS)
_FIRST_DAY, _END_DAY = int(_MONTH_STARTS[0]), int(_MONTH_STARTS[-1])
_UNSEEN, _CHANGES = 1 << 30, (1 << 30) + 1


def clean_column(values: pa.ChunkedArray | pa.Array, *, form: TimeForm, zone: ZoneInfo | None) -> TimeColumn:
    """Read a column of times; the same answers as :func:`clean` gives cell by cell.

    Null and blank cells become null. Cells are read together where they have one shape (the same
    characters but for digits and month names) and name an ordinary time; every other cell goes
    through :func:`clean`.
    """
    array = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    text = pc.ascii_trim(array.cast(pa.large_string()), " \t")
    column = _Column(text, form, zone)
    for start in range(0, len(text), _BLOCK):
        column.read(start, min(start + _BLOCK, len(text)))
    return column.finished()


class _Column:
    """A column on its way from text to moments."""

    def __init__(self, text: pa.Array, form: TimeForm, zone: ZoneInfo | None) -> None:
        size = len(text)
        self._text = text
        _, offsets, content = text.buffers()
        self._starts: _Ints = np.frombuffer(offsets, np.int64)[text.offset : text.offset + size + 1]
        self._content: _Bytes = np.frombuffer(content if content is not None else b"", np.uint8)
        self._form = form
        self._zone = zone
        self._shapes: dict[bytes, dict[str, tuple[int, int]] | None] = {}
        self._first: _Ints = np.zeros(size, np.int64)
        self._last: _Ints = np.zeros(size, np.int64)
        self._offset = np.zeros(size, np.int32)
        self._no_offset = np.ones(size, np.bool_)
        self._status = np.full(size, -1, np.int8)
        self._day_offset = np.full(_END_DAY - _FIRST_DAY + 1, _UNSEEN, np.int64)
        """Offset of the stated zone on each local day: seconds, or that it is unseen or changes."""
        self._refused: list[tuple[int, Reason]] = []

    def read(self, start: int, stop: int) -> None:
        """Read the cells of a block."""
        begins = self._starts[start:stop]
        lengths = self._starts[start + 1 : stop + 1] - begins
        apart: list[_Ints] = []
        for length in np.unique(lengths).tolist():
            if not length:
                continue
            at = np.flatnonzero(lengths == length)
            if length > _LONGEST:
                apart.append(at + start)
                continue
            if at.size == stop - start:
                cells = self._content[begins[0] : begins[0] + at.size * length].reshape(at.size, length)
            else:
                cells = self._content[begins[at][:, None] + np.arange(length)]
            apart += self._read_length(np.ascontiguousarray(cells.T), at + start)
        if apart:
            self._read_apart(np.sort(np.concatenate(apart)))

    def _read_length(self, cells: _Bytes, at: _Ints) -> list[_Ints]:
        """Read cells of one length, (length, n) bytes; give the positions of those to be read one by one."""
        apart = []
        classes = _CLASS[cells]
        for _ in range(_MOST_SHAPES):
            shape = classes[:, 0]
            sample = cells[:, 0]
            groups = self._groups(shape.tobytes(), sample.tobytes())
            fixed = shape == _LETTER
            for name in ("month_name", "weekday"):
                if groups and name in groups:
                    fixed[slice(*groups[name])] = False
            alike: _Mask = (classes == shape[:, None]).all(axis=0)
            if fixed.any():
                alike &= (cells[fixed] == sample[fixed][:, None]).all(axis=0)
            everything = bool(alike.all())
            chosen, chosen_at = (cells, at) if everything else (cells[:, alike], at[alike])
            apart.append(chosen_at if groups is None else chosen_at[~self._read_shape(chosen, chosen_at, groups)])
            if everything:
                return apart
            cells, classes, at = cells[:, ~alike], classes[:, ~alike], at[~alike]
        return [*apart, at]

    def _groups(self, shape: bytes, sample: bytes) -> dict[str, tuple[int, int]] | None:
        """Give where the parts of the form stand in cells of this shape; None where it is not the form's."""
        letters = bytes(byte for byte, kind in zip(sample, shape, strict=True) if kind == _LETTER)
        key = shape + b"\0" + letters
        if key not in self._shapes:
            match = self._form.pattern.fullmatch(sample.decode("latin-1"))
            self._shapes[key] = match and {
                name: match.span(name) for name, part in match.groupdict().items() if part is not None
            }
        return self._shapes[key]

    def _read_shape(self, cells: _Bytes, at: _Ints, groups: dict[str, tuple[int, int]]) -> _Mask:
        """Read cells of one shape, (length, n) bytes; give which of them were read."""
        if self._form.ticks:
            return self._read_ticks(cells, at, groups)
        day, ok = _days(cells, groups)
        if self._form.date_only:
            return self._place_days(day, ok, at)
        if "zone" in groups:
            return np.zeros(at.size, np.bool_)
        seconds, clock_ok = _seconds(cells, groups)
        ok &= clock_ok
        local = day * _DAY + seconds * _SECOND
        if "fraction" in groups:
            begin, end = groups["fraction"]
            end = min(end, begin + 6)
            local += _number(cells, (begin, end)) * 10 ** (6 - (end - begin))
        if "sign" in groups or "utc" in groups:
            offset, offset_ok = _stated_offset(cells, groups)
            ok &= offset_ok
            self._put(at, ok, local - offset * _SECOND, offset, ZoneStatus.STATED)
        elif self._form.utc:
            self._put(at, ok, local, np.zeros(at.size, np.int64), ZoneStatus.STATED)
        elif self._zone is not None:
            offset = self._zone_offsets(np.where(ok, day, _FIRST_DAY), self._zone)
            ok &= offset < _UNSEEN
            self._put(at, ok, local - offset * _SECOND, offset, ZoneStatus.ASSUMED)
        else:
            ok[:] = False
        return ok

    def _read_ticks(self, cells: _Bytes, at: _Ints, groups: dict[str, tuple[int, int]]) -> _Mask:
        per_second = self._form.ticks
        ticks = _number(cells, groups["ticks"], np.uint64)
        ok: _Mask = (ticks >= np.uint64(_FIRST_SECOND * per_second)) & (ticks < np.uint64(_END_SECOND * per_second))
        value = np.where(ok, ticks, 0).astype(np.int64)
        instant = value * (_SECOND // per_second) if per_second <= _SECOND else value // (per_second // _SECOND)
        if "fraction" in groups:
            begin, end = groups["fraction"]
            end = min(end, begin + 6)
            instant += _number(cells, (begin, end)) * 10 ** (6 - (end - begin))
        self._put(at, ok, instant, np.zeros(at.size, np.int64), ZoneStatus.STATED)
        return ok

    def _put(self, at: _Ints, ok: _Mask, instant: _Ints, offset: _Ints, status: ZoneStatus) -> None:
        if not ok.all():
            at, instant, offset = at[ok], instant[ok], offset[ok]
        self._first[at] = instant
        self._last[at] = instant
        self._offset[at] = offset
        self._no_offset[at] = False
        self._status[at] = _STATUSES.index(status)

    def _zone_offsets(self, day: _Ints, zone: ZoneInfo) -> _Ints:
        """Give the offset of the zone on each local day, in seconds; 2**30 and above where it changes."""
        place = day - _FIRST_DAY
        seen = np.zeros(self._day_offset.size, np.bool_)
        seen[place] = True
        for new in np.flatnonzero(seen & (self._day_offset == _UNSEEN)).tolist():
            # No zone of the IANA database changes twice within a day after 1980, so a day whose
            # first and last midnight have one offset, read either way, has no change in it.
            midnight = datetime(1970, 1, 1) + timedelta(days=new + _FIRST_DAY)
            offsets = {*_offsets(midnight, zone), *_offsets(midnight + timedelta(days=1), zone)}
            self._day_offset[new] = offsets.pop() if len(offsets) == 1 else _CHANGES
        return self._day_offset[place]

    def _place_days(self, day: _Ints, ok: _Mask, at: _Ints) -> _Mask:
        days, inverse = np.unique(np.where(ok, day, _FIRST_DAY), return_inverse=True)
        moments = [_day(date(1970, 1, 1) + timedelta(days=one), self._zone, "") for one in days.tolist()]
        real = np.array([isinstance(moment, Moment) for moment in moments], np.bool_)
        ok &= real[inverse]
        bounds = np.array([_numbers(moment) for moment in moments], np.int64)[inverse[ok]]
        at = at[ok]
        self._first[at], self._last[at], self._offset[at] = bounds[:, 0], bounds[:, 1], bounds[:, 2]
        self._no_offset[at] = self._zone is None
        status = ZoneStatus.DATE_ONLY if self._zone is None else ZoneStatus.ASSUMED
        self._status[at] = _STATUSES.index(status)
        return ok

    def _read_apart(self, at: _Ints) -> None:
        """Read cells one by one, each distinct text once."""
        answers: dict[str, Moment | Reason] = {}
        for position, text in zip(at.tolist(), self._text.take(pa.array(at)).to_pylist(), strict=True):
            answer = answers.get(text)
            if answer is None:
                read = clean(text, form=self._form, zone=self._zone)
                answer = answers[text] = read if isinstance(read, Reason) else read.value
            if isinstance(answer, Reason):
                self._refused.append((position, answer))
                continue
            self._first[position], self._last[position], self._offset[position] = _numbers(answer)
            self._no_offset[position] = answer.utc_offset is None
            self._status[position] = _STATUSES.index(answer.status)

    def finished(self) -> TimeColumn:
        """Give the column as Arrow arrays."""
        nothing = self._status < 0
        moment = pa.timestamp("us", tz="UTC")
        return TimeColumn(
            pa.array(self._first, pa.int64(), mask=nothing).cast(moment),
            pa.array(self._last, pa.int64(), mask=nothing).cast(moment),
            pa.array(self._offset, pa.int32(), mask=nothing | self._no_offset),
            pa.DictionaryArray.from_arrays(
                pa.array(self._status, pa.int8(), mask=nothing), pa.array([str(one) for one in _STATUSES])
            ),
            self._refused,
        )


def _numbers(moment: Moment | Reason) -> tuple[int, int, int]:
    if isinstance(moment, Reason):
        return 0, 0, 0
    microsecond = timedelta(microseconds=1)
    return (
        (moment.first - _EPOCH) // microsecond,
        (moment.last - _EPOCH) // microsecond,
        moment.utc_offset or 0,
    )


def _number(
    cells: _Bytes, span: tuple[int, int], kind: type[np.int64] | type[np.uint64] = np.int64
) -> npt.NDArray[Any]:
    """Read the digits in these rows of a (length, n) array as n numbers."""
    total: npt.NDArray[Any] = np.zeros(cells.shape[1], kind)
    for row in range(*span):
        total *= kind(10)
        total += cells[row] - np.uint8(_DIGIT)
    return total


def _named(cells: _Bytes, span: tuple[int, int], names: Sequence[str]) -> _Ints:
    """Give the positions of three-letter names among ``names``, -1 where it is none of them."""
    code = np.zeros(cells.shape[1], np.int64)
    for row in range(*span):
        code = (code << 8) | (cells[row] | 32)
    codes = np.array([int.from_bytes(name.encode()) for name in names])
    order = np.argsort(codes)
    place = np.minimum(np.searchsorted(codes[order], code), len(names) - 1)
    found: _Ints = np.where(codes[order][place] == code, order[place], -1)
    return found


def _days(cells: _Bytes, groups: dict[str, tuple[int, int]]) -> tuple[_Ints, _Mask]:
    """Give the days since 1970-01-01, and which of them a calendar has."""
    if "year" in groups:
        year = _number(cells, groups["year"])
    else:
        year = _number(cells, groups["year2"])
        year += np.where(year >= 80, 1900, 2000)
    month = (
        _named(cells, groups["month_name"], _MONTHS) + 1 if "month_name" in groups else _number(cells, groups["month"])
    )
    day = _number(cells, groups["day"])
    ok: _Mask = (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month >= 1) & (month <= 12) & (day >= 1)
    index = np.where(ok, (year - FIRST_YEAR) * 12 + month - 1, 0)
    ok &= day <= _MONTH_LENGTHS[index]
    if "weekday" in groups:
        ok &= _named(cells, groups["weekday"], _WEEKDAYS) >= 0
    return _MONTH_STARTS[index] + day - 1, ok


def _seconds(cells: _Bytes, groups: dict[str, tuple[int, int]]) -> tuple[_Ints, _Mask]:
    """Give the seconds since midnight, and which of them are an ordinary time of day."""
    hour = _number(cells, groups["hour"])
    ok: _Mask = hour <= 23
    if "half" in groups:
        ok = (hour >= 1) & (hour <= 12)
        afternoon = (cells[groups["half"][0]] | 32) == ord("p")
        hour = hour % 12 + 12 * afternoon
    seconds = hour * 3600
    for name, size in (("minute", 60), ("second", 1)):
        if name in groups:
            part = _number(cells, groups[name])
            ok &= part <= 59
            seconds += part * size
    return seconds, ok


def _stated_offset(cells: _Bytes, groups: dict[str, tuple[int, int]]) -> tuple[_Ints, _Mask]:
    """Give the offsets from UTC that the cells state, in seconds, and which of them some place uses."""
    count = cells.shape[1]
    if "utc" in groups:
        return np.zeros(count, np.int64), np.ones(count, np.bool_)
    offset = _number(cells, groups["offset_hour"]) * 3600
    ok = np.ones(count, np.bool_)
    if "offset_minute" in groups:
        minutes = _number(cells, groups["offset_minute"])
        ok &= minutes <= 59
        offset += minutes * 60
    ok &= offset <= _LARGEST_OFFSET
    if cells[groups["sign"][0], 0] == ord("-"):
        offset = -offset
    return offset, ok
