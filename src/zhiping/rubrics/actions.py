"""Publishing rubrics, and taking them out of use."""

import datetime as dt
from uuid import UUID

from django.db import IntegrityError

from zhiping.accounts.models import User
from zhiping.accounts.rules import require
from zhiping.documents import rubric_file
from zhiping.domain import rubric as rubrics
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.exact import number_text
from zhiping.domain.lifecycle import RubricState
from zhiping.domain.policy import STEPS
from zhiping.ledger import actions as ledger
from zhiping.rubrics.models import LegalMark, Rubric

WHOLE, HALF = STEPS
MOST_MARKS = 10_000  # of one rubric; the standard's has under 200


def publish(*, by: User, now: dt.datetime, source: str, id: UUID | None = None) -> Rubric:
    """Publish a rubric file, whole and for good; words that are published already return what is there.

    Raises Invalid with every problem of the file and every doubt that is not settled, `rubrics.version_taken`
    where the same name and version bear other words.
    """
    require(by, "rubrics.publish")
    return _publish(source, by=by, now=now, id=id)


def publish_bundled(*, now: dt.datetime) -> Rubric:
    """Publish the rubric that ships, where it is not published yet; the system itself does it."""
    return _publish(rubric_file.BUNDLED.read_text(encoding="utf-8"), by=None, now=now, id=None)


def withdraw(
    *,
    by: User,
    now: dt.datetime,
    rubric: Rubric,
    reason: str,
    id: UUID | None = None,
    expect: int | None = None,
) -> None:
    """Offer a rubric to no new programme any more; what was begun by it goes on by it."""
    require(by, "rubrics.withdraw", rubric)
    with ledger.move(rubric, "withdraw", by=by, at=now, id=id, expect=expect) as entry:
        entry.data = {"reason": reason}


def restore(
    *, by: User, now: dt.datetime, rubric: Rubric, id: UUID | None = None, expect: int | None = None
) -> None:
    """Offer a withdrawn rubric again."""
    require(by, "rubrics.restore", rubric)
    with ledger.move(rubric, "restore", by=by, at=now, id=id, expect=expect):
        pass


def _publish(source: str, *, by: User | None, now: dt.datetime, id: UUID | None) -> Rubric:
    table = rubric_file.usable(rubric_file.loads(source))
    known = Rubric.objects.filter(wording_sha256=table.wording_sha256).first()
    if known:
        return known
    _fits(table)
    phase = RubricState.PUBLISHED
    with ledger.begin("rubric", "rubric.published", by=by, at=now, id=id, phase=phase) as entry:
        rubric = Rubric(
            head=entry.head, rubric_id=table.id, version=table.version, title=table.title.zh,
            title_en=table.title.en, scale_sha256=table.scale_sha256, wording_sha256=table.wording_sha256,
            source=source, published=now, published_by=by,
        )  # fmt: skip
        _store(rubric)
        LegalMark.objects.bulk_create(_legal_marks(rubric, table), batch_size=500)
        entry.data = {
            "rubric_id": table.id,
            "version": table.version,
            "scale_sha256": table.scale_sha256,
            "wording_sha256": table.wording_sha256,
        }
    return rubric


def _fits(table: rubrics.Rubric) -> None:
    """Refuse names longer than their column, and tables nobody could score by."""
    limits = {"rubric_id": (table.id, 80), "version": (table.version, 40)}
    limits |= {"title": (table.title.zh, 200), "title_en": (table.title.en, 200)}
    limits |= {f"[criteria {name}]": (name, 20) for name in table.criteria}
    found = [
        Problem("rubrics.bad_name", {"found": name[:limit], "most": limit}, (place,))
        for place, (name, limit) in limits.items()
        if len(name) > limit or not name.isprintable()
    ]
    if sum(len(c.marks(HALF)) for c in table.criteria.values()) > MOST_MARKS:
        found.append(Problem("rubrics.too_many_marks", {"most": MOST_MARKS}))
    if found:
        raise Invalid(found)


def _store(rubric: Rubric) -> None:
    try:
        rubric.save(force_insert=True)
    except IntegrityError as error:
        data = {"id": rubric.rubric_id, "version": rubric.version}
        raise Invalid([Problem("rubrics.version_taken", data)]) from error


def _legal_marks(rubric: Rubric, table: rubrics.Rubric) -> list[LegalMark]:
    """Return a row for each legal mark: those of whole steps, and those that halves add."""
    return [
        LegalMark(rubric=rubric, criterion=criterion.id, points=number_text(mark), halves=mark not in whole)
        for criterion in table.criteria.values()
        for whole in [set(criterion.marks(WHOLE))]
        for mark in criterion.marks(HALF)
    ]
