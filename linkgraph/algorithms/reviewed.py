"""Tables that people review: what ships with this version, and what a unit puts in its place."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from linkgraph.errors import UsageError


@dataclass(frozen=True, slots=True)
class Table:
    """One TOML file as it was read; its SHA-256 is recorded with the answers it decides."""

    name: str
    content: dict[str, Any]
    sha256: str


def shipped(name: str) -> Table:
    """Read a file that lies beside the questions."""
    return _read(resources.files("linkgraph.algorithms").joinpath(name).read_bytes(), name)


def own(path: Path) -> Table:
    """Read a unit's own file.

    Raises:
        UsageError: it cannot be read, or is no TOML.
    """
    try:
        return _read(path.read_bytes(), path.name)
    except OSError as fault:
        raise UsageError(f"'{path}' cannot be read: {fault.strerror}.") from fault


def _read(content: bytes, name: str) -> Table:
    try:
        return Table(name, tomllib.loads(content.decode("utf-8")), hashlib.sha256(content).hexdigest())
    except ValueError as fault:
        raise UsageError(f"{name} is no TOML file: {fault}.") from fault
