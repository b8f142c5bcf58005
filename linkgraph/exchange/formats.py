"""The formats a graph can be handed on in, and handing it on: the file, and the report beside it."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, TypeAlias

from linkgraph.errors import UsageError
from linkgraph.exchange import bloodhound, case_uco, ftm, gexf, graphml, i2, jsonl, neo4j_csv, parquet, stix, xlsx
from linkgraph.exchange.extract import Extract
from linkgraph.exchange.redaction.choosing import Suppressed
from linkgraph.exchange.redaction.leak_gate import Files, Gate
from linkgraph.exchange.redaction.vocabulary import vocabulary
from linkgraph.exchange.report import Lost, Report
from linkgraph.writing import making_folder, replace_file, replacing

WriteFile: TypeAlias = Callable[[BinaryIO, Extract], list[Lost]]
WriteFolder: TypeAlias = Callable[[Path, Extract], list[Lost]]


@dataclass(frozen=True, slots=True)
class Format:
    """One way to hand a graph on: a file, or a folder of files where the tool it is for wants several."""

    name: str
    opened_by: str
    """What opens it."""
    file: WriteFile | None = None
    folder: WriteFolder | None = None


_ALL = (
    Format("jsonl", "linkgraph, and anything that reads JSON lines; exact", file=jsonl.write),
    Format("graphml", "Gephi, yEd, Cytoscape, networkx, igraph, rustworkx", file=graphml.write),
    Format("gexf", "Gephi, with its timeline", file=gexf.write),
    Format("ftm", "Aleph, OpenSanctions, nomenklatura (followthemoney JSON lines)", file=ftm.write),
    Format("stix", "OpenCTI, MISP, threat intelligence platforms (STIX 2.1)", file=stix.write),
    Format("case-uco", "CASE/UCO tools and triple stores, with provenance records", file=case_uco.write),
    Format("i2", "i2 Analyst's Notebook 9 or later", file=i2.write),
    Format("xlsx", "Excel, LibreOffice: for people; no formula in it runs", file=xlsx.write),
    Format("neo4j-csv", "neo4j-admin database import; a folder", folder=neo4j_csv.write),
    Format("bloodhound", "BloodHound (OpenGraph JSON)", file=bloodhound.write),
    Format("parquet", "DuckDB, pandas, Polars, Spark; a folder", folder=parquet.write),
)
FORMATS = {one.name: one for one in _ALL}
"""Every format, by name."""


READ: dict[str, Callable[[BinaryIO], tuple[Extract, list[Lost]]]] = {
    "jsonl": lambda stream: (jsonl.read(stream), []),
    "graphml": graphml.read,
    "ftm": ftm.read,
    "stix": stix.read,
    "case-uco": case_uco.read,
}
"""Formats that are read back, by name: each gives the graph and what of the file it could not read."""


def export(extract: Extract, form: str, path: Path, *, suppressed: Suppressed | None = None) -> Report:
    """Write an extract whole or not at all, and beside it ``<name>.report.json`` with what the format dropped.

    Args:
        extract: what is handed on.
        form: a name in :data:`FORMATS`.
        path: the file, replaced if there is one; for formats of several files a folder that must be new.
        suppressed: texts that must not be in it; the leak gate looks for them before anything takes its place.

    Raises:
        UsageError: there is no such format, or the folder is in use.
        LeakError: a suppressed text is in what was made.
        StorageError: it cannot be written; what was there is as it was.
    """
    if form not in FORMATS:
        raise UsageError(f"'{form}' is no export format; one of: {', '.join(FORMATS)}.")
    known = FORMATS[form]
    gate = Gate(suppressed, _made(known, vocabulary())) if suppressed is not None else None
    lost: list[Lost] = []
    if known.file:
        with replacing(path) as stream:
            lost = known.file(stream, extract)
            stream.flush()
            if gate:
                gate.pass_or_raise({path.name: Path(stream.name)})
    elif known.folder:
        with making_folder(path) as folder:
            lost = known.folder(folder, extract)
            if gate:
                gate.pass_or_raise({one.name: one for one in folder.iterdir()})
    report = Report.of(extract, form, _digest(path), lost)
    text = json.dumps(report.to_json(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    replace_file(path.with_name(f"{path.name}.report.json"), text.encode())
    return report


def _made(known: Format, extract: Extract) -> Files:
    if known.file:
        stream = io.BytesIO()
        known.file(stream, extract)
        return {"": stream.getvalue()}
    with TemporaryDirectory() as folder:
        if known.folder:
            known.folder(Path(folder), extract)
        return {one.name: one.read_bytes() for one in Path(folder).iterdir()}


def _digest(path: Path) -> str:
    if path.is_file():
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    lines = [f"{_digest(one)}  {one.name}\n" for one in sorted(path.iterdir())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
