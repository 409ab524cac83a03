"""Queries of the page of one evaluation: state, needs of the next move, people, timeline."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, UUIDField
from django.urls import reverse

from zhiping.accounts.models import User
from zhiping.domain import lifecycle
from zhiping.domain.lifecycle import State
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import visible_to as evaluations_of
from zhiping.evaluations.rules import runs_programme
from zhiping.experts.models import Expert
from zhiping.ledger.models import Event
from zhiping.ledger.queries import timeline
from zhiping.panels.models import Seat
from zhiping.panels.queries.check import all_pass
from zhiping.panels.queries.panel import checks, members
from zhiping.panels.rules import inside
from zhiping.permissions import may
from zhiping.statements import Given, things_of
from zhiping.visits.queries import NEEDS

# Events shown to all who see an evaluation. Requests for recusal are confidential and not among them.
SHOWN_TO_ALL = (
    "evaluation.planned", "evaluation.prepared", "visit.planned", "visit.timetable_proposed",
    "scoring.started", "evaluation.cancelled",
)  # fmt: skip
LEADS_ON = {State.PLANNED: "prepare_evaluation", State.PREPARING: "start_evaluation"}
STEPS = (State.PLANNED, State.PREPARING, State.SCORING)
MENDED_AT = {  # the page on which a need is met, and the permission for it
    "platform_named": ("dossier:platform", "registry.resume_service"),
    "panel_legal": ("panels:panel", "panels.seat_expert"),
    "visit_planned": ("visits:plan-visit", "visits.plan_visit"),
    "rules_frozen": ("dossier:programme", "evaluations.freeze_programme"),
}


@dataclass(frozen=True, slots=True)
class Need:
    """A condition of a move, whether it holds, and the page to meet it on."""

    code: str
    holds: bool
    url: str


@dataclass(frozen=True, slots=True)
class Next:
    """The next move, its needs, and whether this user makes it."""

    name: str
    needs: list[Need]
    may: bool
    seats: tuple[str, ...]  # seats that make it (domain.lifecycle)
    url: str

    @property
    def ready(self) -> bool:
        """Return whether all needs hold."""
        return all(need.holds for need in self.needs)


def dossier(user: User, evaluation: Evaluation, today: dt.date) -> dict[str, Any]:
    """Return the parts of the page besides the evaluation's own fields."""
    known, found = inside(user, evaluation), checks(user, evaluation, today=today)
    needs = {code: partial(need, evaluation, today) for code, need in NEEDS.items()}
    needs["panel_legal"] = partial(all_pass, found)  # the checks are on the page: read once
    return {
        "steps": _steps(evaluation.head.phase),
        "next": _next(user, evaluation, needs if known else None),
        "may_programme": runs_programme(user, evaluation.programme),
        "may_papers": may(user, "visits.make_papers", evaluation),
        "may_cancel": lifecycle.possible("evaluation", "cancel_evaluation", evaluation.head.phase)
        and may(user, "evaluations.cancel_evaluation", evaluation),
        "checks": found,
        "members": members(user, evaluation),
        "inside": known,
        "timeline": history(user, evaluation),
    }


def history(user: User, evaluation: Evaluation) -> list[Event]:
    """Return the events: all for its operator, authority and panel, for others the public ones."""
    events = timeline(evaluation.pk)
    return events if inside(user, evaluation) else [e for e in events if e.name in SHOWN_TO_ALL]


def _steps(phase: str) -> list[dict[str, Any]]:
    order = list(State)
    at = order.index(State(phase))
    return [
        {"state": state, "done": order.index(state) < at, "current": state == phase}
        for state in (STEPS if phase in STEPS else (*STEPS, State(phase)))
    ]


def _next(user: User, evaluation: Evaluation, holds: Mapping[str, Callable[[], bool]] | None) -> Next | None:
    """Return the next move; None where no app implements it.

    `holds`: whether each need holds; None for a user who is not shown what is missing.
    """
    phase = State(evaluation.head.phase)
    if phase not in LEADS_ON:
        return None
    move = lifecycle.find("evaluation", LEADS_ON[phase], phase)
    needs = [_need(code, user, evaluation, holds=holds[code]()) for code in move.needs] if holds else []
    return Next(
        move.name,
        needs,
        may(user, move.permission, evaluation),
        tuple(seat for together in move.seats(evaluation.kind) for seat in together),
        reverse(f"{move.stage}:{move.name.replace('_', '-')}", args=[evaluation.pk]),
    )


def _need(code: str, user: User, evaluation: Evaluation, *, holds: bool) -> Need:
    """Return a need, with a link to the page where this user can see to it."""
    page, permission = MENDED_AT.get(code, ("", ""))
    about: Any = {"platform_named": evaluation.platform, "rules_frozen": evaluation.programme}.get(
        code, evaluation
    )
    mends = not holds and bool(page) and about is not None and may(user, permission, about)
    return Need(code, holds, reverse(page, args=[about.pk]) if mends else "")


def seats(user: User, expert: Expert) -> list[Seat]:
    """Return present and past seats of an expert, the latest first, in evaluations visible to the user."""
    return things_of(partial(_seats, user), expert=expert.pk)


def _seats(user: User) -> QuerySet[Seat]:
    seen = Exists(evaluations_of(user).filter(pk=OuterRef("evaluation")))
    return (
        Seat.objects.filter(seen, expert=Given("expert", UUIDField()))
        .select_related("evaluation__platform", "evaluation__head")
        .order_by("-evaluation__created", "-pk")
    )
