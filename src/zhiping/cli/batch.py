"""`evaluate --batch`: one evaluation per sub-folder, on all cores; a bad folder does not stop the others."""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from zhiping.cli import files
from zhiping.cli.answers import DONE, NO, OPEN, WrongUse, folder, print_json, problem_json, rubric_of
from zhiping.cli.evaluate import Job, settle, write
from zhiping.cli.files import OVERVIEW
from zhiping.documents.files import overview_file
from zhiping.documents.spreadsheets.tables.overview import Outcome, write_overview
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.region import overview
from zhiping.texts.catalogue import language, say, use

T = TypeVar("T")
R = TypeVar("R")
NO_EVALUATION = (".", "__MACOSX")  # hidden folders, and what an archive made on a Mac brings along


def run(args: argparse.Namespace) -> int:
    """Evaluate every sub-folder and write one overview."""
    _only_batch(args)
    target = args.output or (None if args.json else Path(say("cli.evaluate.default_folder")))
    folders = folders_of(args.batch, target)
    job = Job((), None, None, rubric_of(args.rubric), args.policy, args.no_bonus, args.templates)
    work = partial(evaluate_folder, job=job, target=target)
    rows = list(progress(spread(folders, work, args.jobs, _crashed), len(folders), args))
    counts: Counter[str] = Counter(row.result["status"] if row.result else "failed" for row in rows)
    if target:
        with folder(target, editable={OVERVIEW}.__contains__) as place:
            write_overview(rows, job.rubric, place / OVERVIEW)
            results = (row.result for row in rows if row.result)
            data = overview_file.dumps(overview(results, job.rubric.scale_sha256))
            (place / overview_file.NAME).write_bytes(data)
    _answer(args, rows, counts, target)
    return NO if counts["refused"] or counts["failed"] else OPEN if counts["open"] else DONE


def folders_of(batch: Path, target: Path | None) -> list[Path]:
    """Return the folders of a batch, one for each evaluation, in the order of their names."""
    if (batch / files.ABOUT).is_file():
        raise WrongUse(say("cli.evaluate.one_evaluation", path=batch))
    folders = sorted(p for p in batch.iterdir() if p.is_dir() and not p.name.startswith(NO_EVALUATION))
    folders = [p for p in folders if not target or p.resolve() != target.resolve()]
    if not folders:
        raise WrongUse(say("cli.batch.empty", folder=batch))
    if any(p.name == OVERVIEW for p in folders):
        raise WrongUse(say("cli.batch.overview_folder", folder=batch / OVERVIEW))
    return folders


def _only_batch(args: argparse.Namespace) -> None:
    given = {"SHEET": args.sheets, "--about": args.about, "--agreed": args.agreed}
    if wrong := [name for name, value in given.items() if value]:
        raise WrongUse(say("cli.evaluate.batch_only", options=say("wording.comma").join(wrong)))


def spread(
    items: Sequence[T], work: Callable[[T], R], jobs: int | None, crashed: Callable[[T, str], R]
) -> Iterator[R]:
    """Work through items in order, a process per core; `crashed`: the outcome of a killed process."""
    cores = jobs or os.cpu_count() or 1
    if cores == 1 or len(items) < 2:
        yield from map(work, items)
        return
    with _processes(min(cores, len(items))) as pool:
        futures = [pool.submit(work, item) for item in items]
        for item, future in zip(items, futures, strict=True):
            try:
                yield future.result()
            except BrokenProcessPool:  # a killed process ends all that wait: each is tried once more
                yield _alone(item, work, crashed)


def _processes(count: int) -> ProcessPoolExecutor:
    # Not forked: typst would wait for ever for the threads it had before the fork.
    return ProcessPoolExecutor(count, get_context("spawn"), initializer=use, initargs=(language(),))


def _alone(item: T, work: Callable[[T], R], crashed: Callable[[T, str], R]) -> R:
    with _processes(1) as pool:
        try:
            return pool.submit(work, item).result()
        except BrokenProcessPool as error:
            return crashed(item, type(error).__name__)


def crash(found: str) -> Problem:
    """Return the problem of a folder whose work was cut short."""
    return Problem("batch.crashed", {"found": found[:200]})


def _crashed(folder: Path, found: str) -> Outcome:
    return Outcome(folder.name, None, (crash(found),))


def evaluate_folder(folder: Path, *, job: Job, target: Path | None) -> Outcome:
    """Evaluate one folder and write its papers; problems become part of the row."""
    try:
        own = job_of(folder, job)
        outcome = settle(own)
        result = write(outcome, own, target / folder.name) if target else outcome.result
    except Invalid as invalid:
        return Outcome(folder.name, None, invalid.problems)
    except Exception as error:  # one bad folder must not stop the others; it is reported
        return _crashed(folder, f"{type(error).__name__}: {error}")
    return Outcome(folder.name, result)


def job_of(folder: Path, job: Job) -> Job:
    """Find an evaluation: evaluation.toml, deliberation.*, and its sheets (in `sheets/` or beside)."""
    _check_inside(folder, folder)
    found = files.of_folder(folder)
    about, agreed = found.about, found.agreed
    _check_inside(folder, *found.sheets, *filter(None, (about, agreed)))
    files.note_open(filter(None, (*found.sheets, agreed)), folder.name)
    return replace(job, sheets=found.sheets, about=about, agreed=agreed)


def _check_inside(folder: Path, *paths: Path) -> None:
    """Refuse a folder or file that a link leads out of the batch: it belongs to none of its evaluations."""
    batch = folder.parent.resolve()
    inside = [path.resolve().is_relative_to(batch) for path in paths]
    if folder.resolve() == batch or not all(inside):
        outside = [path for path, within in zip(paths, inside, strict=True) if not within]
        raise Invalid([Problem("batch.outside", {"found": (outside or [folder])[0].name})])


def progress(rows: Iterator[R], total: int, args: argparse.Namespace) -> Iterator[R]:
    """Show how far a batch is."""
    if args.json or not sys.stderr.isatty():
        yield from rows
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(rows, say("cli.batch.progress"), total=total, console=Console(stderr=True))


def _answer(args: argparse.Namespace, rows: list[Outcome], counts: Counter[str], target: Path | None) -> None:
    if args.json:
        entries = [
            {
                "folder": row.folder,
                "result": row.result,
                "errors": [problem_json(p) for p in row.problems],
            }
            for row in rows
        ]
        print_json({"schema": "zhiping/batch/1", "evaluations": entries})
        return
    from zhiping.cli.screen import show_batch

    show_batch(rows, counts, target and target / OVERVIEW)
