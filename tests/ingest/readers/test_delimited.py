"""The delimited reader: every line is a row or is refused with its exact bytes."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkgraph.ingest.readers.delimited import Delimited, name_columns, sniff, split_record
from linkgraph.ingest.readers.rows import LENGTH, LINE, MAX_LINE_BYTES, OFFSET

COLUMNS = ("a", "b", "c")


def read(content: bytes, *, columns=COLUMNS, header=True, block_bytes=1 << 20):
    reader = Delimited(",", columns, header, block_bytes=block_bytes)
    rows, refused = [], []
    for batch in reader.read(io.BytesIO(content)):
        rows += batch.table.to_pylist()
        refused += batch.unreadable
        assert batch.read == batch.table.num_rows + len(batch.unreadable)
    return rows, refused


def cells(rows):
    return [tuple(row[name] for name in COLUMNS) for row in rows]


CONTENT = (
    b"\xef\xbb\xbfa,b,c\r\n"
    b"1,2,3\r\n"
    b"\r\n"
    b'"x ""y""",2,3\n'
    b'1,"two\nlines",3\n'
    b'1,"open,3\n'
    b"4,5,6\n"
    b"7,8\n"
    b"9,\x00,1\n"
    b"\xff,1,2\n"
    b'q,5" disk,z\n'
    b'"last",1,2'
)


@pytest.mark.parametrize("block_bytes", [1, 2, 7, 16, 64, 1 << 20])
def test_every_line_is_accounted_for_wherever_blocks_end(block_bytes):
    rows, refused = read(CONTENT, block_bytes=block_bytes)
    assert cells(rows) == [
        ("1", "2", "3"),
        ('x "y"', "2", "3"),
        ("1", "two\nlines", "3"),
        ("4", "5", "6"),
        ("q", '5" disk', "z"),
        ("last", "1", "2"),
    ]
    assert [row[LINE] for row in rows] == [2, 4, 5, 8, 12, 13]
    assert [(row.line, row.code, row.raw) for row in refused] == [
        (7, "unclosed-quote", b'1,"open,3'),
        (9, "column-count", b"7,8"),
        (10, "nul-byte", b"9,\x00,1"),
        (11, "invalid-utf-8", b"\xff,1,2"),
    ]
    for row in rows:
        raw = CONTENT[row[OFFSET] : row[OFFSET] + row[LENGTH]]
        assert split_record(raw.decode(), ",") == [row[name] for name in COLUMNS]
    for row in refused:
        assert CONTENT[row.offset : row.offset + len(row.raw)] == row.raw


def test_an_unclosed_quote_costs_one_line_only():
    good = b"".join(b"%d,x,y\n" % number for number in range(200))
    rows, refused = read(b'a,b,c\n1,"never closed,3\n' + good)
    assert len(rows) == 200
    assert [row.code for row in refused] == ["unclosed-quote"]


def test_two_unclosed_quotes_do_not_swallow_the_rows_between_them():
    rows, refused = read(b'a,b,c\n1,"open,3\n4,5,6\n7,open",9\n')
    assert cells(rows) == [("4", "5", "6"), ("7", 'open"', "9")]
    assert [row.line for row in refused] == [2]


@pytest.mark.parametrize(
    ("line", "row"),
    [
        (b'x"y,,"', None),
        (b'"x"y"z","', None),
        (b'x"y,"two\nlines",3', ('x"y', "two\nlines", "3")),
        (b'"x"y"z","",3', ('xy"z"', "", "3")),
        (b'say "hi",2,3', ('say "hi"', "2", "3")),
    ],
)
def test_quotes_inside_a_value_do_not_hide_that_another_one_stays_open(line, row):
    content = b"a,b,c\n" + line + b"\n0\n4,5,6\n"
    rows, refused = read(content)
    assert cells(rows) == [*([row] if row else []), ("4", "5", "6")]
    assert [one.code for one in refused] == [*([] if row else ["unclosed-quote"]), "column-count"]


