"""Reviewing who may be one person: list, accept, reject, undo. Nothing is merged."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from linkgraph.algorithms.identities import LEAST
from linkgraph.cli.identities import LeastOption, print_candidates
from linkgraph.cli.options import CaseOption, JsonOption, TopOption, WhyOption, local
from linkgraph.cli.output import print_json, print_table, say
from linkgraph.model import Decision

One = Annotated[str, typer.Argument(help="Account or person: id (8 digits or more), value, label or Kind:value.")]

resolving = typer.Typer(
    help="Review which accounts may be one person's: list, accept, reject, undo. Nothing is merged.",
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(resolving, name="resolve")


@resolving.callback(invoke_without_command=True)
def resolve(
    context: typer.Context,
    case: CaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Review which accounts may be one person's; without a command: list what is to be decided."""
    if context.invoked_subcommand is None:
        to_review(case=case, as_json=as_json)
    elif case is not None or as_json:
        raise typer.BadParameter(f"Write --case and --json after 'resolve {context.invoked_subcommand}'.")


@resolving.command("list")
def to_review(
    top: TopOption = 20,
    least: LeastOption = LEAST,
    case: CaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the pairs to decide on, likeliest first, and what was decided."""
    opened = local(case)
    found = opened.identities(top=top, least=least).to_json()
    waiting = [one for one in found["candidates"] if one["decision"] is None]
    with opened.reading() as store:
        decided = [{"a": one.a, "b": one.b} | one.to_json() for one in store.same_as()]
    if as_json:
        print_json({"candidates": waiting, "decided": decided})
        return
    print_candidates(waiting)
    if decided:
        print_table(
            ("decided", "one", "other", "who", "when", "why"),
            [(one["decision"], one["a"][:8], one["b"][:8], one["who"], one["at"], one["why"]) for one in decided],
        )
    say(f"{len(waiting):,} pairs to decide on, {len(decided):,} decided.")


@resolving.command()
def accept(one: One, other: One, why: WhyOption, case: CaseOption = None) -> None:
    """Say that two are one person's. They stay two in the graph."""
    _decide(one, other, Decision.ACCEPTED, why, case)


@resolving.command()
def reject(one: One, other: One, why: WhyOption, case: CaseOption = None) -> None:
    """Say that two are not one person's: they stand in no handover chain any more."""
    _decide(one, other, Decision.REJECTED, why, case)


@resolving.command()
def undo(one: One, other: One, why: WhyOption, case: CaseOption = None) -> None:
    """Take back what was decided about two. The log keeps both."""
    _decide(one, other, None, why, case)


def _decide(one: str, other: str, decision: Decision | None, why: str, case: Path | None) -> None:
    opened = local(case)
    first, second = opened.resolve(one, other, decision, why)
    say(f"{first[:8]} and {second[:8]}: {decision or 'undecided again'}.")
