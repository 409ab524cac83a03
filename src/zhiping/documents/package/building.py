"""Building of archive packages: a BagIt 1.0 bag as a folder or as one zip, the same bytes for the same input.

A package is written under a temporary name, verified, and renamed; one that does not verify is removed.
"""

import hashlib
import io
import json
import os
import secrets
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from zhiping.documents.package import verify
from zhiping.documents.package.contents import Contents, Edition, Ledger, Source
from zhiping.documents.package.index_page import index_page
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.transparency.tree import root
from zhiping.texts.catalogue import language

PIECE = 2**20
VERIFIER = Path(verify.__file__)
DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
OWN = ("package.json", "checkpoints.json", "keys.txt")  # below data/, written by the builder
UNITS = ("bytes", "KB", "MB", "GB", "TB")


@dataclass(frozen=True, slots=True)
class Built:
    """A package that was built and verified. `tag_manifests`: the SHA-256 of each one's exact bytes."""

    path: Path
    id: str
    edition: Edition
    size: int
    files: int
    tag_manifests: Mapping[str, str]

    def event(self) -> dict[str, Any]:
        """Return the data of the event that records the seal in the ledger of the evaluation."""
        return {"package": self.id, "edition": self.edition, "tag_manifests": dict(self.tag_manifests)}

    def seal_text(self, name: str) -> str:
        """Return the text of the seal, to be signed as a note by the key of this name."""
        digests = "".join(f"{tag} {digest}\n" for tag, digest in sorted(self.tag_manifests.items()))
        return f"{name}/package/{self.id}\n{self.edition}\n{digests}"


def build(contents: Contents, target: Path) -> Built:
    """Build a package at `target`: a zip where its name ends in `.zip`, else a folder.

    Nothing is left at `target` unless the package verifies. Raises Invalid `package.path` for each file whose
    path cannot be in a package, `package.fault` for each fault of the finished package; FileExistsError.
    """
    _check_paths(contents)
    if target.exists():
        raise FileExistsError(target)
    work = target.with_name(f".{target.name}-{secrets.token_hex(4)}")
    kind = _Zip if target.suffix == ".zip" else _Folder
    try:
        with closing(kind(work, contents)) as sink:
            _write(contents, sink)
        with closing(verify.opened(work)) as source:
            ensure_verified(verify.verify(source, verify.parse_keys("\n".join(contents.keys))))
            tag_manifests = verify.tag_digests(source)
        work.rename(target)
        _sync(target.parent)
    finally:
        _remove(work)
    return Built(
        target,
        str(contents.id),
        contents.edition,
        sum(source.sizes.values()),
        len(source.sizes),
        tag_manifests,
    )


def place_seal(package: Path, note: str) -> Path:
    """Write a signed seal beside its package, whole or not at all; return its path."""
    target = package.with_name(package.name + ".seal")
    work = target.with_name(f".{target.name}-{secrets.token_hex(4)}")
    with work.open("x", encoding="utf-8", newline="\n") as file:
        file.write(note)
        file.flush()
        os.fsync(file.fileno())
    work.replace(target)
    _sync(target.parent)
    return target


class _Sink(Protocol):
    """Where a package is written; `digests`: what was written, by path."""

    digests: dict[str, dict[str, str]]
    sizes: dict[str, int]

    def write(self, name: str, source: Source) -> None: ...

    def close(self) -> None: ...


class _Written:
    def __init__(self) -> None:
        self.digests: dict[str, dict[str, str]] = {}
        self.sizes: dict[str, int] = {}

    def copy(self, name: str, source: Source, target: IO[bytes]) -> None:
        """Copy a file in pieces, and note its digests and its size."""
        hashes, size = {one: hashlib.new(one) for one in verify.ALGORITHMS}, 0
        with _opened(source) as file:
            while piece := file.read(PIECE):
                for one in hashes.values():
                    one.update(piece)
                target.write(piece)
                size += len(piece)
        self.digests[name] = {one: hashed.hexdigest() for one, hashed in hashes.items()}
        self.sizes[name] = size


