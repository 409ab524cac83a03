"""How the command line answers: problems in words or JSON, lines for a person, papers put in place."""

import argparse
import datetime as dt
import json
import os
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from zhiping.domain.errors import Problem, Refused
from zhiping.domain.rubric import Rubric
from zhiping.texts.catalogue import problem_text, say

DONE, NO, WRONG_USE, OPEN = 0, 1, 2, 3
UNSETTLED = "rubric.doubt"


class WrongUse(Exception):  # noqa: N818 - what the user did, not an error of ours
    """A command that makes no sense as typed; the message is what to type instead."""


def today() -> dt.date:
    """Return the day by the computer's clock and time zone."""
    return dt.datetime.now(dt.UTC).astimezone().date()


def rubric_of(path: Path | None) -> Rubric:
    """Return the rubric of a file, or the bundled one."""
    from zhiping.documents.files import rubric_file

    if path is None:
        return rubric_file.bundled()
    from zhiping.documents.apart import apart

    rubric: Rubric = apart(rubric_file.load, path, name=path.name)
    return rubric


def wrong_use(error: WrongUse, args: argparse.Namespace) -> int:
    """Say what to type instead, and return the exit code."""
    if args.json:
        entry = {"code": "use", "where": [], "data": {}, "text": str(error)}
        print_json({"schema": "zhiping/errors/1", "errors": [entry]})
    else:
        print(error, file=sys.stderr)
    return WRONG_USE


def refuse(fault: Refused | OSError, args: argparse.Namespace) -> int:
    """Say everything that is wrong, in words on stderr or as one JSON document, and return the exit code."""
    problems = fault.problems if isinstance(fault, Refused) else (_file_problem(fault),)
    if args.json:
        print_json({"schema": "zhiping/errors/1", "errors": [problem_json(p) for p in problems]})
    else:
        for problem in problems:
            print(problem_text(problem), file=sys.stderr)
        writes = "output" in args and isinstance(fault, Refused)
        line = "cli.problems_nothing_written" if writes else "cli.problems"
        print(say(line, count=len(problems)), file=sys.stderr)
    if isinstance(fault, OSError):
        return WRONG_USE
    return OPEN if all(p.code == UNSETTLED for p in problems) else NO


def _file_problem(error: OSError) -> Problem:
    from zhiping.documents.plain import code

    place = error.filename2 or error.filename or ""  # of a move its aim
    return Problem(f"disk.{code(error)}", {"why": error.strerror or str(error)}, (str(place),))


def problem_json(problem: Problem) -> dict[str, Any]:
    """Return a problem as plain data, its sentence included."""
    text = problem_text(problem)
    return {"code": problem.code, "where": list(problem.where), "data": problem.data, "text": text}


def print_json(document: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print one JSON document on stdout."""
    print(json.dumps(document, ensure_ascii=False, indent=2, default=str))


@contextmanager
def folder(target: Path, *, ours: Collection[str] = (), editable: Callable[[str], bool]) -> Iterator[Path]:
    """Yield a temporary folder; without an error its files move to `target` all at once.

    A new target appears whole. In an existing one each file replaces its namesake, papers of `ours` that are
    not written again go, and other files stay; when a file cannot be replaced everything is put back. What
    people may have changed (`editable`) is never lost: the older one is kept under a numbered name, and that
    name is printed.
    """
    target = Path(os.path.realpath(target))  # of a link to itself the link
    if os.path.lexists(target) and not target.is_dir():
        raise WrongUse(say("cli.no_folder", path=target))
    with _beside(target) as made:
        work, aside = Path(made) / "new", Path(made) / "old"
        work.mkdir()
        aside.mkdir()
        yield work
        if not target.exists():
            work.rename(target)
            return
        new = {path.name: path.read_bytes() for path in work.iterdir()}
        _swap(work, target, aside, sorted(new.keys() | set(ours)))
        for old in sorted(aside.iterdir()):
            if editable(old.name) and not _same(old, new.get(old.name)):
                kept = old.rename(_free(target / old.name))
                print(say("cli.kept", path=old.name, kept=kept.name), file=sys.stderr)


@contextmanager
def _beside(target: Path) -> Iterator[str]:
    """Yield a temporary folder beside a target, from which files can be moved there at once."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        made = tempfile.TemporaryDirectory(prefix=".zhiping-", dir=target.parent)
    except OSError as error:
        error.filename = str(target)  # and not a name of ours
        raise
    with made as name:
        yield name


def _same(old: Path, new: bytes | None) -> bool:
    """Whether an old file has the new content; a link, pipe or device has none of its own."""
    return old.is_file() and not old.is_symlink() and old.read_bytes() == new


def _swap(work: Path, target: Path, aside: Path, names: list[str]) -> None:
    """Move the old files of these names aside and the new ones in; put all back when one cannot be moved."""
    moved: list[tuple[Path, Path]] = []

    def move(path: Path, place: Path) -> None:
        if os.path.lexists(path):
            path.rename(place)
            moved.append((path, place))

    try:
        for name in names:
            if not (target / name).is_dir():
                move(target / name, aside / name)
            move(work / name, target / name)
    except OSError:
        for path, place in reversed(moved):
            place.rename(path)
        raise


def _free(path: Path) -> Path:
    """Return the first numbered name beside a path that is still free."""
    names = (path.with_stem(f"{path.stem}-{number}") for number in count(1))
    return next(name for name in names if not os.path.lexists(name))


@contextmanager
def file(target: Path) -> Iterator[Path]:
    """Give a temporary path beside `target`; when all went well it becomes `target`."""
    with _beside(Path(os.path.realpath(target))) as made:
        work = Path(made) / f"new{target.suffix}"
        yield work
        work.replace(target)
