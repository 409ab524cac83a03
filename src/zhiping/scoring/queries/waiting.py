"""What waits for the members of panels that deliberate: results to sign, evaluations to conclude."""

import datetime as dt
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from zhiping.accounts.models import User
from zhiping.domain.lifecycle import State
from zhiping.ledger.models import Event
from zhiping.panels.models import Seat
from zhiping.scoring.models import Dissent, Signature
from zhiping.scoring.queries.changes import CHANGES
from zhiping.statements import things_of
from zhiping.web.links import page
from zhiping.web.tasks import MOST, Task


def _settled_seat(evaluation: str) -> Q:
    """Return the condition that the member of a seat has signed since the last change, or dissents."""
    later = Event.objects.filter(head=OuterRef(evaluation), name__in=list(CHANGES), at__gt=OuterRef("at"))
    signed = Signature.objects.filter(~Exists(later), seat=OuterRef("pk"))
    return Q(Exists(signed)) | Q(Exists(Dissent.objects.filter(seat=OuterRef("pk"))))


def _held(user: User) -> QuerySet[Seat]:
    """Return the seats of a user on panels that deliberate, and whether all members have signed."""
    scoring = Q(left__isnull=True, role__in=Seat.SCORERS)
    others = Seat.objects.filter(scoring, evaluation=OuterRef("evaluation")).order_by()
    held = Seat.objects.filter(scoring, expert__user=user, evaluation__head__phase=State.DELIBERATING)
    return (
        held.select_related("evaluation__platform")
        .annotate(
            settled=Exists(Seat.objects.filter(_settled_seat("evaluation_id"), pk=OuterRef("pk"))),
            missing=Exists(others.exclude(_settled_seat("evaluation_id"))),
        )
        .order_by("evaluation__visit_end", "pk")[:MOST]
    )


def to_sign(user: User, _today: dt.date) -> Iterator[Task]:
    """Offer members the result to sign, and the lead the conclusion once all have signed."""
    for seat in things_of(partial(_held, user)):
        if (task := _task(seat)) is not None:
            yield task


def _task(seat: Any) -> Task | None:
    evaluation, data = seat.evaluation, {"platform": seat.evaluation.platform.name}
    if not seat.settled:
        return Task(
            "sign_result", data, reverse("scoring:result", args=[evaluation.pk]), evaluation.visit_end
        )
    if seat.role == Seat.Role.LEAD and not seat.missing:
        return Task("conclude", data, page("evaluation", evaluation), evaluation.visit_end)
    return None
