"""`papers`: the Word papers of a stage, prefilled."""

import argparse
from pathlib import Path

from zhiping.cli.answers import DONE, WrongUse, folder, print_json, rubric_of, today
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.evaluation import Evaluation
from zhiping.domain.result_document import Result
from zhiping.domain.rubric import Rubric
from zhiping.texts.catalogue import say

NEED_SCORE = ("after", "archive")


def run(args: argparse.Namespace) -> int:
    """Write a stage's papers, or the bundled templates."""
    if args.batch and args.stage != "templates":
        from zhiping.cli import papers_batch

        return papers_batch.run(args)
    from zhiping.documents.files import evaluation_file
    from zhiping.documents.papers.word import papers

    target = args.output or Path(say("cli.papers.default_folder"))
    if args.stage == "templates":
        with folder(target, editable=bool) as work:
            names = [path.name for path in papers.export_templates(work)]
            names.append("evaluation.toml")
            (work / names[-1]).write_text(evaluation_file.template(), encoding="utf-8")
    else:
        names = _stage(args, target)
    if args.json:
        print_json({"schema": "zhiping/files/1", "files": [str(target / name) for name in names]})
    else:
        print(say("cli.papers.count", count=len(names), path=target))
    return DONE


def _stage(args: argparse.Namespace, target: Path) -> list[str]:
    from zhiping.documents.apart import apart
    from zhiping.documents.files import evaluation_file, result_file
    from zhiping.documents.papers.word import papers

    if not args.about:
        raise WrongUse(say("cli.papers.need_about"))
    if args.stage == "after" and not args.result:
        raise WrongUse(say("cli.papers.need_result"))
    rubric = rubric_of(args.rubric)
    about = apart(evaluation_file.load, args.about, rubric, today(), name=args.about.name)
    result = apart(result_file.load, args.result, rubric, name=args.result.name) if args.result else None
    if result:
        check(args.stage, about, result, args.result.name)
    with folder(target, editable=bool) as work:
        made = papers.write_papers(args.stage, about, rubric, result, work, templates=args.templates)
        return [path.name for path in (*made, *write_drafts(made, about, rubric, result))]


def check(stage: str, about: Evaluation, result: Result, source: str) -> None:
    """Raise Invalid for a result of another platform, or without the score that the stage's papers state."""
    wrong = []
    if result["platform"]["name"] != about.platform.name:
        names = {"found": result["platform"]["name"], "expected": about.platform.name}
        wrong.append(Problem("result.other_platform", names, (source,)))
    if stage in NEED_SCORE and result["status"] != "concluded":
        wrong.append(Problem("result.not_concluded", {}, (source,)))
    if wrong:
        raise Invalid(wrong)


def write_drafts(made: list[Path], about: Evaluation, rubric: Rubric, result: Result | None) -> list[Path]:
    """Write the report for comments as PDF too, beside its Word edition, which no one edits by mistake."""
    from zhiping.documents.papers.pdf.report import write_pdf
    from zhiping.documents.papers.report import report_of
    from zhiping.documents.papers.word.papers import title

    drafts = [path.with_suffix(".pdf") for path in made if result and path.stem.endswith(title("draft"))]
    return [write_pdf(report_of(result, rubric, about, comments=True), path) for path in drafts if result]
