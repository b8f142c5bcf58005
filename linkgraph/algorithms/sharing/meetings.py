"""Meetings: which two accounts were at the same occasions, how often, and how often chance would bring them there.

Occasions are of four sorts: addresses and files, and each of them either *ordinary* or a *crowd's*: of a resource
that more than :data:`CROWD` accounts ever used, or that is graded as shared. Meeting where few go is another thing
than meeting where thousands do (Tumminello et al. 2011 test within resources of similar degree for this reason).

Expected by chance
------------------
Of the N occasions of a sort, one account was at n and another at k. If any occasion is as likely as another, they
share n·k/N (the mean of the hypergeometric distribution). Fuller occasions are more likely: the bipartite
configuration model, which keeps how often each account was somewhere and how many were at each occasion, gives
n·k·Σd(d−1)/(Σd)² for d accounts at an occasion (Saracco et al. 2017, *New Journal of Physics* 19, 053022, in its
sparse limit). So N is taken as (Σd)²/Σd(d−1) where that is smaller: as many equally likely occasions as would
bring strangers together as often.

Regulars of a crowded address (a carrier's gateway, an exit node, a café) break this: they come back, and meet
other regulars again and again without knowing them. At a crowd's address the two are therefore taken for regulars,
each there in as large a part of the windows as between its first and its last, and expected to meet in the product
of both parts of the windows that these times have in common, or of n·k of the N windows of that address alone if that
is more. Where this is more than the above, it is what chance gives. At an ordinary address there is no such allowance:
that two, again and again, share what few use is what is to be shown.

Bound
-----
An occasion of d accounts is d(d−1)/2 meetings. Occasions are taken from the emptiest up, as many as keep the
meetings to a given number, and all of up to :data:`CROWD` accounts. Fuller ones are left out of every count, so
that the test is right for what remains; they are listed by resource, with the smallest probability that two who met
at that resource alone could have had, all its windows counted: of N windows in which nobody but one was more than n
times, 1 / (N over n), n being N/2 at most; of N files of a crowd, 1 / N. Where that is more than any link's could
be, the limit has dropped no link of that resource alone.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa

from linkgraph.algorithms.sharing.coincidence import log_ways

if TYPE_CHECKING:
    from linkgraph.algorithms.sharing.occasions import Occasions
    from linkgraph.graph import Floats, Ints, Longs, Mask

CROWD = 20
"""A resource that more accounts than this ever used is a crowd's; the grades of addresses draw the line there too."""
ADDRESS, CROWDED_ADDRESS, FILE, CROWDED_FILE = range(4)
SORTS = 4


# Both accounts at one occasion, by their stays (an account at a resource).
_TOGETHER = """
SELECT a.stay AS one, b.stay AS other, count(*)::INTEGER AS shared
FROM there a JOIN there b ON a.occasion = b.occasion AND a.stay < b.stay
GROUP BY ALL
"""


@dataclass(frozen=True, slots=True)
class Capped:
    """A resource so crowded that its fullest occasions were left out."""

    node: int
    users: int
    occasions: int
    """How many of its occasions were left out."""
    meetings: int
    """How many meetings of two accounts these would have been."""
    least_p: float
    """No two accounts that met only there could have had a smaller probability."""


@dataclass(frozen=True, eq=False, slots=True)
class Meetings:
    """Who met where, in order of both accounts, then of the resource: the fewest users first."""

    accounts: Ints
    """(a,) nodes that were at an occasion."""
    often: Ints
    """(a, sorts) at how many occasions of each sort."""
    equal: Longs
    """(sorts,) number of equally likely occasions that would give as many chance meetings."""
    one: Ints
    """(k,) position in ``accounts``."""
    other: Ints
    """(k,) position in ``accounts``, larger than ``one``."""
    resource: Ints
    """(k,) node"""
    users: Ints
    """(k,) of the resource."""
    sort: Ints
    """(k,) 0 an address, 1 a crowd's, 2 a file, 3 a crowd's."""
    shared: Ints
    """(k,) occasions of the resource that both were at."""
    regulars: Floats
    """(k,) how many two regulars would share there; 0 where the resource is no crowd's address."""
    crowds: bool
    """Whether there are occasions of a crowd's resource."""
    occasions: int
    limit: int | None
    """Occasions of more accounts than this were left out; None where none was."""
    capped: tuple[Capped, ...]


