"""Values computed from files of the package, kept beside its bytecode for the next process."""

import marshal
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.util import cache_from_source, source_hash
from pathlib import Path
from typing import Any


def compiled(path: Path, source: bytes, make: Callable[[], Any]) -> Any:  # noqa: ANN401 - what `make` returns
    """Return `make()`, or the value an earlier process kept for the same source.

    The value consists of what marshal writes: code, texts, numbers, lists, dictionaries. It is kept where
    Python keeps bytecode, unless writing it is disabled or not permitted there.
    """
    file = Path(cache_from_source(f"{path}.py"))
    digest = source_hash(source)
    with suppress(OSError, EOFError, ValueError, TypeError):  # none yet, or cut off by a crash
        data = file.read_bytes()
        if data.startswith(digest):
            return marshal.loads(data[len(digest) :])  # noqa: S302 - as trusted as the bytecode beside it
    value = make()
    if not sys.dont_write_bytecode:
        with suppress(OSError):
            _write(file, digest + marshal.dumps(value))
    return value


def _write(file: Path, data: bytes) -> None:
    """Write a file whole or not at all: other processes and threads read it at any time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.{os.getpid()}.{id(data)}")
    new.write_bytes(data)
    new.replace(file)
