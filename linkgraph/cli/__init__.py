"""The command line: parse, call one function, print."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer
from typer.exceptions import Abort, TyperException

from linkgraph import errors
from linkgraph.cli import (
    activity,
    analysis,
    auto,
    brokers,
    co_use,
    deconflict,
    disruption,
    evidence,
    explore,
    exports,
    hierarchy,
    identities,
    keys,
    money,
    partners,
    pictures,
    questions,
    resolve,
    rows,
    server,
    sharing,
)
from linkgraph.cli.output import say, visible

app = typer.Typer(
    name="linkgraph",
    help="Link analysis for child-protection and cyber-crime investigations: accounts, IP logs, payments and "
    "file hashes in, a provable picture out. Everything works offline.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for commands in (
    evidence,
    auto,
    questions,
    co_use,
    brokers,
    disruption,
    activity,
    hierarchy,
    identities,
    resolve,
    money,
    analysis,
    pictures,
    exports,
    explore,
    keys,
    sharing,
    partners,
    rows,
    deconflict,
    server,
):
    commands.register(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; give its exit code (see :mod:`linkgraph.errors`)."""
    try:
        status = app(list(arguments) if arguments is not None else None, standalone_mode=False)
    except errors.LinkgraphError as fault:
        say(visible(f"linkgraph: {fault}", one_line=True))
        return fault.exit_code
    except (KeyboardInterrupt, Abort):
        say("linkgraph: interrupted; what was acknowledged is safe, run the same command again to go on.")
        return errors.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output (head, less) has gone: nothing to tell it any more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except TyperException as fault:
        say(f"linkgraph: {fault.format_message()}")
        return fault.exit_code
    except OSError as fault:
        say(f"linkgraph: {fault.filename or 'A file'} could not be read or written: {fault.strerror or fault}.")
        return errors.IO
    return status if isinstance(status, int) else 0


def run() -> None:
    """Run the command line of this process."""
    for stream in (sys.stdout, sys.stderr):
        # User names are any Unicode; a console that cannot show a character must not stop a command.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(main())
