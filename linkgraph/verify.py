"""Proving a case: evidence unchanged, audit chain whole, counts add up."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from linkgraph.errors import UsageError
from linkgraph.exchange import layers
from linkgraph.exchange.receipts import Receipt
from linkgraph.ingest import sidecar
from linkgraph.ingest.custody import digest_of
from linkgraph.store import audit
from linkgraph.store.embedded import CaseStore

HEAD = re.compile(r"[0-9]{1,18}:[0-9a-fA-F]{64}")
"""A head of an audit chain: the number of its last entry and that entry's hash."""

# Each gives no row where all is well; else a sentence's worth of what is not.
_SUMS = {
    "every row read is stored, duplicate or quarantined": """
        SELECT name || ': read ' || read || ', but ' || (stored + duplicates + quarantined) || ' accounted for'
        FROM source WHERE read <> stored + duplicates + quarantined
    """,
    "the rows in the store are those counted": """
        SELECT s.name || ': ' || s.stored || ' rows stored by its count, ' || count(o.row) FILTER (o.counted)
               || ' in the store; ' || s.duplicates || ' duplicates by its count, '
               || count(o.row) FILTER (NOT o.counted) || ' in the store'
        FROM source s LEFT JOIN observation o ON o.source = s.key
        GROUP BY s.key, s.name, s.stored, s.duplicates
        HAVING s.stored <> count(o.row) FILTER (o.counted)
            OR s.duplicates <> count(o.row) FILTER (NOT o.counted)
    """,
    "the rows in quarantine are those counted": """
        SELECT s.name || ': ' || s.quarantined || ' quarantined by its count, ' || count(q.line) || ' in quarantine'
        FROM source s LEFT JOIN quarantine q ON q.source = s.key
        GROUP BY s.key, s.name, s.quarantined HAVING s.quarantined <> count(q.line)
    """,
    "links count the rows that state them": """
        WITH parts AS (SELECT link, sum(count)::BIGINT AS count FROM link_part GROUP BY link),
        rows AS (SELECT t.link, count(*) FILTER (o.counted) AS count
                 FROM statement t JOIN observation o USING (source, row) GROUP BY t.link)
        SELECT 'link ' || l.id || ' counts ' || coalesce(parts.count, 0) || ' rows, '
               || coalesce(rows.count, 0) || ' state it'
        FROM link_with_id l LEFT JOIN parts ON parts.link = l.key LEFT JOIN rows ON rows.link = l.key
        WHERE coalesce(parts.count, 0) <> coalesce(rows.count, 0) ORDER BY l.id LIMIT 5
    """,
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was proved, or what is wrong with it."""

    name: str
    fault: str | None = None


def verify(
    store: CaseStore, against: Sequence[str] = (), anchors: Sequence[Receipt] = (), own: Collection[str] = ()
) -> Iterator[Check]:
    """Check a case one thing after the other; every fault is one plain sentence naming the first bad item.

    Args:
        store: the case.
        against: heads that were noted earlier, ``NUMBER:HASH``.
        anchors: receipts of bundles of this case, their signatures already checked.
        own: fingerprints of one's own keys: a receipt that one of them signed anchors nothing.
    """
    yield Check("evidence files are unchanged", _changed_source(store) or _changed_kept(store))
    yield Check("the audit chain is whole", audit.first_fault(store.audit_entries()))
    yield Check("audit.jsonl is the same chain", _different_log(store))
    yield Check("partner layers are as they came", _changed_layer(store))
    for head in against:
        yield Check("the audit chain goes on from the head that was noted", _not_from(store, *_noted(head)))
    for one in anchors:
        yield Check(
            f"the audit chain goes on from where {one.agency} receipted it, {one.received[:10]}",
            _not_from(store, one.entries, one.head) or _no_anchor(store, one, own),
        )
    for name, sql in _SUMS.items():
        faults = store.run(sql)
        yield Check(name, str(faults[0][0]) if faults else None)


def _changed_source(store: CaseStore) -> str | None:
    for source in store.sources():
        path = store.folder / "sources" / source.sha256
        if not path.is_file():
            return f"the evidence file '{source.name}' (SHA-256 {source.sha256}) is gone from sources/"
        if path.stat().st_size != source.size or digest_of(path) != source.sha256:
            return f"the evidence file '{source.name}' is no longer the one with SHA-256 {source.sha256}"
    return None


def _changed_kept(store: CaseStore) -> str | None:
    """Check what the log names beside the sources of the store: sidecars, corrections, sources withdrawn."""
    folder = store.folder / "sources"
    known = {source.sha256 for source in store.sources()}
    for seq, action, text in store.run(
        "SELECT seq, action, body FROM audit WHERE action IN ('import.begin', 'quarantine.requeue') ORDER BY seq"
    ):
        body = json.loads(text)
        kept = []
        if action == "quarantine.requeue":
            kept.append(("file of corrections", folder / body["correction"], body["correction"]))
        else:
            if body["source"] not in known:
                kept.append(("evidence file", folder / body["source"], body["source"]))
            if body.get("sidecar"):
                path = sidecar.path_of(folder, body["source"], body["sidecar"])
                kept.append(("sidecar", path, body["sidecar"]))
        for what, path, sha256 in kept:
            if not path.is_file():
                return f"the {what} of audit entry {seq}, {path.name}, is gone from sources/"
            if digest_of(path) != sha256:
                return f"the {what} of audit entry {seq}, {path.name}, was changed"
    return None


def _changed_layer(store: CaseStore) -> str | None:
    standing = layers.standing(store.audit_entries())
    faults = (layers.fault_of(store.folder, layer, files) for layer, (files, _) in standing.items())
    if fault := next(filter(None, faults), None):
        return fault
    if left := layers.left_over(store.folder, standing):
        return f"{layers.FOLDER}/{left[0]} is of no layer that the audit log has; delete it"
    return None


def _noted(head: str) -> tuple[int, str]:
    if not HEAD.fullmatch(head.strip()):
        raise UsageError(f"'{head}' is no head of an audit chain: it is written NUMBER:HASH, as 'verify' prints it.")
    number, _, digest = head.strip().partition(":")
    return int(number), digest.lower()


def _not_from(store: CaseStore, number: int, digest: str) -> str | None:
    if number == 0:
        return None if digest == audit.GENESIS else "entry 0 is the beginning of every chain and has no such hash"
    newest = store.revision()
    if newest < number:
        return f"the audit chain ends at entry {newest}, the head that was noted is entry {number}: its end was cut off"
    entry = next(store.audit_entries(after=number - 1))
    if entry.seq != number or entry.hash != digest:
        return f"audit entry {number} is not the one that was noted: the chain was written anew up to there"
    return None


def _no_anchor(store: CaseStore, receipt: Receipt, own: Collection[str]) -> str | None:
    """A receipt is of a bundle, and the entry of that bundle comes after the head it anchors; by one of its recipients.

    What the sender signs for itself, with whichever key, anchors nothing.
    """
    for seq, text in store.run("SELECT seq, body FROM audit WHERE action = 'bundle' ORDER BY seq"):
        body = json.loads(text)
        if (body["bundle"], body["bag"]) != (receipt.bundle, receipt.bag):
            continue
        if receipt.by in own or receipt.by == receipt.sender:
            return f"the receipt for bundle {receipt.bundle} is signed with a key of its sender and anchors nothing"
        # An entry that does not name the signer was signed with a key of ours.
        senders = {body["signed_by"]} if "signed_by" in body else {*own}
        if receipt.sender not in senders or receipt.by not in body["recipients"]:
            return f"the receipt for bundle {receipt.bundle} is not from one of those whom the bundle was sent to"
        if receipt.entries >= seq:
            return f"the receipt for bundle {receipt.bundle} tells of entry {receipt.entries}, which came after it"
        return None
    return f"the audit log does not know the bundle {receipt.bundle} that was receipted: its end was cut off"


def _different_log(store: CaseStore) -> str | None:
    try:
        logged = list(audit.read_log(store.folder / "audit.jsonl"))
    except ValueError as fault:
        return str(fault)
    chain = list(store.audit_entries())
    for ours, theirs in zip(chain, logged, strict=False):
        if ours != theirs:
            return f"entry {ours.seq} of audit.jsonl differs from the chain in the store"
    # A power cut between the commit and the log leaves one entry to be caught up by the next command that writes.
    if len(logged) < len(chain) - 1:
        return f"audit.jsonl ends at entry {len(logged)}, the chain in the store at {len(chain)}"
    if len(logged) > len(chain):
        return f"audit.jsonl goes on to entry {len(logged)}, the chain in the store ends at {len(chain)}"
    return None
