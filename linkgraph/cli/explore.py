"""The explorer: the page on a case of any size, served on this machine to its own browser."""

from __future__ import annotations

import os
import signal
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console

from linkgraph.case import Case
from linkgraph.cli.options import CaseOption, DatabaseOption, ServerOption, asked
from linkgraph.cli.output import say
from linkgraph.questions import Questions
from linkgraph.server import ServerCase
from linkgraph.store.neo4j import Neo4jServer


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(explore)


def explore(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0: any that is free.")] = 0,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Change nothing; other commands can read the case meanwhile.")
    ] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address only.")] = False,
    upload_limit: Annotated[float, typer.Option(min=0.001, help="Largest evidence file that is taken, in GB.")] = 20,
    case: CaseOption = None,
    neo4j: ServerOption = None,
    database: DatabaseOption = None,
) -> None:
    """Explore a case in the browser, of any size: search, expand, ingest, decide. Stop it with Ctrl+C.

    It listens on 127.0.0.1 only and answers nobody without the token in the address that it prints. While it runs, it
    holds the case: other commands are told so, unless it runs with --read-only.
    """
    # What serves pages takes half a second to load; no other command waits for it.
    from linkgraph.web import serving  # noqa: PLC0415

    opened = asked(case, neo4j, database)

    def ready() -> None:
        say(f"The explorer is at {address.url}")
        say("Stop it with Ctrl+C.")
        if not no_browser and not webbrowser.open(address.url):
            say("No browser could be opened: open that address yourself.")

    with (
        _stopped_alike(),
        serving.listening(port) as address,
        _held(opened, address.origin, read_only) as held,
        serving.explored(held, _server(held, database)) as explorer,
    ):
        with Console(stderr=True).status("Opening the case.") as shown:
            explorer.look(lambda _done, _total, sentence: shown.update(sentence))
        serving.serve(explorer, address, ready=ready, upload_limit=round(upload_limit * 1e9))
        if explorer.jobs.running("ingest"):
            say("Stopping: the import comes to the end of its batch first.")
    say("Stopped.")


@contextmanager
def _held(opened: Questions, address: str, read_only: bool) -> Iterator[Questions]:
    """Hold a case folder for the run; a server holds its case itself."""
    from linkgraph.web.held import held  # noqa: PLC0415

    if not isinstance(opened, Case):
        yield opened
        return
    with held(opened.folder, address, read_only=read_only) as case:
        yield case


def _server(case: Questions, database: str | None) -> Neo4jServer | None:
    """Give the server that named queries are asked of: the one that is explored, else the case's own."""
    if isinstance(case, ServerCase):
        return case.server
    url = case.settings.neo4j if isinstance(case, Case) else None
    if url is None:
        return None
    if "NEO4J_PASSWORD" not in os.environ:
        say(f"Named queries at {url} are not to be had: set NEO4J_PASSWORD (and NEO4J_USERNAME) before.")
        return None
    return Neo4jServer.at(url, database=database)


@contextmanager
def _stopped_alike() -> Iterator[None]:
    """Have a request to end stop the explorer as Ctrl+C does, so that what was sent is deleted."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
