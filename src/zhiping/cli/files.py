"""Files of an evaluation: its sheets from files, folders and patterns as typed; workbooks that are open."""

import glob
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from zhiping.cli.answers import WrongUse
from zhiping.domain.errors import Invalid, Problem
from zhiping.texts.catalogue import say

OURS = ("report.pdf", "report.docx", "table.xlsx", "summary.xlsx", "improvements.xlsx")
EDITABLE = ("report.docx", "deliberation.xlsx", "improvements.xlsx")  # people may have changed these
ABOUT = "evaluation.toml"
OVERVIEW = "overview.xlsx"
SPREADSHEETS = (".xlsx", ".xlsm", ".xls", ".ods", ".et")
DEVICE = ".json"  # what the scoring page saves of a member's device
SHEETS = ("sheets", "评分表")  # the folder of the sheets inside the one of an evaluation
_PAPERS = {Path(name).stem for name in (*OURS, *EDITABLE, OVERVIEW)}  # ours, should they lie among the sheets
_LOCK = re.compile(r"(?:~\$|\.~lock\.|\.~)(.+?)#?")  # of Excel and WPS, LibreOffice, WPS
_QUOTES = "\"'“”‘’ "  # typed or left over where a shell does not know them as quotes


class Found(NamedTuple):
    """The files of one evaluation; None for what its folder lacks."""

    sheets: tuple[Path, ...]
    about: Path | None = None
    agreed: Path | None = None
    locks: tuple[Path, ...] = ()  # typed, and passed over


def typed(text: str) -> Path:
    """Return the path that was typed; without its quotes if only that exists."""
    bare = Path(text.strip(_QUOTES) or text)
    return bare if _exists(bare) and not _exists(Path(text)) else Path(text)


def evaluation(words: Sequence[str]) -> Found:
    """Return the files of one evaluation from the words typed: sheets, folders, patterns.

    One folder alone is the evaluation's own, as in a batch. Raises WrongUse with all that is missing or in
    no format of a spreadsheet.
    """
    if len(words) == 1 and _is_folder(typed(words[0])):
        found = of_folder(typed(words[0]))
        if not found.sheets:
            raise WrongUse(say("cli.evaluate.empty_folder", path=words[0]))
        return found
    missing, paths = list[str](), dict[Path, None]()
    for word in words:
        if word.lower().endswith(".toml"):
            missing.append(say("cli.evaluate.about_as_sheet", path=word))
            continue
        some = _files(word)
        missing += [] if some else [_missing(word)]
        paths |= dict.fromkeys(some)
    missing += [say("cli.special", path=path) for path in paths if not path.is_file()]
    missing += [_no_sheet(path) for path in paths if path.suffix.lower() not in {"", DEVICE, *SPREADSHEETS}]
    if missing:
        raise WrongUse("\n".join(missing))
    locks = tuple(path for path in paths if _passed_over(path.name))
    return Found(tuple(path for path in paths if path not in locks), locks=locks)


def of_folder(folder: Path) -> Found:
    """Return the files of an evaluation's folder: evaluation.toml, deliberation.*, the sheets."""
    agreed = [path for path in _books(folder) if path.stem == "deliberation"]
    if len(agreed) > 1:
        raise Invalid([Problem("batch.twice", {"found": [path.name for path in agreed]})])
    about = folder / ABOUT
    return Found(_sheets(folder), about if about.exists() else None, agreed[0] if agreed else None)


def note_open(paths: Iterable[Path], folder: str = "") -> None:
    """Say on stderr which workbooks are open in another program: what is read was saved last."""
    names = dict.fromkeys(name for path in paths if (name := _open_name(path)))
    for name in names:
        print(say("cli.open_elsewhere", name=os.path.join(folder, name)), file=sys.stderr)  # noqa: PTH118 - a name


def _files(word: str) -> list[Path]:
    path = typed(word)
    if _is_folder(path):
        return [*_sheets(path)]
    return [path] if _exists(path) else _matching(word.strip(_QUOTES))


def _is_folder(path: Path) -> bool:
    return _exists(path) and path.is_dir()


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name no file can have
        return False


def _matching(pattern: str) -> list[Path]:
    """Return the files that match a pattern, which cmd of Windows and quotes hand on as it is."""
    parent, name = os.path.split(pattern)
    if not any(c in pattern for c in "*?["):
        return []
    if os.path.isdir(parent or "."):  # noqa: PTH112 - a pattern is no path: brackets of a folder's name are its own
        pattern = os.path.join(glob.escape(parent), name)  # noqa: PTH118
    return sorted(path for path in map(Path, glob.glob(pattern)) if path.is_file())  # noqa: PTH207


def _missing(word: str) -> str:
    if _is_folder(typed(word)):
        return say("cli.evaluate.empty_folder", path=word)
    return say("cli.no_match" if any(c in word for c in "*?") else "cli.no_file", path=word)


def _no_sheet(path: Path) -> str:
    return say("cli.evaluate.no_sheet", path=path, formats=say("wording.comma").join(SPREADSHEETS))


def _sheets(folder: Path) -> tuple[Path, ...]:
    inner = next((folder / name for name in SHEETS if (folder / name).is_dir()), folder)
    return tuple(p for p in _books(inner) if re.sub(r"-\d+$", "", p.stem) not in _PAPERS)


def _books(folder: Path) -> Iterator[Path]:
    books = (p for p in folder.iterdir() if p.suffix.lower() in SPREADSHEETS and p.is_file())
    return iter(sorted(p for p in books if not _passed_over(p.name)))


def _passed_over(name: str) -> bool:
    """Whether a file is no workbook: the lock of one that is open, or what macOS writes beside a file."""
    return name.startswith((".", "~"))


def _open_name(path: Path) -> str:
    """Return the name of a workbook that is open in another program, of which this may be the lock."""
    if lock := _LOCK.fullmatch(path.name):
        return lock[1]
    locks = (f"~${path.name}", f".~{path.name}", f".~lock.{path.name}#")
    return path.name if any(path.with_name(name).exists() for name in locks) else ""
