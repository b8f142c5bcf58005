"""Profiles: what may go to whom, as reviewed data. The SHA-256 of the file goes into what is signed.

A profile says what goes, never what stays: a kind, a column or an attribute that it does not name stays. So
something that linkgraph learns to read later does not go anywhere before somebody has looked at the profile.

Source: Directive (EU) 2016/680 art. 4 (1) c (data minimisation) and Regulation (EU) 2016/794 art. 19 (whoever
provides data may restrict their use); Traffic Light Protocol 2.0 for the ceiling.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from linkgraph.errors import UsageError
from linkgraph.model import MARKINGS, EntityKind, LinkKind

VERSION = 1
NAMES = ("court", "joint-team", "partner-minimal", "statistics", "training")
"""Profiles that come with linkgraph, the widest first."""

ENTITY_COLUMNS = ("country", "role", "first_seen", "last_seen")
"""What a profile can let go of an entity beside what it is called."""
LINK_COLUMNS = ("count", "weight", "first_seen", "last_seen", "grade", "amounts")
"""What a profile can let go of a link beside its kind and its ends."""

_MOST_BYTES = 1 << 20


class Victims(StrEnum):
    """What becomes of victims, and of what they alone hold or use."""

    AGGREGATE = "aggregate"
    """They stay; whoever had to do with them has their number."""
    PSEUDONYM = "pseudonym"
    """They go as a pseudonym with nothing said of them; what is theirs alone stays."""
    WITHHOLD = "withhold"
    """They stay, and nobody is told how many."""


class Times(StrEnum):
    """How exactly times go."""

    EXACT = "exact"
    DAY = "day"
    MONTH = "month"


class Addresses(StrEnum):
    """How exactly internet addresses go."""

    EXACT = "exact"
    NETWORK = "network"
    """The /24 of IPv4, the /48 of IPv6 (RFC 6177: what one site is given)."""
    COUNTRY = "country"
    """No digit of it; the country it is registered to, if that goes."""


class Scope(StrEnum):
    """For whom a pseudonym is the same."""

    EXPORT = "export"
    """In this export alone: two exports cannot be joined by it."""
    RECIPIENT = "recipient"
    """In all exports to the same recipients."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What may go."""

    name: str
    title: str
    """What it is for, in a sentence."""
    reviewed: str
    """When somebody last looked it through, and who."""
    sha256: str
    """Of the file."""
    text: str
    """The file itself; it goes along with what it let go."""
    marking: str
    """Nothing that is marked stricter goes."""
    seeds_needed: bool
    """Whether entities to start from must be named: the whole case never goes."""
    hops: int
    """How many links from the seeds, where some are named and nothing else is said."""
    victims: Victims
    times: Times
    addresses: Addresses
    rows: bool
    """Whether source files and rows of links and attributes go."""
    file_names: bool
    """Whether the names that source files were given go."""
    officers: bool
    """Whether it goes who imported a source."""
    pseudonyms: frozenset[EntityKind]
    """Kinds that go under a pseudonym."""
    scope: Scope
    entities: Mapping[EntityKind, frozenset[str]]
    """Kinds that go, and which of :data:`ENTITY_COLUMNS` of each."""
    attributes: Mapping[EntityKind, frozenset[str]]
    """Names of what is said that go, by kind."""
    links: Mapping[LinkKind, frozenset[str]]
    """Kinds of links that go, and which of :data:`LINK_COLUMNS` of each."""
    least: int | None
    """Only counts go, and none below this; None where the graph goes."""


def named(name: str) -> Profile:
    """Give one of the profiles that come with linkgraph, or that of a file.

    Raises:
        UsageError: there is none, or it is no profile.
    """
    if name in NAMES:
        return parse(files("linkgraph.exchange.redaction").joinpath("profiles", f"{name}.toml").read_bytes(), name)
    path = Path(name)
    if not path.is_file():
        raise UsageError(f"There is no profile '{name}': {', '.join(NAMES)}, or a file of your own.")
    content = path.read_bytes()
    if len(content) > _MOST_BYTES:
        raise UsageError(f"'{name}' is too large for a profile.")
    return parse(content, str(path))


