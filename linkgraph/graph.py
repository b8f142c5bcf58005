"""Store → arrays → rustworkx: the network that every question is asked of.

Nodes are numbered in the order of their ids, so the same case gives the same numbers, the same
sums in the same order, and byte-identical findings. Arrays are int32 for nodes and links, int64
for offsets, float64 for strengths.

What a link is worth
--------------------
``strength(link) = base × sharing``

- *base* is the weight that the evidence states, if it states any (nothing below 0); otherwise
  ``1 + ln(count)``: the tenth login says less than the second (sublinear scaling, Manning, Raghavan
  & Schütze 2008, *Introduction to Information Retrieval*, §6.4.1).
- *sharing* is 1, except for a link to something strangers share (:data:`~linkgraph.model.RESOURCE_KINDS`):
  there it is ``1 / max(1, d − 1)``, d being how many distinct entities use the resource. So the
  strengths that meet in a carrier's address or a viral file add up to little more than one link,
  however many use it; two users count fully (Newman 2001, *Physical Review E* 64, 016132, eq. 2).
- A link whose grade begins with ``never links`` (loopback address, digest of the empty file) has
  strength 0 and connects nothing: it stays in the tables and is no part of the network.

Parallel links and both directions of a pair add up. A plain list that names each pair once gives
every pair exactly 1, or exactly the stated weight. Strength is what a link is worth *in its case*:
a part of the graph keeps it, so that an address of 500 users does not look private in a close-up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import rustworkx as rx

from linkgraph import kernels, victims
from linkgraph.errors import IntegrityError
from linkgraph.model import RESOURCE_KINDS, EntityKind, LinkKind, Role
from linkgraph.store.protocol import GraphStore
from linkgraph.wording import NEVER_LINKS

Ints: TypeAlias = npt.NDArray[np.int32]
Longs: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False, repr=False)
class Graph:
    """Entities and links as tables, and the network that they make as arrays.

    The *network* is undirected and simple: one pair for every two entities that at least one link
    connects. Self-loops and links that never link are in :attr:`links`, not in the network.
    """

    entities: pa.Table
    """Schema :data:`linkgraph.store.protocol.ENTITIES`, ordered by id: row = node number."""
    links: pa.Table
    """Schema :data:`linkgraph.store.protocol.LINKS`, ordered by id."""
    source: Ints
    """(n_links,) node each link starts from."""
    target: Ints
    """(n_links,) node each link leads to."""
    link_strength: Floats
    """(n_links,) what each link is worth; see the module."""
    pairs: Ints
    """(n_pairs, 2) connected nodes u < v, sorted."""
    pair_of_link: Ints
    """(n_links,) row of ``pairs``; −1 for self-loops and links that never link."""
    strength: Floats
    """(n_pairs,) sum of the strengths of the links of each pair."""
    indptr: Longs
    """(n + 1,) the neighbours of node u are ``indices[indptr[u]:indptr[u + 1]]``, ascending."""
    indices: Ints
    """(2 n_pairs,) neighbours; every pair is here from both ends."""
    weight: Floats
    """(2 n_pairs,) strength of the pair behind each entry of ``indices``."""
    pair_of_entry: Ints
    """(2 n_pairs,) row of ``pairs`` behind each entry of ``indices``."""
    masked: Mapping[str, str] | None = None
    """:attr:`substitutes` of what this is a part of: who is a victim's alone is seen there, even where the link that
    says so is left out here."""

    @classmethod
    def of(cls, entities: pa.Table, links: pa.Table) -> Graph:
        """Build the graph of two tables in the store's schemas; rows out of order are put in order.

        Raises:
            IntegrityError: a link names an entity that is not among ``entities``.
        """
        entities, links = _by_id(entities), _by_id(links)
        with ThreadPoolExecutor(2) as pool:
            source, target = pool.map(_positions, (links["source"], links["target"]), repeat(entities["id"]))
        return cls._build(entities, links, source, target, _link_strength(entities, links, source, target))

    @classmethod
    def read(cls, store: GraphStore) -> Graph:
        """Build the graph of everything a store holds."""
        return cls.of(store.entities(), store.links())

    @classmethod
    def _build(
        cls,
        entities: pa.Table,
        links: pa.Table,
        source: Ints,
        target: Ints,
        worth: Floats,
        masked: Mapping[str, str] | None = None,
    ) -> Graph:
        n = entities.num_rows
        connects = (source != target) & ~_never_links(links)
        if kernels.pay(n, len(source)):
            from linkgraph.kernels import pairing  # noqa: PLC0415 - numba is loaded when it is needed

            pairs, pair_of_link = pairing.paired(source, target, connects, n)
            indptr, indices, pair_of_entry = pairing.neighbours(pairs, n)
        else:
            pairs, pair_of_link = _paired(source, target, connects, n)
            indptr, indices, pair_of_entry = _neighbours(pairs, n)
        worth_of_pairs = np.bincount(pair_of_link[connects], weights=worth[connects], minlength=len(pairs))
        strength = worth_of_pairs.astype(np.float64)
        return cls(
            entities=entities,
            links=links,
            source=source,
            target=target,
            link_strength=worth,
            pairs=pairs,
            pair_of_link=pair_of_link,
            strength=strength,
            indptr=indptr,
            indices=indices,
            weight=strength[pair_of_entry],
            pair_of_entry=pair_of_entry,
            masked=masked,
        )

    def __len__(self) -> int:
        return int(self.entities.num_rows)

    def __repr__(self) -> str:
        return f"<Graph of {len(self):,} entities, {self.links.num_rows:,} links, {len(self.pairs):,} pairs>"

    @cached_property
    def ids(self) -> list[str]:
        """Id of each node, ascending."""
        return list(self.entities["id"].to_pylist())

    @cached_property
    def index(self) -> dict[str, int]:
        """Id → node number."""
        return {entity: node for node, entity in enumerate(self.ids)}

    @cached_property
    def kinds(self) -> list[str]:
        """Kind of each node, in the words of :class:`~linkgraph.model.EntityKind`."""
        return list(self.entities["kind"].to_pylist())

    @cached_property
    def labels(self) -> list[str]:
        """What to show for each node; victims and what is theirs alone are masked. Attackers' input: escape it."""
        labels = zip(self.ids, self.entities["label"].to_pylist(), strict=True)
        return [self.substitutes.get(entity, label) for entity, label in labels]

    @cached_property
    def substitutes(self) -> dict[str, str]:
        """What to show instead of victims and of what is theirs alone, by id."""
        if self.masked is None:
            return victims.substitutes(self.entities, self.links)
        shown = self.masked
        return {entity: shown[entity] for entity in self.ids if entity in shown} if shown else {}

    @cached_property
    def countries(self) -> list[str | None]:
        """ISO 3166-1 alpha-2 code of each node, where one is known."""
        return list(self.entities["country"].to_pylist())

    @cached_property
    def victims(self) -> Mask:
        """(n,) whether each node is a victim."""
        return self.with_role(Role.VICTIM)

    @cached_property
    def degree(self) -> Ints:
        """(n,) how many distinct others each node is directly connected to."""
        return np.diff(self.indptr).astype(np.int32)

    @cached_property
    def component(self) -> Ints:
        """(n,) number of the connected component of each node, in the order of their first nodes."""
        if kernels.pay(len(self), len(self.pairs)):
            from linkgraph.kernels.parts import components  # noqa: PLC0415 - numba is loaded when it is needed

            return components(self.pairs, len(self))
        number = np.empty(len(self), np.int32)
        found = [np.fromiter(nodes, np.int32, len(nodes)) for nodes in rx.connected_components(self.rx)]
        for position, nodes in enumerate(sorted(found, key=lambda nodes: int(nodes.min()))):
            number[nodes] = position
        return number

    @cached_property
    def rx(self) -> rx.PyGraph[int, float]:
        """The network in rustworkx: node index = node number, edge index = row of :attr:`pairs`.

        Each node holds its number and each edge its strength. Built when first asked for.
        """
        network: rx.PyGraph[int, float] = rx.PyGraph(multigraph=True, node_count_hint=len(self))
        network.add_nodes_from(range(len(self)))
        u, v = self.pairs[:, 0].tolist(), self.pairs[:, 1].tolist()
        network.add_edges_from(list(zip(u, v, self.strength.tolist(), strict=True)))
        return network

    def of_kind(self, kinds: Collection[EntityKind]) -> Mask:
        """Tell of each node (n,) whether it is of one of these kinds."""
        return _is_in(self.entities["kind"], kinds)

    def with_role(self, *roles: Role) -> Mask:
        """Tell of each node (n,) whether it has one of these roles."""
        return _is_in(self.entities["role"], roles)

    def neighbours(self, node: int) -> Ints:
        """Give the nodes directly connected to one node, ascending."""
        return self.indices[self.indptr[node] : self.indptr[node + 1]]

    def links_between(self, u: int, v: int) -> Ints:
        """Give the rows of :attr:`links` between two nodes, in either direction, ascending."""
        keys, order = self._links_by_pair
        key = min(u, v) * len(self) + max(u, v)
        first, last = np.searchsorted(keys, [key, key + 1])
        return order[first:last]

    def select(self, kinds: Collection[LinkKind]) -> Graph:
        """Give the network that links of these kinds make.

        Nodes that have no such link are left out, so that every measure is that of the chosen
        network and not of the case around it.
        """
        links = _is_in(self.links["kind"], kinds)
        nodes = np.zeros(len(self), bool)
        nodes[self.source[links]] = True
        nodes[self.target[links]] = True
        return self._part(nodes, links)

    def largest_component(self) -> Graph:
        """Give the largest connected component; of two as large, the one with the smallest id."""
        return self if len(self) == 0 else self._induced(self.component == np.bincount(self.component).argmax())

    def neighbourhood(self, nodes: Iterable[int], hops: int) -> Graph:
        """Give what lies within ``hops`` links of some nodes, and all links among that; see :meth:`within`."""
        return self._induced(self.within(nodes, hops))

    def within(self, nodes: Iterable[int], hops: int, closed: Mask | None = None) -> Mask:
        """Tell of each node (n,) whether it lies within ``hops`` links of some nodes.

        The walk never goes on *through* a victim, nor through a link that never links: such ends
        are reached, what lies behind them is not. The start nodes themselves are always walked from.

        Args:
            nodes: where to start.
            hops: how many links.
            closed: (n,) further nodes that are not walked through.
        """
        shut = self.victims if closed is None else self.victims | closed
        front = np.unique(np.fromiter(nodes, np.int64))
        seen = np.zeros(len(self), bool)
        seen[front] = True
        mute = _never_links(self.links)
        source, target = self.source[mute], self.target[mute]
        shown = seen.copy()
        for _ in range(hops):
            walked = np.zeros(len(self), bool)
            walked[front] = True
            shown[target[walked[source]]] = True
            shown[source[walked[target]]] = True
            reached = np.unique(self.indices[self.entries(front)])
            reached = reached[~seen[reached]]
            seen[reached] = True
            front = reached[~shut[reached]].astype(np.int64)
        return seen | shown

    def without(self, nodes: Iterable[int]) -> Graph:
        """Give the graph without some nodes and without their links."""
        kept = np.ones(len(self), bool)
        kept[np.fromiter(nodes, np.int64)] = False
        return self._induced(kept)

    def with_links(self, kept: Mask) -> Graph:
        """Give all entities with only some of the links (n_links,); these keep their strength."""
        return self._part(np.ones(len(self), bool), kept)

    def entries(self, nodes: npt.NDArray[np.integer[Any]]) -> Longs:
        """Give the positions in :attr:`indices` of all neighbours of some nodes, node by node."""
        start = self.indptr[nodes]
        count = self.indptr[nodes + 1] - start
        before = np.cumsum(count) - count
        every: Longs = np.arange(count.sum(), dtype=np.int64) + np.repeat(start - before, count)
        return every

    @cached_property
    def _links_by_pair(self) -> tuple[Longs, Ints]:
        low, high = np.minimum(self.source, self.target), np.maximum(self.source, self.target)
        keys = low.astype(np.int64) * len(self) + high
        order = np.argsort(keys, kind="stable").astype(np.int32)
        return keys[order], order

    def _induced(self, nodes: Mask) -> Graph:
        return self._part(nodes, nodes[self.source] & nodes[self.target])

    def _part(self, nodes: Mask, links: Mask) -> Graph:
        number = np.cumsum(nodes, dtype=np.int32) - np.int32(1)
        return Graph._build(
            self.entities.filter(pa.array(nodes)),
            self.links.filter(pa.array(links)),
            number[self.source[links]],
            number[self.target[links]],
            self.link_strength[links],
            self.substitutes,
        )


