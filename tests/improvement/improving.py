"""Reported evaluations, and what people do about their findings."""

from tests.panels import panels
from tests.reporting.reporting import act, concluded, seen
from tests.server.cast import NOW, TODAY, unchecked

from zhiping.improvement.actions import course, measures
from zhiping.improvement.actions.measures import Planned
from zhiping.reporting.models import Edition
from zhiping.scoring.queries.result import latest

FEW = ("1.1", "3.2", "4.1", "10.1", "12.4")
FAILED = ("1.1", "1.2", "1.3", "1.4", "2.1", "8.2", "10.1", "10.2", "11.2")  # 78 of 100 points remain


def lost(ids):
    """Return marks of three members who agree that these criteria have no points."""
    return {name: {id_.replace(".", "_"): "0" for id_ in ids} for name in ("lead", "member", "member2")}


def reported(cast, ids=FEW):
    """Return an evaluation whose report is issued today; no file is typeset."""
    evaluation = concluded(cast, lost(ids))
    result = latest(evaluation)
    with unchecked(evaluation).move(evaluation, "issue_report") as entry:
        entry.held.update(entry.move.needs)
        entry.add(
            Edition(
                evaluation=evaluation, version=1, result=result, words={}, pdf="0" * 64, docx="0" * 64,
                at=NOW, by=cast.officer, organisation=evaluation.authority, year=TODAY.year, count=1,
                date=TODAY, number=f"{evaluation.pk}",
            )
        )  # fmt: skip
    return panels.fresh(evaluation)


def opened(cast, ids=FEW, choice="rectify"):
    """Return an evaluation whose improvement is open."""
    evaluation = reported(cast, ids)
    if ids == FAILED:
        choose(cast, evaluation, choice)
    course.open_improvement(act(cast, "staff"), seen(cast, "staff", evaluation))
    return panels.fresh(evaluation)


def choose(cast, evaluation, choice="rectify", name="officer", **given):
    course.make_choice(act(cast, name), seen(cast, name, evaluation), choice=choice, **given)


def of(evaluation, id_):
    """Return the measure of a finding as it is now."""
    return evaluation.improvement_actions.get(criterion=id_)


def plan(cast, evaluation, ids=None, until=None):
    """Plan every finding, or some."""
    names = ids or evaluation.improvement_actions.values_list("criterion", flat=True)
    one = Planned("补齐台账", "张三", until or panels.fresh(evaluation).improvement.due)
    given = dict.fromkeys(names, one)
    return measures.write_plan(act(cast, "staff"), seen(cast, "staff", evaluation), plan=given)


def report(cast, evaluation, *ids, **given):
    """Report measures as carried out; of no ids all."""
    for id_ in ids or evaluation.improvement_actions.values_list("criterion", flat=True):
        said = {"finding": of(evaluation, id_), "outcome": "已补齐"} | given
        measures.report_action(act(cast, "staff"), seen(cast, "staff", evaluation), **said)


def recheck(cast, evaluation, *ids, verdict="accepted", name="officer", **given):
    """Recheck measures; of no ids all."""
    for id_ in ids or evaluation.improvement_actions.values_list("criterion", flat=True):
        said = {"finding": of(evaluation, id_), "verdict": verdict, "reason": "现场查看属实"} | given
        measures.recheck_action(act(cast, name), seen(cast, name, evaluation), **said)


def draw(cast, evaluation, count=3, words="见证"):
    own = seen(cast, "officer", evaluation)
    course.draw_sample(act(cast, "officer"), own, count=count, words=words)


def propose(cast, evaluation, name="officer"):
    course.propose_closing(act(cast, name), seen(cast, name, evaluation))


def close(cast, evaluation, name="lead"):
    course.close_evaluation(act(cast, name), seen(cast, name, evaluation))
