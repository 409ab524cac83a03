"""System checks are read back from the running system and find each fault."""

import datetime as dt
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from tests.e2e import server as servers
from tests.panels import panels
from tests.server import databases, faults
from tests.server.cast import unchecked

from zhiping.evidence import spool
from zhiping.evidence.models import Upload
from zhiping.finding.actions import index_changed
from zhiping.ledger import actions, checkpoints, watch
from zhiping.ledger.act import Act
from zhiping.ledger.models import VERIFIED
from zhiping.operations import checks, private, serving


def states():
    watch._looked.clear()
    return {finding.code: finding.state for finding in checks.findings()}


def found(code):
    return next(finding.data for finding in checks.findings() if finding.code == code)


def test_a_sound_installation_passes_every_check(cast):
    made = [
        "folder",
        "room",
        "modes",
        "store",
        "built",
        "fonts",
        "address",
        "proxy",
        "files",
        "database",
        "durable",
    ]
    made += ["migrated", "triggers", "clock", "writable", "uploads", "verification", "signing", "indexed"]
    made += [] if connection.vendor == "sqlite" else ["roles"]
    index_changed(Act.clock(timezone.now()))
    assert states() == dict.fromkeys(made, "ok")


def test_files_readable_by_others_are_reported_and_tightened(cast):
    path = settings.CHECKPOINT_KEY_FILE.with_name("other.key")
    path.touch(0o644)
    folder = settings.DATA_FOLDER / "imports"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    try:
        assert (states()["modes"], found("modes")) == ("warn", {"files": ["other.key", "imports"]})
        private.tighten()
        assert states()["modes"] == "ok"
        assert (path.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    finally:
        path.unlink()


MODES = (
    "zhiping.sqlite3", "zhiping.sqlite3-journal", "zhiping.sqlite3-wal", "zhiping.sqlite3-shm",
    "copy.sqlite3", "secret.key", "checkpoint.key", "demo.password",
)  # fmt: skip


def test_every_file_with_data_and_the_folder_are_private(cast, settings, tmp_path):
    """The folder of the installation, beside it a key that is kept outside."""
    settings.DATA_FOLDER, settings.CHECKPOINT_KEY_FILE = tmp_path / "data", tmp_path / "kept.key"
    paths = [settings.DATA_FOLDER, *(settings.DATA_FOLDER / name for name in ("files", "imports"))]
    for folder in paths:
        folder.mkdir(mode=0o755)
    paths += [*(settings.DATA_FOLDER / name for name in MODES), settings.CHECKPOINT_KEY_FILE]
    for path in paths[3:]:
        path.touch()
        path.chmod(0o644)
    assert sorted(found("modes")["files"]) == sorted(path.name for path in paths)
    private.tighten()
    assert states()["modes"] == "ok"
    assert {path.stat().st_mode & 0o077 for path in paths} == {0}
    for path in paths:
        path.chmod(path.stat().st_mode | 0o040)
        assert found("modes") == {"files": [path.name]}
        path.chmod(path.stat().st_mode & ~0o040)


FULL_DISK = """
import resource
import django
django.setup()
from zhiping.operations import checks
resource.setrlimit(resource.RLIMIT_FSIZE, (checks.PROBE // 2, checks.PROBE // 2))
print({finding.code: finding.state for finding in checks._folder()})
"""


def test_full_disk_is_a_fault_and_does_not_prevent_the_start(tmp_path):
    """A bound on the size of files has the same effect as a full disk, for an ordinary user too."""
    environment = servers.environment(tmp_path, DJANGO_SETTINGS_MODULE="zhiping.project.settings")
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "'folder': 'ok', 'room': 'fault'" in done.stdout


@pytest.mark.parametrize(
    ("address", "proxies", "state"),
    [
        ("http://127.0.0.1:8000", 0, "ok"),
        ("http://10.0.0.5:8000", 0, "warn"),
        ("https://zp.example", 0, "fault"),
        ("https://zp.example", 1, "ok"),
    ],
)
def test_missing_proxy_on_a_network_is_reported(cast, settings, address, proxies, state):
    settings.ADDRESS, settings.SECURE, settings.PROXIES = address, address.startswith("https"), proxies
    assert states()["proxy"] == state


def test_low_limit_of_open_files_is_reported(cast, monkeypatch):
    monkeypatch.setattr(serving, "open_files", lambda: 1024)
    assert (states()["files"], found("files")) == ("warn", {"found": 1024, "wanted": 4200})


def test_unwritable_database_is_reported_and_not_ready(committed, client):
    assert client.get("/ready").status_code == 200
    for fault in (faults.full, faults.read_only):
        with fault():
            assert states()["writable"] == "fault"
            assert client.get("/ready").status_code == 503
    with faults.locked():
        assert client.get("/ready").status_code == 503
    assert client.get("/ready").status_code == 200


def older(**span):
    """Let the installation have been made earlier."""
    begun = timezone.now() - dt.timedelta(**span)
    databases.become(databases.SUPERUSER)
    MigrationRecorder.Migration.objects.update(applied=begun)
    databases.become(databases.APP)


def verified(when):
    actions.audit(VERIFIED, by=None, at=when, data={"ledgers": 1, "broken": 0, "first": []})


def test_late_verification_is_a_fault(cast):
    now = timezone.now()
    assert states()["verification"] == "ok"
    older(days=3)
    assert states()["verification"] == "fault"
    verified(now + dt.timedelta(days=300))  # a clock that was ahead
    verified(now - dt.timedelta(hours=49))
    assert states()["verification"] == "fault"
    verified(now - dt.timedelta(hours=47))
    assert states()["verification"] == "ok"


def test_late_checkpoints_are_a_fault(cast):
    now = timezone.now()
    assert states()["signing"] == "ok"
    older(hours=2)
    assert states()["signing"] == "fault"
    checkpoints.sign_grown(now=now - dt.timedelta(hours=3))
    assert states()["signing"] == "ok"  # nothing has grown
    with unchecked(at=now - dt.timedelta(minutes=59)).begin("", "thing", "thing.begun"):
        pass
    assert states()["signing"] == "ok"
    with unchecked(at=now - dt.timedelta(minutes=61)).begin("", "thing", "thing.begun"):
        pass
    assert states()["signing"] == "fault"
    checkpoints.sign_grown(now=now)
    assert states()["signing"] == "ok"


def test_unreachable_database_is_reported(committed):
    kept = dict(connection.settings_dict)
    connection.close()
    change = {"NAME": "/nowhere/at/all"} if connection.vendor == "sqlite" else {"HOST": "/nowhere"}
    connection.settings_dict.update(change)
    try:
        assert states()["database"] == "fail"
        assert "durable" not in states()
    finally:
        connection.settings_dict.update(kept)


@pytest.fixture
def connected(committed):
    """Reconnect with other options: `connected(…)`."""
    kept = connection.settings_dict["OPTIONS"]

    def again(options):
        connection.close()
        connection.settings_dict["OPTIONS"] = {**kept, **options}

    yield again
    connection.close()
    connection.settings_dict["OPTIONS"] = kept


LOSING = {
    "sqlite": {
        "synchronous=1": "PRAGMA journal_mode=DELETE; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON",
        "synchronous=2": "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON",
        "journal_mode=memory": "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=EXTRA; PRAGMA foreign_keys=ON",
        "foreign_keys=OFF": "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA; PRAGMA foreign_keys=OFF",
    },
    "postgresql": {"synchronous_commit=off": f"-c role={databases.APP} -c synchronous_commit=off"},
}


@pytest.mark.parametrize("number", range(4))
def test_settings_that_lose_data_in_a_power_cut_keep_the_server_from_starting(connected, number):
    option = {"sqlite": "init_command", "postgresql": "options"}[connection.vendor]
    rows = list(LOSING[connection.vendor].items())
    name, value = rows[number % len(rows)]
    connected({option: value})
    assert (states()["durable"], found("durable")["names"]) == ("fail", [name])


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 50, 6), False), ((3, 50, 7), True),
        ((3, 51, 2), False), ((3, 51, 3), True), ((3, 52, 0), True), ((4, 0, 0), True),
    ],
)  # fmt: skip
def test_the_write_ahead_log_is_used_only_where_its_fault_is_mended(version, safe):
    assert checks.wal_is_safe(version) == safe


