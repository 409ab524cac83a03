"""The yearly filing: years, the records of one, their numbers, the rules of filing."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from zhiping.accounts.http import Request
from zhiping.accounts.models import Organisation
from zhiping.archive.actions import filing as actions
from zhiping.archive.actions.record import set_filing_rules as set_rules
from zhiping.archive.forms import RulesForm
from zhiping.archive.queries import filing as queries
from zhiping.archive.queries.record import kept_until, rules_of
from zhiping.ledger.act import Act
from zhiping.permissions import require
from zhiping.visits.views.papers import TYPES
from zhiping.web.downloads import download
from zhiping.web.forms import values_of
from zhiping.web.pages import action_button, form_page
from zhiping.web.texts import language, say


def address(organisation: Organisation, year: int) -> str:
    """Return the URL of the filing of a year."""
    return reverse("archive:filing", args=[organisation.pk, year])


def crumbs() -> list[tuple[str, str]]:
    """Return the pages above the filing of a year."""
    return [
        (say("archive.records.title"), reverse("archive:records")),
        (say("archive.years.title"), reverse("archive:years")),
    ]


def years(request: Request) -> HttpResponse:
    """Show the years of each organisation whose records the user files."""
    require(request.user, "archive.see_fixity")
    context = {
        "heading": say("archive.years.title"),
        "crumbs": crumbs()[:1],
        "years": queries.years(request.user),
        "organisations": list(queries.organisations(request.user).order_by("region_id", "name")),
    }
    return render(request, "archive/years.html", context)


def filing(request: Request, organisation_id: UUID, year: int) -> HttpResponse:
    """Show the records of a year with their numbers and what is to be done."""
    organisation, records = queries.get_year(request.user, organisation_id, year)
    waiting = sum(not record.number and not record.disposed for record in records)
    context = {
        "heading": say("archive.filing.title", year=year),
        "crumbs": crumbs(),
        "organisation": organisation,
        "year": year,
        "records": [{"one": record, "until": kept_until(record)} for record in records],
        "waiting": waiting,
        "ended": year < timezone.localdate().year,
        "rules": rules_of(organisation),
        "lists": [(name, say(f"archive.filing.lists.{name}")) for name in actions.LISTS],
    }
    return render(request, "archive/filing.html", context)


@require_POST
def take_list(request: Request, organisation_id: UUID, year: int, name: str) -> HttpResponse:
    """Take a list of a year's records as Word."""
    if name not in actions.LISTS:
        raise Http404
    organisation, _ = queries.get_year(request.user, organisation_id, year)
    title, content = actions.make_list(
        Act.of(request), organisation, year=year, name=name, language=language()
    )
    return download(content, TYPES["docx"], title)


@require_POST
def file_year(request: Request, organisation_id: UUID, year: int) -> HttpResponse:
    """Number the records of a year."""
    organisation = queries.get_organisation(request.user, organisation_id, "archive.file_year")
    return action_button(
        request, actions.file_year, to=address(organisation, year), done="archive.numbered",
        organisation=organisation, year=year,
    )  # fmt: skip


def set_filing_rules(request: Request, organisation_id: UUID) -> HttpResponse:
    """Set how an organisation files its records."""
    organisation = queries.get_organisation(request.user, organisation_id, "archive.set_filing_rules")
    form = RulesForm(request.POST or None, initial=values_of(RulesForm, rules_of(organisation)))
    return form_page(
        request, form, set_rules, crumbs=crumbs(), to=reverse("archive:years"), organisation=organisation
    )
