"""The kinds of files that may be handed in, recognised by content and not by name."""

import codecs
import re
import zipfile
from functools import partial
from itertools import pairwise
from pathlib import Path

from zhiping.domain.errors import Invalid, Problem

MOST_BYTES = 50 * 2**20  # of a file
MOST_PIXELS = 50_000_000
MOST_PARTS, MOST_UNPACKED = 2_000, 200 * 2**20  # of a package of Office or OFD
IMAGES = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}
PREVIEWED = (*IMAGES, "pdf")
OFFICE = "application/vnd.openxmlformats-officedocument."
KINDS = {  # the extension of a kind, and its media type
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "heic": "image/heic",
    "docx": f"{OFFICE}wordprocessingml.document",
    "xlsx": f"{OFFICE}spreadsheetml.sheet",
    "pptx": f"{OFFICE}presentationml.presentation",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "wps": "application/vnd.ms-works",
    "et": "application/vnd.ms-excel",
    "dps": "application/vnd.ms-powerpoint",
    "ofd": "application/ofd",
    "txt": "text/plain",
    "csv": "text/csv",
}
_SAME = {"jpeg": "jpg"}
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_STREAMS = {  # of an OLE file: WPS writes the formats of Microsoft Office under names of its own
    "WordDocument": ("doc", "wps"),
    "Workbook": ("xls", "et"),
    "Book": ("xls", "et"),
    "PowerPoint Document": ("ppt", "dps"),
}
_PARTS = {  # of a package
    "word/document.xml": ("docx", "wps"),
    "xl/workbook.xml": ("xlsx", "et"),
    "ppt/presentation.xml": ("pptx", "dps"),
    "OFD.xml": ("ofd",),
}
_HEADS = (
    (re.compile(rb"%PDF-"), ("pdf",)),
    (re.compile(rb"\xff\xd8\xff"), ("jpg",)),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), ("png",)),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), ("webp",)),
    (re.compile(rb".{4}ftyp(?:heic|heix|hevc|mif1|msf1)", re.DOTALL), ("heic",)),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_FOREIGN = ((b"MZ", "exe"), (b"\x7fELF", "elf"), (b"Rar!", "rar"), (b"7z\xbc\xaf", "7z"), (b"GIF8", "gif"))


def extension(name: str) -> str:
    """Return the kind that a file's name states, in lower case; "" where it has none."""
    found = Path(name).suffix[1:].lower()
    return _SAME.get(found, found)


def inspect(path: Path, name: str) -> str:
    """Return the kind of a file whose content is what its name states.

    Raises Invalid with what was found and what is allowed: another kind, a package with macros, a password
    or too many parts, a picture of too many pixels. To be called apart: the file is a stranger's.
    """
    stated, size = extension(name), path.stat().st_size
    if not 0 < size <= MOST_BYTES:
        raise refused("empty" if not size else "too_big", name, most=MOST_BYTES // 2**20)
    found = _kinds(path, name)
    if stated not in KINDS or stated not in found:
        what = " / ".join(found) or _foreign(path)
        raise refused("kind", name, stated=stated or "–", found=what, allowed=" ".join(KINDS))
    if stated in IMAGES:
        _measure(path, name, stated)
    return stated


def refused(code: str, name: str, **data: object) -> Invalid:
    """Return the refusal of a file, at its name."""
    return Invalid([Problem(f"evidence.{code}", dict(data), (name,))])


def _kinds(path: Path, name: str) -> tuple[str, ...]:
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PK\3\4"):
        return _of_package(path, name)
    if head.startswith(_OLE):
        return _of_streams(path, name)
    heads = (kinds for pattern, kinds in _HEADS if pattern.match(head))
    return next(heads, ()) or (("txt", "csv") if _is_text(path) else ())


def _foreign(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(16)
    return next((kind for mark, kind in _FOREIGN if head.startswith(mark)), "?")


def _of_package(path: Path, name: str) -> tuple[str, ...]:
    try:
        with zipfile.ZipFile(path) as package:
            entries = sorted(package.infolist(), key=lambda entry: entry.header_offset)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise refused("damaged", name) from None
    if len(entries) > MOST_PARTS or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise refused("unpacked", name, parts=MOST_PARTS, most=MOST_UNPACKED // 2**20)
    names = [entry.filename for entry in entries]
    overlap = any(a.header_offset + 30 + a.compress_size > b.header_offset for a, b in pairwise(entries))
    if overlap or len(set(names)) != len(names):
        raise refused("damaged", name)
    if any(entry.flag_bits & 1 for entry in entries):
        raise refused("locked", name)
    if any(part.lower().endswith("vbaproject.bin") for part in names):
        raise refused("macros", name)
    return next((kinds for part, kinds in _PARTS.items() if part in names), ("zip",))


def _of_streams(path: Path, name: str) -> tuple[str, ...]:
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        return ("?",)
    if "_VBA_PROJECT".encode("utf-16-le") in content:
        raise refused("macros", name)
    return next(
        (kinds for stream, kinds in _STREAMS.items() if stream.encode("utf-16-le") in content), ("ole",)
    )


def _is_text(path: Path) -> bool:
    """Whether a file is text in UTF-8, UTF-16 with its mark, or GB 18030, by its first megabyte.

    In the rest no byte is a control character: neither UTF-8 nor GB 18030 has one in a longer character.
    """
    with path.open("rb") as file:
        head = file.read(2**20)
        marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        if not marked and (
            _CONTROL.search(head) or any(map(_CONTROL.search, iter(partial(file.read, 2**20), b"")))
        ):
            return False
    return any(_decodes(head, encoding) for encoding in (("utf-16",) if marked else ("utf-8", "gb18030")))


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    return not _CONTROL.search(text.encode())


def _measure(path: Path, name: str, kind: str) -> None:
    """Refuse a picture with too many pixels, or one that cannot be opened."""
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # measured here, before anything is decoded
    try:
        with Image.open(path, formats=[IMAGES[kind]]) as image:
            pixels = image.width * image.height
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise refused("damaged", name) from None
    if pixels > MOST_PIXELS:
        raise refused("pixels", name, found=pixels // 1_000_000, most=MOST_PIXELS // 1_000_000)
