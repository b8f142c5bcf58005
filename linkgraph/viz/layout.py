"""Where things are drawn: positions computed once, here, so that the same graph gives the same picture.

The picture is a map. Every group of entities (a community, or in a small graph a connected
component) has a circle of its own whose area grows with its members; circles do not overlap; members
lie inside theirs. A page that shows only the circles and one that has opened some of them therefore
agree on where everything is.

Inside a circle, and between circles, forces place things (Fruchterman & Reingold, "Graph Drawing by
Force-directed Placement", 1991, from rustworkx, seeded). Forces cost the square of what they place, so
of a large group only its strongest members are placed by them and the others by a sunflower's spiral
(Vogel 1979), and only the largest circles find a place near their neighbours; the others stand in rows
below.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import rustworkx as rx

SPACING = 56.0
"""Half the distance kept between neighbouring entities; a node is drawn some 24 units wide."""
GAP = 60.0
"""Free space between two circles."""

_BY_FORCES = 150
_CIRCLES_BY_FORCES = 400
_WHOLE_BY_FORCES = 1000
_SEED = 1
_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Positions in the page's own units, y downwards."""

    position: Floats
    """(n, 2): where each entity is."""
    centre: Floats
    """(groups, 2): the middle of each group's circle."""
    radius: Floats
    """(groups,): its radius; all members lie inside."""


def arrange(source: Ints, target: Ints, group: Ints, strength: Floats, *, whole: bool = False) -> Layout:
    """Place entities group by group.

    Args:
        source: (links,) index of the entity where each link starts.
        target: (links,) index of the entity where it ends.
        group: (n,) number of each entity's group, 0 … groups - 1, none of them empty.
        strength: (n,) how important each entity is in its group; the strong are placed first.
        whole: place even a large group by forces; for pictures that show every entity at once.
    """
    groups = int(group.max()) + 1 if group.size else 0
    sizes = np.bincount(group, minlength=groups)
    radius = SPACING * np.sqrt(np.maximum(sizes, 1))
    position = np.zeros((group.size, 2))
    limit = _WHOLE_BY_FORCES if whole else _BY_FORCES

    by_group = np.argsort(group, kind="stable")
    starts = np.concatenate(([0], np.cumsum(sizes)))
    inside = group[source] == group[target]
    own_order = np.argsort(group[source[inside]], kind="stable")
    own_source, own_target = source[inside][own_order], target[inside][own_order]
    own_starts = np.searchsorted(group[own_source], np.arange(groups + 1))
    local = np.empty(group.size, dtype=np.int64)
    for number in range(groups):
        members = by_group[starts[number] : starts[number + 1]]
        members = members[np.lexsort((members, -strength[members]))]
        local[members] = np.arange(members.size)
        links = slice(own_starts[number], own_starts[number + 1])
        pairs = np.column_stack((local[own_source[links]], local[own_target[links]]))
        position[members] = _inside_circle(members.size, pairs, radius[number], limit)

    between = np.column_stack((group[source[~inside]], group[target[~inside]]))
    centre = _place_circles(radius, between)
    return Layout(np.round(position + centre[group], 1), np.round(centre, 1), np.round(radius, 1))


def _inside_circle(size: int, pairs: npt.NDArray[np.int64], radius: float, limit: int) -> Floats:
    if size == 1:
        return np.zeros((1, 2))
    if size == 2:
        return np.array([[-SPACING / 2, 0.0], [SPACING / 2, 0.0]])
    placed = min(size, limit)
    forced = _forces(placed, pairs[(pairs < placed).all(axis=1)])
    result = np.empty((size, 2))
    result[:placed] = _fill_circle(forced) * (radius - SPACING / 2)
    rest = np.arange(placed, size)
    result[placed:] = _polar(radius * np.sqrt((rest + 0.5) / size), rest * _GOLDEN_ANGLE)
    return _push_apart(result[:placed], radius) if placed == size else result


def _forces(size: int, pairs: npt.NDArray[np.int64]) -> Floats:
    graph: rx.PyGraph[None, None] = rx.PyGraph(multigraph=False)
    graph.add_nodes_from([None] * size)
    graph.add_edges_from_no_data([(int(a), int(b)) for a, b in np.unique(np.sort(pairs, axis=1), axis=0) if a != b])
    found = rx.spring_layout(graph, seed=_SEED, num_iter=120 if size <= 60 else 50)
    return np.array([found[index] for index in range(size)], dtype=np.float64).reshape(size, 2)


