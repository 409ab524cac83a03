"""The store of files: each under its SHA-256, so that none is overwritten, in a folder or in S3.

A file is on the disk, under its final name, before the row that names it is written.
"""

import hashlib
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from cryptography.hazmat.primitives import hashes
from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import storages

PIECE = 2**20  # bytes read at a time
NAME = 64  # characters of a SHA-256
KEY = re.compile(  # of a file, or of the picture of one of its pages
    r"(?P<picture>previews/)?(?P<folder>[0-9a-f]{2})/(?P<sha256>(?P=folder)[0-9a-f]{62})"
    r"(?(picture)-\d+\.jpg)"
)
SENT_AGAIN = 6 * 3600  # seconds; long before a file that no row names is old enough to be deleted


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of the store: its digests, and its length in bytes."""

    sha256: str
    sm3: str
    size: int


class Incomplete(OSError):  # noqa: N818 - a state of the store
    """The store holds fewer bytes than were sent."""


class _Sm3:
    """SM3 (GB/T 32905), where the library of hashlib lacks it."""

    def __init__(self) -> None:
        self._hash = hashes.Hash(hashes.SM3())

    def update(self, piece: bytes) -> None:
        self._hash.update(piece)

    def hexdigest(self) -> str:
        return self._hash.finalize().hex()


def _sm3() -> Any:
    return hashlib.new("sm3") if "sm3" in hashlib.algorithms_available else _Sm3()


def digests(path: Path) -> Stored:
    """Return both digests of a file and its length, read once."""
    sha256, sm3, size = hashlib.sha256(), _sm3(), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            sha256.update(piece)
            sm3.update(piece)
            size += len(piece)
    return Stored(sha256.hexdigest(), sm3.hexdigest(), size)


def keep(path: Path) -> Stored:
    """Move a received file into the store; it is there for good when this returns.

    Raises OSError, and the store has the whole file or nothing under its name.
    """
    stored = digests(path)
    with _held(delete=False):
        if settings.S3:
            _put(path, stored)
            path.unlink()
        else:
            os.utime(path)  # it may have waited for days
            _place(path, _file(stored.sha256))
    return stored


@contextmanager
def working_folder() -> Iterator[Path]:
    """Give a folder on the store's disk, from which `keep` can move files."""
    with tempfile.TemporaryDirectory(dir=_folder(Path(settings.UPLOADS))) as folder:
        yield Path(folder)


def open_file(sha256: str) -> IO[bytes]:
    """Open a file of the store on the local disk, from which a server sends it without holding it."""
    return (_fetched(sha256) if settings.S3 else _file(sha256)).open("rb")


def has_file(sha256: str) -> bool:
    """Return whether the store has a file."""
    return storages["evidence"].exists(_name(sha256)) if settings.S3 else _file(sha256).exists()


def found(sha256: str) -> str:
    """Return the SHA-256 of what the store has under a name, "" where it has nothing; reads all of it."""
    if not has_file(sha256):
        return ""
    digest = hashlib.sha256()
    for piece in pieces(_name(sha256)):
        digest.update(piece)
    return digest.hexdigest()


def listed() -> Iterator[tuple[str, float]]:
    """Return the name of each file, without pictures, and when it was kept last, as seconds of the epoch."""
    if settings.S3:
        for one in _bucket().objects.all():
            folder, _, name = one.key.partition("/")
            if name.startswith(folder) and len(name) == NAME:
                yield name, one.last_modified.timestamp()
        return
    for path in Path(settings.EVIDENCE).glob("??/*"):
        if len(path.name) == NAME:
            yield path.name, path.stat().st_mtime


def keys() -> Iterator[str]:
    """Return the keys of all files and pictures in the store, in order of neither name nor age."""
    if settings.S3:
        yield from (one.key for one in _bucket().objects.all() if KEY.fullmatch(one.key))
        return
    folder = Path(settings.EVIDENCE)
    for path in folder.rglob("*"):
        key = path.relative_to(folder).as_posix()
        if KEY.fullmatch(key):
            yield key


def pieces(key: str) -> Iterator[bytes]:
    """Read a file or a picture where it is kept, not a local copy; FileNotFoundError where there is none."""
    if settings.S3:
        if not storages["evidence"].exists(key):
            raise FileNotFoundError(key)
        yield from _bucket().Object(key).get()["Body"].iter_chunks(PIECE)
        return
    with (Path(settings.EVIDENCE) / key).open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def has_key(key: str) -> bool:
    """Return whether the store has a file or a picture under a key."""
    return storages["evidence"].exists(key) if settings.S3 else (Path(settings.EVIDENCE) / key).exists()


def put_back(key: str, path: Path) -> None:
    """Move a synced file under its key, in place of what is there; `sync_folders` ends many such calls."""
    if settings.S3:
        with path.open("rb") as file:
            storages["evidence"].save(key, File(file))
        path.unlink()
        return
    target = Path(settings.EVIDENCE) / key
    _folder(target.parent)
    path.chmod(0o600)
    path.replace(target)


def remove(key: str) -> None:
    """Delete what is under a key."""
    if settings.S3:
        storages["evidence"].delete(key)
    else:
        (Path(settings.EVIDENCE) / key).unlink(missing_ok=True)


