"""How a kind of source is described: its fields, and the entities and links its rows state.

An ingester is such a description and nothing else; :mod:`linkgraph.ingest.typed` carries it out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import pyarrow as pa

from linkgraph.model import EntityKind, LinkKind


class ValueType(StrEnum):
    """What a field holds; each type is cleaned by one file of ``values/``."""

    HANDLE = "handle"
    SERVICE = "service"
    IP = "ip"
    DIGEST = "digest"
    EMAIL = "email"
    PHONE = "phone"
    COUNTRY = "country"
    PAYMENT_ACCOUNT = "payment account"
    RESOURCE = "resource"
    DEVICE = "device"
    CHART_NODE = "chart node"
    ROLE = "role"
    NUMBER = "number"
    PORTS = "port or block of ports"
    TEXT = "text"
    TIME = "time"
    MONEY = "money"
    CURRENCY = "currency"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a row of this kind can tell."""

    name: str
    type: ValueType
    aliases: tuple[str, ...] = ()
    """Column names it goes by, folded as :func:`linkgraph.ingest.mapping.fold` does; the first
    alias that a file has wins, the field's own name before all."""
    required: bool = False
    algorithm: str | None = None
    """For digests: the algorithm that the field's name states."""


@dataclass(frozen=True, slots=True)
class EntityRule:
    """An entity a row shows, from one field; accounts also from the row's service."""

    name: str
    kind: EntityKind | None
    """None for chart nodes, whose kind the cell itself carries."""
    field: str
    service: tuple[str, ...] = ()
    """Fields that scope the identity, the first one the file has: the same handle on two services
    is two accounts."""


@dataclass(frozen=True, slots=True)
class LinkRule:
    """A link a row states wherever it shows both entities."""

    kind: LinkKind
    source: str
    target: str
    unless: tuple[str, ...] = ()
    """Entity rules that, where the row shows one of them, make this link the weaker reading."""
    kind_field: str | None = None
    """Field whose text names another link kind, for charts that do."""


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """Something a row says of an entity."""

    entity: str
    name: str
    field: str = ""
    constant: str | None = None
    """What is said where the field says nothing; None: then nothing is."""


@dataclass(frozen=True, slots=True)
class TableForm:
    """A table as one kind of producer writes it, where its columns mean more than their names match.

    It is known by its columns, in a delimited file or a workbook alike.
    """

    name: str
    fields: tuple[Field, ...]
    """Its columns, found by name as those of a kind are."""
    adapt: Callable[[pa.Table, str], pa.Table]
    """Turns rows with columns named as ``fields`` (null where the file has none) into rows with columns
    named as the kind's fields; the second argument is the canonical service that is stated."""
    any_of: tuple[tuple[str, ...], ...] = ()
    """Groups of fields, of each of which the table must have at least one."""
    forms: Mapping[str, str] = field(default_factory=dict)
    """How it writes a field of the kind, where the producer says so: field → form."""
    needs_service: bool = False
    """Whether its rows say something only together with the service they are from."""
    remark: str = ""
    """What an analyst should know of it where it comes as a workbook."""


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One kind of evidence: what analysts name on the command line."""

    name: str
    about: str
    fields: tuple[Field, ...]
    entities: tuple[EntityRule, ...]
    links: tuple[LinkRule, ...]
    attributes: tuple[AttributeRule, ...] = ()
    events: bool = True
    """Rows with a time are events of their own even where equal; False: equal rows say one thing twice."""
    time: str | None = "time"
    until: str | None = None
    event_id: str | None = None
    """Field that identifies an event by itself: a second row with it is that event again."""
    any_of: tuple[str, ...] = ()
    """Fields of which a file must have at least one."""
    shows: bool = True
    """Whether its entities are part of the graph; False: it only says something of those that other evidence shows."""
    headerless: tuple[str, ...] = ()
    """Fields of a delimited file without a header, in order, where this kind allows that."""
    readers: Mapping[str, Callable[[pa.Table], pa.Table]] = field(default_factory=dict)
    """Other readers whose rows this kind takes: reader name → table with columns named as fields."""
    forms: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """How such a reader's format writes a field, where the format itself says so: reader → field → form."""
    tables: tuple[TableForm, ...] = ()
    """Tables of known producers that this kind takes; looked for before its own fields are."""

    def field_named(self, name: str) -> Field:
        """Give a field by its name."""
        return next(candidate for candidate in self.fields if candidate.name == name)
