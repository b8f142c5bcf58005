"""Private set intersection by three files: offer (A to B), answer (B to A), closing (A to B).

A has the set X and draws a, B has Y and draws b; H maps to the group (:mod:`.group`).

1. *offer*: the terms, and a·H(x) for all of X.
2. *answer*: b·(a·H(x)), and b·H(y) for all of Y. b is forgotten here and is never on a disk.
3. *closing*: A works out a·(b·H(y)); equal points are equal identifiers. If both are to learn which of their own are
   in common, A sends these points as well, in B's order; in a count it sends the number alone.

For a count the points of step 2 are sorted, so A sees how many of its own are among B's and not which. What each side
must be trusted with is in docs/deconflict.md: both run this program unchanged and put in what they have cases for.

Source: B. Huberman, M. Franklin and T. Hogg, "Enhancing privacy and trust in electronic communities", ACM EC 1999
(protocol); C. Meadows, IEEE S&P 1986 (its idea); E. De Cristofaro, P. Gasti and G. Tsudik, "Fast and private
computation of cardinality of set intersection and union", CANS 2012 (shuffling for a count).

:func:`offer`, :func:`answer` and :func:`finish` are two steps each: the first works the message out and changes
nothing, the second uses the session (:func:`begin`, :func:`settle`). Between them a caller writes the message down, so
that no session is used for a message that then cannot be written.

Messages are bytes. Whoever calls signs and encrypts them (:mod:`linkgraph.exchange.sealed`), and compares the agency
on the signer's card with the one in the terms; without a signature anybody can write a message anew.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from linkgraph import disclosure
from linkgraph.errors import IntegrityError, UsageError
from linkgraph.exchange.deconflict import group, messages, session
from linkgraph.exchange.deconflict.identifiers import Chosen, Identifier, chosen, normaliser, tagged
from linkgraph.exchange.deconflict.messages import Answer, Closing, Mode, Offer, Terms
from linkgraph.exchange.deconflict.session import Session, State
from linkgraph.model import EntityKind
from linkgraph.store.audit import canonical

_OPENING, _OPENING_VERSION = "linkgraph-deconflict-opening", 2
_PADDING = -1
"""In an order of points: no identifier."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was made, and what is in it."""

    session: str
    message: bytes
    identifiers: int
    """Own identifiers that take part."""
    points: int
    """Points that stand for them, with padding."""
    left_out: int
    """Own identifiers that strangers share, and that take no part: private addresses, digests of the empty file."""
    commitment: str
    """Root over the salted identifiers, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one side learns."""

    session: str
    mode: Mode
    partner: str
    points: int
    """Points that this side sent."""
    partner_points: int
    """Points that the other side sent."""
    count: int | None
    """Identifiers in common; None: fewer than ``least``."""
    least: int
    common: tuple[Identifier, ...] | None
    """Own identifiers that the other side has too, sorted; None in a count, or with fewer than ``least``."""

    def in_words(self) -> str:
        """Give the number as it may be told."""
        return f"fewer than {self.least:,}" if self.count is None else f"{self.count:,}"

    def to_json(self) -> dict[str, Any]:
        """Give the stable form."""
        return {
            "session": self.session,
            "mode": self.mode,
            "partner": self.partner,
            "points": self.points,
            "partner_points": self.partner_points,
            "count": self.count,
            "least": self.least,
            "common": None if self.common is None else [[kind, value] for kind, value in self.common],
        }


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that was worked out, of a session that is not begun yet."""

    sent: Sent
    session: Session
    secret: Mapping[str, Any]
    opening: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was worked out of the last message, in a session that is not over yet."""

    result: Result
    closing: bytes | None
    """For the other side, where it is to be told the same."""
    session: Session
    """As it will be when it is over."""


def offer(
    identifiers: Mapping[EntityKind, Collection[str]],
    *,
    terms: Terms,
    sessions: Path,
    now: datetime,
    without_count: bool = False,
    threads: int | None = None,
) -> Sent:
    """Make the first message and begin its session; see :func:`offering` and :func:`begin`."""
    draft = offering(identifiers, terms=terms, sessions=sessions, now=now, without_count=without_count, threads=threads)
    begin(draft, sessions=sessions)
    return draft.sent


