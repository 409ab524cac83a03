"""Verification of an archive package of an evaluation: of the bag, its ledgers, checkpoints, seal and files.

One file for Python 3.8 or newer, standard library only, so that a package can be verified without any other
program: `python3 verify.py PACKAGE`. A copy is in every package; use one from elsewhere where the package
itself is in doubt. The format is described in docs/adr (archive package); the sources of the rules are
RFC 8493 (BagIt 1.0), RFC 6962 (logs), RFC 8032 (Ed25519), C2SP tlog-checkpoint and signed-note.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import stat
import sys
import unicodedata
import zipfile
import zlib
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Dict, Iterator, NamedTuple, Sequence, Tuple

FORMAT = "zhiping/package/1"
LOG = "checkpoints"  # the kind of the ledger that holds the checkpoints of all others
DONE, FAULTY, WRONG_USE = 0, 1, 2
PIECE = 1 << 20
MOST_TEXT = 1 << 29  # bytes of a file that is read whole
PACKAGE, CHECKPOINTS, KEYS = "data/package.json", "data/checkpoints.json", "data/keys.txt"
UNREADABLE = (  # raised where a file or a zip is damaged
    OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
ALGORITHMS = ("sha256", "sha512")  # the manifests every package has
Fault = Dict[str, Any]  # code, place (ledger, entry, file) and what the text needs


class Unusable(Exception):  # noqa: N818 - what the user did, not an error of ours
    """Something that is no package at all, or cannot be opened; `code` names a text."""

    def __init__(self, code: str, **data: Any) -> None:
        super().__init__(code)
        self.code, self.data = code, data


class Report:
    """What was found: faults, what could not be checked, and facts of the package."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.unchecked: list[Fault] = []
        self.facts: dict[str, Any] = {}

    def add_fault(self, code: str, **data: Any) -> None:
        """Add a fault."""
        self.faults.append({"code": code, **data})

    def add_note(self, code: str, **data: Any) -> None:
        """Add something that could not be checked."""
        self.unchecked.append({"code": code, **data})


# --- Where the files are: a folder or a zip ---


class Folder:
    """A package as a folder; links and special files are faults and are not read."""

    def __init__(self, root: Path) -> None:
        self.root, self.faults = root, []  # type: Path, list[Fault]
        self.sizes: dict[str, int] = {}
        self._walk(root, "")

    def _walk(self, folder: Path, prefix: str) -> None:
        for entry in sorted(os.scandir(folder), key=lambda one: one.name):
            name = prefix + entry.name
            if entry.is_symlink():
                self.faults.append({"code": "path.link", "file": _shown(name)})
            elif entry.is_dir():
                self._walk(folder / entry.name, name + "/")
            elif entry.is_file():
                self.sizes[name] = entry.stat().st_size
            else:
                self.faults.append({"code": "path.special", "file": _shown(name)})

    def has_folder(self, name: str) -> bool:
        """Return whether a folder exists."""
        return (self.root / name).is_dir()

    def open(self, name: str) -> IO[bytes]:
        """Open a file for reading."""
        return (self.root / name).open("rb")

    def close(self) -> None:
        """Do nothing; a zip must be closed."""


class Zip:
    """A package as a zip with one folder; entries that could be written elsewhere are faults."""

    def __init__(self, file: Any) -> None:
        self.faults: list[Fault] = []
        self.sizes: dict[str, int] = {}
        self.entries: dict[str, zipfile.ZipInfo] = {}
        self.folders: set[str] = set()
        try:
            self.zip = zipfile.ZipFile(file)
        except UNREADABLE as error:
            raise Unusable("use.unreadable", why=str(error)) from error
        infos = self.zip.infolist()
        roots = {info.orig_filename.split("/")[0] for info in infos}
        self.root = roots.pop() if len(roots) == 1 else ""
        if not self.root:
            self.faults.append({"code": "zip.roots"})
        for info in infos:
            self._add(info, info.orig_filename)

    def _add(self, info: zipfile.ZipInfo, whole: str) -> None:
        name = whole[len(self.root) + 1 :] if self.root else whole
        mode = info.external_attr >> 16
        if "\0" in whole or (name and unsafe(name.rstrip("/"))) or "\\" in whole:
            self.faults.append({"code": "path.unsafe", "file": _shown(whole)})
        elif stat.S_ISLNK(mode):
            self.faults.append({"code": "path.link", "file": _shown(name)})
        elif info.flag_bits & 1:
            self.faults.append({"code": "zip.encrypted", "file": _shown(name)})
        elif name.endswith("/") or not name:
            self.folders.add(name.rstrip("/"))
        elif name in self.sizes:
            self.faults.append({"code": "path.alike", "file": _shown(name), "other": _shown(name)})
        else:
            self.sizes[name], self.entries[name] = info.file_size, info

    def has_folder(self, name: str) -> bool:
        """Return whether a folder exists."""
        return name in self.folders or any(one.startswith(name + "/") for one in self.sizes)

    def open(self, name: str) -> IO[bytes]:
        """Open a file for reading."""
        return self.zip.open(self.entries[name])

    def close(self) -> None:
        """Close the zip."""
        self.zip.close()


def opened(target: Path) -> Any:
    """Return a folder or a zip as a source of files; raises Unusable."""
    if target.is_dir():
        return Folder(target)
    if not target.is_file():
        raise Unusable("use.missing", path=str(target))
    return Zip(str(target))


def read(source: Any, name: str) -> bytes | None:
    """Return a small file whole, None where it is missing or cannot be read."""
    if source.sizes.get(name, MOST_TEXT + 1) > MOST_TEXT:
        return None
    try:
        with source.open(name) as file:
            return file.read()  # type: ignore[no-any-return]  # IO of either source
    except UNREADABLE:
        return None


# --- Names ---

_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)")
_NOT_ON_WINDOWS = re.compile(r'[<>:"|?*\\\x00-\x1f]')


def unsafe(name: str) -> bool:
    """Return whether a name could lead out of the bag: absolute, with a drive, "..", "~" or empty parts."""
    parts = name.split("/")
    return bool(re.match(r"[A-Za-z]:|~|[/\\]", name)) or not name or any(p in ("", ".", "..") for p in parts)


def unportable(name: str) -> bool:
    """Return whether Windows cannot hold a file of this name."""
    parts = name.split("/")
    return any(_NOT_ON_WINDOWS.search(p) or _RESERVED.match(p) or p.endswith((".", " ")) for p in parts)


