"""The command that writes a graph for another tool."""

from __future__ import annotations

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
)
from linkgraph.cli.output import print_json, print_table, say
from linkgraph.exchange.formats import FORMATS


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(export)


def export(
    form: Annotated[
        str | None, typer.Argument(metavar="FORMAT", help=f"One of: {', '.join(FORMATS)}. Lists them if left out.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file to write; for formats of several files a new folder."),
    ] = None,
    around: Annotated[str | None, typer.Option(help="Only what is near this entity.")] = None,
    hops: Annotated[int, typer.Option(min=1, help="How many links from --around.")] = 2,
    links: LinksOption = None,
    show_victims: ShowVictimsOption = False,
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
    partners: PartnersOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write the graph for another tool, with markings, sources and rows; victims are masked unless asked for.

    Beside the file lies a report of what the format could not hold. For another agency use 'linkgraph bundle':
    it sends only what a profile lets go, signed and encrypted.
    """
    if form is None:
        print_table(("format", "for"), [(one.name, one.opened_by) for one in FORMATS.values()])
        return
    if output is None:
        raise typer.BadParameter("say where to write it: -o FILE", param_hint="'--output' / '-o'")
    opened = asked(case, neo4j, database, partners=partners)
    report = opened.export(form, output, around=around, hops=hops, links=link_kinds(links), show_victims=show_victims)
    if as_json:
        print_json(report.to_json())
        return
    say(f"{report.entities:,} entities and {report.links:,} links are in {output}, marked {report.marking}.")
    for one in report.lost:
        say(f"Not as in the case: {one.what} ({one.count:,}). {one.why}")
