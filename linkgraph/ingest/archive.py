"""Zip archives: looked through before anything in them is believed, inflated under limits.

An archive is somebody else's: every name, size and flag in it may be a lie. What it says of itself has to
keep to the limits of whoever reads it; what is in it is then counted while it inflates, and may be no more and
nothing else than it says. Nothing is written to disk.

Source: PKWARE APPNOTE 6.3.10, §4.3 (structure), §4.4.4 (flags: encrypted, patches, UTF-8), §4.4.15 (external
attributes; the upper half is the Unix mode); D. Fifield, "A better zip bomb", WOOT 2019 (overlaps).
"""

from __future__ import annotations

import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO
from zipfile import ZipInfo

MAGIC = b"PK\x03\x04"

_END, _END_64, _LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_MAX_DIRECTORY_BYTES = 16 << 20
_SMALL = 1 << 20
"""Members up to this size may have any ratio: they do no harm."""
_LOCAL_HEADER = 30
_STORED, _DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
_ENCRYPTED, _PATCH, _UTF8 = 0x1, 0x20, 0x800
_PIECE = 1 << 16
_DAMAGED = (zipfile.BadZipFile, EOFError, NotImplementedError, struct.error, ValueError, OverflowError, OSError)
"""What :mod:`zipfile` raises at a damaged archive."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is taken at the most."""

    members: int
    member_bytes: int
    total_bytes: int
    ratio: int = 200
    """Inflated to compressed bytes, of a member; logs and tables stay below 50, sheets of a workbook below 30."""


class ArchiveError(Exception):
    """An archive that is not read; the text says what is wrong with it, as a clause."""


class UnsafeError(ArchiveError):
    """No honest program writes it so."""


class DamagedError(ArchiveError):
    """It is cut off or broken, or holds other bytes than it declares."""


class EncryptedError(ArchiveError):
    """It has a password."""


class MethodError(ArchiveError):
    """It is compressed in a way that cannot be inflated in pieces of a bounded size here."""


def is_archive(head: bytes) -> bool:
    """Tell whether a file begins as a zip archive does."""
    return head.startswith((MAGIC, _END))


def names(stream: BinaryIO, limits: Limits) -> set[str]:
    """Give the names in an archive as it has them, believing nothing else of it.

    Raises:
        ArchiveError: it has none, or too many.
    """
    with _directory(stream, limits) as whole:
        return set(whole.namelist())


def members(stream: BinaryIO, limits: Limits) -> list[ZipInfo]:
    """Give the members of an archive, folders too, when all of them are sound by what it says of itself.

    Raises:
        ArchiveError: one of them is not.
    """
    with _directory(stream, limits) as whole:
        listed = whole.infolist()
        _check_members(listed, limits)
        _check_places(listed, whole.start_dir)
    _check_sizes(listed, limits)
    for member in listed:
        if member.flag_bits & _ENCRYPTED:
            raise EncryptedError(f"its member {_shown(member)} is encrypted")
        if member.compress_type not in (_STORED, _DEFLATED) or member.flag_bits & _PATCH:
            method = f"(method {member.compress_type})"
            raise MethodError(f"its member {_shown(member)} is compressed in a way that is not read here {method}")
    return listed


def inflated(stream: BinaryIO, member: ZipInfo) -> Iterator[bytes]:
    """Yield the content of a member in pieces of at most 64 KiB, never more of it than it declares.

    Raises:
        DamagedError: it holds more or other bytes than it declares.
    """
    size, check = 0, 0
    try:
        for piece in _pieces(stream, member):
            size += len(piece)
            if size > member.file_size:
                raise _untrue(member)
            check = zlib.crc32(piece, check)
            yield piece
    except (zlib.error, EOFError, ValueError, OSError) as fault:
        raise _untrue(member) from fault
    if size != member.file_size or check != member.CRC:
        raise _untrue(member)


def _pieces(stream: BinaryIO, member: ZipInfo) -> Iterator[bytes]:
    stream.seek(member.header_offset)
    header = stream.read(_LOCAL_HEADER)
    if len(header) < _LOCAL_HEADER or not header.startswith(MAGIC):
        raise EOFError
    name_size, extra_size = struct.unpack("<HH", header[26:30])
    name = stream.read(name_size).decode("utf-8" if member.flag_bits & _UTF8 else "cp437")
    if name != member.orig_filename:
        raise _untrue(member)
    at = member.header_offset + _LOCAL_HEADER + name_size + extra_size
    end = at + member.compress_size
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    while at < end and not inflate.eof:
        # Whoever takes the pieces may have read elsewhere in between.
        stream.seek(at)
        packed = stream.read(min(_PIECE, end - at))
        if not packed:
            raise EOFError
        at += len(packed)
        if member.compress_type == _STORED:
            yield packed
            continue
        while packed and not inflate.eof:
            yield inflate.decompress(packed, _PIECE)
            packed = inflate.unconsumed_tail
    while member.compress_type == _DEFLATED and not inflate.eof:
        piece = inflate.decompress(b"", _PIECE)
        if not piece:
            raise EOFError
        yield piece


