"""The words of the domain: kinds, identities and typed records.

Identities are hashes of canonical values, so the same thing seen in two agencies has the
same id and a second import changes nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

ID_LENGTH = 32
"""Hexadecimal digits of an id: the first 128 bits of a SHA-256."""


class EntityKind(StrEnum):
    """What a node of the graph stands for. Fixed: these are Neo4j labels too."""

    ACCOUNT = "Account"
    IP_ADDRESS = "IPAddress"
    PAYMENT_ACCOUNT = "PaymentAccount"
    FILE_HASH = "FileHash"
    RESOURCE = "Resource"
    EMAIL = "Email"
    PHONE = "Phone"
    DEVICE = "Device"
    PERSON = "Person"


class LinkKind(StrEnum):
    """How two entities are connected. Fixed: these are Neo4j relationship types too."""

    USED_IP = "USED_IP"
    VISITED = "VISITED"
    SHARED_FILE = "SHARED_FILE"
    SAME_FILE = "SAME_FILE"
    """Two digests that one row gives for one file."""
    SIMILAR_FILE = "SIMILAR_FILE"
    """Two perceptual hashes that are near each other: a weaker thing than an equal digest."""
    PAID = "PAID"
    HOLDS = "HOLDS"
    CONTACTED = "CONTACTED"
    LINKED = "LINKED"


RESOURCE_KINDS = frozenset(
    {
        EntityKind.IP_ADDRESS,
        EntityKind.FILE_HASH,
        EntityKind.RESOURCE,
    }
)
"""Kinds that strangers share: a carrier's address, a viral file, a public page."""


class Role(StrEnum):
    """The part a person or account plays in the case; set with who and why."""

    VICTIM = "victim"
    SUSPECT = "suspect"
    WITNESS = "witness"
    POLICE_COVER = "police cover"


class ZoneStatus(StrEnum):
    """How an observation's local time was placed on the UTC time line."""

    STATED = "stated"
    """The evidence itself carries the offset, or is defined as UTC."""
    ASSUMED = "assumed"
    """The analyst stated the zone for the whole source."""
    AMBIGUOUS = "ambiguous"
    """The clock was set back that hour; first_seen and last_seen bound both readings."""
    DATE_ONLY = "date only"
    """A calendar day without a zone, kept as that day 00:00:00-23:59:59 UTC; true instants may lie
    up to 14 hours earlier or 12 hours later."""


class Basis(StrEnum):
    """Why an attribute is believed."""

    STATED = "stated"
    """The evidence says so; source and row are given."""
    REGISTERED = "registered"
    """Regional internet registry data: to whom the address block is registered, not where it is used."""
    CODE = "code"
    """Part of the identifier itself: IBAN country code, telephone country code."""
    DERIVED = "derived"
    """Follows from other entities, for instance the addresses an account used."""


MARKINGS = ("TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR")
"""Traffic Light Protocol 2.0 (FIRST, 2022), strictest first."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One row of one evidence file."""

    source: str
    """SHA-256 of the evidence file, 64 hexadecimal digits."""
    row: int
    """1-based line of the file as received (after decompression); for multi-line records the first."""
    corrected_by: str | None = None
    """SHA-256 of the file of corrections, where the row was refused and is read as an analyst corrected it."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One thing said of an entity, and by which evidence."""

    name: str
    value: str
    basis: Basis
    origin: str
    """For ``stated``: SHA-256 of the source. Otherwise the data it rests on: ``RIR data of 2026-10-01``."""
    row: int | None = None


@dataclass(frozen=True, slots=True)
class RoleDecision:
    """Who gave an entity its role, and why."""

    role: Role
    who: str
    why: str
    at: datetime


class Decision(StrEnum):
    """What a person decided about two that may be one."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class SameAs:
    """Who decided that two entities are, or are not, one person's, and why. Nothing is merged by it."""

    a: str
    """Entity id, the smaller one."""
    b: str
    decision: Decision
    who: str
    why: str
    at: datetime

    def to_json(self) -> dict[str, str]:
        """Give the stable form."""
        at = self.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return {"decision": self.decision, "who": self.who, "why": self.why, "at": at}


@dataclass(frozen=True, slots=True)
class Entity:
    """A node: something with an identity that was seen in evidence."""

    id: str
    kind: EntityKind
    value: str
    """Canonical value; with the kind it determines the id."""
    label: str
    """What to show. Attackers' input: escape and isolate it wherever it is shown."""
    country: str | None = None
    """ISO 3166-1 alpha-2, best basis first: stated, code, registered, derived."""
    country_basis: Basis | None = None
    role: Role | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """An aggregate of observations between two entities; both times are aware UTC."""

    id: str
    kind: LinkKind
    source: str
    target: str
    count: int
    """Number of distinct observations."""
    weight: float | None = None
    """Sum of the weights stated in the evidence; None where none was stated."""
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    grade: str | None = None
    """What the link is worth, in words, where it is worth less than it looks."""
    amounts: dict[str, Decimal] = field(default_factory=dict)
    """Sum per ISO 4217 currency; "" where the evidence names none. Never added across currencies."""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One evidence file of the case."""

    sha256: str
    name: str
    """The name the file was given by whoever sent it. Attackers' input."""
    size: int
    kind: str
    reader: str
    """Reader and its version: the same bytes read by another version may give other rows."""
    mapping: dict[str, object]
    timezone: str | None
    marking: str
    imported_by: str
    imported_at: datetime
    complete: bool
    read: int
    stored: int
    duplicates: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row that could not be read as evidence, kept exactly as it came."""

    source: str
    line: int
    byte_offset: int
    column: str
    """The column that was refused; empty where the whole line was."""
    code: str
    reason: str
    hint: str
    raw: bytes | None
    """The bytes of the row; None when read from a server, which is not given them."""


def entity_id(kind: EntityKind, value: str) -> str:
    """Give the id of an entity: 32 hexadecimal digits of SHA-256(kind ␟ canonical value)."""
    return _digest(kind, value)


def link_id(kind: LinkKind, source: str, target: str) -> str:
    """Give the id of a link from its kind and the ids of its two entities, in direction."""
    return _digest(kind, source, target)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:ID_LENGTH]
