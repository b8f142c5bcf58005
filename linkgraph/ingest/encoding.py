"""In which encoding a text file is written: decided or asked, never assumed.

A byte order mark decides; otherwise the file is UTF-8 or the analyst says what it is. Nothing is
ever decoded with replacement characters.
"""

from __future__ import annotations

import codecs
import io
from typing import BinaryIO, cast

from linkgraph.errors import UsageError

UTF_8 = "utf-8"
_MARKS = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SUSPICIOUS_LINES = 3
_PIECE = 1 << 20


def decide(head: bytes, stated: str | None, name: str) -> str:
    """Give the encoding of a file from its first bytes.

    A few lines that are not UTF-8 are left to quarantine; where at least three, and half of all
    lines beyond ASCII, are not, the file is in another encoding.

    Raises:
        UsageError: it is not UTF-8, or the stated encoding does not exist.
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if stated is not None:
        try:
            return codecs.lookup(stated).name
        except LookupError as fault:
            raise UsageError(f"There is no encoding '{stated}'; try utf-8, cp1252, iso-8859-1 or utf-16.") from fault
    beyond = [line for line in head.split(b"\n")[:-1] if not line.isascii()]
    bad = [line for line in beyond if not _is_utf8(line)]
    if len(bad) >= _SUSPICIOUS_LINES and 2 * len(bad) >= len(beyond):
        samples = " · ".join(ascii(line[:60].decode("cp1252", "backslashreplace")) for line in bad[:3])
        raise UsageError(
            f"'{name}' is not UTF-8: state its encoding with --encoding; as cp1252 three of its lines read: {samples}."
        )
    return UTF_8


def head_as_utf8(head: bytes, encoding: str) -> bytes:
    """Give the first bytes of a file as UTF-8, without a character that the cut may have split.

    Raises:
        UsageError: they are not text of this encoding.
    """
    if encoding == UTF_8:
        return head
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(head).encode()
    except UnicodeError as fault:
        raise UsageError(
            f"The file is not {encoding} text ({fault}); state the right encoding with --encoding."
        ) from fault


def as_utf8(stream: BinaryIO, encoding: str) -> BinaryIO:
    """Give the same text as UTF-8 bytes.

    Reading raises UsageError where the bytes are not text of this encoding.
    """
    if encoding == UTF_8:
        return stream
    return cast("BinaryIO", io.BufferedReader(_Recoded(stream, encoding), _PIECE))


def back(raw: bytes, encoding: str) -> bytes:
    """Give the original bytes of a piece of text that :func:`as_utf8` recoded."""
    if encoding == UTF_8:
        return raw
    return raw.decode().encode("utf-16-le" if encoding == "utf-16" else encoding)


class _Recoded(io.RawIOBase):
    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._encoding = encoding
        self._ready = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        # typeshed wants the Buffer protocol type, which is nameable only from Python 3.12 on.
        while not self._ready and not self._ended:
            piece = self._stream.read(_PIECE)
            self._ended = not piece
            try:
                self._ready = self._decoder.decode(piece, final=self._ended).encode()
            except UnicodeError as fault:
                raise UsageError(
                    f"The file is not {self._encoding} text ({fault}); state the right encoding with --encoding."
                ) from fault
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
