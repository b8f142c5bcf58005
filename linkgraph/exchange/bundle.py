"""Making a bundle: what a profile lets go, checked by the leak gate, signed, and encrypted to named recipients.

In the bag (:mod:`linkgraph.exchange.bag`) lie::

    data/graph.jsonl         the graph, exact
    data/handed-on.json      what went, what stayed and why, what the limits of it are
    data/profile.toml        the profile
    data/provenance.jsonld   the same with its sources as CASE
    data/report.html         the page
    data/view.xlsx           tables for people
    data/statistics.json     counts, where the profile lets only these go

Page, tables and CASE are left out of a graph of more than :data:`READABLE` entities: whoever receives it makes
them from the graph. The signed statement says for whom the bundle is, under which rules, and where the audit log
stood, so that a receipt for it anchors the log.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from linkgraph import __version__, algorithms
from linkgraph import rankings as ranked
from linkgraph.exchange import bag, case_uco, jsonl, xlsx
from linkgraph.exchange.extract import Extract
from linkgraph.exchange.extract_store import ExtractStore
from linkgraph.exchange.keys import Card, Own
from linkgraph.exchange.redaction.choosing import Request, Stays
from linkgraph.exchange.redaction.leak_gate import Files, Gate
from linkgraph.exchange.redaction.profile import Profile, Victims
from linkgraph.exchange.redaction.redact import Redacted, redact
from linkgraph.exchange.redaction.vocabulary import vocabulary
from linkgraph.exchange.report import Lost
from linkgraph.graph import Graph
from linkgraph.model import MARKINGS
from linkgraph.store.protocol import EVENTS, digest_of
from linkgraph.viz import page, page_model
from linkgraph.viz.picture import Picture

READABLE = 20_000
"""Entities up to which page, tables and CASE are made."""
VERSION = 1

_LIMITS = (
    "A pseudonym hides a name, not the shape of a network: who knows the contacts of a person may find that person "
    "by them.",
    "Markings are those of the strictest source of each thing; the receiver is bound by them.",
    "An address is registered to a country by the data named with it; nobody is said to have been there.",
)


HANDLING = "For intelligence and investigation; ask the sender before it is used in proceedings or passed on."


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which rules a bundle is handed on; all of it is signed."""

    legal_basis: str
    """The law or agreement, and the request it answers."""
    handling: str = HANDLING
    """What the receiver may do with it."""
    contact: str = ""
    """Whom to ask."""
    expires: date | None = None
    """Last day it may be kept; None: no such day."""
    pap: str = "PAP:AMBER"
    """Permissible Actions Protocol: what may be done that its subjects could notice."""


PAP = ("PAP:RED", "PAP:AMBER", "PAP:GREEN", "PAP:CLEAR")
"""Permissible Actions Protocol (MISP taxonomy ``PAP``), strictest first."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the audit log of the sender stands."""

    entries: int
    head: str
    root: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose case a bundle is from."""

    anchor: Anchor
    commitments: Sequence[Mapping[str, object]] = ()
    """Roots of the trees over the rows of its sources (:mod:`linkgraph.disclosure`); those of sources that go are
    handed on with them."""


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a bundle."""

    id: str
    bag: str
    """SHA-256 of the signed bag."""
    redacted: Redacted = field(repr=False)
    predicate: Mapping[str, Any] = field(repr=False)
    searched_for: int
    """Texts that the leak gate looked for."""
    words_of_the_format: int
    """Suppressed texts that are words of the formats and were looked for only with what they are the name of."""


def make(
    whole: Extract,
    graph: Graph,
    profile: Profile,
    request: Request,
    secret: bytes,
    *,
    terms: Terms,
    own: Own,
    recipients: Sequence[Card],
    sender: Sender,
    out: BinaryIO,
    work: Path,
    made: datetime | None = None,
) -> Made:
    """Make a bundle and write it, encrypted; all of it or, where the gate finds anything, nothing.

    Args:
        whole: extract of the whole case with victims in it.
        graph: of the same.
        profile: what may go.
        request: what is asked for; its id names the bundle.
        secret: of the case, for pseudonyms.
        terms: under which rules.
        own: whose key signs.
        recipients: to whom it is encrypted.
        sender: of which case.
        out: where to; written front to back.
        work: a folder for the files until they are packed; what is written there is deleted.
        made: when, with a zone; now where not given. The signed bag of the same things is the same bytes.

    Raises:
        UsageError: the profile does not let what was asked for go.
        LeakError: the gate found something; nothing was written to ``out``.
    """
    redacted = redact(whole, graph, profile, request, secret)
    moment = (made or datetime.now(UTC)).astimezone(UTC)
    predicate = _predicate(redacted, profile, request, terms, recipients, sender, moment)
    info = _info(predicate)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(dir=work, prefix="bundle-")))
        files = _files(redacted, profile, folder)
        spoken = {"bag-info.txt": json.dumps([info, predicate], ensure_ascii=False).encode()}
        gate = Gate(
            redacted.suppressed, _baseline(redacted, profile, folder) if len(redacted.suppressed.words) else None
        )
        # What is searched and what is packed are the same files: on a second core the search costs no time.
        searched = stack.enter_context(ThreadPoolExecutor(1)).submit(gate.pass_or_raise, {**files, **spoken})
        packed = stack.enter_context((folder / "bag").open("w+b"))
        digest = bag.write(packed, files, info, predicate, own, approved=searched.result)
        packed.seek(0)
        bag.encrypt(packed, out, recipients)
    return Made(predicate["bundle"], digest, redacted, predicate, len(gate), gate.words_of_the_format)


