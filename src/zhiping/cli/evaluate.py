"""`evaluate`: scoring sheets in; a checked panel, a settled score, a grade and the papers out."""

import argparse
import gc
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from zhiping import __version__
from zhiping.cli import files
from zhiping.cli.answers import DONE, NO, OPEN, WrongUse, folder, print_json, rubric_of, today
from zhiping.documents import apart
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.evaluation import Evaluation, Platform
from zhiping.domain.policy import Method, default
from zhiping.domain.programme import Programme
from zhiping.domain.result_document import Result
from zhiping.domain.rubric import Rubric
from zhiping.domain.sheet import Sheet
from zhiping.texts.catalogue import say

if TYPE_CHECKING:
    from zhiping.documents.papers.report import Report

READERS = (  # modules that read an evaluation's files
    "zhiping.cli.evaluate",
    "zhiping.documents.files.evaluation_file",
    "zhiping.documents.spreadsheets.deliberation",
    "zhiping.documents.spreadsheets.form.reading",
    "zhiping.domain.result",
)
MOST_SHEETS = 99  # of one evaluation: more is a folder of many
EXIT = {"concluded": DONE, "open": OPEN, "refused": NO}


@dataclass(frozen=True)
class Job:
    """The files and rulings of one evaluation."""

    sheets: tuple[Path, ...]
    about: Path | None
    agreed: Path | None
    rubric: Rubric
    policy: Method | None = None
    no_bonus: bool = False
    templates: Path | None = None
    programme: Programme | None = None


@dataclass(frozen=True)
class Outcome:
    """A result with what its papers need."""

    result: Result
    about: Evaluation
    sheets: tuple[Sheet, ...]


def run(args: argparse.Namespace) -> int:
    """Evaluate the given sheets, or every sub-folder of a batch."""
    if args.batch:
        from zhiping.cli import batch

        return batch.run(args)
    if not args.sheets:
        raise WrongUse(say("cli.evaluate.no_sheets"))
    apart.warm(1, *READERS)
    found = files.evaluation(args.sheets)
    about, agreed = args.about or found.about, args.agreed or found.agreed
    files.note_open(filter(None, (*found.sheets, *found.locks, agreed)))
    job = Job(
        sheets=found.sheets,
        about=about,
        agreed=agreed,
        rubric=rubric_of(args.rubric),
        policy=args.policy,
        no_bonus=args.no_bonus,
        templates=args.templates,
    )
    target = args.output or (None if args.json else Path(say("cli.evaluate.default_folder")))
    outcome = _evaluate(job, target)
    result = outcome.result
    if args.json:
        print_json(result)
    else:
        from zhiping.cli.screen import show_result

        show_result(result, job.rubric, target, _doubts(outcome, job.rubric))
    return EXIT[result["status"]]


def _doubts(outcome: Outcome, rubric: Rubric) -> list[str]:
    """Say what the panel must still look at: facts it has not stated, measures after the deadline."""
    from zhiping.documents.papers.facts.evaluation import improvement_due, late_measures
    from zhiping.texts.findings import unstated
    from zhiping.texts.wording import date_text, due_text

    result, about = outcome.result, outcome.about
    facts = unstated(result, rubric, about)
    late = [f"{date_text(one.until)} {one.what}" for one in late_measures(about, result["grade"])]
    due = due_text(improvement_due(about, result["grade"]))
    return [
        say(f"cli.screen.{name}", found=say("wording.semicolon").join(found), due=due)
        for name, found in (("unstated", facts), ("late", late))
        if found
    ]


def _evaluate(job: Job, target: Path | None) -> Outcome:
    gc.disable()  # the process ends before memory runs short: collections took 4 % of its time
    try:
        if target:
            Thread(target=_warm_up, daemon=True).start()  # on another core, while the sheets are read
        outcome = settle(job)
        return replace(outcome, result=write(outcome, job, target)) if target else outcome
    finally:
        gc.enable()


def _warm_up() -> None:
    from zhiping.documents.papers import fonts

    fonts.warm_up()


def settle(job: Job) -> Outcome:
    """Read everything, check it, and put the result together; raises Invalid with every problem.

    All files of an evaluation are read in one child process.
    """
    if len(job.sheets) > MOST_SHEETS:
        raise Invalid([Problem("sheets.too_many", {"found": len(job.sheets), "most": MOST_SHEETS})])
    names = say("wording.comma").join(path.name for path in job.sheets)
    return Outcome(*apart.apart(_settled, job, name=names))


def _settled(job: Job) -> tuple[Result, Evaluation, tuple[Sheet, ...]]:
    from zhiping.documents.spreadsheets import deliberation
    from zhiping.domain import result as results

    about = _about(job)
    try:
        sheets = _sheets(job, about)
        agreed = deliberation.read_agreed(job.agreed, job.rubric, sheets, about) if job.agreed else None
        found = results.evaluate(job.rubric, about, sheets, agreed, generator=f"zhiping {__version__}")
    except Invalid as invalid:
        raise Invalid([*_panel_problems(job, about), *invalid.problems]) from None
    return found, about, tuple(sheets)


