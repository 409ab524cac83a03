"""What a member's device keeps to score: rubric with legal choices, guidance, duties, own marks."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

from zhiping.accounts.models import User
from zhiping.domain import sheet as sheets
from zhiping.domain.exact import number_text
from zhiping.domain.rubric import Criterion, Dimension, Indicator, Level, Rubric
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import policy_of
from zhiping.panels.models import Seat
from zhiping.rubrics.models import table_of
from zhiping.scoring.models import Sheet
from zhiping.scoring.queries import sheet as queries
from zhiping.scoring.queries.past import past_facts
from zhiping.texts.catalogue import language, speaking

Choices = Mapping[str, dict[str, Any]]  # a criterion as the page offers it, by its id


def fieldwork(user: User, sheet: Sheet) -> dict[str, Any]:
    """Return everything the page needs without a network, for the person who fills the sheet in."""
    evaluation = sheet.evaluation
    policy = policy_of(evaluation)
    duties = _duties(evaluation, sheet.seat) if sheet.seat else {}
    rubric = queries.table_of(evaluation)
    known = choices(rubric.wording_sha256, policy.step, language())
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
        "member": user.pk,
        "rubric": {"title": rubric.title[language()], "wording_sha256": rubric.wording_sha256},
        "dimensions": [_dimension(d, known, evaluation.guidance, duties) for d in rubric.dimensions],
        "past": _past(evaluation, rubric),
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


def _past(evaluation: Evaluation, rubric: Rubric) -> dict[str, Any] | None:
    """Return the facts of the platform's last evaluation for the criteria of this rubric: never a mark."""
    last = past_facts(evaluation)
    if not last:
        return None
    known = [fact for fact in last if fact.criterion in rubric.criteria]
    names = ("criterion", "fact", "answer", "reply")
    return {
        "year": last[0].evaluation.period_end.year,
        "facts": [{name: getattr(fact, name) for name in names} for fact in known],
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
    dimension: Dimension, known: Choices, guidance: Mapping[str, str], duties: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "id": dimension.id,
        "name": dimension.name[language()],
        "max": number_text(dimension.max),
        "bonus": dimension.bonus,
        "indicators": [_indicator(i, known, guidance, duties) for i in dimension.indicators],
    }


def _indicator(
    indicator: Indicator, known: Choices, guidance: Mapping[str, str], duties: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "id": indicator.id,
        "name": indicator.name[language()],
        "focus": indicator.focus[language()],
        "max": number_text(indicator.max),
        "duty": duties.get(indicator.id, ""),
        "criteria": [{**known[c.id], "guidance": guidance.get(c.id, "")} for c in indicator.criteria],
    }


@cache
def choices(wording_sha256: str, step: Fraction, spoken: str) -> Choices:
    """Return the criteria of a published table as the page offers them, by id.

    They are cached per process because a published table does not change, and to find which marks need a
    reason takes longer than the rest of the answer.
    """
    with speaking(spoken):
        return {c.id: offered(c, step) for c in table_of(wording_sha256).criteria.values()}


def offered(criterion: Criterion, step: Fraction) -> dict[str, Any]:
    """Return a criterion with its levels, best first as printed; `zero`: no level is an unearned bonus."""
    return {
        "id": criterion.id,
        "title": criterion.title[language()],
        "text": criterion.text[language()],
        "max": number_text(criterion.max),
        "bonus": criterion.bonus,
        "levels": [_level(criterion, level, step) for level in criterion.levels],
        "zero": {"mark": "0"} in sheets.allowed(criterion, step)
        and not any(level.low == 0 for level in criterion.levels),
        "no_level_asks": not criterion.bonus
        and _asks(criterion, sheets.Mark(criterion.max, no_level=True), step),
    }


def _level(criterion: Criterion, level: Level, step: Fraction) -> dict[str, Any]:
    """Return a level with its legal marks, ascending; one mark: the level is exact.

    `reason`: the reason of a mark where none is typed; `asks`: the marks for which one must be typed.
    """
    marks = [sheets.Mark(points) for points in level.marks(step)]
    return {
        "text": level.text[language()],
        "marks": [number_text(mark.points) for mark in marks],
        "reason": sheets.level_reason(criterion, marks[0], language()),
        "asks": [number_text(mark.points) for mark in marks if _asks(criterion, mark, step)],
    }


def _asks(criterion: Criterion, mark: sheets.Mark, step: Fraction) -> bool:
    """Return whether a mark needs a typed reason before it can be handed in."""
    given = replace(mark, reason=sheets.level_reason(criterion, mark))
    return any(sheets.hand_in_problems(criterion, given, step))
