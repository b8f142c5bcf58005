"""followthemoney JSON lines, what Aleph, OpenSanctions and nomenklatura exchange: one entity a line, written and read.

Source: the model of followthemoney 4 (followthemoney.tech, its schemata as YAML). A value lives in a property of
a schema, and a property cleans what it is given: dates are UTC to the second, names lose quotes around them, control
characters go. So each line has both: *properties* that come through that cleaning as they are, for tools of
the model, and a member ``linkgraph`` beside them with the exact facts, which the library keeps as context and
this file's reader takes. What stands only in that member or in notes is counted as lost to the format.

==============  ============================================================================================
Account         ``UserAccount``: service, username; email, phone, ipAddress of links no stricter than it is
PaymentAccount  ``BankAccount``; of wallets ``CryptoWallet``, of e-mail customers (PayPal) ``UserAccount``
Person          ``Person``
FileHash        ``Document``; a SHA-1 in contentHash, which is of SHA-1 alone
Email, Phone    ``UserAccount`` of the service ``e-mail`` or ``telephone``, the only schema with the value's type
IPAddress, …    ``Asset`` with the kind in keywords: the model has no schema for addresses, devices, resources
PAID            ``Payment``, one a currency
other links     ``UnknownLink`` with the kind as role and the grade as status
source          ``Document``, which links have as proof and their rows as recordId
the whole       ``Note``
==============  ============================================================================================

No ``Message`` is written for CONTACTED: it stands for one message with a text, and a link is forty of them
without any. No ``Similar``: it presumes that two are the same, which two pictures that look alike are not.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.errors import IntegrityError
from linkgraph.exchange import evidence_files, in_words, records
from linkgraph.exchange.deconflict import identifiers
from linkgraph.exchange.extract import Extract
from linkgraph.exchange.received import EPOCH, Received
from linkgraph.exchange.report import Lost
from linkgraph.ingest.cells import UNSTATED_SERVICE
from linkgraph.ingest.values import country, payment_account, phone, text
from linkgraph.ingest.values.result import Clean
from linkgraph.model import MARKINGS, Attribute, Basis, EntityKind, LinkKind, Source
from linkgraph.wording import NEVER_LINKS

MEMBER = "linkgraph"
"""The member of each line with the exact facts."""
FORMAT = "linkgraph 1"
MAX_LINE = 16 << 20
"""Bytes of one line."""
MAX_BYTES = 4 << 30

_LONGEST = {"name": 384, "identifier": 64, "string": 1024, "text": 65_000}
"""Characters that values of a type of property may have."""
_EMAIL = re.compile(r"[a-z0-9._%+-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
"""Addresses that the model takes as they are: of others it decodes the host."""
_QUOTED = re.compile(r"""["'](.*)["']""", re.DOTALL)
_SERVICES = {EntityKind.EMAIL: "e-mail", EntityKind.PHONE: "telephone"}
_OWN_LINE = frozenset({"id", "schema", "properties", "caption", MEMBER})

Properties = dict[str, list[str]]


# -- writing -------------------------------------------------------------------------------------


def write(stream: BinaryIO, extract: Extract) -> list[Lost]:
    """Write an extract: the whole, its sources, entities and links, each in the order of their ids."""
    lost: Counter[str] = Counter()
    _put(stream, *_whole(extract))
    for source in extract.sources:
        _put(stream, *_source(source, extract.agency, lost))
    attributes = records.attributes(extract)
    beside = _on_accounts(extract)
    for entity in records.entities(extract):
        said = attributes.get(entity["id"], [])
        schema, properties = _entity(entity, said, lost)
        for name, values in beside.get(entity["id"], {}).items():
            properties.setdefault(name, []).extend(values)
        exact = {name: value for name, value in entity.items() if name != "id" and value is not None}
        if said:
            exact["said"] = [[one.name, one.value, one.basis, one.origin, one.row] for one in said]
        _put(stream, entity["id"], schema, properties, exact)
    banks = _bank_accounts(extract)
    for link in records.links(extract):
        ends = {"source", "target", "id"}
        exact = {name: value for name, value in link.items() if name not in ends and value is not None}
        for key, schema, properties, is_part in _link(link, banks, lost):
            _put(stream, key, schema, properties, {"part": True} if is_part else exact)
    return [Lost(what, lost[what], why) for what, why in _WHY.items()]


_WHY = {
    "entities without a schema": "The model has none for IP addresses, devices and resources: they are Asset.",
    "e-mail addresses and telephone numbers": "The model has them as properties: they are UserAccount.",
    "digests that are not SHA-1": "contentHash is of SHA-1 alone: they are titles of documents.",
    "bases of countries": "A country has none in the model: it stands in words in notes.",
    "roles": "The model has no place for them: they stand in words in notes.",
    "times of entities": "The model has no place for when a thing was seen: they stand in words in notes.",
    "attributes": "They stand in words in notes.",
    "fractions of seconds": "Dates of the model end at the second.",
    "times out of range": "Dates of the model lie between the years 1000 and 2999.",
    "payers": "Payment wants the legal entity that paid; only the account is known and stands in its place.",
    "amounts without a currency": "They stand without one.",
    "grades of payments": "Payment has no place for them: they stand in words in the description.",
    "counts and weights of links": "The model has no place for them: they stand in words in the description.",
    "markings": "The model has no place for them: they stand in words in notes and descriptions.",
    "texts that the model cleans": "Invisible characters are visible escapes, outer blanks and quotes are left out.",
    "texts that the model finds too long": f"They stand only in the member '{MEMBER}'.",
    "facts of evidence files": f"All but name, size and time of import stand only in the member '{MEMBER}'.",
}
"""What the model has no place for, and what it has instead."""


def _put(stream: BinaryIO, key: str, schema: str, properties: Properties, exact: Mapping[str, object]) -> None:
    line = {"id": key, "schema": schema, "properties": properties, MEMBER: exact}
    stream.write(json.dumps(line, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n")


def _whole(extract: Extract) -> tuple[str, str, Properties, dict[str, object]]:
    called = f"Case {extract.case}" + (f" of {extract.agency}" if extract.agency else "")
    properties: Properties = {}
    _add(properties, "name", "name", called, Counter())
    _add(properties, "description", "text", called, Counter())
    properties["notes"] = [f"Marking: {extract.marking}", "Every line has the marking of what it stands for."]
    exact: dict[str, object] = {
        "format": FORMAT,
        "case": extract.case,
        "agency": extract.agency,
        "marking": extract.marking,
    }
    if extract.corrected:
        exact["corrected"] = {sha256: list(rows) for sha256, rows in extract.corrected.items()}
    key = "case-" + hashlib.sha256(f"{extract.agency}\x1f{extract.case}".encode()).hexdigest()[:32]
    return key, "Note", properties, exact


def _source(source: Source, agency: str, lost: Counter[str]) -> tuple[str, str, Properties, dict[str, object]]:
    lost["facts of evidence files"] += 1
    lost["markings"] += 1
    properties: Properties = {}
    _add(properties, "fileName", "string", source.name, lost)
    _add(properties, "title", "string", f"sha256:{source.sha256}", lost)
    _add(properties, "publisher", "string", agency, lost)
    properties["fileSize"] = [str(source.size)]
    _add_time(properties, "processedAt", records.iso(source.imported_at.astimezone(UTC)), lost)
    properties["notes"] = [f"Marking: {source.marking}"]
    return source.sha256, "Document", properties, {"source": evidence_files.facts(source)}


def _entity(entity: records.Record, said: Collection[Attribute], lost: Counter[str]) -> tuple[str, Properties]:
    kind, value, label = EntityKind(entity["kind"]), entity["value"], entity["label"]
    properties: Properties = {}
    schema = "Asset"
    match kind:
        case EntityKind.ACCOUNT:
            schema = "UserAccount"
            platform, colon, name = value.partition(":")
            _add(properties, "username", "string", name if colon else value, lost)
            _add(properties, "service", "string", platform if colon else "", lost)
        case EntityKind.PAYMENT_ACCOUNT:
            schema = _payment_account(value, properties, lost)
        case EntityKind.PERSON:
            schema = "Person"
        case EntityKind.FILE_HASH:
            schema = "Document"
            algorithm, _, digits = value.partition(":")
            _add(properties, "title", "string", value, lost)
            if algorithm == "sha1" and re.fullmatch("[0-9a-f]{40}", digits):
                properties["contentHash"] = [digits]
            else:
                lost["digests that are not SHA-1"] += 1
        case EntityKind.EMAIL | EntityKind.PHONE:
            schema = "UserAccount"
            lost["e-mail addresses and telephone numbers"] += 1
            _add(properties, "username", "string", value, lost)
            properties["service"] = [_SERVICES[kind]]
            if typed := _typed(kind, value):
                properties[typed] = [value]
        case _:
            lost["entities without a schema"] += 1
    _add(properties, "name", "name", label, lost)
    _add(properties, "weakAlias", "name", value if value != label else "", lost)
    properties["keywords"] = [kind]
    if entity["country"] and isinstance(country.clean(entity["country"]), Clean):
        properties["country"] = [entity["country"].lower()]
    lost["markings"] += 1
    lost["bases of countries"] += entity["country"] is not None
    lost["roles"] += entity["role"] is not None
    lost["times of entities"] += entity["first_seen"] is not None or entity["last_seen"] is not None
    lost["attributes"] += len(said)
    _add_all(properties, "notes", [f"Marking: {entity['marking']}", *in_words.entity(entity, said)], lost)
    return schema, properties


def _payment_account(value: str, properties: Properties, lost: Counter[str]) -> str:
    scheme, _, number = value.partition(":")
    match scheme:
        case "wallet" | "bitcoin" | "ethereum":
            _add(properties, "publicKey", "identifier", number.rpartition(":")[2], lost)
            return "CryptoWallet"
        case "email" | "paypal":
            _add(properties, "username", "string", number, lost)
            _add(properties, "service", "string", scheme if scheme != "email" else "", lost)
            if _typed(EntityKind.EMAIL, number):
                properties["email"] = [number]
            return "UserAccount"
    _add(properties, "accountNumber", "identifier", number or value, lost)
    _add(properties, "accountType", "string", scheme if number else "", lost)
    read = payment_account.clean(value) if scheme == "iban" else None
    if isinstance(read, Clean) and read.value.text == value:
        properties["iban"] = [number]
    return "BankAccount"


def _typed(kind: str, value: str) -> str | None:
    """Give the property of the type that a value is of, where the type takes the value as it is."""
    match kind:
        case EntityKind.EMAIL:
            return "email" if _EMAIL.fullmatch(value) and "--" not in value and len(value) <= 250 else None
        case EntityKind.PHONE:
            read = phone.clean(value)
            # A note says that it is in no range in use: the model drops those.
            return "phone" if isinstance(read, Clean) and not read.notes and read.value.text == value else None
        case EntityKind.IP_ADDRESS:
            try:
                return "ipAddress" if str(ipaddress.ip_address(value)) == value else None
            except ValueError:
                return None
    return None


def _link(
    link: records.Record, banks: frozenset[str], lost: Counter[str]
) -> Iterator[tuple[str, str, Properties, bool]]:
    properties: Properties = {}
    is_payment = link["kind"] == LinkKind.PAID
    described = [f"Marking: {link['marking']}", *in_words.link(link)]
    if is_payment:
        properties["payer"], properties["beneficiary"] = [link["source"]], [link["target"]]
        for name, end in (("payerAccount", link["source"]), ("beneficiaryAccount", link["target"])):
            if end in banks:
                properties[name] = [end]
        lost["grades of payments"] += link["grade"] is not None
        lost["payers"] += 1
    else:
        properties["subject"], properties["object"] = [link["source"]], [link["target"]]
        properties["role"] = [link["kind"]]
        _add(properties, "status", "string", link["grade"], lost)
    _add_time(properties, "startDate", link["first_seen"], lost)
    _add_time(properties, "endDate", link["last_seen"], lost)
    evidence = link["evidence"] or []
    properties["proof"] = [one[:64] for one in evidence]
    _add_all(properties, "recordId", evidence, lost, "string")
    _add_all(properties, "description", described, lost)
    properties = {name: values for name, values in properties.items() if values}
    lost["markings"] += 1
    lost["counts and weights of links"] += 1
    sums = sorted((link["amounts"] or {}).items()) if is_payment else []
    if not sums:
        yield link["id"], "Payment" if is_payment else "UnknownLink", properties, False
    for number, (currency, amount) in enumerate(sums):
        if not currency:
            lost["amounts without a currency"] += 1
        money = {"amount": [amount]} | ({"currency": [currency]} if currency else {})
        key = f"{link['id']}-{number}" if number else link["id"]
        yield key, "Payment", properties | money, number > 0


def _on_accounts(extract: Extract) -> dict[str, Properties]:
    """Give properties of accounts that follow from their links.

    A property has neither grade nor marking of its own. So only what is no stricter than the account, and never
    what links nothing.
    """
    wanted = [EntityKind.ACCOUNT, EntityKind.IP_ADDRESS, EntityKind.EMAIL, EntityKind.PHONE]
    entities = extract.entities.select(["id", "kind", "value", "marking"])
    entities = entities.filter(pc.is_in(entities["kind"], value_set=_texts(wanted)))
    known = {
        key: (kind, value, MARKINGS.index(marking))
        for key, kind, value, marking in zip(*(column.to_pylist() for column in entities.columns), strict=True)
    }
    links = extract.links.select(["source", "target", "marking", "grade", "kind"])
    links = links.filter(pc.is_in(links["kind"], value_set=_texts([LinkKind.USED_IP, LinkKind.HOLDS])))
    found: dict[str, Properties] = {}
    for source, target, marking, grade, _ in zip(*(column.to_pylist() for column in links.columns), strict=True):
        account, other = known.get(source), known.get(target)
        if account is None or other is None or account[0] != EntityKind.ACCOUNT:
            continue
        strictest = min(other[2], MARKINGS.index(marking))
        if strictest < account[2] or (grade or "").startswith(NEVER_LINKS):
            continue
        if typed := _typed(other[0], other[1]):
            found.setdefault(source, {}).setdefault(typed, []).append(other[1])
    return {key: {name: sorted(set(values)) for name, values in of.items()} for key, of in found.items()}


def _bank_accounts(extract: Extract) -> frozenset[str]:
    """Give the ids of what is written as ``BankAccount``, the one schema that payerAccount may point to."""
    entities = extract.entities.filter(pc.equal(extract.entities["kind"], EntityKind.PAYMENT_ACCOUNT))
    pairs = zip(entities["id"].to_pylist(), entities["value"].to_pylist(), strict=True)
    return frozenset(key for key, value in pairs if _payment_account(value, {}, Counter()) == "BankAccount")


def _texts(values: Iterable[str]) -> pa.Array:
    return pa.array([str(value) for value in values], pa.string())


def _add(properties: Properties, name: str, kind: str, value: str | None, lost: Counter[str]) -> None:
    """Add a value as the model's cleaning would leave it; none where nothing would be left."""
    if not value:
        return
    cleaned = _cleaned(value)
    if kind == "name":
        cleaned = _unquoted(cleaned)
    if cleaned != value:
        lost["texts that the model cleans"] += 1
    if len(cleaned) > _LONGEST[kind]:
        lost["texts that the model finds too long"] += 1
    elif cleaned and cleaned not in properties.get(name, ()):
        properties.setdefault(name, []).append(cleaned)


def _add_all(properties: Properties, name: str, values: Iterable[str], lost: Counter[str], kind: str = "text") -> None:
    for value in values:
        _add(properties, name, kind, value, lost)


def _add_time(properties: Properties, name: str, moment: str | None, lost: Counter[str]) -> None:
    """Add a time, which the model has in UTC and without a sign for it."""
    if moment is None:
        return
    if len(moment) > len("2026-01-01T12:00:00Z"):
        lost["fractions of seconds"] += 1
    if "1000" <= moment[:4] <= "2999":
        properties[name] = [moment[:19]]
    else:
        lost["times out of range"] += 1


def _cleaned(value: str) -> str:
    """Give a text as the model leaves it: composed, no outer blanks, what cannot be seen as escapes."""
    if value.isascii() and value.isprintable():
        return value.strip()
    shown = text.visible(unicodedata.normalize("NFC", value))
    return re.sub(r"\s", " ", shown).strip()


def _unquoted(value: str) -> str:
    """Give a name as the model leaves it: blanks are single, quotes around it are no part of it."""
    while True:
        bare = re.sub(" +", " ", value).strip()
        if quoted := _QUOTED.fullmatch(bare):
            bare = quoted[1]
        if bare == value:
            return bare
        value = bare


# -- reading -------------------------------------------------------------------------------------

_EDGES = {
    "Associate": ("person", "associate"),
    "ContractAward": ("contract", "supplier"),
    "Control": ("controller", "controlled"),
    "CourtCaseParty": ("party", "case"),
    "Debt": ("debtor", "creditor"),
    "Directorship": ("director", "organization"),
    "Documentation": ("document", "entity"),
    "Employment": ("employee", "employer"),
    "Family": ("person", "relative"),
    "Membership": ("member", "organization"),
    "Message": ("senderAccount", "recipientAccount"),
    "Occupancy": ("holder", "post"),
    "Ownership": ("owner", "asset"),
    "Payment": ("payer", "beneficiary"),
    "ProjectParticipant": ("participant", "project"),
    "Representation": ("agent", "client"),
    "Similar": ("candidate", "match"),
    "Succession": ("predecessor", "successor"),
    "UnknownLink": ("subject", "object"),
}
"""Schemata that connect two, and their properties for source and target."""
_HELD = {"email": EntityKind.EMAIL, "phone": EntityKind.PHONE, "ipAddress": EntityKind.IP_ADDRESS}
_KINDS = frozenset(EntityKind)
_LINK_KINDS = frozenset(LinkKind)
_MOST_ENDS = 100
"""Pairs of ends that one line may connect."""
_DATE = re.compile(
    "([12][0-9]{3})(?:-([0-9]{2})(?:-([0-9]{2})(?:[T ]([0-9]{2})(?::([0-9]{2})(?::([0-9]{2})(?:[.][0-9]+)?)?)?Z?)?)?)?"
)
_DECIMAL = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,18})?")
_CURRENCY = re.compile("[A-Z0-9]{0,12}")
_NO_PLACE = "linkgraph has no place for it."


def read(stream: BinaryIO) -> tuple[Extract, list[Lost]]:
    """Read a graph for a partner layer, and say what in the file could not be mapped.

    What :func:`write` wrote comes back as it was. Of lines without the member ``linkgraph`` the properties are read:
    people, accounts and files are entities, schemata that connect two are links, ``LINKED`` with the schema in the
    grade where it is no payment. Links of the file between the same two, of one kind, become one.

    Raises:
        IntegrityError: it is no followthemoney, or beyond the limits; the sentence says in which line.
    """
    reading = _Reading()
    total, size, number = hashlib.sha256(), 0, 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        total.update(line)
        size += len(line)
        if len(line) > MAX_LINE:
            raise IntegrityError(f"Line {number:,} of the followthemoney file is longer than {MAX_LINE >> 20} MiB.")
        if size > MAX_BYTES:
            raise IntegrityError(f"The followthemoney file is larger than {MAX_BYTES >> 30} GiB and is not read.")
        if line.strip():
            reading.take(_record(line, number), number)
    file = Source(
        sha256=total.hexdigest(),
        name="",
        size=size,
        kind="partner",
        reader="followthemoney 1",
        mapping={},
        timezone=None,
        marking=MARKINGS[0],
        imported_by="",
        imported_at=EPOCH,
        complete=True,
        read=number,
        stored=number,
        duplicates=0,
        quarantined=0,
    )
    return reading.extract(file)


def _record(line: bytes, number: int) -> dict[str, Any]:
    """Read a line as an entity of the model: id, schema, properties as lists of texts.

    Raises:
        IntegrityError: it is anything else.
    """

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a member twice")
        return found

    def refuse(constant: str) -> float:
        raise ValueError(f"{constant} is no number of JSON")

    try:
        record = json.loads(line.decode(), object_pairs_hook=once, parse_constant=refuse)
        if b"\\ud" in line or b"\\uD" in line:
            # Half a character is no text in any encoding.
            json.dumps(record, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as fault:
        reason = text.quoted(str(fault))
        raise IntegrityError(f"Line {number:,} of the followthemoney file cannot be read: {reason}.") from fault
    if not isinstance(record, dict) or not _is_entity(record):
        raise IntegrityError(f"Line {number:,} of the followthemoney file is no entity with id, schema and properties.")
    return record


def _is_entity(record: dict[str, Any]) -> bool:
    properties = record.setdefault("properties", {})
    if not all(isinstance(record.get(name), str) and record[name] for name in ("id", "schema")):
        return False
    return isinstance(properties, dict) and all(
        isinstance(values, list) and all(isinstance(value, str) for value in values) for values in properties.values()
    )


class _Reading:
    """A file on its way into an extract."""

    def __init__(self) -> None:
        self._received = Received()
        self._about: dict[str, str] = {}
        self._sources: list[object] = []
        self._own: set[str] = set()
        """Ids of entities that linkgraph wrote; others may look like them."""
        self._payment_accounts: set[str] = set()
        """Keys of payment accounts: a payment between anything else is no link PAID."""
        self._others: dict[tuple[str, str, str], _Seen] = {}
        """Links that another tool wrote, by kind and the ids of both ends in the file."""
        self._values: set[str] = set()
        """Keys of entities that are made of a property of another."""

    def take(self, record: dict[str, Any], line: int) -> None:
        """Take a line."""
        for name in record.keys() - _OWN_LINE:
            self._received.unread(f"'{text.quoted(name)}' of lines", _NO_PLACE)
        exact = record.get(MEMBER)
        if not isinstance(exact, dict):
            if MEMBER in record:
                self._received.unread(f"members '{MEMBER}'", "They are not as linkgraph writes them.")
            self._foreign(record, line)
        elif "format" in exact:
            self._whole(exact)
        elif "source" in exact:
            self._sources.append(exact["source"])
        elif str(exact.get("kind")) in _LINK_KINDS:
            self._link(record, exact, line)
        elif "part" not in exact:
            self._own.add(record["id"])
            if exact.get("kind") == EntityKind.PAYMENT_ACCOUNT:
                self._payment_accounts.add(record["id"])
            self._received.entity(record["id"], _as_text(exact))

    def extract(self, file: Source) -> tuple[Extract, list[Lost]]:
        """Give what was read."""
        facts = evidence_files.facts(file)
        if self._about.get("marking") in MARKINGS:
            facts["marking"] = self._about["marking"]
        for (kind, source, target), seen in self._others.items():
            ends = self._key(source), self._key(target)
            found = seen.facts(file.sha256)
            read_as = kind
            if kind == LinkKind.PAID and self._payment_accounts.issuperset(ends):
                del found["grade"]
            elif kind == LinkKind.PAID:
                read_as = LinkKind.LINKED
            self._received.link("", ends, {"kind": read_as} | found, seen.lines[0])
        if self._others:
            # They rest on lines of the file itself.
            self._sources.append(facts)
        about = dict(self._about)
        if self._sources:
            about["sources"] = json.dumps(self._sources)
        return self._received.extract(about, file)

    def _key(self, one: str) -> str:
        """Give the key of an entity: an id that only looks like one of linkgraph's must not be kept."""
        return one if one in self._own or one in self._values else f"ftm:{one}"

    # -- what linkgraph wrote --------------------------------------------------------------------

    def _whole(self, exact: dict[str, Any]) -> None:
        if exact["format"] != FORMAT:
            raise IntegrityError("The followthemoney file is written by another linkgraph: update this one to read it.")
        if self._about:
            self._received.unread("descriptions of the whole", "Only the first one is read.")
            return
        self._about = _as_text(exact)
        del self._about["format"]

    def _link(self, record: dict[str, Any], exact: dict[str, Any], line: int) -> None:
        names = _EDGES.get(record["schema"], ("", ""))
        source, target = (record["properties"].get(name, [""])[:1] for name in names)
        ends = source[0] if source else "", target[0] if target else ""
        self._received.link(record["id"], ends, _as_text(exact), line)

    # -- what another tool wrote -----------------------------------------------------------------

    def _foreign(self, record: dict[str, Any], line: int) -> None:
        schema, properties = record["schema"], record["properties"]
        used: set[str] = set()
        if schema in _EDGES:
            self._edge(schema, properties, used, line)
        else:
            self._entity(record, used, line)
        for name in properties.keys() - used:
            of = f"'{text.quoted(name)}' of {text.quoted(schema)}"
            self._received.unread(of, _NO_PLACE, len(properties[name]))

    def _entity(self, record: dict[str, Any], used: set[str], line: int) -> None:
        schema, properties = record["schema"], record["properties"]
        identified = _identified(schema, properties, used)
        if identified is None:
            self._received.unread(
                f"entities of schema '{text.quoted(schema)}'", "linkgraph has no kind for them, or they have no value."
            )
            used.update(properties)
            return
        kind, raw = identified
        value = identifiers.cleaned(kind, raw)
        if value is None:
            self._received.unread(f"{kind} of other tools", "An import would refuse their values.")
            used.update(properties)
            return
        used.add("name")
        for name in sorted(used):
            further = len(properties.get(name, ())) - 1
            if further > 0:
                self._received.unread(f"further '{name}' of {text.quoted(schema)}", "Only the first is read.", further)
        key = self._key(record["id"])
        names = properties.get("name", [])
        facts = {"kind": kind, "value": value, "label": names[0] if names else raw.partition(":")[2] or raw}
        countries = [one for one in properties.get("country", []) if len(one) == 2]
        if len(countries) == 1:
            used.add("country")
            facts |= {"country": countries[0].upper(), "country_basis": Basis.STATED}
        self._received.entity(key, facts)
        if kind not in {EntityKind.ACCOUNT, EntityKind.PERSON, EntityKind.PAYMENT_ACCOUNT}:
            return
        for name in ("owner", "holder"):
            for one in properties.get(name, ()):
                used.add(name)
                self._seen(LinkKind.HOLDS, one, record["id"], line, f"stated as {name} of {schema}")
        if kind is EntityKind.PAYMENT_ACCOUNT:
            self._payment_accounts.add(key)
            return
        for name, held in _HELD.items():
            used.add(name)
            for one in properties.get(name, ()):
                self._held(held, one, record["id"], line, f"stated as {name} of {schema}")

    def _held(self, kind: EntityKind, raw: str, of: str, line: int, grade: str) -> None:
        value = identifiers.cleaned(kind, raw)
        if value is None:
            self._received.unread(f"{kind} of other tools", "An import would refuse their values.")
            return
        key = f"{kind}:{value}"
        if key not in self._values:
            self._values.add(key)
            self._received.entity(key, {"kind": kind, "value": value})
        link = LinkKind.USED_IP if kind is EntityKind.IP_ADDRESS else LinkKind.HOLDS
        self._seen(link, of, key, line, grade)

    def _edge(self, schema: str, properties: Properties, used: set[str], line: int) -> None:
        ends = _EDGES[schema]
        kind, grade = LinkKind.LINKED, f"stated as {schema}"
        amounts: dict[str, str] = {}
        if schema == "Payment":
            # Whether it is between accounts is known when all of them are.
            kind = LinkKind.PAID
            ends = ("payerAccount", ends[1]) if properties.get("payerAccount") else ends
            ends = (ends[0], "beneficiaryAccount") if properties.get("beneficiaryAccount") else ends
            used |= {name for name in _EDGES[schema] if properties.get(name) == properties.get(f"{name}Account")}
            amount, currency = properties.get("amount", []), properties.get("currency", [])
            if len(amount) == 1 and len(currency) < 2:
                used |= {"amount", "currency"}
                amounts = {(currency[0] if currency else "").upper(): amount[0]}
        elif schema == "Message":
            kind = LinkKind.CONTACTED
        elif properties.get("role", [""])[0] in _LINK_KINDS:
            kind, grade = LinkKind(properties["role"][0]), "; ".join(properties.get("status", ()))
            used |= {"role", "status"}
        else:
            for name in ("role", "relationship"):
                if properties.get(name):
                    grade += ": " + ", ".join(properties[name])
                    used.add(name)
        used |= set(ends)
        pairs = [(one, other) for one in properties.get(ends[0], ()) for other in properties.get(ends[1], ())]
        if not pairs or len(pairs) > _MOST_ENDS:
            self._received.unread(f"links of schema '{schema}'", "They have no two ends, or very many.")
            return
        first, last = self._times(properties, used)
        for source, target in pairs:
            self._seen(kind, source, target, line, grade, first, last, amounts)

    def _times(self, properties: Properties, used: set[str]) -> tuple[datetime | None, datetime | None]:
        """Give the earliest and latest instant that the dates leave open; the model has all of them in UTC."""
        bounds: list[tuple[str, tuple[datetime, datetime]]] = []
        for name in ("startDate", "endDate", "date"):
            for date in properties.get(name, ()):
                used.add(name)
                if found := _bounds(date):
                    bounds.append((name, found))
                else:
                    self._received.unread("dates", "They are none of the model.")
        if not bounds:
            return None, None
        first = min((found[0] for name, found in bounds if name != "endDate"), default=None)
        last = max((found[1] for name, found in bounds if name != "startDate"), default=None)
        return first, last

    def _seen(
        self,
        kind: LinkKind,
        source: str,
        target: str,
        line: int,
        grade: str,
        first: datetime | None = None,
        last: datetime | None = None,
        amounts: Mapping[str, str] | None = None,
    ) -> None:
        seen = self._others.setdefault((kind, source, target), _Seen())
        if not seen.add(line, grade, first, last, amounts or {}):
            self._received.unread("amounts", "They are no exact decimals by currency.")


class _Seen:
    """What another tool says of a link in one or several lines."""

    def __init__(self) -> None:
        self.lines: list[int] = []
        self._grades: set[str] = set()
        self._first: datetime | None = None
        self._last: datetime | None = None
        self._amounts: dict[str, Decimal] = {}

    def add(
        self, line: int, grade: str, first: datetime | None, last: datetime | None, amounts: Mapping[str, str]
    ) -> bool:
        """Take what a line says; tell whether its amounts could be read."""
        self.lines.append(line)
        self._grades |= {grade} - {""}
        self._first = min((one for one in (self._first, first) if one), default=None)
        self._last = max((one for one in (self._last, last) if one), default=None)
        for currency, amount in amounts.items():
            if not _DECIMAL.fullmatch(amount) or not _CURRENCY.fullmatch(currency):
                return False
            with localcontext(prec=100):
                self._amounts[currency] = self._amounts.get(currency, Decimal()) + Decimal(amount)
        return True

    def facts(self, file: str) -> dict[str, str]:
        """Give them as columns of ``HANDED_LINKS`` in text."""
        lines = sorted(set(self.lines))
        found = {"count": str(len(lines)), "evidence": f"{file}:{','.join(map(str, lines))}"}
        if self._grades:
            found["grade"] = "; ".join(sorted(self._grades))
        if self._amounts:
            found["amounts"] = json.dumps({currency: f"{sum_:f}" for currency, sum_ in self._amounts.items()})
        for name, moment in (("first_seen", self._first), ("last_seen", self._last)):
            if moment:
                found[name] = moment.isoformat()
        return found


def _as_text(exact: dict[str, Any]) -> dict[str, str]:
    """Give exact facts as :class:`Received` takes them."""
    found = {}
    for name, value in exact.items():
        if name == "evidence" and isinstance(value, list):
            found[name] = " ".join(str(one).replace(" ", ":", 1) for one in value)
        else:
            found[name] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return found


def _identified(schema: str, properties: Properties, used: set[str]) -> tuple[EntityKind, str] | None:
    """Give the kind and raw value of an entity of another tool; None where it has none."""

    def first(*names: str) -> str:
        for name in names:
            if properties.get(name):
                used.add(name)
                return properties[name][0]
        return ""

    stated = [one for one in properties.get("keywords", ()) if one in _KINDS]
    if len(stated) == 1 and (raw := first("weakAlias", "name")):
        # A line of linkgraph of which another tool left the member out.
        used |= {"keywords", "weakAlias", "service", "username", "title", "contentHash", "publicKey"}
        used |= {"accountNumber", "accountType", "iban"} | ({"email", "phone"} if stated[0] in _SERVICES else set())
        return EntityKind(stated[0]), raw
    match schema:
        case "UserAccount":
            platform, name = first("service"), first("username")
            if name and ":" not in platform:
                return EntityKind.ACCOUNT, f"{platform or UNSTATED_SERVICE}:{name}"
        case "BankAccount":
            for scheme, name in (("iban", "iban"), ("account", "accountNumber")):
                if number := first(name):
                    return EntityKind.PAYMENT_ACCOUNT, f"{scheme}:{number}"
        case "CryptoWallet":
            if address := first("publicKey", "cryptoAddress"):
                return EntityKind.PAYMENT_ACCOUNT, address
        case "Person":
            if name := first("name"):
                return EntityKind.PERSON, name
        case _:
            if hashed := first("contentHash"):
                return EntityKind.FILE_HASH, f"sha1:{hashed}"
    return None


def _bounds(date: str) -> tuple[datetime, datetime] | None:
    """Give the first and last second that a date of the model stands for: ``2026-02`` is all of February."""
    found = _DATE.fullmatch(date)
    if found is None:
        return None
    given = [int(part) for part in found.groups() if part is not None]
    try:
        first = datetime(*[*given, 1, 1][: max(3, len(given))], tzinfo=UTC)  # type: ignore[misc,arg-type]
        if len(given) == 1:
            following = first.replace(year=first.year + 1)
        elif len(given) == 2:
            following = (first + timedelta(days=31)).replace(day=1)
        else:
            unit = [timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)][len(given) - 3]
            following = first + unit
    except (ValueError, OverflowError):
        return None
    return first, following - timedelta(seconds=1)
