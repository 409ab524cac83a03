"""Duties as their page shows them and as the rules read them (6.2.3)."""

from dataclasses import dataclass
from fractions import Fraction

from zhiping.domain.duties import Member
from zhiping.domain.exact import number_text
from zhiping.domain.rubric import Indicator
from zhiping.evaluations.models import Evaluation
from zhiping.experts.models import ExpertField
from zhiping.panels.models import Duty, Seat
from zhiping.panels.rules import seated


@dataclass(frozen=True, slots=True)
class Line:
    """An indicator with the seats that lead and check it; a vacant seat does neither."""

    indicator: Indicator
    leads: Seat | None
    checks: Seat | None


@dataclass(frozen=True, slots=True)
class Load:
    """The number of indicators and points that a seat leads and checks."""

    seat: Seat
    leads: int
    points: str
    checks: int


def as_members(evaluation: Evaluation) -> list[Member]:
    """Return lead and members as the sharing reads them: one query besides the seats."""
    on_panel = ExpertField.objects.filter(
        expert__seats__evaluation=evaluation, expert__seats__left__isnull=True
    )
    fields: dict[object, set[str]] = {}
    for key, field in on_panel.values_list("expert_id", "field"):
        fields.setdefault(key, set()).add(field)
    return [
        Member(str(s.pk), frozenset(fields.get(s.expert_id, ())), frozenset(s.runs or ()))
        for s in seated(evaluation)
        if s.role in Seat.SCORERS
    ]


def lines(evaluation: Evaluation) -> list[Line]:
    """Return every indicator in table order with its seats: one query besides the seats."""
    seats = {s.pk: s for s in seated(evaluation)}
    known: dict[str, Duty] = {d.indicator: d for d in evaluation.duties.all()}
    found = []
    for indicator in evaluation.rubric.as_domain().indicators:
        duty = known.get(indicator.id)
        leads = seats.get(duty.leads_id) if duty else None
        checks = seats.get(duty.checks_id) if duty and duty.checks_id else None
        found.append(Line(indicator, leads, checks))
    return found


def loads(evaluation: Evaluation, found: list[Line]) -> list[Load]:
    """Return the load of each seat that scores."""
    return [
        Load(
            seat=seat,
            leads=sum(line.leads is seat for line in found),
            points=number_text(sum((x.indicator.max for x in found if x.leads is seat), Fraction(0))),
            checks=sum(line.checks is seat for line in found),
        )
        for seat in seated(evaluation)
        if seat.role in Seat.SCORERS
    ]
