"""`rubric`: show, check, read a standard, export."""

import argparse
from dataclasses import asdict
from pathlib import Path

from zhiping.cli.answers import DONE, OPEN, WrongUse, file, print_json, rubric_of
from zhiping.domain.doubt import Doubt
from zhiping.domain.errors import Invalid
from zhiping.domain.exact import number_text
from zhiping.domain.rubric import Rubric, as_data
from zhiping.texts.catalogue import say


def run(args: argparse.Namespace) -> int:
    """Run one of the four."""
    return {"show": _show, "check": _check, "read": _read, "export": _export}[args.command](args)


def _draft(path: Path | None) -> tuple[Rubric, list[Doubt]]:
    """Return a rubric with its unsettled doubts; raises Invalid when it is not sound."""
    from zhiping.documents.apart import apart
    from zhiping.documents.files import rubric_file

    if path is None:
        return rubric_file.bundled(), []
    draft = apart(rubric_file.read, path, name=path.name)
    if draft.rubric is None or draft.problems:
        raise Invalid(draft.problems)
    return draft.rubric, list(draft.unsettled)


def _show(args: argparse.Namespace) -> int:
    rubric, doubts = _draft(args.file)
    if args.json:
        _print(rubric, doubts)
        return DONE
    from zhiping.cli.screen import show_rubric

    show_rubric(rubric)
    return DONE


def _check(args: argparse.Namespace) -> int:
    rubric, doubts = _draft(args.file)
    _answer(args, rubric, doubts, "cli.rubric_read.read" if doubts else "cli.rubric_check.sound")
    return OPEN if doubts else DONE


def _read(args: argparse.Namespace) -> int:
    from zhiping.documents.apart import apart
    from zhiping.documents.files import rubric_file
    from zhiping.documents.standard import standard_file

    draft = apart(standard_file.read, args.file, name=args.file.name)
    target = args.output or Path(args.file.name).with_suffix(".toml")
    if target.exists():
        raise WrongUse(say("cli.exists", path=target))
    with file(target) as work:
        work.write_text(rubric_file.dumps(draft.rubric, draft.doubts), encoding="utf-8")
    doubts = [doubt for doubt in draft.doubts if not doubt.settled]
    _answer(args, draft.rubric, doubts, "cli.rubric_read.read")
    if not args.json:
        print(say("cli.written", path=target))
    return OPEN if doubts else DONE


def _answer(args: argparse.Namespace, rubric: Rubric, doubts: list[Doubt], line: str) -> None:
    if args.json:
        _print(rubric, doubts)
        return
    sums = {"base": number_text(rubric.base_max), "bonus": number_text(rubric.bonus_max)}
    print(say(line, criteria=len(rubric.criteria), **sums))
    if doubts:
        from zhiping.cli.screen import show_doubts

        show_doubts(doubts)
        print(say("cli.rubric_check.doubts", count=len(doubts)))


def _print(rubric: Rubric, doubts: list[Doubt]) -> None:
    data = {"rubric": as_data(rubric), "scale_sha256": rubric.scale_sha256}
    print_json({"schema": "zhiping/rubric/1", **data, "doubts": [asdict(doubt) for doubt in doubts]})


def _export(args: argparse.Namespace) -> int:
    from zhiping.documents.files import rubric_file
    from zhiping.documents.spreadsheets import rubric_table

    rubric = rubric_of(args.file)
    kind = args.output.suffix.lower()
    if kind not in (".toml", ".xlsx"):
        raise WrongUse(say("cli.rubric_export.kind", found=kind))
    with file(args.output) as work:
        if kind == ".toml":
            work.write_text(rubric_file.dumps(rubric), encoding="utf-8")
        else:
            rubric_table.export_xlsx(rubric, work)
    if args.json:
        print_json({"schema": "zhiping/files/1", "files": [str(args.output)]})
    else:
        print(say("cli.written", path=args.output))
    return DONE
