"""One object of every kind, for the parameters of URLs: all of operator A1 in region A."""

import dataclasses
import datetime as dt

from tests.evidence.files import pdf, received
from tests.server.cast import NOW, ORGANISATIONS, PEOPLE, TODAY, unchecked

from zhiping.domain.draw_conditions import Conditions
from zhiping.ledger.act import Act

FEW = Conditions(substitutes=0, experience=0)


def build(cast):
    """Create the world through actions; return objects by the names of URL parameters."""
    from django.utils import timezone

    from zhiping.accounts.actions import tokens
    from zhiping.evaluations.actions import evaluation, programme, trip
    from zhiping.evidence.actions import evidence, uploads
    from zhiping.experts.actions import expert
    from zhiping.experts.models import Training
    from zhiping.panels.actions import draw, panel, recusal
    from zhiping.registry import actions as registry
    from zhiping.visits.actions import visit

    officer, platform = cast.officer_a, cast.platform("a")
    act = Act(officer, NOW)
    registry.add_site(act, platform=platform, name="一号窗口")
    trigger = registry.report_trigger(
        Act(cast.staff, NOW), platform=platform, kind="software", happened=TODAY, description="系统更换"
    )
    plan = programme.add_programme(
        act, authority=cast.organisation("a"), name="年度计划", year=2026, rubric=cast.rubric,
        period_start=dt.date(2026, 1, 1), period_end=dt.date(2026, 12, 31),
    )  # fmt: skip
    tour = trip.add_trip(act, programme=plan, name="第一组")
    opened = evaluation.open_evaluation(act, platform=platform, programme=plan)
    opened = _fresh(opened)
    evaluation.prepare_evaluation(act, evaluation=opened)
    seat_of = {}
    for name, role in (("lead", "lead"), ("member", "member"), ("substitute", "substitute")):
        seat = panel.seat_expert(act, evaluation=_fresh(opened), expert=cast.expert(name), role=role)
        seat_of[name] = seat
    visit.plan_visit(Act(officer, NOW), _fresh(opened), visit_start=TODAY, visit_end=TODAY)
    line = visit.write_visit_record(
        Act(officer, NOW), _fresh(opened), kind="appointment", day=TODAY, time="9:00", subject="首次会议"
    )
    leads = opened.seats.get(role="lead")
    handed_in = evidence.hand_in_file(
        Act(cast.staff, NOW), _fresh(opened), file=received(pdf()), criteria="3.4"
    )
    seen = evidence.record_seen(Act(cast.member, NOW), _fresh(opened), caption="值班记录", criteria="3.1")
    coming = uploads.begin_upload(Act(cast.staff, NOW), _fresh(opened), name="台账.pdf", length=9)
    asked = recusal.ask_recusal(Act(cast.lead, NOW), seat=leads, reason="亲属在该单位任职")
    other = evaluation.open_self_evaluation(
        Act(cast.head, NOW),
        platform=platform,
        rubric=cast.rubric,
        period_start=dt.date(2026, 1, 1),
        period_end=dt.date(2026, 12, 31),
    )
    held = draw.commit_draw(act, _fresh(opened), conditions=FEW)
    own = expert.add_expert(
        Act(cast.head, NOW), keeper=cast.organisation("a1"), name="本单位人员", employer="甲一质量服务中心"
    )
    sheets = {name: _sheet(opened, given) for name, given in (("sheet", seat_of["member"]), ("common", None))}
    token = tokens.add_token(Act(cast.officer_a, timezone.now()), name="t", scope="read", days=9)[0]
    return {
        "platform": platform, "site": platform.sites.get(), "trigger": trigger, "programme": plan,
        "trip": tour, "evaluation": opened, "self": other, "seat": seat, "record": line, "recusal": asked,
        "draw": held, "expert": cast.expert("lead"), "own_expert": own, "rubric": cast.rubric,
        "operator": cast.organisation("a1"),
        "authority": cast.organisation("a"), "person": cast.staff, "token": token,
        "training": Training.objects.get(expert__name=cast.expert("lead").name), **sheets,
        "evidence": handed_in, "seen": seen, "upload": coming, **_report(cast, opened),
        "package": _package(opened),
        **_improve(cast, opened),
    }  # fmt: skip


def _sheet(evaluation, seat):
    """Open a sheet, though the scoring has not begun."""
    from zhiping.scoring.models import Sheet
    from zhiping.scoring.queries.sheet import sheet_id

    act = dataclasses.replace(unchecked(), id=sheet_id(evaluation, seat))
    with act.begin("", "sheet", "sheet.opened", phase="draft") as entry:
        entry.add(Sheet(head=entry.head, evaluation=evaluation, seat=seat))
    return Sheet.objects.select_related("head", "evaluation__head", "seat__expert").get(pk=entry.head.pk)


def _report(cast, evaluation):
    """Write a recommendation and an objection, though there is no result yet."""
    from zhiping.reporting.models import Objection, Recommendation

    measure = Recommendation(evaluation=evaluation, what="完善公示栏")
    objection = Objection(evaluation=evaluation, kind="draft", text="有异议", by=cast.staff, at=NOW)
    with unchecked(_fresh(evaluation)).move(evaluation, "write_appointment") as entry:
        for row in (measure, objection):
            entry.add(row)
    return {"recommendation": measure, "objection": objection}


def _package(evaluation):
    """Record a package, though the evaluation is not closed."""
    from zhiping.archive.models import Package

    made = Package(
        evaluation=evaluation, edition="full", file="0" * 64, size=1, files=1, seal="-", made=NOW,
        checks=[], report="0" * 64,
    )  # fmt: skip
    with unchecked(_fresh(evaluation)).move(evaluation, "write_appointment") as entry:
        entry.add(made)
    return made


