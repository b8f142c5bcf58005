"""How a person names an entity: one reading of selectors for every store."""

from __future__ import annotations

from dataclasses import dataclass

from linkgraph.model import EntityKind


@dataclass(frozen=True, slots=True)
class Selector:
    """What was asked for: ``text`` is compared without regard to letter case."""

    text: str
    kind: EntityKind | None


def parse(selector: str) -> Selector:
    """Read a selector: ``Kind:value`` where the word before the colon is a kind of entity, else any text."""
    word, colon, rest = selector.strip().partition(":")
    if colon and rest.strip():
        for kind in EntityKind:
            if kind.casefold() == word.strip().casefold():
                return Selector(rest.strip().lower(), kind)
    return Selector(selector.strip().lower(), None)
