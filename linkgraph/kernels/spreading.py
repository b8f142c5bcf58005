"""Walks through events in the order of their times; the events are those of a ``reach.Timeline``.

Events of the same moment may stand in any order: they are gone through until nothing new comes of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkgraph.kernels.compiled import compiled

if TYPE_CHECKING:
    from linkgraph.graph import Ints, Longs


@compiled
def earliest_ends(source: Ints, target: Ints, moment: Ints, until: Ints, column: Ints, ends: Ints) -> None:
    """Fill in the earliest moment at which a path from each node ends in each target: ``ends`` (nodes, columns).

    ``column`` (nodes,) is the column of each target, −1 for the others. One pass, latest events first (Kumar &
    Calders 2017, *EDBT*, 450).
    """
    last = len(source)
    while last > 0:
        first = last - 1
        while first > 0 and moment[first - 1] == moment[last - 1]:
            first -= 1
        again = True
        while again:
            again = False
            for event in range(first, last):
                here, there = ends[source[event]], ends[target[event]]
                at = column[target[event]]
                if at >= 0 and moment[event] < here[at]:
                    here[at] = moment[event]
                    again = True
                most = until[event]
                for place in range(len(here)):
                    if there[place] <= most and there[place] < here[place]:
                        here[place] = there[place]
                        again = True
            again = again and last - first > 1
        last = first


@compiled
def first_reached(
    source: Ints, target: Ints, moment: Ints, start: int, begin: int, stop: int, attempt: int, seen: Ints, tree: Longs
) -> int:
    """Fill in, from an event on, those that reach a node for the first time in this attempt; give how many.

    ``seen`` (nodes,) is the last attempt that reached each node, so that it need not be emptied between attempts.
    """
    found = 0
    seen[start] = attempt
    first = begin
    while first < stop:
        last = first + 1
        while last < stop and moment[last] == moment[first]:
            last += 1
        again = True
        while again:
            again = False
            for event in range(first, last):
                if seen[source[event]] == attempt and seen[target[event]] != attempt:
                    seen[target[event]] = attempt
                    tree[found] = event
                    found += 1
                    again = True
            again = again and last - first > 1
        first = last
    return found
