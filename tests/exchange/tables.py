"""Small graphs as the tables a store gives, without a store, and extracts of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa

from linkgraph.exchange.extract import HANDED_ENTITIES, HANDED_LINKS, Extract
from linkgraph.model import Basis, EntityKind, LinkKind, Role, Source, entity_id, link_id
from linkgraph.store.protocol import ENTITIES, LINKS, SAID

NOON = datetime(2026, 1, 1, 12, 0, 0, 250_000, tzinfo=UTC)
HOSTILE = "x</data><script>\u202e\x01\"\ufffe&'=cmd|' /C calc'!A0\\ud800\\"
FILE, REPORT = "a" * 64, "b" * 64


def entity(kind: EntityKind, value: str, **facts: object) -> dict[str, object]:
    return {"id": entity_id(kind, value), "kind": kind, "value": value, "label": value} | facts


def link(kind: LinkKind, source: dict[str, object], target: dict[str, object], **facts: object) -> dict[str, object]:
    ends = {"source": source["id"], "target": target["id"]}
    return {"id": link_id(kind, ends["source"], ends["target"]), "kind": kind, "count": 1} | ends | facts


def tables(
    entities: list[dict[str, object]],
    links: list[dict[str, object]],
    schemas: tuple[pa.Schema, pa.Schema] = (ENTITIES, LINKS),
) -> tuple[pa.Table, pa.Table]:
    """Give both tables in canonical order, with nulls for what is not said."""
    made = []
    for rows, schema in zip((entities, links), schemas, strict=True):
        ordered = sorted(rows, key=lambda row: row["id"])
        made.append(pa.Table.from_pylist([dict.fromkeys(schema.names) | row for row in ordered], schema))
    return made[0], made[1]


def source(sha256: str, name: str, **facts: object) -> Source:
    usual = {
        "size": 1200,
        "kind": "ip-logs",
        "reader": "delimited 1",
        "mapping": {},
        "timezone": "Europe/Amsterdam",
        "marking": "TLP:AMBER",
        "imported_by": "officer@desk",
        "imported_at": NOON,
        "complete": True,
        "read": 12,
        "stored": 10,
        "duplicates": 1,
        "quarantined": 1,
    }
    return Source(sha256=sha256, name=name, **usual | facts)


SOURCES = (source(FILE, "log <in>.csv"), source(REPORT, "réport.xml", marking="TLP:RED", timezone=None))


def extract(
    entities: list[dict[str, object]],
    links: list[dict[str, object]],
    said: list[dict[str, object]] = (),
    *,
    case: str = "op",
    agency: str = "Agency A",
    sources: tuple[Source, ...] = SOURCES,
) -> Extract:
    """Give an extract; what is not marked is TLP:AMBER, a link without evidence rests on row 2 of the first source."""
    nodes, edges = tables(
        [{"marking": "TLP:AMBER"} | row for row in entities],
        [{"marking": "TLP:AMBER", "evidence": [f"{FILE} 2"]} | row for row in links],
        (HANDED_ENTITIES, HANDED_LINKS),
    )
    statements = pa.Table.from_pylist([dict.fromkeys(SAID.names) | row for row in said], SAID)
    return Extract(
        case, agency, nodes, edges, statements.sort_by([(name, "ascending") for name in SAID.names]), sources
    )


def everything() -> Extract:
    """Give an extract with every kind of entity, link, marking and fact, and with hostile texts."""
    fox = entity(
        EntityKind.ACCOUNT,
        "chat:amber_fox",
        label="amber_fox (chat)",
        country="NL",
        country_basis=Basis.STATED,
        role=Role.SUSPECT,
        first_seen=NOON,
        last_seen=NOON + timedelta(days=30, microseconds=-250_000),
        marking="TLP:RED",
    )
    owl = entity(EntityKind.ACCOUNT, f"chat:{HOSTILE}", label=HOSTILE, marking="TLP:GREEN")
    wren = entity(EntityKind.ACCOUNT, "victim 1234", label="victim 1234", role=Role.VICTIM)
    address = entity(
        EntityKind.IP_ADDRESS, "2001:db8::1", country="GB", country_basis=Basis.REGISTERED, first_seen=NOON
    )
    address4 = entity(EntityKind.IP_ADDRESS, "192.0.2.7", marking="TLP:CLEAR")
    iban = entity(EntityKind.PAYMENT_ACCOUNT, "iban:NL91ABNA0417164300", country="NL", country_basis=Basis.CODE)
    wallet = entity(EntityKind.PAYMENT_ACCOUNT, "bitcoin:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
    card = entity(EntityKind.PAYMENT_ACCOUNT, "paypal:pay@example.org")
    digest = entity(EntityKind.FILE_HASH, "sha256:" + "c" * 64)
    sha1 = entity(EntityKind.FILE_HASH, "sha1:" + "d" * 40)
    pdq = entity(EntityKind.FILE_HASH, "pdq:" + "e" * 64)
    near = entity(EntityKind.FILE_HASH, "pdq:" + "e" * 63 + "f")
    page = entity(EntityKind.RESOURCE, "https://example.org/r?x=1&y=<2>")
    mail = entity(EntityKind.EMAIL, "fox@example.org", marking="TLP:AMBER+STRICT")
    phone = entity(EntityKind.PHONE, "+447700900001", country="GB", country_basis=Basis.CODE)
    device = entity(EntityKind.DEVICE, "imei:490154203237518")
    person = entity(EntityKind.PERSON, "Zoë “Q” O'Neill 王", role=Role.WITNESS)
    noon, evening = (
        {"first_seen": NOON, "last_seen": NOON},
        {"first_seen": NOON, "last_seen": NOON + timedelta(hours=8)},
    )
    links = [
        link(LinkKind.USED_IP, fox, address, count=7, grade="exact time, ordinary address", **evening),
        link(LinkKind.USED_IP, owl, address, count=1, **noon),
        link(LinkKind.USED_IP, fox, address4, grade="never links: reserved address", **noon),
        link(LinkKind.VISITED, fox, page, count=2, **evening),
        link(LinkKind.VISITED, address, page, **noon),
        link(LinkKind.SHARED_FILE, fox, digest, count=3, **noon),
        link(LinkKind.SHARED_FILE, owl, pdq),
        link(LinkKind.SAME_FILE, digest, sha1),
        link(LinkKind.SIMILAR_FILE, pdq, near, weight=0.484375, grade="similar file: PDQ hashes 1 of 256 bits apart"),
        link(
            LinkKind.PAID,
            iban,
            wallet,
            count=3,
            amounts='{"":"1","EUR":"1234567890123456.70"}',
            marking="TLP:RED",
            evidence=[f"{FILE} 4-9,12", f"{REPORT} 1"],
            **evening,
        ),
        link(LinkKind.PAID, card, iban, amounts='{"USD":"20"}', **noon),
        link(LinkKind.HOLDS, fox, mail),
        link(LinkKind.HOLDS, fox, phone),
        link(LinkKind.HOLDS, fox, device),
        link(LinkKind.HOLDS, fox, iban),
        link(LinkKind.HOLDS, person, fox),
        link(LinkKind.CONTACTED, fox, owl, count=40, **evening),
        link(LinkKind.CONTACTED, owl, fox, count=2, **noon),
        link(LinkKind.CONTACTED, fox, wren, count=9, **evening),
        link(LinkKind.LINKED, fox, owl, weight=2.5, grade="stated by a chart"),
        link(LinkKind.LINKED, fox, fox, weight=1.0),
    ]
    said = [
        {"entity": fox["id"], "name": "country", "value": "NL", "basis": "stated", "origin": FILE, "row": 4},
        {"entity": fox["id"], "name": "name", "value": HOSTILE, "basis": "stated", "origin": REPORT, "row": 1},
        {
            "entity": address["id"],
            "name": "country",
            "value": "GB",
            "basis": "registered",
            "origin": "RIR data of 2026-10-01",
        },
        {"entity": phone["id"], "name": "country", "value": "GB", "basis": "code", "origin": "calling code"},
    ]
    entities = [
        fox,
        owl,
        wren,
        address,
        address4,
        iban,
        wallet,
        card,
        digest,
        sha1,
        pdq,
        near,
        page,
        mail,
        phone,
        device,
    ]
    return extract([*entities, person], links, said, case="op <lantern> & co")
