"""A fresh case, and what the command line says and stores when a file is imported into it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import linkgraph
from linkgraph.cli import main

FIXTURES = Path(__file__).resolve().parent / "fixtures"


@dataclass
class Outcome:
    """Of one import through the command line."""

    code: int
    source: dict
    said: str
    """On stderr."""
    case: Path

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Read, stored, duplicates, quarantined."""
        return counts({"sources": [self.source]})

    def refused(self) -> list[tuple[int, str]]:
        """Line and code of the rows in quarantine."""
        return [(row.line, row.code) for row in linkgraph.open(self.case).quarantine()]

    def links(self) -> dict[tuple[str, str, str], int]:
        """Kind and values of both ends → number of observations."""
        with linkgraph.open(self.case).reading() as store:
            values = {entity["id"]: entity["value"] for entity in store.entities().to_pylist()}
            found = store.links().to_pylist()
        return {(link["kind"], values[link["source"]], values[link["target"]]): link["count"] for link in found}

    def entities(self) -> set[str]:
        """Kind and value of every entity."""
        with linkgraph.open(self.case).reading() as store:
            return {f"{entity['kind']} {entity['value']}" for entity in store.entities().to_pylist()}

    def seen(self, kind: str, source: str, target: str) -> tuple[str, str]:
        """First and last time of a link, in UTC."""
        with linkgraph.open(self.case).reading() as store:
            values = {entity["id"]: entity["value"] for entity in store.entities().to_pylist()}
            [link] = [
                link
                for link in store.links().to_pylist()
                if (link["kind"], values[link["source"]], values[link["target"]]) == (kind, source, target)
            ]
        return f"{link['first_seen']:%Y-%m-%d %H:%M:%S}", f"{link['last_seen']:%Y-%m-%d %H:%M:%S}"

    def details(self) -> dict[int, dict[str, str]]:
        """Row → what it says besides entities and times."""
        with linkgraph.open(self.case).reading() as store:
            found = store.run("SELECT o.row, d.text FROM observation o JOIN detail d ON d.key = o.detail")
        return {row: json.loads(text) for row, text in found}


def answered(capsys, *arguments: str) -> tuple[int, dict]:
    """Run a command with ``--json``; give its exit code and what it answers."""
    capsys.readouterr()
    code = main([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def counts(answer: dict) -> tuple[int, int, int, int]:
    """Give what an import of one file says of its rows: read, stored, duplicates, quarantined."""
    [source] = answer["sources"]
    return tuple(source[name] for name in ("read", "stored", "duplicates", "quarantined"))


def imported(folder: Path, capsys, kind: str, path: Path, *options: str) -> Outcome:
    """Import a file into a fresh case."""
    case = folder / "case"
    assert main(["init", str(case), "--agency", "A", "--timezone", "Europe/London"]) == 0
    capsys.readouterr()
    code = main(["ingest", kind, str(path), "--case", str(case), "--json", *options])
    out = capsys.readouterr()
    source = json.loads(out.out)["sources"][0] if out.out.strip() else {}
    return Outcome(code, source, out.err, case)
