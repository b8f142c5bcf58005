"""Parquet: three independent readers (Arrow, DuckDB, pandas) give back every value with its type."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC
from decimal import Decimal

import duckdb
import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from exchange.tables import FILE, HOSTILE, NOON, REPORT, entity, everything, extract, link

from linkgraph.exchange import evidence_files, parquet
from linkgraph.model import EntityKind, LinkKind

FILES = {"README.txt", "attributes.parquet", "entities.parquet", "links.parquet", "sources.parquet"}
CORRECTIONS = "c" * 64


@pytest.fixture(scope="module")
def given():
    return replace(everything(), corrected={FILE: [f"{CORRECTIONS} 4-9,11"]})


@pytest.fixture(scope="module")
def folder(given, tmp_path_factory):
    path = tmp_path_factory.mktemp("parquet")
    assert parquet.write(path, given) == []
    return path


def links_wanted(given) -> list[dict[str, object]]:
    """Give the links as lists and records instead of texts."""
    wanted = []
    for row in given.links.to_pylist():
        sums = json.loads(row["amounts"]) if row["amounts"] else None
        row["amounts"] = sums and [{"currency": currency, "sum": text} for currency, text in sorted(sums.items())]
        row["evidence"] = [dict(zip(("source", "rows"), text.split(" "), strict=True)) for text in row["evidence"]]
        wanted.append(row)
    return wanted


def sources_wanted(given) -> list[dict[str, object]]:
    corrected = {FILE: [{"source": CORRECTIONS, "rows": "4-9,11"}]}
    return [
        {"timezone": None}
        | evidence_files.facts(one)
        | {"imported_at": one.imported_at, "corrected": corrected.get(one.sha256, [])}
        for one in given.sources
    ]


def test_arrow_reads_every_value_with_its_type(folder, given):
    assert {one.name for one in folder.iterdir()} == FILES
    assert pq.read_table(folder / "entities.parquet").equals(given.entities)
    assert pq.read_table(folder / "attributes.parquet").equals(given.said)
    links = pq.read_table(folder / "links.parquet")
    assert links.to_pylist() == links_wanted(given)
    assert links.schema.field("first_seen").type == pa.timestamp("us", tz="UTC")
    assert links.schema.field("count").type == pa.int64()
    assert pq.read_table(folder / "sources.parquet").to_pylist() == sources_wanted(given)


@pytest.mark.parametrize("name", ["entities", "links", "attributes", "sources"])
def test_every_file_says_whose_it_is_and_how_it_is_marked(folder, name):
    assert pq.read_schema(folder / f"{name}.parquet").metadata == {
        b"linkgraph.format": b"1",
        b"linkgraph.case": b"op <lantern> & co",
        b"linkgraph.agency": b"Agency A",
        b"linkgraph.marking": b"TLP:RED",
    }


def read_by_duckdb(path) -> list[dict[str, object]]:
    with duckdb.connect() as database:
        asked = database.execute("SELECT * FROM read_parquet(?)", [str(path)])
        names = [one[0] for one in asked.description]
        return [dict(zip(names, row, strict=True)) for row in asked.fetchall()]


def test_duckdb_reads_every_value(folder, given):
    assert read_by_duckdb(folder / "entities.parquet") == given.entities.to_pylist()
    assert read_by_duckdb(folder / "links.parquet") == links_wanted(given)
    assert read_by_duckdb(folder / "attributes.parquet") == given.said.to_pylist()
    assert read_by_duckdb(folder / "sources.parquet") == sources_wanted(given)


def plain(value: object) -> object:
    """Give a cell of pandas as Python has it: None for what is not there, lists for arrays."""
    if isinstance(value, str | bool | dict):
        return value
    if hasattr(value, "tolist") and getattr(value, "ndim", 0) == 1:
        return value.tolist()
    if pandas.isna(value):
        return None
    return value.to_pydatetime() if isinstance(value, pandas.Timestamp) else value


def read_by_pandas(path) -> list[dict[str, object]]:
    rows = pandas.read_parquet(path).to_dict("records")
    return [{name: plain(value) for name, value in row.items()} for row in rows]


def test_pandas_reads_every_value(folder, given):
    frame = pandas.read_parquet(folder / "links.parquet")
    assert str(frame["first_seen"].dtype) == "datetime64[us, UTC]"
    assert read_by_pandas(folder / "entities.parquet") == given.entities.to_pylist()
    assert read_by_pandas(folder / "links.parquet") == links_wanted(given)
    assert read_by_pandas(folder / "attributes.parquet") == given.said.to_pylist()
    assert read_by_pandas(folder / "sources.parquet") == sources_wanted(given)


def test_the_queries_of_the_readme_run_and_sums_are_exact(folder, monkeypatch):
    monkeypatch.chdir(folder)
    text = (folder / "README.txt").read_text("utf-8")
    assert text.startswith("TLP:RED\n")
    blocks = text.split("DuckDB, in this folder:\n\n")[1].split("pandas:")[0].split("\n\n")
    queries = [block for block in blocks if block.strip()]
    assert len(queries) == 3
    linked, sums, rows = (duckdb.sql(query).fetchall() for query in queries)
    assert len(linked) == everything().links.num_rows
    assert sorted(one[1:] for one in sums) == [
        ("", Decimal(1)),
        ("EUR", Decimal("1234567890123456.70")),
        ("USD", Decimal(20)),
    ]
    assert Counter(one[1] for one in rows) == {"log <in>.csv": everything().links.num_rows, "réport.xml": 1}


def test_a_country_says_what_it_is(folder):
    assert "It is not where somebody is." in (folder / "README.txt").read_text("utf-8")


def test_a_name_cannot_speak_in_our_place(tmp_path):
    parquet.write(tmp_path, extract([], [], case="x\nTLP:CLEAR, may be published", agency=HOSTILE))
    lines = (tmp_path / "README.txt").read_text("utf-8").split("\n")
    assert lines[2].startswith(r'Case "x\nTLP:CLEAR, may be published" of "x</data><script>')


def test_two_exports_are_the_same_bytes(folder, given, tmp_path):
    parquet.write(tmp_path, given)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_a_graph_without_anything_has_all_its_tables(tmp_path):
    assert parquet.write(tmp_path, extract([], [], sources=())) == []
    for name in FILES - {"README.txt"}:
        table = pq.read_table(tmp_path / name)
        assert table.num_rows == 0
        assert table.column_names
    assert pq.read_schema(tmp_path / "links.parquet").metadata[b"linkgraph.marking"] == b"TLP:CLEAR"


def test_more_rows_than_are_written_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "_ROWS_AT_A_TIME", 7)
    given = everything()
    parquet.write(tmp_path, given)
    assert pq.read_table(tmp_path / "links.parquet").to_pylist() == links_wanted(given)
    assert pq.ParquetFile(tmp_path / "links.parquet").num_row_groups == 3


def test_a_link_may_name_no_evidence(tmp_path):
    one = entity(EntityKind.ACCOUNT, "a:b")
    seen = NOON.astimezone(UTC)
    links = [
        link(LinkKind.LINKED, one, one, evidence=None, first_seen=seen),
        link(LinkKind.CONTACTED, one, one, evidence=[f"{REPORT} 3"]),
        link(LinkKind.HOLDS, one, one, evidence=[]),
    ]
    parquet.write(tmp_path, extract([one], links))
    found = {row["kind"]: row["evidence"] for row in pq.read_table(tmp_path / "links.parquet").to_pylist()}
    assert found == {"LINKED": None, "CONTACTED": [{"source": REPORT, "rows": "3"}], "HOLDS": []}
