"""Requests: whom to ask in which country, and what each answer could open that no earlier one does.

Whoever can be asked across a border is the holder of a block of addresses, a bank, or a telephone company: who
had this address then, whose account is this. Addresses of one /24 or /48 are put together because they are
mostly one holder's; that they are is for the register to say. A service's own records are not here: where a
provider keeps them is no part of the evidence.

An answer *touches* the accounts, payment accounts and persons that are directly linked to what is asked about.
It can name one where the link is strong: an address with source port or exact time, a payment, a holder. Where
the link has a weaker grade (an interval, a shared address) the answer names one of several, and these are
counted apart.

The order is greedy: next is the request that touches the most that none before touches, by strong links, then by
weak ones. No other choice of as many requests touches more than e/(e − 1) = 1.58 times as many by strong links
(Nemhauser, Wolsey & Fisher 1978, *Mathematical Programming* 14, 265; evaluated lazily, Minoux 1978). It says
nothing of what the answers will be worth.

What is a victim's alone is never asked about here.
"""

from __future__ import annotations

import heapq
import ipaddress
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from linkgraph.model import EntityKind

if TYPE_CHECKING:
    from linkgraph.graph import Graph, Longs, Mask

CAN_BE_ASKED_ABOUT = frozenset({EntityKind.IP_ADDRESS, EntityKind.PAYMENT_ACCOUNT, EntityKind.PHONE})
CAN_BE_OPENED = frozenset({EntityKind.ACCOUNT, EntityKind.PAYMENT_ACCOUNT, EntityKind.PERSON})
NAMES_ONE = ("source port and exact time", "exact time")
"""How grades begin that leave one subscriber; any other grade leaves several."""
MOST_REQUESTS = 200
_BLOCK = {4: 24, 6: 48}


