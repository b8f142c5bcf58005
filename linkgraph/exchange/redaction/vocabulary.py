"""A graph in which every word is one of linkgraph's own: what the leak gate holds a case's texts against."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa

from linkgraph.exchange.extract import HANDED_ENTITIES, HANDED_LINKS, Extract
from linkgraph.model import MARKINGS, Basis, EntityKind, LinkKind, Role, entity_id, link_id
from linkgraph.store.protocol import SAID

_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
_VALUES = {
    EntityKind.IP_ADDRESS: ("0.0.0.0", "::"),  # noqa: S104 - values of a graph, nothing listens
    EntityKind.FILE_HASH: tuple(f"{name}:{'0' * size}" for name, size in (("md5", 32), ("sha1", 40), ("sha256", 64))),
    EntityKind.EMAIL: ("0@0.0",),
    EntityKind.RESOURCE: ("https://0.0/",),
}


def vocabulary() -> Extract:
    """Give an extract with every kind, role, basis and marking, and nothing else in it than digits."""
    roles, bases = [*map(str, Role), None], [*map(str, Basis), None]
    rows = [(kind, value) for kind in EntityKind for value in _VALUES.get(kind, ("0:0",))]
    entities = [
        {
            "id": entity_id(kind, value),
            "kind": kind.value,
            "value": value,
            "label": "0",
            "country": "ZZ",
            "country_basis": bases[at % len(bases)],
            "role": roles[at % len(roles)],
            "first_seen": _MOMENT,
            "last_seen": _MOMENT,
            "marking": MARKINGS[at % len(MARKINGS)],
        }
        for at, (kind, value) in enumerate(rows)
    ]
    ends = [str(one["id"]) for one in entities]
    links: list[dict[str, object]] = [
        {
            "id": link_id(kind, source, target),
            "kind": kind.value,
            "source": source,
            "target": target,
            "count": 1,
            "weight": 1.0,
            "first_seen": _MOMENT,
            "last_seen": _MOMENT,
            "amounts": '{"XXX":"1"}',
            "marking": MARKINGS[at % len(MARKINGS)],
            "evidence": [],
        }
        for at, kind in enumerate(LinkKind)
        for source, target in [(ends[at % len(ends)], ends[(at + 1) % len(ends)])]
    ]
    said = [
        {"entity": one, "name": "0", "value": "0", "basis": basis.value, "origin": "0", "row": None}
        for one, basis in zip(ends, Basis, strict=False)
    ]
    return Extract(
        case="",
        agency="",
        entities=pa.Table.from_pylist(entities, HANDED_ENTITIES).sort_by("id"),
        links=pa.Table.from_pylist(links, HANDED_LINKS).sort_by("id"),
        said=pa.Table.from_pylist(said, SAID).sort_by("entity"),
        sources=(),
    )
