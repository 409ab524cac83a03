"""Copies of the database: SQLite by its own backup, PostgreSQL by pg_dump within one snapshot."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from zhiping.domain.errors import Conflict, Invalid
from zhiping.evidence.store import PIECE, sync_folder, synced

NAMES = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}
PATIENCE = 10.0  # seconds until a database that another program uses is left alone
ASIDE = "replaced"  # begins the name of what was replaced


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The database at one moment, to which queries answer too while the snapshot is open."""

    name: str
    pieces: Callable[[], Iterator[bytes]]


@contextlib.contextmanager
def snapshot(folder: Path) -> Iterator[Snapshot]:
    """Hold the database as it is now; a file that is needed for it is made in a folder.

    Raises Conflict `backup.tools` where pg_dump is missing or older than the server.
    """
    held = _sqlite_snapshot(folder) if connection.vendor == "sqlite" else _postgres_snapshot()
    with held as pieces:
        yield Snapshot(NAMES[connection.vendor], pieces)


@contextlib.contextmanager
def _sqlite_snapshot(folder: Path) -> Iterator[Callable[[], Iterator[bytes]]]:
    """Copy in one step: a copy in several begins again whenever something is written between them."""
    copy = folder / NAMES["sqlite"]
    with (
        contextlib.closing(sqlite3.connect(database_file(), timeout=60)) as source,
        contextlib.closing(sqlite3.connect(copy)) as target,
    ):
        target.execute("PRAGMA synchronous=OFF")  # the backup is synced as a whole
        source.backup(target, pages=-1)
        if target.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
            raise Conflict.of("backup.database_damaged")
    with read_from(copy):
        yield lambda: _file_pieces(copy)


@contextlib.contextmanager
def _postgres_snapshot() -> Iterator[Callable[[], Iterator[bytes]]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        [name] = cursor.fetchone()
        options = ["--format=custom", "--compress=1", "--no-owner", "--no-privileges"]
        options += [f"--snapshot={name}", f"--exclude-schema={ASIDE}_*", f"--dbname={_place()}"]
        yield lambda: _dumped(tool("pg_dump"), *options)


@contextlib.contextmanager
def read_from(path: Path) -> Iterator[None]:
    """Let queries answer from another SQLite file."""
    connection.close()
    own = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = str(path)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own


def database_file() -> Path:
    """Return the file of the SQLite database."""
    return Path(connection.settings_dict["NAME"])


def _file_pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _dumped(*command: str) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as said:
        dump = subprocess.Popen(command, env=_environment(), stdout=subprocess.PIPE, stderr=said)  # noqa: S603 - no shell
        with dump, contextlib.closing(dump.stdout):  # type: ignore[type-var] # it has stdout
            while piece := dump.stdout.read(PIECE):  # type: ignore[union-attr] # as above
                yield piece
        _require(well=dump.returncode == 0, said=said)


def _require(*, well: bool, said: Any) -> None:
    if not well:
        said.seek(0)
        raise Conflict.of("backup.tool_failed", found=said.read(2000).decode(errors="replace").strip())


def tool(name: str) -> str:
    """Return the path of a program of PostgreSQL, as new as the server at least.

    Raises Conflict `backup.tools` where it is missing or older.
    """
    path = shutil.which(name, path=settings.POSTGRES_TOOLS or None)
    needed, found = connection.pg_version // 10000, 0  # type: ignore[attr-defined] # of PostgreSQL
    if path:
        asked = [path, "--version"]
        words = subprocess.run(asked, capture_output=True, text=True, check=True).stdout  # noqa: S603 - as above
        found = int(words.split(")")[-1].strip().partition(".")[0])
    if path is None or found < needed:
        raise Conflict.of("backup.tools", name=name, needed=needed, found=found or "–")
    return path


def _place() -> str:
    """Return the address of the database without its password."""
    own = connection.settings_dict
    words = {"host": own["HOST"], "port": own["PORT"], "user": own["USER"], "dbname": own["NAME"]}
    return " ".join(f"{key}='{_quoted(str(value))}'" for key, value in words.items() if value)


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _environment() -> dict[str, str]:
    password = connection.settings_dict["PASSWORD"]
    return {**os.environ, "PGPASSWORD": password} if password else dict(os.environ)


def has_tables() -> bool:
    """Return whether the target has tables; a SQLite file that does not exist is not made."""
    if connection.vendor == "sqlite" and not database_file().exists():
        return False
    return bool(connection.introspection.table_names())


def load(pieces: Iterable[bytes], folder: Path, aside: str) -> str:
    """Put a copied database in the place of the present one, in one step.

    `folder`: where a file that is needed is made, on the disk of the database. Returns where the replaced
    database is kept, "" where there was none. Raises Invalid or Conflict, and the present one is unchanged.
    """
    there = has_tables()
    if connection.vendor == "sqlite":
        return _load_sqlite(pieces, folder, aside if there else "")
    return _load_postgres(pieces, aside if there else "")


def _load_sqlite(pieces: Iterable[bytes], folder: Path, aside: str) -> str:
    new, present = folder / NAMES["sqlite"], database_file()
    with new.open("wb") as file:
        file.writelines(pieces)
    new.chmod(0o600)
    synced(new)
    with contextlib.closing(sqlite3.connect(new)) as copy:
        if copy.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
            raise Invalid.of("backup.database_damaged")
    connection.close()
    kept = present.with_name(f"{present.stem}.{aside}.sqlite3") if aside else None
    with _alone_in(present):
        if kept:
            os.link(present, kept)
        new.replace(present)
    sync_folder(present.parent)
    return str(kept or "")


@contextlib.contextmanager
def _alone_in(path: Path) -> Iterator[None]:
    """Lock a SQLite file, which also rolls back what a crash left half-written beside it."""
    if not path.exists():
        yield
        return
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=PATIENCE)) as present:
        try:
            present.execute("PRAGMA journal_mode=DELETE")
            present.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise Conflict.of("backup.in_use") from error
        yield
        present.execute("ROLLBACK")


