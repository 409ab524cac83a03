"""The plan as one spreadsheet: written with what is planned, and read back in a child process."""

import datetime as dt
import re
import tempfile
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from zhiping.documents.apart import apart
from zhiping.documents.spreadsheets.improvements import read_plan, write_improvements
from zhiping.domain.errors import Invalid, Problem
from zhiping.evaluations.models import Evaluation
from zhiping.improvement.models import Action
from zhiping.improvement.queries import improvement as queries
from zhiping.scoring.queries.files import about_of
from zhiping.scoring.queries.result import Shown
from zhiping.scoring.queries.sheet import table_of

MOST_BYTES = 16 * 2**20


def write(found: Shown, rows: list[Action], path: Path) -> None:
    """Write the findings with what is planned already."""
    plan = {
        row.criterion: {
            "measure": row.measure,
            "owner": row.owner,
            "deadline": row.deadline.isoformat() if row.deadline else "",
        }
        for row in rows
    }
    write_improvements(found.edition, table_of(found.evaluation), path, about_of(found), plan)


def limits(evaluation: Evaluation, rows: list[Action]) -> dict[str, dt.date]:
    """Return the last day that can be planned for each finding: the common one, or its extended one."""
    due = evaluation.improvement.due or dt.date.max
    return {row.criterion: max(due, row.deadline or due) for row in rows}


def read(evaluation: Evaluation, file: "UploadedFile[Any]") -> dict[str, dict[str, str]]:
    """Read a filled spreadsheet in a child process under limits.

    Raises Invalid with every fault at (file, worksheet, cell).
    """
    name = Path(file.name or "").name
    if file.size is None or file.size > MOST_BYTES:
        raise Invalid([Problem("book.too_big", {"most": str(MOST_BYTES // 2**20)}, (name,))])
    rows = list(evaluation.improvement_actions.all())
    issued = queries.issued_on(evaluation) or dt.date.max
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"sheet{name[-5:] if re.search(r'[.][A-Za-z]{3,4}$', name) else ''}"
        path.write_bytes(file.read())
        given = (path, table_of(evaluation), evaluation.platform.name, issued, limits(evaluation, rows))
        try:
            found: dict[str, dict[str, str]] = apart(read_plan, *given, name=name)
        except Invalid as refused:
            problems = [Problem(p.code, p.data, (name, *p.where[1:])) for p in refused.problems]
            raise Invalid(problems) from refused
    return found
