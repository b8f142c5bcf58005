"""Trophic levels: known networks, the defining equations, both ways of solving, and what chance makes."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.algorithms.direction import trophic
from linkgraph.algorithms.direction.trophic import trophic_levels


def levels(links: list[tuple], n: int, **more):
    source, target, *weight = (np.array(column) for column in zip(*links, strict=True)) if links else ([], [])
    return trophic_levels(
        np.asarray(source, np.int32),
        np.asarray(target, np.int32),
        np.asarray(weight[0] if weight else np.ones(len(links)), np.float64),
        n,
        **more,
    )


def test_a_path_climbs_one_level_a_link_and_is_wholly_coherent():
    found = levels([(0, 1), (1, 2), (2, 3)], 4)
    assert found.level.tolist() == [0, 1, 2, 3]
    assert found.incoherence.tolist() == pytest.approx([0])


@pytest.mark.parametrize("length", [2, 3, 10, 50])
def test_a_cycle_has_one_level_and_is_wholly_incoherent(length):
    found = levels([(node, (node + 1) % length) for node in range(length)], length)
    assert found.level.tolist() == pytest.approx([0] * length)
    assert found.incoherence.tolist() == pytest.approx([1])


def test_the_feed_forward_loop_worked_out_by_hand():
    # Λ = [[2,-1,-1],[-1,2,-1],[-1,-1,2]], v = [-2,0,2]: h = 0, 2/3, 4/3; F0 = (2 · (1/3)² + (1/3)²) / 3 = 1/9.
    found = levels([(0, 1), (1, 2), (0, 2)], 3)
    assert found.level.tolist() == pytest.approx([0, 2 / 3, 4 / 3], abs=1e-6)
    assert found.incoherence.tolist() == pytest.approx([1 / 9])


def test_components_are_numbered_by_their_first_node_and_each_starts_at_0():
    found = levels([(4, 1), (3, 0), (0, 3), (6, 6)], 7)
    assert found.component.tolist() == [0, 1, -1, 0, 1, -1, -1]
    assert found.level[[0, 3, 4, 1]].tolist() == [0, 0, 0, 1]
    assert np.isnan(found.level[[2, 5, 6]]).all()
    assert found.incoherence.tolist() == pytest.approx([1, 0])


@pytest.mark.parametrize("n", [0, 1, 2])
def test_nothing_to_level(n):
    found = levels([], n)
    assert found.component.tolist() == [-1] * n
    assert len(found.incoherence) == 0


def random_links(n: int, m: int, seed: int) -> list[tuple]:
    draw = np.random.default_rng(seed)
    network = nx.gnm_random_graph(n, m, seed=seed, directed=True)
    return [(u, v, float(draw.choice([0.5, 1.0, 1.7, 4.0]))) for u, v in network.edges]


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 30), st.integers(1, 80), st.integers(0, 10**6))
def test_the_levels_solve_the_defining_equations_and_no_others_are_better(n, m, seed):
    links = random_links(n, m, seed)
    found = levels(links, n)
    matrix = np.zeros((n, n))
    for u, v, weight in links:
        matrix[u, v] += weight
    into, out = matrix.sum(axis=0), matrix.sum(axis=1)
    height = np.nan_to_num(found.level)
    assert (np.diag(into + out) - matrix - matrix.T) @ height == pytest.approx(into - out, abs=1e-3)
    # Least squares over the links themselves is another way to the same minimum.
    rows = np.zeros((len(links), n))
    root = np.sqrt([weight for *_, weight in links])
    for row, (u, v, _) in enumerate(links):
        rows[row, [u, v]] = -root[row], root[row]
    best, *_ = np.linalg.lstsq(rows, root, rcond=None)
    missed = (rows @ best - root) ** 2
    for part in range(len(found.incoherence)):
        own = [row for row, (u, *_) in enumerate(links) if found.component[u] == part]
        assert found.incoherence[part] == pytest.approx(missed[own].sum() / (root[own] ** 2).sum(), abs=1e-6)
        assert found.level[found.component == part].min() == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 12), st.integers(1, 4), st.integers(0, 10**6))
def test_where_every_link_climbs_one_level_the_older_definition_agrees(width, layers, seed):
    draw = np.random.default_rng(seed)
    network = nx.DiGraph()
    for layer in range(layers):
        for place in range(width):
            above = (layer + 1) * width + place
            for below in {place, int(draw.integers(width))}:
                network.add_edge(layer * width + below, above)
    older = nx.trophic_levels(network)
    found = levels(list(network.edges), (layers + 1) * width)
    assert found.level.tolist() == pytest.approx([older[node] - 1 for node in sorted(network)], abs=1e-6)
    assert found.incoherence == pytest.approx(0)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 40), st.integers(1, 120), st.integers(0, 10**6))
def test_both_ways_of_solving_agree(n, m, seed):
    links = random_links(n, m, seed)
    directly = levels(links, n)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trophic, "DIRECT", 0)
        step_by_step = levels(links, n)
    assert step_by_step.level == pytest.approx(directly.level, abs=1e-5, nan_ok=True)
    assert step_by_step.incoherence == pytest.approx(directly.incoherence, abs=1e-6)
    assert set(step_by_step.draws.tolist()) <= {trophic.DRAWS_WHERE_LARGE}
    assert (step_by_step.residual < 1e-8).all()


def test_small_components_put_together_in_batches_are_as_each_alone(monkeypatch):
    links = [(5 * k + u, 5 * k + v) for k in range(30) for u, v in [(0, 1), (1, 2), (2, 0), (2, 3), (0, 4)]]
    whole = levels(links, 150)
    monkeypatch.setattr(trophic, "DIRECT_LINKS", 25)
    parts = levels(links, 150)
    assert parts.level.tolist() == whole.level.tolist()
    assert parts.as_coherent.tolist() == whole.as_coherent.tolist()


def test_random_directions_are_as_coherent_as_counting_cycles_says():
    # With one link a pair and equal weights the mean over all directions is (links − nodes + parts) / links.
    network = nx.gnm_random_graph(60, 180, seed=3)
    network = network.subgraph(max(nx.connected_components(network), key=len))
    named = {node: place for place, node in enumerate(network)}
    links = [(named[u], named[v]) for u, v in network.edges]
    found = levels(links, len(named))
    assert found.expected[0] == pytest.approx((len(links) - len(named) + 1) / len(links), abs=0.02)


def test_a_tree_is_coherent_whichever_way_its_links_point():
    found = levels([(1, 0), (0, 2), (3, 2), (4, 2)], 5)
    assert found.incoherence.tolist() == pytest.approx([0])
    assert found.as_coherent.tolist() == found.draws.tolist()


def test_a_planted_hierarchy_is_told_from_random_directions():
    draw = np.random.default_rng(5)
    down = [
        (int(draw.integers(10 * k, 10 * k + 10)), 10 * k + 10 + place % 10) for k in range(3) for place in range(30)
    ]
    found = levels(sorted(set(down)), 40)
    assert found.incoherence[0] == pytest.approx(0)
    assert found.as_coherent[0] == 0
    turned = [(v, u) if draw.random() < 0.5 else (u, v) for u, v in sorted(set(down))]
    assert levels(turned, 40).as_coherent[0] > 5
