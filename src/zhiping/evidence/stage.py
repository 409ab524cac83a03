"""Ports of evidence, for the apps above to collect."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from zhiping.accounts.models import Role, User
from zhiping.domain.lifecycle import ON_SITE
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import in_state
from zhiping.evidence import queries
from zhiping.evidence.models import Evidence
from zhiping.permissions import may
from zhiping.statements import things_of
from zhiping.web.links import link_to
from zhiping.web.searching import Searched, Words, lines
from zhiping.web.sections import Section
from zhiping.web.tasks import MOST, Task, Tasks


def _asked(own: list[Any]) -> QuerySet[Evaluation]:
    asked = Evaluation.objects.filter(in_state(*ON_SITE), platform__operator_id__in=own)
    related = asked.select_related("head", "platform", "rubric")
    return related.order_by("visit_start", "pk")[:MOST]


def _given(evaluations: list[Evaluation]) -> dict[UUID, list[str]]:
    rows = Evidence.objects.filter(evaluation__in=evaluations, withdrawn=None)
    found: dict[UUID, list[str]] = defaultdict(list)
    for key, criteria in rows.values_list("evaluation_id", "criteria"):
        found[key].append(criteria)
    return found


def materials(user: User, today: dt.date) -> Iterator[Task]:
    """Offer an operator the evaluations for which materials are still missing."""
    own = [o.pk for o in user.organisations(Role.OPERATOR, Role.OPERATOR_HEAD)]
    asked = things_of(partial(_asked, own)) if own else []
    given = _given(asked) if asked else {}
    for evaluation in asked:
        if count := len(queries.missing(evaluation, given.get(evaluation.pk, ()))):
            url = reverse("evidence:evidence", args=[evaluation.pk])
            data = {"platform": evaluation.platform.name, "count": count}
            yield Task.until(evaluation.visit_start, today, "hand_in_evidence", url, **data)


def _of_evaluation(user: User, evaluation: Evaluation, _today: dt.date) -> dict[str, Any]:
    if not may(user, "evidence.see", evaluation):
        return {"shown": False}
    given = [one for one in queries.evidence_of(user, evaluation) if one.withdrawn is None]
    asked = sum(not criterion.bonus for criterion in evaluation.rubric.as_domain().criteria.values())
    missing = len(queries.missing(evaluation, [one.criteria for one in given]))
    return {
        "shown": True,
        "evaluation": evaluation,
        "count": len(given),
        "asked": asked,
        "missing": missing,
        "done": asked - missing,
    }


TASKS: tuple[Tasks, ...] = (materials,)
SECTIONS = (Section("evaluation", "evidence/of_evaluation.html", _of_evaluation),)


def _evidence(ledgers: Collection[UUID]) -> Iterator[Words]:
    """Return the words of evidence: caption, name of the file, number, where it was seen."""
    rows = Evidence.objects.filter(evaluation__in=ledgers).select_related("evaluation")
    for one in rows:
        body = lines(one.name, one.number, one.place, one.criteria)
        yield Words(one.pk, one.evaluation_id, one.caption, body, one.evaluation.period_end.year)


SEARCH = (Searched("evidence", ("evaluation",), _evidence, queries.visible_to, link_to("evidence")),)
