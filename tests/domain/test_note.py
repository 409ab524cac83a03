"""Checkpoints and signed notes against published vectors; fingerprints."""

import base64
import hashlib
import re

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from zhiping.domain.errors import Invalid
from zhiping.domain.transparency.note import (
    Checkpoint,
    Signature,
    checkpoint_text,
    fingerprint,
    key_id,
    parse_checkpoint,
    parse_note,
    same_fingerprint,
    signed_note,
    verified_text,
)

# Test vector of the reference implementation of signed notes.
NAME = "PeterNeumann"
PUBLIC = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:]
SECRET = Ed25519PrivateKey.from_private_bytes(
    base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
)
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
LINE = f"— PeterNeumann {SIGNATURE}\n"
NOTE = f"{TEXT}\n{LINE}"

ROOT = "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"
# Example from the specification of checkpoints.
CHECKPOINT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


def verify(signature, data, public=PUBLIC):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except InvalidSignature:
        return False
    return True


def codes(raised):
    return [problem.code for problem in raised.value.problems]


def test_key_id_matches_the_published_vector():
    assert key_id(NAME, PUBLIC).hex() == "c74f20a3"


def test_note_matches_the_published_vector():
    assert signed_note(TEXT, NAME, key_id(NAME, PUBLIC), SECRET.sign(TEXT.encode())) == NOTE


def test_note_round_trips():
    text, signatures = parse_note(NOTE)
    assert text == TEXT
    assert signatures == [Signature(NAME, key_id(NAME, PUBLIC), SECRET.sign(TEXT.encode()))]


def test_published_note_is_verified():
    assert verified_text(NOTE, NAME, PUBLIC, verify) == TEXT


def test_text_with_empty_lines_and_other_signatures_is_verified():
    poem = "Ognuno sta solo sul cuor della terra\n\ned è subito sera.\n"
    note = signed_note(poem, NAME, key_id(NAME, PUBLIC), SECRET.sign(poem.encode()))
    line = "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO\n"
    assert [one.name for one in parse_note(note + line).signatures] == [NAME, "quasimodo.example/salvatore"]
    assert verified_text(note + line, NAME, PUBLIC, verify) == poem


@given(st.integers(0, len(NOTE.encode()) - 1), st.integers(0, 7))
def test_flipped_bits_of_a_note_are_detected(at, bit):
    data = bytearray(NOTE.encode())
    data[at] ^= 1 << bit
    try:
        changed = data.decode()
    except UnicodeDecodeError:
        return
    with pytest.raises(Invalid):
        verified_text(changed, NAME, PUBLIC, verify)


@pytest.mark.parametrize(
    "note",
    [
        "",
        TEXT,
        LINE,
        f"{TEXT}\n",
        f"{TEXT}{LINE}",
        NOTE[:-1],
        f"{NOTE}\n",
        f"{NOTE}more\n",
        NOTE.replace("—", "-"),
        NOTE.replace("— Peter", "—  Peter"),
        NOTE.replace("PeterNeumann ", "Peter+Neumann "),
        NOTE.replace("PeterNeumann ", "Peter\u3000Neumann "),
        NOTE.replace("AM=\n", "AM\n"),
        NOTE.replace("AM=\n", "AN=\n"),
        NOTE.replace("x08go/", "x08go_"),
        f"{TEXT}\n— PeterNeumann x08gow==\n",
        NOTE.replace("think", "th\rnk"),
        NOTE.replace("think", "th\0nk"),
    ],
)
def test_malformed_notes_are_refused(note):
    with pytest.raises(Invalid) as raised:
        parse_note(note)
    assert codes(raised) == ["note.malformed"]


