"""NCMEC hash sharing, XML of version 2: the entries of an answer to ``/v2/entries``, saved as files.

One row per entry, with its digests. An entry that its member has taken back (``deletedImage``,
``deletedVideo``) names member and id and has no digests of its own: it becomes a row, behind all entries, with the
digests of the entry it takes back, where the same file has that entry. Where it has not, the row is refused with
the id: an analyst who finds the entry writes its digests into the row as its ``fingerprints``. PhotoDNA and other
fingerprints that are no digests of a file are left out.

Source: NCMEC, Hash Sharing API documentation v2 (report.cybertip.org/hashsharing/v2/documentation.pdf), as the
client of ThreatExchange and its published answers show it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import zip_longest
from typing import BinaryIO

from linkgraph.ingest.readers import xml_records
from linkgraph.ingest.readers.rows import Rows
from linkgraph.ingest.readers.xml_records import Fault, PassedOver, Record, Row, text

DIGESTS = ("md5", "sha1", "sha256", "pdq")
COLUMNS = (*DIGESTS, "time", "event", "entry", "category", "listed", "withdrawn")
"""All text. ``entry`` is member, kind and id of the entry; ``event`` ``listed`` or ``withdrawn``; the column of
the same name says when (UTC, to the millisecond, so that they sort) and by which member:
``2017-10-24T15:00:00.000Z member 42``."""

MAX_REMEMBERED = 500_000
MOST_DIGESTS = 1000
"""Digests that a deletion takes back: an entry is one file, and has a handful."""
"""Entries of a file whose digests are kept in mind for deletions, and deletions that wait for its end."""

_NAMESPACE = re.compile(r"https?://hashsharing\.ncmec\.org/hashsharing/v2/?")
_ANNOUNCED = re.compile(r"""["']https?://hashsharing\.ncmec\.org/hashsharing/v2/?["']""")
_LISTED = {"image": "image", "video": "video"}
_DELETED = {"deletedImage": "image", "deletedVideo": "video"}

_OTHER = PassedOver("fingerprints that are no digests of a file (PhotoDNA)")

_Key = tuple[str, str, str]
"""Member, kind, id."""
_Digests = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NCMECHashes:
    """Reads entries of NCMEC hash sharing."""

    name: str = "ncmec-hashes"
    version: str = "1"
    binary: bool = True
    needs: tuple[str, ...] = ()
    block_bytes: int = field(default=xml_records.BLOCK_BYTES, repr=False)

    def recognises(self, head: bytes) -> bool:
        """Tell whether the document says in its beginning that it is an answer of hash sharing v2."""
        opening = xml_records.opening(head)
        return xml_records.root(opening) == "queryResult" and _ANNOUNCED.search(opening) is not None

    def read(self, stream: BinaryIO, *, batch_rows: int = 500_000) -> Iterator[Rows]:
        """Yield the entries of ``stream``; see :class:`~linkgraph.ingest.readers.rows.Reader`."""
        return xml_records.numbered(_entries(stream, self.block_bytes), COLUMNS, batch_rows)


@dataclass(frozen=True, slots=True)
class _Deletion:
    """What a member takes back."""

    span: tuple[int, int]
    head: bytes
    kind: str
    member: str | None
    name: str | None
    when: str | None
    digests: _Digests
    """Its own: only an analyst writes them there."""


def _entries(stream: BinaryIO, block_bytes: int) -> Iterator[Row | Fault | PassedOver]:
    """Give the entries, and behind them the deletions: wherever what they take back stands, their order is one."""
    remembered: dict[_Key, dict[tuple[str, str], None]] = {}
    deletions: list[_Deletion] = []
    names = {*_LISTED, *_DELETED}
    for record in xml_records.records(stream, names, namespace=_NAMESPACE, block_bytes=block_bytes):
        if isinstance(record, Fault):
            yield record
        elif record.element.tag in _LISTED:
            yield from _listed(record, remembered)
            for element in record.element.findall("fingerprints/*"):
                if element.tag not in DIGESTS:
                    yield _OTHER
        else:
            deletions.append(_deletion(record))
            if len(deletions) >= MAX_REMEMBERED:
                yield from _withdrawn(deletions, remembered)
                deletions = []
    yield from _withdrawn(deletions, remembered)


def _listed(record: Record, remembered: dict[_Key, dict[tuple[str, str], None]]) -> Iterator[Row]:
    entry = record.element
    kind, written, member, name = _LISTED[entry.tag], text(entry, "timestamp"), _member(record), text(entry, "id")
    when = _utc(written)
    digests = _digests(record)
    if member is not None and name is not None and len(remembered) < MAX_REMEMBERED:
        known = remembered.setdefault((member, kind, name), {})
        # One more than are taken back: then they are too many.
        known.update(dict.fromkeys(digests[: max(MOST_DIGESTS + 1 - len(known), 0)]))
    said = {
        "time": written,
        "event": "listed",
        "entry": _named(member, kind, name),
        "category": text(entry, "classification"),
        "listed": f"{when} member {member}" if when and member else None,
    }
    for line in _lines(digests):
        yield Row(said | line, record.span(entry))


def _deletion(record: Record) -> _Deletion:
    entry = record.element
    return _Deletion(
        record.span(entry),
        record.head,
        _DELETED[entry.tag],
        _member(record),
        text(entry, "id"),
        _utc(text(entry, "timestamp")),
        _digests(record),
    )


def _withdrawn(
    deletions: Iterable[_Deletion], remembered: Mapping[_Key, Collection[tuple[str, str]]]
) -> Iterator[Row | Fault]:
    for one in deletions:
        if one.member is None or one.name is None or one.when is None:
            yield Fault(
                one.span[0],
                one.head,
                "ncmec-deletion",
                "A deletion names its member, an id and a time with its offset; one of them is missing or is none.",
            )
            continue
        digests = one.digests or remembered.get((one.member, one.kind, one.name), ())
        if not digests:
            whose = f"Member {_short(one.member)} has taken back its {one.kind} '{_short(one.name)}'"
            yield Fault(
                one.span[0],
                one.head,
                "ncmec-deletion-unresolved",
                f"{whose}, of which this file has no digest.",
                "Look the entry up in the file that lists it and write its digests into the row: <fingerprints><md5>…"
                "</md5></fingerprints> before its end.",
            )
            continue
        if len(digests) > MOST_DIGESTS:
            reason = (
                f"The entry that is taken back has more than {MOST_DIGESTS:,} digests: no entry is of so many files."
            )
            yield Fault(one.span[0], one.head, "ncmec-deletion-many", reason)
            continue
        said = {
            "time": one.when,
            "event": "withdrawn",
            "entry": _named(one.member, one.kind, one.name),
            "withdrawn": f"{one.when} member {one.member}",
        }
        for line in _lines(digests):
            yield Row(said | line, one.span)


def _digests(record: Record) -> _Digests:
    return tuple(
        (algorithm, said)
        for algorithm in DIGESTS
        for element in record.element.findall(f"fingerprints/{algorithm}")
        if (said := text(element))
    )


def _lines(digests: Collection[tuple[str, str]]) -> Iterator[dict[str, str]]:
    """Give digests as rows: an entry has each once; where it has one twice, the second stands in a row of its own."""
    columns = [[(algorithm, said) for algorithm, said in digests if algorithm == wanted] for wanted in DIGESTS]
    for line in list(zip_longest(*columns)) or [()]:
        yield dict(cell for cell in line if cell is not None)


def _member(record: Record) -> str | None:
    found = record.element.find("member")
    return (found.get("id") or "").strip() or None if found is not None else None


def _named(member: str | None, kind: str, name: str | None) -> str | None:
    return f"member {member} {kind} {name}" if member and name else None


def _short(said: str) -> str:
    return said if len(said) <= 60 else f"{said[:57]}..."


def _utc(written: str | None) -> str | None:
    """Give a time with its offset as UTC to the millisecond; None where it is none."""
    try:
        moment = datetime.fromisoformat(written or "")
        if moment.tzinfo is None:
            return None
        return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return None