def offering(
    identifiers: Mapping[EntityKind, Collection[str]],
    *,
    terms: Terms,
    sessions: Path,
    now: datetime,
    without_count: bool = False,
    threads: int | None = None,
) -> Draft:
    """Work out the first message; nothing is written.

    Args:
        identifiers: canonical values by kind; kinds that the terms do not name are left alone.
        terms: under which they are compared.
        sessions: folder of this side's sessions.
        now: with a zone.
        without_count: reveal although nothing was counted before.
        threads: as many as there are cores where not given.

    Raises:
        UsageError: the terms cannot be, or the identifiers do not fit them.
    """
    terms = replace(terms, kinds=tuple(sorted(set(terms.kinds))), expires=terms.expires.replace(microsecond=0))
    if fault := terms.fault():
        raise UsageError(f"Nothing can be offered under these terms: {fault}.")
    _in_time(terms, now)
    _after_count(terms, sessions, without_count=without_count)
    number, name = group.secret(), secrets.token_hex(16)
    own = _own(identifiers, terms, name, number, threads)
    message = messages.write(Offer(name, terms, normaliser(), own.commitment, own.points))
    # For a count the order is not kept: nobody can find out later, not even here, which were in common.
    order = own.order if terms.mode is Mode.REVEAL else None
    begun = Session(name, terms, True, State.OFFERED, _sha256(message), len(own.order))
    return Draft(own.sent(name, message), begun, {"number": number.hex(), "order": order}, own.opening)


def begin(draft: Draft, *, sessions: Path) -> None:
    """Begin the session of a message that was worked out; from here on the message can be sent.

    Raises:
        UsageError: the session was begun before.
        StorageError: it cannot be written.
    """
    session.begin(sessions, draft.session, secret=draft.secret, opening=draft.opening)


def terms_of(content: bytes) -> Terms:
    """Give the terms of an offer, for the one who has to decide whether to answer it.

    Raises:
        IntegrityError: it cannot be read.
        UsageError: it is another message.
    """
    return _an_offer(content).terms


def answer(
    content: bytes,
    identifiers: Mapping[EntityKind, Collection[str]],
    *,
    agency: str,
    sessions: Path,
    now: datetime,
    without_count: bool = False,
    threads: int | None = None,
) -> Sent:
    """Make the second message and begin this side's session; see :func:`answering` and :func:`begin`."""
    draft = answering(
        content,
        identifiers,
        agency=agency,
        sessions=sessions,
        now=now,
        without_count=without_count,
        threads=threads,
    )
    begin(draft, sessions=sessions)
    return draft.sent


def answering(
    content: bytes,
    identifiers: Mapping[EntityKind, Collection[str]],
    *,
    agency: str,
    sessions: Path,
    now: datetime,
    without_count: bool = False,
    threads: int | None = None,
) -> Draft:
    """Work out the second message; nothing is written. To answer is to agree to the offer's terms.

    Args:
        content: the offer.
        identifiers: as in :func:`offer`.
        agency: this side's name; it must be the one the offer is made to.
        sessions: folder of this side's sessions.
        now: with a zone.
        without_count: reveal although nothing was counted before.
        threads: as many as there are cores where not given.

    Raises:
        IntegrityError: the offer is damaged, or one of its points is none.
        UsageError: it is not for this side, too late, answered already, or does not fit.
    """
    offered = _an_offer(content)
    name, terms = offered.session, offered.terms
    if agency != terms.answering:
        raise UsageError(f"The offer is made to {terms.answering}, not to {agency}; give it to them.")
    _in_time(terms, now)
    if offered.normaliser != normaliser():
        raise UsageError(
            "The two sides write identifiers differently, so that some in common would not be found; both sides need "
            "the same version of linkgraph and of its libraries."
        )
    _after_count(terms, sessions, without_count=without_count)
    if session.known(sessions, name):
        raise session.used(name)
    _within(offered.points, terms)
    number = group.secret()
    own = _own(identifiers, terms, name, number, threads)
    theirs = group.multiplied(number, offered.points, threads=threads)
    if terms.mode is Mode.COUNT:
        theirs = b"".join(sorted(group.split(theirs)))
    message = messages.write(Answer(name, _sha256(content), own.commitment, theirs, own.points))
    reveal = terms.mode is Mode.REVEAL
    secret = {"order": own.order if reveal else None, "theirs": theirs.hex() if reveal else None}
    sizes = len(own.order), len(offered.points) // group.POINT
    begun = Session(name, terms, False, State.ANSWERED, _sha256(message), *sizes)
    return Draft(own.sent(name, message), begun, secret, own.opening)


