"""`migrate`: bring the database up to date and load what ships."""

import argparse

from zhiping.cli.answers import DONE, print_json
from zhiping.texts.catalogue import say


def run(args: argparse.Namespace) -> int:
    """Migrate; say what was done."""
    from zhiping.cli.server import start

    start(mend=True)
    from zhiping.operations.migrating import migrate

    migrate()
    if args.json:
        print_json({"schema": "zhiping/migrate/1", "migrated": True})
    else:
        print(say("server.migrated"))
    return DONE
