"""The command for disruption: what falls apart when targets are removed."""

from __future__ import annotations

from itertools import zip_longest
from typing import Annotated

import typer

from linkgraph.algorithms.disruption import STEPS, STRATEGIES
from linkgraph.cli.options import (
    CaseOption,
    DatabaseOption,
    JsonOption,
    KindOption,
    LinksOption,
    PartnersOption,
    ServerOption,
    asked,
    entity_kind,
    link_kinds,
)
from linkgraph.cli.output import print_json, print_table, say


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(disruption)


def disruption(
    strategy: Annotated[
        str | None,
        typer.Option(
            "--strategy",
            metavar="NAME",
            help=f"What puts a target first: {', '.join(STRATEGIES)}. Default: all side by side; "
            f"with --json {next(iter(STRATEGIES))}.",
        ),
    ] = None,
    steps: Annotated[int, typer.Option("--steps", min=1, help="How many to remove, one after another.")] = STEPS,
    kind: KindOption = None,
    links: LinksOption = None,
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
    partners: PartnersOption = False,
    as_json: JsonOption = False,
) -> None:
    """Follow the largest component while the best targets are removed. A victim is never a target.

    After each removal everything is measured anew.
    """
    opened, only, kinds = asked(case, neo4j, database, partners=partners), entity_kind(kind), link_kinds(links)
    if as_json:
        chosen = strategy or next(iter(STRATEGIES))
        print_json(opened.disruption(strategy=chosen, steps=steps, kind=only, links=kinds).to_json())
        return
    names = [strategy] if strategy else list(STRATEGIES)
    found = [opened.disruption(strategy=name, steps=steps, kind=only, links=kinds).to_json() for name in names]
    curves = zip_longest(*(one["curve"] for one in found))
    print_table(
        ("removed", *names),
        [(step, *map(_cell, removals)) for step, removals in enumerate(curves, start=1)],
        title=f"Largest component: {found[0]['start']:,} entities; share of it that is left, and who was removed",
    )
    for one in found:
        if one["stopped"]:
            say(f"{one['strategy']}: {len(one['curve'])} removals; {one['stopped']}.")
        if one["sampled"]:
            say(f"{one['strategy']}: estimated from a sample.")


def _cell(removal: dict[str, object] | None) -> str | None:
    if removal is None:
        return None
    return f"{100 * float(str(removal['largest_component'])):.0f} %  {removal['label']}"
