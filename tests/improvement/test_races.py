"""T9: a closing confirmed while a recheck sends a finding back; the database orders them."""

import pytest
from tests.improvement import improving as made
from tests.ledger.test_races import at_once
from tests.panels import panels

from zhiping.ledger.models import Event

pytestmark = pytest.mark.t9


def test_no_finding_is_sent_back_after_the_closing(committed):
    cast = committed
    evaluation = made.opened(cast)
    made.plan(cast, evaluation)
    made.report(cast, evaluation)
    made.draw(cast, evaluation)
    drawn = [row.criterion for row in evaluation.improvement_actions.filter(place__lte=3)]
    other = evaluation.improvement_actions.exclude(criterion__in=drawn).first().criterion
    made.recheck(cast, evaluation, *drawn)
    made.propose(cast, evaluation)
    at_once(
        lambda: made.close(cast, evaluation),
        lambda: made.recheck(cast, evaluation, other, verdict="refused"),
        lambda: made.close(cast, evaluation, "member"),
    )
    names = list(Event.objects.filter(head=evaluation.pk).order_by("seq").values_list("name", flat=True))
    closed, phase = names.count("evaluation.closed"), panels.fresh(evaluation).head.phase
    sent_back = made.of(evaluation, other).verdict == "refused"
    assert (closed, phase, sent_back) in ((1, "closed", False), (0, "improving", True))