def alike(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield names that are the same file where case or Unicode forms are not told apart."""
    known: dict[str, str] = {}
    for name in names:
        key = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
        if key in known:
            yield name, known[key]
        known.setdefault(key, name)


def _shown(name: str) -> str:
    """Return a name without characters that a terminal would act on."""
    return "".join(c if c.isprintable() else "\\u%04x" % ord(c) for c in name)


# --- The bag (RFC 8493) ---

_DECLARATION = re.compile(r"BagIt-Version: (\d+)\.(\d+)\n(?:Tag-File-Character-Encoding: (\S+))\n?")
_VERSIONS = {(0, 93), (0, 94), (0, 95), (0, 96), (0, 97), (1, 0)}
_MANIFEST = re.compile(r"(tag)?manifest-([A-Za-z0-9]+)\.txt")
_LINE = re.compile(r"([0-9A-Fa-f]+)[ \t]+\*?(.+)")
_LABEL = re.compile(r"[^\s:][^:]*(?<!\s):([ \t].*)?")
_OLD_LABEL = re.compile(r"[^\s:][^:]*:.*")


class Bag:
    """A bag while it is checked: its manifests by file name, each with digests by path; computed digests."""

    def __init__(self, source: Any, report: Report) -> None:
        self.source, self.report = source, report
        self.version: tuple[int, int] = (1, 0)
        self.encoding = "utf-8"
        self.payload: dict[str, dict[str, str]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.digests: dict[str, dict[str, str]] = {}

    def lines(self, name: str) -> list[str]:
        """Return the lines of a tag file; a file that cannot be decoded is a fault."""
        content = read(self.source, name)
        try:
            text = (content or b"").decode(self.encoding)
        except (UnicodeDecodeError, LookupError):
            self.report.add_fault("bag.undecodable", file=name)
            return []
        if content is None:
            self.report.add_fault("bag.file_unreadable", file=name)
        if text.startswith("\ufeff") and self.encoding.lower() in ("utf-8", "utf8"):
            self.report.add_fault("bag.byte_order_mark", file=name)
        return [line for line in re.split("\r\n|\n|\r", text) if line]


def check_bag(source: Any, report: Report, also: dict[str, str] | None = None) -> Bag:
    """Check a bag by the rules of RFC 8493; every deviation becomes a fault of the report.

    `also`: a further algorithm to compute for files whose digest in the manifest is one of its keys.
    """
    bag = Bag(source, report)
    report.faults += source.faults
    _declaration(bag)
    if not source.has_folder("data"):
        report.add_fault("bag.no_data")
    for name in sorted(n for n in source.sizes if "/" not in n):
        match = _MANIFEST.fullmatch(name)
        if match:
            (bag.tags if match[1] else bag.payload)[name] = _manifest(bag, name, tag=bool(match[1]))
    if not bag.payload:
        report.add_fault("bag.no_manifest")
    _completeness(bag)
    _fetched(bag)
    _check_digests(bag, also or {})
    _information(bag)
    return bag


def _declaration(bag: Bag) -> None:
    content = read(bag.source, "bagit.txt")
    if content is None:
        bag.report.add_fault("bag.no_declaration", file="bagit.txt")
        return
    text = content.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    match = _DECLARATION.fullmatch(text)
    if not match:
        bag.report.add_fault("bag.declaration", file="bagit.txt")
        return
    bag.version = (int(match[1]), int(match[2]))
    if bag.version not in _VERSIONS:
        bag.report.add_fault("bag.version", file="bagit.txt", found="%s.%s" % (match[1], match[2]))
    try:
        "".encode(match[3])
        bag.encoding = match[3]
    except LookupError:
        bag.report.add_fault("bag.encoding", file="bagit.txt", found=_shown(match[3]))


def _manifest(bag: Bag, name: str, *, tag: bool) -> dict[str, str]:
    listed: dict[str, str] = {}
    for number, line in enumerate(bag.lines(name), 1):
        match = _LINE.fullmatch(line)
        path = decoded(match[2], bag.version) if match else ""
        path = path[2:] if path.startswith("./") else path
        inside = path.startswith("data/")
        if not match:
            bag.report.add_fault("bag.manifest_line", file=name, line=number)
        elif unsafe(path):
            bag.report.add_fault("path.unsafe", file=_shown(path), manifest=name)
        elif inside == tag or (tag and path.startswith("tagmanifest-")):
            bag.report.add_fault("bag.manifest_place", file=_shown(path), manifest=name)
        elif path in listed and (bag.version >= (1, 0) or listed[path] != match[1].lower()):
            bag.report.add_fault("bag.listed_twice", file=_shown(path), manifest=name)
        else:
            listed[path] = match[1].lower()
    return listed


def decoded(path: str, version: tuple[int, int]) -> str:
    """Return a path of a manifest with encoded line ends, and from 1.0 on percent signs, decoded."""
    codes = "0[AaDd]|25" if version >= (1, 0) else "0[AaDd]"
    return re.sub("%%(%s)" % codes, lambda match: chr(int(match[1], 16)), path)


def _completeness(bag: Bag) -> None:
    """Every payload file is in every manifest (before 1.0: in one); every listed file exists."""
    present = {name for name in bag.source.sizes if name.startswith("data/")}
    listed: set[str] = set()
    for name, digests in bag.payload.items():
        if bag.version >= (1, 0):
            for path in sorted(present - digests.keys()):
                bag.report.add_fault("bag.file_added", file=_shown(path), manifest=name)
        listed |= digests.keys()
    if bag.version < (1, 0) and bag.payload:
        for path in sorted(present - listed):
            bag.report.add_fault("bag.file_added", file=_shown(path), manifest="manifest-*.txt")
    for name, digests in {**bag.payload, **bag.tags}.items():
        for path in sorted(digests.keys() - bag.source.sizes.keys()):
            bag.report.add_fault("bag.file_missing", file=_shown(path), manifest=name)
    for name, digests in bag.tags.items() if bag.version >= (1, 0) else ():
        for path in sorted(bag.payload.keys() - digests.keys()):
            bag.report.add_fault("bag.tag_unlisted", file=path, manifest=name)


def _fetched(bag: Bag) -> None:
    if "fetch.txt" not in bag.source.sizes:
        return
    listed = {path for digests in bag.payload.values() for path in digests}
    for number, line in enumerate(bag.lines("fetch.txt"), 1):
        match = re.fullmatch(r"(\S+)[ \t]+(\d+|-)[ \t]+(.+)", line)
        path = decoded(match[3], bag.version) if match else ""
        if not match:
            bag.report.add_fault("bag.fetch_line", file="fetch.txt", line=number)
        elif unsafe(path) or path not in listed:
            bag.report.add_fault("bag.fetch_unlisted", file=_shown(path), manifest="fetch.txt")


def _check_digests(bag: Bag, also: dict[str, str]) -> None:
    wanted: dict[str, dict[str, str]] = {}
    for name, digests in {**bag.payload, **bag.tags}.items():
        algorithm = name.split("-", 1)[1][:-4].lower()
        if algorithm not in hashlib.algorithms_available or algorithm.startswith("shake"):
            bag.report.add_fault("bag.algorithm", file=name, found=algorithm)
            continue
        for path, digest in digests.items():
            wanted.setdefault(path, {})[algorithm] = digest
    for path in sorted(wanted.keys() & bag.source.sizes.keys()):
        more = {also[digest] for digest in wanted[path].values() if digest in also}
        computed = _digests(bag.source, path, {*wanted[path], *more})
        if computed is None:
            bag.report.add_fault("bag.file_unreadable", file=_shown(path))
            continue
        bag.digests[path] = computed
        wrong = [name for name, digest in sorted(wanted[path].items()) if computed[name] != digest]
        if wrong:
            bag.report.add_fault("bag.digest", file=_shown(path), algorithms=wrong)


def _digests(source: Any, name: str, algorithms: set[str]) -> dict[str, str] | None:
    """Return the digests of a file, read once in pieces; None where it cannot be read."""
    hashes = {one: hashlib.new(one) for one in algorithms}
    try:
        with source.open(name) as file:
            piece = file.read(PIECE)
            while piece:
                for one in hashes.values():
                    one.update(piece)
                piece = file.read(PIECE)
    except UNREADABLE:
        return None
    return {name: one.hexdigest() for name, one in hashes.items()}


def digests_of(source: Any) -> dict[str, dict[str, str]]:
    """Return the SHA-256 of every payload file that can be read."""
    names = [name for name in source.sizes if name.startswith("data/")]
    found = {name: _digests(source, name, {"sha256"}) for name in names}
    return {name: digests for name, digests in found.items() if digests}


def _information(bag: Bag) -> None:
    """Check the form of bag-info.txt, and the number and size of the payload it states."""
    if "bag-info.txt" not in bag.source.sizes:
        return
    form = _LABEL if bag.version >= (1, 0) else _OLD_LABEL
    stated: list[str] = []
    for number, line in enumerate(bag.lines("bag-info.txt"), 1):
        if not (form.fullmatch(line) or (line[0] in " \t" and number > 1)):
            bag.report.add_fault("bag.info_line", file="bag-info.txt", line=number)
        label, _, value = line.partition(":")
        if label.strip().lower() == "payload-oxum":
            stated.append(value.strip())
    sizes = [size for name, size in bag.source.sizes.items() if name.startswith("data/")]
    found = "%d.%d" % (sum(sizes), len(sizes))
    if len(stated) > 1 or (stated and stated[0] != found):
        bag.report.add_fault("bag.oxum", file="bag-info.txt", stated=_shown(" ".join(stated)), found=found)


# --- Signatures (RFC 8032) and signed notes ---

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
Point = Tuple[int, int, int, int]  # x, y, z, t with x = X/Z, y = Y/Z, xy = T/Z


def _sum(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % _P, (p[1] + p[0]) * (q[1] + q[0]) % _P
    c, d = 2 * p[3] * q[3] * _D % _P, 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _double(p: Point) -> Point:
    a, b, c = p[0] * p[0], p[1] * p[1], 2 * p[2] * p[2]
    e, g, h = (p[0] + p[1]) ** 2 - a - b, b - a, a + b
    f = (g - c) % _P
    return e * f % _P, g * -h % _P, f * g % _P, e * -h % _P


def _point(data: bytes) -> Point | None:
    """Return the point of 32 bytes, None where they are the canonical form of none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    x = x if x * x % _P == square else x * _ROOT % _P
    if y >= _P or x * x % _P != square or (not x and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


_BASE = _point(bytes.fromhex("58" + "66" * 31)) or (0, 1, 1, 0)


@lru_cache(maxsize=4096)
def signed_by(public: bytes, signature: bytes, text: bytes) -> bool:
    """Return whether an Ed25519 signature of these bytes is valid for a public key (RFC 8032, 5.1.7)."""
    key, commitment = _point(public), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if len(public) != 32 or len(signature) != 64 or not key or not commitment or scalar >= _L:
        return False
    digest = hashlib.sha512(signature[:32] + public + text).digest()
    factor = int.from_bytes(digest, "little") % _L
    minus = (_P - key[0], key[1], 1, _P - key[3])
    sums = (None, _BASE, minus, _sum(_BASE, minus))
    found: Point = (0, 1, 1, 0)
    for bit in range(252, -1, -1):
        found = _double(found)
        chosen = sums[(scalar >> bit & 1) + 2 * (factor >> bit & 1)]
        found = _sum(found, chosen) if chosen else found
    return not ((found[0] - commitment[0] * found[2]) % _P or (found[1] - commitment[1] * found[2]) % _P)


class Key(NamedTuple):
    """A public key with its name and its id of four bytes."""

    name: str
    id: bytes
    public: bytes


def parse_key(text: str) -> Key | None:
    """Return a public key written `<name>+<id>+<base64>`, None where it is none."""
    name, _, rest = text.strip().partition("+")
    number, _, data = rest.partition("+")
    raw = _base64(data)
    if not name or raw is None or len(raw) != 33 or raw[:1] != b"\1":
        return None
    own = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    return Key(name, own, raw[1:]) if own.hex() == number else None


def parse_keys(text: str) -> list[Key]:
    """Return the public keys of a text, one in a line; lines of other content are passed over."""
    return [key for key in map(parse_key, text.split()) if key]


def _base64(text: str) -> bytes | None:
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode() == text else None


class Note(NamedTuple):
    """A text ending in a line feed, with its signatures: name, id of the key, signature."""

    text: str
    signatures: list[tuple[str, bytes, bytes]]


def parse_note(note: str) -> Note | None:
    """Return a signed note, None where it is none."""
    text, gap, lines = note.rpartition("\n\n")
    signatures = []
    for line in lines.split("\n")[:-1]:
        match = re.fullmatch(r"— ([^\s+\x00-\x1f]+) (\S+)", line)
        data = _base64(match[2]) if match else None
        if not match or not data or len(data) != 68:
            return None
        signatures.append((match[1], data[:4], data[4:]))
    good = gap and signatures and lines.endswith("\n") and re.fullmatch(r"[^\x00-\x09\x0b-\x1f]*", text)
    return Note(text + "\n", signatures) if good else None


def signer(note: Note, keys: Sequence[Key]) -> Key | None:
    """Return the first of these keys that signed a note validly."""
    for key in keys:
        own = [s for name, id_, s in note.signatures if (name, id_) == (key.name, key.id)]
        if own and all(signed_by(key.public, signature, note.text.encode()) for signature in own):
            return key
    return None


class Checkpoint(NamedTuple):
    """The size and the root of a ledger, named `<kind>/<id>`, as the key `name` signed it."""

    name: str
    ledger: str
    size: int
    root: str


def parse_checkpoint(text: str) -> Checkpoint | None:
    """Return the checkpoint a signed text states, None where it states none."""
    match = re.fullmatch(r"([^/\n]+)/([^\n]+)\n(0|[1-9][0-9]{0,18})\n([^\n]+)\n(?:[^\n]+\n)*", text)
    root = _base64(match[4]) if match else None
    return (
        Checkpoint(match[1], match[2], int(match[3]), root.hex())
        if match and root and len(root) == 32
        else None
    )


# --- Ledgers (RFC 6962) ---


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def roots(hashes: Sequence[str], sizes: set[int]) -> dict[int, str]:
    """Return the roots a log of these leaf hashes had at some sizes, those beyond its end left out."""
    found = {0: hashlib.sha256().hexdigest()} if 0 in sizes else {}
    peaks: list[tuple[int, bytes]] = []
    for size, leaf in enumerate(hashes, 1):
        peaks.append((1, bytes.fromhex(leaf)))
        while len(peaks) > 1 and peaks[-1][0] == peaks[-2][0]:
            (count, right), (_, left) = peaks.pop(), peaks.pop()
            peaks.append((2 * count, _node(left, right)))
        if size in sizes:
            tree = peaks[-1][1]
            for _, left in reversed(peaks[:-1]):
                tree = _node(left, tree)
            found[size] = tree.hex()
    return found


def consistent(first: int, second: int, first_root: str, second_root: str, proof: Sequence[str]) -> bool:
    """Return whether a log of size `second` extends the one of size `first` (RFC 9162, 2.1.4.2)."""
    if not 0 < first <= second or first == second:
        return first == second and not proof and first_root == second_root
    path = [bytes.fromhex(one) for one in ([] if first & (first - 1) else [first_root]) + list(proof)]
    node, last = first - 1, second - 1
    while node % 2:
        node, last = node // 2, last // 2
    old = new = path[0] if path else b""
    for other in path[1:]:
        if not last:
            return False
        if node % 2 or node == last:
            old, new = _node(other, old), _node(other, new)
            while not node % 2 and node:
                node, last = node // 2, last // 2
        else:
            new = _node(new, other)
        node, last = node // 2, last // 2
    return not last and (old.hex(), new.hex()) == (first_root, second_root)


class Ledger:
    """A ledger as the package holds it: leaf hashes in order, and the bodies of the entries that are open."""

    def __init__(self, kind: str, id: str, name: str = "") -> None:
        self.key, self.kind, self.id, self.name = "%s/%s" % (kind, id), kind, id, name
        self.hashes: list[str] = []
        self.bodies: dict[int, dict[str, Any]] = {}


def parse_ledger(content: bytes, ledger: Ledger, report: Report) -> None:
    """Read a ledger: a line for each entry, its leaf hash and, where it is open, its canonical JSON."""
    lines = content.split(b"\n")
    if lines.pop() != b"":
        report.add_fault("ledger.line", ledger=ledger.key, entry=len(lines))
    for seq, line in enumerate(lines):
        match = re.fullmatch(rb"([0-9a-f]{64})(?: ([^\r]+))?", line)
        if not match:
            report.add_fault("ledger.line", ledger=ledger.key, entry=seq)
            ledger.hashes.append("0" * 64)
            continue
        ledger.hashes.append(match[1].decode())
        if match[2] is not None:
            _open_body(match[2], ledger, seq, report)


def _open_body(line: bytes, ledger: Ledger, seq: int, report: Report) -> None:
    if hashlib.sha256(b"\0" + line).hexdigest() != ledger.hashes[seq]:
        report.add_fault("ledger.event_altered", ledger=ledger.key, entry=seq)
    try:
        body = json.loads(line.decode())
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("data"), dict):
        report.add_fault("ledger.event_malformed", ledger=ledger.key, entry=seq)
        return
    ledger.bodies[seq] = body
    if (body.get("head"), body.get("seq")) != (ledger.id, seq):
        report.add_fault("ledger.event_moved", ledger=ledger.key, entry=seq)
    elif seq == 0 and str(body.get("name")).partition(".")[0] != ledger.kind:
        report.add_fault("ledger.kind", ledger=ledger.key, entry=seq)


# --- The package ---


class Package:
    """A package while it is verified."""

    def __init__(self, source: Any, report: Report) -> None:
        self.source, self.report = source, report
        self.about: dict[str, Any] = {}
        self.ledgers: dict[str, Ledger] = {}
        self.keys: list[Key] = []
        self.bag = Bag(source, report)


def verify(
    source: Any, keys: Sequence[Key] = (), seal: str | None = None, kept: Sequence[str] = ()
) -> Report:
    """Verify a package; return all faults, what could not be checked, and its facts.

    `keys`: trusted public keys; without, those in the package are used and are not trusted by themselves.
    `seal`: the text of the seal kept beside the package. `kept`: texts of checkpoints kept elsewhere.
    """
    report = Report()
    package = Package(source, report)
    _read_about(package)
    _read_ledgers(package)
    files = _named_files(package)
    sm3 = {sha256: "sm3" for sha256, named in files.items() if named.get("sm3")}
    if sm3 and "sm3" not in hashlib.algorithms_available:
        report.add_note("evidence.no_sm3")
        sm3 = {}
    package.bag = check_bag(source, report, sm3)
    _check_profile(package)
    _trust(package, keys)
    _check_checkpoints(package)
    _check_log(package)
    _check_seal(package, seal)
    for text in kept:
        _check_kept(package, text)
    _check_evidence(package, files)
    _check_result(package)
    report.facts["files"] = len(source.sizes)
    return report


def _json(package: Package, name: str, kind: type) -> Any:
    content = read(package.source, name)
    try:
        value = json.loads((content or b"").decode())
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, kind):
        package.report.add_fault("package.unreadable", file=name)
        return kind()
    return value


