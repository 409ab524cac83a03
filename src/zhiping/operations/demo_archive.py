"""Demo data of the archive: the record of a closed evaluation, packed and archived."""

from django.utils import timezone

from zhiping.archive.actions import packing
from zhiping.archive.actions import record as actions
from zhiping.archive.models import Packing
from zhiping.archive.queries.record import get_filed
from zhiping.evaluations.models import Evaluation
from zhiping.ledger.act import Act
from zhiping.operations.demo_improvement import CLOSED
from zhiping.operations.demo_people import Made


def build(made: Made) -> None:
    """Archive the evaluation whose improvement was closed; its year is numbered once it has ended."""
    keeper = made.user["archivist"]
    key = Evaluation.objects.exclude(grade="").get(platform=made.platform[CLOSED]).pk
    reason = "按照归档范围和保管期限表"
    actions.open_record(Act(keeper, timezone.now()), get_filed(keeper, key), retention="30", reason=reason)
    packing.make_packages(Act.clock(timezone.now()), Packing.objects.get(evaluation=key))
    actions.archive_evaluation(Act(keeper, timezone.now()), get_filed(keeper, key))
