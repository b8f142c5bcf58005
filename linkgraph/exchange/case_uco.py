"""CASE/UCO, the ontology of digital evidence: the graph as JSON-LD with its provenance, written and read.

Source: CASE and UCO 1.4, 1.5 (caseontology.org, unifiedcyberontology.org), JSON-LD 1.1 (W3C, 2020). A ``Bundle`` holds:

==============  ==============================================================================================
evidence files  ``File`` with its SHA-256, and a ``ProvenanceRecord`` with an exhibit number: the first 12 digits of
                the SHA-256
imports         ``InvestigativeAction``: the exhibit is its object, the reader its instrument, who imported its
                performer, and its results are records of the links that rest on the file
Account         ``ApplicationAccount`` with the ``Application`` it is of
IPAddress       ``IPv4Address``, ``IPv6Address``
PaymentAccount  ``Account``, its scheme as tag; ``PaymentCard``
FileHash        ``ContentData`` with one hash; PDQ is not in the ontology's list of methods
Email, Phone    ``EmailAddress``, ``PhoneAccount``
Resource        ``URL`` where it has a scheme or a host
Device          ``MobileDevice`` with its IMEI; ``Device``
Person          ``Person``
all others      ``ObservableObject``
links           ``ObservableRelationship``, and ``Relationship`` where an end is a person
roles           ``Relationship`` of kind Has_Role to a ``Victim``, ``Subject``, ``NeutralRole``, ``BenevolentRole``
markings        ``MarkingDefinition`` with the statement ``TLP:AMBER``
==============  ==============================================================================================

What the ontology has no term for stands in words as description, and exactly in facets of the namespace
``urn:linkgraph:terms:``. A country is such a fact: a ``Location`` would say that something is there. Ids are UUIDs of
version 5 of agency, case and our ids: two agencies make two statements about the same thing, which meet by
``urn:linkgraph:terms:id``.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, BinaryIO

import numpy as np
import pyarrow.compute as pc

from linkgraph import __version__
from linkgraph.errors import IntegrityError
from linkgraph.exchange import evidence_files, in_words, records
from linkgraph.exchange.deconflict import identifiers
from linkgraph.exchange.extract import Extract
from linkgraph.exchange.json_ld import Context, Node
from linkgraph.exchange.received import EPOCH, Received
from linkgraph.exchange.report import Lost
from linkgraph.ingest.cells import UNSTATED_SERVICE
from linkgraph.ingest.values import text
from linkgraph.model import MARKINGS, EntityKind, LinkKind, Role, Source

FORMAT = "linkgraph 1"
"""What the bundle's ``format`` says where linkgraph wrote it."""
TERMS = "urn:linkgraph:terms:"
"""Namespace of what the ontology has no term for."""

