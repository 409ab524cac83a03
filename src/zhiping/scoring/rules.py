"""Permissions of scoring: sheets, fact check, deliberation, results."""

import rules

from zhiping import permissions
from zhiping.accounts.models import User
from zhiping.domain.lifecycle import BEFORE_CLOSE, BEFORE_START, State, of_stage
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.rules import has_charge
from zhiping.panels.models import Seat
from zhiping.panels.rules import inside, is_lead, is_secretary, seat_of, sits
from zhiping.registry.rules import responsible_for_platform
from zhiping.scoring.models import Sheet


def _fills_common(user: User, sheet: Sheet) -> bool:
    return bool(is_lead(user, sheet.evaluation) or is_secretary(user, sheet.evaluation))


@rules.predicate
def fills(user: User, sheet: Sheet | None) -> bool:
    """The member whose sheet it is, while on the panel; of the common sheet the lead and the secretary."""
    if sheet is None:
        return False
    if sheet.seat is None:
        return _fills_common(user, sheet)
    seat = sheet.seat
    return seat.left is None and seat.role in Seat.SCORERS and seat.expert.user_id == user.pk


@rules.predicate
def confirms(user: User, sheet: Sheet | None) -> bool:
    """A member of the panel, for the common sheet."""
    return sheet is not None and sheet.seat is None and bool(sits(user, sheet.evaluation))


@rules.predicate
def writes_for(user: User, sheet: Sheet | None) -> bool:
    """The secretary of the panel, for a member's sheet."""
    return sheet is not None and sheet.seat is not None and bool(is_secretary(user, sheet.evaluation))


@rules.predicate
def writes_alone(user: User, sheet: Sheet | None) -> bool:
    """The secretary of the panel, for the sheet of a member who has no account to confirm it with."""
    if sheet is None or sheet.seat is None or not writes_for(user, sheet):
        return False
    seat = sheet.seat
    return seat.left is None and seat.role in Seat.SCORERS and seat.expert.user_id is None


@rules.predicate
def leads_other(user: User, sheet: Sheet | None) -> bool:
    """The lead of the panel, for a sheet that is not the lead's own."""
    return sheet is not None and bool(is_lead(user, sheet.evaluation)) and not _is_own(user, sheet)


@rules.predicate
def charged_with(user: User, sheet: Sheet | None) -> bool:
    """In charge of the evaluation, for a sheet that is not the person's own."""
    return sheet is not None and bool(has_charge(user, sheet.evaluation)) and not _is_own(user, sheet)


@rules.predicate
def leads_of_sheet(user: User, sheet: Sheet | None) -> bool:
    """The lead of the panel."""
    return sheet is not None and bool(is_lead(user, sheet.evaluation))


def _is_own(user: User, sheet: Sheet) -> bool:
    return sheet.seat is not None and sheet.seat.expert.user_id == user.pk


def scores(user: User, evaluation: Evaluation) -> Seat | None:
    """Return the seat on which a user scores."""
    seat = seat_of(user, evaluation)
    return seat if seat is not None and seat.role in Seat.SCORERS else None


@rules.predicate
def sees_marks(user: User, evaluation: Evaluation | None) -> bool:
    """The panel and who is in charge, once the scoring is closed: never the operator of an authority's."""
    if evaluation is None or evaluation.reached in BEFORE_CLOSE:
        return False
    return bool(sits(user, evaluation) or is_secretary(user, evaluation) or has_charge(user, evaluation))


@rules.predicate
def sees_facts(user: User, evaluation: Evaluation | None) -> bool:
    """The lead and the secretary during the scoring, then all who see the marks."""
    if evaluation is None or evaluation.reached in BEFORE_START:
        return False
    if evaluation.reached == State.SCORING:
        return bool(is_lead(user, evaluation) or is_secretary(user, evaluation))
    return bool(sees_marks(user, evaluation))


SEATS = {
    "in_charge": has_charge,
    "lead": is_lead,
    "secretary": is_secretary,
    "member": sits,
}
OF_SHEETS = {
    "give_mark": {"member": fills, "secretary": writes_alone},
    "enter_paper": {"secretary": writes_for},
    "refuse_paper": {"member": fills},
    "hand_in": {"member": fills, "secretary": writes_alone},
    "confirm_sheet": {"member": confirms},
    "ask_return": {"member": fills, "secretary": writes_alone},
    "return_sheet": {"lead": leads_other, "in_charge": charged_with},
    "count_sheet": {"lead": leads_of_sheet},
    "recuse_sheet": {"lead": leads_of_sheet},
}
OF_EVALUATIONS = {
    "note_hand_in",
    "note_return",
    "write_facts",
    "answer_facts",
    "decline_facts",
    "close_scoring",
    "settle_criteria",
    "record_dissent",
    "withdraw_dissent",
    "sign_result",
    "record_signature",
    "conclude",
}
MOVES = of_stage("scoring")
permissions.bind((move for move in MOVES["evaluation"] if move.name in OF_EVALUATIONS), SEATS)
for _move in MOVES["sheet"]:
    if _move.name in OF_SHEETS:
        permissions.bind([_move], OF_SHEETS[_move.name])
rules.add_perm("scoring.open_sheet", sits | is_secretary)
rules.add_perm("scoring.see_sheet", fills | confirms | writes_alone)
rules.add_perm("scoring.see_paper", fills | writes_for)
rules.add_perm("scoring.see_sheets", inside)
rules.add_perm("scoring.see_marks", sees_marks)
rules.add_perm("scoring.make_after_papers", has_charge | is_lead | is_secretary)
rules.add_perm("scoring.add_earlier", responsible_for_platform)
rules.add_perm("scoring.import_earlier", responsible_for_platform)
rules.add_perm("scoring.see_facts", sees_facts)
rules.add_perm("scoring.print_facts", sees_facts)
