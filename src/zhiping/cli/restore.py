"""`restore`: database and files of a backup, verified first, switched in one step, then proved."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from zhiping.cli.answers import DONE, NO, print_json
from zhiping.texts.catalogue import say


def run(args: argparse.Namespace) -> int:
    """Restore; 1 where the backup is refused, or the restored records do not agree with a checkpoint."""
    from zhiping.cli.server import BAD, line, start

    start(mend=True)
    from zhiping.operations.backup.restoring import restore

    done = restore(args.file, replace=args.replace, kept_texts=list(_kept(args.checkpoint)))
    if args.json:
        said = {"made": done.made, "files": done.files, "aside": done.aside}
        said |= {"findings": [asdict(finding) for finding in done.findings]}
        print_json({"schema": "zhiping/restore/1", **said})
    else:
        print(say("backup.restored", made=done.made, files=done.files))
        if done.aside:
            print(say("backup.aside", aside=done.aside))
        for finding in done.findings:
            print(line(finding))
    return NO if any(finding.state in BAD for finding in done.findings) else DONE


def _kept(typed: Sequence[str]) -> Iterator[str]:
    """Return the texts of files, of all files of folders, and the lines themselves that name none."""
    for words in typed:
        path = Path(words)
        if path.is_dir():
            for one in sorted(path.iterdir()):
                if one.is_file():
                    yield one.read_text("utf-8", errors="replace")
        else:
            yield path.read_text("utf-8", errors="replace") if path.is_file() else words
