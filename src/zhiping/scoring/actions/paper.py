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
from zhiping.scoring.actions.filled import import_marks
from zhiping.scoring.actions.sheet import hand_in
from zhiping.scoring.models import PaperSheet, Sheet
from zhiping.scoring.queries import sheet as queries
from zhiping.scoring.queries.filled import Marks, of_data


def enter_paper(act: Act, sheet: Sheet, *, marks: Marks, scan: Received) -> PaperSheet:
    """Enter a member's signed paper sheet with its stored scan; notify the member.

    One that was entered before and waits is replaced. Raises Conflict `sheet.no_account` for a member without
    an account: the member could not confirm it.
    """
    with act.move(sheet, "enter_paper", within=sheet.evaluation) as entry:
        if sheet.seat is None or sheet.seat.expert.user is None:
            raise Conflict.of("sheet.no_account")
        if before := queries.waiting_paper(sheet):
            entry.remove(before)
        data = {name: one.model_dump() for name, one in marks.items()}
        paper = PaperSheet(
            id=entry.id, sheet=sheet, marks=data, entered=act.now, entered_by=act.by, **scan_columns(scan)
        )  # fmt: skip
        entry.add(paper)
        _notify(act, sheet, [sheet.seat.expert.user], "scoring.paper_entered")
    return paper


def confirm_paper(act: Act, sheet: Sheet, *, paper: UUID) -> None:
    """Take over the marks of the own paper sheet as entered, and hand them in.

    Raises Conflict `sheet.no_paper` where another one was entered since, Invalid as `hand_in` does.
    """
    with transaction.atomic():
        found = _waiting_one(sheet, paper)
        import_marks(replace(act, id=None, expect=None, sent=""), sheet, marks=of_data(found.marks))
        hand_in(replace(act, id=None, expect=None, sent=""), sheet, paper=found)


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
