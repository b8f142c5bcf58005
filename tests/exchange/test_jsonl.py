"""The exact form: what is read is what was written, and what is not whole is refused with a sentence."""

from __future__ import annotations

import io
import json

import pyarrow as pa
import pytest
from exchange.tables import FILE, HOSTILE, NOON, entity, everything, extract, link
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.errors import IntegrityError
from linkgraph.exchange import jsonl
from linkgraph.model import EntityKind, LinkKind


def written(given) -> bytes:
    stream = io.BytesIO()
    assert jsonl.write(stream, given) == []
    return stream.getvalue()


def same(one, other) -> bool:
    tables = all(getattr(one, name).equals(getattr(other, name)) for name in ("entities", "links", "said"))
    return tables and (one.case, one.agency, one.sources) == (other.case, other.agency, other.sources)


def test_all_of_it_comes_back():
    found = jsonl.read(io.BytesIO(written(everything())))
    assert same(found, everything())
    assert found.marking == "TLP:RED"


def test_what_is_not_the_same_is_not_called_the_same():
    assert not same(extract([entity(EntityKind.ACCOUNT, "a:b")], []), extract([entity(EntityKind.ACCOUNT, "a:c")], []))


def test_one_record_a_line_and_no_member_without_a_value():
    lines = written(everything()).decode().split("\n")
    assert lines.pop() == ""
    records = [json.loads(line) for line in lines]
    assert [one["record"] for one in records[:3]] == ["graph", "source", "source"]
    assert all(value is not None for record in records for value in record.values())
    [paid] = [one for one in records if one.get("count") == 3 and one["kind"] == "PAID"]
    assert paid["amounts"] == [{"currency": "", "sum": "1"}, {"currency": "EUR", "sum": "1234567890123456.70"}]
    assert paid["evidence"] == ["0 4-9,12", "1 1"]
    assert paid["first_seen"] == "2026-01-01T12:00:00.250000Z"
    assert HOSTILE in {one.get("label") for one in records}


def test_two_exports_are_the_same_bytes():
    assert written(everything()) == written(everything())


def test_a_graph_without_anything_is_one():
    found = jsonl.read(io.BytesIO(written(extract([], [], sources=()))))
    assert (found.entities.num_rows, found.links.num_rows, found.marking) == (0, 0, "TLP:CLEAR")


def test_more_rows_than_are_written_at_a_time():
    many = extract([entity(EntityKind.FILE_HASH, f"sha256:{number:064x}") for number in range(100_003)], [])
    assert same(jsonl.read(io.BytesIO(written(many))), many)


def test_corrected_rows_go_along():
    given = extract([entity(EntityKind.ACCOUNT, "a:b")], [])
    given = type(given)(
        **{name: getattr(given, name) for name in given.__dataclass_fields__}
        | {"corrected": {FILE: ["c" * 64 + " 4-9"]}}
    )
    assert jsonl.read(io.BytesIO(written(given))).corrected == {FILE: ["c" * 64 + " 4-9"]}


@settings(max_examples=80, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])), st.floats(allow_nan=False, allow_infinity=False))
def test_every_text_and_weight_comes_back(text, weight):
    one = entity(EntityKind.ACCOUNT, "a:b", label=text)
    given = extract([one], [link(LinkKind.LINKED, one, one, weight=weight, first_seen=NOON)], case=text)
    assert same(jsonl.read(io.BytesIO(written(given))), given)