@dataclass(frozen=True, eq=False, slots=True)
class _Stays:
    """An account at a resource, however often (s,)."""

    account: Ints
    """Position among the accounts."""
    resource: Ints
    users: Ints
    sort: Ints


@dataclass(frozen=True, eq=False, slots=True)
class _There:
    """All occasions in one row of arrays: who (k,) was at which, and what each (n,) is."""

    account: Ints
    occasion: Ints
    resource: Ints
    users: Ints
    sort: Ints

    def keep(self, kept: Mask) -> _There:
        number = np.cumsum(kept, dtype=np.int32) - np.int32(1)
        rows = kept[self.occasion]
        return _There(
            self.account[rows],
            number[self.occasion[rows]],
            self.resource[kept],
            self.users[kept],
            self.sort[kept],
        )

    @property
    def degree(self) -> Ints:
        """(n,) accounts at each occasion."""
        return np.bincount(self.occasion, minlength=len(self.resource)).astype(np.int32)


def meetings(addresses: Occasions, files: Occasions, most: int) -> Meetings:
    """Find who met whom.

    Args:
        addresses: occasions at addresses.
        files: occasions at files.
        most: meetings that are gone through at most; see the module.
    """
    every = _joined(addresses, files)
    limit = _limit(every.degree, most)
    there = every if limit is None else every.keep(every.degree <= limit)
    accounts, account = np.unique(there.account, return_inverse=True)
    often = np.bincount(account * SORTS + there.sort[there.occasion], minlength=len(accounts) * SORTS)
    stays, stay = _stays(there, account)
    one, other, shared = _together(there, stay)
    regulars = np.zeros(len(one))
    crowd = np.flatnonzero(stays.sort[one] == CROWDED_ADDRESS)
    regulars[crowd] = _regulars(there, stays, stay, one[crowd], other[crowd])
    who, whom = stays.account[one], stays.account[other]
    order = np.argsort(who.astype(np.int64) * len(accounts) + whom, kind="stable")
    return Meetings(
        accounts=accounts.astype(np.int32),
        often=often.reshape(-1, SORTS).astype(np.int32),
        equal=_equal(there),
        one=who[order],
        other=whom[order],
        resource=stays.resource[one[order]],
        users=stays.users[one[order]],
        sort=stays.sort[one[order]],
        shared=shared[order],
        regulars=regulars[order],
        crowds=bool((there.sort % 2 == 1).any()),
        occasions=len(there.resource),
        limit=limit,
        capped=() if limit is None else _capped(every, limit),
    )


def _joined(addresses: Occasions, files: Occasions) -> _There:
    """Put addresses and files in one row."""
    layers = (addresses, files)
    users = np.concatenate([layer.users for layer in layers])
    public = np.concatenate([layer.public for layer in layers])
    is_file = np.arange(len(users)) >= len(addresses)
    return _There(
        np.concatenate([layer.account for layer in layers]),
        np.concatenate([addresses.occasion, files.occasion + np.int32(len(addresses))]),
        np.concatenate([layer.resource for layer in layers]),
        users,
        (np.where(is_file, FILE, ADDRESS) + ((users > CROWD) | public)).astype(np.int8),
    )


