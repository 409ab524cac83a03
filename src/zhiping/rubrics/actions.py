"""Publish, withdraw and restore rubrics."""

from zhiping.documents.apart import apart
from zhiping.documents.files import rubric_file
from zhiping.domain import rubric as rubrics
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.exact import number_text
from zhiping.domain.lifecycle import RubricState
from zhiping.domain.policy import STEPS
from zhiping.ledger.act import Act
from zhiping.rubrics.models import LegalMark, Rubric

WHOLE, HALF = STEPS
MOST_MARKS = 10_000  # legal marks of one rubric; the standard's has fewer than 200


def publish(act: Act, *, source: str) -> Rubric:
    """Publish a rubric file; a published rubric can never be changed.

    Returns the existing rubric if one with the same wording is published. Raises Invalid with all problems
    of the file and all open doubts; `rubrics.version_taken` if the id and version exist with another wording.
    """
    act.require("rubrics.publish")
    table = rubric_file.usable(apart(rubric_file.loads, source))
    if existing := Rubric.objects.filter(wording_sha256=table.wording_sha256).first():
        return existing
    _check_limits(table)
    with act.begin("rubrics.publish", "rubric", "rubric.published", phase=RubricState.PUBLISHED) as entry:
        rubric = Rubric(
            head=entry.head, rubric_id=table.id, version=table.version, title=table.title.zh,
            title_en=table.title.en, scale_sha256=table.scale_sha256, wording_sha256=table.wording_sha256,
            source=source, published=act.now, published_by=act.by,
        )  # fmt: skip
        data = {"id": rubric.rubric_id, "version": rubric.version}
        entry.add(rubric, taken=Problem("rubrics.version_taken", data))
        entry.add_all(_legal_marks(rubric, table))
    return rubric


def publish_bundled(act: Act) -> Rubric:
    """Publish the bundled rubric if it is not published yet."""
    return publish(act, source=rubric_file.BUNDLED.read_text(encoding="utf-8"))


def withdraw(act: Act, rubric: Rubric, *, reason: str) -> None:
    """Withdraw a rubric: new programmes cannot use it; existing ones continue to."""
    with act.move(rubric, "withdraw", reason=reason):
        pass


def restore(act: Act, rubric: Rubric) -> None:
    """Make a withdrawn rubric available again."""
    with act.move(rubric, "restore"):
        pass


def _check_limits(table: rubrics.Rubric) -> None:
    """Raise Invalid if names exceed their columns or the table has too many legal marks."""
    limits = {"rubric_id": (table.id, 80), "version": (table.version, 40)}
    limits |= {"title": (table.title.zh, 200), "title_en": (table.title.en, 200)}
    limits |= {f"[criteria {name}]": (name, 20) for name in table.criteria}
    problems = [
        Problem("rubrics.bad_name", {"found": name[:limit], "most": limit}, (place,))
        for place, (name, limit) in limits.items()
        if len(name) > limit or not name.isprintable()
    ]
    if sum(len(c.marks(HALF)) for c in table.criteria.values()) > MOST_MARKS:
        problems.append(Problem("rubrics.too_many_marks", {"most": MOST_MARKS}))
    if problems:
        raise Invalid(problems)


def _legal_marks(rubric: Rubric, table: rubrics.Rubric) -> list[LegalMark]:
    """Return a row for each legal mark; `halves` for those legal only with a step of 0.5."""
    return [
        LegalMark(rubric=rubric, criterion=criterion.id, points=number_text(mark), halves=mark not in whole)
        for criterion in table.criteria.values()
        for whole in [set(criterion.marks(WHOLE))]
        for mark in criterion.marks(HALF)
    ]
