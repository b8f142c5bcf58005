"""Making the case store again from the evidence and the audit log, and proving it equal.

Every entry of ``audit.jsonl`` is done anew in a new store: imports batch for batch, with what was decided
then, withdrawals, decisions about roles and about who is one person, corrections. The new store carries the
chain unchanged, with one entry more, ``rebuild``. It takes the place of the old one only where it is proved
equal to it, or where there is no old one to compare with: one that is gone, damaged, or stands behind its log.
Such a one is kept as ``case.duckdb.before``.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from linkgraph import algorithms
from linkgraph import folder as case_folder
from linkgraph.ahead import ahead
from linkgraph.errors import IntegrityError, LockedError, StorageError
from linkgraph.graph import Graph
from linkgraph.ingest import again, corrections, requeue
from linkgraph.ingest.custody import digest
from linkgraph.ingest.values import ip_country
from linkgraph.model import Decision, Role, Source
from linkgraph.store import append, audit, roles, same_as
from linkgraph.store.audit import Entry, canonical
from linkgraph.store.embedded import CaseStore
from linkgraph.store.protocol import GraphStore
from linkgraph.store.protocol import digest as graph_digest
from linkgraph.store.replay import ReplayStore
from linkgraph.store.withdraw import withdraw

_STORE, _BEFORE, _WORK = "case.duckdb", "case.duckdb.before", "rebuild-"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found."""

    entries: int
    """Audit entries that were done anew."""
    sources: int
    graph: str
    """Digest of the graph of the new store."""
    not_compared: str | None
    """Why the new store could not be compared with an old one; None where it was."""
    differences: tuple[str, ...]
    """What is not as the log, or the old store, says; a sentence each."""
    notes: tuple[str, ...]
    """What has changed since and can be why: readers, country data."""
    replaced: bool
    """Whether the new store has taken the old one's place."""

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    def to_json(self) -> dict[str, object]:
        """Give the stable form."""
        return {
            "entries": self.entries,
            "sources": self.sources,
            "graph": self.graph,
            "compared": self.not_compared is None,
            "not_compared": self.not_compared,
            "equal": self.equal,
            "differences": list(self.differences),
            "notes": list(self.notes),
            "replaced": self.replaced,
        }


def rebuild(folder: Path) -> Rebuilt:
    """Make the store of a case again; see the head of this module.

    Raises:
        IntegrityError: log or evidence is not whole, so that nothing can be made from it; nothing was changed.
        LockedError: another process has the case open.
    """
    with case_folder.writing(folder, "rebuild"):
        for left in folder.glob(f"{_WORK}*"):
            shutil.rmtree(left)
        old, why_not = _old(folder)
        work = folder / f"{_WORK}{secrets.token_hex(4)}"
        try:
            entries = _entries(folder)
            why_not = why_not or _behind(old, entries)
            work.mkdir()
            new = _replayed(folder, work, entries, old)
            try:
                found = _compared(old if why_not is None else None, new, entries, why_not)
                if found.replaced:
                    body = {"graph": found.graph, "compared": found.not_compared is None, "equal": found.equal}
                    new.goes_on()
                    with new.transaction():
                        new.log(case_folder.actor(), "rebuild", body)
            finally:
                new.close()
            if old is not None:
                old.close()
            if found.replaced:
                _replace(folder, work, keep_old=found.not_compared is not None)
            return found
        finally:
            if old is not None:
                old.close()
            shutil.rmtree(work, ignore_errors=True)


def findings_digest(store: GraphStore) -> str:
    """Give the SHA-256 of all findings of a store: equal findings, equal digests."""
    graph = Graph.read(store)
    findings = (
        algorithms.communities(graph),
        algorithms.hubs(graph),
        algorithms.crossborder(graph),
        algorithms.leads(graph),
    )
    return digest(canonical([one.to_json() for one in findings]).encode())


# -- the old store and the log -------------------------------------------------------------------


def _old(folder: Path) -> tuple[CaseStore | None, str | None]:
    """Open the store that is there; None and why where that cannot be done."""
    if not (folder / _STORE).is_file():
        return None, "there is none"
    store = None
    try:
        store = CaseStore.open(folder, read_only=False)
        store.catch_up_log()
    except LockedError:
        raise
    except (StorageError, IntegrityError, duckdb.Error) as fault:
        if store is not None:
            store.close()
        return None, f"it cannot be read ({fault})"
    return store, None


