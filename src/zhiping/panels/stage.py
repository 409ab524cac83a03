"""Ports of panels, for the apps above to collect."""

import datetime as dt
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.db.models import F, Q, QuerySet
from django.urls import reverse

from zhiping.accounts.models import Role, User
from zhiping.accounts.queries import in_regions
from zhiping.domain.lifecycle import BEFORE_CLOSE, State
from zhiping.evaluations.models import Evaluation, Programme
from zhiping.experts.models import Expert
from zhiping.panels.models import Recusal, Seat
from zhiping.panels.queries.check import all_pass
from zhiping.panels.queries.draw import latest_draws, state
from zhiping.panels.queries.panel import checks, members, seats_of
from zhiping.panels.rules import inside, names_known
from zhiping.statements import things_of
from zhiping.texts.wording import check_rows
from zhiping.web.links import link_to, page
from zhiping.web.sections import Remedy, Section
from zhiping.web.tasks import MOST, Task, Tasks

# Names of events that may leave by webhook.
EVENTS = ("draw.drawn", "evaluation.suspended", "evaluation.resumed", "evaluation.urged")
# Events that everybody who sees an evaluation may know.
OPEN_TO_ALL = ("evaluation.suspended", "evaluation.resumed", "evaluation.urged")


def _waiting_recusals(user: User, heads: list[Any]) -> QuerySet[Recusal]:
    of = "seat__evaluation__platform"
    mine = in_regions(user, "seat__evaluation__authority__region_id")
    own = Q(**{f"{of}__operator_id__in": heads}, seat__evaluation__kind="self")
    waiting = Recusal.objects.filter(mine | own, granted__isnull=True)
    return waiting.select_related("seat__expert", of).order_by("asked")[:MOST]


def recusals(user: User, _today: dt.date) -> Iterator[Task]:
    """Offer requests to step aside that the user decides on."""
    heads = [o.pk for o in user.organisations(Role.OPERATOR_HEAD)]
    if not (user.regions or heads):
        return
    for recusal in things_of(partial(_waiting_recusals, user, heads)):
        data = {"name": recusal.seat.expert.name, "platform": recusal.seat.evaluation.platform.name}
        yield Task("decide_recusal", data, reverse("panels:decide-recusal", args=[recusal.pk]))


def _held_seats(user: User, today: dt.date) -> QuerySet[Seat]:
    held = Seat.objects.filter(
        Q(evaluation__visit_end__isnull=True)
        | Q(evaluation__visit_end__gte=today)
        | Q(declared__isnull=True),
        expert__user=user,
        left__isnull=True,
        evaluation__head__phase__in=BEFORE_CLOSE,
    )
    order = (F("evaluation__visit_start").asc(nulls_last=True), "pk")
    return held.select_related("evaluation__platform", "evaluation__head").order_by(*order)[: 2 * MOST]


def seats(user: User, today: dt.date) -> Iterator[Task]:
    """Offer declarations to sign, panels to lead to their start and visits to come."""
    for seat in things_of(partial(_held_seats, user, today)):
        evaluation, data = seat.evaluation, {"platform": seat.evaluation.platform.name}
        here, urged = page("evaluation", evaluation), evaluation.urged
        if seat.declared is None and seat.role != Seat.Role.SECRETARY:
            url = reverse("panels:declare", args=[evaluation.pk])
            yield Task.until(evaluation.visit_start, today, "declare", url, urged=urged, **data)
        elif seat.role == Seat.Role.LEAD and evaluation.head.phase == State.PREPARING:
            yield Task.until(evaluation.visit_start, today, "lead", here, urged=urged, **data)
        elif seat.role != Seat.Role.SUBSTITUTE:
            yield Task("visit", data, here, evaluation.visit_start)


def _of_evaluation(user: User, evaluation: Evaluation, today: dt.date) -> dict[str, Any]:
    found = checks(user, evaluation, today=today)
    within = bool(inside(user, evaluation))
    return {
        "inside": within,
        "known": within or names_known(evaluation),
        "members": members(user, evaluation),
        "checks": found,
        "check_rows": list(zip(found, check_rows(found), strict=True)),
        "holds": {"panel_legal": partial(all_pass, found)},  # read once for both
    }


def _of_programme(_user: User, programme: Programme, _today: dt.date) -> dict[str, Any]:
    return {"programme": programme, "draws": [(draw, state(draw)) for draw in latest_draws(programme, MOST)]}


def _of_expert(user: User, expert: Expert, _today: dt.date) -> dict[str, Any]:
    return {"seats": seats_of(user, expert)}


TASKS: tuple[Tasks, ...] = (recusals, seats)
SECTIONS = (
    Section("evaluation", "panels/of_evaluation.html", _of_evaluation),
    Section("programme", "panels/of_programme.html", _of_programme),
    Section("expert", "panels/of_expert.html", _of_expert),
)
REMEDIES = {"panel_legal": Remedy(link_to("panels:panel"), "panels.seat_expert")}  # of needs