def parse(content: bytes, where: str) -> Profile:
    """Read a profile; every word in it must be known, and every choice must be made.

    Raises:
        UsageError: it is no profile; the sentence says what is wrong with it.
    """
    try:
        text = content.decode()
        said = tomllib.loads(text)
        if said.pop("version", None) != VERSION:
            raise _WrongError(f"it must say version = {VERSION}")
        entities = _table(said, "entities", EntityKind, ENTITY_COLUMNS)
        profile = Profile(
            name=_word(said, "name"),
            title=_word(said, "title"),
            reviewed=_word(said, "reviewed"),
            sha256=hashlib.sha256(content).hexdigest(),
            text=text,
            marking=_one_of(said, "marking", MARKINGS),
            seeds_needed=_one_of(said, "seeds", ("needed", "optional")) == "needed",
            hops=_number(said, "hops", 1, 10),
            victims=Victims(_one_of(said, "victims", list(Victims))),
            times=Times(_one_of(said, "times", list(Times))),
            addresses=Addresses(_one_of(said, "addresses", list(Addresses))),
            rows=_switch(said, "rows"),
            file_names=_switch(said, "file_names"),
            officers=_switch(said, "officers"),
            pseudonyms=frozenset(_kinds(said.pop("pseudonyms", None), EntityKind, "pseudonyms")),
            scope=Scope(_one_of(said, "scope", list(Scope))),
            entities=entities,
            attributes=_table(said, "attributes", EntityKind, None),
            links=_table(said, "links", LinkKind, LINK_COLUMNS),
            least=_number(said, "least", 2, 1000) if "least" in said else None,
        )
        if said:
            raise _WrongError(f"it says '{next(iter(said))}', which means nothing")
        for kinds, what in ((profile.attributes, "attributes"), (profile.pseudonyms, "pseudonyms")):
            if extra := set(kinds) - set(entities):
                raise _WrongError(f"[{what}] names {min(extra)}, which does not go by [entities]")
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, _WrongError, RecursionError) as fault:
        raise UsageError(f"The profile {where} cannot be used: {fault}.") from fault
    return profile


class _WrongError(Exception):
    """What a profile must not say."""


K = TypeVar("K", EntityKind, LinkKind)


def _take(said: dict[str, Any], name: str) -> object:
    if name not in said:
        raise _WrongError(f"it does not say '{name}'")
    return said.pop(name)


def _word(said: dict[str, Any], name: str) -> str:
    value = _take(said, name)
    if not isinstance(value, str) or not value.strip():
        raise _WrongError(f"'{name}' must be a text")
    return value


def _switch(said: dict[str, Any], name: str) -> bool:
    value = _take(said, name)
    if not isinstance(value, bool):
        raise _WrongError(f"'{name}' must be true or false")
    return value


def _number(said: dict[str, Any], name: str, least: int, most: int) -> int:
    value = _take(said, name)
    if type(value) is not int or not least <= value <= most:
        raise _WrongError(f"'{name}' must be a number from {least} to {most}")
    return value


def _one_of(said: dict[str, Any], name: str, words: Iterable[str]) -> str:
    value, known = _take(said, name), list(words)
    if value not in known:
        raise _WrongError(f"'{name}' must be one of {', '.join(known)}")
    return str(value)


def _kinds(value: object, kinds: type[K], what: str) -> list[K]:
    if not isinstance(value, list):
        raise _WrongError(f"'{what}' must be a list of kinds")
    known = {str(kind): kind for kind in kinds}
    for one in value:
        if not isinstance(one, str) or one not in known:
            raise _WrongError(f"'{what}' names '{one}', which is no kind")
    return [known[one] for one in value]


def _table(said: dict[str, Any], name: str, kinds: type[K], columns: tuple[str, ...] | None) -> dict[K, frozenset[str]]:
    table = _take(said, name)
    if not isinstance(table, dict):
        raise _WrongError(f"[{name}] must be a table of kinds")
    found = {}
    for kind in _kinds(list(table), kinds, name):
        value = table[kind]
        if not isinstance(value, list) or any(not isinstance(one, str) for one in value):
            raise _WrongError(f"{kind} in [{name}] must be a list of names")
        if columns and (unknown := set(value) - set(columns)):
            raise _WrongError(f"{kind} in [{name}] names '{min(unknown)}'; known: {', '.join(columns)}")
        found[kind] = frozenset(value)
    return found
