"""What accounts hold, and which of it two of them have in common: the comparison behind :mod:`identities`.

Addresses count only within a time: one lease of an address ends and the next household gets it. Times are those of
links, so an account's use of an address is an interval: from the first to the last row that shows it there.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from linkgraph.model import EntityKind, LinkKind

if TYPE_CHECKING:
    from linkgraph.graph import Floats, Graph, Ints, Longs, Mask

COMPARED = (EntityKind.ACCOUNT, EntityKind.PERSON)
FIELDS: dict[str, tuple[LinkKind, EntityKind]] = {
    "email": (LinkKind.HOLDS, EntityKind.EMAIL),
    "phone": (LinkKind.HOLDS, EntityKind.PHONE),
    "device": (LinkKind.HOLDS, EntityKind.DEVICE),
    "payment_account": (LinkKind.HOLDS, EntityKind.PAYMENT_ACCOUNT),
    "address": (LinkKind.USED_IP, EntityKind.IP_ADDRESS),
    "files": (LinkKind.SHARED_FILE, EntityKind.FILE_HASH),
}
"""Fields of substance: what is held, not how it is called."""
DAY = 86_400_000_000
"""Microseconds."""
UNSEEN = np.iinfo(np.int64).min
NAMES = 3
"""Names compared of each: that of the account and the first two of its display names."""
_PIECE = 1 << 20


@dataclass(frozen=True, eq=False, slots=True)
class Held:
    """Who holds what of one field; arrays (n_held,) in the order of owner and value."""

    owner: Ints
    value: Ints
    link: Ints
    """Row of the link table that says so."""
    first: Longs
    """Microseconds of the first row, UTC; :data:`UNSEEN` where none has a time."""
    last: Longs
    holders: Ints
    """(n,) how many accounts and persons hold each node of the graph, victims too."""
    key: Longs
    """``owner × (n + 1) + value``, ascending."""
    start: Longs
    """(n + 1,) what node u holds is ``start[u]:start[u + 1]``."""


class Common(NamedTuple):
    """What pairs have in common in one field, one row a pair and value."""

    pair: Longs
    """Position among the pairs, ascending."""
    mine: Longs
    """Position in :class:`Held` of the first one's."""
    other: Longs
    """Position in :class:`Held` of the second one's."""
    gap: Longs
    """Microseconds from the end of one's use to the begin of the other's; 0 where they overlap or have no times."""


def held(graph: Graph, field: str) -> Held:
    """Read who holds what of one field; links that never link are left out."""
    kind, value_kind = FIELDS[field]
    wanted = pc.equal(graph.links["kind"], str(kind)).to_numpy() & (graph.pair_of_link >= 0)
    holder, thing = graph.of_kind(COMPARED), graph.of_kind([value_kind])
    rows = np.flatnonzero(wanted & holder[graph.source] & thing[graph.target])
    owner, value = graph.source[rows], graph.target[rows]
    order = np.lexsort((value, owner))
    rows, owner, value = rows[order], owner[order], value[order]
    return Held(
        owner=owner,
        value=value,
        link=rows.astype(np.int32),
        first=times(graph.links["first_seen"])[rows],
        last=times(graph.links["last_seen"])[rows],
        key=owner.astype(np.int64) * (len(graph) + 1) + value,
        holders=np.bincount(value, minlength=len(graph)).astype(np.int32),
        start=np.searchsorted(owner, np.arange(len(graph) + 1)).astype(np.int64),
    )


def times(column: pa.ChunkedArray) -> Longs:
    """Give a column of times as microseconds, UTC; :data:`UNSEEN` for none."""
    return np.asarray(column.cast(pa.timestamp("us")).cast(pa.int64()).fill_null(UNSEEN).to_numpy(), np.int64)


