"""The command line: what is typed, what is answered, with which exit code."""

import argparse
import os
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 done; 1 the answer is "no" (illegal sheet or panel); 2 wrong use; 3 open points remain.
    """
    from zhiping.texts.catalogue import speaking

    words = list(sys.argv[1:] if argv is None else argv)
    with speaking(_language(words)):
        return _answer(words)


def _answer(words: list[str]) -> int:
    from zhiping.cli.arguments import parser

    for stream in (sys.stdout, sys.stderr):
        if stream:  # a closed one is None
            own = stream.isatty() and _has_chinese(stream.encoding)
            stream.reconfigure(encoding=stream.encoding if own else "utf-8", errors="backslashreplace")  # type: ignore[union-attr] # text
    args = parser(words, as_json="--json" in words).parse_args(words)
    try:
        return _run(args)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        from zhiping.cli.answers import DONE

        return DONE


def _has_chinese(encoding: str) -> bool:
    """Whether a terminal of this encoding shows Chinese: GBK and GB 18030 do, ISO 8859 does not."""
    try:
        return bool("评价".encode(encoding))
    except (UnicodeEncodeError, LookupError):
        return False


def _run(args: argparse.Namespace) -> int:
    from importlib import import_module

    from zhiping.cli.answers import WrongUse, refuse, wrong_use
    from zhiping.domain.errors import Refused

    try:
        code: int = import_module(f"zhiping.cli.{args.module}").run(args)
    except Refused as refused:
        return refuse(refused, args)
    except BrokenPipeError:
        raise
    except WrongUse as error:
        return wrong_use(error, args)
    except OSError as error:
        return refuse(error, args)
    return code


def _language(words: Sequence[str]) -> str:
    """Return the language to speak: `--lang`, else ZHIPING_LANG, else Chinese."""
    chosen = os.environ.get("ZHIPING_LANG", "zh")
    for word, following in zip(words, [*words[1:], ""], strict=False):  # of no words there is one following
        if word == "--lang":
            chosen = following
        elif word.startswith("--lang="):
            chosen = word.removeprefix("--lang=")
    return "en" if chosen == "en" else "zh"
