"""System checks are read back from the running system and find each fault."""

import datetime as dt

import pytest
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone
from tests.server import databases
from tests.server.cast import unchecked

from zhiping.operations import checks


def states():
    return {finding.code: finding.state for finding in checks.findings()}


def found(code):
    return next(finding.data for finding in checks.findings() if finding.code == code)


def test_a_sound_installation_passes_every_check(cast):
    made = ["folder", "keys", "built", "fonts", "address", "database", "durable", "migrated", "triggers"]
    made += ["clock"] if connection.vendor == "sqlite" else ["roles", "clock"]
    assert states() == dict.fromkeys(made, "ok")


def test_key_readable_by_others_is_reported(cast):
    path = settings.CHECKPOINT_KEY_FILE.with_name("other.key")
    path.touch(0o644)
    try:
        assert (states()["keys"], found("keys")) == ("warn", {"files": ["other.key"]})
    finally:
        path.unlink()


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
