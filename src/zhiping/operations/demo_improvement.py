"""Demo data of improvement: one under way with an overdue measure, one unqualified, one closed."""

import datetime as dt
from dataclasses import replace

from zhiping.evaluations.models import Evaluation, Programme
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.improvement.actions import course, measures
from zhiping.improvement.actions.measures import Planned
from zhiping.improvement.models import Action
from zhiping.improvement.queries import improvement as queries
from zhiping.ledger.act import Act
from zhiping.operations import demo_scoring
from zhiping.operations.demo_people import Made
from zhiping.operations.demo_reporting import LATER
from zhiping.reporting.actions import editions

CLOSED, UNQUALIFIED, UNDER_WAY = LATER  # numbers of platforms
AGO = dt.timedelta(days=50)  # they were evaluated as long ago


def build(made: Made, programme: Programme) -> None:
    """Bring three evaluations to their improvement by the people who do it."""
    then = replace(made, now=made.now - AGO, today=made.today - AGO)
    for number, every in ((CLOSED, 9), (UNQUALIFIED, 2), (UNDER_WAY, 7)):
        one = demo_scoring.bring(then, programme, number, "concluded", every=every)
        _issue(then, one)
    _closed(then, _evaluation(made, CLOSED))
    _unqualified(then, _evaluation(made, UNQUALIFIED))
    _under_way(then, _evaluation(made, UNDER_WAY))


def _issue(made: Made, one: Evaluation) -> None:
    editions.send_draft(_by(made, "lead"), _seen(made, "lead", one))
    editions.accept_draft(_by(made, "head2"), _seen(made, "head2", one))
    editions.issue_report(_by(made, "officer"), _seen(made, "officer", one), signer="李国栋")


def _open(made: Made, one: Evaluation) -> list[Action]:
    """Open the improvement and plan every measure; return them in table order."""
    course.open_improvement(_by(made, "head2"), _seen(made, "head2", one))
    rows = queries.in_order(one, list(one.improvement_actions.all()))
    owners = ("郝佳", "乌兰", "王磊")
    plan = {
        row.criterion: Planned(
            "对照评价表补齐资料，明确专人每月核对。",
            owners[at % 3],
            made.today + dt.timedelta(days=20 + at % 15),
        )
        for at, row in enumerate(rows)
    }
    measures.write_plan(_by(made, "head2"), _seen(made, "head2", one), plan=plan)
    return rows


def _report(made: Made, one: Evaluation, row: Action) -> None:
    measures.report_action(
        _by(made, "head2"), _seen(made, "head2", one), finding=row,
        outcome="资料已补齐，核对记录由专人保管。", caption="核对记录（窗口备查）",
    )  # fmt: skip


def _recheck(made: Made, one: Evaluation, row: Action, verdict: str, reason: str) -> None:
    measures.recheck_action(
        _by(made, "officer"), _seen(made, "officer", one), finding=row, verdict=verdict, reason=reason
    )


def _closed(made: Made, one: Evaluation) -> None:
    """Carry out every measure, recheck a sample, close."""
    rows = _open(made, one)
    for row in rows:
        _report(made, one, row)
    course.draw_sample(
        _by(made, "officer"), _seen(made, "officer", one), count=min(3, len(rows)), words="青城见证"
    )
    for row in one.improvement_actions.filter(place__lte=3):
        _recheck(made, one, row, "accepted", "现场查看资料和记录，属实。")
    course.propose_closing(_by(made, "officer"), _seen(made, "officer", one))
    course.close_evaluation(_by(made, "lead"), _seen(made, "lead", one))


def _unqualified(made: Made, one: Evaluation) -> None:
    """Choose a re-evaluation; one finding is closed, another one is sent back."""
    course.make_choice(
        _by(made, "officer"), _seen(made, "officer", one), choice="reevaluate",
        reason="失分涉及多个方面，整改后须全面评价。", period_start=made.today,
        period_end=made.today + dt.timedelta(days=90),
    )  # fmt: skip
    first, second, *_ = _open(made, one)
    for row in (first, second):
        _report(made, one, row)
    _recheck(made, one, first, "accepted", "现场查看，已补齐。")
    _recheck(made, one, second, "refused", "记录只有一个月，须连续保存。")


def _under_way(made: Made, one: Evaluation) -> None:
    """Leave a measure overdue, and ask for a later deadline of another one."""
    rows = _open(made, one)
    for row in rows[2:]:
        _report(made, one, row)
    measures.ask_extension(
        _by(made, "head2"), _seen(made, "head2", one), finding=rows[1],
        until=made.today + dt.timedelta(days=100), reason="设备采购尚未到货。",
    )  # fmt: skip


def _evaluation(made: Made, number: int) -> Evaluation:
    found: Evaluation = Evaluation.objects.exclude(grade="").get(platform=made.platform[number])
    return found


def _by(made: Made, name: str) -> Act:
    return Act(made.user[name], made.now)


def _seen(made: Made, name: str, one: Evaluation) -> Evaluation:
    return get_evaluation(made.user[name], one.pk)
