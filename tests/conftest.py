"""What tests share: the office program that shows how others read our files, and the switch for long runs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings
from tests.fonts import BUNDLED, only
from tests.server import databases

databases.prepare()

settings.register_profile("busy", deadline=None)  # how long one example takes tells of the machine
settings.load_profile("busy")

PACKAGES = ("libreoffice-calc-nogui", "libreoffice-writer-nogui")


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="run the figures of a release too")


def pytest_collection_modifyitems(config, items):
    """Leave out what is marked long: it belongs to another run, so it is not reported as skipped."""
    if config.getoption("--long"):
        return
    kept = [item for item in items if not item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("long")])
    items[:] = kept


@pytest.fixture(scope="session")
def soffice(tmp_path_factory):
    """Return a function that converts files with LibreOffice: `soffice(paths, "ods", folder)`."""
    program = _office()
    profile = tmp_path_factory.mktemp("office")

    def convert(paths, kind, folder, *, fonts=BUNDLED):
        command = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", kind]
        command += ["--outdir", str(folder), *map(str, paths)]
        environment = {**os.environ, "FONTCONFIG_FILE": str(only(fonts, profile))}
        subprocess.run(command, check=True, capture_output=True, timeout=240, env=environment)
        return [Path(folder) / f"{Path(path).stem}.{kind.partition(':')[0]}" for path in paths]

    return convert


def _office():
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found:
        return found
    if sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(["apt-get", "-q", *command], check=True, env=environment, timeout=900)
        return shutil.which("soffice") or shutil.which("libreoffice")
    pytest.fail(f"LibreOffice is needed: install {' '.join(PACKAGES)}", pytrace=False)


def pytest_configure():
    """Set Django up: its tests' plugin does so only where the settings were known before this file."""
    import django

    django.setup()
    os.environ.pop("DJANGO_SETTINGS_MODULE")  # a worker that had it would read them before its own folder


def pytest_unconfigure():
    databases.clean_up()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker):
    """Make the database with the cast once, as an installation is made; each test rolls back what it adds."""
    with django_db_blocker.unblock():
        databases.make()


@pytest.fixture
def cast(db):
    """The people and things every server test knows."""
    from tests.server.cast import Cast

    return Cast()


@pytest.fixture
def committed(django_db_setup, django_db_blocker, tmp_path):
    """The same cast in a database of the test's own, where changes are committed: for races and servers."""
    from tests.server.cast import Cast

    with django_db_blocker.unblock(), databases.copy(tmp_path):
        yield Cast()


@pytest.fixture
def client_for():
    """Return a browser of somebody who has just signed in: `client_for(cast.officer)`."""
    from django.test import Client
    from tests.server.signing_in import sign_in as just_now

    def sign_in(user):
        client = Client()
        just_now(client, user)
        return client

    return sign_in
