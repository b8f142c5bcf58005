r"""The three messages of an exchange as bytes, in one form only.

``header ‖ "\n" ‖ points ‖ SHA-256 of all before``. The header is canonical JSON; points are 32 bytes each, as many as
it says. The sum at the end finds damage. It stops nobody who writes a message anew: for that the caller signs.

| step | header, beside format, version, suite and session | points |
|---|---|---|
| offer | terms, normaliser, commitment | those of A, sorted |
| answer | SHA-256 of the offer, commitment | those of A times b, for a count sorted, else in A's order; of B, sorted |
| closing | SHA-256 of the answer, how many are in common | those of B times a, in B's order, if B is to learn which |

Points are sorted by their bytes, not shuffled: a point cannot be told from a random one, so neither can their order,
and the reader can see that no order was chosen to tell something by, and that no point is there twice (a point that
is sent k times would be known by its k in a count).

A commitment is the root of a Merkle tree over the salted identifiers of a side (:mod:`linkgraph.disclosure`): it tells
nothing, not even their number, until the side opens it to an auditor.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any, TypeVar

from linkgraph.errors import IntegrityError
from linkgraph.exchange.deconflict import group
from linkgraph.exchange.deconflict.identifiers import KINDS, Normaliser
from linkgraph.model import MARKINGS, EntityKind
from linkgraph.store.audit import canonical

FORMAT, VERSION = "linkgraph-deconflict", 1

LARGEST_SET = 1 << 20
"""Points of one side at the most, whatever the terms say. All IPv4 addresses would be 4,096 times as many."""

_LONGEST_HEADER = 1 << 14
_SUM = hashlib.sha256().digest_size
LARGEST_MESSAGE = _LONGEST_HEADER + 2 * LARGEST_SET * group.POINT + _SUM
"""Bytes; a longer file need not be read."""

_LONGEST_NAME, _LONGEST_TEXT = 200, 2000
_SESSION = re.compile("[0-9a-f]{32}")
_SHA256 = re.compile("[0-9a-f]{64}")
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class Mode(StrEnum):
    """What both sides learn."""

    COUNT = "count"
    """How many identifiers are in common."""
    REVEAL = "reveal"
    """Which of its own identifiers are in common."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which rules two agencies compare; the offer carries them, and who answers it agrees to them."""

    offering: str
    """Agency A: it makes the offer, and is the first to learn the result."""
    answering: str
    """Agency B."""
    kinds: tuple[EntityKind, ...]
    """What is compared, of :data:`linkgraph.exchange.deconflict.identifiers.KINDS`; sorted."""
    mode: Mode
    legal_basis: str
    marking: str
    """TLP 2.0 marking of the messages and of the result."""
    expires: datetime
    """With a zone; kept to the second. Nothing is answered or finished after it."""
    largest_set: int
    """Points that either side sends at the most."""
    least: int = 0
    """With fewer in common than this, both sides are told only that; 0: no such rule."""
    padded: bool = False
    """Whether each side fills up to the next power of two with random points, which hides how many it has."""
    follows: str | None = None
    """For ``reveal``: session of the count after which it was decided on."""

    def fault(self) -> str | None:
        """Say in a clause why these terms cannot be, None where they can."""
        names = (self.offering, self.answering)
        if not all(_is_line(name, _LONGEST_NAME) for name in names) or names[0] == names[1]:
            return "they need the names of two agencies"
        if not _is_line(self.legal_basis, _LONGEST_TEXT):
            return f"they need a legal basis, one line of up to {_LONGEST_TEXT:,} characters"
        if not self.kinds or not KINDS.issuperset(self.kinds) or list(self.kinds) != sorted(set(self.kinds)):
            return f"what is compared must be some of {', '.join(sorted(KINDS))}, sorted, each once"
        if self.marking not in MARKINGS:
            return f"the marking must be one of {', '.join(MARKINGS)}"
        if self.expires.utcoffset() is None:
            return "the time at which they expire has no zone"
        if not 1 <= self.largest_set <= LARGEST_SET:
            return f"the largest set must be from 1 to {LARGEST_SET:,}"
        if not 0 <= self.least <= self.largest_set:
            return "the least number that is told must be from 0 to the largest set"
        if self.follows is not None and (self.mode is not Mode.REVEAL or not _SESSION.fullmatch(self.follows)):
            return "only a reveal follows a session, and a session is named by its 32 digits"
        return None

    def expired(self, now: datetime) -> bool:
        """Tell whether it is too late."""
        return now >= self.expires

    def to_json(self) -> dict[str, Any]:
        """Give the form that the offer has, and that an officer can read."""
        return {
            "offering": self.offering,
            "answering": self.answering,
            "kinds": list(self.kinds),
            "mode": self.mode,
            "legal_basis": self.legal_basis,
            "marking": self.marking,
            "expires": self.expires.astimezone(UTC).strftime(_TIME),
            "largest_set": self.largest_set,
            "least": self.least,
            "padded": self.padded,
            "follows": self.follows,
        }


