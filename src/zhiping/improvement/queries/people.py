"""People of an improvement, and the evaluations whose operators are to be reminded."""

import datetime as dt

from django.db.models import OuterRef, QuerySet
from django.db.models.functions import Coalesce

from zhiping.accounts.models import Role, User
from zhiping.domain import improvement as rules
from zhiping.domain.lifecycle import State
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import in_state
from zhiping.improvement.models import CLOSED, Action
from zhiping.panels.queries.panel import holders

ORDER = ("", "soon", "overdue", "escalated")


def of_operator(evaluation: Evaluation) -> QuerySet[User]:
    """Return staff and heads of the operator."""
    return holders(evaluation.platform.operator_id, Role.OPERATOR, Role.OPERATOR_HEAD)


def to_remind(today: dt.date) -> list[tuple[Evaluation, rules.Reminder, dt.date]]:
    """Return the evaluations whose earliest open deadline calls for a reminder that was not sent."""
    open_ = Action.objects.filter(evaluation=OuterRef("pk"), done=None).exclude(verdict__in=CLOSED)
    first = open_.annotate(last=Coalesce("deadline", "evaluation__improvement__due")).order_by("last")
    rows = Evaluation.objects.filter(in_state(State.IMPROVING)).annotate(first=first.values("last")[:1])
    rows = rows.filter(first__lte=today + dt.timedelta(days=rules.SOON))
    found: list[tuple[Evaluation, rules.Reminder, dt.date]] = []
    for one in rows.select_related("head", "platform__operator", "improvement", "authority", "rubric"):
        code, known = rules.reminder(one.first, today), one.improvement
        before = known.reminded if known.reminded_for == one.first else ""
        if ORDER.index(code) > ORDER.index(before):
            found.append((one, code, one.first))
    return found
