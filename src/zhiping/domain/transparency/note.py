"""Checkpoints as signed notes (C2SP tlog-checkpoint and signed-note), and the fingerprint people compare.

Signing and checking a signature (Ed25519) are handed in: they need a library, this does not.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from typing import NamedTuple

from zhiping.domain.errors import Invalid, Problem

ED25519 = b"\x01"  # the kind of signature, within a key's identifier
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
_MISREAD = str.maketrans("ILO", "110", "- ")
_TEXT = re.compile(r"[^\x00-\x09\x0b-\x1f]*")
_NAME = re.compile(r"[^\s+\x00-\x1f]+")
_SIGNATURE = re.compile(rf"— (?P<name>{_NAME.pattern}) (?P<data>\S+)")
_CHECKPOINT = re.compile(r"(?P<origin>.+)\n(?P<size>0|[1-9][0-9]{0,18})\n(?P<root>.+)\n(?P<extra>(?:.+\n)*)")


class Signature(NamedTuple):
    """One signature of a note: by which name, with which key (four bytes)."""

    name: str
    key_id: bytes
    signature: bytes


class Note(NamedTuple):
    """A text, ended by a line feed, with its signatures (nobody checked them yet)."""

    text: str
    signatures: list[Signature]


class Checkpoint(NamedTuple):
    """A statement of how many entries a log has, and their root in hex; `extra`: further lines, if any."""

    origin: str
    size: int
    root: str
    extra: tuple[str, ...] = ()


def key_id(name: str, public_key: bytes) -> bytes:
    """Return what names a key in a note: four bytes of the SHA-256 of name and public key."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:4]


def checkpoint_text(origin: str, size: int, root: str) -> str:
    """Return a checkpoint: three lines, origin, size and root in base64, each ended by a line feed.

    `origin`: the unique name of the log. Raises ValueError where it is not one line of text.
    """
    if not origin or not _TEXT.fullmatch(origin) or "\n" in origin:
        raise ValueError(origin)
    return f"{origin}\n{size}\n{_base64(bytes.fromhex(root))}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint; raises Invalid `note.checkpoint`."""
    found = _CHECKPOINT.fullmatch(text)
    root = _bytes(found["root"]) if found else None
    if not found or root is None or len(root) != 32:
        raise Invalid([Problem("note.checkpoint")])
    return Checkpoint(found["origin"], int(found["size"]), root.hex(), tuple(found["extra"].split("\n")[:-1]))


def signed_note(text: str, name: str, key_id: bytes, signature: bytes) -> str:
    """Return a text with its signature, which is over the text's bytes.

    The text ends in a line feed; a name has no spaces and no plus sign. Raises ValueError for others.
    """
    if not _TEXT.fullmatch(text) or not text.endswith("\n") or not _NAME.fullmatch(name):
        raise ValueError(name)
    return f"{text}\n— {name} {_base64(key_id + signature)}\n"


def parse_note(note: str) -> Note:
    """Read a signed note; raises Invalid `note.malformed`."""
    text, gap, lines = note.rpartition("\n\n")
    found = [_SIGNATURE.fullmatch(line) for line in lines.split("\n")[:-1]]
    signatures = [_signature(line) for line in found if line]
    if not (gap and lines.endswith("\n") and all(found) and all(signatures) and _TEXT.fullmatch(text)):
        raise Invalid([Problem("note.malformed")])
    return Note(f"{text}\n", [one for one in signatures if one])


def verified_text(note: str, name: str, public_key: bytes, verify: Callable[[bytes, bytes], bool]) -> str:
    """Return a note's text once a signature of this key is found good.

    `verify` is given the signature and the bytes it should be over. Raises Invalid `note.malformed`, or
    `note.signature` where there is none of this key or one of them is bad; those of other keys do not count.
    """
    read = parse_note(note)
    key = key_id(name, public_key)
    own = [one.signature for one in read.signatures if (one.name, one.key_id) == (name, key)]
    if not own or not all(verify(signature, read.text.encode()) for signature in own):
        raise Invalid([Problem("note.signature", {"name": name})])
    return read.text


def fingerprint(root: str) -> str:
    """Return the first 100 bits of a root as people compare them: 20 characters in four groups.

    Letters and digits that are easily taken for others (I, L, O, U) are not used.
    """
    value = int(root[:25], 16)
    letters = "".join(DIGITS[value >> shift & 31] for shift in range(95, -1, -5))
    return "-".join(letters[start : start + 5] for start in range(0, 20, 5))


def same_fingerprint(typed: str, root: str) -> bool:
    """Whether somebody typed the fingerprint of a root, be it in small letters or with O for 0, I for 1."""
    return typed.upper().translate(_MISREAD) == fingerprint(root).replace("-", "")


def _signature(found: re.Match[str]) -> Signature | None:
    data = _bytes(found["data"])
    return Signature(found["name"], data[:4], data[4:]) if data and len(data) > 4 else None


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes | None:
    """Read base64 as it is written, and in no other spelling."""
    try:
        data = base64.b64decode(text)
    except ValueError:
        return None
    return data if _base64(data) == text else None
