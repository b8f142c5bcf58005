r"""The hash-chained audit log.

Each entry's hash covers its header, its body and the hash before it, so an edit, a deletion or an
insertion in the middle is found with its number. What a chain alone cannot show is that its tail
was cut off: for that the head must be known elsewhere (printed, or in a report that left the house).

``hash = SHA-256(0x00 ‖ canonical header ‖ "\n" ‖ body)``; the 0x00 is the leaf prefix of
RFC 6962 §2.1, so that the same hashes are the leaves of a Merkle tree (:mod:`linkgraph.store.merkle`).
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from linkgraph.store import merkle

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One audited act. ``body`` is canonical JSON and never holds identifiers of persons."""

    seq: int
    ts_utc: str
    actor: str
    action: str
    body: str
    prev: str
    hash: str

    def line(self) -> str:
        """Give the entry as one line of ``audit.jsonl``."""
        return canonical(
            {
                "seq": self.seq,
                "ts_utc": self.ts_utc,
                "actor": self.actor,
                "action": self.action,
                "body": json.loads(self.body),
                "prev": self.prev,
                "hash": self.hash,
            }
        )


def canonical(value: object) -> str:
    """Write JSON the one way that is hashed: sorted keys, no blanks, no NaN, ASCII only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def seal(seq: int, prev: str, actor: str, action: str, body: Mapping[str, object]) -> Entry:
    """Make the entry that follows ``prev``, stamped with the present time."""
    ts_utc = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    text = canonical(body)
    return Entry(seq, ts_utc, actor, action, text, prev, _hash(seq, ts_utc, actor, action, text, prev))


def first_fault(entries: Iterable[Entry]) -> str | None:
    """Name the first entry that does not fit the chain, in one sentence; None where all fit."""
    prev = GENESIS
    expected = 1
    for entry in entries:
        if entry.seq != expected:
            return f"audit entry {expected} is missing: entry {entry.seq} stands in its place"
        if entry.prev != prev:
            return f"audit entry {entry.seq} does not follow entry {entry.seq - 1}: one of them was changed"
        if entry.hash != _hash(entry.seq, entry.ts_utc, entry.actor, entry.action, entry.body, entry.prev):
            return f"audit entry {entry.seq} was changed after it was written"
        prev = entry.hash
        expected += 1
    return None


def steps_back(entries: Iterable[Entry]) -> list[int]:
    """Give the numbers of the entries whose clock stands before that of the entry they follow.

    No fault: the order of entries is by number and never by clock, and clocks are set back.
    """
    found = []
    before = ""
    for entry in entries:
        # Stamps of one form and width: as text they are in the order of time.
        if entry.ts_utc < before:
            found.append(entry.seq)
        before = entry.ts_utc
    return found


def tree_root(entries: Iterable[Entry]) -> str:
    """Give the root of the Merkle tree whose leaves are these entries: RFC 6962 §2.1, in hexadecimal."""
    return merkle.root([bytes.fromhex(entry.hash) for entry in entries]).hex()


def read_log(path: Path) -> Iterator[Entry]:
    """Read ``audit.jsonl`` entry by entry.

    A last line that a power cut left unfinished ends the log; any other damage is a ValueError.
    """
    if not path.exists():
        return
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            record = json.loads(line)
            yield Entry(
                record["seq"],
                record["ts_utc"],
                record["actor"],
                record["action"],
                canonical(record["body"]),
                record["prev"],
                record["hash"],
            )
        except (ValueError, KeyError, TypeError) as fault:
            if number == len(lines):
                return
            raise ValueError(f"line {number} of {path.name} is not an audit entry") from fault


def repair_tail(path: Path) -> int:
    """Cut off a last line that a power cut left unfinished; give the number of the last whole entry.

    A log whose last whole line is not an entry is left alone and counts as longer than any chain:
    :func:`first_fault` and ``verify`` speak of it, nothing is written over it.
    """
    if not path.exists():
        return 0
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        with path.open("r+b") as log:
            log.truncate(len(whole))
    if not whole:
        return 0
    last = whole.rstrip(b"\n").rsplit(b"\n", 1)[-1]
    try:
        return int(json.loads(last)["seq"])
    except (ValueError, KeyError, TypeError):
        return sys.maxsize


def write_log(path: Path, entries: Iterable[Entry]) -> None:
    """Append entries to ``audit.jsonl`` and see them on the disk."""
    with path.open("ab") as log:
        for entry in entries:
            log.write(entry.line().encode() + b"\n")
        log.flush()
        os.fsync(log.fileno())


def _hash(seq: int, ts_utc: str, actor: str, action: str, body: str, prev: str) -> str:
    header = canonical({"seq": seq, "ts_utc": ts_utc, "actor": actor, "action": action, "prev": prev})
    return hashlib.sha256(b"\x00" + header.encode() + b"\n" + body.encode()).hexdigest()
