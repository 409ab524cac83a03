"""`path`: the cheapest way to a grade."""

import argparse
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from zhiping.cli.answers import DONE, NO, WrongUse, print_json, rubric_of
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.exact import number_text
from zhiping.domain.path import PathOut, cheapest
from zhiping.domain.policy import Policy
from zhiping.domain.result_document import Result
from zhiping.domain.rubric import Band, Rubric
from zhiping.texts.catalogue import say, translated


def run(args: argparse.Namespace) -> int:
    """Compute the path; exit 1 when the grade is out of reach."""
    from zhiping.documents.apart import apart
    from zhiping.documents.files import result_file
    from zhiping.documents.spreadsheets import improvements

    rubric = rubric_of(args.rubric)
    target = _band(args, rubric)
    result = apart(result_file.load, args.result, rubric, name=args.result.name)
    if result["status"] != "concluded":
        raise Invalid([Problem("result.not_concluded", {}, (args.result.name,))])
    policy = _policy(result["policy"])
    efforts = None
    if path := args.improvements:
        efforts = apart(improvements.read_efforts, path, rubric, result, name=path.name)
    found = cheapest(rubric, result_file.points(result), target, policy, efforts)
    if args.json:
        print_json({"schema": "zhiping/path/1", **found})
    else:
        _show(found, rubric, result)
    return NO if found["steps"] is None else DONE


def _band(args: argparse.Namespace, rubric: Rubric) -> Band:
    for band in rubric.bands:
        if args.to in (band.grade, band.name.zh, band.name.en):
            return band
    allowed = say("wording.comma").join(f"{b.grade} {translated(b.name)}" for b in rubric.bands)
    raise WrongUse(say("cli.path.no_grade", found=args.to, allowed=allowed))


def _policy(data: Mapping[str, Any]) -> Policy:
    return Policy(bonus_counts=bool(data.get("bonus_counts", True)), step=Fraction(data.get("step", 1)))


def _show(found: PathOut, rubric: Rubric, result: Result) -> None:
    from rich.console import Console

    from zhiping.cli.screen import table
    from zhiping.domain.display import apportion, cut
    from zhiping.texts.wording import points

    grade = next(translated(b.name) for b in rubric.bands if b.grade == found["to"])
    console = Console()
    if found["steps"] is None:
        bound = Fraction(found["bound"])
        short = points(number_text(bound - cut(bound - Fraction(found["short"] or 0))))
        console.print(say("cli.path.unreachable", grade=grade, short=short))
        return
    if not found["steps"]:
        console.print(say("cli.path.reached", grade=grade))
        return
    heads = [
        "cli.screen.id",
        "cli.screen.item",
        *(f"cli.path.{key}" for key in ("now", "target", "gain", "effort")),
    ]
    more = cut(Fraction(found["reaches"] or 0)) - Fraction(result["shown"]["graded"] or 0)
    gains = apportion([Fraction(s["gain"]) for s in found["steps"]], more)
    rows = [
        [
            s["id"],
            translated(rubric.criteria[s["id"]].text),
            points(number_text(Fraction(s["to"]) - gain)),
            points(s["to"]) + (f" {say('cli.path.cliff')}" if s["cliff"] else ""),
            points(number_text(gain)),
            points(s["effort"]),
        ]
        for s, gain in zip(found["steps"], gains, strict=True)
    ]
    console.print(
        table(say("cli.path.title", grade=grade, bound=found["bound"]), [say(h) for h in heads], rows)
    )
    reaches = points(found["reaches"])
    console.print(say("cli.path.total", count=len(rows), effort=points(found["effort"]), reaches=reaches))
