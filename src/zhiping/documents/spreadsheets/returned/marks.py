"""Cells for marks: only a legal one may be typed, and another value is refused with the legal ones."""

from fractions import Fraction
from typing import TYPE_CHECKING

from zhiping.documents.spreadsheets.returned.info import LONGEST_ECHO
from zhiping.documents.spreadsheets.workbook.cells import Cell, text
from zhiping.domain.errors import Problem
from zhiping.domain.exact import number_text
from zhiping.domain.rubric import Criterion
from zhiping.domain.sheet import allowed
from zhiping.texts.catalogue import choices_text, say

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet as Page

LONGEST_LIST = 255  # characters a drop-down list or a message can hold
LONGEST_TITLE = 32  # characters of a message's title
SHORT_LIST = 12  # marks a person still reads one by one


def offer_marks(page: "Page", cell: tuple[int, int], criterion: Criterion, step: Fraction) -> None:
    """Let a mark be chosen from a list, or check its bounds where the list would be too long."""
    marks = _best_first(criterion, step)
    if len(",".join(marks)) <= LONGEST_LIST:
        rule: dict[str, object] = {"validate": "list", "source": marks}
    else:
        rule = {"validate": "decimal", "criteria": "between", "minimum": marks[-1], "maximum": marks[0]}
    allowed_marks = choices_text(allowed(criterion, step))
    rule["error_title"] = say("form.choose_title")[:LONGEST_TITLE]
    rule["error_message"] = say("form.choose", id=criterion.id, allowed=allowed_marks)[:LONGEST_LIST]
    page.data_validation(*cell, *cell, rule)


def choices(criterion: Criterion, step: Fraction) -> str:
    """Write the legal marks for a narrow cell: one by one, a long row of them as its range."""
    marks = _best_first(criterion, step)
    if len(marks) > SHORT_LIST:
        return choices_text(allowed(criterion, step))
    return say("wording.comma").join(marks)


def _best_first(criterion: Criterion, step: Fraction) -> list[str]:
    return [number_text(mark) for mark in reversed(criterion.marks(step))]


def not_a_mark(criterion: Criterion, cell: Cell, step: Fraction) -> Problem:
    """Return the problem of a cell that holds no number where a mark belongs."""
    data = {"id": criterion.id, "found": text(cell)[:LONGEST_ECHO], "allowed": allowed(criterion, step)}
    return Problem("form.not_number", data)
