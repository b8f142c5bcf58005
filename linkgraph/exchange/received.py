"""A partner's graph, put together from the plain facts that the reader of a format finds in a file.

What the file states of kinds, markings, times, amounts and evidence is taken where it is written as linkgraph
writes it. What is not, is left out and counted, never guessed: an :class:`~linkgraph.exchange.report.Lost` says
how often and why. A thing without a marking has that of the whole, and a whole without one is TLP:RED.

A link that names no evidence rests on the file it stands in, with its line there.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from linkgraph.exchange import evidence_files
from linkgraph.exchange.extract import HANDED_ENTITIES, HANDED_LINKS, Extract
from linkgraph.exchange.report import Lost
from linkgraph.model import MARKINGS, Basis, EntityKind, LinkKind, Role, Source, entity_id, link_id
from linkgraph.store.protocol import SAID

Facts = Mapping[str, str]
"""Text by name, as the file has it; empty text is no text."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS = frozenset(EntityKind)
_LINK_KINDS = frozenset(LinkKind)
_BASES = frozenset(Basis)
_ROLES = frozenset(Role)
_MOST_UNREAD = 100
_ID = re.compile(r"[0-9a-f]{32}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_COUNT = re.compile(r"[1-9][0-9]{0,17}")
_CURRENCY = re.compile(r"[A-Z0-9]{0,12}")
_DECIMAL = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?")
_ROWS = r"[0-9]{1,10}(?:-[0-9]{1,10})?(?:,[0-9]{1,10}(?:-[0-9]{1,10})?)*"
_EVIDENCE = re.compile(rf"([0-9a-f]{{64}}) {_ROWS}")

_ENTITY_FACTS = frozenset({*HANDED_ENTITIES.names, "said"}) - {"id"}
_LINK_FACTS = frozenset(HANDED_LINKS.names) - {"id", "source", "target"}


class Received:
    """A graph on its way from a file into an extract."""

    def __init__(self) -> None:
        self._entities: dict[str, list[Any]] = {name: [] for name in HANDED_ENTITIES.names}
        self._links: dict[str, list[Any]] = {name: [] for name in HANDED_LINKS.names}
        self._lines: list[int] = []
        """Of each link, its line in the file."""
        self._said: dict[str, list[Any]] = {name: [] for name in SAID.names}
        self._ids: dict[str, str] = {}
        """Of each thing in the file that became an entity: the id it has there, and the entity's."""
        self._of_entities: set[str] = set()
        self._unread: Counter[tuple[str, str]] = Counter()

    def unread(self, what: str, why: str, count: int = 1) -> None:
        """Count something that could not be mapped; beyond some hundred different things it is one of the others."""
        if (what, why) not in self._unread and len(self._unread) >= _MOST_UNREAD:
            what, why = "others", "There are too many different things to name each."
        self._unread[what, why] += count

    def entity(self, key: str, facts: Facts) -> None:
        """Take an entity.

        Args:
            key: its id in the file; where that is written as linkgraph writes ids, it is kept.
            facts: columns of ``HANDED_ENTITIES`` as text, and ``said``: JSON ``[[name, value, basis, origin, row]]``.
        """
        kind, value = facts.get("kind", ""), facts.get("value", "")
        if kind not in _KINDS or not value:
            self.unread("nodes", "They do not say kind and value in the words of linkgraph.")
            return
        if key in self._ids:
            self.unread("nodes", "They have the id of another node of the file.")
            return
        one = key if _ID.fullmatch(key) else entity_id(EntityKind(kind), value)
        self._ids[key] = one
        if one in self._of_entities:
            self.unread("nodes", "They are the same entity as another node of the file, which is read.")
            return
        self._of_entities.add(one)
        country, basis = facts.get("country"), facts.get("country_basis")
        if (country or basis) and not (country and _COUNTRY.fullmatch(country) and basis in _BASES):
            self.unread("countries", "They are no ISO 3166-1 code with a basis.")
            country = basis = None
        role = facts.get("role")
        if role and role not in _ROLES:
            self.unread("roles", "They are not among the roles of linkgraph.")
            role = None
        first, last = self._times(facts)
        self._append(
            self._entities,
            id=one,
            kind=kind,
            value=value,
            label=facts.get("label") or value,
            country=country,
            country_basis=basis,
            role=role,
            first_seen=first,
            last_seen=last,
            marking=self._marking(facts),
        )
        self._attributes(one, facts.get("said", ""))
        self._others("nodes", facts, _ENTITY_FACTS)

    def link(self, key: str, ends: tuple[str, str], facts: Facts, line: int, *, directed: bool = True) -> None:
        """Take a link; its ends may come later.

        Args:
            key: its id in the file, empty where it has none.
            ends: the ids in the file of source and target.
            facts: columns of ``HANDED_LINKS`` as text: ``amounts`` is JSON ``{"EUR": "12.50"}``, ``evidence`` is
                ``<sha256>:4-9,12`` per source, separated by blanks.
            line: where it stands in the file, from 1.
            directed: False where the file says that it has no direction.
        """
        kind = facts.get("kind", "")
        if kind not in _LINK_KINDS:
            self.unread("kinds of links", f"They are not among those of linkgraph: read as {LinkKind.LINKED}.")
            kind = LinkKind.LINKED
        if not directed:
            self.unread("links without a direction", "They are read from the end that the file names first.")
        count = facts.get("count")
        if count and not _COUNT.fullmatch(count):
            self.unread("counts", "They are no positive whole numbers: read as 1.")
            count = None
        first, last = self._times(facts)
        self._append(
            self._links,
            id=key if _ID.fullmatch(key) else "",
            kind=kind,
            source=ends[0],
            target=ends[1],
            count=int(count or 1),
            weight=self._weight(facts.get("weight")),
            first_seen=first,
            last_seen=last,
            grade=facts.get("grade") or None,
            amounts=self._amounts(facts.get("amounts")),
            marking=self._marking(facts),
            evidence=[text.replace(":", " ", 1) for text in facts.get("evidence", "").split()],
        )
        self._lines.append(line)
        self._others("links", facts, _LINK_FACTS)

    def extract(self, about: Facts, file: Source) -> tuple[Extract, list[Lost]]:
        """Give what was received, and what could not be read.

        Args:
            about: what the file says of the whole: ``case``, ``agency``, ``marking``; ``sources`` and ``corrected``
                as JSON: facts of :mod:`linkgraph.exchange.evidence_files`, and rows by SHA-256.
            file: the file itself. Its marking is replaced by what is stated of the whole, or else by the strictest.
        """
        whole = about.get("marking", "")
        if whole not in MARKINGS:
            whole = MARKINGS[0]
        sources = self._sources(about.get("sources", ""))
        known = {one.sha256 for one in sources}
        resting = self._resolve(known, file.sha256)
        if resting or not sources:
            made = {name: getattr(file, name) for name in file.__dataclass_fields__}
            sources = [*sources, Source(**made | {"marking": whole})]
        for columns in (self._entities, self._links):
            columns["marking"] = [marking or whole for marking in columns["marking"]]
        extract = Extract(
            case=about.get("case", ""),
            agency=about.get("agency", ""),
            entities=pa.table(self._entities, HANDED_ENTITIES).sort_by("id"),
            links=pa.table(self._links, HANDED_LINKS).sort_by("id"),
            said=pa.table(self._said, SAID).sort_by([(name, "ascending") for name in SAID.names]),
            sources=tuple(sources),
            corrected=self._corrected(about.get("corrected", ""), known),
        )
        return extract, [Lost(what, count, why) for (what, why), count in sorted(self._unread.items())]

    # -- what single facts must be ---------------------------------------------------------------

    def _marking(self, facts: Facts) -> str | None:
        marking = facts.get("marking")
        if marking and marking not in MARKINGS:
            self.unread("markings", "They are none of the Traffic Light Protocol 2.0: read as the strictest.")
            return MARKINGS[0]
        return marking or None

    def _times(self, facts: Facts) -> tuple[datetime | None, datetime | None]:
        first, last = self._time(facts.get("first_seen")), self._time(facts.get("last_seen"))
        if first and last and first > last:
            self.unread("times", "The last one lies before the first.")
            return None, None
        return first, last

    def _time(self, text: str | None) -> datetime | None:
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        self.unread("times", "They are no ISO 8601 times with an offset from UTC.")
        return None

    def _weight(self, text: str | None) -> float | None:
        if not text:
            return None
        try:
            weight = float(text)
        except ValueError:
            weight = math.nan
        if math.isfinite(weight):
            return weight
        self.unread("weights", "They are no numbers.")
        return None

    def _amounts(self, text: str | None) -> str | None:
        if not text:
            return None
        sums = _json(text)
        if isinstance(sums, dict) and all(
            _CURRENCY.fullmatch(currency) and isinstance(amount, str) and _DECIMAL.fullmatch(amount)
            for currency, amount in sums.items()
        ):
            return json.dumps(sums, sort_keys=True, separators=(",", ":")) if sums else None
        self.unread("amounts", "They are no exact decimals by currency.")
        return None

    def _attributes(self, entity: str, text: str) -> None:
        if not text:
            return
        statements = _json(text)
        for statement in statements if isinstance(statements, list) else [statements]:
            if not _is_statement(statement):
                self.unread("attributes", "They do not say name, value, basis, origin and row.")
                continue
            self._append(self._said, **dict(zip(SAID.names, (entity, *statement), strict=True)))

    def _others(self, of: str, facts: Facts, known: frozenset[str]) -> None:
        for name in facts.keys() - known:
            self.unread(f"'{name[:64]}' of {of}", "linkgraph has no place for it.")

    # -- what is known at the end ----------------------------------------------------------------

    def _resolve(self, known: set[str], file: str) -> bool:
        """Give links the ids of entities and their evidence; say whether any of them rests on the file itself."""
        columns = self._links
        kept: list[int] = []
        seen: set[str] = set()
        resting = False
        for at, line in enumerate(self._lines):
            source, target = self._ids.get(columns["source"][at]), self._ids.get(columns["target"][at])
            if source is None or target is None:
                self.unread("links", "An end of them is no node that is read.")
                continue
            one = columns["id"][at] or link_id(LinkKind(columns["kind"][at]), source, target)
            if one in seen:
                self.unread("links", "They are the same link as another one of the file, which is read.")
                continue
            seen.add(one)
            kept.append(at)
            columns["id"][at], columns["source"][at], columns["target"][at] = one, source, target
            evidence = [text for text in columns["evidence"][at] if _names(text, known)]
            if len(evidence) < len(columns["evidence"][at]):
                lost = len(columns["evidence"][at]) - len(evidence)
                self.unread("evidence of links", "It is of files that this file does not describe.", lost)
            if not evidence:
                resting = True
            columns["evidence"][at] = evidence or [f"{file} {line}"]
        if len(kept) < len(self._lines):
            self._links = {name: [column[at] for at in kept] for name, column in columns.items()}
        return resting

    def _sources(self, text: str) -> list[Source]:
        if not text:
            return []
        given = _json(text)
        found: dict[str, Source] = {}
        for one in given if isinstance(given, list) else [given]:
            source = evidence_files.source(one)
            if source is None or source.sha256 in found:
                self.unread("evidence files", "They are not described as linkgraph describes them.")
            else:
                found[source.sha256] = source
        # A set of JSON-LD or a graph's nodes have no order, so what another tool wrote again may stand in any.
        return sorted(found.values(), key=lambda source: (source.imported_at, source.sha256))

    def _corrected(self, text: str, known: set[str]) -> dict[str, list[str]]:
        if not text:
            return {}
        given = _json(text)
        found: dict[str, list[str]] = {}
        for sha256, rows in given.items() if isinstance(given, dict) else [("", None)]:
            if sha256 in known and isinstance(rows, list) and all(map(_is_evidence, rows)):
                found[sha256] = rows
            else:
                self.unread("corrected rows", "They are not written as linkgraph writes them.")
        return found

    @staticmethod
    def _append(columns: dict[str, list[Any]], **row: object) -> None:
        for name, value in row.items():
            columns[name].append(value)


def _json(text: str) -> Any:  # noqa: ANN401  (any JSON; the callers look)
    """Read JSON that has no member twice and no half characters; a text that is none gives None."""

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError
        return found

    try:
        found = json.loads(text, object_pairs_hook=once)
        # A lone surrogate is no text in any encoding.
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return found


def _is_statement(given: object) -> bool:
    if not isinstance(given, list) or len(given) != len(SAID.names) - 1:
        return False
    *texts, row = given
    if not all(isinstance(text, str) for text in texts) or texts[2] not in _BASES:
        return False
    return row is None or (type(row) is int and 0 <= row < 1 << 63)


def _is_evidence(given: object) -> bool:
    return isinstance(given, str) and _EVIDENCE.fullmatch(given) is not None


def _names(text: str, known: set[str]) -> bool:
    found = _EVIDENCE.fullmatch(text)
    return found is not None and found[1] in known
