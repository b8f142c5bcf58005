r"""Plain lists of file digests: one digest a line, or what the checksum programs print.

    d41d8cd98f00b204e9800998ecf8427e
    d41d8cd98f00b204e9800998ecf8427e  name        md5sum, sha256sum …; ``*name`` read in binary mode
    \d41d8cd98f00b204e9800998ecf8427e  a\nb       the name has escapes; they stay
    SHA256 (name) = e3b0c442…                     BSD
    urn:sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ     Gnutella, base32
    f162eb9daab170c0…,88                          PDQ with its quality; a name may follow

Lines that begin with ``#`` or ``;`` are comments and no rows. A PDQ hash is as long as a SHA-256; it is
known by the quality beside it, a whole number from 0 to 100 behind a comma, and a list of those may have
a header. Whether a word is a digest is not this reader's to say: a list's odd word becomes a row and is
refused with its reason. Other lists with a header or with columns are delimited files.

Source: GNU coreutils manual, "cksum: output modes"; FreeBSD md5(1); RFC 4648 §6; the output of ``pdq-photo-hasher``
in Meta's ThreatExchange repository (hash, quality, file name).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.ingest.readers import lines
from linkgraph.ingest.readers.rows import Rows

COLUMNS = ("digest", "pdq", "quality", "name")
"""Text as the list has it, without quotes; null where the list has none. A row has ``digest`` or ``pdq``."""

_ENTRY = (
    r"^[ \t]*(?:"
    r"""["']?(?P<pdq>[0-9A-Fa-f]{64})["']?[ \t]*,[ \t]*["']?(?P<quality>100|[0-9]{1,2})["']?(?:,(?P<pdq_name>.*))?|"""
    r"\\?[A-Za-z0-9/-]+ ?\((?P<bsd_name>.*)\) ?= ?(?P<bsd_digest>[^ \t\r\n]+)"
    r"""|\\?["']?(?P<digest>[^ \t\r\n"'\\,;]+)["']?[,;]?(?:[ \t]+\*?(?P<name>[^\r\n]*[^ \t\r\n]))?"""
    r")[ \t]*\r?\n?$"
)
_COMMENT = r"^[ \t]*(?:[#;]|\r?\n?$)"
_HEADER = re.compile(
    rb"""["']?(?:hash|pdq|pdq_hash)["']?[ \t]*,[ \t]*["']?(?:pdq_)?quality["']?(?:,.*)?""", re.IGNORECASE
)
_DIGEST = (
    r"(?:urn:)?(?:(?:md5|sha-?1|sha-?256|sha-?512|pdq)[:=])?(?:0x)?"
    r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128}|[a-z2-7]{32})"
)
_SURE = re.compile(
    r"""\s*(?:["']?[0-9a-f]{64}["']?\s*,\s*["']?(?:100|[0-9]{1,2})["']?(?:,.*)?|"""
    rf"""\\?[a-z0-9/-]+ ?\(.*\) ?= ?{_DIGEST}|\\?["']?{_DIGEST}["']?[,;]?(?:[ \t][ \t*].+)?)\s*""",
    re.ASCII | re.IGNORECASE,
)
_RECOGNISED_BY = 100


@dataclass(frozen=True, slots=True)
class HashList:
    """Reads plain digest lists."""

    name: str = "hash-list"
    version: str = "2"
    binary: bool = False
    needs: tuple[str, ...] = ()
    block_bytes: int = lines.BLOCK_BYTES

    def recognises(self, head: bytes) -> bool:
        """Tell whether most of the first lines are digests and the first of them is no header."""
        texts = [text for text in lines.first_texts(head) if text.lstrip()[0] not in "#;"][:_RECOGNISED_BY]
        if texts and _HEADER.fullmatch(texts[0].strip().encode()):
            del texts[0]
        sure = [_SURE.fullmatch(text) is not None for text in texts]
        if not texts or not (sure[0] or re.fullmatch(r"[0-9a-fA-F]+", texts[0].strip())):
            return False
        return sum(sure) * 2 > len(texts)

    def read(self, stream: BinaryIO, *, batch_rows: int = 500_000) -> Iterator[Rows]:
        """Yield the digests of ``stream``; see :class:`~linkgraph.ingest.readers.rows.Reader`."""
        return lines.batches(stream, self.block_bytes, batch_rows, _rows)


def _rows(block: lines.Block, first: int, last: int) -> Rows:
    """Read the lines first … last - 1 of a block."""
    text, unreadable = block.texts(first, last)
    meant = pc.invert(pc.match_substring_regex(text, _COMMENT)).fill_null(False).to_numpy(zero_copy_only=False)
    entries = pc.extract_regex(text, pattern=_ENTRY)
    if block.line == 1 and first == 0 and (titled := _header_at(block)) is not None and titled < last:
        meant[titled] = False
    matched = entries.is_valid().to_numpy(zero_copy_only=False) & meant
    for at in np.flatnonzero(meant & ~matched).tolist():
        unreadable[at] = lines.unreadable(
            block.line_at(first + at), "hash-list-line", "The line is no digest with or without a file name."
        )
    entries = entries.filter(pa.array(matched))
    parts = dict(zip((part.name for part in entries.type), entries.flatten(), strict=True))
    bsd, pdq = pc.not_equal(parts["bsd_digest"], ""), pc.not_equal(parts["pdq"], "")
    found = {
        "digest": pc.if_else(bsd, parts["bsd_digest"], parts["digest"]),
        "pdq": parts["pdq"],
        "quality": parts["quality"],
        "name": pc.if_else(bsd, parts["bsd_name"], pc.if_else(pdq, parts["pdq_name"], parts["name"])),
    }
    table = pa.table({column: pc.if_else(pc.equal(text, ""), None, text) for column, text in found.items()}).cast(
        pa.schema([(column, pa.string()) for column in COLUMNS])
    )
    table = block.with_positions(table, first + np.flatnonzero(matched))
    return Rows(table, [unreadable[at] for at in sorted(unreadable)])


def _header_at(block: lines.Block) -> int | None:
    """Give the line, from 0, of the header of a list of PDQ hashes: the first that is no comment."""
    for at in range(min(block.starts.size, _RECOGNISED_BY)):
        text = block.line_at(at).raw.strip()
        if text and text[:1] not in b"#;":
            return at if _HEADER.fullmatch(text) else None
    return None
