"""What may be typed: every command with its options, in the language of the user."""

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import get_terminal_size
from typing import Any, NoReturn

from zhiping import __version__
from zhiping.cli.lines import wrap
from zhiping.texts.catalogue import LANGUAGES, language, lookup, say

METHODS, KINDS = ("consensus", "panel", "mean"), ("authority", "self")
STAGES = ("prepare", "visit", "after", "archive", "templates")


def parser(words: Sequence[str] = (), *, as_json: bool = False) -> argparse.ArgumentParser:
    """Return the parser of the whole command line; `as_json`: its complaints are one JSON document.

    Only a command among the `words` gets its options: adding those of all costs more than `--help` itself.
    """
    _Parser.as_json = as_json
    _speak()
    top = _Parser(prog="zhiping", description=say("cli.about"), epilog=say("cli.epilog"), add_help=False)
    _shared(top, json=False)
    top.add_argument("--version", action="version", version=f"zhiping {__version__}", help=say("cli.version"))
    commands = top.add_subparsers(title=say("cli.commands"), metavar=say("cli.command"), required=True)
    for name, fill in COMMANDS.items():
        _command(commands, name, fill if name in words else _nothing)
    rubric = commands.add_parser("rubric", **_help("rubric"))
    _shared(rubric)
    nested = rubric.add_subparsers(title=say("cli.commands"), metavar=say("cli.command"), required=True)
    for name, fill in RUBRIC_COMMANDS.items():
        _command(nested, name, fill if name in words else _nothing, area="rubric_", module="rubric")
    return top


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """A formatter that breaks lines by cells: Chinese fills two, and indented lines are commands to copy."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=get_terminal_size().columns - 4)  # "用法：" counts three, and fills six

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrap(text, width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = (line if line.startswith(" ") else "\n".join(wrap(line, width)) for line in text.split("\n"))
        return "\n".join(indent + line for line in lines)


class _Parser(argparse.ArgumentParser):
    """A parser that keeps the line breaks of its texts, with the words of `_speak`."""

    command = colon = ""
    as_json = False

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - argparse's own options
        super().__init__(**options, formatter_class=_Formatter, allow_abbrev=False)

    def format_help(self) -> str:
        """Return the help without argparse's line "command" under the heading "commands"."""
        lines = super().format_help().split("\n")
        kept = [line for line in lines if line != f"  {self.command}"]
        return "\n".join(line[:-1] + self.colon if line.endswith(":") else line for line in kept)

    def _check_value(self, action: argparse.Action, value: Any) -> None:  # noqa: ANN401 - argparse's own
        if action.choices is not None and value not in action.choices:
            raise argparse.ArgumentError(action, _no_choice(str(value), [*action.choices]))

    def error(self, message: str) -> NoReturn:
        """Say what was typed wrongly, and where help is."""
        if self.as_json:
            entry = {"code": "use", "where": [], "data": {}, "text": f"{self.prog}: {message}"}
            print(json.dumps({"schema": "zhiping/errors/1", "errors": [entry]}, ensure_ascii=False, indent=2))
            self.exit(2)
        hint = argparse._("run %(prog)s --help") % {"prog": self.prog}  # type: ignore[attr-defined] # see _speak
        self.exit(2, f"{self.prog}: {message}\n{hint}\n")


def _speak() -> None:
    """Let argparse take its own words from the catalogue: it looks them up in these two names."""
    words = lookup(language(), "cli.argparse")

    def one(text: Any) -> Any:  # noqa: ANN401 - argparse asks for None, too
        return words.get(text, text)

    def several(singular: str, plural: str, count: int) -> str:
        return str(one(singular if count == 1 else plural))

    vars(argparse).update(_=one, ngettext=several)
    _Parser.command, _Parser.colon = lookup(language(), "cli.command"), lookup(language(), "cli.colon")


def _help(name: str) -> dict[str, Any]:
    about = say(f"cli.{name}.about")
    return {
        "help": about.split("\n")[0],
        "description": about,
        "epilog": say(f"cli.{name}.example"),
        "add_help": False,
    }


def _command(
    commands: Any,  # noqa: ANN401 - argparse does not name this class
    name: str,
    fill: Callable[[argparse.ArgumentParser], None],
    *,
    area: str = "",
    module: str = "",
) -> None:
    command = commands.add_parser(name, **_help(f"{area}{name}"))
    fill(command)
    _shared(command)
    command.set_defaults(module=module or name, command=name)


def _shared(command: argparse.ArgumentParser, *, json: bool | str = argparse.SUPPRESS) -> None:
    options = command.add_argument_group(say("cli.options"))
    options.add_argument("-h", "--help", action="help", help=say("cli.help"))
    options.add_argument("--lang", choices=("zh", "en"), default="zh", help=say("cli.lang"))
    options.add_argument("--json", action="store_true", default=json, help=say("cli.json"))


