"""`serve`: the web server for real use, with a worker beside it."""

import argparse
import ssl
import sys

from zhiping.cli.answers import DONE, NO
from zhiping.texts.catalogue import say


def run(args: argparse.Namespace) -> int:
    """Serve; an empty system prints the one-time link and PIN of its first administrator."""
    from zhiping.cli.server import folder_locked, refused, start, taken

    scheme = "https" if args.certificate else "http"
    start(address=f"{scheme}://{args.host}:{args.port}", mend=True)

    if refused() or _no_pair(args) or taken(args.host, args.port):
        return NO
    with folder_locked() as locked:
        return _serve(args) if locked else NO


def _no_pair(args: argparse.Namespace) -> bool:
    """Report that certificate and key are not a pair; False where they are, or none is given."""
    if not (args.certificate or args.key):
        return False
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(args.certificate, args.key)
    except (OSError, TypeError) as error:  # ssl.SSLError is an OSError; TypeError: one of them is missing
        print(say("server.no_pair", found=error), file=sys.stderr)
        return True
    return False


def _serve(args: argparse.Namespace) -> int:
    from zhiping.operations import serving

    address = serving.address(args.host, args.port)
    first = first_administrator()
    if first:
        print(say("server.first", link=f"{address}{first[0]}", pin=first[1]), flush=True)
    print(say("server.serving", address=address), flush=True)
    serving.serve(args.host, args.port, args.processes, certificate=args.certificate, key=args.key)
    return DONE


def first_administrator() -> tuple[str, str] | None:
    """Return link and PIN for the first administrator while there is none, else None."""
    from django.utils import timezone

    from zhiping.accounts.actions.invitations import invite_first_administrator
    from zhiping.accounts.models import User
    from zhiping.ledger.act import Act

    there = User.objects.filter(office=User.Office.ADMINISTRATOR).exclude(password__startswith="!")  # noqa: S106 - none is set
    return None if there.exists() else invite_first_administrator(Act.clock(timezone.now()))
