"""The records of an organisation and a year, as they are filed."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from zhiping.accounts.models import Organisation, Role, User, subtree
from zhiping.archive.models import Record
from zhiping.documents.papers.facts.archive import FiledRecord
from zhiping.domain.lifecycle import State
from zhiping.permissions import require
from zhiping.reporting.queries.report import latest_issued
from zhiping.texts.catalogue import say


def organisations(user: User) -> QuerySet[Organisation]:
    """Return the organisations whose records the user files (rules.files_records)."""
    condition = Q(pk__in=[])
    for one in user.organisations(Role.ARCHIVIST):
        if one.kind == Organisation.Kind.AUTHORITY:
            first, last = subtree(one.region_id)
            condition |= Q(kind="authority", region_id__gte=first, region_id__lte=last)
    own = [one.pk for one in user.organisations(Role.ARCHIVIST, Role.OPERATOR_HEAD)]
    condition |= Q(kind="operator", pk__in=own)
    return Organisation.objects.filter(condition).select_related("head", "region")


def get_organisation(user: User, organisation_id: UUID, permission: str) -> Organisation:
    """Return an organisation whose records the user files; Http404 for every other."""
    found: Organisation = get_object_or_404(organisations(user), pk=organisation_id)
    require(user, permission, found)
    return found


def years(user: User) -> list[Any]:
    """Return how many records each organisation has of each year, archived, numbered and disposed of."""
    rows = Record.objects.filter(organisation__in=organisations(user).values("pk"))
    rows = rows.filter(evaluation__head__phase=State.ARCHIVED)
    counted = rows.values("organisation", "organisation__name", "year").annotate(
        records=Count("pk"), numbered=Count("pk", filter=~Q(number="")),
    )  # fmt: skip
    return list(counted.order_by("-year", "organisation__name"))


def of_year(organisation: Organisation, year: int) -> QuerySet[Record]:
    """Return the archived records of a year, in the order of their numbers, then of those without."""
    rows = Record.objects.filter(organisation=organisation, year=year)
    rows = rows.filter(evaluation__head__phase=State.ARCHIVED)
    related = (
        "organisation",
        "evaluation__platform__operator",
        "evaluation__platform__region",
        "evaluation__head",
    )
    return rows.select_related(*related).order_by("retention", "count", "opened", "pk")


def as_filed(record: Record) -> FiledRecord:
    """Return a record as yearly lists name it."""
    evaluation, report = record.evaluation, latest_issued(record.evaluation)
    return FiledRecord(
        number=record.number,
        report=report.number if report else "",
        author=record.organisation.name,
        title=say("papers.filed_title", platform=evaluation.platform.name, title=say("papers.titles.report")),
        date=report.date if report else None,
        retention=record.retention,
        year=record.year,
    )


def unnumbered(organisation: Organisation, year: int) -> QuerySet[Record]:
    """Return the archived records of a year without a number, in the order they were archived in."""
    return of_year(organisation, year).filter(number="", disposed__isnull=True).order_by("opened", "pk")


def get_year(user: User, organisation_id: UUID, year: int) -> tuple[Organisation, list[Record]]:
    """Return an organisation and its records of a year; Http404 where there are none."""
    organisation = get_organisation(user, organisation_id, "archive.see_filing")
    found = list(of_year(organisation, year))
    if not found:
        raise Http404
    return organisation, found
