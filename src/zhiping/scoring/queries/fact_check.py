"""The fact check (问题确认单): the criteria that lost points, what members wrote about them, what is put."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import UUIDField
from django.shortcuts import get_object_or_404

from zhiping.accounts.models import User
from zhiping.domain.evaluation import FactCheck as Checked
from zhiping.domain.lifecycle import BEFORE_CLOSE
from zhiping.domain.rubric import Criterion
from zhiping.domain.sheet import Sheet
from zhiping.evaluations.models import Evaluation
from zhiping.panels.queries.panel import get_for
from zhiping.panels.rules import seated
from zhiping.scoring.models import Fact, FactCheck, FactScan
from zhiping.scoring.queries.deliberation import sheets_of
from zhiping.scoring.queries.sheet import Arrived, arrived, complete, table_of
from zhiping.statements import Given, Statement
from zhiping.texts import findings, wording
from zhiping.texts.catalogue import translated

_EVALUATION = Given("evaluation", UUIDField())
_PUT = Statement(lambda: Fact.objects.filter(evaluation=_EVALUATION, left_out=False).exclude(fact=""))


@dataclass(frozen=True, slots=True)
class Loss:
    """A criterion that lost points in a sheet, with the distinct reasons, in the order of texts.

    Reasons show neither who gave them nor how many did. `proposed`: the fact they give, "" where the panel
    must state it. `fact`: the row written for it.
    """

    criterion: Criterion
    reasons: list[str]
    proposed: str
    fact: Fact | None = None

    @property
    def shown(self) -> list[str]:
        """The reasons, the wording of a level in the reader's language."""
        return [wording.reason(self.criterion, [text]) for text in self.reasons]

    @property
    def covers(self) -> bool:
        """Whether the one reason is a level's wording that covers several facts."""
        return len(self.reasons) == 1 and not self.proposed

    @property
    def several(self) -> bool:
        """Whether members wrote different reasons."""
        return len(self.reasons) > 1

    @property
    def asks(self) -> bool:
        """Whether a fact is still to be written: blank, or a level's wording that covers several facts."""
        fact = self.fact
        return fact is None or (not fact.left_out and findings.is_open(self.criterion, fact.fact))


def losses(evaluation: Evaluation, known: Arrived | None = None) -> list[Loss]:
    """Return the criteria that lost points in any sheet of the panel, in table order; `known`: a reading.

    Only for who may write the facts, once every sheet is in. Two statements besides the reading.
    """
    rubric, sheets = table_of(evaluation), sheets_of(evaluation, known)
    facts = {fact.criterion: fact for fact in evaluation.facts.all()}
    found = []
    for criterion in rubric.base:
        if reasons := _lost(criterion, sheets):
            texts = findings.distinct(filter(None, reasons))
            proposed = findings.proposed(criterion, texts)
            found.append(Loss(criterion, texts, proposed, facts.get(criterion.id)))
    return found


def _lost(criterion: Criterion, sheets: Sequence[Sheet]) -> list[str]:
    """Return the reasons of the marks below the maximum: a note on a full mark is none."""
    marks = [sheet.marks[criterion.id] for sheet in sheets if criterion.id in sheet.marks]
    return [mark.reason or mark.note for mark in marks if mark.points < criterion.max]


@dataclass(frozen=True, slots=True)
class FactsPage:
    """The page of the facts: `waits` for sheets; `losses` for who writes; `facts` for who reads.

    `scans`: of signed papers, the latest first.
    """

    waits: bool
    losses: list[Loss]
    facts: list[Fact]
    settled: FactCheck | None
    scans: Sequence[FactScan] = ()

    @property
    def ready(self) -> bool:
        """Whether every fact is written, so that the operator can be asked."""
        return not unstated(self.losses)


def waits(evaluation: Evaluation, known: Arrived) -> bool:
    """Return whether a sheet is still out before the close: then nothing of the others is shown."""
    return evaluation.reached in BEFORE_CLOSE and not complete(evaluation, known)


def page_of(evaluation: Evaluation, *, writes: bool) -> FactsPage:
    """Return what the page shows; nothing of any sheet before all are in."""
    known = arrived(evaluation, seated(evaluation))
    if waits(evaluation, known):
        return FactsPage(waits=True, losses=[], facts=[], settled=None)
    found = losses(evaluation, known) if writes else []
    scans = list(evaluation.fact_scans.all())
    return FactsPage(
        waits=False, losses=found, facts=put(evaluation), settled=fact_check(evaluation), scans=scans
    )


def unstated(found: Iterable[Loss]) -> list[str]:
    """Return the ids of the criteria whose fact is still to be written."""
    return [loss.criterion.id for loss in found if loss.asks]


def put(evaluation: Evaluation) -> list[Fact]:
    """Return the facts that are put to the operator, in table order."""
    criteria = table_of(evaluation).criteria
    order, found = list(criteria), _PUT.things(evaluation=evaluation.pk)
    for fact in found:
        fact.title = translated(criteria[fact.criterion].title)
    return sorted(found, key=lambda fact: order.index(fact.criterion))


def fact_check(evaluation: Evaluation) -> FactCheck | None:
    """Return how the facts were settled; None while they are not."""
    return FactCheck.objects.filter(evaluation=evaluation, settled__isnull=False).first()


def get_scan(user: User, evaluation_id: UUID, scan_id: UUID) -> FactScan:
    """Return a scan of the signed 问题确认单 with its evaluation; Http404 for any other."""
    evaluation = get_for(user, evaluation_id, "scoring.see_facts")
    scan = get_object_or_404(FactScan, pk=scan_id, evaluation=evaluation)
    scan.evaluation = evaluation
    return scan


def fact_check_settled(evaluation: Evaluation, _today: dt.date) -> bool:
    """Return whether the operator confirmed the facts, or the lead recorded why not."""
    return fact_check(evaluation) is not None


def stated(evaluation: Evaluation) -> dict[str, Checked]:
    """Return the facts put to the operator as papers and reports read them, by criterion."""
    return {
        fact.criterion: Checked(fact.fact, fact.answer, fact.reply)  # type: ignore[arg-type] # the model's choices are the domain's
        for fact in put(evaluation)
    }
