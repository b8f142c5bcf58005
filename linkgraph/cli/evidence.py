"""Commands about evidence: making a case, importing, taking out, quarantine, proof."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from linkgraph.case import create
from linkgraph.cli import auto
from linkgraph.cli.options import (
    CaseOption,
    DatabaseOption,
    JsonOption,
    PartnersOption,
    ServerOption,
    WhyOption,
    asked,
    local,
)
from linkgraph.cli.output import print_json, print_table, say
from linkgraph.cli.progress import shown, tell
from linkgraph.cli.server import pushed
from linkgraph.errors import INTEGRITY, STORED_ALL, STORED_WITH_QUARANTINE, UsageError
from linkgraph.ingest import KINDS
from linkgraph.ingest.mapping import Stated, load
from linkgraph.model import MARKINGS, Role
from linkgraph.store.same_as import one_person

_DIFFERENCES_SHOWN = 20
_KIND_HELP = " ".join(
    [
        *(f"{kind.name}: {kind.about}." for kind in KINDS.values()),
        f"{auto.KIND}: what each file is, is told from its content, and asked.",
    ]
)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(init)
    app.command()(ingest)
    app.command()(sources)
    app.command()(quarantine)
    app.command()(requeue)
    app.command()(withdraw)
    app.command()(role)
    app.command()(verify)
    app.command()(rebuild)


def init(
    folder: Annotated[Path, typer.Argument(help="Folder of the new case; it must be new or empty.")],
    agency: Annotated[str, typer.Option(help="Who runs the case.")],
    timezone: Annotated[str, typer.Option(help="Home time zone for showing local times, as in Europe/London.")],
    name: Annotated[str | None, typer.Option(help="Name of the case. Default: the folder's name.")] = None,
    marking: Annotated[
        str, typer.Option(help=f"Default TLP 2.0 marking of sources: {', '.join(MARKINGS)}.")
    ] = "TLP:AMBER",
    neo4j: Annotated[
        str | None, typer.Option(metavar="URL", help="Neo4j server that every ingest loads as well.")
    ] = None,
) -> None:
    """Make a new case folder."""
    case = create(folder, agency=agency, timezone=timezone, name=name, marking=marking, neo4j=neo4j)
    say(f"Case '{case.settings.name}' is in {folder}. Next: linkgraph ingest KIND FILE… --case {folder}")


def ingest(
    kind: Annotated[str, typer.Argument(help=_KIND_HELP)],
    files: Annotated[
        list[Path],
        typer.Argument(help="Evidence files; compressed with gzip as they are. With auto: folders and zips as well."),
    ],
    case: CaseOption = None,
    timezone: Annotated[
        str | None,
        typer.Option(help="Zone of times that carry no offset, as in Europe/London or UTC. There is no default."),
    ] = None,
    service: Annotated[
        str | None,
        typer.Option(help="Platform of the accounts, or host of an access log, where the file does not say."),
    ] = None,
    account: Annotated[
        str | None, typer.Option(help="Account the whole file is about, where its rows name none.")
    ] = None,
    year: Annotated[int | None, typer.Option(help="Year of the first line of a log whose times have none.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD=COLUMN", help="Which column (name, or number without a header) is which field."),
    ] = None,
    form: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="FIELD=FORM",
            help="How a field is written, as in time='%d/%m/%Y %H:%M', amount=1.234,56 or digest=pdq.",
        ),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="TOML file: which column is which field, formats, aliases.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of the files where it is not UTF-8.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="Delimiter, where it is not seen from the file.")] = None,
    header: Annotated[
        bool | None, typer.Option("--header/--no-header", help="Whether the first row names the columns.")
    ] = None,
    region: Annotated[
        str | None, typer.Option(help="ISO country whose national phone numbers are meant, as in GB.")
    ] = None,
    file_names: Annotated[
        bool, typer.Option("--file-names", help="Read names and paths of files too, where a hash set has them.")
    ] = False,
    marking: Annotated[str | None, typer.Option(help="TLP 2.0 marking of these files.")] = None,
    reader: Annotated[
        str | None, typer.Option(help="Reader to use whatever the content looks like; 'linkgraph formats' lists them.")
    ] = None,
    meant: Annotated[
        str | None, typer.Option("--kind", help="With auto: the kind that is meant where several can claim a file.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="With auto: import all that is recognised, without asking.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Import evidence files into the case; each row ends as stored, duplicate or quarantined."""
    opened = local(case)
    mapped = load(mapping) if mapping else Stated()
    stated = replace(
        mapped,
        timezone=timezone or mapped.timezone,
        service=service or mapped.service,
        account=account or mapped.account,
        year=year or mapped.year,
        file_names=file_names or mapped.file_names,
        encoding=encoding or mapped.encoding,
        delimiter=_delimiter(delimiter) or mapped.delimiter,
        header=header if header is not None else mapped.header,
        region=region or mapped.region,
        reader=reader or mapped.reader,
        columns={**mapped.columns, **{name: _column(text) for name, text in _pairs("--column", column)}},
        formats={**mapped.formats, **dict(_pairs("--format", form))},
    )
    if kind == auto.KIND:
        raise typer.Exit(auto.ingest(opened, files, stated, kind=meant, marking=marking, yes=yes, as_json=as_json))
    if meant is not None or yes:
        raise UsageError(f"--kind and --yes go with 'ingest {auto.KIND}'.")
    with shown() as report:
        done = opened.ingest(kind, list(files), stated=stated, marking=marking, progress=report)
    for imported in done:
        tell(imported)
    if as_json:
        print_json({"sources": [imported.to_json() for imported in done]})
    else:
        columns = ("file", "read", "stored", "duplicates", "quarantined")
        print_table(
            columns,
            [(one.name, one.tally.read, one.tally.stored, one.tally.duplicates, one.tally.quarantined) for one in done],
            title="read = stored + duplicates + quarantined",
        )
    quarantined = sum(one.tally.quarantined for one in done)
    if quarantined and not as_json:
        said = "1 row is" if quarantined == 1 else f"{quarantined:,} rows are"
        say(f"{said} in quarantine: 'linkgraph quarantine' says why.")
    if opened.settings.neo4j:
        pushed(opened, opened.settings.neo4j, None)
    raise typer.Exit(STORED_WITH_QUARANTINE if quarantined else STORED_ALL)