class _Folder(_Written):
    def __init__(self, root: Path, contents: Contents) -> None:  # noqa: ARG002 - a zip needs it
        super().__init__()
        self.root = root
        root.mkdir()

    def write(self, name: str, source: Source) -> None:
        """Write a file and wait until it is on the disk."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as target:
            self.copy(name, source, target)
            target.flush()
            os.fsync(target.fileno())

    def close(self) -> None:
        """Wait until the names are on the disk, too."""
        for folder, _, _ in os.walk(self.root):
            _sync(Path(folder))


class _Zip(_Written):
    """A zip without compression: photos and PDF are compressed, and deflated bytes depend on a library."""

    def __init__(self, path: Path, contents: Contents) -> None:
        super().__init__()
        self.name, self.made = contents.name, contents.made.timetuple()[:6]
        self.file = path.open("xb")
        self.zip = zipfile.ZipFile(self.file, "w", zipfile.ZIP_STORED, strict_timestamps=False)

    def write(self, name: str, source: Source) -> None:
        """Add a file."""
        info = zipfile.ZipInfo(f"{self.name}/{name}", self.made)
        info.external_attr, info.create_system = 0o100644 << 16, 3
        with self.zip.open(info, "w", force_zip64=True) as target:
            self.copy(name, source, target)

    def close(self) -> None:
        """Finish the zip and wait until it is on the disk."""
        self.zip.close()
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()


def _write(contents: Contents, sink: _Sink) -> None:
    """Write payload, manifests and tag files, each after what it lists."""
    for file in sorted(contents.files, key=lambda one: one.path):
        sink.write(f"data/{file.path}", file.source)
    for ledger in contents.ledgers:
        sink.write(ledger_path(ledger), b"".join(_lines(ledger)))
    sink.write(verify.CHECKPOINTS, _json(list(contents.checkpoints)))
    sink.write(verify.KEYS, "".join(f"{key}\n" for key in contents.keys).encode())
    sink.write(verify.PACKAGE, _json(_about(contents)))
    payload = sorted(sink.digests)
    for algorithm in verify.ALGORITHMS:
        sink.write(f"manifest-{algorithm}.txt", _manifest(sink, payload, algorithm))
    sink.write("bagit.txt", DECLARATION.encode())
    sink.write("bag-info.txt", _information(contents, [sink.sizes[name] for name in payload]))
    sink.write("verify.py", VERIFIER)
    sink.write("index.html", index_page(contents, sink.sizes, sink.digests).encode())
    tags = sorted(sink.digests.keys() - set(payload))
    for algorithm in verify.ALGORITHMS:
        sink.write(f"tagmanifest-{algorithm}.txt", _manifest(sink, tags, algorithm))


def ledger_path(ledger: Ledger) -> str:
    """Return the path of a ledger in its package."""
    return f"data/ledgers/{ledger.kind}-{ledger.id}.txt"


def _lines(ledger: Ledger) -> Iterator[bytes]:
    """Yield an entry as a line: its leaf hash, and its canonical JSON where it is open."""
    for leaf in ledger.leaves:
        yield leaf.hash.encode() + (b"\n" if leaf.body is None else b" " + leaf.body + b"\n")


def _about(contents: Contents) -> dict[str, Any]:
    ledgers = [
        {
            "kind": one.kind,
            "id": str(one.id),
            "size": len(one.leaves),
            "root": root([leaf.hash for leaf in one.leaves]),
            "path": ledger_path(one),
        }
        for one in contents.ledgers
    ]
    result = {
        "result": f"data/{contents.result}",
        "result_edition": "whole" if contents.whole_result else "extract",
    }
    return {
        "format": verify.FORMAT,
        "id": str(contents.id),
        "edition": contents.edition,
        "evaluation": str(contents.evaluation),
        "made": contents.made.isoformat(),
        "generator": contents.generator,
        "title": dict(contents.title),
        "ledgers": ledgers,
        "omitted": dict(contents.omitted),
        **(result if contents.result else {}),
        **({"rubric": f"data/{contents.rubric}"} if contents.rubric else {}),
    }


def _json(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _manifest(sink: _Sink, names: Iterable[str], algorithm: str) -> bytes:
    lines = (f"{sink.digests[name][algorithm]}  {_encoded(name)}\n" for name in names)
    return "".join(lines).encode()


def _encoded(name: str) -> str:
    """Return a path as a manifest writes it (RFC 8493, 2.1.3)."""
    return name.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")


def _information(contents: Contents, sizes: list[int]) -> bytes:
    """Return bag-info.txt (RFC 8493, 2.2.2)."""
    rows = [
        ("Source-Organization", contents.organisation),
        ("Bagging-Date", contents.made.date().isoformat()),
        ("External-Description", f"{contents.title['zh']} / {contents.title['en']}"),
        ("External-Identifier", str(contents.id)),
        ("Bag-Group-Identifier", str(contents.evaluation)),
        *contents.identifiers.items(),
        ("Edition", contents.edition),
        ("Bag-Software-Agent", contents.generator),
        ("Bag-Size", _measured(sum(sizes))),
        ("Payload-Oxum", f"{sum(sizes)}.{len(sizes)}"),
    ]
    return "".join(f"{label}: {' '.join(value.split())}\n" for label, value in rows if value.strip()).encode()


def _measured(size: int) -> str:
    """Return a size for people: with one digit after the point, in units of 1,024."""
    power = max((size.bit_length() - 1) // 10, 0)
    tenths = size * 10 >> 10 * power
    return f"{tenths // 10}.{tenths % 10} {UNITS[power]}" if power else f"{size} {UNITS[0]}"


def _check_paths(contents: Contents) -> None:
    """Refuse paths before anything is written: unsafe, not for Windows, taken by the builder, or alike."""
    paths = [file.path for file in contents.files]
    twice = {name for name, _ in verify.alike([*OWN, *paths])}
    wrong = [
        path
        for path in paths
        if verify.unsafe(path) or verify.unportable(path) or path in twice or path.startswith("ledgers/")
    ]
    if wrong:
        raise Invalid([Problem("package.path", {"path": path}) for path in wrong])


def ensure_verified(report: verify.Report) -> None:
    """Raise Invalid `package.fault` for each fault of a package."""
    if report.faults:
        texts = [verify.sentence(fault, language()) for fault in report.faults]
        raise Invalid([Problem("package.fault", {"text": text}) for text in texts])


def _opened(source: Source) -> IO[bytes]:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    return source.open("rb") if isinstance(source, Path) else source()


def _sync(folder: Path) -> None:
    """Wait until the names of a folder are on the disk; Windows has no such call."""
    if hasattr(os, "O_DIRECTORY"):
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _remove(work: Path) -> None:
    if work.is_dir():
        shutil.rmtree(work)
    else:
        work.unlink(missing_ok=True)
