"""Evidence of an evaluation for programs: its list, documents seen on site, withdrawals."""

import datetime as dt
from typing import Any, ClassVar, Literal
from uuid import UUID

from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from zhiping.accounts.http import Request
from zhiping.evidence import queries
from zhiping.evidence.actions import evidence as actions
from zhiping.evidence.models import Evidence, Preview
from zhiping.ledger.act import Act
from zhiping.panels.queries.panel import get_for

router = Router(tags=["evidence"])
EXAMPLE: dict[str, Any] = {
    "id": "019a0000-0000-7000-8000-000000000001",
    "criteria": ["3.4"],
    "caption": "设备台账",
    "kind": "pdf",
    "side": "operator",
    "number": "",
    "date": "2025-11-30",
    "page": "",
    "place": "",
    "name": "3.4 设备台账.pdf",
    "size": 482133,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "pages": ["/evidence/019a0000-0000-7000-8000-000000000001/pages/1"],
    "by": "张三",
    "at": "2026-05-20T09:30:00+08:00",
    "withdrawn": False,
}
SEEN: dict[str, Any] = {
    "id": "019a0000-0000-7000-8000-000000000002",
    "caption": "投诉处理记录",
    "criteria": ["16.2"],
    "number": "TS-2025-07",
    "date": "2025-07-02",
    "page": "3",
    "place": "一楼窗口",
}
WITHDRAWAL: dict[str, Any] = {"id": "019a0000-0000-7000-8000-000000000003", "reason": "传错文件"}


class EvidenceOut(Schema):
    """Evidence: a file, or a document seen on site (`kind` is `seen`, no file).

    `date` is of the fact, `at` of the handing in; `pages` are pictures of the file's first pages.
    """

    id: UUID
    criteria: list[str]
    caption: str
    kind: str
    side: Literal["operator", "panel"]
    number: str
    date: str
    page: str
    place: str
    name: str
    size: int
    sha256: str
    pages: list[str]
    by: str
    at: dt.datetime
    withdrawn: bool

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})


class SeenIn(Schema):
    """A document seen on site; `id` is the device's own (UUIDv7): the same once more changes nothing."""

    id: UUID
    caption: str = Field(min_length=1, max_length=200)
    criteria: list[str] = Field([], max_length=60)
    number: str = Field("", max_length=60)
    date: str = Field("", max_length=20)
    page: str = Field("", max_length=20)
    place: str = Field("", max_length=200)

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"examples": [SEEN]})


class WithdrawalIn(Schema):
    """Why evidence is withdrawn; `id` is the device's own."""

    id: UUID
    reason: str = Field(min_length=1, max_length=1000)

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra={"examples": [WITHDRAWAL]})


def _evidence(one: Evidence, made: Preview | None) -> dict[str, Any]:
    shown = ("caption", "kind", "side", "number", "date", "page", "place", "name", "size", "sha256", "at")
    return {
        **{name: getattr(one, name) for name in shown},
        "id": one.pk,
        "criteria": list(one.ids),
        "pages": [f"/evidence/{one.pk}/pages/{n}" for n in range(1, (made.pages if made else 0) + 1)],
        "by": one.by.name,
        "withdrawn": one.withdrawn is not None,
    }


@router.get("/evaluations/{uuid:evaluation_id}/evidence", response=list[EvidenceOut])
def list_evidence(request: Request, evaluation_id: UUID) -> list[dict[str, Any]]:
    """Return the evidence of an evaluation that the user sees, withdrawn included, in the order handed in."""
    given = queries.evidence_of(request.user, get_for(request.user, evaluation_id, "evidence.see"))
    made = queries.pictures(given)
    return [_evidence(one, made.get(one.sha256)) for one in given]


@router.post("/evaluations/{uuid:evaluation_id}/evidence", response={201: EvidenceOut})
def record_seen(request: Request, evaluation_id: UUID, data: SeenIn) -> Status[dict[str, Any]]:
    """Record a document seen on site; 200 `already_done` for an id that has the same content."""
    evaluation = get_for(request.user, evaluation_id, "evidence.see")
    values = data.dict() | {"criteria": " ".join(data.criteria)}
    act = Act.of(request).submitted(values.pop("id"), values)
    return Status(201, _evidence(actions.record_seen(act, evaluation, **values), None))


@router.post("/evidence/{uuid:evidence_id}/withdrawal", response={204: None})
def withdraw_evidence(request: Request, evidence_id: UUID, data: WithdrawalIn) -> Status[None]:
    """Withdraw evidence that was handed in by mistake."""
    act = Act.of(request).submitted(data.id, {"reason": data.reason})
    one = queries.get_evidence(request.user, evidence_id)
    actions.withdraw_evidence(act, one, reason=data.reason)
    return Status(204, None)
