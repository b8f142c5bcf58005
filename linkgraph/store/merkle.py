"""A Merkle tree over the audit log: one hash stands for all entries, and short proofs follow from it.

Whoever holds the root of an earlier day can be shown, with a few hashes and without the log, that an
entry is in it, and that today's log is that log with entries added and none changed. The tree is that
of Certificate Transparency: a leaf is ``SHA-256(0x00 ‖ entry)``, a node ``SHA-256(0x01 ‖ left ‖ right)``,
and of n leaves the left side has the largest power of two below n.

Source: RFC 6962 §2.1 (tree and proofs), RFC 9162 §2.1.3.2 and §2.1.4.2 (how proofs are verified).
Leaves, roots and the items of a proof are the 32 bytes of a SHA-256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def root(leaves: Sequence[bytes]) -> bytes:
    """Give the hash of the tree over these leaf hashes; of no leaves the hash of nothing."""
    if not leaves:
        return hashlib.sha256().digest()
    level = list(leaves)
    while len(level) > 1:
        pairs = [_node(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
        # What has no neighbour goes up as it is.
        level = pairs + level[2 * len(pairs) :]
    return level[0]


def inclusion_proof(leaves: Sequence[bytes], at: int) -> list[bytes]:
    """Give the hashes that lead from the leaf ``at`` (from 0) to the root, lowest first."""
    if not 0 <= at < len(leaves):
        raise IndexError(f"no leaf {at} among {len(leaves)}")
    if len(leaves) == 1:
        return []
    left = _left_of(len(leaves))
    if at < left:
        return [*inclusion_proof(leaves[:left], at), root(leaves[left:])]
    return [*inclusion_proof(leaves[left:], at - left), root(leaves[:left])]


def inclusion_proofs(leaves: Sequence[bytes], at: Sequence[int]) -> list[list[bytes]]:
    """Give :func:`inclusion_proof` of many leaves of one tree, hashing the tree once."""
    for one in at:
        if not 0 <= one < len(leaves):
            raise IndexError(f"no leaf {one} among {len(leaves)}")
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = [_node(left, right) for left, right in zip(below[::2], below[1::2], strict=False)]
        levels.append(pairs + below[2 * len(pairs) :])
    # What has no neighbour on a level went up as it is, and has no hash there.
    return [
        [level[(one >> height) ^ 1] for height, level in enumerate(levels[:-1]) if (one >> height) ^ 1 < len(level)]
        for one in at
    ]


def consistency_proof(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """Give the hashes that show that the tree of the ``first`` leaves is the beginning of this one."""
    if not 0 < first <= len(leaves):
        raise IndexError(f"no tree of {first} among {len(leaves)} leaves")
    return _subproof(leaves, first, whole=True)


def proves_inclusion(leaf: bytes, at: int, size: int, proof: Sequence[bytes], of: bytes) -> bool:
    """Tell whether a proof shows that ``leaf`` is number ``at`` (from 0) of the tree of ``size`` with root ``of``."""
    if not 0 <= at < size:
        return False
    place, last, found = at, size - 1, leaf
    for item in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = _node(item, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = _node(found, item)
        place, last = place >> 1, last >> 1
    return last == 0 and found == of


def proves_consistency(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether a proof shows that the tree of ``first`` leaves is the beginning of that of ``second``."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    path = list(proof) if first & (first - 1) else [first_root, *proof]
    if not path:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    earlier = later = path[0]
    for item in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            earlier, later = _node(item, earlier), _node(item, later)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            later = _node(later, item)
        place, last = place >> 1, last >> 1
    return last == 0 and earlier == first_root and later == second_root


def _subproof(leaves: Sequence[bytes], first: int, *, whole: bool) -> list[bytes]:
    """RFC 6962 §2.1.2: ``whole`` says that the tree of the first leaves is one the asker has the root of."""
    if first == len(leaves):
        return [] if whole else [root(leaves)]
    left = _left_of(len(leaves))
    if first <= left:
        return [*_subproof(leaves[:left], first, whole=whole), root(leaves[left:])]
    return [*_subproof(leaves[left:], first - left, whole=False), root(leaves[:left])]


def _left_of(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
