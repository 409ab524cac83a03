"""The key that signs checkpoints: Ed25519, written as C2SP signed notes write their keys.

The private key is `PRIVATE+KEY+<name>+<id>+<base64>`, the public key `<name>+<id>+<base64>`.
"""

import base64
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from zhiping.domain.transparency.note import ED25519, key_id
from zhiping.secret_file import made_once

PREFIX = "PRIVATE+KEY+"


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
    """Return this installation's key: ZHIPING_CHECKPOINT_KEY, else one generated once in the data folder.

    Raises ValueError where it is not a key.
    """
    text = settings.CHECKPOINT_KEY or made_once(settings.CHECKPOINT_KEY_FILE, _make)
    name, number, seed = _read(text.removeprefix(PREFIX))
    key = Key(name, Ed25519PrivateKey.from_private_bytes(seed))
    if not text.startswith(PREFIX) or key.id != number:
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
