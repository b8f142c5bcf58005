"""Which column of a file is which field, and what the analyst states for the whole file.

Columns are found by name, never by position: returns of one platform move their columns about.
A mapping file (TOML) overrides and adds::

    timezone = "Europe/London"
    service = "examplechat"
    delimiter = ";"
    encoding = "cp1252"
    header = false

    [columns]                  # field = column name, or its number (from 1) without a header
    account = "User"
    time = "Login (local)"

    [formats]
    time = "%d/%m/%Y %H:%M"    # or a name such as "iso", "epoch-ms"

    [aliases]                  # one thing, two spellings: the second is read as the first
    "Jon Example" = ["John Example", "J. Example"]
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from linkgraph.errors import UsageError
from linkgraph.ingest.kind import SourceKind, ValueType

_TOP = {
    "timezone": str,
    "service": str,
    "account": str,
    "delimiter": str,
    "encoding": str,
    "header": bool,
    "region": str,
    "year": int,
}
_TABLES = ("columns", "formats", "aliases")


@dataclass(frozen=True, slots=True)
class Stated:
    """What the analyst says of a file, by option or mapping file. None: not stated."""

    timezone: str | None = None
    service: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    header: bool | None = None
    region: str | None = None
    """ISO country whose national telephone numbers are meant."""
    account: str | None = None
    """The account that the whole file is about, where its rows do not name one."""
    year: int | None = None
    """Year of the first line of a log whose times have none."""
    columns: Mapping[str, str | int] = field(default_factory=dict)
    formats: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def canonical_of(self) -> dict[str, str]:
        """Give the ``[aliases]`` the other way round: spelling → the one it is read as."""
        return {other: chosen for chosen, others in self.aliases.items() for other in others}


def load(path: Path) -> Stated:
    """Read a mapping file.

    Raises:
        UsageError: it is not there, no TOML, or has a key that means nothing.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as fault:
        raise UsageError(f"The mapping file '{path}' cannot be read: {fault.strerror}.") from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise UsageError(f"The mapping file '{path}' is no TOML: {fault}.") from fault
    for name, value in content.items():
        if name in _TABLES:
            if not isinstance(value, dict):
                raise UsageError(f"In the mapping file '{path}', [{name}] must be a table.")
        elif name not in _TOP:
            known = ", ".join((*_TOP, *(f"[{table}]" for table in _TABLES)))
            raise UsageError(f"The mapping file '{path}' has '{name}', which means nothing; known: {known}.")
        elif not isinstance(value, _TOP[name]):
            raise UsageError(f"In the mapping file '{path}', '{name}' must be a {_TOP[name].__name__}.")
    aliases = {
        chosen: [others] if isinstance(others, str) else others for chosen, others in content.pop("aliases", {}).items()
    }
    return Stated(**content, aliases=aliases)


def fold(name: str) -> str:
    """Give a column name as it is compared: lower case, everything but letters and digits as one ``_``."""
    return re.sub(r"[^a-z0-9]+", "_", name.strip().casefold()).strip("_")


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Which column each field is read from."""

    columns: Mapping[str, str]
    """Field → column of the reader's table."""
    unused: tuple[str, ...]
    header: bool


def match_header(kind: SourceKind, header: Sequence[str], stated: Stated) -> ColumnMap | None:
    """Match a header to the fields of a kind; None where a required field finds no column."""
    _check_fields(kind, stated)
    columns: dict[str, str] = {}
    folded: dict[str, str] = {}
    for name in header:
        folded.setdefault(fold(name), name)
    named = {wanted: name for wanted, name in stated.columns.items() if isinstance(name, str)}
    for wanted, name in named.items():
        if name not in header and fold(name) not in folded:
            raise UsageError(
                f"The mapping reads '{wanted}' from a column '{name}', but the file has: {', '.join(header)}."
            )
        columns[wanted] = name if name in header else folded[fold(name)]
    for candidate in kind.fields:
        if candidate.name in columns:
            continue
        for alias in (candidate.name, *candidate.aliases):
            if alias in folded and folded[alias] not in columns.values():
                columns[candidate.name] = folded[alias]
                break
    if not _complete(kind, columns, stated):
        return None
    return ColumnMap(columns, tuple(name for name in header if name not in columns.values()), header=True)


def match_positions(kind: SourceKind, first_rows: Sequence[Sequence[str]], stated: Stated) -> ColumnMap | None:
    """Match columns of a file without a header; None where the kind has no agreed order and none is stated."""
    _check_fields(kind, stated)
    width = len(first_rows[0]) if first_rows else 0
    known = {alias for candidate in kind.fields for alias in (candidate.name, *candidate.aliases)}
    if stated.header is None and any(fold(cell) in known for cell in first_rows[0]):
        # A column name in the first row makes it a header, if not one that can be used.
        return None
    numbers = {name: at for name, at in stated.columns.items() if isinstance(at, int)}
    if not numbers:
        numbers = {name: at for at, name in enumerate(kind.headerless, start=1) if at <= width}
        for name in [name for name in numbers if kind.field_named(name).type is ValueType.NUMBER]:
            at = numbers[name]
            if not all(_is_number(row[at - 1]) for row in first_rows if len(row) >= at):
                del numbers[name]
    columns = {}
    for name, at in numbers.items():
        if not 1 <= at <= width:
            raise UsageError(f"The mapping reads '{name}' from column {at}, but the file has {width} columns.")
        columns[name] = position_name(at)
    if not _complete(kind, columns, stated):
        return None
    names = [position_name(at) for at in range(1, width + 1)]
    return ColumnMap(columns, tuple(name for name in names if name not in columns.values()), header=False)


def position_name(at: int) -> str:
    """Name the ``at``-th column (from 1) of a file without a header."""
    return f"column {at}"


def describe_miss(kind: SourceKind, header: Sequence[str]) -> UsageError:
    """Say which fields a header does not give, and how to map them."""
    names = ", ".join(repr(name) for name in header[:20])
    required = " and ".join(f"'{candidate.name}'" for candidate in kind.fields if candidate.required)
    if kind.any_of:
        required += " and " + " or ".join(f"'{name}'" for name in kind.any_of)
    example = next(candidate.name for candidate in kind.fields if candidate.required)
    return UsageError(
        f"No column for {required} of {kind.name} among {names}: "
        f'name them in a mapping file, [columns] {example} = "…", and give it with --mapping.'
    )


def _complete(kind: SourceKind, columns: Mapping[str, str], stated: Stated) -> bool:
    given = {*columns, *(["account"] if stated.account else [])}
    required = all(candidate.name in given for candidate in kind.fields if candidate.required)
    return required and (not kind.any_of or any(name in columns for name in kind.any_of))


def _check_fields(kind: SourceKind, stated: Stated) -> None:
    known = {candidate.name for candidate in kind.fields}
    for table in (stated.columns, stated.formats):
        for name in table:
            if name not in known:
                raise UsageError(
                    f"'{name}' is no field of {kind.name}; its fields are: "
                    f"{', '.join(candidate.name for candidate in kind.fields)}."
                )


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\s*[+-]?\d+(\.\d+)?\s*", text) is not None
