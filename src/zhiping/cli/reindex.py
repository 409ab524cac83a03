"""`reindex`: make the index of the search again."""

import argparse

from zhiping.cli.answers import DONE, NO, print_json
from zhiping.texts.catalogue import say


def run(args: argparse.Namespace) -> int:
    """Make the index again; 1 where the server could not start on this database."""
    from zhiping.cli.server import refused, start

    start(mend=True)
    if refused():
        return NO
    from django.utils import timezone

    from zhiping.finding.actions import rebuild
    from zhiping.ledger.act import Act

    count = rebuild(Act.clock(timezone.now()))
    if args.json:
        print_json({"schema": "zhiping/reindex/1", "ledgers": count})
    else:
        print(say("server.reindexed", count=count))
    return DONE