@pytest.mark.parametrize(
    ("note", "name", "public"),
    [
        (NOTE, "SomebodyElse", PUBLIC),
        (NOTE, NAME, bytes(32)),
        (NOTE.replace("problem is", "problem was"), NAME, PUBLIC),
        (NOTE + LINE.replace("ZJku", "ZJkv"), NAME, PUBLIC),
    ],
)
def test_notes_without_a_good_signature_are_refused(note, name, public):
    with pytest.raises(Invalid) as raised:
        verified_text(note, name, public, verify)
    assert codes(raised) == ["note.signature"]


@pytest.mark.parametrize(
    ("text", "name"), [("no line feed", "a"), ("a\n", "a b"), ("a\n", "a+b"), ("a\n", ""), ("a\t\n", "a")]
)
def test_invalid_texts_and_names_are_not_signed(text, name):
    with pytest.raises(ValueError, match=re.escape(name) + "$"):
        signed_note(text, name, b"1234", b"signature")


def test_checkpoint_matches_the_specification_and_round_trips():
    assert checkpoint_text("example.com/behind-the-sofa", 20852163, ROOT) == CHECKPOINT
    assert parse_checkpoint(CHECKPOINT) == Checkpoint("example.com/behind-the-sofa", 20852163, ROOT)
    assert parse_checkpoint(f"{CHECKPOINT}more\nlines\n").extra == ("more", "lines")
    assert parse_checkpoint(checkpoint_text("云川市/评价 1", 0, ROOT)) == Checkpoint("云川市/评价 1", 0, ROOT)


@pytest.mark.parametrize("origin", ["", "two\nlines", "tab\t"])
def test_origin_is_one_line(origin):
    with pytest.raises(ValueError, match=re.escape(origin) + "$"):
        checkpoint_text(origin, 1, ROOT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        CHECKPOINT[:-1],
        CHECKPOINT.replace("20852163", "020852163"),
        CHECKPOINT.replace("20852163", "-1"),
        CHECKPOINT.replace("20852163", "9" * 20),
        CHECKPOINT.replace("q2I=", "q2I"),
        CHECKPOINT.replace("q2I=", "q2J="),
        CHECKPOINT.replace("CsUY", "CsU!"),
        CHECKPOINT.replace("CsUY", ""),
        CHECKPOINT.removeprefix("example.com/behind-the-sofa"),
        f"{CHECKPOINT}\n",
        f"{CHECKPOINT}\nmore\n",
    ],
)
def test_malformed_checkpoints_are_refused(text):
    with pytest.raises(Invalid) as raised:
        parse_checkpoint(text)
    assert codes(raised) == ["note.checkpoint"]


def test_fingerprint_is_a_hundred_bits_in_four_groups():
    assert fingerprint("00" * 32) == "00000-00000-00000-00000"
    assert fingerprint("ff" * 32) == "ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ"
    assert fingerprint(ROOT) == "1B2HG-TMHGR-Z8W7C-GS040"
    bits = "".join(
        f"{'0123456789ABCDEFGHJKMNPQRSTVWXYZ'.index(c):05b}" for c in fingerprint(ROOT).replace("-", "")
    )
    assert bits == f"{int(ROOT, 16):0256b}"[:100]


@given(st.binary(min_size=32, max_size=32), st.integers(0, 99))
def test_fingerprint_differs_for_each_of_the_first_hundred_bits(data, bit):
    other = (int.from_bytes(data) ^ 1 << 255 - bit).to_bytes(32)
    assert fingerprint(data.hex()) != fingerprint(other.hex())


def test_typed_fingerprint_may_have_misread_characters():
    zeros_and_ones = f"{int('00001' * 20, 2):025x}".ljust(64, "0")
    assert fingerprint(zeros_and_ones) == "11111-11111-11111-11111"
    assert same_fingerprint(" 1lIi1 LLLL1-iiiii 11111", zeros_and_ones)
    root = hashlib.sha256(b"").hexdigest()
    assert same_fingerprint(fingerprint(root).lower().replace("-", "").replace("0", "o"), root)
    assert not same_fingerprint(fingerprint(root)[:-1], root)
    assert not same_fingerprint(fingerprint(ROOT), root)
