"""Announced results: what everybody may see of them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from zhiping.accounts.models import Region, User, subtree
from zhiping.evaluations.models import Evaluation
from zhiping.panels.queries.panel import get_for
from zhiping.public.models import Announcement
from zhiping.reporting.models import Edition

PAGE = 50  # results on a page
COLUMNS = (
    "evaluation__platform__name", "evaluation__platform__region__name",
    "evaluation__platform__region__name_en", "edition__result__grade", "evaluation__period_start",
    "evaluation__period_end", "edition__number", "edition__date",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Published:
    """An announced result."""

    platform: str
    region: str
    region_en: str
    grade: str
    period_start: dt.date
    period_end: dt.date
    number: str
    date: dt.date


def get_announcing(user: User, evaluation_id: UUID) -> Evaluation:
    """Return an evaluation whose result the user may announce."""
    return get_for(user, evaluation_id, "public.announce_result")


def announcement_of(evaluation: Evaluation) -> Announcement | None:
    """Return what is announced of an evaluation."""
    return Announcement.objects.filter(evaluation=evaluation).select_related("edition").first()


def years_and_regions() -> tuple[list[int], list[Region]]:
    """Return the years of announced reports, the latest first, and the league-cities that have one."""
    rows = list(
        _current().values_list("edition__year", "evaluation__platform__region_id").order_by().distinct()
    )
    cities = {f"{region[:4]}00" for _, region in rows}
    return sorted({year for year, _ in rows if year}, reverse=True), list(
        Region.objects.filter(pk__in=cities)
    )


def results(year: int | None, region: str, page: int) -> tuple[Sequence[Published], bool]:
    """Return a page of announced results, the latest first, and whether there are more: one statement."""
    rows = _current()
    if year:
        rows = rows.filter(edition__year=year)
    if region:
        rows = rows.filter(evaluation__platform__region__code__range=subtree(region))
    ordered = rows.order_by("-edition__date", "edition__number", "pk").values_list(*COLUMNS)
    found = list(ordered[(page - 1) * PAGE : page * PAGE + 1])
    return [Published(*row) for row in found[:PAGE]], len(found) > PAGE


def _current() -> QuerySet[Announcement]:
    """Return the announcements of latest reports: a corrected result hides the one before."""
    newer = Edition.objects.exclude(number="").filter(
        evaluation=OuterRef("evaluation"), version__gt=OuterRef("edition__version")
    )
    return Announcement.objects.filter(~Exists(newer))
