"""Withdrawing and importing again leaves the graph of a case in which nobody ever erred."""

from __future__ import annotations

import tempfile
from pathlib import Path

from custody.cases import HEADER, UTC, made
from hypothesis import given, settings
from hypothesis import strategies as st

ROWS = st.lists(
    st.builds(
        "{},chat,{},,2026-01-05 10:0{}:00,login".format,
        st.sampled_from(["amber", "blue", "grey"]),
        st.sampled_from(["193.0.6.1", "193.0.6.2", "010.0.0.1", "10.0.0.1"]),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=6,
)
CONTACTS = st.lists(
    st.builds("{},{},chat".format, st.sampled_from(["amber", "blue"]), st.sampled_from(["grey", "wren"])),
    min_size=1,
    max_size=3,
)


def file(number, rows, contacts):
    if contacts:
        return ("contacts", f"{number}.csv", "sender,receiver,service\n" + "\n".join([*rows, ""]), None)
    return ("ip-logs", f"{number}.csv", HEADER + "\n".join([*rows, ""]), UTC)


@settings(max_examples=10, deadline=None)
@given(
    sources=st.lists(
        ROWS.map(lambda rows: (rows, False)) | CONTACTS.map(lambda rows: (rows, True)), min_size=1, max_size=3
    ),
    acts=st.lists(st.tuples(st.booleans(), st.integers(0, 2)), max_size=4),
)
def test_withdrawing_and_importing_again_changes_nothing_in_the_end(sources, acts):
    files = [file(number, rows, contacts) for number, (rows, contacts) in enumerate(sources)]
    # Equal bytes are one source.
    files = list({content: one for one in files for content in [one[2]]}.values())
    with tempfile.TemporaryDirectory() as erring, tempfile.TemporaryDirectory() as sure:
        case = made(Path(erring), files)
        within = dict.fromkeys(name for _, name, _, _ in files)
        for takes_out, at in acts:
            kind, name, _, stated = files[at % len(files)]
            if takes_out and name in within:
                case.withdraw(name, "erred")
                del within[name]
            elif not takes_out and name not in within:
                case.ingest(kind, [Path(erring) / name], stated=stated)
                within[name] = None
        control = made(Path(sure), [one for one in files if one[1] in within])
        assert case.digest() == control.digest()
        assert case.verify().whole
        counts = {one.name: (one.read, one.quarantined, one.stored + one.duplicates) for one in case.sources()}
        assert counts == {
            one.name: (one.read, one.quarantined, one.stored + one.duplicates) for one in control.sources()
        }
        assert case.rebuild().equal
        assert case.digest() == control.digest()