def terms_from_json(record: Mapping[str, Any]) -> Terms:
    """Read terms as :meth:`Terms.to_json` gives them; whether they can be is :meth:`Terms.fault`'s to say.

    Raises:
        ValueError, KeyError, TypeError: they have another form.
    """
    follows = record["follows"]
    return Terms(
        offering=_is(str, record["offering"]),
        answering=_is(str, record["answering"]),
        kinds=tuple(EntityKind(kind) for kind in _is(list, record["kinds"])),
        mode=Mode(record["mode"]),
        legal_basis=_is(str, record["legal_basis"]),
        marking=_is(str, record["marking"]),
        expires=datetime.strptime(record["expires"], _TIME).replace(tzinfo=UTC),
        largest_set=_is(int, record["largest_set"]),
        least=_is(int, record["least"]),
        padded=_is(bool, record["padded"]),
        follows=None if follows is None else _is(str, follows),
    )


@dataclass(frozen=True, slots=True)
class Offer:
    """The first message, from A to B."""

    session: str
    """32 hexadecimal digits, drawn by A."""
    terms: Terms
    normaliser: Normaliser
    commitment: str
    """Root over A's salted identifiers, in hexadecimal."""
    points: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """The second message, from B to A."""

    session: str
    offer: str
    """SHA-256 of the offer, in hexadecimal."""
    commitment: str
    """Root over B's salted identifiers."""
    theirs: bytes
    """A's points times b."""
    points: bytes
    """B's own points."""


@dataclass(frozen=True, slots=True)
class Closing:
    """The third message, from A to B."""

    session: str
    answer: str
    """SHA-256 of the answer, in hexadecimal."""
    count: int | None
    """Identifiers in common; None: fewer than the least that is told."""
    points: bytes
    """B's points times a; none where B is not to learn which."""


Message = Offer | Answer | Closing


def write(message: Message) -> bytes:
    """Give a message as it travels."""
    body = _header(message) + b"\n" + _points(message)
    return body + hashlib.sha256(body).digest()


def read(content: bytes) -> Message:
    """Read a message: its form, not yet whether it fits a session or whether its points are points.

    Raises:
        IntegrityError: it is none, is damaged, too large, of a later version or of another suite.
    """
    if len(content) > LARGEST_MESSAGE:
        raise IntegrityError(
            f"The file has {len(content):,} bytes, a deconfliction file at most {LARGEST_MESSAGE:,}; "
            "it was not read, ask who sent it."
        )
    end = content.find(b"\n", 0, _LONGEST_HEADER + 1)
    if end < 0:
        raise IntegrityError("This is no deconfliction file; give the one that your partner sent.")
    head = content[:end]
    record = _record(head)
    points, total = content[end + 1 : -_SUM], content[-_SUM:]
    if hashlib.sha256(content[:-_SUM]).digest() != total:
        raise IntegrityError("The deconfliction file was damaged on its way or cut off; have it sent again.")
    try:
        message = _OF_STEP[record["step"]](record, points)
        same = _header(message) == head
    except (ValueError, KeyError, TypeError, OverflowError) as fault:
        raise IntegrityError("The header of the deconfliction file cannot be read; have it made again.") from fault
    if not same:
        raise IntegrityError("The header of the deconfliction file is not in the one form it has; have it made again.")
    if not isinstance(message, Closing) and not in_order(message.points):
        raise IntegrityError(
            "The points of the deconfliction file are not sorted, or one is there twice: their order could tell "
            "something; have it made again by an unchanged linkgraph."
        )
    return message


def in_order(points: bytes) -> bool:
    """Tell whether points are sorted and each is there once."""
    return all(one < other for one, other in pairwise(group.split(points)))


