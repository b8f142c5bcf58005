"""A graph from outside is held against every rule, one at a time."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from exchange.tables import FILE, NOON, everything

from linkgraph.errors import IntegrityError
from linkgraph.exchange import checking

GOOD = everything()


def changed(part, **cells):
    """Change cells of the first row of a table."""
    table = getattr(GOOD, part)
    rows = table.to_pylist()
    rows[0] |= cells
    return dataclasses.replace(GOOD, **{part: pa.Table.from_pylist(rows, table.schema)})


def test_a_sound_graph_is_sound_and_its_masked_victim_is_told():
    assert checking.check(GOOD) == 0
    first = GOOD.entities["id"][0].as_py()
    for value in (
        f"victim {first[:8]}",
        f"of a victim {first[:8]}",
        f"account {first[:12]}",
        f"203.0.113.0/24 {first[:12]}",
        f"2001:db8::/48 {first[:12]}",
    ):
        assert checking.check(changed("entities", value=value)) == 1


@pytest.mark.parametrize(
    ("part", "cells", "sentence"),
    [
        ("entities", {"kind": "Animal"}, "a kind that linkgraph does not know"),
        ("entities", {"role": "king"}, "a role that linkgraph does not know"),
        ("entities", {"country_basis": "guessed"}, "a country_basis that linkgraph does not know"),
        ("entities", {"marking": "TLP:WHITE"}, "a marking that linkgraph does not know"),
        ("entities", {"marking": None}, "without its marking"),
        ("entities", {"value": None}, "without its value"),
        ("entities", {"value": ""}, "without its value"),
        ("entities", {"value": "somebody else"}, "not that of its kind and value"),
        ("entities", {"value": "victim 00000000"}, "not that of its kind and value"),
        ("entities", {"value": f"small_wren {GOOD.entities['id'][0].as_py()[:12]}"}, "not that of its kind and value"),
        ("entities", {"first_seen": NOON, "last_seen": NOON - timedelta(seconds=1)}, "seen first after"),
        ("entities", {"first_seen": datetime(1, 1, 1, tzinfo=UTC)}, "before the year 1"),
        ("entities", {"id": "xyz"}, "an id that is none"),
        ("entities", {"id": GOOD.entities["id"][1].as_py()}, "two records with one id"),
        ("links", {"kind": "KNOWS"}, "a kind that linkgraph does not know"),
        ("links", {"count": 0}, "counts no row"),
        ("links", {"count": 2**63 - 1}, "counts no row"),
        ("links", {"evidence": [f"{FILE} 1-999999999"]}, "rows that no file has"),
        ("links", {"evidence": [f"{FILE} 9-2"]}, "rows that no file has"),
        ("links", {"evidence": [f"{FILE} 4000000000"]}, "rows that no file has"),
        ("links", {"amounts": '{"EUR":"abc"}'}, "sums of money that are none"),
        ("links", {"amounts": '{"EUR":"NaN"}'}, "sums of money that are none"),
        ("links", {"amounts": '{"EUR":"1e999999"}'}, "sums of money that are none"),
        ("links", {"amounts": '{"EUR":1}'}, "sums of money that are none"),
        ("links", {"amounts": "[]"}, "sums of money that are none"),
        ("links", {"count": None}, "without its count"),
        ("links", {"target": "0" * 32}, "speaks of an entity that is not in it"),
        ("links", {"id": "0" * 32}, "not that of its kind and ends"),
        ("said", {"entity": "0" * 32}, "speaks of an entity that is not in it"),
        ("said", {"basis": "rumour"}, "a basis that linkgraph does not know"),
        ("said", {"origin": None}, "without its origin"),
    ],
)
def test_what_is_not_as_it_must_be_is_refused(part, cells, sentence):
    with pytest.raises(IntegrityError, match=sentence):
        checking.check(changed(part, **cells))
