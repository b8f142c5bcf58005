"""Writing files whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from linkgraph.errors import StorageError, UsageError


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file beside ``path`` for writing that takes its place when all is written.

    Raises:
        StorageError: it cannot be written; ``path`` is as it was.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with beside.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except OSError as fault:
        raise StorageError(f"'{path}' could not be written: {fault.strerror or fault}.") from fault
    finally:
        beside.unlink(missing_ok=True)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    with replacing(path) as stream:
        stream.write(content)


@contextmanager
def making_folder(path: Path) -> Iterator[Path]:
    """Give a folder beside ``path`` to write into that takes its place when all is written.

    Raises:
        UsageError: ``path`` is there already.
        StorageError: it cannot be written; nothing is left behind.
    """
    if path.exists():
        raise UsageError(f"'{path}' is there already; name a new folder.")
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        beside.mkdir()
        yield beside
        beside.replace(path)
    except OSError as fault:
        raise StorageError(f"'{path}' could not be written: {fault.strerror or fault}.") from fault
    finally:
        shutil.rmtree(beside, ignore_errors=True)
