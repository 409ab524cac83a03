"""The key that signs checkpoints: Ed25519, written as C2SP signed notes write their keys.

The private key is `PRIVATE+KEY+<name>+<id>+<base64>`, the public key `<name>+<id>+<base64>`.
"""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.domain.transparency.note import ED25519, key_id, signed_note, verified_text
from zhiping.ledger.models import KEY_NAMED, LOG, Checkpoint, Event
from zhiping.secret_file import made_once, replace_secret

PREFIX = "PRIVATE+KEY+"
Trusted = Sequence[tuple[str, bytes]]  # names and keys


@dataclass(frozen=True, slots=True)
class Key:
    """A named key that can sign."""

    name: str
    private: Ed25519PrivateKey

    @property
    def id(self) -> bytes:
        """Return the four bytes that identify the key in a note."""
        return key_id(self.name, self.private.public_key().public_bytes_raw())

    @property
    def public(self) -> str:
        """Return the public key, needed to verify checkpoints that are kept elsewhere."""
        return _written(self.name, self.id, self.private.public_key().public_bytes_raw())


def own() -> Key:
    """Return the key that signs: the first of ZHIPING_CHECKPOINT_KEY, else of the key file.

    A file is made once for an installation that never signed. Raises Conflict `ledger.key_missing` where the
    file is gone although checkpoints exist, `ledger.key_broken` where it does not begin with a key that can
    sign.
    """
    key = _listed()[0]
    if isinstance(key, str):
        raise _broken()
    return key


def named() -> list[str]:
    """Return the public keys that are trusted because the key file holds them, the signing one first.

    Behind the first key the file may hold earlier ones, each in a line of its own, secret or public.
    """
    return [key if isinstance(key, str) else key.public for key in _listed()]


def trusted() -> Trusted:
    """Return the keys whose signatures count: those of the key file, and each that endorsed a trusted one.

    The log of checkpoints names keys, but a key is never trusted because a table names it: the note in which
    an earlier key hands over to a later one is signed by both.
    """
    found = dict.fromkeys(named())
    for data in _named_in_log():
        if data["key"] in found and _is_endorsed(data):
            found[data["before"]] = None
    return [read_public(text) for text in found]


def problems() -> list[Problem]:
    """Return that the key file cannot be used, or each key of the log of checkpoints that is not trusted."""
    try:
        known = trusted()
    except Conflict as unusable:
        return list(unusable.problems)
    named = [read_public(text) for text in dict.fromkeys(data["key"] for data in _named_in_log())]
    return [Problem("ledger.key_unknown", {"key": key[0]}) for key in named if key not in known]


def naming(before: str | None) -> dict[str, str]:
    """Return what the log records of the present key; endorsed by the key before if the key file holds it."""
    new = own()
    secret = (key for key in _listed()[1:] if isinstance(key, Key))
    old = next((key for key in secret if key.public == before), None)
    if old is None:
        return {"key": new.public}
    text = _handover(old.public, new.public)
    first, second = (
        signed_note(text, key.name, key.id, key.private.sign(text.encode())) for key in (old, new)
    )
    return {"key": new.public, "before": old.public, "note": first + second.rpartition("\n\n")[2]}


def renew() -> Key:
    """Put a new key in front of the key file; the earlier one stays to endorse it.

    Raises Conflict `ledger.key_given` where the key is not in a file, and what `own` raises: then the file is
    not changed.
    """
    if settings.CHECKPOINT_KEY:
        raise Conflict.of("ledger.key_given")
    own()
    replace_secret(settings.CHECKPOINT_KEY_FILE, "\n".join([_make(), *_texts()]) + "\n")
    return own()


def _handover(before: str, key: str) -> str:
    return f"zhiping checkpoint key\n{before}\n{key}\n"


def _is_endorsed(data: dict[str, str]) -> bool:
    """Return whether the handover to a key is signed by both keys."""
    if not data.keys() >= {"before", "note"}:
        return False
    for text in (data["before"], data["key"]):
        name, public = read_public(text)
        try:
            signed = verified_text(data["note"], name, public, partial(signed_by, public))
        except Invalid:
            return False
        if signed != _handover(data["before"], data["key"]):
            return False
    return True


def _named_in_log() -> list[dict[str, str]]:
    """Return what the log names, the latest first; an altered event without keys is shown by its leaf."""
    rows = Event.objects.filter(head=LOG, name=KEY_NAMED).order_by("-seq")
    return [data for data in rows.values_list("data", flat=True) if _names_keys(data)]


def _names_keys(data: Any) -> bool:
    try:
        for name in ("key", "before"):
            if name == "key" or name in data:
                read_public(data[name])
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    return True


def _listed() -> list["Key | str"]:
    """Return the keys of the key file, those that can sign as Key, others as their public text."""
    try:
        return [_private(text) or text for text in _texts()]
    except ValueError as error:
        raise _broken() from error


def _broken() -> Conflict:
    return Conflict.of("ledger.key_broken", path=str(settings.CHECKPOINT_KEY_FILE))


def _texts() -> list[str]:
    path = settings.CHECKPOINT_KEY_FILE
    if not settings.CHECKPOINT_KEY and not path.exists() and Checkpoint.objects.exists():
        raise Conflict.of("ledger.key_missing", path=str(path))
    texts = str(settings.CHECKPOINT_KEY or made_once(path, _make)).split()
    if not texts:
        raise ValueError(path)
    return texts


def _private(text: str) -> Key | None:
    """Return a key that can sign, None for a public one; raises ValueError where it is neither."""
    if not text.startswith(PREFIX):
        read_public(text)
        return None
    name, number, seed = _read(text.removeprefix(PREFIX))
    key = Key(name, Ed25519PrivateKey.from_private_bytes(seed))
    if key.id != number:
        raise ValueError(name)
    return key


def read_public(text: str) -> tuple[str, bytes]:
    """Return the name and the bytes of a public key; raises ValueError where it is none."""
    name, number, public = _read(text)
    if key_id(name, public) != number:
        raise ValueError(name)
    return name, public


def signed_by(public: bytes, signature: bytes, text: bytes) -> bool:
    """Return whether a signature over these bytes is valid for this key."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except InvalidSignature:
        return False
    return True


def _make() -> str:
    """Generate a key with a name unique among installations."""
    key = Key(f"zhiping-{secrets.token_hex(4)}", Ed25519PrivateKey.generate())
    return PREFIX + _written(key.name, key.id, key.private.private_bytes_raw())


def _written(name: str, number: bytes, key: bytes) -> str:
    return f"{name}+{number.hex()}+{base64.b64encode(ED25519 + key).decode()}"


def _read(text: str) -> tuple[str, bytes, bytes]:
    name, number, data = text.split("+", 2)
    key = base64.b64decode(data, validate=True)
    if key[:1] != ED25519 or len(key) != 33:
        raise ValueError(name)
    return name, bytes.fromhex(number), key[1:]
