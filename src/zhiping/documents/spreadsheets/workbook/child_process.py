"""A spreadsheet of a stranger read in a process of its own: whatever it does to a parser, the server goes on.

Run as a module with FILE and ROWS it prints one JSON document: worksheets, or problems.
"""

import json
import os
import subprocess
import sys
from os import PathLike
from pathlib import Path

from zhiping.documents.spreadsheets.workbook.cells import text
from zhiping.documents.spreadsheets.workbook.package import refuse
from zhiping.documents.spreadsheets.workbook.reading import Book, Worksheet, read
from zhiping.documents.spreadsheets.workbook.scanning import MOST_ROWS
from zhiping.domain.errors import Invalid, Problem

SECONDS = 20  # of computing; twice that on the clock
MEMORY = 2**30  # bytes


def read_apart(path: str | PathLike[str], *, rows: int = MOST_ROWS) -> Book:
    """Read a spreadsheet as `read` does, in a child process under limits of time and memory; cells are text.

    Raises Invalid as `read` does, and `book.damaged` where the child does not answer.
    """
    command = [sys.executable, "-I", "-m", __name__, str(path), str(rows)]
    known = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP") if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - our own module, no shell, none of our secrets
            command, capture_output=True, timeout=2 * SECONDS, check=True, env=known
        )
        answer = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as e:
        raise Invalid([refuse("damaged").problems[0].at(Path(path).name)]) from e
    if "problems" in answer:
        raise Invalid([Problem(code, data, tuple(where)) for code, data, where in answer["problems"]])
    worksheets = {
        name: Worksheet(
            name, cells, frozenset(map(tuple, formulas)), tuple(map(tuple, merged)), frozenset(hidden)
        )
        for name, cells, formulas, merged, hidden in answer["worksheets"]
    }
    return Book(Path(path).name, worksheets)


def main(path: str, rows: str) -> None:
    """Be the child: print what the file holds, or what is wrong with it."""
    _limit()
    try:
        book = read(path, rows=int(rows))
    except Invalid as refused:
        answer: object = {"problems": [(p.code, p.data, p.where) for p in refused.problems]}
    else:
        answer = {
            "worksheets": [
                (
                    name,
                    [[text(cell) for cell in row] for row in sheet.rows],
                    sorted(sheet.formulas),
                    sheet.merged,
                    sorted(sheet.hidden),
                )
                for name, sheet in book.worksheets.items()
            ]
        }
    sys.stdout.buffer.write(json.dumps(answer).encode())


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits: only the timeout remains
        return
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    main(*sys.argv[1:])
