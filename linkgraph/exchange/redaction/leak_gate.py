r"""The gate: before anything is signed, all bytes that were made are searched for all that must not be in them.

The gate does not know how the files came about, so that a fault of what made them is found too. It looks at
the bytes as they are and in every way they may be written:

- in any letter case and composition (:mod:`linkgraph.exchange.redaction.texts`), in UTF-8 and UTF-16;
- behind escapes of JSON, XML and addresses (``\\u00e9``, ``&#233;``, ``%C3%A9``), also of one inside another;
- in hexadecimal and base64, at any place of the three that base64 has;
- inside what is packed: zip archives with the names and comments of their members, gzip and deflate, long runs of
  base64 (the model of a page), columns of Parquet.

A text that stands in such files even when nothing of a case is in them (an account called ``label``) is a word of
the format. It is not looked for by itself, only with what it is the name of, and is counted.
"""

from __future__ import annotations

import base64
import codecs
import gzip
import io
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import ahocorasick_rs
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from linkgraph.errors import IntegrityError
from linkgraph.exchange.redaction.choosing import Suppressed
from linkgraph.exchange.redaction.texts import fold, fold_bytes
from linkgraph.exchange.redaction.views import views

Files: TypeAlias = Mapping[str, Path | bytes]
Unpack: TypeAlias = Callable[[bytes], Iterator[tuple[str, bytes]]]