def _by_id(table: pa.Table) -> pa.Table:
    ids = table["id"]
    in_order = pc.all(pc.less_equal(ids.slice(0, max(len(ids) - 1, 0)), ids.slice(1))).as_py()
    # Looking up rows of a table in many pieces takes seconds in a large case.
    return (table if in_order is not False else table.sort_by("id")).combine_chunks()


def _positions(ends: pa.ChunkedArray, ids: pa.ChunkedArray) -> Ints:
    found = pc.index_in(ends, value_set=ids)
    if found.null_count:
        missing = ends.filter(pc.is_null(found))[0].as_py()
        raise IntegrityError(
            f"{found.null_count} links end in an entity that the store does not hold (the first: {missing}): "
            "run 'linkgraph verify'."
        )
    return np.asarray(found.to_numpy(), np.int32)


def _paired(source: Ints, target: Ints, connects: Mask, n: int) -> tuple[Ints, Ints]:
    """Give the pairs u < v (n_pairs, 2), sorted, that some links make, and the pair of each (n_links,), −1 for none."""
    low, high = np.minimum(source, target).astype(np.int64), np.maximum(source, target)
    keys, pair_of = np.unique(low[connects] * n + high[connects], return_inverse=True)
    pair_of_link = np.full(len(source), -1, np.int32)
    pair_of_link[connects] = pair_of
    return np.stack(np.divmod(keys, max(n, 1)), axis=1).astype(np.int32), pair_of_link


