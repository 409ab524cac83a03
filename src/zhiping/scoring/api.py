"""Scoring for the member's own device: the sheet, its marks, the hand-in."""

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from ninja import Router, Schema
from pydantic import Field

from zhiping.accounts.http import Request
from zhiping.domain.errors import Refused
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.ledger.act import Act
from zhiping.ledger.batch import Answer, Sent
from zhiping.scoring.actions import mark as marks
from zhiping.scoring.actions import sheet as actions
from zhiping.scoring.queries import fieldwork
from zhiping.scoring.queries import sheet as queries
from zhiping.web.texts import problem

router = Router(tags=["scoring"])
MOST = 200  # events of a request: a device sends a longer queue in parts
LONGEST = 2000
POINTS = r"^\d{1,4}(\.\d{1,4})?$"

Status = Literal["accepted", "known", "stale", "waiting", "illegal", "closed"]


class MarkIn(Schema):
    """One event of a member's device: a mark given, changed, or taken away (`points` null).

    `replaces`: the event of the mark it replaces, null for the first one of a criterion.
    """

    id: UUID = Field(examples=["0197a1f0-8c1e-7b6e-9d0a-2f3c4d5e6f70"])
    criterion: str = Field(max_length=20, examples=["3.1"])
    points: str | None = Field(pattern=POINTS, examples=["2"])
    reason: str = Field("", max_length=LONGEST)
    advice: str = Field("", max_length=LONGEST)
    note: str = Field("", max_length=LONGEST)
    no_level: bool = False
    evidence: list[UUID] = Field(default_factory=list, max_length=50)
    replaces: UUID | None = None
    at: dt.datetime = Field(description="the device's own time: shown, never used for ordering")


class MarksIn(Schema):
    """A batch of events; each is judged alone."""

    events: list[MarkIn] = Field(max_length=MOST)


class MarkOut(Schema):
    """The current mark for a criterion."""

    criterion: str
    points: str | None
    reason: str
    advice: str
    note: str
    no_level: bool
    evidence: list[str]
    event: UUID
    version: int


class ProblemOut(Schema):
    """Why an event was refused: a code, its data, and the sentence."""

    code: str
    data: dict[str, Any]
    text: str


class AnswerOut(Schema):
    """The outcome of one event.

    `accepted`, `known`: it is recorded, at this place (`seq`) with this leaf (`hash`): the device may forget
    it. `stale`: another event came before, `there` is the mark now; the person chooses. `waiting`: the event
    it replaces has not arrived. `illegal`: never acceptable. `closed`: the sheet takes no marks now.
    """

    id: UUID
    status: Status
    seq: int | None
    hash: str
    there: MarkOut | None
    problems: list[ProblemOut]


class AnswersOut(Schema):
    """The outcome of each event, in the order sent."""

    answers: list[AnswerOut]


class SheetOut(Schema):
    """A sheet, for the member whose it is."""

    id: UUID
    state: str
    name: str
    common: bool
    return_asked: bool
    seen: int


class LevelOut(Schema):
    """A printed level with its legal marks, ascending.

    `reason`: the reason of a mark where none is typed; `asks`: the marks for which one must be typed.
    """

    text: str
    marks: list[str]
    reason: str
    asks: list[str]


class CriterionOut(Schema):
    """An item to score; `levels` best first as printed; `zero`: 0 is legal though no level prints it.

    `no_level_asks`: a mark that no printed level fits needs a typed reason.
    """

    id: str
    title: str
    text: str
    max: str
    bonus: bool
    guidance: str
    levels: list[LevelOut]
    zero: bool
    no_level_asks: bool


class IndicatorOut(Schema):
    """An indicator; `duty`: "leads", "checks" or ""."""

    id: str
    name: str
    focus: str
    max: str
    duty: str
    criteria: list[CriterionOut]


class DimensionOut(Schema):
    """A dimension, or the bonus group."""

    id: str
    name: str
    max: str
    bonus: bool
    indicators: list[IndicatorOut]


