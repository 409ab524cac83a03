"""Signed paper sheets: entered by the secretary with their scan, confirmed or refused by the member."""

from dataclasses import replace
from typing import IO
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from zhiping.accounts.models import User
from zhiping.domain.errors import Conflict
from zhiping.evidence import store
from zhiping.evidence.actions.evidence import Received, scan_columns
from zhiping.ledger import actions as ledger
from zhiping.ledger.act import Act
from zhiping.notices import actions as notices
from zhiping.scoring.actions.filled import check_filled, import_marks
from zhiping.scoring.actions.sheet import hand_in
from zhiping.scoring.models import PaperSheet, Sheet
from zhiping.scoring.queries import sheet as queries
from zhiping.scoring.queries.filled import Marks, of_data


def enter_paper(act: Act, sheet: Sheet, *, marks: Marks, scan: Received) -> PaperSheet:
    """Enter a member's signed paper sheet with its stored scan; notify the member.

    One that was entered before and waits is replaced. Of a member without an account the signed scan is the
    confirmation: the sheet is handed in. Raises Invalid with every missing mark or reason at once.
    """
    if sheet.seat is None:
        raise TypeError("the common sheet is not entered from paper")
    check_filled(sheet.evaluation, marks)
    member = sheet.seat.expert.user
    with transaction.atomic():
        act.lock(sheet.evaluation)
        with act.move(sheet, "enter_paper", within=sheet.evaluation) as entry:
            if before := queries.waiting_paper(sheet):
                entry.remove(before)
            paper = PaperSheet(
                id=entry.id, sheet=sheet, marks={name: one.model_dump() for name, one in marks.items()},
                entered=act.now, entered_by=act.by, by_scan=member is None, **scan_columns(scan),
            )  # fmt: skip
            entry.add(paper)
            if member:
                _notify(act, sheet, [member], "scoring.paper_entered")
        if member is None:
            _hand_in(act, sheet, paper)
    return paper


def confirm_paper(act: Act, sheet: Sheet, *, paper: UUID) -> None:
    """Take over the marks of the own paper sheet as entered, and hand them in.

    Raises Conflict `sheet.no_paper` where another one was entered since, Invalid as `hand_in` does.
    """
    with transaction.atomic():
        act.lock(sheet.evaluation)
        _hand_in(act, sheet, _waiting_one(sheet, paper))


def _hand_in(act: Act, sheet: Sheet, paper: PaperSheet) -> None:
    part = replace(act, id=None, expect=None, sent="")
    import_marks(part, sheet, marks=of_data(paper.marks))
    hand_in(part, sheet, paper=paper)


def refuse_paper(act: Act, sheet: Sheet, *, paper: UUID, reason: str) -> None:
    """Refuse the own paper sheet as entered, with the reason; notify who entered it."""
    with act.move(sheet, "refuse_paper", within=sheet.evaluation, reason=reason) as entry:
        found = _waiting_one(sheet, paper)
        entry.change(found, refused=reason)
        _notify(act, sheet, [found.entered_by], "scoring.paper_refused")


def take_scan(act: Act, sheet: Sheet, *, paper: UUID) -> tuple[str, IO[bytes]]:
    """Return name and content of the scan of a paper sheet that waits; the audit log records it."""
    act.require("scoring.see_paper", sheet)
    found = _waiting_one(sheet, paper)
    ledger.audit("exported", by=act.by, at=act.now, subject=str(sheet.pk), data={"scan": found.scan[:12]})
    return found.scan_name, store.open_file(found.scan)


def _waiting_one(sheet: Sheet, paper: UUID) -> PaperSheet:
    found = queries.waiting_paper(sheet)
    if found is None or found.pk != paper:
        raise Conflict.of("sheet.no_paper")
    return found


def _notify(act: Act, sheet: Sheet, to: list[User], code: str) -> None:
    evaluation = sheet.evaluation
    data = {"platform": evaluation.platform.name, "name": sheet.seat.expert.name if sheet.seat else ""}
    url = reverse("scoring:sheets", args=[evaluation.pk])
    notices.notify(to=to, code=code, data=data, url=url, now=act.now)
