"""A zip archive of one form: written the same each time, read only if no bit of it could be otherwise.

Zip leaves much open: where members lie, what stands between them, which of two headers is believed. That is where
archives are made that two programs read differently. Here every header has one allowed value, given name, method,
check sum and sizes: members lie without a gap from the first byte on, sorted by name; times are 1980-01-01; a member
is stored or deflated; there is no flag, no extra field, no comment, no zip64. The reader makes each header again and
compares the bytes.

What deflate itself leaves open (padding bits, other spellings of the same content) is not judged here: whoever signs
an archive signs the packed bytes of its members too (:class:`Member`, ``packed_sha256``), so that nothing is inflated
before it is known who packed it.

Source: PKWARE APPNOTE 6.3.10, §4.3.7 (local header), §4.3.12 (central directory), §4.3.16 (end record); RFC 1951.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from linkgraph.errors import IntegrityError, StorageError, UsageError

STORED, DEFLATED = 0, 8

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_LOCAL_MAGIC, _CENTRAL_MAGIC, _END_MAGIC = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_NEEDED = 20
_MADE_BY = 3 << 8 | _NEEDED
_DAY = 1 << 5 | 1
"""1980-01-01 in MS-DOS form; the time 00:00 is 0."""
_ATTRIBUTES = 0o100644 << 16
_ENCRYPTED, _DESCRIPTOR = 0x1, 0x8
_MODE_OF_LINK, _MODE_OF_FOLDER, _MODE_OF_FILE = 0o120000, 0o040000, 0o100000
_FOLDER_ATTRIBUTE = 0x10
_PIECE = 1 << 16
_LARGEST = 0xFFFFFFFE
"""Bytes of a member, packed or not, and of an archive: beyond lies zip64."""
_IN_MEMORY = 16 << 20
"""A packed member up to this size waits in memory for its header, a larger one in a file without a name."""
LEVEL = 3
"""JSON lines of links: 3.9 times smaller at 191 MB/s (level 3), 4.2 at 89 MB/s (6), 4.2 at 42 MB/s (9): packing is to
take no longer than the rest of making a bundle."""

_NAME = re.compile(r"[A-Za-z0-9._/-]+")
_LONGEST_NAME = 200
_DEVICES = {"con", "prn", "aux", "nul", *(f"{device}{number}" for device in ("com", "lpt") for number in range(10))}
"""Names that Windows takes for devices, whatever ending follows."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reader takes at the most."""

    members: int = 1000
    total_bytes: int = 4 << 30
    """Inflated, of all members together."""
    ratio: int = 200
    """Inflated to packed bytes of a member. JSON lines with ids deflate to a quarter, numbered ones to a twentieth;
    one line over and over goes beyond (229 times), and the writer stores it."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive."""

    name: str
    method: int
    crc: int
    packed_size: int
    size: int
    offset: int
    """Of its local header."""

    @property
    def data_offset(self) -> int:
        """Where its packed bytes begin."""
        return self.offset + _LOCAL.size + len(self.name)


@dataclass(frozen=True, slots=True)
class Written:
    """What was written of a member: hashes in hexadecimal, of its content and of its packed bytes."""

    size: int
    sha256: str
    packed_sha256: str


