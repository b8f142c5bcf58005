"""Counts in place of a graph: by kind, country and month, none so small that somebody could be meant.

A count that is too small is left out, with its kind and country: that there is somebody at all would tell of
somebody. So what is not there may be nobody, or a few. There are no sums: with one, a count that is kept back could be
worked out from the others (complementary disclosure: Willenborg & de Waal 2001, *Elements of Statistical Disclosure
Control*, §1.3.4).
"""

from __future__ import annotations

from dataclasses import dataclass

from linkgraph.exchange.extract import Extract


@dataclass(frozen=True, slots=True, order=True)
class Count:
    """How many there are of something."""

    of: str
    """``entities`` or ``links``."""
    kind: str
    country: str
    """ISO 3166-1 alpha-2; empty where none is known, and of links."""
    month: str
    """``2026-01``, of first being seen; empty where that is not known, and of entities."""
    count: int

    def to_json(self) -> dict[str, object]:
        """Give the stable form."""
        return {
            "of": self.of,
            "kind": self.kind,
            "country": self.country or None,
            "month": self.month or None,
            "count": self.count,
        }


def counts(extract: Extract, least: int) -> tuple[Count, ...]:
    """Count entities by kind and country, links by kind and month; a count below ``least`` is left out."""
    found = [
        Count("entities", row["kind"], row["country"] or "", "", row["count_all"])
        for row in extract.entities.group_by(["kind", "country"]).aggregate([([], "count_all")]).to_pylist()
    ]
    for row in extract.links.group_by(["kind", "first_seen"]).aggregate([([], "count_all")]).to_pylist():
        month = row["first_seen"].strftime("%Y-%m") if row["first_seen"] else ""
        found.append(Count("links", row["kind"], "", month, row["count_all"]))
    told = [one for one in found if one.count >= least]
    return tuple(sorted(told, key=lambda one: (one.of, one.kind, one.country, one.month)))
