"""Scoring for the member's own device: the sheet, its marks, the hand-in."""

import datetime as dt
from contextlib import suppress
from fractions import Fraction
from typing import Any, Literal
from uuid import UUID

from ninja import Router, Schema
from pydantic import Field

from zhiping.accounts.http import Request
from zhiping.domain.errors import AlreadyDone, Refused
from zhiping.domain.exact import number_text
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.ledger.act import Act
from zhiping.ledger.batch import Answer, Sent
from zhiping.panels.queries.panel import get_for
from zhiping.scoring.actions import deliberation
from zhiping.scoring.actions import mark as marks
from zhiping.scoring.actions import sheet as actions
from zhiping.scoring.queries import fieldwork
from zhiping.scoring.queries import result as results
from zhiping.scoring.queries import sheet as queries
from zhiping.scoring.queries.board import board
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


class PastFactOut(Schema):
    """A fact the panel of the last evaluation put to the operator, with the answer to it."""

    criterion: str = Field(examples=["3.1"])
    fact: str = Field(examples=["安全设施台账缺第三季度记录"])
    answer: Literal["", "agreed", "objected"]
    reply: str


class PastOut(Schema):
    """The facts of the platform's last concluded evaluation, never its marks; `year`: of its period."""

    year: int = Field(examples=[2024])
    facts: list[PastFactOut]


class FieldworkOut(Schema):
    """Everything a member's device keeps to score without a network; `member`: the id of the person.

    `past`: null where no evaluation of the platform was concluded here before.
    """

    evaluation: ScoredOut
    sheet: SheetOut
    member: UUID
    rubric: TableOut
    dimensions: list[DimensionOut]
    past: PastOut | None
    marks: list[MarkOut]


class HandInIn(Schema):
    """A hand-in: `id` is the client's own, `seen` the sheet as it was shown."""

    id: UUID
    seen: int


class ReturnIn(Schema):
    """A request for one's own sheet back."""

    id: UUID
    reason: str = Field(max_length=1000)


EXAMPLE = {
    "schema": "zhiping/result/1",
    "status": "concluded",
    "grade": "excellent",
    "score": {"base": "89", "bonus": "2", "total": "91", "graded": "91"},
}


class ResultOut(Schema):
    """A concluded result in the reader's edition; `sha256` is of the whole one, which the members signed.

    `whole`: nothing is left out. `result` follows the schema zhiping/result/1.
    """

    version: int
    concluded: dt.datetime
    sha256: str = Field(examples=["57c93a6e44d39a6527675f583dd7469b9645f54ce0f76cd88cc06cf9f309190a"])
    whole: bool
    result: dict[str, Any] = Field(examples=[EXAMPLE])


@router.get("/evaluations/{uuid:evaluation_id}/result", response=ResultOut)
def get_result(request: Request, evaluation_id: UUID) -> dict[str, Any]:
    """Return the concluded result of an evaluation, without what the person may not see."""
    found, row = results.get_concluded(request.user, evaluation_id)
    return {
        "version": row.version,
        "concluded": row.concluded,
        "sha256": row.sha256,
        "whole": found.whole,
        "result": found.edition,
    }


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


class AgreedIn(Schema):
    """The panel's mark for a disputed criterion, with its reason."""

    points: str = Field(pattern=POINTS, examples=["1"])
    reason: str = Field(max_length=LONGEST, examples=["线上平台时断时续"])
    guides: bool = False  # the reason is offered to next year's guidance


class SettleIn(Schema):
    """Marks to agree on, all or none; `why` where one changes a mark that is settled already."""

    id: UUID = Field(examples=["0197a1f0-8c1e-7b6e-9d0a-2f3c4d5e6f70"])
    marks: dict[str, AgreedIn] = Field(
        max_length=MOST, examples=[{"4.1": {"points": "1", "reason": "线上平台时断时续"}}]
    )
    why: str = Field("", max_length=1000)


class DissentIn(Schema):
    """A member's dissent from the panel's mark; an empty text withdraws it."""

    id: UUID = Field(examples=["0197a1f0-8c1e-7b6e-9d0a-2f3c4d5e6f71"])
    criterion: str = Field(max_length=20, examples=["4.1"])
    text: str = Field(max_length=LONGEST, examples=["入口处有标志"])


class DisputedOut(Schema):
    """A disputed criterion: the median as a proposal, and the panel's mark once it is settled."""

    criterion: str = Field(examples=["4.1"])
    range: str
    no_level: bool
    proposal: str | None = Field(examples=["1"])
    choices: list[str]
    agreed: AgreedIn | None


class DeliberationOut(Schema):
    """The disputed criteria, those with the widest range first."""

    evaluation: UUID
    state: str
    criteria: list[DisputedOut]


@router.get("/evaluations/{uuid:evaluation_id}/deliberation", response=DeliberationOut)
def get_deliberation(request: Request, evaluation_id: UUID) -> dict[str, Any]:
    """Return the disputed criteria of an evaluation whose scoring is closed."""
    return _deliberation(request, get_for(request.user, evaluation_id, "scoring.see_marks"))


@router.post("/evaluations/{uuid:evaluation_id}/deliberation", response=DeliberationOut)
def settle_criteria(request: Request, evaluation_id: UUID, data: SettleIn) -> dict[str, Any]:
    """Agree on the panel's marks for disputed criteria, all or none, as the lead."""
    evaluation = get_evaluation(request.user, evaluation_id)
    act = Act.of(request).submitted(data.id, data.dict(exclude={"id"}))
    marks = {k: deliberation.Settled(Fraction(m.points), m.reason, m.guides) for k, m in data.marks.items()}
    with suppress(AlreadyDone):
        deliberation.settle_criteria(act, evaluation, marks=marks, why=data.why)
    return _deliberation(request, get_for(request.user, evaluation_id, "scoring.see_marks"))


@router.post("/evaluations/{uuid:evaluation_id}/dissent", response=DeliberationOut)
def record_dissent(request: Request, evaluation_id: UUID, data: DissentIn) -> dict[str, Any]:
    """Record one's own dissent from the panel's mark for a criterion, change or withdraw it."""
    evaluation = get_evaluation(request.user, evaluation_id)
    act = Act.of(request).submitted(data.id, data.dict(exclude={"id"}))
    with suppress(AlreadyDone):
        if data.text.strip():
            deliberation.record_dissent(act, evaluation, criterion=data.criterion, text=data.text)
        else:
            deliberation.withdraw_dissent(act, evaluation, criterion=data.criterion)
    return _deliberation(request, get_for(request.user, evaluation_id, "scoring.see_marks"))


def _deliberation(request: Request, evaluation: Evaluation) -> dict[str, Any]:
    rows = board(request.user, evaluation).rows
    criteria = [
        {
            "criterion": row.id,
            "range": number_text(row.range),
            "no_level": row.no_level,
            "proposal": row.proposal or None,
            "choices": list(row.choices),
            "agreed": {"points": mark.legal.points, "reason": mark.reason, "guides": mark.guides}
            if (mark := row.agreed)
            else None,
        }
        for row in rows
    ]
    return {"evaluation": evaluation.pk, "state": evaluation.head.phase, "criteria": criteria}
