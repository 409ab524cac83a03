"""What goes wrong in an evaluation under way: each case has a move, a reason and a line in the ledger."""

import datetime as dt

import pytest
from tests.panels import panels
from tests.scoring import deliberating as made
from tests.scoring.scoring import MEMBERS, begun, fresh, full, give, handed_in, one, opened
from tests.scoring.test_deliberation import with_substitute
from tests.scoring.test_result import conclude, hash_of, sign
from tests.server.cast import NOW, TODAY

from zhiping.domain.errors import Conflict, Invalid
from zhiping.evaluations.actions.evaluation import cancel_evaluation
from zhiping.experts.models import Expert
from zhiping.ledger import verification
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event
from zhiping.panels.actions import course, recusal
from zhiping.panels.actions.panel import change_role
from zhiping.registry.actions import end_service
from zhiping.scoring.actions import conclusion, deliberation, sheet
from zhiping.scoring.models import Mark, Result, Sheet
from zhiping.visits.actions.visit import plan_visit

WEEKS = dt.timedelta(weeks=5)


def lines(thing, *names):
    """Return the entries of a ledger with these names: the event, the person, the reason."""
    found = Event.objects.filter(head=thing.pk, name__in=names).order_by("seq").select_related("by")
    return [(event.name, event.by.username, event.data.get("reason", "")) for event in found]


def reason_needed(action, *given, **named):
    """Expect that nothing is done without a reason."""
    with pytest.raises(Invalid) as refused:
        action(*given, **named)
    assert [problem.code for problem in refused.value.problems] == ["lifecycle.reason_given"]


def test_wrong_hand_in_is_returned_and_handed_in_again(cast):
    evaluation = begun(cast)
    mine = handed_in(cast, evaluation, "member", **{"4_1": ("0", "看错了")})
    reason_needed(sheet.ask_return, made.act(cast, "member"), fresh(mine), reason=" ")
    sheet.ask_return(made.act(cast, "member"), fresh(mine), reason="4.1 看错了档次")
    sheet.return_sheet(made.act(cast, "lead"), fresh(mine))
    before = Mark.objects.get(sheet=mine.pk, criterion="4.1").event
    give(cast, "member", mine, one("4.1", "2", replaces=before))
    sheet.hand_in(made.act(cast, "member"), fresh(mine))
    assert lines(mine, "sheet.handed_in", "sheet.return_asked", "sheet.returned") == [
        ("sheet.handed_in", "member", ""), ("sheet.return_asked", "member", "4.1 看错了档次"),
        ("sheet.returned", "lead", ""), ("sheet.handed_in", "member", ""),
    ]  # fmt: skip
    names = ("sheet.handed_in", "sheet.returned")
    assert [name for name, *_ in lines(evaluation, *names)] == [names[0], names[1], names[0]]
    assert verification.verify(fresh(mine).head) == []


def ill(cast, evaluation):
    """Let the lead fall ill: the office records it, a member leads, the substitute takes the vacant seat."""
    seat = evaluation.seats.get(expert__user=cast.lead)
    asked = recusal.ask_recusal(made.act(cast, "officer"), seat, reason="组长住院")
    recusal.decide_recusal(made.act(cast, "officer"), asked, granted=True, decision="情况属实")
    leads = evaluation.seats.get(expert__user=cast.member)
    change_role(made.act(cast, "officer"), panels.fresh(evaluation), seat=leads, role="lead")
    seat.refresh_from_db()
    comes = evaluation.seats.get(expert__user=cast.substitute)
    recusal.replace_members(
        made.act(cast, "member"), made.seen(cast, "member", evaluation), pairs=[(seat, comes)]
    )


def reached(cast, phase):
    """Return an evaluation with a substitute, under way or in deliberation."""
    if phase == "deliberating":
        return with_substitute(cast, made.MARKS)
    evaluation = panels.opened(cast)
    panels.composed(cast, evaluation, names=MEMBERS, substitutes=("substitute",), until="scoring")
    for name, given in made.MARKS.items():
        handed_in(cast, evaluation, name, **given)
    made.meetings(cast, evaluation)
    return panels.fresh(evaluation)


