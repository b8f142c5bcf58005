"""When and at what two accounts can have met."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from observations import observed

from linkgraph.algorithms.sharing.occasions import at_addresses, of_files

HOUR = 3_600_000_000
DAY = 24 * HOUR


def there(graph, occasions):
    """Give the accounts of each occasion, by name."""
    value = graph.entities["value"].to_pylist()
    met = {}
    for account, occasion in zip(occasions.account.tolist(), occasions.occasion.tolist(), strict=True):
        met.setdefault(occasion, []).append(value[account])
    return sorted((value[occasions.resource[number]], sorted(names)) for number, names in met.items())


def test_midnight_cuts_nobody_off():
    graph, events = observed([("a", "x", 23.9), ("b", "x", 24.1), ("a", "x", 60), ("b", "y", 24)])
    assert there(graph, at_addresses(graph, events, DAY)) == [("x", ["a"]), ("x", ["a", "b"]), ("y", ["b"])]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("xy"), st.integers(0, 200), st.integers(0, 30))))
def test_rows_of_one_window_are_never_further_apart_than_it_is_long(rows):
    rows = [(account, address, hours, hours + lasts) for account, address, hours, lasts in rows]
    graph, events = observed(rows)
    found = at_addresses(graph, events, DAY)
    short = [row for row in rows if row[3] - row[2] <= 24]
    assert (found.rows, found.left_out) == (len(rows), len(rows) - len(short))
    for address in "xy":
        # The windows laid again, row by row.
        wanted, ends = [], -1
        for account, _, first, last in sorted((row for row in short if row[1] == address), key=lambda row: row[2:]):
            if not wanted or last > ends:
                wanted.append(set())
                ends = first + 24
            wanted[-1].add(account)
        met = [set(names) for where, names in there(graph, found) if where == address]
        assert sorted(map(sorted, met)) == sorted(map(sorted, wanted))


def test_no_time_is_counted_and_left_out():
    graph, events = observed([("a", "x", None), ("b", "x", 1), ("b", "x", 1, 40)])
    found = at_addresses(graph, events, DAY)
    assert (len(found), found.rows, found.left_out) == (1, 3, 2)
    assert found.users.tolist() == [2]


def test_victims_and_links_that_never_link_are_at_no_occasion():
    graph, events = observed(
        [("a", "x", 1), ("b", "x", 1), ("v", "x", 1)],
        [("a", "f"), ("v", "f"), ("b", "empty")],
        roles={"v": "victim"},
        grades={("b", "x"): "never links: private address", ("b", "empty"): "never links: empty file"},
    )
    assert there(graph, at_addresses(graph, events, DAY)) == [("x", ["a"])]
    assert there(graph, of_files(graph)) == [("f", ["a"])]
    assert of_files(graph).users.tolist() == [2]


def test_two_digests_of_one_file_are_one_occasion():
    graph, _ = observed([], [("a", "md5"), ("a", "sha1"), ("b", "sha1")], same=[("sha1", "md5")])
    [(_, names)] = there(graph, of_files(graph))
    assert names == ["a", "b"]
    assert of_files(graph).users.tolist() == [2]


def test_an_address_graded_as_shared_is_public():
    graph, events = observed([("a", "x", 1), ("b", "y", 1)], grades={("a", "x"): "shared address: on the list exits"})
    found = at_addresses(graph, events, DAY)
    assert found.public.tolist() == [graph.entities["value"][node].as_py() == "x" for node in found.resource.tolist()]


def test_nothing_at_all():
    graph, events = observed([])
    assert len(at_addresses(graph, events, DAY)) == len(of_files(graph)) == 0
    assert np.array_equal(of_files(graph).account, [])
