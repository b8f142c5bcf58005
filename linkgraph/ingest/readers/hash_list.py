r"""Plain lists of file digests: one digest a line, or what the checksum programs print.

    d41d8cd98f00b204e9800998ecf8427e
    d41d8cd98f00b204e9800998ecf8427e  name        md5sum, sha256sum …; ``*name`` read in binary mode
    \d41d8cd98f00b204e9800998ecf8427e  a\nb       the name has escapes; they stay
    SHA256 (name) = e3b0c442…                     BSD

Lines that begin with ``#`` or ``;`` are comments and no rows. Whether a word is a digest is not this
reader's to say: a list's odd word becomes a row and is refused with its reason. Lists with a header or
with columns are delimited files.

Source: GNU coreutils manual, "cksum: output modes"; FreeBSD md5(1).
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

COLUMNS = ("digest", "name")
"""Text as the list has it, without quotes; ``name`` is null where the list has none."""

_ENTRY = (
    r"^[ \t]*(?:"
    r"\\?[A-Za-z0-9/-]+ ?\((?P<bsd_name>.*)\) ?= ?(?P<bsd_digest>[^ \t\r\n]+)"
    r"""|\\?["']?(?P<digest>[^ \t\r\n"'\\,;]+)["']?[,;]?(?:[ \t]+\*?(?P<name>[^\r\n]*[^ \t\r\n]))?"""
    r")[ \t]*\r?\n?$"
)
_COMMENT = r"^[ \t]*(?:[#;]|\r?\n?$)"
_DIGEST = r"(?:0x)?(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128}|[a-z2-7]{32})"
_SURE = re.compile(
    rf"""\s*(?:\\?[a-z0-9/-]+ ?\(.*\) ?= ?{_DIGEST}|\\?["']?{_DIGEST}["']?[,;]?(?:[ \t][ \t*].+)?)\s*""",
    re.ASCII | re.IGNORECASE,
)
_RECOGNISED_BY = 100


@dataclass(frozen=True, slots=True)
class HashList:
    """Reads plain digest lists."""

    name: str = "hash-list"
    version: str = "1"
    binary: bool = False
    needs: tuple[str, ...] = ()
    block_bytes: int = lines.BLOCK_BYTES

    def recognises(self, head: bytes) -> bool:
        """Tell whether most of the first lines are digests and the first of them is no header."""
        texts = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").split("\n")
        if len(texts) > 1 and not head.endswith(b"\n"):
            texts.pop()
        texts = [text for text in texts if text.strip() and text.lstrip()[0] not in "#;"][:_RECOGNISED_BY]
        sure = [_SURE.fullmatch(text) is not None for text in texts]
        if not texts or not (sure[0] or re.fullmatch(r"[0-9a-fA-F]+", texts[0].strip())):
            return False
        return sum(sure) * 2 > len(texts)

    def read(self, stream: BinaryIO, *, batch_rows: int = 500_000) -> Iterator[Rows]:
        """Yield the digests of ``stream``; see :class:`~linkgraph.ingest.readers.rows.Reader`."""
        for block in lines.blocks(stream, self.block_bytes):
            for first in range(0, block.starts.size, batch_rows):
                rows = _rows(block, first, min(first + batch_rows, block.starts.size))
                if rows.read:
                    yield rows


def _rows(block: lines.Block, first: int, last: int) -> Rows:
    """Read the lines first … last - 1 of a block."""
    text, unreadable = block.texts(first, last)
    meant = pc.invert(pc.match_substring_regex(text, _COMMENT)).fill_null(False).to_numpy(zero_copy_only=False)
    entries = pc.extract_regex(text, pattern=_ENTRY)
    matched = entries.is_valid().to_numpy(zero_copy_only=False) & meant
    for at in np.flatnonzero(meant & ~matched).tolist():
        unreadable[at] = lines.unreadable(
            block.line_at(first + at), "hash-list-line", "The line is no digest with or without a file name."
        )
    entries = entries.filter(pa.array(matched))
    parts = dict(zip((part.name for part in entries.type), entries.flatten(), strict=True))
    bsd = pc.not_equal(parts["bsd_digest"], "")
    name = pc.if_else(bsd, parts["bsd_name"], parts["name"])
    table = pa.table(
        {
            "digest": pc.if_else(bsd, parts["bsd_digest"], parts["digest"]),
            "name": pc.if_else(pc.equal(name, ""), None, name),
        }
    ).cast(pa.schema([(column, pa.string()) for column in COLUMNS]))
    table = block.with_positions(table, first + np.flatnonzero(matched))
    return Rows(table, [unreadable[at] for at in sorted(unreadable)])
