"""Open, hand in, confirm and return sheets."""

import datetime as dt
from dataclasses import replace
from uuid import UUID

from django.urls import reverse

from zhiping.accounts.models import User
from zhiping.domain import sheet as sheets
from zhiping.domain.errors import AlreadyDone, Conflict, Invalid, NotAllowed, Problem
from zhiping.domain.lifecycle import SheetState, State
from zhiping.domain.transparency.tree import root
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import policy_of
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry
from zhiping.ledger.models import Leaf
from zhiping.notices import actions as notices
from zhiping.panels.models import Seat
from zhiping.panels.queries.panel import in_charge
from zhiping.panels.rules import seated
from zhiping.scoring.models import Confirmation, FactCheck, PaperSheet, Sheet
from zhiping.scoring.queries import sheet as queries
from zhiping.scoring.rules import scores


def open_sheet(act: Act, evaluation: Evaluation) -> Sheet:
    """Open the sheet a user fills in, or return it; the common one where the panel fills in one together.

    Raises Conflict `ledger.not_now` outside the scoring, NotAllowed for who does not score.
    """
    seat = None if queries.common(evaluation) else scores(act.by, evaluation)
    key = queries.sheet_id(evaluation, seat)
    act.require("scoring.open_sheet", evaluation)
    if seat is None and not queries.common(evaluation):  # a secretary enters for others only
        raise NotAllowed.of("accounts.not_allowed", permission="scoring.open_sheet")
    return _opened(act, evaluation, seat, key)


def open_for(act: Act, evaluation: Evaluation, *, seat: Seat) -> Sheet:
    """Open a member's sheet as the secretary, to enter it from paper."""
    act.require("scoring.open_sheet", evaluation)
    return _opened(act, evaluation, seat, queries.sheet_id(evaluation, seat))


def _opened(act: Act, evaluation: Evaluation, seat: Seat | None, key: UUID) -> Sheet:
    if not Sheet.objects.filter(pk=key).exists():
        _open(replace(act, id=key, sent=""), evaluation, seat)
    return Sheet.objects.select_related(*Sheet.AROUND).get(pk=key)


def _open(act: Act, evaluation: Evaluation, seat: Seat | None) -> None:
    try:
        with act.begin(
            "scoring.open_sheet", "sheet", "sheet.opened", about=evaluation, phase=SheetState.DRAFT,
            locks=(evaluation,),
        ) as entry:  # fmt: skip
            evaluation.head.refresh_from_db()
            if evaluation.head.phase != State.SCORING:
                raise Conflict.of("ledger.not_now", state=evaluation.head.phase)
            entry.add(Sheet(head=entry.head, evaluation=evaluation, seat=seat))
    except AlreadyDone:  # a second device was faster
        return


def hand_in(act: Act, sheet: Sheet, *, paper: PaperSheet | None = None) -> None:
    """Hand in a sheet; its marks are final unless it is returned.

    The evaluation's ledger records who handed in, with the root of the sheet's ledger: a hash of the
    content could be guessed. A member who hands in the common sheet confirms it by this. `paper`: the paper
    sheet that is confirmed by this. Raises Invalid with every missing mark or reason at once, Conflict
    `sheet.needs_scan` for a member without an account.
    """
    evaluation = sheet.evaluation
    with act.move(sheet, "hand_in", locks=(evaluation,), within=evaluation) as entry:
        if paper is None and sheet.seat and sheet.seat.expert.user_id is None:
            raise Conflict.of("sheet.needs_scan")
        marks = queries.as_sheet(sheet.seat, queries.marks_of(sheet), evaluation, act.now)
        check_complete(evaluation, marks)
        entry.held.update(("criteria_marked", "losses_reasoned"))
        entry.change(sheet, handed_in=act.now, content_sha256=marks.sha256)
        if sheet.seat is None and (seat := scores(act.by, evaluation)):
            _confirm(entry, sheet, seat, act.now)
        if paper:
            entry.change(paper, confirmed=act.now)
        with act.caused(entry).move(evaluation, "note_hand_in") as noted:
            noted.data = {"sheet": str(sheet.pk), "name": marks.name, "root": _root(sheet)}
            if paper and paper.by_scan:
                noted.data["on_paper"] = True
            unsettle(noted, evaluation)  # a member who came later may have seen other facts


