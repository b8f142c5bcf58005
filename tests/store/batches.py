"""Batches for the store tests, written as an analyst would say them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa

from linkgraph.model import QuarantinedRow, Source, entity_id
from linkgraph.store.batch import (
    BATCH_ATTRIBUTES,
    BATCH_ENTITIES,
    BATCH_MENTIONS,
    BATCH_ROWS,
    BATCH_STATEMENTS,
    Batch,
    Precision,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def source(letter: str, **changes) -> Source:
    facts = {
        "sha256": letter * 64,
        "name": f"{letter}.csv",
        "size": 1,
        "kind": "ip-logs",
        "reader": "delimited 1",
        "mapping": {},
        "timezone": None,
        "marking": "TLP:AMBER",
        "imported_by": "tester",
        "imported_at": NOON,
        "complete": False,
        "read": 0,
        "stored": 0,
        "duplicates": 0,
        "quarantined": 0,
    }
    return Source(**(facts | changes))


def logins(*rows, quarantined=(), countries=(), amounts=None, events=True) -> Batch:
    """Make a batch of (row, account, address, time or None) logins."""
    names = {}
    for _, account, address, _ in rows:
        names.setdefault(("Account", account))
        names.setdefault(("IPAddress", address))
    at = {key: position for position, key in enumerate(names)}
    entities = [
        {"id": entity_id(kind, value), "kind": kind, "value": value, "label": value.upper(), "grade": None}
        for kind, value in names
    ]
    observations = [
        {
            "row": row,
            "byte_offset": row * 10,
            "byte_length": 9,
            "content_high": content(account, address, time),
            "content_low": 0,
            "is_event": events and time is not None,
            "first_seen": time,
            "last_seen": time,
            "utc_offset": 0 if time else None,
            "zone_status": 0 if time else None,
            "weight": None,
            "amount": Decimal(amounts[number][0]) if amounts else None,
            "currency": amounts[number][1] if amounts else None,
            "detail": None,
            "precision": Precision.EXACT if time else Precision.NONE,
        }
        for number, (row, account, address, time) in enumerate(rows)
    ]
    statements = [
        {"at": number, "kind": "USED_IP", "source": at["Account", account], "target": at["IPAddress", address]}
        for number, (_, account, address, _) in enumerate(rows)
    ]
    mentions = [
        {"at": number, "entity": at[key]}
        for number, (_, account, address, _) in enumerate(rows)
        for key in (("Account", account), ("IPAddress", address))
    ]
    attributes = [
        {"row": row, "entity": at[key], "name": "country", "value": country, "basis": basis, "origin": origin}
        for row, key, country, basis, origin in countries
    ]
    return Batch(
        first_entity=0,
        entities=pa.Table.from_pylist(entities, BATCH_ENTITIES),
        rows=pa.Table.from_pylist(observations, BATCH_ROWS),
        statements=pa.Table.from_pylist(statements, BATCH_STATEMENTS),
        mentions=pa.Table.from_pylist(mentions, BATCH_MENTIONS),
        attributes=pa.Table.from_pylist(attributes, BATCH_ATTRIBUTES),
        last_line=max([row for row, *_ in rows] + [row.line for row in quarantined], default=0),
        quarantined=list(quarantined),
    )


def content(*parts) -> int:
    """Stand in for the key of a row's content."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:8])


def refused(letter: str, line: int) -> QuarantinedRow:
    return QuarantinedRow(letter * 64, line, line * 10, "ip", "ip", "no address", "", b"\xffraw\n")
