"""Times: forms, single cells, and that a column gives the same answers as its cells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.ingest.values import time
from linkgraph.ingest.values.result import Clean, Reason
from linkgraph.model import ZoneStatus

LONDON = ZoneInfo("Europe/London")


def form(name: str) -> time.TimeForm:
    known = time.form(name)
    assert isinstance(known, time.TimeForm), known
    return known


def read(raw: str, name: str, zone: ZoneInfo | None = None) -> tuple[str, str, int | None, str] | str:
    answer = time.clean(raw, form=form(name), zone=zone)
    if isinstance(answer, Reason):
        return answer.code
    moment = answer.value
    return _iso(moment.first), _iso(moment.last), moment.utc_offset, str(moment.status)


def _iso(moment: datetime) -> str:
    assert moment.tzinfo is UTC
    return moment.replace(tzinfo=None).isoformat(sep=" ")


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ([], "iso"),
        (["", " "], "iso"),
        (["2026-04-11T04:02:00Z", "2026-04-11T04:02:00.5+01:00"], "iso-offset"),
        (["2026-04-11 04:02:00 UTC"], "iso-offset"),
        (["2026-04-11T04:02:00+0100", "2026-04-11T04:02:00-05"], "iso-offset"),
        (["2026-04-11T04:02:00Z", "2026-04-11T04:02:00"], "iso"),
        (["2026-04-11 04:02"], "iso"),
        (["2026-04-11"], "date"),
        (["2026/4/1 10:00"], "yyyy/mm/dd hh:mm"),
        (["01/02/2026", "13/02/2026"], "dd/mm/yyyy"),
        (["01/02/2026", "02/13/2026"], "mm/dd/yyyy"),
        (["01/02/2026 10:00", "31/12/2026 10:00:01"], "dd/mm/yyyy hh:mm"),
        (["1/2/2026 1:30 PM", "1/31/2026 1:30 AM"], "mm/dd/yyyy hh:mm"),
        (["01.02.2026"], "dd.mm.yyyy"),
        (["1.2.2026 10:00:00"], "dd.mm.yyyy hh:mm"),
        (["25/Oct/2015:04:11:25 +0100"], "access-log"),
        (["Wed Aug 19 12:00:00 UTC 2021"], "asctime-utc"),
        (["Wed Aug  4 12:00:00 2021"], "asctime"),
        (["Wed, 19 Aug 2021 12:00:00 +0000", "19 Aug 2021 12:00 GMT"], "rfc-2822"),
        (["1600000000", "1600000000.25"], "epoch-s"),
        (["400000000"], "epoch-s"),
        (["1600000000000", "0", "1600000000001"], "epoch-ms"),
        (["1600000000000000"], "epoch-us"),
        (["1600000000000000000"], "epoch-ns"),
        (["2026-04-11T04:02:00Z", "2026-04-11T04:02:01Z", "rubbish"], "iso-offset"),
    ],
)
def test_a_column_is_recognised(column: list[str], name: str) -> None:
    answer = time.recognise(column)
    assert isinstance(answer, time.TimeForm), answer
    assert answer.name == name


@pytest.mark.parametrize(
    ("column", "code"),
    [
        (["01/02/2026", "03/04/2026"], "time-ambiguous-order"),
        (["13/02/2026", "02/13/2026"], "time-mixed-order"),
        (["1600000000", "1600000000000", "1600000000001"], "time-mixed-epochs"),
        (["0"], "time-form-unknown"),
        (["-1"], "time-form-unknown"),
        (["99999999999"], "time-form-unknown"),
        (["20260101"], "time-form-unknown"),
        (["260101"], "time-form-unknown"),
        (["2026-W01-1"], "time-form-unknown"),
        (["01/02/26"], "time-form-unknown"),
        (["yesterday", "2026-01-01"], "time-form-unknown"),
        (["Wed Aug 19 12:00:00 PST 2021"], "time-form-unknown"),
    ],
)
def test_a_column_that_says_nothing_sure_is_refused(column: list[str], code: str) -> None:
    answer = time.recognise(column)
    assert isinstance(answer, Reason)
    assert answer.code == code


@pytest.mark.parametrize(
    ("raw", "name", "zone", "expected"),
    [
        ("2026-04-11T04:02:00Z", "iso", None, ("2026-04-11 04:02:00",) * 2 + (0, "stated")),
        ("2026-04-11T04:02:00-05", "iso", LONDON, ("2026-04-11 09:02:00",) * 2 + (-18000, "stated")),
        ("2026-04-11 04:02+0530", "iso", None, ("2026-04-10 22:32:00",) * 2 + (19800, "stated")),
        ("2026-07-01 12:00", "iso", LONDON, ("2026-07-01 11:00:00",) * 2 + (3600, "assumed")),
        ("2026-07-01 12:00", "iso", None, "time-no-zone"),
        ("2026-03-29 01:30", "iso", LONDON, "time-in-gap"),
        (
            "2026-10-25 01:30",
            "iso",
            LONDON,
            ("2026-10-25 00:30:00", "2026-10-25 01:30:00", 3600, "ambiguous"),
        ),
        ("2026-10-25 02:00", "iso", LONDON, ("2026-10-25 02:00:00",) * 2 + (0, "assumed")),
        (
            "2026-04-05 01:45",
            "iso",
            ZoneInfo("Australia/Lord_Howe"),
            ("2026-04-04 14:45:00", "2026-04-04 15:15:00", 39600, "ambiguous"),
        ),
        ("2026-12-31T24:00:00Z", "iso", None, ("2027-01-01 00:00:00",) * 2 + (0, "stated")),
        ("2016-12-31T23:59:60Z", "iso", None, ("2016-12-31 23:59:59",) * 2 + (0, "stated")),
        ("2021-01-01T00:00:00.1234569Z", "iso", None, ("2021-01-01 00:00:00.123456",) * 2 + (0, "stated")),
        ("2021-01-01T00:00:00,5Z", "iso", None, ("2021-01-01 00:00:00.500000",) * 2 + (0, "stated")),
        ("2021-01-01T00:00:00+14:00", "iso", None, ("2020-12-31 10:00:00",) * 2 + (50400, "stated")),
        ("2021-01-01T00:00:00+14:01", "iso", None, "time-offset"),
        ("2021-01-01T00:00:00+25:00", "iso", None, "time-offset"),
        ("2021-01-01T00:00:00+01:60", "iso", None, "time-offset"),
        ("2021-02-29T00:00:00Z", "iso", None, "time-no-such-day"),
        ("2021-13-01T00:00:00Z", "iso", None, "time-no-such-day"),
        ("2021-01-01T24:00:01Z", "iso", None, "time-no-such-hour"),
        ("2021-01-01T12:60:00Z", "iso", None, "time-no-such-hour"),
        ("1979-12-31T00:00:00Z", "iso", None, "time-range"),
        ("2101-01-01T00:00:00Z", "iso", None, "time-range"),
        ("0000-01-01T00:00:00Z", "iso", None, "time-range"),
        ("２０２１-01-01T00:00:00Z", "iso", None, "time-form"),
        ("", "iso", None, "time-empty"),
        ("2021-06-01", "date", None, ("2021-06-01 00:00:00", "2021-06-01 23:59:59", None, "date only")),
        ("2021-06-01", "date", LONDON, ("2021-05-31 23:00:00", "2021-06-01 22:59:59", 3600, "assumed")),
        ("2026-03-29", "date", LONDON, ("2026-03-29 00:00:00", "2026-03-29 22:59:59", 0, "assumed")),
        ("2011-12-30", "date", ZoneInfo("Pacific/Apia"), "time-in-gap"),
        (
            # Midnight did not exist: the day began at 01:00.
            "2018-11-04",
            "date",
            ZoneInfo("America/Sao_Paulo"),
            ("2018-11-04 03:00:00", "2018-11-05 01:59:59", -7200, "assumed"),
        ),
        ("25/Oct/2015:04:11:25 +0100", "access-log", None, ("2015-10-25 03:11:25",) * 2 + (3600, "stated")),
        ("Wed Aug 18 12:00:00 UTC 2021", "asctime-utc", None, ("2021-08-18 12:00:00",) * 2 + (0, "stated")),
        ("1/2/2026 12:30 AM", "dd/mm/yyyy hh:mm", LONDON, ("2026-02-01 00:30:00",) * 2 + (0, "assumed")),
        ("1/2/2026 12:30 PM", "mm/dd/yyyy hh:mm", LONDON, ("2026-01-02 12:30:00",) * 2 + (0, "assumed")),
        ("1/2/2026 13:30 PM", "mm/dd/yyyy hh:mm", LONDON, "time-no-such-hour"),
        ("1600000000", "epoch-s", LONDON, ("2020-09-13 12:26:40",) * 2 + (0, "stated")),
        ("1600000000.5", "epoch-s", None, ("2020-09-13 12:26:40.500000",) * 2 + (0, "stated")),
        ("1600000000123", "epoch-ms", None, ("2020-09-13 12:26:40.123000",) * 2 + (0, "stated")),
        ("1600000000123456", "epoch-us", None, ("2020-09-13 12:26:40.123456",) * 2 + (0, "stated")),
        ("1600000000123456789", "epoch-ns", None, ("2020-09-13 12:26:40.123456",) * 2 + (0, "stated")),
        ("9999999999999999999", "epoch-ns", None, "time-range"),
        ("-1", "epoch-s", None, "time-range"),
        ("0", "epoch-ms", None, "time-range"),
        ("99999999999", "epoch-ms", None, "time-range"),
        ("1600000000000", "epoch-s", None, "time-range"),
        ("1.6e9", "epoch-s", None, "time-form"),
        ("790101", "yymmdd", None, ("2079-01-01 00:00:00", "2079-01-01 23:59:59", None, "date only")),
        ("800101", "yymmdd", None, ("1980-01-01 00:00:00", "1980-01-01 23:59:59", None, "date only")),
        ("20260704 0930", "%Y%m%d %H%M", LONDON, ("2026-07-04 08:30:00",) * 2 + (3600, "assumed")),
        ("4.7.26 9:30", "%d.%m.%y %H:%M", LONDON, ("2026-07-04 08:30:00",) * 2 + (3600, "assumed")),
        ("2026-07-04T09:30:00Z", "%Y-%m-%dT%H:%M:%SZ", None, ("2026-07-04 09:30:00",) * 2 + (0, "stated")),
        ("04Jul2026", "%d%b%Y", None, ("2026-07-04 00:00:00", "2026-07-04 23:59:59", None, "date only")),
    ],
)
def test_cells(raw: str, name: str, zone: ZoneInfo | None, expected: tuple[str, str, int | None, str] | str) -> None:
    assert read(raw, name, zone) == expected
    column = time.clean_column(pa.array([raw]), form=form(name), zone=zone)
    assert _of_column(column, 0) == (None if raw == "" else _of_cell(raw, name, zone))


@pytest.mark.parametrize(
    ("raw", "name", "note"),
    [
        ("2026-12-31T24:00:00Z", "iso", "24:00 read as 00:00 of the next day"),
        ("2016-12-31T23:59:60Z", "iso", "leap second :60 read as :59"),
        ("2021-01-01T00:00:00.1234567Z", "iso", "digits beyond microseconds cut off"),
        ("1600000000123456789", "epoch-ns", "digits beyond microseconds cut off"),
        ("Wed Aug 19 12:00:00 UTC 2021", "asctime-utc", "the weekday does not fit the date"),
    ],
)
def test_what_was_done_to_a_time_is_noted(raw: str, name: str, note: str) -> None:
    answer = time.clean(raw, form=form(name), zone=None)
    assert isinstance(answer, Clean)
    assert answer.notes == (note,)


@pytest.mark.parametrize(
    ("name", "has_offset", "date_only"),
    [
        ("iso", False, False),
        ("ISO-offset", True, False),
        ("epoch-ms", True, False),
        ("date", False, True),
        ("%d/%m/%Y", False, True),
        ("%d/%m/%Y %H:%M %z", True, False),
        ("%d/%m/%Y %H:%M UTC", True, False),
        ("%d/%m/%Y %I:%M %p", False, False),
    ],
)
def test_a_form_says_whether_it_needs_a_zone(name: str, has_offset: bool, date_only: bool) -> None:
    known = form(name)
    assert (known.has_offset, known.date_only) == (has_offset, date_only)


@pytest.mark.parametrize(
    "name",
    ["german", "", "%d/%m", "%Y-%m-%d %M", "%Y-%m-%d %I:%M", "%Y%Y-%m-%d", "%Y-%j", "%Y-%m-%d %", "%Q"],
)
def test_a_pattern_that_says_no_whole_time_is_refused(name: str) -> None:
    assert isinstance(time.form(name), Reason)


def test_nothing_is_null_and_refusals_keep_their_place() -> None:
    column = time.clean_column(
        pa.chunked_array([[None, "2026-01-01T00:00:00Z"], ["x", "  ", "2026-01-01T00:00:01Z\t"]]),
        form=form("iso"),
        zone=None,
    )
    assert column.first.is_null().to_pylist() == [True, False, True, True, False]
    assert column.utc_offset.to_pylist() == [None, 0, None, None, 0]
    assert [(at, reason.code) for at, reason in column.refused] == [(2, "time-form")]
    assert column.first.type == column.last.type == pa.timestamp("us", tz="UTC")


def test_a_slice_and_an_empty_column_are_read() -> None:
    cells = pa.array(["x", "2026-01-01T00:00:00Z", "y"])
    assert time.clean_column(cells.slice(1, 1), form=form("iso"), zone=None).refused == []
    for nothing in (pa.array([], pa.string()), pa.chunked_array([], pa.string()), pa.nulls(2, pa.string())):
        assert time.clean_column(nothing, form=form("iso"), zone=None).first.null_count == len(nothing)


def test_many_blocks_of_many_shapes_are_read_in_place() -> None:
    start = datetime(2024, 1, 1)
    moments = [start + timedelta(minutes=at) for at in range(70_000)]
    cells = [f"{m.day}/{m.month}/{m.year} {m.hour}:{m.minute:02}" for m in moments]
    column = time.clean_column(pa.array(cells), form=form("dd/mm/yyyy hh:mm"), zone=ZoneInfo("UTC"))
    assert column.refused == []
    assert column.first.to_pylist() == [m.replace(tzinfo=UTC) for m in moments]


def _of_cell(raw: str, name: str, zone: ZoneInfo | None) -> object:
    answer = time.clean(raw, form=form(name), zone=zone)
    if isinstance(answer, Reason):
        return answer
    moment = answer.value
    return moment.first, moment.last, moment.utc_offset, moment.status


def _of_column(column: time.TimeColumn, at: int) -> object:
    refused = dict(column.refused)
    if at in refused:
        assert column.first[at].as_py() is None
        return refused[at]
    if column.status[at].as_py() is None:
        return None
    return (
        column.first[at].as_py(),
        column.last[at].as_py(),
        column.utc_offset[at].as_py(),
        ZoneStatus(column.status[at].as_py()),
    )


ZONES = [
    None,
    *map(
        ZoneInfo,
        (
            "UTC",
            "Europe/London",
            "America/St_Johns",
            "Australia/Lord_Howe",
            "America/Sao_Paulo",
            "Pacific/Apia",
            "Africa/Casablanca",
        ),
    ),
]
NAMES = [*time.FORM_NAMES, "%Y%m%d%H%M%S", "%d %b %Y %I:%M %p", "%A"]
WRITINGS = (
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%d %H:%M:%SZ",
    "%Y-%m-%d",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y",
    "%d.%m.%Y %H:%M:%S",
    "%d/%b/%Y:%H:%M:%S -0330",
    "%a %b %d %H:%M:%S UTC %Y",
    "%a, %d %b %Y %H:%M:%S +0100",
    "%y%m%d",
    "%Y%m%d%H%M%S",
    "%d %b %Y %I:%M %p",
)
_anytime = st.datetimes(datetime(1979, 12, 30), datetime(2101, 1, 2))
_near_a_change = st.builds(
    lambda base, minutes: base + timedelta(minutes=minutes),
    st.sampled_from(
        [
            datetime(2026, 3, 29, 1),
            datetime(2026, 10, 25, 1),
            datetime(2009, 3, 8, 0, 1),
            datetime(2009, 11, 1, 0, 1),
            datetime(2026, 4, 5, 2),
            datetime(2026, 10, 4, 2),
            datetime(2018, 11, 4),
            datetime(2018, 2, 18),
            datetime(2011, 12, 30),
        ]
    ),
    st.integers(-1500, 1500),
)
_written = st.builds(lambda moment, how: moment.strftime(how), _anytime | _near_a_change, st.sampled_from(WRITINGS))
_epochs = st.integers(-10, 10**19).map(str) | st.integers(3 * 10**8, 42 * 10**8).flatmap(
    lambda second: st.sampled_from([f"{second}{zeros}" for zeros in ("", "000", "000000", "999999999", ".75")])
)
_spoilt = st.builds(
    lambda text, at, char: text[: at % len(text)] + char + text[at % len(text) + 1 :],
    _written,
    st.integers(0, 40),
    st.characters(codec="utf-8") | st.sampled_from("0123456789:/. TZzſé"),
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.none() | _written | _epochs | _spoilt | st.text(max_size=60), max_size=30),
    st.sampled_from(NAMES),
    st.sampled_from(ZONES),
)
def test_a_column_gives_the_answers_of_its_cells(cells: list[str | None], name: str, zone: ZoneInfo | None) -> None:
    known = time.form(name)
    if isinstance(known, Reason):
        return
    column = time.clean_column(pa.array(cells, pa.string()), form=known, zone=zone)
    for at, cell in enumerate(cells):
        expected = None if cell is None or not cell.strip(" \t") else _of_cell(cell, name, zone)
        assert _of_column(column, at) == expected, cell


@settings(max_examples=200, deadline=None)
@given(st.lists(_near_a_change, min_size=1, max_size=40), st.sampled_from(ZONES[1:]), st.booleans())
def test_a_column_gives_the_answers_of_its_cells_where_clocks_change(
    moments: list[datetime], zone: ZoneInfo, days: bool
) -> None:
    name = "date" if days else "iso"
    cells = [moment.strftime("%Y-%m-%d" if days else "%Y-%m-%d %H:%M:%S") for moment in moments]
    column = time.clean_column(pa.array(cells), form=form(name), zone=zone)
    for at, cell in enumerate(cells):
        assert _of_column(column, at) == _of_cell(cell, name, zone)


@given(_anytime | _near_a_change, st.sampled_from(ZONES[1:]))
def test_local_time_is_first_plus_offset(moment: datetime, zone: ZoneInfo) -> None:
    answer = time.clean(moment.isoformat(), form=form("iso"), zone=zone)
    if isinstance(answer, Clean):
        found = answer.value
        assert found.utc_offset is not None
        assert found.first.replace(tzinfo=None) + timedelta(seconds=found.utc_offset) == moment
        assert {found.first.astimezone(zone), found.last.astimezone(zone)} <= {
            moment.replace(tzinfo=zone, fold=0),
            moment.replace(tzinfo=zone, fold=1),
        }
        assert found.first <= found.last


@pytest.mark.parametrize(
    ("raw", "name", "expected"),
    [
        ("2026-07-11 04:02", "iso (UTC)", ("2026-07-11 04:02:00", "2026-07-11 04:02:00", 0, "stated")),
        ("2026-07-11 04:02+02:00", "iso (UTC)", ("2026-07-11 02:02:00", "2026-07-11 02:02:00", 7200, "stated")),
        ("11/07/2026 04:02", "%d/%m/%Y %H:%M (UTC)", ("2026-07-11 04:02:00", "2026-07-11 04:02:00", 0, "stated")),
        ("2026-07-11", "date (UTC)", ("2026-07-11 00:00:00", "2026-07-11 23:59:59", None, "date only")),
    ],
)
def test_a_column_may_say_that_its_times_are_utc(raw, name, expected):
    # A zone that is stated for the whole file does not hold for such a column.
    assert read(raw, name, LONDON if ":" in raw else None) == expected
    [first] = time.clean_column(pa.array([raw]), form=form(name), zone=LONDON if ":" in raw else None).first.to_pylist()
    assert _iso(first.astimezone(UTC)) == expected[0]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("14/07/2026 10:00:00 +02:00", ("2026-07-14 08:00:00", "2026-07-14 08:00:00", 7200, "stated")),
        ("14/07/2026 10:00:00 UTC", ("2026-07-14 10:00:00", "2026-07-14 10:00:00", 0, "stated")),
        ("14/07/2026 10:00:00 Europe/Berlin", ("2026-07-14 08:00:00", "2026-07-14 08:00:00", 7200, "stated")),
        ("25/10/2026 02:30 Europe/Berlin", ("2026-10-25 00:30:00", "2026-10-25 01:30:00", 7200, "ambiguous")),
        ("29/03/2026 02:30 Europe/Berlin", "time-in-gap"),
        ("14/07/2026 10:00:00 Europe/Nowhere", "time-zone-unknown"),
        ("14/07/2026 10:00:00 PST", "time-form"),
        ("14/07/2026 10:00:00", "time-form"),
    ],
)
def test_a_cell_may_name_its_zone(raw, expected):
    assert read(raw, "dd/mm/yyyy hh:mm offset") == expected
    column = time.clean_column(pa.array([raw, raw]), form=form("dd/mm/yyyy hh:mm offset"), zone=None)
    if isinstance(expected, str):
        assert [reason.code for _, reason in column.refused] == [expected] * 2
    else:
        assert [_iso(first.astimezone(UTC)) for first in column.first.to_pylist()] == [expected[0]] * 2
