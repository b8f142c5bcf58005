"""Commands that compare identifiers with another agency by three files, and tell nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from linkgraph import deconfliction
from linkgraph.cli.keys import unlocked
from linkgraph.cli.options import CaseOption, JsonOption, WhyOption, entity_kind, local
from linkgraph.cli.output import print_json, print_line, print_table, say
from linkgraph.cli.sharing import KeyOption
from linkgraph.errors import UsageError
from linkgraph.exchange.deconflict.identifiers import KINDS
from linkgraph.exchange.deconflict.messages import Mode, Terms
from linkgraph.ingest.values.text import visible
from linkgraph.model import MARKINGS

app = typer.Typer(
    help="Find out with another agency how many identifiers both of you have, by three files on a stick, and tell "
    "nothing else. What it protects and what not: docs/deconflict.md.",
    rich_markup_mode=None,
    no_args_is_help=True,
)
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The message, as it came.", dir_okay=False)]
OutOption = Annotated[Path, typer.Option("--output", "-o", help="The file to write for the other side.")]
WithoutCountOption = Annotated[
    bool, typer.Option("--without-count", help="Reveal although nothing was counted with this agency before.")
]


def register(root: typer.Typer) -> None:
    """Add the commands to the command line."""
    root.add_typer(app, name="deconflict")


@app.command("offer")
def offer(
    to: Annotated[str, typer.Option("--to", metavar="KEY", help="Recipient in your address book.")],
    legal_basis: Annotated[str, typer.Option("--legal-basis", help="The law or agreement, one line.")],
    output: OutOption,
    kinds: Annotated[
        str | None, typer.Option("--kinds", metavar="KIND,…", help=f"What is compared: {', '.join(sorted(KINDS))}.")
    ] = None,
    reveal: Annotated[
        str | None,
        typer.Option(
            "--reveal", metavar="SESSION", help="Both learn which of their own are in common, after this count."
        ),
    ] = None,
    without_count: WithoutCountOption = False,
    marking: Annotated[
        str, typer.Option("--marking", help=f"Nothing that is marked stricter takes part: {', '.join(MARKINGS)}.")
    ] = "TLP:AMBER",
    largest_set: Annotated[
        int, typer.Option("--largest-set", min=1, help="Points that either side sends at the most.")
    ] = deconfliction.LARGEST_SET,
    least: Annotated[
        int, typer.Option("--least", min=0, help="With fewer in common, both are told only that there are fewer.")
    ] = 0,
    padded: Annotated[bool, typer.Option("--padded", help="Hide how many identifiers each side has.")] = False,
    days: Annotated[int, typer.Option("--days", min=1, help="For how long it can be answered.")] = deconfliction.DAYS,
    key: KeyOption = None,
    case: CaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Offer a comparison: the first file. Both learn how many are in common; with --reveal which of their own are."""
    chosen = KINDS if kinds is None else [kind for one in kinds.split(",") if (kind := entity_kind(one))]
    sent = deconfliction.offer(
        local(case),
        output,
        to=to,
        own=unlocked(key),
        legal_basis=legal_basis,
        kinds=chosen,
        marking=marking,
        mode=Mode.COUNT if reveal is None and not without_count else Mode.REVEAL,
        days=days,
        largest_set=largest_set,
        least=least,
        padded=padded,
        follows=reveal,
        without_count=without_count,
    )
    if as_json:
        print_json({"session": sent.session, "identifiers": sent.identifiers, "points": sent.points})
        return
    say(f"{sent.identifiers:,} identifiers take part; {sent.left_out:,} that strangers share do not. Send {output}.")
    print_line(f"session {sent.session}")