def finish(content: bytes, *, sessions: Path, now: datetime, threads: int | None = None) -> tuple[Result, bytes | None]:
    """Read the last message to this side, after which the session is over; see :func:`finishing` and :func:`settle`.

    Returns:
        What this side learns; and for A the closing message, which tells B the same.
    """
    outcome = finishing(content, sessions=sessions, now=now, threads=threads)
    settle(outcome, sessions=sessions)
    return outcome.result, outcome.closing


def finishing(content: bytes, *, sessions: Path, now: datetime, threads: int | None = None) -> Outcome:
    """Work out what the last message to this side tells: to A the answer, to B the closing message.

    Nothing is written. What was worked out may be kept and told only after :func:`settle`.

    Args:
        content: the message.
        sessions: folder of this side's sessions.
        now: with a zone.
        threads: as many as there are cores where not given.

    Raises:
        IntegrityError: the message is damaged, answers another one, or one of its points is none; the session waits
            for the right message.
        UsageError: there is no such session here, it was used, or it is too late.
    """
    message = messages.read(content)
    if isinstance(message, Offer):
        raise UsageError("This is an offer; it is answered, not finished.")
    begun = session.load(sessions, message.session)
    if begun.offering is not isinstance(message, Answer):
        raise UsageError(f"This message was made on this side; it is for {begun.partner}.")
    if begun.state in {State.FINISHED, State.ABANDONED}:
        raise session.used(begun.session)
    _in_time(begun.terms, now)
    if begun.sent != (message.offer if isinstance(message, Answer) else message.answer):
        raise IntegrityError(
            f"The message of session {begun.session} answers another one than was sent from here; "
            "have it made again from the file that you sent."
        )
    secret = session.secret(sessions, begun.session)
    if isinstance(message, Answer):
        result, closing = _of_answer(message, begun, secret, content, sessions, threads)
    else:
        result, closing = _of_closing(message, begun, secret, sessions, threads), None
    over = replace(begun, state=State.FINISHED, partner_points=result.partner_points, count=result.count)
    return Outcome(result, closing, over)


def settle(outcome: Outcome, *, sessions: Path) -> None:
    """Destroy the secret of a session whose result was worked out; it is over then, and the result may be told.

    Raises:
        UsageError: another process was first, and has the result.
        StorageError: the secret cannot be destroyed: there is no result.
    """
    session.end(sessions, outcome.session)


def abandon(name: str, *, sessions: Path) -> None:
    """Give a session up: its secret is destroyed and no message of it will be read.

    Raises:
        UsageError: there is no such session, or it is over.
    """
    begun = session.load(sessions, name)
    session.end(sessions, replace(begun, state=State.ABANDONED))


@dataclass(frozen=True, slots=True)
class Opening:
    """What a side shows of a session to a court or an auditor: what it put in, and what it had committed to by that."""

    session: str
    identifiers: tuple[Identifier, ...]
    commitment: str
    """As in the message that the other side was sent, if these are the identifiers that it was made of."""


