"""Facts as sentences, for formats that have a place for text and none for the fact."""

from __future__ import annotations

from collections.abc import Collection

from linkgraph.exchange.records import Record
from linkgraph.model import Attribute
from linkgraph.wording import country_words


def entity(record: Record, said: Collection[Attribute]) -> list[str]:
    """Say what is known of an entity besides its kind, value and label."""
    found = []
    if record["country"]:
        origins = (one.origin for one in said if (one.name, one.value) == ("country", record["country"]))
        words = country_words(record["country"], record["country_basis"], next(origins, None))
        found.append(f"Country: {words}")
    if record["role"]:
        found.append(f"Role in the case: {record['role']}")
    for name, words in (("first_seen", "First seen"), ("last_seen", "Last seen")):
        if record[name]:
            found.append(f"{words}: {record[name]}")
    for one in said:
        row = "" if one.row is None else f" row {one.row}"
        found.append(f"Said of it: {one.name}: {one.value} ({one.basis}; {one.origin}{row})")
    return found


def link(record: Record) -> list[str]:
    """Say what a link is worth: how often it was seen, its weight, grade and amounts."""
    found = [f"Observations: {record['count']}"]
    if record["weight"] is not None:
        found.append(f"Weight: {record['weight']!r}")
    if record["grade"]:
        found.append(f"Worth: {record['grade']}")
    for currency, amount in sorted((record["amounts"] or {}).items()):
        found.append(f"Amount: {amount} {currency or 'of a currency that is not stated'}")
    return found
