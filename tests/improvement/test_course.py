"""From the issued report to the closed evaluation: choice, measures, rechecks, sample, closing."""

import datetime as dt
import hashlib

import pytest
from tests.evidence.files import pdf, received
from tests.improvement import improving as made
from tests.improvement.improving import FAILED, FEW
from tests.panels import panels
from tests.reporting.reporting import act, seen
from tests.server.cast import NOW, TODAY

from zhiping.domain.errors import Conflict, Invalid, NotAllowed
from zhiping.evaluations.models import Evaluation
from zhiping.improvement.actions import course, measures
from zhiping.improvement.actions.measures import Planned
from zhiping.improvement.models import Extension, Improvement, Proof, Recheck
from zhiping.improvement.queries import improvement as queries
from zhiping.improvement.queries.papers import improved
from zhiping.ledger import verification
from zhiping.ledger.act import Act
from zhiping.ledger.models import Event
from zhiping.notices.models import Notice


def codes(refused):
    return [problem.code for problem in refused.value.problems]


def is_verified(*things):
    return [p for thing in things for p in verification.verify(panels.fresh(thing).head)] == []


def sent(person):
    return set(Notice.objects.filter(to=person).values_list("code", flat=True))


def test_improvement_goes_from_the_report_to_the_closing(cast):
    evaluation = made.opened(cast)
    assert evaluation.head.phase == "improving"
    assert evaluation.improvement.due == TODAY + dt.timedelta(days=90)
    assert [row.criterion for row in queries.actions(evaluation)] == list(FEW)
    assert made.plan(cast, evaluation) == 5
    made.report(cast, evaluation, file=received(pdf("台账")), caption="台账")
    assert "improvement.all_done" in sent(cast.officer)
    made.draw(cast, evaluation)
    drawn = [row for row in queries.actions(evaluation) if queries.is_sampled(row, evaluation.improvement)]
    made.recheck(cast, evaluation, *(row.criterion for row in drawn))
    made.propose(cast, evaluation)
    made.close(cast, evaluation)
    known = Improvement.objects.get()
    assert (panels.fresh(evaluation).head.phase, known.proposed_by, known.closed_by) == (
        "closed", cast.officer, cast.lead,
    )  # fmt: skip
    assert {"improvement.closed", "improvement.sampled"} <= sent(cast.staff)
    assert is_verified(evaluation)


def test_closing_names_everything_that_is_missing(cast):
    evaluation = made.opened(cast)
    with pytest.raises(Conflict) as refused:
        made.close(cast, evaluation)
    assert codes(refused) == ["lifecycle.actions_settled", "lifecycle.closing_proposed"]
    made.plan(cast, evaluation)
    made.report(cast, evaluation)
    with pytest.raises(Conflict) as refused:  # done, but no sample is drawn
        made.propose(cast, evaluation)
    assert codes(refused) == ["lifecycle.actions_settled"]
    made.draw(cast, evaluation, count=5)
    made.recheck(cast, evaluation, *FEW[:4])
    with pytest.raises(Conflict):
        made.propose(cast, evaluation)
    made.recheck(cast, evaluation, FEW[4], verdict="waived")
    made.propose(cast, evaluation)


def test_one_person_alone_closes_nothing(cast):
    evaluation = made.opened(cast)
    made.recheck(cast, evaluation, verdict="waived")
    made.draw(cast, evaluation)
    made.propose(cast, evaluation)
    with pytest.raises(Conflict) as refused:
        made.close(cast, evaluation, "officer")
    assert codes(refused) == ["improvement.same_person"]
    for name in ("staff", "archivist", "outsider"):
        with pytest.raises(NotAllowed):
            course.close_evaluation(act(cast, name), seen(cast, "officer", evaluation))
    made.close(cast, evaluation, "member")


def test_closing_is_refused_once_a_recheck_found_more_to_do(cast):
    evaluation = made.opened(cast)
    made.plan(cast, evaluation)
    made.report(cast, evaluation)
    made.draw(cast, evaluation)
    sampled = [r.criterion for r in evaluation.improvement_actions.filter(place__lte=3)]
    other = next(id_ for id_ in FEW if id_ not in sampled)
    made.recheck(cast, evaluation, *sampled)
    made.propose(cast, evaluation)
    made.recheck(cast, evaluation, other, verdict="refused")
    with pytest.raises(Conflict) as refused:
        made.close(cast, evaluation)
    assert codes(refused) == ["lifecycle.actions_settled"]
    assert "improvement.refused" in sent(cast.staff)
    row = made.of(evaluation, other)
    assert (row.verdict, row.done) == ("refused", None)


