"""Zip archives of returns: looked at without writing anything, taken out one member at a time.

An archive that no honest program writes (:mod:`linkgraph.ingest.archive`) is refused whole before anything of it
is written. Pictures and films in it are seen by their first bytes and never written.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from zipfile import ZipInfo

from linkgraph.errors import IntegrityError, StorageError, UsageError
from linkgraph.ingest import archive, custody

MAX_MEMBERS = 10_000
MAX_MEMBER_BYTES = 16 << 30
MAX_TOTAL_BYTES = 64 << 30
WORKBOOK, DOCUMENT = "workbook", "document"
MAX_IN_MEMORY = 64 << 20
"""A member that has to be looked into as a whole is not longer."""
_FOLDER = "incoming-"


class UnsafeArchiveError(IntegrityError):
    """An archive that no honest program writes; nothing of it was taken."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive, as it was found when it was inflated."""

    path: str
    """As the archive has it, with ``/``."""
    size: int
    sha256: str
    head: bytes
    """Its first bytes, decompressed where it is compressed with gzip by itself."""


def office_document(path: Path) -> str | None:
    """Say what document of an office program a zip is; None: it is none, or no sound zip.

    :data:`WORKBOOK` or :data:`DOCUMENT`.
    """
    try:
        with path.open("rb") as stream:
            names = archive.names(stream, _limits())
    except (archive.ArchiveError, OSError):
        return None
    if any(name.startswith("xl/workbook.") for name in names) and "[Content_Types].xml" in names:
        return WORKBOOK
    return DOCUMENT if names & {"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"} else None


def look(path: Path) -> Iterator[Member]:
    """Inflate each member once, writing nothing: how long it is, its digest, how it begins.

    Raises:
        UnsafeArchiveError: the archive is no honest one.
        UsageError: it is encrypted or damaged.
        StorageError: it cannot be read.
    """
    with _opened(path) as (stream, members):
        for info in members:
            digest, size, head = hashlib.sha256(), 0, b""
            for piece in archive.inflated(stream, info):
                digest.update(piece)
                size += len(piece)
                if len(head) < custody.HEAD_BYTES:
                    head += piece[: custody.HEAD_BYTES - len(head)]
            yield Member(info.filename, size, digest.hexdigest(), _ungzipped(head))


def content(path: Path, member: Member) -> bytes:
    """Give a member of at most :data:`MAX_IN_MEMORY` bytes.

    Raises:
        UsageError: it is longer, or damaged.
        StorageError: the archive is no longer what it was when it was looked at.
    """
    if member.size > MAX_IN_MEMORY:
        raise UsageError(f"'{member.path}' in '{path}' is longer than {MAX_IN_MEMORY:,} bytes: unpack it.")
    with _opened(path) as (stream, members):
        whole = b"".join(_inflated(stream, members, member))
    if hashlib.sha256(whole).hexdigest() != member.sha256:
        raise _changed(path)
    return whole


@contextmanager
def taken_out(path: Path, member: Member, case: Path) -> Iterator[Path]:
    """Write one member into a folder of its own in the case, and remove it afterwards.

    Raises:
        StorageError: the archive is no longer what it was when it was looked at, or the disk is full.
    """
    # Nothing of a member's name becomes a name on this disk.
    folder = case / f"{_FOLDER}{secrets.token_hex(8)}"
    try:
        folder.mkdir()
        file = folder / "member"
        _write(path, member, file)
        yield file
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear(case: Path) -> None:
    """Remove what a run that was killed left behind; for whoever holds the case."""
    for folder in case.glob(f"{_FOLDER}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _write(path: Path, member: Member, file: Path) -> None:
    digest = hashlib.sha256()
    with _opened(path) as (stream, members):
        try:
            with file.open("xb") as copy:
                for piece in _inflated(stream, members, member):
                    digest.update(piece)
                    copy.write(piece)
        except OSError as fault:
            raise StorageError(
                f"'{member.path}' could not be taken out of '{path}' ({fault.strerror or fault}); "
                "nothing was changed, it is safe to run again."
            ) from fault
    if digest.hexdigest() != member.sha256:
        raise _changed(path)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, list[ZipInfo]]]:
    """Open an archive; give its members that are files, in order of their names, when all is sound."""
    try:
        stream = path.open("rb")
    except OSError as fault:
        raise StorageError(f"'{path}' could not be read: {fault.strerror or fault}.") from fault
    with stream:
        try:
            members = archive.members(stream, _limits())
            yield stream, sorted((one for one in members if not one.is_dir()), key=lambda one: one.filename)
        except archive.UnsafeError as fault:
            raise UnsafeArchiveError(f"'{path}' is refused whole, nothing of it was taken: {fault}.") from fault
        except archive.DamagedError as fault:
            raise UsageError(f"'{path}' is a damaged zip archive ({fault}): ask for it again.") from fault
        except archive.EncryptedError as fault:
            raise UsageError(f"'{path}': {fault}; unpack it with its password and name the folder.") from fault
        except archive.MethodError as fault:
            raise UsageError(f"'{path}': {fault}; unpack it and name the folder.") from fault


def _limits() -> archive.Limits:
    return archive.Limits(MAX_MEMBERS, MAX_MEMBER_BYTES, MAX_TOTAL_BYTES)


def _inflated(stream: BinaryIO, members: list[ZipInfo], member: Member) -> Iterator[bytes]:
    """Yield the bytes of a member that was looked at before; none where it is no longer there."""
    info = next((one for one in members if one.filename == member.path), None)
    return archive.inflated(stream, info) if info else iter(())


def _ungzipped(head: bytes) -> bytes:
    if not head.startswith(b"\x1f\x8b"):
        return head
    try:
        return zlib.decompressobj(wbits=31).decompress(head, custody.HEAD_BYTES)
    except zlib.error:
        return head


def _changed(path: Path) -> StorageError:
    return StorageError(f"'{path}' changed while it was read; wait until it is complete and run again.")
