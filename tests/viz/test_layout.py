"""Positions: the same every time, nothing on top of anything else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.viz.layout import SPACING, Layout, arrange


def made(entities: int, links: int, groups: int, *, whole: bool = False) -> tuple[Layout, np.ndarray]:
    rng = np.random.default_rng(entities + links + groups)
    group = np.arange(entities, dtype=np.int32) % groups
    source = rng.integers(0, entities, links).astype(np.int32)
    target = rng.integers(0, entities, links).astype(np.int32)
    strength = np.bincount(np.concatenate([source, target]), minlength=entities).astype(float)
    return arrange(source, target, group, strength, whole=whole), group


@pytest.mark.parametrize(("entities", "links", "groups"), [(74, 120, 1), (900, 1500, 30), (1500, 4000, 700)])
def test_the_same_graph_gives_the_same_places(entities: int, links: int, groups: int) -> None:
    first, _ = made(entities, links, groups)
    second, _ = made(entities, links, groups)
    assert first.position.tobytes() == second.position.tobytes()
    assert first.centre.tobytes() == second.centre.tobytes()


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 250), st.integers(0, 400), st.integers(1, 40))
def test_members_are_in_their_circle_and_circles_apart(entities: int, links: int, groups: int) -> None:
    layout, group = made(entities, links, min(groups, entities))
    from_centre = np.linalg.norm(layout.position - layout.centre[group], axis=1)
    assert (from_centre <= layout.radius[group] + 0.5).all()
    apart = np.linalg.norm(layout.centre[:, None] - layout.centre[None], axis=2)
    touching = layout.radius[:, None] + layout.radius[None]
    np.fill_diagonal(apart, np.inf)
    assert (apart >= touching - 0.5).all()


def test_no_two_entities_share_a_place() -> None:
    layout, _ = made(400, 500, 1, whole=True)
    apart = np.linalg.norm(layout.position[:, None] - layout.position[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert apart.min() > SPACING / 4


def test_linked_groups_lie_nearer_than_others() -> None:
    groups, each = 12, 20
    group = np.repeat(np.arange(groups, dtype=np.int32), each)
    firsts = np.arange(groups) * each
    source = np.concatenate([firsts[:1], firsts[1:2]]).astype(np.int32)
    target = np.concatenate([firsts[1:2], firsts[2:3]]).astype(np.int32)
    layout = arrange(source, target, group, np.ones(group.size))
    apart = np.linalg.norm(layout.centre[:, None] - layout.centre[None], axis=2)
    assert apart[0, 1] < np.median(apart[0])


def test_nothing_gives_nothing() -> None:
    none = np.empty(0, np.int32)
    layout = arrange(none, none, none, np.empty(0))
    assert layout.position.shape == (0, 2)
    assert layout.centre.shape == (0, 2)
