"""What the commands of the server share: Django set up, its data folder, what keeps it from starting."""

import contextlib
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from zhiping.texts.catalogue import say

if TYPE_CHECKING:
    from zhiping.operations.checks import Finding

FAIL = "fail"
BAD = (FAIL, "fault")
OWN = 0o077  # files made from here on are readable by this user only


def start(folder: Path | None = None, address: str = "", *, mend: bool = False) -> None:
    """Set Django up for a data folder; the default is ZHIPING_DATA or the usual one.

    `mend`: take the rights of other users to its files away.
    """
    os.umask(OWN)
    if folder is not None:
        os.environ["ZHIPING_DATA"] = str(folder)
    if address:
        os.environ.setdefault("ZHIPING_ADDRESS", address)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiping.project.settings")
    import django

    django.setup()
    if mend:
        from zhiping.operations import private

        private.tighten()


def refused() -> bool:
    """Say what keeps the server from starting, each with how to mend it; False where nothing does."""
    from zhiping.operations import checks

    failed = [finding for finding in checks.findings() if finding.state == FAIL]
    for finding in failed:
        print(line(finding), file=sys.stderr)
    return bool(failed)


def taken(host: str, port: int) -> bool:
    """Report that the address cannot be served, as where another program listens; False where it can."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError:
        print(say("server.taken", host=host, port=port), file=sys.stderr)
        return True
    return False


@contextlib.contextmanager
def folder_locked() -> Iterator[bool]:
    """Lock the data folder while the block lasts; say so and yield False where another server has it."""
    from zhiping.operations import one_server

    try:
        with one_server.alone():
            yield True
    except one_server.AlreadyServed:
        print(say("server.served", folder=os.environ.get("ZHIPING_DATA", "zhiping-data")), file=sys.stderr)
        yield False


def line(finding: "Finding") -> str:
    """Say one finding: its state, what it is, and, where it is not fine, how to mend it."""
    from zhiping.operations import checks

    about, mend = checks.describe(finding)
    return f"{say(f'server.states.{finding.state}')} {about}" + (f"\n    {mend}" if mend else "")