@app.command("answer")
def answer(
    path: FileArgument,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file to write for the other side.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Agree to the terms without being asked.")] = False,
    without_count: WithoutCountOption = False,
    key: KeyOption = None,
    case: CaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the terms of an offer and, if you agree, answer it: the second file."""
    opened, own = local(case), unlocked(key)
    terms, card = deconfliction.terms_of(path, own)
    if not as_json:
        _show(terms, card.name)
    if output is None:
        if as_json:
            print_json({"terms": terms.to_json(), "signed_by": card.fingerprint})
        else:
            say("Nothing was answered. To agree, run it again with -o FILE.")
        return
    if not yes and not typer.confirm("Do you agree to these terms?", err=True):
        raise UsageError("The offer was not answered; nothing was changed.")
    sent = deconfliction.answer(opened, path, output, own, without_count=without_count)
    if as_json:
        print_json({"session": sent.session, "identifiers": sent.identifiers, "points": sent.points})
        return
    say(f"{sent.identifiers:,} identifiers take part; {sent.left_out:,} that strangers share do not. Send {output}.")


@app.command("finish")
def finish(
    path: FileArgument,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file that tells the other side the same; for the side that offered."),
    ] = None,
    key: KeyOption = None,
    case: CaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read the last file and say what is in common. The session's secret is destroyed."""
    result, told = deconfliction.finish(local(case), path, output, unlocked(key))
    if as_json:
        print_json(result.to_json())
        return
    print_line(
        f"In common with {visible(result.partner)}: {result.in_words()} of our {result.points:,} and their "
        f"{result.partner_points:,} points."
    )
    if result.common is not None:
        print_table(("kind", "value"), [(str(kind), value) for kind, value in result.common])
    if told:
        say(f"Send {output}: it tells the other side the same.")
    if result.mode is Mode.COUNT and result.count:
        say(f"To learn which: 'linkgraph deconflict offer --reveal {result.session} …', as a decision of its own.")


@app.command("list")
def list_sessions(case: CaseOption = None, as_json: JsonOption = False) -> None:
    """List the sessions of the case."""
    found = deconfliction.sessions(local(case))
    if as_json:
        print_json(
            [
                {
                    "session": one.session,
                    "with": one.partner,
                    "offered_here": one.offering,
                    "state": one.state,
                    "points": one.points,
                    "partner_points": one.partner_points,
                    "count": one.count,
                    "terms": one.terms.to_json(),
                }
                for one in found
            ]
        )
        return
    print_table(
        ("session", "with", "mode", "state", "our points", "their points", "in common"),
        [
            (one.session, one.partner, one.terms.mode, one.state, one.points, one.partner_points, one.count)
            for one in found
        ],
    )


@app.command("abandon")
def abandon(name: Annotated[str, typer.Argument(metavar="SESSION")], why: WhyOption, case: CaseOption = None) -> None:
    """Give a session up: its secret is destroyed and no file of it will be read."""
    deconfliction.abandon(local(case), name, why)
    say(f"Session {name} is given up.")


@app.command("disclose")
def disclose(
    name: Annotated[str, typer.Argument(metavar="SESSION")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write: readable, for the court alone.")],
    why: WhyOption,
    case: CaseOption = None,
) -> None:
    """Show a court or an auditor which identifiers this side put into a session. It is logged."""
    found = deconfliction.disclose(local(case), name, output, why)
    say(
        f"{len(found.opening.identifiers):,} identifiers are in {output}, readable, as committed to in entry "
        f"{found.entry:,} of the audit log."
    )


@app.command("check")
def check(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="What was disclosed, by either side.", dir_okay=False)],
    case: CaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Prove which identifiers a side put into a session: exit 4 where it had committed to others."""
    found = deconfliction.declared(local(case), path)
    if as_json:
        print_json(found.to_json())
        return
    print_table(("kind", "value"), [(str(kind), value) for kind, value in found.opening.identifiers])
    print_line(
        f"{visible(found.agency)} put these {len(found.opening.identifiers):,} identifiers into session "
        f"{found.opening.session}: it had committed to them, by entry {found.entry:,} of this case's audit log, "
        f"{found.logged_at}."
    )


def _show(terms: Terms, signer: str) -> None:
    print_table(
        ("terms", ""),
        [
            ("from", f"{terms.offering}, signed by {signer}"),
            ("compared", list(map(str, terms.kinds))),
            (
                "both learn",
                "how many are in common" if terms.mode is Mode.COUNT else "which of their own are in common",
            ),
            ("after the count", terms.follows),
            ("legal basis", terms.legal_basis),
            ("marking", terms.marking),
            ("points of a side at the most", terms.largest_set),
            ("told only from", terms.least or None),
            ("padded", "yes" if terms.padded else "no"),
            ("until", terms.to_json()["expires"]),
        ],
    )
