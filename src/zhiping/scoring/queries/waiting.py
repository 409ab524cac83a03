"""What waits for the members of a panel once scoring has begun, and for its lead: one statement."""

import datetime as dt
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from zhiping.accounts.models import User
from zhiping.domain.lifecycle import State
from zhiping.ledger.models import Event
from zhiping.panels.models import Seat
from zhiping.scoring.models import Confirmation, Dissent, FactCheck, Sheet, Signature
from zhiping.scoring.queries.changes import CHANGES
from zhiping.scoring.queries.sheet import IN, common
from zhiping.statements import things_of
from zhiping.web.links import link_to
from zhiping.web.tasks import MOST, Task

LEAD = Seat.Role.LEAD
PAGES = {  # of the tasks
    "write_facts": "scoring:facts",
    "close_scoring": "evaluation",
    "settle_criteria": "scoring:deliberation",
    "sign_result": "result",
    "conclude": "evaluation",
}
_SCORING = Q(left__isnull=True, role__in=Seat.SCORERS)
_SCORERS = Seat.objects.filter(_SCORING, evaluation=OuterRef("evaluation")).order_by()
_IN = Q(sheet__head__phase__in=IN)
_COMMON = Sheet.objects.filter(evaluation=OuterRef("evaluation"), seat__isnull=True, head__phase__in=IN)
_CONFIRMED = Q(pk__in=Confirmation.objects.filter(content_sha256=F("sheet__content_sha256")).values("seat"))
_CHECKED = FactCheck.objects.filter(evaluation=OuterRef("evaluation"), settled__isnull=False)


def _settled_seat(evaluation: str) -> Q:
    """Return the condition that the member of a seat has signed since the last change, or dissents."""
    later = Event.objects.filter(head=OuterRef(evaluation), name__in=list(CHANGES), at__gt=OuterRef("at"))
    signed = Signature.objects.filter(~Exists(later), seat=OuterRef("pk"))
    return Q(Exists(signed)) | Q(Exists(Dissent.objects.filter(seat=OuterRef("pk"))))


def _held(user: User) -> QuerySet[Seat]:
    """Return the seats of a user on panels that deliberate, as a lead also of those that score.

    `out`: a member's sheet is not in; `apart`: the common one is not in, or not confirmed by all; `checked`:
    the facts are settled; `settled`: the member has signed, or dissents; `missing`: a member has not.
    """
    held = Seat.objects.filter(
        _SCORING,
        Q(evaluation__head__phase=State.DELIBERATING) | Q(evaluation__head__phase=State.SCORING, role=LEAD),
        expert__user=user,
    )
    return (
        held.select_related("evaluation__platform", "evaluation__head", "evaluation__programme")
        .annotate(
            out=Exists(_SCORERS.exclude(_IN)),
            apart=~Exists(_COMMON) | Exists(_SCORERS.exclude(_CONFIRMED)),
            checked=Exists(_CHECKED),
            settled=Exists(Seat.objects.filter(_settled_seat("evaluation_id"), pk=OuterRef("pk"))),
            missing=Exists(_SCORERS.exclude(_settled_seat("evaluation_id"))),
        )
        .order_by("evaluation__visit_end", "pk")[:MOST]
    )


def waiting(user: User, _today: dt.date) -> Iterator[Task]:
    """Offer members the result to sign; the lead the facts, the close, the deliberation, the conclusion."""
    for seat in things_of(partial(_held, user)):
        evaluation = seat.evaluation
        deliberates = evaluation.head.phase == State.DELIBERATING
        for code in _deliberating(seat) if deliberates else _scoring(seat):
            data, url = {"platform": evaluation.platform.name}, link_to(PAGES[code])(evaluation)
            yield Task(code, data, url, evaluation.visit_end)


def _scoring(seat: Any) -> Iterator[str]:
    """Yield what waits for the lead before the close; nothing while a sheet is out."""
    if not (seat.apart if common(seat.evaluation) else seat.out):
        yield "close_scoring" if seat.checked else "write_facts"


def _deliberating(seat: Any) -> Iterator[str]:
    leads = seat.role == LEAD
    if leads:
        yield "settle_criteria"
    if not seat.settled:
        yield "sign_result"
    elif leads and not seat.missing:
        yield "conclude"