def _entries(folder: Path) -> list[Entry]:
    path = folder / "audit.jsonl"
    audit.repair_tail(path)
    try:
        entries = list(audit.read_log(path))
    except ValueError as error:
        raise IntegrityError(f"A store cannot be made from this log: {error}.") from error
    fault = audit.first_fault(entries)
    if fault is not None:
        raise IntegrityError(f"A store cannot be made from this log: {fault}.")
    if not entries or entries[0].action != "case.create":
        raise IntegrityError(f"{path} does not begin with the making of a case: a store cannot be made from it.")
    return entries


def _behind(old: CaseStore | None, entries: Sequence[Entry]) -> str | None:
    """Say that the old store ends before its log does.

    Raises:
        IntegrityError: its chain is not that of the log.
    """
    if old is None:
        return None
    chain = list(old.audit_entries())
    for ours, theirs in zip(chain, entries, strict=False):
        if ours != theirs:
            raise IntegrityError(
                f"Entry {ours.seq} of audit.jsonl differs from the chain in the store: one of them was changed. "
                "Put the true log in its place; to make the store from audit.jsonl, move case.duckdb away first."
            )
    return f"it ends at entry {len(chain)}, the log at {len(entries)}" if len(chain) < len(entries) else None


# -- doing it anew -------------------------------------------------------------------------------


def _replayed(folder: Path, work: Path, entries: Sequence[Entry], old: CaseStore | None) -> ReplayStore:
    made = json.loads(entries[0].body)
    # A log without the id is of an early version; a server knows a case by it.
    case_id = made.get("case_id") or (old.case_id() if old else secrets.token_hex(16))
    store = ReplayStore.create(work, case_id, made["name"])
    try:
        for entry, batches in _acts(entries):
            _redo(store, folder / "sources", entry, batches)
    except BaseException:
        store.close()
        raise
    return store


def _acts(entries: Sequence[Entry]) -> Iterator[tuple[Entry, list[Entry]]]:
    """Give each entry with those of the batches that were imported next."""
    at = 0
    while at < len(entries):
        until = at + 1
        while until < len(entries) and entries[until].action == "import.batch":
            until += 1
        yield entries[at], list(entries[at + 1 : until])
        at = until


def _redo(store: ReplayStore, sources: Path, entry: Entry, batches: Sequence[Entry]) -> None:
    """Do what one entry says."""
    body: dict[str, Any] = json.loads(entry.body)
    if entry.action in ("import.begin", "import.resume"):
        _import(store, sources, entry, batches)
        return
    if batches:
        raise IntegrityError(f"Audit entry {batches[0].seq} is a batch of an import that was not begun.")
    if entry.action == "import.end":
        store.follow(entry)
        append.finish(store, _key(store, body["source"]), entry.actor)
    elif entry.action == "withdraw":
        store.follow(entry)
        withdraw(store, body["source"], entry.actor, body["why"])
    elif entry.action == "role":
        store.follow(entry)
        role = None if body["role"] is None else Role(body["role"])
        roles.record(store, body["entity"], role, entry.actor, body["why"], body.get("second"))
    elif entry.action == "same_as":
        store.follow(entry)
        decision = None if body["decision"] is None else Decision(body["decision"])
        same_as.record(store, (body["a"], body["b"]), decision, entry.actor, body["why"])
    elif entry.action == "quarantine.requeue":
        _requeue(store, sources, entry, body)
    else:
        # To look, to export and to rebuild changes nothing in the graph.
        store.carry(entry)


def _import(store: ReplayStore, sources: Path, entry: Entry, batches: Sequence[Entry]) -> None:
    body: dict[str, Any] = json.loads(entry.body)
    if entry.action == "import.begin":
        source = again.opened_again(sources, body)
        store.follow(entry)
        key, after = append.register(store, _source(source, entry), entry.actor, body["sidecar"]), 0
    else:
        source = again.opened_again(sources, requeue.begun(store, body["source"]))
        store.follow(entry)
        key, after = append.resume(store, body["source"], entry.actor)
    borders = [int(json.loads(batch.body)["to_line"]) for batch in batches]
    for logged, batch in zip(
        batches, ahead(again.batches(source, store.content_secret(), after, borders)), strict=True
    ):
        store.follow(logged)
        append.append(store, key, batch, logged.actor)


def _source(source: again.Again, entry: Entry) -> Source:
    return Source(
        sha256=source.held.sha256,
        name=source.kept.name,
        size=source.held.size,
        kind=source.kept.kind,
        reader=source.reading.words,
        mapping=source.mapping,
        timezone=str(source.reading.plan.zone) if source.reading.plan.zone else None,
        marking=source.kept.marking,
        imported_by=entry.actor,
        imported_at=datetime.fromisoformat(entry.ts_utc),
        complete=False,
        read=0,
        stored=0,
        duplicates=0,
        quarantined=0,
    )


