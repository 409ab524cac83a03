"""Checkpoints as signed notes (C2SP tlog-checkpoint and signed-note), and short fingerprints.

The caller signs and verifies (Ed25519), because that needs a library and the domain uses none.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from typing import NamedTuple

from zhiping.domain.errors import Invalid, Problem

ED25519 = b"\x01"  # signature type, part of the key id
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
_MISREAD = str.maketrans("ILO", "110", "- ")
_TEXT = re.compile(r"[^\x00-\x09\x0b-\x1f]*")
_NAME = re.compile(r"[^\s+\x00-\x1f]+")
_SIGNATURE = re.compile(rf"— (?P<name>{_NAME.pattern}) (?P<data>\S+)")
_CHECKPOINT = re.compile(r"(?P<origin>.+)\n(?P<size>0|[1-9][0-9]{0,18})\n(?P<root>.+)\n(?P<extra>(?:.+\n)*)")


class Signature(NamedTuple):
    """A signature of a note, with the name and the id (four bytes) of the key."""

    name: str
    key_id: bytes
    signature: bytes


class Note(NamedTuple):
    """A text ending in a line feed, with its signatures, not yet verified."""

    text: str
    signatures: list[Signature]


class Checkpoint(NamedTuple):
    """The size of a log and its root hash in hex; `extra`: extension lines."""

    origin: str
    size: int
    root: str
    extra: tuple[str, ...] = ()


def key_id(name: str, public_key: bytes) -> bytes:
    """Return the id of a key: the first four bytes of the SHA-256 of name and public key."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:4]


def checkpoint_text(origin: str, size: int, root: str) -> str:
    """Return the text of a checkpoint: the lines origin, size and root (base64), each with a line feed.

    `origin`: the unique name of the log. Raises ValueError if it is not a single line of text.
    """
    if not origin or not _TEXT.fullmatch(origin) or "\n" in origin:
        raise ValueError(origin)
    return f"{origin}\n{size}\n{_base64(bytes.fromhex(root))}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Parse a checkpoint; raises Invalid `note.checkpoint`."""
    match = _CHECKPOINT.fullmatch(text)
    root = _bytes(match["root"]) if match else None
    if not match or root is None or len(root) != 32:
        raise Invalid([Problem("note.checkpoint")])
    return Checkpoint(match["origin"], int(match["size"]), root.hex(), tuple(match["extra"].split("\n")[:-1]))


def signed_note(text: str, name: str, key_id: bytes, signature: bytes) -> str:
    """Return a signed note: a text and a signature of its bytes.

    Raises ValueError if the text does not end in a line feed, or the name has a space or a plus sign.
    """
    if not _TEXT.fullmatch(text) or not text.endswith("\n") or not _NAME.fullmatch(name):
        raise ValueError(name)
    return f"{text}\n— {name} {_base64(key_id + signature)}\n"


def parse_note(note: str) -> Note:
    """Parse a signed note; raises Invalid `note.malformed`."""
    text, gap, lines = note.rpartition("\n\n")
    matches = [_SIGNATURE.fullmatch(line) for line in lines.split("\n")[:-1]]
    signatures = [_signature(match) for match in matches if match]
    if not (gap and lines.endswith("\n") and all(matches) and all(signatures) and _TEXT.fullmatch(text)):
        raise Invalid([Problem("note.malformed")])
    return Note(f"{text}\n", [one for one in signatures if one])


def verified_text(note: str, name: str, public_key: bytes, verify: Callable[[bytes, bytes], bool]) -> str:
    """Return the text of a note after verifying the signatures by this key.

    `verify` is called with the signature and the signed bytes. Raises Invalid `note.malformed`, or
    `note.signature` if this key has no signature or an invalid one. Signatures by other keys are ignored.
    """
    read = parse_note(note)
    key = key_id(name, public_key)
    own = [one.signature for one in read.signatures if (one.name, one.key_id) == (name, key)]
    if not own or not all(verify(signature, read.text.encode()) for signature in own):
        raise Invalid([Problem("note.signature", {"name": name})])
    return read.text


def fingerprint(root: str) -> str:
    """Return the first 100 bits of a root for comparison by people: 20 characters in four groups.

    The letters I, L, O and U are not used, because they are easily misread.
    """
    value = int(root[:25], 16)
    letters = "".join(DIGITS[value >> shift & 31] for shift in range(95, -1, -5))
    return "-".join(letters[start : start + 5] for start in range(0, 20, 5))


def same_fingerprint(typed: str, root: str) -> bool:
    """Return whether a typed fingerprint matches a root; accepts lower case, O for 0, and I or L for 1."""
    return typed.upper().translate(_MISREAD) == fingerprint(root).replace("-", "")


def _signature(match: re.Match[str]) -> Signature | None:
    data = _bytes(match["data"])
    return Signature(match["name"], data[:4], data[4:]) if data and len(data) > 4 else None


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes | None:
    """Decode base64 in its canonical spelling only, so that a note has one valid form."""
    try:
        data = base64.b64decode(text)
    except ValueError:
        return None
    return data if _base64(data) == text else None
