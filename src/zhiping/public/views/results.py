"""Announced results for everybody, and the page on which an authority announces one."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import caches
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_GET, require_POST

from zhiping.accounts.http import Request
from zhiping.public import actions
from zhiping.public.queries import results as queries
from zhiping.public.views.verification import LOCALES, other_language
from zhiping.reporting.queries.report import latest_issued
from zhiping.texts.catalogue import speaking
from zhiping.web.links import page
from zhiping.web.pages import action_button
from zhiping.web.texts import language, say

KEPT = 300  # seconds that pages are kept here and by caches
MOST_PAGES = 1000
View = Callable[..., HttpResponse]


def switched_on(view: View) -> View:
    """Answer 404 unless the installation has public pages."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
        if not settings.PUBLIC:
            raise Http404
        return view(request, *args, **given)

    return answer


@require_GET
@login_not_required
@switched_on
def results(request: HttpRequest, spoken: str = "") -> HttpResponse:
    """Show announced results, of a year and a region; the page is the same for everybody."""
    if not spoken:
        return redirect("public:results-in", spoken=language())
    year, region, number = (request.GET.get(name, "") for name in ("year", "region", "page"))
    if any(len(one) > 6 or not (one or "0").isdecimal() for one in (year, region, number)):
        raise Http404
    key = f"{spoken}-{year}-{region}-{number}"
    text = caches["public"].get_or_set(key, lambda: _page(spoken, year, region, number), KEPT)
    answer = HttpResponse(text)
    answer["Cache-Control"] = f"public, max-age={KEPT}"
    return answer


def _page(spoken: str, year: str, region: str, number: str) -> str:
    """Render a page without the request, so that nothing of a visitor can be in it: three statements."""
    years, regions = queries.years_and_regions()
    asked = int(number or 1)
    if (year and int(year) not in years) or (region and region not in {one.pk for one in regions}):
        raise Http404
    found, more = queries.results(int(year or 0), region, asked)
    if not 1 <= asked <= MOST_PAGES or (asked > 1 and not found):
        raise Http404
    with translation.override(LOCALES[spoken]), speaking(spoken):
        context: dict[str, Any] = {
            "found": found,
            "years": years,
            "regions": regions,
            "year": year,
            "region": region,
        }
        context |= {"spoken": spoken, "number": asked, "more": more, "before": asked - 1, "after": asked + 1}
        return render_to_string("public/results.html", context | other_language("public:results-in", spoken))


@switched_on
def announcement(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Show what is announced of an evaluation, and the buttons that change it."""
    evaluation = queries.get_announcing(request.user, evaluation_id)
    context = {
        "evaluation": evaluation,
        "edition": latest_issued(evaluation),
        "announced": queries.announcement_of(evaluation),
        "heading": say("public.announcement.title"),
        "crumbs": [(str(evaluation), page("evaluation", evaluation))],
    }
    return render(request, "public/announcement.html", context)


@require_POST
@switched_on
def announce(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Announce the result of an evaluation."""
    return _changed(request, evaluation_id, actions.announce_result)


@require_POST
@switched_on
def withdraw(request: Request, evaluation_id: UUID) -> HttpResponse:
    """Withdraw the announcement."""
    return _changed(request, evaluation_id, actions.withdraw_result)


def _changed(request: Request, evaluation_id: UUID, action: Callable[..., None]) -> HttpResponse:
    evaluation = queries.get_announcing(request.user, evaluation_id)
    to = reverse("public:announcement", args=[evaluation.pk])
    answer = action_button(request, action, to=to, evaluation=evaluation)
    caches["public"].clear()
    return answer