def opened(content: bytes) -> Opening:
    """Read what a side kept (:func:`linkgraph.exchange.deconflict.session.opening`), and commit to it again.

    Raises:
        IntegrityError: it cannot be read, or is of another version.
    """
    try:
        record = json.loads(content)
        if record["format"] != _OPENING:
            raise ValueError("another format")
        if record["version"] != _OPENING_VERSION:
            raise IntegrityError(
                f"The opening is not of version {_OPENING_VERSION}, the one this linkgraph reads; check it with the "
                "version of linkgraph that the session was begun with."
            )
        if not messages.of_session(record["session"]):
            raise ValueError("no session")
        name, found = record["session"], tuple((EntityKind(kind), str(one)) for kind, one in record["identifiers"])
        return Opening(name, found, _commitment(bytes.fromhex(record["key"]), name, found))
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        raise IntegrityError("The opening cannot be read; ask for it again.") from fault


@dataclass(frozen=True, slots=True)
class _Own:
    """One side's own set, made ready."""

    chosen: Chosen
    points: bytes
    """Sorted."""
    order: list[int]
    """For each point the place of its identifier."""
    commitment: str
    opening: bytes

    def sent(self, name: str, message: bytes) -> Sent:
        size, left_out = len(self.chosen.identifiers), self.chosen.left_out
        return Sent(name, message, size, len(self.order), left_out, self.commitment)


def _own(
    identifiers: Mapping[EntityKind, Collection[str]], terms: Terms, name: str, number: bytes, threads: int | None
) -> _Own:
    taking_part = chosen(identifiers, terms.kinds)
    own = taking_part.identifiers
    if not own:
        raise UsageError(f"There is no {' or '.join(terms.kinds)} here that could be compared; nothing was made.")
    size = 1 << (len(own) - 1).bit_length() if terms.padded else len(own)
    if size > terms.largest_set:
        raise UsageError(
            f"{size:,} points would be sent and the terms allow {terms.largest_set:,}; compare fewer identifiers, or "
            "agree on other terms."
        )
    padding = [None] * (size - len(own))
    unsorted = group.split(group.hidden(number, [*map(tagged, own), *padding], threads=threads))
    places = sorted(range(size), key=unsorted.__getitem__)
    key = secrets.token_bytes(32)
    opening = {"format": _OPENING, "version": _OPENING_VERSION, "session": name, "key": key.hex(), "identifiers": own}
    return _Own(
        taking_part,
        b"".join(unsorted[place] for place in places),
        [place if place < len(own) else _PADDING for place in places],
        _commitment(key, name, own),
        canonical(opening).encode(),
    )


def _of_answer(
    message: Answer,
    begun: Session,
    secret: Mapping[str, Any],
    content: bytes,
    sessions: Path,
    threads: int | None,
) -> tuple[Result, bytes]:
    """Work out what A learns, and tell B."""
    terms = begun.terms
    _as_many(message.theirs, begun.points)
    _within(message.points, terms)
    group.check(message.theirs, threads=threads)
    if terms.mode is Mode.COUNT and not messages.in_order(message.theirs):
        raise IntegrityError(
            f"The points that came back from {begun.partner} are not sorted, which would show which identifiers are "
            "in common and not only how many; have the answer made again by an unchanged linkgraph."
        )
    mine = _distinct(message.theirs)
    multiplied = group.multiplied(
        bytes.fromhex(secret["number"]), message.points, first=begun.points + 1, threads=threads
    )
    both = set(group.split(multiplied))
    found = [one in both for one in mine]
    count = sum(found) if sum(found) >= terms.least else None
    reveal = terms.mode is Mode.REVEAL and count is not None
    common = _common(found, secret["order"], sessions, begun.session) if reveal else None
    partner_points = len(message.points) // group.POINT
    result = _result(begun, partner_points, count, common)
    closing = Closing(begun.session, _sha256(content), count, multiplied if reveal else b"")
    return result, messages.write(closing)