def test_unqualified_platform_has_every_finding_rechecked(cast):
    evaluation = made.reported(cast, FAILED)
    with pytest.raises(Conflict) as refused:
        course.open_improvement(act(cast, "staff"), seen(cast, "staff", evaluation))
    assert codes(refused) == ["lifecycle.choice_made"]
    made.choose(cast, evaluation, reason="失分集中在制度建设")
    with pytest.raises(Conflict) as refused:
        made.choose(cast, evaluation)
    assert codes(refused) == ["lifecycle.choice_open"]
    course.open_improvement(act(cast, "staff"), seen(cast, "staff", evaluation))
    assert panels.fresh(evaluation).improvement.due == queries.working_day(TODAY, 30)
    made.plan(cast, evaluation)
    made.report(cast, evaluation)
    with pytest.raises(Conflict) as refused:
        made.draw(cast, evaluation)
    assert codes(refused) == ["lifecycle.sample_wanted"]
    made.recheck(cast, evaluation, *FAILED[1:])
    with pytest.raises(Conflict) as refused:
        made.propose(cast, evaluation)
    assert codes(refused) == ["lifecycle.actions_settled"]
    made.recheck(cast, evaluation, FAILED[0])
    made.propose(cast, evaluation)


def test_re_evaluation_opens_an_evaluation_that_must_be_concluded(cast):
    evaluation = made.reported(cast, FAILED)
    with pytest.raises(Invalid) as refused:
        made.choose(cast, evaluation, "reevaluate")
    assert codes(refused) == ["improvement.no_period"]
    assert Evaluation.objects.count() == 1
    period = {"period_start": TODAY, "period_end": TODAY + dt.timedelta(days=60)}
    made.choose(cast, evaluation, "reevaluate", **period)
    known = Improvement.objects.get()
    again = known.follow_up
    assert (again.reason, again.head.phase, again.period_start) == ("follow_up", "planned", TODAY)
    cause = Event.objects.get(head=again.head_id, seq=0).data["cause"]
    assert cause == str(Event.objects.get(name="improvement.choice_recorded").pk)
    course.open_improvement(act(cast, "staff"), seen(cast, "staff", evaluation))
    made.recheck(cast, evaluation, verdict="waived")
    with pytest.raises(Conflict) as refused:
        made.propose(cast, evaluation)
    assert codes(refused) == ["lifecycle.choice_carried_out"]
    assert is_verified(evaluation, again)


def test_choice_is_open_again_once_the_re_evaluation_is_cancelled(cast):
    from zhiping.evaluations.actions.evaluation import cancel_evaluation

    evaluation = made.reported(cast, FAILED)
    period = {"period_start": TODAY, "period_end": TODAY + dt.timedelta(days=60)}
    made.choose(cast, evaluation, "reevaluate", **period)
    again = panels.fresh(Improvement.objects.get().follow_up)
    cancel_evaluation(act(cast, "officer"), again, reason="改为限期整改")
    made.choose(cast, evaluation, "rectify")
    known = Improvement.objects.get()
    assert (known.choice, known.follow_up) == ("rectify", None)


def test_report_without_findings_is_closed_by_two_people(cast):
    evaluation = made.reported(cast, ())
    with pytest.raises(Conflict) as refused:
        course.open_improvement(act(cast, "staff"), seen(cast, "staff", evaluation))
    assert codes(refused) == ["improvement.no_findings"]
    made.propose(cast, evaluation)
    made.close(cast, evaluation)
    assert panels.fresh(evaluation).head.phase == "closed"
    assert is_verified(evaluation)


# ── measures ───────────────────────────────────────────────────────────────────────────────────────────


def test_plan_names_all_faults_and_leaves_done_measures(cast):
    evaluation = made.opened(cast)
    late = evaluation.improvement.due + dt.timedelta(days=1)
    given = {"1.1": Planned("措施", "张三", late), "9.9": Planned("措施", "张三", None)}
    with pytest.raises(Invalid) as refused:
        measures.write_plan(act(cast, "staff"), seen(cast, "staff", evaluation), plan=given)
    assert [(p.code, p.where) for p in refused.value.problems] == [
        ("improvement.unknown", ("9.9",)), ("improvement.late", ("1.1", "deadline")),
    ]  # fmt: skip
    assert made.of(evaluation, "1.1").measure == ""
    with pytest.raises(Invalid) as refused:
        made.report(cast, evaluation, "1.1")
    assert codes(refused) == ["improvement.unplanned"]
    made.plan(cast, evaluation, ["1.1"])
    made.report(cast, evaluation, "1.1")
    assert made.plan(cast, evaluation, ["1.1", "3.2"], until=TODAY) == 1


