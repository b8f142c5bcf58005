"""Sharing a case with partners: what is handed on, received, taken back and proved, each in one call.

Whoever signs or opens does so with an unlocked key (:mod:`linkgraph.exchange.keys`); whom one believes is in the
key folder's address book. Every act is in the audit log, with ids and counts and never with what identifies a person.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from linkgraph import disclosure
from linkgraph import folder as case_folder
from linkgraph.case import Case
from linkgraph.disclosure import Commitment, Disclosure
from linkgraph.errors import IntegrityError, UsageError
from linkgraph.exchange import bundle, checking, formats, keys, layers, receipts, receiving
from linkgraph.exchange.bundle import Anchor, Made, Sender, Terms
from linkgraph.exchange.extract import Extract
from linkgraph.exchange.keys import Own
from linkgraph.exchange.layers import Layer
from linkgraph.exchange.receiving import Incoming
from linkgraph.exchange.redaction import naming
from linkgraph.exchange.redaction import profile as profiles
from linkgraph.exchange.redaction.choosing import Request
from linkgraph.exchange.redaction.leak_gate import LeakError
from linkgraph.exchange.redaction.profile import Scope
from linkgraph.exchange.redaction.redact import Redacted, redact
from linkgraph.exchange.report import Lost, Report
from linkgraph.graph import Graph
from linkgraph.ingest import custody
from linkgraph.joint import Joint
from linkgraph.model import MARKINGS
from linkgraph.store import audit
from linkgraph.store.embedded import CaseStore
from linkgraph.writing import replace_file, replacing

BUNDLED, REFUSED, EXPORTED, REVEALED, COMMITTED, DISCLOSED = (
    "bundle",
    "bundle.refused",
    "export.redacted",
    "pseudonym.reveal",
    "rows.commit",
    "rows.disclose",
)
"""Acts in the audit log."""

_KEY_FILE = "pseudonyms.key"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to go: under which profile, around whom, of which time."""

    profile: str
    """Name of a profile that comes with linkgraph, or a file."""
    seeds: Sequence[str] = ()
    """Selectors of entities to start from."""
    hops: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A bundle that was received."""

    layer: Layer | None
    """None where only counts were handed on."""
    counts: Any
    """Where only counts were handed on: these."""
    predicate: dict[str, Any]
    signed_by: keys.Card
    receipt: bytes
    again: bool = False
    """It was received before, and nothing was changed."""


def partners(case: Case) -> list[Layer]:
    """Give the partner layers of a case."""
    return Joint(case).layers()


# -- handing on ----------------------------------------------------------------------------------


def preview(case: Case, asked: Asked, to: Sequence[str] = (), *, key_folder: Path | None = None) -> Redacted:
    """Say what would go and what not, and why. Nothing is written and nothing is logged."""
    profile = profiles.named(asked.profile)
    with case.reading() as store:
        whole, graph = _whole(case, store)
        recipients = [keys.find(one, key_folder).fingerprint for one in to]
        request = _request(case, asked, recipients, bundle.new_id())
        return redact(whole, graph, profile, request, _secret(case.folder))


def make_bundle(
    case: Case,
    out: Path,
    asked: Asked,
    *,
    to: Sequence[str],
    terms: Terms,
    own: Own,
    key_folder: Path | None = None,
) -> Made:
    """Make a bundle of what a profile lets go: signed, encrypted to its recipients, and in the audit log.

    Args:
        case: whose graph.
        out: the file; it must be new.
        asked: what is to go.
        to: recipients: names, agencies or fingerprints in the address book.
        terms: under which rules.
        own: whose key signs.
        key_folder: where the address book is; the user's where None.

    Raises:
        UsageError: no such profile, recipient or seed, or the file is there; nothing was written.
        LeakError: something that must not go was in what was made; nothing was written, and the log says so.
    """
    if out.exists():
        raise UsageError(f"'{out}' is there already; a bundle never takes the place of another.")
    if own.card.agency != case.agency:
        raise UsageError(
            f"The case is of {case.agency} and the key of {own.card.agency}: nobody would believe the bundle. Sign it "
            "with a key of the case's agency."
        )
    profile = profiles.named(asked.profile)
    recipients = [keys.find(one, key_folder) for one in to]
    request = _request(case, asked, [card.fingerprint for card in recipients], bundle.new_id())
    with case.writing("bundle") as store:
        store.take_all_memory()
        whole, graph = _whole(case, store)
        try:
            with replacing(out) as stream:
                made = bundle.make(
                    whole,
                    graph,
                    profile,
                    request,
                    _secret(case.folder),
                    terms=terms,
                    own=own,
                    recipients=recipients,
                    sender=Sender(_anchor(store), _commitments(store)),
                    out=stream,
                    work=case.folder,
                )
                _log(store, BUNDLED, _handed_on(made, request) | {"signed_by": own.card.fingerprint})
        except LeakError as leak:
            _log(store, REFUSED, {"bundle": request.export, "profile": profile.sha256, "found": len(leak.leaks)})
            raise
    return made


def export_redacted(case: Case, form: str, out: Path, asked: Asked) -> Report:
    """Write what a profile lets go in one of the formats, after it passed the leak gate; see :meth:`Case.export`.

    Raises:
        LeakError: something that must not go was in what was made; nothing is left of it, and the log says so.
    """
    profile = profiles.named(asked.profile)
    request = _request(case, asked, (), secrets.token_hex(8))
    with case.writing("export") as store:
        store.take_all_memory()
        whole, graph = _whole(case, store)
        redacted = redact(whole, graph, profile, request, _secret(case.folder))
        try:
            report = formats.export(redacted.extract, form, out, suppressed=redacted.suppressed)
        except LeakError as leak:
            _log(store, REFUSED, {"format": form, "profile": profile.sha256, "found": len(leak.leaks)})
            raise
        _log(
            store,
            EXPORTED,
            {
                "format": form,
                "sha256": report.sha256,
                "export": request.export,
                "profile": {"name": profile.name, "sha256": profile.sha256},
                "marking": report.marking,
                "entities": report.entities,
                "links": report.links,
                "seeds": list(request.seeds),
            },
        )
    return report


def reveal(case: Case, pseudonym: str, why: str) -> str:
    """Find out whom a pseudonym of something that was handed on is of; give the entity's id. It is logged.

    Args:
        case: whose bundle it was.
        pseudonym: its id, or the digits at its end of it as they are shown.
        why: the reason: who asked, by which right.

    Raises:
        UsageError: no reason, or no bundle of this case has it.
    """
    if not why.strip():
        raise UsageError("Whom a pseudonym is of is told for a reason: say why.")
    digits = pseudonym.strip().rpartition(" ")[2].lower()
    if len(digits) < 12:
        raise UsageError(f"'{pseudonym}' is too short for a pseudonym: give the twelve digits at its end.")
    secret = _secret(case.folder)
    with case.writing("reveal") as store:
        ids = store.entities()["id"].to_pylist()
        for entry in store.audit_entries():
            if entry.action not in {BUNDLED, EXPORTED}:
                continue
            body = json.loads(entry.body)
            export = body.get("bundle") or body["export"]
            for scope in {naming.scope_text(scope, body.get("recipients", ()), export) for scope in Scope}:
                for one in ids:
                    if naming.pseudonym(secret, scope, one).startswith(digits):
                        _log(store, REVEALED, {"entity": one, "entry": entry.seq, "why": why})
                        return str(one)
    raise UsageError(f"No bundle or export of this case has the pseudonym '{pseudonym}'.")


# -- receiving -----------------------------------------------------------------------------------


def receive(case: Case, path: Path, own: Own, *, key_folder: Path | None = None) -> Received:
    """Receive a bundle: verify it whole, keep its graph as a partner layer, and sign a receipt.

    One that was received already changes nothing; its receipt, of the day when it came, can be had again.

    Raises:
        IntegrityError: anything about it is not as it must be; nothing was written.
    """
    today = datetime.now(UTC).date()
    with receiving.verified(path, own, keys.known_cards(key_folder), today) as incoming:
        predicate = dict(incoming.predicate)
        logged = {
            "bag": incoming.bag,
            "bundle": predicate["bundle"],
            "signed_by": incoming.card.fingerprint,
            "agency": predicate["agency"],
            "marking": predicate["marking"],
            "audit": {name: predicate["audit"][name] for name in ("entries", "head", "root")},
        }
        with case.writing("receive") as store:
            if incoming.extract is None:
                act, layer, again = layers.RECEIVED + ".counts", None, False
                if _times(store, act, incoming.bag):
                    again = True
                else:
                    _log(store, act, logged)
            else:
                act = layers.RECEIVED
                layer, again = _kept(case, store, incoming, incoming.extract, logged)
            came = _times(store, act, incoming.bag)[-1]
        receipt = receipts.of(predicate, incoming.bag, incoming.card, own, came)
        signed = receipts.write(receipt, own)
        return Received(layer, incoming.counts, predicate, incoming.card, signed, again=again)


def import_partner(
    case: Case, form: str, path: Path, *, agency: str, marking: str | None, why: str
) -> tuple[Layer, list[Lost]]:
    """Keep a file that a partner sent in an open format as a partner layer; give it with what could not be read.

    Args:
        case: where to.
        form: one of :data:`linkgraph.exchange.formats.READ`.
        path: the file.
        agency: who handed it on.
        marking: of all of it; as the file says where None, TLP:RED where it says none.
        why: how it came, and by which right; kept in the audit log.

    Raises:
        UsageError: no such format or marking, no reason, or it is there already.
        IntegrityError: the file cannot be read.
    """
    if form not in formats.READ:
        raise UsageError(f"'{form}' is no format that is read back; one of: {', '.join(formats.READ)}.")
    if marking is not None and marking not in MARKINGS:
        raise UsageError(f"'{marking}' is no TLP 2.0 marking; one of: {', '.join(MARKINGS)}.")
    if not agency.strip() or not why.strip():
        raise UsageError("Say who handed it on, and why it is here: --agency and --why.")
    try:
        with path.open("rb") as stream:
            extract, unread = formats.READ[form](stream)
            extract = extract if marking is None else extract.marked(marking)
            pseudonyms = checking.check(extract)
            stream.seek(0)
            facts: dict[str, Any] = {
                "form": form,
                "agency": agency,
                "signed_by": "",
                "expires": None,
                "pseudonyms": pseudonyms,
                "commitments": [],
            }
            with case.writing("partners import") as store:
                layer, files = layers.add(case.folder, extract, stream, facts, layers.standing(store.audit_entries()))
                body = {"layer": layer.id, "files": files, "format": form, "agency": agency, "marking": layer.marking}
                _log_or_discard(case, store, layer, layers.IMPORTED, body | {"why": why})
    except FileNotFoundError as fault:
        raise UsageError(f"There is no file '{path}'.") from fault
    return layer, unread


def withdraw_partner(case: Case, layer: str, why: str) -> Layer | None:
    """Take a partner layer out whole; the audit log keeps that it was there. None where it is not as it came.

    Raises:
        UsageError: there is none of that id, or no reason.
        StorageError: it is withdrawn, and not all of its files could be deleted.
    """
    if not why.strip():
        raise UsageError("A layer is withdrawn for a reason: say why.")
    with case.writing("partners withdraw") as store:
        standing = layers.standing(store.audit_entries())
        found = [one for one in standing if len(layer) >= 8 and one.startswith(layer.lower())]
        if len(found) != 1:
            raise UsageError(f"There is no partner layer '{layer}'; 'linkgraph partners list' has their ids.")
        try:
            known = layers.described(case.folder, found[0], standing[found[0]][0])
        except IntegrityError:
            known = None
        _log(store, layers.WITHDRAWN, {"layer": found[0], "why": why})
        layers.discard(case.folder, found[0])
    return known


# -- proving rows --------------------------------------------------------------------------------


def commit(case: Case, named: str) -> Commitment:
    """Commit to all rows of a source: the root of a tree over them goes into the audit log, and into later bundles."""
    source = case.source(named)
    with case.writing("rows commit") as store:
        rows = _rows(case, store, source.sha256)
        commitment = disclosure.commit(_secret(case.folder), source.sha256, rows)
        if commitment.to_json() not in [one.to_json() for one in _committed(store)]:
            _log(store, COMMITTED, commitment.to_json())
    return commitment


def disclose(case: Case, named: str, numbers: Iterable[int], out: Path) -> Disclosure:
    """Show some rows of a source, with the proof that they were committed to, and nothing of the others.

    Raises:
        UsageError: the source was not committed to, or has no such row.
    """
    source = case.source(named)
    with case.writing("rows disclose") as store:
        committed = [one for one in _committed(store) if one.source == source.sha256]
        if not committed:
            raise UsageError(
                f"'{source.name}' was not committed to: 'linkgraph rows commit' does that, and only what is shown "
                "after it can be proved to have been there."
            )
        rows = list(_rows(case, store, source.sha256))
        shown = disclosure.disclose(_secret(case.folder), source.sha256, rows, numbers)
        if shown.commitment != committed[-1]:
            raise IntegrityError(
                f"'{source.name}' no longer has the rows that were committed to: run 'linkgraph verify'."
            )
        replace_file(out, disclosure.write(shown))
        _log(store, DISCLOSED, {"source": source.sha256, "rows": len(shown.shown), "root": shown.commitment.root})
    return shown


def known_commitment(case: Case, commitment: Commitment) -> str | None:
    """Tell where we know a commitment from: our own log, or a partner's bundle; None where we do not."""
    with case.reading() as store:
        for entry in store.audit_entries():
            if entry.action == COMMITTED and json.loads(entry.body) == commitment.to_json():
                return f"audit entry {entry.seq} of this case, {entry.ts_utc}"
        for layer in layers.listed(case.folder, store.audit_entries()):
            if layer.form == "bundle" and commitment.to_json() in layer.commitments:
                return f"the bundle of {layer.agency} that came {layer.came}"
    return None