class Writer:
    """Writes an archive front to back, so that the stream need not be one that can be sought in."""

    def __init__(self, stream: BinaryIO, limits: Limits | None = None) -> None:
        self._stream = stream
        self._limits = limits or Limits()
        self._members: list[Member] = []
        self._at = 0
        self._total = 0
        self._hash = hashlib.sha256()

    def add(self, name: str, content: Path | bytes, *, deflate: bool = True) -> Written:
        """Write one file; names come in ascending order.

        A file is read once and never held in memory; only if it deflates so well that a reader would take it for a
        bomb it is read again and stored.

        Raises:
            UsageError: the name or the size cannot be in such an archive.
            StorageError: the file cannot be read, or changed while it was read.
        """
        before = self._members[-1].name if self._members else ""
        if fault := name_fault(name):
            raise UsageError(f"'{name}' cannot be in an archive: it {fault}; rename the file.")
        if name <= before:
            raise UsageError(f"'{name}' comes after '{before}'; give names once and in order.")
        if len(self._members) == self._limits.members:
            raise UsageError(f"There are more than {self._limits.members:,} files; share less at a time.")
        try:
            return self._add(name, content, deflate=deflate)
        except OSError as reason:
            raise StorageError(f"'{name}' could not be packed: {reason.strerror or reason}; try again.") from reason

    def close(self) -> str:
        """Write the directory; give the SHA-256 of the whole archive in hexadecimal."""
        directory = b"".join(_central(member) for member in self._members)
        self._write(directory + _end(len(self._members), len(directory), self._at))
        return self._hash.hexdigest()

    def _add(self, name: str, content: Path | bytes, *, deflate: bool) -> Written:
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as packed:
            method = DEFLATED if deflate else STORED
            written, crc, packed_size = _pack(content, packed, method)
            if method == DEFLATED and written.size > self._limits.ratio * packed_size:
                packed.seek(0)
                packed.truncate()
                method, first = STORED, written
                written, crc, packed_size = _pack(content, packed, method)
                if written.sha256 != first.sha256:
                    raise StorageError(f"'{name}' changed while it was read; try again.")
            self._total += written.size
            member = Member(name, method, crc, packed_size, written.size, self._at)
            largest = max(self._at + packed_size, self._total, written.size)
            if largest > min(_LARGEST, self._limits.total_bytes):
                raise UsageError(f"With '{name}' the archive is larger than its reader takes; share less at a time.")
            self._members.append(member)
            self._write(_local(member))
            packed.seek(0)
            while piece := packed.read(_PIECE):
                self._write(piece)
        return written

    def _write(self, content: bytes) -> None:
        self._stream.write(content)
        self._hash.update(content)
        self._at += len(content)


def members(stream: BinaryIO, limits: Limits) -> list[Member]:
    """Give the members of an archive when every header of it is the one that is allowed.

    Nothing is inflated; the stream must be one that can be sought in and hold nothing but the archive.

    Raises:
        IntegrityError: it is not such an archive; the sentence names the first bad member.
    """
    size = stream.seek(0, io.SEEK_END)
    count, directory_size, directory_at = _read_end(stream, size, limits)
    directory = _read(stream, directory_at, directory_size)
    found: list[Member] = []
    at, place = 0, 0
    for _ in range(count):
        member, at = _entry(directory, at)
        _check_header(stream, member, place, directory_at)
        _check_order(member, found)
        found.append(member)
        place = member.data_offset + member.packed_size
    if at != len(directory) or place != directory_at:
        raise _damaged("there are bytes in it that belong to no member")
    _check_sizes(found, limits)
    return found


def packed_pieces(stream: BinaryIO, member: Member) -> Iterator[bytes]:
    """Yield the packed bytes of a member in pieces of at most 64 KiB."""
    at, end = member.data_offset, member.data_offset + member.packed_size
    while at < end:
        # Whoever takes the pieces may have read elsewhere in between.
        piece = _read(stream, at, min(_PIECE, end - at))
        at += len(piece)
        yield piece


def pieces(stream: BinaryIO, member: Member) -> Iterator[bytes]:
    """Yield the content of a member in pieces of at most 64 KiB, never more of it than it declares.

    Raises:
        IntegrityError: it holds more, less or other bytes than it declares.
    """
    size, crc = 0, 0
    try:
        for piece in packed_pieces(stream, member) if member.method == STORED else _inflated(stream, member):
            size += len(piece)
            if size > member.size:
                break
            crc = zlib.crc32(piece, crc)
            yield piece
    except zlib.error as fault:
        raise _untrue(member) from fault
    if size != member.size or crc != member.crc:
        raise _untrue(member)