def test_recheck_needs_a_report_and_a_legal_mark(cast):
    evaluation = made.opened(cast)
    with pytest.raises(Conflict) as refused:
        made.recheck(cast, evaluation, "1.1")
    assert codes(refused) == ["improvement.not_done"]
    made.plan(cast, evaluation)
    made.report(cast, evaluation, "1.1")
    with pytest.raises(Invalid) as refused:
        made.recheck(cast, evaluation, "1.1", points="1.5")
    assert codes(refused) == ["agreed.illegal"]
    with pytest.raises(NotAllowed):
        made.recheck(cast, evaluation, "1.1", name="staff")
    made.recheck(cast, evaluation, "1.1")
    with pytest.raises(Conflict) as refused:
        made.recheck(cast, evaluation, "1.1")
    assert codes(refused) == ["improvement.closed"]
    assert Recheck.objects.get().legal.points == "2"


def test_recovered_points_stay_apart_from_the_issued_grade(cast):
    evaluation = made.opened(cast, FAILED)
    made.plan(cast, evaluation)
    made.report(cast, evaluation, "1.1", "8.2")
    made.recheck(cast, evaluation, "1.1", "8.2")
    found = queries.recovered(evaluation, queries.document_now(evaluation), queries.actions(evaluation))
    assert (found.issued, found.today.score, found.today.gain, found.today.grade) == (78, 84, 6, "qualified")
    assert panels.fresh(evaluation).grade == "unqualified"


def test_proof_is_withdrawn_with_a_reason_and_stays_on_record(cast):
    evaluation = made.opened(cast)
    own, one = seen(cast, "staff", evaluation), made.of(evaluation, "1.1")
    with pytest.raises(Invalid) as refused:
        measures.add_proof(act(cast, "staff"), own, finding=one)
    assert codes(refused) == ["improvement.no_proof"]
    measures.add_proof(act(cast, "staff"), own, finding=one, caption="值班表（窗口张贴）")
    proof = Proof.objects.get()
    measures.withdraw_proof(act(cast, "staff"), own, proof=proof, reason="放错")
    with pytest.raises(Conflict) as refused:
        measures.withdraw_proof(act(cast, "staff"), own, proof=proof, reason="放错")
    assert codes(refused) == ["improvement.withdrawn"]
    assert Proof.objects.get().withdrawn == "放错"
    assert is_verified(evaluation)


def test_extension_of_a_measure_and_of_all(cast):
    evaluation = made.opened(cast)
    due = evaluation.improvement.due
    made.plan(cast, evaluation, ["1.1"], until=TODAY + dt.timedelta(days=9))
    made.plan(cast, evaluation, ["3.2"], until=due)
    later, own = due + dt.timedelta(days=30), seen(cast, "staff", evaluation)
    given = {"until": later, "reason": "设备采购未到货"}
    with pytest.raises(Invalid) as refused:
        measures.ask_extension(act(cast, "staff"), own, until=due, reason="来不及")
    assert codes(refused) == ["improvement.no_later"]
    measures.ask_extension(act(cast, "staff"), own, finding=made.of(evaluation, "1.1"), **given)
    with pytest.raises(Conflict) as refused:
        measures.ask_extension(act(cast, "staff"), own, finding=made.of(evaluation, "1.1"), **given)
    assert codes(refused) == ["improvement.asked"]
    measures.ask_extension(act(cast, "staff"), own, **given)
    of_one, of_all = Extension.objects.all()
    for one, granted in ((of_one, False), (of_all, True)):
        officer = seen(cast, "officer", evaluation)
        measures.decide_extension(
            act(cast, "officer"), officer, extension=one, granted=granted, reason="情况属实"
        )
    with pytest.raises(Conflict) as refused:
        measures.decide_extension(
            act(cast, "officer"),
            seen(cast, "officer", evaluation),
            extension=of_one,
            granted=True,
            reason="再议",
        )
    assert codes(refused) == ["improvement.decided"]
    assert panels.fresh(evaluation).improvement.due == later
    assert [made.of(evaluation, id_).deadline for id_ in ("1.1", "3.2")] == [
        TODAY + dt.timedelta(days=9), later,
    ]  # fmt: skip
    assert {"improvement.extension_granted", "improvement.extension_refused"} <= sent(cast.staff)
    assert is_verified(evaluation)


