"""E-mail addresses, checked by form alone: no server is ever asked.

RFC 5321 §2.4 leaves the meaning of the local part to its server, which may tell ``Jane`` from ``jane``.
No large provider does, and an offender's two spellings must meet: identities are case folded, the row
keeps the spelling. Dots and ``+tags`` stay: what they mean differs between providers.

Sources: RFC 5321 §4.1.2, RFC 6531 (international addresses), RFC 5891 (IDNA 2008), RFC 6761 (special names).
"""

from __future__ import annotations

import unicodedata

from email_validator import EmailNotValidError, validate_email

from linkgraph.ingest.values import text
from linkgraph.ingest.values.result import Clean, Reason

LONGEST = 512

_SPECIAL_USE = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})
_UNSPECIAL = ".example"


def clean(raw: str) -> Clean[str] | Reason:
    """Read one address; its canonical text has a case-folded local part and an ASCII domain (``xn--…``).

    ``mailto:`` and a display name (``Jane <jane@x.org>``) are left out with a note. Names that
    cannot be delivered to, such as ``example.com``, ``*.test`` and ``*.onion``, are addresses like others.
    """
    cell = text.trimmed(raw, "email", LONGEST)
    if isinstance(cell, Reason):
        return cell
    notes: list[str] = []
    written = unicodedata.normalize("NFKC", cell)
    if written[:7].lower() == "mailto:":
        written = written[7:]
    before, bracket, rest = written.rpartition("<")
    if bracket and rest.endswith(">"):
        written = rest[:-1]
        if before.strip():
            notes.append("display name left out")
    read = _read(written)
    if isinstance(read, EmailNotValidError):
        return Reason("email-form", f"'{text.quoted(cell)}' is not an e-mail address.", str(read))
    local, domain = read
    folded = text.compared(local)
    if folded != local:
        notes.append("letter case of the local part is not part of the identity (RFC 5321 §2.4)")
        again = _read(f"{folded}@{domain}")
        if again != (folded, domain):
            return Reason("email-form", f"'{text.quoted(cell)}' has a local part that changes its form when compared.")
    return Clean(f"{folded}@{domain}", tuple(notes))


def _read(address: str) -> tuple[str, str] | EmailNotValidError:
    """Give local part and ASCII domain as the library reads them.

    The library refuses special-use top-level names whatever its options; below ``.example``, which it
    leaves alone, it reads the same labels.
    """
    top = address.rpartition(".")[2].rpartition("@")[2].lower()
    special = top in _SPECIAL_USE
    try:
        read = validate_email(
            address + _UNSPECIAL if special else address,
            check_deliverability=False,
            globally_deliverable=False,
            test_environment=True,
        )
    except EmailNotValidError as error:
        return error
    domain = read.ascii_domain.lower()
    return read.local_part, domain.removesuffix(_UNSPECIAL) if special else domain