def _neighbours(pairs: Ints, n: int) -> tuple[Longs, Ints, Ints]:
    """Give ``indptr``, ``indices`` and ``pair_of_entry`` of sorted pairs."""
    u, v = pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64)
    entry = np.argsort(np.concatenate([u * n + v, v * n + u]), kind="stable")
    degree = np.bincount(u, minlength=n) + np.bincount(v, minlength=n)
    return (
        np.concatenate([[0], np.cumsum(degree)]).astype(np.int64),
        np.concatenate([v, u])[entry].astype(np.int32),
        (entry % max(len(pairs), 1)).astype(np.int32),
    )


def _is_in(column: pa.ChunkedArray, words: Iterable[str]) -> Mask:
    values = pa.array([str(word) for word in words], pa.string())
    return np.asarray(pc.is_in(column, value_set=values).to_numpy(), bool)


def _never_links(links: pa.Table) -> Mask:
    return np.asarray(pc.starts_with(links["grade"], NEVER_LINKS).fill_null(False).to_numpy(), bool)


def _link_strength(entities: pa.Table, links: pa.Table, source: Ints, target: Ints) -> Floats:
    """Give what each link is worth (n_links,); the module says how."""
    n = entities.num_rows
    never = _never_links(links)
    stated = links["weight"].to_numpy()
    count = np.maximum(links["count"].to_numpy(), 1)
    base = np.where(np.isfinite(stated), np.maximum(stated, 0.0), 1.0 + np.log(count))

    # Of two resources the target is the shared one: an address visits a page, not the other way.
    resource = _is_in(entities["kind"], RESOURCE_KINDS)
    shared = np.where(resource[target], target, np.where(resource[source], source, -1))
    user = np.where(shared == target, source, target).astype(np.int64)
    counted = (shared >= 0) & ~never & (shared != user)
    uses = np.sort(shared[counted].astype(np.int64) * n + user[counted])
    distinct = uses[np.diff(uses, prepend=-1) > 0]
    users = np.bincount(distinct // max(n, 1), minlength=n)
    sharing = np.ones(len(base))
    sharing[shared >= 0] = 1.0 / np.maximum(1, users[shared[shared >= 0]] - 1)
    return np.where(never, 0.0, base * sharing)
