"""Evaluations whose sheets are in, whose facts are settled, or whose scoring is closed."""

from fractions import Fraction

from tests.panels import panels
from tests.scoring.scoring import begun, handed_in
from tests.server.cast import NOW, TODAY, unchecked

from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.ledger.act import Act
from zhiping.scoring.actions import deliberation, fact_check
from zhiping.scoring.queries import fact_check as queries
from zhiping.visits.models import VisitRecord

# Two criteria are disputed.
MARKS = {"lead": {}, "member": {"4_1": "0"}, "member2": {"4_1": "0", "12_4": "0"}}


def seen(cast, name, evaluation):
    """Return the evaluation as a user's request would read it."""
    return get_evaluation(getattr(cast, name), evaluation.pk)


def act(cast, name):
    """Return an act of a user."""
    return Act(getattr(cast, name), NOW)


def all_in(cast, marks=MARKS, **facts):
    """Return an evaluation whose sheets are in, with the meetings of its visit."""
    evaluation = begun(cast, tuple(marks), **facts)
    for name, given in marks.items():
        handed_in(cast, evaluation, name, **given)
    meetings(cast, evaluation)
    return panels.fresh(evaluation)


def meetings(cast, evaluation, day=TODAY):
    """Record opening and closing meeting."""
    with unchecked(evaluation).move(evaluation, "write_visit_record") as entry:
        entry.add_all(
            VisitRecord(evaluation=evaluation, kind=kind, day=day, who="组长", written_by=cast.lead)
            for kind in ("opening", "closing")
        )


def stated(cast, evaluation, name="lead", **texts):
    """Write a fact for each criterion that lost points."""
    lost = queries.losses(seen(cast, name, evaluation))
    facts = {
        one.criterion.id: texts.get(one.criterion.id.replace(".", "_"), "入口处的公示栏已拆除")
        for one in lost
    }
    fact_check.write_facts(act(cast, name), seen(cast, name, evaluation), facts=facts)


def answered(cast, evaluation, name="lead", *, by="lead", scan=None, **given):
    """Write the facts, `by` the lead, and record that the operator agrees to each."""
    stated(cast, evaluation, by)
    facts = queries.put(evaluation)
    answers = {f.criterion: ("agreed", "") for f in facts} | given
    about = seen(cast, name, evaluation)
    fact_check.answer_facts(act(cast, name), about, person="王主任", answers=answers, scan=scan)


def closed(cast, marks=MARKS, **facts):
    """Return an evaluation whose scoring is closed."""
    evaluation = all_in(cast, marks, **facts)
    answered(cast, evaluation)
    close(cast, evaluation)
    return panels.fresh(evaluation)


def close(cast, evaluation):
    """Close the scoring as the lead."""
    deliberation.close_scoring(act(cast, "lead"), seen(cast, "lead", evaluation))


def settle(cast, evaluation, name="lead", why="", **marks):
    """Settle criteria (id with _ for . → points) as a user."""
    given = {
        key.replace("_", "."): deliberation.Settled(points=Fraction(value), reason="评议认定")
        for key, value in marks.items()
    }
    deliberation.settle_criteria(act(cast, name), seen(cast, name, evaluation), marks=given, why=why)
