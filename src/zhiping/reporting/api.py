"""Reports for programs: what was sent out and issued, the words, objections, the receipt."""

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from django.http import FileResponse
from ninja import Router, Schema, Status
from pydantic import Field

from zhiping.accounts.http import Request
from zhiping.ledger.act import Act
from zhiping.reporting.actions import editions as actions
from zhiping.reporting.actions import objection as objecting
from zhiping.reporting.actions import words
from zhiping.reporting.models import Edition, Objection
from zhiping.reporting.queries import objection as objections
from zhiping.reporting.queries import report as queries

router = Router(tags=["reports"])
LONGEST = 4000
SHA256 = "57c93a6e44d39a6527675f583dd7469b9645f54ce0f76cd88cc06cf9f309190a"
UUID7 = "0197a1f0-8c1e-7b6e-9d0a-2f3c4d5e6f70"


class EditionOut(Schema):
    """A draft sent for comment (`number` empty), or a report as it was issued."""

    id: UUID
    version: int
    number: str = Field(examples=["质评〔2026〕3号"])
    date: dt.date | None
    reviewer: str
    signer: str
    result_sha256: str = Field(examples=[SHA256])
    pdf_sha256: str = Field(examples=[SHA256])
    docx_sha256: str = Field(examples=[SHA256])
    received: dt.date | None = Field(description="the day of the operator's receipt")


class ObjectionOut(Schema):
    """An objection to a draft, or a request for review; `verdict` is empty until the person may read it."""

    id: UUID
    kind: Literal["draft", "review"]
    criterion: str = Field(description="empty: the report as a whole", examples=["3.1"])
    text: str
    verdict: str = Field(examples=["upheld"])
    answer: str
    decided: dt.datetime | None


class ReportOut(Schema):
    """The report of an evaluation: its editions, the latest first, and the objections in their order."""

    editions: list[EditionOut]
    objections: list[ObjectionOut]
    comment_until: dt.date | None = Field(description="last day for objections to the draft")


class PartIn(Schema):
    """A part of the report; `before` is the text that was edited, refused where it has changed since."""

    id: UUID = Field(examples=[UUID7])
    text: str = Field(max_length=LONGEST, examples=["窗口实行首问负责。"])
    before: str = Field("", max_length=LONGEST)


class PartsOut(Schema):
    """The parts of a report that people write."""

    overview: str
    problems: str
    highlights: str


class ObjectionIn(Schema):
    """An objection to the draft; `id` is the client's own."""

    id: UUID = Field(examples=[UUID7])
    criterion: str = Field("", max_length=20, examples=["3.1"])
    text: str = Field(min_length=1, max_length=LONGEST, examples=["公示栏一直在原处。"])


class ReceiptIn(Schema):
    """The operator's receipt of an issued report; `id` is the client's own."""

    id: UUID = Field(examples=[UUID7])


def _edition(one: Edition) -> dict[str, Any]:
    receipt = getattr(one, "receipt", None)
    shown = ("version", "number", "date", "reviewer", "signer")
    return {
        **{name: getattr(one, name) for name in shown},
        "id": one.pk,
        "result_sha256": one.result.sha256,
        "pdf_sha256": one.pdf,
        "docx_sha256": one.docx,
        "received": receipt.day if receipt else None,
    }


def _objection(one: Objection, *, answered: bool) -> dict[str, Any]:
    return {
        "id": one.pk,
        "kind": one.kind,
        "criterion": one.criterion,
        "text": one.text,
        "verdict": one.verdict if answered else "",
        "answer": one.answer if answered else "",
        "decided": one.decided,
    }


@router.get("/evaluations/{uuid:evaluation_id}/report", response=ReportOut)
def get_report(request: Request, evaluation_id: UUID) -> dict[str, Any]:
    """Return what was sent out and issued of a report, and what was objected to."""
    evaluation = queries.get_reported(request.user, evaluation_id)
    sent = objections.consultation(evaluation)
    return {
        "editions": [_edition(one) for one in queries.editions(evaluation)],
        "objections": [_objection(o, answered=a) for o, a in objections.read(request.user, evaluation)],
        "comment_until": sent.until if sent else None,
    }


@router.post("/editions/{uuid:edition_id}/files/{kind}", response={200: bytes})
def take_report(request: Request, edition_id: UUID, kind: Literal["pdf", "docx"]) -> FileResponse:
    """Take a file of an edition; the audit log records it, so it is no GET."""
    edition = queries.get_edition(request.user, edition_id)
    file = actions.take_file(Act.of(request), edition, kind=kind)
    name, media = f"{edition}.{kind}", actions.TYPES[kind]
    return FileResponse(file, content_type=media, as_attachment=True, filename=name)


@router.get("/evaluations/{uuid:evaluation_id}/report/parts", response=PartsOut)
def get_report_parts(request: Request, evaluation_id: UUID) -> dict[str, str]:
    """Return the parts of a report for those who write them."""
    return queries.parts(queries.get_written(request.user, evaluation_id))


@router.put("/evaluations/{uuid:evaluation_id}/report/parts/{name}", response=PartsOut)
def write_report_part(
    request: Request, evaluation_id: UUID, name: Literal["overview", "problems", "highlights"], data: PartIn
) -> dict[str, str]:
    """Write a part of a report; 409 where another person has changed it since it was read."""
    evaluation = queries.get_written(request.user, evaluation_id)
    act = Act.of(request).submitted(data.id, {"name": name, "text": data.text})
    words.write_part(act, evaluation, name=name, text=data.text, before=queries.digest(data.before))
    return queries.parts(queries.get_written(request.user, evaluation_id))


@router.post("/evaluations/{uuid:evaluation_id}/objections", response={201: None})
def raise_objection(request: Request, evaluation_id: UUID, data: ObjectionIn) -> Status[None]:
    """Object to the draft as the operator."""
    evaluation = queries.get_reported(request.user, evaluation_id)
    act = Act.of(request).submitted(data.id, data.dict(exclude={"id"}))
    objecting.raise_objection(act, evaluation, criterion=data.criterion, text=data.text)
    return Status(201, None)


@router.post("/editions/{uuid:edition_id}/receipt", response={201: EditionOut})
def confirm_receipt(request: Request, edition_id: UUID, data: ReceiptIn) -> Status[dict[str, Any]]:
    """Confirm as the operator that a report has arrived."""
    edition = queries.get_edition(request.user, edition_id)
    actions.confirm_receipt(Act.of(request).submitted(data.id, {}), edition.evaluation, edition=edition)
    return Status(201, _edition(queries.get_edition(request.user, edition_id)))