_PIECE = 1 << 24
"""Bytes that are looked at at once; longer files are cut at line ends."""
_DEEPEST = 4
"""How many packings inside each other are opened."""
_MOST_UNPACKED = 1 << 31
_TOO_LARGE = "What was made has a packed file in it that is too large to be looked through; nothing is handed on."
_LONG = 256
_LONG_BASE64 = re.compile(rb"[A-Za-z0-9+/]{%d,}={0,2}" % _LONG)
_LETTERS = b"\x01"
_LETTER_OR_NOT = bytes(chr(code).isascii() and (chr(code).isalnum() or chr(code) in "+/") for code in range(256))
"""For finding out fast whether there is such a run at all: the expression alone looks at each letter many times."""
_FEWEST_ENCODED = 6
"""Bytes from which a text is looked for in hexadecimal and base64: shorter ones are there by chance."""


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that must not be there, and is."""

    text: str
    """What was found, folded."""
    file: str
    """Where: the file, and the members and packings inside it."""
    how: str
    """How it is written: ``plain``, ``UTF-16``, ``hexadecimal``, ``base64``, or the escape it is behind."""


class LeakError(IntegrityError):
    """Something that must not go is in what was made; nothing is handed on."""

    def __init__(self, leaks: Collection[Leak]) -> None:
        self.leaks = tuple(leaks)
        first = self.leaks[0]
        super().__init__(
            f"The leak gate found {len(self.leaks)} suppressed texts in what was made; nothing is handed on. The "
            f"first is in {first.file} ({first.how}). 'linkgraph bundle --dry-run' shows what would go; please "
            "report this as a fault of linkgraph."
        )


class Gate:
    """Searches files for texts that must not be in them."""

    def __init__(self, suppressed: Suppressed, baseline: Files | None = None) -> None:
        """Make ready to search.

        Args:
            suppressed: what must not be there.
            baseline: files as they would be with nothing of the case in them.
        """
        self._texts = suppressed.texts()
        self._encoded = _Encoded(_forms(suppressed))
        self._words: frozenset[str] = frozenset()
        if baseline is not None:
            self._words = frozenset(leak.text for leak in self.leaks(baseline))

    def __len__(self) -> int:
        return len(self._texts)

    @property
    def words_of_the_format(self) -> int:
        """How many texts are words of the formats themselves and are not looked for."""
        return len(self._words)

    def leaks(self, files: Files) -> list[Leak]:
        """Give what is found in some files, their names too; each text once for a place and a way of writing."""
        if not len(self):
            return []
        found: dict[Leak, None] = {}
        for name, content in files.items():
            for leak in self._of_file(name, content):
                if leak.text not in self._words:
                    found[leak] = None
        return list(found)

    def pass_or_raise(self, files: Files) -> None:
        """Let files through.

        Raises:
            LeakError: something must not go.
        """
        if found := self.leaks(files):
            raise LeakError(found)

    def _of_file(self, name: str, content: Path | bytes) -> Iterator[Leak]:
        yield from self._of_bytes(f"the name of {name}", name.encode(), 1)
        if isinstance(content, bytes):
            yield from self._of_bytes(name, content, 0)
        elif content.stat().st_size <= _PIECE or _packing(content):
            yield from self._of_bytes(name, content.read_bytes(), 0)
        else:
            for piece in _pieces(content):
                yield from self._of_bytes(name, piece, 0)

    def _of_bytes(self, where: str, content: bytes, depth: int) -> Iterator[Leak]:
        if depth > _DEEPEST:
            return
        for text, how in self._encoded.found(content):
            yield Leak(text, where, how)
        if unpack := _unpacking(content):
            members = unpack(content)
            while True:
                try:
                    member, inside = next(members)
                except StopIteration:
                    return
                except _DAMAGED:
                    # It only begins like one, or is damaged: then it is looked at as it is.
                    break
                yield from self._of_bytes(f"{where}, {member}", inside, depth + 1)
        content = _as_utf8(content)
        has_runs = _LETTERS * _LONG in content.translate(_LETTER_OR_NOT)
        plain = _LONG_BASE64.sub(b" ", content) if has_runs else content
        told: set[int] = set()
        for how, view in views(plain):
            for which in {one for one, _, _ in self._texts.found(fold_bytes(view))} - told:
                told.add(which)
                yield Leak(self._texts.wanted[which], where, how)
        for run in _LONG_BASE64.findall(content) if has_runs else ():
            for member, inside in _decoded(run):
                yield from self._of_bytes(f"{where}, {member}", inside, depth + 1)


class _Encoded:
    """Finds texts in UTF-16, hexadecimal and base64."""

    def __init__(self, forms: Mapping[str, Collection[str]]) -> None:
        patterns: dict[bytes, tuple[str, str]] = {}
        for text, written in forms.items():
            for form in written:
                for encoding in ("utf-16-le", "utf-16-be"):
                    patterns.setdefault(form.encode(encoding), (text, "UTF-16"))
                raw = form.encode()
                if len(raw) < _FEWEST_ENCODED:
                    continue
                for digits in (raw.hex().encode(), raw.hex().upper().encode()):
                    patterns.setdefault(digits, (text, "hexadecimal"))
                for letters in _base64_forms(raw):
                    patterns.setdefault(letters, (text, "base64"))
        self._meaning = list(patterns.values())
        self._search = ahocorasick_rs.BytesAhoCorasick(list(patterns)) if patterns else None

    def found(self, content: bytes) -> Iterator[tuple[str, str]]:
        if self._search is None:
            return
        for which in {one for one, _, _ in self._search.find_matches_as_indexes(content, overlapping=True)}:
            yield self._meaning[which]


def _forms(suppressed: Suppressed) -> dict[str, set[str]]:
    """Give the ways each text may have been written before it was encoded, by its folded form."""
    found: dict[str, set[str]] = {}
    for texts in (suppressed.words, suppressed.anywhere):
        for text in texts:
            folded = fold(text)
            if len(folded) >= 3:
                forms = found.setdefault(folded, {folded})
                forms |= {text, text.lower(), text.upper(), unicodedata.normalize("NFC", text)}
                if not text.isascii():
                    forms |= {unicodedata.normalize(form, text) for form in ("NFD", "NFKC", "NFKD")}
    return found


def _base64_forms(raw: bytes) -> Iterator[bytes]:
    """Give the letters that base64 has for some bytes whatever stands around them: RFC 4648 §4 and §5."""
    for before in range(3):
        letters = base64.b64encode(b"\0" * before + raw)
        start, end = -(-before * 4 // 3), (before + len(raw)) * 4 // 3
        yield letters[start:end]
        yield base64.urlsafe_b64encode(b"\0" * before + raw)[start:end]


def _as_utf8(content: bytes) -> bytes:
    """Give a file that says it is UTF-16 as UTF-8: what is escaped in it is to be read too."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace").encode("utf-8", "replace")
    return content


