"""The scoring closed, marks agreed, dissents, members replaced."""

from fractions import Fraction

import pytest
from tests.panels import panels
from tests.scoring import deliberating as made
from tests.scoring.scoring import begun, give, handed_in, one

from zhiping.domain.errors import Conflict, Invalid, NotAllowed
from zhiping.ledger import verification
from zhiping.ledger.models import Event
from zhiping.panels.actions import course, recusal
from zhiping.scoring.actions import deliberation
from zhiping.scoring.models import Sheet
from zhiping.scoring.queries import deliberation as queries

TODAY = made.NOW.date()


def codes(raised):
    return sorted(p.code for p in raised.value.problems)


def test_close_names_all_that_is_missing(cast):
    evaluation = begun(cast)
    with pytest.raises(Conflict) as raised:
        made.close(cast, evaluation)
    assert codes(raised) == [
        "lifecycle.fact_check_settled",
        "lifecycle.sheets_in",
        "lifecycle.visit_recorded",
    ]


def test_close_counts_the_sheets(cast):
    evaluation = made.closed(cast)
    assert evaluation.head.phase == "deliberating"
    assert {s.head.phase for s in Sheet.objects.select_related("head")} == {"counted"}


def test_late_mark_is_answered_closed(cast):
    evaluation = made.closed(cast)
    (sheet,) = evaluation.sheets.filter(seat__expert__user=cast.member)
    (answer,) = give(cast, "member", sheet, one("4.1", "2"))
    assert answer.refused.problems[0].code == "ledger.not_now"


def test_only_the_lead_closes(cast):
    evaluation = made.all_in(cast)
    made.answered(cast, evaluation)
    for name in ("member", "officer", "head", "outsider"):
        with pytest.raises(NotAllowed):
            deliberation.close_scoring(made.act(cast, name), panels.fresh(evaluation))


def test_disputed_criteria_are_settled(cast):
    evaluation = made.closed(cast)
    assert not queries.criteria_settled(evaluation, TODAY)
    made.settle(cast, evaluation, **{"4_1": "0", "12_4": "0"})
    assert queries.criteria_settled(evaluation, TODAY)
    assert {n: (a.points, a.reason) for n, a in queries.agreed(evaluation).items()} == {
        "4.1": (Fraction(0), "评议认定"), "12.4": (Fraction(0), "评议认定"),
    }  # fmt: skip


def test_illegal_undisputed_and_unreasoned_marks_are_refused_all_at_once(cast):
    evaluation = made.closed(cast)
    wrong = {
        "4.1": deliberation.Settled(Fraction(3, 2), "x"),
        "12.4": deliberation.Settled(Fraction(0), " "),
        "1.1": deliberation.Settled(Fraction(0), "x"),
        "9.9": deliberation.Settled(Fraction(0), "x"),
    }
    with pytest.raises(Invalid) as raised:
        deliberation.settle_criteria(made.act(cast, "lead"), made.seen(cast, "lead", evaluation), marks=wrong)
    assert codes(raised) == [
        "agreed.illegal",
        "agreed.no_reason",
        "deliberation.not_disputed",
        "deliberation.not_disputed",
    ]
    assert queries.agreed(evaluation) == {}


def test_mark_agreed_by_mistake_is_settled_again_with_a_reason(cast):
    evaluation = made.closed(cast)
    made.settle(cast, evaluation, **{"4_1": "0"})
    with pytest.raises(Invalid, match=r"deliberation\.settled"):
        made.settle(cast, evaluation, **{"4_1": "2"})
    made.settle(cast, evaluation, why="看错了评分项", **{"4_1": "2"})
    assert queries.agreed(evaluation)["4.1"].points == 2
    last = Event.objects.filter(head=evaluation.pk).order_by("-seq").first()
    assert (last.name, last.data["reason"], last.data["marks"]) == (
        "marks.agreed",
        "看错了评分项",
        {"4.1": "2"},
    )


def test_only_the_lead_settles(cast):
    evaluation = made.closed(cast)
    for name in ("member", "officer", "head", "staff", "outsider"):
        with pytest.raises(NotAllowed):
            deliberation.settle_criteria(made.act(cast, name), panels.fresh(evaluation), marks={})


