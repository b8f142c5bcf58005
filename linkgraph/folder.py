"""The case folder: evidence, store and audit log on disk, and who may write to it.

Layout::

    case.toml      name, agency, home time zone, default marking, Neo4j address
    sources/       the evidence files as received, read-only, named by their SHA-256
    case.duckdb    the store; the hash-chained audit log is in it
    audit.jsonl    the same log as text, level with the store after every commit
    case.lock      held by the one process that writes
"""

from __future__ import annotations

import getpass
import json
import os
import secrets
import socket
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import filelock

from linkgraph.errors import LockedError, UsageError
from linkgraph.model import MARKINGS
from linkgraph.store.embedded import CaseStore
from linkgraph.zone import zone

EXPLORING = "explore at "
"""How the command of an explorer begins that holds a case; its address follows."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What ``case.toml`` says."""

    name: str
    agency: str
    timezone: str
    """Home zone of the case: for showing local times. Never used to read evidence."""
    marking: str = "TLP:AMBER"
    neo4j: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no later step could use."""
        zone(self.timezone)
        if self.marking not in MARKINGS:
            raise UsageError(f"'{self.marking}' is no TLP 2.0 marking; one of: {', '.join(MARKINGS)}.")


def actor() -> str:
    """Name who acts, for the audit log: ``$LINKGRAPH_ACTOR``, else the operating system's user and host."""
    stated = os.environ.get("LINKGRAPH_ACTOR", "").strip()
    if stated:
        return stated
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = "unknown"
    return f"{user}@{socket.gethostname()}"


def locate(stated: Path | None) -> Path:
    """Find the case folder: the one stated, else ``$LINKGRAPH_CASE``, else the folder one stands in.

    Raises:
        UsageError: there is no case there.
    """
    folder = stated or Path(os.environ.get("LINKGRAPH_CASE") or Path.cwd())
    if not (folder / "case.toml").is_file():
        raise UsageError(
            f"There is no case in '{folder}': name one with --case, set LINKGRAPH_CASE, "
            "or make one with 'linkgraph init NAME'."
        )
    return folder


def read_settings(folder: Path) -> Settings:
    """Read ``case.toml`` of a case folder."""
    try:
        content = tomllib.loads((folder / "case.toml").read_text("utf-8"))
        return Settings(**content)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError) as fault:
        raise UsageError(f"{folder / 'case.toml'} cannot be read: {fault}.") from fault


def create_folder(folder: Path, settings: Settings) -> None:
    """Make the folder and the empty store of a new case.

    Raises:
        UsageError: the folder holds something already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"'{folder}' exists and is not empty; give the case a folder of its own.")
    (folder / "sources").mkdir(parents=True)
    with writing(folder, "init"):
        case_id = secrets.token_hex(16)
        store = CaseStore.create(folder, case_id, settings.name)
        try:
            with store.transaction():
                store.log(actor(), "case.create", asdict(settings) | {"case_id": case_id})
        finally:
            store.close()
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in asdict(settings).items() if value is not None]
    (folder / "case.toml").write_text("".join(lines), "utf-8")


@contextmanager
def writing(folder: Path, command: str) -> Iterator[None]:
    """Hold the case for writing; the operating system lets go of it if this process dies.

    Raises:
        LockedError: another process holds it; the sentence says who, where and since when.
    """
    lock = filelock.FileLock(folder / "case.lock", timeout=0)
    holder = folder / "case.lock.json"
    try:
        lock.acquire()
    except filelock.Timeout:
        raise LockedError(_held(folder)) from None
    try:
        holder.write_text(
            json.dumps(
                {
                    "actor": actor(),
                    "pid": os.getpid(),
                    "command": command,
                    "since": datetime.now(UTC).isoformat(timespec="seconds"),
                }
            ),
            "utf-8",
        )
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


@contextmanager
def opened(folder: Path, *, write: str | None = None) -> Iterator[CaseStore]:
    """Open the store of a case: for reading, or for the writing command named by ``write``.

    Raises:
        LockedError: another process writes to it.
    """
    if write is None:
        store = _open(folder, read_only=True)
        try:
            yield store
        finally:
            store.close()
        return
    with writing(folder, write):
        store = _open(folder, read_only=False)
        try:
            store.catch_up_log()
            yield store
        finally:
            store.close()


def _open(folder: Path, *, read_only: bool) -> CaseStore:
    try:
        return CaseStore.open(folder, read_only=read_only)
    except LockedError as fault:
        raise LockedError(_held(folder)) from fault


def _held(folder: Path) -> str:
    way_out = "wait until it is done and run the same command again"
    try:
        held = json.loads((folder / "case.lock.json").read_text("utf-8"))
        who = f"by {held['actor']}, process {held['pid']}, 'linkgraph {held['command']}' since {held['since']}"
        if str(held["command"]).startswith(EXPLORING):
            way_out = "use its page, or stop it with Ctrl+C there and run the same command again"
    except (OSError, ValueError, KeyError):
        who = "by another linkgraph process that is reading it"
    return f"The case in '{folder}' is held {who}; {way_out}."
