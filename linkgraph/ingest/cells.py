"""From the cleaners of ``values/`` to one shape the typing of rows can use for every type.

Each distinct cell of a column is cleaned once; the answer is a :class:`Cell` or a Reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from linkgraph.ingest import links as chart
from linkgraph.ingest.kind import Field, ValueType
from linkgraph.ingest.values import (
    country,
    device,
    digest,
    email,
    handle,
    ip,
    ip_country,
    money,
    payment_account,
    person,
    phone,
    ports,
    resource,
    service,
)
from linkgraph.ingest.values.result import Clean, Reason
from linkgraph.model import Basis, EntityKind, LinkKind, Role
from linkgraph.wording import NEVER_LINKS

UNSTATED_SERVICE = "unstated"
"""Service of accounts where neither the file nor the analyst names one."""

_SCOPES = {"shared": "carrier-grade NAT"}
"""Words for scopes of addresses that need more than their name."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell says, in the shape all types share."""

    value: str
    """Canonical text."""
    label: str
    country: str | None = None
    """ISO 3166-1 alpha-2 that follows from the value itself."""
    basis: Basis = Basis.CODE
    origin: str | None = None
    """The data that ``country`` rests on."""
    grade: str | None = None
    """Why an entity with this value never connects anything, where that is so."""
    kind: EntityKind | None = None
    """For chart nodes: what the node stands for."""
    port: int | None = None
    """Port written with an address: behind a carrier's address it tells subscribers apart."""


Cleaner = Callable[[str], Cell | Reason]


@dataclass(frozen=True, slots=True)
class Options:
    """What the analyst stated for the whole file that a cleaner needs."""

    region: str | None = None
    host: str | None = None
    """Server a bare path belongs to."""
    algorithm: str | None = None
    """Digest algorithm, where the column name states it."""


def cleaner(field: Field, options: Options) -> Cleaner:
    """Give the cleaner of a field whose type has one value per cell."""
    algorithm = field.algorithm or options.algorithm
    plain: dict[ValueType, Cleaner] = {
        ValueType.HANDLE: _handle,
        ValueType.SERVICE: lambda raw: _same(service.clean(raw)),
        ValueType.IP: _ip,
        ValueType.EMAIL: lambda raw: _shown(email.clean(raw)),
        ValueType.COUNTRY: lambda raw: _same(country.clean(raw)),
        ValueType.PAYMENT_ACCOUNT: _payment_account,
        ValueType.DEVICE: lambda raw: _shown(device.clean(raw)),
        ValueType.CHART_NODE: _chart_node,
        ValueType.ROLE: _role,
        ValueType.NUMBER: _number,
        ValueType.PORTS: lambda raw: _same(ports.clean(raw)),
        ValueType.TEXT: _text,
        ValueType.CURRENCY: _currency,
        ValueType.PHONE: lambda raw: _phone(raw, options.region),
        ValueType.DIGEST: lambda raw: _digest(raw, algorithm),
        ValueType.RESOURCE: lambda raw: _shown(resource.clean(raw, host=options.host)),
    }
    return plain[field.type]


def chart_key(kind: str | None, raw: str) -> str:
    """Join a chart node with the kind it is said to be, as :func:`cleaner` expects it."""
    return f"{kind or ''}\x1f{raw}"


def _same(result: Clean[str] | Reason) -> Cell | Reason:
    return result if isinstance(result, Reason) else Cell(result.value, result.value)


def _shown(result: Clean[str] | Reason) -> Cell | Reason:
    """The canonical text without its scheme is what to show."""
    return result if isinstance(result, Reason) else Cell(result.value, result.value)


def _handle(raw: str) -> Cell | Reason:
    result = handle.clean(raw)
    return result if isinstance(result, Reason) else Cell(result.value, handle.display(raw))


def _ip(raw: str) -> Cell | Reason:
    result = ip.clean(raw)
    if isinstance(result, Reason):
        return result
    address = result.value
    if address.scope != "global":
        grade = f"{NEVER_LINKS}: {_SCOPES.get(address.scope, address.scope)} address"
        return Cell(address.text, address.text, grade=grade, port=address.port)
    return Cell(
        address.text,
        address.text,
        country=ip_country.country_of(address),
        basis=Basis.REGISTERED,
        origin=ip_country.REGISTRY,
        port=address.port,
    )


def _digest(raw: str, algorithm: str | None) -> Cell | Reason:
    result = digest.clean(raw, algorithm=algorithm)
    if isinstance(result, Reason):
        return result
    grade = f"{NEVER_LINKS}: digest of an empty file" if result.value.known_empty else None
    return Cell(result.value.text, result.value.text, grade=grade)


