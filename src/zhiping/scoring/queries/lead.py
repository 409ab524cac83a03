"""What waits for the lead of a panel once scoring has begun."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from zhiping.accounts.models import User
from zhiping.domain.lifecycle import State
from zhiping.evaluations.models import Evaluation
from zhiping.panels.models import Seat
from zhiping.scoring.models import Confirmation, FactCheck, Sheet
from zhiping.scoring.queries.sheet import IN, common
from zhiping.statements import things_of
from zhiping.web.tasks import MOST

_SCORERS = Seat.objects.filter(
    evaluation=OuterRef("evaluation"), left__isnull=True, role__in=Seat.SCORERS
).order_by()
_IN = Q(sheet__head__phase__in=IN)
_COMMON = Sheet.objects.filter(evaluation=OuterRef("evaluation"), seat__isnull=True, head__phase__in=IN)
_CONFIRMED = Q(pk__in=Confirmation.objects.filter(content_sha256=F("sheet__content_sha256")).values("seat"))
_SETTLED = FactCheck.objects.filter(evaluation=OuterRef("evaluation"), settled__isnull=False)


def _led(user: User) -> QuerySet[Seat]:
    """Return the user's seats as a lead of panels that score or deliberate.

    `out`: a member's sheet is not in; `apart`: the common one is not in, or not confirmed by all.
    """
    led = Seat.objects.filter(
        expert__user=user, left__isnull=True, role=Seat.Role.LEAD,
        evaluation__head__phase__in=(State.SCORING, State.DELIBERATING),
    )  # fmt: skip
    related = ("evaluation__platform", "evaluation__head", "evaluation__programme")
    return (
        led.select_related(*related)
        .annotate(
            out=Exists(_SCORERS.exclude(_IN)),
            apart=~Exists(_COMMON) | Exists(_SCORERS.exclude(_CONFIRMED)),
            settled=Exists(_SETTLED),
        )
        .order_by("evaluation__visit_start", "pk")[:MOST]
    )


def waiting(user: User) -> Iterator[tuple[Evaluation, str]]:
    """Give the evaluations whose lead has something to do, with the code of the task: one statement."""
    for seat in things_of(partial(_led, user)):
        if code := _waiting(seat):
            yield seat.evaluation, code


def _waiting(seat: Any) -> str:
    """Return what waits for the lead; "" while a sheet is out."""
    if seat.evaluation.head.phase == State.DELIBERATING:
        return "settle_criteria"
    if seat.apart if common(seat.evaluation) else seat.out:
        return ""
    return "close_scoring" if seat.settled else "write_facts"
