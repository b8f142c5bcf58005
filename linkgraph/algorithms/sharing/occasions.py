"""Occasions: when and at what two accounts can have met.

An *occasion* is one address during one window, or one file. The windows of an address are laid along its own
rows: the first begins with the first row and holds all that ends within the window's length of it, the next
begins with the first row after that. So nobody is cut off from another by midnight, every two rows of one window
are certainly no further apart than its length, and where the windows lie does not depend on *who* was there: the
null hypothesis, under which the names are dealt out anew, leaves them where they are.

A file has no windows: having it is one occasion, whenever. Digests that a row gives for the same file are one
file. Links that never link (private addresses, known files) are no occasion, and a victim is at none.

Rows without a time, and rows that only say "between" two times further apart than the window, cannot say who was
there together: they are counted and left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy

from linkgraph.model import EntityKind, LinkKind

if TYPE_CHECKING:
    from linkgraph.graph import Graph, Ints, Longs, Mask

SHARED_ADDRESS = "shared address"
"""What the grade of a link says where many use its address."""


@dataclass(frozen=True, eq=False, slots=True)
class Occasions:
    """Which account was at which occasion: a bipartite graph without double links, in order of occasion and account."""

    account: Ints
    """(k,) node of the account that was there."""
    occasion: Ints
    """(k,) number of the occasion, ascending."""
    resource: Ints
    """(n_occasions,) node of the address or file."""
    users: Ints
    """(n_occasions,) how many accounts of the case ever used the resource, victims among them."""
    public: Mask
    """(n_occasions,) whether the resource is graded as shared by many, whoever of the case used it."""
    rows: int
    """Rows of evidence (of files: links) that were looked at."""
    left_out: int
    """Rows among these that say no time, or too long a one."""

    def __len__(self) -> int:
        return len(self.resource)


def at_addresses(graph: Graph, events: pa.Table, window: int) -> Occasions:
    """Give the occasions of addresses.

    Args:
        graph: the whole graph of the case.
        events: schema :data:`~linkgraph.store.protocol.EVENTS`; rows of other kinds are passed over.
        window: µs.
    """
    needed = ["source", "target", "first_seen", "last_seen"]
    used = events.select(needed).filter(pc.equal(events["kind"], str(LinkKind.USED_IP)))
    account, address = (used[end].to_numpy().astype(np.int64) for end in ("source", "target"))
    takes_part = _takes_part(graph)[account]
    mute = _mute(graph, LinkKind.USED_IP)
    if len(mute):
        takes_part &= ~np.isin(account * len(graph) + address, mute)
    first = used["first_seen"].cast(pa.int64())
    last = pc.coalesce(used["last_seen"].cast(pa.int64()), first)
    known = np.asarray(pc.is_valid(first).to_numpy(), bool)
    first, last = (np.asarray(pc.fill_null(moment, 0).to_numpy(), np.int64) for moment in (first, last))
    timed = takes_part & known & (last - first <= window)
    account, address, first, last = (column[timed] for column in (account, address, first, last))
    order = np.lexsort((last, first, address))
    account, address = account[order], address[order]
    number = _compiled(_windows)(address, first[order], last[order], window)
    resource = address[np.flatnonzero(np.diff(number, prepend=-1))].astype(np.int32)
    users = _users(graph, LinkKind.USED_IP, np.arange(len(graph), dtype=np.int32))
    return Occasions(
        *_distinct(number, account, len(graph)),
        resource=resource,
        users=users[resource],
        public=_public(graph)[resource],
        rows=int(np.count_nonzero(takes_part)),
        left_out=int(np.count_nonzero(takes_part & ~timed)),
    )


def of_files(graph: Graph) -> Occasions:
    """Give the occasions of files: one for each file that an account shared."""
    shared = _links(graph, LinkKind.SHARED_FILE)
    shared &= _takes_part(graph)[graph.source] & (graph.pair_of_link >= 0)
    same = same_file(graph)
    resource, number = np.unique(same[graph.target[shared]], return_inverse=True)
    return Occasions(
        *_distinct(number.astype(np.int64), graph.source[shared].astype(np.int64), len(graph)),
        resource=resource.astype(np.int32),
        users=_users(graph, LinkKind.SHARED_FILE, same)[resource],
        public=np.zeros(len(resource), bool),
        rows=int(np.count_nonzero(shared)),
        left_out=0,
    )


def same_file(graph: Graph) -> Ints:
    """Give for each node (n,) the smallest node that is a digest of the same file; of others, the node itself."""
    same = _links(graph, LinkKind.SAME_FILE)
    ends = (graph.source[same], graph.target[same])
    pairs = scipy.sparse.coo_array((np.ones(len(ends[0]), bool), ends), shape=(len(graph), len(graph)))
    _, component = scipy.sparse.csgraph.connected_components(pairs, directed=False)
    smallest = np.full(len(graph), len(graph), np.int32)
    np.minimum.at(smallest, component, np.arange(len(graph), dtype=np.int32))
    return np.asarray(smallest[component], np.int32)


def _links(graph: Graph, kind: LinkKind) -> Mask:
    return np.asarray(pc.equal(graph.links["kind"], str(kind)).to_numpy(), bool)


def _takes_part(graph: Graph) -> Mask:
    return graph.of_kind([EntityKind.ACCOUNT]) & ~graph.victims


def _mute(graph: Graph, kind: LinkKind) -> Longs:
    """Give source × n + target of the links of a kind that never link."""
    mute = _links(graph, kind) & (graph.pair_of_link < 0)
    keys: Longs = graph.source[mute].astype(np.int64) * len(graph) + graph.target[mute]
    return keys


def _users(graph: Graph, kind: LinkKind, resource: Ints) -> Ints:
    """Give how many accounts have a link of a kind to each resource (n,), the targets being named by ``resource``."""
    counted = _links(graph, kind) & (graph.pair_of_link >= 0) & graph.of_kind([EntityKind.ACCOUNT])[graph.source]
    keys = _once(resource[graph.target[counted]].astype(np.int64) * len(graph) + graph.source[counted])
    return np.bincount(keys // max(len(graph), 1), minlength=len(graph)).astype(np.int32)


def _public(graph: Graph) -> Mask:
    """Tell of each node (n,) whether it is graded a shared address: on a list of exits and gateways, for instance."""
    graded = pc.match_substring(graph.links["grade"], SHARED_ADDRESS).fill_null(False)
    public = np.zeros(len(graph), bool)
    public[graph.target[np.asarray(graded.to_numpy(), bool) & _links(graph, LinkKind.USED_IP)]] = True
    return public


def _distinct(occasion: Longs, account: Longs, n: int) -> tuple[Ints, Ints]:
    """Give who was at which occasion, each once, by occasion and account."""
    keys = _once(occasion * max(n, 1) + account)
    numbers, accounts = np.divmod(keys, max(n, 1))
    return accounts.astype(np.int32), numbers.astype(np.int32)


def _once(keys: Longs) -> Longs:
    """Give each key once, ascending; many distinct ones are sorted faster than they are hashed."""
    keys = np.sort(keys)
    return keys[np.diff(keys, prepend=-1) > 0]


def _windows(address: Longs, first: Longs, last: Longs, window: int) -> Longs:
    """Give the number of the window of each row; rows are in order of address and time."""
    number = np.empty(len(address), np.int64)
    current, at, ends = -1, -1, 0
    for row in range(len(address)):
        if address[row] != at or last[row] > ends:
            current, at, ends = current + 1, address[row], first[row] + window
        number[row] = current
    return number


@cache
def _compiled(kernel: Any) -> Any:  # noqa: ANN401 - numba has no types
    """Compile a kernel when it is first called; numba takes a second to import."""
    import numba  # noqa: PLC0415 - only who asks this waits for it

    return numba.njit(cache=True)(kernel)
