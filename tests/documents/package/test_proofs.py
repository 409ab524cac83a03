"""Signatures, notes, roots and proofs of the verifier, by published vectors and beside the domain's own."""

import random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from tests.documents.package.packages import KEY

from zhiping.documents.package import verify
from zhiping.domain.errors import Invalid
from zhiping.domain.transparency import note as notes
from zhiping.domain.transparency import tree
from zhiping.domain.transparency.canonical import canonical

RFC_8032_TEXT = """
key d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a
signature e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155
signature 5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b

key 3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c
text 72
signature 92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da
signature 085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00

key fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025
text af82
signature 6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac
signature 18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a

key ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf
text ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a
text 2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f
signature dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589
signature 09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704
"""  # section 7.1


def vectors():
    """Yield key, text and signature of each vector."""
    for block in RFC_8032_TEXT.strip().split("\n\n"):
        rows = [line.partition(" ") for line in block.splitlines()]
        yield tuple(
            bytes.fromhex("".join(v for n, _, v in rows if n == name))
            for name in ("key", "text", "signature")
        )


RFC_8032 = list(vectors())
LEAVES = [  # the entries of the reference implementation's tests of RFC 6962
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize(("key", "text", "signed"), RFC_8032)
def test_signature_of_rfc_8032_is_valid_and_each_changed_one_is_not(key, text, signed):
    assert verify.signed_by(key, signed, text)
    for place in (0, 31, 32, 63):
        wrong = bytearray(signed)
        wrong[place] ^= 1
        assert not verify.signed_by(key, bytes(wrong), text)
    assert not verify.signed_by(key, signed, text + b"x")
    assert not verify.signed_by(key[:-1], signed, text)
    assert not verify.signed_by(key, signed[:-1], text)


def test_signature_with_a_scalar_beyond_the_order_is_refused():
    """RFC 8032, 5.1.7: S + L would verify, too, if its range were not checked."""
    key, text, signed = RFC_8032[0]
    order = 2**252 + 27742317777372353535851937790883648493
    larger = int.from_bytes(signed[32:], "little") + order
    assert not verify.signed_by(key, signed[:32] + larger.to_bytes(32, "little"), text)


@pytest.mark.parametrize("public", ["ff" * 32, "02" + "00" * 31, "ed" + "ff" * 30 + "7f"])
def test_key_that_is_no_canonical_point_verifies_nothing(public):
    _, text, signed = RFC_8032[0]
    assert not verify.signed_by(bytes.fromhex(public), signed, text)


def test_signatures_agree_with_the_library():
    draw = random.Random(5)
    for number in range(40):
        private = Ed25519PrivateKey.from_private_bytes(draw.randbytes(32))
        text = draw.randbytes(number)
        signed, public = private.sign(text), private.public_key().public_bytes_raw()
        assert verify.signed_by(public, signed, text)
        assert not verify.signed_by(public, signed, text + b"!")


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_rfc_6962(size):
    import hashlib

    hashes = [hashlib.sha256(b"\0" + bytes.fromhex(leaf)).hexdigest() for leaf in LEAVES]
    assert verify.roots(hashes, {size})[size] == ROOTS[size - 1]
    assert tree.root(hashes[:size]) == ROOTS[size - 1]


def hashes(count):
    return [tree.leaf_hash(number) for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 2, 7, 8, 9, 33])
def test_roots_of_every_size_agree_with_the_domain(count):
    sizes = set(range(count + 3))
    assert verify.roots(hashes(count), sizes) == tree.roots(hashes(count), sizes)


def test_consistency_proofs_agree_with_the_domain():
    leaves = hashes(17)
    for second in range(1, 18):
        for first in range(1, second + 1):
            proof = tree.consistency_proof(leaves[:second], first)
            old, new = tree.root(leaves[:first]), tree.root(leaves[:second])
            assert verify.consistent(first, second, old, new, proof)
            assert not verify.consistent(first, second, new if first < second else "0" * 64, new, proof)
            for place in range(len(proof)):
                wrong = [*proof[:place], "0" * 64, *proof[place + 1 :]]
                assert not verify.consistent(first, second, old, new, wrong)
            assert not verify.consistent(first, second, old, new, [*proof, "0" * 64])
    assert not verify.consistent(0, 5, tree.root([]), tree.root(leaves[:5]), [])


def test_note_is_read_as_the_domain_reads_it():
    text = notes.checkpoint_text("zhiping-0a1b2c3d/evaluation/x", 5, tree.root(hashes(5)))
    good = KEY.sign(text)
    draw = random.Random(3)
    for _ in range(300):
        place = draw.randrange(len(good))
        changed = good[:place] + draw.choice("\n aA+=—1\x00") + good[place + draw.randint(0, 1) :]
        try:
            expected = notes.parse_note(changed).text
        except Invalid:
            expected = None
        found = verify.parse_note(changed)
        assert found is None or found.text == expected
    assert verify.parse_note(good).text == text
    assert verify.parse_checkpoint(text).root == tree.root(hashes(5))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_canonical_json_agrees_with_the_domain(value):
    try:
        expected = canonical(value)
    except UnicodeEncodeError:
        return
    assert verify.canonical(value) == expected


def test_fingerprint_agrees_with_the_domain():
    for leaf in hashes(20):
        assert verify.fingerprint(leaf) == notes.fingerprint(leaf)


def test_key_is_read_only_with_its_own_id():
    assert verify.parse_key(KEY.public).public == KEY.raw
    for wrong in (
        "",
        "a+b+c",
        KEY.public.replace("0a1b", "0a1c"),
        KEY.public[:-2],
        KEY.public.replace("+", " "),
    ):
        assert verify.parse_key(wrong) is None
    assert [key.name for key in verify.parse_keys(f"# comment\n{KEY.public}\n")] == [KEY.name]
