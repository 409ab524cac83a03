"""The fact check: what the lead reads, writes and records; when it is open again."""

import pytest
from tests.panels import panels
from tests.scoring import deliberating as made
from tests.scoring.scoring import begun, fresh, handed_in

from zhiping.domain.errors import Conflict, Invalid, NotAllowed
from zhiping.scoring.actions import fact_check, sheet
from zhiping.scoring.queries import fact_check as queries
from zhiping.scoring.queries.fact_check import fact_check_settled

TODAY = made.NOW.date()


def problems(raised):
    return [(p.code, p.data.get("id")) for p in raised.value.problems]


def test_facts_wait_for_every_sheet(cast):
    evaluation = begun(cast)
    handed_in(cast, evaluation, "lead", **{"4_1": "0"})
    with pytest.raises(Conflict, match=r"lifecycle\.sheets_in"):
        fact_check.write_facts(made.act(cast, "lead"), made.seen(cast, "lead", evaluation), facts={})


ONE, TWO = {"4_1": ("0", "没有平台。")}, {"4_1": ("0", "大厅无平台")}


@pytest.mark.parametrize(
    "marks",
    [{"lead": {}, "member": ONE, "member2": TWO}, {"lead": TWO, "member": ONE, "member2": ONE}],
    ids=["one each", "two alike"],
)
def test_lead_reads_distinct_reasons_in_the_order_of_texts(cast, marks):
    """Neither who gave a reason nor how many did changes what the lead reads."""
    (loss,) = queries.losses(made.all_in(cast, marks))
    assert (loss.criterion.id, loss.reasons, loss.proposed) == ("4.1", ["大厅无平台", "没有平台。"], "")


def test_one_reason_is_proposed_but_a_wording_of_several_facts_is_not(cast):
    marks = {"lead": {"4_1": ("0", "没有标志")}, "member": {"3_5": "0"}, "member2": {}}
    found = {one.criterion.id: one for one in queries.losses(made.all_in(cast, marks))}
    assert found["4.1"].proposed == "没有标志"
    assert (found["3.5"].reasons, found["3.5"].proposed) == (["两处标志不同，或未展示"], "")


def test_facts_are_answered_and_settle_the_check(cast):
    evaluation = made.all_in(cast)
    assert not fact_check_settled(evaluation, TODAY)
    made.answered(cast, evaluation, **{"12.4": ("objected", "有宣传")})
    assert fact_check_settled(evaluation, TODAY)
    assert queries.fact_check(evaluation).by == "王主任"
    assert {name: (f.answer, f.reply) for name, f in queries.stated(evaluation).items()} == {
        "4.1": ("agreed", ""), "12.4": ("objected", "有宣传"),
    }  # fmt: skip


def test_answers_are_refused_all_at_once(cast):
    evaluation = made.all_in(cast)
    made.stated(cast, evaluation)
    with pytest.raises(Invalid) as raised:
        fact_check.answer_facts(
            made.act(cast, "lead"),
            made.seen(cast, "lead", evaluation),
            person="王",
            answers={"12.4": ("objected", " ")},
        )
    assert problems(raised) == [("facts.unanswered", "4.1"), ("facts.no_reply", "12.4")]
    assert not fact_check_settled(evaluation, TODAY)


def test_unwritten_fact_is_not_answered(cast):
    evaluation = made.all_in(cast)
    lead = made.act(cast, "lead")
    fact_check.write_facts(lead, made.seen(cast, "lead", evaluation), facts={"4.1": "没有标志"})
    with pytest.raises(Invalid) as raised:
        fact_check.answer_facts(lead, made.seen(cast, "lead", evaluation), person="王", answers={})
    assert problems(raised) == [("facts.unstated", "12.4")]


def test_criterion_left_out_needs_no_fact(cast):
    evaluation = made.all_in(cast)
    lead = made.act(cast, "lead")
    fact_check.write_facts(lead, made.seen(cast, "lead", evaluation), facts={"4.1": "无"}, left_out=["12.4"])
    fact_check.answer_facts(
        lead, made.seen(cast, "lead", evaluation), person="王", answers={"4.1": ("agreed", "")}
    )
    assert list(queries.stated(evaluation)) == ["4.1"]


def test_fact_of_a_full_mark_is_refused(cast):
    evaluation = made.all_in(cast)
    with pytest.raises(Invalid) as raised:
        fact_check.write_facts(
            made.act(cast, "lead"), made.seen(cast, "lead", evaluation), facts={"1.1": "有", "9.9": "x"}
        )
    assert problems(raised) == [("facts.not_lost", "1.1"), ("facts.not_lost", "9.9")]


def test_changed_fact_opens_the_check_again_and_keeps_other_answers(cast):
    evaluation = made.all_in(cast)
    made.answered(cast, evaluation)
    made.stated(cast, evaluation)  # the same texts
    assert fact_check_settled(evaluation, TODAY)
    made.stated(cast, evaluation, **{"4_1": "入口处没有标志"})
    assert not fact_check_settled(evaluation, TODAY)
    assert {n: f.answer for n, f in queries.stated(evaluation).items()} == {"4.1": "", "12.4": "agreed"}


def test_decline_has_a_reason_and_withdraws_answers(cast):
    evaluation = made.all_in(cast)
    made.answered(cast, evaluation)
    fact_check.decline_facts(
        made.act(cast, "lead"), made.seen(cast, "lead", evaluation), reason="负责人不在场"
    )
    assert queries.fact_check(evaluation).declined == "负责人不在场"
    assert {f.answer for f in queries.stated(evaluation).values()} == {""}


def test_returned_sheet_opens_the_check_again(cast):
    evaluation = made.all_in(cast)
    made.answered(cast, evaluation)
    (given,) = evaluation.sheets.filter(seat__expert__user=cast.member)
    sheet.ask_return(made.act(cast, "member"), fresh(given), reason="写错")
    assert fact_check_settled(evaluation, TODAY)
    sheet.return_sheet(made.act(cast, "lead"), fresh(given))
    assert not fact_check_settled(evaluation, TODAY)


@pytest.mark.parametrize("name", ["member", "officer", "head", "staff", "outsider", "administrator"])
def test_only_the_lead_writes_facts(cast, name):
    evaluation = made.all_in(cast)
    for action, given in (
        (fact_check.write_facts, {"facts": {}}),
        (fact_check.answer_facts, {"person": "王", "answers": {}}),
        (fact_check.decline_facts, {"reason": "x"}),
    ):
        with pytest.raises(NotAllowed):
            action(made.act(cast, name), panels.fresh(evaluation), **given)