def _phone(raw: str, region: str | None) -> Cell | Reason:
    result = phone.clean(raw, region=region)
    if isinstance(result, Reason):
        return result
    return Cell(result.value.text, result.value.text, country=result.value.country, origin="telephone country code")


def _payment_account(raw: str) -> Cell | Reason:
    result = payment_account.clean(raw)
    if isinstance(result, Reason):
        return result
    account = result.value
    return Cell(account.text, account.text, country=account.country, origin="IBAN country code")


def _chart_node(raw: str) -> Cell | Reason:
    stated, _, text = raw.partition("\x1f")
    kind = _entity_kind(stated)
    if kind is None:
        known = ", ".join(EntityKind)
        return Reason("entity-kind", f"'{handle.display(stated)}' is no kind of entity.", f"Known: {known}.")
    if kind is EntityKind.ACCOUNT:
        return _chart_account(text)
    by_kind: dict[EntityKind, Cleaner] = {
        EntityKind.PERSON: _person,
        EntityKind.IP_ADDRESS: _ip,
        EntityKind.PAYMENT_ACCOUNT: _payment_account,
        EntityKind.FILE_HASH: lambda cell: _digest(cell, None),
        EntityKind.RESOURCE: lambda cell: _shown(resource.clean(cell)),
        EntityKind.EMAIL: lambda cell: _shown(email.clean(cell)),
        EntityKind.PHONE: lambda cell: _phone(cell, None),
        EntityKind.DEVICE: lambda cell: _shown(device.clean(cell)),
    }
    return _of_kind(by_kind[kind](text), kind)


def _chart_account(text: str) -> Cell | Reason:
    platform, colon, name = text.partition(":")
    if not colon:
        platform, name = UNSTATED_SERVICE, text
    where, who = service.clean(platform), handle.clean(name)
    if isinstance(where, Reason):
        return where
    if isinstance(who, Reason):
        return who
    return Cell(
        f"{where.value}:{who.value}",
        account_label(handle.display(name), where.value),
        kind=EntityKind.ACCOUNT,
    )


def account_label(shown: str, platform: str | None) -> str:
    """Give what an account is shown as: its name, and the service where one is stated."""
    return f"{shown} ({platform})" if platform and platform != UNSTATED_SERVICE else shown


def _person(raw: str) -> Cell | Reason:
    result = person.clean(raw)
    return result if isinstance(result, Reason) else Cell(result.value, handle.display(raw))


def _of_kind(cell: Cell | Reason, kind: EntityKind) -> Cell | Reason:
    if isinstance(cell, Reason):
        return cell
    return Cell(cell.value, cell.label, cell.country, cell.basis, cell.origin, cell.grade, kind)


def _entity_kind(stated: str) -> EntityKind | None:
    if not stated:
        return EntityKind.PERSON
    folded = stated.strip().casefold().replace(" ", "").replace("_", "")
    return next((kind for kind in EntityKind if kind.casefold() == folded), None)


def link_kind(stated: str | None) -> LinkKind:
    """Give the link kind that a chart's word names; LINKED for words outside the vocabulary."""
    word = (stated or "").strip().upper().replace(" ", "_")
    return LinkKind(word) if word in chart.ENDS or word == LinkKind.HOLDS else LinkKind.LINKED


def _role(raw: str) -> Cell | Reason:
    word = raw.strip().casefold().replace("_", " ")
    if word in set(Role):
        return Cell(word, word)
    return Reason("role", f"'{handle.display(raw)}' is no role.", f"Known: {', '.join(Role)}.")


def _number(raw: str) -> Cell | Reason:
    text = raw.strip()
    body = text[1:] if text[:1] in "+-" else text
    whole, _, fraction = body.partition(".")
    if whole.isascii() and whole.isdigit() and (not fraction or (fraction.isascii() and fraction.isdigit())):
        return Cell(text.removeprefix("+"), text)
    return Reason("number", f"'{handle.display(raw)}' is no number.", "Digits, with a point for decimals.")


def _text(raw: str) -> Cell | Reason:
    return Cell(raw, raw)


def _currency(raw: str) -> Cell | Reason:
    text = raw.strip().upper()
    if money.is_currency(text) or text in money.CRYPTO:
        return Cell(text, text)
    return Reason("currency", f"'{handle.display(raw)}' is no ISO 4217 currency code.", "Three letters, as in EUR.")