def test_unapplied_migration_is_reported(cast, client):
    databases.become(databases.SUPERUSER)
    assert client.get("/ready").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'registry'")
    assert checks.waiting() == ["registry.0001_initial"]
    assert states()["migrated"] == "fail"
    assert client.get("/ready").status_code == 503
    assert client.get("/health").status_code == 200


def test_missing_trigger_is_reported(cast, client):
    databases.become(databases.SUPERUSER)
    sqlite = connection.vendor == "sqlite"
    name = "ledger_leaf_no_delete" if sqlite else "ledger_leaf_no_change"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}" + ("" if sqlite else " ON ledger_leaf"))
    assert (states()["triggers"], found("triggers")) == ("fail", {"names": [name]})
    assert client.get("/ready").status_code == 503


def test_privilege_to_change_events_is_reported(cast):
    if connection.vendor == "postgresql":
        databases.become(databases.OWNER)
        assert states()["roles"] == "warn"


def test_clock_behind_the_latest_event_is_reported(cast):
    act = unchecked(at=timezone.now() + dt.timedelta(hours=1))
    with act.begin("", "thing", "thing.begun"):
        pass
    assert states()["clock"] == "warn"


def test_read_only_folder_is_reported(cast, tmp_path, settings):
    (tmp_path / "file").touch()
    settings.DATA_FOLDER = tmp_path / "file"
    assert states()["folder"] == "fail"


def test_a_connection_of_the_tests_is_left_as_it_was(cast):
    assert connections["default"].settings_dict["OPTIONS"] == connections.databases["default"]["OPTIONS"]


def test_upload_whose_file_is_on_another_server_is_reported(cast, settings, tmp_path):
    settings.UPLOADS = tmp_path
    evaluation, now = panels.opened(cast), timezone.now()
    given = {"evaluation": evaluation, "by": cast.staff, "name": "3.4 台账.pdf", "length": 9}
    here, elsewhere, _young, _old = (
        Upload.objects.create(created=now - dt.timedelta(minutes=minutes), **given)
        for minutes in (5, 5, 0, 60 * 24 * 8)
    )
    spool.begin(here.pk)
    assert (states()["uploads"], found("uploads")["count"]) == ("warn", 1)
    spool.begin(elsewhere.pk)
    assert states()["uploads"] == "ok"