def _read_about(package: Package) -> None:
    about = package.about = _json(package, PACKAGE, dict)
    if about and about.get("format") != FORMAT:
        package.report.add_fault("package.format", file=PACKAGE, found=_shown(str(about.get("format"))))
    package.keys = parse_keys((read(package.source, KEYS) or b"").decode("utf-8", "replace"))
    for name in ("id", "edition", "evaluation", "made", "result", "rubric"):
        package.report.facts[name] = _shown(str(about.get(name, "")))
    if about and about.get("edition") not in ("full", "public"):
        package.report.add_fault("package.edition", file=PACKAGE, found=_shown(str(about.get("edition"))))


def _read_ledgers(package: Package) -> None:
    stated = package.about.get("ledgers")
    for one in stated if isinstance(stated, list) else ():
        try:
            ledger, size, path = Ledger(str(one["kind"]), str(one["id"])), int(one["size"]), str(one["path"])
        except (KeyError, TypeError, ValueError):
            package.report.add_fault("package.unreadable", file=PACKAGE)
            continue
        content = read(package.source, path)
        if content is None:
            package.report.add_fault("ledger.lost", ledger=ledger.key, file=_shown(path))
            continue
        package.ledgers[ledger.key] = ledger
        parse_ledger(content, ledger, package.report)
        if len(ledger.hashes) != size:
            package.report.add_fault("ledger.size", ledger=ledger.key, stated=size, found=len(ledger.hashes))
        hidden = [seq for seq in range(len(ledger.hashes)) if seq not in ledger.bodies]
        if package.about.get("edition") == "full" and ledger.kind != LOG and hidden:
            package.report.add_fault(
                "ledger.event_lost", ledger=ledger.key, entry=hidden[0], count=len(hidden)
            )
    package.report.facts["ledgers"] = {key: len(one.hashes) for key, one in package.ledgers.items()}
    if not package.ledgers:
        package.report.add_fault("package.no_ledger", file=PACKAGE)


