"""What papers after the result state of an improvement."""

from django.utils import timezone

from zhiping.domain.evaluation import Improved
from zhiping.domain.lifecycle import ISSUED
from zhiping.evaluations.models import Evaluation
from zhiping.improvement.models import Action
from zhiping.improvement.queries import improvement as queries
from zhiping.texts.catalogue import say


def improved(evaluation: Evaluation) -> dict[str, Improved]:
    """Return what became of each finding, by criterion; nothing before the report is issued."""
    if evaluation.reached not in ISSUED:
        return {}
    return {row.criterion: _improved(row) for row in queries.actions(evaluation)}


def _improved(row: Action) -> Improved:
    last = next(reversed(row.rechecks.all()), None)
    proofs = [str(proof) for proof in row.proofs.all() if not proof.withdrawn]
    return Improved(
        measure=row.measure, owner=row.owner, deadline=row.deadline, outcome=row.outcome,
        proof=say("wording.semicolon").join(proofs),
        done=timezone.localdate(row.done) if row.done else None,
        verdict=row.verdict,
        reason=last.reason if last else "", by=last.by.name if last else "",
        on=timezone.localdate(last.at) if last else None,
    )  # fmt: skip
