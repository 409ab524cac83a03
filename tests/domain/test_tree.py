"""Merkle tree: published vectors and properties of the proofs."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiping.domain.transparency.canonical import canonical
from zhiping.domain.transparency.tree import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    roots,
    verify_consistency,
    verify_inclusion,
)

# The reference tree of Certificate Transparency (RFC 6962 has no test vectors).
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
LEAVES = [hashlib.sha256(b"\0" + bytes.fromhex(data)).hexdigest() for data in INPUTS]
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
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
G = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f"
INCLUSION = {
    (0, 1): [],
    (0, 8): [A, B, C],
    (5, 8): [D, E, ROOTS[4]],
    (2, 3): [ROOTS[2]],
    (1, 5): [ROOTS[1], B, D],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [A, B, C],
    (6, 8): [F, E, ROOTS[4]],
    (2, 5): [B, D],
    (6, 7): [F, G, ROOTS[4]],
}

HASHES = st.binary(min_size=32, max_size=32).map(bytes.hex)
LOGS = st.lists(HASHES, min_size=1, max_size=40, unique=True)


def flipped(text, bit):
    """Return the hash with one bit flipped."""
    return f"{int(text, 16) ^ (1 << bit):064x}"


def test_roots_match_the_published_vectors():
    assert [root(LEAVES[:size]) for size in range(9)] == ROOTS


@pytest.mark.parametrize(("place", "proof"), INCLUSION.items())
def test_inclusion_proofs_match_the_published_vectors(place, proof):
    index, size = place
    assert inclusion_proof(LEAVES[:size], index) == proof
    assert verify_inclusion(LEAVES[index], index, size, proof, ROOTS[size])


@pytest.mark.parametrize(("sizes", "proof"), CONSISTENCY.items())
def test_consistency_proofs_match_the_published_vectors(sizes, proof):
    first, second = sizes
    assert consistency_proof(LEAVES[:second], first) == proof
    assert verify_consistency(first, second, ROOTS[first], ROOTS[second], proof)


def test_leaf_is_hashed_with_a_zero_before_its_canonical_form():
    assert leaf_hash({"a": "质"}) == hashlib.sha256(b"\0" + canonical({"a": "质"})).hexdigest()


def test_proofs_of_all_small_logs_hold_for_their_place_only():
    leaves = [leaf_hash(number) for number in range(34)]
    for size in range(1, 35):
        tree = root(leaves[:size])
        for index in range(size):
            proof = inclusion_proof(leaves[:size], index)
            fits = [at for at in range(size) if verify_inclusion(leaves[index], at, size, proof, tree)]
            assert fits == [index]
        for first in range(size + 1):
            proof, old = consistency_proof(leaves[:size], first), root(leaves[:first])
            assert verify_consistency(first, size, old, tree, proof)
            others = [n for n in range(size) if verify_consistency(n, size, old, tree, proof)]
            assert others == ([first] if first < size else [])


@given(LOGS, st.data())
def test_any_flipped_leaf_changes_the_root(leaves, data):
    index = data.draw(st.integers(0, len(leaves) - 1))
    changed = [*leaves]
    changed[index] = flipped(leaves[index], data.draw(st.integers(0, 255)))
    assert root(changed) != root(leaves)


@given(LOGS, st.data())
def test_removing_adding_or_swapping_leaves_changes_the_root(leaves, data):
    one, other = (data.draw(st.integers(0, len(leaves) - 1)) for _ in range(2))
    swapped = [*leaves]
    swapped[one], swapped[other] = leaves[other], leaves[one]
    assert (root(swapped) == root(leaves)) == (one == other)
    assert len({root(leaves), root(leaves[:one] + leaves[one + 1 :]), root([*leaves, leaves[one]])}) == 3


@given(LOGS, st.data())
def test_altered_inclusion_proofs_fail(leaves, data):
    index = data.draw(st.integers(0, len(leaves) - 1))
    size, tree, proof = len(leaves), root(leaves), inclusion_proof(leaves, index)
    assert verify_inclusion(leaves[index], index, size, proof, tree)
    bit = data.draw(st.integers(0, 255))
    assert not verify_inclusion(flipped(leaves[index], bit), index, size, proof, tree)
    assert not verify_inclusion(leaves[index], index, size, proof, flipped(tree, bit))
    assert not verify_inclusion(leaves[index], index, size, [*proof, tree], tree)
    for at in range(len(proof)):
        changed = [flipped(part, bit) if n == at else part for n, part in enumerate(proof)]
        assert not verify_inclusion(leaves[index], index, size, changed, tree)
        assert not verify_inclusion(leaves[index], index, size, proof[:at] + proof[at + 1 :], tree)


@given(LOGS, st.data())
def test_altered_consistency_proofs_fail(leaves, data):
    first = data.draw(st.integers(0, len(leaves)))
    size, old, new, proof = len(leaves), root(leaves[:first]), root(leaves), consistency_proof(leaves, first)
    assert verify_consistency(first, size, old, new, proof)
    bit = data.draw(st.integers(0, 255))
    assert not verify_consistency(first, size, flipped(old, bit), new, proof)
    assert not verify_consistency(first, size, old, new, [*proof, new])
    assert first == 0 or not verify_consistency(first, size, old, flipped(new, bit), proof)
    for at in range(len(proof)):
        changed = [flipped(part, bit) if n == at else part for n, part in enumerate(proof)]
        assert not verify_consistency(first, size, old, new, changed)
        assert not verify_consistency(first, size, old, new, proof[:at] + proof[at + 1 :])


@given(LOGS, st.data())
def test_rewritten_log_is_never_consistent(leaves, data):
    first = data.draw(st.integers(1, len(leaves)))
    at = data.draw(st.integers(0, first - 1))
    rewritten = [flipped(leaf, 7) if number == at else leaf for number, leaf in enumerate(leaves)]
    proof = consistency_proof(rewritten, first)
    assert not verify_consistency(first, len(leaves), root(leaves[:first]), root(rewritten), proof)


@pytest.mark.parametrize(
    ("index", "size", "leaf", "proof"),
    [
        (-1, 8, LEAVES[5], INCLUSION[5, 8]),
        (8, 8, LEAVES[5], INCLUSION[5, 8]),
        (0, 0, LEAVES[5], []),
        (5, 8, "", INCLUSION[5, 8]),
        (5, 8, LEAVES[5].upper(), INCLUSION[5, 8]),
        (5, 8, LEAVES[5], [D[:-1], E, ROOTS[4]]),
        (5, 8, LEAVES[5], [D + "\n", E, ROOTS[4]]),
        (5, 8, LEAVES[5], ["x" * 64, E, ROOTS[4]]),
    ],
)
def test_malformed_inclusion_proofs_fail(index, size, leaf, proof):
    assert not verify_inclusion(leaf, index, size, proof, ROOTS[8])


@pytest.mark.parametrize(
    ("first", "second", "proof"),
    [(-1, 8, []), (9, 8, []), (6, 8, ["", E, ROOTS[4]]), (6, 8, []), (4, 8, []), (0, 8, [A]), (8, 8, [A])],
)
def test_malformed_consistency_proofs_fail(first, second, proof):
    assert not verify_consistency(first, second, ROOTS[max(0, min(first, 8))], ROOTS[8], proof)


def test_wrong_sizes_fail():
    assert not verify_inclusion(LEAVES[1], 0, 1, [LEAVES[0]], ROOTS[2])
    assert not verify_inclusion(LEAVES[0], 1, 1, [], ROOTS[1])
    assert not verify_consistency(2, 1, ROOTS[2], ROOTS[2], [])
    assert not verify_consistency(1, 0, ROOTS[1], ROOTS[1], [])


def test_proof_for_a_missing_leaf_or_size_raises():
    for index in (-1, 8):
        with pytest.raises(IndexError):
            inclusion_proof(LEAVES, index)
    for first in (-1, 9):
        with pytest.raises(IndexError):
            consistency_proof(LEAVES, first)


@given(st.lists(st.integers(0, 9), max_size=70), st.sets(st.integers(0, 80)))
def test_roots_at_sizes_are_those_of_the_log_cut_there(values, sizes):
    hashes = [leaf_hash(value) for value in values]
    cut = {size: root(hashes[:size]) for size in sizes if size <= len(hashes)}
    assert roots(hashes, sizes) == cut
