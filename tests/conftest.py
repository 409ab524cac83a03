"""Shared fixtures: LibreOffice, which reads our files independently, and the option for long runs."""

import gc
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import settings
from tests.fonts import BUNDLED, only
from tests.progress import Progress, leave_out, tree
from tests.server import databases

databases.prepare()

settings.register_profile("busy", deadline=None)  # the time of an example depends on the machine
settings.load_profile("busy")

FILES = 40  # from which on a second LibreOffice is worth its start
PACKAGES = ("libreoffice-calc-nogui", "libreoffice-writer-nogui")


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="run the figures of a release too")
    parser.addoption("--resume", action="store_true", help="leave out what passed on this tree before")


def pytest_collection_modifyitems(config, items):
    """Deselect tests marked long; they belong to another run, so they are not reported as skipped."""
    leave_out(config, items, getattr(config, "workerinput", {}).get("passed", ()))
    if config.getoption("--long"):
        return
    kept = [item for item in items if not item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("long")])
    items[:] = kept


def pytest_collection_finish():
    """Look for garbage less often, and not among the modules loaded so far: a seventh of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def soffice(tmp_path_factory):
    """Return a function that converts files with LibreOffice: `soffice(paths, "ods", folder)`."""
    program = _office()
    profiles = tmp_path_factory.mktemp("office")

    def one_process(no, paths, kind, folder, fonts):
        (profile := profiles / str(no)).mkdir(exist_ok=True)
        command = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", kind]
        command += ["--outdir", str(folder), *map(str, paths)]
        environment = {**os.environ, "FONTCONFIG_FILE": str(only(fonts, profile))}
        subprocess.run(command, check=True, capture_output=True, timeout=240, env=environment)

    def convert(paths, kind, folder, *, fonts=BUNDLED):
        processes = min(os.cpu_count() or 1, 1 + len(paths) // FILES)
        with ThreadPoolExecutor(processes) as pool:
            for done in [
                pool.submit(one_process, no, paths[no::processes], kind, folder, fonts)
                for no in range(processes)
            ]:
                done.result()
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


def pytest_configure(config):
    """Set up Django: pytest-django does so only if settings are configured before this file is loaded."""
    import django

    django.setup()
    if config.getoption("--resume") and not hasattr(config, "workerinput"):
        path = config.rootpath / ".pytest_cache" / f"passed-{databases.KIND}"
        config.pluginmanager.register(Progress(path, tree()))
    os.environ.pop("DJANGO_SETTINGS_MODULE")  # a worker would inherit it and read these settings first


def pytest_unconfigure():
    databases.clean_up()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker):
    """Create the database with the cast once, as an installation does; each test rolls back its changes."""
    with django_db_blocker.unblock():
        databases.make()


@pytest.fixture
def cast(db):
    """The users and objects of server tests."""
    from tests.server.cast import Cast

    return Cast()


@pytest.fixture
def committed(django_db_setup, django_db_blocker, tmp_path):
    """The same cast in a separate database, in which changes are committed: for races and servers."""
    from tests.server.cast import Cast

    with django_db_blocker.unblock(), databases.copy(tmp_path):
        yield Cast()


@pytest.fixture
def client_for():
    """Return the client of a user who has just signed in: `client_for(cast.officer)`."""
    from django.test import Client
    from tests.server.signing_in import sign_in as just_now

    def sign_in(user):
        client = Client()
        just_now(client, user)
        return client

    return sign_in
