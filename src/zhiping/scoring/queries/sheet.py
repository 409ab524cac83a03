"""Sheets: whose they are, whether they are in, their marks as the domain reads them."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any
from uuid import UUID, uuid5

from django.db.models import Exists, F, OuterRef, UUIDField
from django.http import Http404
from django.utils import timezone

from zhiping.accounts.models import User
from zhiping.domain import sheet as sheets
from zhiping.domain.exact import number_text
from zhiping.domain.lifecycle import SheetState, State
from zhiping.domain.rubric import Rubric
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import policy_of
from zhiping.panels.models import Seat
from zhiping.panels.rules import is_lead, is_secretary, read_seats
from zhiping.permissions import may
from zhiping.rubrics.models import LegalMark
from zhiping.rubrics.models import Rubric as Published
from zhiping.scoring.models import Mark, PaperSheet, Sheet
from zhiping.scoring.rules import scores
from zhiping.statements import Given, Statement
from zhiping.texts.catalogue import lookup

IN = (SheetState.HANDED_IN, SheetState.COUNTED)
BY_SCAN = PaperSheet.objects.filter(by_scan=True, confirmed=F("sheet__handed_in"))
_MARKS = Statement(
    lambda: Mark.objects.filter(sheet=Given("sheet", UUIDField())).select_related("legal").order_by("pk")
)


def common(evaluation: Evaluation) -> bool:
    """Return whether the panel fills in one table together."""
    return policy_of(evaluation).method == "panel"


def sheet_id(evaluation: Evaluation, seat: Seat | None) -> UUID:
    """Return the id of a seat's sheet, or of the common one: a sheet opened twice is one."""
    return seat.pk if seat else uuid5(evaluation.pk, "sheet")


def own_sheet(user: User, evaluation: Evaluation) -> Sheet | None:
    """Return the sheet that a user fills in; None where it is not opened yet, or the user fills in none."""
    seat = scores(user, evaluation)
    key = sheet_id(evaluation, None if common(evaluation) else seat)
    return (
        Sheet.objects.select_related(*Sheet.AROUND).filter(pk=key).first()
        if seat or common(evaluation)
        else None
    )


def get_sheet(user: User, sheet_id: UUID, permission: str) -> Sheet:
    """Return a sheet; Http404 without the permission: whether a member has opened a sheet is hidden."""
    sheet = Sheet.objects.select_related(*Sheet.AROUND).filter(pk=sheet_id).first()
    if sheet is None or not may(user, permission, sheet):
        raise Http404
    return sheet


def opens_own(user: User, evaluation: Evaluation) -> bool:
    """Return whether a user has a sheet to fill in, now that the scoring is open."""
    seat = None if common(evaluation) else scores(user, evaluation)
    fills_common = common(evaluation) and (is_lead(user, evaluation) or is_secretary(user, evaluation))
    return evaluation.head.phase == State.SCORING and bool(seat or fills_common)


def mark_id(sheet: Sheet, criterion: str) -> UUID:
    """Return the id of the mark for a criterion of a sheet."""
    return uuid5(sheet.pk, criterion)


def marks_of(sheet: Sheet) -> list[Mark]:
    """Return the current marks of a sheet."""
    return _MARKS.things(sheet=sheet.pk)


@cache
def legal_marks(rubric_id: UUID) -> Mapping[tuple[str, str], int]:
    """Return the rows of a published rubric's legal marks, by criterion and points; they never change."""
    rows = LegalMark.objects.filter(rubric=rubric_id).values_list("criterion", "points", "pk")
    return {(criterion, points): key for criterion, points, key in rows}


def table_of(evaluation: Evaluation) -> Rubric:
    """Return the rubric an evaluation is scored with."""
    rubric: Published = evaluation.rubric
    return rubric.as_domain()


def as_mark(mark: Mark) -> sheets.Mark | None:
    """Return a mark as the domain reads it; None for one that was taken away."""
    if mark.legal is None:
        return None
    return sheets.Mark(Fraction(mark.legal.points), mark.reason, mark.advice, mark.note, mark.no_level)


