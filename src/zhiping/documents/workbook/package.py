"""What a spreadsheet file is made of, opened under caps: zip parts (xlsx, ods) and OLE streams (xls, et)."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from itertools import pairwise

from zhiping.domain.errors import Invalid, Problem

MOST_BYTES = 16 * 1024 * 1024  # of a file, and of what it unpacks to
MOST_PARTS = 500
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


def zip_parts(data: bytes, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """Unpack the wanted parts of a zip file, whose sizes, places and checksums must all be true."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, struct.error) as e:
        raise refuse("damaged") from e
    if len(entries) > MOST_PARTS or sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise too_big()
    if any(entry.flag_bits & 1 for entry in entries):
        raise refuse("encrypted")
    if len({entry.filename.casefold() for entry in entries}) != len(entries):
        raise refuse("damaged")
    entries.sort(key=lambda entry: entry.header_offset)
    if any(one.header_offset + 30 + one.compress_size > two.header_offset for one, two in pairwise(entries)):
        raise refuse("damaged")
    return {entry.filename: _unpack(data, entry) for entry in entries if wanted(entry.filename)}


def _unpack(data: bytes, entry: zipfile.ZipInfo) -> bytes:
    head = data[entry.header_offset : entry.header_offset + 30]
    if len(head) < 30 or head[:4] != b"PK\x03\x04":
        raise refuse("damaged")
    start = entry.header_offset + 30 + sum(struct.unpack("<HH", head[26:30]))
    packed = data[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        found = packed
    elif entry.compress_type == zipfile.ZIP_DEFLATED:
        try:
            found = zlib.decompressobj(-15).decompress(packed, entry.file_size + 1)
        except zlib.error as e:
            raise refuse("damaged") from e
    else:
        raise refuse("damaged")
    if len(found) != entry.file_size or zlib.crc32(found) != entry.CRC:
        raise refuse("damaged")
    return found


def stored_zip(parts: dict[str, bytes]) -> io.BytesIO:
    """Pack parts again without compression: what is read next is exactly what was checked."""
    body, directory = io.BytesIO(), b""
    for name, data in parts.items():
        raw = name.encode()
        about = struct.pack("<HHHHIII", 0x800, 0, 0, 33, zlib.crc32(data), len(data), len(data))
        about += struct.pack("<HH", len(raw), 0)
        place = struct.pack("<HHHII", 0, 0, 0, 0, body.tell())
        directory += b"PK\x01\x02" + struct.pack("<HH", 20, 20) + about + place + raw
        body.write(b"PK\x03\x04" + struct.pack("<H", 20) + about + raw)
        body.write(data)
    count, start = len(parts), body.tell()
    body.write(directory)
    body.write(b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), start, 0))
    body.seek(0)
    return body


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
