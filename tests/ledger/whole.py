"""The world of the access tests, and a row of every other recorded table."""

import datetime as dt
from fractions import Fraction

from tests.access import world
from tests.accounts.second_factors import give
from tests.archive.archiving import close as close_evaluation
from tests.archive.archiving import packed
from tests.evidence.files import pdf, received
from tests.panels import panels
from tests.scoring.deliberating import all_in, answered, close, seen, settle
from tests.scoring.scoring import begun, fresh, full, opened, typed
from tests.scoring.scoring import give as give_marks
from tests.scoring.test_result import conclude, hash_of, sign
from tests.server.cast import NOW, TODAY, unchecked

from zhiping.archive.actions.record import set_filing_rules
from zhiping.archive.models import Disposal
from zhiping.domain.policy import Policy
from zhiping.improvement.actions import course, measures
from zhiping.ledger.act import Act
from zhiping.panels.actions.panel import seat_expert
from zhiping.public.actions import announce_result
from zhiping.registry.actions import add_platform
from zhiping.reporting.actions import editions, feedback, objection, words
from zhiping.reporting.queries.report import digest
from zhiping.scoring.actions import paper, sheet
from zhiping.scoring.actions.conclusion import record_signature
from zhiping.scoring.actions.deliberation import record_dissent
from zhiping.scoring.actions.earlier import add_earlier

NEVER = {"account_emailaddress", "account_emailconfirmation"}  # tables nothing writes to


def build(cast):
    """Make it with the actions people use; return the world's things."""
    from zhiping.accounts.actions.invitations import invite
    from zhiping.accounts.actions.passwords import set_password
    from zhiping.experts.actions.expert import write_affiliation
    from zhiping.notices.actions import add_webhook
    from zhiping.operations.actions import add_keeper
    from zhiping.panels.actions.duties import share_duties
    from zhiping.visits.models import PaperTemplate

    made = world.build(cast)
    share_duties(Act(cast.officer_a, NOW), made["evaluation"])
    invite(Act(cast.officer_a, NOW), cast.staff)
    set_password(Act(cast.head, NOW), cast.head, password="Andere-Wiese-7412")
    give(cast.officer)
    add_webhook(Act(cast.administrator, NOW), name="监管平台", url="https://example.org/x", events=[])
    write_affiliation(Act(cast.officer, NOW), cast.expert("member"), organisation="某研究院", since=TODAY)
    authority = cast.organisation("a")
    add_keeper(Act(cast.officer_a, NOW), authority, address="archive@example.org")
    with Act(cast.officer_a, NOW).record("visits.replace_template", authority, "template.replaced") as entry:
        values = {"paper": "notice", "language": "zh", "uploaded": NOW, "uploaded_by": cast.officer_a}
        entry.add(PaperTemplate(authority=authority, content=b"docx", **values))
    reported = _concluded(cast)
    _reported(cast, reported)
    _archived(cast, reported)
    _on_paper(cast)
    _in_common(cast)
    period = {"kind": "authority", "period_end": dt.date(2024, 12, 31)}
    add_earlier(Act(cast.officer_a, NOW), cast.platform("a"), **period, grade="good", graded=Fraction(85))
    return made


def _concluded(cast):
    """Carry an evaluation past a fact check on paper, a dissent and a signature on paper to its result."""
    evaluation = all_in(cast, platform="b")
    answered(cast, evaluation, scan=received(pdf("确认单")))
    close(cast, evaluation)
    evaluation = panels.fresh(evaluation)
    settle(cast, evaluation, **{"4_1": "0", "12_4": "0"})
    seen_by_member = seen(cast, "member", evaluation)
    record_dissent(Act(cast.member, NOW), seen_by_member, criterion="4.1", text="不同意")
    sign(cast, evaluation, "lead", "member")
    signed = {"scan": received(pdf("签字页")), "result_sha256": hash_of(evaluation)}
    seat = evaluation.seats.get(expert__user=cast.member2)
    record_signature(Act(cast.officer, NOW), panels.fresh(evaluation), seat=seat, **signed)
    conclude(cast, evaluation)
    return panels.fresh(evaluation)


