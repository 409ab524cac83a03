"""`migrate`: bring the database up to date and load what ships."""

import argparse
import sys

from zhiping.cli.answers import DONE, NO, print_json
from zhiping.texts.catalogue import say


def run(args: argparse.Namespace) -> int:
    """Migrate; say what was done, or why the database refuses it: 1."""
    from zhiping.cli.server import start

    start(mend=True)
    from django.db import DatabaseError

    from zhiping.operations.migrating import migrate

    try:
        migrate()
    except DatabaseError as error:
        print(say("server.not_migrated", found=str(error).strip()), file=sys.stderr)
        return NO
    if args.json:
        print_json({"schema": "zhiping/migrate/1", "migrated": True})
    else:
        print(say("server.migrated"))
    return DONE
