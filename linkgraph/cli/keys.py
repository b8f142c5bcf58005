"""An officer's own keys and the address book of cards: make, compare by telephone, list, report lost."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from linkgraph.cli.options import JsonOption
from linkgraph.cli.output import print_json, print_line, print_table, say
from linkgraph.errors import UsageError
from linkgraph.exchange import keys
from linkgraph.exchange.card import ENDING, file_content
from linkgraph.exchange.keys import Known, Own
from linkgraph.writing import replace_file

PASSPHRASE = "LINKGRAPH_PASSPHRASE"  # noqa: S105 - the name of a variable of the environment

CardArgument = Annotated[Path, typer.Argument(metavar="CARD", help="File of a card, *.lgcard.", dir_okay=False)]
OutOption = Annotated[Path | None, typer.Option("-o", "--output", help="File for the card, *.lgcard.", dir_okay=False)]

keyring = typer.Typer(
    help="Your own key, and the cards of those you share with. Passphrase: $LINKGRAPH_PASSPHRASE, or you are asked.",
    rich_markup_mode=None,
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(keyring, name="keys")


@keyring.command("new")
def new(
    name: Annotated[str, typer.Option("--name", help="Your name, as colleagues know you; it stands on the card.")],
    agency: Annotated[str, typer.Option("--agency", help="Your agency; it stands on the card.")],
    replaces: Annotated[
        str | None,
        typer.Option("--replaces", metavar="FINGERPRINT", help="Your key that the new one takes the place of."),
    ] = None,
    output: OutOption = None,
) -> None:
    """Make a key of your own and write its card, which you give to those you share with."""
    older = None if replaces is None else unlocked(replaces)
    own = keys.generate(name, agency, replaces=older)
    path = keys.keep(own, passphrase("Passphrase of the new key", new=True))
    card = output or Path(f"{own.card.fingerprint[:16]}{ENDING}")
    replace_file(card, own.card.content())
    print_line(own.card.words())
    say(f"Key {own.card.fingerprint[:16]} is in '{path}', its card in '{card}'. Send the card, read the words aloud.")
    if older is not None:
        say(f"It replaces {older.card.fingerprint[:16]}; who believed that card accepts the new one without words.")


@keyring.command("trust")
def trust(
    card: CardArgument,
    words: Annotated[
        str | None,
        typer.Option("--words", help="The eight words that the owner of the card read out by telephone."),
    ] = None,
) -> None:
    """Believe a card, once its words were compared with its owner by telephone."""
    read = keys.read_card(_content(card))
    try:
        keys.trust(read, words)
    except UsageError:
        if words is not None or not sys.stdin.isatty():
            raise
        say(f"{read.name}, {read.agency}, made {read.made}\n\n    {read.words()}\n")
        say("Call this person on a number that you did not get with the card, and have these words read out to you.")
        if not typer.confirm("Were they the same, all eight?", err=True):
            raise UsageError("The card was not accepted; nothing was changed.") from None
        keys.trust(read, read.words())
    say(f"The card {read.fingerprint[:16]} of {read.name}, {read.agency}, is in your address book.")


@keyring.command("list")
def listed(as_json: JsonOption = False) -> None:
    """List your own keys and the cards you believe, with their words."""
    known = keys.cards()
    if as_json:
        print_json([one.to_json() for one in known])
        return
    print_table(
        ("name", "agency", "fingerprint", "words", "made", "state"),
        [
            (one.card.name, one.card.agency, one.card.fingerprint[:16], one.card.words(), one.card.made, _state(one))
            for one in known
        ],
    )
    say(f"{sum(one.own for one in known):,} own, {sum(not one.own for one in known):,} of others.")


@keyring.command("card")
def card_again(
    name: Annotated[str, typer.Argument(help="Your name, agency, or the fingerprint (8 digits or more).")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File for the card, *.lgcard.", dir_okay=False)],
) -> None:
    """Write the card of a key of your own again."""
    card = keys.own_card(name)
    replace_file(output, card.content())
    print_line(card.words())
    say(f"The card {card.fingerprint[:16]} is in '{output}'.")


@keyring.command("lost")
def lost(
    name: Annotated[str, typer.Argument(help="Name, agency, or fingerprint (8 digits or more) of the card.")],
) -> None:
    """Believe a card no more, as its key was lost or stolen, nor those that it replaced or that replaced it."""
    gone = keys.report_lost(name)
    for card in gone:
        say(f"The card {card.fingerprint[:16]} of {card.name}, {card.agency}, is not believed any more.")
    officers = {(card.name, card.agency) for card in gone}
    for card in keys.known_cards():
        if (card.name, card.agency) in officers:
            say(f"The card {card.fingerprint[:16]} of the same name is still believed; ask whether it is lost too.")


def unlocked(name: str | None = None) -> Own:
    """Open an own key for a command: the passphrase comes from ``$LINKGRAPH_PASSPHRASE`` or from who sits there."""
    card = keys.own_card(name)
    return keys.unlock(passphrase(f"Passphrase of the key of {card.name}"), card.fingerprint)


def passphrase(question: str, *, new: bool = False) -> str:
    """Take the passphrase from the environment, or ask for it hidden, a new one twice."""
    if stated := os.environ.get(PASSPHRASE):
        return stated
    if not sys.stdin.isatty():
        raise UsageError(f"A passphrase is needed and nobody can be asked; set {PASSPHRASE}.")
    return str(typer.prompt(question, hide_input=True, confirmation_prompt=new, err=True))


def _content(path: Path) -> bytes:
    try:
        return file_content(path)
    except FileNotFoundError as fault:
        raise UsageError(f"There is no file '{path}'; name the card that you were sent.") from fault


def _state(one: Known) -> str:
    whose = "own" if one.own else "trusted"
    return whose if one.replaced_by is None else f"{whose}, replaced by {one.replaced_by[:16]}"
