"""`serve`: the web server for real use, with a worker beside it."""

import argparse

from zhiping.cli.answers import DONE, NO
from zhiping.texts.catalogue import say


def run(args: argparse.Namespace) -> int:
    """Serve; an empty system prints the one-time link and PIN of its first administrator."""
    from zhiping.cli.server import folder_locked, refused, start, taken

    start(address=f"http://{args.host}:{args.port}", mend=True)

    if refused() or taken(args.host, args.port):
        return NO
    with folder_locked() as locked:
        return _serve(args) if locked else NO


def _serve(args: argparse.Namespace) -> int:
    from zhiping.operations import serving

    address = serving.address(args.host, args.port)
    first = first_administrator()
    if first:
        print(say("server.first", link=f"{address}{first[0]}", pin=first[1]), flush=True)
    print(say("server.serving", address=address), flush=True)
    serving.serve(args.host, args.port, args.processes)
    return DONE


def first_administrator() -> tuple[str, str] | None:
    """Return link and PIN for the first administrator while there is none, else None."""
    from django.utils import timezone

    from zhiping.accounts.actions.invitations import invite_first_administrator
    from zhiping.accounts.models import User
    from zhiping.ledger.act import Act

    there = User.objects.filter(office=User.Office.ADMINISTRATOR).exclude(password__startswith="!")  # noqa: S106 - none is set
    return None if there.exists() else invite_first_administrator(Act.clock(timezone.now()))