def _check_profile(package: Package) -> None:
    """Check what a package needs beyond a bag: both manifests, every tag file listed, portable names."""
    names, report = package.source.sizes, package.report
    for algorithm in ALGORITHMS:
        for name in ("manifest-%s.txt" % algorithm, "tagmanifest-%s.txt" % algorithm):
            if name not in names:
                report.add_fault("package.no_manifest", file=name)
    if package.bag.version != (1, 0):
        report.add_fault("bag.version", file="bagit.txt", found="%d.%d" % package.bag.version)
    tags = {n for n in names if not n.startswith("data/") and not n.startswith("tagmanifest-")}
    for manifest, digests in package.bag.tags.items():
        for name in sorted(tags - digests.keys() - package.bag.payload.keys()):
            report.add_fault("bag.tag_unlisted", file=_shown(name), manifest=manifest)
    for name in sorted(names):
        if unportable(name):
            report.add_fault("path.windows", file=_shown(name))
    for name, other in alike(sorted(names)):
        report.add_fault("path.alike", file=_shown(name), other=_shown(other))


def _trust(package: Package, keys: Sequence[Key]) -> None:
    """Choose the keys whose signatures count: those given, else the package's, and those they endorse."""
    if not keys:
        package.report.add_note("key.own", keys=[key.name for key in package.keys])
    found = list(keys or package.keys)
    events = [b["data"] for one in package.ledgers.values() if one.kind == LOG for b in one.bodies.values()]
    handovers = [data for data in events if isinstance(data.get("note"), str) and "before" in data]
    for data in handovers + handovers[::-1]:
        pair = [parse_key(str(data.get(name))) for name in ("before", "key")]
        note = parse_note(data["note"])
        text = "zhiping checkpoint key\n%s\n%s\n" % (data.get("before"), data.get("key"))
        signed = note and note.text == text and all(key and signer(note, [key]) for key in pair)
        if signed and any(key in found for key in pair):
            found += [key for key in pair if key and key not in found]
    package.keys = found
    package.report.facts["keys"] = [key.name for key in found]


