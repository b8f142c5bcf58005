"""The graph as JSON lines: exact, one record a line, what teams exchange and what is read back without loss.

The first line says what the file is; then come its sources, entities, what is said of them, and links, each in
the order of their ids. Members are always in the same order, what is not known is left out, and times are
ISO 8601 in UTC with six digits, so that one graph has one file::

    {"record":"graph","format":"linkgraph-graph","version":1,"case":…,"agency":…,"marking":…,"sources":1,…}
    {"record":"source","n":0,"sha256":…,"name":…,"marking":…,…}
    {"record":"entity","id":…,"kind":"Account","value":…,"label":…,"marking":…}
    {"record":"said","entity":…,"name":"country","value":"NL","basis":"stated","origin":…,"row":4}
    {"record":"link","id":…,"kind":"PAID","source":…,"target":…,"count":3,"amounts":[…],"evidence":["0 4-9,12"]}

``evidence`` names the source by its number ``n`` and then the rows; ``amounts`` are sums by currency as exact
decimals, in text. Source: RFC 8259 (JSON), one value a line in UTF-8 (JSON Lines, jsonlines.org).
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from linkgraph import __version__
from linkgraph.errors import IntegrityError
from linkgraph.exchange.extract import HANDED_ENTITIES, HANDED_LINKS, Extract
from linkgraph.exchange.report import Lost
from linkgraph.model import MARKINGS, Source
from linkgraph.store.protocol import SAID

FORMAT, VERSION = "linkgraph-graph", 1

_ROWS_AT_A_TIME = 100_000
_BLOCK = 1 << 24
"""Bytes that are read at a time; no line is longer."""
_TO_ESCAPE = r'[\x00-\x1f"\\\x7f]'
_AMOUNTS = pa.list_(pa.struct([("currency", pa.string()), ("sum", pa.string())]))
_TEXTS = pa.list_(pa.string())
_EVIDENCE = r"^(?P<n>[0-9]{1,9}) (?P<rows>[0-9]{1,10}(?:-[0-9]{1,10})?(?:,[0-9]{1,10}(?:-[0-9]{1,10})?)*)$"
_NO_RECORD = re.compile(rb"\n[^{]")

_COLUMNS = pa.schema(
    {
        "record": pa.string(),
        **{one.name: one.type for one in (*SAID, *HANDED_ENTITIES, *HANDED_LINKS)},
        "amounts": _AMOUNTS,
        "evidence": _TEXTS,
    }.items()
)
"""All members that records after the sources have."""


def write(stream: BinaryIO, extract: Extract) -> list[Lost]:
    """Write an extract; nothing of it is lost."""
    head = {
        "record": "graph",
        "format": FORMAT,
        "version": VERSION,
        "linkgraph": __version__,
        "case": extract.case,
        "agency": extract.agency,
        "marking": extract.marking,
        "sources": len(extract.sources),
        "entities": extract.entities.num_rows,
        "said": extract.said.num_rows,
        "links": extract.links.num_rows,
    }
    stream.write(_line(head))
    for number, source in enumerate(extract.sources):
        stream.write(_line({"record": "source", "n": number, **_source(source, extract)}))
    place = {source.sha256: number for number, source in enumerate(extract.sources)}
    for record, table in (("entity", extract.entities), ("said", extract.said), ("link", extract.links)):
        parts = (table.slice(at, _ROWS_AT_A_TIME) for at in range(0, table.num_rows, _ROWS_AT_A_TIME))
        for lines in _on_two_cores(partial(_lines, record, part, place) for part in parts):
            stream.write(lines)
    return []


def read(stream: BinaryIO) -> Extract:
    """Read what :func:`write` wrote.

    Raises:
        IntegrityError: it is something else, or not whole; the sentence says where.
    """
    head, sources, corrected, rest = _opening(stream)
    rows = _records(_Joined(rest, stream))
    tables = {}
    for record, schema in (("entity", HANDED_ENTITIES), ("said", SAID), ("link", HANDED_LINKS)):
        some = rows.filter(pc.equal(rows["record"], record))
        if record == "link":
            some = _with_files(_with_amounts(some), sources)
        tables[record] = some.select(schema.names).cast(schema)
    counted = {"entities": tables["entity"], "said": tables["said"], "links": tables["link"]}
    if sum(table.num_rows for table in counted.values()) != rows.num_rows:
        raise IntegrityError("The graph has records of a kind that this linkgraph does not know.")
    for name, table in counted.items():
        if table.num_rows != head.get(name):
            raise IntegrityError(f"The graph says it has {head.get(name)} {name}, and {table.num_rows} are there.")
    return Extract(
        case=_text(head, "case"),
        agency=_text(head, "agency"),
        entities=tables["entity"],
        links=tables["link"],
        said=tables["said"],
        sources=tuple(sources),
        corrected=corrected,
    )


# -- writing -------------------------------------------------------------------------------------


def _line(record: dict[str, object]) -> bytes:
    kept = {name: value for name, value in record.items() if value is not None}
    return json.dumps(kept, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def _source(source: Source, extract: Extract) -> dict[str, object]:
    return {
        "sha256": source.sha256,
        "name": source.name,
        "size": source.size,
        "kind": source.kind,
        "reader": source.reader,
        "timezone": source.timezone,
        "marking": source.marking,
        "imported_by": source.imported_by,
        "imported_at": source.imported_at.isoformat().replace("+00:00", "Z"),
        "complete": source.complete,
        "read": source.read,
        "stored": source.stored,
        "duplicates": source.duplicates,
        "quarantined": source.quarantined,
        "corrected": list(extract.corrected[source.sha256]) if source.sha256 in extract.corrected else None,
    }


def _on_two_cores(calls: Iterable[Callable[[], bytes]]) -> Iterator[bytes]:
    """Give the results of calls in their order, two being worked out at a time: Arrow needs no Python for it."""
    with ThreadPoolExecutor(2) as workers:
        coming: deque[Future[bytes]] = deque()
        for call in calls:
            coming.append(workers.submit(call))
            if len(coming) == 2:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()


def _lines(record: str, table: pa.Table, place: dict[str, int]) -> bytes:
    """Write rows set at a time: a million links one by one would take minutes."""
    table = table.combine_chunks()
    members = [pa.repeat(f'{{"record":"{record}"', table.num_rows)]
    for name in table.column_names:
        column = _single(table[name])
        if name == "amounts":
            written = _amounts(column)
        elif name == "evidence":
            written = _evidence(column, place)
        elif pa.types.is_string(column.type):
            written = _quoted(column)
        elif pa.types.is_timestamp(column.type):
            written = _in_quotes(pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ"))
        else:
            written = column.cast(pa.string())
        members.append(pc.binary_join_element_wise(f'"{name}":', written, ""))
    # A member that is null is left out, with the comma before it.
    lines = pc.binary_join_element_wise(*members, ",", null_handling="skip")
    lines = pc.binary_join_element_wise(lines, "}\n", "")
    _, offsets, data = lines.buffers()
    if data is None:
        return b""
    ends = memoryview(offsets).cast("i")
    return bytes(memoryview(data)[ends[lines.offset] : ends[lines.offset + len(lines)]])


def _single(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def _in_quotes(texts: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise('"', texts, '"', "")


def _quoted(texts: pa.Array) -> pa.Array:
    special = pc.fill_null(pc.match_substring_regex(texts, _TO_ESCAPE), False)
    plain = _in_quotes(texts)
    if not pc.any(special).as_py():
        return plain
    escaped = [json.dumps(text, ensure_ascii=False) for text in texts.filter(special).to_pylist()]
    return pc.replace_with_mask(plain, special, pa.array(escaped, pa.string()))


def _amounts(column: pa.Array) -> pa.Array:
    """Write ``{"EUR":"12.50"}`` as a list of sums: members of an object would be data."""
    distinct = column.dictionary_encode()
    written = [
        json.dumps(
            [{"currency": currency, "sum": amount} for currency, amount in sorted(json.loads(text).items())],
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for text in distinct.dictionary.to_pylist()
    ]
    return pa.array(written, pa.string()).take(distinct.indices)


def _evidence(column: pa.Array, place: dict[str, int]) -> pa.Array:
    flat = pc.list_flatten(column)
    files, rows = pc.utf8_slice_codeunits(flat, 0, 64), pc.utf8_slice_codeunits(flat, 64)
    at = pc.index_in(files, value_set=pa.array(place, pa.string()))
    if at.null_count:
        raise IntegrityError("A link rests on a source that is not handed on with it.")
    texts = pc.binary_join_element_wise('"', at.cast(pa.string()), rows, '"', "")
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets, texts), ",")
    return pc.binary_join_element_wise("[", joined, "]", "")


# -- reading -------------------------------------------------------------------------------------


def _opening(stream: BinaryIO) -> tuple[dict[str, Any], list[Source], dict[str, list[str]], bytes]:
    """Read the head and the sources; give them with what was read beyond."""
    held = bytearray()
    lines: list[dict[str, Any]] = []
    wanted = 1
    while len(lines) < wanted:
        end = held.find(b"\n")
        if end < 0:
            piece = stream.read(1 << 16)
            if not piece or len(held) > _BLOCK:
                raise IntegrityError("The graph ends within its first lines.")
            held += piece
            continue
        lines.append(_object(bytes(held[:end])))
        del held[: end + 1]
        if len(lines) == 1:
            head = lines[0]
            if (head.get("record"), head.get("format")) != ("graph", FORMAT):
                raise IntegrityError("This is no graph of linkgraph: its first line does not say so.")
            if head.get("version") != VERSION:
                raise IntegrityError(
                    f"The graph is written in version {head.get('version')} of its format, this linkgraph reads "
                    f"version {VERSION}: update linkgraph."
                )
            if not isinstance(head.get("sources"), int) or not 0 <= head["sources"] <= _BLOCK:
                raise IntegrityError("The graph does not say how many sources it has.")
            wanted += head["sources"]
    sources, corrected = [], {}
    for number, line in enumerate(lines[1:]):
        if line.pop("record", None) != "source" or line.pop("n", None) != number:
            raise IntegrityError(f"The graph has no source {number} where it should stand.")
        rows = line.pop("corrected", None)
        source = _read_source(line)
        sources.append(source)
        if rows is not None:
            if not isinstance(rows, list) or not all(
                isinstance(one, str) and _CORRECTED.fullmatch(one) for one in rows
            ):
                raise IntegrityError("A source of the graph has corrected rows that are no list of rows.")
            corrected[source.sha256] = rows
    return lines[0], sources, corrected, bytes(held)


def _object(line: bytes) -> dict[str, Any]:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a member twice")
        return found

    try:
        record = json.loads(line, object_pairs_hook=once)
    except (ValueError, RecursionError) as fault:
        raise IntegrityError(f"A line of the graph cannot be read: {fault}.") from fault
    if not isinstance(record, dict):
        raise IntegrityError("A line of the graph is no record.")
    try:
        json.dumps(record, ensure_ascii=False).encode()
    except UnicodeEncodeError as fault:
        raise IntegrityError("A line of the graph has half a character.") from fault
    return record


def _text(record: dict[str, Any], name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str):
        raise IntegrityError(f"The graph does not say its {name}.")
    return value


_SHA256 = re.compile(r"[0-9a-f]{64}")
_CORRECTED = re.compile(r"[0-9a-f]{64} [0-9]{1,10}(-[0-9]{1,10})?(,[0-9]{1,10}(-[0-9]{1,10})?)*")
_SOURCE_TYPES = {
    "sha256": str,
    "name": str,
    "size": int,
    "kind": str,
    "reader": str,
    "marking": str,
    "imported_by": str,
    "complete": bool,
    "read": int,
    "stored": int,
    "duplicates": int,
    "quarantined": int,
}


def _read_source(line: dict[str, Any]) -> Source:
    zone = line.pop("timezone", None)
    try:
        moment = datetime.fromisoformat(line.pop("imported_at"))
        if line.keys() != _SOURCE_TYPES.keys() or not isinstance(zone, str | None) or moment.tzinfo is None:
            raise ValueError
        if any(type(line[name]) is not kind for name, kind in _SOURCE_TYPES.items()):
            raise ValueError
        if line["marking"] not in MARKINGS or not _SHA256.fullmatch(line["sha256"]):
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise IntegrityError("A source of the graph is not described as this linkgraph describes one.") from None
    return Source(**line, timezone=zone, imported_at=moment, mapping={})


def _records(stream: _Joined) -> pa.Table:
    try:
        table = pj.read_json(
            stream,
            pj.ReadOptions(block_size=_BLOCK),
            pj.ParseOptions(explicit_schema=_COLUMNS, unexpected_field_behavior="error"),
        )
        table.validate(full=True)
    except pa.ArrowInvalid as fault:
        if "Empty JSON" in str(fault):
            return _COLUMNS.empty_table()
        raise IntegrityError(f"The graph cannot be read: {str(fault).splitlines()[0]}.") from fault
    except UnicodeDecodeError as fault:
        raise IntegrityError("The graph has text that is not UTF-8.") from fault
    if pc.any(pc.invert(pc.is_finite(table["weight"]))).as_py():
        raise IntegrityError("The graph has a weight that is no number.")
    return table.select(_COLUMNS.names)


def _with_amounts(links: pa.Table) -> pa.Table:
    given = links["amounts"].combine_chunks()
    sums = pc.list_flatten(given)
    if sums.null_count or any(pc.struct_field(sums, name).null_count for name in ("currency", "sum")):
        raise IntegrityError("A link of the graph has an amount without its currency or its sum.")
    texts = [
        None
        if sums is None
        else json.dumps({one["currency"]: one["sum"] for one in sums}, separators=(",", ":"), ensure_ascii=False)
        for sums in given.to_pylist()
    ]
    return links.set_column(links.schema.get_field_index("amounts"), "amounts", pa.array(texts, pa.string()))


def _with_files(links: pa.Table, sources: list[Source]) -> pa.Table:
    column = _single(links["evidence"])
    flat = pc.list_flatten(column)
    found = pc.extract_regex(flat, _EVIDENCE)
    if found.null_count:
        raise IntegrityError("A link of the graph has evidence that is no list of rows.")
    numbers = pc.struct_field(found, "n").cast(pa.int64())
    if len(numbers) and pc.max(numbers).as_py() >= len(sources):
        raise IntegrityError("A link of the graph rests on a source that is not in it.")
    files = pa.array([one.sha256 for one in sources], pa.string()).take(numbers)
    texts = pc.binary_join_element_wise(files, pc.struct_field(found, "rows"), " ")
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
    evidence = pa.ListArray.from_arrays(offsets, texts)
    return links.set_column(links.schema.get_field_index("evidence"), "evidence", evidence)


class _Joined:
    """A stream with what was read of it already put back before it; each of its lines begins like a record."""

    closed = False

    def __init__(self, held: bytes, stream: BinaryIO) -> None:
        self._held, self._stream, self._begins = held, stream, True

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self._held:
            piece = self._stream.read(size)
        elif size < 0:
            piece, self._held = self._held + self._stream.read(), b""
        else:
            piece, self._held = self._held[:size], self._held[size:]
        # Arrow's reader ends the whole process at a line that is no object.
        if (self._begins and piece and piece[:1] != b"{") or _NO_RECORD.search(piece):
            raise IntegrityError("The graph has a line that is no record.")
        self._begins = piece[-1:] == b"\n" if piece else self._begins
        return piece

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read(_BLOCK):
            yield piece
