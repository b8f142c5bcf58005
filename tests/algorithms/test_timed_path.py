"""A path in time: arrives first, never runs backwards, never through a victim; the command."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from custody.cases import UTC as STATED
from custody.cases import made
from hypothesis import given, settings
from hypothesis import strategies as st
from transfers import paid

from linkgraph.algorithms.direction.timed_path import timed_path
from linkgraph.cli import main


def walk(rows: list[tuple], a: str, b: str, **facts) -> list[tuple[str, int]] | None:
    """Give name and row of each hop; None where there is no path."""
    graph, events, files = paid([(*row, "1") for row in rows], **facts)
    names = graph.entities["value"].to_pylist()
    found = timed_path(graph, events, files, names.index(a), names.index(b))
    if found.to_json()["length"] is None:
        return None
    assert [names[node] for node in found.nodes][:1] == [a]
    return [(names[row["target"]], row["row"]) for row in found.rows.to_pylist()]


def test_the_path_that_arrives_first_though_another_has_fewer_hops():
    rows = [("a", "m", 1), ("m", "n", 2), ("n", "z", 3), ("a", "z", 9)]
    assert walk(rows, "a", "z") == [("m", 2), ("n", 3), ("z", 4)]
    assert walk(rows, "z", "a") is None
    assert walk(rows, "a", "a") == []


def test_time_does_not_run_backwards_and_one_moment_is_in_any_order():
    assert walk([("a", "m", 5), ("m", "z", 4)], "a", "z") is None
    assert walk([("m", "z", 4), ("a", "m", 4)], "a", "z") == [("m", 3), ("z", 2)]
    assert walk([("a", "m", None), ("m", "z", 4)], "a", "z") is None


def test_a_victim_may_be_an_end_and_is_never_between():
    rows = [("a", "v", 1), ("v", "z", 2)]
    victim = {"roles": {"v": "victim"}}
    assert walk(rows, "a", "z", **victim) is None
    assert walk(rows, "a", "v", **victim) == [("v", 2)]
    assert walk(rows, "v", "z", **victim) == [("z", 3)]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 9)), min_size=1, max_size=25))
def test_no_path_arrives_earlier(rows):
    rows = [(str(one), str(other), time) for one, other, time in rows]
    start, end = rows[0][0], rows[-1][1]
    if start == end:
        return
    # Earliest arrivals by letting every row pass on, until nothing gets earlier.
    arrives = {start: -1}
    again = True
    while again:
        again = False
        for one, other, time in rows:
            if one in arrives and time >= arrives[one] and time < arrives.get(other, 99):
                arrives[other] = time
                again = True
    found = walk(rows, start, end)
    assert (found is None) == (end not in arrives)
    if found:
        times = [rows[row - 2][2] for _, row in found]
        assert times == sorted(times)
        assert times[-1] == arrives[end]
        ends = [(start, found[0][0]), *((one[0], other[0]) for one, other in pairwise(found))]
        assert [rows[row - 2][:2] for _, row in found] == ends


MESSAGES = """sender,receiver,service,timestamp
a,b,chat,2026-01-05T10:00:00Z
b,c,chat,2026-01-05T11:00:00Z
"""


def test_the_command(tmp_path, capsys):
    case = made(tmp_path, [("contacts", "messages.csv", MESSAGES, STATED)])
    folder = ["--in-time", "--case", str(case.folder)]
    assert main(["path", "chat:a", "chat:c", *folder, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["length"] == 2
    assert [link["first_seen"] for link in record["links"]] == ["2026-01-05T10:00:00Z", "2026-01-05T11:00:00Z"]
    assert [link["evidence"][0]["row"] for link in record["links"]] == [2, 3]
    assert set(case.detail("chat:a").evidence) == {record["links"][0]["id"]}
    assert main(["path", "chat:a", "chat:c", *folder]) == 0
    assert "messages.csv row 3" in capsys.readouterr().out
    assert main(["path", "chat:c", "chat:a", *folder]) == 0
    assert "No path in the order of time" in capsys.readouterr().err
    assert main(["path", "chat:a", "chat:c", *folder, "--links", "USED_IP"]) == 2
    assert "cannot be followed in time" in capsys.readouterr().err


@pytest.mark.parametrize("rows", [[("a", "a", 1)], [("a", "b", None)]])
def test_next_to_nothing(rows):
    assert walk(rows, rows[0][0], rows[0][0]) == []
