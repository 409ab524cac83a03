"""`backup`: a consistent copy of database and files while the server runs."""

import argparse

from zhiping.cli.answers import DONE, NO, print_json, problem_json
from zhiping.texts.catalogue import problem_text, say


def run(args: argparse.Namespace) -> int:
    """Write a verified backup; 1 where a file that a row names was missing or altered already."""
    from zhiping.cli.server import start

    start()
    from zhiping.operations.backup.making import make

    made = make(args.file)
    if args.json:
        problems = [problem_json(problem) for problem in made.problems]
        said = {"path": str(made.path), "size": made.size, "sha256": made.sha256, "made": made.made}
        said |= {"files": made.files, "checkpoint": made.checkpoint, "problems": problems}
        print_json({"schema": "zhiping/backup/1", **said})
    else:
        size = f"{made.size / 2**20:.1f}"
        print(say("backup.made", path=made.path, size=size, files=made.files, sha256=made.sha256))
        for problem in made.problems:
            print(problem_text(problem))
    return NO if made.problems else DONE
