"""Which accounts may be one person's, and who took over from whom."""

from __future__ import annotations

from typing import Annotated

import typer

from linkgraph.algorithms.identities import ESTIMATED, GAP_DAYS, LEAST, REVIEWED
from linkgraph.algorithms.records import Record
from linkgraph.cli.options import CaseOption, DatabaseOption, JsonOption, PartnersOption, ServerOption, TopOption, asked
from linkgraph.cli.output import print_json, print_table, say

GapOption = Annotated[
    float,
    typer.Option(
        "--gap",
        min=0.01,
        metavar="DAYS",
        help="Days between two uses of one address, and between the end of one account and the start of the next.",
    ),
]
WeightsOption = Annotated[
    str,
    typer.Option(
        "--weights",
        help=f"'{REVIEWED}': as identities.toml has them; '{ESTIMATED}': from the case where it has enough.",
    ),
]
LeastOption = Annotated[
    float, typer.Option("--least", min=0.0, max=1.0, help="Probability below which a pair is not listed.")
]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(identities)


def identities(
    gap: GapOption = GAP_DAYS,
    weights: WeightsOption = REVIEWED,
    doubles: Annotated[
        float | None,
        typer.Option(help="The prior: further accounts in the case that an account's owner has, on average."),
    ] = None,
    least: LeastOption = LEAST,
    top: TopOption = 20,
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
    partners: PartnersOption = False,
    as_json: JsonOption = False,
) -> None:
    """Find accounts that may be one person's, field by field in bits, and chains of one account after another.

    Candidates only: nothing is merged, and alike names alone are never one. 'linkgraph resolve' keeps decisions.
    """
    found = asked(case, neo4j, database, partners=partners).identities(
        gap_days=gap, weights=weights, doubles=doubles, least=least, top=top
    )
    record = found.to_json()
    if as_json:
        print_json(record)
        return
    print_candidates(record["candidates"])
    if record["chains"]:
        print_table(
            ("handover chain", "days between", "probability", "in common"),
            [
                (
                    [account["label"] for account in chain["accounts"]],
                    [step["gap_days"] for step in chain["steps"]],
                    [f"{step['probability']:.2f}" for step in chain["steps"]],
                    [", ".join(step["in_common"]) for step in chain["steps"]],
                )
                for chain in record["chains"]
            ],
        )
    say(found.headline())
    for block in record["blocks"]:
        if block["over"]:
            say(
                f"{len(block['over']):,} values of {block['field']} are held by more than {block['paired_up_to']:,}: "
                "of their holders only those with alike names were compared."
            )


def print_candidates(candidates: list[Record]) -> None:
    """Print pairs with the bits of each field."""
    print_table(
        ("probability", "one", "other", "bits", "why (bits for +, against −)", "decision"),
        [
            (
                f"{one['probability']:.3f}",
                [one["a"]["label"], one["a"]["id"][:8]],
                [one["b"]["label"], one["b"]["id"][:8]],
                f"{one['score']:+.2f} prior {one['prior']:+.2f}",
                reasons(one),
                one["decision"] and f"{one['decision']['decision']} by {one['decision']['who']}",
            )
            for one in candidates
        ],
    )


def reasons(one: Record) -> list[str]:
    """Say in words what each known field of a pair says."""
    words = []
    for field in one["fields"]:
        if field["outcome"] == "unknown":
            continue
        more = ""
        if field["value"]:
            more = f": {field['value']['label']} (held by {field['holders']}"
            more += f", {field['shared']} in common" if field["shared"] > 1 else ""
            more += f", {field['apart_days']:g} days apart" if field["apart_days"] is not None else ""
            more += ")"
        if field["alike"] is not None:
            more = f" ({field['alike']:.2f})"
        words.append(f"{field['bits']:+.2f} {field['field'].replace('_', ' ')} {field['outcome']}{more}")
    hands = one["handover"]
    if hands:
        after = f"; the earlier one is still seen until {hands['earlier_still_seen'][:10]}"
        words.append(
            f"{hands['earlier'][:8]} stops {hands['stopped'][:10]}, {hands['later'][:8]} starts "
            f"{hands['started'][:10]} (by {hands['stopped_by']}){after if hands['earlier_still_seen'] else ''}"
        )
    return words
