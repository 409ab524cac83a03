"""The command line as typed, in process; every test works in its own folder."""

import json
import shutil
from pathlib import Path

import pytest

from zhiping.cli.main import main

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def zhiping(capsys, monkeypatch, tmp_path):
    """Return a function that types a command: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ZHIPING_LANG", raising=False)

    def typed(*words):
        try:
            code = main([str(word) for word in words])
        except SystemExit as stopped:
            code = stopped.code or 0
        said = capsys.readouterr()
        return code, said.out, said.err

    return typed


@pytest.fixture
def example(tmp_path):
    """Return a function that copies an example and returns its folder."""

    def copied(name):
        return Path(shutil.copytree(EXAMPLES / name, tmp_path / name))

    return copied


def evaluation(folder):
    """Return the words that evaluate an example."""
    words = ["evaluate", *sorted(folder.glob("sheets/*.xlsx")), "--about", folder / "evaluation.toml"]
    agreed = folder / "deliberation.xlsx"
    return [*words, "--agreed", agreed] if agreed.exists() else words


def only_json(out):
    """Parse what a command printed: one document and nothing else."""
    return json.loads(out)
