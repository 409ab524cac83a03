"""组内评议: the disputed criteria as a spreadsheet for the panel to settle, and its agreed marks back."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from operator import itemgetter
from os import PathLike
from typing import Any

from zhiping.documents.spreadsheets.returned.marks import choices, not_a_mark, offer_marks
from zhiping.documents.spreadsheets.returned.paper import Filled, read_filled, write_info
from zhiping.documents.spreadsheets.tables.page import (
    Column,
    cut,
    member_columns,
    member_names,
    sign_lines,
    subject,
    table,
)
from zhiping.documents.spreadsheets.workbook.cells import number, spellings, text
from zhiping.documents.spreadsheets.workbook.writing import writing
from zhiping.domain.consensus import Agreed, Item, agreed_problems, items
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.evaluation import Evaluation
from zhiping.domain.panel import Expert
from zhiping.domain.result_document import CriterionOut, Result
from zhiping.domain.rubric import Rubric
from zhiping.domain.sheet import Sheet, content_sha256
from zhiping.texts import findings
from zhiping.texts.catalogue import say, translated

FILLED = {"mark": "agreed", "reason": "agreed_reason", "dissent": "dissent"}  # what the panel fills in
COLUMNS = {name: spellings(f"tables.column.{key}") for name, key in {"id": "id", **FILLED}.items()}
NEEDS = {"agreed.no_reason": "reason"}  # in which column a fault is mended, if not in the mark
LONGEST_SHOWN = 4_000  # characters of the members' reasons: more than a page; all stand in the sheets
ROOM = 4  # lines: space to write by hand


def write_deliberation(
    result: Result,
    rubric: Rubric,
    path: str | PathLike[str],
    *,
    guidance: Mapping[str, str] | None = None,
    panel: Sequence[Expert] = (),
) -> None:
    """Write `deliberation.xlsx`: a row per disputed criterion, to fill on screen or by hand.

    Each row has all marks, each member's reason, the median as a proposal, and the programme's guidance for
    the criterion, filled in with what was settled before. For the panel only.
    """
    step = Fraction(result["policy"]["step"])
    title = say("tables.deliberation.title")
    disputed = [criterion for criterion in result["criteria"] if criterion["disputed"]]
    with writing(path, title=title) as book:
        made = table(book, say("tables.deliberation.sheet"), _columns(result))
        made.heading(title, ("field", subject(result)), ("field", say("tables.deliberation.how")))
        made.rows((_row(c, result, rubric, guidance or {}) for c in disputed), least=ROOM)
        for at, criterion in enumerate(disputed, made.top + 1):
            cell = (at, made.place("agreed"))
            offer_marks(made.page, cell, rubric.criteria[criterion["id"]], step)
        made.signatures(sign_lines(result, panel))
        made.on_paper(result)
        made.page.protect("", {"format_rows": True, "format_columns": True})
        write_info(book, "deliberation", result)


def _columns(result: Result) -> list[Column]:

    def column(name: str, width: float, look: str) -> Column:
        return Column(say(f"tables.column.{name}"), width, look, itemgetter(name))

    return [
        column("id", 6.5, "centre"),
        column("text", 27, "text"),
        column("choices", 11, "centre"),
        *member_columns(result),
        column("proposal", 8, "number"),
        column("members", 33, "text"),
        column("agreed", 9, "fill_number"),
        column("agreed_reason", 26, "fill_text"),
        column("dissent", 16, "fill_text"),
    ]


def _row(
    criterion: CriterionOut, result: Result, rubric: Rubric, guidance: Mapping[str, str]
) -> dict[str, Any]:
    """Return a disputed criterion's cells by column name, with its marks for the members' columns."""
    name, step = criterion["id"], Fraction(result["policy"]["step"])
    read = [say("tables.deliberation.guidance", text=guidance[name])] if guidance.get(name) else []
    return {
        **criterion,
        "text": "\n".join([translated(rubric.criteria[name].text), *read]),
        "choices": choices(rubric.criteria[name], step),
        "proposal": cut(criterion["proposal"]),
        "members": "\n".join(findings.by_member(criterion, member_names(result)))[:LONGEST_SHOWN],
        "agreed": cut(criterion["agreed"]),
    }


def read_agreed(
    path: str | PathLike[str], rubric: Rubric, sheets: Sequence[Sheet], about: Evaluation
) -> dict[str, Agreed]:
    """Read a filled deliberation back: the panel's marks by criterion id; a blank row stays open.

    `sheets` are the members' sheets the marks were agreed on: a paper made from others is refused. Raises
    Invalid with every fault at its cell: a mark that is illegal, calculated or without a reason, a mark
    other than the unanimous one, an unknown or double row, another platform, scale or sheet.
    """
    filled, problems = read_filled(
        path, "deliberation", rubric, about.platform.name, COLUMNS, optional=("dissent",)
    )
    problems += _other_sheets(filled, sheets)
    agreed: dict[str, Agreed] = {}
    for item in items(rubric, sheets):
        name = item.criterion.id
        if name not in filled.at or filled.empty(name, "mark"):
            continue
        found, faults = _agreed(item, filled, about.policy.step)
        problems += [filled.at_cell(fault, NEEDS.get(fault.code, "mark")) for fault in faults]
        if found:
            agreed[name] = found
    if problems:
        raise Invalid(problems)
    return agreed


def _agreed(item: Item, filled: Filled, step: Fraction) -> tuple[Agreed | None, list[Problem]]:
    """Read one row, with what is wrong with it."""
    name = item.criterion.id
    if filled.calculated(name, "mark"):
        return None, [Problem("form.formula", {"id": name})]
    cell = filled.cell(name, "mark")
    points = number(cell)
    if points is None:
        return None, [not_a_mark(item.criterion, cell, step)]
    found = Agreed(points, text(filled.cell(name, "reason")), text(filled.cell(name, "dissent")))
    return found, list(agreed_problems(item, found, step))


def _other_sheets(filled: Filled, sheets: Sequence[Sheet]) -> Iterator[Problem]:
    """Say whose sheet is not the one the paper was made from."""
    now = {sheet.expert_id: sheet for sheet in sheets}
    place = (filled.source, filled.info_sheet)
    for name, member in filled.members.items():
        sheet = now.get(name)
        if sheet is None:
            data = {"id": name, "name": member.name}
            yield Problem("paper.lost_sheet", data, (*place, member.cell))
        elif (sheet.sha256 or content_sha256(sheet)) != member.sha256:
            data = {"id": name, "name": sheet.name, "file": sheet.source}
            yield Problem("paper.other_sheet", data, (*place, member.cell))
    for name, sheet in now.items():
        if name not in filled.members:
            yield Problem("paper.no_sheet", {"id": name, "name": sheet.name, "file": sheet.source}, place)
