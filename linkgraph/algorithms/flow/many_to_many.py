"""Many to many: several accounts that pay the same several within a window, layer by layer.

The bipartite and stacked schemes of Altman et al. 2023. A payment counts if, among the payments that count,
its payer pays many and its payee is paid by many within a window (:mod:`linkgraph.algorithms.flow.fans`); what is
left when nothing more falls away is the temporal form of the (α, β)-core (Liu et al. 2019, *WWW*, 1130).
Its connected parts are the patterns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import rustworkx as rx

from linkgraph.algorithms.flow.fans import Measure, fans

if TYPE_CHECKING:
    from linkgraph.algorithms.flow.payments import Payments
    from linkgraph.graph import Longs


@dataclass(frozen=True, slots=True)
class Mesh:
    """Accounts of which many pay many."""

    payers: tuple[int, ...]
    """Ascending."""
    payees: tuple[int, ...]
    """Ascending; an account in the middle of several layers is among both."""
    payments: tuple[int, ...]


def many_to_many(payments: Payments, by: Measure, fewest: int) -> list[Mesh]:
    """Find accounts of which many pay the same many.

    Args:
        payments: of one currency.
        by: what makes a window a fan.
        fewest: distinct payees of each payer, and payers of each payee.
    """
    rows = np.arange(len(payments))
    while True:
        counted = np.zeros(len(payments), bool)
        counted[rows] = True
        part = payments.part(counted)
        kept = np.intersect1d(
            _in_fans(part, by, fewest, "payer", "payee"),
            _in_fans(part, by, fewest, "payee", "payer"),
        )
        if len(kept) == len(rows):
            break
        rows = rows[kept]
    accounts, ends = np.unique(np.concatenate([payments.payer[rows], payments.payee[rows]]), return_inverse=True)
    network: rx.PyGraph[None, None] = rx.PyGraph(multigraph=True)
    network.add_nodes_from([None] * len(accounts))
    network.add_edges_from_no_data(list(zip(ends[: len(rows)].tolist(), ends[len(rows) :].tolist(), strict=True)))
    part_of = np.empty(len(accounts), np.int64)
    for number, nodes in enumerate(sorted(rx.connected_components(network), key=min)):
        part_of[list(nodes)] = number
    number_of_row = part_of[ends[: len(rows)]]
    return [_mesh(payments, rows[number_of_row == number]) for number in np.unique(number_of_row)]


def _in_fans(payments: Payments, by: Measure, fewest: int, centre: str, other: str) -> Longs:
    found = fans(payments, getattr(payments, centre), getattr(payments, other), by, fewest)
    return np.unique(np.array([row for one in found for row in one.payments], np.int64))


def _mesh(payments: Payments, rows: Longs) -> Mesh:
    payers, payees = np.unique(payments.payer[rows]), np.unique(payments.payee[rows])
    return Mesh(tuple(payers.tolist()), tuple(payees.tolist()), tuple(rows.tolist()))