@pytest.mark.parametrize("block_bytes", [1 << 16, 1 << 20, 4 << 20])
def test_a_line_beyond_all_bounds_is_refused_by_its_number_and_reading_goes_on(block_bytes):
    long = b"x" * (3 * MAX_LINE_BYTES)
    rows, refused = read(b"a,b,c\n1,2,3\n" + long + b"\n4,5,6\n", block_bytes=block_bytes)
    assert cells(rows) == [("1", "2", "3"), ("4", "5", "6")]
    assert [row[LINE] for row in rows] == [2, 4]
    assert [(row.line, row.code) for row in refused] == [(3, "line-too-long")]
    assert len(refused[0].raw) <= 4096


def test_lone_carriage_returns_stay_inside_their_line():
    rows, refused = read(b'a,b,c\n1,"x\ry",3\n4,5,6\n')
    assert cells(rows) == [("1", "x\ry", "3"), ("4", "5", "6")]
    assert not refused


def test_a_header_may_span_lines():
    rows, _ = read(b'a,"b\nb",c\n1,2,3\n')
    assert cells(rows) == [("1", "2", "3")]


def test_without_a_header_the_first_line_is_a_row():
    rows, _ = read(b"1,2,3\n", header=False)
    assert cells(rows) == [("1", "2", "3")]
    assert rows[0][LINE] == 1


@pytest.mark.parametrize(
    ("head", "delimiter", "first"),
    [
        (b"a,b\n1,2\n", ",", ["a", "b"]),
        (b"a;b;c\n1,5;2;3\n", ";", ["a", "b", "c"]),
        (b"a\tb\n1\t2\n", "\t", ["a", "b"]),
        (b'"x, y"|b\n"1,2"|3\n', "|", ["x, y", "b"]),
        (b"\xef\xbb\xbfa,b\n", ",", ["a", "b"]),
        (b"only\none\n", ",", ["only"]),
    ],
)
def test_the_delimiter_is_seen(head, delimiter, first):
    dialect = sniff(head)
    assert (dialect.delimiter, dialect.first_rows[0]) == (delimiter, first)


def test_columns_get_names_of_their_own():
    assert name_columns(["ip", "", "ip", " x "]) == ("ip", "column 2", "ip (2)", "x")
    assert name_columns(["a", "a", "a (2)", "a", "column 6", ""]) == (
        *("a", "a (2)", "a (2) (2)", "a (3)", "column 6", "column 6 (2)"),
    )
    assert name_columns(["_line", "_time", "_raw", "_raw"]) == ("_line (2)", "_time", "_raw (2)", "_raw (3)")


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=3, max_size=3),
        min_size=1,
    ),
    st.sampled_from([1, 5, 33, 1 << 20]),
)
def test_what_a_csv_writer_wrote_is_read_back(table, block_bytes):
    # A continued value is followed for 64 lines; a first column keeps blank lines from being rows.
    table = [["r" + row[0], *row[1:]] for row in table]
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(table)
    content = text.getvalue().encode()
    rows, refused = read(content, header=False, block_bytes=block_bytes)
    if all(sum(cell.count("\n") for cell in row) == 0 for row in table):
        assert [list(row) for row in cells(rows)] == table
        assert not refused


_pieces = st.lists(st.sampled_from([b'"', b",", b"\n", b"\r", b"a", b"\0", b"\xff", b"\xc3\xa4"]), max_size=60)


@given(st.binary(max_size=400) | _pieces.map(b"".join), st.sampled_from([1, 3, 16, 1 << 20]))
def test_any_bytes_are_read_without_loss(content, block_bytes):
    rows, refused = read(content, header=False, block_bytes=block_bytes)
    body = content.removeprefix(b"\xef\xbb\xbf")
    start = len(content) - len(body)
    spans = sorted(
        [(row[OFFSET], row[OFFSET] + row[LENGTH]) for row in rows]
        + [(row.offset, row.offset + len(row.raw)) for row in refused]
    )
    kept = b"".join(content[a:b].replace(b"\r", b"").replace(b"\n", b"") for a, b in spans)
    assert kept == content[start:].replace(b"\r", b"").replace(b"\n", b"")