@dataclass(frozen=True, slots=True)
class Request:
    """What one holder in one country could be asked about."""

    country: str
    to: str
    """Whom, in words."""
    nodes: tuple[int, ...]
    """What is asked about, ascending."""
    links: tuple[int, ...]
    """Rows of the link table that end there, ascending."""
    crossing: int
    """How many of these cross a border."""
    touched: int
    """Accounts, payment accounts and persons directly linked to it."""
    opens: int
    """Of these, linked strongly, and not touched so by any request before."""
    opens_weakly: int
    """Of these, linked weakly only, and not touched by any request before."""
    victims: int
    """Of those touched, how many are victims."""
    grades: tuple[tuple[str, int], ...]
    """Grades of these links and how many have each, most first; ungraded ones have no entry."""


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests in the order in which they open most."""

    requests: tuple[Request, ...]
    in_all: int
    """How many could be made, also those that would open nothing more."""
    stopped: bool
    """Whether there are more that would open something."""


def requests(graph: Graph, crossing: Longs) -> Requests:
    """Find whom to ask in which country, in the order in which answers open most.

    Args:
        graph: the network.
        crossing: rows of the link table that cross a border.
    """
    ends = np.unique(np.concatenate([graph.source[crossing], graph.target[crossing]]))
    asked = ends[graph.of_kind(CAN_BE_ASKED_ABOUT)[ends] & ~graph.victims[ends]]
    asked = asked[np.fromiter((graph.ids[node] not in graph.substitutes for node in asked.tolist()), bool, len(asked))]
    names = [_holder(graph, node) for node in asked.tolist()]
    order = sorted(set(names))
    place = {name: at for at, name in enumerate(order)}
    unit = np.full(len(graph), -1, np.int64)
    unit[asked] = [place[name] for name in names]
    touches = _touches(graph, unit, len(order))
    chosen, stopped = _greedy(touches, len(graph))
    crosses = np.zeros(graph.links.num_rows, bool)
    crosses[crossing] = True
    rows = np.flatnonzero(graph.pair_of_link >= 0)
    ends = np.concatenate([unit[graph.source[rows]], unit[graph.target[rows]]])
    links = _ByUnit.of(ends[ends >= 0], np.tile(rows, 2)[ends >= 0])
    nodes = _ByUnit.of(unit[asked], asked.astype(np.int64))
    found = [
        _request(graph, order[at], nodes.values_of(at), links.values_of(at), crosses, touches.values_of(at), opens)
        for at, opens in chosen
    ]
    return Requests(tuple(found), len(order), stopped)


@dataclass(frozen=True, eq=False, slots=True)
class _ByUnit:
    """Values of units, (k,) sorted by unit."""

    unit: Longs
    values: Longs

    @classmethod
    def of(cls, unit: Longs, values: Longs) -> _ByUnit:
        order = np.argsort(unit, kind="stable")
        return cls(unit[order], values[order])

    def values_of(self, unit: int) -> Longs:
        """Give the values of one unit, ascending and each once."""
        first, last = np.searchsorted(self.unit, [unit, unit + 1])
        return np.unique(self.values[first:last])


@dataclass(frozen=True, eq=False, slots=True)
class _Touches:
    """Which unit touches whom, (k,) sorted by unit and node."""

    unit: Longs
    node: Longs
    strong: Mask
    indptr: Longs
    """(units + 1,) where each unit begins."""

    def of(self, unit: int) -> slice:
        return slice(int(self.indptr[unit]), int(self.indptr[unit + 1]))

    def values_of(self, unit: int) -> Longs:
        return self.node[self.of(unit)]


def _touches(graph: Graph, unit: Longs, units: int) -> _Touches:
    n = max(len(graph), 1)
    links = np.flatnonzero(graph.pair_of_link >= 0)
    grade = graph.links["grade"].take(pa.array(links))
    strong = np.asarray(pc.is_null(grade).to_numpy(), bool)
    for beginning in NAMES_ONE:
        strong |= np.asarray(pc.starts_with(grade, beginning).fill_null(False).to_numpy(), bool)
    ends = np.concatenate([graph.source[links], graph.target[links]])
    others = np.concatenate([graph.target[links], graph.source[links]]).astype(np.int64)
    counted = (unit[ends] >= 0) & graph.of_kind(CAN_BE_OPENED)[others] & (unit[others] != unit[ends])
    keys, row = np.unique(unit[ends[counted]] * n + others[counted], return_inverse=True)
    is_strong = np.bincount(row, weights=np.tile(strong, 2)[counted], minlength=len(keys)) > 0
    which, node = np.divmod(keys, n)
    return _Touches(which, node, is_strong, np.searchsorted(which, np.arange(units + 1)))


def _greedy(touches: _Touches, n: int) -> tuple[list[tuple[int, tuple[int, int]]], bool]:
    """Give the units in the order in which each opens most, with what it opens strongly and weakly."""
    strongly, at_all = np.zeros(n, bool), np.zeros(n, bool)

    def opens(unit: int) -> tuple[int, int]:
        part = touches.of(unit)
        node, strong = touches.node[part], touches.strong[part]
        return int((~strongly[node[strong]]).sum()), int((~at_all[node[~strong]]).sum())

    waiting = []
    for unit in range(len(touches.indptr) - 1):
        strong, weak = opens(unit)
        waiting.append((-strong, -weak, unit))
    heapq.heapify(waiting)
    chosen: list[tuple[int, tuple[int, int]]] = []
    while waiting:
        strong, weak, unit = heapq.heappop(waiting)
        now = opens(unit)
        if now == (0, 0):
            continue
        if now != (-strong, -weak):
            # What a request opens only shrinks, so whoever is still first after a second look is best.
            heapq.heappush(waiting, (-now[0], -now[1], unit))
            continue
        if len(chosen) == MOST_REQUESTS:
            return chosen, True
        chosen.append((unit, now))
        part = touches.of(unit)
        strongly[touches.node[part][touches.strong[part]]] = True
        at_all[touches.node[part]] = True
    return chosen, False


def _request(
    graph: Graph,
    name: tuple[str, str],
    nodes: Longs,
    links: Longs,
    crosses: Mask,
    touched: Longs,
    opens: tuple[int, int],
) -> Request:
    return Request(
        country=name[0],
        to=name[1],
        nodes=tuple(nodes.tolist()),
        links=tuple(links.tolist()),
        crossing=int(crosses[links].sum()),
        touched=len(touched),
        opens=opens[0],
        opens_weakly=opens[1],
        victims=int(graph.victims[touched].sum()),
        grades=tuple(_grades(graph, links)),
    )


def _grades(graph: Graph, links: Longs) -> Iterator[tuple[str, int]]:
    counted = Counter(graph.links["grade"].take(pa.array(links)).to_pylist())
    yield from sorted(((grade, count) for grade, count in counted.items() if grade), key=lambda one: (-one[1], one[0]))


def _holder(graph: Graph, node: int) -> tuple[str, str]:
    """Say of which country, and whom, a request about an entity goes to: of an IBAN's bank, not of its holder."""
    country = str(graph.countries[node])
    kind, value = graph.kinds[node], str(graph.entities["value"][node].as_py())
    if kind == EntityKind.IP_ADDRESS:
        try:
            address = ipaddress.ip_address(value)
        except ValueError:
            return country, "holder of the address block"
        return country, f"holder of {ipaddress.ip_network(f'{address}/{_BLOCK[address.version]}', strict=False)}"
    if kind == EntityKind.PHONE:
        return country, "telephone company"
    scheme, _, rest = value.partition(":")
    if scheme != "iban":
        return country, f"issuer of the {scheme} account" if rest else "issuer of the payment account"
    try:
        return rest[:2], f"bank {IBAN(rest, allow_invalid=True).bank_code}"
    except SchwiftyException:
        return rest[:2], "bank of the IBAN"
