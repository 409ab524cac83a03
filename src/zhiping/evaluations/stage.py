"""Ports of evaluations, for the apps above to collect."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse

from zhiping.accounts.models import Role, User
from zhiping.accounts.queries import in_regions
from zhiping.accounts.rules import responsible
from zhiping.domain.lifecycle import BEFORE_CLOSE, ON_SITE, State
from zhiping.evaluations.models import Evaluation, Programme
from zhiping.evaluations.queries import programme as programmes
from zhiping.evaluations.queries.evaluation import AT_HAND, COUNTED, in_state, visible_to
from zhiping.evaluations.rules import has_charge
from zhiping.evaluations.views.evaluation import evaluations_of
from zhiping.registry.models import Platform, Trigger
from zhiping.statements import rows_of, things_of
from zhiping.web.links import link_to, page
from zhiping.web.numbers import Counts, Number
from zhiping.web.searching import Searched, Words, lines
from zhiping.web.sections import Remedy, Section
from zhiping.web.tasks import MOST, Task, Tasks

# Names of events that may leave by webhook.
EVENTS = (
    "programme.added",
    "programme.frozen",
    "evaluation.planned",
    "evaluation.prepared",
    "evaluation.cancelled",
    "evaluation.restored",
)


def _waiting_triggers(user: User, heads: list[Any]) -> QuerySet[Trigger]:
    answered = Evaluation.objects.filter(trigger=OuterRef("pk")).exclude(head__phase=State.CANCELLED)
    unanswered = Q(important=True, met__isnull=True) & ~Exists(answered)
    mine = in_regions(user, "platform__region_id") & (Q(important__isnull=True) | unanswered)
    asked = Q(platform__operator_id__in=heads, important__isnull=True, view="")
    waiting = Trigger.objects.filter(mine | asked, platform__ended__isnull=True).select_related("platform")
    return waiting.order_by(F("due").asc(nulls_last=True), "reported")[: 2 * MOST]


def triggers(user: User, today: dt.date) -> Iterator[Task]:
    """Offer undecided triggers, and important ones that no evaluation answers yet (6.1.2).

    The operator's head is asked for a view as long as nothing is decided.
    """
    heads = [o.pk for o in user.organisations(Role.OPERATOR_HEAD)]
    if not (user.regions or heads):
        return
    for trigger in things_of(partial(_waiting_triggers, user, heads)):
        code = "answer_trigger" if trigger.important else "decide_trigger"
        if not responsible(user, trigger.platform.region_id):
            code = "view_trigger"
        url = page("platform", trigger.platform_id) + "#triggers"
        yield Task.until(trigger.due, today, code, url, platform=trigger.platform.name)


def _coming(
    user: User, own: list[Any], heads: list[Any], offices: list[Any], today: dt.date
) -> QuerySet[Evaluation]:
    mine = in_regions(user, "authority__region_id")
    charge = (mine | Q(kind="self", platform__operator_id__in=heads)) & in_state(*AT_HAND)
    received = Q(kind="authority", platform__operator_id__in=own, visit_end__gte=today) & in_state(*ON_SITE)
    delegated = Q(visit_office_id__in=offices) & in_state(*BEFORE_CLOSE)
    coming = Evaluation.objects.filter(charge | received | delegated).select_related(
        "head", "platform", "authority"
    )
    due = Coalesce("start_by", "visit_start").asc(nulls_last=True)
    return coming.order_by(due, "pk")[: 2 * MOST]


def evaluations(user: User, today: dt.date) -> Iterator[Task]:
    """Offer evaluations in preparation that the user runs, visits to record and visits to receive."""
    heads = [o.pk for o in user.organisations(Role.OPERATOR_HEAD)]
    own = [o.pk for o in user.organisations(Role.OPERATOR, Role.OPERATOR_HEAD)]
    offices = [o.pk for o in user.organisations(Role.AUTHORITY)]
    if not (user.regions or own):
        return
    for evaluation in things_of(partial(_coming, user, own, heads, offices, today)):
        url, name = page("evaluation", evaluation), evaluation.platform.name
        if evaluation.head.phase in AT_HAND and has_charge(user, evaluation):
            waits = evaluation.head.phase == State.SUSPENDED
            day = None if waits else evaluation.start_by or evaluation.visit_start
            code, urged = f"{evaluation.head.phase}_evaluation", evaluation.urged
            yield Task.until(day, today, code, url, urged=urged, platform=name)
        elif evaluation.visit_office_id in offices:
            yield Task("record_visit", {"platform": name}, url, evaluation.visit_start)
        else:
            yield Task("receive_visit", {"platform": name}, url, evaluation.visit_start)


def _counted(user: User) -> QuerySet[Evaluation, Any]:
    states = Evaluation.objects.filter(in_regions(user, "platform__region_id"), kind="authority")
    rows = states.filter(in_state(*COUNTED)).values_list("platform__region_id", "head__phase")
    return rows.annotate(n=Count("pk")).order_by()


def _by_region(user: User, _today: dt.date) -> Iterator[tuple[str, dict[str, int], dict[str, str]]]:
    for code, phase, n in rows_of(partial(_counted, user)):
        yield code, {phase: n, "under_way": n}, {}


def _numbers(sums: Mapping[str, int]) -> list[Number]:
    """Return the numbers, each equal to the length of its list."""
    listed = reverse("evaluations:evaluations")
    return [Number(state, sums[state], f"{listed}?state={state}") for state in COUNTED]


def _of_platform(user: User, platform: Platform, _today: dt.date) -> dict[str, Any]:
    return {"kinds": evaluations_of(user, platform)}


TASKS: tuple[Tasks, ...] = (triggers, evaluations)
COUNTS = Counts(_by_region, _numbers)
SECTIONS = (Section("platform", "evaluations/of_platform.html", _of_platform),)
# Events that everybody who sees an evaluation may know.
OPEN_TO_ALL = (
    "evaluation.planned",
    "evaluation.prepared",
    "evaluation.cancelled",
    "evaluation.restored",
)
REMEDIES = {  # of needs
    "platform_named": Remedy(link_to("platform"), "registry.resume_service", attrgetter("platform")),
    "rules_frozen": Remedy(link_to("programme"), "evaluations.freeze_programme", attrgetter("programme")),
}


def _programmes(ledgers: Collection[UUID]) -> Iterator[Words]:
    """Return the words of programmes: name, basis, guidance."""
    for one in Programme.objects.filter(pk__in=ledgers).select_related("authority"):
        body = lines(one.authority.name, one.basis, *map(str, one.guidance.values()))
        yield Words(one.pk, one.pk, one.name, body, one.year)


def _evaluations(ledgers: Collection[UUID]) -> Iterator[Words]:
    """Return the words of evaluations: platform, operator, programme, purpose, place of the visit."""
    concerned = Q(platform_id__in=ledgers) | Q(platform__operator_id__in=ledgers)
    rows = Evaluation.objects.filter(Q(pk__in=ledgers) | Q(programme_id__in=ledgers) | concerned)
    for one in rows.select_related("platform__operator", "programme"):
        programme = one.programme.name if one.programme else ""
        body = lines(one.platform.operator.name, programme, one.purpose, one.visit_place)
        yield Words(one.pk, one.pk, f"{one.platform.name} {one.period_end.year}", body, one.period_end.year)


SEARCH = (
    Searched("programme", ("programme",), _programmes, programmes.visible_to, link_to("programme")),
    Searched(
        "evaluation",
        ("evaluation", "platform", "organisation", "programme"),
        _evaluations,
        visible_to,
        link_to("evaluation"),
    ),
)
