"""Close the scoring, agree on marks, and record dissents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from zhiping.domain.consensus import Agreed, Item, agreed_problems
from zhiping.domain.errors import Conflict, Invalid, Problem
from zhiping.domain.exact import number_text
from zhiping.domain.lifecycle import SheetState
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import policy_of
from zhiping.ledger.act import Act
from zhiping.ledger.entry import Entry
from zhiping.notices import actions as notices
from zhiping.panels.rules import seated
from zhiping.scoring.actions.signatures import notify_void
from zhiping.scoring.models import AgreedMark, Dissent, Sheet
from zhiping.scoring.queries import deliberation as queries
from zhiping.scoring.queries.needs import NEEDS
from zhiping.scoring.queries.sheet import expected, legal_marks
from zhiping.scoring.rules import scores
from zhiping.web.links import page

MOST = 2000  # characters of a reason or a dissent


@dataclass(frozen=True, slots=True)
class Settled:
    """The panel's mark for a criterion: `points` and its reason; `guides`: for next year's guidance."""

    points: Fraction
    reason: str
    guides: bool = False


def close_scoring(act: Act, evaluation: Evaluation) -> None:
    """Close the scoring: the sheets of the panel count from now on, and the panel sees all marks.

    Sheets of members who left are kept and do not count. After a replacement, marks and dissents go that
    belong to criteria no longer disputed. Notifies the panel. Raises Conflict with all that is missing.
    """
    sheets = Sheet.objects.filter(evaluation=evaluation)
    with act.move(evaluation, "close_scoring", locks=(sheets,)) as entry:
        entry.check(NEEDS)
        _count(act.caused(entry), evaluation)
        disputed = queries.disputed(evaluation, queries.sheets_of(evaluation))
        for rows in (evaluation.agreed_marks, evaluation.dissents):
            entry.remove_all(rows.exclude(criterion__in=disputed))
        people = [seat.expert.user for seat in seated(evaluation) if seat.expert.user not in (None, act.by)]
        notices.notify(
            to=people, code="deliberation.closed" if disputed else "deliberation.closed_agreed",
            data={"platform": evaluation.platform.name, "n": len(disputed)},
            url=page("evaluation", evaluation), now=act.now,
        )  # fmt: skip
        notify_void(act, evaluation, "results.void_closed")


def _count(act: Act, evaluation: Evaluation) -> None:
    """Count the sheets of the panel as it is now, and recuse those of members who left."""
    counts = set(expected(evaluation))
    found = Sheet.objects.filter(evaluation=evaluation).exclude(head__phase=SheetState.RECUSED)
    for sheet in found.select_related("head", "seat"):
        if sheet.pk not in counts:
            recuse_sheet(act, sheet, evaluation)
        elif sheet.head.phase == SheetState.HANDED_IN:  # others were counted at an earlier close
            count_sheet(act, sheet, evaluation)


def count_sheet(act: Act, sheet: Sheet, evaluation: Evaluation) -> None:
    """Count the sheet of a member of the panel: from now on its marks are seen."""
    with act.move(sheet, "count_sheet", within=evaluation):
        pass


def recuse_sheet(act: Act, sheet: Sheet, evaluation: Evaluation) -> None:
    """Leave out the sheet of a member who left; it is kept."""
    with act.move(sheet, "recuse_sheet", within=evaluation):
        pass


def settle_criteria(act: Act, evaluation: Evaluation, *, marks: Mapping[str, Settled], why: str = "") -> None:
    """Agree on the panel's marks for disputed criteria, all or none of them.

    `why`: the reason for settling a criterion again that has another mark already; it is in the ledger.
    Raises Invalid with all that is wrong: an unknown or undisputed criterion, a mark that is not legal, no
    reason; `deliberation.settled` where a mark changes without `why`.
    """
    with act.move(evaluation, "settle_criteria") as entry:
        method = policy_of(evaluation).method
        if method != "consensus":
            raise Invalid.of("agreed.method", method=method)
        disputed = queries.disputed(evaluation, queries.sheets_of(evaluation))
        known = queries.agreed_marks(evaluation)
        step = policy_of(evaluation).step
        faults = [f for name, mark in marks.items() for f in _faults(disputed.get(name), name, mark, step)]
        if not why.strip():
            faults += _settled_before(marks, known)
        if faults:
            raise Invalid(faults)
        if why.strip():
            entry.data["reason"] = why.strip()
        entry.data["marks"] = {name: number_text(mark.points) for name, mark in marks.items()}
        for name, mark in marks.items():
            _agree(entry, evaluation, name, mark, known.get(name))
        notify_void(act, evaluation, "results.void_agreed", ids=" ".join(marks), why=why.strip())


def _agree(entry: Entry, evaluation: Evaluation, name: str, mark: Settled, before: AgreedMark | None) -> None:
    legal = legal_marks(evaluation.rubric_id)[name, number_text(mark.points)]
    values: dict[str, Any] = {"legal_id": legal, "reason": mark.reason.strip(), "guides": mark.guides}
    if before:
        entry.change(before, **values)
    else:
        entry.add(AgreedMark(evaluation=evaluation, criterion=name, **values))


def _faults(item: Item | None, name: str, mark: Settled, step: Fraction) -> Iterator[Problem]:
    if item is None:
        yield Problem("deliberation.not_disputed", {"id": name})
        return
    yield from agreed_problems(item, Agreed(mark.points, mark.reason.strip()), step)
    if len(mark.reason) > MOST:
        yield Problem("deliberation.too_long", {"id": name, "most": MOST})


def _settled_before(marks: Mapping[str, Settled], known: Mapping[str, AgreedMark]) -> list[Problem]:
    """Return a problem for each criterion whose mark is another already."""
    return [
        Problem("deliberation.settled", {"id": name, "found": known[name].legal.points}, ("why",))
        for name, mark in marks.items()
        if name in known and Fraction(known[name].legal.points) != mark.points
    ]


def record_dissent(act: Act, evaluation: Evaluation, *, criterion: str, text: str) -> None:
    """Record the user's dissent from the panel's mark for a disputed criterion, or change its words.

    Raises Invalid `deliberation.not_disputed`, `deliberation.no_words`, `deliberation.too_long`.
    """
    with act.move(evaluation, "record_dissent") as entry:
        if criterion not in queries.disputed(evaluation, queries.sheets_of(evaluation)):
            raise Invalid.of("deliberation.not_disputed", id=criterion)
        words = text.strip()
        if not words:
            raise Invalid.of("deliberation.no_words", "text")
        if len(words) > MOST:
            raise Invalid.of("deliberation.too_long", "text", id=criterion, most=MOST)
        entry.data = {"criterion": criterion}
        seat, before = scores(act.by, evaluation), _own(act, evaluation, criterion)
        if before:
            entry.change(before, text=words)
        else:
            entry.add(Dissent(evaluation=evaluation, seat=seat, criterion=criterion, text=words))
        notify_void(act, evaluation, "results.void_dissent", id=criterion, name=act.by.name)


def withdraw_dissent(act: Act, evaluation: Evaluation, *, criterion: str) -> None:
    """Withdraw the user's own dissent; Conflict `deliberation.no_dissent` where there is none."""
    with act.move(evaluation, "withdraw_dissent") as entry:
        before = _own(act, evaluation, criterion)
        if before is None:
            raise Conflict.of("deliberation.no_dissent", id=criterion)
        entry.data = {"criterion": criterion}
        entry.remove(before)
        notify_void(act, evaluation, "results.void_withdrawn", id=criterion, name=act.by.name)


def _own(act: Act, evaluation: Evaluation, criterion: str) -> Dissent | None:
    found = evaluation.dissents.filter(seat=scores(act.by, evaluation), criterion=criterion)
    return found.first()
