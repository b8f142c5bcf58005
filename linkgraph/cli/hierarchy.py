"""Who directs whom: levels, reach in the order of time, and contact of one with many."""

from __future__ import annotations

from typing import Annotated

import typer

from linkgraph.algorithms.hierarchy import DIRECTED, LEAST, TOP
from linkgraph.algorithms.records import Record
from linkgraph.cli.options import (
    CaseOption,
    DatabaseOption,
    JsonOption,
    PartnersOption,
    ServerOption,
    TopOption,
    asked,
    duration,
    link_kinds,
)
from linkgraph.cli.output import print_json, print_table, say
from linkgraph.evidence import join

WindowOption = Annotated[
    str,
    typer.Option(
        "--window",
        metavar="TIME",
        help="The longest that a run of new contacts, and a path, may take: 12h, 7d or 2w; days if no letter.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(hierarchy)


def hierarchy(
    window: WindowOption = "7d",
    least: Annotated[
        int, typer.Option(min=1, help="Fewest new contacts within the window of an account that is listed.")
    ] = LEAST,
    links: Annotated[
        str | None,
        typer.Option("--links", metavar="KIND,…", help=f"Only links of these kinds: {', '.join(DIRECTED)}."),
    ] = None,
    top: TopOption = TOP,
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
    partners: PartnersOption = False,
    as_json: JsonOption = False,
) -> None:
    """Find who writes to many new others, who reaches how many in the order of time, and who stands above whom.

    The direction of a contact or a payment is not command. A victim is in no list.
    """
    opened = asked(case, neo4j, database, partners=partners)
    found = opened.hierarchy(links=link_kinds(links) or DIRECTED, window=duration(window), least=least, top=top)
    record = found.to_json()
    if as_json:
        print_json(record)
        return
    names = {one.sha256: one.name for one in opened.sources()}
    if record["one_to_many"]["asked"]:
        _print_outreach(record, names)
    for one in record["links"]:
        _print_reach(one, record["parameters"]["window_days"], names)
        _print_levels(one)
    say(f"{found.headline()} The direction of a contact or a payment is not command.")


def _print_outreach(record: Record, names: dict[str, str]) -> None:
    found = record["one_to_many"]
    days = record["parameters"]["window_days"]
    print_table(
        (
            "account",
            "new contacts",
            "from (UTC)",
            "to (UTC)",
            "victims",
            "answered",
            "know each other",
            "in all",
            "rows",
        ),
        [
            (
                one["label"],
                one["approached_in_window"],
                one["from"],
                one["to"],
                one["victims"],
                one["answered"],
                f"{one['acquainted_pairs']:,} of {one['pairs']:,} pairs",
                one["approached"],
                _rows(one["contacts"], names),
            )
            for one in found["accounts"]
        ],
        title=f"One to many: {record['parameters']['least']} or more new contacts within {days:g} days "
        f"({found['found']:,} accounts)",
    )


def _print_reach(one: Record, days: float, names: dict[str, str]) -> None:
    reach = one["reach"]
    sampled = f"; found by a sample of {reach['targets_sampled']:,} targets" if reach["targets_sampled"] else ""
    print_table(
        (
            "source",
            "reach",
            "victims",
            "largest cascade",
            "of these directly",
            "most hops",
            "from (UTC)",
            "to (UTC)",
            "rows",
        ),
        [
            (
                source["label"],
                source["reached"],
                source["victims_reached"],
                source["cascade"]["reached"],
                source["cascade"]["directly"],
                source["cascade"]["hops"],
                source["cascade"]["from"],
                source["cascade"]["to"],
                _rows(source["cascade"]["rows"], names),
            )
            for source in reach["accounts"]
        ],
        title=f"{one['kind']}: whom something can have reached within {days:g} days{sampled}",
    )


def _print_levels(one: Record) -> None:
    print_table(
        ("size", "links", "incoherence", "random", "reading", "lowest", "highest"),
        [
            (
                level["size"],
                level["links"],
                level["incoherence"],
                level["incoherence_random"],
                level["reading"],
                [f"{node['level']:.2f} {node['label']}" for node in level["lowest"]],
                [f"{node['level']:.2f} {node['label']}" for node in level["highest"]],
            )
            for level in one["components"]
        ],
        title=f"{one['kind']}: levels ({one['components_found']:,} components of three or more)",
    )


def _rows(listed: list[Record], names: dict[str, str]) -> list[str]:
    rows: dict[str, set[int]] = {}
    for one in listed:
        rows.setdefault(one["evidence"]["source"], set()).add(one["evidence"]["row"])
    return [f"{names.get(source, source[:12])} {join(sorted(numbers))}" for source, numbers in sorted(rows.items())]
