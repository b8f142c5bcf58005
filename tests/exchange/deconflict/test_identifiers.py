"""What can be compared, and that two installations which write it differently notice."""

from __future__ import annotations

import hashlib
from collections import Counter

import pytest

from linkgraph.errors import UsageError
from linkgraph.exchange.deconflict import identifiers
from linkgraph.exchange.deconflict.identifiers import KINDS, chosen, cleaned, table, tagged
from linkgraph.model import EntityKind
from linkgraph.store.audit import canonical


@pytest.mark.parametrize(("kind", "raw", "value"), table())
def test_the_table_is_what_the_cleaners_give(kind, raw, value):
    """Where this fails, a cleaner or a library reads otherwise than before: raise NORMALISER_VERSION with the table."""
    assert cleaned(EntityKind(kind), raw) == value


def test_the_table_has_twenty_rows_of_each_kind_and_refusals():
    rows = table()
    assert len(rows) >= 200
    assert {EntityKind(kind) for kind, _, _ in rows} == KINDS
    assert min(Counter(kind for kind, _, _ in rows).values()) >= 20
    assert {EntityKind(kind) for kind, _, value in rows if value is None} == KINDS
    assert len({(kind, raw) for kind, raw, _ in rows}) == len(rows)


def test_a_canonical_value_is_cleaned_to_itself():
    for kind, _, value in table():
        if value is not None:
            assert cleaned(EntityKind(kind), value) == value


def test_the_hash_is_over_every_row():
    rows = [list(row) for row in table()]
    stated = identifiers.normaliser().vectors
    assert hashlib.sha256(canonical(rows).encode()).hexdigest() == stated
    for at in range(len(rows)):
        changed = [*rows[:at], [rows[at][0], rows[at][1], "other"], *rows[at + 1 :]]
        assert hashlib.sha256(canonical(changed).encode()).hexdigest() != stated


def test_what_strangers_share_takes_no_part():
    found = chosen(
        {
            EntityKind.IP_ADDRESS: ["81.2.69.142", "10.0.0.1", "100.64.0.1", "::1", "2a00:1450::1"],
            EntityKind.FILE_HASH: ["sha256:" + hashlib.sha256().hexdigest(), "md5:" + "1" * 32, "md5:" + "0" * 32],
            EntityKind.EMAIL: ["a@example.com", "a@example.com"],
            EntityKind.PHONE: ["+447700900123"],
        },
        [EntityKind.IP_ADDRESS, EntityKind.FILE_HASH, EntityKind.EMAIL],
    )
    assert found.identifiers == (
        (EntityKind.EMAIL, "a@example.com"),
        (EntityKind.FILE_HASH, "md5:" + "1" * 32),
        (EntityKind.IP_ADDRESS, "2a00:1450::1"),
        (EntityKind.IP_ADDRESS, "81.2.69.142"),
    )
    assert found.left_out == 5


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (EntityKind.IP_ADDRESS, "::ffff:81.2.69.142"),
        (EntityKind.IP_ADDRESS, "nonsense"),
        (EntityKind.FILE_HASH, "MD5:" + "A" * 32),
    ],
)
def test_what_could_meet_nothing_is_refused(kind, value):
    with pytest.raises(UsageError, match="not in its canonical form"):
        chosen({kind: [value]}, [kind])


def test_the_kind_is_part_of_what_is_hashed():
    value = "+447700900123"
    assert len({tagged((kind, value)) for kind in KINDS}) == len(KINDS)
    assert tagged((EntityKind.PHONE, value)) == b"Phone\x1f+447700900123"
