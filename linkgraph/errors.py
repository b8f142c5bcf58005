"""What can stop a command, and the exit code each reason has.

An error is one sentence that says what happened and what to do now. Codes follow
BSD ``sysexits.h`` where it has a word for the case (69 unavailable, 74 I/O, 75 try later).
"""

from __future__ import annotations

STORED_ALL = 0
USAGE = 2
STORED_WITH_QUARANTINE = 3
INTEGRITY = 4
UNAVAILABLE = 69
IO = 74
LOCKED = 75
INTERRUPTED = 130


class LinkgraphError(Exception):
    """A reason to stop, told in one sentence with the way out."""

    exit_code = USAGE


class UsageError(LinkgraphError):
    """The command cannot be done as asked; nothing was changed."""


class IntegrityError(LinkgraphError):
    """Evidence, store or audit chain is not what it was."""

    exit_code = INTEGRITY


class UnavailableError(LinkgraphError):
    """The Neo4j server cannot be reached; nothing is lost."""

    exit_code = UNAVAILABLE


class StorageError(LinkgraphError):
    """Disk full or unreadable; what was acknowledged is safe and the command can be run again."""

    exit_code = IO


class LockedError(LinkgraphError):
    """Another process holds the case."""

    exit_code = LOCKED
