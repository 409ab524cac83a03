"""Programmes and evaluations for programs."""

import datetime as dt
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from ninja import Query, Router, Schema, Status
from pydantic import Field

from zhiping.accounts.http import Request
from zhiping.evaluations.actions import evaluation as actions
from zhiping.evaluations.models import Evaluation, Programme
from zhiping.evaluations.queries import evaluation as evaluations
from zhiping.evaluations.queries import programme as programmes
from zhiping.ledger.act import Act
from zhiping.registry.queries import get_platform
from zhiping.web.paging import Cursor, Page, page

router = Router(tags=["evaluations"])


class ProgrammeOut(Schema):
    """A set of evaluations under one set of rules."""

    id: UUID
    name: str
    year: int
    state: str
    rubric: UUID
    period_start: dt.date
    period_end: dt.date


class EvaluationOut(Schema):
    """An evaluation; send `seen` back with a move."""

    id: UUID
    platform: UUID
    platform_name: str
    programme: UUID | None
    kind: str
    reason: str
    state: str
    period_start: dt.date
    period_end: dt.date
    visit_start: dt.date | None
    visit_end: dt.date | None
    start_by: dt.date | None
    grade: str = Field(description="empty before the conclusion")
    score: Decimal | None = Field(description="the score the grade follows from, cut to two decimals")
    seen: int


class EvaluationIn(Schema):
    """An evaluation to plan for a platform; `id` is the client's own."""

    id: UUID
    platform: UUID
    programme: UUID
    reason: Literal["", "annual", "first", "follow_up"] = ""
    purpose: str = Field("", max_length=300)


class EvaluationFilter(Cursor):
    """Filters of evaluations, and the cursor."""

    state: str = Field("", max_length=20)
    kind: Literal["", "authority", "self"] = ""


def _programme(programme: Programme) -> dict[str, Any]:
    shown = ("name", "year", "period_start", "period_end")
    return {
        **{name: getattr(programme, name) for name in shown},
        "id": programme.pk,
        "state": programme.head.phase,
        "rubric": programme.rubric_id,
    }


def _evaluation(evaluation: Evaluation) -> dict[str, Any]:
    shown = ("kind", "reason", "period_start", "period_end", "visit_start", "visit_end", "start_by",
             "grade", "score")  # fmt: skip
    return {
        **{name: getattr(evaluation, name) for name in shown},
        "id": evaluation.pk,
        "platform": evaluation.platform_id,
        "platform_name": evaluation.platform.name,
        "programme": evaluation.programme_id,
        "state": evaluation.head.phase,
        "seen": evaluation.head.size,
    }


@router.get("/programmes", response=Page[ProgrammeOut])
def list_programmes(request: Request, cursor: Query[Cursor]) -> dict[str, Any]:
    """Return the programmes the person runs."""
    rows = programmes.visible_to(request.user).select_related("head")
    return page(rows, cursor, _programme)


@router.get("/programmes/{uuid:programme_id}", response=ProgrammeOut)
def get_programme(request: Request, programme_id: UUID) -> dict[str, Any]:
    """Return one programme."""
    return _programme(programmes.get_programme(request.user, programme_id))


@router.get("/evaluations", response=Page[EvaluationOut])
def list_evaluations(request: Request, asked: Query[EvaluationFilter]) -> dict[str, Any]:
    """Return the evaluations the person sees, filtered."""
    rows = evaluations.evaluations(request.user)
    if asked.state:
        rows = rows.filter(head__phase=asked.state)
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    return page(rows, asked, _evaluation)


@router.post("/evaluations", response={201: EvaluationOut})
def open_evaluation(request: Request, data: EvaluationIn) -> Status[dict[str, Any]]:
    """Plan an evaluation of a platform under a programme."""
    user = request.user
    made = actions.open_evaluation(
        Act.of(request).submitted(data.id, data.dict()),
        get_platform(user, data.platform),
        programme=programmes.get_programme(user, data.programme),
        reason=data.reason,
        purpose=data.purpose,
    )
    return Status(201, _evaluation(evaluations.get_evaluation(user, made.pk)))


@router.get("/evaluations/{uuid:evaluation_id}", response=EvaluationOut)
def get_evaluation(request: Request, evaluation_id: UUID) -> dict[str, Any]:
    """Return one evaluation."""
    return _evaluation(evaluations.get_evaluation(request.user, evaluation_id))