def _check_checkpoints(package: Package) -> None:
    """Compare each ledger with every checkpoint; the last entries must be under one, too."""
    signed: dict[str, list[Checkpoint]] = {key: [] for key in package.ledgers}
    for number, text in enumerate(_json(package, CHECKPOINTS, list)):
        stated = _stated(package, str(text), file=CHECKPOINTS, number=number)
        if stated and stated.ledger not in signed:
            package.report.add_fault("checkpoint.foreign", ledger=stated.ledger, size=stated.size)
        elif stated:
            signed[stated.ledger].append(stated)
    for key, ledger in package.ledgers.items():
        _compare(package, ledger, signed[key], "checkpoint")
        if not any(one.size == len(ledger.hashes) for one in signed[key]):
            last = max((one.size for one in signed[key]), default=0)
            package.report.add_fault("ledger.unsigned", ledger=key, entry=min(last, len(ledger.hashes)))


def _stated(package: Package, text: str, **place: Any) -> Checkpoint | None:
    """Return what a signed note states of a ledger; a fault where it is none, or no trusted key signed it."""
    note = parse_note(text)
    stated = parse_checkpoint(note.text) if note else None
    if not note or not stated:
        package.report.add_fault("checkpoint.malformed", **place)
        return None
    key = signer(note, package.keys)
    if not key or key.name != stated.name:
        names = ", ".join(_shown(name) for name, _, _ in note.signatures)
        package.report.add_fault(
            "checkpoint.forged", ledger=_shown(stated.ledger), size=stated.size, keys=names
        )
        return None
    return stated


def _compare(package: Package, ledger: Ledger, stated: Sequence[Checkpoint], what: str) -> None:
    found = roots(ledger.hashes, {one.size for one in stated})
    for one in stated:
        if one.size not in found:
            count = len(ledger.hashes)
            package.report.add_fault(what + ".longer", ledger=ledger.key, size=one.size, found=count)
        elif found[one.size] != one.root:
            package.report.add_fault(what + ".differs", ledger=ledger.key, size=one.size)


def _check_log(package: Package) -> None:
    """Compare the ledgers with what the log of checkpoints says of them."""
    for log in [one for one in package.ledgers.values() if one.kind == LOG]:
        for seq, body in log.bodies.items():
            data = body["data"]
            own = [one for one in package.ledgers.values() if one.id == data.get("head")]
            for ledger in own if isinstance(data.get("size"), int) else ():
                if roots(ledger.hashes, {data["size"]}).get(data["size"]) != data.get("root"):
                    package.report.add_fault("log.differs", ledger=ledger.key, size=data["size"], logged=seq)


# --- Outside of the package: the seal, kept checkpoints ---

_SEAL = re.compile(
    r"([^/\n]+)/package/([^/\n]+)\n(full|public)\n((?:tagmanifest-[a-z0-9]+\.txt [0-9a-f]{64}\n)+)"
)


def tag_digests(source: Any) -> dict[str, str]:
    """Return the SHA-256 of the exact bytes of each tag manifest: what a seal seals."""
    names = sorted(n for n in source.sizes if re.fullmatch(r"tagmanifest-[^/]+", n))
    return {name: hashlib.sha256(read(source, name) or b"").hexdigest() for name in names}


def _check_seal(package: Package, text: str | None) -> None:
    if text is None:
        package.report.add_note("seal.none")
        return
    note = parse_note(text)
    match = _SEAL.fullmatch(note.text) if note else None
    if not note or not match:
        package.report.add_fault("seal.malformed")
        return
    key = signer(note, package.keys)
    if not key or key.name != match[1]:
        package.report.add_fault(
            "seal.forged", keys=", ".join(_shown(name) for name, _, _ in note.signatures)
        )
    stated = (match[2], match[3])
    if stated != (package.about.get("id"), package.about.get("edition")):
        package.report.add_fault("seal.other", id=_shown(stated[0]), edition=stated[1])
    sealed = dict(line.split(" ") for line in match[4].splitlines())
    found = tag_digests(package.source)
    for name in sorted(sealed.keys() | found.keys()):
        if sealed.get(name) != found.get(name):
            package.report.add_fault("seal.differs", file=name)
    package.report.facts["sealed"] = True


def _check_kept(package: Package, text: str) -> None:
    """Compare with what was kept elsewhere: a checkpoint, a seal, or the line a paper prints of the log."""
    text = "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n"
    printed = re.fullmatch(
        r"(?:\S+[\s·,，]+)?(\d{1,18})[\s·,，]+((?:[0-9A-Za-z]{5}[\s·-]*){4})", text.strip()
    )
    note = parse_note(text)
    if note and _SEAL.fullmatch(note.text):
        _check_seal(package, text)
    elif printed:
        _check_printed(package, int(printed[1]), printed[2])
    else:
        _check_kept_note(package, text)


def _check_kept_note(package: Package, text: str) -> None:
    proof = re.match(r"zhiping/consistency/1 (\d{1,18})\n((?:[0-9A-Za-z+/=]{44}\n)*)\n", text)
    stated = _stated(package, text[proof.end() :] if proof else text, kept=True)
    ledger = package.ledgers.get(stated.ledger) if stated else None
    if stated and not ledger:
        package.report.add_fault("kept.lost", ledger=_shown(stated.ledger))
    elif stated and ledger and proof and stated.size > len(ledger.hashes):
        hashes = [(_base64(line) or b"").hex() for line in proof[2].splitlines()]
        first = roots(ledger.hashes, {len(ledger.hashes)})[len(ledger.hashes)]
        if int(proof[1]) != len(ledger.hashes) or not consistent(
            int(proof[1]), stated.size, first, stated.root, hashes
        ):
            package.report.add_fault("kept.differs", ledger=ledger.key, size=stated.size)
    elif stated and ledger:
        _compare(package, ledger, [stated], "kept")


