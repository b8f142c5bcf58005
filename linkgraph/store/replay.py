"""A case store that is made again: every act is done anew and gets the audit entry it had."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from linkgraph.errors import IntegrityError
from linkgraph.store.audit import Entry, canonical
from linkgraph.store.embedded import CaseStore


class ReplayStore(CaseStore):
    """A store whose chain is that of another: entries are carried over, number, time and hash as they were.

    So the revisions that rows carry are those of the store before, and a Neo4j server that stands at one of
    them is brought on from there.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        super().__init__(connection, folder)
        self._due: Entry | None = None
        self._goes_on = False
        self.differing: list[tuple[Entry, dict[str, Any]]] = []
        """Entries that say other than what was done now, and what they would say now."""

    def follow(self, entry: Entry) -> None:
        """Let the next act have this entry."""
        self._due = entry

    def goes_on(self) -> None:
        """Seal the entries of acts from here on: the chain has been carried over."""
        self._goes_on = True

    def carry(self, entry: Entry) -> None:
        """Take over the entry of an act that changes nothing in the graph."""
        with self.transaction():
            self._keep(entry)

    def log(self, actor: str, action: str, body: Mapping[str, object]) -> int:
        """Give the act the entry that is due."""
        if self._goes_on:
            return super().log(actor, action, body)
        if self._due is None:
            raise IntegrityError(f"The log has no entry '{action}' after entry {self.revision()}, where one is due.")
        entry, self._due = self._due, None
        if entry.action != action:
            raise IntegrityError(f"Audit entry {entry.seq} is '{entry.action}' where '{action}' was done.")
        if canonical(body) != entry.body:
            self.differing.append((entry, json.loads(canonical(body))))
        return self._keep(entry)

    def _keep(self, entry: Entry) -> int:
        self.run(
            "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)",
            [entry.seq, entry.ts_utc, entry.actor, entry.action, entry.body, entry.prev, entry.hash],
        )
        return entry.seq
