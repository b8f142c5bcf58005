"""The Merkle tree: the known trees of Certificate Transparency, and every small tree against its definition."""

from __future__ import annotations

import hashlib
from itertools import product

import pytest

from linkgraph.store import merkle


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\0" + data).digest()


# The eight leaves and the roots of the first 0 … 8 of them that implementations of RFC 6962 share
# (certificate-transparency, merkletree_test).
DATA = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
LEAVES = [leaf(bytes.fromhex(text)) for text in DATA]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def defined_root(leaves):
    """RFC 6962 §2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = max(1 << n for n in range(20) if 1 << n < len(leaves))
    return hashlib.sha256(b"\1" + defined_root(leaves[:k]) + defined_root(leaves[k:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_known_roots(size):
    assert merkle.root(LEAVES[:size]).hex() == ROOTS[size]


def test_known_proofs():
    assert [one.hex() for one in merkle.inclusion_proof(LEAVES, 0)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert [one.hex() for one in merkle.consistency_proof(LEAVES, 1)] == [
        one.hex() for one in merkle.inclusion_proof(LEAVES, 0)
    ]
    assert merkle.consistency_proof(LEAVES, 8) == []


MANY = [leaf(str(number).encode()) for number in range(40)]


def test_every_small_tree_is_as_defined():
    for size in range(len(MANY) + 1):
        assert merkle.root(MANY[:size]) == defined_root(MANY[:size])


def test_every_inclusion_is_proved_and_no_other_leaf_place_or_size():
    for size in range(1, 20):
        leaves = MANY[:size]
        top = merkle.root(leaves)
        for at in range(size):
            proof = merkle.inclusion_proof(leaves, at)
            assert merkle.proves_inclusion(leaves[at], at, size, proof, top)
            assert not merkle.proves_inclusion(MANY[30], at, size, proof, top)
            assert not any(
                merkle.proves_inclusion(leaves[at], other, size, proof, top) for other in range(size) if other != at
            )
            assert not merkle.proves_inclusion(leaves[at], at, size, [*proof, MANY[30]], top)
            assert not (proof and merkle.proves_inclusion(leaves[at], at, size, proof[:-1], top))
            assert not merkle.proves_inclusion(leaves[at], at, size, proof, MANY[31])
            assert not merkle.proves_inclusion(leaves[at], size, size, proof, top)


def test_every_beginning_is_proved_and_no_other():
    for first, second in product(range(1, 20), repeat=2):
        if first > second:
            continue
        earlier, later = merkle.root(MANY[:first]), merkle.root(MANY[:second])
        proof = merkle.consistency_proof(MANY[:second], first)
        assert merkle.proves_consistency(first, second, earlier, later, proof)
        assert not merkle.proves_consistency(first, second, MANY[30], later, proof)
        assert not merkle.proves_consistency(first, second, earlier, MANY[30], proof)
        assert not merkle.proves_consistency(first, second, earlier, later, [*proof, MANY[30]])
        for at in range(len(proof)):
            changed = [MANY[30] if number == at else one for number, one in enumerate(proof)]
            assert not merkle.proves_consistency(first, second, earlier, later, changed)
        if first < second:
            rewritten = [MANY[30], *MANY[1:second]]
            assert not merkle.proves_consistency(
                first, second, earlier, merkle.root(rewritten), merkle.consistency_proof(rewritten, first)
            )
    assert not merkle.proves_consistency(0, 3, merkle.root([]), merkle.root(MANY[:3]), [])


def test_there_is_no_proof_of_what_is_not_there():
    with pytest.raises(IndexError):
        merkle.inclusion_proof(MANY[:3], 3)
    with pytest.raises(IndexError):
        merkle.consistency_proof(MANY[:3], 4)
