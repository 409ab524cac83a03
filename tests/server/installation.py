"""An installation of its own, as an administrator makes one, and commands in it."""

import contextlib
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from tests.server import databases

ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def installation(folder, filling=""):
    """Copy a prepared installation; give the variables that name the copy."""
    variables = _copied(prepared(filling)[0], folder / "data")
    try:
        yield variables
    finally:
        if databases.KIND == "postgres":
            databases.as_superuser(f"DROP DATABASE {_name(variables)} WITH (FORCE)")


@functools.cache
def prepared(filling=""):
    """Migrate an empty database, and fill it by a script, once for all tests of this process.

    Returns the variables that name it, and what the script printed.
    """
    data = Path(tempfile.mkdtemp(dir=os.environ["ZHIPING_DATA"])) / "data"  # removed with this process's data
    if not filling:
        return _migrated(data), ""
    variables = _copied(prepared()[0], data)
    return variables, script(variables, filling)


def _migrated(data):
    variables = {k: v for k, v in os.environ.items() if not k.startswith("ZHIPING_")}
    variables |= {"ZHIPING_DATA": str(data), "ZHIPING_LANG": "en"}
    owner = variables
    if databases.KIND == "postgres":
        name = f"installed_{os.getpid()}_{os.urandom(3).hex()}"
        databases.as_superuser(f"CREATE DATABASE {name} OWNER {databases.OWNER}")
        variables["ZHIPING_DATABASE"] = databases.address(databases.APP, name)
        owner = {**variables, "ZHIPING_OWNER_DATABASE": databases.address(databases.OWNER, name)}
    done = typed(owner, "migrate")
    assert (done.returncode, done.stderr) == (0, "")
    return variables


def _copied(variables, data):
    shutil.copytree(variables["ZHIPING_DATA"], data)
    if databases.KIND != "postgres":
        return {**variables, "ZHIPING_DATA": str(data)}
    name = f"serving_{os.getpid()}_{os.urandom(3).hex()}"
    databases.as_superuser(f"CREATE DATABASE {name} TEMPLATE {_name(variables)} OWNER {databases.OWNER}")
    address = databases.address(databases.APP, name)
    return {**variables, "ZHIPING_DATA": str(data), "ZHIPING_DATABASE": address}


def _name(variables):
    return urlsplit(variables["ZHIPING_DATABASE"]).path.removeprefix("/")


def typed(variables, *words):
    """Run a command of the program."""
    command = [sys.executable, "-m", "zhiping", *words]
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=240, check=False)


def script(variables, text, *words):
    """Run Python in the installation, Django set up; return what it prints."""
    known = {**variables, "DJANGO_SETTINGS_MODULE": "zhiping.project.settings"}
    command = [sys.executable, "-c", f"import django\ndjango.setup()\n{text}", *words]
    done = subprocess.run(
        command, env=known, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