def as_sheet(
    seat: Seat | None, marks: Iterable[Mark], evaluation: Evaluation, handed_in: dt.datetime | None
) -> sheets.Sheet:
    """Return a sheet as the domain reads it; the common one is by the panel as a whole."""
    given = {mark.criterion: one for mark in marks if (one := as_mark(mark)) is not None}
    order = table_of(evaluation).criteria
    name = seat.expert.name if seat else lookup("zh", "scoring.whole_panel")
    made = sheets.Sheet(
        expert_id=str(seat.expert_id) if seat else name,  # as a form that names no id is read
        name=name,
        marks={name: given[name] for name in order if name in given},
        date=timezone.localdate(handed_in).isoformat() if handed_in else "",
        platform=evaluation.platform.name,
        wording_sha256=evaluation.rubric.wording_sha256,
    )
    return replace(made, sha256=sheets.content_sha256(made))


def as_json(mark: Mark) -> dict[str, Any]:
    """Return a current mark for the device of its member."""
    return {
        "criterion": mark.criterion,
        "points": number_text(Fraction(mark.legal.points)) if mark.legal else None,
        "reason": mark.reason,
        "advice": mark.advice,
        "note": mark.note,
        "no_level": mark.no_level,
        "evidence": mark.evidence,
        "event": str(mark.event),
        "version": mark.version,
    }


def handed_in(evaluation: Evaluation) -> dict[UUID, Sheet]:
    """Return the sheets that are in, by their id: all that anybody learns before the scoring closes.

    `on_paper`: the signed scan confirmed it.
    """
    found = Sheet.objects.filter(evaluation=evaluation, head__phase__in=IN).select_related("head")
    found = found.annotate(on_paper=Exists(BY_SCAN.filter(sheet=OuterRef("pk"))))
    return {sheet.pk: sheet for sheet in found}


def waiting_paper(sheet: Sheet) -> PaperSheet | None:
    """Return the paper sheet that was entered and waits for its member."""
    return sheet.papers.filter(confirmed__isnull=True, refused="").select_related("entered_by").first()


@dataclass(frozen=True, slots=True)
class Arrived:
    """The sheets of an evaluation in one reading.

    `seats`: of the sheets that must come in, by the sheet's id in the order of the panel; None for the common
    sheet. `there`: the sheets that are in.
    """

    seats: dict[UUID, Seat | None]
    there: dict[UUID, Sheet]


def expected(evaluation: Evaluation, held: Iterable[Seat] | None = None) -> dict[UUID, Seat | None]:
    """Return the seats of the sheets that must come in, by the sheet's id; `held`: the seats, once read."""
    if common(evaluation):
        return {sheet_id(evaluation, None): None}
    seats = read_seats(evaluation) if held is None else held
    return {sheet_id(evaluation, s): s for s in seats if s.role in Seat.SCORERS}


def arrived(evaluation: Evaluation, held: Iterable[Seat] | None = None) -> Arrived:
    """Read which sheets must come in and which are in: a statement, and one for the seats without `held`."""
    return Arrived(expected(evaluation, held), handed_in(evaluation))


def sheets_in(evaluation: Evaluation, _today: dt.date) -> bool:
    """Return whether every sheet is in, and the common one confirmed by each member."""
    return complete(evaluation, arrived(evaluation))


def complete(evaluation: Evaluation, found: Arrived) -> bool:
    """Return whether every sheet of a reading is in, and the common one confirmed by each member."""
    if not found.seats.keys() <= found.there.keys():
        return False
    return not common(evaluation) or not unconfirmed(evaluation)


def unconfirmed(evaluation: Evaluation) -> list[Seat]:
    """Return the members who have not confirmed the common sheet as it is now."""
    sheet = Sheet.objects.filter(pk=sheet_id(evaluation, None)).first()
    if sheet is None:
        return []
    done = set(
        sheet.confirmations.filter(content_sha256=sheet.content_sha256).values_list("seat_id", flat=True)
    )
    return [s for s in read_seats(evaluation) if s.role in Seat.SCORERS and s.pk not in done]


def counted(evaluation: Evaluation, found: Arrived | None = None) -> list[sheets.Sheet]:
    """Return the sheets of the panel as it is now, as the domain reads them, in the order of the panel.

    Only for what is computed after the close, or is never shown: `sees_marks` decides who reads
    them. One statement besides those of `arrived`, whose reading can be given.
    """
    found = found or arrived(evaluation)
    marks: dict[UUID, list[Mark]] = {key: [] for key in found.there}
    for mark in Mark.objects.filter(sheet__in=found.there).select_related("legal"):
        marks[mark.sheet_id].append(mark)
    there = ((seat, found.there.get(key)) for key, seat in found.seats.items())
    return [as_sheet(seat, marks[one.pk], evaluation, one.handed_in) for seat, one in there if one]
