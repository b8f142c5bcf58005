"""Which row is the header, and what the names of its columns say."""

from __future__ import annotations

import io

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.errors import UsageError
from linkgraph.ingest import KINDS, tabular
from linkgraph.ingest.forms import crypto, paypal, remitter
from linkgraph.ingest.kind import TableForm
from linkgraph.ingest.mapping import Stated, match_header, states_utc
from linkgraph.ingest.readers.delimited import Delimited
from linkgraph.ingest.tabular import find_header

IP_LOGS, PAYMENTS = KINDS["ip-logs"], KINDS["payments"]
HEADER = ["user", "ip", "time"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([HEADER], (0, 0)),
        ([["Report"], ["For", "A"], HEADER], (2, 2)),
        ([["Report", "", ""], ["For", "A", ""], HEADER, ["a", "b", "c"]], (2, 2)),
        ([["", "", ""], HEADER], (1, 1)),
        ([["a", "b", "c"], HEADER], None),
        ([HEADER, ["login", "ip", "timestamp"]], (0, 0)),
        ([["ip", "time"], ["user", "ip", "time"]], (1, 1)),
        ([["x"]] * 19 + [HEADER], (19, 19)),
        ([["x"]] * 20 + [HEADER], None),
        ([["Session", "", "Address"], ["User", "Start", "IP"]], (1, 1)),
        ([["x"], ["", "Login", "", "Source"], ["User", "Time", "Type", "IP"]], (2, 2)),
        ([["x"], ["Remote", "Session", ""], ["Addr", "Start", "End"]], (1, 2)),
    ],
)
def test_the_header_is_found(rows, expected):
    found = find_header(IP_LOGS, rows, Stated())
    assert (found and (found.first, found.last)) == expected


@pytest.mark.parametrize("delimiter", ["", "::", "§", '"', "\n"])
def test_what_can_be_no_delimiter_is_refused(delimiter):
    with pytest.raises(UsageError, match="delimiter"):
        tabular.of_text(IP_LOGS, b"user,ip,time\n", "x.csv", Stated(delimiter=delimiter))


def test_a_group_stands_before_the_names_below_it():
    rows = [["Ref", "Sender", "", "Receiver", ""], ["", "ID", "Name", "ID", "Name"]]
    assert tabular._joined(*rows) == ["Ref", "Sender ID", "Sender Name", "Receiver ID", "Receiver Name"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Time (UTC)", True),
        ("first_recorded_utc", True),
        ("UTC date time", True),
        ("Date/Time UTC", True),
        ("timestampUtc", True),
        ("createdUTC", True),
        ("Time", False),
        ("Time (GMT)", False),
        ("utc_offset", False),
        ("UTC+2 time", False),
        ("Time (UTC-05:00)", False),
        ("Time (UTC −5)", False),
        ("UTC 02:00", False),
        ("Local time (not UTC)", False),
        ("nautctime", False),
    ],
)
def test_a_name_says_utc(name, expected):
    assert states_utc(name) is expected


def test_the_time_in_utc_goes_before_another():
    found = match_header(IP_LOGS, ["user", "ip", "time", "time (UTC)"], Stated())
    assert found.columns["time"] == "time (UTC)"
    assert found.unused == ("time",)


@pytest.mark.parametrize("block_bytes", [1, 2, 7, 1 << 20])
def test_lines_before_the_header_are_no_rows(block_bytes):
    content = b'\xef\xbb\xbfabout "this\n\nmore\r\na,b\r\n1,2\n3\n\xff\xfe\n'
    reader = Delimited(",", ("a", "b"), header=True, preamble=2, block_bytes=block_bytes)
    rows, refused = [], []
    for batch in reader.read(io.BytesIO(content)):
        rows += batch.table.to_pylist()
        refused += batch.unreadable
    assert [(row["a"], row["b"], row["_line"]) for row in rows] == [("1", "2", 5)]
    assert [(row.line, row.code) for row in refused] == [(6, "column-count"), (7, "invalid-utf-8")]


_cell = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.sampled_from(["", " ", "-1,00", "12", "1e9", "01/02/2026", "10:00:00", "PST", "Europe/Berlin", "a@example.org"]),
)


@pytest.mark.parametrize("form", [paypal.FORM, remitter.FORM, crypto.FORM], ids=lambda form: form.name)
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_form_keeps_every_row_whatever_is_in_it(form: TableForm, data: st.DataObject):
    size = data.draw(st.integers(0, 4))
    columns = {one.name: data.draw(st.lists(_cell, min_size=size, max_size=size)) for one in form.fields}
    table = pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})
    table = table.append_column("_line", pa.array(range(size), pa.int64()))
    adapted = form.adapt(table, "example")
    assert adapted["_line"].to_pylist() == list(range(size))
    known = {one.name for one in PAYMENTS.fields}
    assert {name for name in adapted.column_names if not name.startswith("_")} <= known
    assert all(adapted.schema.field(name).type == pa.string() for name in known & set(adapted.column_names))
