"""STIX 2.1 bundles, what threat intelligence platforms exchange (OpenCTI, MISP, TAXII): written and read.

Source: STIX Version 2.1, OASIS Standard (10 June 2021); the TLP 2.0 markings of the OASIS CTI TC's common objects.

==============  ============================================================================================
Account         ``user-account``: account_type is the service, user_id the handle
IPAddress       ``ipv4-addr``, ``ipv6-addr``
Email           ``email-addr``
Resource        ``url`` where it has a scheme, ``domain-name`` where it is a host
FileHash        ``file`` with one hash; PDQ is no algorithm of hash-algorithm-ov: ``pdq``
Device          ``mac-addr`` where it is one
Person          ``identity`` of class individual
all others      ``linkgraph-entity``, a new observable by an extension definition that is in the bundle (§7.3)
what is known   ``note`` about the object: in words, and exactly in a property extension
links           ``relationship``: used-ip, visited, paid, …; related-to for what a chart states
evidence        ``external_references`` of the relationship: SHA-256 of the file, and the rows
markings        ``object_marking_refs`` to the published TLP 2.0 markings
the whole       ``note`` about the agency, which is an ``identity`` and the creator of all objects that have one
==============  ============================================================================================

Observables are plain, without any property of ours: their ids follow from their values by the rule of §2.9, so
other tools' objects for the same address have the same id. What a case knows of one is a note beside it. No
``observed-data`` is written: it says that its observables were seen, not which of them used which. No ``sighting``:
it is of threats. No ``location``: an address registered to a country is not located in it.

Times of making, which the format demands, are those of the imports: created is the oldest, modified the newest, and
both are 1970 where there is none. Ids of notes, relationships and persons follow from agency, case and our ids: the
same thing in two agencies is two statements.
"""

from __future__ import annotations

import codecs
import hashlib
import ipaddress
import json
import re
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any, BinaryIO, NoReturn

from linkgraph.errors import IntegrityError
from linkgraph.exchange import evidence_files, in_words, records
from linkgraph.exchange.deconflict import identifiers
from linkgraph.exchange.extract import Extract
from linkgraph.exchange.received import EPOCH, Received
from linkgraph.exchange.report import Lost
from linkgraph.ingest.cells import UNSTATED_SERVICE
from linkgraph.ingest.values import text
from linkgraph.model import MARKINGS, EntityKind, LinkKind, Source, entity_id, link_id

FORMAT = "linkgraph 1"
MAX_BYTES = 4 << 30
MAX_OBJECT = 16 << 20
"""Characters of one object."""