def _form(command: argparse.ArgumentParser) -> None:
    command.add_argument("--rubric", type=_there(), metavar="F", help=say("cli.rubric_file"))
    command.add_argument("--step", choices=("1", "0.5"), help=say("cli.form.step"))
    command.add_argument("--expert", default="", metavar="NAME", help=say("cli.form.expert"))
    command.add_argument("--expert-id", default="", metavar="ID", help=say("cli.form.expert_id"))
    command.add_argument("--platform", default="", metavar="NAME", help=say("cli.form.platform"))
    command.add_argument(
        "--kind",
        type=_one_of(KINDS, "about.words.kind"),
        default="authority",
        metavar="KIND",
        help=say("cli.form.kind"),
    )
    command.add_argument(
        "--about", type=_there("evaluation.toml"), metavar="F", help=say("cli.form.about_file")
    )
    command.add_argument(
        "-o", "--output", type=_target, metavar="F.xlsx", required=True, help=say("cli.form.output")
    )


def _evaluate(command: argparse.ArgumentParser) -> None:
    command.add_argument("sheets", nargs="*", metavar="SHEET", help=say("cli.evaluate.sheets"))
    command.add_argument(
        "--about", type=_there("evaluation.toml"), metavar="F", help=say("cli.evaluate.about_file")
    )
    command.add_argument(
        "--agreed", type=_there("deliberation.xlsx"), metavar="F.xlsx", help=say("cli.evaluate.agreed")
    )
    command.add_argument(
        "--policy",
        type=_one_of(METHODS, "about.words.method"),
        metavar="METHOD",
        help=say("cli.evaluate.policy"),
    )
    command.add_argument("--no-bonus", action="store_true", help=say("cli.evaluate.no_bonus"))
    command.add_argument("--rubric", type=_there(), metavar="F", help=say("cli.rubric_file"))
    command.add_argument("-o", "--output", type=_target, metavar="DIR", help=say("cli.evaluate.output"))
    command.add_argument("--templates", type=_there(folder=True), metavar="DIR", help=say("cli.templates"))
    command.add_argument(
        "--batch", type=_there(folder=True), metavar="FOLDER", help=say("cli.evaluate.batch")
    )
    command.add_argument("--jobs", type=_count, metavar="N", help=say("cli.evaluate.jobs"))


def _there(inside: str = "", *, folder: bool = False) -> Callable[[str], Path]:
    """Return the reader of a path that must exist, as a file or as a folder.

    `inside`: the file that is meant where its folder is given.
    """

    def path(text: str) -> Path:
        from zhiping.cli.files import typed  # not for `--help`

        found = typed(text)
        try:
            there, plain = found.exists(), found.is_dir() or found.is_file()
        except OSError:  # a name no file can have
            there = plain = False
        if not plain:
            raise argparse.ArgumentTypeError(say("cli.special" if there else "cli.no_file", path=text))
        if inside and (found / inside).is_file():
            return found / inside
        if found.is_dir() != folder:
            raise argparse.ArgumentTypeError(say("cli.no_folder" if folder else "cli.is_folder", path=text))
        return found

    return path


def _one_of(codes: Sequence[str], table: str) -> Callable[[str], str]:
    """Return the reader of a code, or of its word in either language."""

    def code(text: str) -> str:
        for code in codes:
            if text in (code, *(lookup(spoken, f"{table}.{code}") for spoken in LANGUAGES)):
                return code
        words = {code: say(f"{table}.{code}") for code in codes}
        allowed = [
            code if word == code else say("wording.of", name=code, what=word) for code, word in words.items()
        ]
        raise argparse.ArgumentTypeError(_no_choice(text, allowed))

    return code


def _no_choice(text: str, allowed: Sequence[str]) -> str:
    """Say what may be typed instead, first what is nearly alike."""
    from difflib import get_close_matches  # only where something is wrong

    near = get_close_matches(text, allowed, n=1)
    if near:
        return say("cli.no_choice_near", found=text, near=near[0])
    return say("cli.no_choice", found=text, allowed=say("wording.comma").join(allowed))