def _directory(stream: BinaryIO, limits: Limits) -> zipfile.ZipFile:
    """Open an archive, unless its list of members alone would fill the memory."""
    try:
        count, size = _declared(stream)
        if count > limits.members or size > _MAX_DIRECTORY_BYTES:
            raise _too_many(limits)
        whole = zipfile.ZipFile(stream)
    except _DAMAGED as fault:
        raise DamagedError(str(fault)) from fault
    if len(whole.infolist()) > limits.members:
        raise _too_many(limits)
    return whole


def _declared(stream: BinaryIO) -> tuple[int, int]:
    """Give number and bytes of the list of members, as the end of the archive says; zeros where it has no end."""
    stream.seek(max(0, stream.seek(0, 2) - (1 << 16) - 98))
    tail = stream.read()
    stream.seek(0)
    at = len(tail) - 22 if tail[-22:].startswith(_END) else tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        return 0, 0
    count, size = struct.unpack("<HI", tail[at + 10 : at + 16])
    if count == 0xFFFF or size == 0xFFFFFFFF or tail[max(0, at - 20) :].startswith(_LOCATOR_64):
        # Programs differ in which of several such records they follow: the largest numbers are taken.
        records = (tail[one.start() + 32 : one.start() + 48] for one in re.finditer(_END_64, tail[:at]))
        numbers = [struct.unpack("<QQ", record) for record in records if len(record) == 16]
        if numbers:
            count, size = (max(column) for column in zip(*numbers, strict=True))
    return count, size


def _check_members(listed: Sequence[ZipInfo], limits: Limits) -> None:
    seen: set[str] = set()
    for member in listed:
        fault = _name_fault(member.orig_filename) or _type_fault(member)
        if fault:
            raise UnsafeError(f"its member {_shown(member)} {fault}")
        name = member.orig_filename.replace("\\", "/").rstrip("/")
        if name in seen:
            raise UnsafeError(f"it has two entries of one name: {_shown(member)} is there twice")
        seen.add(name)
        if member.file_size > limits.member_bytes:
            raise UnsafeError(f"its member {_shown(member)} is longer than {limits.member_bytes:,} bytes")


def _check_places(listed: Sequence[ZipInfo], directory: int) -> None:
    until = 0
    for member in sorted(listed, key=lambda one: one.header_offset):
        if member.header_offset < until:
            raise UnsafeError(f"its member {_shown(member)} lies over another")
        until = member.header_offset + _LOCAL_HEADER + member.compress_size
    if until > directory:
        raise UnsafeError("its members lie over its list of members")


def _check_sizes(listed: Sequence[ZipInfo], limits: Limits) -> None:
    """Hold what members declare against the limits; :func:`inflated` then holds them to what they declare."""
    for member in listed:
        if member.file_size > max(_SMALL, limits.ratio * max(member.compress_size, 1)):
            raise UnsafeError(
                f"its member {_shown(member)} inflates to more than {limits.ratio} times its size, as a bomb does"
            )
    if sum(member.file_size for member in listed) > limits.total_bytes:
        raise UnsafeError(f"it inflates to more than {limits.total_bytes:,} bytes")


def _name_fault(name: str) -> str | None:
    if any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in name):
        return "has control characters in its name"
    if ".." in re.split(r"[/\\]", name):
        return "leads out of its folder"
    if name.startswith(("/", "\\")):
        return "has an absolute path"
    if re.match(r"[A-Za-z]:", name):
        return "has a drive letter"
    return "has no name" if not name.strip("/. ") else None


def _type_fault(member: ZipInfo) -> str | None:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "is a link"
    return "is no file" if kind not in (0, stat.S_IFREG, stat.S_IFDIR) else None


def _too_many(limits: Limits) -> UnsafeError:
    return UnsafeError(f"it has more than {limits.members:,} members")


def _untrue(member: ZipInfo) -> DamagedError:
    return DamagedError(f"its member {_shown(member)} does not hold what it declares")


def _shown(member: ZipInfo) -> str:
    return f"'{member.orig_filename}'"
