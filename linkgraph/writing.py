"""Writing files whole or not at all."""

from __future__ import annotations

import errno
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


def must_be_new(path: Path) -> None:
    """Refuse a file that is to be written where one is.

    Raises:
        UsageError: something of that name is there, be it a link that leads nowhere.
    """
    if os.path.lexists(path):
        raise UsageError(f"'{path}' is there already; name a new file.")


@contextmanager
def placing(path: Path, content: bytes) -> Iterator[None]:
    """Write a new file to the disk before a block that cannot be undone; it is at ``path`` once the block is done.

    Where the block fails nothing is left.

    Raises:
        UsageError: ``path`` is there already; the block was not begun.
        StorageError: the file cannot be written, and the block was not begun; or it cannot be put in its place, since
            another came there meanwhile, and the error names where it is.
    """
    must_be_new(path)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with beside.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as fault:
        beside.unlink(missing_ok=True)
        raise StorageError(f"'{path}' could not be written: {fault.strerror or fault}.") from fault
    try:
        yield
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    try:
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, "it is there already")
        beside.rename(path)
    except OSError as fault:
        raise StorageError(
            f"'{path}' could not be put in its place ({fault.strerror or fault}); all of it is in '{beside}': "
            "rename that file."
        ) from fault


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
