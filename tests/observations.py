"""Rows of accounts at addresses, and files that accounts shared, as a graph and its events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
from networks import identity, tables

from linkgraph.graph import Graph
from linkgraph.model import EntityKind, LinkKind
from linkgraph.store.protocol import EVENTS

START = datetime(2026, 1, 1, tzinfo=UTC)


def observed(rows, files=(), *, roles=None, grades=None, same=()):
    """Make the graph and the events of (account, address, hours[, hours until]) and (account, file).

    Hours are since START, None where no time is stated; ``grades`` are of (account, address or file); ``same`` are
    pairs of digests of one file.
    """
    grades = grades or {}
    kinds = {row[0]: EntityKind.ACCOUNT for row in [*rows, *files]}
    kinds |= {row[1]: EntityKind.IP_ADDRESS for row in rows}
    kinds |= dict.fromkeys([*(row[1] for row in files), *(one for two in same for one in two)], EntityKind.FILE_HASH)
    links = [(row[0], row[1], {"kind": LinkKind.USED_IP, "grade": grades.get(row[:2])}) for row in rows]
    links += [(*row, {"kind": LinkKind.SHARED_FILE, "grade": grades.get(row)}) for row in files]
    links += [(*two, {"kind": LinkKind.SAME_FILE}) for two in same]
    graph = Graph.of(*tables(links, kinds=kinds, roles=roles))
    events = [
        {
            "kind": LinkKind.USED_IP,
            "source": graph.index[identity(account, kinds)],
            "target": graph.index[identity(address, kinds)],
            "first_seen": None if hours is None else START + timedelta(hours=hours),
            "last_seen": None if hours is None else START + timedelta(hours=until[0] if until else hours),
            "file": 0,
            "row": number,
        }
        for number, (account, address, hours, *until) in enumerate(rows)
    ]
    return graph, pa.Table.from_pylist(events, schema=EVENTS)


def pairs(found):
    """Give the linked pairs by name, with what they share."""
    value = found.graph.entities["value"].to_pylist()
    return {
        frozenset((value[one], value[other])): int(shared)
        for one, other, shared in zip(found.source.tolist(), found.target.tolist(), found.shared, strict=True)
    }
