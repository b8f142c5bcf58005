"""A folder of Parquet files: the graph as typed tables for DuckDB, pandas, Polars, Spark and R.

Source: Apache Parquet format 2, logical types (github.com/apache/parquet-format, LogicalTypes.md). Tables and columns
are those of an extract. Times are instants in UTC to the microsecond, what is not known is null, and nothing is lost:

- ``entities.parquet``, ordered by ``id``;
- ``links.parquet``, ordered by ``id``: ``amounts`` is a list of ``{currency, sum}``, the sum an exact decimal in text,
  as a decimal type would fix the number of its digits; ``evidence`` is a list of ``{source, rows}``, the SHA-256 of an
  evidence file and its rows: ``4-9,12``;
- ``attributes.parquet``: what is said of entities, ordered by ``entity``;
- ``sources.parquet``: the evidence files; ``corrected`` lists the rows that are read as corrected, with the SHA-256
  of the file of corrections;
- ``README.txt``: what this is and how to open it.

Case, agency and the marking of the whole stand in the metadata of every file. Written set at a time: a case has
millions of links.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import accumulate, chain
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from linkgraph.exchange import evidence_files
from linkgraph.exchange.extract import HANDED_ENTITIES, HANDED_LINKS, Extract
from linkgraph.exchange.report import Lost
from linkgraph.store.protocol import SAID

VERSION = 1
"""Of the tables; stands in the metadata of every file as ``linkgraph.format``."""

_ROWS_AT_A_TIME = 500_000
_AMOUNTS = pa.list_(pa.struct([("currency", pa.string()), ("sum", pa.string())]))
_ROWS = pa.list_(pa.struct([("source", pa.string()), ("rows", pa.string())]))
_LINKS = pa.schema(
    [pa.field(one.name, {"amounts": _AMOUNTS, "evidence": _ROWS}.get(one.name, one.type)) for one in HANDED_LINKS]
)
_SOURCES = pa.schema(
    [
        ("sha256", pa.string()),
        ("name", pa.string()),
        ("size", pa.int64()),
        ("kind", pa.string()),
        ("reader", pa.string()),
        ("timezone", pa.string()),
        ("marking", pa.string()),
        ("imported_by", pa.string()),
        ("imported_at", pa.timestamp("us", tz="UTC")),
        ("complete", pa.bool_()),
        ("read", pa.int64()),
        ("stored", pa.int64()),
        ("duplicates", pa.int64()),
        ("quarantined", pa.int64()),
        ("corrected", _ROWS),
    ]
)


def write(folder: Path, extract: Extract) -> list[Lost]:
    """Write an extract into an empty folder; nothing of it is lost."""
    about = {
        "linkgraph.format": str(VERSION),
        "linkgraph.case": extract.case,
        "linkgraph.agency": extract.agency,
        "linkgraph.marking": extract.marking,
    }
    tables = {
        "entities": (HANDED_ENTITIES, _parts(extract.entities)),
        "links": (_LINKS, map(_typed, _parts(extract.links))),
        "attributes": (SAID, _parts(extract.said)),
        "sources": (_SOURCES, iter([_sources(extract)])),
    }
    for name, (schema, parts) in tables.items():
        described = schema.with_metadata(about)
        with pq.ParquetWriter(folder / f"{name}.parquet", described, compression="zstd") as writer:
            for part in parts:
                writer.write_table(part.cast(described))
    (folder / "README.txt").write_text(_told(extract), "utf-8", newline="\n")
    return []


def _parts(table: pa.Table) -> Iterator[pa.Table]:
    for at in range(0, table.num_rows, _ROWS_AT_A_TIME):
        yield table.slice(at, _ROWS_AT_A_TIME)


def _typed(links: pa.Table) -> pa.Table:
    for name, typed in (("amounts", _amounts), ("evidence", _rows)):
        column = links[name].combine_chunks()
        links = links.set_column(links.schema.get_field_index(name), name, typed(column))
    return links


def _amounts(texts: pa.Array) -> pa.Array:
    """Give ``{"EUR":"12.50"}`` as a list of sums; each distinct text is read once."""
    distinct = texts.dictionary_encode()
    sums = [sorted(orjson.loads(text).items()) for text in distinct.dictionary.to_pylist()]
    flat = list(chain.from_iterable(sums))
    pairs = pa.StructArray.from_arrays(
        [pa.array([pair[at] for pair in flat], pa.string()) for at in (0, 1)], fields=list(_AMOUNTS.value_type)
    )
    offsets = pa.array(accumulate(map(len, sums), initial=0), pa.int32())
    return pa.ListArray.from_arrays(offsets, pairs, type=_AMOUNTS).take(distinct.indices)


def _rows(evidence: pa.Array) -> pa.Array:
    """Give ``<sha256> 4-9,12`` as file and rows."""
    texts = evidence.flatten()
    pairs = pa.StructArray.from_arrays(
        [pc.utf8_slice_codeunits(texts, 0, 64), pc.utf8_slice_codeunits(texts, 65)], fields=list(_ROWS.value_type)
    )
    lengths = pc.fill_null(pc.list_value_length(evidence), 0)
    ends = pc.cumulative_sum(lengths).cast(pa.int32())
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    return pa.ListArray.from_arrays(offsets, pairs, type=_ROWS, mask=evidence.is_null())


def _sources(extract: Extract) -> pa.Table:
    described = []
    for source in extract.sources:
        texts = extract.corrected.get(source.sha256, ())
        rows = [dict(zip(("source", "rows"), text.split(" ", 1), strict=True)) for text in texts]
        described.append(evidence_files.facts(source) | {"imported_at": source.imported_at, "corrected": rows})
    return pa.Table.from_pylist(described, _SOURCES)


def _told(extract: Extract) -> str:
    # Quoted, as a name with line breaks could look like lines of ours.
    by = f" of {json.dumps(extract.agency, ensure_ascii=False)}" if extract.agency else ""
    return (
        f"{extract.marking}\n\n"
        f"Case {json.dumps(extract.case, ensure_ascii=False)}{by}, handed on as {extract.marking}.\n"
        f"{extract.entities.num_rows:,} entities, {extract.links.num_rows:,} links, "
        f"{extract.said.num_rows:,} attributes, {len(extract.sources):,} evidence files.\n\n"
        "Every entity, link and evidence file has its own marking in the column 'marking'.\n"
        "A country is what its column 'country_basis' says: stated in the evidence, part of the identifier (code),\n"
        "the country an address block is registered to (registered), or derived. It is not where somebody is.\n"
        "A link with a 'grade' is worth what the grade says. Sums are exact decimals in text and are never added\n"
        "across currencies. Times are UTC.\n\n"
        "DuckDB, in this folder:\n\n"
        "    SELECT s.label, l.kind, l.count, l.grade, t.label\n"
        "    FROM 'links.parquet' l JOIN 'entities.parquet' s ON s.id = l.source\n"
        "        JOIN 'entities.parquet' t ON t.id = l.target;\n\n"
        "    SELECT id, a.currency, CAST(a.sum AS DECIMAL(38, 8)) AS sum\n"
        "    FROM (SELECT id, unnest(amounts) AS a FROM 'links.parquet');\n\n"
        "    SELECT l.id, f.name, e.rows\n"
        "    FROM (SELECT id, unnest(evidence) AS e FROM 'links.parquet') l\n"
        "        JOIN 'sources.parquet' f ON f.sha256 = e.source;\n\n"
        "pandas:\n\n"
        "    import pandas\n"
        "    links = pandas.read_parquet('links.parquet')\n"
    )
