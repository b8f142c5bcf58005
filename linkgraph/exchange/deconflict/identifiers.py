"""What can be compared between two teams, and whether both write it the same way.

Identifiers are compared by their canonical text. Where two installations clean one of them differently (another
version of linkgraph, or of a library of telephone numbers), it meets nothing and nobody notices. So an exchange names
the :func:`normaliser` of the side that offers it: what *this* installation makes of a table of raw values. Another
one refuses.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from linkgraph.errors import UsageError
from linkgraph.ingest import cells
from linkgraph.ingest.cells import Options
from linkgraph.ingest.kind import Field, ValueType
from linkgraph.ingest.values import digest, ip
from linkgraph.ingest.values.result import Clean, Reason
from linkgraph.model import EntityKind
from linkgraph.store.audit import canonical

KINDS = frozenset(
    {
        EntityKind.ACCOUNT,
        EntityKind.IP_ADDRESS,
        EntityKind.EMAIL,
        EntityKind.PHONE,
        EntityKind.PAYMENT_ACCOUNT,
        EntityKind.FILE_HASH,
        EntityKind.DEVICE,
    }
)
"""Kinds of entities that can be compared. A person's name is no identifier; a public page is everybody's."""

NORMALISER_VERSION = 1
"""Goes up when a cleaner gives another canonical text to what it read before; ``vectors.json`` is made anew then."""

Identifier = tuple[EntityKind, str]
"""Kind and canonical value, as :class:`linkgraph.model.Entity` has them."""


@dataclass(frozen=True, slots=True)
class Normaliser:
    """How an installation writes identifiers."""

    version: int
    vectors: str
    """SHA-256, in hexadecimal, of what it makes of the raw values of ``vectors.json``."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of a team's identifiers takes part."""

    identifiers: tuple[Identifier, ...]
    """Sorted, each once."""
    left_out: int
    """Those that strangers share: private and reserved addresses, digests of the empty file."""


def chosen(identifiers: Mapping[EntityKind, Collection[str]], kinds: Iterable[EntityKind]) -> Chosen:
    """Choose from a team's identifiers what takes part in an exchange over these kinds.

    Args:
        identifiers: canonical values by kind; other kinds are left alone.
        kinds: of :data:`KINDS`.

    Raises:
        UsageError: an address or a digest is not in its canonical form, and could meet nothing.
    """
    every = [(kind, value) for kind in sorted(set(kinds)) for value in sorted(set(identifiers.get(kind, ())))]
    taking_part = tuple(one for one in every if not _is_everybodys(*one))
    return Chosen(taking_part, len(every) - len(taking_part))


def tagged(identifier: Identifier) -> bytes:
    """Give the bytes that are hashed: type ‖ 0x1f ‖ value. A telephone number cannot be probed for as an account."""
    kind, value = identifier
    return f"{kind}\x1f{value}".encode()


@cache
def normaliser() -> Normaliser:
    """Say how this installation writes identifiers: it cleans the table's raw values, which takes milliseconds."""
    found = [[kind, raw, cleaned(EntityKind(kind), raw)] for kind, raw, _ in table()]
    return Normaliser(NORMALISER_VERSION, hashlib.sha256(canonical(found).encode()).hexdigest())


def table() -> list[tuple[str, str, str | None]]:
    """Give the table that comes with linkgraph: kind, raw value, canonical value (None where it is refused)."""
    read = json.loads(files("linkgraph.exchange.deconflict").joinpath("vectors.json").read_bytes())
    return [(kind, raw, value) for kind, raw, value in read]


def cleaned(kind: EntityKind, raw: str) -> str | None:
    """Give the canonical value of a raw one as an import would store it; None where it would be refused."""
    clean = cells.cleaner(_ANY_KIND, Options())
    cell = clean(cells.chart_key(kind, raw))
    return None if isinstance(cell, Reason) else cell.value


_ANY_KIND = Field("node", ValueType.CHART_NODE)
"""The one field whose cells can be of every kind."""


def _is_everybodys(kind: EntityKind, value: str) -> bool:
    if kind is EntityKind.IP_ADDRESS:
        address = ip.clean(value)
        if isinstance(address, Clean) and address.value.text == value:
            return address.value.scope != "global"
    elif kind is EntityKind.FILE_HASH:
        read = digest.clean(value)
        if isinstance(read, Clean) and read.value.text == value:
            return read.value.known_empty
    else:
        return False
    raise UsageError(f"An identifier of kind {kind} is not in its canonical form; import it into the case first.")
