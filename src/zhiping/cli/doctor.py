"""`doctor`: what must hold for the server, each with how to mend it."""

import argparse
from dataclasses import asdict

from zhiping.cli.answers import DONE, NO, print_json


def run(args: argparse.Namespace) -> int:
    """Check everything; 1 where something keeps the server from starting."""
    from zhiping.cli.server import FAIL, line, start

    start()
    from zhiping.operations import checks

    found = checks.findings()
    if args.json:
        print_json({"schema": "zhiping/doctor/1", "findings": [asdict(finding) for finding in found]})
    else:
        for finding in found:
            print(line(finding))
    return NO if any(finding.state == FAIL for finding in found) else DONE
