"""What waits for people after the result of an evaluation, and where an improvement is."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, UUIDField
from django.db.models.functions import Coalesce

from zhiping.accounts.models import User
from zhiping.accounts.queries import in_regions
from zhiping.domain.lifecycle import State
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import in_state
from zhiping.improvement.models import CLOSED, Action, Extension
from zhiping.reporting.queries import waiting as reports
from zhiping.statements import Given, Statement
from zhiping.web.tasks import MOST

_UNDONE = Q(improvement_actions__done=None) & ~Q(improvement_actions__verdict__in=CLOSED)
_OPEN = Action.objects.filter(evaluation=OuterRef("pk"), done=None).exclude(verdict__in=CLOSED)
_FIRST = _OPEN.annotate(last=Coalesce("deadline", "evaluation__improvement__due")).order_by("last")
_COUNT = _OPEN.order_by().values("evaluation").annotate(n=Count("pk")).values("n")
_ASKED = Extension.objects.filter(evaluation=OuterRef("pk"), granted=None)
_STATE = Statement(
    lambda: (
        Evaluation.objects.filter(pk=Given("evaluation", UUIDField()))
        .annotate(
            opened=F("improvement__opened"),
            due=F("improvement__due"),
            choice=F("improvement__choice"),
            all=Count("improvement_actions"),
            undone=Count("improvement_actions", filter=_UNDONE),
            closed=Count("improvement_actions", filter=Q(improvement_actions__verdict__in=CLOSED)),
        )
        .only("pk")
    )
)


def waiting(user: User, own: list[Any]) -> QuerySet[Evaluation]:
    """Return evaluations with a result that wait for the user, as panel's lead, operator or in charge.

    Reports and improvements are asked for together, so that the desk needs one statement for both.
    """
    led = in_regions(user, "authority__region_id")
    improves = in_state(State.REPORTED, State.IMPROVING) & (Q(platform__operator_id__in=own) | led)
    rows = Evaluation.objects.annotate(
        led=reports.led(user),
        unanswered=reports.unanswered(),
        choice=F("improvement__choice"),
        due=F("improvement__due"),
        asked=Exists(_ASKED),
        led_here=Exists(Evaluation.objects.filter(led, pk=OuterRef("pk"))),
        undone=_COUNT,
        first=_FIRST.values("last")[:1],
    )
    rows = rows.filter(reports.asked_of(own) | improves)
    return rows.select_related("platform", "head", "consultation").order_by("visit_end", "pk")[: 2 * MOST]


def state_of(evaluation_id: UUID) -> Any:
    """Return where an improvement is: its deadline, and how many measures are undone and closed."""
    return next(iter(_STATE.things(evaluation=evaluation_id)))
