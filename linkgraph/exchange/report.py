"""What an export says of itself: what went, how it is marked, and what the format could not hold.

No format holds all of a graph. What one drops is counted and said, so that nobody takes the file for the
whole: beside ``graph.gexf`` lies ``graph.gexf.report.json``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from linkgraph.exchange.extract import Extract


@dataclass(frozen=True, slots=True)
class Lost:
    """Something that a format has no place for, or only a place where its meaning is another."""

    what: str
    """What it is, in a few words: ``parallel links``."""
    count: int
    """How many of it there are in the extract; with none of it, nothing is lost."""
    why: str
    """What the format has instead, in a sentence."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one export is."""

    form: str
    """As the format is called."""
    sha256: str
    """Of the file; of a folder, that of its files' ``sha256sum`` lines in order of their names."""
    case: str
    agency: str
    marking: str
    entities: int
    links: int
    said: int
    """Attributes of entities."""
    sources: int
    lost: tuple[Lost, ...]

    @classmethod
    def of(cls, extract: Extract, form: str, sha256: str, lost: Sequence[Lost]) -> Report:
        """Say what became of an extract in a format."""
        return cls(
            form=form,
            sha256=sha256,
            case=extract.case,
            agency=extract.agency,
            marking=extract.marking,
            entities=extract.entities.num_rows,
            links=extract.links.num_rows,
            said=extract.said.num_rows,
            sources=len(extract.sources),
            lost=tuple(one for one in lost if one.count),
        )

    def to_json(self) -> dict[str, object]:
        """Give the stable form."""
        return {
            "format": self.form,
            "sha256": self.sha256,
            "case": self.case,
            "agency": self.agency,
            "marking": self.marking,
            "entities": self.entities,
            "links": self.links,
            "attributes": self.said,
            "sources": self.sources,
            "lost": [{"what": one.what, "count": one.count, "why": one.why} for one in self.lost],
        }
