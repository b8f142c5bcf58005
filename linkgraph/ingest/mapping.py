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

    [applies]                  # written by the guided mapping; see linkgraph.ingest.saved
    kind = "ip-logs"
    header = ["user", "login_local"]
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from linkgraph.errors import UsageError
from linkgraph.ingest.kind import SourceKind, TableForm, ValueType

_TOP = {
    "timezone": str,
    "service": str,
    "account": str,
    "delimiter": str,
    "encoding": str,
    "header": bool,
    "region": str,
    "year": int,
    "file_names": bool,
    "reader": str,
}
_TABLES = ("columns", "formats", "aliases", "applies")


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
    file_names: bool = False
    """Whether names and paths of files are read where a format has them: they can name a child or an offender."""
    columns: Mapping[str, str | int] = field(default_factory=dict)
    formats: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    reader: str | None = None
    """Reader to use whatever the content looks like."""
    container: Mapping[str, str] | None = None
    """The archive the file came in: its name and SHA-256, and the member's path in it."""

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
    content.pop("applies", None)
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


_NOT_UTC = frozenset({"offset", "not", "non", "local", "minus", "plus", "difference", "delta"})


def states_utc(column: str) -> bool:
    """Tell whether a column's name says that its times are UTC: ``Time (UTC)``, not ``UTC offset`` or ``UTC+2``."""
    words = fold(_camel_utc(column)).split("_")
    return "utc" in words and _NOT_UTC.isdisjoint(words) and not re.search(r"(?i)utc[\s(]*[+\-\u2212–±0-9]", column)


def _without_utc(column: str) -> str:
    return "_".join(word for word in fold(_camel_utc(column)).split("_") if word != "utc")


def _camel_utc(column: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(UTC|Utc)\b", r"_\1", column)


def match_header(kind: SourceKind | TableForm, header: Sequence[str], stated: Stated) -> ColumnMap | None:
    """Match a header to the fields of a kind; None where a required field finds no column.

    For times, a column whose name says UTC goes before one of the same name that does not.
    """
    check_fields(kind, stated)
    columns: dict[str, str] = {}
    folded: dict[str, str] = {}
    in_utc: dict[str, str] = {}
    for name in header:
        folded.setdefault(fold(name), name)
        if states_utc(name):
            in_utc.setdefault(_without_utc(name), name)
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
        known = {**folded, **in_utc} if candidate.type is ValueType.TIME else folded
        for alias in (candidate.name, *candidate.aliases):
            if alias in known and known[alias] not in columns.values():
                columns[candidate.name] = known[alias]
                break
    if not _complete(kind, columns, stated):
        return None
    return ColumnMap(columns, tuple(name for name in header if name not in columns.values()), header=True)


def match_positions(kind: SourceKind, first_rows: Sequence[Sequence[str]], stated: Stated) -> ColumnMap | None:
    """Match columns of a file without a header; None where the kind has no agreed order and none is stated."""
    check_fields(kind, stated)
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
    wanted = [f"'{candidate.name}'" for candidate in kind.fields if candidate.required]
    if kind.any_of:
        wanted.append(" or ".join(f"'{name}'" for name in kind.any_of))
    required = " and ".join(wanted) or "any field"
    example = next((one.name for one in kind.fields if one.required), (*kind.any_of, kind.fields[0].name)[0])
    return UsageError(
        f"No column for {required} of {kind.name} among {names}: "
        f'name them in a mapping file, [columns] {example} = "…", and give it with --mapping.'
    )


def _complete(kind: SourceKind | TableForm, columns: Mapping[str, str], stated: Stated) -> bool:
    given = {*columns, *(["account"] if stated.account else [])}
    required = all(candidate.name in given for candidate in kind.fields if candidate.required)
    groups = kind.any_of if isinstance(kind, TableForm) else [kind.any_of] if kind.any_of else []
    return required and all(any(name in columns for name in group) for group in groups)


def check_fields(kind: SourceKind | TableForm, stated: Stated) -> None:
    """Refuse a mapping that names fields which a kind does not have.

    Raises:
        UsageError: it does.
    """
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
