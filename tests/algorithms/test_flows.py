"""Flows from one account to another: the maximum, its chains, and what they may not do."""

from __future__ import annotations

import json
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transfers import paid

from linkgraph.algorithms.flow.flows import flow
from linkgraph.algorithms.flow.payments import paid as read
from linkgraph.algorithms.flow.traced import traced
from linkgraph.errors import UsageError

HOUR = 3_600_000_000


def trace(rows, start="a", end="b", **options):
    facts = {name: options.pop(name) for name in ("holds", "roles") if name in options}
    graph, events, sources = paid(rows, **facts)
    node = {value: at for at, value in enumerate(graph.entities["value"].to_pylist())}
    return traced(graph, events, sources, node[start], node[end], **options)


def amounts(rows, *ends, **options):
    return {one["currency"]: one["amount"] for one in trace(rows, *ends, **options).to_json()["flows"]}


def test_no_hop_carries_more_than_came_in():
    assert amounts([("a", "x", 0, 100), ("x", "b", 1, 30), ("x", "b", 2, 90)]) == {"EUR": "100"}
    assert amounts([("a", "x", 0, 10), ("x", "y", 1, 500), ("y", "b", 2, 500)]) == {"EUR": "10"}


def test_time_and_window_are_kept():
    assert amounts([("a", "x", 5, 10), ("x", "b", 4, 10)]) == {}
    assert amounts([("a", "x", 0, 10), ("x", "b", 25, 10)], window_days=1) == {}
    assert amounts([("a", "x", 0, 10), ("x", "y", 20, 10), ("y", "b", 40, 10)], window_days=1) == {"EUR": "10"}


def test_money_may_take_several_ways_and_each_is_shown_with_its_rows():
    rows = [("a", "x", 0, "0.3"), ("a", "y", 1, "0.2"), ("x", "b", 2, "0.1"), ("x", "y", 3, "0.2"), ("y", "b", 4, "9")]
    [found] = trace(rows).to_json()["flows"]
    assert found["amount"] == "0.5"
    assert [(one["amount"], [row["row"] for row in one["rows"]]) for one in found["chains"]] == [
        ("0.1", [2, 4]),
        ("0.2", [2, 5, 6]),
        ("0.2", [3, 6]),
    ]
    assert trace(rows).headline() == "By these rows up to 0.5 EUR can have come from the one to the other."
    assert len(trace(rows).to_frame()) == 7


def test_currencies_are_apart():
    assert amounts([("a", "x", 0, 5, "EUR"), ("x", "b", 1, 5, "USD"), ("a", "b", 1, 2, "USD")]) == {"USD": "2"}


def test_a_holder_stands_for_all_its_accounts():
    rows = [("a1", "b1", 0, 5), ("a2", "b2", 0, 7), ("a1", "a2", 0, 50)]
    holds = (("a", "a1"), ("a", "a2"), ("b", "b1"), ("b", "b2"))
    assert amounts(rows, holds=holds) == {"EUR": "12"}


def test_money_is_not_followed_through_a_victims_account():
    rows = [("a", "hers", 0, 5), ("hers", "b", 1, 5)]
    facts = {"holds": (("wren", "hers"),), "roles": {"wren": "victim"}}
    assert amounts(rows, **facts) == {}
    said = trace(rows, "hers", "b", **facts).to_json()
    assert said["flows"][0]["amount"] == "5"
    assert "wren" not in json.dumps(said)


def test_two_that_share_an_account_are_refused():
    rows = [("x", "y", 0, 1)]
    with pytest.raises(UsageError, match="the same payment account"):
        trace(rows, "a", "b", holds=(("a", "x"), ("b", "x")))


def test_a_search_that_is_stopped_gives_a_lower_bound_and_says_so(monkeypatch):
    monkeypatch.setattr("linkgraph.algorithms.flow.flows.MOST_WORK", 1)
    rows = [("a", f"x{number}", 0, 5) for number in range(9)] + [(f"x{number}", "b", 1, 5) for number in range(9)]
    found = trace(rows)
    assert found.to_json()["cut"] == [{"what": "the search", "why": "it was stopped; the amounts are a lower bound"}]
    assert found.headline().startswith("By these rows at least 5 EUR")


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 5), st.integers(0, 5), st.integers(0, 20), st.integers(1, 9), st.sampled_from([0, 0, 4])
        ),
        max_size=16,
    ),
    st.integers(1, 12),
)
def test_it_is_the_maximum_flow_in_time(drawn, hours):
    rows = [(f"n{u}", f"n{v}", hour, units, "EUR", 0, lasts) for u, v, hour, units, lasts in drawn if u != v]
    graph, events, _ = paid([*rows, ("n0", "n9", 0, 1), ("n9", "n1", 500, 1)])
    payments = read(events).by_currency["EUR"]
    node = {value: at for at, value in enumerate(graph.entities["value"].to_pylist())}
    start, end = [node["n0"]], [node["n1"]]
    found = flow(payments, start, end, hours * HOUR, np.zeros(len(graph), bool))

    network = nx.DiGraph()
    network.add_nodes_from(["from", "to"])
    p, kept = payments, [at for at in range(len(payments)) if payments.payee[at] != start[0] != end[0]]
    kept = [at for at in kept if p.payer[at] != end[0]]
    for at in kept:
        network.add_edge((at, "in"), (at, "out"), capacity=int(p.units[at]))
        if p.payer[at] == start[0]:
            network.add_edge("from", (at, "in"))
        if p.payee[at] == end[0]:
            network.add_edge((at, "out"), "to")
        for other in kept:
            if p.payee[at] == p.payer[other] and p.first[at] <= p.last[other] <= p.last[at] + hours * HOUR:
                network.add_edge((at, "out"), (other, "in"))
    assert found.units == nx.maximum_flow_value(network, "from", "to")
    assert found.complete
    assert sum(units for units, _ in found.chains) == found.units
    carried = np.zeros(len(payments), np.int64)
    for units, chain in found.chains:
        assert p.payer[chain[0]] == start[0]
        assert p.payee[chain[-1]] == end[0]
        for one, other in pairwise(chain):
            assert p.payee[one] == p.payer[other]
            assert p.first[one] <= p.last[other] <= p.last[one] + hours * HOUR
        carried[list(chain)] += units
    assert (carried <= p.units).all()
