"""Small graphs as the tables a store gives, without a store."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa

from linkgraph.model import EntityKind, LinkKind, entity_id, link_id
from linkgraph.store.protocol import ENTITIES, LINKS

NOON = datetime(2026, 1, 1, 12, 0, 0, 250_000, tzinfo=UTC)


def entity(kind: EntityKind, value: str, **facts: object) -> dict[str, object]:
    return {"id": entity_id(kind, value), "kind": kind, "value": value, "label": value} | facts


def link(kind: LinkKind, source: dict[str, object], target: dict[str, object], **facts: object) -> dict[str, object]:
    ends = {"source": source["id"], "target": target["id"]}
    return {"id": link_id(kind, ends["source"], ends["target"]), "kind": kind, "count": 1} | ends | facts


def tables(entities: list[dict[str, object]], links: list[dict[str, object]]) -> tuple[pa.Table, pa.Table]:
    """Give both tables in canonical order, with nulls for what is not said."""
    made = []
    for rows, schema in ((entities, ENTITIES), (links, LINKS)):
        ordered = sorted(rows, key=lambda row: row["id"])
        made.append(pa.Table.from_pylist([dict.fromkeys(schema.names) | row for row in ordered], schema))
    return made[0], made[1]
