"""What waits for people around improvements, and where an improvement is."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, UUIDField
from django.db.models.functions import Coalesce

from zhiping.accounts.models import User
from zhiping.accounts.queries import in_regions
from zhiping.domain.lifecycle import State
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import in_state
from zhiping.improvement.models import CLOSED, Extension
from zhiping.statements import Given, Statement
from zhiping.web.tasks import MOST

_UNDONE = Q(improvement_actions__done=None) & ~Q(improvement_actions__verdict__in=CLOSED)
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
    """Return evaluations that are reported or improving and of which the user is operator or in charge."""
    led = in_regions(user, "authority__region_id")
    rows = Evaluation.objects.filter(in_state(State.REPORTED, State.IMPROVING))
    rows = rows.filter(Q(platform__operator_id__in=own) | led)
    last = Coalesce("improvement_actions__deadline", "improvement__due")
    rows = rows.annotate(
        choice=F("improvement__choice"),
        due=F("improvement__due"),
        asked=Exists(_ASKED),
        led_here=Exists(Evaluation.objects.filter(led, pk=OuterRef("pk"))),
        undone=Count("improvement_actions", filter=_UNDONE),
        first=Min(last, filter=_UNDONE),
    )
    return rows.select_related("platform", "head").order_by("improvement__due", "pk")[:MOST]


def state_of(evaluation_id: UUID) -> Any:
    """Return where an improvement is: its deadline, and how many measures are undone and closed."""
    return next(iter(_STATE.things(evaluation=evaluation_id)))
