"""System checks before serving, read back from the running system.

Each check returns findings: a code of the catalogue (`server.checks.<code>`, with its remedy), a state, and
the data for its text.
"""

import datetime as dt
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from zhiping.domain.errors import Conflict, Problem
from zhiping.evidence import files, spool, store
from zhiping.evidence.models import Upload
from zhiping.evidence.queries import KEPT
from zhiping.finding import queries as finding
from zhiping.ids import uuid7
from zhiping.ledger import kept, keys, seals, triggers, verification, watch
from zhiping.ledger.models import VERIFIED, Audit, Checkpoint, Event, Head, open_to_view
from zhiping.operations import private, report, serving
from zhiping.operations.models import Keeper
from zhiping.texts.catalogue import say
from zhiping.web import assets
from zhiping.web.unavailable import status_of

State = Literal["ok", "warn", "fault", "fail"]
WAL_FIXED = ((3, 51, 3), (3, 50, 7), (3, 44, 6))  # fixed from each of these versions on in its release series
CAN_CHANGE = """SELECT has_table_privilege(oid, 'UPDATE, DELETE, TRUNCATE') OR pg_has_role(relowner, 'MEMBER')
                FROM pg_class WHERE oid = 'ledger_event'::regclass"""
MOST_BEHIND = 300  # seconds the clock may be behind the latest event, a seal behind the audit log
PROBE = 64 * 2**10  # bytes written to find out whether there is room; an empty file needs none
LEAST_FREE, LEAST_SHARE = 2**30, 0.05  # bytes free, and of small disks the share
MOST_SAID = 10  # problems of a verification; the page of records has more
KEEPERS_WITHIN = dt.timedelta(days=2)
UPLOAD_BEGUN = dt.timedelta(minutes=1)  # its file follows its row


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check: `fail` keeps the server from starting, `fault` is to be mended at once."""

    code: str
    state: State
    data: dict[str, Any] = field(default_factory=dict)


def findings() -> list[Finding]:
    """Run every check; those of the database only if it can be reached."""
    results = [*_folder(), *_store(), *_built(), *_fonts(), *_address()]
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        return [*results, Finding("database", "fail", {"found": str(error).strip()})]
    results.append(Finding("database", "ok", {"found": connection.vendor}))
    results += _durable()
    names = waiting()
    results.append(Finding("migrated", "fail" if names else "ok", {"count": len(names)}))
    for check in () if any(name.startswith("ledger.") for name in names) else LEDGER_CHECKS:
        results += check()
    return results


def examined() -> list[Finding]:
    """Run every check and verify all records and files now, which takes minutes, or hours for many files.

    The row of the last verification proves nothing: a person who can change the database can insert one.
    """
    results = findings()
    if any(finding.state == "fail" for finding in results):
        return results
    broken = _differences()
    count, ledgers = len({head.pk for head, _ in broken}), Head.objects.filter(open_to_view()).count()
    data = {"when": _minute(timezone.now()), "count": ledgers, "broken": count, "names": _sentences(broken)}
    now = [Finding("verified", "fault" if broken else "ok", data), _files_verified()]
    old = {"verified", "files_part"}
    return [*(finding for finding in results if finding.code not in old), *now]


def _files_verified() -> Finding:
    """Read every file that a row names, and compare it with the row."""
    read = files.verify(None)
    data = {"when": _minute(timezone.now()), "count": read.count, "broken": len(read.wrong)}
    data |= {"names": _sentences(read.problems)}
    return Finding("files_verified", "fault" if read.wrong else "ok", data)


def _minute(at: dt.datetime) -> str:
    return timezone.localtime(at).isoformat(" ", "minutes")


def _differences() -> list[tuple[Head, Problem]]:
    """Verify all ledgers; return each problem with its ledger."""
    return [(head, problem) for head, some in verification.verify_all() for problem in some]


def _sentences(problems: list[tuple[Head, Problem]]) -> list[str]:
    return [report.sentence(report.kept(head, problem)) for head, problem in problems[:MOST_SAID]]


def describe(finding: Finding) -> tuple[str, str]:
    """Return the text of a finding and, unless it is ok, the remedy."""
    join = say("wording.comma").join
    data = {key: join(map(str, v)) if isinstance(v, list) else v for key, v in finding.data.items()}
    key = f"server.checks.{finding.code}"
    if finding.state == "ok":
        return say(f"{key}.ok", **data), ""
    return say(f"{key}.bad", **data), say(f"{key}.mend", **data)


def _folder() -> Iterator[Finding]:
    folder: Path = settings.DATA_FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        has_room = _has_room(folder)
    except OSError as error:
        yield Finding("folder", "fail", {"path": str(folder), "found": str(error)})
        return
    yield Finding("folder", "ok", {"path": str(folder), "found": ""})
    yield _room(folder, has_room=has_room)
    found = [path.name for path in private.open_to_others()]
    yield Finding("modes", "warn" if found else "ok", {"files": found})


def _store() -> Iterator[Finding]:
    """Check that the store of evidence can be written and read: a folder, or S3 over the network."""
    where = settings.S3.rpartition("@")[2] or str(settings.EVIDENCE)  # without the key
    try:
        store.probe()
    except Exception as error:  # S3 fails in many ways, and each means the same here
        yield Finding("store", "fault", {"where": where, "found": type(error).__name__})
    else:
        yield Finding("store", "ok", {"where": where, "found": ""})


def _has_room(folder: Path) -> bool:
    """Write real bytes for a moment; raises OSError where nothing can be written."""
    probe = folder / f".probe-{os.getpid()}-{uuid7().hex}"
    try:
        probe.write_bytes(bytes(PROBE))
    except OSError as error:
        if status_of(error) != 507:
            raise
        return False
    finally:
        probe.unlink(missing_ok=True)
    return True


def _room(folder: Path, *, has_room: bool) -> Finding:
    disk = shutil.disk_usage(folder)
    short = disk.free < min(LEAST_FREE, disk.total * LEAST_SHARE)
    state: State = "fault" if not has_room else "warn" if short else "ok"
    return Finding("room", state, {"free": f"{disk.free / 2**30:.2f} GiB"})


def _built() -> Iterator[Finding]:
    try:
        assets.url("site.js")
    except (LookupError, OSError):
        yield Finding("built", "fail")
    else:
        yield Finding("built", "ok")


def _fonts() -> Iterator[Finding]:
    from zhiping.documents.papers import fonts

    yield Finding("fonts", "ok" if all(Path(path).exists() for path in fonts.paths()) else "fail")


def _address() -> Iterator[Finding]:
    local = bool(re.match(r"http://(127\.0\.0\.1|localhost|\[::1\])(:|$)", settings.ADDRESS))
    yield Finding("address", "ok" if settings.SECURE or local else "warn", {"found": settings.ADDRESS})
    # Without its number the addresses in X-Forwarded-For are not believed: all visitors count as one.
    alone: State = "fault" if settings.SECURE else "warn"
    yield Finding("proxy", "ok" if local or settings.PROXIES else alone, {"found": settings.ADDRESS})
    files, wanted = serving.open_files(), serving.CONNECTIONS + serving.SPARE
    yield Finding("files", "warn" if files < wanted else "ok", {"found": files, "wanted": wanted})


def waiting() -> list[str]:
    """Return the migrations not applied to this database."""
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(".".join(key) for key in shipped() - applied.keys())


@cache
def shipped() -> set[tuple[str, str]]:
    """Return the migrations of this version."""
    return set(MigrationLoader(None).disk_migrations)


def _guarded() -> Iterator[Finding]:
    lost = triggers.missing()
    yield Finding("triggers", "fail" if lost else "ok", {"names": lost})


def _durable() -> Iterator[Finding]:
    wrong = list(_sqlite_wrong() if connection.vendor == "sqlite" else _postgres_wrong())
    yield Finding("durable", "fail" if wrong else "ok", {"names": wrong})


def _asked(cursor: Any, statement: str) -> str:
    cursor.execute(statement)
    return str(cursor.fetchone()[0]).lower()


def _sqlite_wrong() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM pragma_synchronous, pragma_journal_mode, pragma_foreign_keys")
        synchronous, journal, foreign_keys = cursor.fetchone()
    if not foreign_keys:
        yield "foreign_keys=OFF"
    if journal == "wal" and not wal_is_safe(sqlite3.sqlite_version_info):
        yield f"journal_mode=WAL (SQLite {sqlite3.sqlite_version})"
    elif journal not in ("wal", "delete"):
        yield f"journal_mode={journal}"
    if synchronous < (2 if journal == "wal" else 3):
        yield f"synchronous={synchronous}"


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Return whether this SQLite has the fix of the WAL-reset bug (3.51.3, also in 3.50.7 and 3.44.6)."""
    if version >= WAL_FIXED[0]:
        return True
    return any(version[:2] == mended[:2] and version >= mended for mended in WAL_FIXED)