def sources(
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
    partners: PartnersOption = False,
    as_json: JsonOption = False,
) -> None:
    """List the evidence files of the case and what became of their rows."""
    found = asked(case, neo4j, database, partners=partners).sources()
    if as_json:
        print_json(
            [
                {
                    "sha256": one.sha256,
                    "name": one.name,
                    "size": one.size,
                    "kind": one.kind,
                    "reader": one.reader,
                    "timezone": one.timezone,
                    "marking": one.marking,
                    "imported_by": one.imported_by,
                    "imported_at": one.imported_at.isoformat().replace("+00:00", "Z"),
                    "complete": one.complete,
                    "read": one.read,
                    "stored": one.stored,
                    "duplicates": one.duplicates,
                    "quarantined": one.quarantined,
                }
                for one in found
            ]
        )
        return
    print_table(
        (
            "SHA-256",
            "file",
            "kind",
            "zone",
            "imported (UTC)",
            "by",
            "read",
            "stored",
            "duplicates",
            "quarantined",
        ),
        [
            (
                one.sha256[:12],
                one.name if one.complete else f"{one.name} (cut off: run the same ingest again)",
                one.kind,
                one.timezone,
                f"{one.imported_at:%Y-%m-%d %H:%M}",
                one.imported_by,
                one.read,
                one.stored,
                one.duplicates,
                one.quarantined,
            )
            for one in found
        ],
    )


