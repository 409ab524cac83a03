"""Seeds of draws, encrypted until they are drawn."""

import base64
import hashlib

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def encrypt(seed: str) -> str:
    """Encrypt a seed, so that a reader of the database or of a copy of it does not know the order."""
    return _keys().encrypt(bytes.fromhex(seed)).decode()


def decrypt(secret: str) -> str:
    """Return an encrypted seed."""
    return _keys().decrypt(secret.encode()).hex()


def _keys() -> MultiFernet:
    keys: list[str] = [str(settings.SECRET_KEY), *map(str, settings.SECRET_KEY_FALLBACKS)]
    digests = (hashlib.sha256(b"zhiping draw seal\n" + key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
