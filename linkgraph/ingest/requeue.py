"""Putting corrected rows into the graph: the correction is kept and logged, the evidence is untouched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from linkgraph.errors import LinkgraphError, UsageError
from linkgraph.ingest import again, corrections, custody
from linkgraph.ingest.corrections import Correction
from linkgraph.model import QuarantinedRow, Source
from linkgraph.store import append
from linkgraph.store.append import Tally
from linkgraph.store.batch import Batch
from linkgraph.store.embedded import CaseStore


@dataclass(frozen=True, slots=True)
class Requeued:
    """What became of the corrected rows of one source."""

    sha256: str
    name: str
    tally: Tally
    """``quarantined``: how many are still refused."""
    still: tuple[QuarantinedRow, ...]
    """Those, with what is still wrong."""

    def to_json(self) -> dict[str, object]:
        """Give the stable form."""
        return {
            "sha256": self.sha256,
            "name": self.name,
            "corrected": self.tally.read,
            "stored": self.tally.stored,
            "duplicates": self.tally.duplicates,
            "quarantined": self.tally.quarantined,
            "still": [
                {"line": row.line, "column": row.column, "code": row.code, "reason": row.reason, "hint": row.hint}
                for row in self.still
            ],
        }


def requeue(store: CaseStore, sources: Path, path: Path, *, actor: str, why: str) -> list[Requeued]:
    """Take the corrected rows of a file into the graph, each in the place of the row that was refused.

    The file is kept under ``sources/``, named by its SHA-256. A row that is still refused stays in
    quarantine with the new reason, and can be corrected again.

    Raises:
        UsageError: there is no reason, or the file corrects what is not in quarantine; nothing was changed.
    """
    if not why.strip():
        raise UsageError("A correction needs a reason: say why.")
    held = custody.take(path, sources)
    try:
        batches = [
            (source, prepared(store, sources, source, wanted))
            for source, wanted in _by_source(store, corrections.read(held.path, path.name))
        ]
    except LinkgraphError:
        custody.release(held)
        raise
    done = []
    for source, batch in batches:
        tally = commit(store, source, batch, held.sha256, actor, why)
        done.append(Requeued(source.sha256, source.name, tally, tuple(batch.quarantined)))
    return done


def prepared(store: CaseStore, sources: Path, source: Source, wanted: Sequence[Correction]) -> Batch:
    """Read the corrected rows of one source; the store is only asked."""
    refused = {row.line: row for row in store.quarantine() if row.source == source.sha256}
    texts = {one.line: one.text for one in wanted}
    absent = sorted(texts.keys() - refused.keys())
    if absent:
        raise UsageError(f"Line {absent[0]} of '{source.name}' is not in quarantine; nothing was changed.")
    if not source.complete:
        raise UsageError(f"The import of '{source.name}' was cut off: finish it before you correct its rows.")
    opened = again.opened_again(sources, begun(store, source.sha256))
    return again.corrected(opened, store.content_secret(), source.read, refused, texts)


def commit(store: CaseStore, source: Source, batch: Batch, correction: str, actor: str, why: str) -> Tally:
    """Put the rows that were prepared into the store."""
    row = store.first("SELECT key FROM source WHERE sha256 = ?", [source.sha256])
    if row is None:
        raise LookupError(source.sha256)
    return append.correct(store, int(row[0]), batch, correction, actor, why)


def begun(store: CaseStore, sha256: str) -> dict[str, Any]:
    """Give the body of the audit entry with which a source was last imported."""
    return store.last_logged("import.begin", "source", sha256)


def _by_source(store: CaseStore, wanted: Sequence[Correction]) -> list[tuple[Source, list[Correction]]]:
    known = {source.sha256: source for source in store.sources()}
    unknown = next((one for one in wanted if one.source not in known), None)
    if unknown is not None:
        raise UsageError(f"There is no source {unknown.source[:12]} in the case; nothing was changed.")
    return [(known[sha256], list(rows)) for sha256, rows in groupby(wanted, key=lambda one: one.source)]
