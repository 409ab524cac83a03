"""`verify`: whether an archive package or a report is what was archived."""

import argparse

from zhiping.cli.answers import DONE, NO, WrongUse, print_json
from zhiping.texts.catalogue import language


def run(args: argparse.Namespace) -> int:
    """Verify a package, compute its result again, and show every fault; 1 where there is one."""
    from zhiping.documents.package import verify
    from zhiping.documents.package.recomputation import recompute

    spoken = language()
    try:
        source = verify.opened(args.package)
        report = verify.verified(args.package, source, args.key, args.seal, args.checkpoint)
    except verify.Unusable as error:
        raise WrongUse(verify.say(spoken, error.code, **error.data)) from error
    recompute(source, report)
    source.close()
    if args.json:
        print_json(verify.document(report, spoken))
    else:
        print("\n".join(verify.lines(report, spoken)))
    return NO if report.faults else DONE
