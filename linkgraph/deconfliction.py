"""Finding out with another agency how many of both sides' identifiers are the same, and telling nothing else.

Three files go to and fro (:mod:`linkgraph.exchange.deconflict`), each signed and encrypted to the other side. Which of
a case's identifiers take part is decided here: victims, and what is theirs alone, never do; nothing does that is marked
stricter than the terms. What was done is in the audit log, by session and counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from linkgraph import folder as case_folder
from linkgraph.case import Case
from linkgraph.errors import IntegrityError, UsageError
from linkgraph.exchange import keys, sealed
from linkgraph.exchange.deconflict import messages, protocol, session
from linkgraph.exchange.deconflict.identifiers import KINDS
from linkgraph.exchange.deconflict.messages import LARGEST_MESSAGE, Answer, Mode, Offer, Terms
from linkgraph.exchange.deconflict.protocol import Opening, Result, Sent
from linkgraph.exchange.deconflict.session import Session
from linkgraph.exchange.extract import Extract
from linkgraph.exchange.keys import Own
from linkgraph.exchange.sealed import Received
from linkgraph.graph import Graph
from linkgraph.ingest.values.text import quoted, visible
from linkgraph.model import MARKINGS, EntityKind
from linkgraph.store.embedded import CaseStore
from linkgraph.writing import must_be_new, placing

FOLDER = "deconflict"
"""Folder of a case with its sessions; a session's secret is in it until the session is over."""
TYPE = "application/vnd.linkgraph.deconflict"
OFFERED, ANSWERED, FINISHED, ABANDONED, DISCLOSED = (
    "deconflict.offer",
    "deconflict.answer",
    "deconflict.finish",
    "deconflict.abandon",
    "deconflict.disclose",
)
"""Acts in the audit log."""
DAYS = 14
LARGEST_SET = 100_000

_LARGEST_FILE = LARGEST_MESSAGE * 3 // 2 + (1 << 20)
"""Bytes: signature and encryption add up to 1 MiB, base64 a third."""


def identifiers(case: Case, store: CaseStore, marking: str) -> dict[EntityKind, set[str]]:
    """Give the identifiers of a case that may take part, by kind.

    Args:
        case: whose; what partners handed on takes no part.
        store: of the case.
        marking: nothing that is marked stricter takes part.
    """
    store.take_all_memory()
    graph = Graph.read(store)
    whole = Extract.of(store, graph, agency=case.agency, show_victims=True)
    lets = pa.array(MARKINGS[MARKINGS.index(marking) :], pa.string())
    kept = whole.entities.filter(pc.is_in(whole.entities["marking"], value_set=lets))
    theirs = pa.array(list(graph.substitutes), pa.string())
    kept = kept.filter(pc.invert(pc.is_in(kept["id"], value_set=theirs)))
    found: dict[EntityKind, set[str]] = {kind: set() for kind in KINDS}
    for kind, value in zip(kept["kind"].to_pylist(), kept["value"].to_pylist(), strict=True):
        if (known := EntityKind(kind)) in found:
            found[known].add(value)
    return found


def offer(
    case: Case,
    out: Path,
    *,
    to: str,
    own: Own,
    legal_basis: str,
    kinds: Iterable[EntityKind] = KINDS,
    marking: str = "TLP:AMBER",
    mode: Mode = Mode.COUNT,
    days: int = DAYS,
    largest_set: int = LARGEST_SET,
    least: int = 0,
    padded: bool = False,
    follows: str | None = None,
    without_count: bool = False,
    key_folder: Path | None = None,
) -> Sent:
    """Make an offer and write it, signed and encrypted.

    Args:
        case: whose identifiers.
        out: the file; it must be new.
        to: the recipient in the address book.
        own: whose key signs.
        legal_basis: one line.
        kinds: what is compared.
        marking: of messages and result; nothing stricter takes part.
        mode: what both sides learn.
        days: for how long.
        largest_set: points that either side sends at the most.
        least: with fewer in common, both are told only that.
        padded: hide how many identifiers each side has.
        follows: for ``reveal``, the session of the count before it.
        without_count: reveal although nothing was counted before.
        key_folder: where the address book is; the user's where None.

    Raises:
        UsageError: no such recipient, terms that cannot be, or the file is there; nothing was written.
    """
    must_be_new(out)
    recipient = keys.find(to, key_folder)
    now = datetime.now(UTC)
    terms = Terms(
        offering=own.card.agency,
        answering=recipient.agency,
        kinds=tuple(sorted(set(kinds))),
        mode=mode,
        legal_basis=legal_basis,
        marking=marking,
        expires=now + timedelta(days=days),
        largest_set=largest_set,
        least=least,
        padded=padded,
        follows=follows,
    )
    if fault := terms.fault():
        raise UsageError(f"Nothing can be offered under these terms: {fault}.")
    sessions = case.folder / FOLDER
    with case.writing("deconflict offer") as store:
        draft = protocol.offering(
            identifiers(case, store, marking),
            terms=terms,
            sessions=sessions,
            now=now,
            without_count=without_count,
        )
        content = sealed.seal(draft.sent.message, TYPE, own, [recipient], now)
        with _logged(store, OFFERED, _told(draft.sent, terms) | {"to": recipient.fingerprint}), placing(out, content):
            protocol.begin(draft, sessions=sessions)
    return draft.sent