def sync_folders() -> None:
    """Wait until the names in the store's folders are on the disk."""
    if not settings.S3 and Path(settings.EVIDENCE).exists():
        for folder in (Path(settings.EVIDENCE), *Path(settings.EVIDENCE).rglob("*/")):
            sync_folder(folder)


def delete_older(sha256: str, moment: float) -> bool:
    """Delete a file unless it was kept since a moment; return whether it is gone.

    No file is kept while this runs, so one that is kept again at the same time stays.
    """
    with _held(delete=True):
        if not has_file(sha256) or _kept(sha256) >= moment:
            return False
        if settings.S3:
            storages["evidence"].delete(_name(sha256))
        else:
            _file(sha256).unlink()
        return True


def keep_picture(sha256: str, number: int, content: bytes) -> None:
    """Keep the picture of a page of a file, in place of an older one."""
    name = _picture(sha256, number)
    if settings.S3:
        storages["evidence"].save(name, ContentFile(content))
        return
    with tempfile.NamedTemporaryFile(dir=_folder(Path(settings.UPLOADS)), delete=False) as file:
        file.write(content)
    _place(Path(file.name), Path(settings.EVIDENCE) / name)


def open_picture(sha256: str, number: int) -> IO[bytes]:
    """Open the picture of a page; FileNotFoundError where there is none."""
    name = _picture(sha256, number)
    return storages["evidence"].open(name) if settings.S3 else (Path(settings.EVIDENCE) / name).open("rb")


def probe() -> None:
    """Write a few bytes into the store, read and delete them; raises what the store raises."""
    if not settings.S3:
        _folder(Path(settings.EVIDENCE))
        return
    storage, name = storages["evidence"], f"probe-{os.getpid()}"
    storage.save(name, ContentFile(b"probe"))
    with storage.open(name) as read:
        content = read.read()
    storage.delete(name)
    if content != b"probe":
        raise Incomplete(name)


def _name(sha256: str) -> str:
    """Return the key of a file."""
    return f"{sha256[:2]}/{sha256}"


def _file(sha256: str) -> Path:
    return Path(settings.EVIDENCE) / _name(sha256)


def _picture(sha256: str, number: int) -> str:
    return f"previews/{sha256[:2]}/{sha256}-{number}.jpg"


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def _place(path: Path, target: Path) -> None:
    """Give a file its final name: its bytes first, then the name, then the folders that hold it.

    A name in the store stands for its content, so replacing what has it changes nothing, or mends it.
    """
    synced(path)
    _folder(target.parent)
    path.chmod(0o600)
    path.replace(target)
    for folder in (target.parent, target.parent.parent):
        sync_folder(folder)


def synced(path: Path) -> None:
    """Wait until the bytes of a file are on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def all_synced(paths: Iterable[Path]) -> None:
    """Wait until the bytes of files are on the disk; on Linux by one call for all, which waits, too."""
    if sys.platform == "linux":
        os.sync()
        return
    for path in paths:
        synced(path)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    if os.name == "nt":  # Windows has no handle of a folder to wait for
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def _held(*, delete: bool) -> Iterator[None]:
    """Keep files, many at once, or delete one while none is kept: on all servers that share the uploads."""
    if os.name == "nt":  # on Windows only the age of a file protects it
        yield
        return
    import fcntl  # noqa: PLC0415 - not on Windows

    number = os.open(_folder(Path(settings.UPLOADS)), os.O_RDONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX if delete else fcntl.LOCK_SH)
        yield
    finally:
        os.close(number)


def _kept(sha256: str) -> float:
    """Return when a file was kept last, as seconds of the epoch."""
    if settings.S3:
        modified: float = _bucket().Object(_name(sha256)).last_modified.timestamp()
        return modified
    return _file(sha256).stat().st_mtime


def _bucket() -> Any:
    return storages["evidence"].bucket  # type: ignore[attr-defined] # S3's


def _put(path: Path, stored: Stored) -> None:
    """Send a file to S3 in one request, unless it is there and was not sent long ago."""
    storage, name = storages["evidence"], _name(stored.sha256)
    there = storage.exists(name) and storage.size(name) == stored.size
    if not there or _kept(stored.sha256) < time.time() - SENT_AGAIN:
        with path.open("rb") as file:
            storage.save(name, File(file))
    if storage.size(name) != stored.size:
        raise Incomplete(name)


def _fetched(sha256: str) -> Path:
    """Return a local copy of a file in S3, fetched in pieces; the worker deletes old copies."""
    copy = _folder(Path(settings.UPLOADS)) / f"{sha256}.copy"
    if copy.exists():
        os.utime(copy)
        return copy
    with (
        storages["evidence"].open(_name(sha256)) as source,
        tempfile.NamedTemporaryFile(dir=copy.parent, delete=False) as file,
    ):
        shutil.copyfileobj(source, file, PIECE)
    Path(file.name).replace(copy)
    return copy


def delete_before(folder: Path, moment: float, keep: Iterable[str] = ()) -> None:
    """Delete the files of a folder that nothing has touched since a moment, except those named."""
    named = frozenset(keep)
    for path in folder.iterdir() if folder.exists() else ():
        with suppress(FileNotFoundError):
            if path.is_file() and path.name not in named and path.stat().st_mtime < moment:
                path.unlink()
