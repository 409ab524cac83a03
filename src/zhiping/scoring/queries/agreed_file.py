"""The spreadsheet of the deliberation: written from the sheets that count, and read back filled in."""

import re
import tempfile
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from zhiping.documents.apart import apart
from zhiping.documents.spreadsheets.deliberation import read_agreed, write_deliberation
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.exact import number_text
from zhiping.domain.result import evaluate
from zhiping.evaluations.models import Evaluation
from zhiping.scoring.queries.deliberation import agreed, sheets_of
from zhiping.scoring.queries.sheet import table_of
from zhiping.visits.queries import facts

MOST_BYTES = 16 * 2**20
LONGEST = 2000  # characters of a reason


class Line(BaseModel):
    """The panel's mark for a criterion, as a filled spreadsheet gives it; dissents are the members' own."""

    points: str = Field(pattern=r"^\d{1,4}(\.\d{1,4})?$")
    reason: str = Field(max_length=LONGEST)
    dissent: str = ""

    @property
    def exact(self) -> Fraction:
        """The points as an exact number."""
        return Fraction(self.points)


Lines = Mapping[str, Line]
_LINES: TypeAdapter[dict[str, Line]] = TypeAdapter(dict[str, Line])


def write(evaluation: Evaluation, path: Path) -> None:
    """Write the disputed criteria with all marks and what is settled, to be filled in."""
    about, rubric = facts(evaluation), table_of(evaluation)
    result = evaluate(rubric, about, sheets_of(evaluation), agreed(evaluation))
    write_deliberation(result, rubric, path, guidance=evaluation.guidance, panel=about.panel or ())


def read(evaluation: Evaluation, file: "UploadedFile[Any]") -> dict[str, Line]:
    """Read a filled spreadsheet in a child process under limits; blank rows stay open.

    Raises Invalid with every fault at (file, worksheet, cell), as the command line does.
    """
    name = Path(file.name or "").name
    if file.size is None or file.size > MOST_BYTES:
        raise Invalid([Problem("book.too_big", {"most": str(MOST_BYTES // 2**20)}, (name,))])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"sheet{name[-5:] if re.search(r'[.][A-Za-z]{3,4}$', name) else ''}"
        path.write_bytes(file.read())
        given = (path, table_of(evaluation), sheets_of(evaluation), facts(evaluation))
        try:
            found = apart(read_agreed, *given, name=name)
        except Invalid as refused:
            problems = [Problem(p.code, p.data, (name, *p.where[1:])) for p in refused.problems]
            raise Invalid(problems) from refused
    return {
        key: Line(points=number_text(one.points), reason=one.reason, dissent=one.dissent)
        for key, one in found.items()
    }


def carried(lines: Lines) -> str:
    """Return the lines as text, for a hidden field of a page."""
    return _LINES.dump_json(dict(lines)).decode()


def of_text(text: str) -> dict[str, Line]:
    """Return the lines a page carried; raises Invalid `sheet.altered` for what no page of ours carries."""
    try:
        return _LINES.validate_json(text)
    except ValidationError as error:
        raise Invalid.of("sheet.altered") from error
