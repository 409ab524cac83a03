"""`form`: an empty scoring sheet, or one for every expert of an evaluation."""

import argparse
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from zhiping.cli.answers import DONE, WrongUse, file, print_json, rubric_of, today
from zhiping.domain.evaluation import Evaluation, Platform
from zhiping.domain.panel import Expert
from zhiping.domain.policy import Policy
from zhiping.domain.rubric import Rubric
from zhiping.texts.catalogue import say


def run(args: argparse.Namespace) -> int:
    """Write the sheets and say where they are."""
    rubric = rubric_of(args.rubric)
    about = _about(args, rubric)
    jobs = _jobs(args, about)
    if there := [path for _, path in jobs if path.exists()]:
        raise WrongUse(say("cli.exists", path=there[0]))
    for expert, path in jobs:
        with file(path) as work:
            _write(rubric, about, expert, work)
    if args.json:
        print_json({"schema": "zhiping/files/1", "files": [str(path) for _, path in jobs]})
    else:
        for _, path in jobs:
            print(say("cli.written", path=path))
    return DONE


def _write(rubric: Rubric, about: Evaluation, expert: Expert, path: Path) -> None:
    from zhiping.documents.spreadsheets.form import writing

    writing.write_form(
        rubric,
        path,
        step=about.policy.step,
        expert_id=expert.id,
        expert_name=expert.name,
        platform=about.platform.name,
        kind=about.kind,
    )


def _about(args: argparse.Namespace, rubric: Rubric) -> Evaluation:
    if args.about:
        from zhiping.documents.apart import apart
        from zhiping.documents.files import evaluation_file

        about: Evaluation = apart(evaluation_file.load, args.about, rubric, today(), name=args.about.name)
        if args.step and Fraction(args.step) != about.policy.step:
            raise WrongUse(say("cli.form.other_step"))
        return replace(about, platform=replace(about.platform, name=args.platform or about.platform.name))
    return Evaluation(Platform(args.platform), kind=args.kind, policy=Policy(step=Fraction(args.step or 1)))


def _jobs(args: argparse.Namespace, about: Evaluation) -> list[tuple[Expert, Path]]:
    """Return who gets a sheet, and where: the whole panel, the expert named, or a sheet without a name."""
    panel = about.panel or ()
    if args.about and panel and about.policy.method != "panel" and not (args.expert or args.expert_id):
        if args.output.suffix:
            raise WrongUse(say("cli.form.need_folder", count=len(panel)))
        names = [e.name for e in panel]
        return [
            (e, args.output / f"{_safe(e.name if names.count(e.name) == 1 else e.name + e.id)}.xlsx")
            for e in panel
        ]
    path = args.output if args.output.suffix else args.output / f"{_safe(args.expert or 'form')}.xlsx"
    named = [e for e in panel if args.expert in ("", e.name) and args.expert_id in ("", e.id)]
    if panel and (args.expert or args.expert_id):
        if not named:
            known = say("wording.comma").join(e.name for e in panel)
            raise WrongUse(say("cli.form.no_expert", name=args.expert or args.expert_id, allowed=known))
        if len(named) > 1:
            ids = say("wording.comma").join(e.id for e in named)
            raise WrongUse(say("cli.form.which_expert", name=args.expert, allowed=ids))
        return [(named[0], path)]
    return [(Expert(args.expert_id or args.expert, args.expert), path)]


def _safe(name: str) -> str:
    """Return a name usable for a file on every system."""
    return "".join("_" if c in '\\/:*?"<>|' or ord(c) < 32 else c for c in name).strip(". ") or "_"
