"""Files that arrive in pieces: each a file of the folder of uploads, whose length is how much has arrived."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from zhiping.domain.errors import Conflict
from zhiping.ids import uuid7

MOST_PIECE = 2 * 2**20  # bytes of a request
CHECKSUMS = ("sha256", "sha1")


class Damaged(Exception):  # noqa: N818 - no fault of ours: the piece is sent again
    """A piece does not have the checksum that was announced."""


def path_of(upload: UUID) -> Path:
    """Return the path of an upload's file."""
    return Path(settings.UPLOADS) / str(upload)


def begin(upload: UUID) -> None:
    """Create the empty file of an upload; one that exists is kept."""
    os.close(_open(path_of(upload)))


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def arrived(upload: UUID) -> int:
    """Return how many bytes of an upload have arrived; 0 where its file is gone."""
    try:
        return path_of(upload).stat().st_size
    except FileNotFoundError:
        return 0


def append(upload: UUID, offset: int, piece: bytes, length: int, checksum: tuple[str, bytes] | None) -> int:
    """Add a piece at the end of the file of a locked upload; return the length that is on the disk.

    A piece that cannot be kept whole is cut off again. Raises Conflict `evidence.offset` where the file has
    another length, or would be longer than announced; Damaged where the checksum differs.
    """
    if checksum and hashlib.new(checksum[0], piece).digest() != checksum[1]:
        raise Damaged
    begin(upload)
    with path_of(upload).open("r+b", buffering=0) as file:
        at = file.seek(0, os.SEEK_END)
        if at != offset or at + len(piece) > length:
            raise Conflict.of("evidence.offset", found=offset, expected=at)
        try:
            _write(file.fileno(), piece)
            os.fsync(file.fileno())
        except OSError:
            os.ftruncate(file.fileno(), at)
            raise
    return at + len(piece)


def _write(number: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(number, view) :]


@contextmanager
def locked(upload: UUID) -> Iterator[None]:
    """Hold an upload for one request, by a file of its own: what has arrived is moved when it is whole.

    Raises Conflict `evidence.in_use` for another request.
    """
    number = _open(_lock_of(upload))
    try:
        if os.name != "nt":  # on Windows only the offset orders two requests for one upload
            import fcntl  # noqa: PLC0415 - not on Windows

            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Conflict.of("evidence.in_use") from None
        yield
    finally:
        os.close(number)


def _lock_of(upload: UUID) -> Path:
    return path_of(upload).with_suffix(".lock")


def drop(upload: UUID) -> None:
    """Delete the files of an upload."""
    path_of(upload).unlink(missing_ok=True)
    with suppress(PermissionError):  # Windows keeps a file that is open; it is swept later
        _lock_of(upload).unlink(missing_ok=True)


@contextmanager
def received(file: "UploadedFile[Any]") -> Iterator[Path]:
    """Write a file sent with a form into the folder of uploads; it is deleted unless it was moved."""
    upload = uuid7()
    begin(upload)
    try:
        with path_of(upload).open("wb") as target:
            for piece in file.chunks():
                target.write(piece)
        yield path_of(upload)
    finally:
        drop(upload)
