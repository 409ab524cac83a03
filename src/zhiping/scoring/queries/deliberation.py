"""Deliberation: the disputed criteria with the marks of all, the panel's marks, the dissents."""

import datetime as dt
from collections.abc import Sequence
from fractions import Fraction

from zhiping.domain import consensus
from zhiping.domain.consensus import Agreed, Item
from zhiping.domain.lifecycle import OPEN, State
from zhiping.domain.sheet import Sheet, with_level_reasons
from zhiping.evaluations.models import Evaluation, Programme
from zhiping.evaluations.queries.evaluation import policy_of
from zhiping.scoring.models import AgreedMark, Dissent
from zhiping.scoring.queries.sheet import Arrived, counted, table_of
from zhiping.texts.catalogue import lookup

CONCLUDED = [state for state in State if state not in (*OPEN, State.CANCELLED)]


def sheets_of(evaluation: Evaluation, found: Arrived | None = None) -> list[Sheet]:
    """Return the sheets that count, each loss with its reason; `found`: a reading of them."""
    rubric = table_of(evaluation)
    return [with_level_reasons(rubric, sheet) for sheet in counted(evaluation, found)]


def disputed(evaluation: Evaluation, sheets: Sequence[Sheet]) -> dict[str, Item]:
    """Return the criteria to settle, by id in table order; none where the method agrees on no marks."""
    if policy_of(evaluation).method != "consensus" or not sheets:
        return {}
    found = consensus.items(table_of(evaluation), sheets)
    return {item.criterion.id: item for item in found if item.disputed}


def agreed_marks(evaluation: Evaluation) -> dict[str, AgreedMark]:
    """Return the panel's marks, by criterion."""
    return {mark.criterion: mark for mark in evaluation.agreed_marks.select_related("legal")}


def dissents(evaluation: Evaluation) -> list[Dissent]:
    """Return the dissents of the members; those of members who left do not count."""
    found = evaluation.dissents.filter(seat__left__isnull=True).select_related("seat__expert")
    return list(found.order_by("seat__place", "seat_id"))


def agreed(evaluation: Evaluation) -> dict[str, Agreed]:
    """Return the panel's marks as the domain reads them, each with its dissents: two statements."""
    said: dict[str, list[str]] = {}
    for one in dissents(evaluation):
        text = lookup("zh", "deliberation.dissent_of").format(name=one.seat.expert.name, text=one.text)
        said.setdefault(one.criterion, []).append(text)
    return {
        name: Agreed(Fraction(mark.legal.points), mark.reason, "\n".join(said.get(name, ())))
        for name, mark in agreed_marks(evaluation).items()
    }


def open_criteria(evaluation: Evaluation) -> list[str]:
    """Return the ids of the disputed criteria without the panel's mark."""
    settled = set(evaluation.agreed_marks.values_list("criterion", flat=True))
    return [name for name in disputed(evaluation, sheets_of(evaluation)) if name not in settled]


def criteria_settled(evaluation: Evaluation, _today: dt.date) -> bool:
    """Return whether each disputed criterion has the panel's mark."""
    return not open_criteria(evaluation)


def offered_reasons(programme: Programme) -> list[AgreedMark]:
    """Return the reasons that panels of last year's programmes offered to guidance, each text once.

    Of concluded evaluations of the same authority; criteria this programme's rubric does not have are left
    out.
    """
    found = AgreedMark.objects.filter(
        guides=True, evaluation__programme__authority=programme.authority_id,
        evaluation__programme__year=programme.year - 1, evaluation__head__phase__in=CONCLUDED,
    )  # fmt: skip
    order = list(programme.rubric.as_domain().criteria)
    known = {(mark.criterion, mark.reason): mark for mark in found if mark.criterion in order}
    return sorted(known.values(), key=lambda mark: (order.index(mark.criterion), mark.reason))
