"""Names of services: the platform, provider or forum an account belongs to."""

from __future__ import annotations

from linkgraph.ingest.values import text
from linkgraph.ingest.values.result import Clean, Reason


def clean(raw: str) -> Clean[str] | Reason:
    """Read the name of a service: NFKC, case folded, ``-`` for blanks inside.

    A colon is refused: the value of an account is ``service:handle`` and must come apart again.
    """
    cell = text.trimmed(raw, "service")
    if isinstance(cell, Reason):
        return cell
    name = "-".join(text.compared(cell).split())
    if not name:
        return Reason("service-empty", f"'{text.quoted(cell)}' has only characters that cannot be seen.")
    if ":" in name:
        return Reason(
            "service-colon",
            f"'{text.quoted(cell)}' has a colon, which separates a service from an account name.",
            "Give the service alone, as in 'discord', and the account name in its own column.",
        )
    return text.too_long(name, "service") or Clean(name)
