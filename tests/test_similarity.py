"""Near PDQ hashes: the index gives what comparing all pairs gives, whatever the hashes are."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph import similarity
from linkgraph.similarity import Hashes, Pairs, pairs_among, pairs_within, parse, pieces_within


def of(*numbers: int) -> Hashes:
    return parse([f"{number:064x}" for number in numbers])


def numbers(hashes: Hashes) -> list[int]:
    return [int.from_bytes(row.astype(">u8").tobytes()) for row in hashes]


def compared(needles: Hashes, haystack: Hashes, radius: int = 31) -> list[tuple[int, int, int]]:
    """Compare all pairs, one after the other."""
    pairs = product(enumerate(numbers(needles)), enumerate(numbers(haystack)))
    apart = ((i, j, (one ^ other).bit_count()) for (i, one), (j, other) in pairs)
    return [found for found in apart if found[2] <= radius]


def listed(found: Pairs) -> list[tuple[int, int, int]]:
    return list(zip(*(column.tolist() for column in found), strict=True))


def test_parse() -> None:
    (row,) = parse(["f162eb9daab170c0567fe3632d9a5548c5612982DD5E374A7424EBBC8A835C95"])
    assert [f"{word:016x}" for word in row.tolist()] == [
        "f162eb9daab170c0",
        "567fe3632d9a5548",
        "c5612982dd5e374a",
        "7424ebbc8a835c95",
    ]
    assert parse([]).shape == (0, 4)


@pytest.mark.parametrize("bad", ["", "0" * 63, "0" * 65, "g" * 64, " " + "0" * 63, "0" * 32 + "_" + "0" * 31, "٠" * 64])
def test_what_is_no_hash_is_named_by_its_place(bad: str) -> None:
    with pytest.raises(ValueError, match="hash 1 is not 64"):
        parse(["0" * 64, bad])


def spread(bits: int) -> int:
    """Turn ``bits`` bits, as many in one slot as in another: the case in which the index could miss."""
    return sum(1 << (16 * (at % 16) + at // 16) for at in range(bits))


@pytest.mark.parametrize("bits", [0, 1, 15, 16, 17, 30, 31, 32, 33, 256])
@pytest.mark.parametrize("radius", [0, 1, 3, 4, 15, 16, 20, 30, 31])
def test_pairs_at_the_edge(bits: int, radius: int) -> None:
    ground = 0x5A5A << 100 | 0x1234
    found = listed(pairs_within(of(ground), of(ground ^ spread(bits), ground ^ ((1 << bits) - 1)), radius))
    assert found == ([(0, 0, bits), (0, 1, bits)] if bits <= radius else [])


clusters = st.lists(
    st.builds(
        lambda ground, turned: ground ^ sum(1 << bit for bit in turned),
        st.sampled_from([0, (1 << 256) - 1, int("9" * 64, 16), spread(128)]),
        st.sets(st.integers(0, 255), max_size=24),
    ),
    max_size=12,
).map(lambda found: of(*found))


@settings(max_examples=200, deadline=None)
@given(clusters, clusters, st.integers(0, 31))
def test_the_same_answer_as_comparing_all(needles: Hashes, haystack: Hashes, radius: int) -> None:
    assert listed(pairs_within(needles, haystack, radius)) == compared(needles, haystack, radius)


@settings(max_examples=100, deadline=None)
@given(clusters, st.integers(0, 12))
def test_new_hashes_with_all_others_once(hashes: Hashes, known: int) -> None:
    known = min(known, len(hashes))
    every = [(i, j, apart) for i, j, apart in compared(hashes, hashes) if i > j]
    assert listed(pairs_among(hashes)) == every
    before = listed(pairs_among(hashes[:known]))
    assert sorted(before + listed(pairs_among(hashes, known))) == every


def test_small_pieces_give_the_same_pairs_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(3)
    hashes = draw.integers(0, 1 << 64, (300, 4), np.uint64)
    hashes[100:200] = 0
    hashes[200:250] = hashes[:50] ^ np.array([1, 0, 1 << 40, 7], np.uint64)
    whole = listed(pairs_within(hashes, hashes))
    assert whole == compared(hashes, hashes)
    assert len(whole) == 200 + 100 * 100 + 2 * 50
    monkeypatch.setattr(similarity, "_NEEDLES", 7)
    monkeypatch.setattr(similarity, "_ROWS", 64)
    monkeypatch.setattr(similarity, "_CANDIDATES", 500)
    assert listed(pairs_within(hashes, hashes)) == whole
    for piece in pieces_within(hashes, hashes):
        assert 0 < len(piece.needle) <= 500


def test_blank_pictures_make_a_longer_answer_and_no_larger_piece() -> None:
    blank = of(*[0] * 1500)
    sizes = [len(piece.needle) for piece in pieces_within(blank, blank)]
    assert sum(sizes) == 1500 * 1500
    assert max(sizes) <= similarity._CANDIDATES


@pytest.mark.parametrize(
    ("needles", "haystack", "radius"),
    [
        (of(0), of(0), 32),
        (of(0), of(0), -1),
        (of(0).astype(np.int64), of(0), 31),
        (of(0)[0], of(0), 31),
        (of(0), of(0)[:, :3], 31),
    ],
)
def test_what_cannot_be_searched(needles: Hashes, haystack: Hashes, radius: int) -> None:
    with pytest.raises(ValueError, match=r"radius|uint64"):
        pairs_within(needles, haystack, radius)


def test_hashes_of_published_pictures(published: Path) -> None:
    haystack, needles = (
        parse((published / "pdq" / name).read_text("ascii").split()) for name in ("haystack.txt", "needles.txt")
    )
    found = listed(pairs_within(needles, haystack))
    assert found == compared(needles, haystack)
    assert len(found) > 0
    among = listed(pairs_among(haystack))
    assert among == [(i, j, apart) for i, j, apart in compared(haystack, haystack) if i > j]
