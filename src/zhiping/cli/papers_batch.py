"""`papers --batch`: a stage's papers for every sub-folder, and the letters that name all platforms."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from zhiping.cli.answers import DONE, NO, WrongUse, file, folder, print_json, problem_json, rubric_of, today
from zhiping.cli.batch import crash, folders_of, job_of, progress, spread
from zhiping.cli.evaluate import Job, settle
from zhiping.cli.files import OVERVIEW
from zhiping.cli.papers import NEED_SCORE, check, write_drafts
from zhiping.documents.apart import apart
from zhiping.documents.files import evaluation_file, result_file
from zhiping.documents.papers.word import papers, stages
from zhiping.documents.spreadsheets.tables.overview import Outcome, write_overview
from zhiping.domain import programme as programmes
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.evaluation import Evaluation
from zhiping.domain.programme import Programme
from zhiping.domain.result_document import Result
from zhiping.domain.rubric import Rubric
from zhiping.texts.catalogue import problem_text, say


@dataclass(frozen=True)
class Row:
    """One folder: its evaluation and result, then the names of its papers, or what is wrong."""

    folder: Path
    about: Evaluation | None = None
    result: Result | None = None
    papers: tuple[str, ...] = ()
    problems: Sequence[Problem] = ()


def run(args: argparse.Namespace) -> int:
    """Write the papers of every evaluation of a folder into a folder of its own."""
    if args.about or args.result:
        raise WrongUse(say("cli.papers.batch_only"))
    target = args.output or Path(say("cli.papers.default_folder"))
    folders = folders_of(args.batch, target)
    common = args.batch / evaluation_file.PROGRAMME
    programme = (
        apart(evaluation_file.load_programme, common, name=common.name) if common.exists() else Programme()
    )
    job = Job((), None, None, rubric_of(args.rubric), templates=args.templates, programme=programme)
    read = list(spread(folders, partial(_read, job=job, stage=args.stage), args.jobs, _crashed_folder))
    ready = _numbered([row for row in read if row.about], args.stage, programme)
    write = partial(_write, stage=args.stage, rubric=job.rubric, target=target, templates=args.templates)
    rows = list(progress(spread(ready, write, args.jobs, _crashed_row), len(ready), args))
    rows = sorted([*rows, *(row for row in read if not row.about)], key=lambda row: row.folder)
    together = _together(rows, args.stage, programme, job, target)
    _answer(args, rows, together, target)
    return NO if any(row.problems for row in rows) else DONE


def _crashed_folder(at: Path, found: str) -> Row:
    return Row(at, problems=(crash(found),))


def _crashed_row(row: Row, found: str) -> Row:
    return replace(row, problems=(crash(found),))


def _read(at: Path, *, job: Job, stage: str) -> Row:
    """Read an evaluation, and for the stages that need it its result: result.json, or else its sheets."""
    try:
        own = job_of(at, job)
        if own.about is None:
            return Row(at, problems=(Problem("batch.no_about", {}, ("evaluation.toml",)),))
        written = at / result_file.NAME
        known: Result | None = None
        if stage in NEED_SCORE and not written.exists():
            outcome = settle(own)
            about, known = outcome.about, outcome.result
        else:
            load, name = evaluation_file.load, own.about.name
            about = apart(load, own.about, job.rubric, today(), job.programme, name=name)
            if written.exists():
                known = apart(result_file.load, written, job.rubric, name=written.name)
        if known:
            check(stage, about, known, written.name)
        return Row(at, about, known)
    except Invalid as invalid:
        return Row(at, problems=invalid.problems)
    except Exception as error:  # one bad folder must not stop the others; it is reported
        return _crashed_folder(at, f"{type(error).__name__}: {error}")


def _numbered(rows: Sequence[Row], stage: str, programme: Programme) -> list[Row]:
    known = [(row.about, stages.of_stage(stage, row.about, row.result)) for row in rows if row.about]
    numbered = programmes.numbered(known, programme)
    return [replace(row, about=about) for row, about in zip(rows, numbered, strict=True)]


def _write(row: Row, *, stage: str, rubric: Rubric, target: Path, templates: Path | None) -> Row:
    assert row.about is not None
    try:
        with folder(target / row.folder.name, editable=bool) as work:
            made = papers.write_papers(
                stage,
                row.about,
                rubric,
                row.result,
                work,
                templates=templates,
                alone=row.about.kind == "self",
            )
            made += write_drafts(made, row.about, rubric, row.result)
            return replace(row, papers=tuple(path.name for path in made))
    except Invalid as invalid:
        return replace(row, problems=invalid.problems)
    except Exception as error:  # one bad folder must not stop the others; it is reported
        return _crashed_row(row, f"{type(error).__name__}: {error}")


def _together(
    rows: Sequence[Row], stage: str, programme: Programme, job: Job, target: Path
) -> tuple[str, ...]:
    """Write the overview and the letters that name all platforms; self-evaluations are in neither letter."""
    if stage != "after":
        return ()
    with file(target / OVERVIEW) as path:
        write_overview([Outcome(r.folder.name, r.result, r.problems) for r in rows], job.rubric, path)
    led = [
        (row.about, row.result) for row in rows if row.about and row.about.kind == "authority" and row.papers
    ]
    if not led:
        return (OVERVIEW,)
    about = programmes.shared([about for about, _ in led], programme)
    results = [result for _, result in led if result]
    with folder(target, editable=bool) as work:
        made = papers.write_programme_papers(about, job.rubric, results, work, templates=job.templates)
        return (OVERVIEW, *(path.name for path in made))


def _answer(args: argparse.Namespace, rows: Sequence[Row], together: Sequence[str], target: Path) -> None:
    if args.json:
        entries = [
            {
                "folder": row.folder.name,
                "files": [str(target / row.folder.name / name) for name in row.papers],
                "errors": [problem_json(problem) for problem in row.problems],
            }
            for row in rows
        ]
        files = [str(target / name) for name in together]
        print_json({"schema": "zhiping/papers-batch/1", "files": files, "evaluations": entries})
        return
    for row in rows:
        for problem in row.problems:
            print(say("cli.papers.batch_problem", folder=row.folder.name, text=problem_text(problem)))
    made = sum(len(row.papers) for row in rows) + len(together)
    done = sum(bool(row.papers) for row in rows)
    print(say("cli.papers.batch_count", platforms=done, count=made, path=target))
    if failed := sum(bool(row.problems) for row in rows):
        print(say("cli.papers.batch_failed", count=failed))
