"""The sheets of an evaluation as its page shows them: which are in, what one may do about each."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404

from zhiping.accounts.models import User
from zhiping.domain.lifecycle import SheetState, State
from zhiping.evaluations.models import Evaluation
from zhiping.panels.models import Seat
from zhiping.panels.rules import is_secretary, seated
from zhiping.permissions import may
from zhiping.scoring.models import Sheet
from zhiping.scoring.queries import sheet as queries
from zhiping.scoring.rules import writes_alone


@dataclass(frozen=True, slots=True)
class Row:
    """A sheet that is awaited: whose, since when it is in, and what this user may do.

    `sheet` None: it is not in, and nothing else of it is known. `asked`: its member wants it back, as far as
    the user may know.
    """

    seat: Seat | None
    sheet: Sheet | None
    own: bool
    asked: bool
    returns: bool
    enters: bool
    sees: bool

    @property
    def state(self) -> str:
        """The state in words of the page."""
        if self.asked or self.sheet is None:
            return "return_asked" if self.asked else "awaited"
        return "on_paper" if self.sheet.on_paper else "handed_in"  # type: ignore[attr-defined] # annotated

    @property
    def since(self) -> dt.datetime | None:
        """The time of the hand-in."""
        return self.sheet.handed_in if self.sheet else None


def moves(user: User, sheet: Sheet) -> dict[str, Any]:
    """Return what a user can do with a sheet now, and who has not confirmed a common one."""
    opens, phase = sheet.evaluation.head.phase == State.SCORING, sheet.head.phase
    drafted, there = opens and phase == SheetState.DRAFT, opens and phase == SheetState.HANDED_IN
    alone = bool(writes_alone(user, sheet))  # hands it in with its scan
    waits = queries.unconfirmed(sheet.evaluation) if there and sheet.seat is None else []
    return {
        "hands_in": drafted and not alone and may(user, "scoring.hand_in", sheet),
        "asks": there and sheet.return_asked is None and may(user, "scoring.ask_return", sheet),
        "confirms": any(seat.expert.user_id == user.pk for seat in waits),
        "unconfirmed": [seat.expert.name for seat in waits],
    }


def unconfirmed(evaluation: Evaluation) -> list[str]:
    """Return the names of the members who have not confirmed the common sheet that is in."""
    if not queries.common(evaluation) or not queries.arrived(evaluation, seated(evaluation)).there:
        return []
    return [seat.expert.name for seat in queries.unconfirmed(evaluation)]


def rows(user: User, evaluation: Evaluation) -> list[Row]:
    """Return a row for each sheet that must come in, in the order of the panel."""
    found = queries.arrived(evaluation, seated(evaluation))
    return [_row(user, evaluation, seat, found.there.get(key)) for key, seat in found.seats.items()]


def _row(user: User, evaluation: Evaluation, seat: Seat | None, sheet: Sheet | None) -> Row:
    own = seat is not None and seat.expert.user_id == user.pk
    if sheet:
        sheet.evaluation, sheet.seat = evaluation, seat  # read already
    returned = (
        sheet is not None and sheet.return_asked is not None and sheet.head.phase == SheetState.HANDED_IN
    )
    opens = evaluation.head.phase == State.SCORING
    returns = opens and returned and may(user, "scoring.return_sheet", sheet)
    enters = opens and seat is not None and sheet is None and bool(is_secretary(user, evaluation))
    sees = sheet is not None and bool(writes_alone(user, sheet))
    return Row(seat, sheet, own, returned and (own or returns or sees), returns, enters, sees)


def seat_of_member(evaluation: Evaluation, seat_id: UUID) -> Seat:
    """Return the seat of a member who scores; Http404 where the panel has none of this id."""
    for seat in seated(evaluation):
        if seat.pk == seat_id and seat.role in Seat.SCORERS:
            return seat
    raise Http404
