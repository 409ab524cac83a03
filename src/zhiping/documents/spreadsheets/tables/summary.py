"""The summary of the members' marks: side by side, the mean beside what the panel agreed, the spread."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from os import PathLike
from typing import Literal

from zhiping.documents.spreadsheets.tables.page import (
    Column,
    cut,
    has_marks,
    member_columns,
    open_note,
    sign_lines,
    subject,
    table,
)
from zhiping.documents.spreadsheets.workbook.writing import Value, writing
from zhiping.domain.display import Printed, printed
from zhiping.domain.panel import Expert
from zhiping.domain.result_document import CriterionOut, Result
from zhiping.domain.rubric import Rubric
from zhiping.texts import wording
from zhiping.texts.catalogue import say, translated

FIRST_SUM = 3  # the column of maxima, where the sums begin


def write_summary(
    result: Result, rubric: Rubric, path: str | PathLike[str], *, panel: Sequence[Expert] = ()
) -> None:
    """Write `summary.xlsx`: a row per criterion, a column per member, sums, severity and agreement below.

    For the panel and the authority only: it shows single members' marks. Where the panel filled one common
    table there are none, and the sheet has a note about it. `panel`: the people who sign.
    """
    title = say("tables.summary.title")
    columns = _columns(result, rubric)
    readers = say("tables.summary.readers" if has_marks(result) else "wording.no_single_marks")
    with writing(path, title=title) as book:
        made = table(book, say("tables.summary.sheet"), columns)
        notes = [
            ("field", subject(result)),
            ("note", readers),
            ("field", open_note(result)),
        ]
        made.heading(title, *notes)
        made.rows(result["criteria"])
        for label, values, remark in _sums(result, rubric):
            made.sums(label, FIRST_SUM, values, remark)
        if has_marks(result):
            agreement = wording.agreement_text(result)
            made.sums(say("tables.summary.agreement"), FIRST_SUM, [], agreement)
        made.signatures(sign_lines(result, panel))
        made.on_paper(result)


def _columns(result: Result, rubric: Rubric) -> list[Column]:
    """Return the columns; those about single marks only where there are any."""
    home = wording.indicator_names(rubric)
    yes = say("tables.summary.disputed")

    def column(name: str, width: float, look: str, value: Callable[[CriterionOut], Value]) -> Column:
        return Column(say(f"tables.column.{name}"), width, look, value)

    what = [
        column("id", 6.5, "centre", lambda c: c["id"]),
        column("indicator", 13, "text", lambda c: home[c["id"]]),
        column("text", 31, "text", lambda c: translated(rubric.criteria[c["id"]].text)),
        column("max", 6, "number", lambda c: cut(c["max"])),
    ]
    agreed = column("agreed", 9, "number", lambda c: cut(c["shown"]))
    if not has_marks(result):
        reasons = column("reason", 50, "text", lambda c: say("wording.semicolon").join(c["reasons"]))
        return [*what, agreed, reasons]
    means = _means(result, rubric)
    return [
        *what,
        *member_columns(result),
        column("mean", 8, "number", lambda c: means.parts[c["id"]]),
        agreed,
        column("range", 6, "number", lambda c: max(_points(c)) - min(_points(c))),
        column("disputed", 8, "centre", lambda c: yes if c["disputed"] else None),
        column("agreed_reason", 28, "text", lambda c: c["agreed_reason"]),
        column("dissent", 18, "text", lambda c: c["dissent"]),
    ]


def _points(criterion: CriterionOut) -> list[Fraction]:
    return [Fraction(mark["points"]) for mark in criterion["marks"]]


def _mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def _means(result: Result, rubric: Rubric) -> Printed:
    """Return the means of the members' marks, which add up as they are printed."""
    return printed(rubric, {c["id"]: _mean(_points(c)) for c in result["criteria"]})


def _sums(result: Result, rubric: Rubric) -> Iterator[tuple[str, list[Value], str]]:
    """Yield the lines below the criteria: label, cells from the column of maxima on, remark."""
    members = result["sheets"] if has_marks(result) else []
    top, extra = (Fraction(result["rubric"][name]) for name in ("base_max", "bonus_max"))
    means = _means(result, rubric) if members else None
    tops: list[tuple[Literal["base", "bonus", "total"], Fraction]] = [
        ("base", top),
        ("bonus", extra),
        ("total", top + extra),
    ]
    for name, most in tops:
        each = [Fraction(member[name]) for member in members]
        mean = [getattr(means, name)] if means else []
        yield say(f"tables.sum.{name}"), [most, *each, *mean, cut(result["shown"][name])], ""
    blanks: list[Value] = [None] * (len(members) + 2 if members else 1)
    grade = wording.grade_name(rubric, result["grade"]) or say("wording.dash")
    yield say("tables.sum.grade"), [*blanks, grade], ""
    if strict := result["agreement"]["severity"]:
        values = [cut(member["points"]) for member in strict]
        yield say("tables.summary.severity"), [None, *values, None, None], say("tables.summary.severity_note")
