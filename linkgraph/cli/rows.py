"""Commands that prove some rows of a source and show nothing of the others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from linkgraph import disclosure, sharing
from linkgraph.cli.options import CaseOption, JsonOption, local
from linkgraph.cli.output import print_json, print_line, say
from linkgraph.errors import INTEGRITY, UsageError
from linkgraph.evidence import join, split
from linkgraph.ingest.values.text import visible

app = typer.Typer(
    help="Prove that some rows were in a source, and show nothing of the others.",
    rich_markup_mode=None,
    no_args_is_help=True,
)
SourceArgument = Annotated[str, typer.Argument(metavar="SOURCE", help="Name or SHA-256 of the source.")]


def register(root: typer.Typer) -> None:
    """Add the commands to the command line."""
    root.add_typer(app, name="rows")


@app.command("commit")
def commit(source: SourceArgument, case: CaseOption = None, as_json: JsonOption = False) -> None:
    """Commit to all rows of a source: a hash that tells nothing of them goes into the log, and into later bundles."""
    found = sharing.commit(local(case), source)
    if as_json:
        print_json(found.to_json())
    else:
        print_line(f"{found.rows:,} rows of {found.source}\nroot {found.root}")


@app.command("disclose")
def disclose(
    source: SourceArgument,
    rows: Annotated[str, typer.Option("--rows", help="Rows to show, as in 4-9,12.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write, JSON.")],
    case: CaseOption = None,
) -> None:
    """Show some rows of a source that was committed to, each with the proof that it was there. It is logged."""
    try:
        numbers = split(rows)
    except ValueError:
        raise UsageError(f"'{rows}' are no rows; write them as in 4-9,12.") from None
    found = sharing.disclose(local(case), source, numbers, output)
    say(f"{len(found.shown):,} of {found.commitment.rows:,} rows are in {output}, each with its proof.")


@app.command("check")
def check(
    path: Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False)],
    case: CaseOption = None,
    root: Annotated[
        str | None, typer.Option("--root", help="The root as you were given it earlier; else the case knows it.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Prove rows that were shown: exit 4 where one was not in the source that was committed to."""
    found = disclosure.read_file(path)
    known = "the root you gave" if root else sharing.known_commitment(local(case), found.commitment)
    if root and root.strip().lower() != found.commitment.root:
        known = None
    numbers = join(sorted(row.number for row in found.shown))
    if as_json:
        print_json({"commitment": found.commitment.to_json(), "rows": numbers, "known_from": known})
    else:
        for row in found.shown:
            # The row is a partner's and stays on its line; the tab before it is ours and stays a tab.
            text = row.content.rstrip(b"\r\n").decode("utf-8", "backslashreplace")
            typer.echo(f"{row.number}\t{visible(text)}")
        of = f"the {found.commitment.rows:,} of {found.commitment.source}"
        print_line(
            f"Rows {numbers} were among {of}, by {visible(known)}."
            if known
            else "The rows fit the root in the file, and nobody here knows that root from before."
        )
    if known is None:
        raise typer.Exit(INTEGRITY)
