"""Importing folders and archives of returns, mappings for unknown tables, and the list of formats.

``ingest auto`` says what it takes each file for and asks; with ``--yes`` it takes what it is sure of.
Its exit code is the gravest of what happened: 4 an archive is unsafe, 74 a file could not be read or
the disk is full, 3 rows are in quarantine or evidence was recognised and could not be taken, 0 all else
(what is no evidence is left alone, and what the analyst declines is declined).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from linkgraph.case import Case
from linkgraph.cli import guide
from linkgraph.cli.options import JsonOption
from linkgraph.cli.output import print_json, print_line, print_table, say
from linkgraph.cli.progress import shown, tell
from linkgraph.cli.server import pushed
from linkgraph.errors import (
    INTEGRITY,
    IO,
    STORED_ALL,
    STORED_WITH_QUARANTINE,
    IntegrityError,
    StorageError,
    UsageError,
)
from linkgraph.ingest import KINDS, custody, encoding, saved, suggest
from linkgraph.ingest.auto import Found, Taken
from linkgraph.ingest.mapping import Stated, fold
from linkgraph.ingest.recognise import Verdict, formats
from linkgraph.writing import replace_file

KIND = "auto"
"""What stands in the place of a kind to have it recognised."""

_LONGEST_CELL = 40


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(mapping)
    app.command(name="formats")(list_formats)


def ingest(
    case: Case,
    paths: Sequence[Path],
    stated: Stated,
    *,
    kind: str | None,
    marking: str | None,
    yes: bool,
    as_json: bool,
) -> int:
    """Look at all that is in some paths, say what it is, ask, import; give the exit code."""
    if stated.reader is not None:
        raise UsageError("A reader is forced for files of one kind: name the kind instead of 'auto'.")
    found = case.recognise(paths, stated=stated, kind=kind)
    asking = not yes and guide.can_ask()
    if not as_json:
        _show_plan(found)
    chosen = [one for one in found if one.verdict is Verdict.TAKE]
    if asking:
        chosen, found = guide.choose(case, found, stated)
    elif not yes:
        chosen = []
    with shown() as report:
        done = list(case.taking(chosen, marking=marking, progress=report)) if chosen else []
    for one in done:
        if one.imported is not None:
            tell(one.imported)
    if as_json:
        print_json(_to_json(found, done))
    elif done:
        _show_done(done)
    _say_rest(found, done, asked=asking, imported=bool(chosen))
    if case.settings.neo4j and any(one.imported for one in done):
        pushed(case, case.settings.neo4j, None)
    return _exit_code(found, done, asked=asking) if yes or asking else STORED_ALL


def mapping(
    file: Annotated[Path, typer.Argument(help="A table that no kind of source knows by its header.")],
    kind: Annotated[str, typer.Option("--kind", help=f"What it is to be read as: {', '.join(KINDS)}.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the mapping (TOML).")],
    coded: Annotated[str | None, typer.Option("--encoding", help="Encoding of the file where it is not UTF-8.")] = None,
) -> None:
    """Write a mapping to start from: which column may be which field, with remarks to decide by."""
    if kind not in KINDS:
        raise UsageError(f"'{kind}' is no kind of source; one of: {', '.join(KINDS)}.")
    if not file.is_file():
        raise UsageError(f"There is no file '{file}'.")
    if output.exists():
        raise UsageError(f"'{output}' is there already; name a new file.")
    head = custody.read_head(file)
    what = custody.media_of(head)
    if what is not None:
        raise UsageError(f"'{file}' is {what}, no table of text.")
    chosen = encoding.decide(head, coded, file.name)
    table = suggest.read_table(encoding.head_as_utf8(head, chosen), Stated(), file.name)
    stated, notes, remarks = suggest.starter(KINDS[kind], table)
    header = [fold(name) for name in table.header] if table.has_header else []
    text = saved.to_toml(kind, header, replace(stated, encoding=coded), notes, remarks)
    replace_file(output, text.encode())
    missing = suggest.missing(KINDS[kind], stated.columns)
    say(
        f"'{output}' has {len(stated.columns)} of {len(table.header)} columns. "
        + (f"Before it can be used, {missing}. " if missing else "")
        + f"Look it over, then: linkgraph ingest {kind} {file.name} --mapping {output}; "
        f"in the folder '{saved.FOLDER}' of a case it applies by itself to tables with this header."
    )


def list_formats(as_json: JsonOption = False) -> None:
    """List the formats that can be read, and the kinds of source each is read as."""
    known = formats()
    if as_json:
        print_json(
            [{"name": one.name, "version": one.version, "kinds": list(one.kinds), "about": one.about} for one in known]
        )
        return
    print_table(("reader", "kinds", "what it reads"), [(one.name, ", ".join(one.kinds), one.about) for one in known])


# -- what is shown -------------------------------------------------------------------------------


def _show_plan(found: Sequence[Found]) -> None:
    for one in found:
        known = one.recognition
        if known.verdict is Verdict.LEFT:
            continue
        as_what = f"{known.kind}, read by {known.reader}" if known.kind else "not decided"
        print_line(f"{one.name}: {as_what}: {known.why}.")
        if known.preview is not None:
            rows = [[_short(cell) for cell in row] for row in known.preview.rows]
            print_table(known.preview.columns, rows)
        print_line()
    alone = [one for one in found if one.verdict is Verdict.LEFT]
    if alone:
        print_table(("left alone", "why"), [(one.name, one.recognition.why) for one in alone])


def _short(cell: str | None) -> str | None:
    if cell is None or len(cell) <= _LONGEST_CELL:
        return cell
    return cell[:_LONGEST_CELL] + "…"


def _show_done(done: Sequence[Taken]) -> None:
    print_table(
        ("file", "kind", "read", "stored", "duplicates", "quarantined"),
        [
            (
                one.imported.name,
                one.imported.kind,
                one.imported.tally.read,
                one.imported.tally.stored,
                one.imported.tally.duplicates,
                one.imported.tally.quarantined,
            )
            for one in done
            if one.imported is not None
        ],
        title="read = stored + duplicates + quarantined",
    )


def _say_rest(found: Sequence[Found], done: Sequence[Taken], *, asked: bool, imported: bool) -> None:
    """Say at the end what could not be taken, and what to do."""
    quarantined = sum(one.imported.tally.quarantined for one in done if one.imported)
    if quarantined:
        said = "1 row is" if quarantined == 1 else f"{quarantined:,} rows are"
        say(f"{said} in quarantine: 'linkgraph quarantine' says why.")
    for taken in done:
        if taken.fault is not None:
            say(f"not taken: '{taken.found.name}': {taken.fault}")
    for one in found:
        if one.fault is not None:
            say(f"not taken: '{one.name}': {one.fault}")
        elif not asked and one.verdict in (Verdict.NEEDS, Verdict.UNDECIDED, Verdict.UNKNOWN):
            say(f"not taken: '{one.name}': {one.recognition.why}.")
    if not imported:
        hint = "" if asked else " Run it again with --yes, or from a terminal to be asked."
        say(f"Nothing was imported.{hint if any(one.verdict is Verdict.TAKE for one in found) else ''}")


def _to_json(found: Sequence[Found], done: Sequence[Taken]) -> dict[str, object]:
    became = {(one.found.path, one.found.member and one.found.member.path): one for one in done}
    files = []
    for one in found:
        taken = became.get((one.path, one.member and one.member.path))
        fault = (taken.fault if taken else None) or one.fault
        files.append(
            one.to_json()
            | {
                "imported": taken.imported.to_json() if taken and taken.imported else None,
                "fault": str(fault) if fault else None,
            }
        )
    return {"files": files}


def _exit_code(found: Sequence[Found], done: Sequence[Taken], *, asked: bool) -> int:
    faults = [fault for fault in (*(one.fault for one in found), *(one.fault for one in done)) if fault is not None]
    if any(isinstance(fault, IntegrityError) for fault in faults):
        return INTEGRITY
    if any(isinstance(fault, StorageError) for fault in faults):
        return IO
    quarantined = any(one.imported and one.imported.tally.quarantined for one in done)
    waiting = not asked and any(one.verdict in (Verdict.NEEDS, Verdict.UNDECIDED) for one in found)
    return STORED_WITH_QUARANTINE if faults or quarantined or waiting else STORED_ALL
