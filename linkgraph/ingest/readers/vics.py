"""Hash sets of Project VIC and of CAID: VICS JSON 1.x and 2.0.

A document is a set of media (``#Media``) or of cases with their media (``#Cases``); its first member
says which, in which version and, in 2.0, by which country's categories:

    {"@odata.context": "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Media",
     "value": [{"MediaID": 1, "Category": 1, "MD5": "…", "SHA1": "…", "MediaSize": 2835, …}, …]}

    {"odata.metadata": "http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Cases",
     "value": [{"CaseID": "…", "CaseNumber": "…", "Media": [{"MediaID": 1, …, "MediaFiles": […]}]}]}

One medium is one row; where it has two digests of one kind, or several file names that were asked for,
one row for each more. A category is a number that means something else in every country, so it is read
together with the profile that the document names: ``US 1``, ``UK 1``, or ``1 (profile not named)``.

Not read: PhotoDNA (a likeness, in base64, under a licence of its own), thumbnails and Exif, and
``DateUpdated``, which tells when the record of the set was changed and nothing of the file.

Source: Project VIC International, VICS data model 1.3 and 2.0 (OData metadata documents).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.ingest.readers import json_records
from linkgraph.ingest.readers.json_records import Fault, Piece, Scope
from linkgraph.ingest.readers.json_values import Json, text_of
from linkgraph.ingest.readers.rows import Rows, Unreadable, in_batches, schema
from linkgraph.ingest.values.result import Reason

COLUMNS = (
    "md5",
    "sha1",
    "sha256",
    "sha512",
    "pdq",
    "size",
    "category",
    "series",
    "victim_identified",
    "offender_identified",
    "distributed",
    "case",
    "file_name",
)
"""Text as the document has it, null where it says nothing; ``file_name`` is filled where it is asked for."""

MAX_BATCH_ROWS = 50_000

_CONTEXTS = ("@odata.context", "odata.context", "odata.metadata", "@odata.metadata")
_CONTEXT = re.compile(
    r"ProjectVic/DataModels/[0-9.]+\.xml(?:/(?P<profile>[A-Za-z0-9_-]+))?(?:/\$metadata)?#(?P<set>Media|Cases)\b",
    re.ASCII | re.IGNORECASE,
)
_CASE_NUMBER = "CaseNumber"
_HEAD = 1 << 16
_PART = 5_000
_SCHEMA = schema(COLUMNS)
_MEMBERS = (
    "MD5",
    "SHA1",
    "SHA256",
    "SHA512",
    "PDQ",
    "MediaSize",
    "Category",
    "Series",
    "VictimIdentified",
    "OffenderIdentified",
    "IsDistributed",
)
"""Members of a medium, in the order of the columns."""
_N_DIGESTS = 5
_PLACES: dict[str, int | None] = {"SHA256": 2, "PDQ": 4, "PhotoDNA": None}
"""Usual names of alternative hashes and the columns they fill."""
_FILE_NAME = len(COLUMNS) - 1

_Row = tuple[str | None, ...]
"""One cell per column, category without its profile."""


@dataclass(frozen=True, slots=True)
class VICS:
    """Reads VICS documents."""

    name: str = "vics"
    version: str = "1"
    binary: bool = False
    needs: tuple[str, ...] = ("file_names",)
    file_names: bool = False
    """Whether names and paths of files are read: they can name a child or an offender."""
    block_bytes: int = json_records.BLOCK_BYTES

    def recognises(self, head: bytes) -> bool:
        """Tell whether the document says by its context that it is a VICS set."""
        return _context(head) is not None

    def read(self, stream: BinaryIO, *, batch_rows: int = MAX_BATCH_ROWS) -> Iterator[Rows]:
        """Yield the media of ``stream``; see :class:`~linkgraph.ingest.readers.rows.Reader`."""
        head = stream.read(_HEAD)
        named = _context(head)
        paths = [("value", "*", "Media")] if named and named["set"].casefold() == "cases" else [("value",)]
        whole = json_records.prefixed(head, stream)
        keep = frozenset((*_CONTEXTS, _CASE_NUMBER))
        held = _Held(self.file_names)
        for piece in json_records.split(whole, paths, keep=keep, block_bytes=self.block_bytes):
            if isinstance(piece, Fault):
                held.refuse(piece)
                continue
            for part in json_records.parts(piece, _PART):
                held.take(part)
                # However small the batches: as many rows wait for what stands behind them in the file.
                if held.size >= MAX_BATCH_ROWS:
                    yield from held.batches(batch_rows)
        yield from held.batches(batch_rows)


def _context(head: bytes) -> re.Match[str] | None:
    """Give what the first bytes say of the document: its profile and set."""
    opener, members = json_records.top_level(head)
    if opener != "{":
        return None
    for name, value in members:
        if name in _CONTEXTS:
            return _CONTEXT.search(value.decode("utf-8", "replace").partition(",")[0])
    return None


@dataclass(slots=True)
class _Held:
    """Rows that wait until they are many enough, and until the objects around them are read."""

    file_names: bool
    size: int = 0
    """Rows and unreadable records held."""
    number: int = 0
    """Number of the last row or unreadable record of the file."""
    _tables: list[pa.Table] = field(default_factory=list)
    _scopes: list[tuple[Scope, ...]] = field(default_factory=list)
    """The objects around each of the tables."""
    _unreadable: list[Unreadable] = field(default_factory=list)

    def refuse(self, fault: Fault) -> None:
        """Take in bytes that are no record."""
        self.number += 1
        self.size += 1
        self._unreadable.append(fault.unreadable(self.number))

    def take(self, piece: Piece) -> None:
        """Take in the media of a piece."""
        cells: list[_Row] = []
        places: list[tuple[int, int, int]] = []
        for offset, length, medium in json_records.records(piece):
            answer = _medium(medium, self.file_names)
            if isinstance(answer, Reason):
                at = offset - piece.offset
                self.refuse(Fault(offset, piece.content[at : at + length], answer))
                continue
            for row in answer:
                self.number += 1
                cells.append(row)
                places.append((self.number, offset, length))
        if cells:
            texts = (pa.array(column, pa.string()) for column in zip(*cells, strict=True))
            numbers = (pa.array(column, pa.int64()) for column in zip(*places, strict=True))
            self._tables.append(pa.table([*texts, *numbers], schema=_SCHEMA))
            self._scopes.append(piece.scopes)
            self.size += len(cells)

    def batches(self, batch_rows: int) -> Iterator[Rows]:
        """Give what is held, and hold nothing."""
        table = pa.concat_tables([_SCHEMA.empty_table(), *self._tables]).combine_chunks()
        for name, column in (("category", self._categories(table["category"])), ("case", self._case_numbers())):
            table = table.set_column(table.column_names.index(name), name, column)
        for scope in {id(one): one for scopes in self._scopes for one in scopes}.values():
            scope.released = True
        yield from in_batches(table, self._unreadable, batch_rows)
        self.size, self._tables, self._scopes, self._unreadable = 0, [], [], []

    def _categories(self, numbers: pa.ChunkedArray) -> pa.ChunkedArray:
        """Write the profile of the document beside each category."""
        profile = _profile(self._scopes[0][0]) if self._scopes else None
        if profile:
            return pc.binary_join_element_wise(profile, numbers, " ")
        return pc.binary_join_element_wise(numbers, "(profile not named)", " ")

    def _case_numbers(self) -> pa.Array:
        stated = [scopes[-1].values.get(_CASE_NUMBER) if len(scopes) > 1 else None for scopes in self._scopes]
        rows = np.repeat(np.arange(len(stated)), [table.num_rows for table in self._tables])
        return pa.array(map(text_of, stated), pa.string()).take(pa.array(rows, pa.int64()))


def _profile(document: Scope) -> str | None:
    for name in _CONTEXTS:
        stated = document.values.get(name)
        found = _CONTEXT.search(stated) if isinstance(stated, str) else None
        if found:
            return found["profile"]
    return None


# -- one medium ----------------------------------------------------------------------------------


def _medium(medium: Json | Reason, file_names: bool) -> list[_Row] | Reason:
    """Give the rows of one medium, or why it says nothing."""
    if type(medium) is not dict:
        return medium if isinstance(medium, Reason) else Reason("vics-medium", "The record is no object.")
    cells = list(map(medium.get, _MEMBERS))
    others = medium.get("AlternativeHashes")
    more = _alternatives(others, cells) if others else ()
    if isinstance(more, Reason):
        return more
    for at, cell in enumerate(cells):
        if type(cell) is not str and cell is not None:
            if type(cell) is dict or type(cell) is list:
                return _unfit(_MEMBERS[at], "one value")
            cells[at] = text_of(cell)
    if not any(cells[:_N_DIGESTS]):
        return Reason(
            "vics-no-digest",
            "The medium has no digest that is read here: none of MD5, SHA1, SHA256, SHA512, PDQ.",
            "PhotoDNA values are not read.",
        )
    row: _Row = (*cells, None, None)
    rows = [row]
    for place, digest in dict.fromkeys(more):
        if (row[place] or "").casefold() != digest.casefold():
            rows.append((*row[:place], digest, *row[place + 1 :]))
    if file_names:
        names = _names(medium.get("MediaFiles"))
        if isinstance(names, Reason):
            return names
        named = [(*row[:_FILE_NAME], name) for name in names]
        rows = [*(named or rows[:1]), *rows[1:]]
    return rows


def _alternatives(others: Json, cells: list[Any]) -> list[tuple[int, str]] | Reason:
    """Put the alternative hashes into the cells; give those whose cell is taken, by the number of their column."""
    if type(others) is not list:
        return _unfit("AlternativeHashes", "a list")
    more = []
    for other in others:
        if type(other) is not dict:
            return _unfit("AlternativeHashes", "a list of objects")
        name, value = other.get("HashName"), other.get("HashValue")
        if type(name) is not str or not (value is None or type(value) is str):
            return _unfit("AlternativeHashes", "a list of names and values")
        place = _PLACES[name] if name in _PLACES else _place(name)
        if place is None or not value:
            continue
        if cells[place]:
            more.append((place, value))
        else:
            cells[place] = value
    return more


def _place(name: str) -> int | None:
    """Give the column of the algorithm that a HashName means; None for PhotoDNA and what else is not read."""
    folded = re.sub("[^a-z0-9]", "", name.casefold())
    return COLUMNS.index(folded) if folded in COLUMNS[:_N_DIGESTS] else None


def _names(files: Json) -> list[str] | Reason:
    """Give the names of the files that a medium was found as, each with its path."""
    if files is None:
        return []
    if type(files) is not list:
        return _unfit("MediaFiles", "a list")
    names = []
    for one in files:
        if type(one) is not dict:
            return _unfit("MediaFiles", "a list of objects")
        path, name = one.get("FilePath") or "", one.get("FileName") or ""
        if type(path) is not str or type(name) is not str:
            return _unfit("MediaFiles", "a list of names and paths")
        joint = "" if not path or not name or path.endswith(("/", "\\")) else "\\" if "\\" in path else "/"
        whole = path if path.endswith(name) else path + joint + name
        if whole:
            names.append(whole)
    return list(dict.fromkeys(names))


def _unfit(name: str, wanted: str) -> Reason:
    return Reason("vics-medium", f"'{name}' of the medium is not {wanted}.")
