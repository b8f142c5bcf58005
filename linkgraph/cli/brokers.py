"""The command for brokers: who stands between others."""

from __future__ import annotations

import typer

from linkgraph.cli.options import (
    CaseOption,
    DatabaseOption,
    JsonOption,
    KindOption,
    LinksOption,
    PartnersOption,
    ServerOption,
    TopOption,
    asked,
    entity_kind,
    link_kinds,
)
from linkgraph.cli.output import print_json, print_table, say


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(brokers)


def brokers(
    top: TopOption = 20,
    kind: KindOption = None,
    links: LinksOption = None,
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
    partners: PartnersOption = False,
    as_json: JsonOption = False,
) -> None:
    """Find who stands between others, and what falls apart without them. A victim is never ranked."""
    record = (
        asked(case, neo4j, database, partners=partners)
        .brokers(top=top, kind=entity_kind(kind), links=link_kinds(links))
        .to_json()
    )
    if as_json:
        print_json(record)
        return
    print_table(
        ("label", "kind", "contacts", "constraint", "effective size", "cuts off", "why"),
        [
            (
                one["label"],
                one["kind"],
                one["contacts"],
                one["constraint"],
                one["effective_size"],
                one["cuts_off"],
                one["reasons"],
            )
            for one in record["brokers"]
        ],
    )
    print_table(
        ("bridge", "", "links", "cuts off", "behind it"),
        [
            (*one["labels"], ", ".join(one["kinds"]), one["cuts_off"], ", ".join(one["behind"]["labels"]))
            for one in record["bridges"]
        ],
    )
    if record["constraint_left_out"]:
        say(f"No constraint: {record['constraint_left_out']}.")
    say(
        "Would each, if lost, cut something off: "
        f"{record['articulation_points']:,} of the entities, {record['bridges_in_all']:,} of the pairs."
    )
