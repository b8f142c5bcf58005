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
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from linkgraph.errors import StorageError, UsageError

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
        with original.open("rb") as source, incoming.open("xb") as copy:
            while piece := source.read(_COPY_BYTES):
                digest.update(piece)
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


def release(custody: Custody) -> None:
    """Take back a copy from which nothing was read."""
    if custody.is_new:
        # A read-only file cannot be deleted on Windows.
        custody.path.chmod(stat.S_IREAD | stat.S_IWRITE)
        custody.path.unlink()


def refuse_media(path: Path, original: Path) -> None:
    """Refuse what is a picture, a film or an archive by its first bytes, compressed or not."""
    head = read_head(path)
    for at, magic, what in _MEDIA:
        if head[at : at + len(magic)] == magic:
            raise UsageError(
                f"'{original}' is {what}: linkgraph takes hashes and records, never content; nothing was kept."
            )


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
