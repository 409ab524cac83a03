"""The server's commands, as far as they answer without a server."""

import subprocess
import sys

import pytest

LOADED = """
import sys
from zhiping.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def loaded(*words):
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words], capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stderr.split())


@pytest.mark.parametrize("words", [("--help",), ("serve", "--help"), ("demo", "--help"), ("rubric", "check")])
def test_what_needs_no_server_starts_no_django(words):
    assert loaded(*words) & {"django", "granian", "psycopg"} == set()


def test_help_names_the_commands_of_the_server(zhiping):
    code, out, _ = zhiping("--help")
    assert code == 0
    assert all(f"\n    {name} " in out for name in ("serve", "worker", "migrate", "doctor", "demo"))


@pytest.mark.parametrize(
    "words", [("serve", "--port", "0"), ("serve", "--processes", "x"), ("worker", "now")]
)
def test_wrong_use_is_told(zhiping, words):
    assert zhiping(*words)[0] == 2