def of_session(text: str) -> bool:
    """Tell whether a text is the name of a session; nothing else may become part of a path."""
    return _SESSION.fullmatch(text) is not None


def _record(head: bytes) -> dict[str, Any]:
    """Read the header as far as it says whether the rest can be read."""
    try:
        record = _is(dict, json.loads(head))
        if record["format"] != FORMAT:
            raise ValueError("another format")
        version, suite = record["version"], record["suite"]
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        raise IntegrityError("This is no deconfliction file; give the one that your partner sent.") from fault
    if type(version) is not int or version != VERSION:
        raise IntegrityError(
            f"The deconfliction file is not of version {VERSION}, the one this linkgraph reads; "
            "both sides need the same version of linkgraph."
        )
    if suite != group.SUITE:
        raise IntegrityError(
            f"The deconfliction file is not made with {group.SUITE}, the one suite this linkgraph knows; "
            "both sides need the same version of linkgraph."
        )
    return record


def _header(message: Message) -> bytes:
    common = {"format": FORMAT, "version": VERSION, "suite": group.SUITE, "session": message.session}
    own = len(message.points) // group.POINT
    rest: dict[str, Any]
    if isinstance(message, Offer):
        normaliser = {"version": message.normaliser.version, "vectors": message.normaliser.vectors}
        rest = {"step": "offer", "terms": message.terms.to_json(), "normaliser": normaliser, "points": own}
        rest["commitment"] = message.commitment
    elif isinstance(message, Answer):
        theirs = len(message.theirs) // group.POINT
        rest = {"step": "answer", "offer": message.offer, "theirs": theirs, "points": own}
        rest["commitment"] = message.commitment
    else:
        rest = {"step": "closing", "answer": message.answer, "count": message.count, "points": own}
    return canonical(common | rest).encode()


def _points(message: Message) -> bytes:
    return message.theirs + message.points if isinstance(message, Answer) else message.points


def _offer(record: Mapping[str, Any], points: bytes) -> Offer:
    terms = terms_from_json(record["terms"])
    if fault := terms.fault():
        raise ValueError(fault)
    normaliser = Normaliser(
        _is(int, record["normaliser"]["version"]), _matching(_SHA256, record["normaliser"]["vectors"])
    )
    commitment = _matching(_SHA256, record["commitment"])
    return Offer(_session(record), terms, normaliser, commitment, _counted(record, points))


def _answer(record: Mapping[str, Any], points: bytes) -> Answer:
    theirs = _is(int, record["theirs"])
    if not 0 <= theirs <= LARGEST_SET:
        raise ValueError(theirs)
    cut = theirs * group.POINT
    offer, commitment = _matching(_SHA256, record["offer"]), _matching(_SHA256, record["commitment"])
    return Answer(_session(record), offer, commitment, points[:cut], _counted(record, points[cut:]))


def _closing(record: Mapping[str, Any], points: bytes) -> Closing:
    count = record["count"]
    if count is not None and not 0 <= _is(int, count) <= LARGEST_SET:
        raise ValueError(count)
    return Closing(_session(record), _matching(_SHA256, record["answer"]), count, _counted(record, points))


_OF_STEP: dict[str, Callable[[Mapping[str, Any], bytes], Message]] = {
    "offer": _offer,
    "answer": _answer,
    "closing": _closing,
}


def _counted(record: Mapping[str, Any], points: bytes) -> bytes:
    """Give the points if they are as many as the header says."""
    number = _is(int, record["points"])
    if not 0 <= number <= LARGEST_SET or len(points) != number * group.POINT:
        raise ValueError(number)
    return points


def _session(record: Mapping[str, Any]) -> str:
    return _matching(_SESSION, record["session"])


def _matching(pattern: re.Pattern[str], value: object) -> str:
    text = _is(str, value)
    if not pattern.fullmatch(text):
        raise ValueError(text)
    return text


def _is_line(text: str, longest: int) -> bool:
    """Tell whether a text can be shown: no line ends, no characters that hide or turn others."""
    return bool(text.strip()) and len(text) <= longest and text.isprintable()


T = TypeVar("T")


def _is(kind: type[T], value: object) -> T:
    """Give a value of exactly this type: True is no number."""
    if type(value) is not kind:
        raise TypeError(value)
    return value