def _postgres_wrong() -> Iterator[str]:
    names = ("fsync", "full_page_writes", "synchronous_commit")
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(names)])
        values = dict(cursor.fetchall())
    yield from (f"{name}={values[name]}" for name in names if values[name] == "off")


def _roles() -> Iterator[Finding]:
    """Check that the server's role on PostgreSQL has no privilege to change events, triggers or not."""
    if connection.vendor == "sqlite":
        return
    with connection.cursor() as cursor:
        able = _asked(cursor, CAN_CHANGE)
    yield Finding("roles", "warn" if able == "true" else "ok")


def _clock() -> Iterator[Finding]:
    latest = Event.objects.order_by("-id").values_list("at", flat=True).first()
    behind = (latest - timezone.now()).total_seconds() if latest else 0
    yield Finding("clock", "warn" if behind > MOST_BEHIND else "ok", {"seconds": int(max(behind, 0))})


def _writable() -> Iterator[Finding]:
    """Insert a row and roll back: a locked, full or read-only database refuses it."""
    row = Session(f"probe-{uuid7().hex[:30]}", "-" * PROBE, timezone.now())
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            transaction.set_rollback(True)
    except DatabaseError as error:
        yield Finding("writable", "fault", {"found": str(error).strip()})
    else:
        yield Finding("writable", "ok", {"found": ""})


