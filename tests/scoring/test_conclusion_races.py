"""The conclusion against a late change: the database orders them, and nothing follows a conclusion."""

import pytest
from tests.ledger.test_races import at_once, outcomes
from tests.panels import panels
from tests.scoring.deliberating import closed, settle
from tests.scoring.scoring import MEMBERS
from tests.scoring.test_result import ONE, dissent, hash_of, sign
from tests.server.cast import NOW
from tests.server.insider import unguard

from zhiping.ledger.act import Act
from zhiping.ledger.models import Event, Head, Leaf
from zhiping.scoring.actions import conclusion
from zhiping.scoring.models import AgreedMark, Dissent, Result, Signature
from zhiping.scoring.queries import result as queries

pytestmark = pytest.mark.t9
ROUNDS = 6


def conclude(cast, evaluation):
    conclusion.conclude(Act(cast.lead, NOW), panels.fresh(evaluation))
    return "won"


def late_mark(cast, evaluation):
    settle(cast, evaluation, why="更正", **{"4_1": "2"})
    return "won"


def late_dissent(cast, evaluation):
    dissent(cast, "member", evaluation, "4.1")
    return "won"


def late_signature(cast, evaluation):
    sign(cast, evaluation, "member")
    return "won"


def follows(evaluation):
    """Return what contradicts the conclusion: later events, or a result that is not that of the marks."""
    names = list(Event.objects.filter(head=evaluation.pk).order_by("seq").values_list("name", flat=True))
    late = names[names.index("evaluation.concluded") + 1 :] if "evaluation.concluded" in names else []
    stale = [row.sha256 for row in Result.objects.all() if row.sha256 != hash_of(evaluation)]
    return late + stale


def ready(cast):
    """Return an evaluation that can be concluded, in a database whose triggers let a round be undone."""
    evaluation = closed(cast, ONE)
    settle(cast, evaluation, **{"4_1": "0"})
    sign(cast, evaluation, *MEMBERS)
    unguard()
    return evaluation, Head.objects.get(pk=evaluation.pk).size


def undo(evaluation, size, sha256):
    """Return to the state before a round."""
    Result.objects.all().delete()
    Dissent.objects.all().delete()
    Signature.objects.update(result_sha256=sha256)
    mark = AgreedMark.objects.get()
    legal = type(mark.legal).objects.get(rubric=evaluation.rubric_id, criterion="4.1", points="0")
    AgreedMark.objects.update(legal=legal, reason="评议认定")
    Leaf.objects.filter(head=evaluation.pk, seq__gte=size).delete()
    Event.objects.filter(head=evaluation.pk, seq__gte=size).delete()
    Head.objects.filter(pk=evaluation.pk).update(phase="deliberating", size=size)


@pytest.mark.parametrize("late", [late_mark, late_dissent])
def test_conclusion_or_the_late_change_wins(committed, late):
    evaluation, size = ready(committed)
    seen = hash_of(evaluation)
    for _ in range(ROUNDS):
        found = at_once(lambda: conclude(committed, evaluation), lambda: late(committed, evaluation))
        assert outcomes(found) == ["Conflict", "won"]
        assert follows(evaluation) == []
        undo(evaluation, size, seen)


def test_signature_never_follows_the_conclusion(committed):
    evaluation, size = ready(committed)
    seen = hash_of(evaluation)
    for _ in range(ROUNDS):
        found = at_once(
            lambda: conclude(committed, evaluation), lambda: late_signature(committed, evaluation)
        )
        assert "won" in found
        assert follows(evaluation) == []
        undo(evaluation, size, seen)


def test_conclusion_computed_before_the_lock_is_detected(committed, monkeypatch):
    evaluation, _ = ready(committed)
    before = queries.compute(panels.fresh(evaluation))
    late_mark(committed, evaluation)
    monkeypatch.setattr(conclusion, "_computed", lambda _evaluation: before)
    conclude(committed, evaluation)
    assert follows(evaluation) == [before.sha256]
