"""`key`: the key that signs checkpoints."""

import argparse

from zhiping.cli.answers import DONE, NO, print_json
from zhiping.texts.catalogue import problem_text, say


def run(args: argparse.Namespace) -> int:
    """Print the public keys of the key file, the one that signs first; with `--renew` put a new one there."""
    from zhiping.cli.server import start
    from zhiping.domain.errors import Conflict

    start()
    from zhiping.ledger import keys

    try:
        if args.renew:
            keys.renew()
        named = keys.named()
    except Conflict as missing:
        print("\n".join(map(problem_text, missing.problems)))
        return NO
    if args.json:
        print_json({"schema": "zhiping/key/1", "keys": named})
    else:
        print("\n".join([*named, *([say("server.key_renewed")] if args.renew else [])]))
    return DONE