def _check_printed(package: Package, size: int, letters: str) -> None:
    log = next((one for one in package.ledgers.values() if one.kind == LOG), None)
    if log is None:
        package.report.add_note("kept.no_log")
        return
    root = roots(log.hashes, {size}).get(size)
    typed = re.sub("[^0-9A-Z]", "", letters.upper()).translate(str.maketrans("ILO", "110"))
    if root is None:
        package.report.add_fault("kept.longer", ledger=log.key, size=size, found=len(log.hashes))
    elif fingerprint(root).replace("-", "") != typed:
        package.report.add_fault("kept.differs", ledger=log.key, size=size)


def fingerprint(root: str) -> str:
    """Return the first 100 bits of a root as people compare it: 20 characters in four groups."""
    value, digits = int(root[:25], 16), "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    letters = "".join(digits[value >> shift & 31] for shift in range(95, -1, -5))
    return "-".join(letters[start : start + 5] for start in range(0, 20, 5))


# --- Files and the result that entries name ---


def _named_files(package: Package) -> dict[str, dict[str, Any]]:
    """Return the files whose digests the open entries record, by SHA-256, with the place of the entry."""
    found: dict[str, dict[str, Any]] = {}
    for ledger in package.ledgers.values():
        for seq, body in ledger.bodies.items():
            for row in _rows(body["data"].get("changes")):
                sha256 = row.get("sha256") if "sm3" in row else row.get("scan")
                if isinstance(sha256, str) and re.fullmatch("[0-9a-f]{64}", sha256):
                    place = {"ledger": ledger.key, "entry": seq}
                    name = row.get("name") or row.get("scan_name") or ""
                    found[sha256] = {**place, "sm3": row.get("sm3"), "size": row.get("size"), "name": name}
    return found


def _rows(changes: Any) -> Iterator[dict[str, Any]]:
    """Yield the new values of every row that an entry changed."""
    for rows in changes.values() if isinstance(changes, dict) else ():
        for fields in rows.values() if isinstance(rows, dict) else ():
            if isinstance(fields, dict):
                yield {name: c[1] for name, c in fields.items() if isinstance(c, list) and len(c) == 2}


def _check_evidence(package: Package, named: dict[str, dict[str, Any]]) -> None:
    """Compare the files of the package with the digests that entries recorded when they were handed in."""
    digests = package.bag.digests
    present = {found["sha256"]: path for path, found in digests.items() if "sha256" in found}
    omitted = package.about.get("omitted")
    omitted = omitted if isinstance(omitted, dict) else {}
    for sha256, entry in named.items():
        place = {name: entry[name] for name in ("ledger", "entry")}
        name = _shown(str(entry["name"]))
        path = present.get(sha256)
        if path is None and sha256 in omitted:
            package.report.add_note("evidence.omitted", name=name, why=_shown(str(omitted[sha256])), **place)
        elif path is None:
            package.report.add_fault("evidence.missing", name=name, sha256=sha256, **place)
        elif entry["sm3"] and digests[path].get("sm3", entry["sm3"]) != entry["sm3"]:
            package.report.add_fault("evidence.sm3", file=_shown(path), **place)
        elif isinstance(entry["size"], int) and package.source.sizes[path] != entry["size"]:
            package.report.add_fault("evidence.size", file=_shown(path), **place)
    for path in sorted(digests) if package.about.get("edition") == "full" else ():
        if path.startswith("data/evidence/") and digests[path].get("sha256") not in named:
            package.report.add_fault("evidence.unnamed", file=_shown(path))


def _check_result(package: Package) -> None:
    """Compare the result with the hash, the grade and the score that the entry of the conclusion recorded."""
    path, edition = package.about.get("result"), package.about.get("result_edition")
    if not isinstance(path, str):
        package.report.add_note("result.none")
        return
    result, concluded = _json(package, path, dict), _concluded(package)
    if concluded is None:
        package.report.add_note("result.no_entry")
        return
    ledger, seq, data = concluded
    place = {"file": _shown(path), "ledger": ledger, "entry": seq}
    if edition != "whole":
        package.report.add_note("result.edition", file=_shown(path))
    elif hashlib.sha256(canonical(result)).hexdigest() != data.get("result_sha256"):
        package.report.add_fault("result.differs", **place)
    score = result.get("score")
    stated = {
        "grade": result.get("grade"),
        "graded": score.get("graded") if isinstance(score, dict) else None,
    }
    for name, value in stated.items():
        if data.get(name) is not None and value != data[name]:
            package.report.add_fault(
                "result.%s" % name, found=_shown(str(value)), expected=data[name], **place
            )
    package.report.add_note("result.not_computed")


def _concluded(package: Package) -> tuple[str, int, dict[str, Any]] | None:
    """Return the last entry that recorded a result with its grade."""
    found = None
    for ledger in package.ledgers.values():
        for seq, body in sorted(ledger.bodies.items()):
            if ledger.kind == "evaluation" and {"result_sha256", "grade"} <= body["data"].keys():
                found = ledger.key, seq, body["data"]
    return found


