"""Concluded evaluations and what people do with their reports."""

from tests.panels import panels
from tests.scoring.deliberating import closed, settle
from tests.scoring.scoring import MEMBERS
from tests.scoring.test_result import NONE, conclude, sign
from tests.server.cast import NOW

from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.ledger.act import Act
from zhiping.reporting.actions import editions, objection

LOST = NONE | {"member": {"4_1": "0"}}  # a disputed criterion, for which the panel agrees on 0


def concluded(cast, marks=LOST):
    """Return a concluded evaluation in which 4.1 lost its points."""
    evaluation = closed(cast, marks)
    if marks is LOST:
        settle(cast, evaluation, **{"4_1": "0"})
    sign(cast, evaluation, *MEMBERS)
    conclude(cast, evaluation)
    return panels.fresh(evaluation)


def act(cast, name, now=NOW):
    return Act(getattr(cast, name), now)


def seen(cast, name, evaluation):
    """Return the evaluation as a user's request would read it."""
    return get_evaluation(getattr(cast, name), evaluation.pk)


def sent(cast, now=NOW):
    """Return a concluded evaluation whose draft is out for comment."""
    evaluation = concluded(cast)
    editions.send_draft(act(cast, "lead", now), seen(cast, "lead", evaluation))
    return panels.fresh(evaluation)


def object_to(cast, evaluation, criterion="4.1", now=NOW):
    """Raise an objection as the operator; return it."""
    own = seen(cast, "staff", evaluation)
    objection.raise_objection(act(cast, "staff", now), own, text="公示栏一直在", criterion=criterion)
    return evaluation.objections.order_by("-at", "-id").first()


def answer(cast, evaluation, one, name="lead", **given):
    """Answer an objection."""
    said = {"verdict": "upheld", "answer": "补充材料属实", "points": "2"} | given
    objection.answer_objection(act(cast, name), seen(cast, name, evaluation), objection=one, **said)


def decide(cast, evaluation, one, name="member", agrees=True):
    """Decide an objection as the second person."""
    objection.decide_objection(act(cast, name), seen(cast, name, evaluation), objection=one, agrees=agrees)


def accept(cast, evaluation, now=NOW):
    """State as the operator that there are no objections."""
    editions.accept_draft(act(cast, "staff", now), seen(cast, "staff", evaluation))


def issue(cast, evaluation, now=NOW, **given):
    """Issue the report as the authority; return it."""
    return editions.issue_report(act(cast, "officer", now), seen(cast, "officer", evaluation), **given)
