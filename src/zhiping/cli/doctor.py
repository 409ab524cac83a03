"""`doctor`: what must hold for the server, each with how to mend it."""

import argparse
from dataclasses import asdict

from zhiping.cli.answers import DONE, NO, print_json


def run(args: argparse.Namespace) -> int:
    """Check everything; 1 where something must be mended at once."""
    from zhiping.cli.server import FAIL, FAULT, line, start

    start()
    from zhiping.operations import checks

    found = checks.findings()
    if args.json:
        print_json({"schema": "zhiping/doctor/1", "findings": [asdict(finding) for finding in found]})
    else:
        for finding in found:
            print(line(finding))
    return NO if any(finding.state in (FAIL, FAULT) for finding in found) else DONE
