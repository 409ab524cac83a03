"""`verify`: whether an archive package or a report is what was archived."""

import argparse
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from zhiping.cli.answers import DONE, NO, WrongUse, print_json
from zhiping.texts.catalogue import language, say


def run(args: argparse.Namespace) -> int:
    """Verify a package or a report, compute its result again, and show every fault; 1 where there is one."""
    from zhiping.documents.package import verify

    if args.checkpoint and not args.within and _is_pdf(args.package):  # a report has no ledger
        raise WrongUse(say("cli.verify.checkpoint_alone"))
    report = _report(args) if args.within or _is_pdf(args.package) else _package(args, args.package)[0]
    if args.json:
        print_json(verify.document(report, language()))
    else:
        print("\n".join(verify.lines(report, language())))
    return NO if report.faults else DONE


def _is_pdf(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(5) == b"%PDF-"
    except OSError:  # a folder, or nothing, which the verifier reports
        return False


@contextmanager
def _usable() -> Iterator[None]:
    """Turn what cannot be opened into wrong use."""
    from zhiping.documents.package import verify

    try:
        yield
    except verify.Unusable as error:
        raise WrongUse(verify.say(language(), error.code, **error.data)) from error


def _package(args: argparse.Namespace, path: Path) -> Any:  # noqa: ANN401 - a report of the verifier, and digests
    """Verify a package; return the report, and the SHA-256 of its files."""
    from zhiping.documents.package import verify
    from zhiping.documents.package.recomputation import recompute

    with _usable(), closing(verify.opened(path)) as source:
        report = verify.verified(path, source, args.key, args.seal, args.checkpoint)
        recompute(source, report)
        return report, verify.digests_of(source) if args.within else {}


def _report(args: argparse.Namespace) -> Any:  # noqa: ANN401 - a report of the verifier
    """Verify a report, and the package that should hold it."""
    from zhiping.documents.package import verify
    from zhiping.documents.package.recomputation import check_report

    report, held = _package(args, args.within) if args.within else (verify.Report(), None)
    check_report(args.package, held, report)
    return report
