"""What each link is worth, in words: worked out when links are read, so that a list that comes later counts too.

An address used with its source port at an exact time names one subscriber even behind a carrier's address
translation (RFC 6302: log the source port and an exact time); without the port the time alone names whoever
had the address then; an interval names one of several; an address that very many accounts of the case used,
or that stands on a list the agency supplies (exit nodes, carriers' gateways), names nobody. Digests on a list
of known files, of the empty file, or taken back by every member that listed them connect nothing.
"""

from __future__ import annotations

import re

from linkgraph.store.batch import Precision
from linkgraph.wording import NEVER_LINKS

MANY_ACCOUNTS = 20
"""An address used by more accounts of the case than this counts as shared."""

KNOWN_FILE, SHARED_ADDRESS, LISTED, TAKEN_BACK, QUALITY = (
    "known file",
    "shared address",
    "listed",
    "withdrawn",
    "quality",
)
"""Attributes that decide grades."""

LEAST_QUALITY = 50
"""PDQ hashes of less quality are of pictures with too little in them and make no link (PDQ description, Meta 2019)."""

# The tables that the grade of a link is read from, to stand in a WITH clause.
TABLES = f"""
users AS (
    SELECT target AS entity, count(DISTINCT source) AS accounts FROM link WHERE kind = 'USED_IP' GROUP BY target
), shared AS (
    SELECT a.entity, min(s.name) AS list FROM attribute a JOIN source s ON s.key = a.source
    WHERE a.name = '{SHARED_ADDRESS}' GROUP BY a.entity
), listed_file AS (
    SELECT entity, min(value) AS list FROM attribute WHERE name = '{KNOWN_FILE}' GROUP BY entity
), known_file AS (
    -- A file is known by any of its digests.
    SELECT entity, min(list) AS list FROM (
        FROM listed_file
        UNION ALL
        SELECT s.other, f.list FROM listed_file f JOIN same_file s USING (entity)
    ) GROUP BY entity
), standing AS (
    -- A value is a time and a member: "2026-01-05T10:00:00Z member 17".
    SELECT entity, arg_max(name, value) AS newest FROM attribute
    WHERE name IN ('{LISTED}', '{TAKEN_BACK}') GROUP BY entity, substr(value, instr(value, ' '))
), taken_back AS (
    SELECT entity FROM standing GROUP BY entity HAVING bool_and(newest = '{TAKEN_BACK}')
)
"""

# The grade of `l` (a row of link) with its sum `s` (precision), as an expression; JOINS go with it.
GRADE = f"""
CASE
    WHEN coalesce(ks.list, kt.list) IS NOT NULL
    THEN '{NEVER_LINKS}: known file (' || coalesce(kt.list, ks.list) || ')'
    WHEN bt.entity IS NOT NULL OR bs.entity IS NOT NULL THEN '{NEVER_LINKS}: taken back by every member that listed it'
    WHEN l.grade IS NOT NULL THEN l.grade
    WHEN l.kind = 'USED_IP' THEN
        CASE
            WHEN sh.list IS NOT NULL OR u.accounts > {MANY_ACCOUNTS} THEN
                CASE WHEN s.precision = {Precision.PORT:d} THEN 'source port and exact time, at a ' ELSE '' END
                || 'shared address: '
                || coalesce('on the list ' || sh.list, 'used by ' || u.accounts || ' accounts of this case')
            WHEN s.precision = {Precision.PORT:d} THEN 'source port and exact time'
            WHEN s.precision = {Precision.EXACT:d} THEN 'exact time, ordinary address'
            WHEN s.precision = {Precision.INTERVAL:d} THEN 'interval only'
            ELSE 'no time stated'
        END
END
"""

JOINS = """
LEFT JOIN users u ON u.entity = l.target AND l.kind = 'USED_IP'
LEFT JOIN shared sh ON sh.entity = l.target AND l.kind = 'USED_IP'
LEFT JOIN known_file ks ON ks.entity = l.source
LEFT JOIN known_file kt ON kt.entity = l.target
LEFT JOIN taken_back bs ON bs.entity = l.source
LEFT JOIN taken_back bt ON bt.entity = l.target
"""

# Links whose grade may be another since a revision: their address has new users and many, or stands on a list,
# their file is known or taken back. `l` is a row of link.
CHANGED = f"""
(l.kind = 'USED_IP' AND u.accounts > {MANY_ACCOUNTS} AND l.target IN (
    SELECT k.target FROM link k JOIN link_part p ON p.link = k.key
    WHERE k.kind = 'USED_IP' AND p.revision > $revision
))
OR EXISTS (
    SELECT 1 FROM link k JOIN link_part p ON p.link = k.key
    WHERE k.kind = 'SAME_FILE' AND p.revision > $revision
      AND (k.source IN (l.source, l.target) OR k.target IN (l.source, l.target))
)
OR EXISTS (
    SELECT 1 FROM attribute a LEFT JOIN same_file f USING (entity)
    WHERE a.revision > $revision AND (a.entity IN (l.source, l.target) OR f.other IN (l.source, l.target))
    AND a.name IN ('{KNOWN_FILE}', '{SHARED_ADDRESS}', '{LISTED}', '{TAKEN_BACK}')
)
"""

RESTS_ON_LISTS = f"^{NEVER_LINKS}: (known file|taken back)|on the list "
"""Grades that rest on what a list says of an end, or of another digest of the same file."""
LIST_FACTS = (KNOWN_FILE, SHARED_ADDRESS, LISTED, TAKEN_BACK)

_PORT = "(source port and exact time, at a )?"
_OF_ITSELF = re.compile(
    f"{NEVER_LINKS}: (known file|taken back by every member that listed it|digest of an empty file)"
    f"|{NEVER_LINKS}: (carrier-grade NAT|[a-z-]+) address"
    f"|{_PORT}shared address: (on a list|used by many accounts)"
    "|source port and exact time|exact time, ordinary address|interval only|no time stated"
    "|similar file: PDQ hashes [0-9]{1,3} of 256 bits apart(, quality not stated)?"
)
_NAMED = (
    (re.compile(rf"^({NEVER_LINKS}: known file) \(.*", re.DOTALL), r"\1"),
    (re.compile(rf"^({_PORT}shared address: )on the list .*", re.DOTALL), r"\1on a list"),
    (re.compile(rf"^({_PORT}shared address: )used by [0-9]+ accounts of this case$"), r"\1used by many accounts"),
)


def without_names(grade: str) -> str | None:
    """Give a grade as others may read it: without the name of a list, and without how many accounts the case has.

    Args:
        grade: as :data:`GRADE` gives it, or as stated by an import.

    Returns:
        One of a closed set of texts; None for a grade that says something else.
    """
    for found, instead in _NAMED:
        grade = found.sub(instead, grade)
    return grade if _OF_ITSELF.fullmatch(grade) else None
