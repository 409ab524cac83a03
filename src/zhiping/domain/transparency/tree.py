"""Merkle tree of a log (RFC 6962, section 2; RFC 9162, section 2.1): root, proofs, verification.

All hashes are strings of 64 hexadecimal digits; `hashes` are the leaf hashes, in order.
"""

import hashlib
import re
from collections.abc import Collection, Sequence
from typing import Any

from zhiping.domain.transparency.canonical import canonical

HASH = re.compile(r"[0-9a-f]{64}")


def leaf_hash(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return the hash of a log entry (RFC 6962, 2.1: 0x00 before the entry), in hex."""
    return hashlib.sha256(b"\0" + canonical(value)).hexdigest()


def root(hashes: Sequence[str]) -> str:
    """Return the root of the tree over these leaves; for no leaves, the hash of the empty string."""
    if not hashes:
        return hashlib.sha256().hexdigest()
    if len(hashes) == 1:
        return hashes[0]
    split = _split(len(hashes))
    return _node(root(hashes[:split]), root(hashes[split:]))


def roots(hashes: Sequence[str], sizes: Collection[int]) -> dict[int, str]:
    """Return the roots the log had at some sizes, in one pass; none for a size beyond its end."""
    found = {0: root([])} if 0 in sizes else {}
    peaks: list[tuple[int, str]] = []  # complete subtrees from left to right: number of leaves and root
    for size, leaf in enumerate(hashes, 1):
        peaks.append((1, leaf))
        while len(peaks) > 1 and peaks[-1][0] == peaks[-2][0]:
            (count, right), (_, left) = peaks.pop(), peaks.pop()
            peaks.append((2 * count, _node(left, right)))
        if size in sizes:
            tree = peaks[-1][1]
            for _, left in reversed(peaks[:-1]):
                tree = _node(left, tree)
            found[size] = tree
    return found


def inclusion_proof(hashes: Sequence[str], index: int) -> list[str]:
    """Return the sibling hashes from a leaf to the root, nearest first (RFC 9162, 2.1.3.1).

    Raises IndexError if there is no such leaf.
    """
    if not 0 <= index < len(hashes):
        raise IndexError(index)
    if len(hashes) == 1:
        return []
    split = _split(len(hashes))
    if index < split:
        return [*inclusion_proof(hashes[:split], index), root(hashes[split:])]
    return [*inclusion_proof(hashes[split:], index - split), root(hashes[:split])]


def consistency_proof(hashes: Sequence[str], first: int) -> list[str]:
    """Return the proof that the log only grew since it had `first` leaves (RFC 9162, 2.1.4.1).

    Raises IndexError if it is smaller than that.
    """
    if not 0 <= first <= len(hashes):
        raise IndexError(first)
    return _subproof(hashes, first, known=True) if first else []


def _subproof(hashes: Sequence[str], first: int, *, known: bool) -> list[str]:
    """Return the proof for a subtree; `known`: the verifier already has the subtree's old root."""
    if first == len(hashes):
        return [] if known else [root(hashes)]
    split = _split(len(hashes))
    if first <= split:
        return [*_subproof(hashes[:split], first, known=known), root(hashes[split:])]
    return [*_subproof(hashes[split:], first - split, known=False), root(hashes[:split])]


def verify_inclusion(leaf: str, index: int, size: int, proof: Sequence[str], tree: str) -> bool:
    """Return whether `leaf` is entry `index` (from 0) of the log with this size and root `tree`.

    RFC 9162, 2.1.3.2. Malformed input returns False.
    """
    if not (0 <= index < size and _hashes(leaf, tree, *proof)):
        return False
    last, node = size - 1, leaf
    for other in proof:
        if not last:
            return False
        if index % 2 or index == last:
            node = _node(other, node)
            while not index % 2 and index:
                index, last = index // 2, last // 2
        else:
            node = _node(node, other)
        index, last = index // 2, last // 2
    return not last and node == tree


def verify_consistency(
    first: int, second: int, first_root: str, second_root: str, proof: Sequence[str]
) -> bool:
    """Return whether the log of size `second` extends the one of size `first` (RFC 9162, 2.1.4.2).

    Malformed input returns False.
    """
    if not (0 <= first <= second and _hashes(first_root, second_root, *proof)):
        return False
    if not first or first == second:
        expected = second_root if first else root([])
        return not proof and first_root == expected
    path = iter(proof if first & (first - 1) else (first_root, *proof))
    node, last = first - 1, second - 1
    while node % 2:
        node, last = node // 2, last // 2
    old = new = next(path, "")
    for other in path:
        if not last:
            return False
        if node % 2 or node == last:
            old, new = _node(other, old), _node(other, new)
            while not node % 2 and node:
                node, last = node // 2, last // 2
        else:
            new = _node(new, other)
        node, last = node // 2, last // 2
    return not last and (old, new) == (first_root, second_root)


def _split(size: int) -> int:
    """Return the largest power of two below a size."""
    return 1 << (size - 1).bit_length() - 1


def _node(left: str, right: str) -> str:
    return hashlib.sha256(b"\1" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


def _hashes(*texts: str) -> bool:
    return all(HASH.fullmatch(text) for text in texts)
