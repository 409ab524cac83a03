"""The start of scoring: the rules and the panel become entry 0."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.utils import timezone

from zhiping.accounts.models import User
from zhiping.accounts.rules import require
from zhiping.domain import lifecycle
from zhiping.domain.lifecycle import State
from zhiping.domain.panel import Expert as Member
from zhiping.domain.transparency.canonical import sha256
from zhiping.evaluations.models import Evaluation, Programme
from zhiping.evaluations.queries import evaluation as queries
from zhiping.ledger import actions as ledger
from zhiping.ledger.act import Act
from zhiping.panels.queries.check import panel_checks, panel_of
from zhiping.registry.actions import meet_trigger
from zhiping.visits.queries import held


def start_evaluation(
    *, by: User, now: dt.datetime, evaluation: Evaluation, id: UUID | None = None, expect: int | None = None
) -> None:
    """Start scoring: the panel is legal and the visit planned; rules and panel become entry 0.

    Rubric, policy, guidance and panel stand in the event, and policy and guidance are copied to the
    evaluation: from here they are its own. What happened at the platform before is met by it, whatever it was
    planned for (6.1.2). Raises Conflict with everything that is still missing.
    """
    require(by, "visits.start_evaluation", evaluation)
    with ledger.move(evaluation, "start_evaluation", by=by, at=now, id=id, expect=expect) as entry:
        require(by, "visits.start_evaluation", evaluation)  # the seat may have changed hands meanwhile
        programme, today = evaluation.programme, timezone.localtime(now).date()
        if programme:
            ledger.hold(Programme.objects.filter(pk=programme.pk))
            programme.refresh_from_db()
            evaluation.policy, evaluation.guidance = programme.policy, programme.guidance
        lifecycle.ensure("evaluation", "start_evaluation", State.PREPARING, held(evaluation, today))
        evaluation.save(update_fields=("policy", "guidance"))
        entry.data = entry_0(evaluation, today)
        for trigger in queries.waiting_triggers(evaluation.platform):
            meet_trigger(Act(by, now), trigger)


def entry_0(evaluation: Evaluation, today: dt.date) -> dict[str, Any]:
    """Return what is fixed before the first mark: the rules, the panel, the period."""
    rubric, platform = evaluation.rubric, evaluation.platform
    return {
        "platform": {"id": str(platform.pk), "name": platform.name, "operator": platform.operator.name},
        "kind": evaluation.kind,
        "reason": evaluation.reason,
        "period": [evaluation.period_start.isoformat(), evaluation.period_end.isoformat()],
        "rubric": {
            "id": rubric.rubric_id,
            "version": rubric.version,
            "scale_sha256": rubric.scale_sha256,
            "wording_sha256": rubric.wording_sha256,
        },
        "policy": evaluation.policy,
        "guidance_sha256": sha256(evaluation.guidance) if evaluation.guidance else None,
        "panel": [_member(member) for member in panel_of(evaluation)],
        "checks": [dict(check) for check in panel_checks(evaluation, today=today)],
    }


def _member(member: Member) -> dict[str, Any]:
    return {
        "id": member.id,
        "name": member.name,
        "organisation": member.organisation,
        "seat": member.seat,
        "title": member.title,
        "declared": member.declared.isoformat() if member.declared else None,
        "duties": list(member.duties),
        "checks": list(member.checks),
    }
