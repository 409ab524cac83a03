"""One evaluation on one page: where it stands, what is missing, who, when."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from zhiping.accounts.models import User
from zhiping.accounts.rules import may
from zhiping.domain import lifecycle
from zhiping.domain.lifecycle import State
from zhiping.domain.panel import Check
from zhiping.ids import uuid7
from zhiping.ledger.models import Event
from zhiping.ledger.queries import timeline
from zhiping.preparation.models import Evaluation
from zhiping.preparation.queries.evaluation import named
from zhiping.preparation.queries.panel import checks, members
from zhiping.preparation.rules.evaluation import runs_programme
from zhiping.preparation.rules.panel import inside

# What everybody who sees an evaluation may know of its course; who asked to step aside is not among it.
TOLD_TO_ALL = (
    "evaluation.planned", "evaluation.prepared", "visit.planned", "visit.timetable_proposed",
    "scoring.started", "evaluation.cancelled",
)  # fmt: skip
STEPS = (State.PLANNED, State.PREPARING, State.SCORING)
MENDED_AT = {  # the page on which a need is seen to, and who may
    "platform_named": ("registry:platform", "registry.resume_service"),
    "panel_legal": ("preparation:panel", "preparation.seat_expert"),
    "visit_planned": ("preparation:plan-visit", "preparation.plan_visit"),
    "rules_frozen": ("preparation:programme", "preparation.freeze_programme"),
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
    known, found = inside(user, evaluation), checks(user, evaluation, today=today)
    return {
        "steps": _steps(evaluation.head.phase),
        "next": _next(user, evaluation, _held(evaluation, found) if known else None),
        "may_programme": runs_programme(user, evaluation.programme),
        "may_papers": may(user, "preparation.make_papers", evaluation),
        "may_cancel": evaluation.head.phase in lifecycle.UNDER_WAY
        and may(user, "preparation.cancel_evaluation", evaluation),
        "checks": found,
        "members": members(user, evaluation),
        "inside": known,
        "timeline": history(user, evaluation),
    }


def _held(evaluation: Evaluation, found: list[Check]) -> set[str]:
    legal = all(check["state"] == "pass" for check in found)
    return named(evaluation) | ({"panel_legal"} if legal else set())


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


def _next(user: User, evaluation: Evaluation, has: set[str] | None) -> Next | None:
    """Return the move that leads on; None where this app has none.

    `has`: the codes of what holds, None for who is not told what is still missing.
    """
    phase = State(evaluation.head.phase)
    name = {State.PLANNED: "prepare", State.PREPARING: "start"}.get(phase)
    if name is None:
        return None
    move = lifecycle.find(phase, name)
    needs = [code for code in move.needs if code != "entry_0_written"] if has is not None else []
    return Next(
        name,
        [_need(code, user, evaluation, holds=code in (has or ())) for code in needs],
        may(user, f"preparation.{name}_evaluation", evaluation),
        move.seats(evaluation.kind),
        reverse(f"preparation:{name}-evaluation", args=[evaluation.pk]),
        uuid7(),
    )


def _need(code: str, user: User, evaluation: Evaluation, *, holds: bool) -> Need:
    """Return a need; who may not see to it gets no link to where it is seen to."""
    page, permission = MENDED_AT.get(code, ("", ""))
    about: Any = {"platform_named": evaluation.platform, "rules_frozen": evaluation.programme}.get(
        code, evaluation
    )
    mends = not holds and bool(page) and about is not None and may(user, permission, about)
    return Need(code, holds, reverse(page, args=[about.pk]) if mends else "")
