"""The pages of the insights: the figures, and the results behind each."""

from functools import partial

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from zhiping.accounts.http import Request
from zhiping.evaluations.views.evaluation import columns
from zhiping.insights import pages, queries
from zhiping.insights.forms import ResultFilters
from zhiping.web.downloads import exported_spreadsheet, is_asked_here
from zhiping.web.links import link_to
from zhiping.web.listing import Column, Listing
from zhiping.web.texts import say

SHOWN = ("platform", "region", "programme", "state", "grade", "score")  # of the columns of evaluations


def overview(request: Request) -> HttpResponse:
    """Show the figures of a year in a region, or return them as a spreadsheet."""
    year, region = request.GET.get("year", ""), request.GET.get("region", "")
    asked = int(year) if year.isascii() and year.isdigit() else None
    code = region if region.isascii() and region.isdigit() else ""
    found = queries.insights(request.user, asked, code)
    progress = queries.progress(request.user, found.year)
    page = pages.page(found, queries.improved(request.user, code), progress, code)
    if request.method == "POST" and is_asked_here(request):
        return exported_spreadsheet(request, say("insights.title"), partial(pages.write, page))
    return render(request, "insights/overview.html", {"page": page, "heading": say("insights.title")})


def results(request: Request) -> HttpResponse:
    """List the results behind a figure, with what was lost where one criterion is asked for."""
    criterion = request.GET.get("criterion", "")
    shown = [column for column in columns() if column.key in SHOWN]
    if criterion:
        reads = ("digest__facts",)
        shown.append(Column("lost", reads=reads, show=partial(pages.lost, criterion), order=(), numeric=True))
        shown.append(Column("reasons", reads=reads, show=partial(pages.reasons, criterion), order=()))
    listing = Listing(
        request, partial(queries.results, request.user), shown, "insights.results", url=link_to("result"),
        filters=partial(ResultFilters, user=request.user), order="platform",
    )  # fmt: skip
    return listing.response(crumbs=[(say("insights.title"), reverse("insights:overview"))])
