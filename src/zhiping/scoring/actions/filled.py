"""Marks from a filled spreadsheet."""

from django.db import transaction

from zhiping.domain.sheet import Sheet as Whole
from zhiping.evaluations.models import Evaluation
from zhiping.ids import uuid7
from zhiping.ledger.act import Act
from zhiping.ledger.batch import Sent
from zhiping.scoring.actions.mark import give_marks
from zhiping.scoring.actions.sheet import check_complete
from zhiping.scoring.models import Mark, Sheet
from zhiping.scoring.queries import sheet as queries
from zhiping.scoring.queries.filled import Filled, Marks

TEXTS = ("reason", "advice", "note", "no_level")


def import_marks(act: Act, sheet: Sheet, *, marks: Marks) -> int:
    """Give the marks of a whole filled sheet as one batch; return how many changed.

    What the file leaves blank is taken away. Raises the first refusal, and records nothing then.
    """
    current = {mark.criterion: mark for mark in queries.marks_of(sheet)}
    wanted = {**dict.fromkeys(current), **marks}
    sent = [
        _event(name, one, before)
        for name, one in wanted.items()
        if _differs(one, before := current.get(name))
    ]
    with transaction.atomic():
        answers = give_marks(act, sheet, sent) if sent else []
        refused = [answer.refused for answer in answers if answer.refused]
        if refused:
            raise type(refused[0])([problem for one in refused for problem in one.problems])
    return len(sent)


def check_filled(evaluation: Evaluation, marks: Marks) -> None:
    """Raise Invalid with everything that prevents handing in a filled sheet."""
    check_complete(evaluation, Whole("", "", {name: one.as_domain() for name, one in marks.items()}))


def _differs(one: Filled | None, before: Mark | None) -> bool:
    known = queries.as_mark(before) if before else None
    return (one.as_domain() if one else None) != known


def _event(name: str, one: Filled | None, before: Mark | None) -> Sent:
    evidence = before.evidence if before else []
    if one is None:
        data = {"points": None, "reason": "", "advice": "", "note": "", "no_level": False}
    else:
        data = {"points": one.points, **{key: getattr(one, key) for key in TEXTS}}
    replaces = before.event if before else None
    return Sent(uuid7(), {"criterion": name, **data, "evidence": evidence}, replaces)
