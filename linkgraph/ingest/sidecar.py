"""What belongs to an evidence file and is not in it: its name, its marking, what the analyst stated.

Such things may name persons, so the audit log has none of them in clear. They are kept in a small file
beside the evidence, ``sources/<SHA-256 of the evidence>.<first 16 digits of its own SHA-256>.json``,
and the log has its SHA-256. Each import has its own: a file that was withdrawn and imported again has two.

The file is canonical JSON with a random member ``salt``, so that its SHA-256 does not give away a name
to someone who guesses.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from linkgraph.errors import IntegrityError
from linkgraph.ingest import custody
from linkgraph.ingest.custody import Custody
from linkgraph.ingest.mapping import Stated
from linkgraph.store.audit import canonical

_OWN_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What is kept of one import."""

    source: str
    """SHA-256 of the evidence."""
    name: str
    kind: str
    marking: str
    stated: Stated


def path_of(sources: Path, source: str, sha256: str) -> Path:
    """Give where the sidecar with this SHA-256 lies."""
    return sources / f"{source}.{sha256[:_OWN_DIGITS]}.json"


def write(sidecar: Sidecar, sources: Path) -> Custody:
    """Keep a sidecar, read-only."""
    content = canonical(asdict(sidecar) | {"salt": secrets.token_hex(16)}).encode() + b"\n"
    return custody.keep(content, path_of(sources, sidecar.source, custody.digest(content)))


def read(sources: Path, source: str, sha256: str) -> Sidecar:
    """Read the sidecar with this SHA-256.

    Raises:
        IntegrityError: it is gone, was changed, or is of a later linkgraph.
    """
    path = path_of(sources, source, sha256)
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise IntegrityError(f"'{path}' cannot be read: {fault.strerror or fault}.") from fault
    if custody.digest(content) != sha256:
        raise IntegrityError(f"'{path}' is not what was written when the source was imported.")
    try:
        record = json.loads(content)
        record.pop("salt")
        return Sidecar(**record | {"stated": Stated(**record["stated"])})
    except (ValueError, KeyError, TypeError) as fault:
        raise IntegrityError(f"'{path}' is of a later linkgraph, which states more: {fault}.") from fault