class ScoredOut(Schema):
    """The evaluation a sheet belongs to."""

    id: UUID
    platform: str
    kind: str
    state: str
    period_start: dt.date
    period_end: dt.date
    method: str
    bonus_counts: bool


class TableOut(Schema):
    """The rubric by its title and hash."""

    title: str
    wording_sha256: str


class FieldworkOut(Schema):
    """Everything a member's device keeps to score without a network; `member`: the id of the person."""

    evaluation: ScoredOut
    sheet: SheetOut
    member: UUID
    rubric: TableOut
    dimensions: list[DimensionOut]
    marks: list[MarkOut]


class HandInIn(Schema):
    """A hand-in: `id` is the client's own, `seen` the sheet as it was shown."""

    id: UUID
    seen: int


class ReturnIn(Schema):
    """A request for one's own sheet back."""

    id: UUID
    reason: str = Field(max_length=1000)


@router.post("/evaluations/{uuid:evaluation_id}/sheet", response=FieldworkOut)
def open_sheet(request: Request, evaluation_id: UUID) -> dict[str, Any]:
    """Open the user's own sheet, and return what the device keeps of it; repeating it changes nothing."""
    evaluation = get_evaluation(request.user, evaluation_id)
    return fieldwork.fieldwork(request.user, actions.open_sheet(Act.of(request), evaluation))


@router.post("/sheets/{uuid:sheet_id}/marks", response=AnswersOut)
def give_marks(request: Request, sheet_id: UUID, data: MarksIn) -> dict[str, Any]:
    """Record marks of the user's own sheet, each event answered alone."""
    sheet = queries.get_sheet(request.user, sheet_id, "scoring.give_mark")
    sent = [_sent(one) for one in data.events]
    return {"answers": [_answer(one) for one in marks.give_marks(Act.of(request), sheet, sent)]}


def _sent(event: MarkIn) -> Sent:
    data = event.dict(exclude={"id", "replaces", "at"})
    return Sent(event.id, data | {"evidence": list(map(str, event.evidence))}, event.replaces, event.at)


@router.post("/sheets/{uuid:sheet_id}/hand-in", response=SheetOut)
def hand_in(request: Request, sheet_id: UUID, data: HandInIn) -> dict[str, Any]:
    """Hand in the user's own sheet as it was shown."""
    sheet = queries.get_sheet(request.user, sheet_id, "scoring.hand_in")
    actions.hand_in(Act.of(request).submitted(data.id, {}, expect=data.seen), sheet)
    return fieldwork.as_json(queries.get_sheet(request.user, sheet_id, "scoring.hand_in"))


@router.post("/sheets/{uuid:sheet_id}/return", response=SheetOut)
def ask_return(request: Request, sheet_id: UUID, data: ReturnIn) -> dict[str, Any]:
    """Ask for the user's own sheet back."""
    sheet = queries.get_sheet(request.user, sheet_id, "scoring.ask_return")
    act = Act.of(request).submitted(data.id, {"reason": data.reason})
    actions.ask_return(act, sheet, reason=data.reason)
    return fieldwork.as_json(queries.get_sheet(request.user, sheet_id, "scoring.ask_return"))


def _answer(answer: Answer) -> dict[str, Any]:
    problems = answer.refused.problems if answer.refused else ()
    there = next((p.data["there"] for p in problems if p.code == "mark.stale"), None)
    return {
        "id": answer.id,
        "status": _status(answer.refused)
        if answer.refused
        else "known"
        if answer.already_done
        else "accepted",
        "seq": answer.seq,
        "hash": answer.hash,
        "there": there,
        "problems": [{"code": p.code, "data": p.data, "text": problem(p)} for p in problems],
    }


def _status(refused: Refused) -> Status:
    code = refused.problems[0].code
    known: dict[str, Status] = {"mark.stale": "stale", "mark.waiting": "waiting", "ledger.not_now": "closed"}
    return known.get(code, "illegal")