def terms_of(path: Path, own: Own, *, key_folder: Path | None = None) -> tuple[Terms, keys.Card]:
    """Give the terms of an offer and who made it, for the one who has to decide whether to answer it.

    Raises:
        IntegrityError: it is not for this key, was changed, or its signer is not the agency that its terms name.
        UsageError: it is another message.
    """
    received = _opened(path, own, key_folder)
    terms = protocol.terms_of(received.payload)
    _is_from(terms.offering, received)
    return terms, received.card


def answer(
    case: Case,
    path: Path,
    out: Path,
    own: Own,
    *,
    without_count: bool = False,
    key_folder: Path | None = None,
) -> Sent:
    """Answer an offer, which is to agree to its terms, and write the answer, signed and encrypted.

    Raises:
        IntegrityError: as :func:`terms_of`.
        UsageError: it is not for this agency, too late, answered already, or the file of the answer is there; nothing
            was written, and the offer can still be answered.
    """
    must_be_new(out)
    received = _opened(path, own, key_folder)
    terms = protocol.terms_of(received.payload)
    _is_from(terms.offering, received)
    sessions, now = case.folder / FOLDER, datetime.now(UTC)
    with case.writing("deconflict answer") as store:
        draft = protocol.answering(
            received.payload,
            identifiers(case, store, terms.marking),
            agency=own.card.agency,
            sessions=sessions,
            now=now,
            without_count=without_count,
        )
        content = sealed.seal(draft.sent.message, TYPE, own, [received.card], now)
        body = _told(draft.sent, terms) | {"to": received.card.fingerprint}
        body |= _committed_by(terms.offering, messages.read(received.payload))
        with _logged(store, ANSWERED, body), placing(out, content):
            protocol.begin(draft, sessions=sessions)
    return draft.sent


def finish(
    case: Case, path: Path, out: Path | None, own: Own, *, key_folder: Path | None = None
) -> tuple[Result, bool]:
    """Read the last message to this side and give what it tells; and whether one for the other side was written.

    Args:
        case: whose session.
        path: the message.
        out: where the closing message for the other side goes, a new file; needed by the side that made the offer, and
            by it alone.
        own: whose key opens and signs.
        key_folder: where the address book is; the user's where None.

    Raises:
        IntegrityError: it is not for this key, was changed, or is not of the partner of the session.
        UsageError: there is no such session, it is over, or there is no place for the closing message. The session
            waits, and what was at ``out`` is as it was.
    """
    if out is not None:
        must_be_new(out)
    sessions, now = case.folder / FOLDER, datetime.now(UTC)
    received = _opened(path, own, key_folder)
    message = messages.read(received.payload)
    begun = session.load(sessions, message.session)
    _is_from(begun.partner, received)
    if begun.offering and out is None:
        raise UsageError("The other side is told the same: say where its file goes, with -o.")
    if not begun.offering and out is not None:
        raise UsageError("The other side knows the result already, and there is no file for it: leave out -o.")
    with case.writing("deconflict finish") as store:
        outcome = protocol.finishing(received.payload, sessions=sessions, now=now)
        result, closing = outcome.result, outcome.closing
        body = {
            "session": result.session,
            "mode": result.mode,
            "with": received.card.fingerprint,
            "count": result.count,
            "revealed": len(result.common or ()),
            "secret_destroyed": True,
        }
        with _logged(store, FINISHED, body | _committed_by(begun.partner, message)), ExitStack() as written:
            if closing is not None and out is not None:
                # The secret is destroyed only once the other side's message is on the disk.
                written.enter_context(placing(out, sealed.seal(closing, TYPE, own, [received.card], now)))
            protocol.settle(outcome, sessions=sessions)
    return result, closing is not None


def abandon(case: Case, name: str, why: str) -> None:
    """Give a session up; its secret is destroyed.

    Raises:
        UsageError: there is no such session, it is over, or there is no reason.
    """
    if not why.strip():
        raise UsageError("A session is given up for a reason: say why.")
    with case.writing("deconflict abandon") as store, _logged(store, ABANDONED, {"session": name, "why": why}):
        protocol.abandon(name, sessions=case.folder / FOLDER)


