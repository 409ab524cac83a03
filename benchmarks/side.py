"""One side of a comparison: an installation of the tree on PYTHONPATH that does what its standard input asks.

Run by path, so that `benchmarks` means the tree's own data set and pages: `python -P side.py sqlite`.
Each line of input is a JSON list, each line of output its answer: `["time", page, times]` the milliseconds
of each request; `["serve"]` the port of a server, with the addresses and cookies to request.
"""

import contextlib
import json
import sys
import tempfile
import time
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

FLOOR = "floor"


def pages(made: Any) -> dict[str, tuple[str, Any]]:
    """Return address and user of every page by name, of the floor too where the tree has one."""
    from benchmarks.pages import addresses

    found = {name: (address, user) for name, address, user, _ in addresses(made)}
    if find_spec("benchmarks.floor"):
        from django.conf import settings

        from benchmarks import floor

        settings.ROOT_URLCONF = floor.__name__
        found[FLOOR] = (floor.ADDRESS, made.officer)
    return found


def main(kind: str) -> None:
    """Install, request each page until it is warm, print statements and bytes of each, then obey."""
    from benchmarks.installation import fill, install

    with tempfile.TemporaryDirectory(prefix="zp-side-") as folder, contextlib.ExitStack() as stack:
        keep = install(kind, Path(folder))
        from django.db import connections
        from django.test import Client

        from benchmarks.pages import warmed
        from zhiping.project import wsgi  # noqa: F401 - sets the process up as the server's are

        made = fill(1)
        asked, clients = pages(made), {}
        for user in {user.pk: user for _, user in asked.values()}.values():
            clients[user.pk] = Client(SERVER_NAME="127.0.0.1")
            clients[user.pk].force_login(user)
        state = {}
        for name, (address, user) in asked.items():
            statements = warmed(clients[user.pk], address)
            state[name] = [statements, len(clients[user.pk].get(address).content)]
        print(json.dumps(state), flush=True)
        for line in sys.stdin:
            verb, *rest = json.loads(line)
            if verb == "serve":
                print(json.dumps(_serve(stack, Path(folder), made)), flush=True)
                continue
            address, user = asked[rest[0]]
            print(json.dumps([_timed(clients[user.pk], address) for _ in range(rest[1])]), flush=True)
        connections.close_all()
        stack.close()
        del keep


def _timed(client: Any, address: str) -> float:
    begun = time.perf_counter()
    client.get(address)
    return (time.perf_counter() - begun) * 1000


def _serve(stack: contextlib.ExitStack, folder: Path, made: Any) -> list[Any]:
    from django.db import connections

    from benchmarks.serving import serving, sessions

    asked = sessions(made)
    connections.close_all()
    return [stack.enter_context(serving(folder))[0], asked]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(sys.argv[1])
