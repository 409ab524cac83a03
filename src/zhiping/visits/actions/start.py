"""The start of scoring: the rules and the panel become entry 0."""

import datetime as dt
from typing import Any

from zhiping.domain.panel import Expert as Member
from zhiping.domain.transparency.canonical import sha256
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import waiting_triggers
from zhiping.ledger.act import Act
from zhiping.panels.queries.check import panel_checks, panel_of
from zhiping.registry.actions import meet_trigger
from zhiping.visits.queries import NEEDS


def start_evaluation(act: Act, evaluation: Evaluation) -> None:
    """Start scoring: the panel is legal and the visit planned; rules and panel become entry 0.

    Rubric, policy, guidance and panel are recorded in the event, and policy and guidance are copied to the
    evaluation: from here they are its own. It meets every open trigger of its platform, whatever it was
    planned for (6.1.2). Raises Conflict with everything that is still missing.
    """
    locks = (evaluation.programme, evaluation.platform)
    with act.move(evaluation, "start_evaluation", locks=locks) as entry:
        if programme := evaluation.programme:
            entry.change(evaluation, policy=programme.policy, guidance=programme.guidance)
        entry.check(NEEDS)
        entry.data = entry_0(evaluation, act.today)
        for trigger in waiting_triggers(evaluation.platform):
            meet_trigger(act.caused(entry), trigger)


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
