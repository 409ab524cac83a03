"""What waits for people around reports, and where a report is."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, UUIDField

from zhiping.accounts.models import User
from zhiping.domain.lifecycle import State
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import in_state
from zhiping.panels.models import Seat
from zhiping.reporting.models import Edition, Objection
from zhiping.statements import Given, Statement
from zhiping.web.tasks import MOST

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


def waiting(user: User, own: list[Any]) -> QuerySet[Evaluation]:
    """Return evaluations of which the user sends the draft, answers objections, or comments on the draft."""
    led = Exists(Seat.objects.filter(SEAT_OF_LEAD, evaluation=OuterRef("pk"), expert__user=user))
    rows = Evaluation.objects.filter(in_state(State.CONCLUDED, State.CONSULTING))
    rows = rows.annotate(led=led, unanswered=Exists(_OBJECTIONS))
    sends, answers = Q(led=True) & in_state(State.CONCLUDED), Q(led=True, unanswered=True)
    comments = Q(platform__operator_id__in=own, consultation__accepted__isnull=True) & in_state(
        State.CONSULTING
    )
    rows = rows.filter(sends | answers | comments).select_related("platform", "head", "consultation")
    return rows.order_by("visit_end", "pk")[:MOST]


def state_of(evaluation_id: UUID) -> Any:
    """Return where the report of an evaluation is: `until`, `number` and `date` of the issued one."""
    return next(iter(_STATE.things(evaluation=evaluation_id)))
