"""The evidence files of a graph as plain facts, for formats that carry them as JSON or as properties."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from linkgraph.model import MARKINGS, Source

_TYPES = {
    "sha256": str,
    "name": str,
    "size": int,
    "kind": str,
    "reader": str,
    "marking": str,
    "imported_by": str,
    "complete": bool,
    "read": int,
    "stored": int,
    "duplicates": int,
    "quarantined": int,
}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST = 1 << 63


def facts(source: Source) -> dict[str, str | int | bool]:
    """Give a source as what it is made of: the time as ISO 8601 in UTC, no mapping, no time zone where none is set."""
    found: dict[str, str | int | bool] = {name: getattr(source, name) for name in _TYPES}
    if source.timezone is not None:
        found["timezone"] = source.timezone
    return found | {"imported_at": source.imported_at.astimezone(UTC).isoformat().replace("+00:00", "Z")}


def source(given: object) -> Source | None:
    """Read what :func:`facts` gave; None where it is anything else."""
    if not isinstance(given, dict) or given.keys() - {"timezone"} != {*_TYPES, "imported_at"}:
        return None
    zone, moment = given.get("timezone"), given["imported_at"]
    if not isinstance(zone, str | None) or not isinstance(moment, str):
        return None
    if any(type(given[name]) is not kind for name, kind in _TYPES.items()):
        return None
    if any(not 0 <= given[name] < _MOST for name, kind in _TYPES.items() if kind is int):
        return None
    if given["marking"] not in MARKINGS or not _SHA256.fullmatch(given["sha256"]):
        return None
    try:
        imported_at = datetime.fromisoformat(moment).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    known = {name: given[name] for name in _TYPES}
    return Source(**known, timezone=zone, imported_at=imported_at, mapping={})