def new_id() -> str:
    """Give the id of a new bundle: 16 hexadecimal digits."""
    return secrets.token_hex(8)


def _predicate(
    redacted: Redacted,
    profile: Profile,
    request: Request,
    terms: Terms,
    recipients: Sequence[Card],
    sender: Sender,
    made: datetime,
) -> dict[str, Any]:
    extract = redacted.extract
    going = {one.sha256 for one in extract.sources}
    return {
        "version": VERSION,
        "bundle": request.export,
        "made": made.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "case": extract.case,
        "agency": extract.agency,
        "marking": redacted.marking,
        "pap": terms.pap,
        "legal_basis": terms.legal_basis,
        "handling": terms.handling,
        "contact": terms.contact,
        "expires": terms.expires.isoformat() if terms.expires else None,
        "profile": {"name": profile.name, "sha256": profile.sha256},
        "recipients": sorted(card.fingerprint for card in recipients),
        "entities": extract.entities.num_rows,
        "links": extract.links.num_rows,
        "audit": {"entries": sender.anchor.entries, "head": sender.anchor.head, "root": sender.anchor.root},
        "rows": [dict(one) for one in sender.commitments if one["source"] in going],
        "linkgraph": __version__,
    }


def _info(predicate: Mapping[str, Any]) -> dict[str, str]:
    """Give what ``bag-info.txt`` says: RFC 8493 §2.2.2, and the rules."""
    said = {
        "Source-Organization": predicate["agency"],
        "External-Description": f"case {predicate['case']}, profile {predicate['profile']['name']}",
        "External-Identifier": predicate["bundle"],
        "Bagging-Date": predicate["made"][:10],
        "Contact-Name": predicate["contact"],
        "TLP": predicate["marking"],
        "PAP": predicate["pap"],
        "Legal-Basis": predicate["legal_basis"],
        "Handling": predicate["handling"],
        "Keep-Until": predicate["expires"] or "",
    }
    # One line each: what a person typed may have more.
    return {label: line for label, text in said.items() if (line := " ".join(text.split()))}


def _files(redacted: Redacted, profile: Profile, folder: Path) -> dict[str, Path | bytes]:
    """Write the payload, by name within ``data/``."""
    lost: dict[str, list[Lost]] = {}
    files: dict[str, Path | bytes] = {"profile.toml": profile.text.encode()}
    if profile.least is not None:
        files["statistics.json"] = _json([one.to_json() for one in redacted.counts])
    else:
        extract = redacted.extract
        writers = {"graph.jsonl": jsonl.write}
        if extract.entities.num_rows <= READABLE:
            writers |= {"provenance.jsonld": case_uco.write, "view.xlsx": xlsx.write}
            files["report.html"] = report(extract).content
        for name, write in writers.items():
            with (folder / name).open("wb") as stream:
                lost[name] = write(stream, extract)
            files[name] = folder / name
    files["handed-on.json"] = _json(_handed_on(redacted, profile, lost))
    return files


def _handed_on(redacted: Redacted, profile: Profile, lost: Mapping[str, Sequence[Lost]]) -> dict[str, object]:
    """Say what went and what stayed; of victims not even how many, where the profile keeps that back."""
    told = [one for one in redacted.stays if _may_be_told(one, profile)]
    return {
        "profile": profile.title,
        "entities": redacted.extract.entities.num_rows,
        "links": redacted.extract.links.num_rows,
        "stayed": [{"what": one.what, "kind": one.kind, "why": one.reason, "count": one.count} for one in told],
        "not_held_by_a_format": [
            {"file": name, "what": one.what, "count": one.count, "why": one.why}
            for name, some in sorted(lost.items())
            for one in some
            if one.count
        ],
        "limits": list(_LIMITS),
    }


def _may_be_told(stays: Stays, profile: Profile) -> bool:
    # How many stay for a reason tells how much there is; only a court, which gets all, is told.
    # Of counts alone any further number could be what one that is kept back is worked out from.
    return (
        profile.least is None and profile.victims is Victims.PSEUDONYM and stays.what in {"entity", "link", "attribute"}
    )


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False, sort_keys=True) + "\n").encode()


def report(extract: Extract) -> page.Page:
    """Give the investigator's page of an extract; its victims, if any are in it, are pseudonyms and stay visible."""
    store = ExtractStore(extract, events=EVENTS.empty_table())
    graph = Graph.of(store.entities(), store.links())
    picture = Picture(graph, store, algorithms.communities(graph), show_victims=True)
    build = partial(
        page_model.build,
        picture,
        store,
        zone="UTC",
        digest=digest_of(graph.entities, graph.links),
        rankings=ranked.worked_out(graph),
        events=EVENTS.empty_table(),
    )
    model = build(room=page_model.ROOM)
    # An extract without rows has no sources to be marked by.
    model["marking"] = extract.marking
    return page.render(model)


def _baseline(redacted: Redacted, profile: Profile, folder: Path) -> Files:
    """Give the files as they would be of a graph in which everything is a word of linkgraph's own."""
    place = folder / "baseline"
    place.mkdir()
    neutral = Redacted(vocabulary(), redacted.stays, {}, redacted.suppressed, redacted.counts)
    return {name: content for name, content in _files(neutral, profile, place).items() if name != "profile.toml"}


def strictest_allowed(profile: Profile) -> tuple[str, ...]:
    """Give the markings that a profile lets go."""
    return MARKINGS[MARKINGS.index(profile.marking) :]
