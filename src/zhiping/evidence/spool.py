"""Files that arrive in pieces: each a file of the folder of uploads, whose length is how much has arrived."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
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
    path = path_of(upload)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))


def arrived(upload: UUID) -> int:
    """Return how many bytes of an upload have arrived; 0 where its file is gone."""
    try:
        return path_of(upload).stat().st_size
    except FileNotFoundError:
        return 0


def append(number: int, offset: int, piece: bytes, length: int, checksum: tuple[str, bytes] | None) -> int:
    """Add a piece at the end of an upload's file, open and locked; return the length that is on the disk.

    A piece that cannot be kept whole is cut off again. Raises Conflict `evidence.offset` where the file has
    another length, or would be longer than announced; Damaged where the checksum differs.
    """
    if checksum and hashlib.new(checksum[0], piece).digest() != checksum[1]:
        raise Damaged
    at = os.fstat(number).st_size
    if at != offset or at + len(piece) > length:
        raise Conflict.of("evidence.offset", found=offset, expected=at)
    try:
        _write(number, piece, at)
        os.fsync(number)
    except OSError:
        os.ftruncate(number, at)
        raise
    return at + len(piece)


def _write(number: int, piece: bytes, at: int) -> None:
    os.lseek(number, at, os.SEEK_SET)
    view = memoryview(piece)
    while view:
        view = view[os.write(number, view) :]


@contextmanager
def locked(upload: UUID) -> Iterator[int]:
    """Open an upload's file for one request at a time.

    Raises Conflict `evidence.in_use` for another request, `evidence.unfinished` where there is no file.
    """
    try:
        number = os.open(path_of(upload), os.O_RDWR | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise Conflict.of("evidence.unfinished") from None
    try:
        if os.name != "nt":  # on Windows only the offset orders two requests for one upload
            import fcntl  # noqa: PLC0415 - not on Windows

            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Conflict.of("evidence.in_use") from None
        yield number
    finally:
        os.close(number)


def drop(upload: UUID) -> None:
    """Delete the file of an upload."""
    path_of(upload).unlink(missing_ok=True)


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