def last_verified() -> Audit | None:
    """Return the outcome of the last verification."""
    return Audit.objects.filter(action=VERIFIED, at__lte=timezone.now()).order_by("-at").first()


def records() -> Iterator[Finding]:
    """Check what the last verification found, and what it depends on; nothing before the first one."""
    if last := last_verified():
        when = _minute(last.at)
        names = report.sentences(last.data["first"][:MOST_SAID])
        data = {"when": when, "count": last.data["ledgers"], "broken": last.data["broken"], "names": names}
        yield Finding("verified", "fault" if last.data["broken"] else "ok", data)
        if read := last.data.get("files"):
            wrong = [sha256[:12] for sha256 in read["wrong"][:MOST_SAID]]
            data = {"when": when, "count": read["count"], "part": read["part"] + 1, "of": files.PARTS}
            data |= {"broken": len(read["wrong"]), "names": wrong}
            yield Finding("files_part", "fault" if wrong else "ok", data)
        yield _sealed()
        if Checkpoint.objects.exists():
            yield from (_key(), _kept())


def _sealed() -> Finding:
    """Check that rows of the audit log are sealed in time."""
    now = timezone.now()
    rows = seals.unsealed(now)
    late = any((now - row.at).total_seconds() > MOST_BEHIND for row in rows)
    when = _minute(rows[0].at if rows else now)
    return Finding("sealed", "warn" if late else "ok", {"count": len(rows), "when": when})


def _key() -> Finding:
    """Check that the key that signs can be read."""
    try:
        return Finding("key", "ok", {"name": keys.own().name})
    except Conflict:
        return Finding("key", "fault", {"path": str(settings.CHECKPOINT_KEY_FILE)})


def _kept() -> Finding:
    """Check that checkpoints leave the server."""
    count = Keeper.objects.filter(sent__gte=timezone.now() - KEEPERS_WITHIN).count()
    return Finding("kept", "ok" if count else "warn", {"count": count})


def compared(text: str) -> list[Finding]:
    """Compare the server with a checkpoint kept elsewhere, and all its records with each other.

    Raises Invalid for a text that is no checkpoint, or one that no trusted key signed.
    """
    head, size, problems = kept.compare(text)
    broken = [(head, problem) for problem in problems]
    broken += _differences()
    names = _sentences(broken)
    data = {"size": size, "ledger": f"{head.kind} {head.pk}", "broken": len(broken), "names": names}
    return [Finding("checkpoint", "fault" if broken else "ok", data)]


def _uploads() -> Iterator[Finding]:
    """Check that uploads under way are in this server's folder: another server may have another one."""
    now = timezone.now()
    begun = Upload.objects.filter(created__range=(now - KEPT, now - UPLOAD_BEGUN)).values_list(
        "pk", flat=True
    )
    lost = sum(not spool.path_of(key).exists() for key in begun)
    data = {"count": lost, "path": str(settings.UPLOADS)}
    yield Finding("uploads", "warn" if lost else "ok", data)


def _late() -> Iterator[Finding]:
    """Check whether verification and checkpoints are late."""
    late = watch.late(timezone.now())
    yield from (Finding(code, "fault" if code in late else "ok") for code in watch.WATCHED)


def _indexed() -> Iterator[Finding]:
    """Check that the index of the search is in step."""
    count = finding.late(timezone.now())
    yield Finding("indexed", "warn" if count else "ok", {"count": count})


def ready() -> bool:
    """Whether requests can be answered: migrated, guarded, folder and database writable."""
    try:
        sound = not waiting() and not triggers.missing() and _has_room(settings.DATA_FOLDER)
        return sound and all(finding.state == "ok" for finding in _writable())
    except (DatabaseError, OSError):
        return False


# Only once their tables exist: before, `migrated` reports it.
LEDGER_CHECKS = (_guarded, _roles, _clock, _writable, _uploads, records, _late, _indexed)
