"""One evaluation on one page: where it stands, what is missing, who, when."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import rules
from django.db.models import QuerySet
from django.urls import reverse

from zhiping.accounts.models import User
from zhiping.domain import lifecycle
from zhiping.domain.lifecycle import State
from zhiping.ids import uuid7
from zhiping.ledger.models import Event
from zhiping.ledger.queries import timeline
from zhiping.preparation.models import Evaluation
from zhiping.preparation.queries.evaluation import held
from zhiping.preparation.queries.panel import checks, members
from zhiping.preparation.rules.evaluation import runs_programme
from zhiping.preparation.rules.panel import inside

# What everybody who sees an evaluation may know of its course; who asked to step aside is not among it.
TOLD_TO_ALL = (
    "evaluation.planned", "evaluation.prepared", "visit.planned", "visit.timetable_proposed",
    "scoring.started", "evaluation.cancelled",
)  # fmt: skip
STEPS = (State.PLANNED, State.PREPARING, State.SCORING)
MENDED_AT = {
    "platform_named": "registry:platform",
    "panel_legal": "preparation:panel",
    "visit_planned": "preparation:plan-visit",
    "rules_frozen": "preparation:programme",
}


@dataclass(frozen=True, slots=True)
class Need:
    """What must hold before a move, whether it does, and where to see to it."""

    code: str
    holds: bool
    url: str


@dataclass(frozen=True, slots=True)
class Next:
    """A move that comes next, what it needs, and whether this person makes it."""

    name: str
    needs: list[Need]
    may: bool
    seats: tuple[str, ...]  # who makes it (domain.lifecycle)
    url: str
    key: UUID

    @property
    def ready(self) -> bool:
        """Whether nothing is missing any more."""
        return all(need.holds for need in self.needs)


def dossier(user: User, evaluation: Evaluation, today: dt.date) -> dict[str, Any]:
    """Return what the page shows beside the evaluation's own facts."""
    return {
        "steps": _steps(evaluation.head.phase),
        "next": _next(user, evaluation, today),
        "may_programme": runs_programme(user, evaluation.programme),
        "may_cancel": evaluation.head.phase in lifecycle.UNDER_WAY
        and rules.has_perm("preparation.cancel_evaluation", user, evaluation),
        "checks": checks(user, evaluation, today=today),
        "members": members(user, evaluation),
        "inside": inside(user, evaluation),
        "timeline": history(user, evaluation),
    }


def history(user: User, evaluation: Evaluation) -> QuerySet[Event]:
    """Return what happened: all of it for who runs the evaluation or sits on its panel, else its course."""
    found = timeline(evaluation.pk)
    return found if inside(user, evaluation) else found.filter(name__in=TOLD_TO_ALL)


def _steps(phase: str) -> list[dict[str, Any]]:
    order = list(State)
    at = order.index(State(phase))
    return [
        {"state": state, "done": order.index(state) < at, "current": state == phase}
        for state in (STEPS if phase in STEPS else (*STEPS, State(phase)))
    ]


def _next(user: User, evaluation: Evaluation, today: dt.date) -> Next | None:
    """Return the move that leads on; None where this app has none."""
    phase = State(evaluation.head.phase)
    name = {State.PLANNED: "prepare", State.PREPARING: "start"}.get(phase)
    if name is None:
        return None
    move, has = lifecycle.find(phase, name), held(evaluation, today)
    return Next(
        name,
        [_need(code, code in has, user, evaluation) for code in move.needs if code != "entry_0_written"],
        rules.has_perm(f"preparation.{name}_evaluation", user, evaluation),
        move.seats(evaluation.kind),
        reverse(f"preparation:{name}-evaluation", args=[evaluation.pk]),
        uuid7(),
    )


def _need(code: str, holds: bool, user: User, evaluation: Evaluation) -> Need:  # noqa: FBT001 - a fact, not a switch
    page, subject = MENDED_AT.get(code), evaluation.pk
    if code == "platform_named":
        subject = evaluation.platform_id
    if code == "rules_frozen":  # a programme is its authority's page: the lead reads who is to do it
        page = page if runs_programme(user, evaluation.programme) else None
        subject = evaluation.programme_id
    return Need(code, holds, reverse(page, args=[subject]) if page else "")