FACTS = "extension-definition--3f8c1d0a-6b52-4c0e-9d3b-7a51e6f4b2c8"
"""Our property extension: exact facts of notes and relationships."""
ENTITIES = "extension-definition--b94e27d5-0f1a-4a7e-8c66-25d9c3a7e10f"
"""Our extension for the observable ``linkgraph-entity``."""
_NAMESPACE = uuid.UUID("6d2b8f0e-3c57-4a86-9f41-d1b7c05ea923")
"""Of ids that do not follow from values of observables."""
_SCO_NAMESPACE = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""Of ids of observables: §2.9."""
_TLP = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_MARKINGS = {
    "TLP:RED": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
    "TLP:AMBER+STRICT": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "TLP:AMBER": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "TLP:GREEN": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "TLP:CLEAR": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
}
"""Ids under which the OASIS CTI TC published the markings of TLP 2.0."""
_ANY_MARKING = {one: name for name, one in _MARKINGS.items()} | {
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "TLP:RED",
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "TLP:AMBER",
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "TLP:GREEN",
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "TLP:CLEAR",
}
"""With those of TLP 1, which are part of the standard (§7.2.1.4); WHITE is CLEAR now."""
_HASHES = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha512": "SHA-512", "pdq": "pdq"}
_RELATED = "related-to"
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://[^\s]+")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*")
_MAC = re.compile("mac:((?:[0-9a-f]{2}:){5}[0-9a-f]{2})")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")

Object = dict[str, Any]


# -- writing -------------------------------------------------------------------------------------


def write(stream: BinaryIO, extract: Extract) -> list[Lost]:
    """Write an extract as one bundle, one object a line.

    The id of the bundle is at its end and follows from all that is in it.
    """
    total = hashlib.sha256()
    separator = b""

    def put(one: Object) -> None:
        nonlocal separator
        line = json.dumps(one, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        total.update(line)
        stream.write(separator + line)
        separator = b",\n"

    lost: Counter[str] = Counter()
    imports = [one.imported_at.astimezone(UTC) for one in extract.sources] or [EPOCH]
    common = {
        name: moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        for name, moment in (("created", min(imports)), ("modified", max(imports)))
    }
    common["created_by_ref"] = _id("identity", "agency", extract.agency)
    scope = f"{extract.agency}\x1f{extract.case}"
    stream.write(b'{"type":"bundle","objects":[\n')
    for one in _opening(extract, common, lost):
        put(one)
    ids: dict[str, str] = {}
    used: set[str] = set()
    attributes = records.attributes(extract)
    for entity in records.entities(extract):
        said = attributes.get(entity["id"], [])
        one = _entity(entity, scope, common, lost)
        if one["id"] in used:
            # Two that go under one name, as substitutes for values can.
            one["id"] = _id(one["type"], scope, entity["id"])
        used.add(one["id"])
        ids[entity["id"]] = one["id"]
        put(one)
        facts = _facts(entity, one)
        if said:
            facts["said"] = [[one.name, one.value, one.basis, one.origin, one.row] for one in said]
        if facts:
            lost["facts of entities"] += 1
            put(_note(one["id"], scope, in_words.entity(entity, said), facts, entity["marking"], common))
    names = {one.sha256: one.name for one in extract.sources}
    for link in records.links(extract):
        put(_relationship(link, scope, ids, names, common, lost))
    stream.write(b'\n],"id":"' + _id("bundle", total.hexdigest()).encode() + b'"}\n')
    return [Lost(what, lost[what], why) for what, why in _WHY.items()]


_WHY = {
    "entities without an object": "The standard has none for telephones, payment accounts, most devices and resources "
    "without a scheme: they are linkgraph-entity, by an extension that is in the bundle.",
    "PDQ hashes": "The standard does not name the algorithm: they stand under the name 'pdq'.",
    "facts of entities": "Labels, countries with their basis, roles, times and attributes are notes in words, and "
    "exact in an extension that is in the bundle.",
    "kinds of links": "The standard names no such relationships: their types are ours.",
    "counts, weights, grades and amounts of links": "They are descriptions in words, and exact in an extension.",
    "links seen at one instant": "stop_time must be later than start_time: it is left out.",
    "facts of evidence files": "All but names, SHA-256 and rows stand only in an extension.",
}
"""What the standard has no place for, and what it has instead."""


def _id(kind: str, *parts: str) -> str:
    return f"{kind}--{uuid.uuid5(_NAMESPACE, chr(0x1F).join((kind, *parts)))}"


def _observable_id(kind: str, contributing: Mapping[str, object]) -> str:
    """Give the id that follows from the contributing properties, as RFC 8785 writes them (§2.9)."""
    canonical = json.dumps(contributing, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{kind}--{uuid.uuid5(_SCO_NAMESPACE, canonical)}"


def _opening(extract: Extract, common: Mapping[str, str], lost: Counter[str]) -> Iterator[Object]:
    """Give markings, extension definitions, who made it, and what is said of the whole."""
    for marking, one in _MARKINGS.items():
        yield {
            "type": "marking-definition",
            "spec_version": "2.1",
            "id": one,
            "created": "2022-10-01T00:00:00.000Z",
            "name": marking,
            "extensions": {
                _TLP: {"extension_type": "property-extension", "tlp_2_0": marking.removeprefix("TLP:").lower()}
            },
        }
    fixed = {"created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z"}
    author = _author()
    yield {"type": "identity", "spec_version": "2.1", "id": author, **fixed, "name": "linkgraph"} | {
        "identity_class": "system"
    }
    for one, name, kind, schema in _DEFINITIONS:
        yield {"type": "extension-definition", "spec_version": "2.1", "id": one, "created_by_ref": author, **fixed} | {
            "name": name,
            "schema": schema,
            "version": "1.0.0",
            "extension_types": [kind],
        }
    refs = [_MARKINGS[extract.marking]]
    agency = common["created_by_ref"]
    yield {
        "type": "identity",
        "spec_version": "2.1",
        "id": agency,
        "created": common["created"],
        "modified": common["modified"],
        "name": extract.agency or "agency not stated",
        "identity_class": "organization" if extract.agency else "unspecified",
        "object_marking_refs": refs,
    }
    lost["facts of evidence files"] += len(extract.sources)
    facts = {
        "format": FORMAT,
        "case": extract.case,
        "agency": extract.agency,
        "marking": extract.marking,
        "sources": [evidence_files.facts(one) for one in extract.sources],
        "corrected": {sha256: list(rows) for sha256, rows in extract.corrected.items()},
    }
    words = [f"Case: {extract.case}", f"Marking of the whole: {extract.marking}"]
    words += [f"Evidence file: {one.name}, SHA-256 {one.sha256}, {one.marking}" for one in extract.sources]
    yield _note(agency, f"{extract.agency}\x1f{extract.case}", words, facts, extract.marking, common)


_DEFINITIONS = (
    (
        FACTS,
        "linkgraph facts",
        "property-extension",
        "Of a note about an object: entity_id, kind, value, label, country (ISO 3166-1 alpha-2) with country_basis "
        "(stated, code, registered, derived), role, first_seen, last_seen (ISO 8601, UTC), said (list of name, value, "
        "basis, origin, row). Of a relationship: link_id, kind, count (distinct observations), weight, grade, amounts "
        "(list of currency and exact decimal sum as text), last_seen. Of a note about an agency: format, case, agency, "
        "marking, sources, corrected. Where a member is left out it follows from the object.",
    ),
    (
        ENTITIES,
        "linkgraph-entity",
        "new-sco",
        "A thing that no object of STIX 2.1 is for. kind (Account, IPAddress, PaymentAccount, FileHash, Resource, "
        "Email, Phone, Device) and value (canonical text), both required, both ID contributing properties.",
    ),
)


def _note(
    about: str, scope: str, words: list[str], facts: Mapping[str, object], marking: str, common: Mapping[str, str]
) -> Object:
    return {
        "type": "note",
        "spec_version": "2.1",
        "id": _id("note", scope, about),
        **common,
        "content": "\n".join(words) or "Known by another name in this case.",
        "object_refs": [about],
        "object_marking_refs": [_MARKINGS[marking]],
        "extensions": {FACTS: {"extension_type": "property-extension", **facts}},
    }


def _entity(entity: records.Record, scope: str, common: Mapping[str, str], lost: Counter[str]) -> Object:
    """Give the object for an entity, from its kind, value and, where an object shows one, label."""
    kind, value = EntityKind(entity["kind"]), entity["value"]
    made = _native(kind, value)
    marked = {"object_marking_refs": [_MARKINGS[entity["marking"]]]}
    if kind is EntityKind.PERSON:
        one = {"type": "identity", "spec_version": "2.1", "id": _id("identity", scope, entity["id"]), **common}
        return one | {"name": entity["label"] or value, "identity_class": "individual"} | marked
    if made is None:
        lost["entities without an object"] += 1
        facts = {"kind": str(kind), "value": value}
        one = {"type": "linkgraph-entity", "spec_version": "2.1", "id": _observable_id("linkgraph-entity", facts)}
        return one | facts | marked | {"extensions": {ENTITIES: {"extension_type": "new-sco"}}}
    type_, properties = made
    lost["PDQ hashes"] += "pdq" in properties.get("hashes", ())
    one = {"type": type_, "spec_version": "2.1", "id": _observable_id(type_, properties), **properties}
    if type_ == "user-account" and entity["label"]:
        one["display_name"] = entity["label"]
    return one | marked


def _native(kind: EntityKind, value: str) -> tuple[str, dict[str, Any]] | None:
    """Give the type of observable that a value is, and the properties which its id follows from."""
    match kind:
        case EntityKind.ACCOUNT:
            service, colon, handle = value.partition(":")
            if service and handle:
                return "user-account", {"account_type": service, "user_id": handle}
            return None if colon else ("user-account", {"user_id": value})
        case EntityKind.IP_ADDRESS:
            try:
                version = ipaddress.ip_address(value).version
            except ValueError:
                return None
            return f"ipv{version}-addr", {"value": value}
        case EntityKind.EMAIL if _EMAIL.fullmatch(value):
            return "email-addr", {"value": value}
        case EntityKind.RESOURCE if _SCHEME.fullmatch(value):
            return "url", {"value": value}
        case EntityKind.RESOURCE if _HOST.fullmatch(value):
            return "domain-name", {"value": value}
        case EntityKind.DEVICE if found := _MAC.fullmatch(value):
            return "mac-addr", {"value": found[1]}
        case EntityKind.FILE_HASH:
            algorithm, _, digits = value.partition(":")
            length = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128, "pdq": 64}.get(algorithm)
            if length and re.fullmatch(f"[0-9a-f]{{{length}}}", digits):
                return "file", {"hashes": {_HASHES[algorithm]: digits}}
    return None


def _facts(entity: records.Record, one: Object) -> Object:
    """Give what is known of an entity and does not follow from its object."""
    names = ("label", "country", "country_basis", "role", "first_seen", "last_seen")
    facts = {name: entity[name] for name in names if entity[name] is not None}
    shown = _shown(one)
    if shown is None or shown[:2] != (entity["kind"], entity["value"]):
        facts |= {"kind": entity["kind"], "value": entity["value"]}
    if facts.get("label") == (shown[2] if shown else None):
        del facts["label"]
    if entity["id"] != entity_id(EntityKind(entity["kind"]), entity["value"]):
        facts["entity_id"] = entity["id"]
    return facts


def _relationship(
    link: records.Record,
    scope: str,
    ids: Mapping[str, str],
    names: Mapping[str, str],
    common: Mapping[str, str],
    lost: Counter[str],
) -> Object:
    kind = LinkKind(link["kind"])
    lost["kinds of links"] += kind is not LinkKind.LINKED
    lost["counts, weights, grades and amounts of links"] += 1
    facts: Object = {"kind": str(kind), "count": link["count"]}
    facts |= {name: link[name] for name in ("weight", "grade") if link[name] is not None}
    if link["amounts"]:
        facts["amounts"] = [{"currency": name, "sum": amount} for name, amount in sorted(link["amounts"].items())]
    if link["id"] != link_id(kind, link["source"], link["target"]):
        facts["link_id"] = link["id"]
    times = {}
    if link["first_seen"]:
        times["start_time"] = link["first_seen"]
    if link["last_seen"] and link["last_seen"] != link["first_seen"]:
        times["stop_time"] = link["last_seen"]
    elif link["last_seen"]:
        lost["links seen at one instant"] += 1
        facts["last_seen"] = link["last_seen"]
    one = {
        "type": "relationship",
        "spec_version": "2.1",
        "id": _id("relationship", scope, link["id"]),
        **common,
        "relationship_type": _RELATED if kind is LinkKind.LINKED else kind.lower().replace("_", "-"),
        "description": "\n".join(in_words.link(link)),
        "source_ref": ids[link["source"]],
        "target_ref": ids[link["target"]],
        **times,
        "object_marking_refs": [_MARKINGS[link["marking"]]],
        "extensions": {FACTS: {"extension_type": "property-extension", **facts}},
    }
    if link["evidence"]:
        one["external_references"] = [_reference(rows, names) for rows in link["evidence"]]
    return one


_EVIDENCE = "evidence file"


def _reference(evidence: str, names: Mapping[str, str]) -> Object:
    sha256, _, rows = evidence.partition(" ")
    return {
        "source_name": _EVIDENCE,
        "description": f"{names.get(sha256) or sha256}, rows {rows}",
        "hashes": {"SHA-256": sha256},
        "external_id": evidence,
    }


def _shown(one: Object) -> tuple[str, str, str] | None:
    """Give kind, value and label that an object of ours stands for by itself; None where it stands for none."""
    value = one.get("value")
    match one["type"]:
        case "user-account":
            user = one.get("user_id")
            if isinstance(user, str):
                service = one.get("account_type")
                account = f"{service}:{user}" if service else user
                return EntityKind.ACCOUNT, account, str(one.get("display_name") or account)
        case "identity":
            name = one.get("name")
            if isinstance(name, str):
                return EntityKind.PERSON, name, name
        case "file":
            hashes = one.get("hashes")
            for algorithm, name in _HASHES.items():
                if isinstance(hashes, dict) and isinstance(hashes.get(name), str):
                    digest = f"{algorithm}:{hashes[name]}"
                    return EntityKind.FILE_HASH, digest, digest
        case "linkgraph-entity":
            if str(one.get("kind")) in _ENTITY_KINDS and isinstance(value, str):
                return str(one["kind"]), value, value
        case "mac-addr":
            if isinstance(value, str):
                return EntityKind.DEVICE, f"mac:{value}", f"mac:{value}"
        case type_ if type_ in _BY_VALUE and isinstance(value, str):
            return _BY_VALUE[type_], value, value
    return None


_ENTITY_KINDS = frozenset(EntityKind)
_LINK_KINDS = frozenset(LinkKind)
_BY_VALUE = {
    "ipv4-addr": EntityKind.IP_ADDRESS,
    "ipv6-addr": EntityKind.IP_ADDRESS,
    "email-addr": EntityKind.EMAIL,
    "url": EntityKind.RESOURCE,
    "domain-name": EntityKind.RESOURCE,
}


# -- reading -------------------------------------------------------------------------------------

_NO_KIND = "linkgraph has no kind for them."
_NOT_READ = {
    "indicator": "Their patterns are not evaluated.",
    "observed-data": "They do not say which of their objects belong to which.",
}
_READ = frozenset({"type", "spec_version", "id", "created", "modified", "created_by_ref", "object_marking_refs"})
_BLOCK = 1 << 20


def read(stream: BinaryIO) -> tuple[Extract, list[Lost]]:
    """Read a bundle for a partner layer, and say what in it could not be mapped.

    What :func:`write` wrote comes back as it was. Of other bundles accounts, addresses, hosts, hashes and individuals
    are entities and relationships between them are links ``LINKED``, with the relationship in the grade. A row of
    the file is an object: the evidence of a link is its number in the bundle. Patterns of indicators are not
    evaluated.

    Raises:
        IntegrityError: it is no bundle of STIX 2, or beyond the limits.
    """
    document = _Document(stream)
    reading = _Reading()
    number = 0
    for number, one in enumerate(document.objects(), 1):
        reading.take(one, number)
    file = Source(
        sha256=document.digest.hexdigest(),
        name="",
        size=document.size,
        kind="partner",
        reader="stix 1",
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


class _Document:
    """A bundle, read object by object: a million of them would be many times the file in memory."""

    def __init__(self, stream: BinaryIO) -> None:
        self.digest = hashlib.sha256()
        self.size = 0
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._json = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_refuse_constant)
        self._held, self._at, self._ended = "", 0, False

    def objects(self) -> Iterator[Object]:
        """Give the objects of the bundle.

        Raises:
            IntegrityError: it is no bundle.
        """
        self._expect("{")
        kind: object = None
        has_objects = False
        separator = self._peek()
        while separator != "}":
            name = self._value()
            self._expect(":")
            if name == "objects" and not has_objects:
                has_objects = True
                yield from self._array()
            elif name == "type":
                kind = self._value()
            else:
                self._value()
            separator = self._peek()
            if separator == ",":
                self._at += 1
            elif separator != "}":
                self._refuse("something stands between its members")
        self._at += 1
        if self._peek():
            self._refuse("something stands behind it")
        if kind != "bundle":
            self._refuse("it does not say that it is one")

    def _array(self) -> Iterator[Object]:
        self._expect("[")
        if self._peek() == "]":
            self._at += 1
            return
        while True:
            one = self._value()
            if not isinstance(one, dict) or not all(isinstance(one.get(name), str) for name in ("type", "id")):
                self._refuse("one of its objects has no type and id")
            yield one
            separator = self._peek()
            self._at += 1
            if separator == "]":
                return
            if separator != ",":
                self._refuse("something stands between its objects")

    def _value(self) -> Any:  # noqa: ANN401  (any JSON; the callers look)
        self._peek()
        while True:
            try:
                value, end = self._json.raw_decode(self._held, self._at)
                # What ends with the text that is there may be the beginning of a longer number.
                if end < len(self._held) or self._ended:
                    break
            except RecursionError:
                self._refuse("it is nested too deeply")
            except ValueError as fault:
                if self._ended:
                    self._refuse(text.quoted(str(fault)))
            if len(self._held) - self._at > MAX_OBJECT:
                self._refuse(f"an object of it is no JSON, or longer than {MAX_OBJECT >> 20} million characters")
            self._more()
        if "\\ud" in self._held[self._at : end].lower():
            try:
                json.dumps(value, ensure_ascii=False).encode()
            except UnicodeEncodeError:
                self._refuse("it has half a character")
        self._at = end
        return value

    def _expect(self, char: str) -> None:
        if self._peek() != char:
            self._refuse(f"'{char}' is missing")
        self._at += 1

    def _peek(self) -> str:
        """Give the next character that is no blank, without taking it; nothing at the end."""
        while True:
            while self._at < len(self._held):
                if self._held[self._at] not in " \t\r\n":
                    return self._held[self._at]
                self._at += 1
            if self._ended:
                return ""
            self._more()

    def _more(self) -> None:
        # Twice what is there: an object is decoded anew each time that more of it comes.
        block = self._stream.read(max(_BLOCK, len(self._held) - self._at))
        self.digest.update(block)
        self.size += len(block)
        if self.size > MAX_BYTES:
            self._refuse(f"it is larger than {MAX_BYTES >> 30} GiB")
        try:
            self._held = self._held[self._at :] + self._decoder.decode(block, final=not block)
        except UnicodeDecodeError:
            self._refuse("it is not UTF-8")
        self._at = 0
        self._ended = not block

    def _refuse(self, why: str) -> NoReturn:
        raise IntegrityError(f"The file is no whole STIX bundle: {why}; have it sent again.")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member twice")
    return found


def _refuse_constant(constant: str) -> float:
    raise ValueError(f"{constant} is no number of JSON")


class _Reading:
    """A bundle on its way into an extract.

    Objects may stand in any order, and what linkgraph knows of an observable stands in a note: so all wait for the end.
    """

    def __init__(self) -> None:
        self._received = Received()
        self._whole: Object = {}
        self._agency: set[str] = set()
        """Ids of what the description of the whole is about."""
        self._organisations: list[str] = []
        self._things: list[Object] = []
        self._links: list[tuple[str, tuple[str, str], dict[str, str], int]] = []
        """Of each relationship: the link's id where one is stated, objects at its ends, facts, number in the bundle."""
        self._facts: dict[str, Object] = {}
        """Of each object, what a note of linkgraph says of it."""
        self._keys: dict[str, str] = {}
        """Of objects, the entity's id where it does not follow from its value."""

    def take(self, one: Object, number: int) -> None:
        """Take an object."""
        facts = _extension(one)
        match one["type"]:
            case "relationship":
                self._link(one, number)
            case "note" if "format" in facts:
                self._describe(one, facts)
            case "note" if facts:
                for about in _texts(one.get("object_refs")):
                    self._facts[about] = facts
            case "identity" if one.get("identity_class") != "individual":
                self._organisations.append(one["id"])
            case "marking-definition":
                if one["id"] not in _ANY_MARKING:
                    self._received.unread("markings", "They are none of the Traffic Light Protocol.")
            case "extension-definition":
                if one["id"] not in {FACTS, ENTITIES}:
                    self._received.unread("extension definitions", "linkgraph does not know them.")
            case type_ if type_ in _USED:
                self._things.append(one)
            case type_:
                self._received.unread(f"objects of type '{text.quoted(type_)}'", _NOT_READ.get(type_, _NO_KIND))

    def extract(self, file: Source) -> tuple[Extract, list[Lost]]:
        """Give what was read."""
        for one in self._organisations:
            if one not in {*self._agency, _author()}:
                self._received.unread("identities that are no individuals", _NO_KIND)
        about = {name: value for name, value in self._whole.items() if isinstance(value, str)}
        about |= {name: json.dumps(self._whole[name]) for name in ("sources", "corrected") if self._whole.get(name)}
        for thing in self._things:
            if self._whole:
                self._own(thing)
            else:
                self._foreign(thing)
        for key, (source, target), found, number in self._links:
            ends = self._keys.get(source, source), self._keys.get(target, target)
            self._received.link(key, ends, found, number)
        return self._received.extract(about, file)

    def _describe(self, one: Object, facts: Object) -> None:
        if facts["format"] != FORMAT:
            raise IntegrityError("The bundle is written by another linkgraph: update this one to read it.")
        if self._whole:
            self._received.unread("descriptions of the whole", "Only the first one is read.")
            return
        self._whole = facts
        self._agency.update(_texts(one.get("object_refs")))

    def _own(self, one: Object) -> None:
        """Read an object of a bundle that linkgraph wrote: as it stands, with the note about it."""
        shown = _shown(one)
        found = dict(zip(("kind", "value", "label"), shown, strict=True)) if shown else {}
        found |= _as_text(self._facts.get(one["id"], {}))
        key = found.pop("entity_id", one["id"])
        if key != one["id"]:
            self._keys[one["id"]] = key
        self._received.entity(key, found | self._marking(one))

    def _foreign(self, one: Object) -> None:
        """Read an object of another tool; values go through what an import would make of them."""
        marking = self._marking(one)
        type_ = one["type"]
        for name in one.keys() - _READ - _USED[type_]:
            self._received.unread(f"'{text.quoted(name)}' of {type_}", "linkgraph has no place for it.")
        named = str(one.get("display_name") or one.get("name") or "")
        if type_ == "file":
            named = ""
        first = ""
        for kind, raw in _raw(one):
            value = identifiers.cleaned(kind, raw)
            if value is None:
                self._received.unread(f"values of {type_}", "An import would refuse them.")
                continue
            key = f"{one['id']} {value}" if first else one["id"]
            label = named or raw.partition(":")[2] if kind is EntityKind.ACCOUNT else named or raw
            self._received.entity(key, {"kind": kind, "value": value, "label": label} | marking)
            if first:
                grade = {"kind": LinkKind.SAME_FILE, "grade": "stated as hashes of one file"}
                self._received.link("", (first, key), grade | marking, 1)
            first = first or key
        if not first:
            self._received.unread(f"objects of type '{type_}'", "They have no value that linkgraph can read.")

    def _link(self, one: Object, number: int) -> None:
        facts = _extension(one)
        if str(facts.get("kind")) in _LINK_KINDS:
            found = _as_text(facts)
            evidence = [
                str(reference["external_id"]).replace(" ", ":", 1)
                for reference in _objects(one.get("external_references"))
                if reference.get("source_name") == _EVIDENCE and "external_id" in reference
            ]
            found |= {"evidence": " ".join(evidence)}
        else:
            found = {"kind": LinkKind.LINKED, "grade": f"stated as {one.get('relationship_type', _RELATED)}"}
            for name in one.keys() - _READ - _USED["relationship"]:
                self._received.unread(f"'{text.quoted(name)}' of relationship", "linkgraph has no place for it.")
        for name, time in (("first_seen", "start_time"), ("last_seen", "stop_time")):
            if isinstance(one.get(time), str):
                found[name] = one[time]
        ends = str(one.get("source_ref", "")), str(one.get("target_ref", ""))
        self._links.append((found.pop("link_id", ""), ends, found | self._marking(one), number))

    def _marking(self, one: Object) -> dict[str, str]:
        """Give the strictest marking of an object, those of its parts included; nothing where it has none.

        With one that is unknown it is taken for the strictest: what that one asks for cannot be known.
        """
        refs = _texts(one.get("object_marking_refs"))
        refs += [str(part["marking_ref"]) for part in _objects(one.get("granular_markings")) if "marking_ref" in part]
        markings = [_ANY_MARKING[ref] for ref in refs if ref in _ANY_MARKING]
        if len(markings) < len(refs):
            self._received.unread("markings", "They are none of the Traffic Light Protocol: taken for TLP:RED.")
            return {"marking": MARKINGS[0]}
        return {"marking": min(markings, key=MARKINGS.index)} if markings else {}


