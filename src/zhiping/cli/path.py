"""`path`: the cheapest way to a grade."""

import argparse
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from zhiping.cli.answers import DONE, NO, WrongUse, print_json, rubric_of
from zhiping.cli.files import note_open
from zhiping.domain import grading
from zhiping.domain.display import apportion, cut
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.exact import number_text
from zhiping.domain.path import PathOut, cheapest
from zhiping.domain.policy import Policy
from zhiping.domain.result_document import Result
from zhiping.domain.rubric import Band, Rubric
from zhiping.texts.catalogue import say, translated
from zhiping.texts.wording import points

if TYPE_CHECKING:
    from rich.table import Table


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
        note_open([path])
        efforts = apart(improvements.read_efforts, path, rubric, result, name=path.name)
    now, caps = result_file.points(result), grading.caps(rubric, result["channel"])
    found = cheapest(rubric, now, target, policy, efforts, caps=caps)
    reach = _Reach(
        above=[
            s["id"] for s in found["steps"] or () if Fraction(s["to"]) > caps.get(s["id"], Fraction(s["to"]))
        ],
        left_out=[
            c.id
            for c in (rubric.criteria[name] for name in caps)
            if max(caps[c.id], now[c.id]) < c.max and c.id not in (efforts or {})
        ],
    )
    if args.json:
        print_json({"schema": "zhiping/path/1", **found, "ceiling": asdict(reach)})
    else:
        _show(found, rubric, result, reach)
    return NO if found["steps"] is None else DONE


@dataclass(frozen=True)
class _Reach:
    """Criteria with a step above the ceiling of the channel, and those whose steps above it are left out."""

    above: list[str]
    left_out: list[str]


def _band(args: argparse.Namespace, rubric: Rubric) -> Band:
    for band in rubric.bands:
        if args.to in (band.grade, band.name.zh, band.name.en):
            return band
    allowed = say("wording.comma").join(f"{b.grade} {translated(b.name)}" for b in rubric.bands)
    raise WrongUse(say("cli.path.no_grade", found=args.to, allowed=allowed))


def _policy(data: Mapping[str, Any]) -> Policy:
    return Policy(bonus_counts=bool(data.get("bonus_counts", True)), step=Fraction(data.get("step", 1)))


def _show(found: PathOut, rubric: Rubric, result: Result, reach: _Reach) -> None:
    from rich.console import Console

    from zhiping.cli.screen import Words

    grade = next(translated(b.name) for b in rubric.bands if b.grade == found["to"])
    console = Console(emoji=False)
    if found["steps"] == []:
        console.print(Words(say("cli.path.reached", grade=grade)))
        return
    if found["steps"] is None:
        bound = Fraction(found["bound"])
        short = points(number_text(bound - cut(bound - Fraction(found["short"] or 0))))
        console.print(Words(say("cli.path.unreachable", grade=grade, short=short)))
    else:
        console.print(
            _steps(found, rubric, result, reach, say("cli.path.title", grade=grade, bound=found["bound"]))
        )
        totals = {"effort": points(found["effort"]), "reaches": points(found["reaches"])}
        console.print(Words(say("cli.path.total", count=len(found["steps"]), **totals)))
    if reach.left_out:
        needs, names = say(f"cli.path.needs.{result['channel']}"), say("wording.comma").join(reach.left_out)
        console.print(Words(say("cli.path.left_out", needs=needs, names=names)))


def _steps(found: PathOut, rubric: Rubric, result: Result, reach: _Reach, title: str) -> "Table":
    from zhiping.cli.screen import table

    steps = found["steps"] or []
    more = cut(Fraction(found["reaches"] or 0)) - Fraction(result["shown"]["graded"] or 0)
    gains = apportion([Fraction(s["gain"]) for s in steps], more)
    rows = []
    for step, gain in zip(steps, gains, strict=True):
        remarks = [say("cli.path.cliff")] if step["cliff"] else []
        if step["id"] in reach.above:  # of a channel that has a ceiling
            remarks.append(say(f"cli.path.needs.{result['channel']}"))
        rows.append(
            [
                step["id"],
                translated(rubric.criteria[step["id"]].text),
                points(number_text(Fraction(step["to"]) - gain)),
                points(step["to"]),
                points(number_text(gain)),
                points(step["effort"]),
                say("wording.semicolon").join(remarks),
            ]
        )
    heads = ["cli.screen.id", "cli.screen.item"]
    heads += [f"cli.path.{key}" for key in ("now", "target", "gain", "effort", "remarks")]
    shown = len(heads) - (not any(row[-1] for row in rows))
    return table(title, [say(head) for head in heads[:shown]], [row[:shown] for row in rows])