def name_fault(name: str) -> str | None:
    """Say why a name cannot be that of a member on every system; None where it can."""
    if not _NAME.fullmatch(name):
        return "has characters other than A-Z, a-z, 0-9, '.', '_', '-' and '/'"
    if len(name) > _LONGEST_NAME:
        return f"is longer than {_LONGEST_NAME} characters"
    for part in name.split("/"):
        if part in {"", ".", ".."}:
            return "is absolute, a folder, or leads out of its folder"
        if part.endswith("."):
            return "has a part that ends in a dot"
        if part.split(".")[0].lower() in _DEVICES:
            return f"has a part that is a device on Windows, '{part}'"
    return None


def clash(names: Iterable[str]) -> str | None:
    """Say which names cannot lie in one folder on every system, as some do not tell letter cases apart."""
    folded: dict[str, str] = {}
    for name in names:
        other = folded.setdefault(name.lower(), name)
        if other != name:
            return f"'{other}' and '{name}' are one name on some systems"
    for folded_name, name in folded.items():
        parts = folded_name.split("/")
        for depth in range(1, len(parts)):
            if "/".join(parts[:depth]) in folded:
                return f"'{name}' lies in a folder that is a file"
    return None


def _pack(content: Path | bytes, packed: tempfile.SpooledTemporaryFile[bytes], method: int) -> tuple[Written, int, int]:
    """Pack a file; give its hashes, its check sum and the number of its packed bytes."""
    deflating = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    plain, small = hashlib.sha256(), hashlib.sha256()
    size, crc, packed_size = 0, 0, 0

    def put(piece: bytes) -> None:
        nonlocal packed_size
        packed.write(piece)
        small.update(piece)
        packed_size += len(piece)

    with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as stream:
        while piece := stream.read(_PIECE):
            plain.update(piece)
            crc = zlib.crc32(piece, crc)
            size += len(piece)
            put(piece if method == STORED else deflating.compress(piece))
    if method == DEFLATED:
        put(deflating.flush())
    return Written(size, plain.hexdigest(), small.hexdigest()), crc, packed_size


def _inflated(stream: BinaryIO, member: Member) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    for packed in packed_pieces(stream, member):
        if inflate.eof:
            raise _untrue(member)
        rest = packed
        while rest and not inflate.eof:
            yield inflate.decompress(rest, _PIECE)
            rest = inflate.unconsumed_tail
        if inflate.unused_data:
            raise _untrue(member)
    while not inflate.eof:
        piece = inflate.decompress(b"", _PIECE)
        if not piece:
            raise _untrue(member)
        yield piece


def _local(member: Member) -> bytes:
    name = member.name.encode("ascii")
    return (
        _LOCAL.pack(
            _LOCAL_MAGIC,
            _NEEDED,
            0,
            member.method,
            0,
            _DAY,
            member.crc,
            member.packed_size,
            member.size,
            len(name),
            0,
        )
        + name
    )


def _central(member: Member) -> bytes:
    name = member.name.encode("ascii")
    return (
        _CENTRAL.pack(
            _CENTRAL_MAGIC,
            _MADE_BY,
            _NEEDED,
            0,
            member.method,
            0,
            _DAY,
            member.crc,
            member.packed_size,
            member.size,
            len(name),
            0,
            0,
            0,
            0,
            _ATTRIBUTES,
            member.offset,
        )
        + name
    )


def _end(count: int, directory_size: int, directory_at: int) -> bytes:
    return _END.pack(_END_MAGIC, 0, 0, count, count, directory_size, directory_at, 0)


def _read_end(stream: BinaryIO, size: int, limits: Limits) -> tuple[int, int, int]:
    """Give number of members, size and place of the directory; the end record is the last thing in the file."""
    if size < _END.size:
        raise _damaged("it is too short")
    record = _read(stream, size - _END.size, _END.size)
    _, _, _, count, _, directory_size, directory_at, _ = _END.unpack(record)
    if record != _end(count, directory_size, directory_at) or directory_at + directory_size + _END.size != size:
        raise _damaged("it is cut off, goes on after its end, has a comment, or is in more than one part")
    if count > limits.members or directory_size > count * (_CENTRAL.size + _LONGEST_NAME):
        raise _damaged(f"it has more than {limits.members:,} members")
    return count, directory_size, directory_at


