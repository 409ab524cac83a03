"""An installation of its own, as an administrator makes one, and commands in it."""

import contextlib
import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.server import databases

ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def installation(folder):
    """Copy an empty, migrated database; give the variables that name the copy."""
    made, data = migrated(), folder / "data"
    shutil.copytree(made["ZHIPING_DATA"], data)
    variables = {**made, "ZHIPING_DATA": str(data)}
    if databases.KIND != "postgres":
        yield variables
        return
    name = f"serving_{os.getpid()}_{os.urandom(3).hex()}"
    databases.as_superuser(f"CREATE DATABASE {name} TEMPLATE {_prepared()} OWNER {databases.OWNER}")
    try:
        yield {**variables, "ZHIPING_DATABASE": databases.address(databases.APP, name)}
    finally:
        databases.as_superuser(f"DROP DATABASE {name} WITH (FORCE)")


@functools.cache
def migrated():
    """Migrate an empty database once for all tests of this process; return the variables that name it."""
    variables = {k: v for k, v in os.environ.items() if not k.startswith("ZHIPING_")}
    data = Path(os.environ["ZHIPING_DATA"]) / "installed"  # removed with the databases of this process
    variables |= {"ZHIPING_DATA": str(data), "ZHIPING_LANG": "en"}
    owner = variables
    if databases.KIND == "postgres":
        databases.as_superuser(f"CREATE DATABASE {_prepared()} OWNER {databases.OWNER}")
        variables["ZHIPING_DATABASE"] = databases.address(databases.APP, _prepared())
        owner = {**variables, "ZHIPING_OWNER_DATABASE": databases.address(databases.OWNER, _prepared())}
    done = typed(owner, "migrate")
    assert (done.returncode, done.stderr) == (0, "")
    return variables


def _prepared():
    return f"installed_{os.getpid()}"


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
