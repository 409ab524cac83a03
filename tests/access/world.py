"""One thing of every kind, so that each address has something to be about: all of operator A1 in region A."""

import datetime as dt

from tests.server.cast import NOW, TODAY


def build(cast):
    """Make the world with the actions people use; return things by the names addresses use for them."""
    from django.utils import timezone

    from zhiping.accounts import actions as accounts
    from zhiping.preparation.actions import draw, evaluation, expert, panel, programme, recusal, trip, visit
    from zhiping.preparation.models import Training
    from zhiping.preparation.queries.draw import for_evaluation
    from zhiping.registry import actions as registry

    officer, platform = cast.officer_a, cast.platform("a")
    given = {"by": officer, "now": NOW}
    registry.add_site(**given, platform=platform, name="一号窗口")
    trigger = registry.report_trigger(
        by=cast.staff, now=NOW, platform=platform, kind="software", happened=TODAY, description="系统更换"
    )
    plan = programme.add_programme(
        **given, authority=cast.organisation("a"), name="年度计划", year=2026, rubric=cast.rubric,
        period_start=dt.date(2026, 1, 1), period_end=dt.date(2026, 12, 31),
    )  # fmt: skip
    tour = trip.add_trip(**given, programme=plan, name="第一组")
    opened = evaluation.open_evaluation(**given, platform=platform, programme=plan)
    opened = _fresh(opened)
    evaluation.prepare_evaluation(**given, evaluation=opened)
    for name, role in (("lead", "lead"), ("member", "member"), ("substitute", "substitute")):
        seat = panel.seat_expert(**given, evaluation=_fresh(opened), expert=cast.expert(name), role=role)
    visit.plan_visit(**given, evaluation=_fresh(opened), visit_start=TODAY, visit_end=TODAY)
    line = visit.write_visit_record(
        **given, evaluation=_fresh(opened), kind="appointment", day=TODAY, time="9:00", subject="首次会议"
    )
    leads = opened.seats.get(role="lead")
    asked = recusal.ask_recusal(by=cast.lead, now=NOW, seat=leads, reason="亲属在该单位任职")
    other = evaluation.open_self_evaluation(
        by=cast.head, now=NOW, platform=platform, rubric=cast.rubric, period_start=dt.date(2026, 1, 1),
        period_end=dt.date(2026, 12, 31),
    )  # fmt: skip
    target = for_evaluation(_fresh(opened))
    held = draw.commit_draw(**given, target=target, seats=3, substitutes=0, experience=0)
    own = expert.add_expert(
        by=cast.head, now=NOW, keeper=cast.organisation("a1"), name="本单位人员", employer="甲一质量服务中心"
    )
    token = accounts.add_token(by=cast.officer_a, now=timezone.now(), name="t", scope="read", days=9)[0]
    return {
        "platform": platform, "site": platform.sites.get(), "trigger": trigger, "programme": plan,
        "trip": tour, "evaluation": opened, "self": other, "seat": seat, "record": line, "recusal": asked,
        "draw": held, "expert": cast.expert("lead"), "own_expert": own, "rubric": cast.rubric,
        "operator": cast.organisation("a1"),
        "authority": cast.organisation("a"), "person": cast.staff, "token": token,
        "training": Training.objects.get(expert__name=cast.expert("lead").name),
    }  # fmt: skip


def _fresh(evaluation):
    related = ("head", "platform__operator", "programme__head")
    return type(evaluation).objects.select_related(*related).get(pk=evaluation.pk)