def _entry(directory: bytes, at: int) -> tuple[Member, int]:
    """Read one entry of the directory; give where the next begins."""
    if len(directory) < at + _CENTRAL.size:
        raise _damaged("its directory has fewer entries than it says")
    values = _CENTRAL.unpack_from(directory, at)
    (
        magic,
        made_by,
        _,
        flags,
        method,
        _,
        _,
        crc,
        packed_size,
        size,
        name_size,
        extra,
        comment,
        *_,
        attributes,
        offset,
    ) = values
    end = at + _CENTRAL.size + name_size
    raw = directory[at + _CENTRAL.size : end]
    shown = ascii(raw.decode("utf-8", "backslashreplace"))[1:-1]
    if magic != _CENTRAL_MAGIC or len(raw) != name_size:
        raise _damaged("its directory has fewer entries than it says")
    if fault := _header_fault(made_by, flags, method, extra, comment, attributes):
        raise _damaged(f"its member '{shown}' {fault}")
    if fault := name_fault(raw.decode("latin-1")):
        raise _damaged(f"its member '{shown}' {fault}")
    member = Member(raw.decode("ascii"), method, crc, packed_size, size, offset)
    if directory[at:end] != _central(member):
        raise _damaged(f"its member '{shown}' has a header that is not the one allowed")
    return member, end


def _header_fault(made_by: int, flags: int, method: int, extra: int, comment: int, attributes: int) -> str | None:
    """Say in words what is wrong with a header; that nothing is found does not say that it is right."""
    if flags & _ENCRYPTED:
        return "is encrypted"
    if flags & _DESCRIPTOR:
        return "declares its size after its content"
    if flags:
        return f"has flags that are not allowed ({flags:#06x})"
    if method not in (STORED, DEFLATED):
        return f"is packed in a way that is not allowed (method {method})"
    if extra or comment:
        return "has an extra field or a comment"
    kind = attributes >> 16 & 0o170000
    if kind == _MODE_OF_LINK:
        return "is a symbolic link"
    if kind == _MODE_OF_FOLDER or attributes & _FOLDER_ATTRIBUTE:
        return "is a folder"
    if kind not in (0, _MODE_OF_FILE) and made_by >> 8 == _MADE_BY >> 8:
        return "is no file"
    return None


def _check_header(stream: BinaryIO, member: Member, place: int, directory_at: int) -> None:
    if member.offset != place or member.data_offset + member.packed_size > directory_at:
        raise _damaged(f"its member '{member.name}' does not lie where the one before it ends")
    if _read(stream, place, member.data_offset - place) != _local(member):
        raise _damaged(f"its member '{member.name}' has two headers that say different things")


def _check_order(member: Member, before: Sequence[Member]) -> None:
    if before and member.name <= before[-1].name:
        twice = any(one.name == member.name for one in before)
        fault = "is there twice" if twice else "is not in its place in the order of names"
        raise _damaged(f"its member '{member.name}' {fault}")


def _check_sizes(found: Sequence[Member], limits: Limits) -> None:
    if fault := clash(member.name for member in found):
        raise _damaged(fault)
    for member in found:
        if member.method == STORED and member.packed_size != member.size:
            raise _damaged(f"its member '{member.name}' has two sizes")
        if member.size > limits.ratio * member.packed_size:
            raise _damaged(f"its member '{member.name}' inflates to more than {limits.ratio} times its size")
    if sum(member.size for member in found) > limits.total_bytes:
        raise _damaged(f"it inflates to more than {limits.total_bytes:,} bytes")


def _read(stream: BinaryIO, at: int, size: int) -> bytes:
    stream.seek(at)
    content = stream.read(size)
    if len(content) != size:
        raise _damaged("it is cut off")
    return content


def _damaged(fault: str) -> IntegrityError:
    return IntegrityError(f"The archive is not one that linkgraph wrote, or was changed: {fault}; have it sent again.")


def _untrue(member: Member) -> IntegrityError:
    return _damaged(f"its member '{member.name}' does not hold what it declares")
