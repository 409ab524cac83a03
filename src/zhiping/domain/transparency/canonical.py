"""Canonical JSON and its hash."""

import hashlib
import json
import unicodedata
from fractions import Fraction
from typing import Any, NewType

from zhiping.domain.exact import number_text

Day = NewType("Day", str)  # a date as ISO 8601 text: "2025-09-10"


def canonical(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return the canonical bytes of a JSON value: NFC text, sorted keys, no spaces, UTF-8.

    A fraction becomes a string; a float raises TypeError, because two programs may print it differently.
    """
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if isinstance(value, Fraction):
        return number_text(value)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    raise TypeError(type(value).__name__)


def sha256(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return the SHA-256 of a value's canonical JSON, in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()