def _of_closing(
    message: Closing, begun: Session, secret: Mapping[str, Any], sessions: Path, threads: int | None
) -> Result:
    """Work out what B learns."""
    terms, count, partner_points = begun.terms, message.count, begun.partner_points or 0
    too_few = count is None and terms.least == 0
    not_told = count is not None and not terms.least <= count <= min(begun.points, partner_points)
    reveal = terms.mode is Mode.REVEAL and count is not None
    _as_many(message.points, begun.points if reveal else 0)
    if too_few or not_told:
        raise IntegrityError(
            f"The number that {begun.partner} tells cannot be under the terms; have the closing message made again."
        )
    if not reveal:
        return _result(begun, partner_points, count, None)
    group.check(message.points, threads=threads)
    both = set(group.split(bytes.fromhex(secret["theirs"])))
    found = [one in both for one in _distinct(message.points)]
    if sum(found) != count:
        raise IntegrityError(
            f"{begun.partner} counted {count:,} identifiers in common and sent points for {sum(found):,}; "
            "ask them what happened before you rely on either."
        )
    return _result(begun, partner_points, count, _common(found, secret["order"], sessions, begun.session))


def _result(begun: Session, partner_points: int, count: int | None, common: tuple[Identifier, ...] | None) -> Result:
    terms = begun.terms
    return Result(begun.session, terms.mode, begun.partner, begun.points, partner_points, count, terms.least, common)


def _common(found: Sequence[bool], order: Sequence[int], sessions: Path, name: str) -> tuple[Identifier, ...]:
    """Give the own identifiers behind the points that were found."""
    own = json.loads(session.opening(sessions, name))["identifiers"]
    places = sorted(place for is_common, place in zip(found, order, strict=True) if is_common)
    if places and places[0] == _PADDING:
        raise IntegrityError("A point that stands for nothing was found in common; the messages were made up.")
    return tuple((EntityKind(own[place][0]), own[place][1]) for place in places)


def _an_offer(content: bytes) -> Offer:
    message = messages.read(content)
    if not isinstance(message, Offer):
        raise UsageError("This is no offer; an answer or a closing message is finished, not answered.")
    return message


def _in_time(terms: Terms, now: datetime) -> None:
    if terms.expired(now):
        until = terms.to_json()["expires"]
        raise UsageError(f"The terms held until {until}, which is over; make a new offer.")


def _after_count(terms: Terms, sessions: Path, *, without_count: bool) -> None:
    """Refuse to reveal what was not counted before: revealing is a decision of its own."""
    if terms.mode is not Mode.REVEAL or (terms.follows is None and without_count):
        return
    if terms.follows is None:
        raise UsageError("To reveal is decided after a count; make a count first and name its session.")
    counted = session.load(sessions, terms.follows)
    earlier = counted.terms
    same = {earlier.offering, earlier.answering} == {terms.offering, terms.answering}
    if counted.state is not State.FINISHED or earlier.mode is not Mode.COUNT or not same:
        raise UsageError(
            f"Session {terms.follows} is no finished count between {terms.offering} and {terms.answering}; "
            "make a count first."
        )
    if not set(terms.kinds) <= set(earlier.kinds):
        raise UsageError(f"Session {terms.follows} counted {', '.join(earlier.kinds)} alone; reveal no other kinds.")


def _within(points: bytes, terms: Terms) -> None:
    if len(points) > terms.largest_set * group.POINT:
        raise IntegrityError(
            f"The file has {len(points) // group.POINT:,} points of one side and its terms allow "
            f"{terms.largest_set:,}; ask your partner why."
        )


def _as_many(points: bytes, expected: int) -> None:
    if len(points) != expected * group.POINT:
        raise IntegrityError(
            f"{len(points) // group.POINT:,} points came back where {expected:,} were due; have the message made again."
        )


def _distinct(points: bytes) -> list[bytes]:
    found = group.split(points)
    if len(set(found)) != len(found):
        raise IntegrityError("One point came back twice; have the message made again by an unchanged linkgraph.")
    return found


def _commitment(key: bytes, name: str, identifiers: Sequence[Identifier]) -> str:
    rows = ((at, tagged(one)) for at, one in enumerate(identifiers, 1))
    return disclosure.commit(key, name, rows).root


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