def _root(sheet: Sheet) -> str:
    """Return the root over the events of a sheet so far."""
    return root(list(Leaf.objects.filter(head=sheet.pk).order_by("seq").values_list("hash", flat=True)))


def check_complete(evaluation: Evaluation, marks: sheets.Sheet) -> None:
    """Raise Invalid with everything that prevents handing in a sheet (domain.sheet)."""
    rubric, step = queries.table_of(evaluation), policy_of(evaluation).step
    wrong = list(sheets.problems(rubric, sheets.with_level_reasons(rubric, marks), step))
    if wrong:
        raise Invalid([Problem(p.code, p.data, (str(p.data.get("id", "")),)) for p in wrong])


def confirm_sheet(act: Act, sheet: Sheet, *, content_sha256: str) -> None:
    """Confirm the common sheet as a member; `content_sha256`: the content the member has seen.

    Raises Conflict `sheet.changed` where it is another now.
    """
    with act.move(sheet, "confirm_sheet", within=sheet.evaluation) as entry:
        if content_sha256 != sheet.content_sha256:
            raise Conflict.of("sheet.changed")
        _confirm(entry, sheet, scores(act.by, sheet.evaluation), act.now)


def _confirm(entry: Entry, sheet: Sheet, seat: Seat | None, at: dt.datetime) -> None:
    """Record that a member confirms the common sheet as it is now."""
    content = sheet.content_sha256
    if before := sheet.confirmations.filter(seat=seat).first():
        entry.change(before, content_sha256=content, at=at)
    else:
        entry.add(Confirmation(sheet=sheet, seat=seat, content_sha256=content, at=at))


def ask_return(act: Act, sheet: Sheet, *, reason: str) -> None:
    """Ask for one's own sheet back; notify the lead, or who is in charge where the lead asks."""
    with act.move(sheet, "ask_return", within=sheet.evaluation, reason=reason) as entry:
        entry.change(sheet, return_asked=act.now)
        leads = [
            s.expert.user for s in seated(sheet.evaluation) if s.role == Seat.Role.LEAD and s.expert.user
        ]
        others = [user for user in leads if user != act.by] or list(in_charge(sheet.evaluation))
        _notify(act, sheet, others, "scoring.return_asked")


def return_sheet(act: Act, sheet: Sheet) -> None:
    """Return a sheet to its member, who asked for it; what the operator was asked is no longer settled.

    Raises Conflict `lifecycle.return_asked`.
    """
    evaluation = sheet.evaluation
    with act.move(sheet, "return_sheet", locks=(evaluation,), within=evaluation) as entry:
        entry.check({"return_asked": lambda one, _: one.return_asked is not None})
        entry.change(sheet, handed_in=None, content_sha256="", return_asked=None)
        with act.caused(entry).move(evaluation, "note_return") as noted:
            noted.data = {"sheet": str(sheet.pk), "name": sheet.seat.expert.name if sheet.seat else ""}
            unsettle(noted, evaluation)
        if sheet.seat and sheet.seat.expert.user:
            _notify(act, sheet, [sheet.seat.expert.user], "scoring.returned")


def unsettle(entry: Entry, evaluation: Evaluation) -> None:
    """Open the fact check again: the facts may change with the marks."""
    settled = FactCheck.objects.filter(evaluation=evaluation, settled__isnull=False).first()
    if settled:
        entry.change(settled, settled=None, by="", declined="")


def _notify(act: Act, sheet: Sheet, to: list[User], code: str) -> None:
    evaluation = sheet.evaluation
    data = {"platform": evaluation.platform.name, "name": sheet.seat.expert.name if sheet.seat else ""}
    url = reverse("scoring:sheets", args=[evaluation.pk])
    notices.notify(to=to, code=code, data=data, url=url, now=act.now)
