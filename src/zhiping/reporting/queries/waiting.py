"""What waits for people around reports, and where a report is."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, UUIDField

from zhiping.accounts.models import User
from zhiping.domain.lifecycle import ANSWERED, State
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import in_state
from zhiping.panels.models import Seat
from zhiping.reporting.models import Edition, Objection
from zhiping.statements import Given, Statement

SEAT_OF_LEAD = Q(role=Seat.Role.LEAD, left__isnull=True)
_ISSUED = Edition.objects.filter(evaluation=OuterRef("pk")).exclude(number="").order_by("-version")
_OBJECTIONS = Objection.objects.filter(evaluation=OuterRef("pk"), answered_by__isnull=True)
_STATE = Statement(
    lambda: (
        Evaluation.objects.filter(pk=Given("evaluation", UUIDField()))
        .annotate(
            until=F("consultation__until"),
            number=_ISSUED.values("number")[:1],
            date=_ISSUED.values("date")[:1],
        )
        .only("pk")
    )
)


def led(user: User) -> Exists:
    """Return the annotation whether a user leads the panel of an evaluation."""
    return Exists(Seat.objects.filter(SEAT_OF_LEAD, evaluation=OuterRef("pk"), expert__user=user))


def unanswered() -> Exists:
    """Return the annotation whether an objection to a report is not answered."""
    return Exists(_OBJECTIONS)


def asked_of(own: list[Any]) -> Q:
    """Return the condition that the lead, or one of the operators, has something to do about a report.

    It needs the annotations `led` and `unanswered`.
    """
    sends = Q(led=True) & in_state(State.CONCLUDED)
    answers = Q(led=True, unanswered=True) & in_state(*ANSWERED)
    comments = Q(platform__operator_id__in=own, consultation__accepted__isnull=True)
    return sends | answers | (comments & in_state(State.CONSULTING))


def state_of(evaluation_id: UUID) -> Any:
    """Return where the report of an evaluation is: `until`, `number` and `date` of the issued one."""
    return next(iter(_STATE.things(evaluation=evaluation_id)))