def _sheets(job: Job, about: Evaluation) -> list[Sheet]:
    """Read spreadsheets and files of members' devices; raises Invalid with the problems of both."""
    from zhiping.documents.files.device_file import read_devices
    from zhiping.documents.spreadsheets.form.reading import read_forms

    devices = [path for path in job.sheets if path.suffix.lower() == files.DEVICE]
    books = [path for path in job.sheets if path not in devices]
    step, platform = about.policy.step, about.platform.name
    sheets, wrong = list[Sheet](), list[Problem]()
    for read in (
        partial(read_forms, books, job.rubric, step, platform=platform, kind=about.kind),
        partial(read_devices, devices, job.rubric, step, platform=platform),
    ):
        try:
            sheets += read()
        except Invalid as invalid:
            wrong += invalid.problems
    if wrong:
        raise Invalid(wrong)
    return sheets


def _panel_problems(job: Job, about: Evaluation) -> list[Problem]:
    """Return why the panel is not legal: mended first, as no marks of such a panel count."""
    from zhiping.domain import result as results
    from zhiping.texts.wording import check_rows

    if about.panel is None or not job.about:
        return []
    checks = results.checks(job.rubric, about, len(job.sheets))
    rows = check_rows([check for check in checks if check["state"] == "fail"])
    return [
        Problem("sheets.panel", {"found": row["name"], "why": row["detail"]}, (job.about.name,))
        for row in rows
    ]


def _about(job: Job) -> Evaluation:
    """Read evaluation.toml, or else the headings of the sheets; options override."""
    from zhiping.documents.files import evaluation_file

    if job.about:
        about = evaluation_file.load(job.about, job.rubric, today(), job.programme)
    elif not job.sheets:
        raise Invalid([Problem("sheets.none")])
    else:
        about = _as_shown(job.sheets)
    policy = about.policy
    if job.policy:
        policy = replace(policy, method=job.policy)
    if job.no_bonus:
        policy = replace(policy, bonus_counts=False)
    return replace(about, policy=policy)


def _as_shown(sheets: Sequence[Path]) -> Evaluation:
    """Take platform, kind and step from what most sheets show, whatever their order."""
    from zhiping.documents.spreadsheets.form import reading

    found = []
    for path in sheets:
        with suppress(Invalid):  # reported with all other problems when the sheet is read
            found.append(reading.read_heading(path))
    if not found:
        return Evaluation(Platform(""))
    (heading, _), *_ = sorted(Counter(found).items(), key=lambda pair: (-pair[1], str(pair[0])))
    kind = heading.kind or "authority"
    policy = replace(default(kind), step=heading.step)
    return Evaluation(Platform(heading.platform), kind=kind, policy=policy)


def write(outcome: Outcome, job: Job, target: Path) -> Result:
    """Write a result's papers into a folder, whole or not at all; return the result as it was written."""
    from concurrent.futures import ThreadPoolExecutor

    from zhiping.documents.files import result_file
    from zhiping.documents.papers import report as reports

    about = outcome.about
    # Only the PDF is bound to its fonts: data and editable papers keep every character.
    listed = reports.unprintable(outcome.result, about)
    result: Result = {**outcome.result, "replaced_characters": listed}
    # Typesetting releases the interpreter's lock, so both reports are written while the spreadsheets are.
    ours = (target / result_file.NAME).exists()  # else files of our names were made by others, and are kept
    place = folder(
        target, ours=files.OURS if ours else (), editable=files.EDITABLE.__contains__ if ours else bool
    )
    with place as work, ThreadPoolExecutor(2) as pool:
        if result["status"] == "refused":
            (work / result_file.NAME).write_bytes(result_file.dumps(result))
            return result
        report = reports.report_of(result, job.rubric, about)
        (work / result_file.NAME).write_bytes(report.data)
        writers = [
            pool.submit(copy_context().run, writer, report, work, job.templates) for writer in (_pdf, _word)
        ]
        _write_spreadsheets(result, job.rubric, about, work)
        from zhiping.cli import screen  # noqa: F401 - loads while the reports are typeset, and not after

        for writer in writers:
            writer.result()
    return result


def _pdf(report: "Report", work: Path, _: Path | None) -> None:
    from zhiping.documents.papers.pdf.report import write_pdf

    write_pdf(report, work / "report.pdf")


def _word(report: "Report", work: Path, templates: Path | None) -> None:
    from zhiping.documents.papers.word.papers import write_report

    write_report(report, work / "report.docx", templates=templates)


def _write_spreadsheets(result: Result, rubric: Rubric, about: Evaluation, work: Path) -> None:
    from zhiping.documents.spreadsheets import deliberation, improvements
    from zhiping.documents.spreadsheets.tables import official, summary

    panel = about.panel or ()
    official.write_table(result, rubric, work / "table.xlsx", panel=panel)
    summary.write_summary(result, rubric, work / "summary.xlsx", panel=panel)
    if result["open"]:
        path = work / "deliberation.xlsx"
        deliberation.write_deliberation(result, rubric, path, guidance=about.guidance, panel=panel)
    improvements.write_improvements(result, rubric, work / "improvements.xlsx", about)
