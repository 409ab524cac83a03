"""`demo`: a region with platforms in every stage, one account per role, in a folder of its own."""

import argparse
import os
from pathlib import Path

from zhiping.cli.answers import DONE, NO
from zhiping.texts.catalogue import language, say


def run(args: argparse.Namespace) -> int:
    """Build the demo once, say how to sign in, serve on this machine only."""
    from zhiping.cli.server import refused, start, taken

    os.environ.pop("ZHIPING_DATABASE", None)
    os.environ["ZHIPING_ADDRESS"] = f"http://127.0.0.1:{args.port}"
    start(folder=args.data or Path("zhiping-demo"))
    from zhiping.operations import demo, migrating, serving

    if demo.needed():
        print(say("server.building"), flush=True)
        migrating.migrate()
        demo.build(language=language())
    if refused() or (not args.build_only and taken("127.0.0.1", args.port)):
        return NO
    print(say("server.demo", address=os.environ["ZHIPING_ADDRESS"], password=demo.password()))
    for name, role in demo.sign_ins():
        print(f"  {name:<12}{say(f'server.roles.{role}')}")
    if not args.build_only:
        print(say("server.stop"), flush=True)
        serving.serve("127.0.0.1", args.port, 1)
    return DONE
