"""Ports: one, or the block of successive ones that a carrier gives a subscriber behind a shared address.

Source: RFC 6056 §2 (port numbers), RFC 6888 REQ-14 and RFC 7422 §2 (blocks of ports and how they are logged).
"""

from __future__ import annotations

import re

from linkgraph.ingest.values import text
from linkgraph.ingest.values.result import Clean, Reason

_PORT = "(0|[1-9][0-9]{0,4})"
_WRITTEN = re.compile(rf"\[?{_PORT}(?: ?(?:-|–|:|\.\.|to) ?{_PORT})?\]?")
_LAST = 0xFFFF


def clean(raw: str) -> Clean[str] | Reason:
    """Read one port (``50022``) or a block (``1024-2047``), which has both ends in it."""
    cell = text.trimmed(raw, "ports")
    if isinstance(cell, Reason):
        return cell
    written = _WRITTEN.fullmatch(cell)
    if written is None or max(int(written[1]), int(written[2] or 0)) > _LAST:
        return Reason(
            "ports-form",
            f"'{text.quoted(cell)}' is no port and no block of ports.",
            "As in 50022 or 1024-2047; 0-65535.",
        )
    if written[2] is None:
        return Clean(written[1])
    if int(written[2]) < int(written[1]):
        return Reason("ports-order", f"'{text.quoted(cell)}' is a block of ports that ends before it begins.")
    return Clean(f"{written[1]}-{written[2]}")
