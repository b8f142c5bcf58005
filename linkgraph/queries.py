"""The named queries of ``cypher/queries``: listed, checked and run, or pasted into Neo4j Browser.

Each file says in its first comment what it finds, then ``// returns:`` with its columns, then one
``:param name => default;`` line per parameter, which Neo4j Browser understands too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from neo4j.time import DateTime

from linkgraph import resources
from linkgraph.errors import UsageError
from linkgraph.store.neo4j import Neo4jServer, read_rows

_PARAMETER = re.compile(r"^:param (\w+) => (.+);$")
_RETURNS = "// returns: "


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a query; its default says its type."""

    name: str
    default: str | int | float | bool


@dataclass(frozen=True, slots=True)
class Query:
    """A named query."""

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    columns: tuple[str, ...]
    text: str


def names() -> list[str]:
    """Give the names of all queries, in order."""
    folder = resources.folder("cypher").joinpath("queries")
    return sorted(path.name.removesuffix(".cypher") for path in folder.iterdir() if path.name.endswith(".cypher"))


def load(name: str) -> Query:
    """Read a named query.

    Raises:
        UsageError: there is none of this name.
    """
    if name not in names():
        raise UsageError(f"There is no query '{name}'; known: {', '.join(names())}.")
    description: list[str] = []
    parameters: list[Parameter] = []
    columns: tuple[str, ...] = ()
    text: list[str] = []
    for line in resources.cypher(f"queries/{name}").splitlines():
        stated = _PARAMETER.match(line)
        if stated:
            parameters.append(Parameter(stated[1], json.loads(stated[2])))
        elif line.startswith(_RETURNS):
            columns = tuple(line.removeprefix(_RETURNS).split(", "))
        elif line.startswith("// "):
            description.append(line.removeprefix("// "))
        else:
            text.append(line)
    return Query(name, " ".join(description), tuple(parameters), columns, "\n".join(text))


def run(server: Neo4jServer, query: Query, stated: Mapping[str, object]) -> list[dict[str, Any]]:
    """Run a query, reading only; give its rows, times as ISO 8601.

    Args:
        server: where.
        query: what.
        stated: parameters by name, as text or typed; the others take their defaults.

    Raises:
        UsageError: a parameter does not exist or is not of its type.
        UnavailableError: the server cannot be reached.
    """
    values = parameters(query, stated)
    with server.driver() as driver:
        rows = read_rows(driver, server, query.text, values)
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def parameters(query: Query, stated: Mapping[str, object]) -> dict[str, object]:
    """Give every parameter of a query: as stated, checked against the type of its default, or the default."""
    known = {one.name: one for one in query.parameters}
    for name in stated:
        if name not in known:
            raise UsageError(
                f"The query '{query.name}' has no parameter '{name}'; it has: {', '.join(known) or 'none'}."
            )
    return {name: _typed(query, one, stated[name]) if name in stated else one.default for name, one in known.items()}


def _typed(query: Query, parameter: Parameter, value: object) -> object:
    kind = type(parameter.default)
    text = str(value)
    try:
        if kind is bool:
            return {"true": True, "false": False}[text.strip().casefold()]
        if kind is int and not -(2**63) <= int(text) < 2**63:
            raise ValueError("more than the 64 bits of a Neo4j integer")
        text.encode()  # an argument that was no UTF-8 cannot be sent
        return kind(text)
    except (ValueError, KeyError) as fault:
        raise UsageError(
            f"The parameter '{parameter.name}' of '{query.name}' is of type {kind.__name__}, "
            f"as in {parameter.default!r}."
        ) from fault


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a query returns
    if isinstance(value, DateTime):
        return value.to_native().astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value
