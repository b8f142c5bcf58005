"""What Neo4j has no type for is written as text and read back as it was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from linkgraph import evidence as rows_text
from linkgraph.model import Attribute, Basis, Evidence
from linkgraph.store.neo4j import attributes_from, attributes_text, evidence_from


def evidence_text(evidence):
    return [f"{source} {rows}" for source, rows in rows_text.ranges(evidence).items()]


SHA256 = st.text("0123456789abcdef", min_size=64, max_size=64)


@given(st.sets(st.tuples(st.sampled_from(["a" * 64, "b" * 64, "0" * 64]), st.integers(1, 60))))
def test_evidence_comes_back_in_order_of_source_and_row(pairs):
    expected = tuple(Evidence(source, row) for source, row in sorted(pairs))
    texts = evidence_text(expected)
    assert evidence_from(texts) == expected
    assert len(texts) == len({source for source, _ in pairs})


@given(SHA256, st.sets(st.integers(1, 2**40), max_size=8))
def test_any_row_number_survives(source, rows):
    expected = tuple(Evidence(source, row) for row in sorted(rows))
    assert evidence_from(evidence_text(expected)) == expected


def test_neighbouring_rows_are_joined():
    rows = [1, 4, 5, 6, 7, 8, 9, 12]
    assert evidence_text(Evidence("a" * 64, row) for row in rows) == ["a" * 64 + " 1,4-9,12"]


@given(
    st.lists(
        st.builds(
            Attribute,
            st.text(),
            st.text(),
            st.sampled_from(Basis),
            st.text(),
            st.none() | st.integers(1, 2**40),
        )
    )
)
def test_attributes_come_back_as_they_were(attributes):
    assert attributes_from(attributes_text(attributes)) == tuple(attributes)
