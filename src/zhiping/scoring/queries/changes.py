"""What makes the result of a deliberation another: the events that do, in words for who signs."""

from collections.abc import Callable, Iterator

from django.db.models import Exists, OuterRef

from zhiping.domain.errors import Problem
from zhiping.evaluations.models import Evaluation
from zhiping.ledger.models import Event
from zhiping.scoring.models import Signature


def since(evaluation: Evaluation, size: int) -> list[Problem]:
    """Return what has changed in a result since its evaluation's ledger had a size: one statement."""
    events = Event.objects.filter(head=evaluation.pk, seq__gte=size, name__in=CHANGES).select_related("by")
    return [problem for event in events.order_by("seq") for problem in CHANGES[event.name](event)]


def signed_since(evaluation: Evaluation) -> list[Signature]:
    """Return the signatures of the panel as it is now that were given after the last change."""
    later = Event.objects.filter(head=evaluation.pk, name__in=list(CHANGES), at__gt=OuterRef("at"))
    given = Signature.objects.filter(~Exists(later), evaluation=evaluation, seat__left__isnull=True)
    return list(given.select_related("seat__expert__user").order_by("seat__place", "pk"))


def _agreed(event: Event) -> Iterator[Problem]:
    for name, points in event.data["marks"].items():
        yield Problem("results.mark_agreed", {"id": name, "points": points})


def _dissent(event: Event) -> Iterator[Problem]:
    code = "results.dissent_given" if event.name == "dissent.recorded" else "results.dissent_gone"
    yield Problem(code, {"id": event.data["criterion"], "name": event.by.name if event.by else ""})


def _closed(_event: Event) -> Iterator[Problem]:
    yield Problem("results.closed_again")


CHANGES: dict[str, Callable[[Event], Iterator[Problem]]] = {
    "marks.agreed": _agreed,
    "dissent.recorded": _dissent,
    "dissent.withdrawn": _dissent,
    "scoring.closed": _closed,
}
