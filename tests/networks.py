"""Small networks for tests, as tables in the store's schemas."""

from __future__ import annotations

from datetime import datetime

import networkx as nx
import pyarrow as pa

from linkgraph.graph import Graph
from linkgraph.model import EntityKind, LinkKind, entity_id, link_id
from linkgraph.store.protocol import ENTITIES, LINKS


def tables(
    links: list[tuple],
    *,
    kinds: dict[str, EntityKind] | None = None,
    roles: dict[str, str] | None = None,
    countries: dict[str, str] | None = None,
    alone: tuple[str, ...] = (),
) -> tuple[pa.Table, pa.Table]:
    """Make tables of (source, target[, facts]) links between named entities; unnamed kinds are persons."""
    kinds, roles, countries = kinds or {}, roles or {}, countries or {}
    named = dict.fromkeys([*(name for link in links for name in link[:2]), *alone])
    entities = [
        {
            "id": identity(name, kinds),
            "kind": kinds.get(name, EntityKind.PERSON),
            "value": name,
            "label": name,
            "country": countries.get(name),
            "country_basis": "stated" if name in countries else None,
            "role": roles.get(name),
            "first_seen": None,
            "last_seen": None,
        }
        for name in named
    ]
    rows: dict[str, dict] = {}
    for source, target, *facts in links:
        given = facts[0] if facts else {}
        kind = given.get("kind", LinkKind.LINKED)
        ends = identity(source, kinds), identity(target, kinds)
        seen: datetime | None = given.get("seen")
        rows[link_id(kind, *ends)] = {
            "id": link_id(kind, *ends),
            "kind": kind,
            "source": ends[0],
            "target": ends[1],
            "count": given.get("count", 1),
            "weight": given.get("weight"),
            "first_seen": seen,
            "last_seen": seen,
            "grade": given.get("grade"),
            "amounts": None,
        }
    return (
        pa.Table.from_pylist(sorted(entities, key=lambda one: one["id"]), schema=ENTITIES),
        pa.Table.from_pylist(sorted(rows.values(), key=lambda one: one["id"]), schema=LINKS),
    )


def identity(name: str, kinds: dict[str, EntityKind] | None = None) -> str:
    return entity_id((kinds or {}).get(name, EntityKind.PERSON), name)


def graph_of(links: list[tuple], **facts) -> Graph:
    return Graph.of(*tables(links, **facts))


def from_networkx(network: nx.Graph) -> Graph:
    """Make the same network of persons; the label of each is its name in ``network``."""
    links = [(str(u), str(v)) for u, v in network.edges]
    return graph_of(links, alone=tuple(str(node) for node in network.nodes))


def names(graph: Graph) -> list[str]:
    """Name of each node, also of victims."""
    return list(graph.entities["value"].to_pylist())
