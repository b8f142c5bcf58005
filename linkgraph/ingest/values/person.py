"""Names of people on charts, compared without regard to case, width and spacing.

A name is not an identity: two people may share it. Whether two spellings, or two people of one
name, are the same is decided by an investigator, not here.
"""

from __future__ import annotations

from linkgraph.ingest.values import text
from linkgraph.ingest.values.result import Clean, Reason


def clean(raw: str) -> Clean[str] | Reason:
    """Read one name; its canonical text is NFKC, case folded, with single blanks between its parts."""
    cell = text.trimmed(raw, "person")
    if isinstance(cell, Reason):
        return cell
    name = " ".join(text.compared(cell).split())
    if not name:
        return Reason("person-empty", f"'{text.quoted(cell)}' has only characters that cannot be seen.")
    return text.too_long(name, "person") or Clean(name)