def _requeue(store: ReplayStore, sources: Path, entry: Entry, body: dict[str, Any]) -> None:
    path = sources / body["correction"]
    if not path.is_file() or digest(path.read_bytes()) != body["correction"]:
        raise IntegrityError(
            f"The file of corrections with SHA-256 {body['correction']} is gone from sources/ or was changed."
        )
    wanted = [one for one in corrections.read(path, path.name) if one.source == body["source"]]
    source = next(one for one in store.sources() if one.sha256 == body["source"])
    batch = requeue.prepared(store, sources, source, wanted)
    store.follow(entry)
    requeue.commit(store, source, batch, body["correction"], entry.actor, body["why"])


def _key(store: CaseStore, sha256: str) -> int:
    row = store.first("SELECT key FROM source WHERE sha256 = ?", [sha256])
    if row is None:
        raise IntegrityError(f"The log speaks of a source {sha256[:12]} that is not in the case at that time.")
    return int(row[0])


# -- is it equal? --------------------------------------------------------------------------------


def _compared(old: CaseStore | None, new: ReplayStore, entries: Sequence[Entry], why_not: str | None) -> Rebuilt:
    """Compare a store with what the log counts, and with the old one where there is one."""
    notes = dict.fromkeys(_other_readers(new))
    differences = list(_other_counts(new))
    new.take_all_memory()
    graph = graph_digest(new)
    if old is not None:
        try:
            notes |= dict.fromkeys(_other_registries(old))
            differences += _other_store(old, new, graph)
        except duckdb.Error as fault:
            why_not = f"it cannot be read ({fault})"
    return Rebuilt(
        entries=len(entries),
        sources=len(new.sources()),
        graph=graph,
        not_compared=why_not,
        differences=tuple(differences),
        notes=tuple(notes),
        replaced=why_not is not None or not differences,
    )


def _other_counts(new: ReplayStore) -> Iterator[str]:
    for entry, now in new.differing:
        then = json.loads(entry.body)
        for name in sorted({*then, *now} - {"reader"}):
            if then.get(name) != now.get(name):
                yield (
                    f"audit entry {entry.seq} ({entry.action}) says {name} {canonical(then.get(name))}, "
                    f"now it is {canonical(now.get(name))}"
                )


def _other_readers(new: ReplayStore) -> Iterator[str]:
    for entry, now in new.differing:
        then = json.loads(entry.body)
        if "reader" in now and then["reader"] != now["reader"]:
            yield f"source {then['source'][:12]} was read by {then['reader']}, now by {now['reader']}: rows may differ"


def _other_registries(old: CaseStore) -> Iterator[str]:
    for (origin,) in old.run("SELECT DISTINCT origin FROM attribute WHERE basis = 'registered' ORDER BY origin"):
        if origin != ip_country.REGISTRY:
            yield f"countries of addresses rest on {origin}, now on {ip_country.REGISTRY}: they may differ"


def _other_store(old: CaseStore, new: CaseStore, graph: str) -> Iterator[str]:
    then, now = ({one.sha256: replace(one, reader="") for one in store.sources()} for store in (old, new))
    for sha256 in sorted({*then, *now}):
        if then.get(sha256) != now.get(sha256):
            name = (then.get(sha256) or now[sha256]).name
            yield f"what the old store says of the source '{name}' ({sha256[:12]}) is not what its evidence gives"
    if old.quarantine() != new.quarantine():
        yield "the rows in quarantine are not those of the old store"
    if old.same_as() != new.same_as():
        yield "the decisions about who is one person are not those of the old store"
    if graph_digest(old) != graph:
        yield "the graph is not that of the old store"
    elif findings_digest(old) != findings_digest(new):
        yield "the findings are not those of the old store"


def _replace(folder: Path, work: Path, *, keep_old: bool) -> None:
    """Put the new store in the place of the old one, in one step, and its last entry into the log."""
    wal = folder / f"{_STORE}.wal"
    if keep_old and (folder / _STORE).exists():
        (folder / _STORE).replace(folder / _BEFORE)
        if wal.exists():
            wal.replace(folder / f"{_BEFORE}.wal")
    # What the engine had not yet written into the old store must not be written into the new one.
    wal.unlink(missing_ok=True)
    (work / _STORE).replace(folder / _STORE)
    store = CaseStore.open(folder, read_only=False)
    try:
        store.catch_up_log()
    finally:
        store.close()
