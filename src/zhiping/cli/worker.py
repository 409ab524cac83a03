"""`worker`: slow and periodic work, without the web server."""

import argparse

from zhiping.cli.answers import DONE, NO


def run(_: argparse.Namespace) -> int:
    """Work until a signal to stop."""
    from zhiping.cli.server import refused, start

    start(mend=True)
    if refused():
        return NO
    from zhiping.operations.working import work

    work()
    return DONE
