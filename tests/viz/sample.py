"""Small made-up graphs for the page's tests."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.algorithms.communities import communities
from linkgraph.graph import Graph
from linkgraph.model import (
    Attribute,
    Basis,
    EntityKind,
    Evidence,
    LinkKind,
    Role,
    Source,
    entity_id,
    link_id,
)
from linkgraph.store.protocol import ENTITIES, EVENTS, LINKS
from linkgraph.viz import page_model
from linkgraph.viz.picture import Picture

HOSTILE = {
    "markup": "<img src=x onerror=alert(1)>",
    "closer": "</script><script>window.hacked=1</script>",
    "comment": "<!--<script>",
    "override": "\u202egnp.exe",
    "unseen": "a\u200bb\u2066c\u2028d\x07",
    "address": "http://example.org/?a=1&b=2",
}
"""User names an attacker would choose."""

START = datetime(2026, 1, 1, tzinfo=UTC)
LOGINS, PAYMENTS = "a1" * 32, "b2" * 32
REGISTRY = "RIR data of 2026-10-01"


def source(sha256: str, name: str, marking: str = "TLP:AMBER") -> Source:
    return Source(
        sha256=sha256,
        name=name,
        size=1,
        kind="ip-logs",
        reader="delimited 1",
        mapping={},
        timezone="UTC",
        marking=marking,
        imported_by="analyst",
        imported_at=START,
        complete=True,
        read=10,
        stored=10,
        duplicates=0,
        quarantined=0,
    )


SOURCES = [source(LOGINS, "logins.csv"), source(PAYMENTS, "payments.csv", "TLP:GREEN")]


class Sample:
    """Collects entities and links, then gives the model of the page."""

    def __init__(self) -> None:
        self.entities: dict[str, dict[str, object]] = {}
        self.links: dict[str, dict[str, object]] = {}
        self.evidence: dict[str, tuple[Evidence, ...]] = {}
        self.attributes: dict[str, tuple[Attribute, ...]] = {}

    def entity(self, kind: EntityKind, value: str, country: str | None = None, role: Role | None = None) -> str:
        found = entity_id(kind, value)
        registered = kind is EntityKind.IP_ADDRESS
        basis = Basis.REGISTERED if registered else Basis.STATED
        self.entities[found] = {
            "id": found,
            "kind": str(kind),
            "value": value,
            "label": value,
            "country": country,
            "country_basis": str(basis) if country else None,
            "role": str(role) if role else None,
            "first_seen": START,
            "last_seen": START + timedelta(days=1),
        }
        if country:
            origin = REGISTRY if registered else LOGINS
            self.attributes[found] = (Attribute("country", country, basis, origin, None if registered else 2),)
        return found

    def link(
        self,
        kind: LinkKind,
        a: str,
        b: str,
        *,
        day: int | None = 0,
        rows: range = range(1, 2),
        amount: str | None = None,
    ) -> str:
        found = link_id(kind, a, b)
        seen = None if day is None else START + timedelta(days=day)
        self.links[found] = {
            "id": found,
            "kind": str(kind),
            "source": a,
            "target": b,
            "count": len(rows),
            "weight": None,
            "first_seen": seen,
            "last_seen": seen,
            "grade": None,
            "amounts": json.dumps({"EUR": amount}) if amount else None,
        }
        origin = PAYMENTS if kind is LinkKind.PAID else LOGINS
        self.evidence[found] = tuple(Evidence(origin, row) for row in rows)
        return found

    def graph(self) -> Graph:
        return Graph.of(
            pa.Table.from_pylist(list(self.entities.values()), ENTITIES),
            pa.Table.from_pylist(list(self.links.values()), LINKS),
        )

    def model(
        self,
        case: str = "op-lantern",
        *,
        show_victims: bool = False,
        rankings: Sequence[page_model.Ranking] = (),
        room: int = page_model.ROOM,
        facts: Mapping[str, str] | None = None,
    ) -> page_model.Model:
        graph = self.graph()
        store = Held(self, graph, case)
        return page_model.build(
            Picture(graph, store, communities(graph), show_victims=show_victims),
            store,
            zone="Europe/London",
            digest="d1" * 32,
            rankings=rankings,
            facts=facts,
            events=store.rows,
            room=room,
        )


class Held:
    """A sample as a store answers for it: as much as a picture asks."""

    def __init__(self, sample: Sample, graph: Graph, case: str = "op-lantern") -> None:
        self.sample, self.graph, self.case = sample, graph, case

    def case_name(self) -> str:
        return self.case

    def sources(self) -> list[Source]:
        return SOURCES

    def entities(self) -> pa.Table:
        return self.graph.entities

    def links(self) -> pa.Table:
        return self.graph.links

    def events(self, kinds: Collection[LinkKind]) -> pa.Table:
        return self.rows.filter(pc.is_in(self.rows["kind"], value_set=pa.array(sorted(kinds), pa.string())))

    def evidence(self, links: Sequence[str]) -> dict[str, tuple[Evidence, ...]]:
        return {link: self.sample.evidence[link] for link in links if link in self.sample.evidence}

    def attributes(self, entities: Sequence[str]) -> dict[str, tuple[Attribute, ...]]:
        return {entity: self.sample.attributes[entity] for entity in entities if entity in self.sample.attributes}

    @cached_property
    def rows(self) -> pa.Table:
        """An hour between one row of a link and its next; in source order stated offsets of one hour, or none."""
        place = {one.sha256: index for index, one in enumerate(SOURCES)}
        found = [
            {
                "kind": link["kind"],
                "source": self.graph.index[link["source"]],
                "target": self.graph.index[link["target"]],
                "first_seen": link["first_seen"] and link["first_seen"] + timedelta(hours=number),
                "last_seen": None,
                "utc_offset": None if place[one.source] else 3600,
                "amount": None,
                "currency": None,
                "file": place[one.source],
                "row": one.row,
            }
            for link in self.sample.links.values()
            for number, one in enumerate(self.sample.evidence[link["id"]])
            if one.source in place
        ]
        far = datetime.max.replace(tzinfo=UTC)
        found.sort(key=lambda row: (row["first_seen"] or far, row["source"], row["target"], row["kind"], row["row"]))
        return pa.Table.from_pylist(found, EVENTS)


def small() -> Sample:
    """Some seventy entities: accounts and addresses, a payment chain, hostile names, a victim."""
    sample = Sample()
    rng = np.random.default_rng(7)
    addresses = [
        sample.entity(EntityKind.IP_ADDRESS, f"198.51.100.{index}", "GB" if index < 9 else "DE") for index in range(18)
    ]
    accounts = [
        sample.entity(EntityKind.ACCOUNT, f"chatter:user{index:02}", "GB" if index % 3 else "NL") for index in range(36)
    ]
    for index, account in enumerate(accounts):
        for address in rng.choice(addresses[(index % 3) * 6 : (index % 3) * 6 + 6], size=2, replace=False):
            sample.link(LinkKind.USED_IP, account, str(address), day=index, rows=range(index + 2, index + 5))
    wallets = [
        sample.entity(EntityKind.PAYMENT_ACCOUNT, f"GB00BANK{index:08}", "GB" if index < 3 else "RO")
        for index in range(6)
    ]
    for index, (payer, payee) in enumerate(pairwise(wallets)):
        sample.link(LinkKind.PAID, payer, payee, day=40 + index, rows=range(10, 12), amount="250.00")
    for account, wallet in zip(accounts, wallets, strict=False):
        sample.link(LinkKind.HOLDS, account, wallet, day=None)
    for name in HOSTILE.values():
        sample.link(LinkKind.CONTACTED, sample.entity(EntityKind.ACCOUNT, name), accounts[0], day=50)
    victim = sample.entity(EntityKind.ACCOUNT, "chatter:child", "GB", Role.VICTIM)
    sample.link(LinkKind.CONTACTED, accounts[1], victim, day=51)
    suspect = sample.entity(EntityKind.PERSON, "John Example", "GB", Role.SUSPECT)
    sample.link(LinkKind.HOLDS, suspect, accounts[2], day=3)
    for index, kind in enumerate((EntityKind.EMAIL, EntityKind.PHONE, EntityKind.DEVICE)):
        sample.link(LinkKind.HOLDS, accounts[index], sample.entity(kind, f"{kind}-{index}"), day=5)
    digest = sample.entity(EntityKind.FILE_HASH, "sha256:" + "5e" * 32)
    for account in accounts[:4]:
        sample.link(LinkKind.SHARED_FILE, account, digest, day=20)
    sample.link(LinkKind.VISITED, addresses[0], sample.entity(EntityKind.RESOURCE, "http://example.org/room"), day=2)
    return sample


def large(entities: int = 1500, groups: int = 25) -> Sample:
    """Planted communities of accounts and addresses in two countries, linked to a ring."""
    sample = Sample()
    rng = np.random.default_rng(11)
    sizes = [entities // groups] * (groups - 1)
    sizes.insert(0, entities - sum(sizes))
    hubs = []
    for group, size in enumerate(sizes):
        country = "GB" if group % 2 else "DE"
        addresses = [
            sample.entity(EntityKind.IP_ADDRESS, f"10.{group}.0.{index}", country) for index in range(size // 5)
        ]
        members = [sample.entity(EntityKind.ACCOUNT, f"chatter:g{group}-{index}") for index in range(size - size // 5)]
        for index, member in enumerate(members):
            for address in rng.choice(addresses, size=2, replace=False):
                sample.link(LinkKind.USED_IP, member, str(address), day=group)
            sample.link(LinkKind.CONTACTED, member, members[(index + 1) % len(members)], day=group)
        hubs.append(addresses[0])
    for a, b in zip(hubs, [*hubs[1:], hubs[0]], strict=True):
        sample.link(LinkKind.LINKED, a, b, day=30)
    return sample