def test_dissent_is_recorded_changed_and_withdrawn(cast):
    evaluation = made.closed(cast)
    made.settle(cast, evaluation, **{"4_1": "0"})
    member = made.act(cast, "member2")
    for text in ("不同意", "不同意：入口处有标志"):
        deliberation.record_dissent(
            member, made.seen(cast, "member2", evaluation), criterion="4.1", text=text
        )
    assert queries.agreed(evaluation)["4.1"].dissent == "专家成员二：不同意：入口处有标志"
    deliberation.withdraw_dissent(member, made.seen(cast, "member2", evaluation), criterion="4.1")
    assert queries.agreed(evaluation)["4.1"].dissent == ""
    with pytest.raises(Conflict, match=r"deliberation\.no_dissent"):
        deliberation.withdraw_dissent(member, made.seen(cast, "member2", evaluation), criterion="4.1")


def test_dissent_is_about_a_disputed_criterion_and_has_words(cast):
    evaluation = made.closed(cast)
    for criterion, text, code in (
        ("1.1", "x", "deliberation.not_disputed"),
        ("4.1", " ", "deliberation.no_words"),
    ):
        with pytest.raises(Invalid) as raised:
            deliberation.record_dissent(
                made.act(cast, "member"),
                made.seen(cast, "member", evaluation),
                criterion=criterion,
                text=text,
            )
        assert codes(raised) == [code]


@pytest.mark.parametrize("name", ["officer", "head", "staff", "outsider"])
def test_dissent_of_others_is_refused(cast, name):
    evaluation = made.closed(cast)
    with pytest.raises(NotAllowed):
        deliberation.record_dissent(made.act(cast, name), panels.fresh(evaluation), criterion="4.1", text="x")


def replaced(cast, evaluation, name="member2"):
    """Let a member step aside in deliberation, and the substitute step in."""
    seat = evaluation.seats.get(expert__user=getattr(cast, name), left=None)
    asked = recusal.ask_recusal(made.act(cast, name), seat, reason="亲属任职")
    recusal.decide_recusal(made.act(cast, "officer"), asked, granted=True, decision="同意")
    comes = evaluation.seats.get(expert__user=cast.substitute)
    seat.refresh_from_db()
    recusal.replace_members(
        made.act(cast, "lead"), made.seen(cast, "lead", evaluation), pairs=[(seat, comes)]
    )
    return comes


def with_substitute(cast, marks=made.MARKS):
    """Return an evaluation in deliberation, whose panel has a substitute."""
    evaluation = panels.opened(cast)
    panels.composed(cast, evaluation, names=tuple(marks), substitutes=("substitute",), until="scoring")
    for name, given in marks.items():
        handed_in(cast, evaluation, name, **given)
    made.meetings(cast, evaluation)
    made.answered(cast, evaluation)
    made.close(cast, evaluation)
    return panels.fresh(evaluation)


def test_replaced_member_does_not_count(cast):
    """12.4 was lost by the member who left alone: it is disputed no longer, and its mark and dissents go."""
    evaluation = with_substitute(cast)
    made.settle(cast, evaluation, **{"4_1": "0", "12_4": "0"})
    deliberation.record_dissent(
        made.act(cast, "member2"), made.seen(cast, "member2", evaluation), criterion="4.1", text="不同意"
    )
    replaced(cast, evaluation)
    evaluation = panels.fresh(evaluation)
    assert evaluation.head.phase == "scoring"
    with pytest.raises(Conflict) as raised:
        made.close(cast, evaluation)
    assert codes(raised) == ["lifecycle.sheets_in"]
    handed_in(cast, evaluation, "substitute")
    with pytest.raises(Conflict) as raised:
        made.close(cast, evaluation)
    assert codes(raised) == ["lifecycle.fact_check_settled"]
    made.answered(cast, evaluation)
    made.close(cast, evaluation)
    assert {n: a.dissent for n, a in queries.agreed(evaluation).items()} == {"4.1": ""}
    phases = {s.seat.expert.user.username: s.head.phase for s in Sheet.objects.all()}
    assert phases == {"lead": "counted", "member": "counted", "member2": "recused", "substitute": "counted"}
    found = verification.verify(panels.fresh(evaluation).head)
    assert [p for p in found if p.data.get("table", "").startswith("scoring")] == []


def test_suspended_evaluation_refuses_marks_and_dissents(cast):
    evaluation = made.closed(cast)
    course.suspend_evaluation(made.act(cast, "lead"), made.seen(cast, "lead", evaluation), reason="停电")
    with pytest.raises(Conflict, match=r"ledger\.not_now"):
        made.settle(cast, evaluation, **{"4_1": "0"})
    with pytest.raises(Conflict, match=r"ledger\.not_now"):
        deliberation.record_dissent(
            made.act(cast, "member"), made.seen(cast, "member", evaluation), criterion="4.1", text="x"
        )