def quarantine(
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
    partners: PartnersOption = False,
    export: Annotated[
        Path | None,
        typer.Option(help="Write them to a .csv or .jsonl file, to be corrected in its column 'corrected'."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the rows that were refused: where they stand, why, and what could be done."""
    if export is not None:
        if neo4j is not None:
            raise UsageError("Only a local case has the bytes of refused rows: name it with --case.")
        number = local(case).export_quarantine(export)
        say(f"{number:,} rows are in {export}. Correct them there, then: linkgraph requeue {export} --why …")
        return
    asked_case = asked(case, neo4j, database, partners=partners)
    names = {one.sha256: one.name for one in asked_case.sources()}
    rows = asked_case.quarantine()
    if as_json:
        print_json(
            [
                {
                    "source": row.source,
                    "name": names.get(row.source),
                    "line": row.line,
                    "byte_offset": row.byte_offset,
                    "column": row.column,
                    "code": row.code,
                    "reason": row.reason,
                    "hint": row.hint,
                    "raw_base64": None if row.raw is None else base64.b64encode(row.raw).decode(),
                }
                for row in rows
            ]
        )
        return
    print_table(
        ("file", "line", "column", "reason", "what can be done", "raw row"),
        [
            (names.get(row.source), row.line, row.column or None, row.reason, row.hint or None, _raw(row.raw))
            for row in rows
        ],
    )


def requeue(
    file: Annotated[Path, typer.Argument(help="File of 'linkgraph quarantine --export', with corrected rows.")],
    why: WhyOption,
    case: CaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take corrected rows into the graph. The correction is kept and logged, the evidence stays as it is."""
    opened = local(case)
    done = opened.requeue(file, why)
    if as_json:
        print_json({"sources": [one.to_json() for one in done]})
    else:
        columns = ("file", "corrected", "stored", "duplicates", "still quarantined")
        print_table(
            columns,
            [(one.name, one.tally.read, one.tally.stored, one.tally.duplicates, one.tally.quarantined) for one in done],
        )
        for one in done:
            for row in one.still:
                say(f"'{one.name}', line {row.line}, is still refused: {row.reason} {row.hint}".rstrip())
    if opened.settings.neo4j:
        pushed(opened, opened.settings.neo4j, None)
    raise typer.Exit(STORED_WITH_QUARANTINE if any(one.still for one in done) else STORED_ALL)


def withdraw(
    source: Annotated[str, typer.Argument(help="SHA-256 (8 digits or more) or file name of the source.")],
    why: WhyOption,
    case: CaseOption = None,
) -> None:
    """Take one source out whole, with every link that only it carried. The file and the log stay."""
    opened = local(case)
    taken = opened.withdraw(source, why)
    say(f"'{taken.name}' ({taken.sha256[:12]}) is withdrawn: {taken.stored:,} rows are no longer in the graph.")
    if opened.settings.neo4j:
        pushed(opened, opened.settings.neo4j, None)


def role(
    selector: Annotated[str, typer.Argument(help="Entity: id, value, label or Kind:value.")],
    role: Annotated[str, typer.Argument(help=f"{', '.join(Role)}, or 'none' to take it back.")],
    why: WhyOption,
    second: Annotated[
        str | None, typer.Option(help="Second person who agrees; needed to take away the role of a victim.")
    ] = None,
    case: CaseOption = None,
) -> None:
    """Say what part an entity plays: a victim is never ranked and never pictured unless asked."""
    word = role.strip().casefold()
    if word != "none" and word not in set(Role):
        raise UsageError(f"'{role}' is no role; one of: {', '.join(Role)}, none.")
    opened = local(case)
    entity = opened.set_role(selector, None if word == "none" else Role(word), why, second=second)
    say(f"{entity[:8]} is now: {word}.")
    with opened.reading() as store:
        others = [found for one in one_person(store, entity) for found in store.find(one) if found.id == one]
    for other in others:
        say(f"{other.id[:8]} was accepted as one person with it, and is: {other.role or 'none'}.")
    if opened.settings.neo4j:
        pushed(opened, opened.settings.neo4j, None)


def rebuild(case: CaseOption = None, as_json: JsonOption = False) -> None:
    """Make the store again from evidence and audit log, and prove it equal. Exit 4 where it is not."""
    found = local(case).rebuild()
    if as_json:
        print_json(found.to_json())
    else:
        for note in found.notes:
            say(f"Note: {note}.")
        for difference in found.differences[:_DIFFERENCES_SHOWN]:
            say(f"DIFFERENT: {difference}.")
        if len(found.differences) > _DIFFERENCES_SHOWN:
            say(f"… and {len(found.differences) - _DIFFERENCES_SHOWN:,} more; --json has all.")
        if found.not_compared is not None:
            say(f"The store before could not be compared: {found.not_compared}. What was there is case.duckdb.before.")
        made = f"The store was made again from {found.entries:,} audit entries and {found.sources:,} sources"
        if not found.replaced:
            say(
                f"{made}. It is NOT the one that is there, which stays; "
                "to take the new one, move case.duckdb away first."
            )
        elif found.equal and found.not_compared is None:
            say(f"{made}: graph, findings and counts are equal. It is in place.")
        else:
            say(f"{made}; its counts {'are' if found.equal else 'are NOT'} those of the log. It is in place.")
    raise typer.Exit(0 if found.equal else INTEGRITY)


def verify(
    case: CaseOption = None,
    against: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RECEIPT|NUMBER:HASH",
            help="A receipt that came back for a bundle, or a head noted earlier: shows that nothing up to it was "
            "cut off. Give it as often as needed.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Prove the case: evidence unchanged, audit chain whole, counts add up. Exit 4 where not."""
    proof = local(case).verify(against or ())
    if as_json:
        print_json(
            {
                "whole": proof.whole,
                "checks": [
                    {"name": check.name, "ok": check.fault is None, "fault": check.fault} for check in proof.checks
                ],
                "audit": {
                    "entries": proof.entries,
                    "head": proof.head,
                    "root": proof.root,
                    "clock_stepped_back": list(proof.steps_back),
                    "anchored": proof.anchored,
                    "receipts": [
                        {"entries": one.entries, "agency": one.agency, "received": one.received, "bundle": one.bundle}
                        for one in proof.anchors
                    ],
                },
            }
        )
    else:
        print_table(
            ("", "check", "fault"),
            [("ok" if check.fault is None else "FAULT", check.name, check.fault or "") for check in proof.checks],
        )
        say(
            f"Audit head: {proof.entries}:{proof.head}\nTree root: {proof.root}\n"
            "Note the head elsewhere: a chain alone cannot show that its end was cut off, "
            "'linkgraph verify --against HEAD' can."
        )
        for one in proof.anchors if proof.whole else ():
            say(f"Entries 1 to {one.entries} are anchored by the receipt of {one.agency}, {one.received[:10]}.")
        if proof.anchored:
            say(f"Entries {proof.anchored + 1} to {proof.entries} are not anchored yet.")
        if proof.steps_back:
            say(
                f"The clock was set back before entry {', '.join(map(str, proof.steps_back))}: "
                "no fault, the order is by number."
            )
    raise typer.Exit(0 if proof.whole else INTEGRITY)


def _delimiter(text: str | None) -> str | None:
    if text is None:
        return None
    delimiter = {"\\t": "\t", "tab": "\t"}.get(text, text)
    if len(delimiter) != 1:
        raise UsageError("A delimiter is one character; 'tab' for a tabulator.")
    return delimiter


def _column(text: str) -> str | int:
    return int(text) if text.isascii() and text.isdigit() else text


def _pairs(option: str, stated: list[str] | None) -> list[tuple[str, str]]:
    """Read ``NAME=VALUE`` options."""
    pairs = []
    for one in stated or []:
        name, equals, value = one.partition("=")
        if not equals or not name or not value:
            raise UsageError(f"{option} is written FIELD=VALUE, not '{one}'.")
        pairs.append((name.strip(), value))
    return pairs


def _raw(raw: bytes | None) -> str:
    if raw is None:
        return "in the case only"
    text = raw[:120].decode("utf-8", "backslashreplace")
    return text + (" …" if len(raw) > 120 else "")
