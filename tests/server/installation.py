"""An installation of its own, as an administrator makes one, and commands in it."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from tests.server import databases

ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def installation(folder):
    """Migrate an empty database; give the variables that name it."""
    variables = {k: v for k, v in os.environ.items() if not k.startswith("ZHIPING_")}
    variables |= {"ZHIPING_DATA": str(folder / "data"), "ZHIPING_LANG": "en"}
    with contextlib.ExitStack() as made:
        if databases.KIND == "postgres":
            name = f"serving_{os.getpid()}_{os.urandom(3).hex()}"
            databases.as_superuser(f"CREATE DATABASE {name} OWNER {databases.OWNER}")
            made.callback(databases.as_superuser, f"DROP DATABASE {name} WITH (FORCE)")
            variables["ZHIPING_DATABASE"] = databases.address(databases.APP, name)
            owner = {**variables, "ZHIPING_OWNER_DATABASE": databases.address(databases.OWNER, name)}
        else:
            owner = variables
        done = typed(owner, "migrate")
        assert (done.returncode, done.stderr) == (0, "")
        yield variables


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