# -- what all of them need -----------------------------------------------------------------------


def _whole(case: Case, store: CaseStore) -> tuple[Extract, Graph]:
    graph = Graph.read(store)
    return Extract.of(store, graph, agency=case.agency, show_victims=True), graph


def _request(case: Case, asked: Asked, recipients: Sequence[str], export: str) -> Request:
    return Request(
        seeds=tuple(dict.fromkeys(case.one(one).id for one in asked.seeds)),
        hops=asked.hops,
        since=asked.since,
        until=asked.until,
        recipients=tuple(sorted(recipients)),
        export=export,
    )


def _secret(folder: Path) -> bytes:
    """Give the secret that pseudonyms and salts of a case are made with; it never leaves the case folder."""
    path = folder / _KEY_FILE
    try:
        return bytes.fromhex(path.read_text("ascii"))
    except FileNotFoundError:
        replace_file(path, secrets.token_hex(32).encode())
        return bytes.fromhex(path.read_text("ascii"))


def _anchor(store: CaseStore) -> Anchor:
    chain = list(store.audit_entries())
    return Anchor(len(chain), chain[-1].hash, audit.tree_root(chain))


def _handed_on(made: Made, request: Request) -> dict[str, object]:
    predicate = made.predicate
    return {
        "bundle": made.id,
        "bag": made.bag,
        "profile": predicate["profile"],
        "recipients": predicate["recipients"],
        "marking": predicate["marking"],
        "entities": predicate["entities"],
        "links": predicate["links"],
        "expires": predicate["expires"],
        "legal_basis": predicate["legal_basis"],
        "seeds": list(request.seeds),
        "searched_for": made.searched_for,
    }


