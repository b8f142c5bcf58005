"""Taking a file into custody: copied into the case and hashed before anything is read from it."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import secrets
import shutil
import stat
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast
from zipfile import ZipInfo

from linkgraph.errors import IntegrityError, StorageError, UsageError
from linkgraph.ingest import archive, office
from linkgraph.writing import replace_file

HEAD_BYTES = 1 << 16
_COPY_BYTES = 1 << 20
_SPACE_FACTOR = 3
"""Copy, store and its write-ahead log together stay below three times the evidence's size."""

# Media and containers of them, by the bytes they begin with: linkgraph takes hashes, never content.
_MEDIA = (
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (0, b"GIF8", "a GIF picture"),
    (0, b"II*\x00", "a TIFF picture"),
    (0, b"MM\x00*", "a TIFF picture"),
    (8, b"WEBP", "a WebP picture"),
    (8, b"AVI ", "an AVI video"),
    (4, b"ftyp", "an MP4, QuickTime or HEIF file"),
    (0, b"\x1aE\xdf\xa3", "a Matroska or WebM video"),
    (0, b"\x00\x00\x01\xba", "an MPEG video"),
    (0, b"\x00\x00\x01\xb3", "an MPEG video"),
    (0, b"FLV\x01", "a Flash video"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "a Windows Media file"),
    (0, b"PK\x03\x04", "a zip archive"),
    (0, b"PK\x05\x06", "a zip archive"),
    (0, b"7z\xbc\xaf'\x1c", "a 7-Zip archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (0, b"%PDF-", "a PDF document"),
)
_GZIP = b"\x1f\x8b"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CONTENT_PLACES = ("xl/media/", "xl/embeddings/", "xl/activex/", "docprops/thumbnail")


@dataclass(frozen=True, slots=True)
class Custody:
    """A file that was copied into the case."""

    sha256: str
    size: int
    path: Path
    """The copy, read-only, named by its SHA-256 under ``sources/``."""
    is_new: bool
    """Whether this call put it there."""


def take(original: Path, sources: Path) -> Custody:
    """Copy a file into ``sources`` and hash it on the way.

    Raises:
        UsageError: it is not there, no file, or a medium.
        StorageError: it cannot be read, changed while it was read, or the disk is too full.
    """
    if not original.exists():
        raise UsageError(f"There is no file '{original}'.")
    if not original.is_file():
        raise UsageError(f"'{original}' is not a file; name the files one by one.")
    incoming = sources / f"incoming-{secrets.token_hex(8)}"
    try:
        before = original.stat()
        _check_space(before.st_size, sources)
        digest = hashlib.sha256()
        # Hashed on one core while it is copied on the other.
        with original.open("rb") as source, incoming.open("xb") as copy, ThreadPoolExecutor(1) as hashing:
            hashed = None
            while piece := source.read(_COPY_BYTES):
                if hashed is not None:
                    hashed.result()
                hashed = hashing.submit(digest.update, piece)
                copy.write(piece)
            copy.flush()
            os.fsync(copy.fileno())
        after = original.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise StorageError(f"'{original}' changed while it was read; wait until it is complete and run again.")
        refuse_media(incoming, original)
        path = sources / digest.hexdigest()
        if path.exists():
            return Custody(path.name, before.st_size, path, is_new=False)
        incoming.replace(path)
        path.chmod(stat.S_IREAD)
        return Custody(path.name, before.st_size, path, is_new=True)
    except OSError as fault:
        raise StorageError(
            f"'{original}' could not be copied into the case ({fault.strerror or fault}); "
            "nothing was changed, it is safe to run again."
        ) from fault
    finally:
        with contextlib.suppress(OSError):
            incoming.unlink(missing_ok=True)


def keep(content: bytes, path: Path) -> Custody:
    """Write a small file that belongs to the evidence beside it: on the disk, then read-only."""
    is_new = not path.exists()
    if is_new:
        replace_file(path, content)
        path.chmod(stat.S_IREAD)
    return Custody(digest(content), len(content), path, is_new)


def check(custody: Custody) -> None:
    """See that a copy is still what was taken, after it was read.

    Raises:
        IntegrityError: it is not.
    """
    if custody.path.stat().st_size != custody.size or digest_of(custody.path) != custody.sha256:
        raise IntegrityError(
            f"The copy {custody.path} changed while it was read and is no longer the file with this SHA-256: "
            f"'linkgraph withdraw {custody.sha256[:12]}', see who writes to the case folder, and import it again."
        )


def release(custody: Custody) -> None:
    """Take back a copy from which nothing was read."""
    if custody.is_new:
        # A read-only file cannot be deleted on Windows.
        custody.path.chmod(stat.S_IREAD | stat.S_IWRITE)
        custody.path.unlink()


def refuse_media(path: Path, original: Path) -> None:
    """Refuse what is a picture, a film or an archive by its first bytes, compressed or not.

    A workbook is an archive that is let through, unless there is content in it.
    """
    head = read_head(path)
    what = media_of(head)
    if head.startswith(archive.MAGIC):
        with opened(path) as stream:
            listed = office.entries(stream)
            if office.is_workbook(listed):
                _refuse_content(stream, listed, original)
                return
    if what is not None:
        raise UsageError(
            f"'{original}' is {what}: linkgraph takes hashes and records, never content; nothing was kept."
        )
    if head.startswith(_OLE):
        raise UsageError(
            f"'{original}' is an Office document of before 2007 or has a password: save it as .xlsx or CSV, "
            "without a password, and import that; nothing was kept."
        )


def _refuse_content(stream: BinaryIO, listed: dict[str, ZipInfo], original: Path) -> None:
    """Refuse a workbook with pictures or embedded files in it, by their place and by their first bytes."""
    for name, entry in listed.items():
        what = media_of(office.first_bytes(stream, entry, HEAD_BYTES))
        if what is not None or name.lower().startswith(_CONTENT_PLACES):
            raise UsageError(
                f"'{original}' is a workbook with pictures or embedded files in it: linkgraph takes hashes and "
                "records, never content; save its sheets as CSV and import those. Nothing was kept."
            )


def media_of(head: bytes) -> str | None:
    """Say what picture, film or archive begins with these (decompressed) bytes; None: none that is known."""
    return next((what for at, magic, what in _MEDIA if head[at : at + len(magic)] == magic), None)


def read_head(path: Path) -> bytes:
    """Give the first 64 KiB of a source, decompressed."""
    with opened(path) as stream:
        return stream.read(HEAD_BYTES)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a source for reading; one compressed with gzip is read as what is in it.

    Raises:
        StorageError: the compressed data are damaged.
    """
    with path.open("rb") as stream:
        if stream.read(2) != _GZIP:
            stream.seek(0)
            yield stream
            return
        stream.seek(0)
        try:
            with gzip.open(stream) as inflated:
                yield cast("BinaryIO", inflated)
        except (EOFError, gzip.BadGzipFile, zlib.error) as fault:
            raise StorageError(f"The compressed file is damaged ({fault}); ask for it again.") from fault


def digest(content: bytes) -> str:
    """Give the SHA-256 of bytes."""
    return hashlib.sha256(content).hexdigest()


def digest_of(path: Path) -> str:
    """Give the SHA-256 of a file as it lies there."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _check_space(size: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < size * _SPACE_FACTOR:
        raise StorageError(
            f"The disk of the case has {free:,} bytes free and {size * _SPACE_FACTOR:,} are needed to import "
            f"{size:,}; nothing was changed: free some space and run again."
        )
