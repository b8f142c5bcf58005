"""Whose a payment account is, and which of them are a victim's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from linkgraph.algorithms.records import Record, node_record
from linkgraph.errors import UsageError
from linkgraph.model import EntityKind, LinkKind

if TYPE_CHECKING:
    from linkgraph.graph import Graph, Longs, Mask


@dataclass(frozen=True, eq=False, slots=True)
class Holders:
    """Who holds which payment account, by the links ``HOLDS``."""

    graph: Graph
    links: Longs
    """Rows of the link table from a holder to a payment account, in the order of the accounts."""

    def victims_accounts(self) -> Mask:
        """Tell of each node (n,) whether it is a victim, or a payment account that a victim holds."""
        theirs = self.graph.victims.copy()
        theirs[self.graph.target[self.links[self.graph.victims[self.graph.source[self.links]]]]] = True
        return theirs

    def accounts_of(self, node: int) -> tuple[int, ...]:
        """Give the payment account that a node is, or those it holds.

        Raises:
            UsageError: it is none and holds none.
        """
        if self.graph.kinds[node] == EntityKind.PAYMENT_ACCOUNT:
            return (node,)
        held = np.unique(self.graph.target[self.links[self.graph.source[self.links] == node]])
        if not len(held):
            raise UsageError(f"{self.graph.labels[node]} is no payment account and holds none.")
        return tuple(held.tolist())

    def record(self, account: int) -> Record:
        """Write a payment account with its country and whose it is, with the link that says so."""
        graph = self.graph
        first, last = np.searchsorted(graph.target[self.links], [account, account + 1])
        return node_record(graph, account) | {
            "country": graph.countries[account],
            "country_basis": graph.entities["country_basis"][account].as_py(),
            "held_by": [
                node_record(graph, int(graph.source[link])) | {"link": graph.links["id"][link].as_py()}
                for link in self.links[first:last].tolist()
            ],
        }


def holders(graph: Graph) -> Holders:
    """Find who holds which payment account."""
    holds = np.asarray(pc.equal(graph.links["kind"], LinkKind.HOLDS).to_numpy(), bool)
    links = np.flatnonzero(holds & graph.of_kind([EntityKind.PAYMENT_ACCOUNT])[graph.target])
    return Holders(graph, links[np.argsort(graph.target[links], kind="stable")])