def _fill_circle(points: Floats) -> Floats:
    """Turn a cloud of points into one that fills the unit circle, directions kept.

    A few outliers would otherwise press all the others into the middle.
    """
    points = points - points.mean(axis=0)
    distance = np.hypot(points[:, 0], points[:, 1])
    farthest = distance.max()
    if farthest == 0:
        return _polar(np.full(len(points), 0.5), np.arange(len(points)) * _GOLDEN_ANGLE)
    rank = np.empty(len(points))
    rank[np.argsort(distance, kind="stable")] = np.arange(1, len(points) + 1)
    wanted = (distance / farthest + np.sqrt(rank / len(points))) / 2
    filled: Floats = points * (wanted / np.maximum(distance, 1e-12))[:, None]
    return filled


def _push_apart(points: Floats, radius: float) -> Floats:
    """Move points that lie on top of each other apart, without leaving the circle."""
    points = points.copy()
    nudge = _polar(np.full(len(points), 1e-3), np.arange(len(points)) * _GOLDEN_ANGLE)
    for _ in range(20 if len(points) <= _BY_FORCES else 6):
        offset = (points + nudge)[:, None, :] - (points + nudge)[None, :, :]
        distance = np.hypot(offset[..., 0], offset[..., 1])
        np.fill_diagonal(distance, np.inf)
        short = np.clip(SPACING - distance, 0, None)
        if not short.any():
            break
        points += (offset * (short / np.maximum(distance, 1e-9) / 2)[..., None]).sum(axis=1).clip(-SPACING, SPACING)
        length = np.hypot(points[:, 0], points[:, 1])
        points *= np.minimum(1, radius / np.maximum(length, 1e-9))[:, None]
    return points


def _place_circles(radius: Floats, between: npt.NDArray[np.int64]) -> Floats:
    groups = radius.size
    centre = np.zeros((groups, 2))
    if groups <= 1:
        return centre
    order = np.lexsort((np.arange(groups), -radius))
    linked = np.zeros(groups, dtype=bool)
    linked[between.ravel()] = True
    central = order[linked[order] | (radius[order] > SPACING * np.sqrt(2.5))][:_CIRCLES_BY_FORCES]
    if not central.size:
        central = order[:1]
    in_rows = order[~np.isin(order, central)]

    number = np.full(groups, -1)
    number[central] = np.arange(central.size)
    pairs = number[between]
    wanted = _forces(central.size, pairs[(pairs >= 0).all(axis=1)]) if pairs.size else np.zeros((central.size, 2))
    reach = np.sqrt(((radius[central] + GAP / 2) ** 2).sum())
    centre[central] = _nearest_free(wanted * reach, radius[central] + GAP / 2)
    _rows_below(centre, radius, central, in_rows)
    return centre


def _nearest_free(wanted: Floats, radius: Floats) -> Floats:
    """Put circles, in this order, as near to the wanted places as those already put allow."""
    put = np.empty_like(wanted)
    angles = np.arange(36) * (2 * np.pi / 36)
    directions = np.column_stack((np.cos(angles), np.sin(angles)))
    step = float(radius.min())
    for index, place in enumerate(wanted):
        apart = radius[:index] + radius[index]
        reach = 0.0
        while True:
            tries = place + directions * reach
            offset = tries[:, None, :] - put[None, :index, :]
            free = (np.hypot(offset[..., 0], offset[..., 1]) >= apart).all(axis=1)
            if free.any():
                inward = np.hypot(tries[:, 0], tries[:, 1])
                put[index] = tries[np.argmin(np.where(free, np.round(inward, 6), np.inf))]
                break
            reach += step
    return put


def _rows_below(centre: Floats, radius: Floats, central: npt.NDArray[np.int64], in_rows: npt.NDArray[np.int64]) -> None:
    """Set the centres of the small circles: rows as wide as the picture above them, large to small."""
    if not in_rows.size:
        return
    edge = radius[central][:, None]
    low, high = (centre[central] - edge).min(axis=0), (centre[central] + edge).max(axis=0)
    area = float(((2 * radius[in_rows] + GAP) ** 2).sum())
    width = max(float(high[0] - low[0]), float(np.sqrt(2 * area)))
    left = float(low[0] + high[0]) / 2 - width / 2
    x, y, tallest = left, float(high[1]) + GAP, 0.0
    for index in in_rows:
        across = 2 * float(radius[index])
        if x > left and x + across > left + width:
            x, y, tallest = left, y + tallest + GAP / 2, 0.0
        centre[index] = x + across / 2, y + across / 2
        x += across + GAP / 2
        tallest = max(tallest, across)


def _polar(distance: Floats, angle: Floats) -> Floats:
    return np.column_stack((distance * np.cos(angle), distance * np.sin(angle)))
