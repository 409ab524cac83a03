"""`doctor`: what must hold for the server, each with how to mend it."""

import argparse
from dataclasses import asdict
from pathlib import Path

from zhiping.cli.answers import DONE, NO, print_json


def run(args: argparse.Namespace) -> int:
    """Check everything, verify all records; 1 where the server cannot start or something must be mended.

    With `--checkpoint` compare the server with a checkpoint that was kept elsewhere, a file or the line of a
    paper, and verify all records.
    """
    from zhiping.cli.server import BAD, line, start

    start()
    from zhiping.operations import checks

    found = checks.compared(_kept(args.checkpoint)) if args.checkpoint else checks.examined()
    if args.json:
        print_json({"schema": "zhiping/doctor/1", "findings": [asdict(finding) for finding in found]})
    else:
        for finding in found:
            print(line(finding))
    return NO if any(finding.state in BAD for finding in found) else DONE


def _kept(typed: str) -> str:
    """Return the text of a file, or the line itself where no file has that name."""
    path = Path(typed)
    return path.read_text("utf-8", errors="replace") if path.is_file() else typed