def _limit(degree: Ints, most: int) -> int | None:
    """Give the most accounts of an occasion that is gone through; None where all are."""
    size = np.arange(int(degree.max(initial=0)) + 1)
    meetings = np.cumsum(np.bincount(degree, minlength=len(size)) * (size * (size - 1) // 2))
    if meetings[-1] <= most:
        return None
    limit = max(CROWD, int(np.searchsorted(meetings, most, side="right")) - 1)
    return limit if limit < len(size) - 1 else None


def _equal(there: _There) -> Longs:
    """Give the number of equally likely occasions (sorts,) that would give as many chance meetings."""
    degree = there.degree.astype(np.int64)
    number = np.bincount(there.sort, minlength=SORTS)
    seen = np.bincount(there.sort, weights=degree, minlength=SORTS).astype(np.int64)
    pairs = np.bincount(there.sort, weights=degree * (degree - 1), minlength=SORTS).astype(np.int64)
    return np.where(pairs > 0, np.minimum(number, seen * seen // np.maximum(pairs, 1)), number)


def _stays(there: _There, account: Longs) -> tuple[_Stays, Longs]:
    """Give every account at every resource once, in order of both, and the stay (k,) that each presence is of."""
    _, number = np.unique(there.resource, return_inverse=True)
    at = number[there.occasion]
    keys = account.astype(np.int64) * (int(number.max(initial=0)) + 1) + at
    _, first, stay = np.unique(keys, return_index=True, return_inverse=True)
    occasion = there.occasion[first]
    stays = _Stays(
        account[first].astype(np.int32), there.resource[occasion], there.users[occasion], there.sort[occasion]
    )
    return stays, stay


def _together(there: _There, stay: Longs) -> tuple[Ints, Ints, Ints]:
    """Give the pairs of stays that share an occasion, the smaller first, and how many they share."""
    met = there.degree[there.occasion] > 1
    table = pa.table({"occasion": there.occasion[met], "stay": stay[met].astype(np.int32)})
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute("SET memory_limit = '2GB'")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute("SET temp_directory = $folder", {"folder": folder})
        connection.register("there", table)
        found = connection.sql(_TOGETHER).to_arrow_table()
    one, other, shared = (np.asarray(found[name].to_numpy(), np.int32) for name in ("one", "other", "shared"))
    order = np.argsort(one.astype(np.int64) * len(there.account) + other)
    return one[order], other[order], shared[order]


def _regulars(there: _There, stays: _Stays, stay: Longs, one: Ints, other: Ints) -> Floats:
    """Give how many windows two regulars (k,) would share at the crowded address that both used."""
    place = _place(there.resource)
    windows = np.bincount(stay, minlength=len(stays.account))
    first, last = np.full(len(windows), len(place)), np.zeros(len(windows), np.int64)
    np.minimum.at(first, stay, place[there.occasion])
    np.maximum.at(last, stay, place[there.occasion])
    part = windows / np.maximum(last - first + 1, 1)
    common = np.minimum(last[one], last[other]) - np.maximum(first[one], first[other]) + 1
    there_together = part[one] * part[other] * np.maximum(common, 0)
    # And never less than if each had been there at any of its windows.
    of_address = np.bincount(there.resource)[stays.resource[one]]
    return np.asarray(np.maximum(there_together, windows[one] * windows[other] / of_address), np.float64)


def _place(resource: Ints) -> Ints:
    """Give how many occasions of the same resource were before each; they stand together."""
    begins = np.flatnonzero(np.diff(resource, prepend=-1))
    counts = np.diff(begins, append=len(resource))
    return (np.arange(len(resource)) - np.repeat(begins, counts)).astype(np.int32)


def _capped(every: _There, limit: int) -> tuple[Capped, ...]:
    """List the resources of the occasions that are left out, the most meetings first."""
    degree = every.degree
    full = every.keep(degree > limit)
    met = full.degree.astype(np.int64)
    resources, first, number = np.unique(full.resource, return_index=True, return_inverse=True)
    occasions = np.bincount(number)
    meetings = np.bincount(number, weights=met * (met - 1) // 2).astype(np.int64)
    # Of all windows of each of these resources, in how many the second most frequent account was there.
    whole = every.keep(np.isin(every.resource, resources))
    place = np.searchsorted(resources, whole.resource)
    keys, times = np.unique(whole.account.astype(np.int64) * len(resources) + place[whole.occasion], return_counts=True)
    at = keys % len(resources)
    order = np.lexsort((-times, at))
    second = times[order][np.searchsorted(at[order], np.arange(len(resources))) + 1]
    windows = np.bincount(place)
    ways = np.minimum(second, windows // 2)
    least = np.exp(-log_ways(windows, ways))
    # A file is one occasion among all files of its sort.
    sort = full.sort[first]
    least = np.where(sort == CROWDED_FILE, 1.0 / np.bincount(every.sort, minlength=SORTS)[sort], least)
    return tuple(
        Capped(
            node=int(resources[row]),
            users=int(full.users[first[row]]),
            occasions=int(occasions[row]),
            meetings=int(meetings[row]),
            least_p=float(least[row]),
        )
        for row in np.lexsort((resources, -meetings))
    )