# ── sample ─────────────────────────────────────────────────────────────────────────────────────────────


def recomputed(known, ids):
    """Recompute commitment and order of a sample from what is published, with hashlib alone."""
    listed = "[" + ",".join(f'"{id_}"' for id_ in sorted(ids)) + "]"
    findings = hashlib.sha256(listed.encode()).hexdigest()
    lines = f"zhiping sample 1\nfindings {findings}\nseed {known.seed}\n"
    key = {id_: hashlib.sha256(f"{known.seed}\n{known.words}\n{id_}\n".encode()).hexdigest() for id_ in ids}
    return hashlib.sha256(lines.encode()).hexdigest(), sorted(ids, key=key.get)


def test_sample_is_recomputed_from_what_is_published(cast):
    evaluation = made.opened(cast)
    before = Improvement.objects.get()
    assert (before.seed, before.drawn) == ("", None)
    with pytest.raises(Invalid) as refused:
        made.draw(cast, evaluation, count=2)
    assert codes(refused) == ["improvement.sample_size"]
    made.draw(cast, evaluation, count=3, words="  二〇二六  见证 ")
    known = Improvement.objects.get()
    order = [row.criterion for row in evaluation.improvement_actions.order_by("place")]
    assert recomputed(known, FEW) == (before.commitment, order)
    with pytest.raises(Conflict) as refused:
        made.draw(cast, evaluation)
    assert codes(refused) == ["lifecycle.sample_wanted"]
    other = Improvement(seed="f" * 64, words=known.words)
    assert recomputed(other, FEW)[0] != before.commitment  # another seed is found


def test_finding_that_was_added_after_the_commitment_is_found(cast):
    evaluation = made.opened(cast)
    evaluation.improvement_actions.filter(criterion="1.1").update(criterion="1.2")
    with pytest.raises(Conflict) as refused:
        made.draw(cast, evaluation)
    assert codes(refused) == ["draws.altered"]


# ── reminders ──────────────────────────────────────────────────────────────────────────────────────────


def test_each_reminder_is_sent_once_and_escalates(cast):
    evaluation = made.opened(cast)
    made.plan(cast, evaluation, until=TODAY + dt.timedelta(days=20))
    found = []
    for days in (0, 13, 14, 21, 22, 26, 27):
        course.remind_operators(Act.clock(NOW + dt.timedelta(days=days)))
        found.append(Event.objects.filter(name="improvement.reminded").count())
    assert found == [0, 1, 1, 2, 2, 3, 3]
    assert {"improvement.soon", "improvement.overdue", "improvement.escalated"} <= sent(cast.staff)
    assert "improvement.escalated" in sent(cast.officer)
    assert "improvement.overdue" not in sent(cast.officer)
    made.report(cast, evaluation)
    course.remind_operators(Act.clock(NOW + dt.timedelta(days=400)))
    assert Event.objects.filter(name="improvement.reminded").count() == 3
    assert is_verified(evaluation)


# ── papers, self-evaluations ───────────────────────────────────────────────────────────────────────────


def test_papers_state_plan_outcome_and_recheck(cast):
    evaluation = made.opened(cast)
    assert improved(evaluation)["1.1"].measure == ""
    made.plan(cast, evaluation)
    made.report(cast, evaluation, "1.1", caption="值班表")
    made.recheck(cast, evaluation, "1.1")
    found = improved(panels.fresh(evaluation))["1.1"]
    assert (found.owner, found.outcome, found.proof, found.verdict, found.reason, found.by) == (
        "张三", "已补齐", "值班表", "accepted", "现场查看属实", cast.officer.name,
    )  # fmt: skip


def test_self_evaluation_is_run_by_the_head_and_closed_by_another(cast):
    evaluation = made.reported(cast)
    evaluation.kind, evaluation.authority = "self", None
    Evaluation.objects.filter(pk=evaluation.pk).update(kind="self", authority=None)
    course.open_improvement(act(cast, "staff"), seen(cast, "staff", evaluation))
    with pytest.raises(NotAllowed):
        made.recheck(cast, evaluation, "1.1", verdict="waived")
    made.recheck(cast, evaluation, verdict="waived", name="head")
    course.draw_sample(act(cast, "head"), seen(cast, "head", evaluation), count=3)
    made.propose(cast, evaluation, "head")
    with pytest.raises(Conflict):
        made.close(cast, evaluation, "head")
    made.close(cast, evaluation, "staff")
    assert panels.fresh(evaluation).head.phase == "closed"