_UCO = "https://ontology.unifiedcyberontology.org/uco/"
_CONTEXT = {
    "kb": "urn:linkgraph:kb:",
    "linkgraph": TERMS,
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    **{f"uco-{name}": f"{_UCO}{name}/" for name in ("action", "core", "identity", "marking", "observable", "role")},
    **{f"uco-{name}": f"{_UCO}{name}/" for name in ("tool", "types", "victim")},
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_NAMESPACE = uuid.UUID("4f0c7b1a-8a5e-4f39-b6d2-0c93e1a7d548")
_EXHIBIT_DIGITS = 12
_LINKS_OF_A_RECORD = 10_000
_HASHES = {"md5": "MD5", "sha1": "SHA1", "sha256": "SHA256", "sha512": "SHA512"}
"""As the ontology's list of methods (``HashNameVocab``) writes them."""
_ROLES = {
    Role.VICTIM: "uco-victim:Victim",
    Role.SUSPECT: "case-investigation:Subject",
    Role.WITNESS: "uco-role:NeutralRole",
    Role.POLICE_COVER: "uco-role:BenevolentRole",
}
_HAS_ROLE = "Has_Role"
_ADDRESS = {4: "IPv4Address", 6: "IPv6Address"}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_PHONE = re.compile(r"\+[0-9]{3,15}")
_IMEI = re.compile(r"imei:([0-9]{14,16})")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+|(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*(?:[/:]\S*)?")

Object = dict[str, Any]


# -- writing -------------------------------------------------------------------------------------


def write(stream: BinaryIO, extract: Extract) -> list[Lost]:
    """Write an extract as one bundle, one object a line."""
    writing = _Writing(extract)
    head = json.dumps({"@context": _CONTEXT, **writing.bundle(), "uco-core:object": []}, **_PLAIN)
    stream.write(head.removesuffix("]}").encode() + b"\n")
    separator = b""
    for node in writing.objects():
        stream.write(separator + json.dumps(node, **_PLAIN).encode())
        separator = b",\n"
    stream.write(b"\n]}\n")
    return [Lost(what, writing.lost[what], why) for what, why in _WHY.items()]


_PLAIN: dict[str, Any] = {"ensure_ascii": False, "allow_nan": False, "separators": (",", ":")}
_WHY = {
    "entities without a class": "They have no value that a class of the ontology is for: they are ObservableObject.",
    "PDQ hashes": "The ontology does not name the method: they are ObservableObject.",
    "facts of entities": "Countries with their basis, times and attributes are descriptions in words, and exact in a "
    "facet of linkgraph.",
    "kinds of links": "The ontology names no such relationships: the words are ours.",
    "counts, weights, grades, amounts and rows of links": "They are descriptions in words, and exact in a facet of "
    "linkgraph.",
    "facts of evidence files": "All but name, size, SHA-256, reader, importer and time stand only in a facet of "
    "linkgraph.",
}
"""What the ontology has no place for, and what there is instead."""


class _Writing:
    """An extract on its way into a bundle."""

    def __init__(self, extract: Extract) -> None:
        self.lost: Counter[str] = Counter()
        self._extract = extract
        self._scope = f"{extract.agency}\x1f{extract.case}"
        self._services: dict[str, str] = {}
        people = extract.entities.filter(pc.equal(extract.entities["kind"], EntityKind.PERSON))
        self._people = frozenset(people["id"].to_pylist())

    def bundle(self) -> Object:
        """Give the bundle without its objects."""
        extract = self._extract
        made = {"uco-core:createdBy": _ref(self._iri("organization", extract.agency))} if extract.agency else {}
        return {
            "@id": self._iri("bundle"),
            "@type": "uco-core:Bundle",
            "uco-core:name": extract.case,
            **made,
            **self._marked(extract.marking),
            "linkgraph:format": FORMAT,
        }

    def objects(self) -> Iterator[Object]:
        """Give the objects of the bundle: what others refer to first."""
        yield from self._markings()
        if self._extract.agency:
            yield self._named("organization", "uco-identity:Organization", self._extract.agency)
        yield from self._evidence_files()
        yield from self._roles()
        attributes = records.attributes(self._extract)
        for entity in records.entities(self._extract):
            yield from self._entity(entity, attributes.get(entity["id"], []))
        for link in records.links(self._extract):
            yield self._link(link)
        yield from self._results()

    # -- the whole -------------------------------------------------------------------------------

    def _markings(self) -> Iterator[Object]:
        extract = self._extract
        used = {extract.marking, *(one.marking for one in extract.sources)}
        for table in (extract.entities, extract.links):
            used.update(table["marking"].unique().to_pylist())
        for marking in sorted(used):
            statement = {
                "@id": self._iri("statement", marking),
                "@type": "uco-marking:StatementMarking",
                "uco-marking:definitionType": "statement",
                "uco-marking:statement": marking,
            }
            yield self._named("marking", "uco-marking:MarkingDefinition", marking) | {
                "uco-marking:definitionType": "statement",
                "uco-marking:definition": [statement],
            }

    def _evidence_files(self) -> Iterator[Object]:
        extract = self._extract
        tools = sorted({one.reader for one in extract.sources})
        for reader in tools:
            name, _, version = reader.rpartition(" ")
            described = {"uco-core:name": f"linkgraph, reader {name or reader}", "uco-tool:toolType": "reader"}
            yield {"@id": self._iri("tool", reader), "@type": "uco-tool:Tool", **described} | (
                {"uco-tool:version": version} if name else {}
            )
        yield {
            "@id": self._iri("tool"),
            "@type": "uco-tool:Tool",
            "uco-core:name": "linkgraph",
            "uco-tool:toolType": "link analysis",
            "uco-tool:version": __version__,
        }
        for who in sorted({one.imported_by for one in extract.sources if one.imported_by}):
            yield self._named("identity", "uco-identity:Identity", who)
        for position in range(len(extract.sources)):
            self.lost["facts of evidence files"] += 1
            yield from self._evidence_file(position)
        yield {
            "@id": self._iri("investigation"),
            "@type": "case-investigation:Investigation",
            "uco-core:name": extract.case,
            "uco-core:object": [_ref(self._iri("provenance-record", one.sha256)) for one in extract.sources],
        }
        yield {
            "@id": self._iri("export"),
            "@type": "case-investigation:InvestigativeAction",
            "uco-core:name": "export",
            "uco-action:instrument": _ref(self._iri("tool")),
            "uco-action:object": [_ref(self._iri("provenance-record", one.sha256)) for one in extract.sources],
        }

    def _evidence_file(self, position: int) -> Iterator[Object]:
        extract = self._extract
        source = extract.sources[position]
        facts = evidence_files.facts(source)
        file, record = self._iri("file", source.sha256), self._iri("provenance-record", source.sha256)
        marked = self._marked(source.marking)
        own = {name: facts[name] for name in _SOURCE_FACTS if name in facts}
        corrected = [
            {"linkgraph:corrections": text[:64], "linkgraph:rows": text[65:]}
            for text in extract.corrected.get(source.sha256, ())
        ]
        yield {
            "@id": file,
            "@type": "uco-observable:File",
            **marked,
            **self._facets(
                source.sha256,
                {"@type": "uco-observable:FileFacet", "uco-observable:sizeInBytes": source.size}
                | ({"uco-observable:fileName": source.name} if source.name else {}),
                {
                    "@type": "uco-observable:ContentDataFacet",
                    "uco-observable:sizeInBytes": source.size,
                    "uco-observable:hash": [self._hash("sha256", source.sha256)],
                },
                {"@type": ["uco-core:Facet", "linkgraph:EvidenceFileFacet"]}
                | {f"linkgraph:{name}": value for name, value in own.items()}
                | ({"linkgraph:corrected": corrected} if corrected else {}),
            ),
        }
        exhibit = source.sha256[:_EXHIBIT_DIGITS]
        yield {
            "@id": record,
            "@type": "case-investigation:ProvenanceRecord",
            **marked,
            "case-investigation:exhibitNumber": exhibit,
            "uco-core:object": _ref(file),
        }
        rests = self._resting(position)
        results = [self._iri("result", source.sha256, str(at)) for at in range(_parts(len(rests)))]
        performer = {"uco-action:performer": _ref(self._iri("identity", source.imported_by))}
        yield {
            "@id": self._iri("import", source.sha256),
            "@type": "case-investigation:InvestigativeAction",
            "uco-core:name": "import",
            "uco-action:instrument": _ref(self._iri("tool", source.reader)),
            **(performer if source.imported_by else {}),
            "uco-action:endTime": _time(str(facts["imported_at"])),
            "uco-action:object": _ref(record),
            "uco-action:result": [_ref(one) for one in results],
        }

    def _results(self) -> Iterator[Object]:
        """Give which links rest on which evidence file, in records of a size that tools can hold."""
        ids = self._extract.links["id"]
        for position, source in enumerate(self._extract.sources):
            rests = self._resting(position)
            exhibit = source.sha256[:_EXHIBIT_DIGITS]
            for at in range(_parts(len(rests))):
                some = ids.take(rests[at * _LINKS_OF_A_RECORD : (at + 1) * _LINKS_OF_A_RECORD]).to_pylist()
                yield {
                    "@id": self._iri("result", source.sha256, str(at)),
                    "@type": "case-investigation:ProvenanceRecord",
                    "uco-core:name": "links that rest on this file",
                    **self._marked(source.marking),
                    "case-investigation:exhibitNumber": f"{exhibit}-{at + 1}",
                    "case-investigation:rootExhibitNumber": exhibit,
                    "uco-core:object": [_ref(self._iri("link", one)) for one in some],
                }

    def _resting(self, position: int) -> np.ndarray:
        """Give the positions of the links that rest on an evidence file."""
        evidence = self._extract.links["evidence"].combine_chunks()
        parents = pc.list_parent_indices(evidence)
        named = pc.starts_with(pc.list_flatten(evidence), self._extract.sources[position].sha256)
        return np.unique(parents.filter(named).to_numpy())

    def _roles(self) -> Iterator[Object]:
        entities = self._extract.entities
        with_role = entities.filter(pc.is_valid(entities["role"]))
        for role in sorted(with_role["role"].unique().to_pylist()):
            yield self._named("role", _ROLES[Role(role)], role)
        for entity, role in zip(with_role["id"].to_pylist(), with_role["role"].to_pylist(), strict=True):
            yield {
                "@id": self._iri("has-role", entity),
                "@type": "uco-core:Relationship",
                "uco-core:source": _ref(self._iri("entity", entity)),
                "uco-core:target": _ref(self._iri("role", role)),
                "uco-core:kindOfRelationship": _HAS_ROLE,
                "uco-core:isDirectional": True,
            }

    # -- entities and links ----------------------------------------------------------------------

    def _entity(self, entity: records.Record, said: Sequence[Any]) -> Iterator[Object]:
        kind, value = EntityKind(entity["kind"]), entity["value"]
        type_, facets = self._native(kind, value, entity["label"])
        if type_ == _GENERIC:
            self.lost["PDQ hashes" if value.startswith("pdq:") else "entities without a class"] += 1
        service = value.partition(":")[0]
        if type_ == "uco-observable:ApplicationAccount" and service != UNSTATED_SERVICE:
            application = self._iri("application", service)
            if service not in self._services:
                self._services[service] = application
                yield self._named("application", "uco-observable:Application", service)
            issued = {
                "@type": "uco-observable:ApplicationAccountFacet",
                "uco-observable:application": _ref(application),
            }
            facets = [*facets, issued]
        own = {"linkgraph:id": entity["id"], "linkgraph:kind": kind, "linkgraph:value": value}
        known = {f"linkgraph:{name}": entity[name] for name in _ENTITY_FACTS if entity[name] is not None}
        known |= {f"linkgraph:{name}": _time(entity[name]) for name in _SEEN if entity[name] is not None}
        statements = [
            {f"linkgraph:{name}": fact for name in _SAID_FACTS if (fact := getattr(one, name)) is not None}
            for one in said
        ]
        if known or said:
            self.lost["facts of entities"] += 1
        words = in_words.entity(entity, said)
        yield {
            "@id": self._iri("entity", entity["id"]),
            "@type": type_,
            "uco-core:name": entity["label"],
            **({"uco-core:description": words} if words else {}),
            **({"uco-core:tag": [service]} if kind is EntityKind.PAYMENT_ACCOUNT and ":" in value else {}),
            **self._marked(entity["marking"]),
            **self._facets(
                entity["id"],
                *facets,
                {"@type": ["uco-core:Facet", "linkgraph:EntityFacet"], **own, **known}
                | ({"linkgraph:said": statements} if statements else {}),
            ),
        }

    def _link(self, link: records.Record) -> Object:
        self.lost["kinds of links"] += 1
        self.lost["counts, weights, grades, amounts and rows of links"] += 1
        of_person = link["source"] in self._people or link["target"] in self._people
        node = {
            "@id": self._iri("link", link["id"]),
            "@type": "uco-core:Relationship" if of_person else "uco-observable:ObservableRelationship",
            "uco-core:source": _ref(self._iri("entity", link["source"])),
            "uco-core:target": _ref(self._iri("entity", link["target"])),
            "uco-core:kindOfRelationship": link["kind"],
            "uco-core:isDirectional": True,
            "uco-core:description": in_words.link(link),
            **self._marked(link["marking"]),
        }
        for name, term in (("first_seen", "startTime"), ("last_seen", "endTime")):
            if link[name] is not None:
                node[f"uco-core:{term}"] = _time(link[name])
        own: Object = {"@type": ["uco-core:Facet", "linkgraph:LinkFacet"], "linkgraph:id": link["id"]}
        own["linkgraph:count"] = link["count"]
        if link["weight"] is not None:
            own["linkgraph:weight"] = {"@type": "xsd:double", "@value": repr(link["weight"])}
        if link["grade"] is not None:
            own["linkgraph:grade"] = link["grade"]
        if link["amounts"]:
            sums = sorted(link["amounts"].items())
            own["linkgraph:amounts"] = [{"linkgraph:currency": one, "linkgraph:sum": text} for one, text in sums]
        if link["evidence"]:
            own["linkgraph:evidence"] = [
                {
                    "linkgraph:provenanceRecord": _ref(self._iri("provenance-record", text[:64])),
                    "linkgraph:sha256": text[:64],
                    "linkgraph:rows": text[65:],
                }
                for text in link["evidence"]
            ]
        return node | self._facets(link["id"], own)

    def _native(self, kind: EntityKind, value: str, label: str) -> tuple[str, list[Object]]:
        """Give class and facets of an entity; what is masked has another value than its kind is for, and no class."""
        scheme, colon, rest = value.partition(":")
        match kind:
            case EntityKind.ACCOUNT if colon:
                return "uco-observable:ApplicationAccount", [
                    {"@type": "uco-observable:AccountFacet", "uco-observable:accountIdentifier": rest},
                    {"@type": "uco-observable:DigitalAccountFacet", "uco-observable:displayName": label},
                ]
            case EntityKind.IP_ADDRESS if address := _address(value):
                return f"uco-observable:{address}", [_facet(address, "addressValue", value)]
            case EntityKind.PAYMENT_ACCOUNT if colon:
                type_ = "PaymentCard" if scheme == "card" else "Account"
                return f"uco-observable:{type_}", [_facet("Account", "accountIdentifier", rest)]
            case EntityKind.FILE_HASH if scheme in _HASHES:
                content = {
                    "@type": "uco-observable:ContentDataFacet",
                    "uco-observable:hash": [self._hash(scheme, rest)],
                }
                return "uco-observable:ContentData", [content]
            case EntityKind.EMAIL if _EMAIL.fullmatch(value):
                return "uco-observable:EmailAddress", [_facet("EmailAddress", "addressValue", value)]
            case EntityKind.PHONE if _PHONE.fullmatch(value):
                return "uco-observable:PhoneAccount", [_facet("PhoneAccount", "phoneNumber", value)]
            case EntityKind.RESOURCE if _URL.fullmatch(value):
                return "uco-observable:URL", [_facet("URL", "fullValue", value)]
            case EntityKind.DEVICE if imei := _IMEI.fullmatch(value):
                return "uco-observable:MobileDevice", [_facet("MobileDevice", "IMEI", imei[1])]
            case EntityKind.DEVICE if scheme in {"mac", "device"}:
                return "uco-observable:Device", []
            case EntityKind.PERSON:
                return "uco-identity:Person", []
        return _GENERIC, []

    def _hash(self, algorithm: str, digits: str) -> Object:
        return {
            "@id": self._iri("hash", algorithm, digits),
            "@type": "uco-types:Hash",
            "uco-types:hashMethod": _HASHES[algorithm],
            "uco-types:hashValue": {"@type": "xsd:hexBinary", "@value": digits},
        }

    def _facets(self, owner: str, *facets: Object) -> Object:
        """Give the facets of an object of ours; the ontology wants each of them to have a name."""
        named = [{"@id": self._iri("facet", owner, str(one["@type"])), **one} for one in facets]
        return {"uco-core:hasFacet": named}

    def _named(self, kind: str, type_: str, name: str) -> Object:
        return {"@id": self._iri(kind, name), "@type": type_, "uco-core:name": name}

    def _marked(self, marking: str) -> Object:
        return {"uco-core:objectMarking": _ref(self._iri("marking", marking))}

    def _iri(self, kind: str, *parts: str) -> str:
        return f"kb:{kind}-{uuid.uuid5(_NAMESPACE, chr(0x1F).join((self._scope, kind, *parts)))}"


_GENERIC = "uco-observable:ObservableObject"
_SOURCE_FACTS = ("kind", "reader", "timezone", "complete", "read", "stored", "duplicates", "quarantined")
_ENTITY_FACTS = ("country", "country_basis")
_SEEN = ("first_seen", "last_seen")
_SAID_FACTS = ("name", "value", "basis", "origin", "row")


def _ref(iri: str) -> Object:
    return {"@id": iri}


def _time(text: str) -> Object:
    return {"@type": "xsd:dateTime", "@value": text}


def _parts(links: int) -> int:
    return -(-links // _LINKS_OF_A_RECORD)


def _facet(of: str, term: str, value: str) -> Object:
    return {"@type": f"uco-observable:{of}Facet", f"uco-observable:{term}": value}


def _address(value: str) -> str | None:
    try:
        return _ADDRESS[ipaddress.ip_address(value).version]
    except ValueError:
        return None


# -- reading -------------------------------------------------------------------------------------

MAX_BYTES = 4 << 30
"""Of a bundle that linkgraph wrote, one object a line."""
MAX_WHOLE = 256 << 20
"""Of any other file: all of it is in memory at once."""
MAX_LINE = 64 << 20

_NAMES = re.compile(
    r"https?://(?:ontology\.)?(?:unifiedcyberontology|caseontology)\.org/(?:ontology/)?(?:uco|case)/([a-z]+)[/#]([A-Za-z0-9]+)"
)
"""Of the ontology since version 1.0, and before it."""
_TLP = re.compile(r"TLP:(?:RED|AMBER\+STRICT|AMBER|GREEN|CLEAR|WHITE)")
_RELATIONSHIPS = {"core:Relationship", "observable:ObservableRelationship"}
_LINK_KINDS = frozenset(LinkKind)
_ROLE_NAMES = frozenset(Role)
_MOST_ENDS = 100
"""Pairs of ends that one relationship may connect."""
_MOST_FILES = 1_000
"""Evidence files that one link may rest on."""
_NO_PLACE = "linkgraph has no place for it."
_NO_KIND = "linkgraph has no kind for them."
_BY_FACET: dict[str, tuple[EntityKind, str]] = {
    "observable:PhoneAccountFacet": (EntityKind.PHONE, "observable:phoneNumber"),
    "observable:IPv4AddressFacet": (EntityKind.IP_ADDRESS, "observable:addressValue"),
    "observable:IPv6AddressFacet": (EntityKind.IP_ADDRESS, "observable:addressValue"),
    "observable:IPAddressFacet": (EntityKind.IP_ADDRESS, "observable:addressValue"),
    "observable:EmailAddressFacet": (EntityKind.EMAIL, "observable:addressValue"),
    "observable:URLFacet": (EntityKind.RESOURCE, "observable:fullValue"),
    "observable:DomainNameFacet": (EntityKind.RESOURCE, "observable:value"),
    "observable:MobileDeviceFacet": (EntityKind.DEVICE, "observable:IMEI"),
    "observable:MACAddressFacet": (EntityKind.DEVICE, "observable:addressValue"),
    "observable:ContentDataFacet": (EntityKind.FILE_HASH, "observable:hash"),
    "observable:ApplicationAccountFacet": (EntityKind.ACCOUNT, ""),
    "observable:DigitalAccountFacet": (EntityKind.ACCOUNT, ""),
    "observable:AccountFacet": (EntityKind.ACCOUNT, ""),
}
"""What an object of another tool is, by the first of these facets that it has, and where its value stands."""
_BEFORE = {"imei": "observable:MobileDeviceFacet", "mac": "observable:MACAddressFacet"}
_USED = frozenset({"core:name", "core:hasFacet", "core:objectMarking"})
_USED_OF_LINKS = frozenset(
    {
        *_USED,
        *(
            f"core:{name}"
            for name in ("source", "target", "kindOfRelationship", "isDirectional", "startTime", "endTime")
        ),
    }
)


def read(stream: BinaryIO) -> tuple[Extract, list[Lost]]:
    """Read a graph for a partner layer, and say what in the file could not be mapped.

    What :func:`write` wrote comes back as it was, also where a tool of RDF has written it again as JSON-LD. Of other
    files objects are entities by their facets, and relationships between them are links ``LINKED``, with the
    relationship in the grade. A row of the file is an object: the evidence of a link is its number.

    Raises:
        IntegrityError: it is no JSON-LD, not whole, or beyond the limits.
        UsageError: the meaning of its words is on a network.
    """
    file = _File(stream)
    reading = _Reading(file.described)
    number = 0
    for number, node in enumerate(file.nodes(), 1):
        reading.take(node, number)
    return reading.extract(
        Source(
            sha256=file.digest.hexdigest(),
            name="",
            size=file.size,
            kind="partner",
            reader="case-uco 1",
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
    )


class _File:
    """A file on its way into nodes."""

    def __init__(self, stream: BinaryIO) -> None:
        self.digest = hashlib.sha256()
        self.size = 0
        self.described: dict[str, Node] = {}
        """Nodes by their names, of a file that is held whole."""
        self._stream = stream

    def nodes(self) -> Iterator[Node]:
        """Give its nodes: those that others need come first.

        Raises:
            IntegrityError: it cannot be read.
            UsageError: its context is on a network.
        """
        first = self._line()
        if first.endswith(_OPENING):
            yield from self._lines(first)
        else:
            yield from sorted(self._whole(first), key=_rank)

    def _lines(self, first: bytes) -> Iterator[Node]:
        """Read a bundle as linkgraph writes it, without holding all of it."""
        head = _json(first + b"]}")
        context = Context(head.pop("@context", None), _called)
        yield context.node(head)
        line = self._line()
        while line != b"]}\n":
            if not line:
                raise IntegrityError("The CASE file ends in the middle; have it sent again.")
            if line.strip():
                yield context.node(_json(line.rstrip(b",\n")))
            line = self._line()
        if self._line():
            raise IntegrityError("The CASE file goes on behind its end; have it sent again.")

    def _line(self) -> bytes:
        return self._counted(self._stream.readline(MAX_LINE), MAX_BYTES)

    def _whole(self, first: bytes) -> list[Node]:
        pieces = [first]
        while pieces[-1]:
            pieces.append(self._counted(self._stream.read(1 << 20), MAX_WHOLE))
        found, nameless = self.described, []
        document = _json(b"".join(pieces), of_many=True)
        for one in document if isinstance(document, list) else [document]:
            if not isinstance(one, dict):
                raise IntegrityError("The CASE file has something that is no object where one should stand.")
            for top in Context(one.get("@context"), _called).nodes(one):
                for node in top.walk():
                    if not node.id:
                        nameless.append(node)
                    elif node.id not in found:
                        # A copy: what is said of a thing elsewhere is added to it.
                        found[node.id] = Node(node.id, list(node.types), dict(node.facts))
                    else:
                        _add(found[node.id], node)
        return [*(node for node in found.values() if not node.is_reference), *nameless]

    def _counted(self, block: bytes, most: int) -> bytes:
        self.digest.update(block)
        self.size += len(block)
        if self.size > most:
            raise IntegrityError(f"The CASE file is larger than {most >> 20:,} MiB and is not read.")
        return block


class _Reading:
    """A graph on its way into an extract."""

    def __init__(self, described: dict[str, Node]) -> None:
        self._received = Received()
        self._nodes = described
        """What others refer to, by its name; of a file that linkgraph wrote not the entities and links."""
        self._bundle: Node | None = None
        self._files: list[Node] = []
        self._actions: list[Node] = []
        self._keys: dict[str, str] = {}
        """Of entities that linkgraph wrote: our id."""
        self._roles: dict[str, str] = {}
        self._markings: dict[str, str] = {}
        """By the name of their definition, which is read before what it is of."""
        self._links: list[tuple[Node, int]] = []

    def take(self, node: Node, number: int) -> None:
        """Take a node."""
        types = set(node.types)
        if types & _RELATIONSHIPS:
            if node.text("core:kindOfRelationship") == _HAS_ROLE and self._role(node):
                return
            self._link(node, number)
            return
        if self._entity(node):
            return
        if node.id:
            self._nodes[node.id] = node
        if "core:Bundle" in types:
            self._describe(node)
        elif self._facet(node, f"{TERMS}EvidenceFileFacet"):
            self._files.append(node)
        elif "investigation:InvestigativeAction" in types:
            self._actions.append(node)
        elif self._bundle is None:
            self._foreign(node)

    def extract(self, file: Source) -> tuple[Extract, list[Lost]]:
        """Give what was read."""
        about: dict[str, str] = {}
        if self._bundle is not None:
            agency = self._bundle.nodes("core:createdBy")
            about = {
                "case": self._bundle.text("core:name"),
                "agency": self._resolved(agency[0]).text("core:name") if agency else "",
                **self._marking(self._bundle),
            }
            if self._files:
                about |= self._evidence_files()
        return self._received.extract(about, file)

    # -- what linkgraph wrote --------------------------------------------------------------------

    def _describe(self, node: Node) -> None:
        form = node.text(f"{TERMS}format")
        if form and form != FORMAT:
            raise IntegrityError("The CASE file is written by another linkgraph: update this one to read it.")
        if form and self._bundle is None:
            self._bundle = node

    def _role(self, node: Node) -> bool:
        for source in node.nodes("core:source")[:_MOST_ENDS]:
            for target in node.nodes("core:target")[:_MOST_ENDS]:
                role = self._resolved(target).text("core:name")
                if role in _ROLE_NAMES:
                    self._roles[source.id] = role
                    return True
        return False

    def _entity(self, node: Node) -> bool:
        own = self._facet(node, f"{TERMS}EntityFacet")
        if own is None:
            return False
        facts = {name: own.text(TERMS + name) for name in ("kind", "value", *_ENTITY_FACTS, *_SEEN)}
        said = [self._statement(self._resolved(one)) for one in own.nodes(f"{TERMS}said")]
        facts |= {"label": node.text("core:name"), "role": self._roles.get(node.id, "")} | self._marking(node)
        if said:
            facts["said"] = json.dumps(said, ensure_ascii=False)
        key = own.text(f"{TERMS}id") or node.id
        self._keys[node.id] = key
        self._received.entity(key, _known(facts))
        return True

    @staticmethod
    def _statement(one: Node) -> list[object]:
        *texts, row = (one.text(TERMS + name) for name in _SAID_FACTS)
        return [*texts, (int(row) if _NUMBER.fullmatch(row) else row) if row else None]

    def _link(self, node: Node, number: int) -> None:
        own = self._facet(node, f"{TERMS}LinkFacet")
        kind = node.text("core:kindOfRelationship")
        facts: dict[str, str] = self._marking(node)
        key = ""
        if own is not None:
            key = own.text(f"{TERMS}id")
            facts |= {"kind": kind} | {name: own.text(TERMS + name) for name in ("count", "weight", "grade")}
            facts |= self._sums(own.nodes(f"{TERMS}amounts"))
            given = own.nodes(f"{TERMS}evidence")
            if len(given) > _MOST_FILES:
                self._received.unread("evidence of links", "It is of more files than a case has.", len(given))
            rows = (self._resolved(one) for one in given[:_MOST_FILES])
            facts["evidence"] = " ".join(f"{one.text(f'{TERMS}sha256')}:{one.text(f'{TERMS}rows')}" for one in rows)
        else:
            facts |= {"kind": LinkKind.LINKED, "grade": f"stated as {text.quoted(kind)}" if kind else ""}
            self._others("relationships", node, _USED_OF_LINKS)
        facts |= {"first_seen": node.text("core:startTime"), "last_seen": node.text("core:endTime")}
        ends = [
            (self._keys.get(source.id, source.id), self._keys.get(target.id, target.id))
            for source in node.nodes("core:source")[: _MOST_ENDS + 1]
            for target in node.nodes("core:target")[: _MOST_ENDS + 1]
        ]
        if not 0 < len(ends) <= _MOST_ENDS:
            self._received.unread("relationships", "They connect nothing, or too many.")
            return
        directed = node.text("core:isDirectional") != "false"
        for pair in ends:
            self._received.link(key if len(ends) == 1 else "", pair, _known(facts), number, directed=directed)

    def _sums(self, given: list[Node]) -> dict[str, str]:
        if not given:
            return {}
        pairs = [(one.text(f"{TERMS}currency"), one.text(f"{TERMS}sum")) for one in map(self._resolved, given)]
        return {"amounts": json.dumps(dict(pairs) if len(dict(pairs)) == len(pairs) else None)}

    def _evidence_files(self) -> dict[str, str]:
        """Give what is said of the evidence files, as :class:`Received` takes it."""
        imports = {}
        for action in self._actions:
            for record in map(self._resolved, action.nodes("action:object")):
                for file in record.nodes("core:object"):
                    if when := action.text("action:endTime"):
                        who = [self._resolved(one).text("core:name") for one in action.nodes("action:performer")]
                        imports[file.id] = {"imported_at": when, "imported_by": who[0] if who else ""}
        sources, corrected = [], {}
        for node in self._files:
            own = self._facet(node, f"{TERMS}EvidenceFileFacet") or node
            file = self._facet(node, "observable:FileFacet") or node
            digests = [digits for _, digits in self._hashes(node)]
            sha256 = digests[0] if digests else ""
            found: dict[str, Any] = {name: _typed(value) for name in _SOURCE_FACTS if (value := own.text(TERMS + name))}
            found |= {name: own.text(TERMS + name) for name in ("kind", "reader")}
            found |= {"sha256": sha256, "name": file.text("observable:fileName")} | self._marking(node)
            found |= {"size": _typed(file.text("observable:sizeInBytes"))} | imports.get(node.id, {})
            sources.append(found)
            rows = [self._resolved(one) for one in own.nodes(f"{TERMS}corrected")]
            if rows:
                texts = sorted(f"{one.text(f'{TERMS}corrections')} {one.text(f'{TERMS}rows')}" for one in rows)
                corrected[sha256] = texts
        return {"sources": json.dumps(sources), "corrected": json.dumps(corrected) if corrected else ""}

    # -- what another tool wrote -----------------------------------------------------------------

    def _foreign(self, node: Node) -> None:
        """Read an object of another tool; values go through what an import would make of them."""
        named = node.text("core:name")
        facets = self._facets(node)
        found = list(self._raw(node, facets))
        if not found:
            if node.types and not _within(node):
                self._received.unread(f"'{_local(node.types[0])}' objects", _NO_KIND)
            return
        used = {one for kind, _ in found for one, (of, _) in _BY_FACET.items() if of is kind}
        for name in facets.keys() - used:
            self._received.unread(f"'{_local(name)}'", _NO_PLACE)
        self._others("objects", node, _USED)
        first = ""
        for kind, raw in found:
            value = identifiers.cleaned(kind, raw)
            if value is None:
                self._received.unread(
                    f"values of '{_local(node.types[0] if node.types else kind)}'", "They are refused."
                )
                continue
            shown = "" if kind is EntityKind.FILE_HASH else named
            label = shown or (raw.partition(":")[2] if kind is EntityKind.ACCOUNT else raw)
            key = f"{node.id} {value}" if first else node.id
            self._received.entity(key, {"kind": kind, "value": value, "label": label} | self._marking(node))
            if first:
                grade = {"kind": LinkKind.SAME_FILE, "grade": "stated as hashes of one file"}
                self._received.link("", (first, key), grade | self._marking(node), 1)
            first = first or key

    def _raw(self, node: Node, facets: dict[str, Node]) -> Iterator[tuple[EntityKind, str]]:
        """Give kind and raw value of what an object stands for; a file can have several."""
        if "identity:Person" in node.types:
            name = self._facet(node, "identity:SimpleNameFacet")
            parts = [*name.texts("identity:givenName"), *name.texts("identity:familyName")] if name else []
            yield EntityKind.PERSON, node.text("core:name") or " ".join(parts)
            return
        facet = next((one for one in _BY_FACET if one in facets), None)
        if facet is None:
            return
        kind, term = _BY_FACET[facet]
        match kind:
            case EntityKind.FILE_HASH:
                for method, digits in self._hashes(node):
                    yield kind, f"{method}:{digits}"
            case EntityKind.ACCOUNT:
                user = [self._of_any(facets, f"observable:{one}") for one in ("accountIdentifier", "accountLogin")]
                issuer = self._issuer(facets)
                if any(user) and ":" not in issuer:
                    yield kind, f"{issuer}:{user[0] or user[1]}"
            case EntityKind.DEVICE:
                scheme = next(name for name, of in _BEFORE.items() if of == facet)
                for value in facets[facet].texts(term)[:1]:
                    yield kind, f"{scheme}:{value}"
            case _:
                for value in facets[facet].texts(term)[:1]:
                    yield kind, value

    def _issuer(self, facets: dict[str, Node]) -> str:
        """Give the name of the service that an account is of."""
        for facet, term in (("ApplicationAccountFacet", "application"), ("AccountFacet", "accountIssuer")):
            for one in facets.get(f"observable:{facet}", _NOTHING).nodes(f"observable:{term}"):
                service = self._resolved(one)
                names = [
                    service.text("core:name"),
                    *(each.text("core:name") for each in self._facets(service).values()),
                ]
                if name := next(filter(None, names), ""):
                    return name
        return UNSTATED_SERVICE

    @staticmethod
    def _of_any(facets: dict[str, Node], term: str) -> str:
        return next((value for facet in facets.values() if (value := facet.text(term))), "")

    def _others(self, of: str, node: Node, known: frozenset[str]) -> None:
        for name in node.facts.keys() - known:
            self._received.unread(f"'{_local(name)}' of {of}", _NO_PLACE)

    # -- what both have --------------------------------------------------------------------------

    def _resolved(self, node: Node) -> Node:
        return self._nodes.get(node.id, node) if node.is_reference else node

    def _facets(self, node: Node) -> dict[str, Node]:
        """Give the facets of an object by their types."""
        found: dict[str, Node] = {}
        for facet in map(self._resolved, node.nodes("core:hasFacet")):
            for type_ in facet.types:
                if type_ != "core:Facet":
                    found.setdefault(type_, facet)
        return found

    def _facet(self, node: Node, type_: str) -> Node | None:
        for facet in map(self._resolved, node.nodes("core:hasFacet")):
            if type_ in facet.types:
                return facet
        return None

    def _hashes(self, node: Node) -> list[tuple[str, str]]:
        """Give method and digits of the hashes of an object, the strongest method first."""
        content = self._facet(node, "observable:ContentDataFacet") or _NOTHING
        methods = {name.lower(): method for method, name in _HASHES.items()}
        found = [
            (methods.get(method.lower().replace("-", ""), method), digits.lower())
            for one in map(self._resolved, content.nodes("observable:hash"))
            if (method := one.text("types:hashMethod")) and (digits := one.text("types:hashValue"))
        ]
        order = [*reversed(_HASHES)]
        return sorted(found, key=lambda one: (order.index(one[0]) if one[0] in order else len(order), one))

    def _marking(self, node: Node) -> dict[str, str]:
        """Give the strictest marking of an object; nothing where it has none."""
        found = [self._defined(one) for one in node.nodes("core:objectMarking")[:_MOST_ENDS]]
        order = {marking: at for at, marking in enumerate(MARKINGS)}
        return {"marking": min(found, key=lambda one: order.get(one, -1))} if found else {}

    def _defined(self, node: Node) -> str:
        """Give what a marking definition says; one is of many objects, and is read once."""
        known = self._markings.get(node.id) if node.id else None
        if known is None:
            definition = self._resolved(node)
            parts = definition.nodes("marking:definition")[:_MOST_ENDS]
            stated = [self._resolved(one).text("marking:statement") for one in parts]
            words = [one.strip().upper() for one in (*stated, definition.text("core:name"))]
            tlp = next((one for one in words if _TLP.fullmatch(one)), "")
            # What is none of them is taken for the strictest, and counted, where it is received.
            known = {"TLP:WHITE": "TLP:CLEAR"}.get(tlp, tlp) or "no TLP"
            if node.id in self._nodes:
                self._markings[node.id] = known
        return known


_OPENING = b'"uco-core:object":[\n'
_NOTHING = Node("")
_NUMBER = re.compile("[0-9]{1,18}")


def _json(text: bytes, *, of_many: bool = False) -> Any:  # noqa: ANN401  (any JSON; the callers look)
    """Read JSON, an object where not ``of_many``.

    Raises:
        IntegrityError: it is none, or has a member twice, or half a character.
    """

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a member twice")
        return found

    def refuse(constant: str) -> float:
        raise ValueError(f"{constant} is no number of JSON")

    try:
        found = json.loads(text.decode("utf-8-sig"), object_pairs_hook=once, parse_constant=refuse)
        if b"\\ud" in text.lower():
            # Half a character is no text in any encoding.
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as fault:
        raise IntegrityError(f"The CASE file cannot be read as JSON: {str(fault)[:120]}.") from fault
    if not of_many and not isinstance(found, dict):
        raise IntegrityError("The CASE file has something that is no object where one should stand.")
    return found


@cache
def _called(iri: str) -> str:
    """Give ``core:name`` for the IRI of a word of the ontology, and others as they are."""
    found = _NAMES.fullmatch(iri)
    return f"{found[1]}:{found[2]}" if found else iri


def _local(name: str) -> str:
    return text.quoted(re.split(r"[:/#]", name)[-1])


def _known(facts: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in facts.items() if value}


def _typed(value: str) -> object:
    """Give a number or a truth value for its text."""
    if value in {"true", "false"}:
        return value == "true"
    return int(value) if _NUMBER.fullmatch(value) else value


def _add(node: Node, other: Node) -> None:
    node.types += [one for one in other.types if one not in node.types]
    for name, values in other.facts.items():
        node.facts[name] = [*node.facts.get(name, ()), *values]


def _within(node: Node) -> bool:
    """Say whether a node only says something of others: a facet, a hash, a marking, the service of an account."""
    return any(one.endswith(("Facet", "types:Hash", "Marking", "MarkingDefinition")) for one in node.types) or bool(
        {"observable:Application", "observable:OnlineService"} & set(node.types)
    )


def _rank(node: Node) -> int:
    """Order nodes so that what others need comes first: the bundle, facts, roles, entities, links."""
    if "core:Bundle" in node.types:
        return -1
    if set(node.types) & _RELATIONSHIPS:
        return 1 if node.text("core:kindOfRelationship") == _HAS_ROLE else 3
    return 2 if "core:hasFacet" in node.facts or "identity:Person" in node.types else 0
