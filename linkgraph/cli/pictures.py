"""Commands that make pages, and the sample case."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from linkgraph.cli.options import (
    CaseOption,
    DatabaseOption,
    JsonOption,
    LinksOption,
    PartnersOption,
    ServerOption,
    ShowVictimsOption,
    asked,
    link_kinds,
    local,
    local_case,
)
from linkgraph.cli.output import print_json, print_line, say
from linkgraph.demo import run
from linkgraph.errors import INTEGRITY, LockedError
from linkgraph.writing import replace_file


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (render, demo):
        app.command()(command)
    app.command("verify-page")(verify_page)


def render(
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file to write.")],
    around: Annotated[str | None, typer.Option(help="Only what is near this entity.")] = None,
    hops: Annotated[int, typer.Option(min=1, help="How many links from --around.")] = 2,
    links: LinksOption = None,
    show_victims: ShowVictimsOption = False,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
    partners: PartnersOption = False,
) -> None:
    """Write the investigator's page: one HTML file that asks nothing of any network."""
    opened = asked(case, neo4j, database, partners=partners)
    own = local_case(opened)
    if show_victims and own:
        own.log("render.victims", {"shown": True})
    page = opened.render(around, hops, link_kinds(links), show_victims=show_victims)
    replace_file(output, page.content)
    say(f"The page is in {output} ({len(page.content) / 1e6:.1f} MB).")
    say(f"SHA-256 of the file: {page.sha256}\nPage digest: {page.digest}")
    if own:
        try:
            own.log_page(page)
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


def demo(
    folder: Annotated[Path, typer.Argument(help="Where to put the sample case; new or empty.")] = Path("demo"),
) -> None:
    """Make the sample case: ingest its evidence, answer the main questions, write the page."""
    page = run(folder, say)
    say(f"The page is here: {page.resolve()}")