def _load_postgres(pieces: Iterable[bytes], aside: str) -> str:
    """Run what pg_restore writes in one transaction, which is committed only once all of it came."""
    restore = [tool("pg_restore"), "--no-owner", "--no-privileges", "--file=-"]
    run = [tool("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={_place()}"]
    first = "BEGIN;\n"
    if aside:
        first += f"ALTER SCHEMA public RENAME TO {aside};\nCREATE SCHEMA public;\n"
    connection.close()
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(  # noqa: S603 - as above
            restore, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said
        ) as reader,
        subprocess.Popen(  # noqa: S603 - as above
            run, env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said
        ) as writer,
    ):
        _relay(pieces, reader, writer, first)
        _require(well=reader.returncode == writer.returncode == 0, said=said)
    return aside


def _relay(
    pieces: Iterable[bytes],
    reader: subprocess.Popen[bytes],
    writer: subprocess.Popen[bytes],
    first: str,
) -> None:
    """Send a dump through pg_restore to psql, then the COMMIT; nothing commits where a part is missing."""
    failures: list[BaseException] = []
    feeding = threading.Thread(target=_feed, args=(pieces, reader.stdin, failures))
    feeding.start()
    try:
        writer.stdin.write(first.encode())  # type: ignore[union-attr] # it has stdin
        shutil.copyfileobj(reader.stdout, writer.stdin, PIECE)  # type: ignore[arg-type] # both have
        feeding.join()
        if reader.wait() == 0 and not failures:
            writer.stdin.write(b"\nCOMMIT;\n")  # type: ignore[union-attr] # as above
    except BrokenPipeError:  # psql has ended and states why
        reader.kill()
    finally:
        with contextlib.suppress(BrokenPipeError):
            writer.stdin.close()  # type: ignore[union-attr] # as above
        reader.stdout.close()  # type: ignore[union-attr] # as above
        feeding.join()
        reader.wait()
        writer.wait()
    if failures:
        raise failures[0]


def _feed(pieces: Iterable[bytes], into: Any, failures: list[BaseException]) -> None:
    try:
        for piece in pieces:
            into.write(piece)
    except BrokenPipeError:  # pg_restore has ended and states why
        pass
    except BaseException as error:
        failures.append(error)
    finally:
        with contextlib.suppress(BrokenPipeError):
            into.close()
