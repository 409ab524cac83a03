"""Course of an improvement: choice, opening, reminders, sample, closing (8.4.2)."""

import datetime as dt
import secrets
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from zhiping.accounts.models import User
from zhiping.domain import improvement as rules
from zhiping.domain.draw import spoken
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.evaluations.actions.evaluation import open_evaluation, open_self_evaluation
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import concerned
from zhiping.improvement.models import Action, Improvement
from zhiping.improvement.queries import improvement as queries
from zhiping.improvement.queries.improvement import NEEDS
from zhiping.improvement.queries.people import of_operator, to_remind
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry
from zhiping.notices import actions as notices
from zhiping.panels.actions import seeds
from zhiping.panels.queries.panel import in_charge
from zhiping.scoring.queries.fact_check import stated
from zhiping.web.links import page

Choice = Improvement.Choice


def make_choice(
    act: Act, evaluation: Evaluation, *, choice: str, reason: str = "",
    period_start: dt.date | None = None, period_end: dt.date | None = None,
) -> None:  # fmt: skip
    """Choose what an unqualified platform has to do: rectify within the deadline, or be evaluated again.

    The latter plans the follow-up evaluation over a period of its own. Raises Invalid
    `improvement.no_period`, Conflict `lifecycle.choice_open`, and what `open_evaluation` raises.
    """
    with act.move(evaluation, "make_choice", locks=(evaluation.platform,)) as entry:
        entry.check(NEEDS)
        follow_up = None
        if choice == Choice.REEVALUATE:
            follow_up = _follow_up(act, entry, evaluation, period_start, period_end)
        values = {"choice": choice, "choice_reason": reason, "chosen": act.now, "follow_up": follow_up}
        _change(entry, evaluation, **values)
        notify(act, evaluation, of_operator(evaluation), f"improvement.chosen_{choice}")


def _follow_up(
    act: Act, entry: Entry, evaluation: Evaluation, start: dt.date | None, end: dt.date | None
) -> Evaluation:
    if start is None or end is None:
        where = "period_end" if start else "period_start"
        raise Invalid([Problem("improvement.no_period", {}, (where,))])
    given: dict[str, Any] = {
        "rubric": evaluation.rubric, "period_start": start, "period_end": end, "reason": "follow_up",
    }  # fmt: skip
    if evaluation.kind == "self":
        return open_self_evaluation(act.caused(entry), evaluation.platform, **given)
    return open_evaluation(act.caused(entry), evaluation.platform, **given, start_by=end)


def open_improvement(act: Act, evaluation: Evaluation) -> None:
    """Open the improvement as the operator: a row for each finding, the deadline, a committed seed.

    Raises Conflict `lifecycle.choice_made`, `improvement.no_findings`.
    """
    with act.move(evaluation, "open_improvement") as entry:
        entry.check(NEEDS)
        document, issued = queries.document_now(evaluation), queries.issued_on(evaluation)
        found = queries.lost(document) if document else []
        if not found or issued is None:
            raise Conflict.of("improvement.no_findings")
        due, seed = queries.due_of(evaluation, issued), secrets.token_hex(32)
        values = {"opened": act.now, "due": due.date, "commitment": rules.commitment(found, seed)}
        _change(entry, evaluation, **values, secret=seeds.encrypt(seed))
        facts = {id_: one.fact for id_, one in stated(evaluation).items()}
        entry.add_all(Action(evaluation=evaluation, criterion=i, fact=facts.get(i, "")) for i in found)
        entry.data = {"findings": found}
        notify(act, evaluation, in_charge(evaluation), "improvement.opened", due=due.date.isoformat())


def draw_sample(act: Act, evaluation: Evaluation, *, count: int, words: str = "") -> None:
    """Draw the findings to be rechecked, at least a third; `words`: spoken by a witness now.

    The seed was committed to at opening, so the sample could not be chosen. Raises Invalid
    `improvement.sample_size`, Conflict `lifecycle.sample_wanted`, `draws.altered`.
    """
    with act.move(evaluation, "draw_sample") as entry:
        entry.check(NEEDS)
        known, rows = evaluation.improvement, list(evaluation.improvement_actions.all())
        names, seed = [row.criterion for row in rows], seeds.decrypt(known.secret)
        if rules.commitment(names, seed) != known.commitment:
            raise Conflict.of("draws.altered")
        least = rules.least(len(rows))
        if not least <= count <= len(rows):
            data = {"found": count, "least": least, "most": len(rows)}
            raise Invalid([Problem("improvement.sample_size", data, ("count",))])
        places = {id_: place for place, id_ in enumerate(rules.order(names, seed, words), 1)}
        for row in rows:
            entry.change(row, place=places[row.criterion])
        entry.change(known, seed=seed, words=spoken(words), sampled=count, drawn=act.now)
        notify(act, evaluation, of_operator(evaluation), "improvement.sampled", count=count)


def remind_operator(act: Act, evaluation: Evaluation, *, reminder: str, deadline: dt.date) -> None:
    """Remind the operator of open measures as the clock; when long late, who is in charge, too.

    `reminder`: as `domain.improvement.reminder` gives it; each is sent once for a deadline.
    """
    with act.move(evaluation, "remind_operator") as entry:
        known = evaluation.improvement
        if (known.reminded, known.reminded_for) == (reminder, deadline):
            raise Conflict.of("ledger.changed")
        entry.change(known, reminded=reminder, reminded_for=deadline)
        people = [*of_operator(evaluation), *(in_charge(evaluation) if reminder == "escalated" else ())]
        notify(act, evaluation, people, f"improvement.{reminder}", due=deadline.isoformat())


def remind_operators(act: Act) -> None:
    """Remind the operators whose deadlines are near or over, each in a transaction of its own."""
    for evaluation, reminder, deadline in to_remind(act.today):
        with suppress(Conflict):  # closed, or reminded by another worker, in between
            remind_operator(act, evaluation, reminder=reminder, deadline=deadline)


def propose_closing(act: Act, evaluation: Evaluation) -> None:
    """Propose to close the evaluation as who is in charge; another person then closes it.

    Raises Conflict with everything that is missing.
    """
    with act.move(evaluation, "propose_closing") as entry:
        entry.check(NEEDS)
        _change(entry, evaluation, proposed=act.now, proposed_by=act.by)
        notify(act, evaluation, concerned(evaluation), "improvement.closing_proposed")


def close_evaluation(act: Act, evaluation: Evaluation) -> None:
    """Close the evaluation as the second person.

    Raises Conflict with everything that is missing, and `improvement.same_person`.
    """
    with act.move(evaluation, "close_evaluation") as entry:
        entry.check(NEEDS)
        known = evaluation.improvement
        if known.proposed_by_id == act.by.pk:
            raise Conflict.of("improvement.same_person")
        entry.change(known, closed=act.now, closed_by=act.by)
        notify(act, evaluation, concerned(evaluation), "improvement.closed")


def _change(entry: Entry, evaluation: Evaluation, **values: Any) -> None:
    """Change the row of an improvement, or add it at the first step."""
    known = Improvement.objects.filter(pk=evaluation.pk).first()
    if known:
        entry.change(known, **values)
    else:
        entry.add(Improvement(evaluation=evaluation, **values))


def notify(act: Act, evaluation: Evaluation, people: Iterable[User], code: str, **data: Any) -> None:
    """Notify people other than who acts, each once, with a link to the improvement."""
    others = {person.pk: person for person in people if act.by is None or person.pk != act.by.pk}
    data = {"platform": evaluation.platform.name, **data}
    notices.notify(to=others.values(), code=code, data=data, url=page("improvement", evaluation), now=act.now)
