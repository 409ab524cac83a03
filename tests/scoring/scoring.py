"""Evaluations in scoring and what members do with their sheets."""

import datetime as dt

from tests.panels import panels
from tests.server.cast import NOW, TODAY, unchecked

from zhiping.domain.exact import number_text
from zhiping.evaluations.actions.evaluation import open_evaluation, prepare_evaluation
from zhiping.evaluations.queries.evaluation import get_evaluation
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.ledger.batch import Sent
from zhiping.panels.actions.declaration import sign_declarations
from zhiping.panels.actions.duties import share_duties
from zhiping.panels.actions.panel import seat_expert
from zhiping.scoring.actions import mark, sheet
from zhiping.scoring.models import Sheet
from zhiping.scoring.queries.filled import Filled
from zhiping.visits.actions.start import start_evaluation
from zhiping.visits.actions.visit import plan_visit

START, END = dt.date(2025, 1, 1), dt.date(2025, 12, 31)
MEMBERS = ("lead", "member", "member2")
EMPTY = {"reason": "", "advice": "", "note": "", "no_level": False, "evidence": []}


def begun(cast, names=MEMBERS, *, platform="a", policy=None):
    """Return an evaluation whose scoring has begun, by the actions people use; the first name leads."""
    act = Act(cast.officer, NOW)
    found = cast.platform(platform) if isinstance(platform, str) else platform
    evaluation = open_evaluation(act, found, rubric=cast.rubric, period_start=START, period_end=END)
    prepare_evaluation(act, panels.fresh(evaluation))
    plan_visit(act, panels.fresh(evaluation), visit_start=TODAY, visit_end=TODAY)
    for n, name in enumerate(names):
        role = "member" if n else "lead"
        seat = seat_expert(act, panels.fresh(evaluation), expert=cast.expert(name), role=role)
        sign_declarations(Act(getattr(cast, name), NOW), [seat], conflict="")
    share_duties(act, panels.fresh(evaluation))
    if policy:
        with unchecked(evaluation).move(evaluation, "group_evaluation") as entry:
            entry.change(evaluation, policy=policy)
    started = get_evaluation(getattr(cast, names[0]), evaluation.pk)
    start_evaluation(Act(getattr(cast, names[0]), NOW), started)
    return panels.fresh(evaluation)


def opened(cast, evaluation, name):
    """Return the sheet of a member, opened."""
    user = getattr(cast, name)
    return sheet.open_sheet(Act(user, NOW), get_evaluation(user, evaluation.pk))


def one(criterion, points, *, replaces=None, id=None, **texts):
    """Return an event of a device."""
    data = {"criterion": criterion, "points": points, **EMPTY, **texts}
    return Sent(id or uuid7(), data, replaces, NOW)


def give(cast, name, made, *sent):
    """Give marks as a member; return the answers."""
    return mark.give_marks(Act(getattr(cast, name), NOW), fresh(made), sent)


def fresh(made):
    """Return a sheet as a new request would read it."""
    return Sheet.objects.select_related(*Sheet.AROUND).get(pk=made.pk)


def full(evaluation, **other):
    """Return events that give every criterion its maximum, but `other`.

    That is the id with _ for . → points, or points and reason.
    """
    table = evaluation.rubric.as_domain()
    points = {c.id: (number_text(c.max), "") for c in table.base} | {
        k.replace("_", "."): v if isinstance(v, tuple) else (v, "") for k, v in other.items()
    }
    return [one(name, mark, reason=reason) for name, (mark, reason) in points.items()]


def handed_in(cast, evaluation, name, **other):
    """Fill in a member's sheet and hand it in."""
    made = opened(cast, evaluation, name)
    give(cast, name, made, *full(evaluation, **other))
    sheet.hand_in(Act(getattr(cast, name), NOW), fresh(made))
    return fresh(made)


def typed(evaluation, **other):
    """Return the marks of a paper sheet as the secretary types them: as in `full`."""
    texts = ("points", "reason", "advice", "note", "no_level")
    sent = full(evaluation, **other)
    return {"marks": {e.data["criterion"]: Filled(**{name: e.data[name] for name in texts}) for e in sent}}
