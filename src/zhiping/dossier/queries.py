"""One evaluation on one page: state, needs of the next move, people, timeline."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.urls import reverse

from zhiping.accounts.models import User
from zhiping.archive import stage as archive
from zhiping.archive.queries import record as of_archive
from zhiping.domain import lifecycle
from zhiping.domain.lifecycle import Move, State
from zhiping.evaluations import stage as evaluations
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import next_urge, restorable_until
from zhiping.evaluations.rules import runs_programme
from zhiping.evidence import stage as evidence
from zhiping.improvement import stage as improvement
from zhiping.improvement.queries import improvement as of_improvement
from zhiping.ledger.models import Event
from zhiping.ledger.queries import timeline
from zhiping.panels import stage as panels
from zhiping.panels.rules import inside
from zhiping.permissions import may
from zhiping.reporting import stage as reporting
from zhiping.reporting.queries import objection as of_reporting
from zhiping.scoring import stage as scoring
from zhiping.scoring.queries import needs as of_scoring
from zhiping.visits import queries as of_visits
from zhiping.visits import stage as visits
from zhiping.web.sections import Remedy

STAGES = (evaluations, panels, visits, scoring, reporting, improvement, archive)
NEEDS = {
    **of_visits.NEEDS,
    **of_scoring.NEEDS,
    **of_reporting.NEEDS,
    **of_improvement.NEEDS,
    **of_archive.NEEDS,
}
SECTIONS = (
    *evaluations.SECTIONS, *panels.SECTIONS, *evidence.SECTIONS, *scoring.SECTIONS, *reporting.SECTIONS,
    *improvement.SECTIONS, *archive.SECTIONS,
)  # fmt: skip
REMEDIES: dict[str, Remedy] = {
    **evaluations.REMEDIES, **panels.REMEDIES, **visits.REMEDIES, **scoring.REMEDIES, **reporting.REMEDIES,
    **improvement.REMEDIES, **archive.REMEDIES,
}  # fmt: skip
OPEN_TO_ALL = {
    *evaluations.OPEN_TO_ALL, *panels.OPEN_TO_ALL, *visits.OPEN_TO_ALL, *scoring.OPEN_TO_ALL,
    *reporting.OPEN_TO_ALL, *improvement.OPEN_TO_ALL, *archive.OPEN_TO_ALL,
}  # fmt: skip
OFFERED = (  # permissions of the moves that end, suspend or continue an evaluation
    "evaluations.cancel_evaluation", "evaluations.restore_evaluation",
    "panels.suspend_evaluation", "panels.resume_evaluation",
)  # fmt: skip
STOPPED = {State.CANCELLED: "evaluation.cancelled", State.SUSPENDED: "evaluation.suspended"}  # by which event


def sections(page: str, user: User, thing: object, today: dt.date) -> list[tuple[str, dict[str, Any]]]:
    """Return the template and the facts of each section that stages offer to a page."""
    return [(part.template, part.facts(user, thing, today)) for part in SECTIONS if part.page == page]


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

    @property
    def ready(self) -> bool:
        """Whether nothing is missing any more."""
        return all(need.holds for need in self.needs)


def dossier(user: User, evaluation: Evaluation, today: dt.date) -> dict[str, Any]:
    """Return what the page shows beside the evaluation's own facts."""
    known, parts = inside(user, evaluation), sections("evaluation", user, evaluation, today)
    needs: dict[str, Callable[[], bool]] = {
        code: partial(need, evaluation, today) for code, need in NEEDS.items()
    }
    events = history(user, evaluation)
    for _, facts in parts:
        needs |= facts.get("holds", {})
    return {
        "steps": _steps(evaluation),
        "stopped": _stopped(evaluation, events),
        "next": _next(user, evaluation, needs if known else None),
        "urge": _may_move(user, evaluation, "panels.urge", today),
        "next_urge": next_urge(evaluation, today),
        "may_programme": runs_programme(user, evaluation.programme),
        "may_papers": may(user, "visits.make_papers", evaluation),
        "may_score": evaluation.head.phase == State.SCORING and may(user, "scoring.open_sheet", evaluation),
        "moves": {name.partition(".")[2]: _may_move(user, evaluation, name, today) for name in OFFERED},
        "sections": parts,
        "inside": known,
        "timeline": events,
    }


def history(user: User, evaluation: Evaluation) -> list[Event]:
    """Return all that happened to who runs the evaluation or sits on its panel, else its course alone."""
    events = timeline(evaluation.pk)
    return events if inside(user, evaluation) else [event for event in events if event.name in OPEN_TO_ALL]


def _onward(state: str) -> Move | None:
    move = lifecycle.onward("evaluation", state, BUILT)
    return move if move and NEEDS.keys() >= set(move.needs) else None


def _course() -> tuple[State, ...]:
    """Return the states an evaluation goes through in the stages that exist."""
    states = [State.PLANNED]
    while move := _onward(states[-1]):
        states.append(State(move.to or states[-1]))
    return tuple(states)


BUILT = [stage.__name__.split(".")[1] for stage in STAGES]
COURSE = _course()


def _steps(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return the states up to the last that exists; of a cancelled evaluation which it never reached."""
    order, reached, phase = list(State), evaluation.reached, State(evaluation.head.phase)
    ended = phase == State.CANCELLED
    at, current = order.index(reached), phase if ended else reached
    return [
        {
            "state": state,
            "done": order.index(state) < at + ended,
            "current": state == current,
            "never": ended and at < order.index(state) and state != phase,
            "suspended": phase == State.SUSPENDED and state == current,
        }
        for state in dict.fromkeys((*COURSE, reached, current))
    ]


def _may_move(user: User, evaluation: Evaluation, permission: str, today: dt.date) -> bool:
    """Return whether a move is offered: in this state, to this user, and not too late."""
    name = permission.partition(".")[2]
    if not lifecycle.possible("evaluation", name, evaluation.head.phase):
        return False
    late = name == "restore_evaluation" and not NEEDS["restorable"](evaluation, today)
    return not late and may(user, permission, evaluation)


def _stopped(evaluation: Evaluation, events: list[Event]) -> dict[str, Any] | None:
    """Return how an evaluation was cancelled or suspended: when, by whom, why; None where it goes on."""
    name = STOPPED.get(State(evaluation.head.phase))
    event = next((event for event in events if event.name == name), None)
    if event is None:
        return None
    return {"event": event, "reason": event.data.get("reason", ""), "until": restorable_until(evaluation)}


def _next(user: User, evaluation: Evaluation, holds: Mapping[str, Callable[[], bool]] | None) -> Next | None:
    """Return the move that leads on; None where no app makes one yet.

    `holds`: whether each need holds; None for a user who is not shown what is missing.
    """
    move = _onward(evaluation.head.phase)
    if not move:
        return None
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
    remedy = None if holds else REMEDIES.get(code)
    about = remedy.about(evaluation) if remedy else None
    url = remedy.page(about) if remedy and about is not None and may(user, remedy.permission, about) else ""
    return Need(code, holds, url)
