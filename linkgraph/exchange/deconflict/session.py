"""A session on disk: what a side keeps between two messages, and that it is used once.

Three files in a folder of the caller's, named by the session:

| file | content | until |
|---|---|---|
| ``.json`` | terms, which side, state, hash of the message that was sent; no identifier, no secret | always |
| ``.secret`` | what the next message needs: A's secret number, the order of the points | the session is finished |
| ``.opening`` | the side's own identifiers and the key of their salts, for an auditor | the case's rules say |

The secret is destroyed before the result is given: overwritten, then unlinked. Only one process can unlink a file, so
only one gets a result. On solid-state disks and journaling file systems old blocks may outlive that; the disk itself
has to be encrypted. Between destroying and noting it down a cut leaves a session that has no secret: it counts as used.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from linkgraph.errors import IntegrityError, StorageError, UsageError
from linkgraph.exchange.deconflict import messages
from linkgraph.exchange.deconflict.messages import Terms
from linkgraph.store.audit import canonical
from linkgraph.writing import replace_file, replacing

FORMAT, VERSION = "linkgraph-deconflict-session", 1


class State(StrEnum):
    """How far a session is, seen from one side."""

    OFFERED = "offered"
    """A waits for the answer."""
    ANSWERED = "answered"
    """B waits for the closing message."""
    FINISHED = "finished"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Session:
    """What a side keeps of a session, for good."""

    session: str
    terms: Terms
    offering: bool
    """Whether this side made the offer."""
    state: State
    sent: str
    """SHA-256 of the message that this side sent last, in hexadecimal."""
    points: int
    """Points that this side sent of its own."""
    partner_points: int | None = None
    """Points that the other side sent; None while it sent none."""
    count: int | None = None
    """Identifiers in common, once finished; None: fewer than the least that is told."""

    @property
    def partner(self) -> str:
        """The other agency."""
        return self.terms.answering if self.offering else self.terms.offering


def begin(folder: Path, session: Session, *, secret: Mapping[str, Any], opening: bytes) -> None:
    """Write a session down for the first time.

    Raises:
        UsageError: it has been begun on this side before.
        StorageError: it cannot be written.
    """
    name = session.session
    if known(folder, name):
        raise used(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Of two that begin one session at once, one finds the file there.
        _place(folder, name, "secret").touch(0o600, exist_ok=False)
    except OSError as fault:
        raise _not_written(folder, fault) from fault
    try:
        _write_through(_place(folder, name, "secret"), canonical(secret).encode())
        _place(folder, name, "opening").touch(0o600)
        _write_through(_place(folder, name, "opening"), opening)
        note(folder, session)
    except (OSError, StorageError) as fault:
        for ending in ("secret", "opening"):
            with suppress(OSError):
                _place(folder, name, ending).unlink(missing_ok=True)
        raise _not_written(folder, fault) from fault


def note(folder: Path, session: Session) -> None:
    """Write down how far a session is."""
    replace_file(_place(folder, session.session, "json"), _record(session))


def end(folder: Path, session: Session) -> None:
    """Destroy what the next message needs and note that the session is over; only one process can.

    The note is on the disk before the secret is destroyed: a full disk is found while the secret is still there.

    Raises:
        UsageError: another process was first.
        StorageError: the folder cannot be written.
    """
    with replacing(_place(folder, session.session, "json")) as stream:
        stream.write(_record(session))
        stream.flush()
        os.fsync(stream.fileno())
        destroy(folder, session.session)


def _record(session: Session) -> bytes:
    record = {
        "format": FORMAT,
        "version": VERSION,
        "session": session.session,
        "terms": session.terms.to_json(),
        "offering": session.offering,
        "state": session.state,
        "sent": session.sent,
        "points": session.points,
        "partner_points": session.partner_points,
        "count": session.count,
    }
    return canonical(record).encode() + b"\n"


def known(folder: Path, session: str) -> bool:
    """Tell whether a session was begun on this side."""
    return any(_place(folder, session, ending).exists() for ending in ("json", "secret"))


def load(folder: Path, session: str) -> Session:
    """Give a session as it was noted last.

    Raises:
        UsageError: there is none of this name.
        IntegrityError: its file is damaged.
    """
    path = _place(folder, session, "json")
    try:
        record = json.loads(path.read_bytes())
        if (record["format"], record["version"], record["session"]) != (FORMAT, VERSION, session):
            raise ValueError(session)
        return Session(
            session,
            messages.terms_from_json(record["terms"]),
            bool(record["offering"]),
            State(record["state"]),
            str(record["sent"]),
            int(record["points"]),
            record["partner_points"],
            record["count"],
        )
    except FileNotFoundError as fault:
        raise UsageError(
            f"No session {session} was begun here; look whether the file belongs to another case or another machine."
        ) from fault
    except OSError as fault:
        raise StorageError(f"'{path}' could not be read: {fault.strerror or fault}.") from fault
    except (ValueError, KeyError, TypeError) as fault:
        raise IntegrityError(f"'{path}' is damaged; abandon the session and make a new offer.") from fault


def secret(folder: Path, session: str) -> dict[str, Any]:
    """Give what the next message needs.

    Raises:
        UsageError: it was used, and is destroyed.
    """
    try:
        record: dict[str, Any] = json.loads(_place(folder, session, "secret").read_bytes())
    except FileNotFoundError as fault:
        raise used(session) from fault
    except OSError as fault:
        raise StorageError(f"The secret of session {session} could not be read: {fault.strerror or fault}.") from fault
    except ValueError as fault:
        raise IntegrityError(
            f"The secret of session {session} is damaged; abandon the session and make a new offer."
        ) from fault
    return record


def destroy(folder: Path, session: str) -> None:
    """Overwrite and unlink what the next message needs.

    Raises:
        UsageError: another process was first.
    """
    path = _place(folder, session, "secret")
    try:
        _write_through(path, bytes(path.stat().st_size))
        path.unlink()
    except FileNotFoundError as fault:
        raise used(session) from fault
    except OSError as fault:
        raise StorageError(
            f"The secret of session {session} could not be destroyed ({fault.strerror or fault}), so there is no "
            f"result; delete '{path}'."
        ) from fault


def opening(folder: Path, session: str) -> bytes:
    """Give what opens this side's commitment to an auditor: its identifiers, and the key of their salts.

    Raises:
        UsageError: there is none.
    """
    try:
        return _place(folder, session, "opening").read_bytes()
    except OSError as fault:
        raise UsageError(f"There is no opening of session {session} here.") from fault


def used(session: str) -> UsageError:
    """Give the error of a second use."""
    return UsageError(f"Session {session} has been used, and its secret is destroyed; make a new offer.")


def _place(folder: Path, session: str, ending: str) -> Path:
    if not messages.of_session(session):
        raise UsageError("A session is named by 32 hexadecimal digits, as the offer names it.")
    return folder / f"{session}.{ending}"


def _not_written(folder: Path, fault: Exception) -> StorageError:
    return StorageError(f"The session could not be written to '{folder}' ({fault}); nothing was made.")


def _write_through(path: Path, content: bytes) -> None:
    """Write over what a file holds, on the disk itself.

    Files are made for their owner alone; on Windows the mode says nothing, there the folder's own access list holds.
    """
    with path.open("r+b") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
