"""Write docs/cli.md, docs/sources.md and docs/formats/README.md from the code: ``python docs/reference.py``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from typer.main import get_command

from linkgraph.cli import app
from linkgraph.ingest import KINDS, mapping
from linkgraph.ingest.kind import SourceKind
from linkgraph.ingest.recognise import formats

HERE = Path(__file__).resolve().parent
_GENERATED = "Generated from the code by `python docs/reference.py`; the tests fail when it is stale."

FORMATS = HERE / "formats"
_PAGES = {
    "radius-detail": "radius",
    "kik-bind": "kik",
    "snapchat-ip-data": "snapchat",
    "nsrl-v2": "nsrl",
}
"""Reader → its page, where that is not named as the reader is."""
_ABOUT_TABLES = ("sessions", "tables")
"""Pages about tables of certain producers that the readers of all tables read."""


def pages() -> dict[str, str]:
    """Give the text of every generated page by its path in the folder."""
    return {"cli.md": command_line(), "sources.md": sources(), "formats/README.md": index_of_formats()}


def index_of_formats() -> str:
    """Give the list of all formats, with the page of each."""
    lines = [
        "# Formats that are read",
        "",
        _GENERATED,
        "",
        "A file's format is told from its content, never from its name; `linkgraph formats` prints this list, and "
        "`--reader` forces one. [Folders and archives](../ingest-auto.md) of returns are taken apart by "
        "`linkgraph ingest auto`; what each kind of source reads is in [sources](../sources.md).",
        "",
        "| reader | kinds | what it reads |",
        "|---|---|---|",
    ]
    every = tuple(KINDS)
    for one in formats():
        kinds = "all" if one.kinds == every else ", ".join(f"`{kind}`" for kind in one.kinds)
        about = one.about.replace("|", "\\|")
        lines.append(f"| [`{one.name}`]({_PAGES.get(one.name, one.name)}.md) | {kinds} | {about} |")
    lines += ["", "More about tables:", ""]
    lines += [f"- [{_title(page)}]({page}.md)" for page in _ABOUT_TABLES]
    return "\n".join(lines) + "\n"


def _title(page: str) -> str:
    return (FORMATS / f"{page}.md").read_text("utf-8").partition("\n")[0].removeprefix("# ")


def sources() -> str:
    """Give what is read from each kind of source, and under which column names."""
    lines = [
        "# What is read from each kind of source",
        "",
        _GENERATED,
        "",
        "Columns are found by name, in any order and letter case; blanks and punctuation do not matter. "
        "Where a file names "
        "them otherwise, state it in a mapping file:",
        "",
        "```toml",
        *_example(),
        "```",
        "",
        "`linkgraph ingest KIND FILE --mapping mapping.toml` then reads it so; what was decided is kept in "
        "the audit log. "
        "A row in which any value cannot be read for sure goes to quarantine whole.",
    ]
    for kind in KINDS.values():
        lines += ["", f"## {kind.name}", "", f"{kind.about[0].upper()}{kind.about[1:]}.", "", *_fields(kind)]
    return "\n".join(lines) + "\n"


def _fields(kind: SourceKind) -> Iterator[str]:
    yield from ("| field | type | also named |", "|---|---|---|")
    for field in kind.fields:
        needed = " (needed)" if field.required else ""
        yield f"| `{field.name}`{needed} | {field.type} | {', '.join(f'`{alias}`' for alias in field.aliases)} |"
    if kind.any_of:
        yield ""
        yield "At least one of " + ", ".join(f"`{name}`" for name in kind.any_of) + " is needed."
    yield ""
    yield ("Links: " + ", ".join(f"`{rule.kind}` from {rule.source} to {rule.target}" for rule in kind.links) + ".")
    if kind.readers:
        yield f"Besides delimited text: {', '.join(kind.readers)}."
    if kind.headerless:
        yield f"Without a header the columns are {', '.join(kind.headerless)}."


def _example() -> Iterator[str]:
    about = mapping.__doc__ or ""
    yield from (line.removeprefix("    ") for line in about.split("::\n", 1)[1].strip("\n").split("\n"))


def command_line() -> str:
    """Give the reference of every command, its arguments and options, as Markdown."""
    root = get_command(app)
    lines = [
        "# Command line",
        "",
        _GENERATED,
        "",
        root.help or "",
        "",
        *_exit_codes(),
    ]
    for name, command in _commands(root):
        lines += ["", f"## linkgraph {name}", "", (command.help or "").strip(), ""]
        lines += _parameters(command)
    return "\n".join(lines).rstrip() + "\n"


def _commands(group: object, of: str = "") -> Iterator[tuple[str, object]]:
    """Give every command by its name, those of a group after it."""
    for name, command in sorted(group.commands.items()):
        yield f"{of}{name}", command
        if hasattr(command, "commands"):
            yield from _commands(command, f"{of}{name} ")


def _parameters(command: object) -> Iterator[str]:
    arguments, options = [], []
    for parameter in command.params:
        if parameter.name == "help":
            continue
        about = (parameter.help or "").replace("|", "\\|")
        if parameter.param_type_name == "argument":
            required = "required" if parameter.required else "optional"
            arguments.append(f"| `{(parameter.metavar or parameter.name).upper()}` | {required} | {about} |")
        else:
            names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
            default = "" if parameter.default in (None, False) or callable(parameter.default) else parameter.default
            shown = "required" if parameter.required else (f"`{default}`" if default != "" else "")
            options.append(f"| {names} | {shown} | {about} |")
    if arguments:
        yield from ("| argument | | |", "|---|---|---|", *arguments, "")
    if options:
        yield from ("| option | default | |", "|---|---|---|", *options, "")


def _exit_codes() -> list[str]:
    return [
        "Exit codes: 0 all stored · 2 usage · 3 stored, some rows quarantined · 4 integrity check failed · "
        "69 Neo4j unreachable, nothing lost · 74 disk or I/O, safe to resume · 75 case locked by another process · "
        "130 interrupted, safe.",
    ]


def main() -> None:
    """Write the pages."""
    for name, text in pages().items():
        (HERE / name).write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
