"""Where output goes: data to stdout, everything said to a person beside it to stderr."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


def say(sentence: str) -> None:
    """Tell a person something on stderr."""
    Console(stderr=True, soft_wrap=True, markup=False, highlight=False).print(visible(sentence))


def print_line(sentence: str = "") -> None:
    """Print a sentence on stdout, hostile characters made visible."""
    sys.stdout.write(visible(sentence) + "\n")


def print_json(value: object) -> None:
    """Print data as JSON on stdout: nothing else goes there."""
    sys.stdout.write(json.dumps(value, ensure_ascii=True, indent=1, allow_nan=False) + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None) -> None:
    """Print a table on stdout; numbers to the right, a list as lines, hostile characters made visible."""
    kept = [list(row) for row in rows]
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for at, name in enumerate(columns):
        numeric = bool(kept) and all(isinstance(row[at], int | float) for row in kept)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in kept:
        table.add_row(*(Text(_cell(value)) for value in row))
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 200, highlight=False)
    console.print(table)


def visible(text: str, *, one_line: bool = False) -> str:
    """Make characters visible that could hide or reorder what is shown (Unicode UAX #9, UTS #39).

    Args:
        text: what is to be shown.
        one_line: line feeds too. A sentence of an error has none of its own: one in it came with a name.
    """
    return "".join(
        f"\\u{{{ord(char):x}}}" if unicodedata.category(char) in _HIDDEN and (one_line or char != "\n") else char
        for char in text
    )


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return "\n".join(map(_cell, value))
    return visible(str(value)).replace("\n", "\\n")