BROKEN = {
    "another file": (lambda text: b'{"hello": 1}\n', "no graph of linkgraph"),
    "nothing": (lambda text: b"", "ends within its first lines"),
    "a newer form": (lambda text: text.replace(b'"version":1', b'"version":2', 1), "update linkgraph"),
    "an entity less": (lambda text: without(text, b'"record":"entity"'), "17 entities, and 16"),
    "a source less": (lambda text: without(text, b'"record":"source"'), "no source 0"),
    "a member nobody knows": (lambda text: text.replace(b'"kind":"PAID"', b'"kind":"PAID","x":1'), "cannot be read"),
    "a member twice": (lambda text: text.replace(b'"kind":"PAID"', b'"kind":"PAID","kind":"PAID"'), "cannot be read"),
    "a record nobody knows": (lambda text: text.replace(b'"record":"said"', b'"record":"sayd"', 1), "does not know"),
    "a source that is not there": (lambda text: text.replace(b'"0 4-9,12"', b'"7 4-9,12"'), "not in it"),
    "rows that are none": (lambda text: text.replace(b'"0 4-9,12"', b'"0 4-;9"'), "no list of rows"),
    "a weight that is none": (lambda text: text.replace(b'"weight":2.5', b'"weight":NaN'), "no number"),
    "a weight beyond all": (lambda text: text.replace(b'"weight":2.5', b'"weight":1e999'), "cannot be read"),
    "text that is not UTF-8": (
        lambda text: text.replace(b"amber_fox (chat)", b"amber_fox\xff(chat)"),
        "UTF-8|cannot be read",
    ),
    "half a character": (lambda text: text.replace(b"amber_fox (chat)", rb"amber\ud800"), "cannot be read"),
    "a time that is none": (lambda text: text.replace(b"2026-01-01T12", b"2026-13-01T12"), "cannot be read|described"),
    "no marking": (
        lambda text: text.replace(b'"marking":"TLP:AMBER","imported', b'"marking":"NONE","imported'),
        "not described",
    ),
}


def without(text: bytes, mark: bytes) -> bytes:
    lines = text.split(b"\n")
    del lines[next(at for at, line in enumerate(lines) if mark in line)]
    return b"\n".join(lines)


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_whole_is_refused(name):
    change, sentence = BROKEN[name]
    changed = change(written(everything()))
    assert changed != written(everything())
    with pytest.raises(IntegrityError, match=sentence):
        jsonl.read(io.BytesIO(changed))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_changed_byte_is_refused_or_read_and_never_a_traceback(data):
    text = bytearray(written(everything()))
    at = data.draw(st.integers(0, len(text) - 1))
    text[at] = data.draw(st.integers(0, 255))
    try:
        found = jsonl.read(io.BytesIO(bytes(text)))
    except IntegrityError:
        return
    assert isinstance(found.entities, pa.Table)


def with_line(number, line):
    lines = written(everything()).split(b"\n")
    return b"\n".join([*lines[:number], line, *lines[number:]])


@pytest.mark.parametrize("line", [b"null", b"1", b"[]", b'"x"', b"", b" ", b"true", b"\r", b"nullnull"])
@pytest.mark.parametrize("place", [1, 3, 5, -1])
def test_a_line_that_is_no_record_is_refused(line, place):
    with pytest.raises(IntegrityError):
        jsonl.read(io.BytesIO(with_line(place, line)))


def changed_line(record, **members):
    """Change members of the first line of a kind."""
    lines = written(everything()).split(b"\n")
    at = next(at for at, line in enumerate(lines) if line.startswith(b'{"record":"' + record.encode()))
    lines[at] = json.dumps(json.loads(lines[at]) | members).encode()
    return b"\n".join(lines)


@pytest.mark.parametrize(
    ("record", "members"),
    [
        ("source", {"corrected": 5}),
        ("source", {"corrected": [5]}),
        ("source", {"corrected": ["x"]}),
        ("source", {"sha256": "z" * 64}),
        ("source", {"name": "\ud800"}),
        ("graph", {"case": "\ud800"}),
        ("link", {"amounts": [None]}),
        ("link", {"amounts": [{"currency": "EUR"}]}),
        ("link", {"amounts": [{"sum": "1"}]}),
        ("link", {"evidence": ["0 1-" + "9" * 5000]}),
        ("link", {"evidence": [None]}),
        ("link", {"evidence": "0 1"}),
        ("entity", {"value": ["x"]}),
        ("entity", {"value": {"x": 1}}),
    ],
)
def test_what_is_of_another_form_is_refused_in_a_sentence(record, members):
    with pytest.raises(IntegrityError):
        jsonl.read(io.BytesIO(changed_line(record, **members)))
