"""Write the parts of the report that people write (8.3), several of them at once."""

import datetime as dt
from typing import Any

from zhiping.domain.errors import Conflict
from zhiping.evaluations.models import Evaluation
from zhiping.evidence.actions.evidence import check_criteria
from zhiping.ledger.act import Act
from zhiping.reporting.models import Recommendation, ReportPart
from zhiping.reporting.queries import report as queries


def write_part(act: Act, evaluation: Evaluation, *, name: str, text: str, before: str) -> None:
    """Write a part; `before`: the hash of the text that was edited (queries.report.digest).

    Raises Conflict `reporting.part_changed` where another person has changed it since.
    """
    with act.move(evaluation, "write_part") as entry:
        part = evaluation.report_parts.filter(name=name).first()
        if before != queries.digest(part.text if part else ""):
            raise Conflict.of("reporting.part_changed")
        entry.data = {"name": name}
        if part:
            entry.change(part, text=text)
        else:
            entry.add(ReportPart(evaluation=evaluation, name=name, text=text))


def write_recommendation(
    act: Act, evaluation: Evaluation, *, what: str, who: str = "", until: dt.date | None = None,
    proof: str = "", findings: str = "", recommendation: Recommendation | None = None, before: str = "",
) -> None:  # fmt: skip
    """Add a recommendation, or change one; `findings`: criteria, separated by spaces.

    `before`: the hash of the recommendation that was edited. Raises Invalid for criteria the rubric does not
    have, Conflict `reporting.part_changed`.
    """
    with act.move(evaluation, "write_recommendation") as entry:
        check_criteria(evaluation, findings, needed=False)
        values: dict[str, Any] = {
            "what": what,
            "who": who,
            "until": until,
            "proof": proof,
            "findings": findings,
        }
        one = _now(recommendation, before)
        if one:
            entry.change(one, **values)
        else:
            entry.add(Recommendation(evaluation=evaluation, **values))


def remove_recommendation(act: Act, evaluation: Evaluation, *, recommendation: Recommendation) -> None:
    """Remove a recommendation."""
    with act.move(evaluation, "remove_recommendation") as entry:
        found = evaluation.recommendations.filter(pk=recommendation.pk).first()
        if found:
            entry.remove(found)


def _now(recommendation: Recommendation | None, before: str) -> Recommendation | None:
    """Return a recommendation as it is now; raise Conflict where it is not what was edited."""
    if recommendation is None:
        return None
    now = Recommendation.objects.filter(pk=recommendation.pk).first()
    if queries.seen_of(now) != before:
        raise Conflict.of("reporting.part_changed")
    return now
