"""Filled scoring sheets as files: read apart, checked as the command line does, carried by a page."""

import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

from django.core.files.uploadedfile import UploadedFile
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from zhiping.documents.apart import apart
from zhiping.documents.spreadsheets.form.reading import read_forms
from zhiping.domain import sheet as sheets
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.exact import number_text
from zhiping.domain.identity import folded
from zhiping.evaluations.queries.evaluation import policy_of
from zhiping.panels.models import Seat
from zhiping.scoring.models import PaperSheet, Sheet
from zhiping.scoring.queries.sheet import as_mark, marks_of, table_of
from zhiping.texts.catalogue import language, translated

MOST_BYTES = 16 * 2**20
LONGEST = 2000  # characters of a text


class Filled(BaseModel):
    """A mark of a filled sheet."""

    points: str = Field(pattern=r"^\d{1,4}(\.\d{1,4})?$")
    reason: str = Field("", max_length=LONGEST)
    advice: str = Field("", max_length=LONGEST)
    note: str = Field("", max_length=LONGEST)
    no_level: bool = False

    @classmethod
    def of(cls, mark: sheets.Mark) -> Self:
        """Return a mark of the domain as it is carried."""
        texts = {name: getattr(mark, name) for name in ("reason", "advice", "note")}
        return cls(points=number_text(mark.points), no_level=mark.no_level, **texts)

    def as_domain(self) -> sheets.Mark:
        """Return the mark as the domain reads it."""
        return sheets.Mark(Fraction(self.points), self.reason, self.advice, self.note, self.no_level)


Marks = Mapping[str, Filled]
_MARKS: TypeAdapter[dict[str, Filled]] = TypeAdapter(dict[str, Filled])


@dataclass(frozen=True, slots=True)
class Line:
    """A criterion with a mark, as a page shows it; `before`: the points it replaces, where they differ.

    `reason`: as it counts, the wording of the level where none was typed.
    """

    id: str
    title: str
    max: str
    mark: Filled | None
    reason: str = ""
    before: str = ""


def read_filled(sheet: Sheet, file: "UploadedFile[Any]") -> dict[str, Filled]:
    """Read a filled scoring sheet of this member in a child process under limits.

    Raises Invalid with every fault at (file, worksheet, cell), as the command line does, and
    `sheets.stranger` for a sheet of another expert.
    """
    name, evaluation = Path(file.name or "").name, sheet.evaluation
    if file.size is None or file.size > MOST_BYTES:
        raise Invalid([Problem("book.too_big", {"most": str(MOST_BYTES // 2**20)}, (name,))])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"sheet{_suffix(name)}"
        path.write_bytes(file.read())
        try:
            (found,) = apart(
                read_forms, [path], table_of(evaluation), policy_of(evaluation).step, name=name,
                platform=evaluation.platform.name, kind=evaluation.kind,
            )  # fmt: skip
        except Invalid as refused:
            problems = [Problem(p.code, p.data, (name, *p.where[1:])) for p in refused.problems]
            raise Invalid(problems) from refused
    if sheet.seat and folded(found.expert_id) not in {folded(str(sheet.seat.expert_id)), folded(found.name)}:
        raise _stranger(sheet, found, name)
    if sheet.seat and folded(found.name) != folded(sheet.seat.expert.name):
        raise _stranger(sheet, found, name)
    return {key: Filled.of(mark) for key, mark in found.marks.items()}


def _suffix(name: str) -> str:
    """Return the ending of a file's name where it is a plain one: readers tell formats by content first."""
    return name[-5:].lower() if re.search(r"\.[A-Za-z]{3,4}$", name) else ""


def _stranger(sheet: Sheet, found: sheets.Sheet, name: str) -> Invalid:
    allowed = [sheet.seat.expert.name] if sheet.seat else []
    return Invalid([Problem("sheets.stranger", {"id": found.name, "allowed": allowed}, (name,))])


def carried(marks: Marks) -> str:
    """Return marks as text, for a hidden field of a page or a row."""
    return _MARKS.dump_json(dict(marks)).decode()


def of_text(text: str) -> dict[str, Filled]:
    """Return the marks a page carried; raises Invalid `sheet.altered` for what no page of ours carries."""
    try:
        return _MARKS.validate_json(text)
    except ValidationError as error:
        raise Invalid.of("sheet.altered") from error


def of_data(data: object) -> dict[str, Filled]:
    """Return the marks that a row keeps."""
    return _MARKS.validate_python(data)


def typed(seat: Seat) -> dict[str, Filled]:
    """Return the marks of a member's paper sheet that were typed last and are not confirmed."""
    paper = PaperSheet.objects.filter(sheet=seat.pk).first()
    return of_data(paper.marks) if paper and paper.confirmed is None else {}


def lines(sheet: Sheet, marks: Marks | None = None) -> Iterator[Line]:
    """Yield every criterion of a sheet with its mark, or with the one of `marks` that would replace it."""
    current = {mark.criterion: Filled.of(known) for mark in marks_of(sheet) if (known := as_mark(mark))}
    for name, criterion in table_of(sheet.evaluation).criteria.items():
        before = current.get(name)
        mark = before if marks is None else marks.get(name)
        replaced = before.points if before and (mark is None or mark.points != before.points) else ""
        reason = mark.reason or sheets.level_reason(criterion, mark.as_domain(), language()) if mark else ""
        yield Line(name, translated(criterion.title), number_text(criterion.max), mark, reason, replaced)
