"""Restore of a backup: verified first, switched in one step, then compared with checkpoints."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.evidence import store
from zhiping.ledger import kept, triggers, verification
from zhiping.operations import checks, migrating, one_server, report
from zhiping.operations.backup import container, databases
from zhiping.operations.backup.making import FILES, SECRET
from zhiping.operations.checks import Finding
from zhiping.secret_file import replace_secret
from zhiping.texts.catalogue import problem_text


@dataclass(slots=True)
class Restored:
    """A restored installation, and what was found of it."""

    made: str
    files: int
    aside: str
    findings: list[Finding]


def restore(source: Path, *, replace: bool, kept_texts: Sequence[str] = ()) -> Restored:
    """Restore a backup into the database and the store of the settings.

    `replace`: the target may have data; its database is kept aside. `kept_texts`: checkpoints kept elsewhere,
    as files or lines of a paper. Raises Invalid naming every fault of the backup, or Conflict; then the
    target is what it was.
    """
    with source.open("rb") as file:
        backup = container.verified(source, file)
        role = migrating.become_owner()
        _require_fitting(backup.manifest)
        _require_room(source)
        with _alone():
            if not replace and (databases.has_tables() or next(store.keys(), None)):
                raise Conflict.of("backup.not_empty", where=_target())
            aside = _switch(backup)
    if role:
        migrating.grant(role)
    count = sum(member.name.startswith(FILES) for member in backup.members)
    return Restored(backup.manifest["made"], count, aside, list(_proof(backup.manifest, kept_texts)))


def _require_fitting(manifest: dict[str, Any]) -> None:
    problems = []
    if manifest["database"] != connection.vendor:
        data = {"found": manifest["database"], "expected": connection.vendor}
        problems.append(Problem("backup.other_database", data))
    if newer := sorted(set(manifest["migrations"]) - {".".join(key) for key in checks.shipped()}):
        problems.append(Problem("backup.newer", {"version": manifest["version"], "names": newer[:5]}))
    if problems:
        raise Conflict(problems)


def _require_room(source: Path) -> None:
    """Check the room of the data folder, where at least a part of the backup goes."""
    free, needed = shutil.disk_usage(settings.DATA_FOLDER).free, source.stat().st_size
    if not settings.S3 and free < needed:
        raise Conflict.of("backup.no_room", free=free // 2**20, needed=needed // 2**20)


@contextmanager
def _alone() -> Iterator[None]:
    try:
        with one_server.alone():
            yield
    except one_server.AlreadyServed as error:
        raise Conflict.of("backup.in_use") from error


def _target() -> str:
    return (
        str(databases.database_file()) if connection.vendor == "sqlite" else connection.settings_dict["NAME"]
    )


def _switch(backup: container.Reader) -> str:
    """Put the files in the store, where nothing names them yet, then switch the database in one step."""
    aside = f"{databases.ASIDE}_{timezone.now():%Y%m%d_%H%M%S}"
    placed: list[str] = []
    with store.working_folder() as folder:
        try:
            secret = _place_files(backup, folder, placed)
            name = databases.NAMES[connection.vendor]
            kept_aside = databases.load(backup.pieces(name), folder, aside)
        except BaseException:
            for key in placed:
                store.remove(key)
            raise
    if secret and settings.SECRET_FILE:
        replace_secret(settings.SECRET_FILE, secret)
        settings.SECRET_KEY = secret.strip()
    return kept_aside


def _place_files(backup: container.Reader, folder: Path, placed: list[str]) -> str:
    """Move each file under its key, and note those that were not there; return the secret, "" without one.

    All are written before the first is moved: one sync for all takes a tenth of the time of one for each.
    """
    secret, written = "", dict[str, Path]()
    for number, (member, pieces) in enumerate(backup.each()):
        if member.name == SECRET:
            secret = b"".join(pieces).decode()
        if not member.name.startswith(FILES):
            continue
        key = member.name.removeprefix(FILES)
        if not store.KEY.fullmatch(key):
            raise Invalid.of("backup.member", member.name, sha256=member.sha256[:12])
        written[key] = folder / str(number)
        with written[key].open("wb") as file:
            file.writelines(pieces)
    store.all_synced(written.values())
    for key, path in written.items():
        if not store.has_key(key):
            placed.append(key)
        store.put_back(key, path)
    store.sync_folders()
    return secret


def _proof(manifest: dict[str, Any], kept_texts: Sequence[str]) -> Iterator[Finding]:
    """Compare the restored records with each other, with the backup's checkpoint and with those kept."""
    if names := checks.waiting():
        yield Finding("migrated", "fail", {"count": len(names)})
        return
    lost = triggers.missing()
    yield Finding("triggers", "fail" if lost else "ok", {"names": lost})
    broken = [(head, problem) for head, some in verification.verify_all() for problem in some]
    said = [report.sentence(report.kept(head, problem)) for head, problem in broken[: checks.MOST_SAID]]
    yield Finding("restored", "fault" if broken else "ok", {"broken": len(broken), "names": said})
    own = manifest["checkpoint"]
    for text in [*([own] if own else []), *kept_texts]:
        yield _compared(text)


def _compared(text: str) -> Finding:
    """Compare with one checkpoint: the records agree, end before it, or differ."""
    try:
        head, size, problems = kept.compare(text)
    except (Invalid, Conflict) as refused:
        return Finding("restored_unread", "fault", {"found": problem_text(refused.problems[0])})
    data = {"size": size, "ledger": f"{head.kind} {head.pk}", "found": head.size}
    if [problem.code for problem in problems] == ["ledger.kept_longer"]:
        return Finding("restored_newer", "warn", {**data, "count": size - head.size})
    return Finding("restored_checkpoint", "fault" if problems else "ok", data)
