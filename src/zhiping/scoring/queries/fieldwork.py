"""What a member's device keeps to score: rubric with legal choices, guidance, duties, own marks."""

from collections.abc import Mapping
from typing import Any

from zhiping.domain.exact import number_text
from zhiping.domain.policy import Policy
from zhiping.domain.rubric import Criterion, Dimension, Indicator, Level
from zhiping.domain.sheet import allowed
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import policy_of
from zhiping.panels.models import Seat
from zhiping.scoring.models import Sheet
from zhiping.scoring.queries import sheet as queries
from zhiping.texts.catalogue import language


def fieldwork(sheet: Sheet) -> dict[str, Any]:
    """Return everything the page needs without a network, for the member whose sheet it is."""
    evaluation = sheet.evaluation
    policy = policy_of(evaluation)
    duties = _duties(evaluation, sheet.seat) if sheet.seat else {}
    rubric = queries.table_of(evaluation)
    return {
        "evaluation": {
            "id": evaluation.pk,
            "platform": evaluation.platform.name,
            "kind": evaluation.kind,
            "state": evaluation.head.phase,
            "period_start": evaluation.period_start,
            "period_end": evaluation.period_end,
            "method": policy.method,
            "bonus_counts": policy.bonus_counts,
        },
        "sheet": as_json(sheet),
        "rubric": {"title": rubric.title[language()], "wording_sha256": rubric.wording_sha256},
        "dimensions": [_dimension(d, policy, evaluation.guidance, duties) for d in rubric.dimensions],
        "marks": [queries.as_json(mark) for mark in queries.marks_of(sheet)],
    }


def as_json(sheet: Sheet) -> dict[str, Any]:
    """Return a sheet without marks for the device of its member; a hand-in sends `seen` back."""
    return {
        "id": sheet.pk,
        "state": sheet.head.phase,
        "name": sheet.seat.expert.name if sheet.seat else "",
        "common": sheet.seat_id is None,
        "return_asked": sheet.return_asked is not None,
        "seen": sheet.head.size,
    }


def _duties(evaluation: Evaluation, seat: Seat) -> dict[str, str]:
    """Return the indicators a seat leads or checks."""
    known = evaluation.duties.all()
    return {
        d.indicator: "leads" if d.leads_id == seat.pk else "checks"
        for d in known
        if seat.pk in (d.leads_id, d.checks_id)
    }


def _dimension(
    dimension: Dimension, policy: Policy, guidance: Mapping[str, str], duties: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "id": dimension.id,
        "name": dimension.name[language()],
        "max": number_text(dimension.max),
        "bonus": dimension.bonus,
        "indicators": [_indicator(i, policy, guidance, duties) for i in dimension.indicators],
    }


def _indicator(
    indicator: Indicator, policy: Policy, guidance: Mapping[str, str], duties: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "id": indicator.id,
        "name": indicator.name[language()],
        "focus": indicator.focus[language()],
        "max": number_text(indicator.max),
        "duty": duties.get(indicator.id, ""),
        "criteria": [_criterion(c, policy, guidance.get(c.id, "")) for c in indicator.criteria],
    }


def _criterion(criterion: Criterion, policy: Policy, guidance: str) -> dict[str, Any]:
    """Return a criterion; `levels` best first as printed, `zero`: an unearned bonus is none of them."""
    return {
        "id": criterion.id,
        "title": criterion.title[language()],
        "text": criterion.text[language()],
        "max": number_text(criterion.max),
        "bonus": criterion.bonus,
        "guidance": guidance,
        "levels": [_level(level, policy) for level in criterion.levels],
        "zero": {"mark": "0"} in allowed(criterion, policy.step)
        and not any(level.low == 0 for level in criterion.levels),
    }


def _level(level: Level, policy: Policy) -> dict[str, Any]:
    """Return a level with its legal marks, ascending; one mark: the level is exact."""
    return {
        "text": level.text[language()],
        "marks": [number_text(mark) for mark in level.marks(policy.step)],
    }
