"""One to many: accounts that wrote to many new others within a short time.

An account *approaches* another if it writes to it and that one has not written to it before, in the evidence as it
is. For each account the most such first contacts within a window of time are counted, the window sliding over all
of them. Somebody who tries one stranger after the other does this; a shop, a moderator and a newcomer to a group do
it as well. So it is said beside it how many answered, and how many of those approached write to each other: members
of a group do, strangers do not.

The count is a plain one, with no model and no estimate behind it, in one sort of the events. Whoever was approached
is known as a victim only where a role says so; ages are not read from evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from linkgraph.graph import Ints, Longs, Mask


@dataclass(frozen=True, eq=False, slots=True)
class Outreach:
    """The most new contacts of one account within a window."""

    account: int
    """Node number."""
    events: Longs
    """Positions in the events given: the first contact with each other in the window, in order of time."""
    answered: Mask
    """For each of these, whether the other wrote back, at any time after."""
    victims: int
    """How many of them are victims."""
    acquainted: int
    """Pairs among those approached that wrote to each other at any time."""
    approached: int
    """Others approached in all the time that the evidence covers."""
    written_first: int
    """Others it wrote to that had written to it before: they are not counted above."""
    victims_written_to: int
    """Victims it ever wrote to, whoever wrote first."""


def outreach(
    source: Ints,
    target: Ints,
    time: Longs,
    row: Longs,
    window: int,
    *,
    least: int,
    top: int,
    victims: Mask,
    never: Mask,
) -> tuple[list[Outreach], int]:
    """Find accounts with many new contacts in a window, and say how many there are.

    Args:
        source: (m,) node number of who writes.
        target: (m,) node number of whom to.
        time: (m,) µs since 1970.
        row: (m,) position in the table of events, in an order that the same evidence always has.
        window: length of the window, µs; a contact exactly that much after the first is still in it.
        least: fewest new contacts within a window.
        top: how many accounts to give: most contacts first, of as many those with more victims, then by id.
        victims: (n,)
        never: (n,) who is never ranked.
    """
    n = len(victims)
    order = np.lexsort((row, time))
    order = order[source[order] != target[order]]
    pairs, first = np.unique(source[order].astype(np.int64) * n + target[order], return_index=True)
    first = order[first]
    back = _find(pairs, pairs % n * n + pairs // n)
    # Of two rows of the same time either may be the earlier: that is no approach.
    new = (back < 0) | (time[first] < time[first[back]])
    contacts = np.flatnonzero(new)
    contacts = contacts[np.lexsort((target[first[contacts]], time[first[contacts]], source[first[contacts]]))]
    begin, end = _fullest(source[first[contacts]], time[first[contacts]], window)
    account = source[first[contacts[begin]]]
    enough = (end - begin >= least) & ~never[account]
    begin, end, account = begin[enough], end[enough], account[enough]
    met = np.concatenate([[0], np.cumsum(victims[target[first[contacts]]])])
    best = np.lexsort((account, met[begin] - met[end], begin - end))[:top]
    ends = pairs // n, pairs % n
    found = [
        _outreach(pairs, ends, first, new, contacts[begin[at] : end[at]], int(account[at]), victims)
        for at in best.tolist()
    ]
    return found, len(account)


def _find(pairs: Longs, wanted: Longs) -> Longs:
    """Give the position of each wanted pair among ascending ones, −1 where it is not."""
    # Looked up in ascending order each look-up is near the one before, which is several times as fast.
    order = np.argsort(wanted)
    at = np.empty(len(wanted), np.int64)
    at[order] = np.searchsorted(pairs, wanted[order])
    there = at < len(pairs)
    there[there] = pairs[at[there]] == wanted[there]
    return np.where(there, at, -1)


def _fullest(source: Ints, time: Longs, window: int) -> tuple[Longs, Longs]:
    """Give where the fullest window of each source begins and ends, the earliest of as full.

    Args:
        source: (k,) ascending.
        time: (k,) of each contact, ascending for each source.
        window: length of the window.
    """
    moments, moment = np.unique(time, return_inverse=True)
    until = np.searchsorted(moments, moments + window, side="right") - 1
    key = source.astype(np.int64) * len(moments)
    end = np.searchsorted(key + moment, key + until[moment], side="right")
    best = np.lexsort((np.arange(len(source)) - end, source))
    heads = best[np.flatnonzero(np.diff(source, prepend=-1))]
    return heads, end[heads]


def _outreach(
    pairs: Longs, ends: tuple[Longs, Longs], first: Longs, new: Mask, contacts: Longs, account: int, victims: Mask
) -> Outreach:
    """Write down one window: positions of its contacts in the ascending ``pairs``."""
    n = len(victims)
    others = ends[1][contacts]
    approached = np.zeros(n, bool)
    approached[others] = True
    inside = np.flatnonzero(approached[ends[0]] & approached[ends[1]])
    one, two = ends[0][inside], ends[1][inside]
    low, high = np.searchsorted(pairs, [account * n, (account + 1) * n])
    return Outreach(
        account=account,
        events=first[contacts],
        answered=_find(pairs, others * n + account) >= 0,
        victims=int(np.count_nonzero(victims[others])),
        acquainted=len(np.unique(np.minimum(one, two) * n + np.maximum(one, two))),
        approached=int(np.count_nonzero(new[low:high])),
        written_first=int(np.count_nonzero(~new[low:high])),
        victims_written_to=int(np.count_nonzero(victims[ends[1][low:high]])),
    )
