"""Cases to be redacted: one that is written out, and as many random ones as are wanted."""

from __future__ import annotations

import random
from datetime import timedelta

from exchange.tables import NOON, entity, extract, link, source

from linkgraph.exchange.extract import Extract
from linkgraph.exchange.redaction.choosing import Request
from linkgraph.exchange.redaction.profile import NAMES, Profile, named
from linkgraph.exchange.redaction.redact import Redacted, redact
from linkgraph.graph import Graph
from linkgraph.model import MARKINGS, Basis, EntityKind, LinkKind, Role
from linkgraph.store.protocol import ENTITIES, LINKS

SECRET = b"s" * 32


def redacted(whole: Extract, profile: Profile | str, **asked: object) -> Redacted:
    profile = named(profile) if isinstance(profile, str) else profile
    return redact(whole, graph_of(whole), profile, Request(**asked), SECRET)


def graph_of(whole: Extract) -> Graph:
    return Graph.of(whole.entities.select(ENTITIES.names), whole.links.select(LINKS.names))


def random_case(seed: int) -> Extract:
    """Give a case of some forty nodes whose names are often parts of each other."""
    draw = random.Random(seed)  # noqa: S311 - a test case, not a secret
    words = [
        "wren",
        "small_wren",
        "wren.small",
        "fox",
        "foxtrot",
        "anna",
        "joanna",
        "o'neill",
        "zoë",
        "王小",
        "x<y>",
        "a\\b",
    ]
    makers = {
        EntityKind.ACCOUNT: lambda: (
            f"{draw.choice(('chat', 'forum'))}:{draw.choice(words)}{draw.choice(('', '7', '77'))}"
        ),
        EntityKind.EMAIL: lambda: f"{draw.choice(words[:8])}@example.{draw.choice(('org', 'net'))}",
        EntityKind.PHONE: lambda: f"+4477009000{draw.randrange(30):02}",
        EntityKind.IP_ADDRESS: lambda: draw.choice(
            (f"10.0.{draw.randrange(3)}.{draw.randrange(130)}", f"2001:db8::{draw.randrange(40):x}")
        ),
        EntityKind.PERSON: lambda: f"{draw.choice(words).title()} {draw.choice(words).title()}",
        EntityKind.RESOURCE: lambda: f"https://example.org/{draw.choice(words)}",
        EntityKind.FILE_HASH: lambda: "sha256:" + f"{draw.getrandbits(256):064x}",
        EntityKind.PAYMENT_ACCOUNT: lambda: f"wallet:{draw.choice(words)}{draw.randrange(99)}",
        EntityKind.DEVICE: lambda: f"imei:{draw.randrange(10**14, 10**15)}",
    }
    made: dict[str, dict[str, object]] = {}
    for _ in range(draw.randrange(5, 45)):
        kind = draw.choice(list(makers))
        value = makers[kind]()
        name, _, rest = value.partition(":")
        one = entity(
            kind,
            value,
            label=f"{rest} ({name})" if kind is EntityKind.ACCOUNT else value,
            marking=draw.choices(MARKINGS, (1, 1, 4, 4, 2))[0],
            role=draw.choices((None, Role.VICTIM, Role.SUSPECT), (8, 2, 2))[0]
            if kind is not EntityKind.FILE_HASH
            else None,
            country=draw.choice((None, "NL", "GB")),
            first_seen=NOON + timedelta(hours=draw.randrange(999)),
        )
        if one["country"]:
            one["country_basis"] = draw.choice(list(Basis))
        made[one["id"]] = one
    nodes = list(made.values())
    links = {}
    for _ in range(draw.randrange(3, 90)):
        first = NOON + timedelta(hours=draw.randrange(999))
        one = link(
            draw.choice(list(LinkKind)),
            draw.choice(nodes),
            draw.choice(nodes),
            count=draw.randrange(1, 40),
            first_seen=first,
            last_seen=first + timedelta(hours=draw.randrange(99)),
            marking=draw.choices(MARKINGS, (1, 1, 4, 4, 2))[0],
            evidence=[f"{draw.choice('ab') * 64} {draw.randrange(1, 99)}"],
        )
        links[one["id"]] = one
    said = [
        {
            "entity": one["id"],
            "name": draw.choice(("display name", "country", "note")),
            "value": f"{draw.choice(words)} of {one['value']}",
            "basis": "stated",
            "origin": "a" * 64,
            "row": draw.randrange(1, 99),
        }
        for one in nodes
        if draw.random() < 0.4
    ]
    sources = (source("a" * 64, f"return of {nodes[0]['label']}.csv"), source("b" * 64, "b.csv", marking="TLP:RED"))
    return extract(nodes, list(links.values()), said, sources=sources)


def random_request(seed: int, whole: Extract) -> tuple[Profile, dict[str, object]]:
    """Give a profile, and what is asked for under it; the seeds may be ones that cannot be started from."""
    draw = random.Random(~seed)  # noqa: S311 - as above
    profile = named(draw.choice(NAMES))
    ids = whole.entities["id"].to_pylist()
    asked: dict[str, object] = {"recipients": ("r" * 64,), "export": f"{seed:x}"}
    if profile.seeds_needed or draw.random() < 0.5:
        asked["seeds"] = tuple(draw.sample(ids, min(len(ids), draw.randrange(1, 3))))
        asked["hops"] = draw.choice((None, 1, 2))
    if draw.random() < 0.3:
        asked["since"] = NOON + timedelta(hours=draw.randrange(500))
        asked["until"] = asked["since"] + timedelta(hours=600)
    return profile, asked
