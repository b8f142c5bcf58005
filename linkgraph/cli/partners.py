"""Commands for what partners handed on: layers beside the case's own evidence."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from linkgraph import sharing
from linkgraph.cli.options import CaseOption, JsonOption, WhyOption, local
from linkgraph.cli.output import print_json, print_table, say
from linkgraph.errors import STORED_WITH_QUARANTINE
from linkgraph.exchange.formats import READ
from linkgraph.ingest.values.text import visible
from linkgraph.joint import Joint
from linkgraph.model import MARKINGS

app = typer.Typer(
    help="What partners handed on: layers beside the evidence of the case, never mixed with it.",
    rich_markup_mode=None,
    no_args_is_help=True,
)


def register(root: typer.Typer) -> None:
    """Add the commands to the command line."""
    root.add_typer(app, name="partners")


@app.command("list")
def list_layers(case: CaseOption = None, as_json: JsonOption = False) -> None:
    """List the partner layers of the case."""
    found = sharing.partners(local(case))
    today = datetime.now(UTC).date()
    if as_json:
        print_json(
            [
                {
                    "id": one.id,
                    "agency": one.agency,
                    "case": one.case,
                    "form": one.form,
                    "signed_by": one.signed_by or None,
                    "marking": one.marking,
                    "came": one.came,
                    "expires": one.expires,
                    "expired": one.expired(today),
                    "entities": one.entities,
                    "links": one.links,
                    "pseudonyms": one.pseudonyms,
                }
                for one in found
            ]
        )
        return
    print_table(
        ("layer", "from", "case", "as", "marking", "came (UTC)", "keep until", "entities", "links", "pseudonyms"),
        [
            (
                one.id,
                one.agency,
                one.case,
                one.form,
                one.marking,
                one.came,
                one.expires,
                one.entities,
                one.links,
                one.pseudonyms,
            )
            for one in found
        ],
    )
    for one in found:
        if one.expired(today):
            say(f"Layer {one.id} was to be kept until {one.expires} at the latest: withdraw it.")


@app.command("import")
def import_file(
    form: Annotated[str, typer.Argument(metavar="FORMAT", help=f"One of: {', '.join(READ)}.")],
    path: Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False)],
    agency: Annotated[str, typer.Option("--agency", help="Who handed it on.")],
    why: WhyOption,
    marking: Annotated[
        str | None,
        typer.Option(
            "--marking", help=f"Of all of it, at the least: {', '.join(MARKINGS)}. As the file says otherwise."
        ),
    ] = None,
    case: CaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a file in an open format into the case as a partner layer. Nobody signed it: its origin is what you say."""
    layer, unread = sharing.import_partner(local(case), form, path, agency=agency, marking=marking, why=why)
    if as_json:
        lost = [{"what": one.what, "count": one.count, "why": one.why} for one in unread]
        print_json({"layer": layer.id, "entities": layer.entities, "links": layer.links, "unread": lost})
    else:
        say(f"{layer.entities:,} entities and {layer.links:,} links, marked {layer.marking}, are layer {layer.id}.")
        for one in unread:
            say(f"Not read: {visible(one.what)} ({one.count:,}). {visible(one.why)}")
    if unread:
        raise typer.Exit(STORED_WITH_QUARANTINE)


@app.command("withdraw")
def withdraw(
    layer: Annotated[str, typer.Argument(help="Id of the layer, or its first eight digits.")],
    why: WhyOption,
    case: CaseOption = None,
) -> None:
    """Take a layer out whole; the audit log keeps that it was there."""
    found = sharing.withdraw_partner(local(case), layer, why)
    of = f" of {visible(found.agency)}" if found else ""
    say(f"The layer {layer}{of} is gone; the audit log has when it came and why it went.")


@app.command("conflicts")
def conflicts(case: CaseOption = None, as_json: JsonOption = False) -> None:
    """List what the case and its partners, or two partners, say otherwise of the same thing."""
    found = Joint(local(case)).conflicts()
    if as_json:
        print_json([one.to_json() for one in found])
        return
    print_table(
        ("id", "what", "stands", "says", "otherwise", "says"),
        [(one.id[:8], one.name, one.stands, one.by, one.other, one.other_by) for one in found],
    )