def in_common(given: Held, pairs: Ints, within: int | None) -> Common:
    """Find what each pair (n_pairs, 2) has in common.

    Args:
        given: the field.
        pairs: nodes.
        within: microseconds; uses further apart, or without times, are nothing in common. None: times do not matter.
    """
    parts = [_in_common(given, pairs, at, within) for at in range(0, len(pairs), _PIECE)]
    if not parts:
        none = np.empty(0, np.int64)
        return Common(none, none, none, none)
    return Common(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _in_common(given: Held, pairs: Ints, begin: int, within: int | None) -> Common:
    piece = pairs[begin : begin + _PIECE].astype(np.int64)
    n = len(given.start)
    count = given.start[piece + 1] - given.start[piece]
    # What the one with fewer holds is looked for with the other.
    swap = count[:, 1] < count[:, 0]
    one, two = np.where(swap, piece[:, 1], piece[:, 0]), np.where(swap, piece[:, 0], piece[:, 1])
    count = count.min(axis=1)
    pair = np.repeat(np.arange(len(piece)), count)
    place = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count) + given.start[one][pair]
    wanted = two[pair] * n + given.value[place]
    found = np.searchsorted(given.key, wanted)
    hit = found < len(given.key)
    hit[hit] = given.key[found[hit]] == wanted[hit]
    pair, place, found = pair[hit], place[hit], found[hit]
    gap, known = gaps(given.first[place], given.last[place], given.first[found], given.last[found])
    if within is not None:
        near = known & (gap <= within)
        pair, place, found, gap = pair[near], place[near], found[near], gap[near]
    swapped = swap[pair]
    return Common(pair + begin, np.where(swapped, found, place), np.where(swapped, place, found), gap)


def gaps(first: Longs, last: Longs, other_first: Longs, other_last: Longs) -> tuple[Longs, Mask]:
    """Give the microseconds between intervals, 0 where they meet, and where both are known."""
    known = (first != UNSEEN) & (last != UNSEEN) & (other_first != UNSEEN) & (other_last != UNSEEN)
    zero = np.zeros(len(first), np.int64)
    gap = np.maximum(np.where(known, other_first - last, zero), np.where(known, first - other_last, zero))
    return np.maximum(gap, 0), known


def names(graph: Graph, nodes: Sequence[int], display: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Give the names of nodes as they are compared: letters and digits alone, case folded; "" where there is none.

    Returns:
        :data:`NAMES` lists as long as ``nodes``.
    """
    values = graph.entities["value"].take(pa.array(np.asarray(nodes, np.int64))).to_pylist()
    rows = []
    for node, value in zip(nodes, values, strict=True):
        own = value.partition(":")[2] if graph.kinds[node] == EntityKind.ACCOUNT and ":" in value else value
        said = dict.fromkeys(compact(name) for name in [own, *display.get(graph.ids[node], ())])
        kept = [name for name in said if name][:NAMES]
        rows.append(kept + [""] * (NAMES - len(kept)))
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(NAMES)]


def compact(name: str) -> str:
    """Give the letters and digits of a name, case folded."""
    return "".join(char for char in unicodedata.normalize("NFKC", name.casefold()) if char.isalnum())


def likeness(columns: list[list[str]], one: Longs, two: Longs) -> Floats:
    """Give the Jaro–Winkler similarity (n_pairs,) of the most alike names of each two; NaN where one has none.

    Args:
        columns: as :func:`names` gives them.
        one: (n_pairs,) places in the columns.
        two: likewise.
    """
    best = np.full(len(one), np.nan)
    has = [np.fromiter(map(bool, column), bool, len(column)) for column in columns]
    for mine, mine_has in zip(columns, has, strict=True):
        for theirs, theirs_has in zip(columns, has, strict=True):
            both = np.flatnonzero(mine_has[one] & theirs_has[two])
            for rows in np.split(both, range(_PIECE, len(both), _PIECE)):
                alike = process.cpdist(
                    [mine[at] for at in one[rows]],
                    [theirs[at] for at in two[rows]],
                    scorer=JaroWinkler.normalized_similarity,
                    dtype=np.float64,
                )
                best[rows] = np.fmax(best[rows], alike)
    return best
