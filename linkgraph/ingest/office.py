"""Workbooks in the form of Office Open XML (``.xlsx``, ``.xlsm``): the parts in their archive.

Source: ECMA-376 part 2 (the parts of an Office document).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO
from zipfile import ZipInfo

from linkgraph.errors import UsageError
from linkgraph.ingest import archive

LIMITS = archive.Limits(members=1000, member_bytes=1 << 30, total_bytes=1 << 30)


def entries(stream: BinaryIO) -> dict[str, ZipInfo]:
    """Give the entries of an archive by name, if it keeps to the limits by what it says of itself.

    Raises:
        UsageError: it does not, is damaged, or encrypted.
    """
    with _told():
        return {entry.filename: entry for entry in archive.members(stream, LIMITS)}


def inflated(stream: BinaryIO, entry: ZipInfo) -> Iterator[bytes]:
    """Yield the content of an entry, never more of it than it declares.

    Raises:
        UsageError: it holds more or other bytes than it declares.
    """
    with _told():
        yield from archive.inflated(stream, entry)


def is_workbook(listed: Mapping[str, ZipInfo]) -> bool:
    """Tell whether an archive is a workbook."""
    return "[Content_Types].xml" in listed and "xl/workbook.xml" in listed


def first_bytes(stream: BinaryIO, entry: ZipInfo, size: int) -> bytes:
    """Give the first bytes of an entry, having inflated and counted all of it."""
    head = b""
    for piece in inflated(stream, entry):
        if len(head) < size:
            head = (head + piece)[:size]
    return head


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except archive.EncryptedError as fault:
        raise UsageError("The archive is encrypted; take the password off and import it again.") from fault
    except archive.DamagedError as fault:
        raise UsageError(f"The archive is damaged or forged ({fault}); ask for it again.") from fault
    except archive.ArchiveError as fault:
        raise UsageError(f"The archive is not read: {fault}.") from fault
