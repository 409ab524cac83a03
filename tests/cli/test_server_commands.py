"""The server's commands, as far as they answer without a server."""

import os
import subprocess
import sys

import pytest

LOADED = """
import sys
from zhiping.cli.main import main
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
    assert all(f"\n    {name} " in out for name in ("serve", "worker", "migrate", "doctor", "key", "demo"))


@pytest.mark.parametrize(
    "words", [("serve", "--port", "0"), ("serve", "--processes", "x"), ("worker", "now")]
)
def test_wrong_use_is_reported(zhiping, words):
    assert zhiping(*words)[0] == 2


def test_demo_that_is_only_built_names_no_way_to_stop_it(tmp_path):
    words = [sys.executable, "-m", "zhiping", "demo", "--build-only", "--data", str(tmp_path / "demo")]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ZHIPING_")}
    done = subprocess.run(words, env=plain, capture_output=True, text=True, timeout=240, check=True)
    assert "http://127.0.0.1" in done.stdout
    assert "Ctrl-C" not in done.stdout


def demo(*words, **variables):
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ZHIPING_")}
    command = [sys.executable, "-m", "zhiping", "demo", "--build-only", *words]
    return subprocess.run(
        command, env=plain | variables, capture_output=True, text=True, timeout=240, check=False
    )


def test_demo_uses_the_data_folder_named_and_no_folder_with_data_of_others(tmp_path):
    folder = tmp_path / "named"
    for _ in range(2):
        assert demo(ZHIPING_DATA=str(folder)).returncode == 0
    assert (folder / "demo.password").exists()
    (folder / "demo.password").rename(folder / "others")
    before = sorted(path.name for path in folder.iterdir())
    for done in (demo(ZHIPING_DATA=str(folder)), demo("--data", str(folder))):
        assert (done.returncode, "ZHIPING_DATA" in done.stderr) == (1, True)
    assert sorted(path.name for path in folder.iterdir()) == before
