"""A folder that ``neo4j-admin database import full`` makes a new database of: the fastest way into Neo4j.

Source: Neo4j Operations Manual 5, "Import" (header format, CSV options). Labels, types and properties are those of
a pushed case (:mod:`linkgraph.store.neo4j_push`), so the named queries and ``--neo4j`` work on it, and ``marking``
besides. A header file and, per kind, a data file; ``import.txt`` is the command.

The data files are CSV (RFC 4180, every text in quotes, quotes doubled) but not called so: they hold texts exactly as
they are, and a spreadsheet, which ``.csv`` opens with a double click, would run those that begin with ``=``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from linkgraph import resources
from linkgraph.exchange import evidence_files, records
from linkgraph.exchange.extract import Extract
from linkgraph.exchange.report import Lost
from linkgraph.store.neo4j import attributes_text

_BETWEEN = ";"
"""Between the members of a list: no label has it, and no ``<sha256> 4-9,12``."""
_LIST, _TIME = "string[]", "datetime"
_ENTITY = {
    "id": "ID(Entity)",
    "kind": "string",
    "value": "string",
    "label": "string",
    "country": "string",
    "country_basis": "string",
    "role": "string",
    "first_seen": _TIME,
    "last_seen": _TIME,
    "attributes": "string",
    "marking": "string",
    "labels": "LABEL",
}
_LINK = {
    "source": "START_ID(Entity)",
    "target": "END_ID(Entity)",
    "kind": "TYPE",
    "id": "string",
    "count": "long",
    "weight": "double",
    "grade": "string",
    "amounts": "string",
    "evidence": _LIST,
    "first_seen": _TIME,
    "last_seen": _TIME,
    "marking": "string",
}
_SOURCE = {
    "sha256": "ID(Source)",
    "name": "string",
    "size": "long",
    "kind": "string",
    "reader": "string",
    "mapping": "string",
    "timezone": "string",
    "marking": "string",
    "imported_by": "string",
    "imported_at": _TIME,
    "complete": "boolean",
    "read": "long",
    "stored": "long",
    "duplicates": "long",
    "quarantined": "long",
    "corrected_rows": _LIST,
    "labels": "LABEL",
}
_CASE = {
    "id": "ID(Case)",
    "name": "string",
    "agency": "string",
    "marking": "string",
    "revision": "long",
    "pushing": "boolean",
    "labels": "LABEL",
}
_UNNAMED = frozenset({"LABEL", "TYPE", "START_ID(Entity)", "END_ID(Entity)"})
"""Columns that are no properties."""


def write(folder: Path, extract: Extract) -> list[Lost]:
    """Write an extract into an empty folder; nothing of it is lost."""
    files = _Files(folder)
    with files:
        case = {
            "id": hashlib.sha256("\x1f".join((extract.agency, extract.case)).encode()).hexdigest()[:32],
            "name": extract.case,
            "agency": extract.agency,
            "marking": extract.marking,
            "revision": 0,
            "pushing": False,
            "labels": ["LinkgraphCase"],
        }
        files.add("nodes", "case", "case", _CASE, case)
        for source in extract.sources:
            facts = {
                **evidence_files.facts(source),
                "mapping": "{}",
                "corrected_rows": extract.corrected.get(source.sha256),
                "labels": ["Source"],
            }
            files.add("nodes", "sources", "sources", _SOURCE, facts)
        attributes = records.attributes(extract)
        for entity in records.entities(extract):
            said = attributes.get(entity["id"])
            facts = {"attributes": attributes_text(said) if said else None, "labels": ["Entity", entity["kind"]]}
            files.add("nodes", "entities", f"entities-{entity['kind']}", _ENTITY, entity | facts)
        for link in records.links(extract):
            sums = json.dumps(link["amounts"], sort_keys=True, separators=(",", ":")) if link["amounts"] else None
            files.add("relationships", "links", f"links-{link['kind']}", _LINK, link | {"amounts": sums})
    (folder / "import.txt").write_text(_told(extract, files.options()), "utf-8", newline="\n")
    statements = f"{resources.cypher('schema')}\n{resources.cypher('indexes')}"
    (folder / "indexes.cypher").write_text(statements, "utf-8", newline="\n")
    return []


class _Files:
    """The data files of the folder, opened when the first row comes, each with the header it belongs to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, IO[str]] = {}
        self._headed: dict[tuple[str, str], list[str]] = {}
        """Data files of each header; what it is of, and its name."""
        self._closing = ExitStack()

    def __enter__(self) -> _Files:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def add(self, of: str, header: str, name: str, columns: Mapping[str, str], row: Mapping[str, Any]) -> None:
        """Write a row.

        Args:
            of: ``nodes`` or ``relationships``.
            header: the header file, which several data files share.
            name: the data file.
            columns: its columns with their types.
            row: a value for each column.
        """
        if name not in self._open:
            if (of, header) not in self._headed:
                fields = (f":{kind}" if kind in _UNNAMED else f"{column}:{kind}" for column, kind in columns.items())
                self._text(f"{header}.header").write(",".join(fields) + "\n")
            self._headed.setdefault((of, header), []).append(name)
            self._open[name] = self._text(f"{name}.data")
        self._open[name].write(",".join(_cell(row.get(column)) for column in columns) + "\n")

    def options(self) -> Iterator[str]:
        """Give the options of the command that name the files, nodes before relationships."""
        for (of, header), names in sorted(self._headed.items()):
            yield f'--{of}="{",".join([f"{header}.header", *(f"{name}.data" for name in sorted(names))])}"'

    def _text(self, name: str) -> IO[str]:
        # Line ends in a text are the text's own.
        return self._closing.enter_context((self._folder / name).open("w", encoding="utf-8", newline=""))


def _cell(value: str | bool | float | Sequence[str] | None) -> str:
    """Write a value; empty without quotes is no value, quotes around nothing are an empty text."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case str():
            return '"' + value.replace('"', '""') + '"'
        case _:
            return _cell(_BETWEEN.join(value)) if value else ""


def _told(extract: Extract, options: Iterator[str]) -> str:
    command = " ".join(
        [
            "neo4j-admin database import full neo4j",
            *options,
            "--id-type=string",
            f'--array-delimiter="{_BETWEEN}"',
            "--multiline-fields=true",
            "--legacy-style-quoting=false",
            "--read-buffer-size=64m",
        ]
    )
    # Quoted, as a name with line breaks could show another command than ours.
    by = f" of {json.dumps(extract.agency, ensure_ascii=False)}" if extract.agency else ""
    return (
        f"Case {json.dumps(extract.case, ensure_ascii=False)}{by}, handed on as {extract.marking}.\n\n"
        "For Neo4j 5 with an empty database 'neo4j'. Stop the server, run this in the folder of this file, and start\n"
        "the server again; then run the statements of indexes.cypher in Neo4j Browser.\n\n"
        f"{command}\n\n"
        "The .data files are for neo4j-admin alone: open none of them with a spreadsheet. They hold texts exactly as\n"
        "the evidence has them, and a spreadsheet would take those that begin with = for formulas and run them.\n"
    )
