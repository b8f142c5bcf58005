"""Receiving a bundle: decrypted and verified whole before anything of it is written."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, cast

from linkgraph.errors import IntegrityError, StorageError, UsageError
from linkgraph.exchange import bag, bundle, checking, jsonl
from linkgraph.exchange.bag import Opened
from linkgraph.exchange.extract import Extract
from linkgraph.exchange.keys import Card, Own
from linkgraph.model import MARKINGS

_IN_MEMORY = 1 << 28
"""Bytes of a bag that are held in memory; a larger one lies in a temporary file that has no name."""

_MOST_OF_COUNTS = 1 << 24

_TEXTS = ("bundle", "made", "case", "agency", "marking", "pap", "legal_basis", "handling", "contact")


@dataclass(frozen=True, eq=False)
class Incoming:
    """A bundle that was verified."""

    card: Card
    """Who signed it."""
    predicate: Mapping[str, Any]
    """What was signed about it (:mod:`linkgraph.exchange.bundle`)."""
    bag: str
    """SHA-256 of the signed bag."""
    extract: Extract | None
    """The graph; None where only counts were handed on."""
    pseudonyms: int
    """Entities that go under another name."""
    counts: list[dict[str, Any]] | None
    """What was handed on where only counts were, as :meth:`linkgraph.exchange.redaction.counting.Count.to_json`."""
    content: BinaryIO = field(repr=False)
    """The signed bag."""


@contextmanager
def verified(path: Path, own: Own, cards: Iterable[Card], today: date) -> Iterator[Incoming]:
    """Open a bundle: decrypt it, verify all of it, and hold what it says against what it has.

    Args:
        path: the file.
        own: whose key opens it.
        cards: those whose signatures are accepted.
        today: a bundle whose last day is before it is refused.

    Raises:
        UsageError: the file cannot be read.
        IntegrityError: anything about it is not as it must be; nothing was written.
    """
    with cast("BinaryIO", tempfile.SpooledTemporaryFile(_IN_MEMORY)) as content:
        try:
            with path.open("rb") as stream:
                bag.decrypt(stream, content, own)
        except FileNotFoundError as fault:
            raise UsageError(f"There is no file '{path}'.") from fault
        except OSError as fault:
            raise StorageError(f"'{path}' cannot be read: {fault.strerror or fault}.") from fault
        content.seek(0)
        opened = bag.read(content, cards)
        predicate = _predicate(opened.predicate, opened.card, own, today)
        extract, pseudonyms = None, 0
        if "graph.jsonl" in opened.files:
            with opened.open("graph.jsonl") as stream:
                extract = jsonl.read(stream)
                # To the end of the file: its hash is compared there once more.
                stream.read()
            pseudonyms = checking.check(extract)
            _same(extract, predicate)
        elif "statistics.json" not in opened.files:
            raise IntegrityError("The bundle has neither a graph nor counts; have it sent again.")
        counted = None if extract is not None else _counts(opened)
        content.seek(0)
        yield Incoming(opened.card, predicate, opened.sha256, extract, pseudonyms, counted, content)


def _counts(opened: Opened) -> list[dict[str, Any]]:
    try:
        with opened.open("statistics.json") as stream:
            found = json.loads(stream.read(_MOST_OF_COUNTS))
        sound = isinstance(found, list) and all(
            set(one) == {"of", "kind", "country", "month", "count"}
            and isinstance(one["of"], str)
            and isinstance(one["kind"], str)
            and isinstance(one["country"], str | None)
            and isinstance(one["month"], str | None)
            and type(one["count"]) is int
            for one in found
        )
    except (ValueError, TypeError, RecursionError):
        sound = False
    if not sound:
        raise IntegrityError("The counts of the bundle cannot be read; have it sent again.")
    return cast("list[dict[str, Any]]", found)


def _predicate(signed: Mapping[str, Any], card: Card, own: Own, today: date) -> Mapping[str, Any]:
    version = signed.get("version")
    if version != bundle.VERSION:
        raise IntegrityError(
            f"The bundle is of version {version!r:.20}, this linkgraph reads {bundle.VERSION}: update linkgraph."
        )
    try:
        audit, profile = signed["audit"], signed["profile"]
        texts = [*(signed[name] for name in _TEXTS), audit["head"], audit["root"], profile["name"], profile["sha256"]]
        numbers = [signed["entities"], signed["links"], audit["entries"]]
        sound = isinstance(signed["recipients"], list) and isinstance(signed["rows"], list)
        sound &= all(isinstance(one, str) for one in (*texts, *signed["recipients"]))
        sound &= all(type(one) is int and one >= 0 for one in numbers) and signed["marking"] in MARKINGS
        sound &= all(_is_commitment(one) for one in signed["rows"])
        last_day = None if signed["expires"] is None else date.fromisoformat(signed["expires"])
    except (KeyError, TypeError, ValueError) as fault:
        raise IntegrityError("What is signed about the bundle cannot be read; have it sent again.") from fault
    if not sound:
        raise IntegrityError("What is signed about the bundle cannot be read; have it sent again.")
    if signed["agency"] != card.agency:
        raise IntegrityError(
            f"The bundle says that it is of {signed['agency']!r:.60} and is signed by {card.name} of {card.agency}; "
            "ask both."
        )
    if own.card.fingerprint not in signed["recipients"]:
        raise IntegrityError("The bundle was signed for somebody else and passed on; ask its sender.")
    if last_day is not None and today > last_day:
        raise IntegrityError(f"The bundle was to be kept until {last_day} at the latest; ask its sender for another.")
    return signed


def _is_commitment(one: object) -> bool:
    return (
        isinstance(one, dict)
        and set(one) == {"source", "rows", "root"}
        and isinstance(one["source"], str)
        and type(one["rows"]) is int
        and isinstance(one["root"], str)
    )


def _same(extract: Extract, predicate: Mapping[str, Any]) -> None:
    """Hold what was signed about the graph against the graph."""
    found = {
        "case": extract.case,
        "agency": extract.agency,
        "marking": extract.marking,
        "entities": extract.entities.num_rows,
        "links": extract.links.num_rows,
    }
    for name, value in found.items():
        if predicate[name] != value:
            raise IntegrityError(
                f"The bundle says that its {name} is {predicate[name]!r:.60}, and it is {value!r:.60}."
            )