def _improve(cast, evaluation):
    """Write a measure with proof and a later deadline asked for, though there is no report yet."""
    from zhiping.improvement.models import Action, Extension, Improvement, Proof

    here = {"evaluation": evaluation}
    measure = Action(**here, criterion="4.1", measure="补齐", owner="张三", deadline=TODAY)
    proof = Proof(**here, action=measure, caption="值班表", at=NOW, by=cast.staff)
    asked = Extension(**here, action=measure, until=TODAY, reason="未到货", at=NOW, by=cast.staff)
    known = Improvement(**here, opened=NOW, due=TODAY, commitment="0" * 64)
    with unchecked(_fresh(evaluation)).move(evaluation, "write_appointment") as entry:
        for row in (known, measure, proof, asked):
            entry.add(row)
    return {"action": measure, "proof": proof, "extension": asked}


def _fresh(evaluation):
    related = ("head", "platform__operator", "programme__head")
    return type(evaluation).objects.select_related(*related).get(pk=evaluation.pk)


def things(cast):
    """Create the world and a neighbour in another region, each object under a name of its own."""
    from zhiping.accounts.models import Region
    from zhiping.notices import actions as notices
    from zhiping.notices.models import Notice
    from zhiping.visits.actions import papers

    a, b = build(cast), _across(cast)
    evaluation = _fresh(a["evaluation"])
    seats = {seat.role: seat for seat in evaluation.seats.select_related("expert__user", "evaluation__head")}
    for seat in seats.values():
        seat.evaluation = evaluation
    notices.notify(to=cast.staff, code="panel.removed", data={"platform": "x"}, now=NOW)
    return {
        **b, "platform_a": a["platform"], "trigger_a": a["trigger"], "evaluation_a": evaluation,
        "self_a": _fresh(a["self"]), "programme_a": a["programme"], "trip_a": a["trip"], "draw_a": a["draw"],
        "lead_seat": seats["lead"], "member_seat": seats["member"], "substitute_seat": seats["substitute"],
        "recusal_a": a["recusal"], "record_a": a["record"], "token_a": a["token"],
        "sheet_a": a["sheet"], "common_a": a["common"],
        "bundle_a": papers.ask_bundle(
            Act(cast.officer_a, NOW), a["programme"], stage="prepare", language="zh"
        ),
        "expert_p": a["expert"], "expert_a1": a["own_expert"], "notice": Notice.objects.get(to=cast.staff),
        "evidence_a": a["evidence"], "seen_a": a["seen"], "upload_a": a["upload"],
        "package_a": a["package"],
        "rubric": cast.rubric, "webhook": _webhook(),
        "region_a": Region.objects.get(code="150102"), "region_b": Region.objects.get(code="150203"),
        **{name: cast.organisation(name) for name in ORGANISATIONS},
        **{f"account_of_{name}": getattr(cast, name) for name in PEOPLE},
    }  # fmt: skip


def _across(cast):
    """Create objects of region B; a programme of the province, and an evaluation it leads in region A."""
    from zhiping.evaluations.actions import evaluation, programme, trip
    from zhiping.experts.actions import expert
    from zhiping.panels.actions import draw, panel
    from zhiping.registry import actions as registry
    from zhiping.visits.actions import visit

    act, platform, days = Act(cast.officer_b, NOW), cast.platform("b"), period()
    plan = programme.add_programme(
        act, authority=cast.organisation("b"), name="年度计划", year=2026, rubric=cast.rubric, **days
    )
    opened = evaluation.open_evaluation(act, platform=platform, rubric=cast.rubric, **days)
    evaluation.prepare_evaluation(act, evaluation=_fresh(opened))
    secretary = cast.expert("member2")
    seat = panel.seat_expert(act, evaluation=_fresh(opened), expert=secretary, role="secretary")
    held = draw.commit_draw(act, _fresh(opened), conditions=FEW)
    kept = expert.add_expert(act, keeper=cast.organisation("b"), name="乙市专家", employer="乙检测院")
    wide = programme.add_programme(
        Act(cast.officer, NOW),
        authority=cast.organisation("province"),
        name="全区计划",
        year=2026,
        rubric=cast.rubric,
        **days,
    )
    operator = cast.organisation("a1")
    second = registry.add_platform(
        Act(cast.officer, NOW),
        name="甲区第二平台",
        operator=operator,
        region=operator.region,
        channel="both",
        service_start=dt.date(2024, 3, 1),
    )
    led = evaluation.open_evaluation(Act(cast.officer, NOW), platform=second, rubric=cast.rubric, **days)
    visit.delegate_visit(Act(cast.officer, NOW), _fresh(led), office=cast.organisation("a"))
    trigger = registry.report_trigger(
        Act(cast.staff_b, NOW), platform=platform, kind="software", happened=TODAY, description="系统更换"
    )
    return {
        "platform_b": platform, "evaluation_b": _fresh(opened), "secretary_seat": seat, "programme_b": plan,
        "trip_b": trip.add_trip(act, programme=plan, name="第一组"), "draw_b": held, "expert_b": kept,
        "programme_p": wide, "trigger_b": trigger, "evaluation_p": _fresh(led),
        "draw_p": draw.commit_draw(Act(cast.officer, NOW), _fresh(led), conditions=FEW),
    }  # fmt: skip


def period():
    """Return the year of every evaluation."""
    return {"period_start": dt.date(2026, 1, 1), "period_end": dt.date(2026, 12, 31)}


def _webhook():
    from zhiping.notices.models import Webhook

    made = Webhook(name="监管平台", url="https://example.org/x", created=NOW, swept=NOW, due=NOW)
    made.save(force_insert=True)
    return made
