"""The wheel: built where no Node is installed, with everything the product reads."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def tracked():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_the_wheel_builds_without_node_and_holds_all_it_needs(tmp_path):
    source, tools = tmp_path / "source", tmp_path / "tools"
    for name in tracked():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, source / name)
    tools.mkdir()
    (tools / "sh").symlink_to(shutil.which("sh"))  # npm starts scripts by it
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        tmp_path,
        source,
    ]
    done = subprocess.run(
        command,
        env={**os.environ, "PATH": str(tools)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as held:
        names = set(held.namelist())
        manifest = json.loads(held.read("zhiping/web/static/manifest.json"))
    assert {name.removeprefix("src/") for name in tracked() if name.startswith("src/")} <= names
    built = {entry["file"] for entry in manifest.values()}
    assert built
    assert {f"zhiping/web/static/{name}" for name in built} <= names