@pytest.mark.parametrize("phase", ["scoring", "deliberating"])
def test_evaluation_goes_on_to_its_conclusion_when_the_lead_falls_ill(cast, phase):
    Expert.objects.filter(user=cast.member).update(experience="参与平台建设")  # as the lead has
    evaluation = reached(cast, phase)
    assert evaluation.head.phase == phase
    ill(cast, evaluation)
    names = ("recusal.asked", "recusal.decided", "panel.role_changed", "member.replaced")
    assert [name for name, *_ in lines(evaluation, *names)] == list(names)
    data = Event.objects.get(head=evaluation.pk, name="recusal.asked").data
    assert "组长住院" in str(data)
    handed_in(cast, evaluation, "substitute")
    made.answered(cast, panels.fresh(evaluation), name="member", by="member")
    deliberation.close_scoring(made.act(cast, "member"), made.seen(cast, "member", evaluation))
    settle = dict.fromkeys(("4_1", "12_4"), "0")
    made.settle(cast, evaluation, name="member", **settle)
    sign(cast, evaluation, "member", "member2", "substitute")
    conclusion.conclude(made.act(cast, "member"), made.seen(cast, "member", evaluation))
    assert Result.objects.count() == 1
    phases = {row.seat.expert.user.username: row.head.phase for row in Sheet.objects.all()}
    assert phases == {
        "lead": "recused", "member": "counted", "member2": "counted", "substitute": "counted",
    }  # fmt: skip


def test_criterion_agreed_by_mistake_is_settled_again_with_the_reason_on_record(cast):
    evaluation = made.closed(cast)
    made.settle(cast, evaluation, **{"4_1": "0"})
    with pytest.raises(Invalid) as refused:
        made.settle(cast, evaluation, **{"4_1": "2"})
    assert [problem.code for problem in refused.value.problems] == ["deliberation.settled"]
    made.settle(cast, evaluation, why="点错了", **{"4_1": "2"})
    assert lines(evaluation, "marks.agreed") == [
        ("marks.agreed", "lead", ""), ("marks.agreed", "lead", "点错了"),
    ]  # fmt: skip
    assert evaluation.agreed_marks.get(criterion="4.1").legal.points == "2"


def test_visit_is_suspended_and_goes_on_weeks_later_with_its_marks(cast):
    evaluation = begun(cast)
    mine = opened(cast, evaluation, "member")
    give(cast, "member", mine, *full(evaluation)[:10])
    lead, later = made.act(cast, "lead"), Act(cast.lead, NOW + WEEKS)
    reason_needed(course.suspend_evaluation, lead, panels.fresh(evaluation), reason="")
    course.suspend_evaluation(lead, panels.fresh(evaluation), reason="停电")
    [answer] = give(cast, "member", mine, one("16.1", "0"))
    assert answer.refused is not None
    course.resume_evaluation(later, panels.fresh(evaluation), reason="恢复供电")
    day = TODAY + WEEKS
    plan_visit(later, panels.fresh(evaluation), visit_start=day, visit_end=day)
    give(cast, "member", mine, *full(evaluation)[10:])
    sheet.hand_in(Act(cast.member, NOW + WEEKS), fresh(mine))
    for name in ("lead", "member2"):
        handed_in(cast, evaluation, name)
    made.meetings(cast, evaluation)
    made.answered(cast, panels.fresh(evaluation))
    made.close(cast, evaluation)
    sign(cast, evaluation, *MEMBERS)
    conclude(cast, evaluation)
    assert lines(evaluation, "evaluation.suspended", "evaluation.resumed", "visit.planned")[-3:] == [
        ("evaluation.suspended", "lead", "停电"), ("evaluation.resumed", "lead", "恢复供电"),
        ("visit.planned", "lead", ""),
    ]  # fmt: skip
    assert Result.objects.get().graded == "100"


def closed_platform(cast, evaluation):
    """End the service of the platform of an evaluation."""
    platform = evaluation.platform
    end_service(made.act(cast, "officer"), platform, ended=TODAY, reason="与市级平台合并")
    assert lines(platform, "platform.ended")[0][:2] == ("platform.ended", "officer")


def test_evaluation_of_a_platform_that_closes_is_cancelled_with_a_reason(cast):
    evaluation = begun(cast)
    closed_platform(cast, evaluation)
    officer = made.act(cast, "officer")
    reason_needed(cancel_evaluation, officer, panels.fresh(evaluation), reason="")
    cancel_evaluation(officer, panels.fresh(evaluation), reason="平台停止服务")
    assert panels.fresh(evaluation).head.phase == "cancelled"
    assert lines(evaluation, "evaluation.cancelled") == [("evaluation.cancelled", "officer", "平台停止服务")]


def test_evaluation_of_a_platform_that_closes_goes_on_to_its_conclusion(cast):
    evaluation = made.closed(cast, {"lead": {}, "member": {}, "member2": {}})
    seen = hash_of(evaluation)
    closed_platform(cast, evaluation)
    assert hash_of(evaluation) == seen
    sign(cast, evaluation, *MEMBERS)
    conclude(cast, evaluation)
    platform = panels.fresh(evaluation).platform
    assert (platform.last_grade, platform.due, platform.ended) == ("excellent", None, TODAY)
    with pytest.raises(Conflict):
        cancel_evaluation(made.act(cast, "officer"), panels.fresh(evaluation), reason="停止服务")