def _reported(cast, evaluation):
    """Carry a report from its words to its receipt, its signed copy and feedback."""
    lead, officer, own = (Act(person, NOW) for person in (cast.lead, cast.officer, cast.staff_b))
    words.write_part(lead, evaluation, name="overview", text="总体良好", before=digest(""))
    words.write_recommendation(lead, evaluation, what="补齐台账", findings="4.1")
    editions.set_pattern(officer, evaluation.authority, pattern="质评{year}-{n}")
    editions.send_draft(lead, seen(cast, "lead", evaluation))
    file = received(pdf("异议材料"))
    objection.raise_objection(own, panels.fresh(evaluation), text="有异议", criterion="4.1", file=file)
    one = evaluation.objections.get()
    said = {"verdict": "upheld", "answer": "材料属实", "points": "1"}
    objection.answer_objection(lead, panels.fresh(evaluation), objection=one, **said)
    objection.decide_objection(officer, panels.fresh(evaluation), objection=one, agrees=True)
    editions.accept_draft(own, panels.fresh(evaluation))
    report = editions.issue_report(officer, seen(cast, "officer", evaluation), signer="李签发")
    copy, receipt = received(pdf("签字件")), received(pdf("签收单"))
    editions.file_copy(officer, panels.fresh(evaluation), edition=report, kind="signed", file=copy)
    paper_receipt = {"person": "王主任", "day": TODAY, "file": receipt}
    editions.record_receipt(officer, panels.fresh(evaluation), edition=report, **paper_receipt)
    feedback.give_feedback(own, panels.fresh(evaluation), text="意见具体")
    feedback.open_feedback(officer, panels.fresh(evaluation))
    announce_result(officer, panels.fresh(evaluation))
    _improving(cast, evaluation)


def _improving(cast, evaluation):
    """Carry the improvement to a recheck and a later deadline."""
    officer, own = Act(cast.officer, NOW), Act(cast.staff_b, NOW)
    course.open_improvement(own, panels.fresh(evaluation))
    one = evaluation.improvement_actions.get(criterion="12.4")
    planned = measures.Planned("补齐台账", "张三", TODAY)
    measures.write_plan(own, panels.fresh(evaluation), plan={"12.4": planned})
    file = {"file": received(pdf("整改材料")), "caption": "台账"}
    measures.report_action(own, panels.fresh(evaluation), finding=one, outcome="已补齐", **file)
    later = {"until": TODAY + dt.timedelta(days=9), "reason": "未到货"}
    measures.ask_extension(own, panels.fresh(evaluation), finding=one, **later)
    checked = {"verdict": "accepted", "reason": "现场查看属实"}
    measures.recheck_action(officer, panels.fresh(evaluation), finding=one, **checked)


def _archived(cast, evaluation):
    """Open the record of a closed evaluation and pack it, under rules of filing."""
    rules = {"pattern": "PJ·{year}-{retention}-{n}", "retention": "30", "retention_reason": "保管期限表"}
    set_filing_rules(Act(cast.archivist, NOW), evaluation.authority, **rules)
    closed = packed(cast, close_evaluation(evaluation))
    with unchecked(closed).move(closed, "change_letters") as entry:
        entry.add(Disposal(evaluation=closed, reason="期满", proposed=NOW, proposed_by=cast.archivist))


def _on_paper(cast):
    """Enter a member's paper sheet as the secretary."""
    evaluation = begun(cast)
    secretary = {"expert": cast.expert("substitute"), "role": "secretary"}
    seat_expert(Act(cast.officer, NOW), evaluation, **secretary)
    seat = evaluation.seats.get(expert__user=cast.member)
    made = sheet.open_for(Act(cast.substitute, NOW), panels.fresh(evaluation), seat=seat)
    paper.enter_paper(
        Act(cast.substitute, NOW), fresh(made), **typed(evaluation), scan=received(pdf("评分表"))
    )


def _in_common(cast):
    """Confirm a common sheet as a member."""
    operator, since = cast.organisation("a1"), dt.date(2024, 3, 1)
    own = {"operator": operator, "region": operator.region, "channel": "both", "service_start": since}
    platform = add_platform(Act(cast.officer, NOW), name="甲区第三平台", **own)
    evaluation = begun(cast, platform=platform, policy=Policy(method="panel").as_data())
    made = opened(cast, evaluation, "lead")
    give_marks(cast, "lead", made, *full(evaluation))
    sheet.hand_in(Act(cast.lead, NOW), fresh(made))
    handed_in = fresh(made)
    sheet.confirm_sheet(Act(cast.member, NOW), handed_in, content_sha256=handed_in.content_sha256)
