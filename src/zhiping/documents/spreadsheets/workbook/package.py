"""What a spreadsheet file is made of, opened under caps: zip parts (xlsx, ods) and OLE streams (xls, et)."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

from zhiping.domain.errors import Invalid, Problem

MOST_BYTES = 16 * 1024 * 1024  # of a file, and of what it unpacks to
MOST_PARTS = 500
STORED, DEFLATED = 0, 8
DIRECTORY_ENTRY = struct.Struct("<4s4xHH4xIIIHHH8xI")
OLE = bytes.fromhex("D0CF11E0A1B11AE1")
SECTOR, SMALL_STREAM, HEADER_TABLES = 512, 4096, 109
FREE, CHAIN_END, TABLE_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
LAST_SECTOR = 0xFFFFFFFA  # sector numbers from here on are marks, not places


def refuse(code: str, **data: str) -> Invalid:
    """Return the one problem of a file that cannot be read as a whole."""
    return Invalid([Problem(f"book.{code}", data)])


def too_big() -> Invalid:
    """Return the refusal of a file over the caps."""
    return refuse("too_big", most=str(MOST_BYTES // 2**20))


class Entry(NamedTuple):
    """A part of a zip file as its directory describes it."""

    name: str
    encrypted: bool
    method: int
    checksum: int
    packed: int  # bytes
    size: int  # bytes
    offset: int


def zip_parts(data: bytes, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """Unpack the wanted parts of a zip file, whose sizes, places and checksums must all be true."""
    try:
        entries = sorted(_directory(data), key=lambda entry: entry.offset)
        if sum(entry.size for entry in entries) > MOST_BYTES:
            raise too_big()
        if any(entry.encrypted for entry in entries):
            raise refuse("encrypted")
        if len({entry.name.casefold() for entry in entries}) != len(entries):
            raise refuse("damaged")
        if any(one.offset + 30 + one.packed > two.offset for one, two in pairwise(entries)):
            raise refuse("damaged")
        return {entry.name: _unpack(data, entry) for entry in entries if wanted(entry.name)}
    except (struct.error, zlib.error) as e:
        raise refuse("damaged") from e


def _directory(data: bytes) -> Iterator[Entry]:
    """Read the directory at the end of a zip file (APPNOTE.TXT 4.3.12, 4.3.16); nothing may follow it."""
    end = data.rfind(b"PK\5\6")
    count, length, at, comment = struct.unpack_from("<HIIH", data, max(end, 0) + 10)
    if end < 0 or at + length != end or end + 22 + comment != len(data):
        raise refuse("damaged")
    if count > MOST_PARTS:
        raise too_big()
    for _ in range(count):
        mark, flags, method, checksum, packed, size, *lengths, offset = DIRECTORY_ENTRY.unpack_from(data, at)
        if mark != b"PK\1\2":
            raise refuse("damaged")
        name = data[at + DIRECTORY_ENTRY.size : at + DIRECTORY_ENTRY.size + lengths[0]]
        yield Entry(name.decode("utf-8", "replace"), bool(flags & 1), method, checksum, packed, size, offset)
        at += DIRECTORY_ENTRY.size + sum(lengths)


def _unpack(data: bytes, entry: Entry) -> bytes:
    mark, name, extra = struct.unpack_from("<4s22xHH", data, entry.offset)
    start = entry.offset + 30 + name + extra
    found = data[start : start + entry.packed]
    if entry.method == DEFLATED:
        found = zlib.decompressobj(-15).decompress(found, entry.size + 1)
    known = mark == b"PK\3\4" and entry.method in (STORED, DEFLATED)
    if not known or len(found) != entry.size or zlib.crc32(found) != entry.checksum:
        raise refuse("damaged")
    return found


def stored_zip(parts: dict[str, bytes]) -> io.BytesIO:
    """Pack parts again without compression: what is read next is exactly what was checked."""
    body: list[bytes] = []
    directory: list[bytes] = []
    place = 0
    for name, data in parts.items():
        raw = name.encode()
        about = struct.pack("<HHHHIII", 0x800, 0, 0, 33, zlib.crc32(data), len(data), len(data))
        about += struct.pack("<HH", len(raw), 0)
        where = struct.pack("<HHHII", 0, 0, 0, 0, place)
        directory += [b"PK\1\2", struct.pack("<HH", 20, 20), about, where, raw]
        body += [b"PK\3\4", struct.pack("<H", 20), about, raw, data]
        place += 30 + len(raw) + len(data)
    length, count = sum(map(len, directory)), len(parts)
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, length, place, 0)
    return io.BytesIO(b"".join([*body, *directory, end]))


def ole_streams(data: bytes) -> dict[str, bytes]:
    """Return the streams of an OLE compound file ([MS-CFB]) by lower-case name."""
    try:
        return _ole_streams(data)
    except (struct.error, IndexError, ValueError, OverflowError) as e:
        raise refuse("damaged") from e


def _ole_streams(data: bytes) -> dict[str, bytes]:
    shift, small_shift = struct.unpack_from("<HH", data, 30)
    (directory_at,) = struct.unpack_from("<I", data, 48)
    cutoff, small_fat_at = struct.unpack_from("<II", data, 56)
    if shift not in (9, 12) or small_shift != 6:
        raise refuse("damaged")
    size = 1 << shift

    def sector(number: int) -> bytes:
        return data[(number + 1) * size : (number + 2) * size]

    fat = _numbers(b"".join(sector(s) for s in _fat_sectors(data, sector, size)))
    directory = _chain(fat, directory_at, sector)
    small_fat = _numbers(_chain(fat, small_fat_at, sector))
    (root_at,) = struct.unpack_from("<I", directory, 116)
    small = _chain(fat, root_at, sector)
    streams = {}
    for at in range(0, len(directory) - 127, 128):
        name_length, kind = struct.unpack_from("<HB", directory, at + 64)
        start, length = struct.unpack_from("<II", directory, at + 116)
        if kind != 2:
            continue
        name = directory[at : at + max(name_length - 2, 0)].decode("utf-16-le").lower()
        if length < cutoff:
            body = _chain(small_fat, start, lambda s: small[s * 64 : s * 64 + 64])
        else:
            body = _chain(fat, start, sector)
        streams[name] = body[:length]
    return streams


def ole_file(name: str, stream: bytes) -> io.BytesIO:
    """Write an OLE compound file that holds one stream: its own table of sectors, true sizes."""
    stream = stream.ljust(SMALL_STREAM, b"\0")
    body = -(-len(stream) // SECTOR)
    tables = next(n for n in range(1, 200) if n * (SECTOR // 4) >= n + 1 + body)
    if tables > HEADER_TABLES:
        raise too_big()
    links = [TABLE_SECTOR] * tables + [CHAIN_END]
    links += [*range(tables + 2, tables + 1 + body), CHAIN_END]
    links += [FREE] * (tables * SECTOR // 4 - len(links))
    kinds = struct.pack("<16xHHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)  # version 3, 512-byte sectors
    places = (0, tables, tables, 0, SMALL_STREAM, CHAIN_END, 0, CHAIN_END, 0)
    head = OLE + kinds + struct.pack("<9I", *places)
    found = [*range(tables), *[FREE] * (HEADER_TABLES - tables)]
    entries = _entry("Root Entry", 5, 1, CHAIN_END, 0) + _entry(name, 2, FREE, tables + 1, len(stream))
    file = head + struct.pack(f"<{HEADER_TABLES}I", *found)
    file += struct.pack(f"<{len(links)}I", *links) + entries.ljust(SECTOR, b"\0")
    return io.BytesIO(file + stream.ljust(body * SECTOR, b"\0"))


def _entry(name: str, kind: int, child: int, start: int, length: int) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    about = struct.pack("<HBBIII", len(raw), kind, 1, FREE, FREE, child)
    return raw.ljust(64, b"\0") + about + bytes(36) + struct.pack("<II", start, length) + bytes(4)


def _fat_sectors(data: bytes, sector: Callable[[int], bytes], size: int) -> list[int]:
    found = list(struct.unpack_from("<109I", data, 76))
    (at,) = struct.unpack_from("<I", data, 68)
    for _ in range(len(data) // size):
        if at >= LAST_SECTOR:
            break
        *more, at = _numbers(sector(at))
        found += more
    return [number for number in found if number < LAST_SECTOR]


def _chain(table: tuple[int, ...], at: int, sector: Callable[[int], bytes]) -> bytes:
    parts: list[bytes] = []
    while at < LAST_SECTOR:
        if len(parts) >= len(table):
            raise refuse("damaged")  # a ring
        parts.append(sector(at))
        at = table[at]
    return b"".join(parts)


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])
