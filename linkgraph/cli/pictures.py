"""Commands that make files: the page, exports, and the sample case."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from linkgraph.case import Case
from linkgraph.cli.options import (
    CaseOption,
    DatabaseOption,
    JsonOption,
    LinksOption,
    ServerOption,
    asked,
    link_kinds,
    local,
)
from linkgraph.cli.output import print_json, print_line, say
from linkgraph.demo import run
from linkgraph.errors import INTEGRITY, LockedError, UsageError
from linkgraph.questions import EXPORTS, Questions
from linkgraph.writing import replace_file

_ShowVictims = Annotated[
    bool, typer.Option("--show-victims", help="Have victims in it; logged. They are left out otherwise.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (render, export, demo):
        app.command()(command)
    app.command("verify-page")(verify_page)


def render(
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file to write.")],
    around: Annotated[str | None, typer.Option(help="Only what is near this entity.")] = None,
    hops: Annotated[int, typer.Option(min=1, help="How many links from --around.")] = 2,
    links: LinksOption = None,
    show_victims: _ShowVictims = False,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
) -> None:
    """Write the investigator's page: one HTML file that asks nothing of any network."""
    opened = asked(case, neo4j, database)
    _log_victims(opened, show_victims, "render")
    page = opened.render(around, hops, link_kinds(links), show_victims=show_victims)
    replace_file(output, page.content)
    say(f"The page is in {output} ({len(page.content) / 1e6:.1f} MB).")
    say(f"SHA-256 of the file: {page.sha256}\nPage digest: {page.digest}")
    if isinstance(opened, Case):
        try:
            opened.log_page(page)
        except LockedError:
            say("Another process reads the case, so the audit log does not have these two: note them elsewhere.")
    if open_page:
        webbrowser.open(output.resolve().as_uri())


def verify_page(
    page: Annotated[Path, typer.Argument(help="The page, as it was received.")],
    case: CaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell whether a page is as it was made, and when this case made it. Exit 4 where it is not whole, or not known."""
    proof = local(case).verify_page(page)
    if as_json:
        print_json(proof.to_json())
    else:
        print_line(proof.sentence())
    raise typer.Exit(0 if proof.whole else INTEGRITY)


def export(
    form: Annotated[str, typer.Argument(metavar="FORMAT", help=f"One of: {', '.join(EXPORTS)}.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
    links: LinksOption = None,
    show_victims: _ShowVictims = False,
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
) -> None:
    """Write the graph for another tool, with sources and rows; victims are masked unless asked for."""
    if form not in EXPORTS:
        raise UsageError(f"'{form}' is no export format; one of: {', '.join(EXPORTS)}.")
    opened = asked(case, neo4j, database)
    _log_victims(opened, show_victims, "export")
    graph = opened.export(form, output, links=link_kinds(links), show_victims=show_victims)
    say(f"{graph.entities.num_rows:,} entities and {graph.links.num_rows:,} links are in {output}.")


def demo(
    folder: Annotated[Path, typer.Argument(help="Where to put the sample case; new or empty.")] = Path("demo"),
) -> None:
    """Make the sample case: ingest its evidence, answer the main questions, write the page."""
    page = run(folder, say)
    say(f"The page is here: {page.resolve()}")


def _log_victims(opened: Questions, show_victims: bool, action: str) -> None:
    if show_victims and isinstance(opened, Case):
        opened.log(f"{action}.victims", {"shown": True})
