"""Account names: user names, screen names and account ids, compared as people see them.

Services differ in whether ``Jane`` and ``jane`` are one account; nearly all treat them as one, and
an offender's two spellings must meet. The label keeps the spelling.
"""

from __future__ import annotations

from linkgraph.ingest.values import text
from linkgraph.ingest.values.result import Clean, Reason


def clean(raw: str) -> Clean[str] | Reason:
    """Read one account name; its canonical text is NFKC, case folded and without invisible characters.

    Source: UTS #39 §3.1, UAX #31 §2.3 on default-ignorable characters in identifiers.
    """
    cell = text.trimmed(raw, "handle")
    if isinstance(cell, Reason):
        return cell
    name = text.compared(cell)
    if not name:
        return Reason("handle-empty", f"'{text.quoted(cell)}' has only characters that cannot be seen.")
    notes = ("invisible characters are not part of the identity",) if text.hides(cell) else ()
    return text.too_long(name, "handle") or Clean(name, notes)


def display(raw: str) -> str:
    r"""Give a name as it is to be shown: as it was spelt, unseen characters as escapes (``\u202e``).

    The result is still attackers' input: escape and isolate it for the medium it goes to.
    """
    return text.visible(raw.strip(text.BLANKS))
