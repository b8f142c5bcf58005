"""Options that several commands take."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from linkgraph.case import Case, open_case
from linkgraph.cli.output import say, visible
from linkgraph.errors import UsageError
from linkgraph.joint import Joint
from linkgraph.model import EntityKind, LinkKind
from linkgraph.questions import Questions
from linkgraph.server import connect

CaseOption = Annotated[
    Path | None,
    typer.Option("--case", help="Case folder. Default: $LINKGRAPH_CASE, then the folder you stand in."),
]
ServerOption = Annotated[
    str | None,
    typer.Option(
        "--neo4j",
        metavar="URL",
        help="Ask the case on a Neo4j server instead of a local one. User and password: "
        "NEO4J_USERNAME and NEO4J_PASSWORD, or you are asked.",
    ),
]
DatabaseOption = Annotated[str | None, typer.Option("--database", help="Database on the Neo4j server.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, and nothing else there.")]
PartnersOption = Annotated[bool, typer.Option("--partners", help="Ask the case together with what partners handed on.")]
LinksOption = Annotated[
    str | None,
    typer.Option("--links", metavar="KIND,…", help=f"Only links of these kinds: {', '.join(LinkKind)}."),
]
ShowVictimsOption = Annotated[
    bool, typer.Option("--show-victims", help="Have victims in it; logged. They are left out otherwise.")
]
TopOption = Annotated[int, typer.Option("--top", min=1, help="How many to list.")]
KindOption = Annotated[str | None, typer.Option("--kind", help=f"Only this kind: {', '.join(EntityKind)}.")]
WhyOption = Annotated[str, typer.Option("--why", help="The reason; it is kept in the audit log.")]

_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def asked(case: Path | None, server: str | None, database: str | None, *, partners: bool = False) -> Questions:
    """Give the case that a reading command is about: on a server, local, or local with what partners handed on."""
    if server is not None:
        if case is not None:
            raise UsageError("Name a case folder with --case or a server with --neo4j, not both.")
        if partners:
            raise UsageError("What partners handed on is in the case folder, not on a server: leave out --neo4j.")
        return connect(server, database=database)
    if not partners:
        return open_case(case)
    joint, today = Joint(open_case(case)), datetime.now(UTC).date()
    for layer in joint.layers():
        if layer.expired(today):
            say(
                f"Layer {layer.id} of {visible(layer.agency, one_line=True)} was to be kept until {layer.expires}: "
                f"'linkgraph partners withdraw {layer.id}' takes it out."
            )
    return joint


def local_case(opened: Questions) -> Case | None:
    """Give the case folder whose audit log has what is done; None for a case on a server."""
    if isinstance(opened, Joint):
        return opened.case
    return opened if isinstance(opened, Case) else None


def local(case: Path | None) -> Case:
    """Give the local case that a command is about."""
    return open_case(case)


def link_kinds(text: str | None) -> list[LinkKind] | None:
    """Read ``--links``."""
    if text is None:
        return None
    words = [word.strip().upper() for word in text.split(",") if word.strip()]
    unknown = [word for word in words if word not in set(LinkKind)]
    if unknown or not words:
        raise UsageError(f"'{', '.join(unknown) or text}' is no kind of link; known: {', '.join(LinkKind)}.")
    return [LinkKind(word) for word in words]


def entity_kind(text: str | None) -> EntityKind | None:
    """Read ``--kind``, in any letter case."""
    if text is None:
        return None
    for kind in EntityKind:
        if kind.casefold() == text.strip().casefold():
            return kind
    raise UsageError(f"'{text}' is no kind of entity; known: {', '.join(EntityKind)}.")


def duration(text: str) -> timedelta:
    """Read a length of time: ``12h``, ``7d``, ``2w``; a number alone is days."""
    read = re.fullmatch(r"(\d{1,6}(?:\.\d{1,6})?)\s*([hdw]?)", text.strip().casefold(), re.ASCII)
    if read is None or float(read[1]) == 0:
        raise UsageError(f"'{text}' is no length of time; write 12h, 7d or 2w.")
    return float(read[1]) * _UNITS[read[2] or "d"]