@dataclass(frozen=True, slots=True)
class Declared:
    """What a side put into a session, as it had committed to it."""

    opening: Opening
    agency: str
    """Whose identifiers they are."""
    entry: int
    """Entry of the audit log that has the commitment."""
    logged_at: str
    """When it was written, as the log has it."""

    def to_json(self) -> dict[str, object]:
        """Give the stable form."""
        return {
            "session": self.opening.session,
            "agency": self.agency,
            "identifiers": [[kind, value] for kind, value in self.opening.identifiers],
            "commitment": self.opening.commitment,
            "entry": self.entry,
            "logged_at": self.logged_at,
        }


def disclose(case: Case, name: str, out: Path, why: str) -> Declared:
    """Write what opens this side's commitment, for a court or an auditor; it has the identifiers in it, readable.

    Raises:
        UsageError: there is no such session here, no reason, or the file is there.
        IntegrityError: what was kept is not what was committed to; nothing was written.
    """
    if not why.strip():
        raise UsageError("What was put in is shown for a reason: say who asked, by which right.")
    must_be_new(out)
    content = session.opening(case.folder / FOLDER, name)
    with case.writing("deconflict disclose") as store:
        found = _declared(case, store, content)
        if found.agency != case.agency:
            raise IntegrityError(f"The opening of session {name} is not that of this side; restore it from a backup.")
        body = {"session": name, "commitment": found.opening.commitment, "why": why}
        with placing(out, content), _logged(store, DISCLOSED, body):
            pass
    return found


def declared(case: Case, path: Path) -> Declared:
    """Read what :func:`disclose` wrote, here or on the other side, against the commitment in this case's audit log.

    Raises:
        UsageError: the session is not known here, or the file cannot be read.
        IntegrityError: these are other identifiers than those that were committed to.
    """
    content = _content(path)
    with case.reading() as store:
        return _declared(case, store, content)


def _declared(case: Case, store: CaseStore, content: bytes) -> Declared:
    opening = protocol.opened(content)
    known = False
    for entry in store.audit_entries():
        if entry.action not in {OFFERED, ANSWERED, FINISHED}:
            continue
        body = json.loads(entry.body)
        if body["session"] != opening.session:
            continue
        known = True
        for agency, commitment in (
            (case.agency, body.get("commitment")),
            (body.get("partner"), body.get("partner_commitment")),
        ):
            if commitment == opening.commitment:
                return Declared(opening, agency, entry.seq, entry.ts_utc)
    if not known:
        raise UsageError(f"Session {opening.session} is not in the audit log of this case.")
    raise IntegrityError("These are not the identifiers that were committed to; ask for the right ones.")


def sessions(case: Case) -> list[Session]:
    """Give the sessions of a case, by their names."""
    folder = case.folder / FOLDER
    return [session.load(folder, path.stem) for path in sorted(folder.glob("*.json"))]


def _opened(path: Path, own: Own, key_folder: Path | None) -> Received:
    received = sealed.unseal(_content(path), own, keys.known_cards(key_folder))
    if received.payload_type != TYPE:
        raise UsageError(f"'{visible(str(path))}' is no message of a deconfliction.")
    return received


def _content(path: Path) -> bytes:
    """Give what is in a file; what its size says is not believed."""
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST_FILE + 1)
    except OSError as fault:
        raise UsageError(f"'{visible(str(path))}' cannot be read: {fault.strerror or fault}.") from fault
    if len(content) > _LARGEST_FILE:
        raise UsageError(f"'{visible(str(path))}' is too large for a file of a deconfliction.")
    return content


@contextmanager
def _logged(store: CaseStore, action: str, body: Mapping[str, object]) -> Iterator[None]:
    """Do a block and log it, or neither: the entry is made before the block and kept if it ends well."""
    with store.transaction():
        store.log(case_folder.actor(), action, body)
        yield


def _is_from(agency: str, received: Received) -> None:
    if received.card.agency != agency:
        raise IntegrityError(
            f"The message is signed by {quoted(received.card.name)} of {quoted(received.card.agency)}, and would have "
            f"to come from {quoted(agency)}; ask both."
        )


def _told(sent: Sent, terms: Terms) -> dict[str, object]:
    return {
        "session": sent.session,
        "terms": terms.to_json(),
        "identifiers": sent.identifiers,
        "points": sent.points,
        "left_out": sent.left_out,
        "commitment": sent.commitment,
    }


def _committed_by(partner: str, message: messages.Message) -> dict[str, object]:
    """Give what the other side committed to, for the log: the message itself may not be there when it is asked for."""
    if isinstance(message, Offer | Answer):
        return {"partner": partner, "partner_commitment": message.commitment}
    return {}
