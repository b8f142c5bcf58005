"""Commands about the team's Neo4j server."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from linkgraph import queries
from linkgraph.case import Case
from linkgraph.cli.options import CaseOption, DatabaseOption, JsonOption, local
from linkgraph.cli.output import print_json, print_table, say
from linkgraph.errors import UsageError
from linkgraph.folder import locate, read_settings
from linkgraph.store.neo4j import Neo4jServer

_UrlOption = Annotated[
    str | None,
    typer.Option("--neo4j", metavar="URL", help="The server, as in bolt://127.0.0.1:7687. Default: the case's."),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (push, query):
        app.command()(command)


def push(
    neo4j: _UrlOption = None,
    database: DatabaseOption = None,
    case: CaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring the graph on a Neo4j server level with the case. Cut off, run it again: nothing is lost."""
    opened = local(case)
    url = neo4j or opened.settings.neo4j
    if url is None:
        raise UsageError("Name the server with --neo4j, as in --neo4j bolt://127.0.0.1:7687.")
    report = pushed(opened, url, database)
    if as_json:
        print_json(report)


def query(
    name: Annotated[str | None, typer.Argument(help="Name of the query; without one, they are listed.")] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option("--param", "-p", metavar="NAME=VALUE", help="A parameter of the query."),
    ] = None,
    neo4j: _UrlOption = None,
    database: DatabaseOption = None,
    case: CaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a named query of cypher/queries on the Neo4j server, or list them."""
    if name is None:
        found = [queries.load(one) for one in queries.names()]
        if as_json:
            print_json([{"name": one.name, "description": one.description} for one in found])
        else:
            print_table(
                ("query", "what it finds", "parameters"),
                [
                    (one.name, one.description, ", ".join(f"{p.name}={p.default!r}" for p in one.parameters))
                    for one in found
                ],
            )
        return
    asked = queries.load(name)
    url = neo4j or read_settings(locate(case)).neo4j
    if url is None:
        raise UsageError("Name the server with --neo4j, as in --neo4j bolt://127.0.0.1:7687.")
    rows = queries.run(Neo4jServer.at(url, database=database), asked, _parameters(parameter or []))
    if as_json:
        print_json(rows)
        return
    columns = list(rows[0]) if rows else list(asked.columns)
    print_table(columns, [[row[column] for column in columns] for row in rows])
    say(f"{len(rows):,} rows.")


def pushed(case: Case, url: str, database: str | None) -> dict[str, object]:
    """Push with a progress bar where a person watches; say and give what was done."""
    console = Console(stderr=True)
    with Progress(console=console, disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("Neo4j", total=None)
        report = case.push(
            Neo4jServer.at(url, database=database),
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    say(
        f"Neo4j is level with the case: {report.entities:,} entities and {report.links:,} links written, "
        f"{report.removed:,} removed."
    )
    return {
        "entities": report.entities,
        "links": report.links,
        "removed": report.removed,
        "revision": report.revision,
    }


def _parameters(stated: list[str]) -> dict[str, str]:
    parameters = {}
    for one in stated:
        name, equals, value = one.partition("=")
        if not equals:
            raise UsageError(f"A parameter is written NAME=VALUE, not '{one}'.")
        parameters[name] = value
    return parameters