def _target(text: str) -> Path:
    """Read where to write; after a backslash, cmd of Windows hands the closing quote on with the name."""
    if not text.strip():  # of a variable that is not set, and not the folder one is in
        raise argparse.ArgumentTypeError(say("cli.no_target"))
    return Path(text.rstrip('"') or text)


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def _papers(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "stage", type=_one_of(STAGES, "cli.papers.stages"), metavar="STAGE", help=say("cli.papers.stage")
    )
    command.add_argument(
        "--about", type=_there("evaluation.toml"), metavar="F", help=say("cli.papers.about_file")
    )
    command.add_argument(
        "--result", type=_there("result.json"), metavar="RESULT.json", help=say("cli.papers.result")
    )
    command.add_argument("--batch", type=_there(folder=True), metavar="FOLDER", help=say("cli.papers.batch"))
    command.add_argument("--jobs", type=_count, metavar="N", help=say("cli.evaluate.jobs"))
    command.add_argument("--rubric", type=_there(), metavar="F", help=say("cli.rubric_file"))
    command.add_argument("--templates", type=_there(folder=True), metavar="DIR", help=say("cli.templates"))
    command.add_argument("-o", "--output", type=_target, metavar="DIR", help=say("cli.papers.output"))


def _path(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "result", type=_there("result.json"), metavar="RESULT.json", help=say("cli.path.result")
    )
    command.add_argument(
        "improvements",
        type=_there("improvements.xlsx"),
        nargs="?",
        metavar="IMPROVEMENTS.xlsx",
        help=say("cli.path.improvements"),
    )
    command.add_argument("--to", required=True, metavar="GRADE", help=say("cli.path.to"))
    command.add_argument("--rubric", type=_there(), metavar="F", help=say("cli.rubric_file"))


def _rubric_show(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=_there(), nargs="?", metavar="F", help=say("cli.rubric_file"))


def _rubric_read(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=_there(), metavar="FILE", help=say("cli.rubric_read.file"))
    command.add_argument("-o", "--output", type=_target, metavar="F.toml", help=say("cli.rubric_read.output"))


def _rubric_export(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=_there(), nargs="?", metavar="F", help=say("cli.rubric_file"))
    command.add_argument(
        "-o",
        "--output",
        type=_target,
        required=True,
        metavar="F.toml|F.xlsx",
        help=say("cli.rubric_export.output"),
    )


def _serve(command: argparse.ArgumentParser) -> None:
    command.add_argument("--host", default="127.0.0.1", help=say("cli.serve.host"))
    command.add_argument("--port", type=_count, default=8000, metavar="N", help=say("cli.serve.port"))
    command.add_argument("--processes", type=_count, default=2, metavar="N", help=say("cli.serve.processes"))
    command.add_argument("--certificate", type=_there(), metavar="F", help=say("cli.serve.certificate"))
    command.add_argument("--key", type=_there(), metavar="F", help=say("cli.serve.key"))


def _demo(command: argparse.ArgumentParser) -> None:
    command.add_argument("--port", type=_count, default=8000, metavar="N", help=say("cli.serve.port"))
    command.add_argument("--data", type=_target, metavar="DIR", help=say("cli.demo.data"))
    command.add_argument("--build-only", action="store_true", help=say("cli.demo.build_only"))


def _doctor(command: argparse.ArgumentParser) -> None:
    command.add_argument("--checkpoint", metavar="FILE", help=say("cli.doctor.checkpoint"))


def _verify(command: argparse.ArgumentParser) -> None:
    command.add_argument("package", type=_target, metavar="PACKAGE", help=say("cli.verify.package"))
    command.add_argument("--key", metavar="FILE", help=say("cli.verify.key"))
    command.add_argument("--seal", metavar="FILE", help=say("cli.verify.seal"))
    command.add_argument(
        "--package", dest="within", type=_target, metavar="PACKAGE", help=say("cli.verify.within")
    )
    command.add_argument(
        "--checkpoint", metavar="FILE", action="append", default=[], help=say("cli.verify.checkpoint")
    )


def _backup(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=_target, metavar="F", help=say("cli.backup.file"))


def _restore(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=_there(), metavar="F", help=say("cli.restore.file"))
    command.add_argument("--replace", action="store_true", help=say("cli.restore.replace"))
    command.add_argument(
        "--checkpoint", metavar="FILE", action="append", default=[], help=say("cli.restore.checkpoint")
    )


def _key(command: argparse.ArgumentParser) -> None:
    command.add_argument("--renew", action="store_true", help=say("cli.key.renew"))


def _nothing(command: argparse.ArgumentParser) -> None:
    """Leave a command with the options all have."""


Fill = Callable[[argparse.ArgumentParser], None]
COMMANDS: dict[str, Fill] = {"form": _form, "evaluate": _evaluate, "papers": _papers, "path": _path,
    "verify": _verify,
    "demo": _demo, "serve": _serve, "worker": _nothing, "migrate": _nothing, "doctor": _doctor, "key": _key,
    "backup": _backup, "restore": _restore, "reindex": _nothing,
}  # fmt: skip
RUBRIC_COMMANDS: dict[str, Fill] = {
    "show": _rubric_show,
    "check": _rubric_show,
    "read": _rubric_read,
    "export": _rubric_export,
}