# -- packings ------------------------------------------------------------------------------------


def _packing(path: Path) -> bool:
    with path.open("rb") as stream:
        return _unpacking(stream.read(_LONGEST_MARK)) is not None


def _unpacking(content: bytes) -> Unpack | None:
    return next((unpack for mark, unpack in _PACKINGS.items() if content.startswith(mark)), None)


def _of_zip(content: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        yield "its comment", archive.comment
        if sum(member.file_size for member in archive.infolist()) > _MOST_UNPACKED:
            raise IntegrityError(_TOO_LARGE)
        for member in archive.infolist():
            yield f"the name of {member.filename}", f"{member.filename}\n".encode() + member.comment + member.extra
            yield member.filename, archive.read(member)


def _of_gzip(content: bytes) -> Iterator[tuple[str, bytes]]:
    with gzip.open(io.BytesIO(content)) as stream:
        unpacked = stream.read(_MOST_UNPACKED + 1)
    if len(unpacked) > _MOST_UNPACKED:
        raise IntegrityError(_TOO_LARGE)
    yield "unpacked", unpacked


def _of_parquet(content: bytes) -> Iterator[tuple[str, bytes]]:
    table = pq.read_table(io.BytesIO(content))
    yield "its metadata", repr(table.schema.metadata).encode() + repr(pq.read_metadata(io.BytesIO(content))).encode()
    for name in table.column_names:
        yield f"column {name}", _column_texts(table[name])


def _column_texts(column: pa.ChunkedArray) -> bytes:
    while pa.types.is_nested(column.type):
        if pa.types.is_struct(column.type):
            fields = [pc.struct_field(column, [at]) for at in range(column.type.num_fields)]
            return b"\n".join(map(_column_texts, fields))
        column = pc.list_flatten(column)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        column = column.cast(pa.string())
    return "\n".join(filter(None, column.to_pylist())).encode("utf-8", "replace")


_PACKINGS: dict[bytes, Unpack] = {
    b"PK\x03\x04": _of_zip,
    b"PK\x05\x06": _of_zip,
    b"PK\x07\x08": _of_zip,
    b"\x1f\x8b\x08": _of_gzip,
    b"PAR1": _of_parquet,
}
"""By their first bytes: zip (also an empty one and one in pieces), gzip with deflate (RFC 1952), Parquet."""
_LONGEST_MARK = max(map(len, _PACKINGS))
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    pa.ArrowException,
    struct.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    UnicodeDecodeError,
)
"""What the libraries raise for what is no file of theirs, or one that they cannot open."""


def _decoded(run: bytes) -> Iterator[tuple[str, bytes]]:
    """Give what a long run of base64 holds, wherever its groups of four begin, and unpacked if it is packed."""
    for skipped in range(4):
        letters = run.rstrip(b"=")[skipped:]
        letters = letters[: len(letters) // 4 * 4]
        raw = base64.b64decode(letters)
        inflated = next(filter(None, (_inflated(raw, bits) for bits in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS))), None)
        if inflated is not None:
            yield "base64, inflated", inflated
        elif skipped == 0:
            yield "base64", raw


def _inflated(raw: bytes, bits: int) -> bytes | None:
    try:
        inflate = zlib.decompressobj(bits)
        # Groups of four that were cut off at the end may be the last bytes: what comes before them counts.
        found = inflate.decompress(raw, _MOST_UNPACKED)
    except zlib.error:
        return None
    return found or None


def _pieces(path: Path) -> Iterator[bytes]:
    """Give a long file in pieces that end with a line."""
    with path.open("rb") as stream:
        held = b""
        while block := stream.read(_PIECE):
            held += block
            end = held.rfind(b"\n") + 1
            if end:
                yield held[:end]
                held = held[end:]
        if held:
            yield held
