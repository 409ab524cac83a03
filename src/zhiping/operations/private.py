"""Files that only the user who runs the server reads: the data folder, the database, keys, uploads."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

OTHERS = 0o077
NAMES = ("*.key", "*.password", "*.sqlite3*", "files", "imports")


def tighten() -> None:
    """Take the rights of other users away, where the files are ours."""
    for path in open_to_others():
        with contextlib.suppress(OSError):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)


def open_to_others() -> list[Path]:
    """Return what other users of the machine can read or write; Windows has no such modes."""
    return [path for path in _private() if path.stat().st_mode & OTHERS] if os.name == "posix" else []


def _private() -> Iterator[Path]:
    """Return the data folder, what is in it, and the key where it is kept outside."""
    folder, key = settings.DATA_FOLDER, settings.CHECKPOINT_KEY_FILE
    if folder.is_dir():
        yield folder
        yield from (path for name in NAMES for path in sorted(folder.glob(name)))
    if key.parent != folder and key.is_file():
        yield key