_USED = {
    "user-account": {"account_type", "user_id", "account_login", "display_name"},
    "ipv4-addr": {"value"},
    "ipv6-addr": {"value"},
    "mac-addr": {"value"},
    "domain-name": {"value"},
    "url": {"value"},
    "email-addr": {"value", "display_name"},
    "file": {"hashes"},
    "identity": {"name", "identity_class"},
    "linkgraph-entity": {"kind", "value", "extensions"},
    "relationship": {"relationship_type", "source_ref", "target_ref", "start_time", "stop_time", "granular_markings"},
}
"""Types that are read, and their properties that are."""


def _raw(one: Object) -> Iterator[tuple[EntityKind, str]]:
    """Give the kind and raw value of what an object of another tool stands for; a file can have several."""
    value = one.get("value")
    match one["type"]:
        case "user-account":
            service = one.get("account_type") or UNSTATED_SERVICE
            user = next((one[name] for name in ("account_login", "user_id", "display_name") if one.get(name)), None)
            if isinstance(service, str) and isinstance(user, str) and ":" not in service:
                yield EntityKind.ACCOUNT, f"{service}:{user}"
        case "file":
            hashes = one.get("hashes")
            for name, digest in sorted(hashes.items()) if isinstance(hashes, dict) else ():
                algorithm = {known.lower(): key for key, known in _HASHES.items()}.get(name.lower())
                # What has no algorithm of ours is refused by the cleaner.
                yield EntityKind.FILE_HASH, f"{algorithm or name}:{digest}"
        case "identity":
            yield EntityKind.PERSON, str(one.get("name", ""))
        case "mac-addr":
            yield EntityKind.DEVICE, f"mac:{value}"
        case "linkgraph-entity":
            if str(one.get("kind")) in _ENTITY_KINDS:
                yield EntityKind(one["kind"]), str(value)
        case type_:
            yield _BY_VALUE[type_], str(value)


def _author() -> str:
    return _id("identity", "linkgraph")


def _extension(one: Object) -> Object:
    """Give our facts of an object, without what the standard adds; empty where it has none."""
    extensions = one.get("extensions")
    facts = extensions.get(FACTS) if isinstance(extensions, dict) else None
    return {name: value for name, value in facts.items() if name != "extension_type"} if isinstance(facts, dict) else {}


def _as_text(facts: Object) -> dict[str, str]:
    """Give facts as :class:`Received` takes them."""
    found = {}
    for name, value in facts.items():
        if name == "amounts":
            sums = {str(one.get("currency")): one.get("sum") for one in _objects(value)}
            found[name] = json.dumps(sums if len(sums) == len(_list(value)) else None)
        else:
            found[name] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return found


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: object) -> list[Object]:
    return [one for one in _list(value) if isinstance(one, dict)]


def _texts(value: object) -> list[str]:
    return [one for one in _list(value) if isinstance(one, str)]
