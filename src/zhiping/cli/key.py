"""`key`: the key that signs checkpoints."""

import argparse

from zhiping.cli.answers import DONE, print_json
from zhiping.texts.catalogue import say


def run(args: argparse.Namespace) -> int:
    """Print the public keys of the key file, the one that signs first; with `--renew` put a new one there."""
    from zhiping.cli.server import start

    start()
    from zhiping.ledger import keys

    if args.renew:
        keys.renew()
    named = keys.named()
    if args.json:
        print_json({"schema": "zhiping/key/1", "keys": named})
    else:
        print("\n".join([*named, *([say("server.key_renewed")] if args.renew else [])]))
    return DONE
