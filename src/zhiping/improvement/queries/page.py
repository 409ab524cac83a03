"""The page of an improvement: findings by indicator with their measures, and what of them lasted."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from django.db.models import OuterRef, Q, Subquery

from zhiping.accounts.models import User
from zhiping.domain import comparison
from zhiping.domain import improvement as rules
from zhiping.domain.grading import shown
from zhiping.domain.result_document import Result as Document
from zhiping.evaluations.models import Evaluation
from zhiping.improvement.models import Action, Improvement, Proof
from zhiping.improvement.queries import improvement as queries
from zhiping.permissions import may
from zhiping.scoring.models import Result
from zhiping.scoring.queries.past import document_of
from zhiping.scoring.queries.sheet import table_of
from zhiping.texts import wording
from zhiping.texts.catalogue import translated


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding with its measure; `row`: its texts, `state`: of its badge, `proofs`: those not withdrawn."""

    row: wording.Row
    action: Action
    state: str
    proofs: list[Proof]
    sampled: bool
    late: bool


Groups = list[tuple[str, list[Shown]]]  # by the name of the indicator


def finding_rows(
    evaluation: Evaluation, document: Document, rows: Iterable[Action]
) -> dict[str, wording.Row]:
    """Return the texts of findings by criterion, each with its fact; of one that was corrected its title."""
    known = {row["id"]: row for row in wording.finding_rows(document, table_of(evaluation))}
    return {row.criterion: _row(evaluation, known.get(row.criterion), row) for row in rows}


def _row(evaluation: Evaluation, known: wording.Row | None, action: Action) -> wording.Row:
    if known:
        return {**known, "fact": action.fact or known["reason"]}
    criterion = table_of(evaluation).criteria[action.criterion]
    blank = dict.fromkeys(("no", "indicator", "text", "lost", "reason", "advice", "fact"), "")
    return blank | {"id": criterion.id, "title": translated(criterion.title)}


def grouped(
    evaluation: Evaluation, document: Document, known: Improvement, rows: Iterable[Action], today: dt.date
) -> Groups:
    """Return the findings by indicator, in table order."""
    made = list(rows)
    texts = finding_rows(evaluation, document, made)
    home = wording.indicator_names(table_of(evaluation))
    lines = [_shown(known, action, texts[action.criterion], today) for action in made]
    return [(name, list(some)) for name, some in groupby(lines, lambda one: home[one.action.criterion])]


def _shown(known: Improvement, action: Action, row: wording.Row, today: dt.date) -> Shown:
    last = action.deadline or known.due or today
    late = action.done is None and not action.closed and last < today
    proofs = [proof for proof in action.proofs.all() if not proof.withdrawn]
    sampled = queries.is_sampled(action, known)
    return Shown(row, action, _state(action, late=late), proofs, sampled, late)


def _state(action: Action, *, late: bool) -> str:
    if action.verdict:
        return str(action.verdict)
    if action.done:
        return "done"
    if late:
        return "late"
    return "planned" if action.planned else "unplanned"


@dataclass(frozen=True, slots=True)
class Compared:
    """A finding beside the following evaluation; points as they are printed."""

    id: str
    title: str
    before: str
    reached: str
    after: str
    kept: rules.Kept


def results(evaluation: Evaluation) -> list[Result]:
    """Return the result of an evaluation and that of the platform's next one of its kind: one statement."""
    newest = Result.objects.filter(evaluation=OuterRef("evaluation")).order_by("-version").values("version")
    next_ones = Q(
        evaluation__platform=evaluation.platform_id, evaluation__kind=evaluation.kind,
        evaluation__period_end__gt=evaluation.period_end,
    )  # fmt: skip
    rows = Result.objects.filter(Q(evaluation=evaluation) | next_ones, version=Subquery(newest[:1]))
    rows = rows.select_related("evaluation__head", "evaluation__platform", "evaluation__rubric")
    return list(rows.defer("evaluation__rubric__source").order_by("evaluation__period_end")[:2])


def following(user: User, rows: list[Result]) -> Result | None:
    """Return the result of the next evaluation where the user may read its report."""
    later = rows[1] if len(rows) > 1 else None
    return later if later and may(user, "reporting.see_report", later.evaluation) else None


def compared(
    evaluation: Evaluation, document: Document, rows: Iterable[Action], later: Result
) -> list[Compared]:
    """Return what became of each finding in a later result; criteria whose scale changed are left out."""
    old, new = table_of(evaluation), table_of(later.evaluation)
    changes = comparison.changes(old, new)
    other = {one.id for one in changes if one.part == "criterion" and one.what in ("scale", "removed")}
    before, after = queries.points_of(document), queries.points_of(document_of(later))
    found = []
    for action in rows:
        id_ = action.criterion
        if id_ in other or id_ not in after:
            continue
        reached = Fraction(action.legal.points) if action.legal else before[id_]
        title, kept = translated(old.criteria[id_].title), rules.kept(before[id_], reached, after[id_])
        points = [shown(value) for value in (before[id_], reached, after[id_])]
        found.append(Compared(id_, title, points[0], points[1], points[2], kept))
    return found
