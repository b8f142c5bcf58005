"""What holds of every reader, over files of its format that were damaged in any way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading import Reading
from subjects import SUBJECTS, Subject

from linkgraph.ingest.readers.rows import MAX_LINE_BYTES

_HOSTILE = st.sampled_from(
    [
        *(bytes([one]) for one in b"\0\xff\xc3\r\n\"'<>{}[],\t:\\="),
        *(one.encode() for one in ("\r\n", "\u202e", "\u2028", "\ufeff", "&#0;", "<!--", "\\ud800", "#Fields: date\n")),
    ]
)

_Change = Callable[[bytes, st.DataObject], bytes]


def _cut(content: bytes, data: st.DataObject) -> bytes:
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(content))] * 2)))
    return content[:first] + content[last:]


def _truncate(content: bytes, data: st.DataObject) -> bytes:
    return content[: data.draw(st.integers(0, len(content)))]


def _insert(content: bytes, data: st.DataObject) -> bytes:
    at = data.draw(st.integers(0, len(content)))
    return content[:at] + data.draw(_HOSTILE | st.binary(max_size=8)) + content[at:]


def _replace(content: bytes, data: st.DataObject) -> bytes:
    at = data.draw(st.integers(0, len(content)))
    new = data.draw(_HOSTILE | st.binary(max_size=8))
    return content[:at] + new + content[at + len(new) :]


def _double(content: bytes, data: st.DataObject) -> bytes:
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(content))] * 2)))
    at = data.draw(st.integers(0, len(content)))
    return content[:at] + content[first:last] + content[at:]


_CHANGES = (_cut, _truncate, _insert, _insert, _replace, _double)


@st.composite
def _damaged(draw: st.DrawFn, subject: Subject) -> bytes:
    content = draw(st.sampled_from(subject.seeds))
    data = draw(st.data())
    for change in draw(st.lists(st.sampled_from(_CHANGES), min_size=1, max_size=4)):
        content = change(content, data)
    return content


def _all(reading: Reading | None) -> object:
    return None if reading is None else (reading.rows, reading.unreadable, reading.passed_over)


@pytest.mark.parametrize("name", SUBJECTS)
def test_files_to_start_from_are_read(name: str) -> None:
    subject = SUBJECTS[name]
    readings = [subject.read(seed) for seed in subject.seeds]
    assert readings
    assert all(reading is not None and reading.accounted for reading in readings)
    assert any(reading is not None and reading.rows for reading in readings)


# Only the batches of a reader differ, so its own checks in ``read`` are what is tested here.
@pytest.mark.parametrize("name", SUBJECTS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_whatever_is_damaged_every_record_is_told_of_and_batches_do_not_matter(name: str, data: st.DataObject) -> None:
    subject = SUBJECTS[name]
    content = data.draw(_damaged(subject))
    whole = subject.read(content)
    assert _all(subject.read(content, batch_rows=data.draw(st.integers(1, 5)))) == _all(whole)


@pytest.mark.parametrize("name", [name for name in SUBJECTS if not name.startswith(("nsrl", "xlsx"))])
def test_a_line_beyond_all_bounds_is_told_of_wherever_it_stands(name: str) -> None:
    subject = SUBJECTS[name]
    seed = max(subject.seeds, key=len)
    long = b"x" * (MAX_LINE_BYTES + 1)
    for at in (0, len(seed) // 3, 2 * len(seed) // 3, len(seed)):
        for piece in (long, b"\n" + long + b"\n"):
            content = seed[:at] + piece + seed[at:]
            assert _all(subject.read(content, batch_rows=1)) == _all(subject.read(content))
