"""Time-respecting reach: against every path there is, cascades row by row, and the sample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.algorithms.direction.reach import COLUMNS, cascades, reach, spread, timeline

Event = tuple[int, int, int]


def line(events: list[Event], window: int):
    source, target, time = (np.array(column, np.int64) for column in zip(*events, strict=True)) if events else [[]] * 3
    return timeline(
        np.asarray(source, np.int32),
        np.asarray(target, np.int32),
        np.asarray(time, np.int64),
        np.arange(len(events)),
        window,
    )


def followed(events: list[Event], starts: list[Event], end: int) -> set[int]:
    """Give all that paths from some events lead to by an end, walking from event to event."""
    seen, stack = set(starts), list(starts)
    while stack:
        _, here, time = stack.pop()
        for event in events:
            if event[0] == here and time <= event[2] <= end and event not in seen:
                seen.add(event)
                stack.append(event)
    return {target for _, target, _ in seen}


def within(events: list[Event], node: int, window: int) -> set[int]:
    real = [event for event in events if event[0] != event[1]]
    own = [event for event in real if event[0] == node]
    return set().union(*(followed(real, [one], one[2] + window) for one in own)) - {node}


def largest(events: list[Event], node: int, window: int) -> int:
    real = [event for event in events if event[0] != event[1]]
    found = [0]
    for start in {event[2] for event in real if event[0] == node}:
        begins = [event for event in real if event[0] == node and start <= event[2] <= start + window]
        found.append(len(followed(real, begins, start + window) - {node}))
    return max(found)


EVENTS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(0, 12)), max_size=30)


@settings(max_examples=200, deadline=None)
@given(EVENTS, st.integers(0, 14))
def test_reach_is_what_all_paths_lead_to(events, window):
    ordered = line(events, window)
    found = reach(ordered)
    assert found.sampled is None
    named = ordered.nodes.tolist()
    wanted = {node: within(events, node, window) for node in named}
    assert found.reached.tolist() == [len(wanted[node]) for node in named]
    for place, node in enumerate(named):
        begun = cascades(ordered, place)
        assert {named[one] for one in begun.reached} == wanted[node]
        assert len(begun.largest) == largest(events, node, window)
        assert begun.tried == begun.starts == len({event[2] for event in events if event[0] == node != event[1]})


@settings(max_examples=100, deadline=None)
@given(EVENTS, st.integers(0, 14))
def test_a_cascade_is_a_tree_in_the_order_of_time_and_within_the_window(events, window):
    ordered = line(events, window)
    for place in range(len(ordered.nodes)):
        begun = cascades(ordered, place)
        depth, last = {place: 0}, 0
        for event, hops in zip(begun.largest.tolist(), begun.hops.tolist(), strict=True):
            source, target, time = int(ordered.source[event]), int(ordered.target[event]), int(ordered.time[event])
            assert target not in depth
            depth[target] = depth[source] + 1
            assert hops == depth[target]
            assert time >= last
            last = time
        if len(begun.largest):
            assert last - int(ordered.time[begun.largest[0]]) <= window


@settings(max_examples=50, deadline=None)
@given(EVENTS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(events, draw):
    events = sorted(set(events))
    shuffled = list(events)
    draw.shuffle(shuffled)
    first, second = line(events, 5), line(shuffled, 5)
    assert reach(first).reached.tolist() == reach(second).reached.tolist()
    for place in range(len(first.nodes)):
        one, other = cascades(first, place), cascades(second, place)
        assert first.time[one.largest].tolist() == second.time[other.largest].tolist()
        assert first.target[one.largest].tolist() == second.target[other.largest].tolist()


def test_time_does_not_run_backwards():
    assert reach(line([(0, 1, 20), (1, 2, 10)], 100)).reached.tolist() == [1, 1, 0]
    assert reach(line([(0, 1, 10), (1, 2, 20)], 100)).reached.tolist() == [2, 1, 0]
    assert reach(line([(0, 1, 10), (1, 2, 20)], 9)).reached.tolist() == [1, 1, 0]
    assert reach(line([(0, 1, 10), (1, 2, 20)], 10)).reached.tolist() == [2, 1, 0]


def test_a_chain_within_one_moment_is_followed_in_any_order():
    events = [(4, 3, 1), (3, 2, 1), (2, 1, 1), (1, 0, 1)]
    assert reach(line(events, 0)).reached.tolist() == [0, 1, 2, 3, 4]


def test_nothing_happened():
    ordered = line([], 5)
    assert len(ordered) == 0
    assert reach(ordered).reached.tolist() == []
    assert line([(3, 3, 1)], 5).nodes.tolist() == []


def test_who_begins_nothing_has_no_cascade():
    ordered = line([(0, 1, 1)], 5)
    begun = cascades(ordered, 1)
    assert (len(begun.reached), len(begun.largest), begun.starts, begun.tried) == (0, 0, 0, 0)


def test_where_there_is_too_much_targets_are_sampled_and_starts_thinned():
    chain = [(node, node + 1, node) for node in range(500)]
    ordered = line(chain, 1000)
    found = reach(ordered, most_steps=1)
    assert (found.targets, found.sampled) == (500, COLUMNS)
    # Node 0 reaches all, so that its estimate is exact; node 250 half of them.
    assert found.reached[0] == pytest.approx(500)
    assert found.reached[250] == pytest.approx(250, abs=100)
    assert found.reached.tolist() == reach(ordered, most_steps=1).reached.tolist()
    often = line([(0, node, node) for node in range(1, 101)], 10)
    begun = cascades(often, 0, most_steps=200)
    assert begun.starts == 100
    assert 0 < begun.tried <= 25
    assert len(begun.largest) == 11


def test_spreading_from_a_place_in_time():
    ordered = line([(0, 1, 1), (0, 2, 2), (2, 3, 3)], 10)
    assert spread(ordered, 0, 0, 3).tolist() == [0, 1, 2]
    assert spread(ordered, 0, 1, 3).tolist() == [1, 2]
