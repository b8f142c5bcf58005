"""Taking a source out whole, so that the graph is as if it had never been read.

Events of the source that another source saw too stay, counted under the other one; everything
that only this source carried goes. The evidence file and the audit trail stay.
"""

from __future__ import annotations

from linkgraph.store.append import LINK_AMOUNTS, LINK_PARTS
from linkgraph.store.embedded import CaseStore

_HEIRS = """
CREATE OR REPLACE TEMP TABLE heir AS
SELECT o.source, o.row, o.content_high, o.content_low, o.occurrence
FROM observation o
JOIN (SELECT content_high, content_low, occurrence FROM observation WHERE source = $source AND counted) gone
  USING (content_high, content_low, occurrence)
WHERE o.source <> $source
QUALIFY row_number() OVER (PARTITION BY content_high, content_low, occurrence ORDER BY o.source, o.row) = 1
"""

_TOUCHED = """
INSERT INTO touched
WITH said AS (
    SELECT entity FROM attribute WHERE source = $source
), spoken_of AS (
    SELECT entity FROM said UNION SELECT other FROM same_file SEMI JOIN said USING (entity)
), shown AS (
    SELECT entity FROM entity_part WHERE source = $source UNION SELECT entity FROM said
), shared AS (
    -- What a link to an address is worth depends on who else used it.
    SELECT l.target FROM link l JOIN link_part p ON p.link = l.key WHERE l.kind = 'USED_IP' AND p.source = $source
)
SELECT l.id, true, $revision FROM link_with_id l
WHERE l.key IN (SELECT link FROM link_part WHERE source = $source)
   OR (l.kind = 'USED_IP' AND l.target IN (SELECT target FROM shared))
   OR l.source IN (SELECT entity FROM spoken_of) OR l.target IN (SELECT entity FROM spoken_of)
UNION ALL
SELECT id, true, $revision FROM similar_with_id
WHERE source IN (SELECT entity FROM shown) OR target IN (SELECT entity FROM shown)
UNION ALL
SELECT e.id, false, $revision FROM entity e WHERE e.key IN (SELECT entity FROM shown)
"""

_INHERIT = """
UPDATE observation SET counted = true
FROM heir WHERE observation.source = heir.source AND observation.row = heir.row
"""

_HEIR_LINKS = """
CREATE OR REPLACE TEMP TABLE heir_link AS
SELECT DISTINCT t.source, t.link FROM statement t JOIN heir h ON h.source = t.source AND h.row = t.row
"""

_OWNED = (
    "observation",
    "statement",
    "link_part",
    "link_amount",
    "entity_part",
    "attribute",
    "quarantine",
    "corrected",
    "mention",
    "detail",
)


def withdraw(store: CaseStore, sha256: str, actor: str, why: str) -> None:
    """Take the source with this SHA-256 out of the store; one transaction, logged with who and why."""
    store.take_all_memory()
    with store.transaction():
        row = store.first("SELECT key FROM source WHERE sha256 = ?", [sha256])
        if row is None:
            raise LookupError(sha256)
        named = {"source": int(row[0])}
        revision = store.log(actor, "withdraw", {"source": sha256, "why": why})
        store.run(_TOUCHED, named | {"revision": revision})
        store.run(_HEIRS, named)
        store.run(_HEIR_LINKS)
        for table in _OWNED:
            store.run(f"DELETE FROM {table} WHERE source = $source", named)
        store.run(_INHERIT)
        _recount(store, revision)
        store.run("DELETE FROM source WHERE key = $source", named)
        store.run("DELETE FROM link WHERE key NOT IN (SELECT link FROM link_part)")
        store.run(
            "DELETE FROM entity "
            "WHERE key NOT IN (SELECT entity FROM entity_part UNION ALL SELECT entity FROM attribute)"
        )
        # Keys may be given again: nothing may remember one that is gone.
        store.run(
            "DELETE FROM similar_pair WHERE a NOT IN (SELECT key FROM entity) OR b NOT IN (SELECT key FROM entity)"
        )
        store.run("DELETE FROM compared WHERE entity NOT IN (SELECT key FROM entity)")


def _recount(store: CaseStore, revision: int) -> None:
    """Sum the links of the heirs again, and move their rows from duplicates to stored."""
    heirs = store.run("SELECT source, count(*) FROM heir GROUP BY source ORDER BY source")
    for source, promoted in heirs:
        named = {"source": source}
        tables = {
            "statements": "(SELECT row, link FROM statement WHERE source = $source AND link IN "
            "(SELECT link FROM heir_link WHERE source = $source))",
            "observations": "(SELECT * FROM observation WHERE source = $source)",
        }
        affected = "source = $source AND link IN (SELECT link FROM heir_link WHERE source = $source)"
        store.run(f"DELETE FROM link_part WHERE {affected}", named)
        store.run(f"DELETE FROM link_amount WHERE {affected}", named)
        store.run(
            "INSERT INTO link_part SELECT link, $source, $revision, count, weight, first_seen, last_seen, precision "
            f"FROM ({LINK_PARTS.format(**tables)})",
            named | {"revision": revision},
        )
        store.run(
            f"INSERT INTO link_amount SELECT link, $source, currency, amount FROM ({LINK_AMOUNTS.format(**tables)})",
            named,
        )
        store.run(
            "UPDATE source SET stored = stored + $promoted, duplicates = duplicates - $promoted WHERE key = $source",
            named | {"promoted": promoted},
        )
