"""The file of a backup: an uncompressed tar archive in which every byte follows from its manifest.

The manifest is the last but one member, because sizes and hashes are known only once everything is written;
the last member holds the manifest's SHA-256 and length at a fixed distance from the end. So a reader finds
the manifest first, knows where each member must be, and names every member that differs.
"""

import hashlib
import json
import re
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from zhiping.domain.errors import Invalid, Problem

SCHEMA = "zhiping/backup/1"
MANIFEST, SUM = "manifest.json", "manifest.sha256"
BLOCK = tarfile.BLOCKSIZE
PIECE = 2**20  # bytes read at a time
END = bytes(2 * BLOCK)
LAST = 2 * BLOCK + len(END)  # bytes of the member SUM and of the end
MOST_MANIFEST = 2**30  # bytes; about a million files are 150 MB
STATED = re.compile(rf"([0-9a-f]{{64}})  {re.escape(MANIFEST)}\n# (\d{{1,10}}) bytes\n")


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a backup: its length in bytes and its SHA-256."""

    name: str
    size: int
    sha256: str


class Writer:
    """Writes members one after another; `finish` ends the file with the manifest."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.members: list[Member] = []

    def add(self, name: str, pieces: Iterable[bytes]) -> Member:
        """Write a member whose length need not be known before; its header is written last."""
        start = self._file.tell()
        self._file.write(bytes(BLOCK))
        digest, size = hashlib.sha256(), 0
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            self._file.write(piece)
        self._file.write(_padding(size))
        end = self._file.tell()
        self._file.seek(start)
        self._file.write(_header(name, size))
        self._file.seek(end)
        self.members.append(Member(name, size, digest.hexdigest()))
        return self.members[-1]

    def cut_back(self, start: int) -> None:
        """Remove a member that could not be read to its end."""
        self._file.seek(start)
        self._file.truncate()

    def finish(self, facts: dict[str, Any]) -> str:
        """Write the manifest, and what proves it; return its SHA-256."""
        manifest = {"schema": SCHEMA, **facts, "members": [asdict(member) for member in self.members]}
        text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        sha256 = self.add(MANIFEST, [text]).sha256
        self.add(SUM, [_sum(sha256, len(text))])
        self._file.write(END)
        return sha256


class Reader:
    """A backup whose manifest is sound; raises Invalid `backup.manifest` for any other file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.manifest, self.end = _manifest(file)
        self.members = [Member(**one) for one in self.manifest["members"]]

    def faults(self) -> Iterator[Problem]:
        """Read everything and yield each member that is not what the manifest states."""
        for member, start in self._places():
            if not self._is_sound(member, start):
                yield Problem("backup.member", {"sha256": member.sha256[:12]}, (member.name,))
        if self._place_after() != self.end:
            yield Problem("backup.length", {"found": self.end, "expected": self._place_after()})

    def pieces(self, name: str) -> Iterator[bytes]:
        """Read a member; raises Invalid `backup.member` at its end where its bytes are others by now."""
        member, start = next(place for place in self._places() if place[0].name == name)
        yield from self._checked(member, start)

    def each(self) -> Iterator[tuple[Member, Iterator[bytes]]]:
        """Read all members in their order."""
        for member, start in self._places():
            yield member, self._checked(member, start)

    def _places(self) -> Iterator[tuple[Member, int]]:
        start = 0
        for member in self.members:
            yield member, start
            start += BLOCK + member.size + len(_padding(member.size))

    def _place_after(self) -> int:
        return sum(BLOCK + member.size + len(_padding(member.size)) for member in self.members)

    def _read(self, start: int, size: int) -> Iterator[bytes]:
        self._file.seek(start)
        while size and (piece := self._file.read(min(size, PIECE))):
            size -= len(piece)
            yield piece

    def _is_sound(self, member: Member, start: int) -> bool:
        digest = hashlib.sha256()
        header = b"".join(self._read(start, BLOCK))
        for piece in self._read(start + BLOCK, member.size):
            digest.update(piece)
        padding = self._file.read(len(_padding(member.size)))
        wanted = _header(member.name, member.size), member.sha256, _padding(member.size)
        return (header, digest.hexdigest(), padding) == wanted

    def _checked(self, member: Member, start: int) -> Iterator[bytes]:
        digest = hashlib.sha256()
        for piece in self._read(start + BLOCK, member.size):
            digest.update(piece)
            yield piece
        if digest.hexdigest() != member.sha256:
            raise Invalid.of("backup.member", member.name, sha256=member.sha256[:12])


def verified(path: Path, file: IO[bytes]) -> Reader:
    """Return the reader of a backup after reading all of it; raises Invalid naming each fault."""
    try:
        reader = Reader(file)
        faults = list(reader.faults())
    except Invalid as invalid:
        faults = list(invalid.problems)
    if faults:
        raise Invalid([fault.at(path.name) for fault in faults])
    return reader


def _manifest(file: IO[bytes]) -> tuple[dict[str, Any], int]:
    """Return the manifest and where it begins."""
    length = file.seek(0, 2)
    file.seek(max(length - LAST, 0))
    last = file.read()
    stated = STATED.match(last[BLOCK : 2 * BLOCK].decode("ascii", "replace"))
    size = int(stated[2]) if stated else 0
    start = length - LAST - BLOCK - size - len(_padding(size))
    if stated is None or start < 0 or size > MOST_MANIFEST:
        raise Invalid.of("backup.manifest")
    file.seek(start)
    text = file.read(length - LAST - start)
    content = text[BLOCK : BLOCK + size]
    whole = _header(MANIFEST, size) + content + _padding(size)
    if text != whole or hashlib.sha256(content).hexdigest() != stated[1] or last != _last(stated[1], size):
        raise Invalid.of("backup.manifest")
    manifest = json.loads(content)
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise Invalid.of("backup.schema")
    return manifest, start


def _last(sha256: str, size: int) -> bytes:
    text = _sum(sha256, size)
    return _header(SUM, len(text)) + text + _padding(len(text)) + END


def _sum(sha256: str, size: int) -> bytes:
    """Return what `sha256sum --check` reads, and the length of the manifest."""
    return f"{sha256}  {MANIFEST}\n# {size} bytes\n".encode()


def _header(name: str, size: int) -> bytes:
    """Return the header of a member, alike for everybody: no owner, no time."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    header = info.tobuf(tarfile.GNU_FORMAT)
    if len(header) != BLOCK:  # names here are short
        raise ValueError(name)
    return header


def _padding(size: int) -> bytes:
    return bytes(-size % BLOCK)
