"""Co-use: who shares what, beyond chance.

Two accounts at one address on one day is nothing where thousands go, and much where nobody else goes. To an
investigator a link here says: these two share more addresses, at the same time, and more files than accounts as
busy as they, at places as full as these, would share by chance. It does not say that they are one person or know each
other: a household behind one address is linked as well.

The unit is the *occasion* (:mod:`~linkgraph.algorithms.sharing.occasions`): one address in one window, or one file. Two
who are alone at one address on ten days share ten occasions out of all the occasions of the case, and need no second
address; two who were there once share one, which is never beyond chance by itself, since every address that two ever
used links some two. How many chance would give is worked out from how often each account was anywhere and how full
each occasion was (:mod:`~linkgraph.algorithms.sharing.meetings`), the probability of as many or more exactly
(:mod:`~linkgraph.algorithms.sharing.coincidence`; Tumminello et al. 2011, *PLoS ONE* 6, e17994). Two looks are taken,
without the resources of a crowd and with them, and p is twice the smaller probability. Every pair that could have met
counts as tested, also those that never did; of the links given, the share ``alpha`` at most is chance
(Benjamini & Hochberg 1995).

What it finds of what was planted among strangers (``bench/co_use.py``: 5 M rows of 200,000 accounts at 100,000
addresses in 90 days; homes that pass on, carriers' gateways and cafés with regulars, exit nodes; window 24 h):

==============================  ==========  =========  ======  ======  ======
pairs found by                      pairs   precision   ten×    three   rings
==============================  ==========  =========  ======  ======  ======
a day together, 1 or more        9,070,958    0.001     1.000   1.000   0.961
2 or more                        1,891,329    0.006     1.000   1.000   0.814
3 or more                          461,019    0.019     1.000   0.990   0.555
this test, alpha 0.01               10,857    1.000     1.000   1.000   0.816
==============================  ==========  =========  ======  ======  ======

The last columns are recall: of two accounts of one person, ten times within minutes; of two who are together on three
days only; of pairs in rings of eight that share four addresses.

Nobody else shares an address of few on purpose there; where households do, they are linked too. What each part of the
null model is worth (1 M rows of the same): all of it, precision 0.999; without the allowance for regulars of crowded
addresses 0.016; with ordinary and crowded counted as one sort 0.003. That fuller occasions are likelier changed nothing
in that world; it is kept because it can only make the test more careful.

Limits: files that travel as one archive are several coincidences to the test and one act in truth. An address that
few accounts *of this case* used may be a gateway all the same: put it on a list of known addresses. A case of few rows
cannot make sure: three files and two addresses in common, where all the case has are some tens, are not enough.
``VISITED`` is not looked at: a page is public by its nature.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.algorithms.records import Record, frame, node_record
from linkgraph.algorithms.sharing.coincidence import false_discovery_rate, tail
from linkgraph.algorithms.sharing.meetings import CROWD, CROWDED_ADDRESS, SORTS, Capped, Meetings, meetings
from linkgraph.algorithms.sharing.occasions import at_addresses, of_files, same_file
from linkgraph.errors import UsageError
from linkgraph.model import LinkKind

if TYPE_CHECKING:
    import pandas as pd

    from linkgraph.graph import Floats, Graph, Ints, Longs

METHOD = "hypergeometric, by crowd (Tumminello et al. 2011); Benjamini-Hochberg 1995"
GRADE = "candidate: shared use beyond chance"
WINDOW = timedelta(hours=24)
ALPHA = 0.01
AMONG = (f"addresses and files that up to {CROWD} accounts used", "all addresses and files")
"""What the test of a link counted."""
MOST_MEETINGS = 10_000_000
"""Meetings of two accounts at occasions that are gone through; beyond that, the most crowded occasions are left out."""
MOST_RESOURCES = 10
"""Resources that are listed for a link."""
_PIECE = 1_000_000
"""Pairs that are tested at a time."""


@dataclass(frozen=True, eq=False, slots=True)
class Shared:
    """What the two accounts of each link share: one row for each link and resource."""

    link: Ints
    """(k,) place of the link, ascending."""
    resource: Ints
    """(k,) node of the address or file."""
    users: Ints
    """(k,) accounts that ever used it."""
    times: Ints
    """(k,) windows in which both were there; 1 for a file."""
    rows: tuple[tuple[int, ...], ...]
    """(k,) rows of the link table that say that one and the other used it."""


@dataclass(frozen=True, eq=False, slots=True)
class CoUse:
    """Accounts that share more than chance would give them: candidates, most certain first."""

    graph: Graph
    window: timedelta
    alpha: float
    most: int
    """Meetings that were gone through at most."""
    tested: int
    """Pairs of accounts that could have met."""
    met: int
    """Pairs that did, once at least."""
    occasions: int
    rows: int
    left_out: int
    """Rows without a time, or with one longer than the window."""
    reachable_p: float
    """The largest probability that could have been that of a link."""
    limit: int | None
    """Occasions of more accounts than this were left out; None where none was."""
    capped: tuple[Capped, ...]
    source: Ints
    """(k,) node"""
    target: Ints
    """(k,) node"""
    shared: Ints
    """(k,) occasions that both were at, of those the test counted."""
    expected: Floats
    """(k,) how many of these chance would give."""
    p: Floats
    q: Floats
    among: Ints
    """(k,) place in :data:`AMONG`."""
    resources: Shared

    def __len__(self) -> int:
        return len(self.source)

    def headline(self) -> str:
        """Give the answer in a sentence."""
        if not self.met:
            return "No two accounts were at the same address within the window, or had the same file."
        many = {0: "No pair of accounts shares", 1: "One pair of accounts shares"}
        found = many.get(len(self), f"{len(self):,} pairs of accounts share")
        found += f" more than chance would give, of {self.met:,} that met"
        capped = f"; {len(self.capped):,} crowded resources were counted in part" if self.capped else ""
        return f"{found}{capped}."

    def to_json(self) -> Record:
        """Give the stable form."""
        return {
            "method": METHOD,
            "alpha": self.alpha,
            "window_seconds": self.window.total_seconds(),
            "crowd": CROWD,
            "most_meetings": self.most,
            "tested": self.tested,
            "met": self.met,
            "occasions": self.occasions,
            "rows": self.rows,
            "left_out": self.left_out,
            "links": self._links(),
            "capped": {
                "most_accounts": self.limit,
                "meetings": sum(one.meetings for one in self.capped),
                "resources": [
                    self._resource(one.node, one.users)
                    | {
                        "occasions": one.occasions,
                        "meetings": one.meetings,
                        "least_p": _rounded(one.least_p),
                        "could_link": one.least_p <= self.reachable_p,
                    }
                    for one in self.capped
                ],
            },
        }

    def to_frame(self) -> pd.DataFrame:
        """Give one row a link: who, how much, how sure; resources as text."""
        records = [one | {"resources": [each["label"] for each in one["resources"]]} for one in self._links()]
        columns = ("source", "target", "shared", "expected", "p", "q", "among", "resources", "resources_total", "grade")
        return frame(records, columns)

    def _links(self) -> list[Record]:
        ids = self.graph.ids
        first = np.searchsorted(self.resources.link, np.arange(len(self) + 1))
        links = self._link_ids()
        return [
            {
                "source": ids[int(self.source[at])],
                "target": ids[int(self.target[at])],
                "shared": int(self.shared[at]),
                "expected": _rounded(self.expected[at]),
                "p": _rounded(self.p[at]),
                "q": _rounded(self.q[at]),
                "among": AMONG[self.among[at]],
                "grade": GRADE,
                "resources": self._shared(range(first[at], min(first[at + 1], first[at] + MOST_RESOURCES)), links),
                "resources_total": int(first[at + 1] - first[at]),
            }
            for at in range(len(self))
        ]

    def _shared(self, rows: range, links: list[list[str]]) -> list[Record]:
        found = self.resources
        return [
            self._resource(int(found.resource[row]), int(found.users[row]))
            | {"shared": int(found.times[row]), "links": links[row]}
            for row in rows
        ]

    def _link_ids(self) -> list[list[str]]:
        """Give the ids of the links behind each row of what is shared; all are looked up at once."""
        rows = self.resources.rows
        every = pa.array([link for one in rows for link in one], pa.int64())
        ids = iter(self.graph.links["id"].take(every).to_pylist())
        return [list(islice(ids, len(one))) for one in rows]

    def _resource(self, node: int, users: int) -> Record:
        return node_record(self.graph, node) | {"users": users}


def co_use(
    graph: Graph, events: pa.Table, *, window: timedelta = WINDOW, alpha: float = ALPHA, most: int = MOST_MEETINGS
) -> CoUse:
    """Find the pairs of accounts that share more addresses and files than chance would give them.

    Args:
        graph: the whole graph of the case.
        events: schema :data:`~linkgraph.store.protocol.EVENTS`, with the rows of ``USED_IP`` at least.
        window: two accounts meet at an address if both were there within this time.
        alpha: rate of false discoveries: of the links given, at most this share is chance.
        most: meetings that are gone through at most; what is left out for it is listed.

    Raises:
        UsageError: the window is not above 0, or alpha not between 0 and 1.
    """
    if window <= timedelta(0):
        raise UsageError("The window must be longer than 0.")
    if not 0 < alpha < 1:
        raise UsageError(f"Alpha is a rate between 0 and 1, not {alpha}.")
    addresses = at_addresses(graph, events, window // timedelta(microseconds=1))
    files = of_files(graph)
    found = meetings(addresses, files, most)
    tested = _tested(found)
    begins = np.flatnonzero(np.diff(found.one, prepend=-1) | np.diff(found.other, prepend=-1))
    p, shared, expected, among = _chance(found, begins, alpha * len(begins) / max(tested, 1))
    q = false_discovery_rate(p, tested)
    links = np.flatnonzero(q <= alpha) if len(q) else np.zeros(0, np.int64)
    links = links[np.lexsort((begins[links], np.array([_rounded(one) for one in p[links]])))]
    could_meet = min(len(begins) + sum(one.meetings for one in found.capped), tested)
    return CoUse(
        graph=graph,
        window=window,
        alpha=alpha,
        most=most,
        tested=tested,
        met=len(begins),
        occasions=found.occasions,
        rows=addresses.rows + files.rows,
        left_out=addresses.left_out + files.left_out,
        reachable_p=alpha * could_meet / max(tested, 1),
        limit=found.limit,
        capped=found.capped,
        source=found.accounts[found.one[begins[links]]],
        target=found.accounts[found.other[begins[links]]],
        shared=shared[links],
        expected=expected[links],
        p=p[links],
        q=q[links],
        among=among[links],
        resources=_resources(graph, found, begins, links),
    )


def _tested(found: Meetings) -> int:
    """Count the pairs that could have met: both were at occasions of the same sort."""
    pattern = (found.often > 0) @ (1 << np.arange(SORTS))
    held, counts = np.unique(pattern, return_counts=True)
    common = (held[:, None] & held[None, :]) > 0
    pairs = int((counts[:, None] * counts[None, :])[common].sum())
    return (pairs - int(counts.sum())) // 2


def _chance(found: Meetings, begins: Longs, reachable: float) -> tuple[Floats, Ints, Floats, Ints]:
    """Give for each pair p, of how many occasions, how many chance would give, and the place in AMONG.

    A pair whose p is certainly above ``reachable`` can be no link, and is left at 1.
    """
    p, expected = np.ones(len(begins)), np.zeros(len(begins))
    shared, among = np.zeros(len(begins), np.int32), np.zeros(len(begins), np.int32)
    looks = (slice(0, SORTS, 2), slice(0, SORTS)) if found.crowds else (slice(0, SORTS, 2),)
    ends = np.append(begins[1:], len(found.one))
    for start in range(0, len(begins), _PIECE):
        first, last = begins[start : start + _PIECE], ends[start : start + _PIECE]
        times, n, k, occasions = _counts(found, first, slice(int(first[0]), int(last[-1])))
        mean = n * k / np.maximum(occasions, 1)
        for look, sorts in enumerate(looks):
            x, average = times[:, sorts].sum(axis=1), mean[:, sorts].sum(axis=1)
            # Once or more has at least the probability λ − λ²/2 (Bonferroni); who shares no more than at the first
            # look has no smaller probability at the second.
            asked = (x > 1) | ((x == 1) & (average - average**2 / 2 <= reachable))
            rows = np.flatnonzero(asked & (x > times[:, looks[look - 1]].sum(axis=1) if look else asked))
            found_p = len(looks) * tail(x[rows], n[rows, sorts], k[rows, sorts], occasions[rows, sorts])
            better = found_p < p[start + rows]
            rows = rows[better]
            at = start + rows
            p[at], shared[at], expected[at], among[at] = found_p[better], x[rows], average[rows], look
    return p, shared, expected, among


def _counts(found: Meetings, begins: Longs, rows: slice) -> tuple[Longs, Longs, Longs, Longs]:
    """Give for pairs (m, sorts): occasions shared, those of the one and of the other, and how many there are."""
    pair = np.repeat(np.arange(len(begins)), np.diff(begins, append=rows.stop))
    at, size = pair * SORTS + found.sort[rows], len(begins) * SORTS
    times = np.bincount(at, weights=found.shared[rows], minlength=size).reshape(-1, SORTS).astype(np.int64)
    regulars = np.bincount(pair, weights=found.regulars[rows], minlength=len(begins))
    n, k = (found.often[end[begins]].astype(np.int64) for end in (found.one, found.other))
    occasions = np.broadcast_to(found.equal, n.shape).copy()
    crowded = n[:, CROWDED_ADDRESS] * k[:, CROWDED_ADDRESS] / np.maximum(regulars, 1e-300)
    occasions[:, CROWDED_ADDRESS] = np.minimum(occasions[:, CROWDED_ADDRESS], np.minimum(crowded, 2.0**62))
    return times, n, k, occasions


def _resources(graph: Graph, found: Meetings, begins: Longs, links: Longs) -> Shared:
    """Give what the two of each link share, the resources of fewest users first."""
    counts = np.diff(begins, append=len(found.one))[links]
    link = np.repeat(np.arange(len(links)), counts)
    rows = np.repeat(begins[links] - np.cumsum(counts) + counts, counts) + np.arange(len(link))
    rows = rows[np.lexsort((found.resource[rows], -found.shared[rows], found.users[rows], link))]
    resource = found.resource[rows]
    ends = np.stack([found.accounts[found.one[rows]], found.accounts[found.other[rows]]], axis=1)
    return Shared(
        link=link.astype(np.int32),
        resource=resource,
        users=found.users[rows],
        times=found.shared[rows],
        rows=_link_rows(graph, ends, resource),
    )


def _link_rows(graph: Graph, ends: Ints, resource: Ints) -> tuple[tuple[int, ...], ...]:
    """Give the rows of the link table between both accounts (k, 2) and each resource, in ascending order."""
    kinds = pa.array([LinkKind.USED_IP, LinkKind.SHARED_FILE], pa.string())
    uses = np.flatnonzero(pc.is_in(graph.links["kind"], value_set=kinds).to_numpy())
    keys = graph.source[uses].astype(np.int64) * len(graph) + same_file(graph)[graph.target[uses]]
    order = np.argsort(keys, kind="stable")
    wanted = ends.astype(np.int64) * len(graph) + resource[:, None]
    first, last = (np.searchsorted(keys[order], wanted, side=side) for side in ("left", "right"))
    rows = uses[order]
    return tuple(
        tuple(sorted(row for end in (0, 1) for row in rows[a[end] : b[end]].tolist()))
        for a, b in zip(first.tolist(), last.tolist(), strict=True)
    )


def _rounded(value: float) -> float:
    """Round to six digits: more than a probability means, and the same on every machine."""
    return float(f"{value:.6g}")
