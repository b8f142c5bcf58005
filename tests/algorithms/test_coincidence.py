"""Probabilities of coincidences, beside those of SciPy and those counted out."""

from __future__ import annotations

from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, hypergeom

from linkgraph.algorithms.sharing.coincidence import at_least, false_discovery_rate, tail


def arrays(*columns):
    return [np.array(column, np.int64) for column in columns]


@st.composite
def draws(draw):
    occasions = draw(st.integers(1, 400))
    n, k = draw(st.integers(0, occasions)), draw(st.integers(0, occasions))
    return draw(st.integers(0, 40)), n, k, occasions


@given(st.lists(draws(), min_size=1, max_size=30))
def test_the_hypergeometric_tail_is_that_of_scipy(cases):
    shared, n, k, occasions = arrays(*zip(*cases, strict=True))
    assert at_least(shared, n, k, occasions) == pytest.approx(hypergeom.sf(shared - 1, occasions, n, k), abs=1e-9)


def test_a_tiny_probability_is_as_exact_as_a_large_one():
    found = at_least(*arrays([20, 10], [20, 10], [20, 10], [60, 100_000]))
    assert found == pytest.approx([1 / comb(60, 20), 1 / comb(100_000, 10)], rel=1e-8)


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 6), st.integers(6, 25)), min_size=2, max_size=3), st.data())
def test_several_sorts_are_summed_as_counting_out_says(sorts, data):
    n, k, occasions = zip(*sorts, strict=True)
    assume(any(k))
    shared = data.draw(st.integers(1, 12))
    ranges = [range(min(a, b) + 1) for a, b, _ in sorts]
    wanted = sum(
        np.prod([hypergeom.pmf(x, c, a, b) for x, (a, b, c) in zip(one, sorts, strict=True)])
        for one in product(*ranges)
        if sum(one) >= shared
    )
    found = tail(np.array([shared]), *(np.array([column], np.int64) for column in (n, k, occasions)))
    assert found[0] == pytest.approx(wanted, abs=1e-12, rel=1e-9)


def test_fewer_occasions_than_somebody_was_at_make_a_coincidence_certain():
    assert at_least(*arrays([3, 4], [3, 3], [5, 5], [4, 4])).tolist() == [1.0, 0.0]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_q_is_that_of_benjamini_and_hochberg(p):
    assert false_discovery_rate(np.array(p), len(p)) == pytest.approx(false_discovery_control(p))


def test_pairs_that_never_met_count_as_tested():
    assert false_discovery_rate(np.array([0.001, 0.0001]), 100).tolist() == pytest.approx([0.05, 0.01])
