"""`demo`: a region with platforms in every stage, one account per role, in a folder of its own."""

import argparse
import os
import sys
from pathlib import Path

from zhiping.cli.answers import DONE, NO
from zhiping.texts.catalogue import language, say


def run(args: argparse.Namespace) -> int:
    """Build the demo once, say how to sign in, serve on this machine only."""
    from zhiping.cli.server import folder_locked, refused, start, taken

    folder = args.data or Path(os.environ.get("ZHIPING_DATA", "zhiping-demo"))
    if in_use(folder):
        print(say("server.not_a_demo", folder=folder), file=sys.stderr)
        return NO
    os.environ.pop("ZHIPING_DATABASE", None)
    os.environ.setdefault("ZHIPING_PUBLIC", "1")
    os.environ["ZHIPING_ADDRESS"] = f"http://127.0.0.1:{args.port}"
    start(folder=folder, mend=True)
    from zhiping.operations import demo, migrating

    if demo.needed():
        print(say("server.building"), flush=True)
        migrating.migrate()
        demo.build(language=language())
    if refused() or (not args.build_only and taken("127.0.0.1", args.port)):
        return NO
    with folder_locked() as locked:
        return _show(args) if locked else NO


def in_use(folder: Path) -> bool:
    """Return whether a folder has data that the demo did not make: its passwords are known."""
    return folder.is_dir() and any(folder.iterdir()) and not (folder / "demo.password").exists()


def _show(args: argparse.Namespace) -> int:
    from zhiping.operations import demo, serving

    print(say("server.demo", address=os.environ["ZHIPING_ADDRESS"], password=demo.password()))
    for name, role in demo.sign_ins():
        print(f"  {name:<12}{say(f'server.roles.{role}')}")
    if not args.build_only:
        print(say("server.stop"), flush=True)
        serving.serve("127.0.0.1", args.port, 1)
    return DONE
