"""Who shares what, beyond chance: the command of one question."""

from __future__ import annotations

from typing import Annotated

import typer

from linkgraph.algorithms.co_use import ALPHA, GRADE
from linkgraph.cli.options import (
    CaseOption,
    DatabaseOption,
    JsonOption,
    PartnersOption,
    ServerOption,
    TopOption,
    asked,
    duration,
)
from linkgraph.cli.output import print_json, print_table, say


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(co_use)


def co_use(
    window: Annotated[
        str,
        typer.Option(
            "--window",
            metavar="TIME",
            help="Two accounts meet at an address if both were there within this time: 0.5h, 24h, 7d or 2w.",
        ),
    ] = "24h",
    alpha: Annotated[
        float, typer.Option("--alpha", help="Of the links that are given, at most this share is chance.")
    ] = ALPHA,
    top: TopOption = 20,
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
    partners: PartnersOption = False,
    as_json: JsonOption = False,
) -> None:
    """Find the accounts that share more addresses and files than chance would give them.

    JSON holds all links, the table the first. An address or a file that very many use links nobody.
    """
    found = asked(case, neo4j, database, partners=partners).co_use(window=duration(window), alpha=alpha)
    record = found.to_json()
    if as_json:
        print_json(record)
        return
    labels = dict(zip(found.graph.ids, found.graph.labels, strict=True))
    if record["links"]:
        print_table(
            ("account", "with", "shared", "expected", "q", "what they share (times together, accounts that used it)"),
            [
                (
                    labels[one["source"]],
                    labels[one["target"]],
                    one["shared"],
                    one["expected"],
                    one["q"],
                    [f"{each['label']} ({each['shared']}, {each['users']})" for each in one["resources"][:3]]
                    + ([f"and {one['resources_total'] - 3} more"] if one["resources_total"] > 3 else []),
                )
                for one in record["links"][:top]
            ],
            title=GRADE,
        )
    say(found.headline())
    if record["left_out"]:
        say(f"{record['left_out']:,} of {record['rows']:,} rows have no time, or one longer than the window.")
    capped = record["capped"]
    if capped["resources"]:
        say(
            f"Windows with more than {capped['most_accounts']} accounts at one address, and files of more, are left "
            f"out: {capped['meetings']:,} meetings at {len(capped['resources']):,} resources (--json lists them)."
        )