def canonical(value: Any) -> bytes:
    """Return the canonical bytes of a JSON value: NFC text, sorted keys, no spaces, UTF-8."""
    text = json.dumps(_normal(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def _normal(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {_normal(key): _normal(item) for key, item in value.items()}
    return [_normal(item) for item in value] if isinstance(value, list) else value


# --- Texts and the command line ---

TEXTS = {
    "use.missing": ("找不到 {path}", "there is no {path}"),
    "use.unreadable": ("不是归档包，或者压缩包已损坏：{why}", "this is no package, or the zip is damaged: {why}"),
    "use.no_key": ("{path} 中没有公钥", "there is no public key in {path}"),
    "use.insecure": ("浏览器只在 https 网址或本机上提供校验功能，请改用 https 网址", "browsers verify on https addresses or this machine only: open the page by https"),
    "zip.roots": ("压缩包内应当只有一个文件夹", "the zip must hold exactly one folder"),
    "zip.encrypted": ("文件已加密，不能核验", "the file is encrypted and cannot be verified"),
    "path.link": ("是链接，归档包内不得有链接", "it is a link; a package has none"),
    "path.special": ("不是普通文件", "it is no regular file"),
    "path.unsafe": ("文件名不安全，可能写到包外", "the name is unsafe: it may lead out of the package"),
    "path.windows": ("文件名不能在 Windows 上使用", "Windows cannot hold a file of this name"),
    "path.alike": (
        "与“{other}”在不区分大小写或字符形式的系统上是同一文件",
        "where case or Unicode forms are not told apart it is the same file as {other}",
    ),
    "bag.no_declaration": ("缺少 bagit.txt", "bagit.txt is missing"),
    "bag.declaration": ("不是规定的两行内容", "it is not made of the two lines that are prescribed"),
    "bag.version": ("BagIt 版本 {found} 不受支持，应为 1.0", "BagIt version {found} is not supported; 1.0 is"),
    "bag.encoding": ("字符编码 {found} 无法识别", "the encoding {found} is unknown"),
    "bag.undecodable": ("不能按声明的字符编码读取", "it cannot be decoded with the declared encoding"),
    "bag.byte_order_mark": ("开头有字节顺序标记", "it begins with a byte order mark"),
    "bag.no_data": ("缺少 data 文件夹", "the folder data is missing"),
    "bag.no_manifest": ("缺少文件清单（manifest）", "there is no payload manifest"),
    "bag.manifest_line": ("第 {line} 行不是“校验值 文件名”", "line {line} is not a digest and a path"),
    "bag.manifest_place": ("不应列入 {manifest}", "{manifest} must not list it"),
    "bag.listed_twice": ("在 {manifest} 中重复列出", "{manifest} lists it more than once"),
    "bag.file_added": ("不在 {manifest} 中，是后来添加的", "{manifest} does not list it: it was added"),
    "bag.file_missing": ("缺失（{manifest} 中列有该文件）", "it is missing ({manifest} lists it)"),
    "bag.file_unreadable": ("不能读取，内容已损坏", "it cannot be read: it is damaged"),
    "bag.tag_unlisted": ("未列入 {manifest}", "{manifest} does not list it"),
    "bag.fetch_line": ("第 {line} 行不是“地址 长度 文件名”", "line {line} is not an address, a length and a path"),
    "bag.fetch_unlisted": ("fetch.txt 中的文件未列入文件清单", "fetch.txt names it, the manifests do not"),
    "bag.algorithm": ("校验算法 {found} 不受支持", "the algorithm {found} is not supported"),
    "bag.digest": ("内容与文件清单中的校验值（{algorithms}）不符", "its content is not what the manifests state ({algorithms})"),
    "bag.info_line": ("第 {line} 行不是“名称: 内容”", "line {line} is not a label and a value"),
    "bag.oxum": ("所列文件总字节数和个数为 {stated}，实为 {found}", "it states {stated} bytes and files, there are {found}"),
    "package.unreadable": ("缺失或者内容不正确", "it is missing or malformed"),
    "package.format": ("格式 {found} 无法识别", "the format {found} is unknown"),
    "package.edition": ("版别“{found}”无法识别", "the edition {found} is unknown"),
    "package.no_manifest": ("缺失", "it is missing"),
    "package.no_ledger": ("没有评价过程记录", "there is no ledger in the package"),
    "ledger.lost": ("过程记录整体缺失", "the whole ledger is missing"),
    "ledger.line": ("该条记录的摘要不正确", "the hash of the entry is malformed"),
    "ledger.size": ("应有 {stated} 条，实有 {found} 条", "{stated} entries are stated, {found} are there"),
    "ledger.event_altered": ("与写入时不一致", "it is not what was written"),
    "ledger.event_malformed": ("内容不是一条记录", "its content is no entry"),
    "ledger.event_moved": ("不属于此处：取自其他记录或者顺序被改动", "it belongs elsewhere: it is of another ledger or was renumbered"),
    "ledger.event_lost": ("完整版中缺少内容（共 {count} 条）", "its content is missing in the full edition ({count} in all)"),
    "ledger.kind": ("类别与第一条记录不符", "its kind does not agree with its first entry"),
    "ledger.unsigned": ("自此条起没有校验点", "from here on no checkpoint was signed"),
    "checkpoint.malformed": ("不是校验点", "this is no checkpoint"),
    "checkpoint.forged": (
        "第 {size} 条时的校验点没有可信密钥的有效签名（签署者：{keys}）",
        "the checkpoint at {size} entries has no valid signature of a trusted key (signed by {keys})",
    ),
    "checkpoint.foreign": ("校验点所属的过程记录不在包内", "the package lacks the ledger of this checkpoint"),
    "checkpoint.longer": (
        "第 {size} 条时签署过校验点，包内只有 {found} 条：其后的记录被删除",
        "a checkpoint was signed at {size} entries, the package has {found}: the later ones were removed",
    ),
    "checkpoint.differs": ("与第 {size} 条时签署的校验点不符：记录被改动", "the checkpoint signed at {size} entries differs: entries were changed"),
    "log.differs": ("与登记的第 {size} 条时的校验点不符（登记于第 {logged} 条）", "the log of checkpoints holds another root at {size} entries (its entry {logged})"),
    "kept.lost": ("所留存校验点的过程记录不在包内", "the package lacks the ledger of the kept checkpoint"),
    "kept.longer": (
        "留存的校验点签署于第 {size} 条时，包内只有 {found} 条：其后的记录被删除，或者包由较早的备份生成，或者校验点晚于此包",
        "the kept checkpoint was signed at {size} entries and the package has {found}: entries were removed, an older backup was packed, or the checkpoint is later than the package",
    ),
    "kept.differs": ("与留存的第 {size} 条时的校验点不符：记录被改动", "the kept checkpoint at {size} entries differs: entries were changed"),
    "kept.no_log": ("包内没有校验点登记，不能与文书上印的一行比较", "the package has no log of checkpoints to compare a printed line with"),
    "key.own": ("使用包内的公钥（{keys}），该公钥本身未经核实；请用 --key 指定从别处取得的公钥", "the public key in the package was used ({keys}); it is not trusted by itself: give one from elsewhere with --key"),
    "seal.none": ("没有封签，不能发现重新制作的文件清单；封签是与包同名、以 .seal 结尾的文件", "there is no seal, so manifests that were made again are not found; it is a file named as the package with .seal"),
    "seal.malformed": ("封签不正确", "the seal is malformed"),
    "seal.forged": ("封签没有可信密钥的有效签名（签署者：{keys}）", "the seal has no valid signature of a trusted key (signed by {keys})"),
    "seal.other": ("封签属于另一归档包（{id}，{edition}）", "the seal is of another package ({id}, {edition})"),
    "seal.differs": ("与封签不符：文件清单在封存之后重新制作", "the seal differs: the manifests were made again after sealing"),
    "evidence.missing": ("该条记录的文件“{name}”不在包内，或者内容被替换（SHA-256 {sha256}）", "the file “{name}” of this entry is not in the package, or was replaced (SHA-256 {sha256})"),
    "evidence.sm3": ("SM3 值与记录不符", "its SM3 is not the one recorded"),
    "evidence.size": ("大小与记录不符", "its size is not the one recorded"),
    "evidence.unnamed": ("没有任何记录提到该文件，是后来添加的", "no entry names this file: it was added"),
    "evidence.omitted": ("文件“{name}”未收入本包：{why}", "the file “{name}” is left out of this package: {why}"),
    "evidence.no_sm3": ("本机 Python 不支持 SM3，佐证材料只核对了 SHA-256", "this Python has no SM3: of the evidence SHA-256 alone was compared"),
    "result.none": ("包内没有评价结果", "there is no result in the package"),
    "result.no_entry": ("没有公开的定级记录，评价结果未与记录核对", "no open entry records the result, so it was not compared"),
    "result.edition": ("是节选版，只核对了等级和得分", "it is an extract: grade and score alone were compared"),
    "result.differs": ("评价结果与定级时签署的不符", "the result is not the one that was signed"),
    "result.grade": ("等级为 {found}，记录为 {expected}", "the grade is {found}, {expected} was recorded"),
    "result.graded": ("得分为 {found}，记录为 {expected}", "the score is {found}, {expected} was recorded"),
    "report.title": ("评价报告 {name}，SHA-256 {sha256}", "report {name}, SHA-256 {sha256}"),
    "report.sound": ("核验通过：报告所附的评价结果与得分相符。", "verified: the result embedded in the report follows from its points."),
    "report.copy": ("核验通过：归档包内有这份文件（{copy}），内容一致。", "verified: the package holds this very file ({copy})."),
    "report.no_result": ("报告未附评价结果，或者不是本系统生成的 PDF", "no result is embedded: it is not a report made by zhiping, or it was changed"),
    "report.elsewhere": ("归档包内没有这份报告：报告被改动，或者属于另一次评价", "the package does not hold this report: it was changed, or is of another evaluation"),
    "report.alone": ("未与归档包核对；请用 --package 指定", "it was compared with no package: give one with --package"),
    "report.other_rubric": ("报告采用其他评价表，未重新计算", "another rubric was used, so nothing was computed again"),
    "result.computed": ("{what} 与由得分重新计算的不符，应为 {expected}", "{what} is not what follows from the marks: {expected}"),
    "result.invalid": ("评价结果不合规：{what}", "the result is not sound: {what}"),
    "result.not_computed": ("得分和等级未重新计算：需用质评的 zhiping verify", "score and grade were not computed again: this needs zhiping verify"),
    "entry": ("记录 {ledger} 第 {entry} 条", "ledger {ledger}, entry {entry}"),
    "ledger": ("记录 {ledger}", "ledger {ledger}"),
    "colon": ("：", ": "),
    "joined": ("，", ", "),
    "title": ("归档包 {id}（{edition}）评价 {evaluation}，生成于 {made}", "package {id} ({edition}) of evaluation {evaluation}, made {made}"),
    "found": ("核验未通过，共 {count} 处问题：", "verification failed; problems: {count}"),
    "sound": ("核验通过：{files} 个文件、{ledgers} 份过程记录与校验点一致。", "verified: {files} files and {ledgers} ledgers agree with the checkpoints."),
    "unchecked": ("未核验的内容：", "not verified:"),
    "about": ("核验归档包：文件、过程记录、校验点、封签", "Verify an archive package: files, ledgers, checkpoints, seal"),
    "help.package": ("归档包：文件夹或 .zip；不写则为本文件所在的文件夹", "the package: a folder or a .zip; by default the folder of this file"),
    "help.key": ("从别处取得的公钥文件", "file with the public key, obtained from elsewhere"),
    "help.seal": ("封签文件；不写则为包旁的 .seal 文件", "the seal; by default the file beside the package that ends in .seal"),
    "help.checkpoint": ("在别处留存的校验点或封签文件，或文书上印的一行；可多次指定", "a checkpoint or seal kept elsewhere, a file or a printed line; may be repeated"),
}  # fmt: skip


def say(language: str, code: str, **data: Any) -> str:
    """Return a text in a language, "zh" or "en"."""
    both = TEXTS[code]
    values = {k: say(language, "joined").join(v) if isinstance(v, list) else v for k, v in data.items()}
    return both[language == "en"].format(**values) if data else both[language == "en"]


def sentence(fault: Fault, language: str) -> str:
    """Return a fault as a sentence that begins with its place."""
    place = ""
    if "ledger" in fault:
        place = say(language, "entry" if "entry" in fault else "ledger", **_only(fault, "ledger", "entry"))
    places = [one for one in (place, fault.get("file", "")) if one]
    text = say(language, **fault)
    return say(language, "joined").join(places) + say(language, "colon") + text if places else text


def _only(fault: Fault, *names: str) -> dict[str, Any]:
    return {name: fault[name] for name in names if name in fault}


def document(report: Report, language: str) -> dict[str, Any]:
    """Return a report as plain data, each fault with its sentence."""
    return {
        "schema": "zhiping/verification/1",
        "verified": not report.faults,
        "package": report.facts,
        "faults": [{**one, "text": sentence(one, language)} for one in report.faults],
        "unchecked": [{**one, "text": sentence(one, language)} for one in report.unchecked],
    }


def lines(report: Report, language: str) -> Iterator[str]:
    """Yield a report as lines for a person: the verdict, every fault, what was not checked."""
    facts = report.facts
    if "sha256" in facts:
        yield say(language, "report.title", **_only(facts, "name", "sha256"))
    if "id" in facts:
        yield say(language, "title", **_only(facts, "id", "edition", "evaluation", "made"))
    if report.faults:
        yield say(language, "found", count=len(report.faults))
    elif "copy" in facts:
        yield say(language, "report.copy", copy=facts["copy"])
    elif "sha256" in facts:
        yield say(language, "report.sound")
    else:
        yield say(language, "sound", files=facts["files"], ledgers=len(facts["ledgers"]))
    yield from ("  " + sentence(one, language) for one in report.faults)
    if report.unchecked:
        yield say(language, "unchecked")
    yield from ("  " + sentence(one, language) for one in report.unchecked)


def verified(target: Path, source: Any, keys: str | None, seal: str | None, kept: Sequence[str]) -> Report:
    """Verify the package at a path with the files named on the command line; raises Unusable."""
    trusted = parse_keys(_text(keys)) if keys else []
    if keys and not trusted:
        raise Unusable("use.no_key", path=keys)
    beside = [target.with_name(target.name + ".seal"), target.with_name(target.stem + ".seal")]
    found = seal or next((str(path) for path in beside if path.is_file()), None)
    texts = [_text(one) if _is_file(one) else one for one in kept]
    return verify(source, trusted, _text(found) if found else None, texts)


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # a line of a paper is no name that a file can have
        return False


def _text(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            return file.read(MOST_TEXT).decode("utf-8", "replace")
    except OSError as error:
        raise Unusable("use.missing", path=path) from error


def main(argv: Sequence[str] | None = None) -> int:
    """Verify a package and print the report; return 0 verified, 1 faults, 2 wrong use."""
    words = list(sys.argv[1:] if argv is None else argv)
    language = "en" if "--lang=en" in words or ("--lang", "en") in zip(words, words[1:]) else "zh"
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    parser = argparse.ArgumentParser(prog="verify.py", description=say(language, "about"))
    parser.add_argument(
        "package", nargs="?", default=str(Path(__file__).resolve().parent), help=say(language, "help.package")
    )
    parser.add_argument("--key", help=say(language, "help.key"))
    parser.add_argument("--seal", help=say(language, "help.seal"))
    parser.add_argument("--checkpoint", action="append", default=[], help=say(language, "help.checkpoint"))
    parser.add_argument("--lang", choices=("zh", "en"), default="zh")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(words)
    try:
        target = Path(args.package)
        report = verified(target, opened(target), args.key, args.seal, args.checkpoint)
    except Unusable as error:
        print(say(language, error.code, **error.data), file=sys.stderr)
        return WRONG_USE
    if args.json:
        print(json.dumps(document(report, language), ensure_ascii=False, indent=2))
    else:
        print("\n".join(lines(report, language)))
    return FAULTY if report.faults else DONE


if __name__ == "__main__":
    sys.exit(main())
