"""Backup of an installation while it runs: the database at one moment, then every file of the store.

A file is in the store before the row that names it is written, and keeps its name and content; so the files,
copied after the database, lack none that it names.
"""

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from zhiping import __version__
from zhiping.domain.errors import Conflict, Problem
from zhiping.evidence import files, store
from zhiping.ledger import kept, keys
from zhiping.operations import checks
from zhiping.operations.backup import container, databases

SECRET, FILES = "secret.key", "files/"


@dataclass(slots=True)
class Made:
    """A finished backup; `problems`: files that rows name and the store does not have as they were."""

    path: Path
    sha256: str
    size: int
    made: str
    files: int
    checkpoint: str
    problems: list[Problem] = field(default_factory=list)


def make(target: Path) -> Made:
    """Write a backup under a temporary name, verify it, and give it its name.

    Raises Conflict `backup.exists` where the name is in use, `backup.not_migrated`, what `databases.snapshot`
    raises, and OSError; then there is no file under that name.
    """
    if target.exists():
        raise Conflict.of("backup.exists", str(target))
    if checks.waiting():  # tables are read as this version knows them
        raise Conflict.of("backup.not_migrated")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".zhiping-", dir=target.parent) as folder:
        work = Path(folder) / "backup"
        os.close(os.open(work, os.O_CREAT | os.O_EXCL, 0o600))
        with work.open("r+b") as file:
            made = _write(file, Path(folder), target)
            file.flush()
            os.fsync(file.fileno())
            container.verified(target, file)
        made.size = work.stat().st_size
        try:
            os.link(work, target)  # unlike a rename it replaces nothing
        except FileExistsError as error:
            raise Conflict.of("backup.exists", str(target)) from error
        store.sync_folder(target.parent)
    return made


def _write(file: Any, folder: Path, target: Path) -> Made:
    writer = container.Writer(file)
    made = timezone.now().isoformat()
    with databases.snapshot(folder) as snapshot:
        facts, named = _facts(made), files.named_files()
        writer.add(snapshot.name, snapshot.pieces())
    if settings.SECRET_FILE:
        writer.add(SECRET, [settings.SECRET_FILE.read_bytes()])
    problems = _add_files(writer, file, named)
    facts["problems"] = [[problem.code, *problem.where] for problem in problems]
    sha256 = writer.finish(facts)
    count = sum(member.name.startswith(FILES) for member in writer.members)
    return Made(target, sha256, 0, made, count, facts["checkpoint"], problems)


def _facts(made: str) -> dict[str, Any]:
    """Return what a restore needs, as the snapshot has it."""
    latest = kept.latest()
    return {
        "made": made,
        "version": __version__,
        "database": connection.vendor,
        "migrations": sorted(".".join(key) for key in MigrationRecorder(connection).applied_migrations()),
        "checkpoint": latest.note if latest else "",
        "keys": _keys(),
    }


def _keys() -> list[str]:
    """Return the public keys of checkpoints; none where the key file is not here."""
    try:
        return keys.named()
    except Conflict:
        return []


def _add_files(writer: container.Writer, file: Any, named: set[str]) -> list[Problem]:
    """Add everything in the store; return each file that a row names and that is missing or altered."""
    problems, added = [], set()
    for key in sorted(store.keys()):
        start = file.tell()
        try:
            member = writer.add(FILES + key, store.pieces(key))
        except FileNotFoundError:  # nothing names it, and it was deleted since
            writer.cut_back(start)
            continue
        sha256 = _stated(key)
        added.add(sha256)
        if sha256 in named and sha256 != member.sha256:
            problems.append(Problem("backup.file_altered", {}, (sha256,)))
    return problems + [Problem("backup.file_missing", {}, (sha256,)) for sha256 in sorted(named - added)]


def _stated(key: str) -> str:
    """Return the SHA-256 that the key of a file is; "" for a picture of a page."""
    match = store.KEY.fullmatch(key)
    return "" if match is None or match["picture"] else match["sha256"]