def _kept(
    case: Case, store: CaseStore, incoming: Incoming, extract: Extract, logged: Mapping[str, object]
) -> tuple[Layer, bool]:
    """Give the layer of a bundle, and whether it stood before; put it there and into the log where it did not."""
    there, known = layers.standing(store.audit_entries()), layers.id_of(incoming.bag)
    if known in there:
        layer = layers.described(case.folder, known, there[known][0])
        if layer.original != incoming.bag:
            raise IntegrityError(f"Another bundle has the id {known} already; have this one made again.")
        return layer, True
    facts = {
        "form": "bundle",
        "agency": incoming.predicate["agency"],
        "signed_by": incoming.card.fingerprint,
        "expires": incoming.predicate["expires"],
        "pseudonyms": incoming.pseudonyms,
        "commitments": incoming.predicate["rows"],
    }
    layer, files = layers.add(case.folder, extract, incoming.content, facts, there)
    _log_or_discard(case, store, layer, layers.RECEIVED, {**logged, "layer": layer.id, "files": files})
    return layer, False


def _times(store: CaseStore, action: str, bag: str) -> list[datetime]:
    """Give when a bag was received, by the audit log."""
    return [
        datetime.fromisoformat(one.ts_utc)
        for one in store.audit_entries()
        if one.action == action and json.loads(one.body)["bag"] == bag
    ]


def _log(store: CaseStore, action: str, body: Mapping[str, object]) -> None:
    with store.transaction():
        store.log(case_folder.actor(), action, body)


def _log_or_discard(case: Case, store: CaseStore, layer: Layer, action: str, body: Mapping[str, object]) -> None:
    """Log that a layer came; a layer that the log does not know is none."""
    try:
        _log(store, action, body)
    except BaseException:
        layers.discard(case.folder, layer.id)
        raise


def _rows(case: Case, store: CaseStore, source: str) -> Iterable[tuple[int, bytes]]:
    spans = store.row_spans(source)
    with custody.opened(case.folder / "sources" / source) as stream:
        yield from disclosure.rows_of(stream, spans)


def _committed(store: CaseStore) -> list[Commitment]:
    return [Commitment(**json.loads(one.body)) for one in store.audit_entries() if one.action == COMMITTED]


def _commitments(store: CaseStore) -> list[dict[str, object]]:
    newest = {one.source: one.to_json() for one in _committed(store)}
    return [newest[source] for source in sorted(newest)]
