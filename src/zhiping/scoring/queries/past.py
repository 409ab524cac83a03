"""The results of a platform through the years: concluded here, or from before this system."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from django.db.models import DateField, Subquery, UUIDField

from zhiping.domain import grading
from zhiping.domain.register import GRADES
from zhiping.domain.result_document import Result as Document
from zhiping.evaluations.models import Evaluation
from zhiping.scoring.models import EarlierResult, Fact, Result
from zhiping.statements import Given, Statement
from zhiping.texts.catalogue import say

_PLATFORM = Given("platform", UUIDField())
_CONCLUDED = Statement(
    lambda: (
        Result.objects.filter(evaluation__platform=_PLATFORM)
        .select_related("evaluation")
        .only(
            "version", "sha256", "grade", "graded", "concluded", "evaluation__kind", "evaluation__period_end"
        )
        .order_by("-version")
    )
)
_LAST = Result.objects.filter(
    evaluation__platform=_PLATFORM, evaluation__period_end__lt=Given("before", DateField())
).order_by("-evaluation__period_end", "evaluation__kind")
_LAST_FACTS = Statement(
    lambda: (
        Fact.objects.filter(evaluation=Subquery(_LAST.values("evaluation")[:1]), left_out=False)
        .exclude(fact="")
        .select_related("evaluation")
        .only("criterion", "fact", "answer", "reply", "evaluation__period_end")
        .order_by("criterion")
    )
)
_EARLIER = Statement(lambda: EarlierResult.objects.filter(platform=_PLATFORM).defer("document"))


@dataclass(frozen=True, slots=True)
class Past:
    """One result of a platform: of an evaluation here, or from before this system (`evaluation` None)."""

    kind: str
    period_end: dt.date
    grade: str
    graded: str
    evaluation: UUID | None
    row: Result | EarlierResult

    @property
    def name(self) -> str:
        """The grade as people name it."""
        return say(f"registry.grades.{self.grade}") if self.grade in GRADES else self.grade

    @property
    def shown(self) -> str:
        """The score as it is printed."""
        return grading.shown(Fraction(self.graded))


def past(platform_id: UUID) -> list[Past]:
    """Return the results of a platform in their latest versions, the latest period first: two statements."""
    last = {row.evaluation_id: row for row in reversed(_CONCLUDED.things(platform=platform_id))}
    found = [
        Past(r.evaluation.kind, r.evaluation.period_end, r.grade, r.graded, r.evaluation_id, r)
        for r in last.values()
    ]
    found += [
        Past(r.kind, r.period_end, r.grade, r.graded, None, r) for r in _EARLIER.things(platform=platform_id)
    ]
    return sorted(found, key=lambda one: (one.period_end, one.evaluation is not None), reverse=True)


def before(evaluation: Evaluation, results: Sequence[Past], kind: str) -> Past | None:
    """Return the last result of a kind before an evaluation, of the other kind also the one of its period."""
    end, same = evaluation.period_end, kind == evaluation.kind
    own = (one for one in results if one.kind == kind and one.evaluation != evaluation.pk)
    return next((one for one in own if one.period_end < end or (not same and one.period_end == end)), None)


def previous(evaluation: Evaluation, results: Sequence[Past] | None = None) -> Document | None:
    """Return the last result of the same kind to compare with; None where its scale is another."""
    known = past(evaluation.platform_id) if results is None else results
    last = before(evaluation, known, evaluation.kind)
    document = document_of(last.row) if last and last.row.document else None
    scale = evaluation.rubric.scale_sha256
    return document if document and document["rubric"]["scale_sha256"] == scale else None


def past_facts(evaluation: Evaluation) -> list[Fact]:
    """Return the facts put to the operator in the platform's last evaluation concluded here before this one.

    Of a year with a self-evaluation, too, the authority's counts.
    """
    return _LAST_FACTS.things(platform=evaluation.platform_id, before=evaluation.period_start)


def document_of(row: Result | EarlierResult) -> Document:
    """Return a stored result as the domain wrote it."""
    document: Document = json.loads(row.document)
    return document
